"""Why a reader sees something that not everyone sees: part by part, for that reader.

Knows: the condition of every part, and which atoms of it let this reader in. Must not know: how a reason is put into
words. Nothing here tells of what the reader does not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commarchive.model.entity import Entity, Snak, TermKind
from commarchive.policy.condition import PUBLIC, Atom, Condition, Shares, atoms, holds
from commarchive.policy.decide import deciding
from commarchive.policy.standing import Standing
from commarchive.projection import history
from commarchive.projection.history import AtomGuards, Place
from commarchive.projection.store import Stored

Part = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why a reader sees something that not everyone sees.

    `atoms` are those of its condition that decide, none for a custodian; `protocols` those in force in which the reader
    has a part.
    """

    atoms: tuple[Atom, ...]
    protocols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a reader sees a record (None: everyone may), and those parts of it that fewer people see than the record."""

    record: Why | None = None
    parts: Mapping[Part, Why] = field(default_factory=dict)

    def of_term(self, kind: TermKind, language: str) -> Why | None:
        """Why a label, a description or the aliases in a language are seen."""
        return self.parts.get((kind, language))

    def of_statement(self, guid: str) -> Why | None:
        """Why a statement is seen."""
        return self.parts.get((guid,))

    def of_qualifier(self, guid: str, snak: Snak) -> Why | None:
        """Why a qualifier is seen, where fewer people see it than its statement."""
        return self.parts.get((guid, "qualifier", snak.hash))

    def of_source(self, guid: str, snak: Snak) -> Why | None:
        """Why a part of a reference is seen, where fewer people see it than its statement."""
        return self.parts.get((guid, "source", snak.hash))

    @property
    def protocols(self) -> tuple[str, ...]:
        """Every protocol in force, for the record or a part of it, in which the reader has a part."""
        whys = [*((self.record,) if self.record else ()), *self.parts.values()]
        return tuple(sorted({protocol for why in whys for protocol in why.protocols}))


def reasons_for(shown: Entity, stored: Stored, guards: AtomGuards, reader: Standing, everyone: Standing) -> Reasons:
    """The reasons of a record.

    Args:
        shown: as the reader sees it.
        stored: unredacted.
        guards: give the condition of each of its atoms.
        reader: what the reader amounts to.
        everyone: what a visitor amounts to at the same instant.
    """
    conditions = guards.of(stored.entity, stored.guards)
    whole = stored.guards.entity
    of_statement: dict[str, Condition] = {}
    parts: dict[Part, Why] = {}
    for atom, place in history.atoms(shown):
        condition = conditions.get(atom, whole)
        part = _part(place)
        if place.statement is None:
            around = whole
        elif part == (place.statement.id,):
            around = whole
            of_statement[place.statement.id] = condition
        else:
            around = of_statement.get(place.statement.id, whole)
        if part and condition != around and not holds(condition, everyone):
            parts[part] = _why(condition, reader)
    return Reasons(None if whole == PUBLIC else _why(whole, reader), parts)


def _part(place: Place) -> Part:
    if place.term is not None:
        return (str(place.term[0]), place.term[1])
    if place.statement is None or place.snak is None:
        return ()
    guid = place.statement.id
    if place.reference is not None:
        return (guid, "source", place.snak.hash)
    return (guid,) if place.snak is place.statement.mainsnak else (guid, "qualifier", place.snak.hash)


def _why(condition: Condition, reader: Standing) -> Why:
    decisive = () if reader.custodian else tuple(dict.fromkeys(deciding(condition, reader)))
    named = {atom.protocol for atom in atoms(condition) if isinstance(atom, Shares)}
    own = named if reader.custodian else named & (reader.shares | reader.steward_of)
    return Why(decisive, tuple(sorted(own)))
