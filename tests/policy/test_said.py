"""What one revision says of its own access, and that whatever cannot be read closes what it stands on."""

from dataclasses import replace

import pytest

from commarchive.model.archive import OutsidersSee, RecordState
from commarchive.model.entity import DataValue, Entity, Rank, Snak, SnakKind
from commarchive.model.schema import Control
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, PUBLIC, parse_condition, simplify
from commarchive.policy.targets import Target
from tests.model.test_values import MALFORMED
from tests.worlds import (
    ACCESS,
    AMOUNT,
    ARCHIVE,
    COMMUNITY,
    INSTANCE_OF,
    OUTSIDERS,
    PLACE,
    QUALIFIER,
    SACRED_CLASS,
    SECRET,
    STATE,
    TERM,
    TEXT,
    VOCABULARY,
    item,
    names,
    said,
    says,
    statement,
)

S = targets.statement("Q7$s")
HOSTILE = [
    "",
    "elders)",
    "strangers",
    "elders\0",
    "\u202eelders",
    "ｅｌｄｅｒｓ",
    "e" * 401,
    "all(" * 10_000,
    "x" * 10_000_000,
    "\ud800",
]


def conditions(entity: Entity) -> dict[Target, str]:
    return {target: str(condition) for target, condition in said(entity).conditions.items()}


def test_an_entity_that_says_nothing_is_under_the_default_of_its_community():
    now = said(item())
    assert now.conditions == {}
    assert str(now.default) == "stewards(village)"
    assert now.communities == ("village",)
    assert now.problems == ()


def test_several_conditions_on_an_entity_are_all_in_force_whatever_their_rank():
    entity = item(access=["elders", "any(singers, dancers)"])
    ranked = replace(entity, statements=tuple(replace(s, rank=Rank.DEPRECATED) for s in entity.statements))
    assert conditions(ranked) == {"entity": "all(any(dancers, singers), elders)"}


@pytest.mark.parametrize("kind", [SnakKind.SOME_VALUE, SnakKind.NO_VALUE])
def test_a_condition_without_a_value_is_closed(kind: SnakKind):
    unknown = Snak(ACCESS, kind)
    assert said(item(statement("Q7$a", unknown))).conditions[targets.ENTITY] == CLOSED
    assert said(item(statement("Q7$s", says(TEXT, "x"), unknown))).conditions[S] == CLOSED
    entity = item(statement("Q7$s", says(TEXT, "x"), references=[[says(TEXT, "y"), unknown]]))
    assert list(said(entity).conditions.values()) == [CLOSED]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_what_cannot_be_read_closes_what_it_stands_on_is_reported_and_is_not_for_the_ratchet(text: str):
    key = targets.reference("Q7$s", targets.reference_key(_reference(says(TEXT, "y")), frozenset(VOCABULARY.controls)))
    cases = {
        targets.ENTITY: item(access=text),
        S: item(statement("Q7$s", says(TEXT, "x"), says(ACCESS, text))),
        targets.qualifiers("Q7$s", AMOUNT): item(
            statement("Q7$s", says(TEXT, "x"), says(AMOUNT, "1"), says(QUALIFIER, f"{AMOUNT}: {text}"))
        ),
        key: item(statement("Q7$s", says(TEXT, "x"), references=[[says(TEXT, "y"), says(ACCESS, text)]])),
        "term:label@se": item(statement("Q7$t", says(TERM, f"label@se: {text}")), labels={"se": "x"}),
    }
    for target, entity in cases.items():
        now = said(entity)
        assert now.conditions == {target: CLOSED}
        assert now.readable == {}
        assert len(now.problems) == 1


def _reference(*snaks: Snak):
    return statement("", says(TEXT, ""), references=[snaks]).references[0]


@pytest.mark.parametrize("value", MALFORMED, ids=lambda value: f"{value.type}-{str(value.value)[:20]!a}")
@pytest.mark.parametrize("property_id", [*VOCABULARY.controls, INSTANCE_OF, PLACE, TEXT, SECRET])
def test_no_malformed_value_raises_anywhere(value: DataValue, property_id: str):
    snak = Snak(property_id, SnakKind.VALUE, value)
    for entity in (
        item(statement("Q7$m", snak)),
        item(statement("Q7$m", says(TEXT, "x"), snak)),
        item(statement("Q7$m", says(TEXT, "x"), references=[[snak], [snak, says(ACCESS, "elders")]])),
        item(statement("", snak, snak, references=[[snak]]), id_="L1"),
    ):
        said(entity)


