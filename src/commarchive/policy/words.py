"""Conditions in plain words, and for whom they open.

Knows: how to say what a condition asks for. Must not know: who is a member of what.

English only: for the command line. What readers are told on pages is said by those who serve them.
"""

from __future__ import annotations

from collections.abc import Iterator

from commarchive.model.archive import Archive, Mode, Season
from commarchive.policy.condition import (
    PUBLIC,
    After,
    All,
    AnyOf,
    Atom,
    Before,
    Closed,
    Condition,
    Members,
    Shares,
    Stewards,
    simplify,
)

MAX_WAYS = 24
"""As many ways to satisfy a condition are told; of one with more the parts are."""

_EVERYONE = "everyone, visitors too"
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def lines(condition: Condition, archive: Archive) -> Iterator[str]:
    """What a condition asks for, part by part, as indented lines."""
    yield from _lines(simplify(condition), archive, "")


def ways(condition: Condition, archive: Archive) -> tuple[frozenset[Atom], ...] | None:
    """The ways to satisfy a condition, each a set of atoms that are enough together, none more than is needed.

    A way without atoms is everybody's; no way at all is nobody's; None: there are more than anybody would read.
    """
    return _ways(simplify(condition), archive)


def way_in_words(way: frozenset[Atom], archive: Archive) -> str:
    """One way, in words: who, and when."""
    atoms = sorted(way, key=str)
    who = [f"a {role} of {group}" for atom in atoms for role, group in _who(atom, archive)]
    when = [said for atom in atoms if (said := _when(atom, archive))]
    people = f"whoever is {' and '.join(who)}" if who else _EVERYONE
    return ", ".join([people, *dict.fromkeys(when)])


def atom_in_words(atom: Atom, archive: Archive) -> str:
    """Whom an atom holds for."""
    match atom:
        case Closed():
            return "nobody but custodians of the wiki"
        case Shares(id_) if not [*_who(atom, archive)]:
            people = f"{_EVERYONE}, since `{id_}` is open"
        case _:
            people = " ".join(f"{role}s of {group}" for role, group in _who(atom, archive)) or _EVERYONE
    when = _when(atom, archive)
    return f"{people}, {when}" if when else people


def season_in_words(season: Season) -> str:
    """A season's days and zone."""
    return f"from {_day(season.first)} to {_day(season.last)} ({season.zone})"


def _lines(condition: Condition, archive: Archive, indent: str) -> Iterator[str]:
    match condition:
        case All(parts):
            yield f"{indent}all of these:"
        case AnyOf(parts):
            yield f"{indent}any of these:"
        case _:
            yield f"{indent}{atom_in_words(condition, archive)}"
            return
    for part in parts:
        yield from _lines(part, archive, f"{indent}  ")


def _ways(condition: Condition, archive: Archive) -> tuple[frozenset[Atom], ...] | None:
    match condition:
        case All(parts):
            found: tuple[frozenset[Atom], ...] = (frozenset(),)
            for part in parts:
                ways_of_part = _ways(part, archive)
                if ways_of_part is None or len(found) * len(ways_of_part) > MAX_WAYS * MAX_WAYS:
                    return None
                found = _least(one | other for one in found for other in ways_of_part)
        case AnyOf(parts):
            each = [_ways(part, archive) for part in parts]
            if any(some is None for some in each):
                return None
            found = _least(way for some in each for way in some or ())
        case Closed():
            found = ()
        case _:
            found = (frozenset() if _is_everyones(condition, archive) else frozenset({condition}),)
    return found if len(found) <= MAX_WAYS else None


def _least(found: Iterator[frozenset[Atom]]) -> tuple[frozenset[Atom], ...]:
    """Those ways that are not another one with something more."""
    different = set(found)
    least = (way for way in different if not any(other < way for other in different))
    return tuple(sorted(least, key=lambda way: (len(way), sorted(map(str, way)))))


def _is_everyones(atom: Atom, archive: Archive) -> bool:
    if isinstance(atom, Shares) and atom.protocol in archive.protocols:
        protocol = archive.protocols[atom.protocol]
        return protocol.mode is Mode.OPEN and protocol.season is None
    return atom == PUBLIC


def _who(atom: Atom, archive: Archive) -> Iterator[tuple[str, str]]:
    """What somebody has to be, as role and group; nothing where everybody will do."""
    match atom:
        case Shares(id_):
            protocol = archive.protocols.get(id_)
            if protocol is None or protocol.mode is not Mode.OPEN:
                yield "member", _group(id_, archive)
        case Members(group):
            yield "member", _group(group, archive)
        case Stewards(group):
            yield "steward", _group(group, archive)


def _when(atom: Atom, archive: Archive) -> str:
    """When it has to be; nothing where any time will do."""
    match atom:
        case After(day):
            return f"from {day.isoformat()} on"
        case Before(day):
            return f"before {day.isoformat()}"
        case Shares(group) | Members(str(group)):
            protocol = archive.protocols.get(group)
            return season_in_words(protocol.season) if protocol is not None and protocol.season is not None else ""
    return ""


def _group(group: str | None, archive: Archive) -> str:
    if group is None:
        return "the record's own community"
    return f"the protocol `{group}`" if group in archive.protocols else f"the community `{group}`"


def _day(day: tuple[int, int]) -> str:
    month, number = day
    return f"{number} {_MONTHS[month - 1]}"
