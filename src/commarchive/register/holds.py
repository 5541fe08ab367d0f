"""Holds: a record closed at once, until a person lifts it.

Knows: which holds stand, what they close, and who may place and lift them. Must not know: why records refer to one
another (the caller says which are one reference away).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from commarchive.errors import ConflictError, NotFoundError, RefusedError
from commarchive.policy.standing import Role
from commarchive.register import tables
from commarchive.register.checks import checked_day, checked_entity
from commarchive.register.members import ARCHIVE, Members
from commarchive.register.store import Change, Store


class HoldReason(StrEnum):
    """Why a record is closed."""

    SORROW = "sorrow"
    DISPUTE = "dispute"
    SAFETY = "safety"
    CONSENT_LAPSED = "consent-lapsed"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold; `review` is a date (ISO 8601) on which people want to look again: it never lifts anything."""

    id: int
    entity: str
    reason: HoldReason
    placed_by: str
    placed_at: str
    review: str | None
    lifted_at: str | None
    closes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Standing holds: each one's own record (`placed`), and pairs of a hold and a record it closes, or has let go."""

    placed: Mapping[int, str]
    closed: frozenset[tuple[int, str]]
    freed: frozenset[tuple[int, str]]


class Holds:
    """The holds of an archive."""

    def __init__(self, store: Store, members: Members) -> None:
        self._store = store
        self._members = members

    def place(
        self,
        entity: str,
        reason: HoldReason,
        *,
        by: str,
        groups: Iterable[str],
        also: Iterable[str] = (),
        review: str | None = None,
        why: str = "",
    ) -> Hold:
        """Close an entity, and the records that the schema closes with it, at once.

        Args:
            entity: its id.
            reason: why.
            by: who; needs to be steward, data steward or community manager of one of `groups`.
            groups: the entity's communities and the protocols that its condition names.
            also: records one reference away that close with it.
            review: a date on which to look again.
            why: for the audit; without content.

        Raises:
            UsageError: that is no record's id, or no day.
            RefusedError: `by` has none of these roles.
        """
        closed = sorted({checked_entity(each) for each in (entity, *also)})
        review = checked_day(review)
        with self._store.changing() as change:
            roles = (Role.STEWARD, Role.DATA_STEWARD, Role.COMMUNITY_MANAGER)
            self._need(change, by, groups, roles)
            result = change.connection.execute(
                insert(tables.holds).values(
                    entity=entity, reason=str(reason), placed_by=by, placed_at=change.at.isoformat(), review=review
                )
            )
            id_ = result.inserted_primary_key[0] if result.inserted_primary_key else 0
            rows = [{"hold": id_, "entity": each, "freed": False} for each in closed]
            change.connection.execute(insert(tables.held), rows)
            change.record(by, "hold-placed", entity, hold=id_, reason=reason, closes=closed, why=why)
            change.touch(closed)
            return _get(change.connection, id_)

    def extend(self, found: Mapping[int, Iterable[str]]) -> None:
        """Close records too that were found one reference away, by hold; those closed or freed stay as they are."""
        with self._store.changing() as change:
            standing = _standing(change.connection)
            for hold, entities in sorted(found.items()):
                known = _known(change.connection, hold)
                new = sorted(set(entities) - known) if hold in standing else []
                for entity in new:
                    change.connection.execute(insert(tables.held).values(hold=hold, entity=entity, freed=False))
                    change.record(ARCHIVE, "hold-extended", entity, hold=hold)
                change.touch(new)

    def lift(self, hold: int, *, by: str, groups: Iterable[str], why: str = "") -> Hold:
        """Lift a hold from all that it closes.

        Raises:
            NotFoundError: no such hold.
            ConflictError: it is lifted already.
            RefusedError: `by` is no steward of one of `groups`.
        """
        with self._store.changing() as change:
            found = _get(change.connection, hold)
            if found.lifted_at is not None:
                raise ConflictError(f"hold {hold} is lifted already")
            self._need(change, by, groups, (Role.STEWARD,))
            change.connection.execute(
                update(tables.holds).where(tables.holds.c.id == hold).values(lifted_at=change.at.isoformat())
            )
            change.record(by, "hold-lifted", found.entity, hold=hold, why=why)
            change.touch(found.closes)
            return _get(change.connection, hold)

    def free(self, hold: int, entity: str, *, by: str, groups: Iterable[str], why: str = "") -> None:
        """Free one record from a hold that was placed on another.

        Raises:
            NotFoundError: the hold does not close that record.
            ConflictError: the hold is lifted already.
            RefusedError: `by` is no steward of one of `groups`, or it is the record that the hold was placed on.
        """
        with self._store.changing() as change:
            found = _get(change.connection, hold)
            if found.lifted_at is not None:
                raise ConflictError(f"hold {hold} is lifted already")
            if entity == found.entity:
                raise RefusedError(f"hold {hold} stands on `{entity}` itself; lift it instead")
            if entity not in found.closes:
                raise NotFoundError(f"hold {hold} does not close `{entity}`")
            self._need(change, by, groups, (Role.STEWARD,))
            same = (tables.held.c.hold == hold) & (tables.held.c.entity == entity)
            change.connection.execute(update(tables.held).where(same).values(freed=True))
            change.record(by, "hold-freed", entity, hold=hold, why=why)
            change.touch([entity])

    def get(self, hold: int) -> Hold:
        """One hold.

        Raises:
            NotFoundError: no such hold.
        """
        with self._store.reading() as connection:
            return _get(connection, hold)

    def on(self, entity: str) -> list[Hold]:
        """The holds that close an entity now."""
        query = (
            select(tables.holds.c.id)
            .join(tables.held, tables.held.c.hold == tables.holds.c.id)
            .where((tables.held.c.entity == entity) & ~tables.held.c.freed & tables.holds.c.lifted_at.is_(None))
            .order_by(tables.holds.c.id)
        )
        with self._store.reading() as connection:
            return [_get(connection, id_) for id_ in connection.execute(query).scalars().all()]

    def closed(self) -> frozenset[str]:
        """Every entity that a standing hold closes."""
        query = (
            select(tables.held.c.entity)
            .join(tables.holds, tables.held.c.hold == tables.holds.c.id)
            .where(~tables.held.c.freed & tables.holds.c.lifted_at.is_(None))
        )
        with self._store.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def reach(self) -> Reach:
        """What every standing hold was placed on, and what it closes or has let go."""
        with self._store.reading() as connection:
            placed = _standing(connection)
            query = select(tables.held).where(tables.held.c.hold.in_(list(placed)))
            rows = list(connection.execute(query))
        return Reach(
            placed=placed,
            closed=frozenset((row.hold, row.entity) for row in rows if not row.freed),
            freed=frozenset((row.hold, row.entity) for row in rows if row.freed),
        )

    def all(self) -> list[Hold]:
        """Every hold that stands, oldest first."""
        query = select(tables.holds.c.id).where(tables.holds.c.lifted_at.is_(None)).order_by(tables.holds.c.id)
        with self._store.reading() as connection:
            return [_get(connection, id_) for id_ in connection.execute(query).scalars().all()]

    def _need(self, change: Change, by: str, groups: Iterable[str], roles: Iterable[Role]) -> None:
        asked = sorted(set(groups))
        for group in asked:
            for role in roles:
                if role is Role.STEWARD and self._members.is_steward(change.connection, by, group, change.at):
                    return
                if role is not Role.STEWARD and self._members.has_role(change.connection, by, group, role, change.at):
                    return
        raise RefusedError(f"`{by}` may not do that for {', '.join(f'`{group}`' for group in asked) or 'this record'}")


def _standing(connection: Connection) -> dict[int, str]:
    query = select(tables.holds.c.id, tables.holds.c.entity).where(tables.holds.c.lifted_at.is_(None))
    return {row.id: row.entity for row in connection.execute(query)}


def _known(connection: Connection, hold: int) -> set[str]:
    return set(connection.execute(select(tables.held.c.entity).where(tables.held.c.hold == hold)).scalars())


def _get(connection: Connection, id_: int) -> Hold:
    row = connection.execute(select(tables.holds).where(tables.holds.c.id == id_)).first()
    if row is None:
        raise NotFoundError(f"no hold {id_}")
    closes = select(tables.held.c.entity).where((tables.held.c.hold == id_) & ~tables.held.c.freed)
    return Hold(
        id=row.id,
        entity=row.entity,
        reason=HoldReason(row.reason),
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        review=row.review,
        lifted_at=row.lifted_at,
        closes=tuple(connection.execute(closes.order_by(tables.held.c.entity)).scalars()),
    )
