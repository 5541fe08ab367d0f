"""A plan: bytes that depend on the state alone, that write nothing, that cannot be altered, that go out of date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commarchive.errors import ConflictError, NotFoundError, RefusedError, StaleError, TamperedError, UsageError
from commarchive.federation.blockers import Blocker
from commarchive.federation.plan import LeftOut, read_plan
from commarchive.federation.show import sentences
from commarchive.federation.steps import Mode

from .words import item, statement, year
from .world import (
    COUNTRY,
    ELEMENT,
    FIDDLING,
    FINLAND,
    INSTANCE_OF,
    LIST,
    MAPPING,
    NORWAY,
    NOTE,
    REPRESENTATIVE_LIST,
    SAUNA,
    THERE_FIDDLING,
    World,
)


@pytest.fixture
def element(world: World) -> World:
    world.element(
        FIDDLING,
        (COUNTRY, item(FINLAND)),
        statement(FIDDLING, LIST, item(REPRESENTATIVE_LIST), ("P22", year(2021))),
        labels={"en": "Fiddling", "fi": "Viulunsoitto"},
    )
    return world


def test_planning_writes_nothing_here_or_there(element: World):
    before = (element.standing(THERE_FIDDLING), element.register.store.witness(), element.ledger.head())
    element.plan()
    assert not element.recorder.writes
    assert (element.standing(THERE_FIDDLING), element.register.store.witness(), element.ledger.head()) == before


def test_the_same_state_gives_the_same_bytes(element: World):
    element.element(SAUNA, (NOTE, "x"), qid=None, labels={"en": "Sauna", "fi": "Sauna"})
    one, two = element.plan(), element.plan()
    assert one.path != two.path
    assert one.path.read_bytes() == two.path.read_bytes()
    assert one.digest == two.digest


def test_a_plan_reads_back_as_it_was_written(element: World):
    made = element.plan()
    found = read_plan(made.path)
    assert found == made
    assert list(found.entries()) == list(found.entries())


def test_a_plan_rests_on_revisions_consents_and_rules(element: World):
    plan = element.plan()
    (edit,) = plan.edits()
    assert edit.revision == element.projection.governance([FIDDLING])[FIDDLING].revision
    assert edit.item_revision == element.standing(THERE_FIDDLING)["lastrevid"]
    assert {step.consent for step in edit.steps} == {1}
    assert plan.header.policy == element.federation.policy()


ALTERATIONS = {
    "another value": lambda text: text.replace('"Q33"', '"Q34"'),
    "another author": lambda text: text.replace('"author":"aino"', '"author":"liv"'),
    "a line less": lambda text: "".join(text.splitlines(keepends=True)[:-2] + text.splitlines(keepends=True)[-1:]),
    "no end": lambda text: "".join(text.splitlines(keepends=True)[:-1]),
    "half a line": lambda text: text[:-20],
    "a line more": lambda text: text + text.splitlines(keepends=True)[1],
    "other spaces": lambda text: text.replace('":', '": ', 1),
    "nothing": lambda _: "",
    "something else": lambda _: "# no plan\n",
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_altered_plan_is_not_carried_out(element: World, alteration: str):
    plan = element.plan()
    element.approve(plan)
    plan.path.write_text(ALTERATIONS[alteration](plan.path.read_text()))
    with pytest.raises((TamperedError, RefusedError)):
        element.apply(read_plan(plan.path))
    assert not element.recorder.writes


def test_a_plan_that_is_altered_after_it_was_read_is_not_carried_out(element: World):
    plan = element.plan()
    element.approve(plan)
    plan.path.write_text(ALTERATIONS["another value"](plan.path.read_text()))
    with pytest.raises(TamperedError, match="altered in line 2"):
        element.apply(plan)
    assert not element.recorder.writes


def test_no_file_is_no_plan(tmp_path: Path):
    with pytest.raises(NotFoundError, match="there is no plan"):
        read_plan(tmp_path / "none")


def test_a_plan_that_fails_leaves_no_file(element: World):
    class BreakingError(Exception):
        pass

    def breaks(_: int) -> None:
        raise BreakingError

    with pytest.raises(BreakingError):
        element.plan(progress=breaks)
    assert not list(element.folder.glob("*plan*"))


def test_a_record_that_changed_here_makes_a_plan_stale(element: World):
    plan = element.plan()
    element.approve(plan)
    element.put(FIDDLING, (INSTANCE_OF, item(ELEMENT)), (COUNTRY, item(NORWAY)), labels={"en": "Fiddling"})
    element.sync()
    with pytest.raises(StaleError, match=r"changed|no longer"):
        element.apply(plan)
    assert not element.recorder.writes


def test_a_label_that_changed_here_makes_a_plan_stale_too(element: World):
    plan = element.plan()
    element.approve(plan)
    element.element(
        FIDDLING,
        (COUNTRY, item(FINLAND)),
        statement(FIDDLING, LIST, item(REPRESENTATIVE_LIST), ("P22", year(2021))),
        labels={"en": "Fiddle playing", "fi": "Viulunsoitto"},
    )
    with pytest.raises(StaleError, match="changed since the plan was made"):
        element.apply(plan)


def test_a_hidden_change_here_makes_no_plan_stale(element: World):
    plan = element.plan()
    element.approve(plan)
    revisions = element.projection.governance([FIDDLING])[FIDDLING].revision
    hidden = statement(FIDDLING, "P30", "hush")
    element.put(
        FIDDLING,
        (INSTANCE_OF, item(ELEMENT)),
        ("P9", THERE_FIDDLING),
        (COUNTRY, item(FINLAND)),
        statement(FIDDLING, LIST, item(REPRESENTATIVE_LIST), ("P22", year(2021))),
        hidden,
        labels={"en": "Fiddling", "fi": "Viulunsoitto"},
    )
    element.sync()
    assert element.projection.governance([FIDDLING])[FIDDLING].revision > revisions
    assert element.apply(plan).sent == [FIDDLING]


def test_another_mapping_makes_a_plan_stale(element: World):
    plan = element.plan()
    element.approve(plan)
    (element.folder / "mapping.yaml").write_text(MAPPING.replace("{to: P17}", "{to: P3259}"))
    with pytest.raises(StaleError, match="the mapping"):
        element.apply(plan)


def test_a_withdrawn_declaration_of_cc0_makes_a_plan_stale(element: World):
    plan = element.plan()
    element.approve(plan)
    element.licence = ""
    with pytest.raises(StaleError):
        element.apply(plan)


def test_a_plan_of_another_archive_is_refused(element: World):
    plan = element.plan()
    other = plan.path.read_text().replace('"archive":"village-archive"', '"archive":"other"')
    plan.path.write_text(other)
    with pytest.raises(ConflictError, match="this is a plan of `other`"):
        element.approve(read_plan(plan.path))


def test_a_mapping_for_another_wiki_plans_nothing(element: World):
    (element.folder / "mapping.yaml").write_text(MAPPING.replace("www.wikidata.org", "other.example"))
    with pytest.raises(ConflictError, match=r"the mapping is for `http://other\.example/entity/`"):
        element.plan()


@pytest.mark.parametrize("asked", ["fiddling", "P20", "Q21$1"])
def test_what_is_no_record_is_not_planned(element: World, asked: str):
    with pytest.raises(UsageError, match="is no record's id"):
        element.plan(asked)


def test_only_what_some_consent_is_about_is_planned_unasked(element: World):
    element.put(SAUNA, (NOTE, "x"), labels={"en": "Sauna"})
    element.sync()
    element.release(SAUNA)
    assert {edit.record for edit in element.plan().edits()} == {FIDDLING}
    assert element.plan().counts.left_out == 0


def test_two_records_about_one_item_there_go_to_a_person(element: World):
    element.element(SAUNA, (NOTE, "x"), labels={"en": "Sauna"})
    plan = element.plan()
    assert [edit.record for edit in plan.edits()] == [FIDDLING]
    (left,) = (entry for entry in plan.entries() if isinstance(entry, LeftOut) and entry.record == SAUNA)
    assert [block.blocker for block in left.blocks] == [Blocker.CHOICE]


def test_an_archive_that_nobody_else_can_open_names_no_source_and_publishes_nothing(element: World):
    from dataclasses import replace

    from commarchive.federation.planning import plan_publication

    closed = replace(element.federation, reachable=False)
    plan = plan_publication(closed, element.target(), element.folder / "plan", author="aino")
    assert plan.counts.edits == 0
    blockers = {b.blocker for e in plan.entries() if isinstance(e, LeftOut) for b in e.blocks}
    assert blockers == {Blocker.NO_ADDRESS}


def test_the_plan_says_what_it_does_in_sentences(element: World):
    element.element(SAUNA, (COUNTRY, item(FINLAND)), qid=None, labels={"en": "Sauna", "fi": "Sauna"})
    element.somebody_edits(THERE_FIDDLING, {"claims": [statement(THERE_FIDDLING, "P17", item("Q33"))]})
    text = "\n".join(sentences(element.plan()))
    assert "Fiddling (Q21): the item fiddling (Q5000) there" in text
    assert "says new: P3259 there (P3259): Representative List (Q110319947) (P580 there (P580): 2021)" in text
    assert "here: list (P21): representative-list (Q4) (since (P22): 2021)" in text
    assert "adds our reference to what others say: P17 there (P17): Finland (Q33)" in text
    assert "Sauna (Q22): a new item is made there" in text
    assert "called “Sauna” (fi)" in text
    assert "For ever, whatever is decided later" in text
    assert "Can be taken back" in text


def test_the_plan_says_the_same_as_data(element: World):
    lines = [json.loads(line) for line in element.plan().path.read_text().splitlines()]
    assert lines[0]["format"] == "commarchive-plan/1"
    assert [step["mode"] for step in lines[1]["edit"]["steps"]] == [Mode.CREATED] * 3
    assert lines[-1] == {"end": {"edits": 1, "left_out": 0, "new_items": 0, "steps": 3}}


@pytest.mark.parametrize("choice", [("Q21", "banana"), ("banana", "Q42"), ("Q21", "P31"), ("Q21$1", "Q42")])
def test_a_choice_that_is_none_is_refused(element: World, choice: tuple[str, str]):
    with pytest.raises(UsageError, match="is no choice"):
        element.plan(choices=dict([choice]))
