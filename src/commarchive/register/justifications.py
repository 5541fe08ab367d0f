"""Reasons that stewards gave for a Label that stands on something open.

Knows: how reasons are kept and who may give one. Must not know: what a Label asks for, or what is open.

A reason is for one condition. Where another one comes into force, it is to be thought about again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, select

from commarchive.errors import RefusedError, UsageError
from commarchive.policy.lint import Reason
from commarchive.register import tables
from commarchive.register.members import Members
from commarchive.register.store import Store


class Justifications:
    """The reasons of an archive's stewards."""

    def __init__(self, store: Store, members: Members) -> None:
        self._store = store
        self._members = members

    def give(self, reason: Reason, *, by: str, groups: Iterable[str], why: str) -> None:
        """Keep a reason.

        Args:
            reason: what it is for.
            by: who gives it; needs to be steward of one of `groups`.
            groups: the communities and protocols that govern what the Label stands on.
            why: the reason itself, for the audit; without names of restricted things.

        Raises:
            UsageError: there is no reason in it.
            RefusedError: `by` is no steward of one of `groups`.
        """
        if not why.strip():
            raise UsageError("a reason says why", hint="`--why`, without names of restricted things")
        asked = sorted(set(groups))
        with self._store.changing() as change:
            if not any(self._members.is_steward(change.connection, by, group, change.at) for group in asked):
                named = ", ".join(f"`{group}`" for group in asked) or "this record"
                raise RefusedError(f"`{by}` is no steward of {named}")
            change.connection.execute(
                insert(tables.justifications).values(
                    about=reason.about,
                    part=reason.part,
                    word=reason.word,
                    condition=reason.condition,
                    person=by,
                    at=change.at.isoformat(),
                    why=why,
                )
            )
            change.record(by, "label-justified", reason.about, part=reason.part, label=reason.word, why=why)

    def all(self) -> frozenset[Reason]:
        """What reasons were given for."""
        table = tables.justifications
        query = select(table.c.about, table.c.part, table.c.word, table.c.condition)
        with self._store.reading() as connection:
            return frozenset(Reason(*row) for row in connection.execute(query))
