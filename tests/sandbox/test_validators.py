from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commarchive.sandbox import WIKIDATA, StringLimits, Wiki, WikiSettings
from commarchive.sandbox.datatypes import VALUE_TYPES
from tests.sandbox.client import Client, code, messages, snak, statement, terms

GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
EARTH = "http://www.wikidata.org/entity/Q2"
SMALL = StringLimits(term=40, string=10, monolingual=10, url=30, filename=20)


class World:
    """An open wiki with a property of every datatype and one item, `Q1`."""

    def __init__(self, wiki: Wiki) -> None:
        self.client = Client(wiki.transport())
        self.properties = {datatype: self.client.property(datatype) for datatype in VALUE_TYPES}
        assert self.client.item() == "Q1"

    def say(self, datatype: str, value: Any, value_type: str | None = None) -> Any:
        prop = self.properties[datatype]
        return self.client.edit({"claims": [statement(prop, value, value_type or VALUE_TYPES[datatype])]}, id="Q1")

    def said(self, datatype: str, value: Any) -> Any:
        answer = self.say(datatype, value)
        assert "entity" in answer, answer
        return answer["entity"]["claims"][self.properties[datatype]][-1]["mainsnak"]["datavalue"]["value"]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Wiki(
        ":memory:", settings=WikiSettings(private=False, limits=SMALL, base_url="https://archive.example")
    ) as wiki:
        yield World(wiki)


def time(text: str = "+2017-00-00T00:00:00Z", **more: Any) -> dict[str, Any]:
    value = {"time": text, "timezone": 0, "before": 0, "after": 0, "precision": 9, "calendarmodel": GREGORIAN}
    return value | more


def place(**more: Any) -> dict[str, Any]:
    return {"latitude": 63.55, "longitude": 23.7, "altitude": None, "precision": 0.01, "globe": EARTH} | more


def amount(text: Any = "+3", **more: Any) -> dict[str, Any]:
    return {"amount": text, "unit": "1"} | more


def item(entity_id: str, kind: str = "item") -> dict[str, Any]:
    return {"entity-type": kind, "id": entity_id}


