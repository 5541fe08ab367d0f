"""Values in words: `wbformatvalue`.

Knows: the module's forms. Must not know: how a value is put into words; an entity that the caller may not know of is
called by the id that the caller gave, as one that does not exist.
"""

from __future__ import annotations

from html import escape

import orjson

from commarchive.gateway.api.calls import Call, Json, Module, title_of
from commarchive.gateway.pages.translations import interface_language, translations
from commarchive.gateway.pages.values import Formatter, Value, locale_of, own_units
from commarchive.model.entity import DataValue, Snak
from commarchive.model.ids import is_entity_id
from commarchive.sandbox.answers import ApiError, worded_error
from commarchive.sandbox.datatypes import VALUE_TYPES
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


def format_value(call: Call) -> Json:
    """A value in words; `{"result": …}`."""
    args = call.args
    if args["property"] is not None and args["datatype"] is not None:
        raise ApiError("invalidparammix", 'The parameters "property" and "datatype" can not be used together.')
    value = _decoded(args["datavalue"])
    datatype = args["datatype"]
    if args["property"] is not None:
        shown = call.ask.view.entity(args["property"].strip().upper())
        if shown is None or shown.entity.type != "property":
            raise worded_error("badpropertyid", "there is no such property")
        datatype = shown.entity.datatype
    language = call.given.get("uselang", "en")
    words = _formatter(call, value, language).snak(Snak(args["property"] or "P1", value=value, datatype=datatype))
    return {"result": _dressed(words, args["generate"])}


def _decoded(text: str) -> DataValue:
    try:
        data: Json = orjson.loads(text)
        value = DataValue(data["type"], normalize(data["type"], data["value"]))
    except (orjson.JSONDecodeError, BadValueError, KeyError, TypeError) as error:
        raise worded_error("baddatavalue", "the data value cannot be read") from error
    if value.entity_id is not None and not is_entity_id(value.entity_id):
        raise worded_error("baddatavalue", "the data value names no item or property")
    return value


def _formatter(call: Call, value: DataValue, language: str) -> Formatter:
    view = call.ask.view
    languages = fallback_chain(language)
    units = own_units([value], view.entities_in)
    ids = [id_ for id_ in (value.entity_id, *units.values()) if id_ is not None]
    return Formatter(
        locale_of(interface_language(languages)),
        translations(languages),
        view.names(ids, languages),
        units,
        call.ask.services.formatters,
    )


def _dressed(words: Value, form: str) -> str:
    if form == "text/plain":
        return words.plain
    if form == "text/x-wiki":
        return f"[[{title_of(words.entity)}|{words.text}]]" if words.entity else words.plain
    if words.entity:
        title = title_of(words.entity)
        return f'<a title="{title}" href="/wiki/{title}">{escape(words.text)}</a>'
    if words.href:
        return f'<a rel="nofollow" class="external free" href="{escape(words.href)}">{escape(words.text)}</a>'
    return escape(words.plain)


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
