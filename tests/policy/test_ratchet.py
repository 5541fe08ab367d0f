"""A restriction that was seen once holds until stewards release it, and a release lifts what was seen before it."""

from dataclasses import replace

import pytest

from commarchive.model.archive import OutsidersSee, RecordState
from commarchive.model.entity import Entity
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, PUBLIC
from commarchive.policy.ratchet import Release, Restriction, observe, released
from commarchive.policy.targets import Target
from tests.worlds import (
    ACCESS,
    AMOUNT,
    COMMUNITY,
    INSTANCE_OF,
    OUTSIDERS,
    PLACE,
    QUALIFIER,
    SACRED_CLASS,
    TERM,
    TEXT,
    VOCABULARY,
    item,
    names,
    opened,
    remembered,
    said,
    says,
    statement,
)

S, OTHER = targets.statement("Q7$s"), targets.statement("Q7$other")


def history(*entities: Entity) -> list[Entity]:
    return [replace(entity, revision=number) for number, entity in enumerate(entities, start=1)]


def memory(*entities: Entity) -> list[tuple[Target, str, int]]:
    return [(r.target, r.value, r.revision) for r in remembered(history(*entities)) if r.target != targets.STEWARDS]


def held(*entities: Entity, releases: list[Release] | None = None) -> dict[Target, str]:
    now = released(remembered(history(*entities)), releases or [])
    return {target: str(condition) for target, condition in now.conditions.items() if condition != PUBLIC}


STEWARDS_AT_FIRST = (targets.ENTITY, "stewards(village)", 1)


def test_what_a_first_revision_says_is_remembered_with_its_default():
    assert memory(item(access="elders")) == [(targets.ENTITY, "elders", 1), STEWARDS_AT_FIRST]


def test_an_edit_that_leaves_a_condition_alone_remembers_nothing_new():
    same = item(access="elders")
    assert memory(same, same, same) == memory(same)


def test_only_the_parts_that_are_new_are_remembered():
    assert memory(item(access="elders"), item(access=["elders", "singers"]), item(access="singers")) == [
        (targets.ENTITY, "elders", 1),
        STEWARDS_AT_FIRST,
        (targets.ENTITY, "singers", 2),
    ]


def test_a_condition_that_came_back_is_remembered_again():
    assert memory(item(access="elders"), item(), item(access="elders"))[-1] == (targets.ENTITY, "elders", 3)


def test_taking_released_conditions_away_one_by_one_closes_nothing_again():
    entities = [item(access=["elders", "singers"]), item(access="singers"), item()]
    assert held(*entities, releases=opened((targets.ENTITY, "public"))) == {}


@pytest.mark.parametrize("text", ["strangers", "elders)", "", "all(" * 90])
def test_what_cannot_be_read_is_never_remembered(text: str):
    entity = item(
        statement("Q7$s", says(TEXT, "x"), says(ACCESS, text), says(AMOUNT, "1"), says(QUALIFIER, f"{AMOUNT}: {text}")),
        statement("Q7$t", says(TERM, f"label@se: {text}")),
        statement("Q7$o", says(OUTSIDERS, text or "nothing")),
        access=text,
        state=text or "nothing",
        labels={"se": "x"},
    )
    assert memory(entity) == [STEWARDS_AT_FIRST]
    now = released(remembered([entity]), opened((targets.STATE, "live")))
    assert now.state is RecordState.LIVE
    assert now.outsiders_see is OutsidersSee.METADATA


def test_what_can_be_read_beside_it_is_remembered():
    assert memory(item(access=["strangers", "elders"]))[0] == (targets.ENTITY, "elders", 1)


def test_an_entity_without_a_community_remembers_what_it_says_and_no_stewards():
    assert memory(item(community=None, access="elders")) == [(targets.ENTITY, "elders", 1)]
    assert not [r for r in remembered([item(community=None, access="elders")]) if r.target == targets.STEWARDS]


