"""Whom a condition can ever reach: held against asking on every day of the years to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commarchive.model.archive import Archive, Mode, Season
from commarchive.policy.condition import Condition, holds, parse_condition, simplify
from commarchive.policy.reach import Openness, Reach
from commarchive.policy.standing import VISITOR, Membership, MembershipState, Principal, Role, Standing, standing
from commarchive.policy.strictness import NEVER
from tests.worlds import ARCHIVE, NOW, protocol

YEARS = replace(
    ARCHIVE,
    protocols={
        **ARCHIVE.protocols,
        **{
            p.id: p
            for p in (
                protocol("summer", mode=Mode.OPEN, season=Season((6, 1), (8, 31), "Europe/Helsinki")),
                protocol("rest", mode=Mode.OPEN, season=Season((9, 1), (5, 31), "Europe/Helsinki")),
                protocol("leap", mode=Mode.OPEN, season=Season((2, 29), (2, 29), "Europe/Helsinki")),
                protocol("midsummer", season=Season((6, 20), (6, 26), "Europe/Helsinki")),
                protocol("never", mode=Mode.OPEN, season=NEVER),
                protocol("nowhere", mode=Mode.OPEN, season=Season((1, 1), (12, 31), "Nowhere/Land")),
            )
        },
    },
)


BLOCKED = MembershipState.BLOCKED


def parsed(text: str) -> Condition:
    return simplify(parse_condition(text))


def reach(*people: Principal, archive: Archive = YEARS, now: datetime = NOW) -> Reach:
    return Reach(archive, people, now)


def member(*groups: str, **more) -> Principal:
    return Principal("somebody", tuple(Membership(group, **more) for group in groups))


@pytest.mark.parametrize(
    ("text", "openness"),
    [
        ("public", Openness.ALWAYS),
        ("welcome", Openness.ALWAYS),
        ("elders", Openness.NEVER),
        ("members(village)", Openness.NEVER),
        ("any()", Openness.NEVER),
        ("any(elders, welcome)", Openness.ALWAYS),
        ("all(elders, welcome)", Openness.NEVER),
        ("summer", Openness.AT_TIMES),
        ("any(summer, rest)", Openness.ALWAYS),
        ("all(summer, rest)", Openness.NEVER),
        ("never", Openness.NEVER),
        ("nowhere", Openness.NEVER),
        ("leap", Openness.AT_TIMES),
        ("after(2030-01-01)", Openness.ALWAYS),
        ("after(2040-01-01)", Openness.AT_TIMES),
        ("before(2030-01-01)", Openness.NEVER),
        ("before(2040-01-01)", Openness.AT_TIMES),
        ("any(after(2040-01-01), before(2040-01-01))", Openness.ALWAYS),
        ("all(after(2040-01-01), before(2040-01-01))", Openness.NEVER),
        ("all(after(2040-01-01), summer)", Openness.AT_TIMES),
        ("all(before(2031-03-01), summer)", Openness.NEVER),
        ("after(9999-12-31)", Openness.AT_TIMES),
        ("all(after(9999-12-31), summer)", Openness.NEVER),
        ("before(0001-01-01)", Openness.NEVER),
        ("unknown", Openness.NEVER),
    ],
)
def test_when_a_condition_is_open_to_everybody(text, openness):
    assert reach().openness(parsed(text)) is openness


@pytest.mark.parametrize(
    ("text", "people", "nobody"),
    [
        ("elders", [], True),
        ("elders", [member("elders")], False),
        ("elders", [member("singers")], True),
        ("welcome", [], False),
        ("stewards(village)", [member("village")], True),
        ("stewards(village)", [member("village", role=Role.STEWARD)], False),
        ("all(elders, singers)", [member("elders"), member("singers")], True),
        ("all(elders, singers)", [member("elders", "singers")], False),
        ("any(elders, singers)", [member("singers")], False),
        ("any()", [member("elders")], True),
        ("winter", [member("winter")], False),
        ("all(winter, midsummer)", [member("winter", "midsummer")], True),
        ("all(midsummer, summer)", [member("midsummer")], False),
        ("never", [member("never")], True),
        ("all(elders, after(2040-01-01), before(2040-01-01))", [member("elders")], True),
        ("all(elders, after(2040-01-01))", [member("elders")], False),
        ("all(elders, before(2031-01-01))", [member("elders")], True),
        ("elders", [member("elders", role=Role.FACILITATOR)], True),
        ("elders", [member("elders", state=MembershipState.ENDED)], True),
        ("elders", [member("elders", until=NOW - timedelta(days=1))], True),
        ("elders", [member("elders", since=NOW + timedelta(days=400))], False),
        ("all(midsummer, elders)", [member("midsummer", "elders", until=NOW + timedelta(days=60))], True),
        ("all(midsummer, elders)", [member("midsummer", "elders", until=NOW + timedelta(days=300))], False),
        ("elders", [Principal("somebody", (Membership("elders"), Membership("village", state=BLOCKED)))], True),
    ],
)
def test_whether_somebody_can_ever_satisfy_a_condition(text, people, nobody):
    assert reach(*people).is_for_nobody(parsed(text)) is nobody


def test_a_custodian_who_sees_everything_satisfies_nothing_by_that():
    assert reach(Principal("custodian", custodian=True)).is_for_nobody(parsed("elders"))


def test_stewards_are_counted_once_each_and_only_while_they_are():
    people = [
        Principal("Aino", (Membership("elders", Role.STEWARD), Membership("elders"))),
        Principal("Ole", (Membership("elders", Role.STEWARD, until=NOW),)),
        Principal("Mari", (Membership("elders"),)),
        Principal("custodian", custodian=True),
    ]

    assert reach(*people).stewards_of("elders") == 1
    assert reach(*people).stewards_of("village") == 0


# --- held against brute force -----------------------------------------------------------------------------------------

_DAYS = ["2030-06-01", "2031-01-16", "2031-03-01", "2031-06-20", "2032-02-29", "2033-08-31", "2034-01-01"]
ATOMS = st.sampled_from(
    [
        *("public", "elders", "welcome", "winter", "summer", "rest", "leap", "midsummer", "never", "stewards(village)"),
        *(f"{word}({day})" for word in ("after", "before") for day in _DAYS),
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda parts: st.builds(
        lambda word, some: f"{word}({', '.join(some)})", st.sampled_from(["all", "any"]), st.lists(parts, max_size=3)
    ),
    max_leaves=6,
)
MEMBERSHIPS = st.lists(
    st.builds(
        Membership,
        st.sampled_from(["elders", "winter", "midsummer", "village"]),
        st.sampled_from([Role.MEMBER, Role.STEWARD]),
        since=st.sampled_from([None, datetime(2031, 12, 1, tzinfo=UTC)]),
        until=st.sampled_from([None, datetime(2031, 6, 22, tzinfo=UTC)]),
    ),
    max_size=3,
)
# Noon of every day until every season has come and gone behind the last date: nothing above changes within a day.
NOONS = [NOW + timedelta(days=day) for day in range(6 * 365)]


@cache
def visitors() -> list[Standing]:
    return [standing(VISITOR, YEARS, noon) for noon in NOONS]


@settings(max_examples=40, deadline=None)
@given(CONDITIONS, MEMBERSHIPS)
def test_asking_at_a_few_instants_is_as_good_as_asking_every_day(text, memberships):
    condition = parsed(text)
    somebody = Principal("somebody", tuple(memberships))
    open_days = {holds(condition, visitor) for visitor in visitors()}
    kept = any(holds(condition, standing(somebody, YEARS, noon)) for noon in NOONS)

    found = reach(somebody)

    expected = {frozenset({True}): Openness.ALWAYS, frozenset({False}): Openness.NEVER}
    assert found.openness(condition) is expected.get(frozenset(open_days), Openness.AT_TIMES)
    assert found.is_for_nobody(condition) is not (kept or True in open_days)
