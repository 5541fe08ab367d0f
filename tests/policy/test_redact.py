"""An entity as one principal may see it: levels, mentions, stubs."""

from dataclasses import replace

import pytest

from commarchive.model.entity import DataValue, Entity, Rank, Reference, Snak, SnakKind, Statement
from commarchive.model.ids import sort_key
from commarchive.policy import targets
from tests.model.test_values import MALFORMED
from tests.worlds import (
    ACCESS,
    AMOUNT,
    CUSTODIAN,
    ITEM,
    OPEN,
    OUTSIDERS,
    QUALIFIER,
    SAFE,
    SECRET,
    STUB_LABELS,
    TERM,
    TEXT,
    World,
    item,
    names,
    one,
    opened,
    person,
    said,
    says,
    seen,
    statement,
)

STEWARD = "village!"


def in_order(entity: Entity) -> Entity:
    """The entity as it is shown whole: statements by property. Theirs are in order here already."""
    return replace(entity, statements=tuple(sorted(entity.statements, key=lambda s: sort_key(s.property_id))))


def on_view(entity: Entity) -> World:
    """A world in which stewards released everything that the entity's first revision says."""
    return one(entity, releases=[*OPEN, *opened(*((target, "public") for target in said(entity).present))])


def shown(entity: Entity, *memberships: str) -> list[Statement]:
    """What somebody sees of an entity's statements, controls left aside."""
    found = seen(on_view(entity), *memberships)
    assert found is not None
    return [s for s in found.statements if s.property_id not in ("P1", "P6")]


def test_who_does_not_share_in_an_entity_may_not_know_of_it():
    world = one(item(access="elders"))
    assert seen(world) is None
    assert seen(world, "elders") is not None
    assert world.view(CUSTODIAN)["Q7"] == in_order(world.histories["Q7"][-1])