@pytest.mark.parametrize(
    "value", [v for v in MALFORMED if v.entity_id != "Q5"], ids=lambda v: f"{v.type}-{str(v.value)[:20]!a}"
)
def test_a_class_that_is_no_entity_closes_the_record(value: DataValue):
    entity = item(statement("Q7$c", Snak(INSTANCE_OF, SnakKind.VALUE, value)))
    assert said(entity).conditions == {targets.ENTITY: CLOSED}


# --- Communities and defaults -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entity",
    [
        item(community=None),
        item(community="strangers"),
        item(community="Village"),
        item(community="village "),
        item(community="elders"),
        item(statement("Q7$c", says(COMMUNITY, "strangers"))),
        item(statement("Q7$c", Snak(COMMUNITY, SnakKind.SOME_VALUE))),
        item(statement("Q7$c", names(COMMUNITY, "Q1"))),
        item(community=None, access="elders"),
    ],
    ids=range(9),
)
def test_an_entity_without_a_known_community_is_closed(entity: Entity):
    now = said(entity)
    assert now.communities == ()
    assert now.conditions[targets.ENTITY] == CLOSED
    assert now.problems
    assert CLOSED not in now.readable.values()


def test_no_default_is_so_generous_that_a_community_would_not_be_needed():
    generous = replace(ARCHIVE, default_condition="public")
    for entity in (item(community=None), item(community="strangers")):
        assert said(entity, archive=generous).conditions == {targets.ENTITY: CLOSED}
    assert said(item(), archive=generous).conditions == {}


def test_with_two_communities_a_bare_word_means_both():
    entity = item(statement("Q7$c", says(COMMUNITY, "guild")), access="any(elders, members)")
    now = said(entity)
    assert now.communities == ("guild", "village")
    assert str(now.default) == "all(stewards(guild), stewards(village))"
    assert str(now.conditions[targets.ENTITY]) == "any(all(members(guild), members(village)), elders)"


def test_a_class_brings_its_own_default_beside_the_archives():
    entity = item(statement("Q7$c", names(INSTANCE_OF, SACRED_CLASS)), statement("Q7$d", names(INSTANCE_OF, "Q99")))
    assert str(said(entity).default) == "all(elders, stewards(village))"


def test_a_default_that_cannot_be_read_closes_what_it_stands_on():
    entity = item(statement("Q7$c", names(INSTANCE_OF, SACRED_CLASS)), statement("Q7$s", says(PLACE, "x")))
    for broken, closed in (
        (replace(VOCABULARY, class_defaults={SACRED_CLASS: "oops("}), targets.ENTITY),
        (replace(VOCABULARY, property_defaults={PLACE: "strangers"}), S),
    ):
        now = said(entity, vocabulary=broken)
        assert now.conditions == {closed: CLOSED}
        assert now.readable == {}
        assert [problem.target for problem in now.problems] == [closed]
    assert said(entity, archive=replace(ARCHIVE, default_condition="oops(")).conditions == {targets.ENTITY: CLOSED}


def test_a_property_brings_its_default_to_each_of_its_statements():
    now = said(item(statement("Q7$s", says(PLACE, "x")), statement("Q7$o", says(TEXT, "x"))))
    assert {t: str(c) for t, c in now.property_defaults.items()} == {S: "stewards(village)"}


def test_what_the_schema_defines_is_under_the_schemas_condition():
    public, secret = said(Entity(TEXT, "property")), said(Entity(SECRET, "property"))
    assert (public.default, str(secret.default)) == (PUBLIC, "elders")
    assert public.of_schema
    assert public.born_live
    assert public.conditions == {}
    assert said(Entity("P99", "property")).conditions == {targets.ENTITY: CLOSED}


def test_a_property_that_a_community_made_needs_its_community_and_is_live():
    own = replace(item(id_="P99", state=None), type="property")
    now = said(own)
    assert now.state is RecordState.LIVE
    assert str(now.default) == "stewards(village)"


