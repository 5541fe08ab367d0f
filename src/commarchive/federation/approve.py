"""Who may plan, who has to agree, who may carry out.

Knows: roles, and how an agreement is bound to a plan's digest. Must not know: what a plan says beyond its records.

A data steward plans and carries out, stewards agree (`docs/reference/roles.md`). Nobody agrees to their own plan, and
every record of a plan needs somebody who agreed and is a steward of what governs that record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from commarchive.errors import ApprovalError, ConflictError, RefusedError, StaleError
from commarchive.federation.plan import Plan
from commarchive.federation.service import Federation
from commarchive.model.ids import sort_key
from commarchive.policy.standing import Role
from commarchive.register import tables
from commarchive.wikibase.api import chunks


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who agreed to a plan so far, and what is missing. `without`: records that none of them is a steward of."""

    people: tuple[str, ...]
    needed: int
    without: tuple[str, ...]

    @property
    def is_enough(self) -> bool:
        """Whether the plan may be carried out."""
        return len(self.people) >= self.needed and not self.without


def need_author(federation: Federation, person: str) -> None:
    """See that a person may plan.

    Raises:
        RefusedError: they are neither data steward nor steward of anything here.
    """
    with federation.sources.register.store.reading() as connection:
        groups = [*federation.archive.communities, *federation.archive.protocols]
        if not any(_is(federation, connection, person, group, _PLANNING) for group in groups):
            raise RefusedError(f"`{person}` is neither data steward nor steward of anything in this archive")


def need_executor(federation: Federation, person: str, plan: Plan) -> None:
    """See that a person may carry out a plan.

    Raises:
        RefusedError: they are no data steward of what governs one of its records.
    """
    with federation.sources.register.store.reading() as connection:
        for record, groups in _governing(federation, plan):
            if not any(_is(federation, connection, person, group, (Role.DATA_STEWARD,)) for group in groups):
                raise RefusedError(f"`{person}` is no data steward of {_listed(groups)}, which govern `{record}`")


def approve(federation: Federation, plan: Plan, *, by: str, why: str = "") -> Agreement:
    """Agree to a plan.

    Raises:
        ApprovalError: `by` made it, or is no steward of what governs any of its records.
        ConflictError: `by` agreed before, or it is another archive's plan.
        StaleError: the archive's rules changed since it was made.
    """
    refuse_foreign(federation, plan)
    if by == plan.header.author:
        raise ApprovalError(f"`{by}` made this plan, and somebody else has to agree to it")
    groups = {group for _, some in _governing(federation, plan) for group in some}
    members = federation.sources.register.members
    with federation.sources.register.store.changing() as change:
        if not any(members.is_steward(change.connection, by, group, change.at) for group in sorted(groups)):
            raise ApprovalError(f"`{by}` is no steward of {_listed(groups) or 'any of its records'}")
        if by in _people(change.connection, plan):
            raise ConflictError(f"`{by}` agreed to this plan before")
        values = {"subject": plan.subject, "person": by, "at": change.at.isoformat()}
        change.connection.execute(insert(tables.approvals).values(**values))
        counts = {"edits": plan.counts.edits, "steps": plan.counts.steps}
        change.record(
            by, "plan-approved", plan.subject, author=plan.header.author, kind=plan.header.kind, why=why, **counts
        )
    return agreement(federation, plan)


def agreement(federation: Federation, plan: Plan) -> Agreement:
    """Who agreed to a plan, their roles as they are now."""
    with federation.sources.register.store.reading() as connection:
        agreed = [person for person in _people(connection, plan) if person != plan.header.author]
        counting: set[str] = set()
        without = []
        for record, groups in _governing(federation, plan):
            stewards = [p for p in agreed if any(_is(federation, connection, p, g, (Role.STEWARD,)) for g in groups)]
            counting |= set(stewards)
            without += [] if stewards else [record]
    people = tuple(person for person in agreed if person in counting)
    return Agreement(people, federation.approvals, tuple(sorted(without, key=sort_key)))


def need_agreement(federation: Federation, plan: Plan) -> Agreement:
    """See that a plan may be carried out.

    Raises:
        ApprovalError: too few people agreed, or none who is a steward of some record.
    """
    found = agreement(federation, plan)
    if len(found.people) < found.needed:
        raise ApprovalError(
            f"{len(found.people)} of {found.needed} people agreed to this plan",
            hint="`commarchive federate approve` by somebody who did not make it",
        )
    if found.without:
        raise ApprovalError(f"nobody who agreed is a steward of {_listed(found.without)}")
    return found


def refuse_foreign(federation: Federation, plan: Plan) -> None:
    """See that a plan is this archive's, for its target, under its present rules.

    Raises:
        ConflictError: it is another archive's, or for another target.
        StaleError: the archive's rules changed since it was made.
    """
    if plan.header.archive != federation.archive.id or plan.header.target != federation.site:
        raise ConflictError(f"this is a plan of `{plan.header.archive}` for `{plan.header.target}`")
    if plan.header.policy != federation.policy():
        raise StaleError("protocols, schemas, the mapping or the declaration of CC0 changed since the plan was made")


_PLANNING = (Role.DATA_STEWARD, Role.STEWARD)


def _governing(federation: Federation, plan: Plan) -> Iterator[tuple[str, frozenset[str]]]:
    for some in chunks(dict.fromkeys(edit.record for edit in plan.edits())):
        found = federation.sources.projection.governance(some)
        for record in some:
            # A record that is gone is governed by whoever governed it; nobody knows that any more, so all have to.
            governance = found.get(record)
            yield record, governance.groups if governance is not None else frozenset(federation.archive.communities)


def _is(federation: Federation, connection: Connection, person: str, group: str, roles: Iterable[Role]) -> bool:
    members, now = federation.sources.register.members, federation.now()
    return any(
        members.is_steward(connection, person, group, now)
        if role is Role.STEWARD
        else members.has_role(connection, person, group, role, now)
        for role in roles
    )


def _people(connection: Connection, plan: Plan) -> list[str]:
    query = select(tables.approvals.c.person).where(tables.approvals.c.subject == plan.subject)
    return list(connection.execute(query.order_by(tables.approvals.c.at, tables.approvals.c.person)).scalars())


def _listed(groups: Iterable[str] | Mapping[str, object]) -> str:
    return ", ".join(f"`{group}`" for group in sorted(groups))
