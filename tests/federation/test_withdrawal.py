"""Taking back: what is ours goes, what is others' stays, and nothing comes back without a new consent."""

from __future__ import annotations

import json

import pytest

from commarchive.errors import ApprovalError, NotFoundError, StaleError, UsageError
from commarchive.federation.blockers import Blocker
from commarchive.federation.ledger import State
from commarchive.federation.plan import Kind, LeftOut
from commarchive.federation.retract import deletion_requests
from commarchive.federation.show import sentences
from commarchive.federation.steps import Mode

from .words import Json, amount, entity, guid, item, snak, statement
from .world import COUNTRY, FIDDLING, FINLAND, HEIGHT, MAPPING, NOTE, SAUNA, THERE_FIDDLING, World

SITE = "http://www.wikidata.org/entity/"


@pytest.fixture
def published(world: World) -> World:
    """Two statements of our own, and our reference on one of others."""
    theirs = statement(THERE_FIDDLING, "P17", item("Q33"), references=((("P854", "https://other.example"),),))
    world.there.put(entity(THERE_FIDDLING, theirs, labels={"en": "fiddling"}))
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), (HEIGHT, amount("+3")), (NOTE, "x"))
    world.publish()
    return world


def ours(world: World, property_id: str) -> Json:
    (found,) = world.claims(THERE_FIDDLING, property_id)
    return found


def claims(world: World, id_: str) -> Json:
    found: Json = world.standing(id_)["claims"]
    return found


def modes(plan) -> dict[str, Mode]:
    return {step.statement: step.mode for edit in plan.edits() for step in edit.steps if step.statement}


def test_our_own_statements_go_and_others_lose_only_our_reference(world: World):
    theirs = statement(THERE_FIDDLING, "P17", item("Q33"), references=((("P854", "https://other.example"),),))
    world.there.put(entity(THERE_FIDDLING, theirs, labels={"en": "fiddling"}))
    before = claims(world, THERE_FIDDLING)
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), (HEIGHT, amount("+3")))
    world.publish()
    assert claims(world, THERE_FIDDLING) != before
    plan = world.retraction(FIDDLING)
    assert modes(plan)[guid(FIDDLING, HEIGHT)] is Mode.REMOVED
    assert modes(plan)[guid(FIDDLING, COUNTRY)] is Mode.REFERENCE_REMOVED
    world.approve(plan)
    world.apply(plan)
    assert claims(world, THERE_FIDDLING) == before
    (write,) = world.recorder.writes
    sent = json.loads(write["data"])
    assert set(sent) == {"claims"}
    assert write["baserevid"]
    assert "take back" in write["summary"]


def test_where_others_have_added_references_only_ours_goes(published: World):
    theirs = ours(published, "P2048")
    theirs["references"].append({"snaks": {"P854": [snak("P854", "https://two.example")]}})
    published.somebody_edits(THERE_FIDDLING, {"claims": [theirs]})
    published.retract(FIDDLING)
    left = ours(published, "P2048")
    assert [r["snaks"]["P854"][0]["datavalue"]["value"] for r in left["references"]] == ["https://two.example"]
    assert published.claims(THERE_FIDDLING, "P1343") == []


@pytest.mark.parametrize("how", ["value", "qualifier", "rank"])
def test_what_others_changed_is_left_to_a_person(published: World, how: str):
    theirs = ours(published, "P2048")
    match how:
        case "value":
            theirs["mainsnak"] = snak("P2048", amount("+4"))
        case "qualifier":
            theirs["qualifiers"] = {"P1810": [snak("P1810", "about")]}
        case "rank":
            theirs["rank"] = "deprecated"
    published.somebody_edits(THERE_FIDDLING, {"claims": [theirs]})
    before = ours(published, "P2048")
    plan = published.retraction(FIDDLING)
    (left,) = (entry for entry in plan.entries() if isinstance(entry, LeftOut))
    assert (left.part, left.blocks[0].blocker) == (guid(FIDDLING, HEIGHT), Blocker.CHANGED_THERE)
    assert "a person looks" in left.blocks[0].words
    published.approve(plan)
    published.apply(plan)
    assert ours(published, "P2048") == before
    assert published.claims(THERE_FIDDLING, "P1343") == []


