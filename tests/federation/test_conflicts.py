"""Others work there too: between plan and apply, while we edit, and afterwards."""

from __future__ import annotations

import pytest

from commarchive.federation.steps import Mode
from commarchive.federation.verify import Drift
from commarchive.wikibase.edit import WikiEditor
from commarchive.wikibase.transport import Request

from .words import Json, amount, entity, guid, item, snak, statement
from .world import COUNTRY, FIDDLING, FINLAND, HEIGHT, NOTE, SAUNA, THERE_FIDDLING, World


@pytest.fixture
def element(world: World) -> World:
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), (HEIGHT, amount("+3")))
    return world


def somebody_says(world: World, *statements: Json) -> None:
    world.somebody_edits(THERE_FIDDLING, {"claims": list(statements)})


def test_an_edit_there_that_does_not_matter_stops_nothing(element: World):
    plan = element.plan()
    element.approve(plan)
    somebody_says(element, statement(THERE_FIDDLING, "P1343", "something else"))
    assert element.apply(plan).sent == [FIDDLING]
    assert element.claims(THERE_FIDDLING, "P1343")


SINCE_THE_PLAN = {
    "the same statement": statement(THERE_FIDDLING, "P17", item("Q33")),
    "the same, deprecated": statement(THERE_FIDDLING, "P17", item("Q33"), rank="deprecated"),
    "the same with a qualifier": statement(THERE_FIDDLING, "P17", item("Q33"), ("P1810", "x")),
}


@pytest.mark.parametrize("change", SINCE_THE_PLAN)
def test_an_edit_there_that_matters_leaves_that_item_alone_and_goes_on(element: World, change: str):
    element.element(SAUNA, (COUNTRY, item(FINLAND)), qid=None, labels={"en": "Sauna"})
    plan = element.plan()
    element.approve(plan)
    somebody_says(element, SINCE_THE_PLAN[change])
    before = element.standing(THERE_FIDDLING)
    applied = element.apply(plan)
    assert applied.sent == [SAUNA]
    assert set(applied.skipped) == {FIDDLING}
    assert element.standing(THERE_FIDDLING) == before


def test_a_merge_there_leaves_that_item_alone(element: World):
    plan = element.plan()
    element.approve(plan)
    element.there.put(entity("Q6000", labels={"en": "the other"}))
    WikiEditor(element.somebody()).merge(THERE_FIDDLING, "Q6000", "the same", "0" * 16)
    applied = element.apply(plan)
    assert set(applied.skipped) == {FIDDLING}
    assert not element.recorder.writes


def test_a_deletion_there_leaves_that_item_alone(element: World):
    plan = element.plan()
    element.approve(plan)
    element.there.set_groups("Somebody", ["sysop"])
    WikiEditor(element.somebody()).delete(THERE_FIDDLING, "no use")
    applied = element.apply(plan)
    assert set(applied.skipped) == {FIDDLING}


def test_a_reference_that_comes_while_we_add_ours_survives(element: World):
    somebody_says(
        element, statement(THERE_FIDDLING, "P17", item("Q33"), references=((("P854", "https://one.example"),),))
    )
    plan = element.plan()
    element.approve(plan)
    target = element.target()

    def meddle(request: Request) -> None:
        asked = {**request.params, **request.form}
        if asked.get("action") == "wbgetentities" and asked.get("ids") == THERE_FIDDLING and "props" not in asked:
            element.recorder.after = lambda _: None
            (theirs,) = element.claims(THERE_FIDDLING, "P17")
            theirs["references"].append({"snaks": {"P854": [snak("P854", "https://two.example")]}})
            somebody_says(element, theirs)

    element.recorder.after = meddle
    applied = element.apply(plan, target=target)
    assert applied.sent == [FIDDLING]
    (standing,) = element.claims(THERE_FIDDLING, "P17")
    sources = [r["snaks"]["P854"][0]["datavalue"]["value"] for r in standing["references"]]
    assert sources == ["https://one.example", "https://two.example", "https://archive.example/item/Q21"]


