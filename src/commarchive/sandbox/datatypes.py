"""Datatypes of properties: the value type of each, and what each allows.

Knows: Wikibase's validators with their codes and parameters. Must not know: statements, storage, HTTP.

Not asked: whether a file, map or table exists on Wikimedia Commons, since this wiki never uses the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from commarchive.model.ids import entity_type, is_entity_id
from commarchive.sandbox.languages import is_language
from commarchive.sandbox.messages import Message, validator
from commarchive.sandbox.settings import StringLimits

VALUE_TYPES = {
    "commonsMedia": "string",
    "geo-shape": "string",
    "tabular-data": "string",
    "url": "string",
    "external-id": "string",
    "wikibase-item": "wikibase-entityid",
    "wikibase-property": "wikibase-entityid",
    "globe-coordinate": "globecoordinate",
    "monolingualtext": "monolingualtext",
    "quantity": "quantity",
    "string": "string",
    "time": "time",
}
"""The value type of each datatype, in the order in which a Wikibase lists them."""

URL_SCHEMES = ("bzr", "cvs", "ftp", "git", "http", "https", "irc", "ircs", "mailto", "ssh", "svn", "telnet")

_WIKIDATA = "http://www.wikidata.org/entity/"
_URI_LENGTH = 255
_PRECISION_MOST, _PRECISION_MONTH, _PRECISION_DAY = 11, 10, 11
# White space at an end, a tab, or a vertical space anywhere.
_ILLEGAL = re.compile(r"\A\s|[\n\v\f\r\x85\u2028\u2029\t]|\s\Z")
_SCHEME = re.compile(r"([-+.a-z\d]+):", re.IGNORECASE | re.ASCII)
_URL_CHARACTERS = r"[^\[\]<>\"\x00-\x20\x7F\u00a0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000\ufffd]"
_FILE_EXTENSION = re.compile(r".*\.\w{2,}")
_FILE_CHARACTERS = re.compile(r"[^#/:\[\]\\{|}]+")
_DATA_TITLE = r"Data:[^\[\]#\\:{{|}}]+\.{}"
_SHAPE, _TABLE = re.compile(_DATA_TITLE.format("map")), re.compile(_DATA_TITLE.format("tab"))
_EXCERPT = 32

Exists = Callable[[str], bool]
Check = Callable[[Any], Message | None]


class Datatypes:
    """What each datatype allows in one wiki; `exists` says whether an entity does, `title` how messages name one."""

    def __init__(self, limits: StringLimits, entity_base: str, exists: Exists, title: Callable[[str], str]) -> None:
        self._limits = limits
        self._entity_base = entity_base
        self._exists = exists
        self._title = title
        self._checks: dict[str, Check] = {
            "string": lambda value: text_problem(value, limits.string),
            "external-id": lambda value: text_problem(value, limits.string),
            "url": lambda value: _url_problem(value, limits.url, URL_SCHEMES),
            "commonsMedia": self._file,
            "geo-shape": lambda value: self._data_page(value, _SHAPE, "illegal-geo-shape-title"),
            "tabular-data": lambda value: self._data_page(value, _TABLE, "illegal-tabular-data-title"),
            "wikibase-item": lambda value: self._entity(value, "item"),
            "wikibase-property": lambda value: self._entity(value, "property"),
            "monolingualtext": self._monolingual,
            "time": _time_problem,
            "globe-coordinate": _coordinate_problem,
            "quantity": self._quantity,
        }

    def problem(self, datatype: str, value_type: str, value: Any) -> Message | None:
        """What is wrong with a value of a property of this datatype; the value is in normal form."""
        expected = VALUE_TYPES.get(datatype)
        if expected is None:
            return validator("bad-data-type", datatype)
        if value_type != expected:
            return validator("bad-value-type", value_type, expected)
        return self._checks[datatype](value)

    def _file(self, value: str) -> Message | None:
        found = text_problem(value, self._limits.filename)
        if found is None and not _FILE_EXTENSION.fullmatch(value):
            found = validator("check-file-type", value)
        if found is None and not _FILE_CHARACTERS.fullmatch(value):
            found = validator("illegal-file-chars", value)
        return found

    def _data_page(self, value: str, pattern: re.Pattern[str], code: str) -> Message | None:
        found = text_problem(value, self._limits.filename)
        return found or (None if pattern.fullmatch(value) else validator(code, value))

    def _entity(self, value: dict[str, Any], kind: str) -> Message | None:
        if value["entity-type"] != kind:
            return validator("bad-entity-type", value["entity-type"])
        return None if self._exists(value["id"]) else validator("no-such-entity", self._title(value["id"]))

    def _monolingual(self, value: dict[str, Any]) -> Message | None:
        found = text_problem(value["text"], self._limits.monolingual)
        return found or (None if is_language(value["language"]) else validator("not-a-language", value["language"]))

    def _quantity(self, value: dict[str, Any]) -> Message | None:
        return None if value["unit"] == "1" else _entity_uri_problem(value["unit"], self._entity_base)


def text_problem(text: str, most: int, prefix: str = "", code: str = "illegal-string-chars") -> Message | None:
    """What is wrong with a single-line text: its length, white space at its ends, tabs or line breaks in it."""
    if len(text) < 1:
        return validator(f"{prefix}too-short", 1, text)
    if len(text) > most:
        return validator(f"{prefix}too-long", most, _excerpt(text))
    return validator(code, text) if _ILLEGAL.search(text) else None


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 3] + "..."


def _url_problem(url: str, most: int, schemes: tuple[str, ...]) -> Message | None:
    length = len(url.encode())
    if length < 2:
        return validator("too-short", 2, url)
    if length > most:
        return validator("too-long", most, _excerpt(url))
    match = _SCHEME.match(url)
    if match is None:
        return validator("url-scheme-missing", url)
    scheme = match.group(1).lower()
    if scheme not in schemes:
        return validator("bad-url-scheme", scheme)
    if scheme == "mailto":
        pattern = rf"mailto:{_URL_CHARACTERS}+@{_URL_CHARACTERS}+"
    else:
        pattern = rf"{scheme}://{_URL_CHARACTERS}+"
    return None if re.fullmatch(pattern, url, re.IGNORECASE) else validator("bad-url", url)


def _entity_uri_problem(uri: str, base: str) -> Message | None:
    found = _url_problem(uri, _URI_LENGTH, ("http", "https"))
    if found is not None:
        return found
    if not uri.startswith(base):
        return validator("bad-prefix", uri, base)
    id_ = uri[len(base) :]
    if not is_entity_id(id_):
        return validator("bad-entity-id", id_)
    return None if entity_type(id_) == "item" else validator("bad-entity-type", entity_type(id_))


def _time_problem(value: dict[str, Any]) -> Message | None:
    found = _entity_uri_problem(value["calendarmodel"], _WIKIDATA)
    if found is not None:
        return found
    time, precision = value["time"], value["precision"]
    if not time.endswith("T00:00:00Z"):
        return validator("malformed-value", time)
    if precision > _PRECISION_MOST:
        return validator("too-high", _PRECISION_MOST, precision)
    month, day = time[:-10].rsplit("-", 2)[1:]
    if precision in (_PRECISION_MONTH, _PRECISION_DAY) and month == "00":
        return validator("malformed-value", time)
    if precision == _PRECISION_DAY and day == "00":
        return validator("malformed-value", time)
    return None


def _coordinate_problem(value: dict[str, Any]) -> Message | None:
    if value["precision"] is None:
        return validator("missing-field", "precision")
    return _entity_uri_problem(value["globe"], _WIKIDATA)
