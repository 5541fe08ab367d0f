"""Hashes of snaks and references, as Wikibase computes them.

Knows: the byte string that Wikibase's data model feeds to SHA-1, which mimics PHP's old object serialization.
Must not know: what a hash is used for.

Source: the public contract is only that equal content has an equal hash; the layout was taken from the answers of a
real Wikibase (MediaWiki 1.43), which the tests replay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha1
from typing import Any

_MODEL = "Wikibase\\DataModel"


def snak_hash(prop: str, kind: str, value_type: str | None, value: Any) -> str:
    """Hash of one snak: 40 hexadecimal digits.

    Equal to Wikibase's for every value type of its own; a value of another type, or one that is malformed, gets a hash
    of its own kind.
    """
    if kind == "value":
        inner = f"a:2:{{i:0;{_text(prop)}i:1;{_any_value(value_type, value)}}}"
        return _digest(_object(f"{_MODEL}\\Snak\\PropertyValueSnak", inner))
    name = "PropertySomeValueSnak" if kind == "somevalue" else "PropertyNoValueSnak"
    return _digest(_object(f"{_MODEL}\\Snak\\{name}", prop))


def reference_hash(snak_hashes: Sequence[str]) -> str:
    """Hash of a reference from the hashes of its snaks; their order does not count."""
    return _digest("|".join(sorted(snak_hashes)))


def value_text(value_type: str, value: Any) -> str:
    """The text of a value that hashes are made from."""
    return _value(value_type, value)


def _digest(text: str) -> str:
    return sha1(_encoded(text), usedforsecurity=False).hexdigest()


def _encoded(text: str) -> bytes:
    # JSON can carry half a surrogate pair, which no text in UTF-8 has.
    return text.encode("utf-8", "surrogatepass")


def _object(name: str, inner: str) -> str:
    return f'C:{len(name)}:"{name}":{_bytes(inner)}:{{{inner}}}'


def _text(text: str) -> str:
    return f's:{_bytes(text)}:"{text}";'


def _bytes(text: str) -> int:
    return len(_encoded(text))


def _any_value(value_type: str | None, value: Any) -> str:
    try:
        return _value(value_type, value)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _unknown(value_type, value)


def _unknown(value_type: str | None, value: Any) -> str:
    try:
        return _object("Unknown", json.dumps([value_type, value], sort_keys=True))
    except RecursionError:
        return _object("Unknown", "nested too deep")


def _value(value_type: str | None, value: Any) -> str:
    match value_type:
        case "string":
            return _object("DataValues\\StringValue", value)
        case "wikibase-entityid":
            return _entity_id(value)
        case "monolingualtext":
            inner = f"a:2:{{i:0;{_text(value['language'])}i:1;{_text(value['text'])}}}"
            return _object("DataValues\\MonolingualTextValue", inner)
        case "time":
            keys = ("time", "timezone", "before", "after", "precision", "calendarmodel")
            return _object("DataValues\\TimeValue", _json([value[key] for key in keys]))
        case "globecoordinate":
            parts = [value["latitude"], value["longitude"], value.get("altitude"), value["precision"], value["globe"]]
            return _object("DataValues\\Geo\\Values\\GlobeCoordinateValue", _json(parts))
        case "quantity":
            return _quantity(value)
    return _unknown(value_type, value)


def _entity_id(value: Mapping[str, Any]) -> str:
    id_ = value["id"]
    kind = {"Q": "ItemId", "P": "NumericPropertyId"}.get(id_[:1], "EntityId")
    return _object(f"{_MODEL}\\Entity\\EntityIdValue", _object(f"{_MODEL}\\Entity\\{kind}", id_))


def _quantity(value: Mapping[str, Any]) -> str:
    amount, unit = _decimal(value["amount"]), _text(value["unit"])
    if "upperBound" not in value:
        return _object("DataValues\\UnboundedQuantityValue", f"a:2:{{i:0;{amount}i:1;{unit}}}")
    bounds = f"i:2;{_decimal(value['upperBound'])}i:3;{_decimal(value['lowerBound'])}"
    return _object("DataValues\\QuantityValue", f"a:4:{{i:0;{amount}i:1;{unit}{bounds}}}")


def _decimal(amount: str) -> str:
    return _object("DataValues\\DecimalValue", _text(amount))


def _json(parts: list[Any]) -> str:
    return "[" + ",".join(_json_part(part) for part in parts) + "]"


def _json_part(part: Any) -> str:
    if isinstance(part, float):
        return _php_float(part)
    return json.dumps(part).replace("/", "\\/")


def _php_float(number: float) -> str:
    # PHP writes whole floats without a fraction, and exponents as 1.0e-6 where Python writes 1e-06.
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    mantissa, _, exponent = repr(number).partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"
