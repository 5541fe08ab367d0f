"""Everything that the files of one ingest say, checked row by row, before any wiki is asked.

Knows: the mapping, its tables, and which rows cannot be taken. Must not know: what was written before, the wiki.

Rows are read twice, once to check them all and once to write them, so that only what is wrong is kept in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commarchive.errors import IngestError
from commarchive.ingest.ledger import LONGEST_KEY
from commarchive.ingest.mapping import By, RecordRule, RowMapping, TableRule
from commarchive.ingest.records import Draft, Named, RowError, read_record
from commarchive.ingest.rows import Row, Table, read_table
from commarchive.manifest.checked import near_match
from commarchive.model.archive import Archive
from commarchive.model.ids import is_item_id
from commarchive.model.schema import Schema, SchemaIds

WIKIDATA_ITEM = "wikidata-item"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not taken: where, and what would have to change; `column` is empty where it is the whole row."""

    file: str
    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was read."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Thing:
    """A row of a table that records refer to; `wikidata` is empty where the table has no such column."""

    named: Named
    place: Place
    cells: Mapping[str, str]
    record: RecordRule
    wikidata: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """What is to be taken in.

    `rows` counts all rows. `needed` holds the items that rows name, besides the schema's own.
    """

    mapping: RowMapping
    archive: Archive
    table: Table
    rows: int
    rejected: Mapping[int, Rejected]
    needed: frozenset[Named]
    things: Mapping[Named, Thing]

    def records(self) -> Iterator[tuple[Place, str, Draft]]:
        """The rows that can be taken: where each stands, its key, what it says."""
        for row in self.table.rows():
            if row.line not in self.rejected:
                key = _key(row, self.mapping.key)
                yield Place(self.table.name, row.line), key, read_record(row.cells, self.mapping.record, self.archive)


def read_intake(path: Path, mapping: RowMapping, schema: Schema, ids: SchemaIds, archive: Archive) -> Intake:
    """Read and check a table and the tables beside it.

    Raises:
        IngestError: a file cannot be read, lacks a column or is ambiguous; or the wiki lacks part of the schema.
    """
    _refuse_unseeded(mapping, schema, ids)
    table = read_table(path, list(mapping.columns()), delimiter=mapping.delimiter)
    things: dict[Named, Thing] = {}
    for rule in mapping.tables.values():
        things |= _things(rule, path.parent, mapping.delimiter)
    checking = _Checking(mapping, archive, table, things, ids)
    for row in table.rows():
        checking.check(row)
    return Intake(mapping, archive, table, checking.rows, checking.rejected, frozenset(checking.needed), things)


@dataclass
class _Checking:
    mapping: RowMapping
    archive: Archive
    table: Table
    things: Mapping[Named, Thing]
    ids: SchemaIds
    rows: int = 0
    rejected: dict[int, Rejected] = field(default_factory=dict)
    needed: set[Named] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)

    def check(self, row: Row) -> None:
        self.rows += 1
        try:
            self._check(row)
        except RowError as error:
            self.rejected[row.line] = Rejected(self.table.name, row.line, error.column, str(error))

    def _check(self, row: Row) -> None:
        if row.problem:
            raise RowError("", row.problem)
        key = _key(row, self.mapping.key)
        if key in self.seen:
            raise RowError(", ".join(self.mapping.key), f"the row is there already, in line {self.seen[key]}")
        draft = read_record(row.cells, self.mapping.record, self.archive)
        needed = set()
        for named, column in draft.named():
            if named.by is By.SLUG:
                if named.key not in self.ids.items:
                    raise RowError(column, f"the schemas have no item `{named.key}`")
                continue
            if named.by is By.TABLE:
                self._check_thing(named, column)
            needed.add(named)
        self.seen[key] = row.line
        self.needed |= needed

    def _check_thing(self, named: Named, column: str) -> None:
        thing = self.things.get(named)
        if thing is None:
            names = [each.key for each in self.things if each.table == named.table]
            near = near_match(named.key, names)
            hint = f"; is it `{near}`?" if near else ""
            raise RowError(column, f"`{named.key}` is not in the table `{named.table}`{hint}")
        problem = _problem_of(thing, self.archive)
        if problem:
            place = f"{thing.place.file}:{thing.place.line}"
            raise RowError(column, f"`{named.key}` cannot be taken ({place}: {problem})")


def _problem_of(thing: Thing, archive: Archive) -> str:
    if thing.wikidata and not is_item_id(thing.wikidata):
        return f"`{thing.wikidata}` is no item's id"
    try:
        read_record(thing.cells, thing.record, archive)
    except RowError as error:
        return str(error)
    return ""


def _key(row: Row, columns: tuple[str, ...]) -> str:
    cells = [row.cells[column] for column in columns]
    if not any(cells):
        raise RowError(", ".join(columns), "nothing says which record this is")
    key = json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
    if len(key) > LONGEST_KEY:
        raise RowError(
            ", ".join(columns), f"this is too long to say which record it is; at most {LONGEST_KEY} characters"
        )
    return key


def _things(rule: TableRule, folder: Path, delimiter: str) -> dict[Named, Thing]:
    found: dict[Named, Thing] = {}
    for name, row in _table_rows(rule, folder, delimiter):
        if row.problem:
            raise IngestError(f"{name}:{row.line}: {row.problem}")
        match = row.cells[rule.match]
        if not match:
            raise IngestError(f"{name}:{row.line}: nothing stands in `{rule.match}`")
        named = Named(By.TABLE, match, rule.name)
        if named in found:
            raise IngestError(f"{name}:{row.line}: `{match}` is there already, in line {found[named].place.line}")
        wikidata = row.cells[rule.wikidata] if rule.wikidata is not None else ""
        if rule.wikidata is not None and not wikidata:
            raise IngestError(f"{name}:{row.line}: nothing stands in `{rule.wikidata}`")
        found[named] = Thing(named, Place(name, row.line), row.cells, rule.record, wikidata)
    return found


def _table_rows(rule: TableRule, folder: Path, delimiter: str) -> Iterator[tuple[str, Row]]:
    if rule.rows:
        for number, cells in enumerate(rule.rows, start=1):
            yield f"table {rule.name}", Row(number, cells)
        return
    table = read_table(folder / rule.file, list(rule.columns()), delimiter=delimiter)
    for row in table.rows():
        yield table.name, row


def _refuse_unseeded(mapping: RowMapping, schema: Schema, ids: SchemaIds) -> None:
    records = [mapping.record, *(table.record for table in mapping.tables.values())]
    properties = {slug for slug, definition in schema.properties.items() if definition.instance_of}
    properties |= {slug for slug, definition in schema.properties.items() if definition.control is not None}
    properties |= {snak.property for record in records for snak in record.snaks()}
    if any(table.wikidata is not None for table in mapping.tables.values()):
        properties.add(WIKIDATA_ITEM)
    items = {record.cls for record in records}
    items |= {slug for record in records for snak in record.snaks() for slug in snak.slugs.values()}
    missing = sorted(properties - ids.properties.keys()) + sorted(items - ids.items.keys())
    if missing:
        raise IngestError(
            f"the wiki does not have `{missing[0]}` of the schemas yet", hint="`commarchive schema apply` makes it"
        )
