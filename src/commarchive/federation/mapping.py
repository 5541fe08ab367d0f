"""Which of the archive's properties may be published, and as what: a community's file, bound to its wiki's ids.

Knows: the file, and what it must agree on with the schemas. Must not know: any record, or the target itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from commarchive.errors import Finding, ManifestError
from commarchive.manifest.checked import Checked, load_checked, one_of
from commarchive.model.ids import is_item_id
from commarchive.model.schema import PropertyDefinition, Schema, SchemaIds

_COORDINATES = "globe-coordinate"
_IDENTIFIER = "external-id"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a property becomes there; `finest` is in degrees, None where no coordinates may go."""

    to: str
    finest: float | None = None


@dataclass(frozen=True, slots=True)
class References:
    """Properties there for where a statement comes from; empty where there is none.

    `sources` are the properties of the archive's own references; None where those do not go along. `leaves`: whether a
    statement goes without a reference that cannot go along whole.
    """

    url: str
    retrieved: str = ""
    stated_in: str = ""
    sources: Mapping[str, str] | None = None
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Federable:
    """A mapping bound to the ids of the archive's wiki: every key is an id here, every value one there.

    `identity`, `adopt`: properties here; `create`: classes here. `correction`: property and item there. `slugs` of the
    properties here. `digest` changes with the file, or with what an id here means.
    """

    id: str
    target: str
    identity: str
    adopt: tuple[str, ...]
    create: frozenset[str]
    properties: Mapping[str, Rule]
    qualifiers: Mapping[str, Rule]
    items: Mapping[str, str]
    references: References
    correction: tuple[str, str] | None = None
    digest: str = ""
    slugs: Mapping[str, str] = field(default_factory=dict)


def load_mapping(path: Path, *, root: Path, schema: Schema, ids: SchemaIds) -> Federable:
    """Read a mapping and bind it.

    Args:
        path: the file.
        root: the archive's folder, which findings name the file from.
        schema: the archive's schema.
        ids: which ids the archive's wiki gave it; what was not seeded yet is left out, so that it is not published.

    Raises:
        ManifestError: something is wrong with the file; it carries every finding.
    """
    file = load_checked(path, _json_schema(), root=root)
    findings = file.findings or tuple(_findings(file, schema))
    if findings:
        raise ManifestError(findings)
    return _bound(file.data, ids)


@cache
def _json_schema() -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(Path(__file__).with_name("mapping.json").read_text("utf-8"))
    return schema


def _findings(file: Checked, schema: Schema) -> Iterator[Finding]:
    data = file.data
    for key in ("properties", "qualifiers"):
        for slug, rule in data.get(key, {}).items():
            yield from _property(file, (key, slug), slug, rule, schema)
    for slug in data["references"].get("sources", {}):
        yield from _property(file, ("references", "sources", slug), slug, {}, schema)
    yield from _identifiers(file, schema)
    yield from _items(file, schema)


def _identifiers(file: Checked, schema: Schema) -> Iterator[Finding]:
    data = file.data
    if "identity" in data:
        yield from _identifier(file, ("identity",), data["identity"], schema)
    for at, slug in enumerate(data.get("adopt", [])):
        yield from _identifier(file, ("adopt", at), slug, schema)
        if slug not in data["properties"]:
            yield file.finding(("adopt", at), f"`{slug}` is not mapped", f"`{slug}` below `properties`")


def _items(file: Checked, schema: Schema) -> Iterator[Finding]:
    data = file.data
    for at, slug in enumerate(data.get("create", [])):
        definition = schema.items.get(slug)
        if definition is None or not definition.is_class:
            classes = [name for name, item in schema.items.items() if item.is_class]
            yield file.finding(("create", at), f"there is no class `{slug}`", one_of(classes, slug))
        elif definition.living_person:
            message = f"records of `{slug}` are about persons who may be alive, and are never published"
            yield file.finding(("create", at), message, "a list without it")
    for slug in data.get("items", {}):
        if not is_item_id(slug) and slug not in schema.items:
            yield file.finding(("items", slug), f"there is no item `{slug}`", one_of(schema.items, slug))


def _property(
    file: Checked, steps: tuple[str, ...], slug: str, rule: Mapping[str, Any], schema: Schema
) -> Iterator[Finding]:
    definition = schema.properties.get(slug)
    if definition is None:
        yield file.finding(steps, f"there is no property `{slug}`", one_of(schema.properties, slug))
        return
    if why := _never(definition):
        yield file.finding(steps, f"`{slug}` {why}", "a mapping without it")
    if "finest" in rule and definition.datatype != _COORDINATES:
        yield file.finding((*steps, "finest"), f"the values of `{slug}` are no coordinates", "no such line")


def _never(definition: PropertyDefinition) -> str:
    if definition.control is not None:
        return "is about access, and is never published"
    if definition.living_person:
        return "tells of persons who may be alive, and is never published"
    return ""


def _identifier(file: Checked, steps: tuple[str | int, ...], slug: str, schema: Schema) -> Iterator[Finding]:
    identifiers = [name for name, d in schema.properties.items() if d.datatype == _IDENTIFIER]
    if slug not in identifiers:
        yield file.finding(steps, f"`{slug}` is no external identifier", one_of(identifiers, slug))


def _bound(data: Mapping[str, Any], ids: SchemaIds) -> Federable:
    def rules(key: str) -> dict[str, Rule]:
        given: Mapping[str, Any] = data.get(key, {})
        return {ids.properties[slug]: Rule(**rule) for slug, rule in given.items() if slug in ids.properties}

    references = dict(data["references"])
    sources, leaves = references.pop("sources", None), references.pop("otherwise", "refuse") == "leave"
    if sources is not None:
        sources = {ids.properties[slug]: to for slug, to in sources.items() if slug in ids.properties}
    correction = data.get("corrections")
    return Federable(
        id=data["id"],
        target=data["target"],
        identity=ids.properties.get(data.get("identity", ""), ""),
        adopt=tuple(ids.properties[slug] for slug in data.get("adopt", ()) if slug in ids.properties),
        create=frozenset(ids.items[slug] for slug in data.get("create", ()) if slug in ids.items),
        properties=rules("properties"),
        qualifiers=rules("qualifiers"),
        items={ids.items.get(slug, slug): to for slug, to in data.get("items", {}).items()},
        references=References(**references, sources=sources, leaves=leaves),
        correction=(correction["property"], correction["reason"]) if correction else None,
        digest=_digest(data, ids),
        slugs={id_: slug for slug, id_ in ids.properties.items()},
    )


def _digest(data: Mapping[str, Any], ids: SchemaIds) -> str:
    everything = [data, dict(ids.properties), dict(ids.items)]
    return sha256(json.dumps(everything, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
