"""Who has to agree before something opens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commarchive.errors import ApprovalError, ConflictError, NotFoundError, RefusedError, UsageError
from commarchive.policy import targets
from commarchive.policy.ratchet import Release, Restriction
from commarchive.policy.standing import Membership, MembershipState, Role
from commarchive.register import Register
from commarchive.register.members import Members
from commarchive.register.releases import Entry, Memory, Releases
from tests.archives import without

OPEN = Entry("Q1", ("village",), Release(targets.ENTITY, "public", 5), before="stewards(village)")


def entry(before: str, after: str, *communities: str, target: str = targets.ENTITY) -> Entry:
    return Entry("Q1", communities or ("village",), Release(target, after, 5), before=before)


def released(register: Register, entity: str = "Q1") -> list[Release]:
    return register.releases.memory([entity])[entity].releases


@pytest.mark.parametrize(
    ("entries", "needs"),
    [
        ([OPEN], {"village": 1}),
        ([entry("elders", "public")], {"village": 1, "elders": 2}),
        ([entry("public", "elders")], {"village": 1, "elders": 2}),
        ([entry("elders", "any(elders, singers)")], {"village": 1, "elders": 2, "singers": 1}),
        ([entry("all(elders, members(singers))", "stewards(elders)")], {"village": 1, "elders": 2, "singers": 1}),
        ([entry("singers", "public", "village", "town")], {"village": 1, "town": 1, "singers": 1}),
        ([entry("singers", "public"), entry("elders", "public", target="statement:Q1$x")],
         {"village": 1, "singers": 1, "elders": 2}),
        ([entry("draft", "live", target=targets.STATE)], {"village": 1}),
        ([replace(entry("draft", "live", target=targets.STATE), protocols=frozenset({"elders"}))],
         {"village": 1, "elders": 2}),
        ([entry("hidden", "metadata", target=targets.OUTSIDERS_SEE)], {"village": 1}),
        ([entry("any()", "public")], {"village": 1}),
    ],
)  # fmt: skip
def test_every_protocol_named_before_or_after_and_the_community_have_to_agree(
    register: Register, entries: list[Entry], needs: dict[str, int]
) -> None:
    assert register.releases.propose(entries, by="Aino").needs == needs


def test_one_steward_is_enough_where_nobody_else_has_to_agree(register: Register) -> None:
    done = register.releases.propose([OPEN], by="Aino", why="the village agreed")
    assert (done.state, done.approved_by) == ("done", ("Aino",))
    assert released(register) == [OPEN.release]


class TestTwoPeople:
    @pytest.fixture
    def proposal(self, register: Register) -> int:
        return register.releases.propose([entry("elders", "public")], by="Aino").id

    def test_are_the_proposer_and_another_steward(self, register: Register, proposal: int) -> None:
        assert released(register) == []
        assert register.releases.approve(proposal, by="Eino").state == "done"
        assert released(register) == [Release(targets.ENTITY, "public", 5)]

    def test_are_never_one_person_twice(self, register: Register, proposal: int) -> None:
        with pytest.raises(ConflictError, match="agreed to release 1 before"):
            register.releases.approve(proposal, by="Aino")
        assert released(register) == []

    @pytest.mark.parametrize("by", ["Vieno", "Sylvi", "Taimi", "host", "Olli", "Nobody"])
    def test_are_stewards(self, register: Register, proposal: int, by: str) -> None:
        before = register.store.witness()
        with pytest.raises(ApprovalError, match="is no steward of `elders`, `village`"):
            register.releases.approve(proposal, by=by)
        assert register.store.witness() == before
        assert released(register) == []

    def test_still_are_when_the_last_one_agrees(self, register: Register, proposal: int) -> None:
        for person in ("Uuno", "Urho"):
            register.members.set(person, Membership("elders", Role.STEWARD), by="Eino")
        register.members.set("Aino", Membership("elders", state=MembershipState.ENDED, role=Role.STEWARD), by="Eino")
        assert register.releases.approve(proposal, by="Uuno").state == "open"
        assert released(register) == []
        assert register.releases.approve(proposal, by="Urho").state == "done"

    def test_of_the_protocol_are_not_enough_without_the_community(self, register: Register) -> None:
        for person in ("Uuno", "Urho"):
            register.members.set(person, Membership("elders", Role.STEWARD), by="Eino")
        proposal = register.releases.propose([entry("elders", "public", "town")], by="Uuno").id
        assert register.releases.approve(proposal, by="Urho").state == "open"
        assert register.releases.approve(proposal, by="Taimi").state == "done"

    def test_can_take_it_back_before_it_is_done(self, register: Register, proposal: int) -> None:
        assert register.releases.withdraw(proposal, by="Eino").state == "withdrawn"
        for act in (register.releases.approve, register.releases.withdraw):
            with pytest.raises(ConflictError, match="release 1 is withdrawn"):
                act(proposal, by="Eino")
        assert released(register) == []

    def test_alone_can_take_it_back(self, register: Register, proposal: int) -> None:
        with pytest.raises(RefusedError, match="did not propose release 1"):
            register.releases.withdraw(proposal, by="Vieno")

    def test_cannot_do_it_twice(self, register: Register, proposal: int) -> None:
        register.releases.approve(proposal, by="Eino")
        with pytest.raises(ConflictError, match="release 1 is done"):
            register.releases.approve(proposal, by="Eino")
        assert len(released(register)) == 1


class TestADataSteward:
    @pytest.fixture(autouse=True)
    def data(self, register: Register) -> None:
        register.members.set("Data", Membership("village", Role.DATA_STEWARD), by="Aino")

    def test_proposes_and_does_not_agree(self, register: Register) -> None:
        proposal = register.releases.propose([OPEN], by="Data")
        assert (proposal.state, proposal.approved_by) == ("open", ())
        with pytest.raises(ApprovalError):
            register.releases.approve(proposal.id, by="Data")
        assert register.releases.approve(proposal.id, by="Aino").state == "done"

    def test_takes_back_their_own_proposal(self, register: Register) -> None:
        proposal = register.releases.propose([OPEN], by="Data").id
        assert register.releases.withdraw(proposal, by="Data").state == "withdrawn"


@pytest.mark.parametrize("by", ["Vieno", "Taimi", "host", "Olli", "Nobody"])
def test_nobody_else_proposes(register: Register, by: str) -> None:
    before = register.store.witness()
    with pytest.raises(RefusedError, match="neither steward nor data steward of `village`"):
        register.releases.propose([OPEN], by=by)
    assert register.store.witness() == before


def test_every_single_record_of_a_batch_needs_the_right(register: Register) -> None:
    batch = [OPEN, Entry("Q2", ("town",), Release(targets.ENTITY, "public", 5), before="stewards(town)")]
    with pytest.raises(RefusedError, match="of `town`"):
        register.releases.propose(batch, by="Aino")
    assert register.releases.proposals() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replace(OPEN, entity="Q0"), "is no id of a record"),
        (replace(OPEN, release=Release("everything", "public", 5)), "is no part of a record"),
        (replace(OPEN, release=Release(targets.ENTITY, "elders,", 5)), "is no condition"),
        (replace(OPEN, release=Release(targets.ENTITY, "any(singers, elders)", 5)), r"is `any\(elders, singers\)`"),
        (replace(OPEN, release=Release(targets.ENTITY, "dancers", 5)), "`dancers` names no protocol"),
        (replace(OPEN, release=Release(targets.ENTITY, "all(elders, members)", 5)), "`members` names no"),
        (replace(OPEN, release=Release(targets.STATE, "alive", 5)), "is no state"),
        (replace(OPEN, release=Release(targets.STATE, "public", 5)), "is no state"),
        (replace(OPEN, release=Release(targets.OUTSIDERS_SEE, "all", 5)), "is no outsiders-see"),
    ],
)
def test_what_no_record_could_be_released_to_is_refused(register: Register, change: Entry, message: str) -> None:
    before = register.store.witness()
    with pytest.raises(UsageError, match=message):
        register.releases.propose([change], by="Aino")
    assert register.store.witness() == before


def test_nothing_cannot_be_released(register: Register) -> None:
    with pytest.raises(UsageError, match="nothing to release"):
        register.releases.propose([], by="Aino")


def test_a_record_without_a_community_is_released_by_nobody(register: Register) -> None:
    with pytest.raises(RefusedError, match="`Q1` states no community"):
        register.releases.propose([replace(OPEN, communities=(), before="elders")], by="Aino")


def test_nobody_agrees_for_a_protocol_that_is_gone(register: Register) -> None:
    archive = without(["singers"])
    releases = Releases(register.store, archive, Members(register.store, archive))
    with pytest.raises(RefusedError, match="has no `singers` any more"):
        releases.propose([entry("singers", "public")], by="Aino")


def test_a_proposal_that_is_not_there_cannot_be_approved(register: Register) -> None:
    with pytest.raises(NotFoundError, match="no release 7"):
        register.releases.approve(7, by="Aino")


def test_proposals_are_listed_by_state(register: Register) -> None:
    done = register.releases.propose([OPEN], by="Aino")
    waiting = register.releases.propose([entry("elders", "public")], by="Aino")
    assert [each.id for each in register.releases.proposals()] == [done.id, waiting.id]
    assert register.releases.proposals(state="open") == [waiting]


def test_restrictions_are_remembered_once_and_in_order(register: Register) -> None:
    elders, singers = Restriction("entity", "elders", 3), Restriction("statement:Q1$x", "singers", 2, "statement/P5")
    register.releases.remember({"Q1": [elders, singers, elders], "Q2": []})
    after = register.store.witness()
    register.releases.remember({"Q1": [elders]})
    assert register.store.witness() == after
    assert register.releases.memory(["Q1", "Q2"]) == {"Q1": Memory([singers, elders]), "Q2": Memory()}


def test_a_long_condition_is_remembered(register: Register) -> None:
    value = f"any({', '.join(f'all(elders, singers, after(20{n:02d}-01-01))' for n in range(99))})"
    register.releases.remember({"Q1": [Restriction("entity", value, 3)]})
    assert register.releases.memory(["Q1"])["Q1"].restrictions[0].value == value


def test_what_is_remembered_and_released_touches_the_record_and_is_in_the_audit(register: Register) -> None:
    start = register.store.witness()
    register.releases.remember({"Q1": [Restriction("entity", "elders", 3)]})
    proposal = register.releases.propose([replace(OPEN, entity="Q2")], by="Aino", why="agreed").id
    assert register.store.touched_since(start.generation) == {"Q1", "Q2"}
    rows = register.store.audit_rows(after=start.audit_seq)
    assert [(row.event.actor, row.event.action) for row in rows] == [
        ("commarchive", "restrictions-seen"),
        ("Aino", "release-proposed"),
        ("Aino", "release-approved"),
        ("Aino", "released"),
    ]
    assert rows[-1].event.details == {"agreed": ["Aino"], "entities": ["Q2"]}
    assert rows[-1].event.subject == str(proposal)
