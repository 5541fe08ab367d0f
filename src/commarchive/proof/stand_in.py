"""A small Wikidata to try federation on: properties and items with Wikidata's ids, in an embedded wiki.

Knows: what a mapping speaks of. Must not know: what is published there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commarchive.federation.mapping import Federable
from commarchive.model.schema import Schema, SchemaIds
from commarchive.sandbox import WIKIDATA, Wiki

SAUNA = "Q5000001"
"""An invented id for an element that the stand-in already has; the real one has another."""


def make_stand_in(path: Path, mapping: Federable, schema: Schema, ids: SchemaIds, countries: Path) -> None:
    """Fill an embedded wiki with what a mapping speaks of, and with countries by their Wikidata ids.

    Args:
        path: the wiki's file.
        mapping: what may be published.
        schema: gives datatypes and labels.
        ids: which ids the archive's wiki gave the schema.
        countries: a table with the columns `name_en` and `wikidata`.
    """
    with Wiki(path, settings=WIKIDATA) as wiki:
        for entity in (*_properties(mapping, schema), *_items(mapping, schema, ids), *_countries(countries)):
            wiki.put(entity)
        # Somebody described one element there before, in their own way.
        wiki.put(_entity(SAUNA, "item", {"en": "Sauna culture in Finland"}))


def _properties(mapping: Federable, schema: Schema) -> Iterator[dict[str, Any]]:
    rules = {**mapping.properties, **mapping.qualifiers}
    known = {rule.to: schema.properties[mapping.slugs[id_]] for id_, rule in rules.items()}
    for there, definition in known.items():
        yield _entity(there, "property", {"en": definition.labels.get("en", there)}, definition.datatype)
    for there, (label, datatype) in _OF_REFERENCES.items():
        if there not in known:
            yield _entity(there, "property", {"en": label}, datatype)


def _items(mapping: Federable, schema: Schema, ids: SchemaIds) -> Iterator[dict[str, Any]]:
    slugs = {id_: slug for slug, id_ in ids.items.items()}
    for here, there in mapping.items.items():
        yield _entity(there, "item", {"en": schema.items[slugs[here]].labels["en"]})


def _countries(table: Path) -> Iterator[dict[str, Any]]:
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield _entity(row["wikidata"], "item", {"en": row["name_en"]})


_OF_REFERENCES = {
    "P854": ("reference URL", "url"),
    "P813": ("retrieved", "time"),
    "P248": ("stated in", "wikibase-item"),
}


def _entity(id_: str, type_: str, labels: Mapping[str, str], datatype: str | None = None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": id_,
        "type": type_,
        "labels": {language: {"language": language, "value": text} for language, text in labels.items()},
    }
    return data if datatype is None else {**data, "datatype": datatype}
