"""Who plans, who agrees, who carries out: never one person alone, and never without a steward of each record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commarchive.errors import ApprovalError, ConflictError, RefusedError
from commarchive.federation.approve import agreement, approve
from commarchive.federation.plan import Plan
from commarchive.policy.standing import Membership, MembershipState, Role

from .words import item
from .world import COUNTRY, FIDDLING, FINLAND, SAUNA, World


@pytest.fixture
def plan(world: World) -> Plan:
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    return world.plan()


def test_nobody_agrees_to_their_own_plan(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    plan = world.plan(author="ole")
    with pytest.raises(ApprovalError, match="`ole` made this plan"):
        world.approve(plan, by="ole")
    world.approve(plan, by="liv")


@pytest.mark.parametrize("who", ["berit", "aino's cousin", "host", "somebody"])
def test_only_a_steward_of_the_records_agrees(world: World, plan: Plan, who: str):
    with pytest.raises(ApprovalError, match="is no steward"):
        world.approve(plan, by=who)


def test_a_data_steward_alone_does_not_agree(world: World, plan: Plan):
    world.register.members.set("second", Membership("village", Role.DATA_STEWARD), by="ole")
    with pytest.raises(ApprovalError, match="is no steward"):
        world.approve(plan, by="second")


def test_nobody_agrees_twice(world: World, plan: Plan):
    world.approve(plan)
    with pytest.raises(ConflictError, match="agreed to this plan before"):
        world.approve(plan)


def test_without_agreement_nothing_is_sent(world: World, plan: Plan):
    with pytest.raises(ApprovalError, match="0 of 1 people agreed"):
        world.apply(plan)
    assert not world.recorder.writes


def test_as_many_have_to_agree_as_the_archive_says(world: World, plan: Plan):
    federation = replace(world.federation, approvals=2)
    assert not approve(federation, plan, by="ole").is_enough
    found = approve(federation, plan, by="liv")
    assert found.is_enough
    assert set(found.people) == {"ole", "liv"}


def test_agreement_is_bound_to_the_bytes_of_the_plan(world: World, plan: Plan):
    world.approve(plan)
    again = world.plan(author="ole")
    assert again.digest != plan.digest
    assert agreement(world.federation, again).people == ()
    with pytest.raises(ApprovalError):
        world.apply(again)


def test_every_record_needs_a_steward_who_agreed(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    world.put(SAUNA, ("P7", item("Q1")), (COUNTRY, item(FINLAND)), community="guild", labels={"en": "Sauna"})
    world.sync()
    from commarchive.projection.governance import waiting
    from commarchive.register.consents import Consent, Scope

    governance = world.projection.governance([SAUNA])
    world.register.releases.propose(waiting(governance[SAUNA]), by="berit")
    given = Consent(SAUNA, "Berit", frozenset({Scope.FEDERATE_WIKIDATA}), "a meeting")
    world.register.consents.record(given, by="berit", groups=["guild"])
    plan = world.plan()
    assert {edit.record for edit in plan.edits()} == {FIDDLING, SAUNA}
    world.approve(plan, by="ole")
    assert agreement(world.federation, plan).without == (SAUNA,)
    world.register.members.set("aino", Membership("guild", Role.DATA_STEWARD), by="berit")
    with pytest.raises(ApprovalError, match="nobody who agreed is a steward of `Q22`"):
        world.apply(plan)
    world.approve(plan, by="berit")
    assert sorted(world.apply(plan).sent) == [FIDDLING, SAUNA]


def test_who_is_no_steward_any_more_has_not_agreed(world: World, plan: Plan):
    world.approve(plan, by="liv")
    world.register.members.set("liv", Membership("village", Role.STEWARD, MembershipState.ENDED), by="ole")
    assert agreement(world.federation, plan).people == ()
    with pytest.raises(ApprovalError):
        world.apply(plan)


@pytest.mark.parametrize("who", ["ole", "liv", "host", "somebody"])
def test_only_a_data_steward_carries_out(world: World, plan: Plan, who: str):
    world.approve(plan)
    with pytest.raises(RefusedError, match="is no data steward"):
        world.apply(plan, by=who)


@pytest.mark.parametrize("who", ["host", "somebody"])
def test_only_stewards_and_data_stewards_plan(world: World, who: str):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    with pytest.raises(RefusedError, match="neither data steward nor steward"):
        world.plan(author=who)


def test_an_agreement_leaves_its_row_in_the_audit_chain(world: World, plan: Plan):
    approve(world.federation, plan, by="ole", why="read it with the family")
    event = world.register.store.audit_rows()[-1].event
    assert (event.actor, event.action, event.subject) == ("ole", "plan-approved", f"plan:{plan.digest}")
    assert event.details["why"] == "read it with the family"
    assert (event.details["edits"], event.details["author"]) == (1, "aino")


def test_an_archive_that_is_not_level_with_its_wiki_sends_nothing(world: World, plan: Plan):
    from commarchive.errors import ClosedError

    world.approve(plan)
    world.clock.sleep(3600)
    with pytest.raises(ClosedError, match="was not taken in lately"):
        world.apply(plan)
    assert not world.recorder.writes
    world.sync()
    assert world.apply(plan).sent == [FIDDLING]
