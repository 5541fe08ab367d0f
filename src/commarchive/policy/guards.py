"""Guards: for every part of an entity, the one condition that somebody must satisfy to see it.

Knows: how what is said, what is released, record state, holds and levels for outsiders become conditions.
Must not know: who asks, or when; guards are evaluated elsewhere, as often as needed.

Guards are monotone formulas like any condition. That is why one check, a filtered list and a redacted entity agree: all
three ask whether the same formulas hold.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    parts_of,
)
from commarchive.policy.ratchet import Released
from commarchive.policy.said import Said
from commarchive.policy.targets import Target


@dataclass(frozen=True, slots=True)
class Guards:
    """Who may see what of one entity.

    `entity`: the entity itself. `know`: that it exists. `stub`: what `know` gives those who may not see the entity.
    `control`: the statements that say who may see it, wherever they stand. `parts`: own conditions of statements,
    qualifiers, references and terms, each beside the guards of what it stands in; a part that is not listed has none of
    its own.
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
    stewards, close_stewards = _stewards(said, released, archive)
    narrowed = [now.condition]
    if now.state is not RecordState.LIVE:
        narrowed.append(stewards)
    if held:
        narrowed.append(close_stewards)
    entity = all_of(narrowed)
    is_open_to_outsiders = now.state is RecordState.LIVE and not held and bool(said.communities)
    stub = now.outsiders_see if is_open_to_outsiders else OutsidersSee.HIDDEN
    own = {target: condition for target, condition in now.parts.items() if condition != PUBLIC}
    controls = {target: all_of((own.get(target, PUBLIC), stewards)) for target in said.controls}
    return Guards(
        entity=entity,
        know=PUBLIC if stub > OutsidersSee.HIDDEN else entity,
        control=stewards,
        parts={**own, **controls},
        stub=stub,
    )


def _stewards(said: Said, released: Released, archive: Archive) -> tuple[Condition, Condition]:
    """Being a steward of the entity: by protocol or community, and, where it names protocols, by protocol alone."""
    protocols = archive.protocols.keys()
    sets = {groups | (released.named & protocols) for groups in (*released.stewards, said.stewards)}
    return (
        all_of(any_of(map(Stewards, groups)) for groups in sets),
        all_of(any_of(map(Stewards, groups & protocols or groups)) for groups in sets),
    )


def _outsiders_see(said: Said, released: Released, condition: Condition, archive: Archive) -> OutsidersSee:
    """The strictest of what the record says, what is released, and what every part of the condition allows.

    Part by part, so that a further part never makes it wider.
    """
    parts = parts_of(condition)
    if not parts:
        return OutsidersSee.HIDDEN
    levels = [released.outsiders_see, *(_allowed_by(part, released, archive) for part in parts)]
    return min(levels if said.outsiders_see is None else [*levels, said.outsiders_see])


def _allowed_by(part: Condition, released: Released, archive: Archive) -> OutsidersSee:
    named = groups_named(part)
    protocols = [archive.protocols[group] for group in named if group in archive.protocols]
    if part == CLOSED or not named <= archive.protocols.keys() | archive.communities.keys():
        return OutsidersSee.HIDDEN
    if not protocols:
        # Where no protocol says anything, outsiders see what was released to them, and that is nothing at first.
        return OutsidersSee.METADATA if targets.OUTSIDERS_SEE in released.lifted else OutsidersSee.HIDDEN
    return min(protocol.outsiders_see for protocol in protocols)
