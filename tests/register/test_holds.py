"""What is closed at once, and who lifts it again."""

from __future__ import annotations

import pytest

from commarchive.errors import ConflictError, NotFoundError, RefusedError, UsageError
from commarchive.policy.standing import Membership, Role
from commarchive.register import Register
from commarchive.register.holds import HoldReason, Reach

SORROW = HoldReason.SORROW


@pytest.mark.parametrize("role", [Role.STEWARD, Role.DATA_STEWARD, Role.COMMUNITY_MANAGER])
def test_a_hold_closes_a_record_and_those_with_it(register: Register, role: Role) -> None:
    register.members.set("Data", Membership("village", role), by="Aino")
    hold = register.holds.place("Q1", SORROW, by="Data", groups=["village"], also=["Q2", "Q3"], review="2031-02-01")
    assert (hold.entity, hold.reason, hold.closes, hold.review) == ("Q1", SORROW, ("Q1", "Q2", "Q3"), "2031-02-01")
    assert register.holds.closed() == {"Q1", "Q2", "Q3"}
    assert [each.id for each in register.holds.on("Q2")] == [hold.id]
    assert register.holds.all() == [hold]
    assert register.holds.get(hold.id) == hold


@pytest.mark.parametrize("role", [Role.MEMBER, Role.CONTRIBUTOR, Role.CURATOR, Role.FACILITATOR, Role.AUDITOR])
def test_other_roles_place_none(register: Register, role: Role) -> None:
    register.members.set("Other", Membership("village", role), by="Aino")
    before = register.store.witness()
    with pytest.raises(RefusedError, match="`Other` may not do that for `village`"):
        register.holds.place("Q1", SORROW, by="Other", groups=["village"])
    assert register.store.witness() == before
    assert register.holds.closed() == frozenset()


def test_a_steward_of_something_else_places_none(register: Register) -> None:
    with pytest.raises(RefusedError, match="for this record"):
        register.holds.place("Q1", SORROW, by="Aino", groups=[])
    with pytest.raises(RefusedError, match="for `town`"):
        register.holds.place("Q1", SORROW, by="Aino", groups=["town"])


@pytest.mark.parametrize(
    ("entity", "also", "review", "message"),
    [
        ("banana", [], None, "is no id of a record"),
        ("Q1", ["Q2", "Q0"], None, "is no id of a record"),
        ("Q1", [], "soon", "is no day"),
        ("Q1", [], "2031-02-30", "is no day"),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(
    register: Register, entity: str, also: list[str], review: str | None, message: str
) -> None:
    before = register.store.witness()
    with pytest.raises(UsageError, match=message):
        register.holds.place(entity, SORROW, by="Aino", groups=["village"], also=also, review=review)
    assert register.store.witness() == before


class TestAHoldThatStands:
    @pytest.fixture
    def hold(self, register: Register) -> int:
        return register.holds.place("Q1", SORROW, by="Aino", groups=["village"], also=["Q2"]).id

    def test_is_lifted_by_a_steward(self, register: Register, hold: int) -> None:
        start = register.store.witness().generation
        assert register.holds.lift(hold, by="Eino", groups=["village"]).lifted_at is not None
        assert register.holds.closed() == frozenset()
        assert register.holds.on("Q1") == register.holds.all() == []
        assert register.store.touched_since(start) == {"Q1", "Q2"}

    @pytest.mark.parametrize("role", [Role.DATA_STEWARD, Role.COMMUNITY_MANAGER])
    def test_is_not_lifted_by_who_may_place_one(self, register: Register, hold: int, role: Role) -> None:
        register.members.set("Data", Membership("village", role), by="Aino")
        with pytest.raises(RefusedError):
            register.holds.lift(hold, by="Data", groups=["village"])
        with pytest.raises(RefusedError):
            register.holds.free(hold, "Q2", by="Data", groups=["village"])
        assert register.holds.closed() == {"Q1", "Q2"}

    def test_lets_one_record_go_and_keeps_the_other(self, register: Register, hold: int) -> None:
        register.holds.free(hold, "Q2", by="Aino", groups=["village"])
        assert register.holds.closed() == {"Q1"}
        with pytest.raises(NotFoundError, match="does not close `Q2`"):
            register.holds.free(hold, "Q2", by="Aino", groups=["village"])

    def test_does_not_let_its_own_record_go(self, register: Register, hold: int) -> None:
        with pytest.raises(RefusedError, match="stands on `Q1` itself"):
            register.holds.free(hold, "Q1", by="Aino", groups=["village"])

    def test_reaches_further_and_never_again_what_was_let_go(self, register: Register, hold: int) -> None:
        register.holds.free(hold, "Q2", by="Aino", groups=["village"])
        register.holds.extend({hold: ["Q2", "Q3"]})
        assert register.holds.closed() == {"Q1", "Q3"}
        assert register.holds.reach() == Reach(
            placed={hold: "Q1"}, closed=frozenset({(hold, "Q1"), (hold, "Q3")}), freed=frozenset({(hold, "Q2")})
        )
        after = register.store.witness()
        register.holds.extend({hold: ["Q3"]})
        assert register.store.witness() == after

    def test_leaves_what_another_hold_closes(self, register: Register, hold: int) -> None:
        register.holds.place("Q2", HoldReason.DISPUTE, by="Aino", groups=["village"])
        register.holds.lift(hold, by="Aino", groups=["village"])
        assert register.holds.closed() == {"Q2"}

    def test_once_lifted_does_nothing_any_more(self, register: Register, hold: int) -> None:
        register.holds.lift(hold, by="Aino", groups=["village"])
        after = register.store.witness()
        with pytest.raises(ConflictError, match="lifted already"):
            register.holds.lift(hold, by="Aino", groups=["village"])
        with pytest.raises(ConflictError, match="lifted already"):
            register.holds.free(hold, "Q2", by="Aino", groups=["village"])
        register.holds.extend({hold: ["Q3"]})
        assert register.store.witness() == after
        assert register.holds.reach() == Reach({}, frozenset(), frozenset())


def test_a_hold_that_is_not_there_cannot_be_lifted(register: Register) -> None:
    for act in (register.holds.get, lambda hold: register.holds.lift(hold, by="Aino", groups=["village"])):
        with pytest.raises(NotFoundError, match="no hold 7"):
            act(7)


def test_the_audit_tells_of_every_step(register: Register) -> None:
    before = register.store.witness().audit_seq
    hold = register.holds.place("Q1", SORROW, by="Aino", groups=["village"], also=["Q2"], why="asked").id
    register.holds.extend({hold: ["Q3"]})
    register.holds.free(hold, "Q2", by="Eino", groups=["village"])
    register.holds.lift(hold, by="Eino", groups=["village"])
    events = [row.event for row in register.store.audit_rows(after=before)]
    assert [(event.actor, event.action, event.subject) for event in events] == [
        ("Aino", "hold-placed", "Q1"),
        ("commarchive", "hold-extended", "Q3"),
        ("Eino", "hold-freed", "Q2"),
        ("Eino", "hold-lifted", "Q1"),
    ]
