"""Tables of cells, and files that are none."""

from __future__ import annotations

import pytest

from commarchive.errors import IngestError
from commarchive.ingest.rows import read_table


@pytest.fixture
def file(tmp_path):
    def write(content: bytes | str):
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def rows(path, *wanted, **options):
    return [(row.line, dict(row.cells), row.problem) for row in read_table(path, wanted, **options).rows()]


def test_lines_are_those_of_the_file(file):
    path = file('\ufeffa,b\r\n1,"two\r\nlines"\r\n\r\n 3 ,4\r\n')
    assert rows(path, "a") == [(2, {"a": "1", "b": "two\r\nlines"}, ""), (5, {"a": "3", "b": "4"}, "")]


def test_another_delimiter_and_odd_separators_of_lines(file):
    assert rows(file("a;b\n1\u2028;2\x0b3\n"), delimiter=";") == [(2, {"a": "1", "b": "2\x0b3"}, "")]


def test_a_row_of_another_length_is_a_problem_alone(file):
    found = rows(file("a,b\n1\n2,3,4\n5,6\n"))
    assert [(line, bool(problem)) for line, _, problem in found] == [(2, True), (3, True), (4, False)]
    assert "1 cells, and the table 2 columns" in found[0][2]


def test_a_misplaced_quote_is_a_problem_alone(file):
    found = rows(file('a,b\n"1"x,2\n3,4\n'))
    assert [(line, bool(problem)) for line, _, problem in found] == [(2, True), (3, False)]


@pytest.mark.parametrize("rest", ["3,4\n5,6\n", '3,4\n5,"6"\n'])
def test_nothing_below_a_quote_that_is_not_closed_is_taken(rest, file):
    found = rows(file('a,b\n0,0\n1,"2\n' + rest))
    assert [(line, bool(problem)) for line, _, problem in found] == [(2, False), (3, True)]
    assert "nothing from here on is taken" in found[1][2]


def test_a_column_that_is_missing_is_named_with_its_likeness(file):
    with pytest.raises(IngestError, match="`name` is missing") as caught:
        read_table(file("nane,b\n"), ["b", "name"])
    assert caught.value.hint == "is it `nane`?"
    with pytest.raises(IngestError) as caught:
        read_table(file("x,b\n"), ["b", "name"])
    assert caught.value.hint == "the table has `x`, `b`"


def test_a_column_that_is_there_twice_is_refused(file):
    with pytest.raises(IngestError, match="more than once"):
        read_table(file("a,b, a\n"), [])


@pytest.mark.parametrize("content", ["", '"a', '"a"b,c\n'])
def test_a_file_without_columns_is_refused(content, file):
    with pytest.raises(IngestError, match="no line with the names"):
        read_table(file(content), [])


def test_a_file_that_is_not_text_is_refused_with_its_line(file):
    with pytest.raises(IngestError, match=r"table\.csv:3: not UTF-8"):
        read_table(file(b"a,b\n1,2\nH\xe4me,4\n"), [])


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(IngestError, match="cannot be read: no such file"):
        read_table(tmp_path / "none.csv", [])


def test_a_cell_beyond_all_sense_is_a_problem_alone(file):
    found = rows(file(f"a,b\n{'x' * 200_000},2\n3,4\n"))
    assert [(line, bool(problem)) for line, _, problem in found] == [(2, True), (3, False)]
