"""How much of an archive each person sees: numbers, and nothing of what they count.

Knows: views. Must not know: who may see what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from commarchive.projection import Projection
from commarchive.register import Register


@dataclass(frozen=True, slots=True)
class Count:
    """What one person sees: records, their statements, and hits of a search."""

    person: str
    records: int
    statements: int
    hits: int


def census(
    projection: Projection,
    register: Register,
    people: Iterable[str],
    *,
    search: str,
    leave_out: Collection[str] = (),
    now: datetime | None = None,
) -> list[Count]:
    """Count what each person (`visitor` for nobody) sees.

    Args:
        projection: the archive.
        register: its people.
        people: names.
        search: what each of them searches for.
        leave_out: entities that are not counted, such as the schema's own.
        now: an instant; the register's clock, if none is given.
    """
    counts = []
    for person in people:
        principal = register.members.principal(None if person == "visitor" else person)
        with projection.view(principal, now) as view:
            ids = [id_ for id_ in view.items(limit=1_000_000).ids if id_ not in leave_out]
            statements = sum(len(shown.entity.statements) for shown in view.entities(ids).values())
            counts.append(Count(person, len(ids), statements, view.search(search, limit=0).total))
    return counts
