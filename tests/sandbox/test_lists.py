from __future__ import annotations

from typing import Any

import pytest

from commarchive.errors import NotFoundError, RefusedError
from commarchive.sandbox import Wiki
from tests.sandbox.client import Client, Clock, code, statement, terms


def listed(client: Client, name: str, **form: Any) -> list[Any]:
    rows: list[Any] = client.call(action="query", list=name, **form)["query"][name]
    return rows


def every(client: Client, name: str, prefix: str, **form: Any) -> list[Any]:
    """All rows of a list, by its continuations."""
    rows: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        answer = client.call(action="query", list=name, **form, **more)
        rows += answer["query"][name]
        if "continue" not in answer:
            return rows
        more = answer["continue"]
        assert f"{prefix}continue" in more


@pytest.mark.parametrize("direction", ["newer", "older"])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_recent_changes_are_read_whole_and_in_order_by_their_continuations(
    admin: Client, clock: Clock, direction: str, limit: int
):
    for number in range(7):
        admin.item(labels=terms(en=f"item {number}"))
        if number % 3 == 0:
            clock.forward(1)
    rows = every(admin, "recentchanges", "rc", rcprop="ids|timestamp", rclimit=limit, rcdir=direction)
    assert sorted(row["rcid"] for row in rows) == list(range(1, 8))
    keys = [(row["timestamp"], row["rcid"]) for row in rows]
    assert keys == sorted(keys, reverse=direction == "older")


def test_recent_changes_are_bounded_by_time_in_the_lists_direction(admin: Client, clock: Clock):
    stamps = []
    for _ in range(4):
        admin.item()
        stamps.append(clock.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        clock.forward(10)

    def titles(**form: str) -> list[str]:
        return [row["title"] for row in listed(admin, "recentchanges", **form)]

    assert titles(rcdir="newer", rcstart=stamps[1], rcend=stamps[2]) == ["Item:Q2", "Item:Q3"]
    assert titles(rcdir="older", rcstart=stamps[2], rcend=stamps[1]) == ["Item:Q3", "Item:Q2"]
    assert titles(rcdir="newer", rcstart="20260101120030") == ["Item:Q4"]
    assert titles(rcdir="newer", rcstart=str(int(clock.now.timestamp()) - 10)) == ["Item:Q4"]


def test_recent_changes_are_chosen_by_namespace_type_user_title_and_bot(admin: Client, service: Client):
    prop = admin.property()
    item = admin.item()
    service.edit({"labels": terms(en="x")}, id=item, bot="")
    admin.write("delete", title=f"Property:{prop}")

    def types(**form: str) -> list[str]:
        return [row["type"] for row in listed(admin, "recentchanges", rcdir="newer", **form)]

    assert types() == ["new", "edit", "log"]
    assert types(rcnamespace="120") == ["new", "edit"]
    assert types(rcnamespace="122|0") == ["log"]
    assert types(rcnamespace="0") == []
    assert types(rctype="new|log") == ["new", "log"]
    assert types(rcuser="Service") == ["edit"]
    assert types(rcexcludeuser="Service") == ["new", "log"]
    assert types(rctitle=f"Item:{item}") == ["new", "edit"]
    assert types(rctitle="Nonsense") == []
    assert types(rcshow="bot") == ["edit"]
    assert types(rcshow="!bot") == ["new", "log"]
    assert code(admin.call(action="query", list="recentchanges", rcnamespace="x")) == "badvalue"


def test_a_deletion_takes_the_pages_edits_from_recent_changes_and_shows_itself(admin: Client):
    item = admin.item()
    answer = admin.write("delete", title=f"Item:{item}", reason="why")
    (row,) = listed(admin, "recentchanges", rcprop="title|ids|loginfo|comment")
    assert row["title"] == f"Item:{item}"
    assert (row["pageid"], row["revid"], row["comment"]) == (0, 0, "why")
    assert (row["logid"], row["logtype"], row["logaction"]) == (answer["delete"]["logid"], "delete", "delete")
    admin.write("undelete", title=f"Item:{item}")
    actions = [row.get("logaction") for row in listed(admin, "recentchanges", rcprop="loginfo")]
    assert actions == ["restore", "delete"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"list": "recentchanges", "rccontinue": "x"}, "badcontinue"),
        ({"list": "recentchanges", "rcstart": "yesterday"}, "badtimestamp"),
        ({"list": "recentchanges", "rcstart": "2026-13-45T00:00:00Z"}, "badtimestamp"),
        ({"list": "recentchanges", "rclimit": "many"}, "badinteger"),
        ({"list": "recentchanges", "rcdir": "sideways"}, "badvalue"),
        ({"list": "usercontribs"}, "missingparam"),
        ({"generator": "allpages"}, "badvalue"),
        ({"titles": "Item:Q1", "revids": "1"}, "invalidparammix"),
        ({"revids": "x"}, "badinteger"),
    ],
)
def test_bad_queries_are_refused(admin: Client, form: dict[str, str], expected: str):
    assert code(admin.call(action="query", **form)) == expected


