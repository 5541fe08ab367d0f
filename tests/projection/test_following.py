"""Following a wiki through everything that happens to wikis."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from commarchive.errors import ClosedError
from commarchive.policy.standing import VISITOR
from commarchive.projection.cursor import OVERLAP
from tests.projection.conftest import Keeping
from tests.projection.contents import contents
from tests.projection.paper import CLASS, NOTE, TITLE, PaperWiki, item, link, prop, say, text

SONG = item("Q1", labels={"en": "Song"})


@pytest.fixture
def song(keeping: Keeping) -> Keeping:
    """An archive with one public record."""
    keeping.write_and_release(SONG)
    return keeping


def revisions_asked(keeping: Keeping) -> list[str]:
    asked = [each for each in keeping.wiki.asked if each.startswith("revisions")]
    keeping.wiki.asked.clear()
    return asked


def test_a_new_record_is_seen_after_the_next_round(song: Keeping) -> None:
    song.wiki.write(item("Q2", labels={"en": "Dance"}))
    assert not song.sees("Aino", "Q2")
    assert song.sync() == 1
    assert song.sees("Aino", "Q2")


def test_a_second_round_reads_nothing_again(song: Keeping) -> None:
    song.sync()
    before = contents(song.projection)
    revisions_asked(song)
    assert song.sync() == 0
    assert revisions_asked(song) == []
    assert contents(song.projection) == before


def test_only_new_revisions_are_read(song: Keeping) -> None:
    known = song.wiki.revision
    song.wiki.write(SONG, replace(SONG, labels={"en": "Songs"}))
    revisions_asked(song)
    song.sync()
    assert revisions_asked(song) == [f"revisions Q1 {known}"]


class TestADeletedRecord:
    @pytest.fixture(autouse=True)
    def deleted(self, song: Keeping) -> None:
        song.wiki.delete("Q1")
        song.sync()

    def test_is_gone(self, song: Keeping) -> None:
        assert not song.sees("Olli", "Q1")
        with song.seen_by("Olli") as view:
            assert view.search("song").total == view.items().total == 0

    def test_comes_back_as_it_was(self, song: Keeping) -> None:
        song.wiki.restore("Q1")
        song.sync()
        assert song.sees(None, "Q1")

    def test_comes_back_as_narrow_as_it_was(self, song: Keeping) -> None:
        song.wiki.restore("Q1")
        song.wiki.write(replace(SONG, statements=item("Q1", access="elders").statements))
        song.wiki.delete("Q1")
        song.sync()
        song.wiki.restore("Q1")
        song.wiki.write(SONG)
        song.sync()
        assert not song.sees(None, "Q1")
        assert song.sees("Vieno", "Q1")

    def test_is_dealt_with_once(self, song: Keeping) -> None:
        revisions_asked(song)
        song.sync()
        assert revisions_asked(song) == []


def test_a_record_whose_deletion_was_suppressed_is_gone(song: Keeping) -> None:
    song.wiki.delete("Q1", suppressed=True)
    song.sync()
    assert not song.sees("Olli", "Q1")


def test_a_record_deleted_and_made_again_between_two_rounds_keeps_its_restrictions(keeping: Keeping) -> None:
    keeping.wiki.write(item("Q1", access="elders", labels={"en": "Song"}))
    keeping.sync()
    keeping.release("Q1")
    keeping.wiki.delete("Q1")
    keeping.wiki.write(SONG)
    keeping.sync()
    assert not keeping.sees(None, "Q1")


def test_older_revisions_that_come_back_are_read(keeping: Keeping) -> None:
    keeping.wiki.write(item("Q1", access="elders", labels={"en": "Song"}), SONG)
    keeping.wiki.delete("Q1")
    keeping.wiki.restore("Q1", without=1)
    keeping.sync()
    keeping.release("Q1")
    assert keeping.sees(None, "Q1")
    # The revision that said `elders` is restored too; it was never seen before.
    gone = keeping.wiki.copy().pages["Q1"]
    keeping.wiki.delete("Q1")
    parent = replace(
        gone[0], id=1, entity=replace(item("Q1", access="singers"), revision=1, modified="2031-01-01T00:00:00Z")
    )
    keeping.wiki.deleted["Q1"] = [parent, *gone]
    keeping.wiki.restore("Q1")
    keeping.sync()
    remembered = keeping.register.releases.memory(["Q1"])["Q1"].restrictions
    assert ("entity", "singers", 1) in [(r.target, r.value, r.revision) for r in remembered]


class TestHiddenRevisions:
    def test_of_the_past_change_nothing_that_is_shown(self, song: Keeping) -> None:
        first = song.wiki.revision
        song.wiki.write(replace(SONG, labels={"en": "Song", "fi": "Laulu"}))
        song.sync()
        song.wiki.hide("Q1", first)
        song.sync()
        assert song.sees(None, "Q1")
        with song.seen_by(None) as view:
            shown = view.entity("Q1")
        assert shown is not None
        assert shown.entity.revision > first

    def test_that_are_the_newest_close_the_record(self, song: Keeping) -> None:
        song.wiki.write(replace(SONG, labels={"en": "Secret"}))
        song.wiki.hide("Q1", song.wiki.revision, suppressed=True)
        song.sync()
        assert not song.sees("Olli", "Q1")
        song.wiki.write(SONG)
        song.sync()
        assert song.sees(None, "Q1")

    def test_do_not_hide_what_they_restricted(self, song: Keeping) -> None:
        song.wiki.write(item("Q1", access="elders"))
        song.sync()
        song.wiki.hide("Q1", song.wiki.revision)
        song.wiki.write(SONG)
        song.sync()
        assert not song.sees(None, "Q1")


class TestTheThread:
    def test_is_lost_when_the_wiki_dropped_what_was_not_read(self, song: Keeping) -> None:
        song.wiki.pass_(timedelta(days=8))
        song.wiki.write(item("Q2"))
        assert song.projection.sync(song.wiki.client).rebuilt
        assert song.sees("Aino", "Q2")

    def test_is_lost_when_its_anchor_is_gone(self, song: Keeping) -> None:
        song.sync()
        song.wiki.changes.clear()
        song.wiki.write(item("Q2"))
        assert song.projection.sync(song.wiki.client).rebuilt

    def test_is_not_lost_when_the_anchor_was_deleted(self, song: Keeping) -> None:
        song.sync()
        song.wiki.delete("Q1")
        assert not song.projection.sync(song.wiki.client).rebuilt
        assert not song.sees("Olli", "Q1")

    def test_is_not_lost_in_a_quiet_archive(self, song: Keeping) -> None:
        # Nothing is edited for so long that the wiki has no recent changes left.
        for _ in range(40):
            song.wiki.pass_(timedelta(days=3))
            report = song.projection.sync(song.wiki.client)
            assert (report.rebuilt, report.entities) == (False, 0)
        song.wiki.write(item("Q2"))
        report = song.projection.sync(song.wiki.client)
        assert (report.rebuilt, report.entities) == (False, 1)

    def test_overlaps(self, song: Keeping) -> None:
        # A row that appears late, with a time before the last round.
        song.wiki.write(item("Q2", labels={"en": "Late"}))
        late = song.wiki.changes.pop()
        song.wiki.write(item("Q3"))
        song.sync()
        song.wiki.changes.append(late)
        song.sync()
        assert song.sees("Aino", "Q2")

    def test_tells_how_far_it_reaches(self, song: Keeping) -> None:
        song.sync()
        assert song.projection.synced_until() == song.wiki.now - OVERLAP

    def test_closes_while_it_is_taken_up_anew(self, song: Keeping) -> None:
        song.wiki.pass_(timedelta(days=8))
        song.wiki.write(item("Q2"))
        closed = []

        def progress(_done: int, _all: int) -> None:
            with pytest.raises(ClosedError, match="being read from its wiki"), song.projection.view(VISITOR):
                pass
            with song.seen_by("Olli"):
                closed.append(song.projection.synced_until())

        song.projection.sync(song.wiki.client, progress=progress)
        assert closed == [None]
        assert song.sees(None, "Q1")


class TestALogWhosePageIsHidden:
    def test_makes_everything_be_compared(self, song: Keeping) -> None:
        song.wiki.delete("Q1")
        song.wiki.changes[-1] = replace(song.wiki.changes[-1], entity_id=None, title="")
        song.sync()
        assert not song.sees("Olli", "Q1")


class TestAWikiThatWasSetBack:
    def test_takes_the_projection_with_it(self, song: Keeping) -> None:
        backup = song.wiki.copy()
        song.wiki.write(replace(SONG, labels={"en": "Newer"}), item("Q2"))
        song.sync()
        song.wiki = backup
        assert song.projection.sync(song.wiki.client).rebuilt
        assert not song.sees("Olli", "Q2")
        with song.seen_by("Olli") as view:
            assert view.search("newer").total == 0
            assert view.search("song").total == 1

    def test_and_went_on_elsewhere_is_read_again(self, song: Keeping) -> None:
        backup = song.wiki.copy()
        song.wiki.write(item("Q2", labels={"en": "Newer"}), item("Q3"), item("Q4"))
        song.sync()
        song.wiki = backup
        song.wiki.pass_(timedelta(minutes=1))
        song.wiki.write(item("Q2", labels={"en": "Other"}), replace(SONG, labels={"en": "Other"}), item("Q4"))
        song.wiki.write(item("Q4", labels={"en": "Fourth"}), item("Q4"), item("Q4", access="elders"))
        assert song.projection.sync(song.wiki.client).rebuilt
        with song.seen_by("Olli") as view:
            assert view.search("other").ids == ("Q1", "Q2")
            assert view.items().ids == ("Q1", "Q2", "Q4")

    def test_keeps_what_was_restricted_meanwhile(self, song: Keeping) -> None:
        backup = song.wiki.copy()
        song.wiki.write(item("Q1", access="elders", labels={"en": "Song"}))
        song.sync()
        song.wiki = backup
        song.sync()
        assert not song.sees(None, "Q1")

    def test_is_told_from_one_whose_newest_record_was_deleted(self, song: Keeping) -> None:
        song.wiki.write(item("Q2"))
        song.sync()
        song.wiki.delete("Q2")
        report = song.projection.sync(song.wiki.client)
        assert not report.rebuilt
        assert not song.sees("Olli", "Q2")


def test_another_wiki_is_read_from_the_beginning(song: Keeping) -> None:
    song.wiki = PaperWiki(name="Another", revision=5000).seed()
    song.wiki.write(item("Q2"))
    assert song.projection.sync(song.wiki.client).rebuilt
    with song.seen_by("Olli") as view:
        assert view.items().ids == ("Q2",)


def test_a_rebuild_that_was_broken_off_is_taken_up_where_it_was(song: Keeping) -> None:
    song.wiki.write(*(item(f"Q{n}", labels={"en": f"Number {n}"}) for n in range(2, 160)))

    class PowerCut(Exception):  # noqa: N818
        pass

    def cut(done: int, _all: int) -> None:
        if done >= 100:
            raise PowerCut

    with pytest.raises(PowerCut):
        song.projection.rebuild(song.wiki.client, progress=cut)
    with pytest.raises(ClosedError), song.seen_by(None):
        pass
    revisions_asked(song)
    assert song.projection.sync(song.wiki.client).rebuilt
    assert len(revisions_asked(song)) < 100
    assert song.sees(None, "Q1")
    with song.seen_by("Olli") as view:
        assert view.items().total == 159


def test_reconciling_takes_in_what_no_change_told_of(song: Keeping) -> None:
    song.wiki.write(item("Q2"), replace(SONG, labels={"en": "Silently"}))
    song.wiki.delete("P12")
    song.wiki.changes = [change for change in song.wiki.changes if change.timestamp < song.wiki.now - timedelta(days=1)]
    assert song.projection.reconcile(song.wiki.client) == 3
    with song.seen_by("Olli") as view:
        assert view.search("silently").ids == ("Q1",)
        assert view.entity("P12") is None
    assert song.projection.reconcile(song.wiki.client) == 0


def test_pages_that_are_no_entities_are_left_alone(song: Keeping) -> None:
    song.wiki.write(SONG)
    song.wiki.changes[-1] = replace(song.wiki.changes[-1], entity_id="Main Page")
    song.wiki.pages["Main Page"] = []
    song.sync()
    song.projection.reconcile(song.wiki.client)
    assert song.sees(None, "Q1")


def test_two_who_follow_at_once_get_where_one_would(song: Keeping) -> None:
    """One reads; before it writes the other reads and writes the same."""
    other = song.another()
    song.wiki.write(replace(SONG, labels={"en": "Newer"}), item("Q2", access="elders"), item("Q3"))
    song.wiki.delete("Q3")
    keep = song.projection._filler._keep

    def late(*args: object, **kwargs: object) -> None:
        other.sync()
        keep(*args, **kwargs)  # type: ignore[arg-type]

    song.projection._filler._keep = late  # type: ignore[method-assign]
    song.sync()
    if song.urls[1].startswith("sqlite"):
        single = song.another(projection=song.urls[1].replace("projection0", "single"))
        single.sync()
        assert contents(song.projection) == contents(single.projection)
    assert song.sees("Olli", "Q2")
    assert not song.sees("Olli", "Q3")


def test_datatypes_come_from_properties_however_late_they_are_written(keeping: Keeping) -> None:
    keeping.wiki.delete(TITLE)
    keeping.sync()
    keeping.wiki.write(item("Q1", say(text(TITLE, "x"), text(NOTE, "y"), refs=[[link(CLASS, "Q1")]])))
    keeping.sync()
    with keeping.seen_by("Olli") as view:
        shown = view.entity("Q1")
    assert shown is not None
    statement = shown.entity.statements_of(TITLE)[0]
    assert [snak.datatype for snak in statement.snaks()] == [None, "string", "wikibase-item"]
    keeping.wiki.write(prop(TITLE), item("Q1", say(text(TITLE, "z"))))
    keeping.sync()
    with keeping.seen_by("Olli") as view:
        shown = view.entity("Q1")
    assert shown is not None
    assert shown.entity.statements_of(TITLE)[0].mainsnak.datatype == "string"
