from __future__ import annotations

import json
from typing import Any

import pytest

from commarchive.sandbox import Wiki
from tests.sandbox.client import PASSWORD, Client, aliases, code, messages, snak, statement, terms


def comment(client: Client) -> str:
    changes = client.call(action="query", list="recentchanges", rcprop="comment", rclimit=1)
    text: str = changes["query"]["recentchanges"][0]["comment"]
    return text


def guids(entity: Any) -> list[str]:
    return [row["id"] for group in entity["claims"].values() for row in group]


SHAPES = [
    # data, code
    ("", "missingparam"),
    ("{", "invalid-json"),
    ("null", "invalid-json"),
    ("7", "not-recognized-array"),
    ('"x"', "not-recognized-array"),
    ("[1]", "not-recognized-string"),
    ('{"remove": ""}', "not-recognized"),
    ('{"id": "Q999"}', "param-invalid"),
    ('{"id": "banana"}', "invalid-entity-id"),
    ('{"type": "property"}', "param-invalid"),
    ('{"pageid": 999}', "param-illegal"),
    ('{"ns": 0}', "param-illegal"),
    ('{"title": "Item:Q999"}', "param-illegal"),
    ('{"lastrevid": 999}', "param-illegal"),
    ('{"labels": "x"}', "not-recognized-array"),
    ('{"labels": {"en": "x"}}', "not-recognized-array"),
    ('{"labels": {"en": {"value": "x"}}}', "missing-language"),
    ('{"labels": {"en": {"language": 1, "value": "x"}}}', "not-recognized-string"),
    ('{"labels": {"en": {"language": "fi", "value": "x"}}}', "inconsistent-language"),
    ('{"labels": {"en": {"language": "en"}}}', "not-recognized-string"),
    ('{"labels": {"en": {"language": "en", "value": 1}}}', "not-recognized-string"),
    ('{"descriptions": {"xx-nope": {"language": "xx-nope", "value": "x"}}}', "not-recognized-language"),
    ('{"aliases": "x"}', "not-recognized-array"),
    ('{"aliases": {"en": "x"}}', "not-recognized-array"),
    ('{"aliases": {"en": ["x"]}}', "not-recognized-array"),
    ('{"sitelinks": "x"}', "not-recognized-array"),
    ('{"sitelinks": {"enwiki": "x"}}', "not-recognized-array"),
    ('{"sitelinks": {"enwiki": {"site": "enwiki", "title": "x"}}}', "not-recognized-site"),
    ('{"claims": "x"}', "not-recognized-array"),
    ('{"claims": {"P1": "x"}}', "not-recognized-array"),
    ('{"claims": ["x"]}', "invalid-claim"),
    ('{"claims": [{}]}', "invalid-claim"),
    ('{"claims": [{"type": "banana"}]}', "invalid-claim"),
    ('{"claims": [{"type": "statement"}]}', "invalid-claim"),
    ('{"claims": [{"type": "statement", "mainsnak": {}}]}', "invalid-claim"),
    ('{"claims": [{"type": "statement", "mainsnak": {"snaktype": "x", "property": "P1"}}]}', "invalid-claim"),
    ('{"claims": [{"type": "statement", "mainsnak": {"snaktype": "novalue"}}]}', "invalid-claim"),
    ('{"claims": [{"type": "statement", "mainsnak": {"snaktype": "novalue", "property": "Q1"}}]}', "invalid-claim"),
    ('{"claims": [{"type": "statement", "mainsnak": {"snaktype": "novalue", "property": "x"}}]}', "invalid-claim"),
    ('{"claims": [{"type": "statement", "mainsnak": {"snaktype": "value", "property": "P1"}}]}', "invalid-claim"),
    ('{"claims": [{"remove": ""}]}', "invalid-claim"),
    ('{"claims": [{"id": "Q1$00000000-0000-0000-0000-000000000000", "remove": ""}]}', "modification-failed"),
]