def test_an_item_that_we_made_stays_with_a_text_to_ask_for_its_deletion(world: World):
    world.element(SAUNA, (COUNTRY, item(FINLAND)), (NOTE, "x"), qid=None, labels={"en": "Sauna"})
    world.publish()
    made = world.ledger.items(SITE, [SAUNA])[SAUNA]
    assert dict(deletion_requests(world.federation, world.target(), [SAUNA])) == {}
    world.retract(SAUNA)
    assert claims(world, made) == {}
    assert world.standing(made)["labels"]["en"]["value"] == "Sauna"
    (request,) = dict(deletion_requests(world.federation, world.target(), [SAUNA])).items()
    assert request[0] == made
    assert f"[[{made}]]" in request[1]
    assert "https://archive.example" in request[1]
    assert "No statement is left on it" in request[1]


def test_what_was_wrong_is_marked_wrong_with_the_reason(published: World):
    local = guid(FIDDLING, HEIGHT)
    plan = published.retraction(local, wrong=True)
    assert modes(plan) == {local: Mode.DEPRECATED}
    published.approve(plan)
    published.apply(plan)
    left = ours(published, "P2048")
    assert left["rank"] == "deprecated"
    assert left["qualifiers"]["P2241"][0]["datavalue"]["value"]["id"] == "Q29998666"
    assert left["references"]


def test_what_was_wrong_can_be_said_right_without_a_new_consent(published: World):
    published.retract(guid(FIDDLING, HEIGHT), wrong=True)
    assert published.plan().counts.edits == 0
    published.element(FIDDLING, (COUNTRY, item(FINLAND)), (HEIGHT, amount("+5")), (NOTE, "x"))
    for consent in published.register.consents.of(FIDDLING)[1:]:
        published.register.consents.withdraw(consent.id, by="ole", groups=["village"])
    published.publish()
    numbers = {
        c["mainsnak"]["datavalue"]["value"]["amount"]: c["rank"] for c in published.claims(THERE_FIDDLING, "P2048")
    }
    assert numbers == {"+3": "deprecated", "+5": "normal"}


def test_marking_wrong_needs_a_mapping_that_says_how(published: World):
    text = "\n".join(line for line in MAPPING.splitlines() if not line.startswith("corrections"))
    (published.folder / "mapping.yaml").write_text(text)
    with pytest.raises(UsageError, match="the mapping does not say how"):
        published.retraction(FIDDLING, wrong=True)


def test_taking_back_needs_nothing_but_our_own_ledger(published: World):
    """Long after the edit group was archived, with no help of any service there."""
    published.clock.sleep(2 * 365 * 86400)
    published.sync()
    published.retract(FIDDLING)
    assert set(claims(published, THERE_FIDDLING)) == {"P17"}
    actions = {{**r.params, **r.form}["action"] for r in published.recorder.requests}
    assert actions <= {"query", "login", "clientlogin", "wbgetentities", "wbeditentity"}


@pytest.mark.parametrize("what", ["the record", "one statement"])
def test_nothing_comes_back_without_a_new_consent(published: World, what: str):
    local = guid(FIDDLING, HEIGHT)
    published.retract(FIDDLING if what == "the record" else local)
    plan = published.plan()
    assert plan.counts.edits == 0
    reasons = {e.part: {b.blocker for b in e.blocks} for e in plan.entries() if isinstance(e, LeftOut)}
    assert reasons[local] == {Blocker.WITHDRAWN}
    published.consent(FIDDLING)
    published.publish()
    assert len(published.claims(THERE_FIDDLING, "P2048")) == 1
    assert published.verify().is_clean


def test_it_does_not_come_back_under_another_guid(published: World):
    published.retract(guid(FIDDLING, HEIGHT))
    again = statement(FIDDLING, HEIGHT, amount("+3.0"), name="re-created by a bot")
    published.put(
        FIDDLING, ("P7", item("Q1")), ("P9", THERE_FIDDLING), (COUNTRY, item(FINLAND)), again, labels={"en": "x"}
    )
    published.sync()
    published.release(FIDDLING)
    plan = published.plan()
    reasons = {e.part: {b.blocker for b in e.blocks} for e in plan.entries() if isinstance(e, LeftOut)}
    assert reasons[again["id"]] == {Blocker.WITHDRAWN}


