from __future__ import annotations

import json
from typing import Any

import pytest

from commarchive.sandbox import Wiki
from commarchive.wikibase.codec import decode_entity
from tests.sandbox.client import Client, aliases, code, snak, statement, terms


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, "param-missing"),
        ({"ids": "Q1|banana"}, "no-such-entity"),
        ({"ids": "Q1", "redirects": "maybe"}, "badvalue"),
        ({"sites": "enwiki"}, "param-missing"),
    ],
)
def test_bad_questions_for_entities_are_refused(admin: Client, form: dict[str, str], expected: str):
    assert code(admin.call(action="wbgetentities", **form)) == expected


def test_entities_are_keyed_by_the_id_that_was_asked_for(admin: Client):
    admin.item()
    found = admin.call(action="wbgetentities", ids="q1|Q9|Q1")["entities"]
    assert found["Q1"]["id"] == "Q1"
    assert found["Q9"] == {"id": "Q9", "missing": ""}
    assert len(found) == 2


def test_unknown_props_and_languages_are_left_aside_with_a_warning(admin: Client):
    item = admin.item(labels=terms(en="x"))
    answer = admin.call(action="wbgetentities", ids=item, props="labels|banana", languages="en|xx-nope|yy-nope")
    assert answer["entities"][item] == {"type": "item", "id": item, "labels": terms(en="x")}
    assert answer["warnings"]["wbgetentities"]["*"].splitlines() == [
        'Unrecognized value for parameter "props": banana.',
        'Unrecognized values for parameter "languages": xx-nope, yy-nope.',
    ]


def test_no_props_leave_type_and_id(admin: Client):
    item = admin.item(labels=terms(en="x"))
    assert admin.call(action="wbgetentities", ids=item, props="")["entities"][item] == {"type": "item", "id": item}


@pytest.mark.parametrize(
    ("language", "found"), [("en", "en"), ("en-gb", "en"), ("se", "nb"), ("krl", "fi"), ("sv", "en")]
)
def test_languages_stand_in_for_each_other(admin: Client, language: str, found: str):
    item = admin.item(labels=terms(en="e", fi="f", nb="n"))
    answer = admin.call(action="wbgetentities", ids=item, props="labels", languages=language, languagefallback="")
    label = answer["entities"][item]["labels"][language]
    assert label["language"] == found
    assert label.get("for-language") == (None if found == language else language)


def test_aliases_have_no_stand_ins(admin: Client):
    item = admin.item(aliases=aliases(en=["x"]))
    answer = admin.call(action="wbgetentities", ids=item, props="aliases", languages="se", languagefallback="")
    assert answer["entities"][item]["aliases"] == {}


def test_what_was_written_is_what_the_codec_reads(admin: Client):
    text, link = admin.property("string"), admin.property("wikibase-item")
    target = admin.item()
    item = admin.item(
        labels=terms(en="x"),
        claims=[
            statement(text, "a", qualifiers=[snak(text, "q")], references=[{"snaks": [snak(text, "r")]}]),
            statement(link, {"id": target}, "wikibase-entityid"),
        ],
    )
    entity = decode_entity(admin.entity(item))
    assert [statement.mainsnak.value for statement in entity.statements if statement.mainsnak.value] != []
    assert entity.statements[0].qualifiers[0].text == "q"
    assert entity.statements[0].references[0].snaks[0].text == "r"
    assert entity.statements[1].mainsnak.value is not None
    assert entity.statements[1].mainsnak.value.entity_id == target
    assert entity.revision > 0


