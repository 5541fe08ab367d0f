"""How a record is governed: what is said, what is released, what waits to be opened.

Knows: everything about one record's access. Must not know: who is asking; callers ask the register whether a person
may act, and show nothing of this to anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass

from commarchive.model.archive import OutsidersSee, RecordState
from commarchive.policy import targets
from commarchive.policy.attaching import Attached, read_attached
from commarchive.policy.condition import PUBLIC, Condition, Situation, all_of, groups_named, holds
from commarchive.policy.guards import Guards, InForce
from commarchive.policy.ratchet import Release, Released
from commarchive.policy.said import Problem, Said
from commarchive.policy.targets import Target
from commarchive.projection.rules import Rules
from commarchive.projection.store import Stored
from commarchive.register.releases import Entry, Memory


@dataclass(frozen=True, slots=True)
class Governance:
    """One record's access, in full.

    `seen`: the newest revision in which anything was seen that narrows it; a merge narrows what another entity became.
    `groups`: the communities and protocols whose stewards govern it. `communities`: its own; of what the schema itself
    defines all that the archive has. `attached`: its Labels, Notices and Hub projects.
    """

    id: str
    revision: int
    seen: int
    said: Said
    released: Released
    in_force: InForce
    guards: Guards
    held: bool
    groups: frozenset[str]
    communities: tuple[str, ...]
    attached: tuple[Attached, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What cannot be read, and so is closed."""
        return self.said.problems

    def is_closed_to(self, situation: Situation) -> bool:
        """Whether the rules alone, whatever guards were stored, keep even the record's existence from somebody."""
        if self.in_force.state is not RecordState.LIVE or self.held:
            return not (situation.custodian or situation.steward_of)
        return self.in_force.outsiders_see is OutsidersSee.HIDDEN and not holds(self.in_force.condition, situation)

    def in_force_of(self, target: Target) -> Condition:
        """What is in force for one part, or for the record itself."""
        return self.in_force.condition if target == targets.ENTITY else self.in_force.parts.get(target, PUBLIC)

    def said_of(self, target: Target) -> Condition:
        """What is said of one part, or of the record itself; public where nothing is."""
        return self.said.conditions.get(target, PUBLIC)

    def released_of(self, target: Target) -> Condition:
        """What is released of one part, or of the record itself."""
        default = self.said.default if target == targets.ENTITY else self.said.property_defaults.get(target, PUBLIC)
        return self.released.condition(target, default)


def governance_of(stored: Stored, memory: Memory, rules: Rules, *, held: bool) -> Governance:
    """How a record is governed."""
    said = rules.said(stored.entity)
    opened, now = rules.released(said, memory), rules.in_force(said, memory)
    communities = said.communities or (tuple(sorted(rules.archive.communities)) if said.of_schema else ())
    conditions = [now.condition, *now.parts.values()]
    return Governance(
        id=stored.entity.id,
        revision=stored.entity.revision,
        seen=max([stored.entity.revision, *(restriction.revision for restriction in memory.restrictions)]),
        said=said,
        released=opened,
        in_force=now,
        guards=stored.guards,
        held=held,
        groups=frozenset(communities).union(*(groups_named(condition) for condition in conditions)),
        communities=communities,
        attached=read_attached(stored.entity, rules.vocabulary),
    )


def entry(governance: Governance, target: Target, value: str) -> Entry:
    """A release of one target of a record from all that was seen of it when it was looked at."""
    return Entry(
        entity=governance.id,
        communities=governance.communities,
        release=Release(target, value, governance.seen),
        before=_before(governance, target),
        protocols=_standing_on(governance) if target in (targets.STATE, targets.OUTSIDERS_SEE) else frozenset(),
    )


def waiting(governance: Governance) -> list[Entry]:
    """What stewards would open by releasing what the wiki says now.

    Only what is said outright: that nothing is said of a record opens nothing.
    """
    said, now = governance.said, governance.in_force
    wanted: dict[Target, str] = {}
    for target, condition in said.readable.items():
        present = governance.in_force_of(target)
        if all_of((condition, present)) == present != condition:
            wanted[target] = str(condition)
    if said.state is RecordState.LIVE and now.state is not RecordState.LIVE:
        wanted[targets.STATE] = str(RecordState.LIVE)
    if said.outsiders_see is not None and said.outsiders_see > governance.released.outsiders_see:
        wanted[targets.OUTSIDERS_SEE] = said.outsiders_see.word
    return [entry(governance, target, value) for target, value in sorted(wanted.items())]


def _standing_on(governance: Governance) -> frozenset[str]:
    # A state or a level opens the record to whom its condition names, and neither word names anybody.
    return groups_named(governance.in_force.condition) | groups_named(governance.said_of(targets.ENTITY))


def _before(governance: Governance, target: Target) -> str:
    match target:
        case targets.STATE:
            return str(governance.released.state)
        case targets.OUTSIDERS_SEE:
            return governance.released.outsiders_see.word
    return str(governance.released_of(target))