def test_a_limit_that_is_too_high_is_lowered_with_a_warning(custodian: Client, service: Client):
    answer = custodian.call(action="query", list="recentchanges", rclimit=5000)
    assert "between 1 and 500" in answer["warnings"]["recentchanges"]["*"]
    assert "warnings" not in service.call(action="query", list="recentchanges", rclimit=5000)
    assert "warnings" not in custodian.call(action="query", list="recentchanges", rclimit="max")


def test_unknown_submodules_are_left_aside_with_a_warning(admin: Client):
    answer = admin.call(action="query", list="recentchanges|banana", meta="userinfo")
    assert set(answer["query"]) == {"recentchanges", "userinfo"}
    assert answer["warnings"]["query"]["*"] == 'Unrecognized value for parameter "list": banana.'


def test_suppressions_show_only_in_the_log_of_those_who_may_see_it(wiki: Wiki, admin: Client, custodian: Client):
    item = admin.item(labels=terms(en="secret"))
    wiki.delete(item, suppress=True, reason="oversight")
    assert listed(admin, "recentchanges") == []
    assert listed(custodian, "logevents") == []
    assert listed(custodian, "logevents", letype="suppress") == []
    (row,) = listed(admin, "logevents", letype="suppress")
    assert (row["action"], row["comment"]) == ("delete", "oversight")
    assert admin.entity(item) == {"id": item, "missing": ""}


def test_logs_are_chosen_by_type_action_title_user_and_time(wiki: Wiki, admin: Client, clock: Clock):
    first, second = admin.item(), admin.item()
    admin.write("delete", title=f"Item:{first}")
    clock.forward(10)
    admin.write("undelete", title=f"Item:{first}")
    wiki.delete(second)

    def actions(**form: str) -> list[tuple[str, str]]:
        return [(row["action"], row["title"]) for row in listed(admin, "logevents", **form)]

    assert actions(ledir="newer") == [
        ("delete", f"Item:{first}"),
        ("restore", f"Item:{first}"),
        ("delete", f"Item:{second}"),
    ]
    assert actions(leaction="delete/restore") == [("restore", f"Item:{first}")]
    assert actions(letitle=f"Item:{second}") == [("delete", f"Item:{second}")]
    assert actions(leuser="Admin", ledir="newer", lelimit="1") == [("delete", f"Item:{first}")]
    assert len(actions(lestart="2026-01-01T12:00:05Z", ledir="newer")) == 2
    rows = every(admin, "logevents", "le", lelimit=1)
    assert [row["logid"] for row in rows] == [3, 2, 1]
    assert [row["pageid"] for row in rows] == [0, 1, 1]
    assert rows[1]["params"] == {"count": {"revisions": 1, "files": 0}}


def test_all_pages_go_by_title_and_by_namespace(admin: Client):
    prop = admin.property()
    items = [admin.item() for _ in range(11)]
    admin.write("wbcreateredirect", **{"from": items[0], "to": items[1]})
    admin.write("delete", title=f"Item:{items[2]}")
    titles = [row["title"] for row in every(admin, "allpages", "ap", apnamespace=120, aplimit=3)]
    assert titles == sorted(f"Item:{item}" for item in items if item != items[2])
    assert [row["title"] for row in listed(admin, "allpages", apnamespace=122)] == [f"Property:{prop}"]
    assert listed(admin, "allpages") == []
    redirects = listed(admin, "allpages", apnamespace=120, apfilterredir="redirects")
    assert [row["title"] for row in redirects] == [f"Item:{items[0]}"]
    assert len(listed(admin, "allpages", apnamespace=120, apfilterredir="nonredirects", aplimit=50)) == 9
    assert [row["title"] for row in listed(admin, "allpages", apnamespace=120, apfrom="Q7", apto="Q8")] == [
        "Item:Q7",
        "Item:Q8",
    ]
    downward = listed(admin, "allpages", apnamespace=120, apprefix="Q1", apdir="descending")
    assert [row["title"] for row in downward] == ["Item:Q11", "Item:Q10", "Item:Q1"]


