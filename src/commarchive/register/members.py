"""Memberships: who is what, in which protocol or community.

Knows: how memberships are kept and who may grant them. Must not know: what a role may see (`policy.standing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from commarchive.errors import NotFoundError, RefusedError, UsageError
from commarchive.model.archive import Archive
from commarchive.policy.standing import VISITOR, Membership, MembershipState, Principal, Role, standing
from commarchive.register import tables
from commarchive.register.store import Store

CUSTODIANS = "custodian"
"""The group whose members read the wiki itself; they are trusted with everything."""

HOST = "host"
"""Who acts where no person signed in: whoever runs commands on the archive's machine."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person's membership."""

    person: str
    membership: Membership


class Members:
    """The memberships of an archive."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._store = store
        self._archive = archive

    def principal(self, person: str | None) -> Principal:
        """The principal of a person; somebody without memberships sees what a visitor sees."""
        if person is None:
            return VISITOR
        with self._store.reading() as connection:
            return _principal(connection, person)

    def of(self, group: str | None = None) -> list[Member]:
        """All memberships, or those of one group, by group and person."""
        query = select(tables.members).order_by(tables.members.c.group, tables.members.c.person)
        if group is not None:
            query = query.where(tables.members.c.group == group)
        with self._store.reading() as connection:
            return [Member(row.person, _membership(row)) for row in connection.execute(query)]

    def set(self, person: str, membership: Membership, *, by: str, why: str = "") -> None:
        """Grant, change or end a membership.

        Raises:
            UsageError: no such protocol or community, or the name or dates make no sense.
            RefusedError: `by` may not do that, or it would leave fewer stewards than the protocol must have.
        """
        self._check(person, membership)
        table = tables.members
        with self._store.changing() as change:
            self._may_grant(change.connection, by, membership, change.at)
            before = self.stewards(change.connection, membership.group, change.at)
            same = (
                (table.c.person == person)
                & (table.c.group == membership.group)
                & (table.c.role == str(membership.role))
            )
            change.connection.execute(delete(table).where(same))
            change.connection.execute(insert(table).values(_row(person, membership)))
            self._keep_stewards(change.connection, membership.group, before, change.at)
            change.record(
                by, "membership", membership.group, person=person, role=membership.role, state=membership.state, why=why
            )

    def remove(self, person: str, group: str, role: Role, *, by: str, why: str = "") -> None:
        """Take a membership away.

        Raises:
            NotFoundError: there is none.
            RefusedError: `by` may not do that, or it would leave too few stewards.
        """
        table = tables.members
        with self._store.changing() as change:
            self._may_grant(change.connection, by, Membership(group, role), change.at)
            before = self.stewards(change.connection, group, change.at)
            same = (table.c.person == person) & (table.c.group == group) & (table.c.role == str(role))
            if change.connection.execute(delete(table).where(same)).rowcount == 0:
                raise NotFoundError(f"`{person}` is no {role} of `{group}`")
            self._keep_stewards(change.connection, group, before, change.at)
            change.record(by, "membership-removed", group, person=person, role=role, why=why)

    def stewards(self, connection: Connection, group: str, now: datetime) -> frozenset[str]:
        """The people who are stewards of a group at an instant."""
        query = select(tables.members.c.person).where(
            (tables.members.c.group == group) & (tables.members.c.role == str(Role.STEWARD))
        )
        people = connection.execute(query.distinct()).scalars().all()
        return frozenset(p for p in people if self.is_steward(connection, p, group, now))

    def is_steward(self, connection: Connection, person: str, group: str, now: datetime) -> bool:
        """Whether a person is a steward of a group at an instant, blocks and dates taken into account."""
        return group in standing(_principal(connection, person), self._archive, now).steward_of

    def has_role(self, connection: Connection, person: str, group: str, role: Role, now: datetime) -> bool:
        """Whether a person has a role in a group that counts at an instant."""
        return any(
            m.group == group and m.role is role and m.counts(now) for m in _principal(connection, person).memberships
        )

    def _check(self, person: str, membership: Membership) -> None:
        if not person.strip() or len(person) > 255 or not person.isprintable():
            raise UsageError("a person's name has 1 to 255 printable characters")
        groups = {*self._archive.protocols, *self._archive.communities, CUSTODIANS}
        if membership.group not in groups:
            raise UsageError(f"no protocol or community `{membership.group}`", hint=f"there are {_listed(groups)}")
        if membership.role is Role.AFFILIATE and membership.until is None:
            raise UsageError("an affiliate's membership needs an end")
        if membership.since and membership.until and membership.until <= membership.since:
            raise UsageError("a membership ends after it begins")

    def _may_grant(self, connection: Connection, by: str, membership: Membership, now: datetime) -> None:
        group = membership.group
        if group == CUSTODIANS:
            if by != HOST:
                raise RefusedError("custodians are appointed on the archive's machine")
            return
        protocol = self._archive.protocols.get(group)
        community = protocol.community if protocol else group
        governing = {group, community}
        if any(self.is_steward(connection, by, g, now) for g in governing):
            return
        manages = self.has_role(connection, by, community, Role.COMMUNITY_MANAGER, now)
        if manages and protocol is None and membership.role is not Role.STEWARD:
            return
        if by == HOST and not any(self.stewards(connection, g, now) for g in governing):
            # Somebody has to be first; once a steward is there, the machine's owner appoints nobody any more.
            return
        raise RefusedError(f"`{by}` is no steward of `{group}` or of its community")

    def _keep_stewards(self, connection: Connection, group: str, before: frozenset[str], now: datetime) -> None:
        protocol = self._archive.protocols.get(group)
        least = protocol.stewards_min if protocol else 1
        left = self.stewards(connection, group, now)
        if before - left and len(left) < least:
            raise RefusedError(f"`{group}` must keep at least {least} steward{'s' if least > 1 else ''}")


def _principal(connection: Connection, person: str) -> Principal:
    rows = connection.execute(select(tables.members).where(tables.members.c.person == person))
    memberships = tuple(_membership(row) for row in rows)
    now_custodian = any(m.group == CUSTODIANS and m.state is MembershipState.ACTIVE for m in memberships)
    return Principal(person, tuple(m for m in memberships if m.group != CUSTODIANS), custodian=now_custodian)


def _membership(row: Any) -> Membership:
    return Membership(
        group=row.group,
        role=Role(row.role),
        state=MembershipState(row.state),
        since=_instant(row.since),
        until=_instant(row.until),
    )


def _row(person: str, membership: Membership) -> dict[str, str | None]:
    return {
        "person": person,
        "group": membership.group,
        "role": str(membership.role),
        "state": str(membership.state),
        "since": membership.since.astimezone(UTC).isoformat() if membership.since else None,
        "until": membership.until.astimezone(UTC).isoformat() if membership.until else None,
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _listed(words: set[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))
