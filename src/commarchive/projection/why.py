"""Why a reader sees something that not everyone sees: part by part, for that reader.

Knows: the condition of every part, and which atoms of it let this reader in. Must not know: how a reason is put into
words. Nothing here tells of what the reader does not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from commarchive.model.entity import Entity, Snak, Statement, TermKind
from commarchive.policy import targets
from commarchive.policy.condition import PUBLIC, Atom, Condition, Shares, all_of, atoms, holds
from commarchive.policy.decide import deciding
from commarchive.policy.mentions import mentioned
from commarchive.policy.said import term_targets
from commarchive.policy.standing import Standing
from commarchive.projection.rules import Rules
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


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the reasons of one record for one reader.

    `know` says who may know of an entity; `everyone` is what a visitor amounts to at the same instant.
    """

    stored: Stored
    rules: Rules
    know: Callable[[str], Condition]
    reader: Standing
    everyone: Standing

    def reasons(self, shown: Entity) -> Reasons:
        """The reasons of the record as the reader sees it."""
        whole = self.stored.guards.entity
        parts = {part: _why(condition, self.reader) for part, condition in self._narrower(shown)}
        return Reasons(None if whole == PUBLIC else _why(whole, self.reader), parts)

    def _narrower(self, shown: Entity) -> Iterator[tuple[Part, Condition]]:
        guards = self.stored.guards
        for target in term_targets(shown):
            kind, _, language = target.removeprefix("term:").partition("@")
            yield from self._if_narrower((kind, language), guards.entity, [guards.part(target)])
        for statement in shown.statements:
            own = [guards.part(targets.statement(statement.id)), *self._of_snak(statement.mainsnak)]
            yield from self._if_narrower((statement.id,), guards.entity, own)
            around = all_of((guards.entity, *own))
            for snak in statement.qualifiers:
                own = [guards.part(targets.qualifiers(statement.id, snak.property_id)), *self._of_snak(snak)]
                yield from self._if_narrower((statement.id, "qualifier", snak.hash), around, own)
            for key, snak in self._sources(statement):
                own = [guards.part(targets.reference(statement.id, key)), *self._of_snak(snak)]
                yield from self._if_narrower((statement.id, "source", snak.hash), around, own)

    def _if_narrower(self, part: Part, around: Condition, own: Iterable[Condition]) -> Iterator[tuple[Part, Condition]]:
        condition = all_of((around, *own))
        if condition != around and not holds(condition, self.everyone):
            yield part, condition

    def _sources(self, shown: Statement) -> Iterator[tuple[str, Snak]]:
        # What is shown of a reference may have another hash, but each of its snaks has its own.
        left = {snak.hash for reference in shown.references for snak in reference.snaks}
        for statement in self.stored.entity.statements:
            for reference in statement.references if statement.id == shown.id else ():
                key = targets.reference_key(reference, frozenset(self.rules.vocabulary.controls))
                yield from ((key, snak) for snak in reference.snaks if snak.hash in left)

    def _of_snak(self, snak: Snak) -> Iterator[Condition]:
        if snak.property_id in self.rules.vocabulary.controls:
            yield self.stored.guards.control
        yield from (self.know(id_) for id_ in mentioned(snak, self.rules.addresses))


def _why(condition: Condition, reader: Standing) -> Why:
    decisive = () if reader.custodian else tuple(dict.fromkeys(deciding(condition, reader)))
    named = {atom.protocol for atom in atoms(condition) if isinstance(atom, Shares)}
    own = named if reader.custodian else named & (reader.shares | reader.steward_of)
    return Why(decisive, tuple(sorted(own)))
