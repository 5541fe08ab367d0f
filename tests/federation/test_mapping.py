"""A mapping that is wrong is told so with its place; one that is right is bound to the archive's ids."""

from __future__ import annotations

from pathlib import Path

import pytest

import commarchive.manifest as manifest_package
from commarchive.errors import ManifestError
from commarchive.federation.mapping import Federable, load_mapping
from commarchive.manifest.load import load_manifest
from commarchive.model.schema import SchemaIds
from commarchive.resources import data_path

from .world import COUNTRY, ELEMENT, IDS, MAPPING, SCHEMA, SPOT


def load(folder: Path, text: str, ids: SchemaIds = IDS) -> Federable:
    path = folder / "mapping.yaml"
    path.write_text(text, "utf-8")
    return load_mapping(path, root=folder, schema=SCHEMA, ids=ids)


def test_a_mapping_is_bound_to_the_ids_of_the_archives_wiki(tmp_path: Path):
    found = load(tmp_path, MAPPING)
    assert found.properties[COUNTRY].to == "P17"
    assert found.properties[SPOT].finest == 0.1
    assert found.create == {ELEMENT}
    assert found.correction == ("P2241", "Q29998666")


def test_what_was_not_seeded_yet_is_not_published(tmp_path: Path):
    few = SchemaIds({"country": COUNTRY}, {})
    found = load(tmp_path, MAPPING, few)
    assert set(found.properties) == {COUNTRY}
    assert found.identity == ""
    assert not found.create


def test_its_digest_changes_with_the_file_and_with_what_an_id_means(tmp_path: Path):
    plain = load(tmp_path, MAPPING).digest
    assert load(tmp_path, MAPPING + "# a remark\n").digest == plain
    assert load(tmp_path, MAPPING.replace("P17}", "P495}")).digest != plain
    others = SchemaIds({**IDS.properties, "country": "P99"}, IDS.items)
    assert load(tmp_path, MAPPING, others).digest != plain


MISTAKES = [
    ("country: {to: P17}", "contry: {to: P17}", "properties/contry: there is no property `contry`; expected `country`"),
    ("country: {to: P17}", "country: {to: Q17}", "properties/country/to: `Q17` has the wrong shape"),
    ("country: {to: P17}", "country: {}", "properties/country: `to` is missing"),
    ("country: {to: P17}", "country: {to: P17, finest: 1}", "the values of `country` are no coordinates"),
    ("finest: 0.1", "finest: 0", "properties/spot/finest"),
    ("country: {to: P17}", "maker: {to: P170}", "`maker` tells of persons who may be alive, and is never published"),
    ("country: {to: P17}", "access-condition: {to: P17}", "`access-condition` is about access, and is never published"),
    ("since: {to: P580}", "maker: {to: P170}", "qualifiers/maker"),
    ("identity: wikidata-item", "identity: note", "identity: `note` is no external identifier"),
    ("adopt: [number]", "adopt: [wikidata-item]", "adopt/0: `wikidata-item` is not mapped"),
    ("create: [element]", "create: [elment]", "create/0: there is no class `elment`; expected `element`"),
    ("create: [element]", "create: [person]", "records of `person` are about persons who may be alive"),
    ("create: [element]", "create: [representative-list]", "there is no class `representative-list`"),
    ("representative-list: Q110319947", "nothing: Q1", "items/nothing: there is no item `nothing`"),
    (
        "representative-list: Q110319947",
        "representative-list: P1",
        "items/representative-list: `P1` has the wrong shape",
    ),
    ("references: {url: P854,", "references: {", "references: `url` is missing"),
    ("stated_in: P248}", "stated_inn: P248}", "unknown key `stated_inn`; expected `stated_in`"),
    ("target: http://www.wikidata.org/entity/", "target: wikidata", "target: `wikidata` has the wrong shape"),
    ("id: village", "id: village\nlicense: CC0", "unknown key `license`"),
    ("corrections: {property: P2241, reason: Q29998666}", "corrections: {property: P2241}", "`reason` is missing"),
]


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, expected: str):
    assert old in MAPPING
    with pytest.raises(ManifestError) as caught:
        load(tmp_path, MAPPING.replace(old, new, 1))
    assert expected in str(caught.value)
    assert str(caught.value).startswith("mapping.yaml:")


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(ManifestError, match="the file is missing"):
        load_mapping(tmp_path / "none.yaml", root=tmp_path, schema=SCHEMA, ids=IDS)


def test_the_mapping_that_ships_fits_the_schema_that_ships(tmp_path: Path):
    (tmp_path / "archive.yaml").write_text(
        "archive: {id: a, zone: UTC, name: {en: A}, base_url: 'https://archive.example', languages: [en]}\n"
        "communities: [{id: village, name: {en: Village}}]\n"
        "schemas: [core, living-heritage]\n"
        "wiki: {driver: embedded}\n"
        "federation: {target: wikidata, mapping: mappings/living-heritage.yaml, licence: CC0-1.0}\n",
        "utf-8",
    )
    manifest = load_manifest(tmp_path)
    assert manifest.federation is not None
    assert manifest.federation.mapping == data_path("mappings", "living-heritage.yaml")
    slugs = {slug: f"P{number}" for number, slug in enumerate(manifest.schema.properties, start=1)}
    items = {slug: f"Q{number}" for number, slug in enumerate(manifest.schema.items, start=1)}
    found = load_mapping(
        manifest.federation.mapping, root=tmp_path, schema=manifest.schema, ids=SchemaIds(slugs, items)
    )
    there = {rule.to for rule in found.properties.values()}
    assert len(there) == len(found.properties), "no two properties become one there"
    assert "P8379" not in there, "which is not UNESCO's"
    for slug, definition in manifest.schema.properties.items():
        rule = found.properties.get(slugs[slug])
        if rule is not None and definition.equivalents:
            assert f"http://www.wikidata.org/entity/{rule.to}" in definition.equivalents, slug


def test_the_mapping_of_the_reference_manifest_is_one():
    folder = Path(manifest_package.__file__).parent / "reference"
    manifest = load_manifest(folder)
    assert manifest.federation is not None
    slugs = {slug: f"P{number}" for number, slug in enumerate(manifest.schema.properties, start=1)}
    found = load_mapping(manifest.federation.mapping, root=folder, schema=manifest.schema, ids=SchemaIds(slugs, {}))
    assert set(found.properties) == {slugs["instance-of"], slugs["catalogue-number"]}