def test_a_condition_that_closes_to_all_is_remembered_like_any_other():
    assert memory(item(access="any()"))[0] == (targets.ENTITY, "any()", 1)
    assert memory(item(access=["elders", "all()"]), item())[0] == (targets.ENTITY, "any()", 1)


def test_another_community_is_a_restriction_beside_the_first():
    entities = [item(), item(community="guild")]
    assert held(*entities) == {targets.ENTITY: "all(stewards(guild), stewards(village))"}
    assert held(*entities, releases=opened((targets.ENTITY, "public"))) == {targets.ENTITY: "stewards(guild)"}


def test_a_class_that_came_narrows_and_one_that_went_widens_nothing():
    plain, sacred = item(), item(statement("Q7$c", names(INSTANCE_OF, SACRED_CLASS)))
    opening = opened((targets.ENTITY, "public"))
    assert held(plain, sacred, releases=opening) == {targets.ENTITY: "elders"}
    assert held(plain, sacred, plain, releases=opening) == {targets.ENTITY: "elders"}
    assert held(sacred, plain, releases=opening) == {}


def test_a_property_default_is_remembered_with_the_communities_that_it_meant():
    place = statement("Q7$s", says(PLACE, "x"))
    entities = [item(place), item(place, community="guild")]
    assert held(*entities)[S] == "all(stewards(guild), stewards(village))"


def test_a_new_statement_inherits_what_its_siblings_have_or_had():
    restricted = statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders"))
    again = statement("Q7$other", says(TEXT, "x"))
    elsewhere = statement("Q7$elsewhere", says(AMOUNT, "1"))
    for entities in ([item(restricted), item(again, elsewhere)], [item(restricted), item(), item(again, elsewhere)]):
        assert held(*entities)[OTHER] == "elders"
        assert targets.statement("Q7$elsewhere") not in held(*entities)


def test_a_statement_that_stood_before_its_sibling_was_restricted_stays_as_it_was():
    old, restricted = statement("Q7$other", says(TEXT, "x")), statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders"))
    assert OTHER not in held(item(old), item(old, restricted))


def test_a_new_sibling_is_restricted_although_the_first_was_released():
    restricted = statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders"))
    again = statement("Q7$other", says(TEXT, "x"))
    assert held(item(restricted), item(restricted, again), releases=opened((S, "public")))[OTHER] == "elders"


def test_a_statement_that_comes_back_under_its_own_id_is_as_restricted_as_it_was():
    restricted = statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders"))
    bare = statement("Q7$s", says(TEXT, "x"))
    assert held(item(restricted), item(), item(bare))[S] == "elders"


def test_a_new_statement_inherits_for_qualifiers_and_references_too():
    first = statement(
        "Q7$s",
        says(TEXT, "x"),
        says(AMOUNT, "1"),
        says(QUALIFIER, f"{AMOUNT}: singers"),
        references=[[says(TEXT, "y"), says(ACCESS, "dancers")]],
    )
    again = statement("Q7$other", says(TEXT, "x"), says(AMOUNT, "1"), references=[[says(TEXT, "z")]])
    inherited = held(item(first), item(again))
    assert inherited[targets.qualifiers("Q7$other", AMOUNT)] == "singers"
    assert [v for t, v in inherited.items() if t.startswith("reference:Q7$other")] == ["dancers"]


def test_a_qualifier_that_was_spoken_of_before_it_was_there_is_inherited():
    first = statement("Q7$s", says(TEXT, "x"), says(QUALIFIER, f"{AMOUNT}: singers"))
    again = statement("Q7$other", says(TEXT, "x"), says(AMOUNT, "1"))
    assert held(item(first), item(again))[targets.qualifiers("Q7$other", AMOUNT)] == "singers"


