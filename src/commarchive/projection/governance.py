"""How a record is governed: what is said, what is released, what waits to be opened.

Knows: everything about one record's access. Must not know: who is asking; callers ask the register whether a person
may act, and show nothing of this to anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass

from commarchive.model.archive import RecordState
from commarchive.policy import targets
from commarchive.policy.condition import PUBLIC, Condition, all_of, groups_named
from commarchive.policy.guards import Guards, InForce, in_force
from commarchive.policy.ratchet import Release, Released, released
from commarchive.policy.said import Problem, Said, read_said
from commarchive.projection.filling import Rules
from commarchive.projection.store import Stored
from commarchive.register.releases import Entry, Memory


@dataclass(frozen=True, slots=True)
class Governance:
    """One record's access, in full.

    `groups`: the communities and protocols whose stewards govern it. `waiting`: what would be in force if stewards
    released what the wiki says now; only what is said outright, never what is merely not said.
    """

    id: str
    revision: int
    said: Said
    released: Released
    in_force: InForce
    guards: Guards
    held: bool
    groups: frozenset[str]
    waiting: tuple[Entry, ...]
    problems: tuple[Problem, ...]


def governance_of(stored: Stored, memory: Memory, rules: Rules, *, held: bool) -> Governance:
    """How a record is governed."""
    said = read_said(stored.entity, rules.archive, rules.vocabulary)
    opened = released(memory.restrictions, memory.releases, born_live=said.born_live)
    now = in_force(said, opened, rules.archive)
    conditions = [now.condition, *now.parts.values()]
    return Governance(
        id=stored.entity.id,
        revision=stored.entity.revision,
        said=said,
        released=opened,
        in_force=now,
        guards=stored.guards,
        held=held,
        groups=frozenset(said.communities).union(*(groups_named(condition) for condition in conditions)),
        waiting=tuple(_waiting(stored, said, opened, now)),
        problems=said.problems,
    )


def entry(governance: Governance, target: str, value: str) -> Entry:
    """A release of one target of a record, as of the revision that was looked at."""
    return Entry(
        entity=governance.id,
        communities=governance.said.communities,
        release=Release(target, value, governance.revision),
        before=_before(governance.said, governance.released, target),
    )


def _waiting(stored: Stored, said: Said, opened: Released, now: InForce) -> list[Entry]:
    wanted: dict[str, str] = {}
    for target, condition in said.readable.items():
        in_force_now = now.condition if target == targets.ENTITY else now.parts.get(target, PUBLIC)
        if all_of((condition, in_force_now)) == in_force_now != condition:
            wanted[target] = str(condition)
    if said.state is RecordState.LIVE and now.state is not RecordState.LIVE:
        wanted[targets.STATE] = str(RecordState.LIVE)
    if said.outsiders_see is not None and said.outsiders_see > opened.outsiders_see:
        wanted[targets.OUTSIDERS_SEE] = said.outsiders_see.word
    return [
        Entry(
            stored.entity.id,
            said.communities,
            Release(target, value, stored.entity.revision),
            _before(said, opened, target),
        )
        for target, value in sorted(wanted.items())
    ]


def _before(said: Said, opened: Released, target: str) -> str:
    if target == targets.STATE:
        return str(opened.state)
    if target == targets.OUTSIDERS_SEE:
        return opened.outsiders_see.word
    default = said.default if target == targets.ENTITY else said.property_defaults.get(target, PUBLIC)
    condition: Condition = opened.condition(target, default)
    return str(condition)
