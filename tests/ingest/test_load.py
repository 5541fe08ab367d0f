"""Mappings that are wrong: each mistake is named with its line and place."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from commarchive.errors import ManifestError
from commarchive.ingest.load import load_mapping
from commarchive.model.archive import Community
from commarchive.model.schema import Schema
from commarchive.resources import data_path

from .conftest import MAPPING

MISTAKES: dict[str, tuple[Any, str, str, str]] = {
    "an unknown key": ("key: [key]", "keys: [key]", "keys", "`key`"),
    "no policy": (re.compile(r"policy:\n(  .*\n)+statements"), "statements", "", "policy"),
    "no state": ("  record_state: {column: state}\n", "", "policy", "record_state"),
    "an unknown class": ("class: practice", "class: practise", "class", "`practice`"),
    "an item that is no class": ("class: practice", "class: representative-list", "class", "is no class"),
    "an unknown property": ("property: month", "property: mouth", "statements/3/property", "`month`"),
    "a control": ("property: coordinates", "property: access-condition", "statements/2/property", "`policy`"),
    "no language": ("    language: en\n", "", "statements/0", "`language`"),
    "a language without need": (
        "{property: coordinates, column",
        "{property: coordinates, language: fi, column",
        "statements/2/language",
        "globe-coordinate",
    ),
    "no way to find an item": ("column: month, by: wikidata", "column: month", "statements/3", "`by`"),
    "an unknown way to find an item": ("by: wikidata", "by: name", "statements/3/by", "`slug`"),
    "an unknown table": ("table: countries", "table: country", "statements/1/table", "`countries`"),
    "a table without need": (
        "by: wikidata}",
        "by: wikidata, table: countries}",
        "statements/3/table",
        "`by: table`",
    ),
    "an unknown slug": (
        "craft: domain-craftsmanship",
        "craft: domain-craft",
        "statements/4/slugs/craft",
        "craftsmanship",
    ),
    "a precision of no time": (
        "{property: coordinates, column",
        "{property: coordinates, precision: day, column",
        "statements/2/precision",
        "no `precision`",
    ),
    "an unknown precision": ("precision: day", "precision: hour", "references/book/1/precision", "`day`"),
    "two sources of a value": (
        "{property: coordinates, column: point}",
        "{property: coordinates, column: point, value: '1,2'}",
        "statements/2",
        "`column` or `value`",
    ),
    "no source of a value": (
        "{property: coordinates, column: point}",
        "{property: coordinates}",
        "statements/2",
        "`column` or `value`",
    ),
    "a value that is none": (
        "{property: coordinates, column: point}",
        "{property: coordinates, value: here}",
        "statements/2/value",
        "no place on the map",
    ),
    "a slug as value that is none": (
        "{property: month, column: month, by: wikidata}",
        "{property: month, value: may, by: slug}",
        "statements/3/value",
        "no item `may`",
    ),
    "an unknown reference": ("references: []", "references: [bok]", "statements/5/references/0", "`book`"),
    "an unknown community": (
        "community: {value: village}",
        "community: {value: town}",
        "tables/countries/policy/community",
        "`town`",
    ),
    "an unknown protocol": (
        "access_condition: {value: public}",
        "access_condition: {value: elder}",
        "tables/countries/policy/access_condition",
        "`elder`",
    ),
    "a condition that is none": (
        "access_condition: {value: public}",
        "access_condition: {value: 'all(elders'}",
        "tables/countries/policy/access_condition",
        "condition",
    ),
    "an unknown state": (
        "record_state: {value: live}",
        "record_state: {value: done}",
        "tables/countries/policy/record_state",
        "`done`",
    ),
    "a wrong condition of a statement": (
        "condition: {column: text_condition}",
        "condition: {value: elder}",
        "statements/0/condition",
        "`elder`",
    ),
    "an unknown level": (
        "outsiders_see: {column: outsiders}",
        "outsiders_see: {value: some}",
        "policy/outsiders_see",
        "`some`",
    ),
    "both column and value of a policy": (
        "state: {column: state}",
        "state: {column: state, value: live}",
        "policy/record_state",
        "`{column: NAME}` or `{value: TEXT}`",
    ),
    "a table that is nowhere": ("    file: countries.csv\n", "", "tables/countries", "`file` or `rows`"),
    "a table in two places": (
        "    file: countries.csv\n",
        "    file: countries.csv\n    rows: [{name: a, id: Q1}]\n",
        "tables/countries",
        "`file` or `rows`",
    ),
    "a row without a column": (
        "    file: countries.csv\n",
        "    rows: [{name: Finland}]\n",
        "tables/countries/rows/0",
        "`id`",
    ),
    "a table that refers to a table": (
        "    match: name\n",
        "    match: name\n    statements: [{property: country, column: in, by: table, table: countries}]\n",
        "tables/countries/statements/0/by",
        "cannot refer to a table",
    ),
    "a datatype that no table carries": (
        "property: described-at-url",
        "property: photo",
        "statements/5/property",
        "commonsMedia",
    ),
}


def with_photo(place):
    """Schemas that have a property whose datatype no table can carry."""
    schema = place.manifest.schema
    photo = replace(schema.properties["country"], slug="photo", datatype="commonsMedia")
    return Schema({**schema.properties, "photo": photo}, schema.items)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mapping_names_its_mistake(name, place):
    before, after, path, says = MISTAKES[name]
    text = before.sub(after, MAPPING) if isinstance(before, re.Pattern) else MAPPING.replace(before, after, 1)
    assert text != MAPPING
    with pytest.raises(ManifestError) as caught:
        load_mapping(place.map(text), with_photo(place), place.manifest.archive, root=place.folder)
    finding = next(f for f in caught.value.findings if f.path.startswith(path))
    assert finding.file == "songs.yaml"
    assert says in str(finding)
    if path:
        lines = text.splitlines()
        word = path.split("/")[0]
        assert finding.line >= next(n for n, line in enumerate(lines, 1) if line.startswith(word))


def test_a_mapping_that_is_right_is_read(place):
    rule = load_mapping(place.map(), place.manifest.schema, place.manifest.archive, root=place.folder)
    assert rule.id == "songs"
    assert set(rule.columns()) >= {"key", "name", "text_condition", "read_on"}
    assert len(rule.record.statements[0].references) == 1
    assert rule.record.statements[5].references == ()


def test_schemas_without_the_core_are_refused(place):

    with pytest.raises(ManifestError, match="pack `core`"):
        load_mapping(place.map(), Schema({}, {}), place.manifest.archive, root=place.folder)


def test_mappings_that_ship_fit_the_packs_that_ship(place):

    archive = replace(place.manifest.archive, communities={"inventory": Community("inventory")})
    path = data_path("mappings", "living-heritage-ingest.yaml")
    assert load_mapping(path, place.manifest.schema, archive, root=path.parent).id == "living-heritage"
