"""The ways out of the projection: each from what its reader may see, and with everything of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commarchive.model.entity import TermKind
from commarchive.projection.reader import STUB_LABELS, Hit
from tests.projection.conftest import Keeping
from tests.projection.paper import (
    ACCESS,
    CLASS,
    NOTE,
    OF_QUALIFIER,
    PLACE,
    SAFE,
    SOURCE,
    TITLE,
    item,
    link,
    say,
    text,
    unknown,
)


def revision(keeping: Keeping, person: str | None, id_: str = "Q1") -> tuple[int, str]:
    with keeping.seen_by(person) as view:
        shown = view.entity(id_)
    assert shown is not None
    return shown.entity.revision, shown.entity.modified[-4:-1]


class TestTheRevisionOfAView:
    """It is the newest that touched something its reader may or could see."""

    def test_does_not_tell_of_a_hidden_edit(self, keeping: Keeping) -> None:
        open_ = say(text(TITLE, "open"), name="open")
        hidden = say(text(NOTE, "hidden"), text(ACCESS, "elders"), name="hidden")
        keeping.write_and_release(item("Q1", open_, hidden))
        first = keeping.wiki.revision
        keeping.wiki.write(item("Q1", open_, replace(hidden, main=text(NOTE, "changed"))))
        keeping.sync()
        assert revision(keeping, None)[0] == first
        assert revision(keeping, "Vieno")[0] == first + 1

    def test_tells_of_what_was_taken_away(self, keeping: Keeping) -> None:
        keeping.write_and_release(item("Q1", labels={"en": "Song", "fi": "Laulu"}))
        keeping.wiki.write(item("Q1", labels={"en": "Song"}))
        keeping.sync()
        assert revision(keeping, None)[0] == keeping.wiki.revision

    def test_tells_of_what_was_closed_to_the_reader_alone(self, keeping: Keeping) -> None:
        title = say(text(TITLE, "title"), name="t")
        keeping.write_and_release(item("Q1", title))
        first = keeping.wiki.revision
        keeping.wiki.write(item("Q1", replace(title, qualifiers=(text(ACCESS, "elders"),))))
        keeping.sync()
        assert revision(keeping, None)[0] == first + 1
        # Who goes on seeing it, and not the condition, has seen no change.
        assert revision(keeping, "Vieno")[0] == first

    def test_tells_of_what_the_reader_gained_sight_of(self, keeping: Keeping) -> None:
        # Public is released; the wiki says `elders` until the third revision.
        keeping.write_and_release(item("Q1"))
        note = say(text(NOTE, "note"), name="n")
        keeping.wiki.write(item("Q1", replace(note, qualifiers=(text(ACCESS, "dancers"),))))
        keeping.sync()
        assert revision(keeping, None)[0] == keeping.wiki.revision - 1
        keeping.wiki.write(item("Q1", note))
        keeping.sync()
        assert revision(keeping, None)[0] == keeping.wiki.revision

    def test_of_a_custodian_is_the_wikis(self, keeping: Keeping) -> None:
        keeping.write_and_release(item("Q1"))
        keeping.wiki.write(item("Q1"))
        keeping.sync()
        assert revision(keeping, "Olli")[0] == keeping.wiki.revision
        assert revision(keeping, None)[0] == keeping.wiki.revision - 1

    def test_does_not_tell_that_a_hidden_record_is_mentioned(self, keeping: Keeping) -> None:
        keeping.write_and_release(item("Q1"), item("Q2", access="elders"))
        first = revision(keeping, None)
        keeping.wiki.write(item("Q1", say(link(SOURCE, "Q2"), name="s")), item("Q1"))
        keeping.sync()
        assert revision(keeping, None) == first
        assert revision(keeping, "Vieno")[0] == keeping.wiki.revision

    def test_does_not_tell_of_a_hidden_part_of_a_visible_reference(self, keeping: Keeping) -> None:
        def cited(*more: str) -> object:
            reference = [text(NOTE, "page 3"), *(link(SOURCE, id_) for id_ in more)]
            return item("Q1", say(text(TITLE, "t"), refs=[reference], name="t"))

        keeping.write_and_release(item("Q2", access="elders"), cited())
        first = revision(keeping, None)
        keeping.wiki.write(cited("Q2"))  # type: ignore[arg-type]
        keeping.sync()
        assert revision(keeping, None) == first

    def test_is_not_older_because_the_same_source_stood_in_a_hidden_reference(self, keeping: Keeping) -> None:
        page, under = text(NOTE, "page 3"), text(ACCESS, "elders")
        keeping.write_and_release(item("Q1", say(text(TITLE, "t"), refs=[[page, text(SAFE, "x"), under]], name="t")))
        keeping.wiki.write(item("Q1", say(text(TITLE, "t"), refs=[[page, text(SAFE, "x"), under], [page]], name="t")))
        keeping.sync()
        with keeping.seen_by(None) as view:
            shown = view.entity("Q1")
        assert shown is not None
        # A new reference is restricted like those before it; released, it is as new as it is.
        statement = shown.entity.statements_of(TITLE)[0]
        assert statement.references == ()


class TestAStub:
    @pytest.fixture
    def stubs(self, keeping: Keeping) -> Keeping:
        keeping.write_and_release(
            item("Q1", access="singers", outsiders="exists", labels={"en": "Hidden song"}),
            item(
                "Q2",
                say(text(SAFE, "safe"), text(NOTE, "x"), text(SAFE, "too"), refs=[[text(SAFE, "source")]], name="s"),
                say(text(TITLE, "unsafe"), name="t"),
                say(link(PLACE, "Q1"), name="p"),
                say(link(PLACE, "Q5"), name="h"),
                access="players",
                outsiders="metadata",
                labels={"en": "Hidden dance"},
            ),
            item("Q3", say(link(CLASS, "Q1"), name="of")),
            item("Q5", access="elders"),
        )
        return keeping

    def test_shows_that_it_exists_and_no_more(self, stubs: Keeping) -> None:
        with stubs.seen_by(None) as view:
            shown = view.entity("Q1")
        assert shown is not None
        assert shown.stub
        assert not shown.public
        assert shown.entity.labels == STUB_LABELS
        assert shown.entity.statements == ()

    def test_shows_what_is_safe(self, stubs: Keeping) -> None:
        with stubs.seen_by(None) as view:
            shown = view.entity("Q2")
        assert shown is not None
        said = [
            (s.property_id, s.mainsnak.text, [q.text for q in s.qualifiers], s.references)
            for s in shown.entity.statements
        ]
        assert said == [(SAFE, "safe", ["too"], ()), (PLACE, None, [], ())]

    def test_is_a_value_and_never_in_a_list(self, stubs: Keeping) -> None:
        with stubs.seen_by(None) as view:
            shown = view.entity("Q3")
            assert shown is not None
            assert len(shown.entity.statements_of(CLASS)) == 1
            assert view.items().ids == ("Q3",)
            assert view.search("hidden").total == 0
            assert view.suggest("hidden", ["en"], type_="item", offset=0, limit=9) == []
            assert view.suggest("Q1", ["en"], type_="item", offset=0, limit=9) == []
            assert view.labels(["Q1", "Q2"], ["en"]) == {}

    def test_is_whole_to_those_who_share_in_it(self, stubs: Keeping) -> None:
        with stubs.seen_by("Laila") as view:
            shown = view.entity("Q1")
        assert shown is not None
        assert (shown.stub, shown.entity.labels) == (False, {"en": "Hidden song"})


def test_a_qualifier_or_reference_goes_alone_and_a_value_takes_its_statement_with_it(keeping: Keeping) -> None:
    hidden = link(SOURCE, "Q9")
    keeping.write_and_release(
        item("Q9", access="elders"),
        item(
            "Q1",
            say(text(TITLE, "kept"), hidden, text(NOTE, "n"), refs=[[hidden, text(NOTE, "page")], [hidden]], name="a"),
            say(hidden, name="b"),
            say(text(SAFE, "kept too"), text(NOTE, "secret"), text(OF_QUALIFIER, f"{NOTE}: elders"), name="c"),
            say(unknown(SOURCE), name="d"),
        ),
    )
    with keeping.seen_by(None) as view:
        shown = view.entity("Q1")
    assert shown is not None
    said = {
        s.mainsnak.text: ([q.text for q in s.qualifiers], [[n.text for n in r.snaks] for r in s.references])
        for s in shown.entity.statements
    }
    assert said == {"kept": (["n"], [["page"]]), "kept too": ([], []), None: ([], [])}


def test_labels_come_in_the_first_language_that_there_is(keeping: Keeping) -> None:
    keeping.write_and_release(
        item("Q1", labels={"en": "Song", "fi": "Laulu"}),
        item("Q2", labels={"se": "Luohti"}),
        item("Q3", labels={"en": "Secret", "fi": "Avoin"}, terms=["label@en: elders"]),
        item("Q4"),
    )
    with keeping.seen_by(None) as view:
        labels = view.labels(["Q1", "Q2", "Q3", "Q4", "Q99", "banana"], ["en", "fi"])
    assert labels == {"Q1": ("en", "Song"), "Q2": ("se", "Luohti"), "Q3": ("fi", "Avoin")}


def test_many_more_are_asked_for_than_a_statement_has_parameters(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1", labels={"en": "Song"}))
    many = [f"Q{n}" for n in range(1, 40_000)]
    with keeping.seen_by(None) as view:
        assert view.labels(many, ["en"]) == {"Q1": ("en", "Song")}
        assert list(view.entities(many)) == ["Q1"]


class TestSearch:
    @pytest.fixture
    def songs(self, keeping: Keeping) -> Keeping:
        keeping.write_and_release(
            item("Q1", labels={"en": "Rain song"}, descriptions={"en": "of the north"}),
            item("Q2", say(text(TITLE, "rain")), labels={"en": "Lullaby"}),
            item("Q3", labels={"fi": "Sade"}, aliases={"en": ("rain", "Rain again")}),
            item("Q4", labels={"en": "Rainbow"}),
            item("Q5", labels={"en": "rain"}, access="elders"),
            item("Q6", labels={"hi": "हिन्दी गीत", "se": "Šaddu ja čáhci", "fi": "Pöllön laulu"}),
        )
        return keeping

    def found(self, keeping: Keeping, query: str) -> tuple[str, ...]:
        with keeping.seen_by(None) as view:
            return view.search(query).ids

    def test_puts_whole_words_of_labels_first(self, songs: Keeping) -> None:
        assert self.found(songs, "rain") == ("Q1", "Q3", "Q4", "Q2")

    @pytest.mark.parametrize(
        ("query", "ids"),
        [
            ("RAIN north", ("Q1",)),
            ("rain rain", ("Q1", "Q3", "Q4", "Q2")),
            ("ra so", ("Q1",)),
            ("rain lament", ()),
            ("", ()),
            ("!?", ()),
            ("%", ()),
            ("_ain", ()),
            ("ra%", ("Q1", "Q4", "Q3", "Q2")),
            ("rain\0", ("Q1", "Q3", "Q4", "Q2")),
            ("\ud800", ()),
            ("हिन्दी", ("Q6",)),
            ("गीत", ("Q6",)),
            ("čáhci", ("Q6",)),
            ("po\u0308llo\u0308", ("Q6",)),
            ("polloe", ()),
            ("rain " * 500, ("Q1", "Q3", "Q4", "Q2")),
            ("r" * 10_000, ()),
        ],
    )
    def test_finds_by_the_beginnings_of_words(self, songs: Keeping, query: str, ids: tuple[str, ...]) -> None:
        assert self.found(songs, query) == ids

    def test_finds_more_for_those_who_see_more(self, songs: Keeping) -> None:
        with songs.seen_by("Vieno") as view:
            assert view.search("rain").ids == ("Q1", "Q5", "Q3", "Q4", "Q2")

    @pytest.mark.parametrize(
        ("offset", "limit", "ids"),
        [(0, 2, 2), (3, 9, 1), (9, 9, 0), (-5, 2, 2), (0, -1, 0), (0, 10**30, 4), (10**30, 1, 0)],
    )
    def test_gives_pages_of_the_whole(self, songs: Keeping, offset: int, limit: int, ids: int) -> None:
        with songs.seen_by(None) as view:
            page = view.search("rain", offset=offset, limit=limit)
            assert (len(page.ids), page.total) == (ids, 4)
            listed = view.items(offset=offset, limit=limit)
            assert listed.total == 5
            assert len(listed.ids) <= max(0, limit)

    def test_suggests_what_begins_like_that(self, songs: Keeping) -> None:
        with songs.seen_by(None) as view:
            hits = view.suggest("rain", ["fi", "en"], type_="item", offset=0, limit=9)
            assert hits == [
                Hit("Q3", TermKind.ALIAS, "en", "rain"),
                Hit("Q1", TermKind.LABEL, "en", "Rain song"),
                Hit("Q4", TermKind.LABEL, "en", "Rainbow"),
            ]
            assert view.suggest("rain", ["fi"], type_="item", offset=0, limit=9) == []
            assert view.suggest("rain", [], type_="item", offset=0, limit=9) == []
            assert view.suggest("rain", ["en"], type_="item", offset=-1, limit=-1) == []
            for odd in ("\0", "\ud800", "", " "):
                assert view.suggest(odd, ["en"], type_="item", offset=0, limit=9) == []

    def test_finds_a_record_by_its_id(self, songs: Keeping) -> None:
        with songs.seen_by(None) as view:
            assert [hit.id for hit in view.suggest(" q4 ", ["en"], type_="item", offset=0, limit=9)] == ["Q4"]
            assert view.suggest("q5", ["en"], type_="item", offset=0, limit=9) == []
            assert [hit.id for hit in view.suggest("p10", ["en"], type_="property", offset=0, limit=9)] == ["P10"]


def test_what_is_no_id_is_not_found(keeping: Keeping) -> None:
    with keeping.seen_by("Olli") as view:
        assert view.entities(["", "Q0", "q1", "Q1\0", "Q99999999999", "L1", "Q1;DROP"]) == {}
        assert view.redirect_target("banana") is None
        assert view.items(where={"banana": "Q1"}).total == 0
        assert view.items(type_="banana").total == 0
        assert view.values("banana") == []
        assert view.referring("banana") == []
