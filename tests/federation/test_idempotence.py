"""What stands there is not said twice, what is others' is not touched, and an item is found rather than made again."""

from __future__ import annotations

import json

import pytest

from commarchive.federation.blockers import Blocker
from commarchive.federation.plan import Counts, LeftOut, Plan
from commarchive.federation.steps import Mode
from commarchive.wikibase.edit import WikiEditor

from .words import Json, amount, entity, guid, item, statement, when, year
from .world import (
    COUNTRY,
    FIDDLING,
    FINLAND,
    HEIGHT,
    LIST,
    NOTE,
    NUMBER,
    REPRESENTATIVE_LIST,
    SAUNA,
    SINCE,
    THERE_FIDDLING,
    World,
)


def others(world: World, *statements: Json, **more) -> None:
    """The item there, with what others said before us."""
    world.there.put(entity(THERE_FIDDLING, *statements, labels={"en": "fiddling"}, **more))


def modes(plan: Plan) -> list[Mode]:
    return [step.mode for edit in plan.edits() for step in edit.steps]


def left_out(plan: Plan) -> dict[str, set[Blocker]]:
    return {e.part: {b.blocker for b in e.blocks} for e in plan.entries() if isinstance(e, LeftOut)}


def test_a_second_run_makes_no_edit(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), (NOTE, "x"))
    world.publish()
    before = world.standing(THERE_FIDDLING)
    assert modes(world.plan()) == []
    world.clock.sleep(40 * 86400)
    assert modes(world.plan()) == []
    assert world.standing(THERE_FIDDLING) == before


