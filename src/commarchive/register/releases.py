"""The ratchet's memory and what stewards release from it.

Knows: restrictions, proposals, approvals, and who has to agree. Must not know: entities' content.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from commarchive.errors import ApprovalError, ConflictError, NotFoundError, RefusedError, UsageError
from commarchive.model.archive import Archive, OutsidersSee, RecordState
from commarchive.policy import targets
from commarchive.policy.condition import ConditionError, atoms, groups_named, read_canonical
from commarchive.policy.ratchet import Release, Restriction
from commarchive.policy.said import known_in
from commarchive.policy.standing import Role
from commarchive.register import tables
from commarchive.register.checks import checked_entity
from commarchive.register.members import ARCHIVE, Members
from commarchive.register.store import Change, Store

_WORDS = {
    targets.STATE: frozenset(str(state) for state in RecordState),
    targets.OUTSIDERS_SEE: frozenset(level.word for level in OutsidersSee),
}
_PARTS = ("statement:", "qualifier:", "reference:", "term:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to release: `value` becomes what is released of the target, in place of `before`.

    `communities` are the entity's own; `protocols` those that stand on it, where `before` and `value` do not name them.
    Values are canonical conditions, or words for state and outsiders-see.
    """

    entity: str
    communities: tuple[str, ...]
    release: Release
    before: str
    protocols: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one entity, and what was released of it, each oldest first."""

    restrictions: list[Restriction] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A release that waits for stewards, or is done. `needs`: group → how many of its stewards must agree."""

    id: int
    proposer: str
    at: str
    releases: tuple[tuple[str, Release], ...]
    needs: Mapping[str, int]
    state: str
    approved_by: tuple[str, ...]


