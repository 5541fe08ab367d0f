"""Values and languages as Wikibase's RDF writes them.

Knows: the RDF of each kind of value, the names of value nodes, dates in the calendar that RDF has.
Must not know: entities, statements, who reads.

Sources: Wikibase `docs/topics/rdf-binding.md` and the recorded answers of a real Wikibase; how dates are cleaned was
learned from Wikibase's own tests of it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from hashlib import md5
from typing import Any
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from commarchive.model import hashing
from commarchive.model.entity import DataValue, Snak

WIKIBASE = "http://wikiba.se/ontology#"
XSD = "http://www.w3.org/2001/XMLSchema#"
EARTH = "http://www.wikidata.org/entity/Q2"
GREGORIAN, JULIAN = "http://www.wikidata.org/entity/Q1985727", "http://www.wikidata.org/entity/Q1985786"

_ONE = "http://www.wikidata.org/entity/Q199"
_GEO = "http://www.opengis.net/ont/geosparql#"
_FILES = "http://commons.wikimedia.org/wiki/Special:FilePath/"
_DATA_FILES = "http://commons.wikimedia.org/data/main/"
_DAY, _MONTH, _YEAR = 11, 10, 9
_DEFAULT_PRECISION = 1 / 3600
_UNSAFE_IN_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_TIME = re.compile(r"([+-]?)0*([0-9]*)-([0-9]{2})-([0-9]{2})T(.*)\Z", re.DOTALL)

_CANONICAL_LANGUAGES: Mapping[str, str] = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "de-formal": "de-x-formal",
    "eml": "egl",
    "fiu-vro": "vro",
    "map-bms": "jv-x-bms",
    "mo": "ro-Cyrl-MD",
    "nl-informal": "nl-x-informal",
    "no": "nb",
    "nrm": "nrf",
    "roa-rup": "rup",
    "roa-tara": "nap-x-tara",
    "simple": "en-simple",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
"""Codes that MediaWiki uses and BCP 47 does not."""

Node = NamedNode | Literal


def language_tag(code: str) -> str:
    """A wiki's language code as BCP 47 writes it."""
    canonical = _CANONICAL_LANGUAGES.get(code.lower())
    if canonical is not None:
        return canonical
    parts = code.lower().split("-")
    private = parts.index("x") if "x" in parts else len(parts)
    return "-".join(_cased(part) if 0 < at < private else part for at, part in enumerate(parts))


def _cased(subtag: str) -> str:
    return {2: subtag.upper(), 4: subtag.title()}.get(len(subtag), subtag)


def text(value: str, language: str) -> Literal:
    """A text in a language; without one, where the code is none that RDF takes."""
    try:
        return Literal(value, language=language_tag(language))
    except ValueError:
        return Literal(value)


def iri(address: str) -> NamedNode | None:
    """An address as a node; None where it cannot be one."""
    try:
        return NamedNode(_UNSAFE_IN_IRI.sub(lambda match: quote(match.group()), address.strip()))
    except ValueError:
        return None


def typed(value: str, datatype: str) -> Literal:
    """A literal of one of XML Schema's types."""
    return Literal(value, datatype=NamedNode(XSD + datatype))


def simple_value(snak: Snak, entity_base: str) -> Node | None:
    """A snak's value as one node; None for a kind of value that is not known."""
    value = snak.value
    if value is None:
        return None
    content: Any = value.value
    match value.type:
        case "string":
            return _string(content, snak.datatype)
        case "wikibase-entityid":
            return NamedNode(entity_base + content["id"])
        case "monolingualtext":
            return text(content["text"], content["language"])
        case "time":
            cleaned = xsd_time(content)
            return typed(cleaned, "dateTime") if cleaned is not None else Literal(content["time"])
        case "quantity":
            return typed(content["amount"], "decimal")
        case "globecoordinate":
            return Literal(_point(content), datatype=NamedNode(_GEO + "wktLiteral"))
    return None


def value_node_name(value: DataValue) -> str | None:
    """The name of the node that says all of a value; None for values that are simple."""
    match value.type:
        case "time" | "quantity":
            return _digest(hashing.value_text(value.type, value.value))
        case "globecoordinate":
            content = value.value
            parts = (content["latitude"], content["longitude"], content["precision"])
            return _digest("|".join([*("" if part is None else _number(part) for part in parts), content["globe"]]))
    return None


