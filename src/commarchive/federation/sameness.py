"""When two statements, values or references say the same, however their numbers and dates are written.

Knows: values of Wikibase's types. Must not know: which of two wikis something stands in.

A wiki compares by hash, and so takes 3.5 and 3.50, or a year written `-00-00` and `-01-01`, for different. Adding one
beside the other would be a duplicate to every reader.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256
from typing import Any

from commarchive.model.entity import DataValue, Reference, Snak, Statement

Key = tuple[Any, ...]
"""Compares equal exactly where two things say the same; made of texts and numbers only."""

_TIME = re.compile(r"([+-])([0-9]{1,16})-([0-9]{2})-([0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})Z\Z")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,200}(\.[0-9]{1,200})?\Z")
_MONTH = 10
_DIGITS = 9


def value_key(value: DataValue) -> Key:
    """What a value says; one whose shape is not its type's is compared letter by letter."""
    try:
        return _key_of(value)
    except (KeyError, TypeError, ValueError):
        return value.type, json.dumps(value.value, sort_keys=True)


def _key_of(value: DataValue) -> Key:
    data = value.value
    match value.type:
        case "string":
            return "string", unicodedata.normalize("NFC", data)
        case "monolingualtext":
            return "text", data["language"], unicodedata.normalize("NFC", data["text"])
        case "wikibase-entityid":
            return "entity", data["id"]
        case "quantity":
            bounds = tuple(_number(data[name]) if name in data else "" for name in ("upperBound", "lowerBound"))
            return "quantity", _number(data["amount"]), *bounds, data["unit"]
        case "time":
            return "time", *_moment(data["time"], data["precision"]), data["precision"], data["calendarmodel"]
        case "globecoordinate":
            place = (_rounded(data["latitude"]), _rounded(data["longitude"]), _rounded(data.get("precision")))
            return "place", *place, data["globe"]
    return value.type, json.dumps(data, sort_keys=True)


def snak_key(snak: Snak) -> Key:
    """What a snak says."""
    return snak.property_id, str(snak.kind), value_key(snak.value) if snak.value is not None else ()


def statement_key(statement: Statement) -> Key:
    """What a statement says, its rank and sources aside; the order of qualifiers does not count."""
    return snak_key(statement.mainsnak), tuple(sorted((snak_key(q) for q in statement.qualifiers), key=repr))


def reference_key(reference: Reference, *, without: Iterable[str] = ()) -> Key:
    """What a reference says, leaving out snaks of some properties, such as the day on which it was looked up."""
    left_out = frozenset(without)
    return tuple(sorted((snak_key(s) for s in reference.snaks if s.property_id not in left_out), key=repr))


def digest(key: Key) -> str:
    """A key as 64 hexadecimal digits, which tell nothing of what they stand for."""
    return sha256(json.dumps(key, ensure_ascii=False).encode()).hexdigest()


def _number(text: str) -> str:
    if not _DECIMAL.match(text):
        return text
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


def _moment(text: str, precision: int) -> tuple[str, ...]:
    match = _TIME.match(text)
    if match is None:
        return (text,)
    sign, year, month, day, clock = match.groups()
    parts = [f"{sign}{int(year)}"]
    if precision >= _MONTH:
        parts.append(month)
    if precision > _MONTH:
        parts.append(day)
    if clock != "00:00:00":
        parts.append(clock)
    return tuple(parts)


def _rounded(number: float | None) -> str:
    return "" if number is None else _number(f"{number:.{_DIGITS}f}")