def test_after_a_whole_record_was_taken_back_new_statements_need_a_new_consent_too(published: World):
    published.retract(FIDDLING)
    published.put(
        FIDDLING,
        ("P7", item("Q1")),
        ("P9", THERE_FIDDLING),
        statement(FIDDLING, NOTE, "new", name="new"),
        labels={"en": "x"},
    )
    published.sync()
    plan = published.plan()
    reasons = {e.part: {b.blocker for b in e.blocks} for e in plan.entries() if isinstance(e, LeftOut)}
    assert reasons[guid(FIDDLING, "new")] == {Blocker.WITHDRAWN}


def test_a_tombstone_stays_without_what_was_said(published: World):
    published.retract(FIDDLING)
    rows = [row for row in published.ledger.rows(record=FIDDLING) if row.state is State.WITHDRAWN]
    assert {row.statement for row in rows} > {guid(FIDDLING, HEIGHT), guid(FIDDLING, NOTE)}
    assert all(row.plan and row.executor == "aino" and row.approvers == ("ole",) for row in rows)
    everything = json.dumps(list(published.ledger.as_json()))
    assert "fiddling" not in everything.lower()
    assert '"+3"' not in everything


def test_what_is_gone_already_is_noted(published: World):
    published.somebody_edits(THERE_FIDDLING, {"claims": [{"id": ours(published, "P2048")["id"], "remove": ""}]})
    plan = published.retraction(guid(FIDDLING, HEIGHT))
    assert modes(plan) == {guid(FIDDLING, HEIGHT): Mode.GONE}
    published.approve(plan)
    published.apply(plan)
    assert not published.recorder.writes
    assert published.verify(FIDDLING).checked == 3
    with pytest.raises(NotFoundError, match="nothing of that stands there"):
        published.retraction(guid(FIDDLING, HEIGHT))


def test_a_retraction_is_a_plan_that_somebody_else_approves(published: World):
    plan = published.retraction(FIDDLING, why="the family asked")
    assert plan.header.kind is Kind.RETRACT
    assert plan.header.why == "the family asked"
    with pytest.raises(ApprovalError):
        published.apply(plan)
    with pytest.raises(ApprovalError, match="made this plan"):
        published.approve(plan, by="aino")


def test_a_retraction_goes_stale_where_it_was_taken_back_meanwhile(published: World):
    one, two = published.retraction(FIDDLING), published.retraction(FIDDLING)
    assert one.digest == two.digest
    later = published.retraction(FIDDLING, why="again")
    published.approve(one)
    published.approve(later)
    published.apply(one)
    with pytest.raises(StaleError, match="taken back already"):
        published.apply(later)


def test_a_retraction_leaves_alone_what_changed_between(published: World):
    plan = published.retraction(FIDDLING)
    published.approve(plan)
    theirs = ours(published, "P2048")
    theirs["mainsnak"] = snak("P2048", amount("+4"))
    published.somebody_edits(THERE_FIDDLING, {"claims": [theirs]})
    applied = published.apply(plan)
    assert set(applied.skipped) == {FIDDLING}
    assert ours(published, "P2048")["mainsnak"]["datavalue"]["value"]["amount"] == "+4"


def test_a_record_that_is_hidden_by_now_can_be_taken_back(published: World):
    published.hold(FIDDLING)
    published.withdraw(FIDDLING)
    published.retract(FIDDLING)
    assert set(claims(published, THERE_FIDDLING)) == {"P17"}


def test_everything_can_be_taken_back_at_once(published: World):
    published.element(SAUNA, (COUNTRY, item(FINLAND)), qid=None, labels={"en": "Sauna"})
    published.publish()
    plan = published.retraction()
    assert {edit.record for edit in plan.edits()} == {FIDDLING, SAUNA}
    published.approve(plan)
    published.apply(plan)
    assert published.verify().checked == 0


@pytest.mark.parametrize("what", ["nonsense", "P1", "Q21$x"])
def test_what_is_neither_record_nor_statement_is_refused(published: World, what: str):
    with pytest.raises(UsageError, match="neither a record's id nor a statement's GUID"):
        published.retraction(what)


def test_the_retraction_says_what_it_does_in_sentences(published: World):
    text = "\n".join(sentences(published.retraction(FIDDLING, why="the family asked")))
    assert "to take back from http://www.wikidata.org/entity/" in text
    assert "because: the family asked" in text
    assert "takes away our statement: P2048 there (P2048): 3" in text
    assert "takes away our reference, and leaves the statement to others: P17 there (P17): Finland (Q33)" in text
    assert "nothing of it is published again without a new consent" in text
