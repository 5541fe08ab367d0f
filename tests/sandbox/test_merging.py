from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.client import Client, aliases, code, messages, snak, statement, terms
from tests.sandbox.test_editing import comment, guids


def merge(client: Client, source: str, target: str, **form: str) -> Any:
    return client.write("wbmergeitems", fromid=source, toid=target, **form)


def test_everything_moves_and_the_source_becomes_a_redirect(admin: Client):
    prop = admin.property()
    source = admin.item(
        labels=terms(en="fiddler", fi="pelimanni"),
        descriptions=terms(fi="soittaja"),
        aliases=aliases(en=["player"]),
        claims=[statement(prop, "a"), statement(prop, "b")],
    )
    target = admin.item(labels=terms(en="violinist"), claims=[statement(prop, "b"), statement(prop, "c")])
    answer = merge(admin, source, target, summary="the same")
    assert (answer["redirected"], answer["from"]["id"], answer["to"]["id"]) == (1, source, target)
    entity = admin.entity(target)
    assert entity["lastrevid"] == answer["to"]["lastrevid"]
    assert entity["labels"] == terms(en="violinist", fi="pelimanni")
    assert entity["descriptions"] == terms(fi="soittaja")
    assert [alias["value"] for alias in entity["aliases"]["en"]] == ["fiddler", "player"]
    assert [row["mainsnak"]["datavalue"]["value"] for row in entity["claims"][prop]] == ["b", "c", "a"]
    assert all(guid.startswith(target) for guid in guids(entity))
    assert admin.entity(source)["redirects"] == {"from": source, "to": target}
    changes = admin.call(action="query", list="recentchanges", rcprop="comment", rclimit=3)["query"]["recentchanges"]
    assert [row["comment"] for row in changes] == [
        f"/* wbcreateredirect:0||{source}|{target} */",
        f"/* wbmergeitems-from:0||{source} */ the same",
        f"/* wbmergeitems-to:0||{target} */ the same",
    ]


def test_equal_statements_share_their_references(admin: Client):
    prop = admin.property()
    old, new = ({"snaks": {prop: [snak(prop, text)]}} for text in ("old", "new"))
    source = admin.item(claims=[statement(prop, "a", references=[old, new])])
    target = admin.item(claims=[statement(prop, "a", references=[old])])
    merge(admin, source, target)
    (row,) = admin.entity(target)["claims"][prop]
    assert [part["snaks"][prop][0]["datavalue"]["value"] for part in row["references"]] == ["old", "new"]


def test_statements_that_differ_in_a_qualifier_both_stay(admin: Client):
    prop = admin.property()
    source = admin.item(claims=[statement(prop, "a", qualifiers=[snak(prop, "q")])])
    target = admin.item(claims=[statement(prop, "a")])
    merge(admin, source, target)
    assert len(admin.entity(target)["claims"][prop]) == 2


def test_descriptions_that_differ_are_a_conflict_unless_ignored(admin: Client):
    source = admin.item(descriptions=terms(en="one"), labels=terms(en="x"))
    target = admin.item(descriptions=terms(en="two"))
    assert code(merge(admin, source, target)) == "failed-modify"
    assert admin.entity(source)["labels"] == terms(en="x")
    answer = merge(admin, source, target, ignoreconflicts="description")
    assert answer["redirected"] == 0
    assert admin.entity(source)["descriptions"] == terms(en="one")
    assert admin.entity(target)["descriptions"] == terms(en="two")
    assert admin.entity(target)["labels"] == terms(en="x")


def test_items_that_link_to_each_other_are_not_merged_unless_told_to(admin: Client):
    prop = admin.property("wikibase-item")
    target = admin.item()
    source = admin.item(claims=[statement(prop, {"id": target}, "wikibase-entityid")])
    assert code(merge(admin, source, target)) == "failed-modify"
    assert merge(admin, source, target, ignoreconflicts="statement")["success"] == 1


def test_terms_of_a_third_item_are_still_in_the_way(admin: Client):
    admin.item(labels=terms(en="x"), descriptions=terms(en="d"))
    source, target = admin.item(labels=terms(en="x")), admin.item(descriptions=terms(en="d"))
    answer = merge(admin, source, target)
    assert code(answer) == "failed-modify"
    assert messages(answer) == ["wikibase-validator-label-with-description-conflict"]
    assert admin.call(action="wbsearchentities", search="x", language="en")["search"][1]["id"] == source