def test_a_qualifier_that_comes_later_inherits_although_it_was_spoken_of_before():
    spoken_of = statement("Q7$s", says(TEXT, "x"), says(QUALIFIER, f"{AMOUNT}: singers"))
    sibling = statement("Q7$other", says(TEXT, "x"), says(AMOUNT, "1"), says(QUALIFIER, f"{AMOUNT}: elders"))
    complete = statement("Q7$s", says(TEXT, "x"), says(AMOUNT, "1"))
    inherited = held(item(spoken_of), item(spoken_of, sibling), item(complete, sibling))
    assert inherited[targets.qualifiers("Q7$s", AMOUNT)] == "all(elders, singers)"


def test_stripping_the_condition_out_of_a_reference_opens_nothing():
    conditioned = statement("Q7$s", says(TEXT, "x"), references=[[says(TEXT, "y"), says(ACCESS, "elders")]])
    stripped = statement("Q7$s", says(TEXT, "x"), references=[[says(TEXT, "y")]])
    assert [v for t, v in held(item(conditioned), item(stripped)).items() if t.startswith("reference")] == ["elders"]


# --- Releases ---------------------------------------------------------------------------------------------------------


def test_a_release_lifts_exactly_what_was_seen_up_to_its_revision():
    entities = [item(access="elders"), item(access="singers"), item(access="dancers"), item()]
    for revision, left in (
        (1, "all(dancers, singers)"),
        (2, "dancers"),
        (3, None),
        (4, None),
    ):
        releases = opened((targets.ENTITY, "public"), revision=revision)
        assert held(*entities, releases=releases).get(targets.ENTITY) == left


