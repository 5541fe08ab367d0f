"""Rows to records: everything that a row says, checked, before any item it names is known to the wiki.

Knows: how a mapping's rules apply to cells. Must not know: ids of things, files, the wiki.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from commarchive.ingest.checks import CheckError, check_policy
from commarchive.ingest.mapping import By, Given, RecordRule, SnakRule, StatementRule
from commarchive.ingest.values import LONGEST_TERM, clean, item_value, parse_value, plain
from commarchive.manifest.checked import one_of
from commarchive.model.archive import Archive
from commarchive.model.entity import DataValue, Reference, Snak, Statement
from commarchive.model.ids import is_item_id
from commarchive.model.schema import Control, Schema, SchemaIds


@dataclass(frozen=True, slots=True)
class Named:
    """An item that a cell names: by slug, by Wikidata id, or by what stands in a table (`table`, else empty)."""

    by: By
    key: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class DraftSnak:
    """A property by its slug, with a value or an item still to be found; `column` is where it was read."""

    property: str
    datatype: str
    value: DataValue | Named
    column: str = ""


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """A statement whose items are still to be found; `condition` is None where it has none of its own."""

    main: DraftSnak
    qualifiers: tuple[DraftSnak, ...] = ()
    references: tuple[tuple[DraftSnak, ...], ...] = ()
    condition: str | None = None

    def snaks(self) -> Iterator[DraftSnak]:
        """Every snak: main, qualifiers, references."""
        yield self.main
        yield from self.qualifiers
        for reference in self.references:
            yield from reference


@dataclass(frozen=True, slots=True)
class Draft:
    """A record whose items are still to be found."""

    cls: str
    policy: Mapping[Control, str]
    labels: Mapping[str, str]
    descriptions: Mapping[str, str]
    aliases: Mapping[str, tuple[str, ...]]
    statements: tuple[DraftStatement, ...]

    def named(self) -> Iterator[tuple[Named, str]]:
        """Every item that is named, with the column that names it."""
        for statement in self.statements:
            for snak in statement.snaks():
                if isinstance(snak.value, Named):
                    yield snak.value, snak.column


class RowError(ValueError):
    """A row cannot be taken; `column` is empty where it is the row as a whole."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


_CONTROLS = {
    "community": Control.COMMUNITY,
    "access_condition": Control.ACCESS_CONDITION,
    "record_state": Control.RECORD_STATE,
    "outsiders_see": Control.OUTSIDERS_SEE,
}


def read_record(cells: Mapping[str, str], rule: RecordRule, archive: Archive) -> Draft:
    """What a row says.

    Raises:
        RowError: a cell cannot be taken, or something that has to be said is not.
    """
    labels = _terms(cells, rule.labels)
    if not labels:
        columns = ", ".join(given.column for given in rule.labels.values() if given.column is not None)
        raise RowError(columns, "the record has no name")
    return Draft(
        cls=rule.cls,
        policy=_policy(cells, rule, archive),
        labels=labels,
        descriptions=_terms(cells, rule.descriptions),
        aliases=_aliases(cells, rule, labels),
        statements=tuple(each for one in rule.statements for each in _statements(cells, one, archive)),
    )


def to_statements(draft: Draft, schema: Schema, ids: SchemaIds, found: Callable[[Named], str]) -> tuple[Statement, ...]:
    """The record's statements; `found` gives the id of each item that is named.

    Raises:
        KeyError: the wiki has no id yet for a slug of the schema.
    """

    def snak(draft_snak: DraftSnak) -> Snak:
        value = draft_snak.value
        if isinstance(value, Named):
            value = item_value(ids.items[value.key] if value.by is By.SLUG else found(value))
        return Snak(ids.properties[draft_snak.property], value=value, datatype=draft_snak.datatype)

    def control(which: Control, text: str) -> Snak:
        slug = next(slug for slug, definition in schema.properties.items() if definition.control is which)
        return Snak(ids.properties[slug], value=DataValue("string", text), datatype="string")

    def statement(each: DraftStatement) -> Statement:
        qualifiers = [snak(qualifier) for qualifier in each.qualifiers]
        if each.condition is not None:
            qualifiers.append(control(Control.ACCESS_CONDITION, each.condition))
        references = tuple(Reference(tuple(map(snak, reference))) for reference in each.references)
        return Statement("", snak(each.main), qualifiers=tuple(qualifiers), references=references)

    instance_of = next(slug for slug, definition in schema.properties.items() if definition.instance_of)
    class_ = DraftSnak(instance_of, "wikibase-item", Named(By.SLUG, draft.cls))
    return (
        Statement("", snak(class_)),
        *(Statement("", control(which, text)) for which, text in draft.policy.items()),
        *map(statement, draft.statements),
    )


