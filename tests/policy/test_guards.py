"""What is in force: said and released, state, holds, stewards, what outsiders see."""

from dataclasses import replace

import pytest

from commarchive.model.archive import OutsidersSee
from commarchive.model.entity import Entity
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, PUBLIC, holds
from commarchive.policy.guards import Guards, compile_guards
from commarchive.policy.ratchet import Release, released
from tests.worlds import (
    ACCESS,
    AMOUNT,
    ARCHIVE,
    COMMUNITY,
    CUSTODIAN,
    OPEN,
    OUTSIDERS,
    PLACE,
    TEXT,
    item,
    one,
    opened,
    person,
    protocol,
    said,
    says,
    statement,
)

S = targets.statement("Q7$s")


def guards(*entities: Entity, releases: list[Release] = OPEN, held: bool = False) -> Guards:
    revisions = [replace(entity, revision=number) for number, entity in enumerate(entities, start=1)]
    return one(*revisions, releases=releases, held=held).guards("Q7")


def test_what_is_in_force_is_what_is_said_and_what_is_released():
    assert str(guards(item(access="elders")).entity) == "elders"
    assert guards(item()).entity == PUBLIC
    narrower = opened((targets.ENTITY, "singers"), (targets.STATE, "live"))
    assert str(guards(item(access="elders"), releases=narrower).entity) == "all(elders, singers)"


def test_without_a_release_the_default_is_in_force():
    live = opened((targets.STATE, "live"))
    assert str(guards(item(), releases=live).entity) == "stewards(village)"
    assert str(guards(item(access="elders"), releases=live).entity) == "all(elders, stewards(village))"


def test_a_statement_has_its_own_condition_and_its_propertys_default():
    entity = item(statement("Q7$s", says(PLACE, "x"), says(ACCESS, "elders")))
    assert str(guards(entity).part(S)) == "all(elders, stewards(village))"
    assert str(guards(entity, releases=[*OPEN, *opened((S, "public"))]).part(S)) == "elders"


def test_an_entity_whose_community_is_lost_is_closed_whatever_was_released():
    for lost in (item(community=None), item(community="strangers")):
        assert guards(lost).entity == CLOSED
        assert guards(item(), lost).entity == CLOSED
        assert guards(lost).know == CLOSED


def test_what_cannot_be_read_closes_for_as_long_as_it_is_said():
    assert guards(item(), item(access="oops(")).entity == CLOSED
    assert guards(item(), item(access="oops("), item()).entity == PUBLIC


# --- Record state and holds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [None, "draft", "in review", "withdrawn", "oops"])
def test_what_is_not_live_is_for_its_stewards_who_share_in_it(state: str | None):
    entity = guards(item(access="elders", state=state)).entity
    assert holds(entity, person("elders!"))
    assert holds(entity, person("elders", "village!"))
    for others in (["elders"], ["village!"], ["singers!", "elders"], ["village", "elders"], []):
        assert not holds(entity, person(*others))


def test_a_record_is_not_live_before_stewards_say_so():
    assert holds(guards(item(), releases=OPEN).entity, person())
    assert not holds(guards(item(), releases=opened((targets.ENTITY, "public"))).entity, person())


def test_a_hold_closes_to_all_but_the_stewards_of_the_protocols():
    entity = guards(item(access="elders"), held=True).entity
    assert holds(entity, person("elders!"))
    assert not holds(entity, person("elders", "village!"))
    assert not holds(entity, person("elders"))


def test_a_hold_on_what_names_no_protocol_leaves_it_to_the_stewards_of_its_community():
    entity = guards(item(), held=True).entity
    assert holds(entity, person("village!"))
    assert not holds(entity, person("village", "elders!", "guild!"))


def test_custodians_see_what_is_held_and_what_is_closed():
    assert holds(guards(item(access="any()"), held=True).entity, CUSTODIAN)


# --- Who is a steward -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [True, False])
def test_naming_ones_own_protocol_opens_nothing_that_is_kept_for_stewards(held: bool):
    state = "live" if held else "withdrawn"
    before = guards(item(state=state), held=held).entity
    after = guards(item(state=state), item(state=state, access="singers"), held=held).entity
    intruder = person("singers!", "elders")
    assert not holds(before, intruder)
    assert not holds(after, intruder)


def test_naming_ones_own_community_opens_nothing_that_is_kept_for_stewards():
    intruder = person("guild!")
    for change in (item(community="guild"), item(statement("Q7$c", says(COMMUNITY, "guild")))):
        after = guards(item(), change, held=True)
        assert not holds(after.entity, intruder)
        assert not holds(after.control, intruder)
        drafted = guards(item(state="draft"), replace(change, statements=change.statements), releases=OPEN)
        assert not holds(drafted.control, intruder)


def test_a_release_makes_stewards_of_those_that_are_named_by_then():
    entities = (item(), item(access="elders"))
    assert not holds(guards(*entities, held=True).entity, person("elders!"))
    released_since = opened((targets.ENTITY, "public"), (targets.STATE, "live"), revision=2)
    assert holds(guards(*entities, releases=released_since, held=True).entity, person("elders!"))
    naming = opened((targets.ENTITY, "elders"), (targets.STATE, "live"))
    assert holds(guards(item(), releases=naming, held=True).entity, person("elders!"))


