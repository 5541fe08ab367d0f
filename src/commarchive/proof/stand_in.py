"""A second embedded wiki made to look like the part of Wikidata that an archive's mapping speaks of.

Knows: which properties and items a mapping names there. Must not know: the archive's records.

Its ids of properties, countries and lists are Wikidata's. Items about elements are there under numbers that Wikidata
has not given: what they say is what others might have said, and nothing is claimed about the real ones.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commarchive.federation.mapping import load_mapping
from commarchive.manifest.config import FederationConfig, Manifest
from commarchive.model.schema import SchemaIds
from commarchive.sandbox import WIKIDATA, Wiki

KNOWN = 20
"""How many elements somebody has described there already."""

_FIRST = 900_000_001
_OTHERS_SOURCE = "https://ich.unesco.org/en/lists"
_GREGORIAN = "http://www.wikidata.org/entity/Q1985727"

Json = dict[str, Any]


def fill(manifest: Manifest, ids: SchemaIds, tables: Path) -> dict[str, str]:
    """Fill the target of an archive; returns the items there about elements, by name.

    Args:
        manifest: the archive's, whose target is embedded.
        ids: which ids the archive's wiki gave its schema.
        tables: the folder with `elements.csv` and `countries.csv`.
    """
    config = manifest.federation
    assert config is not None  # noqa: S101 (the demo's archive has one)
    countries = {row["name_en"]: row["wikidata"] for row in _rows(tables / "countries.csv")}
    elements = {row["name_en"]: row for row in list(_rows(tables / "elements.csv"))[:KNOWN]}
    numbered = {name: f"Q{_FIRST + at}" for at, name in enumerate(elements)}
    with Wiki(config.url.removeprefix("sqlite:///"), settings=WIKIDATA) as wiki:
        for id_, label, datatype in _properties(manifest, config, ids):
            wiki.put({"id": id_, "datatype": datatype, "labels": _label(label)})
        for id_, label in _items(manifest, config, ids):
            wiki.put({"id": id_, "labels": _label(label)})
        for name, id_ in countries.items():
            wiki.put({"id": id_, "labels": _label(name)})
        for name, row in elements.items():
            wiki.put({"id": numbered[name], "labels": _label(name), "claims": _said(numbered[name], row, countries)})
    return numbered


def _properties(manifest: Manifest, config: FederationConfig, ids: SchemaIds) -> Iterator[tuple[str, str, str]]:
    mapping = load_mapping(config.mapping, root=manifest.folder, schema=manifest.schema, ids=ids)
    for here, rule in {**mapping.properties, **mapping.qualifiers}.items():
        definition = manifest.schema.properties[mapping.slugs[here]]
        yield rule.to, definition.labels["en"], definition.datatype
    references = mapping.references
    yield references.url, "reference URL", "url"
    yield references.retrieved, "retrieved", "time"
    yield references.stated_in, "stated in", "wikibase-item"
    if mapping.correction is not None:
        yield mapping.correction[0], "reason for deprecated rank", "wikibase-item"


def _items(manifest: Manifest, config: FederationConfig, ids: SchemaIds) -> Iterator[tuple[str, str]]:
    mapping = load_mapping(config.mapping, root=manifest.folder, schema=manifest.schema, ids=ids)
    slugs = {id_: slug for slug, id_ in ids.items.items()}
    for here, there in mapping.items.items():
        yield there, manifest.schema.items[slugs[here]].labels["en"]
    if mapping.correction is not None:
        yield mapping.correction[1], "incorrect value"


def _said(id_: str, row: Mapping[str, str], countries: Mapping[str, str]) -> Json:
    """What others have said: the first country with a source of theirs; for some, the list with the year."""
    country = countries[row["countries"].split("|")[0]]
    source = [_snak("P854", {"type": "string", "value": _OTHERS_SOURCE})]
    claims = {"P17": [_statement(id_, 1, _snak("P17", _item(country)), references=[{"snaks": {"P854": source}}])]}
    if int(row["year"]) % 2:
        year = _snak("P580", _year(row["year"]))
        inscribed = _snak("P3259", _item("Q110319947"))
        claims["P3259"] = [_statement(id_, 2, inscribed, qualifiers={"P580": [year]})]
    return claims


def _statement(id_: str, number: int, mainsnak: Json, **more: Any) -> Json:
    guid = f"{id_}$00000000-0000-4000-8000-{number:012d}"
    return {"id": guid, "type": "statement", "rank": "normal", "mainsnak": mainsnak, **more}


def _snak(property_id: str, value: Json) -> Json:
    return {"snaktype": "value", "property": property_id, "datavalue": value}


def _item(id_: str) -> Json:
    return {"type": "wikibase-entityid", "value": {"entity-type": "item", "numeric-id": int(id_[1:]), "id": id_}}


def _year(year: str) -> Json:
    # As many write it there; an archive's `-00-00` says the same.
    value = {"time": f"+{year}-01-01T00:00:00Z", "timezone": 0, "before": 0, "after": 0, "precision": 9}
    return {"type": "time", "value": {**value, "calendarmodel": _GREGORIAN}}


def _label(text: str) -> Json:
    return {"en": {"language": "en", "value": text}}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
