from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commarchive.errors import RefusedError
from commarchive.sandbox import WIKIDATA, Wiki
from tests.sandbox.client import PASSWORD, Client, code, snak, statement, terms

INSTANCE_OF = {
    "type": "property",
    "id": "P31",
    "datatype": "wikibase-item",
    "labels": terms(en="instance of"),
}


@pytest.fixture
def wikidata() -> Iterator[Wiki]:
    with Wiki(":memory:", settings=WIKIDATA) as wiki:
        wiki.create_account("Steward", PASSWORD)
        yield wiki


@pytest.fixture
def steward(wikidata: Wiki) -> Client:
    return Client(wikidata.transport()).sign_in("Steward")


def test_entities_get_the_ids_that_they_bring(wikidata: Wiki, steward: Client):
    wikidata.put(INSTANCE_OF)
    revision = wikidata.put(
        {
            "type": "item",
            "id": "Q1234",
            "labels": terms(en="fiddle"),
            "claims": {"P31": [statement("P31", {"entity-type": "item", "numeric-id": 5}, "wikibase-entityid")]},
            "sitelinks": {"fiwiki": {"site": "fiwiki", "title": "Viulu", "badges": []}},
        }
    )
    entity = steward.entity("Q1234")
    assert entity["lastrevid"] == revision
    (row,) = entity["claims"]["P31"]
    assert row["id"].startswith("Q1234$")
    assert row["mainsnak"]["datatype"] == "wikibase-item"
    assert row["mainsnak"]["datavalue"]["value"]["id"] == "Q5"
    assert entity["sitelinks"]["fiwiki"]["title"] == "Viulu"
    assert steward.entity("P31")["datatype"] == "wikibase-item"


def test_new_ids_begin_after_those_that_were_brought(wikidata: Wiki, steward: Client):
    wikidata.put({"type": "item", "id": "Q1234"})
    wikidata.put(INSTANCE_OF)
    assert steward.item() == "Q1235"
    assert steward.property() == "P32"
    wikidata.put({"type": "item", "id": "Q7"})
    assert steward.item() == "Q1236"


def test_putting_again_makes_a_new_revision_and_forgets_old_terms(wikidata: Wiki, steward: Client):
    first = wikidata.put({"type": "item", "id": "Q7", "labels": terms(en="old")})
    assert wikidata.put({"type": "item", "id": "Q7", "labels": terms(en="new")}) > first
    assert steward.call(action="wbsearchentities", search="old", language="en")["search"] == []


def test_items_are_found_and_edited_by_their_site_links(wikidata: Wiki, steward: Client):
    link = {"site": "fiwiki", "title": "Viulu", "badges": []}
    wikidata.put({"type": "item", "id": "Q7", "sitelinks": {"fiwiki": link}})
    found = steward.call(action="wbgetentities", sites="fiwiki", titles="Viulu|Other", props="info|sitelinks")[
        "entities"
    ]
    assert found["Q7"]["sitelinks"] == {"fiwiki": link}
    assert found["-1"] == {"site": "fiwiki", "title": "Other", "missing": ""}
    assert steward.edit({"labels": terms(fi="viulu")}, site="fiwiki", title="Viulu")["entity"]["id"] == "Q7"
    pairs = steward.call(action="wbgetentities", sites="fiwiki|svwiki", titles="Viulu|Fiol", sitefilter="svwiki")
    assert pairs["entities"]["Q7"]["sitelinks"] == {}


def test_site_links_are_merged_and_conflict(wikidata: Wiki, steward: Client):
    link = {"site": "fiwiki", "title": "Viulu", "badges": []}
    wikidata.put({"type": "item", "id": "Q7", "sitelinks": {"fiwiki": link}})
    wikidata.put({"type": "item", "id": "Q8", "sitelinks": {"fiwiki": {**link, "title": "Toinen"}}})
    wikidata.put({"type": "item", "id": "Q9"})
    assert code(steward.write("wbmergeitems", fromid="Q7", toid="Q8")) == "failed-modify"
    assert steward.write("wbmergeitems", fromid="Q7", toid="Q9")["redirected"] == 1
    assert steward.entity("Q9")["sitelinks"] == {"fiwiki": link}


def test_concept_addresses_are_wikidatas(wikidata: Wiki, steward: Client):
    wikidata.put({"type": "item", "id": "Q7", "labels": terms(en="fiddle")})
    row = steward.call(action="wbsearchentities", search="fiddle", language="en")["search"][0]
    assert row["concepturi"] == "http://www.wikidata.org/entity/Q7"


def test_units_are_wikidatas(wikidata: Wiki, steward: Client):
    prop = steward.property("quantity")
    metre = {"amount": "+3", "unit": "http://www.wikidata.org/entity/Q11573"}
    assert "entity" in steward.edit({"claims": [statement(prop, metre, "quantity")]}, new="item")


BAD: list[tuple[Any, str]] = [
    ({"type": "item"}, "no entity id"),
    ({"id": "L1"}, "no entity id"),
    ({"id": "P1"}, "needs a datatype"),
    ({"id": "P1", "datatype": "banana"}, "needs a datatype"),
    ({"id": "Q1", "labels": {"en": "x"}}, "no entity's"),
    ({"id": "Q1", "claims": {"P1": [{}]}}, "no entity's"),
    ({"id": "Q1", "claims": {"P1": [{**statement("P1", "x"), "mainsnak": snak("P1", "x", kind="banana")}]}}, "banana"),
]


@pytest.mark.parametrize(("entity", "said"), BAD)
def test_what_is_no_entity_is_not_put(wikidata: Wiki, steward: Client, entity: Any, said: str):
    with pytest.raises(ValueError, match=said):
        wikidata.put(entity)
    assert steward.call(action="query", list="recentchanges")["query"]["recentchanges"] == []


def test_a_wiki_that_gives_ids_itself_takes_none(wiki: Wiki):
    with pytest.raises(RefusedError, match="gives ids itself"):
        wiki.put({"type": "item", "id": "Q7"})


def test_items_are_in_the_main_namespace_as_in_wikidata(wikidata: Wiki, steward: Client):
    wikidata.put({"type": "item", "id": "Q7"})
    wikidata.put(INSTANCE_OF)
    namespaces = steward.call(action="query", meta="siteinfo", siprop="namespaces")["query"]["namespaces"]
    assert namespaces["0"]["defaultcontentmodel"] == "wikibase-item"
    assert namespaces["120"]["defaultcontentmodel"] == "wikibase-property"
    assert "122" not in namespaces
    entity = steward.entity("Q7")
    assert (entity["ns"], entity["title"]) == (0, "Q7")
    assert steward.entity("P31")["title"] == "Property:P31"
    pages = steward.call(action="query", titles="q7|Item:Q7|:Q7|Property:P31|P31", formatversion=2)["query"]["pages"]
    assert [page["title"] for page in pages if "missing" not in page] == ["Q7", "Property:P31"]
    changes = steward.call(action="query", list="recentchanges", rcnamespace="0")["query"]["recentchanges"]
    assert [change["title"] for change in changes] == ["Q7"]
    everything = steward.call(action="query", list="allpages", apnamespace="0")["query"]["allpages"]
    assert [page["title"] for page in everything] == ["Q7"]