GOOD = [
    # datatype, value as sent, value as given back
    ("string", "a b", "a b"),
    ("string", "1234567890", "1234567890"),
    ("external-id", "01738", "01738"),
    ("url", "https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
    ("url", "mailto:a@example.org", "mailto:a@example.org"),
    ("url", "HTTP://example.org/ä", "HTTP://example.org/ä"),
    ("commonsMedia", "A fiddle.jpg", "A fiddle.jpg"),
    ("geo-shape", "Data:Village.map", "Data:Village.map"),
    ("tabular-data", "Data:Village.tab", "Data:Village.tab"),
    ("wikibase-item", {"id": "Q1"}, {"entity-type": "item", "numeric-id": 1, "id": "Q1"}),
    ("wikibase-item", {"id": "q1"}, {"entity-type": "item", "numeric-id": 1, "id": "Q1"}),
    ("wikibase-item", {"entity-type": "item", "numeric-id": 1}, {"entity-type": "item", "numeric-id": 1, "id": "Q1"}),
    ("wikibase-property", {"id": "P1"}, {"entity-type": "property", "numeric-id": 1, "id": "P1"}),
    ("monolingualtext", {"text": "soitto", "language": "fi"}, {"text": "soitto", "language": "fi"}),
    ("monolingualtext", {"text": "luohti", "language": "se"}, {"text": "luohti", "language": "se"}),
    ("time", time(), time()),
    ("time", time("-0500-00-00T00:00:00Z"), time("-0500-00-00T00:00:00Z")),
    ("time", time("+00000002017-00-00T00:00:00Z"), time("+2017-00-00T00:00:00Z")),
    ("time", time("+7-00-00T00:00:00Z"), time("+0007-00-00T00:00:00Z")),
    ("time", time("-13798000000-00-00T00:00:00Z", precision=0), time("-13798000000-00-00T00:00:00Z", precision=0)),
    ("time", time("+2017-02-31T00:00:00Z", precision=11), time("+2017-02-31T00:00:00Z", precision=11)),
    ("time", time("+2017-02-00T00:00:00Z", precision=10), time("+2017-02-00T00:00:00Z", precision=10)),
    ("globe-coordinate", place(), place()),
    ("globe-coordinate", place(latitude=63.0, longitude=-24), place(latitude=63, longitude=-24)),
    ("globe-coordinate", place(latitude="63.5", globe=None), place(latitude=63.5)),
    ("globe-coordinate", place(altitude=100), place()),
    ("quantity", amount(), amount()),
    ("quantity", amount("3.50"), amount("+3.50")),
    ("quantity", amount("-0.0"), amount("+0.0")),
    ("quantity", amount(3.5), amount("+3.5")),
    ("quantity", amount(300), amount("+300")),
    (
        "quantity",
        amount("+3", lowerBound="+2.5", upperBound="+3.5"),
        {"amount": "+3", "unit": "1", "upperBound": "+3.5", "lowerBound": "+2.5"},
    ),
    (
        "quantity",
        amount(unit="https://archive.example/entity/Q1"),
        amount(unit="https://archive.example/entity/Q1"),
    ),
]

BAD = [
    # datatype, value, what the validator says after `wikibase-validator-`
    ("string", "", "too-short"),
    ("string", "12345678901", "too-long"),
    ("string", " a", "illegal-string-chars"),
    ("string", "a ", "illegal-string-chars"),
    ("string", "a\tb", "illegal-string-chars"),
    ("string", "a\nb", "illegal-string-chars"),
    ("string", "a\u2028b", "illegal-string-chars"),
    ("string", 7, "bad-value"),
    ("string", {"a": 1}, "bad-value"),
    ("external-id", "a\rb", "illegal-string-chars"),
    ("url", "a", "too-short"),
    ("url", "https://example.org/0123456789ab", "too-long"),
    ("url", "https://example.org/äääääääää", "too-long"),
    ("url", "example.org", "url-scheme-missing"),
    ("url", "javascript:alert(1)", "bad-url-scheme"),
    ("url", "file:///etc/passwd", "bad-url-scheme"),
    ("url", "https://example.org/a b", "bad-url"),
    ("url", "https:/example.org", "bad-url"),
    ("url", "https://e.org/[x]", "bad-url"),
    ("url", "mailto:nobody", "bad-url"),
    ("commonsMedia", "A fiddle", "check-file-type"),
    ("commonsMedia", "A/fiddle.jpg", "illegal-file-chars"),
    ("commonsMedia", " A fiddle.jpg", "illegal-string-chars"),
    ("geo-shape", "Data:Village.tab", "illegal-geo-shape-title"),
    ("geo-shape", "Village.map", "illegal-geo-shape-title"),
    ("tabular-data", "Data:Village.map", "illegal-tabular-data-title"),
    ("tabular-data", "Data:Vil#lage.tab", "illegal-tabular-data-title"),
    ("wikibase-item", item("Q999"), "no-such-entity"),
    ("wikibase-item", item("P1", "property"), "bad-entity-type"),
    ("wikibase-item", "Q1", "bad-value"),
    ("wikibase-item", {"id": "banana"}, "bad-value"),
    ("wikibase-item", {"entity-type": "lexeme", "numeric-id": 1}, "bad-value"),
    ("wikibase-item", {"entity-type": "item", "numeric-id": True}, "bad-value"),
    ("wikibase-item", {}, "bad-value"),
    ("wikibase-property", item("Q1"), "bad-entity-type"),
    ("wikibase-property", item("P999"), "no-such-entity"),
    ("monolingualtext", {"text": "x", "language": "xx-nope"}, "not-a-language"),
    ("monolingualtext", {"text": "x" * 11, "language": "fi"}, "too-long"),
    ("monolingualtext", {"text": "", "language": "fi"}, "too-short"),
    ("monolingualtext", {"text": "x\n", "language": "fi"}, "illegal-string-chars"),
    ("monolingualtext", {"text": "x"}, "bad-value"),
    ("monolingualtext", {"text": 1, "language": "fi"}, "bad-value"),
    ("monolingualtext", "x", "bad-value"),
    ("time", time("2017-00-00T00:00:00Z"), "bad-value"),
    ("time", time("+2017-13-00T00:00:00Z"), "bad-value"),
    ("time", time("+2017-01-32T00:00:00Z"), "bad-value"),
    ("time", time("+2017-01-01T24:00:00Z"), "bad-value"),
    ("time", time("+2017-01-01T00:60:00Z"), "bad-value"),
    ("time", time("+2017-01-01T00:00:62Z"), "bad-value"),
    ("time", time("+2017-00-01T00:00:00Z"), "bad-value"),
    ("time", time("+2017-01-00T01:00:00Z"), "bad-value"),
    ("time", time("+12345678901234567-00-00T00:00:00Z"), "bad-value"),
    ("time", time("+2017-01-01T01:00:00Z", precision=11), "malformed-value"),
    ("time", time("+2017-01-00T00:00:00Z", precision=11), "malformed-value"),
    ("time", time("+2017-00-00T00:00:00Z", precision=10), "malformed-value"),
    ("time", time(precision=12), "too-high"),
    ("time", time(precision=15), "bad-value"),
    ("time", time(precision=-1), "bad-value"),
    ("time", time(precision="9"), "bad-value"),
    ("time", time(timezone=99999), "bad-value"),
    ("time", time(before=-1), "bad-value"),
    ("time", time(calendarmodel=""), "bad-value"),
    ("time", time(calendarmodel="http://www.wikidata.org/entity/x"), "bad-entity-id"),
    ("time", time(calendarmodel="http://www.wikidata.org/entity/P1"), "bad-entity-type"),
    ("time", time(calendarmodel="https://example.org/Q1"), "bad-prefix"),
    ("time", time(calendarmodel="gregorian"), "url-scheme-missing"),
    ("time", {"time": "+2017-00-00T00:00:00Z"}, "bad-value"),
    ("globe-coordinate", place(latitude=361), "bad-value"),
    ("globe-coordinate", place(longitude=-361), "bad-value"),
    ("globe-coordinate", place(latitude="north"), "bad-value"),
    ("globe-coordinate", place(latitude=True), "bad-value"),
    ("globe-coordinate", place(precision=400), "bad-value"),
    ("globe-coordinate", place(precision=None), "missing-field"),
    ("globe-coordinate", place(globe=""), "bad-value"),
    ("globe-coordinate", place(globe="https://example.org/Q2"), "bad-prefix"),
    ("globe-coordinate", [63, 23], "bad-value"),
    ("quantity", amount("three"), "bad-value"),
    ("quantity", amount("+03"), "bad-value"),
    ("quantity", amount("+3."), "bad-value"),
    ("quantity", amount("1e3"), "bad-value"),
    ("quantity", amount("+" + "1" * 127), "bad-value"),
    ("quantity", amount(None), "bad-value"),
    ("quantity", amount(lowerBound="+4", upperBound="+5"), "bad-value"),
    ("quantity", amount(lowerBound="+1", upperBound="+2"), "bad-value"),
    ("quantity", amount(lowerBound="+1"), "bad-value"),
    ("quantity", amount(unit="metre"), "url-scheme-missing"),
    ("quantity", amount(unit="http://www.wikidata.org/entity/Q11573"), "bad-prefix"),
    ("quantity", amount(unit="https://archive.example/entity/P1"), "bad-entity-type"),
    ("quantity", amount(unit=""), "bad-value"),
    ("quantity", {"amount": "+1"}, "bad-value"),
]


@pytest.mark.parametrize(("datatype", "sent", "given_back"), GOOD)
def test_a_good_value_is_given_back_in_normal_form(world: World, datatype: str, sent: Any, given_back: Any):
    found = world.said(datatype, sent)
    assert found == given_back
    if isinstance(found, dict):
        assert list(found) == list(given_back)


@pytest.mark.parametrize(("datatype", "value", "said"), BAD)
def test_a_bad_value_is_refused_with_wikibases_message_and_changes_nothing(
    world: World, datatype: str, value: Any, said: str
):
    before = world.client.entity("Q1")["lastrevid"]
    answer = world.say(datatype, value)
    assert code(answer) == "modification-failed"
    assert messages(answer) == [f"wikibase-validator-{said}"]
    assert world.client.entity("Q1")["lastrevid"] == before


def test_every_datatype_has_good_and_bad_rows():
    assert {row[0] for row in GOOD} == {row[0] for row in BAD} == set(VALUE_TYPES)


@pytest.mark.parametrize("datatype", sorted(VALUE_TYPES))
def test_a_value_of_another_type_is_refused(world: World, datatype: str):
    other, value = ("quantity", amount()) if VALUE_TYPES[datatype] == "string" else ("string", "x")
    answer = world.say(datatype, value, other)
    assert messages(answer) == ["wikibase-validator-bad-value-type"]
    assert answer["error"]["messages"][0]["parameters"] == [other, VALUE_TYPES[datatype]]


def test_a_value_type_that_nobody_knows_is_corrupt(world: World):
    assert messages(world.say("string", "x", "nonsense")) == ["wikibase-validator-bad-value"]


@pytest.mark.parametrize("place_of", ["qualifiers", "references"])
def test_qualifiers_and_references_are_validated_too(world: World, place_of: str):
    text, link = world.properties["string"], world.properties["url"]
    bad = {link: [snak(link, "no url")]}
    part = {"qualifiers": bad} if place_of == "qualifiers" else {"references": [{"snaks": bad}]}
    answer = world.client.edit({"claims": [statement(text, "x", **part)]}, id="Q1")
    assert messages(answer) == ["wikibase-validator-url-scheme-missing"]


def test_a_property_that_is_not_there_is_named(world: World):
    answer = world.client.edit({"claims": [statement("P999", "x")]}, id="Q1")
    assert answer["error"]["info"] == "Property [[Property:P999|P999]] not found"


def test_a_deleted_property_or_item_counts_as_not_there(wiki: Wiki, admin: Client):
    text, link = admin.property("string"), admin.property("wikibase-item")
    gone, holder = admin.item(), admin.item()
    admin.write("delete", title=f"Property:{text}")
    admin.write("delete", title=f"Item:{gone}")
    assert messages(admin.edit({"claims": [statement(text, "x")]}, id=holder)) == [
        "wikibase-validator-no-such-property"
    ]
    answer = admin.edit({"claims": [statement(link, item(gone), "wikibase-entityid")]}, id=holder)
    assert messages(answer) == ["wikibase-validator-no-such-entity"]


def test_a_redirect_counts_as_there(admin: Client):
    link, holder, target, source = admin.property("wikibase-item"), admin.item(), admin.item(), admin.item()
    assert "redirect" in admin.write("wbcreateredirect", **{"from": source, "to": target})
    assert "entity" in admin.edit({"claims": [statement(link, item(source), "wikibase-entityid")]}, id=holder)


def test_wikidatas_limits_are_wider_than_a_stock_wikis():
    for settings, accepted in ((WikiSettings(private=False), False), (WIKIDATA, True)):
        with Wiki(":memory:", settings=settings) as wiki:
            client = Client(wiki.transport())
            prop, holder = client.property(), client.item()
            answer = client.edit({"claims": [statement(prop, "x" * 401)]}, id=holder)
            assert ("entity" in answer) is accepted


def test_a_texts_excerpt_and_limit_are_the_messages_parameters(world: World):
    answer = world.say("string", "x" * 50)
    assert answer["error"]["messages"][0]["parameters"] == [10, "x" * 29 + "..."]


TERMS = [
    ({"labels": terms(en="x" * 41)}, "label-too-long"),
    ({"descriptions": terms(en="x" * 41)}, "description-too-long"),
    ({"aliases": {"en": [{"language": "en", "value": "x" * 41}]}}, "alias-too-long"),
    ({"labels": terms(en="a\tb")}, "malformed-value"),
    ({"descriptions": terms(en="a\nb")}, "malformed-value"),
    ({"labels": terms(en="same"), "descriptions": terms(en="same")}, "label-equals-description"),
]


@pytest.mark.parametrize(("data", "said"), TERMS)
def test_a_bad_term_is_refused(world: World, data: Any, said: str):
    answer = world.client.edit(data, new="item")
    assert code(answer) == "modification-failed"
    assert messages(answer) == [f"wikibase-validator-{said}"]


@pytest.mark.parametrize("label", ["P1", "p12", " P7 "])
def test_a_propertys_label_must_not_look_like_a_propertys_id(world: World, label: str):
    answer = world.client.edit({"labels": terms(en=label), "datatype": "string"}, new="property")
    assert messages(answer) == ["wikibase-validator-label-no-entityid"]


def test_a_propertys_label_is_unique_in_its_language_and_an_items_is_not(world: World):
    world.client.property(label="name")
    answer = world.client.edit({"labels": terms(en="name"), "datatype": "string"}, new="property")
    assert messages(answer) == ["wikibase-validator-label-conflict"]
    assert "entity" in world.client.edit({"labels": terms(fi="name"), "datatype": "string"}, new="property")
    world.client.item(labels=terms(en="name"))
    world.client.item(labels=terms(en="name"))


def test_label_and_description_together_are_unique_among_items(world: World):
    client = world.client
    first = client.item(labels=terms(en="twin"), descriptions=terms(en="a person"))
    answer = client.edit({"labels": terms(en="twin"), "descriptions": terms(en="a person")}, new="item")
    assert messages(answer) == ["wikibase-validator-label-with-description-conflict"]
    assert answer["error"]["messages"][0]["parameters"] == ["twin", "en", f"[[Item:{first}|{first}]]"]
    other = client.item(labels=terms(en="twin"), descriptions=terms(en="another person"))
    assert code(client.edit({"descriptions": terms(en="a person")}, id=other)) == "modification-failed"
    assert "entity" in client.edit({"descriptions": terms(fi="a person")}, id=other)
    assert "entity" in client.edit({"descriptions": terms(en="a person indeed")}, id=first)
    assert "entity" in client.edit({"descriptions": terms(en="a person")}, id=other)


def test_a_deleted_items_terms_are_free_again(admin: Client):
    data = {"labels": terms(en="twin"), "descriptions": terms(en="a person")}
    first = admin.item(**data)
    admin.write("delete", title=f"Item:{first}")
    admin.item(**data)
