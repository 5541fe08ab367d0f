"""The language of conditions: what it says, and what it refuses."""

from datetime import date

import pytest

from commarchive.policy.condition import (
    CLOSED,
    MAX_DEPTH,
    MAX_LENGTH,
    PUBLIC,
    After,
    All,
    AnyOf,
    Before,
    Condition,
    ConditionError,
    Members,
    Shares,
    Stewards,
    all_of,
    any_of,
    bind,
    groups_named,
    holds,
    parse_condition,
    parts_of,
    read_canonical,
    simplify,
)
from commarchive.policy.said import known_in
from tests.worlds import ARCHIVE, CUSTODIAN, person

ELDERS, SINGERS, DANCERS = Shares("elders"), Shares("singers"), Shares("dancers")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("elders", ELDERS),
        ("all(elders, any(singers, dancers))", All((ELDERS, AnyOf((SINGERS, DANCERS))))),
        ("  all ( elders,singers )  ", All((ELDERS, SINGERS))),
        ("public", PUBLIC),
        ("stewards", Stewards(None)),
        ("stewards(village)", Stewards("village")),
        ("members(elders)", Members("elders")),
        ("after(2031-01-01)", After(date(2031, 1, 1))),
        ("before(0999-12-31)", Before(date(999, 12, 31))),
        ("all()", All(())),
        ("any( )", AnyOf(())),
    ],
)
def test_a_condition_is_read(text: str, condition: Condition):
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Elders",
        "elders singers",
        "elders,",
        "elders, singers",
        "all",
        "all(",
        "all(elders",
        "all(elders,)",
        "all(,elders)",
        "all(elders))",
        "not(elders)",
        "elders(singers)",
        "members()",
        "members(2031-01-01)",
        "stewards(all(elders))",
        "after",
        "after()",
        "after(elders)",
        "after(2031-13-01)",
        "after(2031-02-29)",
        "after(0000-01-01)",
        "after(2031-1-1)",
        "-elders",
        "1st-elders",
        "eld_ers",
        "all[elders]",
        "elders;singers",
        "elders\0",
        "\0",
        "eld\u202eers",
        "\u202eelders",
        "elders\u200b",
        "\ufeffelders",
        "ｅｌｄｅｒｓ",
        "еlders",  # with a Cyrillic letter
        "ａll(elders)",
        "all（elders）",
        "after(２０３１-01-01)",
        "after(٢٠٣١-01-01)",
        "\ud800",
        "e" * (MAX_LENGTH + 1),
        " " * MAX_LENGTH + "elders",
        "all(" * 10_000 + ")" * 10_000,
        "all(" * 60 + "elders" + ")" * 60,
        "(" * 300,
        "e" * 10_000_000,
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_a_text_that_is_no_condition_is_refused_in_a_printable_message(text: str):
    with pytest.raises(ConditionError) as refused:
        parse_condition(text)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


def test_a_condition_of_the_greatest_length_and_depth_is_read():
    assert parse_condition("e" * MAX_LENGTH) == Shares("e" * MAX_LENGTH)
    deepest = "all(" * (MAX_DEPTH - 1) + "elders" + ")" * (MAX_DEPTH - 1)
    assert simplify(parse_condition(deepest)) == ELDERS
    with pytest.raises(ConditionError):
        parse_condition(f"all({deepest})")


def test_what_was_kept_can_be_longer_than_what_a_person_may_write():
    long = any_of(Shares(f"protocol-{number}") for number in range(500))
    assert read_canonical(str(long)) == long


@pytest.mark.parametrize("text", ["", "damaged(", "all(" * 100, "\0", "Elders"])
def test_a_kept_text_that_was_damaged_is_closed(text: str):
    assert read_canonical(text) == CLOSED


@pytest.mark.parametrize("text", ["all()", "any()", "all(any())", "any(all(), all())", "all(elders, any())"])
def test_a_formula_with_nothing_inside_is_closed_to_all_but_custodians(text: str):
    assert simplify(parse_condition(text)) == CLOSED
    assert not holds(parse_condition(text), person("elders!"))
    assert holds(parse_condition(text), CUSTODIAN)


def test_order_and_repetition_do_not_count():
    assert all_of([ELDERS, SINGERS, ELDERS]) == all_of([SINGERS, ELDERS]) == All((ELDERS, SINGERS))
    assert any_of([SINGERS, AnyOf((ELDERS, SINGERS))]) == AnyOf((ELDERS, SINGERS))
    assert simplify(All((ELDERS,))) == ELDERS


def test_no_condition_restricts_and_no_alternative_opens():
    assert all_of([]) == PUBLIC
    assert any_of([]) == CLOSED
    assert all_of([PUBLIC, ELDERS]) == ELDERS
    assert any_of([CLOSED, ELDERS]) == ELDERS
    assert any_of([PUBLIC, ELDERS]) == PUBLIC
    assert all_of([CLOSED, ELDERS]) == CLOSED


def test_every_group_that_was_named_stays_named():
    widened = All((ELDERS, AnyOf((ELDERS, SINGERS))))
    assert groups_named(simplify(widened)) == {"elders", "singers"}
    assert groups_named(simplify(AnyOf((ELDERS, All((ELDERS, Members("singers"))))))) == {"elders", "singers"}


def test_parts_are_those_of_a_conjunction():
    assert parts_of(PUBLIC) == frozenset()
    assert parts_of(ELDERS) == {ELDERS}
    assert parts_of(All((ELDERS, SINGERS))) == {ELDERS, SINGERS}
    assert parts_of(AnyOf((ELDERS, SINGERS))) == {AnyOf((ELDERS, SINGERS))}


def bound(text: str, *own: str) -> Condition:
    return bind(parse_condition(text), own=own, known=lambda atom: known_in(ARCHIVE, atom))


def test_a_bare_word_means_every_community_of_the_entity():
    assert bound("stewards", "village") == Stewards("village")
    assert bound("any(elders, members)", "guild", "village") == AnyOf(
        (ELDERS, All((Members("guild"), Members("village"))))
    )


@pytest.mark.parametrize(
    "text", ["strangers", "members(strangers)", "stewards(strangers)", "village", "all(elders, any(strangers, elders))"]
)
def test_an_unknown_atom_is_refused(text: str):
    with pytest.raises(ConditionError):
        bound(text, "village")


def test_a_bare_word_needs_a_community():
    with pytest.raises(ConditionError):
        bound("members")


def test_what_is_known_in_an_archive_may_be_named():
    assert bound("members(village)") == Members("village")
    assert bound("stewards(elders)") == Stewards("elders")
    assert bound("before(2031-01-01)") == Before(date(2031, 1, 1))