def test_a_release_lifts_its_own_target_alone():
    entity = item(statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders")), access="singers")
    assert held(entity, releases=opened((S, "public"))) == {targets.ENTITY: "all(singers, stewards(village))"}


def test_what_is_released_replaces_what_was_seen_and_the_default():
    now = released(remembered([item(access="elders")]), opened((targets.ENTITY, "singers")))
    assert str(now.condition(targets.ENTITY, CLOSED)) == "singers"
    assert str(now.condition(S, CLOSED)) == "any()"


def test_the_newest_release_counts_and_of_one_revision_the_last():
    memory_ = remembered([item(access="elders")])
    later = [Release(targets.ENTITY, "public", 3), Release(targets.ENTITY, "singers", 2)]
    assert released(memory_, later).condition(targets.ENTITY, CLOSED) == PUBLIC
    same = [Release(targets.ENTITY, "public", 3), Release(targets.ENTITY, "singers", 3)]
    assert str(released(memory_, same).condition(targets.ENTITY, CLOSED)) == "singers"


@pytest.mark.parametrize(
    ("states", "releases", "state"),
    [
        (["live"], [], "draft"),
        (["draft"], [], "draft"),
        (["live"], [1], "live"),
        (["draft", "live"], [], "draft"),
        (["draft", "live"], [1], "live"),
        (["live", "withdrawn"], [1], "withdrawn"),
        (["live", "withdrawn", "live"], [1], "withdrawn"),
        (["live", "withdrawn", "live"], [1, 3], "live"),
        (["live", "withdrawn", "live", "live"], [2], "live"),
        (["live", None, "live"], [1], "draft"),
        (["live", "in review", "withdrawn"], [1], "withdrawn"),
    ],
)
def test_a_record_is_live_when_stewards_released_it_and_nothing_was_said_since(states, releases, state):
    entities = history(*(item(state=each) for each in states))
    given = [Release(targets.STATE, "live", revision) for revision in releases]
    assert released(remembered(entities), given).state == RecordState(state)
    assert released(reversed(remembered(entities)), given).state == RecordState(state)


def test_what_is_born_live_is_live_until_something_else_is_seen():
    assert released([], [], born_live=True).state is RecordState.LIVE
    assert released([Restriction(targets.STATE, "draft", 1)], [], born_live=True).state is RecordState.DRAFT


@pytest.mark.parametrize(
    ("levels", "releases", "level"),
    [
        ([None], {}, "METADATA"),
        (["exists"], {}, "EXISTS"),
        (["exists", "metadata"], {}, "EXISTS"),
        (["hidden", None], {}, "HIDDEN"),
        (["hidden", "exists"], {2: "exists"}, "EXISTS"),
        (["hidden", "exists", "hidden"], {2: "exists"}, "HIDDEN"),
        ([None], {1: "exists"}, "EXISTS"),
    ],
)
def test_the_strictest_level_since_the_release_holds(levels, releases, level):
    entities = history(
        *(item(*([statement("Q7$o", says(OUTSIDERS, each))] if each else [])) for each in levels),
    )
    given = [Release(targets.OUTSIDERS_SEE, value, revision) for revision, value in releases.items()]
    assert released(remembered(entities), given).outsiders_see is OutsidersSee[level]


def test_what_was_damaged_where_it_was_kept_is_closed():
    damaged = [Restriction(t, "oops(", 2, "statement/P10") for t in (targets.ENTITY, targets.STATE, S)]
    damaged.append(Restriction(targets.OUTSIDERS_SEE, "oops(", 2))
    for restrictions, releases in (
        (damaged, []),
        ([], [Release(r.target, r.value, 3) for r in damaged]),
    ):
        now = released(restrictions, releases, born_live=True)
        assert now.condition(targets.ENTITY, PUBLIC) == CLOSED
        assert now.condition(S, PUBLIC) == CLOSED
        assert now.state is RecordState.DRAFT
        assert now.outsiders_see is OutsidersSee.HIDDEN
    seen = observe(None, said(item(statement("Q7$other", says(TEXT, "x")))), damaged, 5)
    assert Restriction(OTHER, "any()", 5, "statement/P10") in seen


# --- Who is a steward -------------------------------------------------------------------------------------------------


def stewards(*entities: Entity, releases: list[Release] | None = None) -> set[frozenset[str]]:
    return set(released(remembered(history(*entities)), releases or []).stewards)


def test_every_change_of_stewards_is_remembered():
    assert stewards(item()) == {frozenset({"village"})}
    assert stewards(item(), item(access="elders"), item(access="elders", community="guild")) == {
        frozenset({"village"}),
        frozenset({"village", "elders"}),
        frozenset({"guild", "elders"}),
    }
    assert stewards(item(), item(community=None), item(community="strangers")) == {frozenset({"village"})}


def test_a_release_of_the_entity_takes_its_stewards_as_they_were_then():
    entities = [item(), item(access="elders"), item(access="elders", community="guild")]
    for revision, left in (
        (1, [{"village"}, {"village", "elders"}, {"guild", "elders"}]),
        (2, [{"village", "elders"}, {"guild", "elders"}]),
        (3, [{"guild", "elders"}]),
        (4, [{"guild", "elders"}]),
    ):
        given = opened((targets.ENTITY, "public"), revision=revision)
        assert stewards(*entities, releases=given) == {frozenset(each) for each in left}
    assert len(stewards(*entities, releases=opened((S, "public"), revision=4))) == 3


def test_a_release_names_further_stewards():
    now = released(remembered([item()]), opened((targets.ENTITY, "any(elders, members(guild))")))
    assert now.named == {"elders", "guild"}


def test_what_the_schema_defines_has_no_default_to_remember():
    own = replace(VOCABULARY, own={**VOCABULARY.own, "Q7": "elders"})
    assert remembered([item(community=None, state=None)], vocabulary=own) == [
        Restriction(targets.STEWARDS, "stewards(elders)", 1)
    ]


def test_a_history_that_is_replayed_gives_the_same_memory():
    entities = history(
        item(statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders")), access="singers"),
        item(statement("Q7$other", says(TEXT, "x")), statement("Q7$p", says(PLACE, "x")), state="draft"),
        item(statement("Q7$c", says(COMMUNITY, "guild"))),
    )
    assert remembered(entities) == remembered(entities)
    assert said(entities[0]) == said(entities[0])