def test_claims_are_filtered_by_property_rank_guid_and_parts(admin: Client):
    one, two = admin.property(), admin.property(label="two")
    item = admin.item(
        claims=[
            statement(one, "a", references=[{"snaks": [snak(one, "r")]}]),
            {**statement(one, "b"), "rank": "deprecated"},
            statement(two, "c"),
        ]
    )

    def claims(**form: str) -> Any:
        return admin.call(action="wbgetclaims", **form)["claims"]

    assert list(claims(entity=item)) == [one, two]
    assert list(claims(entity=item, property=two)) == [two]
    assert [row["rank"] for row in claims(entity=item, rank="deprecated")[one]] == ["deprecated"]
    guid = claims(entity=item)[two][0]["id"]
    assert claims(claim=guid) == {two: claims(entity=item)[two]}
    assert "references" not in claims(entity=item, props="")[one][0]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, "param-missing"),
        ({"entity": "banana"}, "param-invalid"),
        ({"entity": "Q9"}, "no-such-entity"),
        ({"claim": "banana"}, "invalid-guid"),
        ({"entity": "Q2", "claim": "Q1$01234567-89AB-4DEF-8123-456789ABCDEF"}, "param-illegal"),
        ({"entity": "Q1", "property": "banana"}, "param-invalid"),
    ],
)
def test_bad_questions_for_claims_are_refused(admin: Client, form: dict[str, str], expected: str):
    admin.item()
    assert code(admin.call(action="wbgetclaims", **form)) == expected


def test_claims_of_a_redirect_are_not_given(admin: Client):
    target, source = admin.item(), admin.item()
    admin.write("wbcreateredirect", **{"from": source, "to": target})
    assert code(admin.call(action="wbgetclaims", entity=source)) == "unresolved-redirect"


def found(client: Client, text: str, **form: str) -> list[str]:
    answer = client.call(action="wbsearchentities", search=text, language=form.pop("language", "en"), **form)
    return [row["id"] for row in answer["search"]]


def test_search_finds_whole_terms_then_beginnings_labels_then_aliases(admin: Client):
    beginning = admin.item(labels=terms(en="drum dance"))
    alias = admin.item(labels=terms(en="other"), aliases=aliases(en=["drum"]))
    whole = admin.item(labels=terms(en="drum"))
    assert found(admin, "drum") == [whole, alias, beginning]


def test_search_minds_case_and_does_not_find_the_middle_of_a_term(admin: Client):
    admin.item(labels=terms(en="Carved paddle"))
    assert found(admin, "carv") == []
    assert found(admin, "paddle") == []
    assert found(admin, "Carv") != []


def test_search_takes_signs_as_they_are(admin: Client):
    admin.item(labels=terms(en="100 drums"))
    assert found(admin, "1%") == []
    assert found(admin, "100_") == []
    assert found(admin, " ") == []


def test_search_falls_back_to_other_languages_unless_told_not_to(admin: Client):
    item = admin.item(labels=terms(en="joik"))
    assert found(admin, "joik", language="se") == [item]
    assert found(admin, "joik", language="se", strictlanguage="") == []


def test_search_finds_by_id_and_by_an_address_that_ends_with_it(admin: Client):
    item = admin.item(labels=terms(en="x"))
    for text in (item, item.lower(), f"https://archive.example/entity/{item}", f"({item})"):
        answer = admin.call(action="wbsearchentities", search=text, language="en")["search"][0]
        assert answer["match"] == {"type": "entityId", "text": item}
    assert found(admin, "Q999") == []
    assert found(admin, item, type="property") == []


def test_search_goes_on_where_it_stopped(admin: Client):
    items = [admin.item(labels=terms(en=f"tune {number}")) for number in range(5)]
    first = admin.call(action="wbsearchentities", search="tune", language="en", limit=2)
    assert first["search-continue"] == 2
    assert [row["id"] for row in first["search"]] == items[:2]
    rest = admin.call(action="wbsearchentities", search="tune", language="en", limit=3, **{"continue": 2})
    assert [row["id"] for row in rest["search"]] == items[2:]
    assert "search-continue" not in rest


def test_search_shows_terms_in_the_readers_language(admin: Client):
    admin.item(labels=terms(en="fiddle", fi="viulu"), descriptions=terms(fi="soitin"))
    row = admin.call(action="wbsearchentities", search="fiddle", language="en", uselang="fi", props="")["search"][0]
    assert row["display"] == {
        "label": {"value": "viulu", "language": "fi"},
        "description": {"value": "soitin", "language": "fi"},
    }
    assert row["aliases"] == ["fiddle"]
    assert "url" not in row


