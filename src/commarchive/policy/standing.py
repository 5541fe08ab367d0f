"""Principals, memberships, and what they amount to at one instant.

Knows: roles, states, blocks, seasons. Must not know: the clock (`now` is an argument), or what a membership is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from commarchive.model.archive import Archive, Mode, Season


class Role(StrEnum):
    """What somebody is in a protocol or community."""

    MEMBER = "member"
    AFFILIATE = "affiliate"
    CONTRIBUTOR = "contributor"
    CURATOR = "curator"
    STEWARD = "steward"
    DATA_STEWARD = "data steward"
    COMMUNITY_MANAGER = "community manager"
    FACILITATOR = "facilitator"
    AUDITOR = "auditor"


VIEWING_ROLES = frozenset({Role.MEMBER, Role.AFFILIATE, Role.CONTRIBUTOR, Role.CURATOR, Role.STEWARD})
"""Roles that share in what their group shares. The others work for an archive without seeing inside."""


class MembershipState(StrEnum):
    """Only an active membership counts; a blocked one takes its group away, and all that is under a community."""

    ACTIVE = "active"
    PENDING = "pending"
    BLOCKED = "blocked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Membership:
    """One person's role in one protocol or community (`group`), from and until aware instants, `until` not included."""

    group: str
    role: Role = Role.MEMBER
    state: MembershipState = MembershipState.ACTIVE
    since: datetime | None = None
    until: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it is active and in date; an affiliate's without an end never counts."""
        if self.state is not MembershipState.ACTIVE or (self.role is Role.AFFILIATE and self.until is None):
            return False
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks; `name` is None for a visitor."""

    name: str | None = None
    memberships: tuple[Membership, ...] = ()
    custodian: bool = False


VISITOR = Principal()


@dataclass(frozen=True)
class Standing:
    """What a principal amounts to at one instant; two equal standings see the same."""

    now: datetime
    zone: str
    shares: frozenset[str] = frozenset()
    member_of: frozenset[str] = frozenset()
    steward_of: frozenset[str] = frozenset()
    custodian: bool = False
    open_protocols: frozenset[str] = frozenset()

    def reached(self, day: date) -> bool | None:
        """Whether the first instant of the day in the archive's zone is not later than now; None in an unknown zone."""
        if self._zone is None:
            return None
        return datetime(day.year, day.month, day.day, tzinfo=self._zone) <= self.now

    @cached_property
    def _zone(self) -> ZoneInfo | None:
        return zone_of(self.zone)

    @property
    def is_visitors(self) -> bool:
        """Whether it amounts to no more than a visitor's."""
        return not (self.custodian or self.member_of or self.steward_of or self.shares - self.open_protocols)


def standing(principal: Principal, archive: Archive, now: datetime) -> Standing:
    """What the principal's memberships amount to.

    Args:
        principal: who asks.
        archive: whose communities, protocols and zone count.
        now: an aware instant.

    Raises:
        ValueError: `now` has no zone, so that nobody knows when it is.
    """
    now = _in_utc(now)
    held = counting(principal, archive, now)
    viewing = frozenset(m.group for m in held if m.role in VIEWING_ROLES)
    in_season = frozenset(p.id for p in archive.protocols.values() if _in_season(p.season, now))
    open_now = frozenset(p.id for p in archive.protocols.values() if p.mode is Mode.OPEN) & in_season
    out_of_season = frozenset(archive.protocols) - in_season
    return Standing(
        now=now,
        zone=archive.zone,
        shares=(viewing & in_season) | open_now,
        member_of=viewing - out_of_season,
        steward_of=frozenset(m.group for m in held if m.role is Role.STEWARD),
        custodian=principal.custodian,
        open_protocols=open_now,
    )


def counting(principal: Principal, archive: Archive, now: datetime) -> tuple[Membership, ...]:
    """The memberships that count at an instant: active, in date, in a group that is there, and under no block.

    Raises:
        ValueError: `now` has no zone.
    """
    now = _in_utc(now)
    # An id that names a protocol and a community names neither.
    known = archive.protocols.keys() ^ archive.communities.keys()
    blocked = {m.group for m in principal.memberships if _blocks(m, now)}
    return tuple(
        m
        for m in principal.memberships
        if m.counts(now) and m.group in known and not _governing(m.group, archive) & blocked
    )


def community_and_ancestors(community: str, archive: Archive) -> frozenset[str]:
    """A community with all communities above it; cycles end."""
    found: set[str] = set()
    waiting = [community]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            known = archive.communities.get(current)
            waiting.extend(known.parents if known else ())
    return frozenset(found)


def _governing(group: str, archive: Archive) -> frozenset[str]:
    """The group itself, its community if it is a protocol, and all communities above."""
    protocol = archive.protocols.get(group)
    return community_and_ancestors(protocol.community if protocol else group, archive) | {group}


def _blocks(membership: Membership, now: datetime) -> bool:
    # From when it is written down, whatever it says of its beginning.
    return membership.state is MembershipState.BLOCKED and (membership.until is None or now < membership.until)


def _in_utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("an instant needs a zone")
    # Because instants of one zone are compared by the clock on its walls, which goes back once a year.
    return now.astimezone(UTC)


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None where nobody knows it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _in_season(season: Season | None, now: datetime) -> bool:
    if season is None:
        return True
    zone = zone_of(season.zone)
    if zone is None:
        # Fail closed: a season that cannot be read is not now.
        return False
    local = now.astimezone(zone).date()
    today = (local.month, local.day)
    # Days are compared as (month, day), so a bound of 29 February needs no leap year.
    if season.first <= season.last:
        return season.first <= today <= season.last
    return today >= season.first or today <= season.last