def _policy(cells: Mapping[str, str], rule: RecordRule, archive: Archive) -> dict[Control, str]:
    givens = {word: given for word in _CONTROLS if (given := getattr(rule.policy, word)) is not None}
    said = {word: given.of(cells) for word, given in givens.items()}
    for word, text in said.items():
        if not text:
            raise RowError(givens[word].column or "", f"nothing is said of its {word.replace('_', ' ')}")
    for word, problem in check_policy(said, archive):
        raise _row_error(givens[word].column or "", problem)
    return {_CONTROLS[word]: text for word, text in said.items()}


def _terms(cells: Mapping[str, str], givens: Mapping[str, Given]) -> dict[str, str]:
    found = {}
    for lang, given in givens.items():
        text = given.of(cells)
        if text:
            found[lang] = _plain(text, given.column or "")
    return found


def _aliases(cells: Mapping[str, str], rule: RecordRule, labels: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found = {}
    for lang, (column, separator) in rule.aliases.items():
        texts = [_plain(text, column) for text in _split(cells[column], separator)]
        texts = [text for text in dict.fromkeys(texts) if text != labels.get(lang)]
        if texts:
            found[lang] = tuple(texts)
    return found


def _plain(text: str, column: str) -> str:
    try:
        return plain(text, LONGEST_TERM)
    except CheckError as problem:
        raise _row_error(column, problem) from problem


def _statements(cells: Mapping[str, str], rule: StatementRule, archive: Archive) -> Iterator[DraftStatement]:
    column = rule.main.given.column or ""
    texts = list(dict.fromkeys(_split(rule.main.given.of(cells), rule.separator)))
    if rule.required and not texts:
        raise RowError(column, "nothing stands here")
    if not texts:
        return
    condition = _condition(cells, rule.condition, archive)
    qualifiers = tuple(snak for each in rule.qualifiers if (snak := _snak(cells, each)) is not None)
    references = tuple(
        snaks
        for reference in rule.references
        if (snaks := tuple(snak for each in reference if (snak := _snak(cells, each)) is not None))
    )
    for text in texts:
        yield DraftStatement(_value(text, rule.main), qualifiers, references, condition)


def _condition(cells: Mapping[str, str], given: Given | None, archive: Archive) -> str | None:
    if given is None:
        return None
    text = given.of(cells)
    if not text:
        # The mapping says that these statements have a condition: one without is not an open one.
        raise RowError(given.column or "", "nothing is said of who may see this")
    for _, problem in check_policy({"access_condition": text}, archive):
        raise _row_error(given.column or "", problem)
    return text


def _snak(cells: Mapping[str, str], rule: SnakRule) -> DraftSnak | None:
    text = rule.given.of(cells)
    return _value(text, rule) if text else None


def _value(text: str, rule: SnakRule) -> DraftSnak:
    column = rule.given.column or ""
    if rule.by is not None:
        return DraftSnak(rule.property, rule.datatype, _named(text, rule), column)
    try:
        return DraftSnak(rule.property, rule.datatype, parse_value(text, rule), column)
    except CheckError as problem:
        raise _row_error(column, problem) from problem


def _named(text: str, rule: SnakRule) -> Named:
    column = rule.given.column or ""
    match rule.by:
        case By.TABLE:
            return Named(By.TABLE, text, rule.table)
        case By.WIKIDATA:
            if not is_item_id(text):
                raise RowError(column, f"`{text}` is no item's id; expected one such as `Q33`")
            return Named(By.WIKIDATA, text)
    if rule.slugs and text not in rule.slugs:
        raise RowError(column, f"the mapping knows no `{text}`; expected {one_of(rule.slugs, text)}")
    return Named(By.SLUG, rule.slugs.get(text, text))


def _split(text: str, separator: str) -> list[str]:
    parts = text.split(separator) if separator else [text]
    return [part for part in map(clean, parts) if part]


def _row_error(column: str, problem: CheckError) -> RowError:
    return RowError(column, f"{problem}; expected {problem.expected}" if problem.expected else str(problem))
