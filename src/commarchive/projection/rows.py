"""An entity and its guards as the rows that lists, search and counts meet.

Knows: what each row discloses, and hence which guard it carries. Must not know: the database.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from commarchive.model.entity import Entity, Rank, Snak, Statement, TermKind
from commarchive.model.ids import is_entity_id
from commarchive.policy import targets
from commarchive.policy.condition import Condition, all_of
from commarchive.policy.guards import Guards
from commarchive.policy.mentions import Addresses, is_readable, mentioned
from commarchive.policy.vocabulary import Vocabulary

Know = Callable[[str], Condition]
"""Who may know of an entity; closed for ids that do not exist."""

MAX_WORD = 64

LABEL_WEIGHT, ALIAS_WEIGHT, DESCRIPTION_WEIGHT, TEXT_WEIGHT = 8, 4, 2, 1
"""What a match is worth, by where it stands: a record's own property, no statistics of the corpus."""


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term that search suggests by its beginning."""

    kind: TermKind
    language: str
    text: str
    folded: str
    guard: int


@dataclass(slots=True)
class Rows:
    """Rows derived from one entity; a guard is its place in `guards`, because conditions are slow to compare."""

    guards: list[Condition] = field(default_factory=list)
    terms: list[TermRow] = field(default_factory=list)
    words: dict[tuple[str, int], int] = field(default_factory=dict)
    facets: set[tuple[str, str, int]] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    _places: dict[Condition, int] = field(default_factory=dict)

    def place(self, guard: Condition) -> int:
        """The place of a guard."""
        if guard not in self._places:
            self._places[guard] = len(self.guards)
            self.guards.append(guard)
        return self._places[guard]


def fold(text: str) -> str:
    """A text as search compares it: compatibility forms, case and white space folded, accents kept."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(text: str) -> list[str]:
    """The words of a text, folded: letters and digits with their marks, which some scripts cannot be read without."""
    folded = fold(text)
    if not folded.isalnum():
        folded = "".join(sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in folded)
    return [word[:MAX_WORD] for word in folded.split()]


def rows_of(entity: Entity, guards: Guards, vocabulary: Vocabulary, addresses: Addresses, know: Know) -> Rows:
    """The rows of an entity."""
    rows = Rows()
    for kind, language, text in _terms(entity):
        guard = rows.place(all_of((guards.entity, guards.part(targets.term(kind, language)))))
        if kind is not TermKind.DESCRIPTION:
            rows.terms.append(TermRow(kind, language, text, fold(text), guard))
        _add_words(rows, text, guard, _WEIGHTS[kind])
    for statement in entity.statements:
        for snak in statement.snaks():
            rows.mentions |= {id_ for id_ in mentioned(snak, addresses) if is_entity_id(id_)}
        if statement.property_id not in vocabulary.controls and is_readable(statement.mainsnak):
            guard = rows.place(statement_guard(statement, guards, addresses, know))
            value = statement.mainsnak.value.entity_id if statement.mainsnak.value else None
            if value is not None and statement.rank is not Rank.DEPRECATED:
                rows.facets.add((statement.property_id, value, guard))
            said = _text(statement.mainsnak)
            if said:
                _add_words(rows, said, guard, TEXT_WEIGHT)
    rows.mentions.discard(entity.id)
    return rows


def statement_guard(statement: Statement, guards: Guards, addresses: Addresses, know: Know) -> Condition:
    """Who sees a statement's main snak, everything taken into account."""
    own = guards.part(targets.statement(statement.id))
    return all_of((guards.entity, own, *(know(id_) for id_ in mentioned(statement.mainsnak, addresses))))


_WEIGHTS = {
    TermKind.LABEL: LABEL_WEIGHT,
    TermKind.ALIAS: ALIAS_WEIGHT,
    TermKind.DESCRIPTION: DESCRIPTION_WEIGHT,
}


def _terms(entity: Entity) -> Iterator[tuple[TermKind, str, str]]:
    for language, text in entity.labels.items():
        yield TermKind.LABEL, language, text
    for language, text in entity.descriptions.items():
        yield TermKind.DESCRIPTION, language, text
    for language, texts in entity.aliases.items():
        for text in texts:
            yield TermKind.ALIAS, language, text


def _text(snak: Snak) -> str | None:
    if snak.value is not None and snak.value.type == "monolingualtext":
        text: str = snak.value.value["text"]
        return text
    return snak.text


def _add_words(rows: Rows, text: str, guard: int, weight: int) -> None:
    for word in words_of(text):
        rows.words[word, guard] = max(weight, rows.words.get((word, guard), 0))
