"""Statements as clients send them: read, validated, and written as the wiki gives them back.

Knows: the JSON of statements, and the order in which Wikibase looks at it: first its shape, then its values.
Must not know: entities, storage, HTTP.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from commarchive.model.entity import DataValue, Rank, Reference, Snak, SnakKind, Statement
from commarchive.model.ids import is_entity_id, is_property_id
from commarchive.sandbox.datatypes import Datatypes
from commarchive.sandbox.messages import Message, validator
from commarchive.sandbox.values import BadValueError, normalize
from commarchive.wikibase.codec import encode_statement

Json = dict[str, Any]
Part = TypeVar("Part", Snak, Reference)

_CORRUPT = "corrupt"
"""The type that stands in for a value's own where the value cannot be read; the value is then the reason."""

_GUID = re.compile(r"([QPqp][1-9]\d{0,9})\$[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class BadStatementError(Exception):
    """The JSON is no statement's."""


def new_guid(entity_id: str) -> str:
    """A fresh statement GUID."""
    return f"{entity_id}${str(uuid.uuid4()).upper()}"


def entity_of_guid(guid: Any) -> str | None:
    """The entity that a GUID names, None if it is no GUID."""
    match = _GUID.fullmatch(guid) if isinstance(guid, str) else None
    return match.group(1).upper() if match else None


def read_statement(data: Any) -> Statement:
    """A statement from a client's JSON.

    Raises:
        BadStatementError: its shape is wrong.
    """
    if not isinstance(data, dict) or "type" not in data:
        raise BadStatementError("Type is missing")
    if data["type"] not in ("statement", "claim"):
        raise BadStatementError(f'Type "{data["type"]}" is unsupported')
    if "mainsnak" not in data:
        raise BadStatementError('Attribute "mainsnak" is missing')
    main = read_snak(data["mainsnak"])
    guid = data.get("id") or ""
    if not isinstance(guid, str):
        raise BadStatementError(f"The id {guid} is not a valid GUID.")
    qualifiers = _read_snaks(data.get("qualifiers", []), data.get("qualifiers-order"))
    rank = data.get("rank", "normal")
    if rank not in tuple(Rank):
        raise BadStatementError(f"The rank {rank} is not a valid rank.")
    references = data.get("references", [])
    if not isinstance(references, list | dict):
        raise BadStatementError("The list of references should be an array")
    rows = references.values() if isinstance(references, dict) else references
    read = [_read_reference(row) for row in rows]
    return Statement(guid, main, Rank(rank), qualifiers, _each_once(source for source in read if source.snaks))


def read_snak(data: Any) -> Snak:
    """A snak from a client's JSON; a value that cannot be read is refused later, when the snak is validated.

    Raises:
        BadStatementError: its shape is wrong.
    """
    if not isinstance(data, dict) or "snaktype" not in data:
        raise BadStatementError("Type is missing")
    if data["snaktype"] not in tuple(SnakKind):
        raise BadStatementError(f'Type "{data["snaktype"]}" is unsupported')
    prop = data.get("property")
    if not isinstance(prop, str):
        raise BadStatementError('Attribute "property" is missing')
    if not is_property_id(prop.upper()):
        raise BadStatementError(
            f"'{prop}' is not a {'property' if is_entity_id(prop.upper()) else 'valid property'} ID"
        )
    kind = SnakKind(data["snaktype"])
    if kind is not SnakKind.VALUE:
        return Snak(prop.upper(), kind)
    value = data.get("datavalue")
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise BadStatementError('Not an array or missing the key "type"')
    if "value" not in value:
        raise BadStatementError('Attribute "value" is missing')
    try:
        return Snak(prop.upper(), kind, DataValue(value["type"], normalize(value["type"], value["value"])))
    except BadValueError as error:
        return Snak(prop.upper(), kind, DataValue(_CORRUPT, str(error)))


def _read_reference(data: Any) -> Reference:
    if not isinstance(data, dict) or "snaks" not in data:
        raise BadStatementError("The serialization is invalid")
    return Reference(_read_snaks(data["snaks"], data.get("snaks-order")))


def _read_snaks(data: Any, order: Any) -> tuple[Snak, ...]:
    if order is not None and not isinstance(order, list):
        raise BadStatementError("The order of snaks is not a valid array")
    snaks: list[Snak] = []
    if isinstance(data, dict):
        for prop, group in data.items():
            if not isinstance(group, list):
                raise BadStatementError(f'The snaks per property "{prop}" should be an array')
            snaks += [read_snak(row) for row in group]
    elif isinstance(data, list):
        snaks += [read_snak(row) for row in data]
    else:
        raise BadStatementError("The SnakList serialization should be an array")
    wanted = list(dict.fromkeys([*(order or ()), *(snak.property_id for snak in snaks)]))
    # A list of snaks holds each snak once.
    return _each_once(snak for prop in wanted for snak in snaks if snak.property_id == prop)


def _each_once(parts: Iterable[Part]) -> tuple[Part, ...]:
    found: list[Part] = []
    for part in parts:
        if part not in found:
            found.append(part)
    return tuple(found)


class Statements:
    """Validates statements against a wiki's properties and writes them; `datatype_of` is None for no such property."""

    def __init__(
        self, datatypes: Datatypes, datatype_of: Callable[[str], str | None], title: Callable[[str], str]
    ) -> None:
        self._datatypes = datatypes
        self._datatype_of = datatype_of
        self._title = title

    def problem(self, statement: Statement) -> Message | None:
        """What is wrong with the first bad snak, in Wikibase's order."""
        for snak in statement.snaks():
            found = self.snak_problem(snak)
            if found is not None:
                return found
        return None

    def snak_problem(self, snak: Snak) -> Message | None:
        """What is wrong with a snak."""
        datatype = self._datatype_of(snak.property_id)
        if datatype is None:
            return validator("no-such-property", self._title(snak.property_id))
        if snak.value is None:
            return None
        if snak.value.type == _CORRUPT:
            return validator("bad-value", snak.value.value)
        return self._datatypes.problem(datatype, snak.value.type, snak.value.value)

    def encode(self, statement: Statement) -> Json:
        """The statement's JSON, with hashes, and datatypes as the properties have them."""
        return encode_statement(
            replace(
                statement,
                mainsnak=self._typed(statement.mainsnak),
                qualifiers=tuple(self._typed(snak) for snak in statement.qualifiers),
                references=tuple(
                    Reference(tuple(self._typed(snak) for snak in reference.snaks))
                    for reference in statement.references
                ),
            )
        )

    def _typed(self, snak: Snak) -> Snak:
        return replace(snak, datatype=self._datatype_of(snak.property_id) or snak.datatype)


def statements_of(claims: dict[str, list[Json]]) -> Iterator[Json]:
    """Every statement of an entity's JSON, in its order."""
    for group in claims.values():
        yield from group
