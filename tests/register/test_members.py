"""Who may make whom what, and who has to stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from commarchive.errors import NotFoundError, RefusedError, UsageError
from commarchive.model.archive import AccessProtocol, Archive, Community
from commarchive.policy.standing import Membership, MembershipState, Role
from commarchive.register import Register
from commarchive.register.members import CUSTODIANS, HOST, Members
from tests.archives import NOON, Clock

BLOCKED = MembershipState.BLOCKED


def is_steward(register: Register, person: str, group: str) -> bool:
    with register.store.reading() as connection:
        return register.members.is_steward(connection, person, group, register.store.clock())


def test_the_host_appoints_the_first_steward(empty: Register) -> None:
    empty.members.set("Aino", Membership("village", Role.STEWARD), by=HOST)
    assert is_steward(empty, "Aino", "village")


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.STEWARD, Role.AFFILIATE)])
def test_the_host_appoints_nobody_else_even_where_nobody_is_steward(empty: Register, role: Role) -> None:
    with pytest.raises(RefusedError, match="`host` is no steward of `elders`"):
        empty.members.set("Operator", Membership("elders", role), by=HOST)


@pytest.mark.parametrize("group", ["village", "elders"])
def test_the_host_appoints_nobody_where_a_steward_is(register: Register, group: str) -> None:
    with pytest.raises(RefusedError):
        register.members.set("Operator", Membership(group, Role.STEWARD), by=HOST)


def test_the_host_may_begin_again_where_every_stewardship_has_ended(empty: Register, clock: Clock) -> None:
    until = NOON + timedelta(days=1)
    empty.members.set("Aino", Membership("village", Role.STEWARD, until=until), by=HOST)
    clock.pass_(timedelta(days=2))
    empty.members.set("Eino", Membership("village", Role.STEWARD), by=HOST)
    assert is_steward(empty, "Eino", "village")
    assert not is_steward(empty, "Aino", "village")


def test_a_steward_of_the_community_gives_roles_in_its_protocols(register: Register) -> None:
    register.members.set("Newcomer", Membership("elders"), by="Aino")
    assert [m.person for m in register.members.of("elders")] == ["Aino", "Eino", "Newcomer", "Vieno"]


@pytest.mark.parametrize("by", ["Sylvi", "Taimi", "Vieno", "Nobody", HOST])
def test_nobody_else_does(register: Register, by: str) -> None:
    with pytest.raises(RefusedError, match="is no steward of `elders` or of its community"):
        register.members.set("Newcomer", Membership("elders"), by=by)
    assert register.members.principal("Newcomer").memberships == ()


class TestACommunityManager:
    @pytest.fixture(autouse=True)
    def manager(self, register: Register) -> None:
        register.members.set("Maija", Membership("village", Role.COMMUNITY_MANAGER), by="Aino")

    def test_makes_people_members_of_the_community(self, register: Register) -> None:
        register.members.set("Newcomer", Membership("village"), by="Maija")
        assert register.members.principal("Newcomer").memberships == (Membership("village"),)

    @pytest.mark.parametrize(
        ("person", "membership"),
        [
            ("Newcomer", Membership("elders")),
            ("Newcomer", Membership("village", Role.STEWARD)),
            ("Newcomer", Membership("town")),
            ("Maija", Membership("village")),
            ("Aino", Membership("village", state=BLOCKED)),
            ("Sylvi", Membership("village", state=BLOCKED)),
        ],
    )
    def test_gets_nobody_further(self, register: Register, person: str, membership: Membership) -> None:
        with pytest.raises(RefusedError):
            register.members.set(person, membership, by="Maija")

    def test_manages_nothing_while_blocked(self, register: Register) -> None:
        register.members.set("Maija", Membership("village", state=BLOCKED), by="Aino")
        with pytest.raises(RefusedError):
            register.members.set("Newcomer", Membership("village"), by="Maija")


class TestTheLastStewards:
    def test_cannot_be_removed(self, register: Register) -> None:
        with pytest.raises(RefusedError, match="`elders` must keep at least 2 stewards"):
            register.members.remove("Eino", "elders", Role.STEWARD, by="Aino")
        assert is_steward(register, "Eino", "elders")

    @pytest.mark.parametrize("state", [MembershipState.ENDED, MembershipState.PENDING, BLOCKED])
    def test_cannot_be_suspended(self, register: Register, state: MembershipState) -> None:
        with pytest.raises(RefusedError, match="must keep at least 1 steward"):
            register.members.set("Taimi", Membership("town", Role.STEWARD, state), by="Taimi")

    def test_cannot_be_given_an_end(self, register: Register) -> None:
        with pytest.raises(RefusedError, match="must keep at least 1 steward"):
            register.members.set("Taimi", Membership("town", Role.STEWARD, until=NOON + timedelta(days=1)), by="Taimi")

    def test_of_a_protocol_cannot_be_blocked_in_its_community(self, register: Register) -> None:
        with pytest.raises(RefusedError, match="`singers` must keep at least 1 steward"):
            register.members.set("Sylvi", Membership("village", state=BLOCKED), by="Aino")
        assert is_steward(register, "Sylvi", "singers")

    def test_of_a_protocol_cannot_be_blocked_in_a_community_above(self, register: Register) -> None:
        with pytest.raises(RefusedError, match="must keep at least 1 steward"):
            register.members.set("Helmi", Membership("village", state=BLOCKED), by="Aino")

    def test_can_go_when_another_has_come(self, register: Register) -> None:
        register.members.set("Vieno", Membership("elders", Role.STEWARD), by="Aino")
        register.members.remove("Eino", "elders", Role.STEWARD, by="Aino")
        assert not is_steward(register, "Eino", "elders")


class TestCustodians:
    @pytest.mark.parametrize("by", ["Aino", "Olli", "Nobody"])
    def test_are_appointed_by_the_host_alone(self, register: Register, by: str) -> None:
        with pytest.raises(RefusedError, match="appointed on the archive's machine"):
            register.members.set("Newcomer", Membership(CUSTODIANS), by=by)

    def test_are_custodians_while_their_membership_lasts(self, register: Register, clock: Clock) -> None:
        register.members.set("Vartija", Membership(CUSTODIANS, until=NOON + timedelta(days=1)), by=HOST)
        assert register.members.principal("Vartija").custodian
        clock.pass_(timedelta(days=1))
        assert not register.members.principal("Vartija").custodian

    def test_are_members_and_nothing_else(self, register: Register) -> None:
        with pytest.raises(UsageError, match="nobody is their auditor"):
            register.members.set("Newcomer", Membership(CUSTODIANS, Role.AUDITOR), by=HOST)

    @pytest.mark.parametrize(
        "archive",
        [
            Archive("a", "UTC", {"custodian": Community("custodian")}),
            Archive("a", "UTC", {"c": Community("c")}, {"custodian": AccessProtocol("custodian", "c")}),
        ],
    )
    def test_are_no_group_of_a_manifest(self, empty: Register, archive: Archive) -> None:
        with pytest.raises(UsageError, match="can be called `custodian`"):
            Members(empty.store, archive)


@pytest.mark.parametrize(
    ("person", "membership", "message"),
    [
        ("", Membership("village"), "1 to 255 printable characters"),
        ("A" * 256, Membership("village"), "1 to 255 printable characters"),
        ("Aino\nEino", Membership("village"), "printable"),
        ("Aino\u202eonie", Membership("village"), "printable"),
        ("Aino\0", Membership("village"), "printable"),
        ("\ud800", Membership("village"), "printable"),
        ("host", Membership("village"), "`host` is no person"),
        ("commarchive", Membership("village"), "is no person"),
        ("Newcomer", Membership("vilage"), "no protocol or community `vilage`"),
        ("Newcomer", Membership("village", Role.AFFILIATE), "needs an end"),
        ("Newcomer", Membership("village", since=NOON, until=NOON), "ends after it begins"),
        ("Newcomer", Membership("village", until=datetime(2031, 2, 1)), "has no zone"),  # noqa: DTZ001
    ],
)
def test_a_membership_that_makes_no_sense_is_refused(
    register: Register, person: str, membership: Membership, message: str
) -> None:
    before = register.store.witness()
    with pytest.raises(UsageError, match=message):
        register.members.set(person, membership, by="Aino")
    assert register.store.witness() == before


@pytest.mark.parametrize("why", ["two\nlines", "turned \u202e around", "nothing\0", "half \ud800", "x" * 2001])
def test_a_reason_that_could_pass_for_another_row_is_refused(register: Register, why: str) -> None:
    before = register.store.witness()
    with pytest.raises(UsageError):
        register.members.set("Newcomer", Membership("village"), by="Aino", why=why)
    assert register.store.witness() == before
    assert register.members.principal("Newcomer").memberships == ()


def test_a_membership_that_is_not_there_cannot_be_taken_away(register: Register) -> None:
    with pytest.raises(NotFoundError, match="`Nobody` is no member of `elders`"):
        register.members.remove("Nobody", "elders", Role.MEMBER, by="Aino")


def test_a_membership_comes_back_as_it_was_given(register: Register) -> None:
    given = Membership("singers", Role.AFFILIATE, since=NOON, until=datetime(2031, 6, 1, 3, tzinfo=UTC))
    register.members.set("Guest", given, by="Sylvi")
    assert register.members.principal("Guest").memberships == (given,)


def test_setting_it_again_replaces_it(register: Register) -> None:
    register.members.set("Vieno", Membership("elders", state=MembershipState.ENDED), by="Aino")
    states = [m.membership.state for m in register.members.of("elders") if m.person == "Vieno"]
    assert states == [MembershipState.ENDED]


def test_a_visitor_has_no_name_and_no_memberships(register: Register) -> None:
    visitor = register.members.principal(None)
    assert visitor.name is None
    assert not visitor.memberships
    assert not visitor.custodian