@pytest.mark.parametrize(("data", "expected"), SHAPES)
def test_data_of_a_wrong_shape_is_refused_and_changes_nothing(admin: Client, data: str, expected: str):
    item = admin.item(labels=terms(en="kept"))
    before = admin.entity(item)
    assert code(admin.write("wbeditentity", id=item, data=data)) == expected
    assert admin.entity(item) == before


STATEMENTS: list[dict[str, Any]] = [
    {"id": 7},
    {"rank": "best"},
    {"qualifiers": "x"},
    {"qualifiers": {"P1": "x"}},
    {"qualifiers": ["x"]},
    {"qualifiers": [], "qualifiers-order": "P1"},
    {"references": "x"},
    {"references": ["x"]},
    {"references": [{}]},
    {"mainsnak": {"snaktype": "value", "property": "P1", "datavalue": "x"}},
    {"mainsnak": {"snaktype": "value", "property": "P1", "datavalue": {"type": "string"}}},
]


@pytest.mark.parametrize("part", STATEMENTS)
def test_a_statement_of_a_wrong_shape_is_refused(admin: Client, part: dict[str, Any]):
    prop = admin.property()
    assert code(admin.edit({"claims": [{**statement(prop, "x"), **part}]}, new="item")) == "invalid-claim"


SELECTORS: list[tuple[dict[str, str], str]] = [
    ({}, "param-illegal"),
    ({"id": "Q1", "new": "item"}, "param-illegal"),
    ({"id": "Q1", "site": "enwiki", "title": "x"}, "param-illegal"),
    ({"site": "enwiki"}, "param-missing"),
    ({"site": "enwiki", "title": "x"}, "no-such-entity-link"),
    ({"id": "banana"}, "invalid-entity-id"),
    ({"id": "Q999"}, "no-such-entity"),
    ({"new": "lexeme"}, "badvalue"),
    ({"new": "item", "baserevid": "1"}, "param-illegal"),
    ({"new": "property"}, "param-illegal"),
    ({"id": "Q1", "baserevid": "999"}, "nosuchrevid"),
    ({"id": "Q1", "baserevid": "x"}, "badinteger"),
    ({"id": "Q1", "baserevid": "2"}, "nosuchrevid"),
]


@pytest.mark.parametrize(("selector", "expected"), SELECTORS)
def test_an_entity_that_is_not_named_rightly_is_refused(admin: Client, selector: dict[str, str], expected: str):
    admin.item()
    admin.item()
    assert code(admin.write("wbeditentity", data="{}", **selector)) == expected


def test_a_new_entity_must_not_bring_its_id(admin: Client):
    assert code(admin.edit({"id": "Q7"}, new="item")) == "param-illegal"


def test_an_edit_that_changes_nothing_makes_no_revision(admin: Client):
    item = admin.item(labels=terms(en="x"))
    first = admin.entity(item)["lastrevid"]
    answer = admin.edit({"labels": terms(en=" x ")}, id=item)
    assert answer["entity"]["lastrevid"] == first
    assert answer["entity"]["nochange"] == ""


def test_a_refused_edit_of_several_parts_changes_none(admin: Client):
    prop = admin.property()
    item = admin.item(labels=terms(en="kept"))
    answer = admin.edit({"labels": terms(en="changed"), "claims": [statement(prop, " bad")]}, id=item)
    assert code(answer) == "modification-failed"
    assert admin.entity(item)["labels"]["en"]["value"] == "kept"
    assert admin.call(action="wbsearchentities", search="changed", language="en")["search"] == []