class Releases:
    """Restrictions and releases of an archive."""

    def __init__(self, store: Store, archive: Archive, members: Members) -> None:
        self._store = store
        self._archive = archive
        self._members = members

    def remember(self, seen: Mapping[str, Iterable[Restriction]]) -> None:
        """Keep restrictions that were seen, by entity; those known already are left alone."""
        if not any(_unknown(self.memory(seen), seen).values()):
            return
        with self._store.changing() as change:
            new = [
                {"entity": entity, "target": r.target, "value": r.value, "revision": r.revision, "family": r.family}
                for entity, restrictions in _unknown(_memory(change.connection, seen), seen).items()
                for r in restrictions
            ]
            if new:
                change.connection.execute(insert(tables.restrictions), new)
                change.touch(str(row["entity"]) for row in new)
                change.record(ARCHIVE, "restrictions-seen", "", entities=sorted(change.entities))

    def memory(self, entities: Iterable[str]) -> dict[str, Memory]:
        """What is remembered and released of each of these entities."""
        with self._store.reading() as connection:
            return _memory(connection, entities)

    def propose(self, entries: Sequence[Entry], *, by: str, why: str = "") -> Proposal:
        """Propose a release; it takes effect at once when nobody else has to agree.

        Raises:
            UsageError: nothing to release, or to nothing that the archive knows.
            RefusedError: `by` is neither steward nor data steward of what it concerns, or nobody could agree.
        """
        if not entries:
            raise UsageError("nothing to release: what is said is in force already")
        for entry in entries:
            self._check(entry)
        with self._store.changing() as change:
            self._may_propose(change.connection, entries, by, change.at)
            listed = [[e.entity, e.release.target, e.release.value, e.release.revision] for e in entries]
            needs = self._needs(entries)
            result = change.connection.execute(
                insert(tables.proposals).values(
                    proposer=by,
                    at=change.at.isoformat(),
                    entries=json.dumps(listed),
                    needs=json.dumps(needs, sort_keys=True),
                    state="open",
                )
            )
            id_ = result.inserted_primary_key[0] if result.inserted_primary_key else 0
            change.record(by, "release-proposed", str(id_), entities=sorted({e.entity for e in entries}), why=why)
            if self._is_asked(change.connection, by, needs, change.at):
                self._approve(change, id_, by, why)
            return self._get(change.connection, id_)

    def approve(self, proposal: int, *, by: str, why: str = "") -> Proposal:
        """Agree to a release; it takes effect when everybody who has to has agreed.

        Raises:
            NotFoundError: no such proposal.
            ConflictError: it is done or withdrawn already, or `by` agreed before.
            ApprovalError: `by` is no steward of anything that it opens.
        """
        with self._store.changing() as change:
            found = self._get(change.connection, proposal)
            if found.state != "open":
                raise ConflictError(f"release {proposal} is {found.state}")
            if by in found.approved_by:
                raise ConflictError(f"`{by}` agreed to release {proposal} before")
            if not self._is_asked(change.connection, by, found.needs, change.at):
                raise ApprovalError(f"`{by}` is no steward of {_listed(found.needs)}")
            self._approve(change, proposal, by, why)
            return self._get(change.connection, proposal)

    def withdraw(self, proposal: int, *, by: str, why: str = "") -> Proposal:
        """Take back a proposal that is not in effect yet.

        Raises:
            NotFoundError, ConflictError: as `approve`.
            RefusedError: `by` neither proposed it nor is a steward of what it opens.
        """
        with self._store.changing() as change:
            found = self._get(change.connection, proposal)
            if found.state != "open":
                raise ConflictError(f"release {proposal} is {found.state}")
            if by != found.proposer and not self._is_asked(change.connection, by, found.needs, change.at):
                raise RefusedError(f"`{by}` did not propose release {proposal}")
            _set_state(change.connection, proposal, "withdrawn")
            change.record(by, "release-withdrawn", str(proposal), why=why)
            return self._get(change.connection, proposal)

    def proposals(self, *, state: str | None = None) -> list[Proposal]:
        """All proposals, or those in one state (`open`, `done`, `withdrawn`), oldest first."""
        query = select(tables.proposals.c.id).order_by(tables.proposals.c.id)
        if state is not None:
            query = query.where(tables.proposals.c.state == state)
        with self._store.reading() as connection:
            return [self._get(connection, id_) for id_ in connection.execute(query).scalars().all()]

    def _check(self, entry: Entry) -> None:
        checked_entity(entry.entity)
        target, value = entry.release.target, entry.release.value
        if target in _WORDS:
            if value not in _WORDS[target]:
                words = ", ".join(f"`{word}`" for word in sorted(_WORDS[target]))
                raise UsageError(f"`{value!r:.40}` is no {target}", hint=f"one of {words}")
            return
        if target != targets.ENTITY and not target.startswith(_PARTS):
            raise UsageError(f"`{target!r:.80}` is no part of a record")
        try:
            condition = read_canonical(value)
        except ConditionError as error:
            raise UsageError(f"`{value!r:.80}` is no condition: {error}") from error
        if str(condition) != value:
            raise UsageError(f"`{value!r:.80}` is no condition in its canonical form, which is `{condition}`")
        for atom in atoms(condition):
            if not known_in(self._archive, atom) or str(atom) in ("members", "stewards"):
                raise UsageError(f"`{atom}` names no protocol or community of this archive")

    def _needs(self, entries: Iterable[Entry]) -> dict[str, int]:
        needs: dict[str, int] = {}
        for entry in entries:
            if not entry.communities:
                raise RefusedError(f"`{entry.entity}` states no community, so nobody can release it")
            named = set(entry.protocols)
            if entry.release.target not in _WORDS:
                for value in (entry.before, entry.release.value):
                    named |= groups_named(read_canonical(value))
            for group in {*named, *entry.communities}:
                protocol = self._archive.protocols.get(group)
                if protocol is None and group not in self._archive.communities:
                    raise RefusedError(f"this archive has no `{group}` any more, so nobody can agree for it")
                needs[group] = max(needs.get(group, 0), protocol.release.people if protocol else 1)
        return needs

    def _may_propose(self, connection: Connection, entries: Iterable[Entry], by: str, now: datetime) -> None:
        for entry in entries:
            groups = self._needs([entry])
            if not any(
                self._members.is_steward(connection, by, group, now)
                or self._members.has_role(connection, by, group, Role.DATA_STEWARD, now)
                for group in groups
            ):
                raise RefusedError(f"`{by}` is neither steward nor data steward of {_listed(groups)}")

    def _is_asked(self, connection: Connection, person: str, needs: Mapping[str, int], now: datetime) -> bool:
        return any(self._members.is_steward(connection, person, group, now) for group in needs)

    def _approve(self, change: Change, proposal: int, by: str, why: str = "") -> None:
        subject = f"release:{proposal}"
        change.connection.execute(insert(tables.approvals).values(subject=subject, person=by, at=change.at.isoformat()))
        change.record(by, "release-approved", str(proposal), why=why)
        found = self._get(change.connection, proposal)
        agreed = {
            group: sum(self._members.is_steward(change.connection, p, group, change.at) for p in found.approved_by)
            for group in found.needs
        }
        if all(agreed[group] >= people for group, people in found.needs.items()):
            self._release(change, found, by)

    def _release(self, change: Change, proposal: Proposal, by: str) -> None:
        rows = [
            {"entity": entity, "target": r.target, "value": r.value, "revision": r.revision, "proposal": proposal.id}
            for entity, r in proposal.releases
        ]
        change.connection.execute(insert(tables.releases), rows)
        entities = sorted({entity for entity, _ in proposal.releases})
        _set_state(change.connection, proposal.id, "done")
        change.record(by, "released", str(proposal.id), entities=entities, agreed=sorted(proposal.approved_by))
        change.touch(entities)

    def _get(self, connection: Connection, id_: int) -> Proposal:
        row = connection.execute(select(tables.proposals).where(tables.proposals.c.id == id_)).first()
        if row is None:
            raise NotFoundError(f"no release {id_}")
        approved = (
            select(tables.approvals.c.person)
            .where(tables.approvals.c.subject == f"release:{id_}")
            .order_by(tables.approvals.c.at, tables.approvals.c.person)
        )
        return Proposal(
            id=row.id,
            proposer=row.proposer,
            at=row.at,
            releases=tuple((e, Release(target, value, rev)) for e, target, value, rev in json.loads(row.entries)),
            needs=json.loads(row.needs),
            state=row.state,
            approved_by=tuple(connection.execute(approved).scalars()),
        )


