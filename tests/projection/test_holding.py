"""A hold closes a record and what depicts it, at once and until a person lifts it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commarchive.register.holds import HoldReason
from tests.projection.conftest import Keeping
from tests.projection.paper import CLASS, DEPICTS, NOTE, item, link, rules, say, text

SORROW = HoldReason.SORROW
PERSON = item("Q1", labels={"en": "A person"})
PORTRAIT = item("Q2", say(link(DEPICTS, "Q1"), name="depicts"), labels={"en": "A portrait"})


@pytest.fixture
def gallery(keeping: Keeping) -> Keeping:
    """An archive with a person, a portrait, a crowd, and a review of the portrait."""
    keeping.write_and_release(
        PERSON,
        PORTRAIT,
        item("Q3", say(text(NOTE, "a crowd"), link(DEPICTS, "Q1"), name="crowd")),
        item("Q4", say(link(DEPICTS, "Q2"), name="review")),
        item("Q5", say(link(CLASS, "Q1"), name="other")),
    )
    return keeping


def place(keeping: Keeping, id_: str = "Q1") -> int:
    also = keeping.projection.closes_with(id_)
    return keeping.register.holds.place(id_, SORROW, by="Aino", groups=["village"], also=also).id


def seen(keeping: Keeping, person: str | None = None) -> list[str]:
    with keeping.seen_by(person) as view:
        found = list(view.items().ids)
        assert found == [f"Q{n}" for n in range(1, 9) if (shown := view.entity(f"Q{n}")) is not None and not shown.stub]
    return found


def test_everything_one_reference_away_closes_with_it(gallery: Keeping) -> None:
    assert gallery.projection.closes_with("Q1") == ["Q2", "Q3"]
    place(gallery)
    assert seen(gallery) == ["Q4", "Q5"]
    assert seen(gallery, "Vieno") == ["Q4", "Q5"]
    assert seen(gallery, "Eino") == ["Q1", "Q2", "Q3", "Q4", "Q5"]


def test_what_was_not_named_when_it_was_placed_closes_all_the_same(gallery: Keeping) -> None:
    gallery.register.holds.place("Q1", SORROW, by="Aino", groups=["village"])
    assert seen(gallery) == ["Q4", "Q5"]


def test_what_comes_to_depict_a_held_record_closes(gallery: Keeping) -> None:
    place(gallery)
    gallery.wiki.write(item("Q5", say(link(DEPICTS, "Q1"), name="new")), item("Q6", say(link(DEPICTS, "Q1"))))
    gallery.sync()
    assert gallery.register.holds.closed() == {"Q1", "Q2", "Q3", "Q5", "Q6"}
    assert seen(gallery) == ["Q4"]


def test_it_stays_closed_when_the_reference_is_removed(gallery: Keeping) -> None:
    hold = place(gallery)
    gallery.wiki.write(item("Q2", labels={"en": "A landscape"}))
    gallery.sync()
    assert "Q2" not in seen(gallery)
    gallery.projection.rebuild(gallery.wiki.client)
    assert "Q2" not in seen(gallery)
    gallery.register.holds.lift(hold, by="Aino", groups=["village"])
    assert "Q2" in seen(gallery)


def test_what_a_steward_freed_stays_free(gallery: Keeping) -> None:
    hold = place(gallery)
    gallery.register.holds.free(hold, "Q2", by="Aino", groups=["village"])
    assert seen(gallery) == ["Q2", "Q4", "Q5"]
    gallery.wiki.write(replace(PORTRAIT, labels={"en": "The portrait"}))
    gallery.sync()
    assert seen(gallery) == ["Q2", "Q4", "Q5"]
    with gallery.seen_by(None) as view:
        shown = view.entity("Q2")
    assert shown is not None
    # What it says of the held record is hidden like that itself.
    assert shown.entity.statements_of(DEPICTS) == ()


def test_lifting_restores_everything(gallery: Keeping) -> None:
    hold = place(gallery)
    gallery.register.holds.lift(hold, by="Eino", groups=["village"])
    assert seen(gallery) == ["Q1", "Q2", "Q3", "Q4", "Q5"]


def test_of_two_holds_both_have_to_be_lifted(gallery: Keeping) -> None:
    first, second = place(gallery), place(gallery)
    gallery.register.holds.lift(first, by="Aino", groups=["village"])
    assert seen(gallery) == ["Q4", "Q5"]
    gallery.register.holds.lift(second, by="Aino", groups=["village"])
    assert len(seen(gallery)) == 5


def test_records_that_depict_one_another_close_and_open_again(gallery: Keeping) -> None:
    gallery.write_and_release(
        item("Q6", say(link(DEPICTS, "Q7"))),
        item("Q7", say(link(DEPICTS, "Q6")), say(link(DEPICTS, "Q7"), name="self")),
    )
    hold = place(gallery, "Q6")
    assert gallery.register.holds.closed() == {"Q6", "Q7"}
    gallery.register.holds.lift(hold, by="Aino", groups=["village"])
    assert len(seen(gallery)) == 7


def test_a_property_that_carries_holds_since_later_carries_those_that_stand(gallery: Keeping) -> None:
    place(gallery)
    vocabulary = replace(rules().vocabulary, propagating=frozenset({DEPICTS, CLASS}))
    other = gallery.another(rules_=rules(vocabulary=vocabulary))
    assert seen(other) == ["Q4"]


def test_a_hold_acts_in_the_very_next_view_of_another_process(gallery: Keeping) -> None:
    other = gallery.another()
    assert len(seen(other)) == 5
    hold = place(gallery)
    assert seen(other) == ["Q4", "Q5"]
    gallery.register.holds.lift(hold, by="Aino", groups=["village"])
    assert len(seen(other)) == 5


def test_a_hold_shows_no_stub(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1", access="singers", outsiders="exists"))
    with keeping.seen_by(None) as view:
        assert view.entity("Q1") is not None
    keeping.register.holds.place("Q1", SORROW, by="Sylvi", groups=["village", "singers"])
    with keeping.seen_by(None) as view:
        assert view.entity("Q1") is None
    assert keeping.sees("Sylvi", "Q1")
    # The stewards of its protocols, not those of its community.
    assert not keeping.sees("Eino", "Q1")