def test_search_forgets_old_terms(admin: Client):
    item = admin.item(labels=terms(en="old name"))
    admin.edit({"labels": terms(en="new name")}, id=item)
    assert found(admin, "old") == []
    assert found(admin, "new") == [item]
    admin.write("delete", title=f"Item:{item}")
    assert found(admin, "new") == []
    admin.write("undelete", title=f"Item:{item}")
    assert found(admin, "new") == [item]


GREGORIAN, JULIAN = "http://www.wikidata.org/entity/Q1985727", "http://www.wikidata.org/entity/Q1985786"


def moment(text: str, precision: int, calendar: str = GREGORIAN) -> dict[str, Any]:
    value = {"time": text, "timezone": 0, "before": 0, "after": 0, "precision": precision, "calendarmodel": calendar}
    return {"type": "time", "value": value}


VALUES = [
    ({"type": "string", "value": "a <b>"}, "text/plain", "a <b>"),
    ({"type": "string", "value": "a <b>"}, "text/html", "a &lt;b&gt;"),
    ({"type": "monolingualtext", "value": {"text": "soitto", "language": "fi"}}, "text/plain", "soitto"),
    (moment("+2017-00-00T00:00:00Z", 9), "text/plain", "2017"),
    (moment("+2017-03-00T00:00:00Z", 10), "text/plain", "March 2017"),
    (moment("+1879-03-14T00:00:00Z", 11), "text/plain", "14 March 1879"),
    (moment("+1650-03-14T00:00:00Z", 11, JULIAN), "text/plain", "14 March 1650 (Julian)"),
    (moment("+1987-00-00T00:00:00Z", 8), "text/plain", "1980s"),
    (moment("+1650-00-00T00:00:00Z", 7), "text/plain", "17. century"),
    (moment("+1650-00-00T00:00:00Z", 6), "text/plain", "2. millennium"),
    (moment("-50000-00-00T00:00:00Z", 5), "text/plain", "50000 years BCE"),
    (
        {"type": "globecoordinate", "value": {"latitude": 63.55, "longitude": -23.7, "precision": 0.01}},
        "text/plain",
        "63°33'0\"N, 23°42'0\"W",
    ),
    ({"type": "quantity", "value": {"amount": "+3.50", "unit": "1"}}, "text/plain", "3.50"),
    ({"type": "quantity", "value": {"amount": "-3", "unit": "http://x.example/entity/Q1"}}, "text/plain", "-3 fiddle"),
    ({"type": "wikibase-entityid", "value": {"id": "Q1"}}, "text/plain", "fiddle"),
    ({"type": "wikibase-entityid", "value": {"id": "Q9"}}, "text/plain", "Q9"),
    ({"type": "wikibase-entityid", "value": {"id": "Q1"}}, "text/x-wiki", "[[Item:Q1|fiddle]]"),
    (
        {"type": "wikibase-entityid", "value": {"id": "Q1"}},
        "text/html",
        '<a title="Item:Q1" href="/wiki/Item:Q1">fiddle</a>',
    ),
]


@pytest.mark.parametrize(("value", "form", "words"), VALUES)
def test_values_are_said_in_words(admin: Client, value: Any, form: str, words: str):
    admin.item(labels=terms(en="fiddle"))
    answer = admin.call(action="wbformatvalue", datavalue=json.dumps(value), generate=form)
    assert answer == {"result": words}


