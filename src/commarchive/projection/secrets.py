"""What one principal must never meet, and what they must: the texts of what is hidden from them, and of what is not.

Knows: everything. Must not know: what it is used for; the proof looks for these texts in every answer, and shows none
of them to anybody.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from commarchive.model.entity import DataValue, Entity, Snak

SHORTEST = 6
"""Texts that are shorter stand in any answer by chance."""


class Kind(StrEnum):
    """Kinds of content that could leave by an exit."""

    LABEL = "label"
    DESCRIPTION = "description"
    ALIAS = "alias"
    STATEMENT = "statement"
    QUALIFIER = "qualifier"
    REFERENCE = "reference"
    COORDINATES = "coordinates"
    DATE = "date"
    NUMBER = "number"
    GUID = "statement id"
    ID = "id"


Texts = Mapping[str, Kind]
"""Texts, each with the kind of what it stands in (one of them, where it stands in several)."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """What one principal sees and does not.

    `hidden`: texts that stand in something hidden, are no part of anything visible, and are long enough to tell.
    `visible`: the texts of each record that is visible, by its id. `hidden_ids`: what may not be known of. `guids`:
    every statement there is. `foreign`: words in visible values that look like ids of entities and are none of ours.
    """

    hidden: Texts
    visible: Mapping[str, Texts]
    hidden_ids: frozenset[str]
    guids: frozenset[str]
    foreign: frozenset[str]


def texts_of(entity: Entity, controls: Container[str] = ()) -> dict[str, Kind]:
    """Every text of an entity that would tell of it wherever it stood: terms, values, coordinates, GUIDs.

    What stands in a control (such as the name of a community) is a word of the archive's own, and tells of nothing.
    """
    return dict(_texts_of(entity, controls))


def only_hidden(hidden: Texts, visible: Mapping[str, Texts], also: frozenset[str]) -> dict[str, Kind]:
    """Those of the hidden texts that are long enough to tell, and no part of any visible one."""
    shown = "\n".join([*also, *(text for texts in visible.values() for text in texts)]).casefold()
    return {text: kind for text, kind in hidden.items() if len(text) >= SHORTEST and text.casefold() not in shown}


def _texts_of(entity: Entity, controls: Container[str]) -> Iterator[tuple[str, Kind]]:
    for text in entity.labels.values():
        yield text, Kind.LABEL
    for text in entity.descriptions.values():
        yield text, Kind.DESCRIPTION
    for texts in entity.aliases.values():
        for text in texts:
            yield text, Kind.ALIAS
    for statement in entity.statements:
        yield statement.id.partition("$")[2], Kind.GUID
        parts = [(statement.mainsnak, Kind.STATEMENT)]
        parts += [(snak, Kind.QUALIFIER) for snak in statement.qualifiers]
        parts += [(snak, Kind.REFERENCE) for reference in statement.references for snak in reference.snaks]
        for snak, kind in parts:
            if snak.property_id not in controls:
                yield from _of_snak(snak, kind)


def _of_snak(snak: Snak, kind: Kind) -> Iterator[tuple[str, Kind]]:
    if snak.value is not None:
        yield from _of_value(snak.value, kind)


def _of_value(value: DataValue, kind: Kind) -> Iterator[tuple[str, Kind]]:
    match value.type:
        case "string":
            yield value.value, kind
        case "monolingualtext":
            yield value.value["text"], kind
        case "globecoordinate":
            # As JSON and RDF write them; a place is told by either number.
            for key in ("latitude", "longitude"):
                yield json.dumps(value.value[key]), Kind.COORDINATES
        case "time":
            # A year alone stands in many answers; a day tells.
            if value.value["precision"] >= 11:
                yield value.value["time"].lstrip("+")[:10], Kind.DATE
        case "quantity":
            yield value.value["amount"].lstrip("+"), Kind.NUMBER
