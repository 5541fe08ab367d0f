"""Values as people read them, and the module `wbformatvalue`.

Knows: English forms of values in plain text, wikitext and HTML. Must not know: statements' place in entities.

Simpler than Wikibase's: no calendar notes but a word, no unit conversion, the same words in every language.
"""

from __future__ import annotations

from html import escape
from typing import Any

import orjson

from commarchive.model.entity import Snak, SnakKind
from commarchive.sandbox.answers import ApiError, Json, worded_error
from commarchive.sandbox.calls import Call, Engine, Module
from commarchive.sandbox.datatypes import VALUE_TYPES
from commarchive.sandbox.editing import parse_entity_id
from commarchive.sandbox.languages import fallback_chain
from commarchive.sandbox.params import Param
from commarchive.sandbox.values import BadValueError, normalize

_FORMS = (
    "text/plain",
    "text/x-wiki",
    "text/html",
    "text/html; disposition=verbose",
    "text/html; disposition=verbose-preview",
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_JULIAN = "http://www.wikidata.org/entity/Q1985786"
_YEAR, _MONTH, _DAY = 9, 10, 11
_SPANS = {
    8: (10, "{}s"),
    7: (100, "{}. century"),
    6: (1000, "{}. millennium"),
    5: (10**4, "{} years"),
    4: (10**5, "{} years"),
    3: (10**6, "{} years"),
    2: (10**7, "{} years"),
    1: (10**8, "{} years"),
    0: (10**9, "{} years"),
}


def format_value(call: Call) -> Json:
    """A value in words; `{"result": …}`."""
    args = call.args
    if args["property"] is not None and args["datatype"] is not None:
        raise ApiError("invalidparammix", 'The parameters "property" and "datatype" can not be used together.')
    value_type, value = _decode(args["datavalue"])
    with call.store.read():
        datatype = args["datatype"]
        if args["property"] is not None:
            datatype = call.pages.datatype_of(parse_entity_id(args["property"], "badpropertyid"))
        language = call.given.get("uselang", "en")
        text = plain_value(call.engine, value_type, value, language)
        return {"result": _dressed(call, text, value_type, value, datatype)}


def _decode(text: str) -> tuple[str, Any]:
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise worded_error("baddatavalue", "the data value cannot be read")
    if not isinstance(data.get("type"), str) or "value" not in data:
        raise worded_error("baddatavalue", "a data value has a `type` and a `value`")
    try:
        return data["type"], normalize(data["type"], data["value"])
    except BadValueError as error:
        raise worded_error("baddatavalue", str(error)) from error


def _dressed(call: Call, text: str, value_type: str, value: Any, datatype: str | None) -> str:
    form = call.args["generate"]
    if form == "text/plain":
        return text
    linked = value_type == "wikibase-entityid"
    if form == "text/x-wiki":
        return f"[[{call.pages.title(value['id'])}|{text}]]" if linked else text
    if linked:
        title = call.pages.title(value["id"])
        return f'<a title="{title}" href="/wiki/{title}">{escape(text)}</a>'
    if datatype == "url":
        return f'<a rel="nofollow" class="external free" href="{escape(value)}">{escape(value)}</a>'
    return escape(text)


def plain_snak(engine: Engine, snak: Snak) -> str:
    """A snak's value in plain text, in English."""
    if snak.kind is SnakKind.SOME_VALUE:
        return "unknown value"
    if snak.value is None:
        return "no value"
    if snak.value.type == "wikibase-entityid":
        return engine.pages.link(snak.value.value["id"]).partition("|")[0] + "]]"
    return plain_value(engine, snak.value.type, snak.value.value, "en")


def plain_value(engine: Engine, value_type: str, value: Any, language: str) -> str:
    """A value in plain text; an entity by its label."""
    match value_type:
        case "monolingualtext":
            return str(value["text"])
        case "wikibase-entityid":
            return label(engine, value["id"], language) or str(value["id"])
        case "time":
            return _time(value)
        case "globecoordinate":
            return _coordinate(value)
        case "quantity":
            return _quantity(engine, value, language)
    return str(value)


def label(engine: Engine, entity_id: str, language: str) -> str | None:
    """An entity's label, in the language or one that stands in for it."""
    sql = "SELECT language, text FROM term WHERE entity = ? AND kind = 'label'"
    labels = dict(engine.store.rows(sql, (entity_id,)))
    return next((labels[code] for code in fallback_chain(language) if code in labels), None)


def _time(value: dict[str, Any]) -> str:
    sign, rest = value["time"][0], value["time"][1:]
    year, month, day = rest.partition("T")[0].split("-")
    number = int(year)
    precision = value["precision"]
    if precision >= _DAY and int(day):
        text = f"{int(day)} {_MONTHS[int(month) - 1]} {number}"
    elif precision >= _MONTH and int(month):
        text = f"{_MONTHS[int(month) - 1]} {number}"
    elif precision >= _YEAR:
        text = str(number)
    else:
        span, pattern = _SPANS[precision]
        text = pattern.format(number // 10 * 10 if precision == 8 else -(-number // span) if precision > 5 else number)
    if sign == "-":
        text += " BCE"
    return f"{text} (Julian)" if value["calendarmodel"] == _JULIAN and precision > _YEAR else text


def _coordinate(value: dict[str, Any]) -> str:
    return ", ".join(_degrees(value[key], letters) for key, letters in (("latitude", "NS"), ("longitude", "EW")))


def _degrees(number: float, letters: str) -> str:
    seconds = round(abs(number) * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60}'{seconds % 60}\"{letters[number < 0]}"


def _quantity(engine: Engine, value: dict[str, Any], language: str) -> str:
    text = str(value["amount"]).removeprefix("+")
    if value["unit"] == "1":
        return text
    unit = value["unit"].rpartition("/")[2]
    return f"{text} {label(engine, unit, language) or unit}"


MODULES = {
    "wbformatvalue": Module(
        format_value,
        {
            "generate": Param(choices=_FORMS, default="text/x-wiki"),
            "datavalue": Param(required=True),
            "datatype": Param(choices=tuple(VALUE_TYPES)),
            "property": Param(),
            "options": Param(),
        },
    )
}
