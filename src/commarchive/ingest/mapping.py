"""What a mapping says: which cells become which parts of a record.

Knows: the words of a mapping, and whether they fit the schemas and protocols of an archive. Must not know: rows, YAML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class By(StrEnum):
    """How a cell names an item."""

    SLUG = "slug"
    TABLE = "table"
    WIKIDATA = "wikidata"


@dataclass(frozen=True, slots=True)
class Given:
    """A text that is the same for every row (`value`), or stands in a column."""

    column: str | None = None
    value: str = ""

    def of(self, cells: Mapping[str, str]) -> str:
        """The text of a row."""
        return self.value if self.column is None else cells[self.column]


@dataclass(frozen=True, slots=True)
class SnakRule:
    """How one property gets its value; what does not fit the property's datatype is empty."""

    property: str
    datatype: str
    given: Given
    by: By | None = None
    table: str = ""
    slugs: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    precision: str = ""
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class StatementRule:
    """How a statement is made; several values stand in one cell where there is a `separator`."""

    main: SnakRule
    separator: str = ""
    required: bool = False
    condition: Given | None = None
    qualifiers: tuple[SnakRule, ...] = ()
    references: tuple[tuple[SnakRule, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """Who may see a record."""

    community: Given
    access_condition: Given
    record_state: Given
    outsiders_see: Given | None = None


@dataclass(frozen=True, slots=True)
class RecordRule:
    """How a row becomes a record. `aliases` are by language a column and a separator, empty for one value alone."""

    cls: str
    policy: PolicyRule
    labels: Mapping[str, Given]
    descriptions: Mapping[str, Given] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    statements: tuple[StatementRule, ...] = ()

    def columns(self) -> Iterator[str]:
        """The columns that it reads, with repetitions."""
        yield from (given.column for given in self._givens() if given.column is not None)
        yield from (column for column, _ in self.aliases.values())

    def snaks(self) -> Iterator[SnakRule]:
        """Every rule for a value: main, qualifiers, references."""
        for statement in self.statements:
            yield statement.main
            yield from statement.qualifiers
            for reference in statement.references:
                yield from reference

    def _givens(self) -> Iterator[Given]:
        yield from self.labels.values()
        yield from self.descriptions.values()
        yield from (self.policy.community, self.policy.access_condition, self.policy.record_state)
        if self.policy.outsiders_see is not None:
            yield self.policy.outsiders_see
        yield from (snak.given for snak in self.snaks())
        yield from (statement.condition for statement in self.statements if statement.condition is not None)


@dataclass(frozen=True, slots=True)
class TableRule:
    """A table of things: `rows` where it is in the mapping itself, else `file`. `wikidata`: the column of their id."""

    name: str
    match: str
    record: RecordRule
    file: str = ""
    rows: tuple[Mapping[str, str], ...] = ()
    wikidata: str | None = None

    def columns(self) -> Iterator[str]:
        """The columns that it reads, with repetitions."""
        yield self.match
        if self.wikidata is not None:
            yield self.wikidata
        yield from self.record.columns()


@dataclass(frozen=True, slots=True)
class RowMapping:
    """A whole mapping; `id` is the name under which what it wrote is remembered."""

    id: str
    key: tuple[str, ...]
    record: RecordRule
    tables: Mapping[str, TableRule] = field(default_factory=dict)
    delimiter: str = ","

    def columns(self) -> Iterator[str]:
        """The columns that it reads, with repetitions."""
        yield from self.key
        yield from self.record.columns()
