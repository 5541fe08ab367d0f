"""Values as people read them, in their own language.

Knows: dates by precision, numbers, coordinates, languages, addresses. Must not know: who may see a value; it is given
what may be seen, and the names of the entities that may be named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from babel.support import Translations

from commarchive.model.entity import DataValue, Snak, SnakKind
from commarchive.projection.reader import Name
from commarchive.wikibase.rdf_values import EARTH, JULIAN

_TIME = re.compile(r"([+-]?)([0-9]{1,16})-([0-9]{2})-([0-9]{2})T")
_YEARS_EACH = {8: 10, 7: 100, 6: 1000, 5: 10**4, 4: 10**5, 3: 10**6, 2: 10**7, 1: 10**8, 0: 10**9}
_YEAR, _MONTH, _DAY = 9, 10, 11
_LINKED = frozenset({"http", "https", "ftp", "ftps", "mailto"})


@dataclass(frozen=True, slots=True)
class Value:
    """A value: its text, where it leads, its language (empty: the page's), and whether it is the archive's own entity.

    `unit` is the unit of a quantity; `note` says what the text alone would not; `reasons` why this reader sees the
    value, where fewer people see it than what it stands in.
    """

    text: str
    href: str = ""
    language: str = ""
    entity: str = ""
    stub: bool = False
    unit: Value | None = None
    note: str = ""
    missing: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """All of it as text."""
        return " ".join(filter(None, (self.text, self.unit.text if self.unit else "")))


@dataclass(frozen=True, slots=True)
class Formatter:
    """Formats values for one reader.

    `names` holds the entities that may be named; `units` which entity an address within the archive is; `formatters`
    the address of each property of external ids.
    """

    locale: Locale
    words: Translations
    names: Mapping[str, Name]
    units: Mapping[str, str]
    formatters: Mapping[str, str]

    def snak(self, snak: Snak) -> Value:
        """A snak's value."""
        if snak.kind is SnakKind.SOME_VALUE:
            return Value(self.words.gettext("unknown value"), missing=True)
        if snak.kind is SnakKind.NO_VALUE or snak.value is None:
            return Value(self.words.gettext("no value"), missing=True)
        content: Any = snak.value.value
        match snak.value.type:
            case "wikibase-entityid":
                return self.entity(content["id"])
            case "monolingualtext":
                return Value(content["text"], language=content["language"])
            case "time":
                return self._time(content)
            case "quantity":
                return self._quantity(content)
            case "globecoordinate":
                return self._coordinate(content)
            case "string":
                return self._string(content, snak)
        return Value(self.words.gettext("a value of a kind that cannot be shown"), missing=True)

    def entity(self, id_: str) -> Value:
        """An entity by its name; by its id where it has none."""
        name = self.names.get(id_)
        kind = "property" if id_.startswith("P") else "item"
        if name is None:
            return Value(id_, href=f"/{kind}/{id_}", entity=id_)
        return Value(name.text, href=f"/{kind}/{id_}", language=name.language, entity=id_, stub=name.stub)

    def _string(self, content: str, snak: Snak) -> Value:
        if snak.datatype == "url":
            return Value(content, href=content if _is_linkable(content) else "")
        if snak.datatype == "external-id" and snak.property_id in self.formatters:
            address = self.formatters[snak.property_id].replace("$1", quote(content, safe="/:;@!$()*,-._~"))
            return Value(content, href=address if _is_linkable(address) else "")
        return Value(content)

    def _time(self, content: Mapping[str, Any]) -> Value:
        match = _TIME.match(content["time"])
        if match is None:
            return Value(content["time"])
        year, month, day, precision = int(match[2]), int(match[3]), int(match[4]), content["precision"]
        text = self._date(year, month, day, precision)
        if match[1] == "-":
            text = self.words.gettext("%(date)s BCE") % {"date": text}
        is_julian = content["calendarmodel"] == JULIAN and precision > _YEAR
        return Value(text, note=self.words.gettext("Julian calendar") if is_julian else "")

    def _date(self, year: int, month: int, day: int, precision: int) -> str:
        if precision >= _DAY and _is_date(year, month, day):
            return format_date(date(year, month, day), "long", locale=self.locale)
        if precision >= _MONTH and _is_date(year, month, 1):
            return format_skeleton("yMMMM", date(year, month, 1), locale=self.locale)
        if precision >= _YEAR:
            return str(year)
        each = _YEARS_EACH.get(precision, 1)
        if precision == 8:
            return self.words.gettext("%(year)ss") % {"year": year // 10 * 10}
        if precision == 7:
            return self.words.gettext("century no. %(number)s") % {"number": -(-year // each)}
        if precision == 6:
            return self.words.gettext("millennium no. %(number)s") % {"number": -(-year // each)}
        about = format_decimal(round(year / each) * each, locale=self.locale)
        return self.words.gettext("about %(years)s years") % {"years": about}

    def _quantity(self, content: Mapping[str, Any]) -> Value:
        text = self._number(content["amount"])
        upper, lower = content.get("upperBound"), content.get("lowerBound")
        if upper is not None and lower is not None and not upper == lower == content["amount"]:
            text = f"{text} ({self._number(lower)} – {self._number(upper)})"
        return Value(text, unit=self._unit(content["unit"]))

    def _unit(self, address: str) -> Value | None:
        if address == "1":
            return None
        own = self.units.get(address)
        if own is not None:
            return self.entity(own)
        return Value(address.rpartition("/")[2], href=address if _is_linkable(address) else "")

    def _number(self, amount: str) -> str:
        try:
            number = Decimal(amount)
        except InvalidOperation:
            return amount
        # As many digits as were written: they say how exact the number is.
        exponent = number.as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(number, pattern, locale=self.locale)

    def _coordinate(self, content: Mapping[str, Any]) -> Value:
        latitude, longitude = content["latitude"], content["longitude"]
        decimals = _decimals(content["precision"])
        north = self.words.gettext("N") if latitude >= 0 else self.words.gettext("S")
        east = self.words.gettext("E") if longitude >= 0 else self.words.gettext("W")
        pattern = "0" + ("." + "0" * decimals if decimals else "")
        shown = [format_decimal(abs(number), pattern, locale=self.locale) for number in (latitude, longitude)]
        on_earth = content["globe"] == EARTH
        href = f"geo:{round(latitude, decimals)},{round(longitude, decimals)}" if on_earth else ""
        note = "" if on_earth else content["globe"].rpartition("/")[2]
        return Value(f"{shown[0]}° {north}, {shown[1]}° {east}", href=href, note=note)


@cache
def locale_of(language: str) -> Locale:
    """The locale by whose rules dates and numbers are written for a language; English where there is none."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def direction(language: str) -> str:
    """`rtl` or `ltr`: how a language is written."""
    written: str = locale_of(language).text_direction
    return written


def own_units(values: Iterable[DataValue | None], entities_in: Callable[[str], Sequence[str]]) -> dict[str, str]:
    """Which entity of the archive each unit of these values is; `entities_in` finds ids in an address."""
    units = {value.value["unit"] for value in values if value is not None and value.type == "quantity"}
    return {unit: ids[0] for unit in units if (ids := entities_in(unit))}


def _decimals(precision: float | None) -> int:
    if precision is None or precision <= 0:
        return 4
    return next((digits for digits in range(9) if precision >= 10**-digits * 0.99), 9)


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_linkable(address: str) -> bool:
    try:
        return urlsplit(address).scheme.lower() in _LINKED
    except ValueError:
        return False
