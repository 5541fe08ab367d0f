"""Guards: for every part of an entity, the one condition that somebody must satisfy to see it.

Knows: how what is said, what is released, record state, holds and levels for outsiders become conditions.
Must not know: who asks, or when; guards are evaluated elsewhere, as often as needed.

Guards are monotone formulas like any condition. That is why one check, a filtered list and a redacted entity agree: all
three ask whether the same formulas hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from commarchive.model.archive import Archive, OutsidersSee, RecordState
from commarchive.policy import targets
from commarchive.policy.condition import (
    CLOSED,
    PUBLIC,
    Condition,
    Stewards,
    all_of,
    any_of,
    groups_named,
)
from commarchive.policy.ratchet import Released
from commarchive.policy.said import Said
from commarchive.policy.targets import Target


@dataclass(frozen=True, slots=True)
class Guards:
    """Who may see what of one entity.

    `entity`: the entity itself. `know`: that it exists. `stub`: what `know` gives those who may not see the entity.
    `control`: the statements that say who may see it. `parts`: own conditions of statements, qualifiers, references
    and terms, each beside the guards of what it stands in; a part that is not listed has none of its own.
    """

    entity: Condition
    know: Condition
    control: Condition
    parts: Mapping[Target, Condition]
    stub: OutsidersSee = OutsidersSee.HIDDEN

    def part(self, target: Target) -> Condition:
        """A part's own condition."""
        return self.parts.get(target, PUBLIC)


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force for one entity: said and released together, before state and holds are taken into account."""

    condition: Condition
    parts: Mapping[Target, Condition]
    state: RecordState
    outsiders_see: OutsidersSee


def in_force(said: Said, released: Released, archive: Archive) -> InForce:
    """`said ∧ released`, on every level."""
    condition = all_of((said.conditions.get(targets.ENTITY, PUBLIC), released.condition(targets.ENTITY, said.default)))
    if not (said.communities or said.of_schema):
        condition = CLOSED
    parts = {}
    for target in {*said.conditions, *said.property_defaults, *released.conditions} - {targets.ENTITY}:
        default = said.property_defaults.get(target, PUBLIC)
        parts[target] = all_of((said.conditions.get(target, PUBLIC), released.condition(target, default)))
    state = said.state if said.state is not RecordState.LIVE else released.state
    return InForce(condition, parts, state, _outsiders_see(said, released, condition, archive))


def compile_guards(said: Said, released: Released, archive: Archive, *, held: bool) -> Guards:
    """The guards of an entity.

    Args:
        said: what its current revision says.
        released: what is released of it.
        archive: its communities and protocols.
        held: whether any hold closes it.
    """
    now = in_force(said, released, archive)
    named = [group for group in groups_named(now.condition) if group in archive.protocols]
    of_protocols = any_of(Stewards(group) for group in named)
    of_communities = any_of(Stewards(community) for community in said.communities)
    stewards = any_of((of_protocols, of_communities))
    narrowed = [now.condition]
    if now.state is not RecordState.LIVE:
        narrowed.append(stewards)
    if held:
        narrowed.append(of_protocols if named else of_communities)
    entity = all_of(narrowed)
    is_open_to_outsiders = now.state is RecordState.LIVE and not held and bool(said.communities)
    stub = now.outsiders_see if is_open_to_outsiders else OutsidersSee.HIDDEN
    return Guards(
        entity=entity,
        know=PUBLIC if stub > OutsidersSee.HIDDEN else entity,
        control=stewards,
        parts={target: condition for target, condition in now.parts.items() if condition != PUBLIC},
        stub=stub,
    )


def _outsiders_see(said: Said, released: Released, condition: Condition, archive: Archive) -> OutsidersSee:
    protocols = [archive.protocols[group] for group in groups_named(condition) if group in archive.protocols]
    said_levels: Iterable[OutsidersSee] = [p.outsiders_see for p in protocols]
    if said.outsiders_see is not None:
        said_levels = [*said_levels, said.outsiders_see]
    # Where neither the record nor a protocol says anything, outsiders see nothing.
    return min([*said_levels, released.outsiders_see]) if said_levels else OutsidersSee.HIDDEN