def test_terms_are_set_kept_and_removed_by_language(admin: Client):
    item = admin.item(labels=terms(en="one", fi="yksi"), aliases=aliases(en=["a", "b"]))
    admin.edit({"labels": {"en": {"language": "en", "remove": ""}, "se": {"language": "se", "value": "okta"}}}, id=item)
    assert sorted(admin.entity(item)["labels"]) == ["fi", "se"]
    admin.edit({"labels": {"fi": {"language": "fi", "value": ""}}}, id=item)
    assert sorted(admin.entity(item)["labels"]) == ["se"]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"en": [{"language": "en", "value": "c"}]}, ["c"]),
        ({"en": [{"language": "en", "value": "c", "add": ""}]}, ["a", "b", "c"]),
        ({"en": {"language": "en", "value": "c", "add": ""}}, ["a", "b", "c"]),
        ({"en": [{"language": "en", "value": "a", "remove": ""}]}, ["b"]),
        ({"en": []}, None),
        ({"fi": [{"language": "fi", "value": "x"}]}, ["a", "b"]),
        ([{"language": "en", "value": "c", "add": ""}], ["a", "b", "c"]),
        ({"en": [{"language": "en", "value": "b"}, {"language": "en", "value": "b"}]}, ["b"]),
    ],
)
def test_aliases_are_replaced_added_and_removed(admin: Client, change: Any, left: list[str] | None):
    item = admin.item(aliases=aliases(en=["a", "b"]))
    admin.edit({"aliases": change}, id=item)
    found = admin.entity(item)["aliases"].get("en")
    assert (found and [alias["value"] for alias in found]) == left


def test_a_statement_is_added_changed_in_place_and_removed_by_its_guid(admin: Client):
    prop = admin.property()
    item = admin.item(claims=[statement(prop, "one"), statement(prop, "two")])
    first, second = guids(admin.entity(item))
    admin.edit({"claims": [{**statement(prop, "1"), "id": first, "rank": "preferred"}]}, id=item)
    entity = admin.entity(item)
    assert guids(entity) == [first, second]
    assert entity["claims"][prop][0]["mainsnak"]["datavalue"]["value"] == "1"
    assert entity["claims"][prop][0]["rank"] == "preferred"
    admin.edit({"claims": [{"id": first, "remove": ""}]}, id=item)
    assert guids(admin.entity(item)) == [second]
    admin.edit({"claims": {prop: [{"id": second, "remove": ""}]}}, id=item)
    assert admin.entity(item)["claims"] == {}


def test_a_guid_belongs_to_its_entity_and_its_property(admin: Client):
    prop, other = admin.property(), admin.property(label="other")
    mine, theirs = admin.item(claims=[statement(prop, "x")]), admin.item()
    (guid,) = guids(admin.entity(mine))
    assert code(admin.edit({"claims": [{**statement(prop, "y"), "id": guid}]}, id=theirs)) == "modification-failed"
    assert code(admin.edit({"claims": [{**statement(other, "y"), "id": guid}]}, id=mine)) == "modification-failed"
    assert code(admin.edit({"claims": [{**statement(prop, "y"), "id": "nonsense"}]}, id=mine)) == "modification-failed"


def test_a_guid_of_ones_own_choice_is_kept(admin: Client):
    prop, item = admin.property(), admin.item()
    guid = f"{item}$01234567-89AB-4DEF-8123-456789ABCDEF"
    admin.edit({"claims": [{**statement(prop, "y"), "id": guid}]}, id=item)
    assert guids(admin.entity(item)) == [guid]


def test_each_snak_and_each_reference_is_kept_once_and_orders_are_kept(admin: Client):
    one, two = admin.property(), admin.property(label="two")
    source = {"snaks": {one: [snak(one, "s")], two: [snak(two, "t")]}, "snaks-order": [two, one]}
    item = admin.item(
        claims=[
            statement(
                one,
                "x",
                qualifiers={one: [snak(one, "a"), snak(one, "a")], two: [snak(two, kind="somevalue")]},
                references=[source, source, {"snaks": {}}],
            )
            | {"qualifiers-order": [two, one]}
        ]
    )
    (found,) = admin.entity(item)["claims"][one]
    assert found["qualifiers-order"] == [two, one]
    assert len(found["qualifiers"][one]) == 1
    assert len(found["references"]) == 1
    assert found["references"][0]["snaks-order"] == [two, one]


