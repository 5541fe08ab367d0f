"""Entities as other wikis give them, made ready to be written under the ids that they have.

Knows: the JSON of entities. Must not know: whether what they refer to exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from commarchive.model.entity import Reference, Snak, Statement
from commarchive.model.ids import entity_type, is_entity_id
from commarchive.sandbox.answers import Json
from commarchive.sandbox.calls import Engine
from commarchive.sandbox.datatypes import VALUE_TYPES
from commarchive.sandbox.editing import empty_entity
from commarchive.sandbox.statements import new_guid
from commarchive.wikibase.codec import decode_entity, encode_entity


def normal_entity(engine: Engine, data: Json) -> Json:
    """The entity in this wiki's own form; statements without a GUID get one.

    Raises:
        ValueError: it is no entity's JSON, or a property without a datatype.
    """
    entity_id = data.get("id", "")
    if not is_entity_id(entity_id):
        raise ValueError(f"`{entity_id}` is no entity id")
    kind = entity_type(entity_id)
    if kind == "property" and data.get("datatype") not in tuple(VALUE_TYPES):
        raise ValueError(f"property {entity_id} needs a datatype of {', '.join(VALUE_TYPES)}")
    try:
        decoded = decode_entity({**data, "type": kind, "id": entity_id})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the JSON of {entity_id} is no entity's ({error!r})") from error
    statements = tuple(_normal_statement(engine, entity_id, statement) for statement in decoded.statements)
    encoded = encode_entity(replace(decoded, statements=statements))
    return {**empty_entity(kind), **encoded}


def _normal_statement(engine: Engine, entity_id: str, statement: Statement) -> Statement:
    return replace(
        statement,
        id=statement.id or new_guid(entity_id),
        mainsnak=_typed(engine, statement.mainsnak),
        qualifiers=_all_typed(engine, statement.qualifiers),
        references=tuple(Reference(_all_typed(engine, reference.snaks)) for reference in statement.references),
    )


def _all_typed(engine: Engine, snaks: Iterable[Snak]) -> tuple[Snak, ...]:
    return tuple(_typed(engine, snak) for snak in snaks)


def _typed(engine: Engine, snak: Snak) -> Snak:
    return replace(snak, datatype=engine.pages.datatype_of(snak.property_id) or snak.datatype)