def value_node(value: DataValue) -> Iterator[tuple[str, Node]]:
    """What the node of a value says: (name in Wikibase's ontology, object), its type first."""
    content: Any = value.value
    match value.type:
        case "time":
            yield "a", NamedNode(WIKIBASE + "TimeValue")
            cleaned = xsd_time(content)
            yield "timeValue", typed(cleaned, "dateTime") if cleaned is not None else Literal(content["time"])
            yield "timePrecision", typed(str(content["precision"]), "integer")
            yield "timeTimezone", typed(str(content["timezone"]), "integer")
            yield from _address("timeCalendarModel", content["calendarmodel"])
        case "quantity":
            yield "a", NamedNode(WIKIBASE + "QuantityValue")
            yield "quantityAmount", typed(content["amount"], "decimal")
            for bound in ("upperBound", "lowerBound"):
                if content.get(bound) is not None:
                    yield f"quantity{bound[0].upper()}{bound[1:]}", typed(content[bound], "decimal")
            yield from _address("quantityUnit", _ONE if content["unit"] == "1" else content["unit"])
        case "globecoordinate":
            yield "a", NamedNode(WIKIBASE + "GlobecoordinateValue")
            yield "geoLatitude", typed(_number(content["latitude"]), "double")
            yield "geoLongitude", typed(_number(content["longitude"]), "double")
            precision = content["precision"]
            if precision is None:
                yield "a", NamedNode(WIKIBASE + "GeoAutoPrecision")
            yield "geoPrecision", typed(_number(_DEFAULT_PRECISION if precision is None else precision), "double")
            yield from _address("geoGlobe", content["globe"])


def xsd_time(content: Mapping[str, Any]) -> str | None:
    """A time value as XML Schema 1.1 writes it, in the Gregorian calendar; None where that cannot be said.

    What a value is not precise about becomes its beginning; a day that its month does not have, the month's last.
    """
    match = _TIME.match(content["time"])
    if match is None or not match.group(2) or content["calendarmodel"] not in (GREGORIAN, JULIAN):
        return None
    precision, clock = content["precision"], match.group(5)
    year = int(match.group(2))
    is_before_christ = match.group(1) == "-"
    month, day = min(max(int(match.group(3)), 1), 12), max(int(match.group(4)), 1)
    if precision <= _YEAR:
        month = day = 1
    elif precision == _MONTH:
        day = 1
    if is_before_christ:
        # The year before 1 is -1 in Wikibase and 0 in XML Schema 1.1; of vaguer times only the number is meant.
        year = 1 - year if precision >= _YEAR else -year
    if content["calendarmodel"] == JULIAN and precision >= _DAY:
        year, month, day = _from_julian(year, month, day)
    else:
        # The pattern of leap years repeats every 400 years.
        day = min(day, monthrange(2000 + year % 400, month)[1])
    sign = "-" if year < 0 else ""
    return f"{sign}{abs(year):04d}-{month:02d}-{day:02d}T{clock}"


def _from_julian(year: int, month: int, day: int) -> tuple[int, int, int]:
    """A Julian date as a Gregorian one, by way of the Julian day number; years as astronomers count them."""
    shift = (14 - month) // 12
    years, months = year + 4800 - shift, month + 12 * shift - 3
    number = day + (153 * months + 2) // 5 + 365 * years + years // 4 - 32083
    a = number + 32044
    b = (4 * a + 3) // 146097
    c = a - 146097 * b // 4
    d = (4 * c + 3) // 1461
    e = c - 1461 * d // 4
    m = (5 * e + 2) // 153
    return 100 * b + d - 4800 + m // 10, m + 3 - 12 * (m // 10), e - (153 * m + 2) // 5 + 1


def _string(content: str, datatype: str | None) -> Node:
    match datatype:
        case "url":
            return iri(content) or Literal(content)
        case "commonsMedia":
            return NamedNode(_FILES + quote(content, safe="-_.~"))
        case "geo-shape" | "tabular-data":
            return NamedNode(_DATA_FILES + quote(content.replace(" ", "_"), safe="-_.~;@$!*(),/:"))
    return Literal(content)


def _point(content: Mapping[str, Any]) -> str:
    point = f"Point({_number(content['longitude'])} {_number(content['latitude'])})"
    if content["globe"] == EARTH:
        return point
    return f"<{content['globe'].replace('>', '%3E')}> {point}"


def _address(name: str, address: str) -> Iterator[tuple[str, Node]]:
    node = iri(address)
    if node is not None:
        yield name, node


def _number(number: float) -> str:
    # PHP turns a float into text with 14 significant digits.
    shown = f"{float(number):.14G}"
    mantissa, mark, exponent = shown.partition("E")
    if not mark:
        return mantissa
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent):+d}"


def _digest(text_: str) -> str:
    return md5(text_.encode(), usedforsecurity=False).hexdigest()