def test_clear_empties_what_is_not_given(admin: Client):
    prop = admin.property()
    item = admin.item(labels=terms(en="x", fi="y"), claims=[statement(prop, "x")])
    admin.edit({"labels": terms(en="z")}, id=item, clear="")
    entity = admin.entity(item)
    assert (entity["labels"], entity["claims"]) == (terms(en="z"), {})
    assert comment(admin) == "/* wbeditentity-override:0| */"


def test_clear_on_an_older_revision_is_a_conflict(admin: Client):
    item = admin.item(labels=terms(en="x"))
    base = admin.entity(item)["lastrevid"]
    admin.edit({"labels": terms(en="y")}, id=item)
    assert code(admin.edit({}, id=item, clear="", baserevid=base)) == "editconflict"


def test_ids_are_given_in_order_and_never_twice(admin: Client):
    first = admin.item()
    admin.write("delete", title=f"Item:{first}")
    assert [admin.item(), admin.item()] == ["Q2", "Q3"]


def test_a_property_keeps_its_datatype(admin: Client):
    prop = admin.property("string")
    admin.edit({"datatype": "url"}, id=prop)
    assert admin.entity(prop)["datatype"] == "string"


SUMMARIES = [
    ({"labels": terms(en="b")}, "/* wbeditentity-update-languages-short:0||en */"),
    ({"labels": terms(en="b"), "descriptions": terms(fi="c")}, "/* wbeditentity-update-languages-short:0||en, fi */"),
    ({"aliases": aliases(en=["b"])}, "/* wbeditentity-update-languages-short:0||en */"),
    ({"claims": "P1"}, "/* wbeditentity-update:0| */"),
    ({"labels": terms(en="b"), "claims": "P1"}, "/* wbeditentity-update-languages-and-other-short:0||en */"),
]


@pytest.mark.parametrize(("data", "said"), SUMMARIES)
def test_summaries_say_what_changed_and_then_what_the_editor_said(admin: Client, data: dict[str, Any], said: str):
    prop = admin.property()
    item = admin.item(labels=terms(en="a"))
    if "claims" in data:
        data = {**data, "claims": [statement(prop, "x")]}
    admin.edit(data, id=item, summary="because")
    assert comment(admin) == f"{said} because"


def test_many_languages_are_counted_in_the_summary(admin: Client):
    codes = list(admin.call(action="query", meta="wbcontentlanguages")["query"]["wbcontentlanguages"])[:51]
    item = admin.item()
    admin.edit({"labels": {name: {"language": name, "value": "x"} for name in codes}}, id=item)
    assert comment(admin) == "/* wbeditentity-update-languages:0||51 */"


@pytest.fixture
def rival(wiki: Wiki) -> Client:
    wiki.create_account("Rival", PASSWORD, ["custodian"])
    return Client(wiki.transport()).sign_in("Rival")


def warned(answer: Any) -> list[str]:
    return [row["name"] for row in answer.get("warnings", {}).get("wbeditentity", {}).get("messages", [])]


def test_an_edit_on_an_older_revision_is_patched_where_nothing_collides(admin: Client, rival: Client):
    prop = admin.property()
    item = admin.item(labels=terms(en="a"), aliases=aliases(en=["p", "q"]), claims=[statement(prop, "x")])
    base = admin.entity(item)["lastrevid"]
    (guid,) = guids(admin.entity(item))
    rival.edit({"labels": terms(fi="f"), "claims": [statement(prop, "theirs")]}, id=item)
    mine = {
        "descriptions": terms(en="d"),
        "aliases": {
            "en": [{"language": "en", "value": "p", "remove": ""}, {"language": "en", "value": "r", "add": ""}]
        },
        "claims": [{**statement(prop, "mine"), "id": guid}],
    }
    answer = admin.edit(mine, id=item, baserevid=base)
    assert warned(answer) == ["wikibase-conflict-patched"]
    entity = admin.entity(item)
    assert entity["labels"] == terms(en="a", fi="f")
    assert entity["descriptions"] == terms(en="d")
    assert [alias["value"] for alias in entity["aliases"]["en"]] == ["q", "r"]
    assert [row["mainsnak"]["datavalue"]["value"] for row in entity["claims"][prop]] == ["mine", "theirs"]