def _set_state(connection: Connection, proposal: int, state: str) -> None:
    connection.execute(update(tables.proposals).where(tables.proposals.c.id == proposal).values(state=state))


def _memory(connection: Connection, entities: Iterable[str]) -> dict[str, Memory]:
    found = {entity: Memory() for entity in entities}
    seen, opened = tables.restrictions, tables.releases
    for some in _chunks(sorted(found)):
        query = select(seen).where(seen.c.entity.in_(some)).order_by(seen.c.revision, seen.c.id)
        for row in connection.execute(query):
            found[row.entity].restrictions.append(Restriction(row.target, row.value, row.revision, row.family))
        for row in connection.execute(select(opened).where(opened.c.entity.in_(some)).order_by(opened.c.id)):
            found[row.entity].releases.append(Release(row.target, row.value, row.revision))
    return found


def _unknown(memory: Mapping[str, Memory], seen: Mapping[str, Iterable[Restriction]]) -> dict[str, list[Restriction]]:
    unknown = {}
    for entity, restrictions in seen.items():
        known = set(memory[entity].restrictions)
        unknown[entity] = [r for r in dict.fromkeys(restrictions) if r not in known]
    return unknown


def _chunks(ids: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _listed(groups: Iterable[Any]) -> str:
    return ", ".join(f"`{group}`" for group in sorted(groups))
