"""Memberships: who is what, in which protocol or community.

Knows: how memberships are kept and who may grant them. Must not know: what a role may see (`policy.standing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from commarchive.errors import NotFoundError, RefusedError, UsageError
from commarchive.model.archive import Archive
from commarchive.policy.standing import VISITOR, Membership, MembershipState, Principal, Role, standing
from commarchive.register import tables
from commarchive.register.checks import read_instant, written_instant
from commarchive.register.store import Store

CUSTODIANS = "custodian"
"""The group whose members read the wiki itself; they are trusted with everything."""

HOST = "host"
"""Who acts where no person signed in: whoever runs commands on the archive's machine."""

ARCHIVE = "commarchive"
"""Who acts where nobody decides: what follows from decisions of people."""

_LONGEST_NAME = 255


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
        if CUSTODIANS in {*archive.protocols, *archive.communities}:
            raise UsageError(f"no protocol or community can be called `{CUSTODIANS}`", hint="give it another id")

    def principal(self, person: str | None) -> Principal:
        """The principal of a person; somebody without memberships sees what a visitor sees."""
        if person is None:
            return VISITOR
        with self._store.reading() as connection:
            return _principal(connection, person, self._store.clock())

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
            RefusedError: `by` may not do that, or it would leave fewer stewards than a protocol must have.
        """
        self._check(person, membership)
        table = tables.members
        with self._store.changing() as change:
            self._may_grant(change.connection, by, person, membership, change.at)
            before = self._stewardships(change.connection, person, change.at)
            same = (
                (table.c.person == person)
                & (table.c.group == membership.group)
                & (table.c.role == str(membership.role))
            )
            change.connection.execute(delete(table).where(same))
            change.connection.execute(insert(table).values(_row(person, membership)))
            self._keep_stewards(change.connection, person, before, change.at)
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
            self._may_grant(change.connection, by, person, Membership(group, role), change.at)
            before = self._stewardships(change.connection, person, change.at)
            same = (table.c.person == person) & (table.c.group == group) & (table.c.role == str(role))
            if change.connection.execute(delete(table).where(same)).rowcount == 0:
                raise NotFoundError(f"`{person}` is no {role} of `{group}`")
            self._keep_stewards(change.connection, person, before, change.at)
            change.record(by, "membership-removed", group, person=person, role=role, why=why)

    def stewards(self, connection: Connection, group: str, now: datetime) -> frozenset[str]:
        """The people who are stewards of a group at an instant."""
        return frozenset(p for p in _appointed(connection, group) if self.is_steward(connection, p, group, now))

    def is_steward(self, connection: Connection, person: str, group: str, now: datetime) -> bool:
        """Whether a person is a steward of a group at an instant, blocks and dates taken into account."""
        return self.has_role(connection, person, group, Role.STEWARD, now)

    def has_role(self, connection: Connection, person: str, group: str, role: Role, now: datetime) -> bool:
        """Whether a person has a role in a group at an instant, blocks and dates taken into account."""
        principal = _principal(connection, person, now)
        # Blocks and dates count for every role as they do for a steward.
        counting = tuple(
            replace(m, role=Role.STEWARD)
            for m in principal.memberships
            if m.role is role or m.state is MembershipState.BLOCKED
        )
        return group in standing(replace(principal, memberships=counting), self._archive, now).steward_of

    def _check(self, person: str, membership: Membership) -> None:
        if not person.strip() or len(person) > _LONGEST_NAME or not person.isprintable():
            raise UsageError(f"a person's name has 1 to {_LONGEST_NAME} printable characters")
        if person in (HOST, ARCHIVE):
            raise UsageError(f"`{person}` is no person")
        groups = {*self._archive.protocols, *self._archive.communities, CUSTODIANS}
        if membership.group not in groups:
            raise UsageError(f"no protocol or community `{membership.group}`", hint=f"there are {_listed(groups)}")
        if membership.group == CUSTODIANS and membership.role is not Role.MEMBER:
            raise UsageError(f"custodians have no roles among themselves, so nobody is their {membership.role}")
        if membership.role is Role.AFFILIATE and membership.until is None:
            raise UsageError("an affiliate's membership needs an end")
        since, until = written_instant(membership.since), written_instant(membership.until)
        if since and until and until <= since:
            raise UsageError("a membership ends after it begins")

    def _may_grant(self, connection: Connection, by: str, person: str, membership: Membership, now: datetime) -> None:
        group, role = membership.group, membership.role
        if group == CUSTODIANS:
            if by != HOST:
                raise RefusedError("custodians are appointed on the archive's machine")
            return
        protocol = self._archive.protocols.get(group)
        community = protocol.community if protocol else group
        governing = {group, community}
        if any(self.is_steward(connection, by, g, now) for g in governing):
            return
        if protocol is None and role is not Role.STEWARD and self._manages(connection, by, person, community, now):
            return
        is_first = role is Role.STEWARD and membership.state is MembershipState.ACTIVE
        if by == HOST and is_first and not any(self.stewards(connection, g, now) for g in governing):
            # Somebody has to be first; once a steward is there, the machine's owner appoints nobody any more.
            return
        raise RefusedError(f"`{by}` is no steward of `{group}` or of its community")

    def _manages(self, connection: Connection, by: str, person: str, community: str, now: datetime) -> bool:
        """Whether `by` may manage that person: never themselves, never anybody who is a steward."""
        if by == person or self._stewardships(connection, person, now)[0]:
            return False
        return self.has_role(connection, by, community, Role.COMMUNITY_MANAGER, now)

    def _stewardships(
        self, connection: Connection, person: str, now: datetime
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Of what a person is a steward now, and of what without an end."""
        principal = _principal(connection, person, now)
        endless = tuple(m for m in principal.memberships if m.until is None or m.state is MembershipState.BLOCKED)
        lasting = standing(replace(principal, memberships=endless), self._archive, now)
        return standing(principal, self._archive, now).steward_of, lasting.steward_of

    def _keep_stewards(
        self, connection: Connection, person: str, before: tuple[frozenset[str], frozenset[str]], now: datetime
    ) -> None:
        # A stewardship can end with a block further up, and one that ends on a day is as good as gone.
        for lasting, (was, is_) in enumerate(zip(before, self._stewardships(connection, person, now), strict=True)):
            for group in sorted(was - is_):
                protocol = self._archive.protocols.get(group)
                least = protocol.stewards_min if protocol else 1
                people = _appointed(connection, group)
                left = sum(group in self._stewardships(connection, p, now)[lasting] for p in people)
                if left < least:
                    raise RefusedError(f"`{group}` must keep at least {least} steward{'s' if least > 1 else ''}")


def _appointed(connection: Connection, group: str) -> Iterator[str]:
    query = select(tables.members.c.person).where(
        (tables.members.c.group == group) & (tables.members.c.role == str(Role.STEWARD))
    )
    yield from connection.execute(query.distinct()).scalars().all()


def _principal(connection: Connection, person: str, now: datetime) -> Principal:
    rows = connection.execute(select(tables.members).where(tables.members.c.person == person))
    memberships = tuple(_membership(row) for row in rows)
    custodian = any(m.group == CUSTODIANS and m.role is Role.MEMBER and m.counts(now) for m in memberships)
    return Principal(person, tuple(m for m in memberships if m.group != CUSTODIANS), custodian=custodian)


def _membership(row: Any) -> Membership:
    return Membership(
        group=row.group,
        role=Role(row.role),
        state=MembershipState(row.state),
        since=read_instant(row.since),
        until=read_instant(row.until),
    )


def _row(person: str, membership: Membership) -> dict[str, str | None]:
    return {
        "person": person,
        "group": membership.group,
        "role": str(membership.role),
        "state": str(membership.state),
        "since": written_instant(membership.since),
        "until": written_instant(membership.until),
    }


def _listed(words: set[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))