def test_a_narrower_statement_is_hidden_and_a_wider_one_has_no_effect():
    narrow = item(statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders")))
    assert shown(narrow) == []
    assert [s.id for s in shown(narrow, "elders")] == ["Q7$s"]
    wide = item(statement("Q7$s", says(TEXT, "x"), says(ACCESS, "public")), access="elders")
    assert seen(one(wide)) is None


def test_only_stewards_see_what_decides():
    entity = item(
        statement(
            "Q7$s",
            says(TEXT, "x"),
            says(ACCESS, "public"),
            says(QUALIFIER, f"{AMOUNT}: public"),
            references=[[says(ACCESS, "public"), says(TEXT, "y")], [says(ACCESS, "public")]],
        ),
        statement("Q7$o", says(OUTSIDERS, "exists")),
        statement("Q7$t", says(TERM, "label@en: public")),
    )
    assert seen(one(entity), STEWARD) == in_order(entity)
    plain = statement("Q7$s", says(TEXT, "x"), references=[[says(TEXT, "y")]])
    for others in ([], ["village"], ["elders!"]):
        found = seen(one(entity), *others)
        assert found is not None
        assert found.statements == (plain,)


def test_a_sibling_that_comes_with_a_restricted_one_waits_for_a_release():
    """An edit that copies a restricted statement without its qualifiers is not told from one that means it."""
    entity = item(statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders")), statement("Q7$o", says(TEXT, "y")))
    found = seen(one(entity))
    assert found is not None
    assert found.statements == ()
    assert [s.id for s in shown(entity)] == ["Q7$o"]


def test_a_qualifier_goes_by_its_property_and_a_reference_alone():
    entity = item(
        statement(
            "Q7$s",
            says(TEXT, "x"),
            says(AMOUNT, "1"),
            says(AMOUNT, "2"),
            says(SAFE, "3"),
            says(QUALIFIER, f"{AMOUNT}: elders"),
            references=[[says(TEXT, "secret"), says(ACCESS, "elders")], [says(TEXT, "open")]],
        )
    )
    assert shown(entity) == [statement("Q7$s", says(TEXT, "x"), says(SAFE, "3"), references=[[says(TEXT, "open")]])]
    (full,) = shown(entity, "elders")
    assert [q.text for q in full.qualifiers] == ["3", "1", "2"]
    assert len(full.references) == 2


def test_terms_go_by_kind_and_language():
    entity = item(
        statement("Q7$t", says(TERM, "aliases@se: elders")),
        statement("Q7$u", says(TERM, "label@en: elders")),
        labels={"en": "a", "se": "b"},
        descriptions={"en": "c"},
        aliases={"se": ("d", "e"), "en": ("f",)},
    )
    found = seen(one(entity))
    assert found is not None
    assert (found.labels, found.descriptions, found.aliases) == ({"se": "b"}, {"en": "c"}, {"en": ("f",)})
    full = seen(one(entity), "elders")
    assert full is not None
    assert (full.labels, full.aliases) == (entity.labels, entity.aliases)


def test_a_rank_reveals_nothing_of_what_is_gone():
    hidden = replace(statement("Q7$s", says(TEXT, "x"), says(ACCESS, "elders")), rank=Rank.PREFERRED)
    entity = item(hidden, statement("Q7$o", says(AMOUNT, "1")))
    assert [(s.id, s.rank) for s in shown(entity)] == [("Q7$o", Rank.NORMAL)]


# --- Mentions ---------------------------------------------------------------------------------------------------------

HIDDEN = item(id_="Q8", access="elders")
GUEST = item(id_="Q9", access="singers")  # others may know that it exists


def value(property_id: str, type_: str, **parts: object) -> Snak:
    return Snak(property_id, SnakKind.VALUE, DataValue(type_, parts))


SPEAKING = {
    "property": says(SECRET, "x"),
    "value": names(ITEM, "Q8"),
    "unit": value(AMOUNT, "quantity", amount="+1", unit="http://archive.example/entity/Q8"),
    "globe": value(
        TEXT, "globecoordinate", latitude=1, longitude=1, precision=1, globe="http://wiki.example/entity/Q8"
    ),
    "calendar": value(TEXT, "time", time="+1999", calendarmodel="https://archive.example/entity/Q8"),
    "url": says(TEXT, "https://archive.example/item/Q8"),
    "text": value(TEXT, "monolingualtext", language="en", text="see https://archive.example/entity/Q8"),
    "nobody": names(ITEM, "Q404"),
    "lexeme": names(ITEM, "L1"),
    "unknown-type": value(TEXT, "no-such-type"),
    "malformed": Snak(TEXT, SnakKind.VALUE, DataValue("string", ["x"])),
}


def with_others(entity: Entity) -> World:
    return World({e.id: [e] for e in (entity, HIDDEN, GUEST)}, dict.fromkeys(("Q7", "Q8", "Q9"), OPEN))


@pytest.mark.parametrize("snak", SPEAKING.values(), ids=SPEAKING)
def test_a_statement_that_speaks_of_what_one_may_not_know_of_goes_whole(snak: Snak):
    entity = item(statement("Q7$s", snak, says(TEXT, "q"), references=[[says(TEXT, "r")]]))
    world = with_others(entity)
    assert [s.id for s in world.view(person())["Q7"].statements] == []
    assert [s.id for s in world.view(person("singers"))["Q7"].statements] == []
    assert world.view(CUSTODIAN)["Q7"] == entity


@pytest.mark.parametrize("kind", ["property", "value", "unit", "globe", "calendar", "url", "text"])
def test_who_may_know_of_it_sees_the_statement(kind: str):
    entity = item(statement("Q7$s", SPEAKING[kind]))
    assert [s.id for s in with_others(entity).view(person("elders"))["Q7"].statements] == ["Q7$s"]


@pytest.mark.parametrize("snak", SPEAKING.values(), ids=SPEAKING)
def test_in_a_qualifier_or_reference_that_snak_goes_alone_and_hashes_are_new(snak: Snak):
    source = says(TEXT, "source")
    entity = item(statement("Q7$s", says(TEXT, "x"), says(SAFE, "kept"), snak, references=[[source, snak], [snak]]))
    (found,) = with_others(entity).view(person())["Q7"].statements
    assert found.qualifiers == (says(SAFE, "kept"),)
    assert found.references == (Reference((source,)),)
    assert found.references[0].hash == Reference((source,)).hash != entity.statements[-1].references[0].hash


def test_of_two_references_that_differ_in_what_is_hidden_one_is_left():
    source = says(TEXT, "source")
    entity = item(statement("Q7$s", says(TEXT, "x"), references=[[source], [source, names(ITEM, "Q8")]]))
    world = with_others(entity)
    assert len(world.view(person())["Q7"].statements[0].references) == 1
    assert len(world.view(person("elders"))["Q7"].statements[0].references) == 2


def test_what_outsiders_know_to_exist_stays_as_a_value():
    entity = item(statement("Q7$s", names(ITEM, "Q9")))
    assert [s.id for s in with_others(entity).view(person())["Q7"].statements] == ["Q7$s"]


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda v: f"{v.type}-{str(v.value)[:20]!a}")
def test_no_malformed_value_raises_or_reaches_a_visitor_unless_it_is_a_text(malformed: DataValue):
    snak = Snak(TEXT, SnakKind.VALUE, malformed)
    entity = item(statement("Q7$s", snak, snak, references=[[snak], [snak, snak]]))
    for who in ([], [STEWARD]):
        found = seen(one(entity), *who)
        assert found is not None
        for left in found.statements:
            assert left.property_id != TEXT or malformed.text is not None or malformed.type == "quantity"


# --- Stubs ------------------------------------------------------------------------------------------------------------

RICH = item(
    statement(
        "Q7$safe",
        says(SAFE, "safe"),
        says(SAFE, "kept"),
        says(TEXT, "gone"),
        references=[[says(SAFE, "a source")]],
    ),
    statement("Q7$narrow", says(SAFE, "narrow"), says(ACCESS, "elders")),
    statement("Q7$text", says(TEXT, "text")),
    access="dancers",
    labels={"en": "Secret", "se": "Čiegus"},
    descriptions={"en": "Secret"},
    aliases={"en": ("Secret",)},
    sitelinks={"site": "Secret"},
    revision=1,
)


def test_where_outsiders_see_metadata_they_get_safe_statements_each_under_its_own_condition():
    found = seen(on_view(RICH))
    assert found == Entity(
        "Q7",
        "item",
        labels=STUB_LABELS,
        statements=(statement("Q7$safe", says(SAFE, "safe"), says(SAFE, "kept")),),
        revision=1,
    )
    elder = seen(on_view(RICH), "elders")
    assert elder is not None
    assert [s.id for s in elder.statements] == ["Q7$safe", "Q7$narrow"]


def test_where_they_see_that_it_exists_they_get_a_neutral_label_alone():
    found = seen(on_view(replace(RICH, statements=(*RICH.statements, statement("Q7$o", says(OUTSIDERS, "exists"))))))
    assert found == Entity("Q7", "item", labels=STUB_LABELS, revision=1)


def test_where_it_is_hidden_they_get_nothing():
    assert seen(one(replace(RICH, statements=(*RICH.statements, statement("Q7$o", says(OUTSIDERS, "hidden")))))) is None
    assert seen(one(RICH, held=True)) is None
    assert seen(one(RICH, releases=opened((targets.ENTITY, "public")))) is None


def test_a_safe_control_is_still_a_control():
    world = on_view(RICH)
    world.vocabulary = replace(world.vocabulary, safe=frozenset({SAFE, "P1"}))
    found = world.view(person())["Q7"]
    assert [s.id for s in found.statements] == ["Q7$safe"]


def test_redaction_changes_nothing_of_what_it_was_given():
    before = repr(RICH)
    seen(one(RICH))
    assert repr(RICH) == before


def test_the_order_of_what_is_seen_does_not_tell_where_something_hidden_stands():
    # In a wiki's JSON a property stands where its first statement does, whoever may see that statement.
    hidden = statement("Q7$hidden", names(ITEM, "Q404"))
    first, second = statement("Q7$a", says(TEXT, "a")), statement("Q7$b", names(ITEM, "Q7"))
    assert shown(item(hidden, second, first)) == shown(item(first, second)) == shown(item(first, hidden, second))
    pair = (says(TEXT, "q"), names(ITEM, "Q7"))
    there = [
        shown(item(statement("Q7$a", says(SAFE, "s"), *qualifiers, references=[qualifiers])))
        for qualifiers in (pair, pair[::-1], (names(ITEM, "Q404"), *pair[::-1]))
    ]
    assert there[0] == there[1] == there[2]
