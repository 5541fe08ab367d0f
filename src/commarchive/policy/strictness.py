"""Which of two definitions of a protocol is stricter, in each respect, and the strictest of both.

Knows: every respect in which a protocol can open or close. Must not know: which definition was written when.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from commarchive.model.archive import AccessProtocol, FederationRule, Mode, Season

_LEAP_YEAR = date(2028, 1, 1)
NEVER = Season(first=(2, 30), last=(2, 30), zone="UTC")
"""A season with no day in it."""


def strictest(one: AccessProtocol, other: AccessProtocol) -> AccessProtocol:
    """`other`, in every respect as strict as the stricter of both."""
    return replace(
        other,
        # Another community means other stewards; until that is agreed the first keeps it.
        community=one.community,
        mode=Mode.STRICT if Mode.STRICT in (one.mode, other.mode) else Mode.OPEN,
        season=_strictest_season(one.season, other.season),
        stewards_min=max(one.stewards_min, other.stewards_min),
        outsiders_see=min(one.outsiders_see, other.outsiders_see),
        release=max(one.release, other.release, key=lambda rule: rule.people),
        federation=FederationRule.NEVER
        if FederationRule.NEVER in (one.federation, other.federation)
        else other.federation,
    )


def loosened(before: AccessProtocol, after: AccessProtocol) -> Iterator[str]:
    """In which respects, in words, a definition is less strict than the one before."""
    kept = strictest(before, after)
    pairs = {
        "the community": (kept.community, after.community),
        "the mode": (kept.mode, after.mode),
        "the season": (kept.season, after.season),
        "how many stewards there must be": (kept.stewards_min, after.stewards_min),
        "what outsiders see": (kept.outsiders_see, after.outsiders_see),
        "how many agree to a release": (kept.release, after.release),
        "federation": (kept.federation, after.federation),
    }
    return (respect for respect, (strict, said) in pairs.items() if strict != said)


def _strictest_season(one: Season | None, other: Season | None) -> Season | None:
    if one is None or other is None:
        return one or other
    if one.zone != other.zone:
        return one if one == other else NEVER
    days, others = _days(one), _days(other)
    if others <= days:
        return other
    # Seasons that merely overlap have no season in common that could be written down.
    return one if days <= others else NEVER


def _days(season: Season) -> frozenset[tuple[int, int]]:
    year = [_LEAP_YEAR + timedelta(days=n) for n in range(366)]
    all_days = ((day.month, day.day) for day in year)
    if season.first <= season.last:
        return frozenset(day for day in all_days if season.first <= day <= season.last)
    return frozenset(day for day in all_days if day >= season.first or day <= season.last)
