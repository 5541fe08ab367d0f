"""Ids of entities and statements.

Knows: their shapes. Must not know: whether such a thing exists.
"""

from __future__ import annotations

import re

_ENTITY = re.compile(r"[QP][1-9][0-9]{0,9}\Z")
_STATEMENT = re.compile(
    r"([QPqp][1-9][0-9]{0,9})\$[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\Z"
)
_LARGEST = 2_147_483_647


def is_entity_id(text: str) -> bool:
    """Whether the text has the shape of an item's or property's id, in canonical (upper) case."""
    return _ENTITY.match(text) is not None and int(text[1:]) <= _LARGEST


def is_item_id(text: str) -> bool:
    """Whether the text has the shape of an item's id."""
    return text.startswith("Q") and is_entity_id(text)


def is_property_id(text: str) -> bool:
    """Whether the text has the shape of a property's id."""
    return text.startswith("P") and is_entity_id(text)


def entity_type(entity_id: str) -> str:
    """`item` or `property`, by the first letter."""
    return "property" if entity_id.startswith("P") else "item"


def entity_of_statement(guid: str) -> str | None:
    """The id of the entity that a statement's GUID names, in canonical case; None when it is no GUID."""
    match = _STATEMENT.match(guid)
    return match.group(1).upper() if match else None


def sort_key(entity_id: str) -> tuple[str, int]:
    """Order ids by kind, then by number."""
    return entity_id[:1], int(entity_id[1:])
