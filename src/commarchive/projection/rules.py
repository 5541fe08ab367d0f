"""What guards depend on besides a wiki and a register, and how the three together become guards.

Knows: which memory counts for a record. Must not know: where memory or records are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from hashlib import sha256

from commarchive.model.archive import Archive
from commarchive.model.entity import Entity
from commarchive.policy.guards import Guards, InForce, compile_guards, in_force
from commarchive.policy.mentions import Addresses
from commarchive.policy.ratchet import Released, Restriction, released
from commarchive.policy.said import Said, read_said
from commarchive.policy.targets import Family, Target
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection.tables import FORMAT
from commarchive.register.releases import Memory

COMPILER = 1
"""Counts up whenever the same rules would give other guards, rows or histories than before."""

_OF_FAMILY = "family:"


@dataclass(frozen=True)
class Rules:
    """What guards depend on besides a wiki and a register."""

    archive: Archive
    vocabulary: Vocabulary
    addresses: Addresses

    def said(self, entity: Entity) -> Said:
        """What an entity says of its own access."""
        return read_said(entity, self.archive, self.vocabulary)

    def released(self, said: Said, memory: Memory) -> Released:
        """What is released of an entity that says this."""
        return released(_spread(memory.restrictions, said.families), memory.releases, born_live=said.born_live)

    def in_force(self, said: Said, memory: Memory) -> InForce:
        """What is in force for an entity that says this, before state and holds are taken into account."""
        return in_force(said, self.released(said, memory), self.archive)

    def guards(self, said: Said, memory: Memory, *, held: bool) -> Guards:
        """The guards of an entity that says this."""
        return compile_guards(said, self.released(said, memory), self.archive, held=held)

    def fingerprint(self) -> str:
        """A text that differs where anything does that guards, rows or histories depend on."""
        return _digest([COMPILER, FORMAT, _plain(self)])

    def controls_fingerprint(self) -> str:
        """A text that differs where other properties control access: then every revision means something else."""
        return _digest(_plain(self.vocabulary.controls))


def of_family(restriction: Restriction) -> Restriction:
    """A restriction of everything in the family of the restriction's target, whenever it came or comes."""
    return replace(restriction, target=_OF_FAMILY + restriction.family)


def _spread(restrictions: Iterable[Restriction], families: Mapping[Target, Family]) -> list[Restriction]:
    """The restrictions in their order, those of a family on each of its targets."""
    found = []
    for restriction in restrictions:
        if restriction.target.startswith(_OF_FAMILY):
            found += [
                replace(restriction, target=target)
                for target, family in families.items()
                if family == restriction.family
            ]
        else:
            found.append(restriction)
    return found


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, frozenset | tuple | list):
        plain = [_plain(each) for each in value]
        return sorted(plain, key=str) if isinstance(value, frozenset) else plain
    return str(value)
