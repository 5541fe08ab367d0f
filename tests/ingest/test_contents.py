"""What changes in an entity when a row changes, and what stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commarchive.ingest.contents import Content, changes, read_content
from commarchive.model.entity import DataValue, Entity, Rank, Reference, Snak, Statement

CONDITION = "P2"


def snak(prop: str, text: str) -> Snak:
    return Snak(prop, value=DataValue("string", text), datatype="string")


def statement(prop: str, text: str, guid: str = "", condition: str = "", source: str = "") -> Statement:
    return Statement(
        guid,
        snak(prop, text),
        qualifiers=(snak(CONDITION, condition),) if condition else (),
        references=(Reference((snak("P9", source),)),) if source else (),
    )


OLD = Content(
    labels={"en": "old", "fi": "vanha"},
    descriptions={"en": "a song"},
    aliases={"en": ("one", "two")},
    statements=(statement("P1", "a"), statement("P1", "b", source="book"), statement("P3", "c")),
)


def entity(**parts) -> Entity:
    """The entity as we wrote it, but for these parts."""
    there = tuple(replace(s, id=f"Q7${number}") for number, s in enumerate(OLD.statements))
    mine = {"labels": OLD.labels, "descriptions": OLD.descriptions, "aliases": OLD.aliases, "statements": there}
    return Entity("Q7", "item", **{**mine, **parts})


def test_contents_survive_their_text():
    assert read_content(OLD.text()) == OLD
    assert read_content("") == Content()


def test_nothing_changes_nothing():
    assert changes(OLD, OLD, entity(), CONDITION).data == {}
    assert changes(OLD, OLD, entity(labels={}, aliases={}, statements=()), CONDITION).data == {}


def test_our_terms_change_and_vanish():
    new = replace(OLD, labels={"en": "new", "se": "ođđa"}, descriptions={}, aliases={"en": ("two", "three")})
    data = changes(OLD, new, entity(), CONDITION).data
    assert data["labels"] == {
        "en": {"language": "en", "value": "new"},
        "fi": {"language": "fi", "remove": ""},
        "se": {"language": "se", "value": "ođđa"},
    }
    assert data["descriptions"] == {"en": {"language": "en", "remove": ""}}
    assert data["aliases"] == [
        {"language": "en", "value": "three", "add": ""},
        {"language": "en", "value": "one", "remove": ""},
    ]


def test_terms_that_people_changed_stay_and_are_told():
    new = replace(OLD, labels={"en": "new", "fi": "uusi"}, descriptions={"en": "a dance"})
    there = entity(labels={"en": "theirs", "fi": "uusi"}, descriptions={})
    change = changes(OLD, new, there, CONDITION)
    assert change.data == {}
    assert change.kept == ("label@en", "description@en")


def test_aliases_that_people_added_or_took_stay_so():
    new = replace(OLD, aliases={"en": ("three", "four")})
    there = entity(aliases={"en": ("two", "four", "theirs")})
    assert changes(OLD, new, there, CONDITION).data["aliases"] == [
        {"language": "en", "value": "three", "add": ""},
        {"language": "en", "value": "two", "remove": ""},
    ]


def test_our_statements_are_replaced_and_others_untouched():
    new = replace(OLD, statements=(statement("P1", "a"), statement("P1", "B"), statement("P3", "c")))
    data = changes(OLD, new, entity(statements=(*entity().statements, statement("P1", "x", "Q7$x"))), CONDITION).data
    added, removed = data["claims"]
    assert added["mainsnak"]["datavalue"]["value"] == "B"
    assert "hash" not in added["mainsnak"]
    assert removed == {"id": "Q7$1", "remove": ""}


@pytest.mark.parametrize(
    "theirs",
    [
        {"rank": Rank.PREFERRED},
        {"references": (Reference((snak("P9", "book"),)), Reference((snak("P9", "another"),)))},
        {"qualifiers": (snak("P8", "theirs"),)},
    ],
)
def test_a_statement_that_people_changed_stays_and_is_told(theirs):
    first, second, third = entity().statements
    there = entity(statements=(first, replace(second, **theirs), third))
    change = changes(OLD, replace(OLD, statements=OLD.statements[::2]), there, CONDITION)
    assert change.data == {}
    assert change.kept == ("P1",)


def test_a_statement_that_people_removed_is_not_made_again():
    new = replace(OLD, statements=(*OLD.statements, statement("P1", "d")))
    data = changes(OLD, new, entity(statements=()), CONDITION).data
    assert [claim["mainsnak"]["datavalue"]["value"] for claim in data["claims"]] == ["d"]


def test_a_statement_that_people_made_already_is_not_made_twice():
    new = replace(OLD, statements=(*OLD.statements, statement("P1", "d", source="book")))
    there = entity(statements=(*entity().statements, statement("P1", "d", "Q7$d")))
    assert changes(OLD, new, there, CONDITION).data == {}


def test_a_condition_is_put_on_our_statement():
    new = replace(OLD, statements=(statement("P1", "a", condition="elders"), *OLD.statements[1:]))
    data = changes(OLD, new, entity(), CONDITION).data
    (claim,) = data["claims"]
    assert claim["id"] == "Q7$0", "it keeps its id"
    assert claim["qualifiers"][CONDITION][0]["datavalue"]["value"] == "elders"


def test_a_new_source_keeps_the_statement():
    new = replace(OLD, statements=(OLD.statements[0], statement("P1", "b", source="film"), OLD.statements[2]))
    (claim,) = changes(OLD, new, entity(), CONDITION).data["claims"]
    assert claim["id"] == "Q7$1"
    assert len(claim["references"]) == 1


def test_a_condition_is_put_on_statements_that_say_the_same_too():
    new = replace(OLD, statements=(statement("P1", "a", condition="elders"), *OLD.statements[1:]))
    first, *others = entity().statements
    there = entity(statements=(replace(first, rank=Rank.PREFERRED), *others, statement("P1", "a", "Q7$x", "singers")))
    change = changes(OLD, new, there, CONDITION)
    claims = {claim.get("id", "new"): claim for claim in change.data["claims"]}
    assert claims.keys() == {"new", "Q7$0", "Q7$x"}
    assert claims["Q7$0"]["rank"] == "preferred"
    conditions = [q["datavalue"]["value"] for q in claims["Q7$x"]["qualifiers"][CONDITION]]
    assert conditions == ["singers", "elders"]


def test_a_condition_that_a_steward_took_away_is_not_put_back():
    old = replace(OLD, statements=(statement("P1", "a", condition="elders"),))
    new = replace(old, labels={"en": "new"})
    there = entity(statements=(statement("P1", "a", "Q7$0"),))
    assert changes(old, new, there, CONDITION).data.keys() == {"labels"}
