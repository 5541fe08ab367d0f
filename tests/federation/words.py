"""Entities as their JSON, in a few words: for the archive's wiki and for the one that stands in for Wikidata."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_OID, uuid5

GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
JULIAN = "http://www.wikidata.org/entity/Q1985786"
EARTH = "http://www.wikidata.org/entity/Q2"

Json = dict[str, Any]


def text(value: str) -> Json:
    return {"type": "string", "value": value}


def item(id_: str) -> Json:
    return {"type": "wikibase-entityid", "value": {"entity-type": "item", "id": id_, "numeric-id": int(id_[1:])}}


def year(number: int, *, january: bool = False, precision: int = 9, calendar: str = GREGORIAN) -> Json:
    day = "01-01" if january else "00-00"
    return when(f"+{number}-{day}T00:00:00Z", precision, calendar)


def when(time: str, precision: int = 11, calendar: str = GREGORIAN) -> Json:
    value = {"time": time, "timezone": 0, "before": 0, "after": 0, "precision": precision, "calendarmodel": calendar}
    return {"type": "time", "value": value}


def amount(number: str, *, unit: str = "1", upper: str | None = None, lower: str | None = None) -> Json:
    value = {"amount": number, "unit": unit}
    if upper is not None and lower is not None:
        value |= {"upperBound": upper, "lowerBound": lower}
    return {"type": "quantity", "value": value}


def place(latitude: float, longitude: float, precision: float | None, globe: str = EARTH) -> Json:
    value = {"latitude": latitude, "longitude": longitude, "altitude": None, "precision": precision, "globe": globe}
    return {"type": "globecoordinate", "value": value}


def phrase(language: str, words: str) -> Json:
    return {"type": "monolingualtext", "value": {"language": language, "text": words}}


def snak(property_id: str, value: Json | str) -> Json:
    if value in ("somevalue", "novalue"):
        return {"snaktype": value, "property": property_id}
    return {"snaktype": "value", "property": property_id, "datavalue": text(value) if isinstance(value, str) else value}


def guid(entity: str, name: str) -> str:
    """A statement's GUID, the same for the same name."""
    return f"{entity}${str(uuid5(NAMESPACE_OID, f'{entity}/{name}')).upper()}"


def statement(
    entity: str,
    property_id: str,
    value: Json | str,
    *qualifiers: tuple[str, Json | str],
    name: str = "",
    rank: str = "normal",
    references: tuple[tuple[tuple[str, Json | str], ...], ...] = (),
) -> Json:
    data: Json = {
        "id": guid(entity, name or f"{property_id}"),
        "type": "statement",
        "rank": rank,
        "mainsnak": snak(property_id, value),
    }
    if qualifiers:
        data["qualifiers"] = _grouped(qualifiers)
        data["qualifiers-order"] = list(data["qualifiers"])
    if references:
        data["references"] = [
            {"snaks": _grouped(reference), "snaks-order": list(_grouped(reference))} for reference in references
        ]
    return data


def entity(id_: str, *statements: Json, labels: dict[str, str] | None = None, **more: Any) -> Json:
    data: Json = {"id": id_, "type": "property" if id_.startswith("P") else "item"}
    data["labels"] = {code: {"language": code, "value": words} for code, words in (labels or {}).items()}
    for key in ("descriptions",):
        if key in more:
            texts = more.pop(key)
            data[key] = {code: {"language": code, "value": words} for code, words in texts.items()}
    if "aliases" in more:
        aliases = more.pop("aliases")
        data["aliases"] = {code: [{"language": code, "value": w} for w in words] for code, words in aliases.items()}
    claims: dict[str, list[Json]] = {}
    for each in statements:
        claims.setdefault(each["mainsnak"]["property"], []).append(each)
    return {**data, "claims": claims, **more}


def _grouped(snaks: tuple[tuple[str, Json | str], ...]) -> dict[str, list[Json]]:
    groups: dict[str, list[Json]] = {}
    for property_id, value in snaks:
        groups.setdefault(property_id, []).append(snak(property_id, value))
    return groups