@pytest.mark.parametrize("missing", list(Control), ids=str)
def test_an_archive_whose_wiki_lacks_a_control_is_closed(missing: Control):
    controls = {id_: control for id_, control in VOCABULARY.controls.items() if control is not missing}
    now = said(item(), vocabulary=replace(VOCABULARY, controls=controls))
    assert now.conditions[targets.ENTITY] == CLOSED
    assert str(missing) in str(now.problems)
    schema = said(Entity(TEXT, "property"), vocabulary=replace(VOCABULARY, controls=controls))
    assert schema.conditions[targets.ENTITY] == CLOSED


# --- Parts ------------------------------------------------------------------------------------------------------------


def test_conditions_are_said_on_every_level():
    entity = item(
        statement(
            "Q7$s",
            says(TEXT, "x"),
            says(ACCESS, "elders"),
            says(AMOUNT, "1"),
            says(QUALIFIER, f"{AMOUNT}: singers"),
            references=[[says(TEXT, "y"), says(ACCESS, "dancers")]],
        ),
        statement("Q7$t", says(TERM, "aliases@se: winter")),
    )
    reference = entity.statements[-2].references[0]
    key = targets.reference_key(reference, frozenset(VOCABULARY.controls))
    assert conditions(entity) == {
        S: "elders",
        targets.qualifiers("Q7$s", AMOUNT): "singers",
        targets.reference("Q7$s", key): "dancers",
        "term:alias@se": "winter",
    }


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("label@se: elders", "term:label@se"),
        ("labels@se:elders", "term:label@se"),
        ("description@be-tarask : elders", "term:description@be-tarask"),
        ("descriptions@en: elders", "term:description@en"),
        (" alias@en: elders", "term:alias@en"),
        ("aliases@en: elders", "term:alias@en"),
    ],
)
def test_a_term_condition_names_a_kind_and_a_language(text: str, target: Target):
    assert conditions(item(statement("Q7$t", says(TERM, text)))) == {target: "elders"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "elders",
        "label: elders",
        "@se: elders",
        "label@: elders",
        "Label@se: elders",
        "label@SE: elders",
        "labeles@se: elders",
        "name@se: elders",
        "label@se elders",
        "label@se: Elders",
        "label@se: strangers",
        "label@se:",
    ],
)
def test_a_term_condition_that_cannot_be_read_closes_all_terms(text: str):
    entity = item(
        statement("Q7$t", says(TERM, text)),
        labels={"en": "x"},
        descriptions={"se": "x"},
        aliases={"fi": ("x", "y")},
    )
    assert conditions(entity) == dict.fromkeys(("term:label@en", "term:description@se", "term:alias@fi"), "any()")
    assert len(said(entity).problems) == 1
    assert len(said(replace(entity, labels={}, descriptions={}, aliases={})).problems) == 1


@pytest.mark.parametrize("text", ["", "elders", f"{AMOUNT} elders", "p15: elders", "P0: elders", "P015: elders", ":"])
def test_a_qualifier_condition_that_names_no_property_closes_all_qualifiers(text: str):
    entity = item(statement("Q7$s", says(TEXT, "x"), says(AMOUNT, "1"), says(PLACE, "y"), says(QUALIFIER, text)))
    assert conditions(entity) == {
        targets.qualifiers("Q7$s", AMOUNT): "any()",
        targets.qualifiers("Q7$s", PLACE): "any()",
    }
    assert len(said(entity).problems) == 1
    alone = said(item(statement("Q7$s", says(TEXT, "x"), says(QUALIFIER, text))))
    assert len(alone.problems) == 1


@pytest.mark.parametrize("control", [COMMUNITY, TERM, OUTSIDERS, STATE])
def test_a_control_where_it_means_nothing_closes_what_it_stands_on(control: str):
    misplaced = says(control, "village" if control == COMMUNITY else "live")
    on_statement = said(item(statement("Q7$s", says(TEXT, "x"), misplaced)))
    assert on_statement.conditions == {S: CLOSED}
    assert on_statement.problems
    in_reference = said(item(statement("Q7$s", says(TEXT, "x"), references=[[says(TEXT, "y"), misplaced]])))
    assert list(in_reference.conditions.values()) == [CLOSED]
    assert next(iter(in_reference.conditions)).startswith("reference:Q7$s:")


def test_a_qualifier_condition_means_nothing_on_an_entity_or_in_a_reference():
    condition = says(QUALIFIER, f"{AMOUNT}: elders")
    assert said(item(statement("Q7$q", condition))).conditions == {targets.ENTITY: CLOSED}
    in_reference = said(item(statement("Q7$s", says(TEXT, "x"), references=[[condition]])))
    assert list(in_reference.conditions.values()) == [CLOSED]