def test_controls_are_for_stewards():
    entity = item(statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders")), access="singers")
    compiled = guards(entity)
    for target in (targets.statement("Q7$community"), targets.qualifiers("Q7$s", ACCESS)):
        assert holds(compiled.part(target), person("village!"))
        assert holds(compiled.part(target), person("singers!"))
        assert not holds(compiled.part(target), person("singers", "elders!", "village"))


def test_a_control_can_have_a_condition_of_its_own():
    entity = item(statement("Q7$s", says(ACCESS, "any(singers, public)"), says(ACCESS, "elders")))
    part = guards(entity).part(S)
    assert holds(part, person("elders", "village!"))
    assert not holds(part, person("village!"))
    assert not holds(part, person("elders"))


def test_where_nobody_is_steward_only_custodians_are():
    schema = replace(item(id_=TEXT, community=None, state=None), type="property")
    now = said(schema)
    compiled = compile_guards(now, released((), (), born_live=now.born_live), ARCHIVE, held=False)
    assert compiled.control == CLOSED
    assert compiled.entity == PUBLIC


# --- What outsiders see -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("access", "level"),
    [
        ("elders", "HIDDEN"),
        ("singers", "EXISTS"),
        ("dancers", "METADATA"),
        (["singers", "dancers"], "EXISTS"),
        ("any(singers, dancers)", "EXISTS"),
        ("any(elders, dancers)", "HIDDEN"),
        ("all(dancers, any(dancers, elders))", "HIDDEN"),
        ("members(dancers)", "METADATA"),
        ("any(dancers, members(village))", "METADATA"),
        (["dancers", "members(village)"], "HIDDEN"),
        (["dancers", "after(2040-01-01)"], "HIDDEN"),
        ("any(dancers, after(2040-01-01))", "METADATA"),
        ("any()", "HIDDEN"),
        (["dancers", "oops("], "HIDDEN"),
        (["dancers", "strangers"], "HIDDEN"),
    ],
)
def test_outsiders_see_what_the_strictest_protocol_of_every_part_allows(access, level: str):
    compiled = guards(item(access=access))
    assert compiled.stub is OutsidersSee[level]
    assert (compiled.know == PUBLIC) == (compiled.stub > OutsidersSee.HIDDEN)
    assert compiled.stub > OutsidersSee.HIDDEN or compiled.know == compiled.entity


def test_an_item_can_be_stricter_than_its_protocols_and_never_wider():
    for text, level in (("hidden", "HIDDEN"), ("exists", "EXISTS"), ("metadata", "METADATA"), ("oops", "HIDDEN")):
        entity = item(statement("Q7$o", says(OUTSIDERS, text)), access="dancers")
        assert guards(entity).stub is OutsidersSee[level]
        hidden = item(statement("Q7$o", says(OUTSIDERS, text)), access="elders")
        assert guards(hidden).stub is OutsidersSee.HIDDEN


def test_saying_that_outsiders_see_something_opens_nothing_by_itself():
    entity = item(statement("Q7$o", says(OUTSIDERS, "metadata")))
    live = opened((targets.STATE, "live"))
    assert guards(entity, releases=live).stub is OutsidersSee.HIDDEN
    allowed = [*live, *opened((targets.OUTSIDERS_SEE, "exists"))]
    assert guards(entity, releases=allowed).stub is OutsidersSee.EXISTS
    assert guards(item(access="any()"), releases=allowed).stub is OutsidersSee.HIDDEN


def test_naming_a_generous_protocol_opens_nothing():
    live = opened((targets.STATE, "live"))
    assert guards(item(), item(access="dancers"), releases=live).stub is OutsidersSee.HIDDEN


def test_a_protocol_that_is_gone_hides():
    gone = opened((targets.ENTITY, "all(dancers, gone)"), (targets.STATE, "live"), (targets.OUTSIDERS_SEE, "metadata"))
    assert guards(item(), releases=gone).stub is OutsidersSee.HIDDEN


@pytest.mark.parametrize("state", ["draft", "in review", "withdrawn"])
def test_outsiders_see_nothing_of_what_is_not_live(state: str):
    compiled = guards(item(access="dancers", state=state))
    assert compiled.stub is OutsidersSee.HIDDEN
    assert compiled.know == compiled.entity != PUBLIC


def test_outsiders_see_nothing_of_what_is_held():
    compiled = guards(item(access="dancers"), held=True)
    assert compiled.stub is OutsidersSee.HIDDEN
    assert compiled.know == compiled.entity != PUBLIC


def test_what_the_schema_defines_without_a_community_has_no_stub():
    generous = replace(ARCHIVE, protocols={"p": protocol("p", outsiders_see=OutsidersSee.METADATA)})
    schema = Entity(TEXT, "property", statements=(statement("P10$a", says(ACCESS, "p")),))
    now = said(schema, archive=generous)
    compiled = compile_guards(now, released((), (), born_live=True), generous, held=False)
    assert str(compiled.entity) == "p"
    assert compiled.stub is OutsidersSee.HIDDEN


def test_a_part_without_a_condition_of_its_own_is_not_listed():
    entity = item(statement("Q7$s", says(TEXT, "x"), says(AMOUNT, "1")), community="village")
    compiled = guards(entity)
    assert S not in compiled.parts
    assert compiled.part(S) == PUBLIC
    assert targets.STEWARDS not in compiled.parts
