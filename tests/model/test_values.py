"""Values that no wiki should give, but a dump or a faulty one might: none raises, none is mistaken for another."""

import json

import pytest

from commarchive.model.entity import DataValue, Reference, Snak, SnakKind

MALFORMED = [
    DataValue("string", None),
    DataValue("string", 5),
    DataValue("string", ["elders"]),
    DataValue("string", {"text": "elders"}),
    DataValue("string", "\ud800 half a pair"),
    DataValue("wikibase-entityid", None),
    DataValue("wikibase-entityid", "Q5"),
    DataValue("wikibase-entityid", {}),
    DataValue("wikibase-entityid", {"id": 5}),
    DataValue("wikibase-entityid", {"id": ["Q5"]}),
    DataValue("monolingualtext", {"text": 5, "language": None}),
    DataValue("monolingualtext", []),
    DataValue("time", {}),
    DataValue("time", "1999"),
    DataValue("time", {"calendarmodel": 7}),
    DataValue("globecoordinate", {"latitude": float("inf"), "longitude": float("nan")}),
    DataValue("globecoordinate", [1, 2]),
    DataValue("quantity", {"amount": 1}),
    DataValue("quantity", {"amount": "+1", "unit": None}),
    DataValue("quantity", {"amount": "+1", "unit": "1", "upperBound": "+2"}),
    DataValue("", ""),
    DataValue("no-such-type", {"a": [1, {"b": None}]}),
    DataValue("no-such-type", json.loads("[" * 900 + "]" * 900)),
]


@pytest.mark.parametrize("value", MALFORMED, ids=lambda value: f"{value.type}-{str(value.value)[:20]!a}")
def test_a_malformed_value_is_hashed_and_looked_through_without_an_error(value: DataValue):
    snak = Snak("P1", SnakKind.VALUE, value)
    assert len(snak.hash) == 40
    assert len(Reference((snak, snak)).hash) == 40
    assert snak.text is None or isinstance(snak.text, str)
    assert value.entity_id is None or isinstance(value.entity_id, str)
    assert all(isinstance(uri, str) for uri in value.mentioned_uris)


def test_malformed_values_that_differ_have_different_hashes():
    hashes = {Snak("P1", SnakKind.VALUE, value).hash for value in MALFORMED}
    assert len(hashes) == len(MALFORMED)


def test_only_an_entity_value_with_an_id_is_an_entity():
    assert DataValue("wikibase-entityid", {"id": "Q5"}).entity_id == "Q5"
    assert DataValue("string", {"id": "Q5"}).entity_id is None


def test_only_units_globes_and_calendars_are_addresses_inside_a_value():
    assert DataValue("quantity", {"amount": "+1", "unit": "http://a/Q1"}).mentioned_uris == ("http://a/Q1",)
    assert DataValue("globecoordinate", {"globe": "http://a/Q2"}).mentioned_uris == ("http://a/Q2",)
    assert DataValue("time", {"calendarmodel": "http://a/Q3"}).mentioned_uris == ("http://a/Q3",)
    assert DataValue("string", "http://a/Q4").mentioned_uris == ()