def test_a_reference_keeps_its_key_when_its_condition_is_taken_out():
    with_it = item(statement("Q7$s", says(TEXT, "x"), references=[[says(TEXT, "y"), says(ACCESS, "elders")]]))
    without = item(statement("Q7$s", says(TEXT, "x"), references=[[says(TEXT, "y")]]))
    assert said(with_it).present == said(without).present


def test_everything_that_is_there_has_a_family_and_so_has_what_is_spoken_of():
    entity = item(
        statement(
            "Q7$s",
            says(TEXT, "x"),
            says(AMOUNT, "1"),
            says(QUALIFIER, f"{PLACE}: elders"),
            references=[[says(TEXT, "y")]],
        ),
        community=None,
        state=None,
    )
    now = said(entity)
    families = {target: family for target, family in now.families.items() if not target.startswith("reference")}
    assert families == {
        S: f"statement/{TEXT}",
        targets.qualifiers("Q7$s", AMOUNT): f"qualifier/{TEXT}/{AMOUNT}",
        targets.qualifiers("Q7$s", PLACE): f"qualifier/{TEXT}/{PLACE}",
    }
    assert targets.qualifiers("Q7$s", PLACE) not in now.present
    assert [f for t, f in now.families.items() if t.startswith("reference")] == [f"reference/{TEXT}"]


def test_controls_are_told_apart_wherever_they_stand():
    entity = item(statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders")), access="elders")
    assert said(entity).controls == {
        targets.statement("Q7$access-0"),
        targets.statement("Q7$community"),
        targets.statement("Q7$state"),
        targets.qualifiers("Q7$s", ACCESS),
    }


# --- State, what outsiders see, stewards ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "state", "readable"),
    [
        ([], "draft", "draft"),
        (["live"], "live", "live"),
        (["in review"], "in review", "in review"),
        (["live", "withdrawn", "draft"], "withdrawn", "withdrawn"),
        (["in review", "live"], "in review", "in review"),
        (["Live"], "draft", "live"),
        (["live "], "draft", "live"),
        ([""], "draft", "live"),
        (["in review", "oops"], "draft", "in review"),
        (["withdrawn", "oops"], "withdrawn", "withdrawn"),
    ],
)
def test_the_strictest_state_counts_and_one_that_cannot_be_read_is_a_draft(states, state, readable):
    entity = item(*(statement(f"Q7$s{at}", says(STATE, text)) for at, text in enumerate(states)), state=None)
    now = said(entity)
    assert (now.state, now.readable_state) == (RecordState(state), RecordState(readable))


@pytest.mark.parametrize(
    ("levels", "level", "readable"),
    [
        ([], None, None),
        (["exists"], OutsidersSee.EXISTS, OutsidersSee.EXISTS),
        (["metadata", "exists"], OutsidersSee.EXISTS, OutsidersSee.EXISTS),
        (["metadata", "hidden"], OutsidersSee.HIDDEN, OutsidersSee.HIDDEN),
        (["all"], OutsidersSee.HIDDEN, None),
        (["all", "exists"], OutsidersSee.HIDDEN, OutsidersSee.EXISTS),
        (["METADATA"], OutsidersSee.HIDDEN, None),
    ],
)
def test_the_strictest_level_counts_and_one_that_cannot_be_read_is_hidden(levels, level, readable):
    entity = item(*(statement(f"Q7$o{at}", says(OUTSIDERS, text)) for at, text in enumerate(levels)))
    now = said(entity)
    assert (now.outsiders_see, now.readable_outsiders_see) == (level, readable)
    assert bool(now.problems) == (level is not readable)


def test_stewards_are_those_of_the_community_and_of_the_protocols_that_are_named_for_the_entity():
    entity = item(
        statement("Q7$c", names(INSTANCE_OF, SACRED_CLASS)),
        statement("Q7$s", says(TEXT, "x"), says(ACCESS, "dancers")),
        access=["any(singers, members(guild))", "strangers"],
    )
    assert said(entity).stewards == {"village", "elders", "singers"}


def test_a_condition_is_in_its_canonical_form_when_it_is_said():
    entity = item(access="any(singers, any(elders, singers))")
    assert said(entity).conditions[targets.ENTITY] == simplify(parse_condition("any(elders, singers)"))
