"""After a merge the stricter of both is in force, for the record, its statements, its terms, its holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from commarchive.model.entity import Entity
from commarchive.policy import targets
from commarchive.register.holds import HoldReason
from tests.projection.conftest import Keeping
from tests.projection.contents import contents
from tests.projection.paper import ACCESS, CLASS, DEPICTS, TITLE, guid, item, link, say, text

KEPT = item("Q2", labels={"en": "Kept"})


def test_a_redirect_leads_to_what_its_reader_may_see(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1"), KEPT)
    keeping.wiki.merge("Q1", KEPT)
    keeping.sync()
    with keeping.seen_by(None) as view:
        shown = view.entity("Q1")
        assert shown is not None
        assert (shown.asked, shown.entity.id) == ("Q1", "Q2")
        assert view.redirect_target("Q1") == "Q2"
        assert view.items().ids == ("Q2",)


def test_the_narrower_source_narrows_the_target(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1", access="elders"), KEPT)
    keeping.wiki.merge("Q1", KEPT)
    keeping.sync()
    for id_ in ("Q1", "Q2"):
        assert not keeping.sees(None, id_)
        assert keeping.sees("Vieno", id_)
    with keeping.seen_by(None) as view:
        assert view.redirect_target("Q1") is None
    keeping.release("Q2")
    assert keeping.sees(None, "Q2")
    # Who could not know of the source learns from its address nothing about the target.
    assert not keeping.sees(None, "Q1")


def test_the_narrower_target_stays_narrow(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1"), item("Q2", access="elders"))
    keeping.wiki.merge("Q1", item("Q2", access="elders"))
    keeping.sync()
    for id_ in ("Q1", "Q2"):
        assert not keeping.sees(None, id_)
        assert keeping.sees("Vieno", id_)


def test_a_draft_makes_a_draft(keeping: Keeping) -> None:
    keeping.write_and_release(KEPT)
    keeping.wiki.write(item("Q1"))
    keeping.wiki.merge("Q1", KEPT)
    keeping.sync()
    assert not keeping.sees(None, "Q2")
    assert keeping.sees("Aino", "Q2")


def test_what_was_hidden_from_outsiders_does_not_show_as_a_stub(keeping: Keeping) -> None:
    stub = item("Q2", access="singers", outsiders="exists")
    keeping.write_and_release(item("Q1", access="singers", outsiders="hidden"), stub)
    with keeping.seen_by(None) as view:
        assert view.entity("Q2") is not None
    keeping.wiki.merge("Q1", stub)
    keeping.sync()
    with keeping.seen_by(None) as view:
        assert view.entity("Q2") is None


def test_what_nobody_governed_closes_what_it_became(keeping: Keeping) -> None:
    keeping.write_and_release(KEPT)
    keeping.wiki.write(item("Q1", community=None))
    keeping.wiki.merge("Q1", KEPT)
    keeping.sync()
    assert not keeping.sees("Aino", "Q2")
    keeping.release("Q2")
    assert keeping.sees(None, "Q2")


@pytest.mark.parametrize("rounds", ["one round", "the target first", "the source first", "a round for each edit"])
def test_statements_keep_what_they_were_restricted_by(keeping: Keeping, rounds: str) -> None:
    """The source's statements come to the target without the qualifiers that closed them."""
    closed = say(text(TITLE, "secret"), text(ACCESS, "elders"), name="closed")
    keeping.write_and_release(item("Q1", closed), item("Q2", say(text(TITLE, "known"), name="known")))
    stripped = item("Q2", say(text(TITLE, "known"), name="known"), say(text(TITLE, "secret"), name="moved"))

    def empty() -> None:
        keeping.wiki.write(Entity("Q1", "item"))

    def fill() -> None:
        keeping.wiki.write(stripped)

    def redirect() -> None:
        keeping.wiki.redirect("Q1", "Q2")

    orders: dict[str, list[Callable[[], object]]] = {
        "one round": [empty, fill, redirect],
        "the target first": [fill, keeping.sync, empty, redirect],
        "the source first": [empty, redirect, keeping.sync, fill],
        "a round for each edit": [empty, keeping.sync, fill, keeping.sync, redirect],
    }
    for step in orders[rounds]:
        step()
    keeping.sync()
    assert titles(keeping, None) == []
    assert titles(keeping, "Vieno") == ["known", "secret"]
    # Also what comes later is restricted like its family, until it is released.
    later = replace(
        stripped, statements=(*stripped.statements, *item("Q2", say(text(TITLE, "late"), name="late")).statements[-1:])
    )
    keeping.wiki.write(later)
    keeping.sync()
    assert titles(keeping, None) == []
    keeping.release_to("Q2", targets.statement(guid("Q2", "moved")), "public")
    assert titles(keeping, None) == ["secret"]
    before = contents(keeping.projection)
    keeping.projection.rebuild(keeping.wiki.client)
    assert contents(keeping.projection) == before


