"""An entity as one principal may see it.

Knows: how guards take an entity apart, and what goes with what.
Must not know: where entities are kept; whether another entity may be known of is asked of the caller.

What a principal may not see takes part in nothing: what is returned was built from visible parts alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from commarchive.model.archive import OutsidersSee
from commarchive.model.entity import Entity, Reference, Snak, Statement, TermKind
from commarchive.model.ids import sort_key
from commarchive.policy import targets
from commarchive.policy.condition import Situation, holds
from commarchive.policy.guards import Guards
from commarchive.policy.mentions import Addresses, is_readable, mentioned
from commarchive.policy.vocabulary import Vocabulary

Text = TypeVar("Text")

MayKnow = Callable[[str], bool]
"""Whether the principal may know of the entity with this id; false for ids that do not exist."""


@dataclass(frozen=True, slots=True)
class Redactor:
    """Redacts entities for one standing. `stub_labels` is the neutral label of what is only known to exist."""

    situation: Situation
    vocabulary: Vocabulary
    addresses: Addresses
    may_know: MayKnow
    stub_labels: Mapping[str, str]

    def redact(self, entity: Entity, guards: Guards) -> Entity | None:
        """The entity as this standing may see it; None where it may not know of it.

        The revision and the date of change are those of the unredacted entity: whoever serves the result has to
        replace them by what its parts give.
        """
        if self.sees(guards):
            return self._visible(entity, guards)
        if guards.stub is OutsidersSee.HIDDEN or not holds(guards.know, self.situation):
            return None
        return self._stub(entity, guards)

    def sees(self, guards: Guards) -> bool:
        """Whether this standing sees the entity itself, more than that it exists."""
        return holds(guards.entity, self.situation)

    def sees_statement(self, statement: Statement, guards: Guards) -> bool:
        """Whether this standing sees a statement of an entity that it sees."""
        return holds(guards.part(targets.statement(statement.id)), self.situation) and self._sees_snak(
            statement.mainsnak
        )

    def _visible(self, entity: Entity, guards: Guards) -> Entity:
        return replace(
            entity,
            labels=self._terms(entity.labels, TermKind.LABEL, guards),
            descriptions=self._terms(entity.descriptions, TermKind.DESCRIPTION, guards),
            aliases=self._terms(entity.aliases, TermKind.ALIAS, guards),
            statements=_in_order(
                self._statement(s, guards) for s in entity.statements if self.sees_statement(s, guards)
            ),
        )

    def _stub(self, entity: Entity, guards: Guards) -> Entity:
        return Entity(
            id=entity.id,
            type=entity.type,
            datatype=entity.datatype,
            labels=self.stub_labels,
            statements=self._safe_statements(entity, guards) if guards.stub is OutsidersSee.METADATA else (),
            revision=entity.revision,
            modified=entity.modified,
        )

    def _safe_statements(self, entity: Entity, guards: Guards) -> tuple[Statement, ...]:
        safe = self.vocabulary.safe
        shown = _in_order(
            self._statement(statement, guards)
            for statement in entity.statements
            if statement.property_id in safe and self.sees_statement(statement, guards)
        )
        # Sources are not marked safe, and qualifiers only by their own property.
        return tuple(
            replace(s, qualifiers=tuple(q for q in s.qualifiers if q.property_id in safe), references=()) for s in shown
        )

    def _terms(self, terms: Mapping[str, Text], kind: TermKind, guards: Guards) -> dict[str, Text]:
        return {
            language: text
            for language, text in terms.items()
            if holds(guards.part(targets.term(kind, language)), self.situation)
        }

    def _statement(self, statement: Statement, guards: Guards) -> Statement:
        guid = statement.id
        qualifiers = _in_order(
            snak
            for snak in statement.qualifiers
            if holds(guards.part(targets.qualifiers(guid, snak.property_id)), self.situation) and self._sees_snak(snak)
        )
        references = (self._reference(reference, guid, guards) for reference in statement.references)
        # A wiki has no two equal references on a statement: two that are left would tell that something is missing.
        different = {reference.hash: reference for reference in references if reference is not None}
        return replace(statement, qualifiers=qualifiers, references=tuple(different.values()))

    def _reference(self, reference: Reference, guid: str, guards: Guards) -> Reference | None:
        key = targets.reference_key(reference, frozenset(self.vocabulary.controls))
        if not holds(guards.part(targets.reference(guid, key)), self.situation):
            return None
        snaks = _in_order(
            s for s in reference.snaks if self._sees_snak(s) and self._sees_control(s.property_id, guards)
        )
        return Reference(snaks) if snaks else None

    def _sees_snak(self, snak: Snak) -> bool:
        if self.situation.custodian:
            return True
        return is_readable(snak) and all(self.may_know(id_) for id_ in mentioned(snak, self.addresses))

    def _sees_control(self, property_id: str, guards: Guards) -> bool:
        return property_id not in self.vocabulary.controls or holds(guards.control, self.situation)


class _OfProperty(Protocol):
    @property
    def property_id(self) -> str: ...


Part = TypeVar("Part", bound=_OfProperty)


def _in_order(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts by property. In a wiki a property stands where its first part stands, which may be one that is hidden."""
    return tuple(sorted(parts, key=lambda part: sort_key(part.property_id)))
