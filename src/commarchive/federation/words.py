"""Statements as people read them: labels with ids, values as text.

Knows: how each kind of value is written. Must not know: whose eyes the labels come from; callers bring them.
"""

from __future__ import annotations

from collections.abc import Callable

from commarchive.model.entity import DataValue, Snak, SnakKind, Statement

Name = Callable[[str], str]
"""An entity's label, empty where there is none."""

_PRECISIONS = {9: 1, 10: 2, 11: 3}
_SIGNIFICANT = 6


def named(id_: str, name: Name) -> str:
    """`Finland (Q33)`, or the id alone."""
    label = name(id_)
    return f"{label} ({id_})" if label else id_


def statement_words(statement: Statement, name: Name) -> tuple[str, ...]:
    """Property, value, and each qualifier as `property: value`."""
    qualifiers = (f"{named(q.property_id, name)}: {snak_value(q, name)}" for q in statement.qualifiers)
    return named(statement.property_id, name), snak_value(statement.mainsnak, name), *qualifiers


def snak_value(snak: Snak, name: Name) -> str:
    """A snak's value."""
    if snak.value is None:
        return "something unknown" if snak.kind is SnakKind.SOME_VALUE else "nothing"
    return _value(snak.value, name)


def _value(value: DataValue, name: Name) -> str:
    data = value.value
    match value.type:
        case "string":
            return f"“{data}”"
        case "monolingualtext":
            return f"“{data['text']}” ({data['language']})"
        case "wikibase-entityid":
            return named(data["id"], name)
        case "quantity":
            unit = "" if data["unit"] == "1" else f" {named(data['unit'].rpartition('/')[2], name)}"
            return f"{data['amount'].removeprefix('+')}{unit}"
        case "time":
            return _time(data["time"], data["precision"])
        case "globecoordinate":
            return f"{data['latitude']:.{_SIGNIFICANT}g}, {data['longitude']:.{_SIGNIFICANT}g}"
    return f"a value of the type {value.type}"


def _time(text: str, precision: int) -> str:
    date = text.removeprefix("+").partition("T")[0]
    parts = _PRECISIONS.get(precision)
    if parts is None:
        return f"{date} (precision {precision})"
    sign = "-" if date.startswith("-") else ""
    return sign + "-".join(date.lstrip("-").split("-")[:parts])