def test_a_plan_that_was_carried_out_is_not_carried_out_again(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    plan = world.plan()
    world.approve(plan)
    world.apply(plan)
    again = world.apply(plan)
    assert (again.sent, again.before) == ([], [FIDDLING])
    assert not world.recorder.writes


EQUAL = {
    "the same number": ((HEIGHT, amount("+3.50")), ("P2048", amount("+3.5"))),
    "the same bounds": (
        (HEIGHT, amount("+3", upper="+4.0", lower="+2.0")),
        ("P2048", amount("+3.0", upper="+4", lower="+2")),
    ),
    "the same value": ((COUNTRY, item(FINLAND)), ("P17", item("Q33"))),
}


@pytest.mark.parametrize("case", EQUAL)
def test_an_equal_statement_of_others_only_gains_our_reference(world: World, case: str):
    here, there = EQUAL[case]
    sources = ((("P854", "https://other.example/1"),), (("P854", "https://other.example/2"),))
    others(world, statement(THERE_FIDDLING, *there, rank="preferred", references=sources, name="theirs"))
    before = world.claims(THERE_FIDDLING, there[0])[0]
    world.element(FIDDLING, here)
    plan = world.plan()
    assert Mode.REFERENCE_ADDED in modes(plan)
    world.approve(plan)
    world.apply(plan)
    (after,) = world.claims(THERE_FIDDLING, there[0])
    assert after["references"][:2] == before["references"]
    assert len(after["references"]) == 3
    assert {**after, "references": before["references"]} == before
    assert modes(world.plan()) == []


@pytest.mark.parametrize("january", [True, False])
def test_a_year_is_the_same_however_it_is_written(world: World, january: bool):
    theirs = statement(THERE_FIDDLING, "P3259", item("Q110319947"), ("P580", year(2021, january=january)))
    others(world, theirs)
    world.element(
        FIDDLING, statement(FIDDLING, LIST, item(REPRESENTATIVE_LIST), (SINCE, year(2021, january=not january)))
    )
    world.publish()
    assert len(world.claims(THERE_FIDDLING, "P3259")) == 1


def test_our_reference_is_known_again_whenever_it_was_looked_up(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    world.publish()
    (standing,) = world.claims(THERE_FIDDLING, "P17")
    old = standing["references"][0]["snaks"]["P813"][0]["datavalue"]["value"]["time"]
    assert old == "+2027-01-15T00:00:00Z"
    # Somebody who published by hand before us, on another day.
    (record,) = (standing,)
    record["references"][0]["snaks"]["P813"][0]["datavalue"] = when("+2026-05-05T00:00:00Z")
    world.there.put(entity("Q6000", record | {"id": guid("Q6000", "x")}, labels={"en": "by hand"}))
    world.element(SAUNA, (COUNTRY, item(FINLAND)), qid="Q6000")
    record["references"][0]["snaks"]["P854"][0]["datavalue"]["value"] = f"https://archive.example/item/{SAUNA}"
    world.there.put(entity("Q6000", record | {"id": guid("Q6000", "x")}, labels={"en": "by hand"}))
    plan = world.plan(SAUNA)
    assert Mode.ALREADY_THERE in modes(plan)
    world.approve(plan)
    world.apply(plan)
    assert len(world.claims("Q6000", "P17")[0]["references"]) == 1
    assert world.verify(SAUNA).is_clean
    assert modes(world.plan(SAUNA)) == []


def test_what_is_deprecated_there_is_not_said_again(world: World):
    others(world, statement(THERE_FIDDLING, "P17", item("Q33"), rank="deprecated"))
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    plan = world.plan()
    assert left_out(plan)[guid(FIDDLING, COUNTRY)] == {Blocker.DEPRECATED_THERE}
    world.approve(plan)
    world.apply(plan)
    assert len(world.claims(THERE_FIDDLING, "P17")) == 1


def test_the_same_with_other_qualifiers_goes_to_a_person(world: World):
    others(world, statement(THERE_FIDDLING, "P17", item("Q33"), ("P580", year(1917))))
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    local = guid(FIDDLING, COUNTRY)
    assert left_out(world.plan())[local] == {Blocker.SIMILAR_THERE}
    assert Mode.CREATED in modes(world.plan(choices={local: "new"}))


def test_a_preferred_rank_that_would_outrank_others_goes_to_nobody(world: World):
    others(world, statement(THERE_FIDDLING, "P17", item("Q20")))
    world.element(FIDDLING, statement(FIDDLING, COUNTRY, item(FINLAND), rank="preferred"))
    assert left_out(world.plan())[guid(FIDDLING, COUNTRY)] == {Blocker.RANK}


def test_a_preferred_rank_stays_where_nobody_else_said_anything(world: World):
    world.element(FIDDLING, statement(FIDDLING, COUNTRY, item(FINLAND), rank="preferred"))
    world.publish()
    assert [claim["rank"] for claim in world.claims(THERE_FIDDLING, "P17")] == ["preferred"]


def test_others_statements_and_names_are_not_sent_back(world: World):
    others(world, statement(THERE_FIDDLING, "P1343", "theirs", name="theirs"), descriptions={"en": "an art"})
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    world.publish()
    (write,) = world.recorder.writes
    assert set(json.loads(write["data"])) == {"claims"}
    assert "theirs" not in write["data"]
    assert write["baserevid"]
    assert world.claims(THERE_FIDDLING, "P1343")


def test_two_statements_that_say_the_same_there_become_one(world: World):
    world.element(
        FIDDLING,
        statement(FIDDLING, HEIGHT, amount("+3.5"), name="a"),
        statement(FIDDLING, HEIGHT, amount("+3.50"), name="b"),
    )
    plan = world.plan()
    assert Blocker.TWICE in left_out(plan)[guid(FIDDLING, "b")]
    world.approve(plan)
    world.apply(plan)
    assert len(world.claims(THERE_FIDDLING, "P2048")) == 1


def test_a_merged_item_is_followed(world: World):
    world.there.put(entity("Q6000", labels={"en": "the other"}))
    editor = WikiEditor(world.somebody())
    editor.merge(THERE_FIDDLING, "Q6000", "the same", "0" * 16)
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    (edit,) = world.plan().edits()
    assert edit.item == "Q6000"
    world.publish()
    assert world.claims("Q6000", "P17")


def test_a_deleted_item_is_not_made_again(world: World):
    world.there.set_groups("Somebody", ["sysop"])
    WikiEditor(world.somebody()).delete(THERE_FIDDLING, "no use")
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    plan = world.plan()
    assert plan.counts.edits == 0
    assert left_out(plan)[""] == {Blocker.NOT_THERE}


def test_a_value_that_was_deleted_there_keeps_its_statement_here(world: World):
    world.there.set_groups("Somebody", ["sysop"])
    WikiEditor(world.somebody()).delete("Q33", "no use")
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    assert left_out(world.plan())[guid(FIDDLING, COUNTRY)] == {Blocker.NOT_THERE}


@pytest.mark.parametrize("how", ["by a statement", "by a choice"])
def test_two_items_there_go_to_a_person(world: World, how: str):
    world.there.put(entity("Q6000", labels={"en": "another"}))
    world.element(
        FIDDLING,
        (COUNTRY, item(FINLAND)),
        statement(FIDDLING, "P9", "Q6000", name="second"),
    )
    assert left_out(world.plan())[""] == {Blocker.CHOICE}
    if how == "by a statement":
        world.element(
            FIDDLING,
            (COUNTRY, item(FINLAND)),
            statement(FIDDLING, "P9", "Q6000", name="second", rank="preferred"),
        )
        (edit,) = world.plan().edits()
    else:
        (edit,) = world.plan(choices={FIDDLING: "Q6000"}).edits()
    assert edit.item == "Q6000"


# -- items that are yet to be made -------------------------------------------------------------------------------------


def nameless(world: World, *statements: tuple[str, Json | str] | Json, **more) -> None:
    more.setdefault("labels", {"en": "Sauna culture", "fi": "Saunakulttuuri"})
    world.element(SAUNA, (COUNTRY, item(FINLAND)), *statements, qid=None, **more)


def test_an_item_is_made_once_and_known_afterwards(world: World):
    nameless(world, descriptions={"en": "how people bathe"}, aliases={"en": ["sauna"]})
    applied = world.publish()
    assert applied.sent == [SAUNA]
    (made,) = world.ledger.items("http://www.wikidata.org/entity/", [SAUNA]).values()
    standing = world.standing(made)
    assert standing["labels"]["fi"]["value"] == "Saunakulttuuri"
    assert standing["descriptions"]["en"]["value"] == "how people bathe"
    assert standing["aliases"]["en"][0]["value"] == "sauna"
    assert {claim["mainsnak"]["property"] for group in standing["claims"].values() for claim in group} == {"P31", "P17"}
    assert world.verify().checked == 2
    assert world.verify().is_clean
    assert world.plan().counts.edits == 0
    nameless(world, (NOTE, "more"), descriptions={"en": "how people bathe"}, aliases={"en": ["sauna"]})
    (edit,) = world.plan().edits()
    assert (edit.item, [step.mode for step in edit.steps]) == (made, [Mode.CREATED])


def test_an_item_of_a_class_that_may_not_be_made_is_not_made(world: World):
    world.element(SAUNA, (COUNTRY, item(FINLAND)), qid=None)
    world.put(SAUNA, (COUNTRY, item(FINLAND)), labels={"en": "Sauna"})
    world.sync()
    world.release(SAUNA)
    assert left_out(world.plan())[""] == {Blocker.NO_COUNTERPART}


def test_one_item_there_with_our_identifier_is_adopted(world: World):
    world.there.put(entity("Q6000", statement("Q6000", "P10221", "01234"), labels={"en": "sauna over there"}))
    nameless(world, (NUMBER, "01234"))
    (edit,) = world.plan().edits()
    assert edit.item == "Q6000"
    assert Mode.REFERENCE_ADDED in [step.mode for step in edit.steps]


def test_two_items_there_with_our_identifier_go_to_a_person(world: World):
    for id_ in ("Q6000", "Q6001"):
        world.there.put(entity(id_, statement(id_, "P10221", "01234"), labels={"en": id_}))
    nameless(world, (NUMBER, "01234"))
    plan = world.plan()
    assert plan.counts.edits == 0
    assert left_out(plan)[""] == {Blocker.CHOICE}
    (edit,) = world.plan(choices={SAUNA: "Q6001"}).edits()
    assert edit.item == "Q6001"


@pytest.mark.parametrize("name", [{"en": "sauna CULTURE"}, {"fi": "Saunakulttuuri"}])
def test_a_namesake_there_goes_to_a_person_before_anything_is_sent(world: World, name: dict[str, str]):
    world.there.put(entity("Q6000", labels=name))
    nameless(world)
    found = left_out(world.plan())
    if name == {"en": "sauna CULTURE"}:
        # A wiki without a search engine minds upper and lower case; a real one finds it.
        assert "" not in found
    else:
        assert found[""] == {Blocker.CHOICE}
        (edit,) = world.plan(choices={SAUNA: "new"}).edits()
        assert edit.item == ""


def test_a_clash_of_name_and_description_is_found_before_anything_is_sent(world: World):
    world.there.put(entity("Q6000", labels={"en": "Sauna culture"}, descriptions={"en": "how people bathe"}))
    nameless(world, descriptions={"en": "how people bathe"})
    plan = world.plan(choices={SAUNA: "new"})
    assert plan.counts.edits == 0
    assert left_out(plan)[""] == {Blocker.CHOICE}


def test_a_namesake_that_comes_between_plan_and_apply_is_found(world: World):
    nameless(world)
    plan = world.plan()
    world.approve(plan)
    world.there.put(entity("Q6000", labels={"en": "Sauna culture"}))
    applied = world.apply(plan)
    assert applied.sent == []
    assert "are called the same" in applied.skipped[SAUNA]
    assert not world.recorder.writes


def test_a_record_without_a_name_that_the_target_takes_makes_no_item(world: World):
    world.element(SAUNA, (COUNTRY, item(FINLAND)), qid=None, labels={"en": "x" * 251})
    found = left_out(world.plan())
    assert found["label@en"] == {Blocker.TOO_LONG}
    assert found[""] == {Blocker.LANGUAGE}


def test_what_changed_here_changes_our_own_statement_there(world: World):
    world.element(FIDDLING, statement(FIDDLING, HEIGHT, amount("+3.5")))
    world.publish()
    (before,) = world.claims(THERE_FIDDLING, "P2048")
    world.element(FIDDLING, statement(FIDDLING, HEIGHT, amount("+4")))
    plan = world.plan()
    assert modes(plan) == [Mode.REPLACED]
    world.approve(plan)
    world.apply(plan)
    (after,) = world.claims(THERE_FIDDLING, "P2048")
    assert after["id"] == before["id"]
    assert after["mainsnak"]["datavalue"]["value"]["amount"] == "+4"
    assert after["references"] == before["references"]
    assert modes(world.plan()) == []
    assert world.verify().is_clean


def test_what_others_built_on_is_not_changed(world: World):
    world.element(FIDDLING, statement(FIDDLING, HEIGHT, amount("+3.5")))
    world.publish()
    (ours,) = world.claims(THERE_FIDDLING, "P2048")
    ours["references"].append({"snaks": {"P854": [_url("https://other.example")]}})
    world.somebody_edits(THERE_FIDDLING, {"claims": [ours]})
    world.element(FIDDLING, statement(FIDDLING, HEIGHT, amount("+4")))
    assert left_out(world.plan())[guid(FIDDLING, HEIGHT)] == {Blocker.CHANGED_THERE}


@pytest.mark.parametrize("taken", ["the statement", "our reference"])
def test_what_others_took_away_is_not_put_back(world: World, taken: str):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    world.publish()
    (ours,) = world.claims(THERE_FIDDLING, "P17")
    data = {"id": ours["id"], "remove": ""} if taken == "the statement" else {**ours, "references": []}
    world.somebody_edits(THERE_FIDDLING, {"claims": [data]})
    plan = world.plan()
    assert modes(plan) == []
    assert left_out(plan)[guid(FIDDLING, COUNTRY)] == {Blocker.CHANGED_THERE}
    assert Mode.CREATED in modes(world.plan(choices={guid(FIDDLING, COUNTRY): "new"})) or taken == "our reference"


def test_an_unknown_kind_of_value_there_breaks_nothing(world: World):
    odd = statement(THERE_FIDDLING, "P1343", {"type": "hologram", "value": {"x": [1]}}, name="odd")
    others(world, odd)
    world.element(FIDDLING, (NOTE, "x"))
    world.publish()
    assert len(world.claims(THERE_FIDDLING, "P1343")) == 2


def _url(text: str) -> Json:
    return {"snaktype": "value", "property": "P854", "datavalue": {"type": "string", "value": text}}


def test_the_class_is_said_too(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    world.publish()
    (claim,) = world.claims(THERE_FIDDLING, "P31")
    assert claim["mainsnak"]["datavalue"]["value"]["id"] == "Q59544"


def test_where_a_record_went_before_is_not_asked_again(world: World):
    world.there.put(entity("Q6000", labels={"en": "Sauna culture"}))
    nameless(world)
    assert left_out(world.plan())[""] == {Blocker.CHOICE}
    world.publish(choices={SAUNA: "Q6000"})
    assert world.plan().counts == Counts()
    nameless(world, (NOTE, "more"))
    (edit,) = world.plan().edits()
    assert edit.item == "Q6000"
