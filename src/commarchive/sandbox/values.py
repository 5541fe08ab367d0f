"""Data values: the shapes that Wikibase's value objects accept, and the form that they give back.

Knows: the six value types. Must not know: properties, entities that exist, or what a datatype allows beyond its value.

Source: the constructors of Wikibase's DataValues libraries, read for their rules (years of up to 16 digits, decimals of
up to 127 characters, coordinates within 360 degrees). A value that they refuse is "corrupt"; what a datatype refuses is
`datatypes.py`'s.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from commarchive.model.ids import is_entity_id

EARTH = "http://www.wikidata.org/entity/Q2"

_TIME = re.compile(r"([-+])(\d{1,16})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z")
_DECIMAL = re.compile(r"[-+](?:[1-9]\d*|\d)(?:\.\d+)?", re.ASCII)
_ZERO = re.compile(r"[-+]0+(?:\.0+)?")
_DECIMAL_LENGTH = 127
_ZONE_LEAST, _ZONE_MOST = -12 * 3600, 14 * 3600
_PRECISION_MOST = 14
_DEGREES_MOST = 360
_PREFIXES = {"item": "Q", "property": "P"}
_TYPES = {prefix: kind for kind, prefix in _PREFIXES.items()}


class BadValueError(Exception):
    """The value is corrupt; the text says how."""


def normalize(value_type: str, value: Any) -> Any:
    """The value as Wikibase gives it back: keys in its order, numbers in its form.

    Raises:
        BadValueError: no value of this type looks like that, or there is no such type.
    """
    parser = _PARSERS.get(value_type)
    if parser is None:
        raise BadValueError(f"unknown value type `{value_type}`")
    return parser(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValueError("a string value is a string")
    return value


def _entity_id(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadValueError("an entity id value is an object")
    id_ = value.get("id")
    if id_ is None:
        kind = value.get("entity-type")
        prefix = _PREFIXES.get(kind) if isinstance(kind, str) else None
        number = value.get("numeric-id")
        if prefix is None or isinstance(number, bool) or not isinstance(number, int | str):
            raise BadValueError("an entity id value has an `id`, or an `entity-type` and a `numeric-id`")
        id_ = f"{prefix}{number}"
    id_ = id_.upper() if isinstance(id_, str) else ""
    if not is_entity_id(id_):
        raise BadValueError(f"`{value.get('id', value.get('numeric-id'))}` is no entity id")
    return {"entity-type": _TYPES[id_[0]], "numeric-id": int(id_[1:]), "id": id_}


def _monolingual(value: Any) -> dict[str, Any]:
    fields = _fields(value, "text", "language")
    if not isinstance(fields["text"], str) or not isinstance(fields["language"], str) or not fields["language"]:
        raise BadValueError("a monolingual text has a `text` and a `language`, both strings")
    return {"text": fields["text"], "language": fields["language"]}


def _time(value: Any) -> dict[str, Any]:
    fields = _fields(value, "time", "timezone", "before", "after", "precision", "calendarmodel")
    for key in ("timezone", "before", "after", "precision"):
        if isinstance(fields[key], bool) or not isinstance(fields[key], int):
            raise BadValueError(f"`{key}` is an integer")
    if not _ZONE_LEAST <= fields["timezone"] <= _ZONE_MOST:
        raise BadValueError("`timezone` is out of bounds")
    if fields["before"] < 0 or fields["after"] < 0:
        raise BadValueError("`before` and `after` are not negative")
    if not 0 <= fields["precision"] <= _PRECISION_MOST:
        raise BadValueError("`precision` is out of bounds")
    if not isinstance(fields["calendarmodel"], str) or not fields["calendarmodel"]:
        raise BadValueError("`calendarmodel` is a URI")
    return {**fields, "time": _timestamp(fields["time"])}


def _timestamp(text: Any) -> str:
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise BadValueError(f"a time is like +2017-00-00T00:00:00Z, not `{text}`")
    sign, year, *rest = match.groups()
    month, day, hour, minute, second = (int(part) for part in rest)
    for name, number, most in (
        ("month", month, 12),
        ("day", day, 31),
        ("hour", hour, 23),
        ("minute", minute, 59),
        ("second", second, 61),
    ):
        if number > most:
            raise BadValueError(f"the {name} is out of bounds")
    if day and not month:
        raise BadValueError("there is a day but no month")
    if (hour or minute or second) and not day:
        raise BadValueError("there is a time of day but no day")
    return f"{sign}{year.lstrip('0').zfill(4)}{text[text.index('-', 1) :]}"


def _coordinate(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadValueError("a coordinate is an object")
    latitude, longitude = (_degrees(value.get(key), key) for key in ("latitude", "longitude"))
    precision = value.get("precision")
    globe = value.get("globe", EARTH)
    if globe is None:
        globe = EARTH
    if not isinstance(globe, str) or not globe:
        raise BadValueError("`globe` is a URI")
    return {
        "latitude": latitude,
        "longitude": longitude,
        "altitude": None,
        "precision": None if precision is None else _degrees(precision, "precision"),
        "globe": globe,
    }


def _degrees(number: Any, key: str) -> int | float:
    if isinstance(number, str):
        try:
            number = float(number)
        except ValueError:
            number = None
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise BadValueError(f"`{key}` is a number")
    if abs(number) > _DEGREES_MOST:
        raise BadValueError(f"`{key}` is between -{_DEGREES_MOST} and {_DEGREES_MOST}")
    # PHP writes a whole float without a fraction.
    return int(number) if float(number).is_integer() else float(number)


def _quantity(value: Any) -> dict[str, Any]:
    fields = _fields(value, "amount", "unit")
    amount = _decimal(fields["amount"])
    if not isinstance(fields["unit"], str) or not fields["unit"]:
        raise BadValueError('`unit` is a URI, or "1"')
    result = {"amount": amount, "unit": fields["unit"]}
    upper, lower = value.get("upperBound"), value.get("lowerBound")
    if upper is None and lower is None:
        return result
    if upper is None or lower is None:
        raise BadValueError("a quantity has both bounds or neither")
    result |= {"upperBound": _decimal(upper), "lowerBound": _decimal(lower)}
    if Decimal(result["lowerBound"]) > Decimal(amount):
        raise BadValueError("`lowerBound` is greater than `amount`")
    if Decimal(result["upperBound"]) < Decimal(amount):
        raise BadValueError("`upperBound` is less than `amount`")
    return result


def _decimal(number: Any) -> str:
    if isinstance(number, int | float) and not isinstance(number, bool):
        if not math.isfinite(number):
            raise BadValueError("a quantity is finite")
        number = format(Decimal(repr(number)), "f")
        if "." in number:
            number = number.rstrip("0").rstrip(".")
    if not isinstance(number, str):
        raise BadValueError("a decimal is a string like +3.50")
    text = number.strip()
    if text and text[0] not in "+-":
        text = f"+{text}"
    if len(text) > _DECIMAL_LENGTH:
        raise BadValueError(f"a decimal has at most {_DECIMAL_LENGTH} characters")
    if not _DECIMAL.fullmatch(text):
        raise BadValueError(f"`{text}` is no well-formed decimal")
    return f"+{text[1:]}" if _ZERO.fullmatch(text) else text


def _fields(value: Any, *keys: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadValueError("the value is an object")
    for key in keys:
        if key not in value:
            raise BadValueError(f"the field `{key}` is missing")
    return {key: value[key] for key in keys}


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "wikibase-entityid": _entity_id,
    "monolingualtext": _monolingual,
    "time": _time,
    "globecoordinate": _coordinate,
    "quantity": _quantity,
}
VALUE_TYPES = frozenset(_PARSERS)