def test_the_sources_own_terms_are_not_in_the_way(admin: Client):
    source = admin.item(labels=terms(en="x"), descriptions=terms(en="d"))
    target = admin.item(labels=terms(en="x"))
    assert merge(admin, source, target)["redirected"] == 1
    assert admin.entity(target)["descriptions"] == terms(en="d")


def test_merging_nothing_new_leaves_the_target_as_it_is(admin: Client):
    source, target = admin.item(), admin.item(labels=terms(en="x"))
    before = admin.entity(target)["lastrevid"]
    assert merge(admin, source, target)["to"]["lastrevid"] == before


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Q1", "Q1", "cant-merge-self"),
        ("Q1", "Q999", "no-such-entity"),
        ("Q1", "banana", "invalid-entity-id"),
        ("P1", "Q1", "not-item"),
        ("Q3", "Q1", "cant-load-entity-content"),
    ],
)
def test_bad_merges_are_refused(admin: Client, source: str, target: str, expected: str):
    admin.property()
    first, _, third = (admin.item() for _ in range(3))
    admin.write("wbcreateredirect", **{"from": third, "to": first})
    assert code(merge(admin, source, target)) == expected


def redirect(client: Client, source: str, target: str) -> Any:
    return client.write("wbcreateredirect", **{"from": source, "to": target})


def test_a_deleted_item_and_a_redirect_can_be_redirected(admin: Client):
    target, other, gone = (admin.item() for _ in range(3))
    admin.write("delete", title=f"Item:{gone}")
    assert redirect(admin, gone, other)["redirect"] == other
    assert redirect(admin, gone, target)["redirect"] == target
    assert admin.entity(gone)["id"] == target


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Q1", "Q1", "source-and-target-are-the-same"),
        ("Q2", "Q1", "target-not-empty"),
        ("Q1", "Q3", "target-is-redirect"),
        ("Q1", "Q999", "no-such-entity"),
        ("Q999", "Q1", "no-such-entity"),
        ("Q1", "P1", "target-is-incompatible"),
        ("P1", "P1", "cant-redirect"),
        ("banana", "Q1", "invalid-entity-id"),
    ],
)
def test_bad_redirects_are_refused(admin: Client, source: str, target: str, expected: str):
    admin.property()
    first, _, third = admin.item(), admin.item(labels=terms(en="x")), admin.item()
    redirect(admin, third, first)
    assert code(redirect(admin, source, target)) == expected


def test_deleting_and_restoring(admin: Client):
    item = admin.item(labels=terms(en="x"))
    admin.edit({"labels": terms(en="y")}, id=item)
    before = admin.entity(item)
    assert admin.write("delete", pageid=before["pageid"])["delete"]["title"] == f"Item:{item}"
    assert admin.entity(item) == {"id": item, "missing": ""}
    assert code(admin.edit({}, id=item)) == "no-such-entity"
    answer = admin.write("undelete", title=f"Item:{item}", reason="a mistake")
    assert (answer["undelete"]["revisions"], answer["undelete"]["reason"]) == (2, "a mistake")
    assert admin.entity(item) == before
    assert comment(admin) == "a mistake"


@pytest.mark.parametrize(
    ("module", "form", "expected"),
    [
        ("delete", {}, "missingparam"),
        ("delete", {"title": "Item:Q1", "pageid": "1"}, "invalidparammix"),
        ("delete", {"title": "Item:Q999"}, "missingtitle"),
        ("delete", {"title": "Nonsense"}, "missingtitle"),
        ("delete", {"pageid": "999"}, "nosuchpageid"),
        ("undelete", {"title": "Item:Q1"}, "cantundelete"),
        ("undelete", {"title": "Nonsense"}, "cantundelete"),
        ("undelete", {}, "missingparam"),
    ],
)
def test_bad_deletions_are_refused(admin: Client, module: str, form: dict[str, str], expected: str):
    admin.item()
    assert code(admin.write(module, **form)) == expected


def test_a_deleted_redirect_is_restored_as_one(admin: Client):
    target, source = admin.item(), admin.item()
    redirect(admin, source, target)
    admin.write("delete", title=f"Item:{source}")
    admin.write("undelete", title=f"Item:{source}")
    assert admin.entity(source)["id"] == target
    admin.write("delete", title=f"Item:{target}")
    assert admin.entity(source) == {"id": source, "missing": ""}
