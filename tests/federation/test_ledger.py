"""The ledger: every contribution with whose it is, chained so that no row can be changed or taken out."""

from __future__ import annotations

import pytest
from sqlalchemy import Executable, delete, text, update

from commarchive.audit import Head
from commarchive.errors import TamperedError
from commarchive.federation import ledger as ledger_module
from commarchive.federation.ledger import Ledger, Row, State
from commarchive.federation.steps import Mode

from .words import entity, guid, item, statement
from .world import COUNTRY, FIDDLING, FINLAND, NOTE, SAUNA, THERE_FIDDLING, World


@pytest.fixture
def published(world: World) -> World:
    world.there.put(entity(THERE_FIDDLING, statement(THERE_FIDDLING, "P17", item("Q33")), labels={"en": "fiddling"}))
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), (NOTE, "x"))
    world.element(SAUNA, (NOTE, "y"), qid=None, labels={"en": "Sauna"})
    world.publish()
    return world


def last(world: World, statement_: str) -> Row:
    return [row for row in world.ledger.rows() if row.statement == statement_][-1]


def test_a_row_says_what_became_of_what_by_whose_decision(published: World):
    row = last(published, guid(FIDDLING, COUNTRY))
    (there,) = published.claims(THERE_FIDDLING, "P17")
    plan = next(iter(published.ledger.rows())).plan
    assert (row.state, row.mode) == (State.CONFIRMED, Mode.REFERENCE_ADDED)
    assert (row.record, row.item, row.guid) == (FIDDLING, THERE_FIDDLING, there["id"])
    assert row.references == (there["references"][-1]["hash"],)
    assert (row.author, row.executor, row.approvers) == ("aino", "aino", ("ole",))
    assert (row.consent, row.newest_consent) == (1, 1)
    assert (row.local_site, row.site) == ("https://archive.example", "http://www.wikidata.org/entity/")
    assert (row.plan, row.batch) == (plan, plan[:12])
    assert row.local_revision > 0
    assert 0 < row.revision_before < row.revision_after == published.standing(THERE_FIDDLING)["lastrevid"]
    assert len(row.content) == len(row.said) == len(row.policy) == 64
    assert not row.new_item
    assert last(published, guid(SAUNA, NOTE)).new_item


def test_every_edit_was_intended_before_it_was_confirmed(published: World):
    states: dict[tuple[str, str], list[State]] = {}
    for row in published.ledger.rows():
        states.setdefault((row.record, row.statement), []).append(row.state)
    assert set(map(tuple, states.values())) == {(State.INTENDED, State.CONFIRMED)}


def test_an_edit_that_did_not_happen_is_blocked_in_the_ledger(world: World):
    world.element(FIDDLING, (NOTE, "x"))
    plan = world.plan()
    world.approve(plan)
    target = world.target()
    world.there.faults.add("editconflict")
    world.there.faults.clear()
    from commarchive.sandbox import Fault

    world.there.faults.add(Fault("editconflict", "wbeditentity", times=3))
    applied = world.apply(plan, target=target)
    assert set(applied.skipped) == {FIDDLING}
    assert last(world, guid(FIDDLING, NOTE)).state is State.BLOCKED
    assert world.apply(plan).sent == [FIDDLING]


def test_a_chain_that_was_not_touched_is_sound(published: World):
    head = published.ledger.verify()
    assert head == published.ledger.head()
    assert head.seq == sum(1 for _ in published.ledger.rows())


TAMPERING: dict[str, Executable] = {
    "another item": update(ledger_module.rows).where(ledger_module.rows.c.seq == 3).values(item="Q1"),
    "another approver": update(ledger_module.rows).where(ledger_module.rows.c.seq == 3).values(approvers='["eve"]'),
    "another state": update(ledger_module.rows).where(ledger_module.rows.c.seq == 3).values(state="withdrawn"),
    "a row taken out": delete(ledger_module.rows).where(ledger_module.rows.c.seq == 3),
    "two rows exchanged": text("UPDATE ledger SET seq = CASE seq WHEN 3 THEN -4 WHEN 4 THEN -3 ELSE seq END"),
}


@pytest.mark.parametrize("tampering", TAMPERING)
def test_tampering_is_noticed_and_ends_everything(published: World, tampering: str):
    with published.register.store.engine.begin() as connection:
        connection.execute(TAMPERING[tampering])
        connection.execute(text("UPDATE ledger SET seq = -seq WHERE seq < 0"))
    with pytest.raises(TamperedError, match="ledger row"):
        published.ledger.verify()
    with pytest.raises(TamperedError):
        published.verify()
    published.element(FIDDLING, (COUNTRY, item(FINLAND)), (NOTE, "x"), (NOTE, "z"))
    plan = published.plan()
    if plan.counts.edits:
        published.approve(plan)
        with pytest.raises(TamperedError):
            published.apply(plan)
        assert not published.recorder.writes


def test_a_ledger_that_was_cut_short_is_noticed_by_what_the_audit_chain_knows(published: World):
    (ended,) = (row for row in published.register.store.audit_rows() if row.event.action == "plan-ended")
    seq, hash_ = ended.event.details["ledger"].split(":")
    witness = Head(int(seq), hash_)
    assert published.ledger.verify(witness) == witness
    with published.register.store.engine.begin() as connection:
        connection.execute(delete(ledger_module.rows).where(ledger_module.rows.c.seq == int(seq)))
    published.ledger.verify()
    with pytest.raises(TamperedError, match="does not contain row"):
        published.ledger.verify(witness)


def test_the_ledger_can_be_exported_whole(published: World):
    rows = list(published.ledger.as_json())
    assert len(rows) == published.ledger.head().seq
    assert {column.name for column in ledger_module.rows.columns} == set(rows[0])
    assert rows[-1]["hash"] == published.ledger.head().hash
    assert isinstance(rows[-1]["references"], list)


def test_the_audit_chain_knows_who_approved_and_who_carried_out(published: World):
    actions = [(row.event.action, row.event.actor) for row in published.register.store.audit_rows()]
    assert actions[-3:] == [("plan-approved", "ole"), ("plan-begun", "aino"), ("plan-ended", "aino")]
    published.register.store.verify_audit()


def test_rows_survive_the_process(published: World):
    again = Ledger(published.register.store)
    assert list(again.rows()) == list(published.ledger.rows())
