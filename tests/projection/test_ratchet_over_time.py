"""A restriction seen once holds until it is released, whatever happens to wiki, rules and projection meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commarchive.policy import targets
from commarchive.policy.condition import PUBLIC
from tests.archives import ARCHIVE, without
from tests.projection.conftest import Keeping, KeepingMaker
from tests.projection.contents import contents
from tests.projection.paper import (
    ACCESS,
    NOTE,
    SACRED,
    SOURCE,
    TITLE,
    VOCABULARY,
    guid,
    item,
    link,
    rules,
    say,
    text,
)

SONG = item("Q1", labels={"en": "Song"})


def texts_of(keeping: Keeping, person: str | None, id_: str = "Q1", property_id: str = TITLE) -> list[str | None]:
    """The values of a property that somebody sees."""
    with keeping.seen_by(person) as view:
        shown = view.entity(id_)
    return [statement.mainsnak.text for statement in shown.entity.statements_of(property_id)] if shown else []


def test_a_restriction_that_came_and_went_between_two_rounds_counts(keeping: Keeping) -> None:
    keeping.write_and_release(SONG)
    keeping.wiki.write(item("Q1", access="elders"), SONG)
    keeping.sync()
    assert not keeping.sees(None, "Q1")
    assert keeping.sees("Vieno", "Q1")
    keeping.release("Q1")
    assert keeping.sees(None, "Q1")


def test_a_rebuild_finds_it_too(keeping: Keeping) -> None:
    keeping.write_and_release(SONG)
    keeping.wiki.write(item("Q1", access="elders"), SONG)
    keeping.projection.rebuild(keeping.wiki.client)
    assert not keeping.sees(None, "Q1")


def test_a_statement_made_again_without_its_qualifier_stays_restricted(keeping: Keeping) -> None:
    closed = say(text(TITLE, "secret"), text(ACCESS, "elders"), name="one")
    keeping.write_and_release(item("Q1", closed))
    keeping.wiki.write(item("Q1", say(text(TITLE, "secret"), name="another")))
    keeping.sync()
    assert texts_of(keeping, None) == []
    assert texts_of(keeping, "Vieno") == ["secret"]


def test_reading_history_again_restricts_no_sibling_that_was_there_before(keeping: Keeping) -> None:
    siblings = [say(text(TITLE, f"open {n}"), name=f"open {n}") for n in range(3)]
    closing = say(text(TITLE, "closing"), name="closing")
    keeping.write_and_release(item("Q1", *siblings, closing))
    keeping.wiki.write(item("Q1", *siblings, replace(closing, qualifiers=(text(ACCESS, "elders"),))))
    keeping.sync()
    seen = texts_of(keeping, None)
    assert len(seen) == 3
    memory = keeping.register.releases.memory(["Q1"])
    before = contents(keeping.projection)
    keeping.projection.rebuild(keeping.wiki.client)
    assert keeping.register.releases.memory(["Q1"]) == memory
    assert contents(keeping.projection) == before
    assert texts_of(keeping, None) == seen


def test_the_default_of_a_property_stays_when_the_schema_drops_it(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1", say(text(SACRED, "by the third stone"))))
    other = keeping.another(rules_=rules(vocabulary=replace(VOCABULARY, property_defaults={})))
    other.wiki.write(item("Q2"))
    other.sync()
    assert texts_of(other, "Kalle", property_id=SACRED) == []
    other.release_to("Q1", targets.statement(guid("Q1", say(text(SACRED, "by the third stone")))), "public")
    assert texts_of(other, "Kalle", property_id=SACRED) == ["by the third stone"]


def test_the_archives_default_stays_when_the_manifest_widens_it(keeping: Keeping) -> None:
    keeping.wiki.write(item("Q1", access=None, labels={"en": "Song"}))
    keeping.sync()
    keeping.release_to("Q1", targets.STATE, "live")
    other = keeping.another(replace(ARCHIVE, default_condition="public"))
    assert not other.sees(None, "Q1")
    assert other.sees("Aino", "Q1")


def test_a_narrower_default_acts_at_once(keeping: Keeping) -> None:
    other = keeping.another(replace(ARCHIVE, default_condition="members(village)"))
    other.wiki.write(item("Q1", access=None))
    other.sync()
    other.release_to("Q1", targets.STATE, "live")
    assert other.sees("Kalle", "Q1")
    narrow = other.another(replace(ARCHIVE, default_condition="elders"))
    assert not narrow.sees("Kalle", "Q1")


class TestAProtocolThatCameLater:
    """A condition that nobody could read closes; once it can be read it is remembered like any other."""

    @pytest.fixture
    def later(self, keeping: Keeping) -> Keeping:
        early = keeping.another(without(["singers"]))
        early.wiki.write(item("Q1", access="singers", labels={"en": "Song"}))
        early.sync()
        early.release_to("Q1", targets.ENTITY, "public")
        early.release_to("Q1", targets.STATE, "live")
        assert not early.sees("Laila", "Q1")
        early.wiki.write(item("Q1", access="singers", labels={"en": "A song"}))
        early.sync()
        return keeping.another()

    def test_opens_what_it_guards_to_its_members(self, later: Keeping) -> None:
        assert later.sees("Laila", "Q1")
        assert not later.sees(None, "Q1")

    def test_goes_on_guarding_when_its_condition_is_taken_out(self, later: Keeping) -> None:
        later.wiki.write(item("Q1", access=None, labels={"en": "A song"}))
        later.sync()
        assert not later.sees(None, "Q1")
        assert later.sees("Laila", "Q1")


def test_controls_that_came_later_make_every_revision_be_read_again(keeping: Keeping) -> None:
    blind = {property_id: control for property_id, control in VOCABULARY.controls.items() if property_id != ACCESS}
    early = keeping.another(rules_=rules(vocabulary=replace(VOCABULARY, controls=blind)))
    early.wiki.write(item("Q1", access="elders"), item("Q1", access=None))
    early.sync()
    early.release_to("Q1", targets.ENTITY, "public")
    early.release_to("Q1", targets.STATE, "live")
    late = keeping.another()
    assert late.projection.synced_until() is None
    late.sync()
    remembered = [(r.target, r.value) for r in late.register.releases.memory(["Q1"])["Q1"].restrictions]
    assert (targets.ENTITY, "elders") in remembered


def test_an_unreadable_condition_closes_while_it_is_said_and_no_longer(keeping: Keeping) -> None:
    keeping.write_and_release(SONG)
    keeping.wiki.write(item("Q1", access="eldres", labels={"en": "Song"}))
    keeping.sync()
    assert not keeping.sees("Aino", "Q1")
    assert keeping.sees("Olli", "Q1")
    assert keeping.projection.governance(["Q1"])["Q1"].problems
    keeping.wiki.write(SONG)
    keeping.sync()
    assert keeping.sees(None, "Q1")


def test_a_release_is_undone_by_the_next_restriction_alone(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1", access="elders"))
    keeping.release_to("Q1", targets.ENTITY, "public")
    keeping.wiki.write(item("Q1", access="elders", labels={"en": "Song"}), SONG)
    keeping.sync()
    assert keeping.sees(None, "Q1")
    keeping.wiki.write(item("Q1", access="singers"))
    keeping.sync()
    assert not keeping.sees(None, "Q1")


def eventful(keeping: Keeping) -> None:
    """A history with everything in it, followed step by step."""
    wiki = keeping.wiki
    cited = [[link(SOURCE, "Q2"), text(NOTE, "page 3")], [text(NOTE, "page 3")]]
    title = say(text(TITLE, "Lament"), text(NOTE, "sung"), refs=cited, name="title")
    wiki.write(item("Q1", title, labels={"en": "Song", "se": "Luohti"}), item("Q2", access="elders"))
    keeping.sync()
    keeping.release("Q1")
    wiki.write(item("Q3", say(link(SOURCE, "Q1"), name="s"), access="singers", outsiders="exists"))
    keeping.sync()
    wiki.write(item("Q1", title, labels={"en": "Song"}, access="elders", terms=["label@se: singers"]))
    keeping.sync()
    keeping.release("Q3")
    closed = replace(title, qualifiers=(text(NOTE, "sung"), text(ACCESS, "singers")))
    wiki.write(item("Q1", closed, labels={"en": "Song", "se": "Luohti"}), item("Q4", title, access="players"))
    keeping.sync()
    keeping.release("Q1")
    wiki.write(item("Q4", access="players", outsiders="metadata"), item("Q1", closed, labels={"fi": "Laulu"}))
    keeping.sync()
    keeping.release("Q4", "Q2")
    wiki.merge("Q3", item("Q4", say(link(SOURCE, "Q1"), name="s"), access="players"))
    keeping.sync()
    wiki.delete("Q2")
    keeping.sync()
    wiki.restore("Q2")
    keeping.sync()
    keeping.release_to("Q1", targets.statement(guid("Q1", "title")), str(PUBLIC))


@pytest.mark.parametrize("anew", [True, False])
def test_a_rebuild_gives_what_following_gave(keeping: Keeping, *, anew: bool) -> None:
    eventful(keeping)
    before, memory = contents(keeping.projection), keeping.register.store.witness()
    if anew:
        keeping.projection.rebuild(keeping.wiki.client)
        assert contents(keeping.projection) == before
    else:
        with keeping.projection._store.engine.begin() as connection:
            keeping.projection._store.clear(connection)
        keeping.projection.reconcile(keeping.wiki.client)
        assert contents(keeping.projection) == before
    assert keeping.register.store.witness() == memory


def test_a_new_register_learns_from_the_wiki_what_the_old_one_knew(new_keeping: KeepingMaker) -> None:
    old, new = new_keeping(), new_keeping()
    eventful(old)
    new.wiki = old.wiki
    new.projection.rebuild(new.wiki.client)
    # What the merge handed on to Q4 depends on releases, which no wiki remembers.
    ids = set(old.projection.ids()) - {"Q4"}
    then, now = old.register.releases.memory(ids), new.register.releases.memory(ids)
    for id_ in ids:
        assert set(then[id_].restrictions) == set(now[id_].restrictions), id_
