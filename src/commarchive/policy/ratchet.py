"""The ratchet: a restriction seen once holds until stewards release it.

Knows: which restrictions a revision adds to memory, and what is released given memory and releases.
Must not know: where memory is kept, or who may release.

Everything here is a function of the wiki's history and the register's releases, so that replaying the history gives the
same memory again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from commarchive.model.archive import OutsidersSee, RecordState
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, PUBLIC, Condition, all_of, read_canonical
from commarchive.policy.said import Said
from commarchive.policy.targets import Family, Target


@dataclass(frozen=True, slots=True)
class Restriction:
    """Something seen in a revision that narrows a target.

    `value` is a condition's canonical text; for the targets `state` and `outsiders-see` it is the word.
    `family` is what new targets inherit by; it is empty where nothing inherits.
    """

    target: Target
    value: str
    revision: int
    family: Family = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What stewards opened: `value` replaces all that was seen up to `revision`."""

    target: Target
    value: str
    revision: int


def observe(
    previous: Said | None, current: Said, remembered: Iterable[Restriction], revision: int
) -> list[Restriction]:
    """What this revision adds to memory.

    Args:
        previous: what the revision before said; None for the first one.
        current: what this revision says.
        remembered: everything remembered of this entity so far.
        revision: this revision's id.

    Only what changed since the revision before is added, so that an edit that leaves a condition alone does not undo a
    release. A statement, group of qualifiers or reference that is new inherits every restriction that its family has or
    had.
    """
    seen: list[Restriction] = []
    for target, condition in current.readable.items():
        if condition != PUBLIC and (previous is None or previous.readable.get(target) != condition):
            seen.append(Restriction(target, str(condition), revision, current.families.get(target, "")))
    if _default_counts(current) and (previous is None or previous.default != current.default):
        seen.append(Restriction(targets.ENTITY, str(current.default), revision))
    for target, default in current.property_defaults.items():
        if default not in (PUBLIC, CLOSED) and (previous is None or previous.property_defaults.get(target) != default):
            seen.append(Restriction(target, str(default), revision, current.families.get(target, "")))
    if current.state is not RecordState.LIVE and (previous is None or previous.state is not current.state):
        seen.append(Restriction(targets.STATE, str(current.state), revision))
    if current.outsiders_see is not None and (previous is None or previous.outsiders_see is not current.outsiders_see):
        seen.append(Restriction(targets.OUTSIDERS_SEE, current.outsiders_see.word, revision))
    before: Set[Target] = previous.families.keys() if previous is not None else frozenset()
    return [*seen, *_inherited(current, before, [*remembered, *seen], revision)]


def _default_counts(said: Said) -> bool:
    # What the schema defines starts as the schema says; what cannot be read is closed, and never remembered.
    return not said.of_schema and said.default != CLOSED


def _inherited(
    current: Said, before: Set[Target], remembered: Iterable[Restriction], revision: int
) -> Iterable[Restriction]:
    by_family: dict[Family, list[Condition]] = {}
    for restriction in remembered:
        if restriction.family:
            by_family.setdefault(restriction.family, []).append(read_canonical(restriction.value))
    for target, family in current.families.items():
        if target not in before and family in by_family:
            yield Restriction(target, str(all_of(by_family[family])), revision, family)


@dataclass(frozen=True, slots=True)
class Released:
    """What is released of one entity: a function of its memory and its releases."""

    conditions: Mapping[Target, Condition]
    lifted: frozenset[Target]
    state: RecordState
    outsiders_see: OutsidersSee

    def condition(self, target: Target, default: Condition) -> Condition:
        """What is released of a target; `default` counts unless the target itself was ever released."""
        own = self.conditions.get(target, PUBLIC)
        return own if target in self.lifted else all_of((default, own))


def released(remembered: Iterable[Restriction], releases: Iterable[Release], *, born_live: bool = False) -> Released:
    """What is released: the newest release of each target, narrowed by every restriction seen after it.

    Args:
        remembered: the entity's restrictions.
        releases: the entity's releases that are in effect.
        born_live: whether the entity is live without a release.
    """
    newest: dict[Target, Release] = {}
    for release in releases:
        if release.target not in newest or newest[release.target].revision <= release.revision:
            newest[release.target] = release
    holding = [r for r in remembered if r.target not in newest or r.revision > newest[r.target].revision]
    values = [(release.target, release.value) for release in newest.values()] + [(r.target, r.value) for r in holding]
    conditions: dict[Target, list[Condition]] = {}
    for target, value in values:
        if target not in (targets.STATE, targets.OUTSIDERS_SEE):
            conditions.setdefault(target, []).append(read_canonical(value))
    return Released(
        conditions={target: all_of(parts) for target, parts in conditions.items()},
        lifted=frozenset(newest),
        state=_state(newest.get(targets.STATE), holding, born_live=born_live),
        outsiders_see=_outsiders_see(newest.get(targets.OUTSIDERS_SEE), holding),
    )


def _state(release: Release | None, holding: Iterable[Restriction], *, born_live: bool) -> RecordState:
    seen = [RecordState(r.value) for r in holding if r.target == targets.STATE]
    if seen:
        return seen[-1]
    if release is not None:
        return RecordState(release.value)
    return RecordState.LIVE if born_live else RecordState.DRAFT


def _outsiders_see(release: Release | None, holding: Iterable[Restriction]) -> OutsidersSee:
    seen = [OutsidersSee[r.value.upper()] for r in holding if r.target == targets.OUTSIDERS_SEE]
    base = OutsidersSee[release.value.upper()] if release is not None else OutsidersSee.METADATA
    return min([base, *seen])
