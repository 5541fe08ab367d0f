"""Unfiltered reads, on the embedded wiki and on answers as recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from commarchive.errors import WikiRefusedError
from commarchive.model.entity import Entity
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import WikiAccount
from commarchive.wikibase.client import Redirect, WikiClient
from commarchive.wikibase.edit import new_marker

from .embedded import ACCOUNT, OTHER, labelled
from .scripted import ScriptedTransport, answer, error, sent

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(editor):
    return editor.client


@pytest.fixture
def three(editor):
    """Three items; the second is merged into the first, the third is deleted by somebody else later."""
    return [editor.create("item", labelled(en=name), "", new_marker()).id for name in ("one", "two", "three")]


def test_a_site_tells_its_time_and_namespaces(client, three):
    site = client.site()
    assert site.namespaces == {"item": (120, "Item"), "property": (122, "Property")}
    assert abs(site.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert site.revision == 3
    assert site.concept_base.endswith("/entity/")


def test_entities_come_by_the_ids_asked_for(client, editor, colleague, three):
    one, two, gone = three
    editor.merge(two, one, "", new_marker())
    colleague.delete(gone, "a test")
    found = client.entities([one, two, gone, "Q999", one])
    assert list(found) == [one, two, gone, "Q999"]
    first = found[one]
    assert isinstance(first, Entity)
    assert first.labels == {"en": "one"}
    assert found[two] == Redirect(two, first)
    assert found[gone] is None
    assert found["Q999"] is None


def test_more_entities_than_fit_one_request_are_read_in_portions(client, editor):
    ids = [editor.create("item", labelled(en=f"item {n}"), "", new_marker()).id for n in range(120)]
    assert set(client.entities(ids)) == set(ids)
    assert set(client.entity_ids("item")) == set(ids)
    assert list(client.entity_ids("property")) == []


def test_revisions_come_oldest_first_with_their_content(client, editor, three):
    one = three[0]
    for n in range(60):
        editor.edit(one, labelled(en=f"name {n}"), f"change {n}", marker=new_marker())
    revisions = list(client.revisions(one))
    assert [r.id for r in revisions] == sorted(r.id for r in revisions)
    assert len(revisions) == 61
    assert [r.entity.labels["en"] for r in revisions if r.entity] == ["one", *(f"name {n}" for n in range(60))]
    assert [r.parent for r in revisions[1:]] == [r.id for r in revisions[:-1]]
    assert revisions[5].user == ACCOUNT
    assert "change 4" in revisions[5].comment
    assert revisions[5].entity is not None
    assert revisions[5].entity.revision == revisions[5].id
    later = list(client.revisions(one, after=revisions[-3].id))
    assert [r.id for r in later] == [r.id for r in revisions[-2:]]
    assert list(client.revisions(one, after=revisions[-1].id)) == []


def test_a_revision_to_start_at_that_is_gone_means_reading_all(client, editor, three):
    editor.edit(three[0], labelled(en="new"), "", marker=new_marker())
    assert [r.id for r in client.revisions(three[0], after=2)] == [4]
    first = {"revid": 4, "parentid": 1, "timestamp": "2026-11-23T05:20:25Z", "slots": {"main": {"texthidden": ""}}}
    pages = {"331": {"pageid": 331, "ns": 120, "title": "Item:Q1", "revisions": [first]}}
    scripted = ScriptedTransport(SITE, error("nosuchrevid"), answer({"batchcomplete": "", "query": {"pages": pages}}))
    assert [r.id for r in WikiClient(ActionApi(scripted)).revisions("Q1", after=3)] == [4]
    assert "rvstartid" in sent(scripted.requests[1])
    assert "rvstartid" not in sent(scripted.requests[2])


def test_a_refusal_to_read_revisions_is_passed_on():
    scripted = ScriptedTransport(SITE, error("readapidenied"), error("readapidenied"))
    with pytest.raises(WikiRefusedError):
        list(WikiClient(ActionApi(scripted)).revisions("Q1", after=3))


def test_a_redirect_and_a_hidden_text_are_told(client, editor, colleague, wiki, three):
    one, two, _ = three
    editor.edit(one, labelled(en="secret"), "", marker=new_marker())
    editor.edit(one, labelled(en="plain"), "", marker=new_marker())
    wiki.hide_revision(4)
    editor.merge(two, one, "", new_marker())
    last = list(client.revisions(two))[-1]
    assert (last.entity, last.redirect_to, last.hidden) == (None, one, False)
    hidden = next(r for r in client.revisions(one) if r.id == 4)
    assert (hidden.entity, hidden.redirect_to, hidden.hidden) == (None, None, True)


def test_a_deleted_entity_has_no_revisions(client, colleague, three):
    colleague.delete(three[2], "a test")
    assert list(client.revisions(three[2])) == []


def test_recent_changes_come_oldest_first_with_edits_and_logs(client, editor, colleague, three):
    editor.edit(three[0], labelled(fi="yksi"), "words", marker=new_marker())
    colleague.delete(three[2], "a reason")
    changes = list(client.recent_changes())
    assert [c.rcid for c in changes] == sorted(c.rcid for c in changes)
    assert [(c.type, c.entity_id) for c in changes] == [
        ("new", "Q1"),
        ("new", "Q2"),
        # A deleted page's edits leave MediaWiki's recent changes; only the deletion stays.
        ("edit", "Q1"),
        ("log", "Q3"),
    ]
    edit, log = changes[2], changes[3]
    assert (edit.revision, edit.old_revision, edit.user) == (4, 1, ACCOUNT)
    assert "words" in edit.comment
    assert (log.log_type, log.log_action, log.user) == ("delete", "delete", OTHER)
    # As on MediaWiki, what was done to a page that is deleted now is no recent change any more.
    assert list(client.recent_changes(since=datetime.now(UTC) + timedelta(days=1))) == []


def test_recent_changes_are_followed_through_their_portions(client, editor):
    rows = [
        {"type": "edit", "ns": 120, "title": f"Item:Q{n}", "revid": n, "old_revid": 0, "rcid": n,
         "timestamp": "2026-11-23T05:20:25Z"}
        for n in (1, 2)
    ]  # fmt: skip
    more = {"continue": {"rccontinue": "20261123052025|652", "continue": "-||"}}
    scripted = ScriptedTransport(
        SITE, answer({**more, "query": {"recentchanges": rows[:1]}}), answer({"query": {"recentchanges": rows[1:]}})
    )
    changes = list(WikiClient(ActionApi(scripted)).recent_changes(since=LONG_AGO))
    assert [c.entity_id for c in changes] == ["Q1", "Q2"]
    assert sent(scripted.requests[1])["rcstart"] == "2000-01-01T00:00:00Z"
    assert sent(scripted.requests[1])["rcnamespace"] == "120|122"
    assert sent(scripted.requests[2])["rccontinue"] == "20261123052025|652"


def test_a_change_of_which_the_wiki_hides_the_page_has_no_entity():
    row = {"type": "log", "rcid": 9, "actionhidden": "", "timestamp": "2026-11-23T05:20:25Z"}
    scripted = ScriptedTransport(SITE, answer({"query": {"recentchanges": [row]}}))
    (change,) = WikiClient(ActionApi(scripted)).recent_changes()
    assert (change.entity_id, change.title, change.user) == (None, "", "")


def test_logs_tell_deletions(client, colleague, three):
    colleague.delete(three[2], "a reason")
    (event,) = client.log_events("delete", since=LONG_AGO)
    assert (event.entity_id, event.action, event.user, event.comment) == ("Q3", "delete", OTHER, "a reason")


def test_accounts_are_told_with_groups_and_blocks(client, wiki):
    wiki.block(OTHER)
    found = client.accounts([ACCOUNT, OTHER, "Nobody"])
    first = found[ACCOUNT]
    assert isinstance(first, WikiAccount)
    assert {"custodian", "bot"} <= first.groups
    assert not first.blocked
    second = found[OTHER]
    assert isinstance(second, WikiAccount)
    assert second.blocked
    assert found["Nobody"] is None


def test_own_changes_leave_out_what_others_did(client, editor, colleague, three):
    colleague.edit(three[0], labelled(fi="yksi"), "", marker=new_marker())
    mine = list(client.my_changes(LONG_AGO))
    assert [c.entity_id for c in mine] == three


def test_nobody_has_no_own_changes():
    scripted = ScriptedTransport(answer({"query": {"userinfo": {"id": 0, "name": "127.0.0.1", "anon": ""}}}))
    with pytest.raises(WikiRefusedError, match="nobody is logged in"):
        WikiClient(ActionApi(scripted)).own_name()


def test_a_mediawiki_without_wikibase_is_refused():
    bare = answer({"query": {"general": GENERAL, "namespaces": {"0": {"id": 0, "*": ""}}, "recentchanges": []}})
    with pytest.raises(WikiRefusedError, match="no namespace for item and property"):
        WikiClient(ActionApi(ScriptedTransport(bare))).site()


def test_items_in_the_main_namespace_have_bare_titles():
    spaces = {
        "0": {"id": 0, "*": "", "defaultcontentmodel": "wikibase-item"},
        "120": {"id": 120, "canonical": "Property", "*": "Eigenschaft", "defaultcontentmodel": "wikibase-property"},
    }
    site = answer({"query": {"general": GENERAL, "namespaces": spaces, "recentchanges": []}})
    client = WikiClient(ActionApi(ScriptedTransport(site)))
    assert client.title("Q42") == "Q42"
    assert client.title("P31") == "Property:P31"


GENERAL = {
    "generator": "MediaWiki 1.43.9",
    "sitename": "Live Wikibase",
    "time": "2026-11-23T05:20:24Z",
    "wikibase-conceptbaseuri": "https://wiki.example/entity/",
}
SITE = answer(
    {
        "query": {
            "general": GENERAL,
            "namespaces": {
                "120": {"id": 120, "canonical": "Item", "*": "Item", "defaultcontentmodel": "wikibase-item"},
                "122": {
                    "id": 122,
                    "canonical": "Property",
                    "*": "Property",
                    "defaultcontentmodel": "wikibase-property",
                },
            },
            "recentchanges": [{"type": "new", "revid": 652}],
        }
    }
)