def test_a_url_becomes_a_link_when_its_datatype_or_property_is_known(admin: Client):
    prop = admin.property("url")
    value = json.dumps({"type": "string", "value": "https://example.org/?a&b"})
    link = (
        '<a rel="nofollow" class="external free" href="https://example.org/?a&amp;b">https://example.org/?a&amp;b</a>'
    )
    for more in ({"datatype": "url"}, {"property": prop}):
        answer = admin.call(action="wbformatvalue", datavalue=value, generate="text/html", **more)
        assert answer == {"result": link}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, "missingparam"),
        ({"datavalue": "{"}, "baddatavalue"),
        ({"datavalue": "[]"}, "baddatavalue"),
        ({"datavalue": "{}"}, "baddatavalue"),
        ({"datavalue": '{"type": "time", "value": 7}'}, "baddatavalue"),
        ({"datavalue": '{"type": "string", "value": "x"}', "property": "x"}, "badpropertyid"),
        ({"datavalue": '{"type": "string", "value": "x"}', "property": "P1", "datatype": "url"}, "invalidparammix"),
        ({"datavalue": '{"type": "string", "value": "x"}', "datatype": "banana"}, "badvalue"),
    ],
)
def test_bad_values_are_not_said(admin: Client, form: dict[str, str], expected: str):
    assert code(admin.call(action="wbformatvalue", **form)) == expected


def test_entity_data_follows_redirects_and_says_so(admin: Client):
    target, source = admin.item(labels=terms(en="x")), admin.item()
    admin.write("wbcreateredirect", **{"from": source, "to": target})
    data = admin.get(f"/wiki/Special:EntityData/{source}.json").json()
    assert data["entities"][target]["redirects"] == {"from": source, "to": target}


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [("application/json", "json"), ("text/html,*/*", "html"), ("application/ld+json", "jsonld"), ("", "json")],
)
def test_entity_data_leads_to_the_form_that_is_asked_for(admin: Client, accept: str, suffix: str):
    item = admin.item()
    answer = admin.get(f"/wiki/Special:EntityData/{item}", {"accept": accept})
    assert answer.status == 303
    assert answer.headers["location"].endswith(f"/{item}.{suffix}")


def test_an_address_that_is_nothing_says_so(wiki: Wiki, admin: Client):
    assert admin.get("/wiki/Main_Page").status == 404
    assert admin.get("/wiki/Special:EntityData/<script>.json").status == 400
    assert b"<script>" not in admin.get("/wiki/Special:EntityData/<script>.json").body


def test_errors_can_be_had_in_other_forms(admin: Client):
    plain = admin.call(action="nonsense", errorformat="plaintext", formatversion=2)
    assert plain["errors"][0]["code"] == "badvalue"
    assert "nonsense" in plain["errors"][0]["text"]
    raw = admin.call(action="wbgetentities", ids="banana", errorformat="raw")
    assert raw["errors"][0]["key"] == "wikibase-api-no-such-entity"
    assert raw["errors"][0]["data"] == {"id": "banana"}
    bare = admin.call(action="nonsense", errorformat="none")
    assert bare["errors"] == [{"code": "badvalue", "module": "main"}]


@pytest.mark.parametrize(
    "form",
    [{"format": "xml"}, {"formatversion": "3"}, {"errorformat": "banana"}, {}],
)
def test_what_mediawiki_has_and_this_wiki_has_not_is_refused_by_name(admin: Client, form: dict[str, str]):
    assert code(admin.call(**{"action": "help", **form})) == "badvalue"


def test_unknown_parameters_are_warned_of(admin: Client):
    answer = admin.call(action="query", meta="userinfo", banana="1", cherry="2")
    assert answer["warnings"]["main"]["*"] == "Unrecognized parameters: banana, cherry."


def test_a_request_can_be_numbered(admin: Client):
    assert admin.call(action="query", requestid="7")["requestid"] == "7"


def test_maxlag_must_be_a_number(admin: Client):
    assert "batchcomplete" in admin.call(action="query", maxlag="5")
    assert code(admin.call(action="query", maxlag="soon")) == "badinteger"


def test_text_that_is_no_text_is_taken_as_mediawiki_takes_it(admin: Client):
    item = admin.item(labels=terms(en="x"))
    answer = admin.write("wbsetlabel", id=item, language="en", value="e\u0301\ud800")
    assert answer["entity"]["labels"]["en"]["value"] == "\u00e9?"
