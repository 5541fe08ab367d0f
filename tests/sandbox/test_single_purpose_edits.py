from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.client import Client, aliases, code, snak, statement, terms
from tests.sandbox.test_editing import comment, guids


@pytest.mark.parametrize(("module", "section"), [("wbsetlabel", "labels"), ("wbsetdescription", "descriptions")])
def test_a_term_is_added_set_and_removed(admin: Client, module: str, section: str):
    item = admin.item()
    answer = admin.write(module, id=item, language="fi", value=" soitto ", summary="why")
    assert answer["entity"][section] == {"fi": {"language": "fi", "value": "soitto"}}
    assert answer["entity"]["type"] == "item"
    assert comment(admin) == f"/* {module}-add:1|fi */ soitto, why"
    admin.write(module, id=item, language="fi", value="laulu")
    assert comment(admin) == f"/* {module}-set:1|fi */ laulu"
    answer = admin.write(module, id=item, language="fi", value="")
    assert answer["entity"][section] == {"fi": {"language": "fi", "removed": ""}}
    assert comment(admin) == f"/* {module}-remove:1|fi */ laulu"
    assert admin.entity(item)[section] == {}


def test_a_label_makes_a_new_item(admin: Client):
    answer = admin.write("wbsetlabel", new="item", language="en", value="new")
    assert admin.entity(answer["entity"]["id"])["labels"] == terms(en="new")
    assert code(admin.write("wbsetlabel", new="property", language="en", value="new")) == "param-illegal"


@pytest.mark.parametrize(
    ("form", "left", "said"),
    [
        ({"set": "x|y"}, ["x", "y"], "/* wbsetaliases-set:2|en */ x, y"),
        ({"add": "c"}, ["a", "b", "c"], "/* wbsetaliases-add:1|en */ c"),
        ({"remove": "a"}, ["b"], "/* wbsetaliases-remove:1|en */ a"),
        ({"add": "c", "remove": "a|b"}, ["c"], "/* wbsetaliases-update:1|en */ c"),
        ({"set": ""}, None, "/* wbsetaliases-set:0|en */"),
    ],
)
def test_aliases_are_set_added_and_removed(admin: Client, form: dict[str, str], left: list[str] | None, said: str):
    item = admin.item(aliases=aliases(en=["a", "b"]))
    admin.write("wbsetaliases", id=item, language="en", **form)
    found = admin.entity(item)["aliases"].get("en")
    assert (found and [alias["value"] for alias in found]) == left
    assert comment(admin) == said


@pytest.mark.parametrize(
    ("module", "form", "expected"),
    [
        ("wbsetlabel", {"language": "xx-nope", "value": "x"}, "badvalue"),
        ("wbsetlabel", {"value": "x"}, "missingparam"),
        ("wbsetlabel", {"language": "en", "value": "x" * 251}, "modification-failed"),
        ("wbsetlabel", {"language": "en", "value": "x", "new": "item"}, "param-illegal"),
        ("wbsetaliases", {"language": "en"}, "invalid-list"),
        ("wbsetaliases", {"language": "en", "set": "a", "add": "b"}, "invalid-list"),
        ("wbsetaliases", {"language": "en", "add": "x" * 251}, "modification-failed"),
    ],
)
def test_bad_terms_are_refused(admin: Client, module: str, form: dict[str, str], expected: str):
    item = admin.item()
    assert code(admin.write(module, id=item, **form)) == expected


def test_statements_are_made_from_a_main_snak(admin: Client):
    prop, item = admin.property(), admin.item()
    answer = admin.write("wbcreateclaim", entity=item, property=prop, snaktype="value", value='"x"', summary="why")
    assert answer["claim"]["mainsnak"]["datavalue"] == {"value": "x", "type": "string"}
    assert answer["pageinfo"]["lastrevid"] == admin.entity(item)["lastrevid"]
    assert comment(admin) == f"/* wbcreateclaim-create:1| */ [[Property:{prop}]]: x, why"
    answer = admin.write("wbcreateclaim", entity=item, property=prop, snaktype="novalue")
    assert answer["claim"]["mainsnak"]["snaktype"] == "novalue"


