"""What can be said there is said as it is here; what cannot is not said at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.mapping import Federable, load_mapping
from commarchive.federation.target import WIKIMEDIA
from commarchive.federation.translate import Translator
from commarchive.model.entity import Entity, Statement, TermKind
from commarchive.policy.mentions import Addresses
from commarchive.projection.replay import with_datatypes
from commarchive.wikibase.codec import decode_statement

from .words import JULIAN, Json, amount, item, phrase, place, statement, when, year
from .world import (
    BASE,
    COUNTRY,
    HEIGHT,
    IDS,
    LIST,
    MAPPING,
    NAME,
    NOTE,
    PAGE,
    REFERENCE_URL,
    RETRIEVED,
    SCHEMA,
    SINCE,
    SPOT,
    STATED_IN,
    THERE_PROPERTIES,
)

HERE = {id_: SCHEMA.properties[slug].datatype for slug, id_ in IDS.properties.items()}
COUNTERPARTS: dict[str, str | Block] = {
    "Q11": "Q33",
    "Q13": "Q11573",
    "Q14": Block(Blocker.CHOICE, "two there"),
}


def mapping(folder: Path, text_: str = MAPPING) -> Federable:
    path = folder / "mapping.yaml"
    path.write_text(text_, "utf-8")
    return load_mapping(path, root=folder, schema=SCHEMA, ids=IDS)


@pytest.fixture
def translator(tmp_path: Path) -> Translator:
    return Translator(
        mapping=mapping(tmp_path),
        addresses=Addresses.of([BASE]),
        datatypes=dict(THERE_PROPERTIES),
        text_languages=frozenset({"en", "fi", "fr"}),
        term_languages=frozenset({"en", "fi", "fr", "mul"}),
        limits=WIKIMEDIA,
    )


def typed(data: Json) -> Statement:
    entity = Entity("Q1", "item", statements=(decode_statement(data),))
    return with_datatypes(entity, HERE.get).statements[0]


def blockers(translator: Translator, data: Json) -> list[Blocker]:
    said, blocks = translator.statement(typed(data), COUNTERPARTS)
    assert (said is None) == bool(blocks)
    return [block.blocker for block in blocks]


WHOLE: dict[str, tuple[tuple[str, Json | str], tuple[str, Json | str]]] = {
    "an item": ((COUNTRY, item("Q11")), ("P17", item("Q33"))),
    "a text in a language": ((NAME, phrase("fi", "viulunsoitto")), ("P1705", phrase("fi", "viulunsoitto"))),
    "a number": ((HEIGHT, amount("+3.50")), ("P2048", amount("+3.50"))),
    "bounds": ((HEIGHT, amount("+3", upper="+4", lower="+2")), ("P2048", amount("+3", upper="+4", lower="+2"))),
    "a unit of ours": (
        (HEIGHT, amount("+3", unit=f"{BASE}/entity/Q13")),
        ("P2048", amount("+3", unit="http://www.wikidata.org/entity/Q11573")),
    ),
    "a unit of theirs": (
        (HEIGHT, amount("+3", unit="http://www.wikidata.org/entity/Q11573")),
        ("P2048", amount("+3", unit="http://www.wikidata.org/entity/Q11573")),
    ),
    "a coarse place": ((SPOT, place(63.6, 23.7, 0.1)), ("P625", place(63.6, 23.7, 0.1))),
    "a coarser place": ((SPOT, place(63.0, 23.0, 1.0)), ("P625", place(63.0, 23.0, 1.0))),
    "a place elsewhere": (
        (SPOT, place(1.0, 2.0, 0.5, globe="http://www.wikidata.org/entity/Q405")),
        ("P625", place(1.0, 2.0, 0.5, globe="http://www.wikidata.org/entity/Q405")),
    ),
    "a text": ((NOTE, "a note"), ("P1343", "a note")),
    "an address": ((PAGE, "https://songs.example/1"), ("P973", "https://songs.example/1")),
    "an unknown value": ((COUNTRY, "somevalue"), ("P17", "somevalue")),
    "no value": ((COUNTRY, "novalue"), ("P17", "novalue")),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_value_goes_whole(translator: Translator, case: str):
    (property_here, value_here), (property_there, value_there) = WHOLE[case]
    said, blocks = translator.statement(typed(statement("Q1", property_here, value_here)), COUNTERPARTS)
    assert not blocks
    assert said is not None
    expected = decode_statement(statement("Q1", property_there, value_there))
    assert said.mainsnak.hash == expected.mainsnak.hash
    assert said.mainsnak.value == expected.mainsnak.value


@pytest.mark.parametrize(
    "value", [year(2021), when("+2021-05-00T00:00:00Z", 10), when("+2021-05-03T00:00:00Z"), year(1700, calendar=JULIAN)]
)
def test_a_date_keeps_its_precision_and_calendar_as_a_qualifier(translator: Translator, value: Json):
    said, blocks = translator.statement(typed(statement("Q1", LIST, item("Q11"), (SINCE, value))), COUNTERPARTS)
    assert not blocks
    assert said is not None
    assert [(q.property_id, q.value and q.value.value) for q in said.qualifiers] == [("P580", value["value"])]


@pytest.mark.parametrize("rank", ["normal", "preferred"])
def test_a_rank_goes_along(translator: Translator, rank: str):
    said, _ = translator.statement(typed(statement("Q1", NOTE, "x", rank=rank)), COUNTERPARTS)
    assert said is not None
    assert said.rank == rank


REFUSED = {
    "a qualifier that is not mapped": (statement("Q1", COUNTRY, item("Q11"), (HEIGHT, amount("+1"))), Blocker.UNMAPPED),
    "a property that is only a qualifier": (statement("Q1", SINCE, year(2021)), Blocker.UNMAPPED),
    "a deprecated rank": (statement("Q1", NOTE, "x", rank="deprecated"), Blocker.RANK),
    "an item without counterpart": (statement("Q1", COUNTRY, item("Q12")), Blocker.NO_COUNTERPART),
    "an item with two counterparts": (statement("Q1", COUNTRY, item("Q14")), Blocker.CHOICE),
    "a unit without counterpart": (
        statement("Q1", HEIGHT, amount("+1", unit=f"{BASE}/entity/Q12")),
        Blocker.NO_COUNTERPART,
    ),
    "a unit from elsewhere": (statement("Q1", HEIGHT, amount("+1", unit="https://units.example/m")), Blocker.VALUE),
    "a unit of another wiki": (
        statement("Q1", HEIGHT, amount("+1", unit="https://other.example/entity/Q7")),
        Blocker.VALUE,
    ),
    "a calendar from elsewhere": (
        statement("Q1", LIST, item("Q11"), (SINCE, year(2021, calendar="https://other.example/Q1"))),
        Blocker.VALUE,
    ),
    "an hour": (statement("Q1", LIST, item("Q11"), (SINCE, when("+2021-05-03T00:00:00Z", 12))), Blocker.VALUE),
    "a moment in a day": (statement("Q1", LIST, item("Q11"), (SINCE, when("+2021-05-03T10:30:00Z"))), Blocker.VALUE),
    "a globe from elsewhere": (
        statement("Q1", SPOT, place(1.0, 2.0, 0.5, globe="https://other.example/entity/Q1")),
        Blocker.VALUE,
    ),
    "a place of unknown precision": (statement("Q1", SPOT, place(63.6, 23.7, None)), Blocker.TOO_EXACT),
    "a place too exact by its precision": (statement("Q1", SPOT, place(63.6, 23.7, 0.01)), Blocker.TOO_EXACT),
    "a place too exact by its digits": (statement("Q1", SPOT, place(63.61234, 23.7, 0.1)), Blocker.TOO_EXACT),
    "a place with a few hidden digits": (statement("Q1", SPOT, place(63.600001, 23.7, 0.1)), Blocker.TOO_EXACT),
    "a long text": (statement("Q1", NOTE, "x" * 1501), Blocker.TOO_LONG),
    "a long address": (statement("Q1", PAGE, "https://songs.example/" + "ä" * 800), Blocker.TOO_LONG),
    "a long text in a language": (statement("Q1", NAME, phrase("fi", "x" * 1501)), Blocker.TOO_LONG),
    "a language that the target lacks": (statement("Q1", NAME, phrase("smn", "viulâ")), Blocker.LANGUAGE),
    "spaces that the target would take away": (statement("Q1", NOTE, "x "), Blocker.VALUE),
    "a line break": (statement("Q1", NOTE, "x\ny"), Blocker.VALUE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_lose_something_is_refused(translator: Translator, case: str):
    data, blocker = REFUSED[case]
    assert blockers(translator, data) == [blocker]


def test_a_text_of_the_greatest_length_goes(translator: Translator):
    assert blockers(translator, statement("Q1", NOTE, "x" * 1500)) == []


def test_everything_in_the_way_is_named_at_once(translator: Translator):
    data = statement("Q1", COUNTRY, item("Q12"), (HEIGHT, amount("+1")), (SINCE, when("+2021-05-03T10:30:00Z")))
    assert set(blockers(translator, data)) == {Blocker.NO_COUNTERPART, Blocker.UNMAPPED, Blocker.VALUE}


@pytest.mark.parametrize(("datatype", "blocker"), [("string", Blocker.DATATYPE), (None, Blocker.NOT_THERE)])
def test_a_property_of_another_datatype_or_none_is_refused(translator: Translator, datatype, blocker):
    translator.datatypes["P17"] = datatype  # type: ignore[index]
    assert blockers(translator, statement("Q1", COUNTRY, item("Q11"))) == [blocker]


def test_a_value_of_an_unknown_type_is_refused(translator: Translator):
    data = statement("Q1", NOTE, {"type": "hologram", "value": "x"})
    assert blockers(translator, data) == [Blocker.VALUE]


@pytest.mark.parametrize(
    ("kind", "language", "words", "blocker"),
    [
        (TermKind.LABEL, "fi", "viulu", None),
        (TermKind.LABEL, "smn", "viulâ", Blocker.LANGUAGE),
        (TermKind.DESCRIPTION, "fi", "x" * 251, Blocker.TOO_LONG),
    ],
)
def test_names_have_languages_and_lengths_too(translator: Translator, kind, language, words, blocker):
    found = translator.term(kind, language, words)
    assert (found.blocker if found else None) == blocker


SOURCED = statement(
    "Q1",
    NOTE,
    "x",
    references=(((STATED_IN, item("Q12")), (RETRIEVED, year(2021))), ((REFERENCE_URL, "https://a.example"),)),
)


def with_sources(tmp_path: Path, translator: Translator, more: str) -> Translator:
    old = "references: {url: P854, retrieved: P813, stated_in: P248}"
    sources = "sources: {reference-url: P854, stated-in: P248, retrieved: P813}"
    text_ = MAPPING.replace(old, f"references: {{url: P854, {sources}, {more}}}")
    return Translator(**{**vars(translator), "mapping": mapping(tmp_path, text_)})


def test_sources_stay_here_unless_the_mapping_says_otherwise(translator: Translator):
    said, _ = translator.statement(typed(SOURCED), COUNTERPARTS)
    assert said is not None
    assert said.references == ()


def test_a_source_that_cannot_go_whole_keeps_its_statement_here(tmp_path: Path, translator: Translator):
    translator = with_sources(tmp_path, translator, "otherwise: refuse")
    assert blockers(translator, SOURCED) == [Blocker.NO_COUNTERPART]


def test_a_source_that_cannot_go_whole_stays_here_where_the_mapping_says_so(tmp_path: Path, translator: Translator):
    translator = with_sources(tmp_path, translator, "otherwise: leave")
    said, blocks = translator.statement(typed(SOURCED), COUNTERPARTS)
    assert not blocks
    assert said is not None
    assert [[snak.property_id for snak in reference.snaks] for reference in said.references] == [["P854"]]
