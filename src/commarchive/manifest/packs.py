"""Schema packs: what they say about each other, and the schema that they make together.

Knows: slugs, what Wikibase demands of labels. Must not know: which ids a wiki gives, or how packs are brought into one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from commarchive.errors import Finding
from commarchive.manifest.checked import Checked, one_of
from commarchive.manifest.config import Pack
from commarchive.manifest.languages import term_languages, text_languages
from commarchive.manifest.sources import PackSource, Sources, listed_packs
from commarchive.manifest.words import Groups, condition_findings, language_findings
from commarchive.manifest.yamlfile import Steps
from commarchive.model.schema import Control, ItemDefinition, PropertyDefinition, Schema

_ITEM_VALUED = "wikibase-item"
_TEXT_VALUED = "string"
_TERMS = ("labels", "descriptions", "aliases")


def pack_findings(sources: Sources, groups: Groups) -> Iterator[Finding]:
    """What is wrong with the packs of an archive; a pack with a mistake of its own is left out."""
    clean = {name: pack for name, pack in sources.packs.items() if all(file.is_clean for file in pack.files)}
    for name, pack in clean.items():
        yield from _pack(pack, name, sources)
        for file, kind in _kinds(pack):
            for slug, definition in file.data[kind].items():
                yield from _definition(file, (kind, slug), definition, groups)
    if len(clean) < len(sources.packs):
        return
    yield from _clashes(clean)
    slugs = _slugs(clean)
    for pack in clean.values():
        yield from _properties(pack)
        yield from _items(pack, slugs)
    if set(clean) == set(listed_packs(sources.archive)):
        yield from _controls(clean, sources.archive)


def schema_of(sources: Sources) -> Schema:
    """The schema that the packs make together, once they have no findings."""
    properties: dict[str, PropertyDefinition] = {}
    items: dict[str, ItemDefinition] = {}
    for name, pack in sources.packs.items():
        for slug, data in _entries(pack.properties, "properties"):
            control = Control(data["control"]) if "control" in data else None
            properties[slug] = PropertyDefinition(
                **_shared(slug, data, name), control=control, **_chosen(data, _OF_PROPERTY)
            )
        for slug, data in _entries(pack.items, "items"):
            lists = {key: tuple(data.get(key, ())) for key in ("properties", "required")}
            rest = {"is_class": data.get("class", True), **lists, **_chosen(data, ("living_person",))}
            items[slug] = ItemDefinition(**_shared(slug, data, name), **rest)
    return Schema(properties, items)


def packs_of(sources: Sources) -> dict[str, Pack]:
    """The packs of the archive, as it lists them, once they have no findings."""
    return {
        name: Pack(
            name,
            source.pack.data["name"],
            source.folder,
            source.pack.data.get("description", {}),
            tuple(source.pack.data.get("requires", ())),
            source.pack.data.get("licence", ""),
        )
        for name, source in sources.packs.items()
    }


_OF_PROPERTY = ("datatype", "safe", "propagates_hold", "instance_of", "living_person", "formatter_url")


def _shared(slug: str, data: Mapping[str, Any], pack: str) -> dict[str, Any]:
    aliases = {language: tuple(texts) for language, texts in data.get("aliases", {}).items()}
    equivalents = tuple(data.get("equivalents", ()))
    chosen = _chosen(data, ("labels", "descriptions", "condition", "default"))
    return {"slug": slug, "pack": pack, "aliases": aliases, "equivalents": equivalents, **chosen}


def _chosen(data: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: data[key] for key in keys if key in data}


def _entries(file: Checked | None, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if file is not None:
        yield from file.data[kind].items()


def _kinds(pack: PackSource) -> Iterator[tuple[Checked, str]]:
    if pack.properties is not None:
        yield pack.properties, "properties"
    if pack.items is not None:
        yield pack.items, "items"


def _pack(pack: PackSource, folder_name: str, sources: Sources) -> Iterator[Finding]:
    file, data = pack.pack, pack.pack.data
    if data["id"] != folder_name:
        yield file.finding(("id",), f"`{data['id']}` lies in the folder `{folder_name}`", f"`{folder_name}`")
    for key in ("name", "description"):
        for code in data.get(key, {}):
            yield from language_findings(file, (key, code), code, text_languages())
    for at, needed in enumerate(data.get("requires", [])):
        if needed not in sources.packs:
            message = f"`{folder_name}` needs the pack `{needed}`, which the archive does not list"
            yield file.finding(("requires", at), message, f"`{needed}` in `schemas` of archive.yaml")
    if pack.properties is None and pack.items is None:
        yield file.finding(
            (), "the pack has neither properties nor items", "`properties.yaml` or `items.yaml` beside it"
        )


def _definition(file: Checked, steps: Steps, data: Mapping[str, Any], groups: Groups) -> Iterator[Finding]:
    for key in _TERMS:
        for code in data.get(key, {}):
            yield from language_findings(file, (*steps, key, code), code, term_languages())
    for code, label in data["labels"].items():
        if data.get("descriptions", {}).get(code) == label:
            message = "label and description are the same, which Wikibase refuses"
            yield file.finding((*steps, "descriptions", code), message, "a description that says more")
    for key in ("condition", "default"):
        if key in data:
            yield from condition_findings(file, (*steps, key), data[key], groups)


def _clashes(packs: Mapping[str, PackSource]) -> Iterator[Finding]:
    """Slugs, labels and controls that two definitions share."""
    seen: dict[tuple[str, ...], tuple[Checked, Steps]] = {}
    for file, kind in chain.from_iterable(_kinds(pack) for pack in packs.values()):
        for slug, data in file.data[kind].items():
            steps: Steps = (kind, slug)
            for key, place, message in _unique(kind, slug, data):
                if key in seen:
                    other, where = seen[key]
                    yield file.finding(
                        (*steps, *place), f"{message} {other.file}, line {other.line_of(where)}", "another"
                    )
                seen.setdefault(key, (file, (*steps, *place)))


def _unique(kind: str, slug: str, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Steps, str]]:
    """What must be there once: (key, place, words of the finding)."""
    yield (kind, "slug", slug), (), f"`{slug}` is already defined in"
    for code, label in data["labels"].items():
        if kind == "properties":
            yield (kind, "label", code, label), ("labels", code), "Wikibase refuses the label, which stands already in"
        elif code in data.get("descriptions", {}):
            key = (kind, "label", code, label, data["descriptions"][code])
            yield key, ("labels", code), "Wikibase refuses label and description, which stand already in"
    if "control" in data:
        yield (kind, "control", data["control"]), ("control",), f"`{data['control']}` is already controlled in"


def _slugs(packs: Mapping[str, PackSource]) -> frozenset[str]:
    return frozenset(slug for pack in packs.values() for slug, _ in _entries(pack.properties, "properties"))


def _properties(pack: PackSource) -> Iterator[Finding]:
    file = pack.properties
    if file is None:
        return
    for slug, data in file.data["properties"].items():
        steps: Steps = ("properties", slug)
        for key in ("instance_of", "propagates_hold"):
            if data.get(key) and data["datatype"] != _ITEM_VALUED:
                message = f"`{key}` is about items, and the values are not items"
                yield file.finding((*steps, key), message, f"`datatype: {_ITEM_VALUED}`")
        if "control" in data and data["datatype"] != _TEXT_VALUED:
            message = f"the control `{data['control']}` is said as text"
            yield file.finding((*steps, "datatype"), message, f"`{_TEXT_VALUED}`")
        if "control" in data and data.get("safe"):
            message = "statements about access are for stewards alone"
            yield file.finding((*steps, "safe"), message, "`false`")
        if "formatter_url" in data and "$1" not in data["formatter_url"]:
            yield file.finding((*steps, "formatter_url"), "this has no place for the identifier", "`$1` in that place")


def _items(pack: PackSource, slugs: frozenset[str]) -> Iterator[Finding]:
    file = pack.items
    if file is None:
        return
    for slug, data in file.data["items"].items():
        steps: Steps = ("items", slug)
        offered = data.get("properties", [])
        for at, name in enumerate(offered):
            if name not in slugs:
                yield file.finding((*steps, "properties", at), f"there is no property `{name}`", one_of(slugs, name))
        for at, name in enumerate(data.get("required", [])):
            if name not in offered:
                message = f"`{name}` is required, but the form does not offer it"
                yield file.finding((*steps, "required", at), message, one_of(offered, name))
        if not data.get("class", True):
            for key in ("properties", "required", "default"):
                if key in data:
                    yield file.finding((*steps, key), f"`{key}` is about records of a class", "`class: true`")


def _controls(packs: Mapping[str, PackSource], archive: Checked) -> Iterator[Finding]:
    controlled = {
        data["control"]
        for pack in packs.values()
        for _, data in _entries(pack.properties, "properties")
        if "control" in data
    }
    missing = ", ".join(f"`{control}`" for control in Control if control not in controlled)
    if missing:
        message = f"no property of these packs controls {missing}, so nothing could be said about it"
        yield archive.finding(("schemas",), message, "the pack `core`, or a property with this `control`")
