"""Cells to values, as exact as they are written.

Knows: the datatypes that a table can carry, and their limits in a stock Wikibase. Must not know: rows, items.

A cell that does not say plainly what it means is a problem, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from commarchive.ingest.checks import CheckError
from commarchive.ingest.mapping import SnakRule
from commarchive.model.entity import DataValue

LONGEST_TERM = 250
LONGEST_STRING = 400
LONGEST_URL = 500

GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
EARTH = "http://www.wikidata.org/entity/Q2"

_TIME = re.compile(r"(?!0000)([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")
_PRECISIONS = {"year": 9, "month": 10, "day": 11}
_NUMBER = re.compile(r"([+-]?)([0-9]{1,60}(?:\.[0-9]{1,60})?)\Z")
_POINT = re.compile(r"(-?[0-9]{1,2}(?:\.([0-9]{1,9}))?)\s*,\s*(-?[0-9]{1,3}(?:\.([0-9]{1,9}))?)\Z")
_URL_SCHEMES = frozenset({"http", "https", "ftp", "mailto"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def clean(text: str) -> str:
    """A cell's text as Wikibase would store it: composed letters, no space around."""
    return unicodedata.normalize("NFC", text).strip()


def plain(text: str, longest: int) -> str:
    """A line of text that Wikibase takes.

    Raises:
        CheckError: it is too long, or has characters that are none.
    """
    if len(text) > longest:
        raise CheckError(f"the text has {len(text)} characters", f"at most {longest}")
    if _CONTROL.search(text):
        raise CheckError("the text has a line break or a control character", "one line of text")
    return text


def parse_value(text: str, rule: SnakRule) -> DataValue:
    """The value that a cell means, for any datatype but an item's.

    Raises:
        CheckError: it means none.
    """
    match rule.datatype:
        case "url":
            return DataValue("string", _url(text))
        case "monolingualtext":
            return DataValue("monolingualtext", {"text": plain(text, LONGEST_STRING), "language": rule.language})
        case "time":
            return DataValue("time", _time(text, rule.precision))
        case "quantity":
            return DataValue("quantity", {"amount": _amount(text), "unit": rule.unit})
        case "globe-coordinate":
            return DataValue("globecoordinate", _point(text))
    return DataValue("string", plain(text, LONGEST_STRING))


def item_value(entity_id: str) -> DataValue:
    """An item as a value."""
    return DataValue("wikibase-entityid", {"entity-type": "item", "numeric-id": int(entity_id[1:]), "id": entity_id})


DATATYPES = frozenset(
    {"string", "external-id", "url", "monolingualtext", "time", "quantity", "globe-coordinate", "wikibase-item"}
)
"""What a table can carry."""


def _url(text: str) -> str:
    try:
        parts = urlsplit(plain(text, LONGEST_URL))
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _URL_SCHEMES or not (parts.netloc or parts.scheme == "mailto") or " " in text:
        raise CheckError(f"`{text[:60]}` is no address", "an address such as `https://archive.example/page`")
    return text


def _time(text: str, precision: str) -> dict[str, Any]:
    expected = {"year": "a year such as 2008", "month": "a month such as 2008-05", "day": "a day such as 2008-05-31"}
    found = _TIME.fullmatch(text)
    written = "" if found is None else "day" if found.group(3) else "month" if found.group(2) else "year"
    if found is None or (precision and written != precision):
        right = expected[precision] if precision else "2008, 2008-05 or 2008-05-31"
        raise CheckError(f"`{text[:60]}` is no such date", right)
    year, month, day = found.group(1), found.group(2) or "00", found.group(3) or "00"
    try:
        # Where it is not written, the first month and day stand in for the check.
        date(int(year), int(found.group(2) or 1), int(found.group(3) or 1))
    except ValueError:
        raise CheckError(f"`{text}` is not in the calendar", expected[written]) from None
    return {
        "time": f"+{year}-{month}-{day}T00:00:00Z",
        "timezone": 0,
        "before": 0,
        "after": 0,
        "precision": _PRECISIONS[written],
        "calendarmodel": GREGORIAN,
    }


def _amount(text: str) -> str:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise CheckError(f"`{text[:60]}` is no number", "digits with a point, such as 12.5")
    sign = "-" if found.group(1) == "-" and Decimal(found.group(2)) else "+"
    whole, _, fraction = found.group(2).partition(".")
    return sign + (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def _point(text: str) -> dict[str, Any]:
    found = _POINT.fullmatch(text)
    latitude, longitude = (float(found.group(1)), float(found.group(3))) if found else (0.0, 0.0)
    if found is None or abs(latitude) > 90 or abs(longitude) > 180:
        raise CheckError(f"`{text[:60]}` is no place on the map", "latitude, longitude in degrees: 63.55, 23.70")
    digits = max(len(found.group(2) or ""), len(found.group(4) or ""))
    return {
        "latitude": latitude,
        "longitude": longitude,
        "altitude": None,
        "precision": float(f"1e-{digits}"),
        "globe": EARTH,
    }
