"""Which of a projection's guards somebody satisfies: what every list is filtered by.

Knows: the conditions behind the guards' numbers, and that those who are alike satisfy the same.
Must not know: what a guard guards.

A guard's number never means another condition (see `tables`), so what was read or answered once stays true. What is
newer than a reader's snapshot does no harm there: no row that the reader sees carries it.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from threading import Lock

from sqlalchemy import Connection, select

from commarchive.policy.condition import After, Before, Condition, atoms, holds, read_canonical
from commarchive.policy.standing import Standing
from commarchive.projection import tables

_MOST = 256
"""Kinds of readers whose answers are kept."""

_Alike = tuple[frozenset[str], frozenset[str], frozenset[str], tuple[bool | None, ...]]


class Satisfied:
    """The guards of one projection; safe for several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._conditions: dict[int, Condition] = {}
        self._newest = 0
        self._days: list[date] = []
        self._answers: OrderedDict[_Alike, tuple[int, list[int]]] = OrderedDict()

    def by(self, connection: Connection, standing: Standing) -> list[int]:
        """The numbers of the guards that a reader satisfies, none for a custodian, who needs none."""
        if standing.custodian:
            return []
        with self._lock:
            self._learn(connection)
            days = tuple(standing.reached(day) for day in self._days)
            alike = (standing.shares, standing.member_of, standing.steward_of, days)
            upto, found = self._answers.pop(alike, (0, []))
            if upto < self._newest:
                new = (id_ for id_, condition in self._conditions.items() if id_ > upto and holds(condition, standing))
                found = [*found, *new]
            self._answers[alike] = (self._newest, found)
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
            return found

    def _learn(self, connection: Connection) -> None:
        guards = tables.guards
        query = select(guards.c.id, guards.c.condition).where(guards.c.id > self._newest).order_by(guards.c.id)
        days: set[date] = set()
        for row in connection.execute(query):
            condition = read_canonical(row.condition)
            self._conditions[row.id] = condition
            self._newest = row.id
            days |= {atom.day for atom in atoms(condition) if isinstance(atom, After | Before)}
        if not days <= set(self._days):
            self._days = sorted(days.union(self._days))
