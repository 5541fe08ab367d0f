"""The ratchet: a restriction seen once holds until stewards release it.

Knows: which restrictions a revision adds to memory, and what is released given memory and releases.
Must not know: where memory is kept, or who may release.

Everything here is a function of the wiki's history and the register's releases, so that replaying the history gives the
same memory again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from commarchive.model.archive import OutsidersSee, RecordState
from commarchive.policy import targets
from commarchive.policy.condition import (
    PUBLIC,
    Condition,
    Stewards,
    all_of,
    any_of,
    groups_named,
    parts_of,
    read_canonical,
)
from commarchive.policy.said import Said
from commarchive.policy.targets import Family, Target


@dataclass(frozen=True, slots=True)
class Restriction:
    """Something seen in a revision that narrows a target.

    `value` is a condition's canonical text; for the targets `state` and `outsiders-see` it is the word, and for
    `stewards` the condition that one is a steward of the entity. `family` is what new targets inherit by; it is empty
    where nothing inherits.
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

    Only the parts that are new since the revision before are added, so that an edit that leaves a condition alone, or
    takes a part of it away, does not undo a release. A statement, group of qualifiers or reference that is new inherits
    every restriction that its family has or had. Whatever cannot be read is left out.
    """
    seen = [*_conditions(previous, current, revision), *_words(previous, current, revision)]
    # Who governs an entity is ratcheted too: else naming one's own protocol or community would open what is kept for
    # stewards. A revision whose community cannot be read is closed, and says nothing about it.
    has_stewards = bool(current.stewards and (current.communities or current.of_schema))
    if has_stewards and (previous is None or previous.stewards != current.stewards):
        stewards = any_of(Stewards(group) for group in current.stewards)
        seen.append(Restriction(targets.STEWARDS, str(stewards), revision))
    before: Set[Target] = previous.present if previous is not None else frozenset()
    return [*seen, *_inherited(current, before, [*remembered, *seen], revision)]


def _conditions(previous: Said | None, current: Said, revision: int) -> Iterator[Restriction]:
    # What the schema defines starts as the schema says.
    default = {} if current.of_schema else {targets.ENTITY: current.default}
    default_before = {targets.ENTITY: previous.default} if previous is not None else {}
    pairs: Sequence[tuple[Mapping[Target, Condition], Mapping[Target, Condition]]] = (
        (current.readable, previous.readable if previous is not None else {}),
        (current.property_defaults, previous.property_defaults if previous is not None else {}),
        (default, default_before),
    )
    for now, before in pairs:
        for target, condition in now.items():
            new = parts_of(condition) - parts_of(before.get(target, PUBLIC))
            if new:
                yield Restriction(target, str(all_of(new)), revision, current.families.get(target, ""))


def _words(previous: Said | None, current: Said, revision: int) -> Iterator[Restriction]:
    state, level = current.readable_state, current.readable_outsiders_see
    if state is not RecordState.LIVE and (previous is None or previous.readable_state is not state):
        yield Restriction(targets.STATE, str(state), revision)
    if level is not None and (previous is None or previous.readable_outsiders_see is not level):
        yield Restriction(targets.OUTSIDERS_SEE, level.word, revision)


def _inherited(
    current: Said, before: Set[Target], remembered: Iterable[Restriction], revision: int
) -> Iterator[Restriction]:
    by_family: dict[Family, list[Condition]] = {}
    for restriction in remembered:
        if restriction.family:
            by_family.setdefault(restriction.family, []).append(read_canonical(restriction.value))
    for target in sorted(current.present - before):
        family = current.families[target]
        if family in by_family:
            yield Restriction(target, str(all_of(by_family[family])), revision, family)


@dataclass(frozen=True, slots=True)
class Released:
    """What is released of one entity: a function of its memory and its releases.

    `lifted`: the targets of which something was ever released. `stewards`: sets of groups; who is steward of one group
    of each set is a steward of the entity. `named`: the groups that the release of the entity itself names.
    """

    conditions: Mapping[Target, Condition]
    lifted: frozenset[Target]
    state: RecordState
    outsiders_see: OutsidersSee
    stewards: frozenset[frozenset[str]] = frozenset()
    named: frozenset[str] = frozenset()

    def condition(self, target: Target, default: Condition) -> Condition:
        """What is released of a target; `default` counts unless the target itself was ever released."""
        own = self.conditions.get(target, PUBLIC)
        return own if target in self.lifted else all_of((default, own))


def released(remembered: Iterable[Restriction], releases: Iterable[Release], *, born_live: bool = False) -> Released:
    """What is released: the newest release of each target, narrowed by every restriction seen after it.

    Args:
        remembered: the entity's restrictions.
        releases: the entity's releases that are in effect, oldest first.
        born_live: whether the entity is live without a release.
    """
    newest: dict[Target, Release] = {}
    for release in releases:
        if release.target not in newest or newest[release.target].revision <= release.revision:
            newest[release.target] = release
    remembered = sorted(remembered, key=lambda r: r.revision)
    holding = [r for r in remembered if r.target not in newest or r.revision > newest[r.target].revision]
    values = [(release.target, release.value) for release in newest.values()] + [(r.target, r.value) for r in holding]
    conditions: dict[Target, list[Condition]] = {}
    for target, value in values:
        if target not in targets.WORDS and target != targets.STEWARDS:
            conditions.setdefault(target, []).append(read_canonical(value))
    return Released(
        conditions={target: all_of(parts) for target, parts in conditions.items()},
        lifted=frozenset(newest),
        state=_state(newest.get(targets.STATE), holding, born_live=born_live),
        outsiders_see=_outsiders_see(newest.get(targets.OUTSIDERS_SEE), holding),
        stewards=frozenset(_stewards(newest.get(targets.ENTITY), remembered)),
        named=_named(newest.get(targets.ENTITY)),
    )


def _state(release: Release | None, holding: Iterable[Restriction], *, born_live: bool) -> RecordState:
    values = [r.value for r in holding if r.target == targets.STATE]
    if release is not None:
        values.insert(0, release.value)
    if not values:
        return RecordState.LIVE if born_live else RecordState.DRAFT
    try:
        return RecordState(values[-1])
    except ValueError:
        # A word that was damaged where it was kept.
        return RecordState.DRAFT


def _outsiders_see(release: Release | None, holding: Iterable[Restriction]) -> OutsidersSee:
    values = [r.value for r in holding if r.target == targets.OUTSIDERS_SEE]
    if release is not None:
        values.append(release.value)
    levels = {level.word: level for level in OutsidersSee}
    return min((levels.get(value, OutsidersSee.HIDDEN) for value in values), default=OutsidersSee.METADATA)


def _stewards(release: Release | None, remembered: Sequence[Restriction]) -> Iterator[frozenset[str]]:
    """The groups at the time of the entity's release, and at every change since."""
    seen = [(r.revision, groups_named(read_canonical(r.value))) for r in remembered if r.target == targets.STEWARDS]
    at = release.revision if release is not None else 0
    yield from [groups for revision, groups in seen if revision <= at][-1:]
    yield from (groups for revision, groups in seen if revision > at)


def _named(release: Release | None) -> frozenset[str]:
    return groups_named(read_canonical(release.value)) if release is not None else frozenset()
