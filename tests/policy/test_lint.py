"""What may not be meant: each suspicion by what raises it and, beside it, by what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commarchive.model.archive import AccessProtocol, Archive, Mode, Season
from commarchive.model.local_contexts import LABEL_PROPERTY, LABELS, NOTICE_PROPERTY, PROJECT_PROPERTY, mark_of
from commarchive.policy import targets
from commarchive.policy.attaching import Attached
from commarchive.policy.condition import parse_condition, simplify
from commarchive.policy.lint import (
    Carried,
    Concern,
    Reason,
    Severity,
    Suspicion,
    concerns_of_attached,
    concerns_of_conditions,
    concerns_of_mark,
    concerns_of_protocols,
    concerns_of_reach,
    open_beside_strict,
)
from commarchive.policy.reach import Reach
from commarchive.policy.standing import Membership, Principal, Role
from tests.worlds import ARCHIVE, NOW, protocol

SUMMER = protocol("summer", mode=Mode.OPEN, season=Season((6, 1), (8, 31), "Europe/Helsinki"))
SEASONED = replace(ARCHIVE, protocols={**ARCHIVE.protocols, "summer": SUMMER})
STEWARD = Principal(
    "Aino", tuple(Membership(group, Role.STEWARD) for group in (*SEASONED.protocols, "village", "guild"))
)


def reach(*people: Principal, archive: Archive = SEASONED) -> Reach:
    return Reach(archive, people or (STEWARD,), NOW)


def concern(word: str, condition: str, *reasons: Reason) -> Concern | None:
    found = list(
        concerns_of_mark(
            Carried(word, mark_of(word)),
            about="Q7",
            condition=simplify(parse_condition(condition)),
            reach=reach(),
            reasons=frozenset(reasons),
        )
    )
    assert len(found) <= 1
    return found[0] if found else None


# --- Labels on what is open -------------------------------------------------------------------------------------------

ASKING_WHO = ["TK SS", "TK MR", "TK WR", "TK MG", "TK WG", "TK CO", "TK CL", "TK F", "BC CL"]


@pytest.mark.parametrize("word", ASKING_WHO)
@pytest.mark.parametrize("condition", ["public", "welcome", "any(elders, welcome)", "summer", "after(2040-01-01)"])
def test_a_label_that_asks_who_may_see_is_contradicted_where_everybody_may_even_at_times(word, condition):
    found = concern(word, condition)

    assert found is not None
    assert (found.suspicion, found.severity, found.about) == (Suspicion.LABEL_ON_OPEN, Severity.ERROR, "Q7")
    assert f"the Label `{word}`" in found.words


@pytest.mark.parametrize("word", ASKING_WHO)
@pytest.mark.parametrize("condition", ["elders", "members(village)", "any()", "all(elders, welcome)", "winter"])
def test_a_label_that_asks_who_may_see_goes_with_what_is_not_open(word, condition):
    assert concern(word, condition) is None


@pytest.mark.parametrize(("condition", "contradicted"), [("public", True), ("summer", False), ("elders", False)])
def test_a_label_that_asks_for_a_season_is_contradicted_only_where_everybody_may_see_all_year(condition, contradicted):
    assert (concern("TK S", condition) is not None) is contradicted


def test_no_other_label_is_contradicted_by_being_open():
    asking = {word for word in LABELS if concern(word, "public") is not None}

    assert asking == {*ASKING_WHO, "TK S"}


def test_a_notice_asks_somebody_to_look():
    found = concern("withholding", "public")

    assert found is not None
    assert (found.severity, "the Notice `withholding`" in found.words) == (Severity.ADVICE, True)
    assert concern("caring", "public") is None


def test_a_label_that_nobody_knows_counts_as_asking():
    found = concern("TK:of_a_later_year", "public")

    assert found is not None
    assert (found.severity, "not known to this version" in found.words) == (Severity.ERROR, True)
    assert concern("TK:of_a_later_year", "elders") is None


def test_what_is_open_at_times_is_told_from_what_is_open_always():
    always, at_times = concern("TK SS", "public"), concern("TK SS", "summer")

    assert always is not None
    assert at_times is not None
    assert (always.words.endswith("everybody may"), at_times.words.endswith("everybody may at times")) == (True, True)


def test_a_stewards_reason_holds_for_its_own_condition_label_record_and_part_alone():
    first = concern("TK SS", "public")
    assert first is not None
    assert first.reason is not None
    reason = first.reason

    assert concern("TK SS", "public", reason) is None
    assert concern("TK SS", "welcome", reason) is not None
    assert concern("TK WG", "public", reason) is not None
    assert concern("TK SS", "public", replace(reason, about="Q8")) is not None
    assert concern("TK SS", "public", replace(reason, part=targets.statement("Q7$a"))) is not None


def test_a_concern_says_where_a_label_comes_from():
    carried = Carried("TK SS", mark_of("TK SS"), "of a project, added there on 2031-01-01")
    (found,) = concerns_of_mark(carried, about="Q7", condition=parse_condition("public"), reach=reach())

    assert "the Label `TK SS` (of a project, added there on 2031-01-01)" in found.words


# --- words that are none ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "word", "words", "remedy"),
    [
        (LABEL_PROPERTY, "TK C", "`TK C` is no Label", "`TK OC` today"),
        (LABEL_PROPERTY, "Secret", "`Secret` is no Label", "an abbreviation such as `TK A`"),
        (LABEL_PROPERTY, "", "`` is no Label", "an abbreviation such as `TK A`"),
        (LABEL_PROPERTY, "x" * 400, f"`{'x' * 40}` is no Label", "an abbreviation such as `TK A`"),
        (LABEL_PROPERTY, "caring", "`caring` is a Notice, and stands as a Label", "the other property"),
        (NOTICE_PROPERTY, "TK A", "`TK A` is a Label, and stands as a Notice", "the other property"),
    ],
)
def test_a_word_that_is_none_is_told(slug, word, words, remedy):
    (found,) = concerns_of_attached(Attached(targets.ENTITY, slug, word), about="Q7")

    assert (found.suspicion, found.severity) == (Suspicion.UNKNOWN_LABEL, Severity.ADVICE)
    assert (words in found.words, found.remedy) == (True, remedy)


@pytest.mark.parametrize(
    ("slug", "word"), [(LABEL_PROPERTY, "TK A"), (NOTICE_PROPERTY, "caring"), (PROJECT_PROPERTY, "anything")]
)
def test_a_word_in_its_place_is_no_concern(slug, word):
    assert list(concerns_of_attached(Attached(targets.ENTITY, slug, word), about="Q7")) == []


# --- open beside strict -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "nodes"),
    [
        ("any(elders, welcome)", ["any(elders, welcome)"]),
        ("any(welcome, members(village))", ["any(members(village), welcome)"]),
        ("all(singers, any(elders, welcome))", ["any(elders, welcome)"]),
        ("any(elders, all(welcome, any(singers, welcome)))", ["any(singers, welcome)", None]),
        ("any(elders, singers)", []),
        ("all(elders, welcome)", []),
        ("welcome", []),
        ("public", []),
        ("any(elders, summer)", []),
        ("any(elders, after(2030-01-01))", []),
        ("any(elders, after(2040-01-01))", []),
    ],
)
def test_an_open_protocol_beside_a_strict_one_closes_nothing(condition, nodes):
    parsed = simplify(parse_condition(condition))
    expected = [str(parsed) if node is None else node for node in nodes]

    assert list(map(str, open_beside_strict(parsed, reach()))) == expected


def test_the_places_where_it_is_said_are_named():
    condition = parse_condition("any(elders, welcome)")
    (found,) = concerns_of_conditions({condition: [f"Q{n}" for n in range(1, 9)]}, reach())

    assert (found.suspicion, found.severity) == (Suspicion.OPEN_BESIDE_STRICT, Severity.ADVICE)
    assert found.about == "Q1, Q2, Q3, Q4, Q5 and 3 more"


def test_a_part_is_named_with_the_whole():
    condition = parse_condition("all(singers, any(elders, welcome))")
    (found,) = concerns_of_conditions({condition: ["Q1"]}, reach())

    assert "`any(elders, welcome)` is public" in found.words
    assert "in `all(singers, any(elders, welcome))`" in found.words


# --- for nobody -------------------------------------------------------------------------------------------------------


def test_a_condition_that_nobody_satisfies_is_told_with_its_places():
    nobody, somebody = parse_condition("all(elders, singers)"), parse_condition("elders")
    people = [Principal("a", (Membership("elders"),)), Principal("b", (Membership("singers"),))]

    (found,) = concerns_of_reach({nobody: ["Q7", "Q8"], somebody: ["Q9"]}, reach(*people))

    assert (found.suspicion, found.severity, found.about) == (Suspicion.FOR_NOBODY, Severity.ADVICE, "Q7, Q8")
    assert found.words == "`all(elders, singers)` is in force, and no member satisfies it"


def test_what_is_closed_for_good_is_told():
    (found,) = concerns_of_reach({simplify(parse_condition("any()")): ["Q7"]}, reach())

    assert found.words == "`any()` is in force, and nobody can ever satisfy it"


# --- protocols --------------------------------------------------------------------------------------------------------


def of_protocols(*protocols: AccessProtocol, people: tuple[Principal, ...] = (STEWARD,)) -> list[Concern]:
    archive = replace(ARCHIVE, protocols={p.id: p for p in protocols})
    return list(concerns_of_protocols(Reach(archive, people, NOW)))


def test_protocols_and_communities_with_their_stewards_are_no_concern():
    assert of_protocols(protocol("elders"), protocol("welcome", mode=Mode.OPEN)) == []


def test_a_protocol_with_fewer_stewards_than_it_must_have_is_told():
    (found,) = of_protocols(protocol("elders", stewards_min=2))

    assert (found.suspicion, found.severity, found.about) == (Suspicion.OWNERLESS, Severity.ERROR, "elders")
    assert found.words == "it has 1 steward, and must have 2"
    assert found.remedy == "`commarchive member add PERSON elders --role steward`"


def test_a_protocol_without_any_steward_or_member_is_told_twice():
    people = (Principal("Aino", tuple(Membership(group, Role.STEWARD) for group in ("village", "guild"))),)

    found = of_protocols(protocol("elders"), people=people)

    assert [(c.suspicion, c.about) for c in found] == [
        (Suspicion.OWNERLESS, "elders"),
        (Suspicion.FOR_NOBODY, "elders"),
    ]


def test_a_community_without_stewards_is_told():
    found = of_protocols(people=())

    assert [(c.suspicion, c.about) for c in found] == [
        (Suspicion.OWNERLESS, "village"),
        (Suspicion.OWNERLESS, "guild"),
    ]


def test_a_protocols_own_label_is_held_against_its_mode():
    (found,) = of_protocols(protocol("welcome", mode=Mode.OPEN, labels=("TK SS", "TK A")))

    assert (found.suspicion, found.about, found.reason) == (
        Suspicion.LABEL_ON_OPEN,
        "welcome",
        Reason("welcome", targets.ENTITY, "TK SS", "welcome"),
    )
    assert of_protocols(protocol("elders", labels=("TK SS",))) == []


def test_a_concern_reads_as_a_sentence():
    found = Concern(Suspicion.UNREADABLE, Severity.ADVICE, "Q7", "it is so", "mend it", targets.statement("Q7$a"))

    assert str(found) == "advice: Q7 statement:Q7$a: it is so; mend it"
