"""What says the same is the same, however it is written; what does not is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commarchive.federation.sameness import digest, reference_key, statement_key, value_key
from commarchive.model.entity import DataValue
from commarchive.wikibase.codec import decode_statement

from .words import JULIAN, Json, amount, item, phrase, place, statement, text, when, year


def key(value: Json) -> object:
    return value_key(DataValue(value["type"], value["value"]))


SAME = [
    (amount("+3.50"), amount("+3.5")),
    (amount("+3.5"), amount("3.5")),
    (amount("+0"), amount("-0.00")),
    (amount("+120"), amount("+120.0")),
    (amount("+3", upper="+3.50", lower="+2.50"), amount("+3.0", upper="+3.5", lower="+2.5")),
    (year(2021), year(2021, january=True)),
    (when("+2021-05-00T00:00:00Z", 10), when("+2021-05-01T00:00:00Z", 10)),
    (when("+00000002021-01-01T00:00:00Z", 9), year(2021)),
    (place(60.1, 24.9, 0.1), place(60.10000000001, 24.9, 0.1)),
    (text("Caf\u00e9"), text("Cafe\u0301")),
    (item("Q33"), {"type": "wikibase-entityid", "value": {"entity-type": "item", "id": "Q33"}}),
]
DIFFERENT = [
    (amount("+3.5"), amount("+35")),
    (amount("+3.5"), amount("-3.5")),
    (amount("+3"), amount("+3", upper="+4", lower="+2")),
    (amount("+3"), amount("+3", unit="http://www.wikidata.org/entity/Q11573")),
    (year(2021), year(2022)),
    (year(2021), when("+2021-01-01T00:00:00Z")),
    (year(2021), year(2021, calendar=JULIAN)),
    (when("+2021-05-01T00:00:00Z"), when("+2021-05-02T00:00:00Z")),
    (when("-0044-03-15T00:00:00Z"), when("+0044-03-15T00:00:00Z")),
    (place(60.1, 24.9, 0.1), place(60.1, 24.9, 0.01)),
    (place(60.1, 24.9, 0.1), place(60.1, 24.9, None)),
    (place(60.1, 24.9, 0.1), place(60.1, 24.9, 0.1, globe="http://www.wikidata.org/entity/Q405")),
    (phrase("fi", "sauna"), phrase("et", "sauna")),
    (text("sauna"), text("Sauna")),
    (text("sauna"), phrase("fi", "sauna")),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_what_says_the_same_has_one_key(left, right):
    assert key(left) == key(right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_what_differs_has_two_keys(left, right):
    assert key(left) != key(right)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6), st.integers(0, 5))
def test_zeros_behind_a_number_change_nothing(number: int, places: int, zeros: int):
    digits = f"{abs(number):0{places + 1}d}"
    plain = f"{digits[:-places]}.{digits[-places:]}" if places else f"{digits}.0"
    sign = "-" if number < 0 else "+"
    assert key(amount(f"{sign}{plain}")) == key(amount(f"{sign}{plain}{'0' * zeros}"))


@pytest.mark.parametrize(
    "value",
    [
        {"type": "quantity", "value": {"amount": "1E+999999999", "unit": "1"}},
        {"type": "quantity", "value": {"unit": "1"}},
        {"type": "time", "value": {"time": "never", "precision": 9, "calendarmodel": "x"}},
        {"type": "globecoordinate", "value": {"latitude": "north"}},
        {"type": "hologram", "value": {"anything": [1, 2, None]}},
        {"type": "string", "value": 7},
    ],
)
def test_a_value_of_an_odd_shape_is_compared_and_breaks_nothing(value):
    assert key(value) == key(dict(value))
    assert key(value) != key(text("x"))


def test_the_order_of_qualifiers_does_not_count_and_rank_and_sources_do_not():
    one = statement("Q1", "P1", "x", ("P2", "a"), ("P3", "b"), rank="normal")
    two = statement("Q9", "P1", "x", ("P3", "b"), ("P2", "a"), rank="preferred", references=((("P4", "y"),),))
    assert statement_key(decode_statement(one)) == statement_key(decode_statement(two))


def test_how_often_a_qualifier_stands_there_counts():
    one, two = (decode_statement(statement("Q1", "P1", "x", *[("P2", "a")] * times)) for times in (1, 2))
    assert statement_key(one) != statement_key(two)


def test_a_reference_is_the_same_whenever_it_was_looked_up():
    one, two = (
        decode_statement(statement("Q1", "P1", "x", references=((("P4", "y"), ("P813", when(f"+{day}T00:00:00Z"))),)))
        for day in ("2027-01-15", "2027-02-20")
    )
    assert reference_key(one.references[0]) != reference_key(two.references[0])
    keys = {reference_key(each.references[0], without=["P813"]) for each in (one, two)}
    assert len(keys) == 1


def test_a_digest_tells_nothing_of_what_it_stands_for():
    found = digest(statement_key(decode_statement(statement("Q1", "P1", "hush"))))
    assert len(found) == 64
    assert "hush" not in found