CREATE: list[tuple[dict[str, str], str]] = [
    ({"property": "P1", "snaktype": "value"}, "param-missing"),
    ({"property": "P1", "snaktype": "novalue", "value": '"x"'}, "param-illegal"),
    ({"property": "P1", "snaktype": "value", "value": "{"}, "invalid-snak"),
    ({"property": "P1", "snaktype": "value", "value": "7"}, "modification-failed"),
    ({"property": "P1", "snaktype": "banana"}, "badvalue"),
    ({"property": "P999", "snaktype": "value", "value": '"x"'}, "no-such-entity"),
    ({"property": "P999", "snaktype": "novalue"}, "modification-failed"),
    ({"property": "Q1", "snaktype": "novalue"}, "param-illegal"),
    ({"property": "x", "snaktype": "novalue"}, "invalid-entity-id"),
    ({"snaktype": "novalue"}, "missingparam"),
]


@pytest.mark.parametrize(("form", "expected"), CREATE)
def test_bad_main_snaks_are_refused(admin: Client, form: dict[str, str], expected: str):
    admin.property()
    item = admin.item()
    assert code(admin.write("wbcreateclaim", entity=item, **form)) == expected


def set_claim(client: Client, claim: Any, **form: str) -> Any:
    return client.write("wbsetclaim", claim=json.dumps(claim), **form)


def test_whole_statements_are_set_by_guid(admin: Client):
    prop, item = admin.property(), admin.item()
    guid = f"{item}$01234567-89AB-4DEF-8123-456789ABCDEF"
    claim = {**statement(prop, "x"), "id": guid}
    assert set_claim(admin, claim)["claim"]["id"] == guid
    assert comment(admin) == f"/* wbsetclaim-create:1||1 */ [[Property:{prop}]]: x"
    claim["rank"] = "preferred"
    set_claim(admin, claim)
    assert comment(admin).startswith("/* wbsetclaim-update-rank:1||1 */")
    claim["references"] = [{"snaks": {prop: [snak(prop, "source")]}}]
    set_claim(admin, claim)
    assert comment(admin).startswith("/* wbsetclaim-update-references:1||1|1 */")
    set_claim(admin, {**claim, **statement(prop, "y"), "rank": "normal"})
    assert comment(admin).startswith("/* wbsetclaim-update:1||1 */")


def test_a_statements_place_can_be_chosen(admin: Client):
    prop = admin.property()
    item = admin.item(claims=[statement(prop, "a"), statement(prop, "b"), statement(prop, "c")])
    first, second, third = guids(admin.entity(item))
    set_claim(admin, {**statement(prop, "c"), "id": third}, index="0")
    assert guids(admin.entity(item)) == [third, first, second]


def test_a_statement_that_is_there_already_can_be_left_alone(admin: Client):
    prop = admin.property()
    item = admin.item(claims=[statement(prop, "a")])
    claim = {**statement(prop, "a"), "id": f"{item}$01234567-89AB-4DEF-8123-456789ABCDEF"}
    answer = set_claim(admin, claim, ignoreduplicatemainsnak="")
    assert answer["warnings"]["wbsetclaim"]["messages"][0]["name"] == "wikibase-setclaim-warning-duplicatemainsnak"
    assert len(guids(admin.entity(item))) == 1


@pytest.mark.parametrize("claim", [{}, [], {"type": "statement"}, "x"])
def test_bad_statements_are_not_set(admin: Client, claim: Any):
    assert code(set_claim(admin, claim)) == "invalid-claim"


def test_a_statement_without_a_guid_is_not_set(admin: Client):
    assert code(set_claim(admin, statement(admin.property(), "x"))) == "invalid-claim"


def test_statements_are_removed_by_guid(admin: Client):
    prop = admin.property()
    item = admin.item(claims=[statement(prop, "a"), statement(prop, "b"), statement(prop, "c")])
    first, second, third = guids(admin.entity(item))
    answer = admin.write("wbremoveclaims", claim=f"{first}|{third}")
    assert answer["claims"] == [first, third]
    assert guids(admin.entity(item)) == [second]
    assert comment(admin) == f"/* wbremoveclaims-remove:2| */ [[Property:{prop}]]: a, [[Property:{prop}]]: c"


def test_statements_that_are_not_there_are_not_removed(admin: Client):
    prop = admin.property()
    item, other = admin.item(claims=[statement(prop, "a")]), admin.item(claims=[statement(prop, "a")])
    (mine,), (theirs,) = guids(admin.entity(item)), guids(admin.entity(other))
    for claim in ("nonsense", f"{mine}|{theirs}", f"{item}$01234567-89AB-4DEF-8123-456789ABCDEF"):
        assert code(admin.write("wbremoveclaims", claim=claim)) == "invalid-guid"
    assert guids(admin.entity(item)) == [mine]
