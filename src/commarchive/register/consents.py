"""Consents: who agreed to what use of which record or statements, until when.

Knows: how consents are kept, and which are in force. Must not know: what a use needs besides consent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from commarchive.audit import LONGEST_NAME, checked_text
from commarchive.errors import ConflictError, NotFoundError, RefusedError, UsageError
from commarchive.model.ids import entity_of_statement
from commarchive.policy.standing import Role
from commarchive.register import tables
from commarchive.register.checks import checked_entity, read_instant, written_instant
from commarchive.register.members import Members
from commarchive.register.store import Store


class Scope(StrEnum):
    """What a consent is for."""

    ARCHIVE = "archive"
    COMMUNITY = "community"
    PUBLIC = "public"
    FEDERATE_WIKIDATA = "federate:wikidata"


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent; `statements` are GUIDs, empty for the whole record; `until` is not included."""

    entity: str
    person: str
    scope: frozenset[Scope]
    basis: str
    statements: frozenset[str] = frozenset()
    on_behalf_of: str = ""
    evidence: str = ""
    since: datetime | None = None
    until: datetime | None = None
    withdrawn_at: datetime | None = None
    id: int = 0

    def in_force(self, now: datetime) -> bool:
        """Whether it is in date and not withdrawn."""
        if self.withdrawn_at is not None or (self.since is not None and now < self.since):
            return False
        return self.until is None or now < self.until

    def covers(self, scope: Scope, statement: str) -> bool:
        """Whether its scope includes this use of this statement (a GUID)."""
        return scope in self.scope and (not self.statements or statement in self.statements)


class Consents:
    """The consents of an archive."""

    def __init__(self, store: Store, members: Members) -> None:
        self._store = store
        self._members = members

    def record(self, consent: Consent, *, by: str, groups: Iterable[str]) -> Consent:
        """Keep a consent.

        Raises:
            UsageError: it says not who, for which record, for what or on which basis, or ends before it begins.
            RefusedError: `by` is neither steward nor data steward of one of `groups`.
        """
        if not consent.person.strip() or not consent.basis.strip() or not consent.scope:
            raise UsageError("a consent says who gave it, on which basis, and for what scope")
        entity = checked_entity(consent.entity)
        for name in (consent.person, consent.on_behalf_of):
            checked_text(name, LONGEST_NAME)
        for text in (consent.basis, consent.evidence):
            checked_text(text)
        if any(entity_of_statement(guid) != entity for guid in consent.statements):
            raise UsageError(f"a consent covers statements of its own record, `{consent.entity}`")
        with self._store.changing() as change:
            since, until = written_instant(consent.since or change.at), written_instant(consent.until)
            if since and until and until <= since:
                raise UsageError("a consent ends after it begins")
            self._need(change.connection, by, groups, change.at)
            result = change.connection.execute(
                insert(tables.consents).values(
                    entity=consent.entity,
                    statements=json.dumps(sorted(consent.statements)) if consent.statements else None,
                    person=consent.person,
                    on_behalf_of=consent.on_behalf_of,
                    scope=json.dumps(sorted(consent.scope)),
                    basis=consent.basis,
                    evidence=consent.evidence,
                    since=since,
                    until=until,
                )
            )
            id_ = result.inserted_primary_key[0] if result.inserted_primary_key else 0
            change.record(by, "consent-recorded", consent.entity, consent=id_, scope=sorted(consent.scope))
            return _get(change.connection, id_)

    def withdraw(self, consent: int, *, by: str, groups: Iterable[str], why: str = "") -> Consent:
        """Withdraw a consent, at once.

        Raises:
            NotFoundError: no such consent.
            ConflictError: it is withdrawn already.
            RefusedError: as `record`.
        """
        with self._store.changing() as change:
            found = _get(change.connection, consent)
            if found.withdrawn_at is not None:
                raise ConflictError(f"consent {consent} is withdrawn already")
            self._need(change.connection, by, groups, change.at)
            change.connection.execute(
                update(tables.consents)
                .where(tables.consents.c.id == consent)
                .values(withdrawn_at=change.at.isoformat())
            )
            change.record(by, "consent-withdrawn", found.entity, consent=consent, why=why)
            return _get(change.connection, consent)

    def get(self, consent: int) -> Consent:
        """One consent.

        Raises:
            NotFoundError: no such consent.
        """
        with self._store.reading() as connection:
            return _get(connection, consent)

    def of(self, entity: str | None = None) -> list[Consent]:
        """The consents of one record, or all, oldest first, whatever their state."""
        query = select(tables.consents).order_by(tables.consents.c.id)
        if entity is not None:
            query = query.where(tables.consents.c.entity == entity)
        with self._store.reading() as connection:
            return [_consent(row) for row in connection.execute(query)]

    def _need(self, connection: Connection, by: str, groups: Iterable[str], now: datetime) -> None:
        asked = sorted(set(groups))
        if not any(
            self._members.is_steward(connection, by, group, now)
            or self._members.has_role(connection, by, group, Role.DATA_STEWARD, now)
            for group in asked
        ):
            named = ", ".join(f"`{group}`" for group in asked) or "this record"
            raise RefusedError(f"`{by}` is neither steward nor data steward of {named}")


def _get(connection: Connection, id_: int) -> Consent:
    row = connection.execute(select(tables.consents).where(tables.consents.c.id == id_)).first()
    if row is None:
        raise NotFoundError(f"no consent {id_}")
    return _consent(row)


def _consent(row: Any) -> Consent:
    return Consent(
        id=row.id,
        entity=row.entity,
        person=row.person,
        on_behalf_of=row.on_behalf_of,
        scope=frozenset(Scope(word) for word in json.loads(row.scope)),
        basis=row.basis,
        evidence=row.evidence,
        statements=frozenset(json.loads(row.statements)) if row.statements else frozenset(),
        since=read_instant(row.since),
        until=read_instant(row.until),
        withdrawn_at=read_instant(row.withdrawn_at),
    )
