"""Reads a table of cells from CSV.

Knows: lines, columns, cells. Must not know: what a cell means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commarchive.errors import IngestError
from commarchive.ingest.values import clean
from commarchive.manifest.checked import near_match

_LONGEST_CELL = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the line on which it begins, counted from 1, and its cells by column. `problem` says why it is none."""

    line: int
    cells: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table in memory; `name` is how errors call it."""

    name: str
    lines: tuple[str, ...]
    delimiter: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """The rows in their order; empty lines are none."""
        reader = csv.reader(self.lines, delimiter=self.delimiter, strict=True)
        next(reader)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if reader.line_num > line:
                    # A quote that was not closed: nobody knows where the next row begins, so none below is taken.
                    yield Row(line, problem=f"a quote is not closed here, so nothing from here on is taken ({error})")
                    return
                yield Row(line, problem=f"this is not CSV: {error}")
                continue
            if not cells:
                continue
            if len(cells) != len(self.columns):
                yield Row(line, problem=f"the row has {len(cells)} cells, and the table {len(self.columns)} columns")
                continue
            yield Row(line, dict(zip(self.columns, map(clean, cells), strict=True)))


def read_table(path: Path, wanted: Collection[str], *, delimiter: str = ",") -> Table:
    """The table in a CSV file (UTF-8, first line the columns' names) that has the wanted columns.

    Raises:
        IngestError: the file is missing, not text, or lacks a column.
    """
    csv.field_size_limit(_LONGEST_CELL)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IngestError(f"`{path}` cannot be read: {(error.strerror or 'unknown reason').lower()}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise IngestError(f"{path.name}:{line}: not UTF-8 text", hint="save the table as CSV in UTF-8") from error
    lines = tuple(io.StringIO(text, newline=""))
    try:
        columns = tuple(clean(cell) for cell in next(csv.reader(lines, delimiter=delimiter, strict=True)))
    except (StopIteration, csv.Error) as error:
        raise IngestError(f"{path.name}:1: no line with the names of the columns") from error
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise IngestError(f"{path.name}:1: the column `{twice[0]}` is there more than once")
    missing = [column for column in dict.fromkeys(wanted) if column not in columns]
    if missing:
        near = near_match(missing[0], columns)
        raise IngestError(
            f"{path.name}:1: the column `{missing[0]}` is missing",
            hint=f"is it `{near}`?" if near else f"the table has {', '.join(f'`{column}`' for column in columns)}",
        )
    return Table(path.name, lines, delimiter, columns)
