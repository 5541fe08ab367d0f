"""How often a law is tried, and what a view holds.

300 worlds for each law, the same in every run, so that the suite is quick and a failure stays;
`COMMARCHIVE_WORLDS=5000` tries as many, and others each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from hypothesis import HealthCheck, settings

from commarchive.model.entity import Entity, Snak
from tests.worlds import STUB_LABELS, VOCABULARY

_WORLDS = os.environ.get("COMMARCHIVE_WORLDS")
LAW = settings(
    max_examples=int(_WORLDS or 300),
    derandomize=_WORLDS is None,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

Part = tuple[str, ...]


def contents(view: Mapping[str, Entity]) -> frozenset[Part]:
    """Everything that a view tells, by content; ids of statements, controls and the neutral label are left aside."""
    return frozenset(part for entity in view.values() for part in (*_terms(entity), *_statements(entity)))


def _terms(entity: Entity) -> Iterator[Part]:
    yield (entity.id,)
    if entity.labels != STUB_LABELS:
        yield from ((entity.id, "label", language, text) for language, text in entity.labels.items())
    yield from ((entity.id, "description", language, text) for language, text in entity.descriptions.items())
    for language, texts in entity.aliases.items():
        yield from ((entity.id, "alias", language, text) for text in texts)


def _statements(entity: Entity) -> Iterator[Part]:
    for statement in entity.statements:
        if statement.property_id in VOCABULARY.controls:
            continue
        main = (entity.id, "statement", _text(statement.mainsnak))
        yield main
        yield from ((*main, "qualifier", text) for text in _texts(statement.qualifiers))
        for reference in statement.references:
            yield from ((*main, "reference", text) for text in _texts(reference.snaks))


def _texts(snaks: Iterable[Snak]) -> Iterator[str]:
    return (_text(snak) for snak in snaks if snak.property_id not in VOCABULARY.controls)


def _text(snak: Snak) -> str:
    return f"{snak.property_id} {snak.kind} {snak.value}"