def test_contributions_are_an_accounts_edits(admin: Client, service: Client):
    item = admin.item()
    service.edit({"labels": terms(en="x")}, id=item)
    service.edit({"labels": terms(en="y")}, id=item)
    gone = service.item()
    admin.write("delete", title=f"Item:{gone}")
    rows = every(admin, "usercontribs", "uc", ucuser="Service", uclimit=1, ucprop="ids|title|comment|timestamp|flags")
    assert [row["revid"] for row in rows] == [3, 2]
    assert "top" in rows[0]
    assert "top" not in rows[1]
    assert {row["title"] for row in rows} == {f"Item:{item}"}
    oldest = listed(admin, "usercontribs", ucuser="Admin|Service", ucdir="newer", ucnamespace="120")
    assert [row["user"] for row in oldest] == ["Admin", "Service", "Service"]
    assert listed(admin, "usercontribs", ucuser="Nobody") == []


def test_counts_of_the_wiki_and_of_edits(admin: Client):
    admin.item()
    counts = admin.call(action="query", meta="siteinfo", siprop="statistics")["query"]["statistics"]
    assert counts == {"pages": 1, "articles": 1, "edits": 1, "users": 4}
    info = admin.call(action="query", meta="userinfo", uiprop="editcount|registrationdate")["query"]["userinfo"]
    assert (info["editcount"], info["registrationdate"]) == (1, "2026-01-01T12:00:00Z")


def test_the_wiki_says_what_it_is(admin: Client):
    general = admin.call(action="query", meta="siteinfo")["query"]["general"]
    assert "embedded wiki, for trying and testing" in general["generator"]
    assert general["wikibase-conceptbaseuri"] == "http://embedded.invalid/entity/"


def pages(client: Client, **form: Any) -> list[Any]:
    found: list[Any] = client.call(action="query", formatversion=2, **form)["query"]["pages"]
    return found


@pytest.fixture
def history(admin: Client) -> str:
    item = admin.item(labels=terms(en="v0"))
    for number in range(1, 6):
        admin.edit({"labels": terms(en=f"v{number}")}, id=item)
    return item


def revisions(client: Client, item: str, **form: Any) -> list[int]:
    (page,) = pages(client, prop="revisions", titles=f"Item:{item}", rvprop="ids", **form)
    return [row["revid"] for row in page.get("revisions", [])]


def test_revisions_are_listed_both_ways_between_bounds_and_by_user(admin: Client, history: str):
    assert revisions(admin, history) == [6]
    assert revisions(admin, history, rvlimit="max") == [6, 5, 4, 3, 2, 1]
    assert revisions(admin, history, rvdir="newer", rvlimit=2) == [1, 2]
    assert revisions(admin, history, rvdir="newer", rvstartid=3, rvendid=5) == [3, 4, 5]
    assert revisions(admin, history, rvstartid=4, rvendid=3) == [4, 3]
    assert revisions(admin, history, rvuser="Admin", rvlimit=2) == [6, 5]
    assert revisions(admin, history, rvexcludeuser="Admin", rvlimit=2) == []
    assert revisions(admin, history, rvstart="2025-01-01T00:00:00Z") == []


def test_revisions_are_read_whole_by_their_continuations(admin: Client, history: str):
    found: list[int] = []
    more: dict[str, str] = {}
    while True:
        answer = admin.call(
            action="query", prop="revisions", titles=f"Item:{history}", rvprop="ids", rvlimit=4, rvdir="newer", **more
        )
        (page,) = answer["query"]["pages"].values()
        found += [row["revid"] for row in page["revisions"]]
        if "continue" not in answer:
            break
        assert "batchcomplete" not in answer
        more = answer["continue"]
    assert found == [1, 2, 3, 4, 5, 6]


def test_a_revisions_content_is_as_wikibase_keeps_it(admin: Client):
    prop = admin.property()
    part = {"snaktype": "value", "property": prop, "datavalue": {"type": "string", "value": "q"}}
    item = admin.item(claims=[statement(prop, "x", qualifiers=[part], references=[{"snaks": [part]}])])
    (page,) = pages(admin, prop="revisions", titles=f"Item:{item}", rvprop="content|sha1|size", rvslots="main")
    slot = page["revisions"][0]["slots"]["main"]
    assert slot["contentmodel"] == "wikibase-item"
    assert '"datatype"' not in slot["content"]
    assert '"labels":[]' in slot["content"]
    assert page["revisions"][0]["size"] == len(slot["content"])
    (page,) = pages(admin, prop="revisions", titles=f"Property:{prop}", rvprop="content", rvslots="*")
    assert '"datatype":"string"' in page["revisions"][0]["slots"]["main"]["content"]