def drifts(world: World) -> set[tuple[str, Drift]]:
    report = world.verify()
    return {(finding.statement, finding.drift) for finding in report.findings}


def ours(world: World, property_id: str) -> Json:
    (found,) = world.claims(THERE_FIDDLING, property_id)
    return found


def taken_away(world: World) -> None:
    somebody_says(world, {"id": ours(world, "P17")["id"], "remove": ""})


def changed(world: World) -> None:
    somebody_says(world, {**ours(world, "P17"), "mainsnak": snak("P17", item("Q20"))})


def deprecated(world: World) -> None:
    somebody_says(world, {**ours(world, "P17"), "rank": "deprecated"})


def preferred(world: World) -> None:
    somebody_says(world, {**ours(world, "P17"), "rank": "preferred"})


def unsourced(world: World) -> None:
    somebody_says(world, {**ours(world, "P17"), "references": []})


def built_on(world: World) -> None:
    theirs = ours(world, "P17")
    theirs["references"].append({"snaks": {"P854": [snak("P854", "https://two.example")]}})
    somebody_says(world, theirs)


def merged(world: World) -> None:
    world.there.put(entity("Q6000", labels={"en": "the other"}))
    WikiEditor(world.somebody()).merge(THERE_FIDDLING, "Q6000", "the same", "0" * 16)


def deleted(world: World) -> None:
    world.there.set_groups("Somebody", ["sysop"])
    WikiEditor(world.somebody()).delete(THERE_FIDDLING, "no use")


def consent_gone(world: World) -> None:
    world.withdraw(FIDDLING)


def held(world: World) -> None:
    world.hold(FIDDLING)


def changed_here(world: World) -> None:
    world.element(FIDDLING, (COUNTRY, item("Q12")), (HEIGHT, amount("+3")))


DRIFTS = {
    "a statement is taken away": (taken_away, Drift.GONE),
    "a statement is changed": (changed, Drift.CHANGED),
    "a statement is deprecated": (deprecated, Drift.DEPRECATED),
    "a rank is changed": (preferred, Drift.CHANGED),
    "our reference is taken away": (unsourced, Drift.REFERENCE_GONE),
    "others add references": (built_on, Drift.BUILT_ON),
    "the item is merged": (merged, Drift.MERGED),
    "the item is deleted": (deleted, Drift.ITEM_GONE),
    "the consent is withdrawn": (consent_gone, Drift.NOT_ALLOWED),
    "the record is held": (held, Drift.NOT_ALLOWED),
    "the statement changed here": (changed_here, Drift.CHANGED_HERE),
}


@pytest.mark.parametrize("case", DRIFTS)
def test_verify_reports_what_differs(element: World, case: str):
    element.publish()
    assert drifts(element) == set()
    meddle, expected = DRIFTS[case]
    meddle(element)
    found = drifts(element)
    assert (guid(FIDDLING, COUNTRY), expected) in found
    assert element.verify().is_clean == (expected is Drift.BUILT_ON)


def test_verify_changes_nothing(element: World):
    element.publish()
    changed(element)
    before = element.standing(THERE_FIDDLING)
    element.verify()
    assert not element.recorder.writes
    assert element.standing(THERE_FIDDLING) == before


def test_what_somebody_uploaded_by_hand_is_taken_into_the_ledger(world: World):
    """A statement that names our page as its source is ours to look after, whoever sent it."""
    world.element(FIDDLING, (NOTE, "x"))
    source = (("P248", item("Q7777")), ("P854", "https://archive.example/item/Q21"))
    world.there.put(
        entity(THERE_FIDDLING, statement(THERE_FIDDLING, "P1343", "x", references=(source,)), labels={"en": "fiddling"})
    )
    plan = world.plan()
    assert Mode.ALREADY_THERE in [step.mode for edit in plan.edits() for step in edit.steps]
    world.approve(plan)
    world.apply(plan)
    assert len(world.claims(THERE_FIDDLING, "P1343")) == 1
    world.retract(FIDDLING)
    (left,) = world.claims(THERE_FIDDLING, "P1343")
    assert "references" not in left