def titles(keeping: Keeping, person: str | None) -> list[str]:
    with keeping.seen_by(person) as view:
        shown = view.entity("Q2")
    assert shown is not None
    return sorted(s.mainsnak.text or "" for s in shown.entity.statements_of(TITLE))


def test_terms_keep_what_they_were_restricted_by(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1", labels={"se": "Luohti"}, terms=["label@se: elders"]), KEPT)
    merged = replace(KEPT, labels={"en": "Kept", "se": "Juoigan"}, aliases={"se": ("Luohti",)})
    keeping.wiki.merge("Q1", merged)
    keeping.sync()
    with keeping.seen_by(None) as view:
        shown = view.entity("Q2")
        assert view.search("luohti").total == 0
    assert shown is not None
    assert (shown.entity.labels, shown.entity.aliases) == ({"en": "Kept"}, {})
    with keeping.seen_by("Vieno") as view:
        assert view.search("luohti").ids == ("Q2",)


class TestAHeldSource:
    @pytest.fixture
    def hold(self, keeping: Keeping) -> int:
        keeping.write_and_release(item("Q1"), KEPT, item("Q3", say(link(DEPICTS, "Q2"))))
        hold = keeping.register.holds.place("Q1", HoldReason.SORROW, by="Aino", groups=["village"])
        keeping.wiki.merge("Q1", KEPT)
        keeping.sync()
        return hold.id

    @pytest.mark.usefixtures("hold")
    def test_holds_what_it_became_and_what_depicts_that(self, keeping: Keeping) -> None:
        assert keeping.register.holds.closed() == {"Q1", "Q2", "Q3"}
        assert not any(keeping.sees(None, id_) for id_ in ("Q1", "Q2", "Q3"))

    def test_lets_both_go_when_it_is_lifted(self, keeping: Keeping, hold: int) -> None:
        keeping.register.holds.lift(hold, by="Aino", groups=["village"])
        assert all(keeping.sees(None, id_) for id_ in ("Q1", "Q2", "Q3"))


def test_a_merge_that_is_undone_leaves_both_as_narrow_as_they_were(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1", access="elders", labels={"en": "Source"}), KEPT)
    keeping.wiki.merge("Q1", KEPT)
    keeping.sync()
    keeping.wiki.write(item("Q1", access=None, labels={"en": "Source"}), KEPT)
    keeping.sync()
    assert not keeping.sees(None, "Q1")
    assert not keeping.sees(None, "Q2")
    assert keeping.sees("Vieno", "Q2")
    # Emptied it was no live record any more; so it is a draft until it is released.
    assert not keeping.sees("Vieno", "Q1")
    assert keeping.sees("Aino", "Q1")


class TestWhatMentionsARedirect:
    """A statement whose value became a redirect is seen by whoever may know of what it became, in lists too."""

    @pytest.fixture
    def speaking(self, keeping: Keeping) -> Keeping:
        keeping.write_and_release(item("Q1"), KEPT, item("Q3", say(link(CLASS, "Q1"), name="of")))
        keeping.wiki.merge("Q1", KEPT)
        keeping.sync()
        return keeping

    def counts(self, keeping: Keeping) -> tuple[int, int, list[tuple[str, int]]]:
        with keeping.seen_by(None) as view:
            shown = view.entity("Q3")
            assert shown is not None
            statements = len(shown.entity.statements_of(CLASS))
            return statements, view.items(where={CLASS: "Q1"}).total, view.values(CLASS)

    def test_is_seen(self, speaking: Keeping) -> None:
        assert self.counts(speaking) == (1, 1, [("Q1", 1)])

    def test_is_not_seen_once_the_target_is_closed(self, speaking: Keeping) -> None:
        speaking.wiki.write(item("Q2", access="elders"))
        speaking.sync()
        assert self.counts(speaking) == (0, 0, [])

    def test_is_seen_again_once_it_is_released(self, speaking: Keeping) -> None:
        speaking.wiki.write(item("Q2", access="elders"), KEPT)
        speaking.sync()
        assert self.counts(speaking) == (0, 0, [])
        speaking.release("Q2")
        assert self.counts(speaking) == (1, 1, [("Q1", 1)])

    def test_is_seen_though_it_was_hidden_before_the_merge(self, keeping: Keeping) -> None:
        keeping.write_and_release(KEPT, item("Q3", say(link(CLASS, "Q1"), name="of")))
        assert self.counts(keeping) == (0, 0, [])
        keeping.write_and_release(item("Q1"))
        keeping.wiki.redirect("Q1", "Q2")
        keeping.sync()
        assert self.counts(keeping) == (1, 1, [("Q1", 1)])
