"""The people of the demo: nobody real, only what somebody can be.

Knows: names, and which memberships each has. Must not know: records.
"""

from __future__ import annotations

from commarchive.policy.standing import Membership, Role
from commarchive.register import Register

VISITOR = "visitor"
MEMBER = "Member"
ELDER = "Elder"
STEWARD = "Steward"
SECOND_STEWARD = "Second steward"
DATA_STEWARD = "Data steward"
REVIEWER = "Reviewer"
FACILITATOR = "Facilitator"

READERS = (VISITOR, MEMBER, ELDER, STEWARD, FACILITATOR)
"""Whose eyes the demo looks with."""

_MEMBERSHIPS: tuple[tuple[str, str, Role, str], ...] = (
    (STEWARD, "village", Role.STEWARD, "host"),
    (STEWARD, "villagers", Role.STEWARD, STEWARD),
    (STEWARD, "elders", Role.STEWARD, STEWARD),
    (STEWARD, "winter-stories", Role.STEWARD, STEWARD),
    (SECOND_STEWARD, "village", Role.STEWARD, STEWARD),
    (SECOND_STEWARD, "elders", Role.STEWARD, STEWARD),
    (MEMBER, "villagers", Role.MEMBER, STEWARD),
    (ELDER, "villagers", Role.MEMBER, STEWARD),
    (ELDER, "elders", Role.MEMBER, STEWARD),
    (ELDER, "winter-stories", Role.MEMBER, STEWARD),
    (DATA_STEWARD, "inventory", Role.STEWARD, "host"),
    (DATA_STEWARD, "inventory", Role.DATA_STEWARD, DATA_STEWARD),
    (REVIEWER, "inventory", Role.STEWARD, DATA_STEWARD),
    (FACILITATOR, "village", Role.FACILITATOR, STEWARD),
    (FACILITATOR, "inventory", Role.FACILITATOR, DATA_STEWARD),
)


EVERYBODY = tuple(dict.fromkeys(person for person, *_ in _MEMBERSHIPS))
"""Everybody with an account of their own."""


def settle(register: Register) -> None:
    """Give everybody their memberships, each by somebody who may."""
    for person, group, role, by in _MEMBERSHIPS:
        register.members.set(person, Membership(group, role), by=by)
