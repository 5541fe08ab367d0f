"""The packs of an archive with the names that they have in its wiki by now.

Knows: the words of pack files. Must not know: where they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commarchive.model.entity import Entity
from commarchive.model.schema import ItemDefinition, PropertyDefinition, Schema
from commarchive.seeding.lockfile import Lock
from commarchive.seeding.state import WikiState


def export(schema: Schema, state: WikiState, lock: Lock) -> dict[str, dict[str, Any]]:
    """By pack, the content of `properties.yaml` and `items.yaml`; what has no entity yet stays as the pack has it."""
    packs: dict[str, dict[str, Any]] = {}
    for definition in schema.properties.values():
        entity = _entity(state, lock.properties.get(definition.slug))
        pack = packs.setdefault(definition.pack, {})
        pack.setdefault("properties", {})[definition.slug] = _property(definition, entity)
    for item in schema.items.values():
        entity = _entity(state, lock.items.get(item.slug))
        packs.setdefault(item.pack, {}).setdefault("items", {})[item.slug] = _item(item, entity)
    return packs


def _entity(state: WikiState, id_: str | None) -> Entity | None:
    return None if id_ is None else state.entities.get(state.redirects.get(id_, id_))


def _property(definition: PropertyDefinition, entity: Entity | None) -> dict[str, Any]:
    return _said(
        {
            "datatype": definition.datatype,
            **_terms(definition, entity),
            "equivalents": list(definition.equivalents),
            "control": None if definition.control is None else str(definition.control),
            "condition": _unless(definition.condition, "public"),
            "default": definition.default,
            "safe": definition.safe,
            "propagates_hold": definition.propagates_hold,
            "instance_of": definition.instance_of,
            "living_person": definition.living_person,
            "formatter_url": definition.formatter_url,
        }
    )


def _item(definition: ItemDefinition, entity: Entity | None) -> dict[str, Any]:
    said = _said(
        {
            **_terms(definition, entity),
            "equivalents": list(definition.equivalents),
            "condition": _unless(definition.condition, "public"),
            "default": definition.default,
            "properties": list(definition.properties),
            "required": list(definition.required),
            "living_person": definition.living_person,
        }
    )
    return {"class": definition.is_class, **said}


def _terms(definition: PropertyDefinition | ItemDefinition, entity: Entity | None) -> dict[str, Any]:
    source = definition if entity is None else entity
    return {
        "labels": dict(source.labels),
        "descriptions": dict(source.descriptions),
        "aliases": {lang: list(texts) for lang, texts in source.aliases.items() if texts},
    }


def _unless(text: str, usual: str) -> str | None:
    return None if text == usual else text


def _said(data: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {key: value for key, value in data.items() if value not in (None, False, [], {}, "")}
