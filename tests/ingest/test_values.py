"""Cells to values, and cells that mean none."""

from __future__ import annotations

import pytest

from commarchive.ingest.checks import CheckError
from commarchive.ingest.mapping import Given, SnakRule
from commarchive.ingest.values import clean, item_value, parse_value
from commarchive.model.entity import Snak


def value(text: str, datatype: str, **options):
    return parse_value(text, SnakRule("slug", datatype, Given("column"), **options))


@pytest.mark.parametrize(
    ("text", "precision", "time", "code"),
    [
        ("2008", "", "+2008-00-00T00:00:00Z", 9),
        ("2008", "year", "+2008-00-00T00:00:00Z", 9),
        ("0987", "", "+0987-00-00T00:00:00Z", 9),
        ("2008-05", "", "+2008-05-00T00:00:00Z", 10),
        ("2008-02-29", "day", "+2008-02-29T00:00:00Z", 11),
    ],
)
def test_a_time_is_as_exact_as_it_is_written(text, precision, time, code):
    found = value(text, "time", precision=precision).value
    assert (found["time"], found["precision"]) == (time, code)


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        *[(text, "") for text in ("08", "2008-5", "2008-13", "2008-02-30", "2008-00", "2008-05-00", "0000", "20081")],
        *[(text, "") for text in ("-0500", "5.5.2008", "2008-05-01T10:00", "c. 1900", "1990s", "２００８")],
        ("2008-05", "year"),
        ("2008", "day"),
    ],
)
def test_a_time_that_is_not_plain_is_none(text, precision):
    with pytest.raises(CheckError):
        value(text, "time", precision=precision)


@pytest.mark.parametrize(
    ("text", "amount"), [("12", "+12"), ("-0.50", "-0.50"), ("+7", "+7"), ("007", "+7"), ("-0", "+0"), ("0.0", "+0.0")]
)
def test_a_quantity_keeps_its_digits(text, amount):
    assert value(text, "quantity").value == {"amount": amount, "unit": "1"}
    unit = "http://www.wikidata.org/entity/Q11573"
    assert value(text, "quantity", unit=unit).value["unit"] == unit


@pytest.mark.parametrize("text", ["1,5", "1 000", "1e3", "½", "about 3", "--1", ".", "1.", "NaN", "١٢"])
def test_a_quantity_that_is_not_plain_is_none(text):
    with pytest.raises(CheckError):
        value(text, "quantity")


@pytest.mark.parametrize(
    ("text", "latitude", "longitude", "precision"),
    [("63.55, 23.7", 63.55, 23.7, 0.01), ("-90,180", -90.0, 180.0, 1.0), ("0.100000000,-0.1", 0.1, -0.1, 1e-9)],
)
def test_a_point_is_as_exact_as_it_is_written(text, latitude, longitude, precision):
    found = value(text, "globe-coordinate").value
    assert (found["latitude"], found["longitude"], found["precision"]) == (latitude, longitude, precision)
    assert Snak("P1", value=value(text, "globe-coordinate")).hash


@pytest.mark.parametrize("text", ["91,0", "0,181", "63.55", "63,55,23,7", "63.55 N, 23.7 E", "1.0000000001,2"])
def test_a_point_that_is_not_on_the_map_is_none(text):
    with pytest.raises(CheckError):
        value(text, "globe-coordinate")


@pytest.mark.parametrize("text", ["https://a.example/ä?b=c#d", "http://127.0.0.1", "mailto:a@b.example"])
def test_an_address_is_taken_as_it_is(text):
    assert value(text, "url").value == text


@pytest.mark.parametrize(
    "text",
    ["a.example", "javascript:alert(1)", "https://", "https://a b.example", "http://[", "https://a/" + "x" * 500],
)
def test_what_is_no_address_is_none(text):
    with pytest.raises(CheckError):
        value(text, "url")


@pytest.mark.parametrize("datatype", ["string", "external-id", "monolingualtext"])
def test_texts_have_one_line_and_a_limit(datatype):
    assert value("ä" * 400, datatype, language="fi").value
    for text in ("ä" * 401, "a\nb", "a\tb", "a\u2028b", "a\x00b"):
        with pytest.raises(CheckError):
            value(text, datatype, language="fi")


def test_a_text_in_a_language_says_so():
    assert value("terve", "monolingualtext", language="fi").value == {"text": "terve", "language": "fi"}


def test_cells_are_composed_and_trimmed():
    assert clean("  Nôgaku\u00a0") == "Nôgaku"


def test_an_item_is_a_value_with_its_number():
    assert item_value("Q33").value == {"entity-type": "item", "numeric-id": 33, "id": "Q33"}
