"""An archive for tests: one village and one town, their protocols, and the people who are something in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from commarchive.model.archive import (
    AccessProtocol,
    Archive,
    Community,
    Mode,
    OutsidersSee,
    ReleaseRule,
)
from commarchive.policy.standing import Membership, Role
from commarchive.register import Register
from commarchive.register.members import CUSTODIANS, HOST

ONE, TWO = ReleaseRule.ONE_STEWARD, ReleaseRule.TWO_PEOPLE
NOON = datetime(2031, 1, 5, 12, tzinfo=UTC)

ARCHIVE = Archive(
    id="fiddlers",
    zone="Europe/Helsinki",
    communities={
        "village": Community("village"),
        "town": Community("town"),
        "hamlet": Community("hamlet", parents=("village",)),
    },
    protocols={
        "elders": AccessProtocol("elders", "village", stewards_min=2, release=TWO),
        "singers": AccessProtocol("singers", "village", release=ONE, outsiders_see=OutsidersSee.EXISTS),
        "players": AccessProtocol("players", "hamlet", release=ONE, outsiders_see=OutsidersSee.METADATA),
        "commons": AccessProtocol("commons", "village", mode=Mode.OPEN, release=ONE),
    },
)

STEWARDS = {
    "village": ("Aino", "Eino"),
    "town": ("Taimi",),
    "hamlet": ("Helmi",),
    "elders": ("Aino", "Eino"),
    "singers": ("Sylvi",),
    "players": ("Helmi",),
    "commons": ("Aino",),
}
MEMBERS = {"elders": ("Vieno",), "singers": ("Laila", "Vieno"), "village": ("Kalle",), "players": ("Pekka",)}
PEOPLE = (None, "Nobody", "Kalle", "Laila", "Vieno", "Pekka", "Sylvi", "Helmi", "Taimi", "Aino", "Olli")
"""Everybody worth asking: a visitor, somebody without memberships, members, stewards, and the custodian Olli."""


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


def appoint(register: Register) -> None:
    """Give everybody their memberships, as it has to be done: the host the first, they the others."""
    members = register.members
    for community in ("village", "town", "hamlet"):
        first, *others = STEWARDS[community]
        members.set(first, Membership(community, Role.STEWARD), by=HOST)
        for other in others:
            members.set(other, Membership(community, Role.STEWARD), by=first)
    governors = {"players": "Helmi"}
    for protocol in register.archive.protocols:
        governor = governors.get(protocol, "Aino")
        for person in STEWARDS.get(protocol, ()):
            members.set(person, Membership(protocol, Role.STEWARD), by=governor)
    for group, people in MEMBERS.items():
        for person in people:
            members.set(person, Membership(group), by=governors.get(group, "Aino"))
    members.set("Olli", Membership(CUSTODIANS), by=HOST)


def without(protocols: Iterable[str]) -> Archive:
    """The archive without some protocols."""
    left = {id_: each for id_, each in ARCHIVE.protocols.items() if id_ not in set(protocols)}
    return replace(ARCHIVE, protocols=left)
