"""What one principal must never meet: every text that stands in something they may not see, and nowhere else.

Knows: everything. Must not know: what it is used for; the proof looks for these texts in every answer, and shows none
of them to anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from commarchive.model.entity import DataValue, Entity, Snak

SHORTEST = 6
"""Texts that are shorter stand in any answer by chance."""


def texts_of(entity: Entity) -> Iterator[str]:
    """Every text of an entity that would tell of it wherever it stood: terms, values, coordinates, GUIDs."""
    yield from entity.labels.values()
    yield from entity.descriptions.values()
    for texts in entity.aliases.values():
        yield from texts
    for statement in entity.statements:
        yield statement.id.partition("$")[2]
        for snak in statement.snaks():
            yield from _of_snak(snak)


def only_hidden(hidden: Iterable[str], visible: Iterable[str]) -> frozenset[str]:
    """Those of the hidden texts that are long enough to tell, and not part of any visible one."""
    shown = "\n".join(visible)
    return frozenset(text for text in hidden if len(text) >= SHORTEST and text not in shown)


def _of_snak(snak: Snak) -> Iterator[str]:
    if snak.value is not None:
        yield from _of_value(snak.value)


def _of_value(value: DataValue) -> Iterator[str]:
    match value.type:
        case "string":
            yield value.value
        case "monolingualtext":
            yield value.value["text"]
        case "globecoordinate":
            # As JSON and RDF write them; a place is told by either number.
            for key in ("latitude", "longitude"):
                yield json.dumps(value.value[key])
        case "time":
            # A year alone stands in many answers; a day tells.
            if value.value["precision"] >= 11:
                yield value.value["time"].lstrip("+")[:10]
        case "quantity":
            yield value.value["amount"].lstrip("+")