@pytest.mark.parametrize("theirs", ["b", "c"])
def test_an_edit_on_an_older_revision_that_collides_is_a_conflict(admin: Client, rival: Client, theirs: str):
    item = admin.item(labels=terms(en="a"))
    base = admin.entity(item)["lastrevid"]
    rival.edit({"labels": terms(en=theirs)}, id=item)
    answer = admin.edit({"labels": terms(en="b")}, id=item, baserevid=base)
    assert code(answer) == "editconflict"
    assert messages(answer) == ["wikibase-api-editconflict", "edit-conflict"]
    assert admin.entity(item)["labels"]["en"]["value"] == theirs


def test_colliding_with_oneself_loses_only_what_collides(admin: Client):
    item = admin.item(labels=terms(en="a"))
    base = admin.entity(item)["lastrevid"]
    admin.edit({"labels": terms(en="b")}, id=item)
    answer = admin.edit({"labels": terms(en="c"), "descriptions": terms(en="d")}, id=item, baserevid=base)
    assert warned(answer) == ["wikibase-self-conflict-patched"]
    assert admin.entity(item)["labels"]["en"]["value"] == "b"
    assert admin.entity(item)["descriptions"]["en"]["value"] == "d"
    assert code(admin.edit({"labels": terms(en="c")}, id=item, baserevid=base)) == "editconflict"


def test_an_empty_edit_on_an_older_revision_changes_nothing(admin: Client, rival: Client):
    item = admin.item(labels=terms(en="a"))
    base = admin.entity(item)["lastrevid"]
    rival.edit({"labels": terms(en="b")}, id=item)
    admin.edit({}, id=item, baserevid=base)
    assert admin.entity(item)["labels"]["en"]["value"] == "b"


def test_without_a_base_the_last_edit_wins(admin: Client, rival: Client):
    item = admin.item(labels=terms(en="a"))
    rival.edit({"labels": terms(en="b")}, id=item)
    assert "warnings" not in admin.edit({"labels": terms(en="c")}, id=item)
    assert admin.entity(item)["labels"]["en"]["value"] == "c"


def test_redirects_are_not_edited(admin: Client):
    target, source = admin.item(), admin.item()
    base = admin.entity(source)["lastrevid"]
    admin.write("wbcreateredirect", **{"from": source, "to": target})
    assert code(admin.edit({"labels": terms(en="x")}, id=source)) == "unresolved-redirect"
    assert code(admin.edit({"labels": terms(en="x")}, id=source, baserevid=base)) == "unresolved-redirect"


def test_a_revision_that_was_a_redirect_is_no_base(admin: Client):
    target, source = admin.item(), admin.item()
    admin.write("wbcreateredirect", **{"from": source, "to": target})
    redirect = admin.call(action="query", titles=f"Item:{source}", prop="info")["query"]["pages"]
    base = next(iter(redirect.values()))["lastrevid"]
    assert code(admin.edit({}, id=target, baserevid=base)) == "nosuchrevid"


def test_format_version_2_writes_flags_as_booleans(admin: Client):
    item = admin.item()
    answer = admin.edit({}, id=item, formatversion=2)
    assert answer["entity"]["nochange"] is True
    assert admin.edit({"labels": terms(en=" \t")}, id=item, formatversion=2)["success"] == 1
    refused = admin.write("wbeditentity", id=item, data=json.dumps({"labels": "x"}), formatversion=2)
    assert isinstance(refused["error"]["messages"][0]["html"], str)
    assert "docref" in refused["error"]
