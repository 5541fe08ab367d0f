"""Whom a condition can ever reach: everybody, somebody, nobody, from now on.

Knows: at which instants an answer can change. Must not know: where a condition stands, or what is wrong with it.

Conditions, seasons and memberships change at known instants only, and seasons come back each year. So it is enough to
ask at each of these instants, and for seasons in the year after each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from commarchive.model.archive import Archive, Season
from commarchive.policy.condition import After, Before, Condition, atoms, groups_named, holds
from commarchive.policy.standing import VISITOR, Membership, Principal, Standing, standing

_LEAP_DAY = (2, 29)


class Openness(IntEnum):
    """Whether everybody, visitors too, satisfies a condition from now on."""

    NEVER = 0
    AT_TIMES = 1
    ALWAYS = 2


@dataclass
class Reach:
    """Whom conditions reach in one archive, from an aware instant `now` on, with the people it has.

    Keeps what it worked out, so that thousands of records under the same few conditions cost little.
    """

    archive: Archive
    people: Sequence[Principal]
    now: datetime
    _openness: dict[Condition, Openness] = field(default_factory=dict)
    _nobody: dict[Condition, bool] = field(default_factory=dict)
    _standings: dict[tuple[tuple[Membership, ...], datetime], Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # People with the same memberships amount to the same; custodians do not count, for they satisfy everything.
        memberships = {frozenset(person.memberships): person.memberships for person in self.people}
        self._memberships = [held for held in memberships.values() if held]

    def openness(self, condition: Condition) -> Openness:
        """When everybody satisfies a condition."""
        if condition not in self._openness:
            answers = {holds(condition, self._standing((), at)) for at in self._instants(condition, ())}
            both = Openness.AT_TIMES if True in answers else Openness.NEVER
            self._openness[condition] = Openness.ALWAYS if answers == {True} else both
        return self._openness[condition]

    def is_for_nobody(self, condition: Condition) -> bool:
        """Whether no visitor and nobody whom the register knows will ever satisfy a condition, as things stand."""
        if condition not in self._nobody:
            named = groups_named(condition)
            # Nobody sees more by a membership of something else.
            able = [held for held in self._memberships if any(m.group in named for m in held)]
            self._nobody[condition] = not any(
                holds(condition, self._standing(held, at))
                for held in [(), *able]
                for at in self._instants(condition, held)
            )
        return self._nobody[condition]

    def stewards_of(self, group: str) -> int:
        """How many people are stewards of a protocol or community now."""
        return sum(
            group in standing(replace(person, custodian=False), self.archive, self.now).steward_of
            for person in self.people
            if any(m.group == group for m in person.memberships)
        )

    def _standing(self, held: tuple[Membership, ...], at: datetime) -> Standing:
        if (held, at) not in self._standings:
            principal = Principal("somebody", held) if held else VISITOR
            self._standings[held, at] = standing(principal, self.archive, at)
        return self._standings[held, at]

    def _instants(self, condition: Condition, held: Iterable[Membership]) -> list[datetime]:
        """Now, and every later instant at which the answer can change."""
        days = [atom.day for atom in atoms(condition) if isinstance(atom, After | Before)]
        found = {_start(day, self.archive.zone) for day in days} | {m.since for m in held}
        bases = {self.now, *(at for at in found if at is not None and at > self.now)}
        named = groups_named(condition)
        seasons = [p.season for p in self.archive.protocols.values() if p.id in named and p.season is not None]
        changes = {at for season in seasons for base in bases for at in _changes(season, base)}
        return sorted(bases | changes)


def _changes(season: Season, after: datetime) -> Iterator[datetime]:
    """The next beginning of a season after an instant, and the next instant at which it is over."""
    # A day that not every year has may be eight years away.
    years = 8 if _LEAP_DAY in (season.first, season.last) else 1
    for each in range(after.year - 1, after.year + years + 2):
        for day in (_in_year(each, season.first), _behind(_in_year(each, season.last), season.last)):
            at = _start(day, season.zone) if day is not None else None
            if at is not None and timedelta(0) < at - after <= years * timedelta(days=367):
                yield at


def _in_year(year: int, day: tuple[int, int]) -> date | None:
    try:
        return date(year, *day)
    except ValueError:
        # The 29th of February of a year that has none: what begins then begins on the first of March.
        return date(year, 3, 1) if year <= date.max.year else None


def _behind(last: date | None, said: tuple[int, int]) -> date | None:
    if last is None or (last.month, last.day) != said:
        return last
    return last + timedelta(days=1) if last < date.max else None


def _start(day: date, zone: str) -> datetime | None:
    """The first instant of a day, in UTC; None in a zone or a year that cannot be reckoned with."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (KeyError, ValueError, OSError, OverflowError):
        return None