def test_revisions_are_found_by_their_own_ids(admin: Client, history: str):
    other = admin.item()
    answer = admin.call(action="query", prop="revisions", revids="2|1|7|99", rvprop="ids|content", rvslots="main")
    first, second = answer["query"]["pages"].values()
    assert [row["revid"] for row in first["revisions"]] == [1, 2]
    assert '"v0"' in first["revisions"][0]["slots"]["main"]["*"]
    assert second["title"] == f"Item:{other}"
    assert answer["query"]["badrevids"] == {"99": {"revid": 99, "missing": ""}}


def test_pages_are_found_by_title_and_id_and_missing_ones_say_so(admin: Client):
    item = admin.item()
    found = pages(admin, titles=f"item:{item.lower()}|Item:Q99|Nonsense|Property:Q1", prop="info")
    assert [("missing" in row, row["title"]) for row in found] == [
        (False, f"Item:{item}"),
        (True, "Item:Q99"),
        (True, "Nonsense"),
        (True, "Property:Q1"),
    ]
    found = pages(admin, pageids="1|99", prop="info", inprop="url")
    assert found[0]["fullurl"].endswith(f"/wiki/Item:{item}")
    assert found[1] == {"pageid": 99, "missing": True}


def test_redirects_are_told_from_what_is_missing(admin: Client):
    target, source = admin.item(), admin.item()
    admin.write("wbcreateredirect", **{"from": source, "to": target})
    (page,) = pages(admin, titles=f"Item:{source}", prop="info|revisions", rvprop="content", rvslots="main")
    assert page["redirect"] is True
    assert page["revisions"][0]["slots"]["main"]["content"] == f'{{"entity":"{source}","redirect":"{target}"}}'
    answer = admin.call(action="query", titles=f"Item:{source}", prop="info", redirects="", formatversion=2)
    assert answer["query"]["redirects"] == [{"from": f"Item:{source}", "to": f"Item:{target}"}]
    assert answer["query"]["pages"][0]["title"] == f"Item:{target}"
    changes = listed(admin, "recentchanges", rcprop="title|redirect")
    assert (changes[0]["title"], "redirect" in changes[0]) == (f"Item:{source}", True)


def test_a_choice_of_revisions_goes_with_one_page_only(admin: Client):
    admin.item()
    admin.item()
    for form in ({"titles": "Item:Q1|Item:Q2", "rvlimit": "1"}, {"revids": "1", "rvdir": "newer"}):
        assert code(admin.call(action="query", prop="revisions", **form)) == "invalidparammix"


def test_what_is_hidden_in_a_revision_is_hidden_everywhere(wiki: Wiki, admin: Client, custodian: Client, history: str):
    wiki.hide_revision(2, comment=True, user=True, reason="a name in it")
    for client in (admin, custodian):
        (page,) = pages(
            client, prop="revisions", revids="2", rvprop="ids|user|userid|comment|content|sha1", rvslots="main"
        )
        row = page["revisions"][0]
        assert row["userhidden"]
        assert row["commenthidden"]
        assert row["sha1hidden"]
        assert row["slots"]["main"]["texthidden"]
        assert {"user", "userid", "comment", "sha1", "suppressed"} & set(row) == set()
        assert "content" not in row["slots"]["main"]
        change = next(row for row in listed(client, "recentchanges", rcprop="ids|user|comment") if row["revid"] == 2)
        assert "userhidden" in change
        assert "commenthidden" in change
        mine = listed(client, "usercontribs", ucuser="Admin", ucprop="ids")
        assert 2 not in [row["revid"] for row in mine]
    (row,) = listed(admin, "logevents")
    assert (row["type"], row["action"]) == ("delete", "revision")
    assert row["params"]["ids"] == [2]


def test_a_suppressed_revision_says_that_it_is(wiki: Wiki, admin: Client, custodian: Client, history: str):
    wiki.hide_revision(2, suppress=True)
    (page,) = pages(custodian, prop="revisions", revids="2", rvprop="content", rvslots="main")
    assert page["revisions"][0]["suppressed"] is True
    assert listed(custodian, "logevents") == []
    assert [row["type"] for row in listed(admin, "logevents")] == ["suppress"]
    wiki.hide_revision(2, text=False)
    (page,) = pages(custodian, prop="revisions", revids="2", rvprop="content", rvslots="main")
    assert '"v1"' in page["revisions"][0]["slots"]["main"]["content"]


def test_hiding_names_what_cannot_be_hidden(wiki: Wiki, history: str):
    with pytest.raises(NotFoundError, match="999"):
        wiki.hide_revision(999)
    with pytest.raises(RefusedError, match="newest"):
        wiki.hide_revision(6)
    with pytest.raises(NotFoundError, match="Q999"):
        wiki.delete("Q999")
