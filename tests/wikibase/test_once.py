"""Writes that happen once, whatever the wiki does; every fault on the embedded wiki."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from commarchive.errors import (
    AmbiguousError,
    WikiOutcomeUnknownError,
    WikiRefusedError,
    WikiUnavailableError,
)
from commarchive.model.entity import Entity
from commarchive.sandbox.faults import Fault, FaultKind
from commarchive.wikibase.edit import Written, marked, marker_of, new_marker
from commarchive.wikibase.once import Intent, Writer

from .embedded import ACCOUNT, PASSWORD, labelled, sign_in
from .scripted import TOKEN, ScriptedTransport, answer


class MemoryJournal:
    """Keeps intents in memory, and everything that was noted in its order."""

    def __init__(self) -> None:
        self.open: dict[str, Intent] = {}
        self.happened: dict[str, Written] = {}
        self.dropped: list[str] = []

    def pending(self):
        return list(self.open.values())

    def begin(self, intents):
        self.open |= {intent.key: intent for intent in intents}

    def done(self, written):
        self.happened |= written
        for key in written:
            del self.open[key]

    def drop(self, keys):
        for key in keys:
            self.dropped.append(key)
            self.open.pop(key, None)


@pytest.fixture
def journal():
    return MemoryJournal()


@pytest.fixture
def writer(editor, journal):
    return Writer(editor, journal)


def creating(editor, name):
    return lambda marker: editor.create("item", labelled(en=name), "a test", marker)


def labels(editor):
    ids = sorted(editor.client.entity_ids("item"))
    return [entity.labels["en"] for entity in editor.client.entities(ids).values()]


def test_a_write_is_noted_before_and_after(writer, journal, editor):
    def send(marker):
        assert [(i.key, i.marker) for i in journal.open.values()] == [("row/1", marker)]
        return editor.create("item", labelled(en="one"), "a test", marker)

    assert writer.write("row/1", send) == Written("Q1", 1)
    assert journal.happened == {"row/1": Written("Q1", 1)}
    assert journal.open == {}


AFTER = [FaultKind.UNAVAILABLE_AFTER_COMMIT, FaultKind.SILENT_AFTER_COMMIT]
BEFORE = [FaultKind.UNAVAILABLE, FaultKind.SILENT]


@pytest.mark.parametrize("kind", AFTER)
def test_a_write_whose_answer_is_lost_is_found_and_not_repeated(kind, wiki, writer, journal, editor):
    wiki.faults.add(Fault(kind, "wbeditentity"))
    assert writer.write("row/1", creating(editor, "one")) == Written("Q1", 1)
    assert labels(editor) == ["one"]


@pytest.mark.parametrize("kind", BEFORE)
def test_a_write_that_never_arrived_is_sent_once_more(kind, wiki, writer, editor):
    wiki.faults.add(Fault(kind, "wbeditentity"))
    assert writer.write("row/1", creating(editor, "one")) == Written("Q1", 1)
    assert labels(editor) == ["one"]


def test_a_write_that_never_arrives_twice_stays_in_doubt(wiki, writer, journal, editor):
    wiki.faults.add(Fault(FaultKind.SILENT, "wbeditentity", times=2))
    with pytest.raises(WikiOutcomeUnknownError):
        writer.write_all({"a": creating(editor, "one"), "b": creating(editor, "two")})
    assert list(journal.open) == ["a"]
    assert journal.dropped == ["b"]
    assert writer.recover() == {}
    assert journal.open == {}
    assert labels(editor) == []


def test_a_wiki_that_cannot_be_looked_into_leaves_the_doubt(wiki, writer, journal, editor):
    editor.now()
    unreachable = Fault(FaultKind.UNAVAILABLE, "query", times=99, skip=1)
    wiki.faults.add(Fault(FaultKind.SILENT_AFTER_COMMIT, "wbeditentity"), unreachable)
    with pytest.raises(WikiOutcomeUnknownError):
        writer.write("a", creating(editor, "one"))
    assert list(journal.open) == ["a"]
    wiki.faults.clear()
    assert writer.recover() == {"a": Written("Q1", 1)}
    assert labels(editor) == ["one"]


@pytest.mark.parametrize(
    "kind",
    [FaultKind.MAXLAG, FaultKind.RATE_LIMITED, FaultKind.READ_ONLY, FaultKind.TOO_MANY_REQUESTS, FaultKind.BAD_TOKEN],
)
def test_a_wiki_that_says_later_is_waited_for(kind, wiki, writer, editor):
    writer.write("first", creating(editor, "zero"))
    wiki.faults.add(Fault(kind, "wbeditentity"))
    assert writer.write("a", creating(editor, "one")) == Written("Q2", 2)


def test_a_lost_session_is_opened_anew(wiki, writer, editor):
    writer.write("first", creating(editor, "zero"))
    wiki.faults.add(Fault(FaultKind.SESSION_LOST, "wbeditentity"))
    assert writer.write("a", creating(editor, "one")) == Written("Q2", 2)


def test_a_wiki_that_only_says_later_ends_the_batch_without_doubt(wiki, writer, journal, editor):
    wiki.faults.add(Fault(FaultKind.READ_ONLY, "wbeditentity", times=99, skip=1))
    with pytest.raises(WikiUnavailableError):
        writer.write_all({key: creating(editor, key) for key in "abc"})
    assert list(journal.happened) == ["a"]
    assert journal.open == {}
    assert labels(editor) == ["a"]


def test_what_one_write_is_refused_for_does_not_stop_the_others(writer, journal, editor):
    def bad(marker):
        return editor.create("item", {"labels": {"xx-nope": {"language": "xx-nope", "value": "v"}}}, "", marker)

    outcomes = writer.write_all({"a": creating(editor, "one"), "b": bad, "c": creating(editor, "three")})
    assert outcomes["a"] == Written("Q1", 1)
    assert isinstance(outcomes["b"], WikiRefusedError)
    assert outcomes["b"].code == "not-recognized-language"
    assert isinstance(outcomes["c"], Written)
    assert journal.dropped == ["b"]
    with pytest.raises(WikiRefusedError):
        writer.write("b", bad)


@pytest.mark.parametrize("kind", [FaultKind.BLOCK, FaultKind.ABUSE_FILTER])
def test_what_the_account_is_refused_for_stops_the_batch(kind, wiki, writer, journal, editor):
    wiki.faults.add(Fault(kind, "wbeditentity", skip=1))
    with pytest.raises(WikiRefusedError):
        writer.write_all({key: creating(editor, key) for key in "abcd"})
    assert list(journal.happened) == ["a"]
    assert sorted(journal.dropped) == ["b", "c", "d"]
    assert labels(editor) == ["a"]


def test_an_interrupted_batch_keeps_what_is_in_doubt(writer, journal, editor):
    def interrupted(marker):
        editor.create("item", labelled(en="two"), "", marker)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writer.write_all({"a": creating(editor, "one"), "b": interrupted, "c": creating(editor, "three")})
    assert list(journal.open) == ["b"]
    assert writer.recover() == {"b": Written("Q2", 2)}


def test_a_new_process_finds_what_the_old_one_did(wiki, writer, journal, editor):
    intents = [Intent(key, new_marker(), editor.now()) for key in "abc"]
    journal.begin(intents)
    editor.create("item", labelled(en="one"), "", intents[0].marker)
    editor.create("item", labelled(en="three"), "", intents[2].marker)
    happened = Writer(sign_in(wiki), journal).recover()
    assert happened == {"a": Written("Q1", 1), "c": Written("Q2", 2)}
    assert journal.dropped == ["b"]


def test_an_unforeseen_error_leaves_nothing_unnoted(writer, journal, editor):
    def broken(_marker):
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        writer.write_all({"a": creating(editor, "one"), "b": broken, "c": creating(editor, "three")})
    assert (list(journal.happened), list(journal.open)) == (["a"], ["b"])


def test_others_cannot_forge_a_marker(editor, colleague):
    marker = new_marker()
    colleague.create("item", labelled(en="one"), marked("mine", marker), "0" * 16)
    assert editor.find(marker, datetime.now(UTC) - timedelta(hours=1)) is None


def test_a_hidden_summary_makes_a_missing_marker_a_persons_business(wiki, editor):
    marker = new_marker()
    editor.create("item", labelled(en="one"), "", marker)
    editor.edit("Q1", labelled(en="two"), "", marker=new_marker())
    since = editor.now()
    wiki.hide_revision(1, text=False, comment=True)
    with pytest.raises(AmbiguousError, match="hidden"):
        editor.find(marker, since)


def test_looking_for_nothing_asks_nothing(wiki, editor):
    wiki.faults.add(Fault(FaultKind.UNAVAILABLE, times=99))
    assert editor.find_all([], datetime.now(UTC)) == {}


def test_edits_carry_base_and_bot_and_change_only_what_they_name(editor, colleague):
    first = editor.create("item", labelled(en="one", fi="yksi"), "", new_marker())
    colleague.edit(first.id, labelled(fi="toinen"), "", marker=new_marker())
    editor.edit(first.id, labelled(en="two"), "", marker=new_marker(), base_revision=first.revision)
    # Wikibase answers with the edit on its base; what it saved is patched into the newest revision.
    now = editor.client.entities([first.id])[first.id]
    assert isinstance(now, Entity)
    assert now.labels == {"en": "two", "fi": "toinen"}
    last = list(editor.client.recent_changes())[-1]
    assert last.user == ACCOUNT
    assert PASSWORD not in last.comment


def test_an_answer_without_an_entity_is_in_doubt():
    from commarchive.wikibase.api import ActionApi
    from commarchive.wikibase.edit import WikiEditor

    editor = WikiEditor(ActionApi(ScriptedTransport(TOKEN, answer({"success": 1}))))
    with pytest.raises(WikiOutcomeUnknownError, match="no entity"):
        editor.create("item", {}, "", new_marker())


def test_the_wikis_clock_is_asked_once(editor, wiki):
    first = editor.now()
    wiki.faults.add(Fault(FaultKind.UNAVAILABLE, times=99))
    assert timedelta(0) <= editor.now() - first < timedelta(seconds=5)


def test_markers_are_read_from_summaries_as_the_wiki_keeps_them():
    assert marker_of("/* wbeditentity-create-item:0| */ ingest [ca:0123456789abcdef]") == "0123456789abcdef"
    assert marker_of(marked("", "f" * 16)) == "f" * 16
    assert marker_of("/* wbeditentity-update:0| */ no marker [ca:xyz]") is None
