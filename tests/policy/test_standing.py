"""What memberships amount to: roles, states, dates, blocks, seasons."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from commarchive.model.archive import AccessProtocol, Archive, Community, Mode, Season
from commarchive.policy.condition import holds, parse_condition
from commarchive.policy.standing import VISITOR, Membership, MembershipState, Principal, Role, standing
from tests.worlds import ARCHIVE, NOW, person

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HELSINKI = ZoneInfo("Europe/Helsinki")

PROTOCOLS = ("p1", "p2", "p3")


def archive(mode: Mode) -> Archive:
    return Archive(
        id="a",
        zone="UTC",
        communities={"c": Community("c")},
        protocols={p: AccessProtocol(p, "c", mode) for p in PROTOCOLS},
    )


def somebody(role: Role = Role.MEMBER, state: MembershipState = MembershipState.ACTIVE, **dates: datetime):
    return lambda group: Membership(group, role, state, **dates)


KINDS = {
    # What somebody holds in each protocol, and whether it makes them share in a strict one.
    "none": (None, False),
    "member": (somebody(), True),
    "contributor": (somebody(Role.CONTRIBUTOR), True),
    "curator": (somebody(Role.CURATOR), True),
    "steward": (somebody(Role.STEWARD), True),
    "affiliate": (somebody(Role.AFFILIATE, until=NOW + DAY), True),
    "affiliate-expired": (somebody(Role.AFFILIATE, until=NOW), False),
    "affiliate-without-end": (somebody(Role.AFFILIATE), False),
    "member-until-tomorrow": (somebody(until=NOW + SECOND), True),
    "member-until-now": (somebody(until=NOW), False),
    "member-since-now": (somebody(since=NOW), True),
    "member-from-tomorrow": (somebody(since=NOW + SECOND), False),
    "blocked": (somebody(state=MembershipState.BLOCKED), False),
    "blocked-steward": (somebody(Role.STEWARD, MembershipState.BLOCKED), False),
    "pending": (somebody(state=MembershipState.PENDING), False),
    "ended": (somebody(state=MembershipState.ENDED), False),
    "data-steward": (somebody(Role.DATA_STEWARD), False),
    "community-manager": (somebody(Role.COMMUNITY_MANAGER), False),
    "facilitator": (somebody(Role.FACILITATOR), False),
    "auditor": (somebody(Role.AUDITOR), False),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("how_many", [1, 2, 3])
def test_whoever_holds_something_in_some_protocols_shares_in_what_all_and_any_ask(kind: str, mode: Mode, how_many: int):
    make, shares = KINDS[kind]
    asked = PROTOCOLS[:how_many]
    for held in (each for size in range(how_many + 1) for each in combinations(asked, size)):
        memberships = tuple(make(group) for group in held) if make else ()
        who = standing(Principal("somebody", memberships), archive(mode), NOW)
        counting = set(asked) if mode is Mode.OPEN else set(held) if shares else set()
        assert holds(parse_condition(f"all({','.join(asked)})"), who) == (counting == set(asked))
        assert holds(parse_condition(f"any({','.join(asked)})"), who) == bool(counting)


@pytest.mark.parametrize("mode", Mode)
def test_a_visitor_shares_in_open_protocols_alone(mode: Mode):
    assert standing(VISITOR, archive(mode), NOW).shares == (set(PROTOCOLS) if mode is Mode.OPEN else set())
    assert standing(VISITOR, archive(mode), NOW).is_visitors


def test_an_open_protocol_among_alternatives_is_public_and_among_demands_asks_nothing():
    visitor, elder = person(), person("elders")
    assert holds(parse_condition("any(welcome, elders)"), visitor)
    assert not holds(parse_condition("all(welcome, elders)"), visitor)
    assert holds(parse_condition("all(welcome, elders)"), elder)


def test_an_open_protocol_has_no_members_but_those_it_has():
    assert not holds(parse_condition("members(welcome)"), person())
    assert holds(parse_condition("members(welcome)"), person("welcome"))


@pytest.mark.parametrize("role", Role)
def test_only_a_steward_is_a_steward(role: Role):
    who = person(Membership("elders", role, until=NOW + DAY))
    assert holds(parse_condition("stewards(elders)"), who) == (role is Role.STEWARD)


def test_roles_that_work_for_an_archive_amount_to_a_visitors_standing():
    for role in (Role.DATA_STEWARD, Role.COMMUNITY_MANAGER, Role.FACILITATOR, Role.AUDITOR):
        everywhere = [Membership(group, role) for group in (*ARCHIVE.protocols, *ARCHIVE.communities)]
        assert person(*everywhere) == person()


def test_a_name_gives_nothing():
    # An owner or an author is a name like any other.
    assert standing(Principal("the author"), ARCHIVE, NOW) == standing(VISITOR, ARCHIVE, NOW)


def test_a_members_standing_is_no_visitors():
    assert not person("elders").is_visitors
    assert not person("village!").is_visitors
    assert not standing(Principal("c", custodian=True), ARCHIVE, NOW).is_visitors


def test_a_membership_in_a_community_is_none_in_its_protocols():
    who = person("village", "village!")
    assert holds(parse_condition("all(members(village), stewards(village))"), who)
    for text in ("elders", "members(elders)", "stewards(elders)"):
        assert not holds(parse_condition(text), who)


def test_a_membership_in_a_protocol_is_none_in_its_community():
    assert not holds(parse_condition("any(members(village), stewards(village))"), person("elders", "elders!"))


FAMILY = Archive(
    id="a",
    zone="UTC",
    communities={
        c.id: c
        for c in (
            Community("mother"),
            Community("father"),
            Community("child", parents=("mother", "father")),
            Community("grandchild", parents=("child",)),
            Community("stranger"),
            Community("circle-a", parents=("circle-b",)),
            Community("circle-b", parents=("circle-a",)),
            Community("orphan", parents=("nobody",)),
        )
    },
    protocols={
        p.id: p
        for p in (
            AccessProtocol("p", "child"),
            AccessProtocol("q", "grandchild"),
            AccessProtocol("r", "stranger"),
            AccessProtocol("s", "circle-a"),
            AccessProtocol("t", "orphan"),
        )
    },
)


@pytest.mark.parametrize(
    ("blocked_in", "left"),
    [
        ("mother", {"r", "s", "t"}),
        ("father", {"r", "s", "t"}),
        ("child", {"r", "s", "t"}),
        ("grandchild", {"p", "r", "s", "t"}),
        ("stranger", {"p", "q", "s", "t"}),
        ("circle-a", {"p", "q", "r", "t"}),
        ("circle-b", {"p", "q", "r", "t"}),
        ("orphan", {"p", "q", "r", "s"}),
        ("p", {"q", "r", "s", "t"}),
        ("nobody", {"p", "q", "r", "s"}),
    ],
)
def test_a_block_reaches_everything_under_a_community_by_either_parent(blocked_in: str, left: set[str]):
    active = [Membership(p, Role.STEWARD) for p in FAMILY.protocols]
    block = Membership(blocked_in, state=MembershipState.BLOCKED)
    assert person(*active, archive=FAMILY).shares == set(FAMILY.protocols)
    who = person(*active, block, archive=FAMILY)
    assert who.shares == who.member_of == who.steward_of == left


def test_a_block_ends_on_its_date_and_does_not_wait_for_its_beginning():
    active = Membership("elders")

    def blocked(since: datetime | None = None, until: datetime | None = None) -> Membership:
        return Membership("village", state=MembershipState.BLOCKED, since=since, until=until)

    assert "elders" not in person(active, blocked(until=NOW + SECOND)).shares
    assert "elders" in person(active, blocked(until=NOW)).shares
    assert "elders" not in person(active, blocked(since=NOW + DAY)).shares


def test_a_block_in_a_protocol_outweighs_another_membership_there():
    blocked = Membership("elders", state=MembershipState.BLOCKED)
    who = person("elders!", "singers", blocked)
    assert "elders" not in who.shares | who.member_of | who.steward_of
    assert "singers" in who.shares


def test_a_blocked_person_still_shares_in_what_is_open_to_everyone():
    assert "welcome" in person(Membership("village", state=MembershipState.BLOCKED)).shares


def test_a_group_that_the_archive_does_not_have_gives_nothing():
    who = person("strangers", "strangers!")
    assert who == person()


def test_an_id_of_both_a_protocol_and_a_community_names_neither():
    both = replace(ARCHIVE, communities={**ARCHIVE.communities, "elders": Community("elders")})
    who = person("elders", "elders!", archive=both)
    assert "elders" not in who.shares | who.member_of | who.steward_of


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        standing(VISITOR, ARCHIVE, datetime(2031, 1, 1))  # noqa: DTZ001


# --- Seasons and dates ------------------------------------------------------------------------------------------------


def shares_at(season: Season, now: datetime) -> bool:
    only = replace(ARCHIVE, protocols={"p": AccessProtocol("p", "village", season=season)})
    member = standing(Principal("m", (Membership("p"),)), only, now)
    assert member.member_of == member.shares
    assert standing(Principal("s", (Membership("p", Role.STEWARD),)), only, now).steward_of == {"p"}
    opened = replace(only, protocols={"p": AccessProtocol("p", "village", Mode.OPEN, season=season)})
    assert ("p" in standing(VISITOR, opened, now).shares) == ("p" in member.shares)
    return "p" in member.shares


WRAPPING = Season((11, 15), (2, 15), "Europe/Helsinki")


@pytest.mark.parametrize(
    ("season", "first", "last"),
    [
        (WRAPPING, datetime(2030, 11, 15, tzinfo=HELSINKI), datetime(2031, 2, 16, tzinfo=HELSINKI)),
        (
            Season((6, 1), (6, 30), "Pacific/Kiritimati"),
            datetime(2030, 5, 31, 10, tzinfo=UTC),
            datetime(2030, 6, 30, 10, tzinfo=UTC),
        ),
        (
            Season((6, 1), (6, 1), "Pacific/Pago_Pago"),
            datetime(2030, 6, 1, 11, tzinfo=UTC),
            datetime(2030, 6, 2, 11, tzinfo=UTC),
        ),
        # On the day on which clocks change, the season still begins and ends at midnight of its own zone.
        (
            Season((3, 31), (10, 27), "Europe/Helsinki"),
            datetime(2030, 3, 30, 22, tzinfo=UTC),
            datetime(2030, 10, 27, 22, tzinfo=UTC),
        ),
        # Where midnight itself is left out, the first day begins an hour later.
        (
            Season((10, 15), (10, 15), "America/Sao_Paulo"),
            datetime(2017, 10, 15, 3, tzinfo=UTC),
            datetime(2017, 10, 16, 2, tzinfo=UTC),
        ),
        # 29 February, in a leap year and in others.
        (Season((2, 29), (3, 1), "UTC"), datetime(2032, 2, 29, tzinfo=UTC), datetime(2032, 3, 2, tzinfo=UTC)),
        (Season((2, 29), (3, 1), "UTC"), datetime(2031, 3, 1, tzinfo=UTC), datetime(2031, 3, 2, tzinfo=UTC)),
        (Season((2, 1), (2, 29), "UTC"), datetime(2031, 2, 1, tzinfo=UTC), datetime(2031, 3, 1, tzinfo=UTC)),
        (Season((2, 1), (2, 29), "UTC"), datetime(2032, 2, 1, tzinfo=UTC), datetime(2032, 3, 1, tzinfo=UTC)),
    ],
    ids=str,
)
def test_a_season_begins_and_ends_to_the_second(season: Season, first: datetime, last: datetime):
    """`last` is the first instant after it."""
    first, last = first.astimezone(UTC), last.astimezone(UTC)
    assert not shares_at(season, first - SECOND)
    assert shares_at(season, first)
    assert shares_at(season, first + SECOND)
    assert shares_at(season, last - SECOND)
    assert not shares_at(season, last)
    assert not shares_at(season, last + SECOND)


def test_a_season_that_wraps_the_year_is_open_at_new_year_and_closed_in_summer():
    assert shares_at(WRAPPING, datetime(2031, 1, 1, tzinfo=HELSINKI))
    assert not shares_at(WRAPPING, datetime(2031, 7, 1, tzinfo=HELSINKI))


def test_a_season_of_29_february_alone_comes_once_in_four_years():
    season = Season((2, 29), (2, 29), "UTC")
    days = [datetime(2031, 1, 1, 12, tzinfo=UTC) + DAY * n for n in range(4 * 365 + 1)]
    assert [day for day in days if shares_at(season, day)] == [datetime(2032, 2, 29, 12, tzinfo=UTC)]


UNKNOWN_ZONES = ["", "Europe/Nowhere", "../../etc/passwd", "a\0b", "America", "\ud800", "x" * 5000]


@pytest.mark.parametrize("zone", UNKNOWN_ZONES, ids=lambda zone: ascii(zone)[:20])
def test_a_season_in_an_unknown_zone_is_closed(zone: str):
    assert not shares_at(Season((1, 1), (12, 31), zone), NOW)


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Europe/Helsinki", datetime(2030, 12, 31, 22, tzinfo=UTC)),
        ("UTC", datetime(2031, 1, 1, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2030, 12, 31, 10, tzinfo=UTC)),
        ("Etc/GMT+12", datetime(2031, 1, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_date_is_reached_at_the_first_instant_of_its_day_in_the_archives_zone(zone: str, midnight: datetime):
    here = replace(ARCHIVE, zone=zone)
    after, before = parse_condition("after(2031-01-01)"), parse_condition("before(2031-01-01)")
    for now, reached in ((midnight - SECOND, False), (midnight, True), (midnight + SECOND, True)):
        for moment in (now, now.astimezone(ZoneInfo("Asia/Kolkata")), now.astimezone(ZoneInfo(zone))):
            who = standing(VISITOR, here, moment)
            assert holds(after, who) == reached
            assert holds(before, who) == (not reached)


def test_a_date_whose_midnight_is_left_out_or_comes_twice_is_reached_when_the_day_begins():
    left_out = replace(ARCHIVE, zone="America/Sao_Paulo")
    begins = datetime(2017, 10, 15, 3, tzinfo=UTC)
    assert not standing(VISITOR, left_out, begins - SECOND).reached(date(2017, 10, 15))
    assert standing(VISITOR, left_out, begins).reached(date(2017, 10, 15))
    twice = replace(ARCHIVE, zone="America/Havana")
    begins = datetime(2030, 11, 3, 4, tzinfo=UTC)
    assert not standing(VISITOR, twice, begins - SECOND).reached(date(2030, 11, 3))
    # At five the clock shows midnight again; what was reached stays reached, whatever zone the instant comes in.
    for now in (begins, begins + timedelta(hours=1), (begins + timedelta(hours=1)).astimezone(ZoneInfo(twice.zone))):
        assert standing(VISITOR, twice, now).reached(date(2030, 11, 3))
    # Here the clock went back over midnight, into the day before.
    back = replace(ARCHIVE, zone="America/St_Johns")
    again = datetime(2010, 11, 7, 3, tzinfo=UTC)
    assert again.astimezone(ZoneInfo(back.zone)).date() == date(2010, 11, 6)
    for now in (again, again.astimezone(ZoneInfo(back.zone))):
        assert standing(VISITOR, back, now).reached(date(2010, 11, 7))


@pytest.mark.parametrize("zone", UNKNOWN_ZONES, ids=lambda zone: ascii(zone)[:20])
def test_in_an_unknown_zone_no_date_is_before_or_after(zone: str):
    who = person(archive=replace(ARCHIVE, zone=zone))
    assert not holds(parse_condition("after(1999-01-01)"), who)
    assert not holds(parse_condition("before(2999-01-01)"), who)


def test_the_first_and_the_last_day_of_the_calendar_are_compared():
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        who = person(archive=replace(ARCHIVE, zone=zone))
        assert who.reached(date.min) is True
        assert who.reached(date.max) is False
