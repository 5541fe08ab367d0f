"""Decisions with reasons."""

from datetime import date

import pytest

from commarchive.policy import targets
from commarchive.policy.condition import (
    CLOSED,
    PUBLIC,
    After,
    All,
    AnyOf,
    Before,
    Condition,
    Members,
    Shares,
    Stewards,
    parse_condition,
)
from commarchive.policy.decide import evaluate, full_condition, reasons, satisfied
from commarchive.policy.guards import Guards
from tests.worlds import CUSTODIAN, person

ELDERS, SINGERS = Shares("elders"), Shares("singers")
S = targets.statement("Q7$s")
GUARDS = Guards(
    entity=Shares("e"),
    know=PUBLIC,
    control=Shares("c"),
    parts={
        S: Shares("s"),
        targets.qualifiers("Q7$s", "P12"): Shares("q"),
        targets.reference("Q7$s", "abc"): Shares("r"),
        "term:label@se": Shares("t"),
        targets.statement("odd:guid"): Shares("o"),
    },
)


@pytest.mark.parametrize(
    ("target", "condition"),
    [
        (targets.ENTITY, "e"),
        (S, "all(e, s)"),
        (targets.statement("Q7$other"), "e"),
        (targets.qualifiers("Q7$s", "P12"), "all(e, q, s)"),
        (targets.qualifiers("Q7$s", "P13"), "all(e, s)"),
        (targets.qualifiers("odd:guid", "P13"), "all(e, o)"),
        (targets.reference("Q7$s", "abc"), "all(e, r, s)"),
        (targets.reference("odd:guid", "abc"), "all(e, o)"),
        ("term:label@se", "all(e, t)"),
        ("term:label@en", "e"),
        (targets.STATE, "all(c, e)"),
        (targets.OUTSIDERS_SEE, "all(c, e)"),
        (targets.STEWARDS, "all(c, e)"),
        ("", "any()"),
        ("statment:Q7$s", "any()"),
        ("Entity", "any()"),
    ],
)
def test_a_part_needs_all_that_it_stands_in_and_what_is_no_part_is_closed(target: str, condition: str):
    assert str(full_condition(GUARDS, target)) == condition


def test_a_decision_says_why():
    guards = Guards(entity=ELDERS, know=ELDERS, control=CLOSED, parts={S: SINGERS})
    assert evaluate(guards, S, person()).reason == "does not share in `elders` (now); does not share in `singers` (now)"
    assert evaluate(guards, S, person("elders")).reason == "does not share in `singers` (now)"
    assert evaluate(guards, S, person("elders", "singers")).allowed
    assert evaluate(guards, S, CUSTODIAN).reason == "a custodian of the wiki sees everything"


@pytest.mark.parametrize(
    ("condition", "who", "reason"),
    [
        (PUBLIC, [], "open to everyone"),
        (CLOSED, ["elders!"], "closed to all but custodians"),
        (ELDERS, ["elders"], "shares in `elders`"),
        (ELDERS, [], "does not share in `elders` (now)"),
        (Members("village"), ["village"], "is a member of `village` (now)"),
        (Members("village"), [], "is not a member of `village` (now)"),
        (Stewards("village"), ["village!"], "is a steward of `village`"),
        (Stewards("village"), [], "is not a steward of `village`"),
        (After(date(2030, 1, 1)), [], "since 2030-01-01"),
        (After(date(2032, 1, 1)), [], "not before 2032-01-01"),
        (Before(date(2032, 1, 1)), [], "until 2032-01-01"),
        (Before(date(2030, 1, 1)), [], "no longer since 2030-01-01"),
        (AnyOf((ELDERS, SINGERS)), ["singers"], "shares in `singers`"),
        (AnyOf((ELDERS, SINGERS)), [], "does not share in `elders` (now); does not share in `singers` (now)"),
        (All((ELDERS, SINGERS)), ["singers"], "does not share in `elders` (now)"),
        (All((ELDERS, SINGERS)), ["singers", "elders"], "shares in `elders`; shares in `singers`"),
    ],
    ids=str,
)
def test_what_decides_is_put_into_words(condition: Condition, who: list[str], reason: str):
    assert "; ".join(reasons(condition, person(*who))) == reason


def test_a_list_is_filtered_by_the_conditions_that_hold():
    conditions = [parse_condition(text) for text in ("elders", "singers", "any(elders, singers)", "public", "any()")]
    assert {str(c) for c in satisfied(conditions, person("elders"))} == {"elders", "any(elders, singers)", "public"}
    assert satisfied(conditions, CUSTODIAN) == set(conditions)
