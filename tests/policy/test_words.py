"""Conditions in words, and the ways to satisfy them."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given

from commarchive.model.archive import Mode
from commarchive.policy.condition import Condition, atoms, parse_condition, simplify
from commarchive.policy.words import MAX_WAYS, lines, way_in_words, ways
from tests.properties.law import LAW
from tests.properties.test_condition_laws import truth_table
from tests.strategies import conditions
from tests.worlds import ARCHIVE

ELDER = "whoever is a member of the protocol `elders`"
WINTER = "from 15 November to 15 February (Europe/Helsinki)"


def told(text: str, archive=ARCHIVE) -> list[str]:
    found = ways(parse_condition(text), archive)
    assert found is not None
    return [way_in_words(way, archive) for way in found]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("elders", ["members of the protocol `elders`"]),
        ("members", ["members of the record's own community"]),
        ("stewards(village)", ["stewards of the community `village`"]),
        ("public", ["everyone, visitors too"]),
        ("welcome", ["everyone, visitors too, since `welcome` is open"]),
        ("all()", ["nobody but custodians of the wiki"]),
        ("winter", [f"members of the protocol `winter`, {WINTER}"]),
        ("members(winter)", [f"members of the protocol `winter`, {WINTER}"]),
        ("stewards(winter)", ["stewards of the protocol `winter`"]),
        ("after(2031-01-01)", ["everyone, visitors too, from 2031-01-01 on"]),
        ("before(2031-01-01)", ["everyone, visitors too, before 2031-01-01"]),
        (
            "all(elders, any(singers, dancers))",
            [
                "all of these:",
                "  any of these:",
                "    members of the protocol `dancers`",
                "    members of the protocol `singers`",
                "  members of the protocol `elders`",
            ],
        ),
    ],
)
def test_what_a_condition_asks_for_is_told_part_by_part(text: str, asked: list[str]):
    assert list(lines(parse_condition(text), ARCHIVE)) == asked


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("elders", ["whoever is a member of the protocol `elders`"]),
        ("public", ["everyone, visitors too"]),
        ("any(elders, welcome)", ["everyone, visitors too"]),
        ("all(elders, welcome)", ["whoever is a member of the protocol `elders`"]),
        ("any()", []),
        ("any(elders, all(elders, singers))", ["whoever is a member of the protocol `elders`"]),
        (
            "all(elders, any(members(village), stewards), after(2031-01-01))",
            [
                f"{ELDER} and a member of the community `village`, from 2031-01-01 on",
                f"{ELDER} and a steward of the record's own community, from 2031-01-01 on",
            ],
        ),
        (
            "all(winter, members(winter))",
            [f"whoever is a member of the protocol `winter` and a member of the protocol `winter`, {WINTER}"],
        ),
        ("before(2031-01-01)", ["everyone, visitors too, before 2031-01-01"]),
    ],
)
def test_for_whom_it_opens_is_told_way_by_way(text: str, opens: list[str]):
    assert told(text) == opens


def test_an_open_protocol_with_a_season_opens_in_its_season_alone():
    protocols = {**ARCHIVE.protocols, "winter": replace(ARCHIVE.protocols["winter"], mode=Mode.OPEN)}
    assert told("winter", replace(ARCHIVE, protocols=protocols)) == [f"everyone, visitors too, {WINTER}"]


def test_more_ways_than_anybody_would_read_are_not_told():
    many = "all(" + ", ".join(f"any(a{n}, b{n})" for n in range(20)) + ")"
    assert ways(parse_condition(many), ARCHIVE) is None
    wide = "any(" + ", ".join(f"a{n}" for n in range(MAX_WAYS + 1)) + ")"
    assert ways(parse_condition(wide), ARCHIVE) is None
    assert ways(parse_condition(f"any(elders, {many})"), ARCHIVE) is None
    assert ways(parse_condition(f"all(elders, {many})"), ARCHIVE) is None


@LAW
@given(conditions())
def test_the_ways_are_enough_and_none_is_left_out(condition: Condition):
    """A condition holds exactly where all atoms of one of its ways do."""
    closed = replace(
        ARCHIVE, protocols={**ARCHIVE.protocols, "welcome": replace(ARCHIVE.protocols["elders"], id="welcome")}
    )
    found = ways(condition, closed)
    if found is None:
        return
    for row in truth_table(condition):
        assert row.makes(simplify(condition)) == any(all(row.makes(atom) for atom in way) for way in found)
    for one, other in product(found, found):
        assert not one < other
    assert {str(a) for way in found for a in way} <= {str(a) for a in atoms(condition)}
