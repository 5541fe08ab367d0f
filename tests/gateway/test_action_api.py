"""The Action API beyond what was recorded: what does not exist, what is warned of, how words are read."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from commarchive.gateway.api.action import MODULES
from commarchive.gateway.api.calls import page_id
from commarchive.gateway.api.meta import META
from tests.world import ABSENT, ELDER, VISITOR, canary


@pytest.fixture
def ask(archive):
    client = archive.client(VISITOR)

    def call(**query: str) -> Any:
        return client.get("/w/api.php", params={"format": "json", **query}).json()

    return call


def test_the_actions_are_these_and_no_others():
    assert sorted(MODULES) == [
        "clientlogin",
        "login",
        "logout",
        "wbformatvalue",
        "wbgetclaims",
        "wbgetentities",
        "wbsearchentities",
    ]
    assert sorted(META) == ["siteinfo", "tokens", "userinfo", "wbcontentlanguages"]


@pytest.mark.parametrize(
    "action",
    [
        "parse",
        "expandtemplates",
        "wbformatentities",
        "wbgraphql",
        "opensearch",
        "compare",
        "help",
        "edit",
        "wbeditentity",
    ],
)
def test_an_action_that_is_not_listed_is_answered_as_one_that_never_was(ask, action):
    never = ask(action="nonsense")
    never["error"]["info"] = never["error"]["info"].replace("nonsense", action)
    assert ask(action=action, ids="Q1", page="Item:Q1", text="{{#statements:P1|from=Q1}}") == never


@pytest.mark.parametrize("kind", ["meta", "prop", "list"])
@pytest.mark.parametrize("name", ["allmessages", "revisions", "allpages", "search", "wbsearch", "nonsense"])
def test_a_submodule_that_is_not_listed_is_answered_as_one_that_never_was(ask, kind, name):
    never = orjson.dumps(ask(action="query", **{kind: "never"})).replace(b"never", name.encode())
    assert orjson.dumps(ask(action="query", **{kind: name})) == never
    assert "query" not in orjson.loads(never)


def test_a_generator_is_an_unknown_word(ask):
    assert ask(action="query", generator="allpages")["error"]["code"] == "badvalue"


def test_a_parameter_that_is_not_listed_is_passed_over_with_a_warning(ask, archive):
    plain = ask(action="wbgetentities", ids=archive.ids["open"])
    warned = ask(action="wbgetentities", ids=archive.ids["open"], titles="Q1", callback="x", origin="*", export="1")
    assert warned["warnings"] == {"main": {"*": "Unrecognized parameters: titles, callback, origin, export."}}
    assert warned["entities"] == plain["entities"]
    one = ask(action="wbgetentities", ids="Q1", revids="5", formatversion="2")
    assert one["warnings"] == {"main": {"warnings": "Unrecognized parameter: revids."}}


def test_old_revisions_cannot_be_asked_for(ask, archive):
    answer = ask(action="wbgetentities", ids=archive.ids["open"], revision="1", revids="1", oldid="1")
    assert answer["entities"] == ask(action="wbgetentities", ids=archive.ids["open"])["entities"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"action": "wbgetentities"}, "param-missing"),
        ({"action": "wbgetentities", "sites": "enwiki", "titles": "X"}, "param-missing"),
        ({"action": "wbgetentities", "ids": "Q0"}, "no-such-entity"),
        ({"action": "wbgetentities", "ids": "L1"}, "no-such-entity"),
        ({"action": "wbgetentities", "ids": "Q99999999999"}, "no-such-entity"),
        ({"action": "wbgetentities", "ids": "Q1", "redirects": "maybe"}, "badvalue"),
        ({"action": "wbgetentities", "ids": "Q1", "format": "xml"}, "badvalue"),
        ({"action": "wbgetentities", "ids": "Q1", "formatversion": "3"}, "badvalue"),
        ({"action": "wbgetentities", "ids": "Q1", "maxlag": "x"}, "badinteger"),
        ({"action": "wbgetclaims"}, "param-missing"),
        ({"action": "wbgetclaims", "entity": "banana"}, "param-invalid"),
        ({"action": "wbgetclaims", "entity": "Q1", "property": "banana"}, "param-invalid"),
        ({"action": "wbgetclaims", "claim": "Q1$x"}, "invalid-guid"),
        (
            {"action": "wbgetclaims", "entity": "Q2", "claim": "Q1$00000000-0000-4000-8000-000000000000"},
            "param-illegal",
        ),
        ({"action": "wbgetclaims", "entity": ABSENT}, "no-such-entity"),
        ({"action": "wbsearchentities", "search": "x"}, "missingparam"),
        ({"action": "wbsearchentities", "language": "en"}, "missingparam"),
        ({"action": "wbsearchentities", "search": "x", "language": "en", "type": "lexeme"}, "badvalue"),
        ({"action": "wbsearchentities", "search": "x", "language": "en", "limit": "x"}, "badinteger"),
        ({"action": "wbformatvalue"}, "missingparam"),
        ({"action": "wbformatvalue", "datavalue": "{"}, "baddatavalue"),
        ({"action": "wbformatvalue", "datavalue": "[]"}, "baddatavalue"),
        ({"action": "wbformatvalue", "datavalue": '{"type": "time", "value": "x"}'}, "baddatavalue"),
        (
            {"action": "wbformatvalue", "datavalue": '{"type": "string", "value": "x"}', "property": "P99"},
            "badpropertyid",
        ),
        (
            {"action": "wbformatvalue", "datavalue": "{}", "property": "P1", "datatype": "string"},
            "invalidparammix",
        ),
    ],
)
def test_bad_words_are_refused_with_mediawikis_codes(archive, query, code):
    answer = archive.client(VISITOR).get("/w/api.php", params={"format": "json", **query})
    assert answer.status_code == 200
    assert answer.headers["MediaWiki-API-Error"] == code
    assert answer.json()["error"]["code"] == code


def test_a_post_is_read_as_a_get(archive, ask):
    form = {"action": "wbgetentities", "ids": archive.ids["open"], "format": "json"}
    client = archive.client(VISITOR)
    assert client.post("/w/api.php", data=form).json() == ask(action="wbgetentities", ids=archive.ids["open"])
    parts = {name: (None, value) for name, value in form.items()}
    assert client.post("/w/api.php", files=parts).json() == ask(action="wbgetentities", ids=archive.ids["open"])
    assert client.post("/w/api.php", json=form).status_code == 200, "a body of another kind says nothing"


def test_ids_are_read_in_any_case_and_answered_in_one(ask, archive):
    id_ = archive.ids["open"]
    assert list(ask(action="wbgetentities", ids=f" {id_.lower()} |{id_}")["entities"]) == [id_]


def test_an_id_of_the_caller_comes_back(ask):
    assert ask(action="query", meta="siteinfo", requestid="7")["requestid"] == "7"


def test_a_redirect_is_followed_unless_it_is_not_wanted(ask, archive):
    twin, target = archive.ids["other twin"], archive.ids["open"]
    followed = ask(action="wbgetentities", ids=twin)["entities"][twin]
    assert (followed["id"], followed["redirects"]) == (target, {"from": twin, "to": target})
    assert "redirects" not in ask(action="wbgetentities", ids=twin, props="labels")["entities"][twin]
    assert ask(action="wbgetentities", ids=twin, redirects="no")["entities"][twin] == {"id": twin, "missing": ""}
    refused = ask(action="wbgetclaims", entity=twin)["error"]
    assert refused["code"] == "unresolved-redirect"


def test_a_redirect_is_followed_only_where_both_may_be_known(archive):
    twin = archive.ids["twin"]
    query = {"action": "wbgetentities", "ids": twin, "format": "json"}
    assert archive.client(VISITOR).get("/w/api.php", params=query).json()["entities"][twin] == {
        "id": twin,
        "missing": "",
    }
    followed = archive.client(ELDER).get("/w/api.php", params=query).json()["entities"][twin]
    assert followed["id"] == archive.ids["closed item"]


def test_parts_of_an_entity_are_given_alone(ask, archive):
    id_ = archive.ids["open"]
    assert set(ask(action="wbgetentities", ids=id_, props="labels|claims")["entities"][id_]) == {
        "type",
        "id",
        "labels",
        "claims",
    }
    assert ask(action="wbgetentities", ids=id_, props="aliases", languages="fi|en")["entities"][id_]["aliases"] == {
        "en": [{"language": "en", "value": "song of the oars"}, {"language": "en", "value": "another rowing song"}]
    }
    assert ask(action="wbgetentities", ids="P1", props="datatype")["entities"]["P1"]["datatype"] == "string"
    assert (
        ask(action="wbgetentities", ids=id_, props="sitelinks", sitefilter="enwiki")["entities"][id_]["sitelinks"] == {}
    )


def test_a_hidden_term_does_not_stand_in_the_way_of_its_fallback(ask, archive):
    id_ = archive.ids["open"]
    labels = ask(action="wbgetentities", ids=id_, props="labels", languages="se", languagefallback="1")
    assert labels["entities"][id_]["labels"]["se"] == {"language": "fi", "value": "soutulaulu", "for-language": "se"}


def test_statements_are_chosen_by_property_rank_and_guid(ask, archive):
    id_, remark = archive.ids["open"], archive.ids["remark"]
    every = ask(action="wbgetclaims", entity=id_)["claims"]
    assert ask(action="wbgetclaims", entity=id_, property=remark)["claims"] == {remark: every[remark]}
    best = ask(action="wbgetclaims", entity=id_, property=remark, rank="preferred")["claims"][remark]
    assert [statement["mainsnak"]["datavalue"]["value"] for statement in best] == ["heard by most"]
    one = ask(action="wbgetclaims", claim=best[0]["id"].lower())["claims"]
    assert one == {remark: best}
    bare = ask(action="wbgetclaims", entity=id_, props="")["claims"]
    assert all("references" not in statement for group in bare.values() for statement in group)
    assert ask(action="wbgetclaims", entity=id_, property="P98")["claims"] == {}


def test_a_hidden_statement_is_answered_as_one_that_never_was(archive, ask):
    query = {"action": "wbgetclaims", "entity": archive.ids["open"], "format": "json"}
    every = archive.client(ELDER).get("/w/api.php", params=query).json()["claims"]
    hidden = every[archive.ids["note"]][0]["id"]
    never = f"{archive.ids['open']}$00000000-0000-4000-8000-000000000000"
    assert ask(action="wbgetclaims", claim=hidden) == ask(action="wbgetclaims", claim=never) == {"claims": {}}


def test_a_search_is_continued_where_it_stopped(ask):
    found, start = [], "0"
    for _ in range(10):
        answer = ask(action="wbsearchentities", search="tune", language="en", limit="10", **{"continue": start})
        found += [row["id"] for row in answer["search"]]
        if "search-continue" not in answer:
            break
        start = str(answer["search-continue"])
    assert len(found) == len(set(found)) == 25


def test_a_search_falls_back_to_other_languages_unless_told_not_to(ask, archive):
    wide = ask(action="wbsearchentities", search="rowing", language="fi")["search"]
    assert [row["id"] for row in wide] == [archive.ids["open"]]
    assert wide[0]["display"]["label"] == {"value": "soutulaulu", "language": "fi"}
    assert wide[0]["match"] == {"type": "label", "language": "en", "text": "rowing song"}
    assert ask(action="wbsearchentities", search="rowing", language="fi", strictlanguage="1")["search"] == []


def test_a_search_finds_an_id(ask, archive):
    row = ask(action="wbsearchentities", search=archive.ids["open"].lower(), language="en")["search"][0]
    assert row["match"] == {"type": "entityId", "text": archive.ids["open"]}
    assert "url" not in ask(action="wbsearchentities", search="rowing", language="en", props="")["search"][0]


@pytest.mark.parametrize(
    ("value", "datatype", "form", "result"),
    [
        ({"type": "string", "value": "<b>"}, "string", "text/html", "&lt;b&gt;"),
        (
            {"type": "string", "value": "https://example.org/?a&b"},
            "url",
            "text/html",
            '<a rel="nofollow" class="external free" href="https://example.org/?a&amp;b">https://example.org/?a&amp;b</a>',
        ),
        ({"type": "string", "value": "javascript:alert(1)"}, "url", "text/html", "javascript:alert(1)"),
        (
            {"type": "monolingualtext", "value": {"text": "laulu", "language": "fi"}},
            "monolingualtext",
            "text/plain",
            "laulu",
        ),
        ({"type": "quantity", "value": {"amount": "+1200.50", "unit": "1"}}, "quantity", "text/plain", "1,200.50"),
    ],
)
def test_values_are_put_into_words(ask, value, datatype, form, result):
    answer = ask(action="wbformatvalue", datavalue=orjson.dumps(value).decode(), datatype=datatype, generate=form)
    assert answer == {"result": result}


def test_an_entity_is_put_into_words_by_the_name_that_the_caller_may_know(archive):
    for persona, name in ((ELDER, canary("zqitemlabel")), (VISITOR, archive.ids["closed item"])):
        value = {"entity-type": "item", "id": archive.ids["closed item"]}
        query = {"action": "wbformatvalue", "generate": "text/plain", "format": "json"}
        query["datavalue"] = orjson.dumps({"type": "wikibase-entityid", "value": value}).decode()
        assert archive.client(persona).get("/w/api.php", params=query).json() == {"result": name}


def test_the_number_of_a_page_is_made_from_its_id_alone():
    numbers = [page_id(f"{kind}{number}") for kind in "PQ" for number in range(1, 100)]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) > 0


def test_rights_and_extensions_are_told(ask):
    answer = ask(
        action="query", meta="siteinfo", siprop="rightsinfo|extensions|usergroups|namespacealiases", formatversion="2"
    )
    assert answer["query"]["rightsinfo"] == {
        "url": "https://rightsstatements.org/vocab/CNE/1.0/",
        "text": "Ask us before you use this.",
    }
    assert answer["batchcomplete"] is True
