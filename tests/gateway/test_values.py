"""Values as people read them: by precision, in their language, and never as something to click on that is not safe."""

from __future__ import annotations

from typing import Any

import pytest

from commarchive.gateway.pages.translations import translations
from commarchive.gateway.pages.values import Formatter, direction, locale_of, own_units
from commarchive.model.entity import DataValue, Snak, SnakKind
from commarchive.projection.reader import Name
from commarchive.wikibase.rdf_values import EARTH, GREGORIAN, JULIAN

NAMES = {"Q5": Name("fi", "metri"), "Q6": Name("en", "A record that is not open", stub=True)}
UNITS = {"https://archive.example/entity/Q5": "Q5"}


def formatter(language: str = "en") -> Formatter:
    formatters = {"P9": "https://inventory.example/$1", "P8": "javascript:$1"}
    return Formatter(locale_of(language), translations((language,)), NAMES, UNITS, formatters)


def snak(kind: str, value: Any, datatype: str | None = None, property_id: str = "P1") -> Snak:
    return Snak(property_id, SnakKind.VALUE, DataValue(kind, value), datatype)


def time(text: str, precision: int, calendar: str = GREGORIAN) -> Snak:
    value = {"time": text, "timezone": 0, "before": 0, "after": 0, "precision": precision, "calendarmodel": calendar}
    return snak("time", value)


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [
        ("en", time("+1912-06-21T00:00:00Z", 11), "June 21, 1912"),
        ("fi", time("+1912-06-21T00:00:00Z", 11), "21. kesäkuuta 1912"),
        ("fr", time("+1912-06-21T00:00:00Z", 11), "21 juin 1912"),
        ("en", time("+1912-06-00T00:00:00Z", 10), "June 1912"),
        ("fi", time("+1912-06-00T00:00:00Z", 10), "kesäkuu 1912"),
        ("en", time("+1912-00-00T00:00:00Z", 9), "1912"),
        ("en", time("+0093-00-00T00:00:00Z", 9), "93"),
        ("en", time("+1912-00-00T00:00:00Z", 8), "1910s"),
        ("fi", time("+1912-00-00T00:00:00Z", 8), "1910-luku"),
        ("fr", time("+1912-00-00T00:00:00Z", 8), "années 1910"),
        ("en", time("+1912-00-00T00:00:00Z", 7), "century no. 20"),
        ("fi", time("+1900-00-00T00:00:00Z", 7), "19. vuosisata"),
        ("en", time("+1912-00-00T00:00:00Z", 6), "millennium no. 2"),
        ("en", time("+12345-00-00T00:00:00Z", 5), "about 10,000 years"),
        ("en", time("-0044-03-15T00:00:00Z", 11), "March 15, 44 BCE"),
        ("fi", time("-0044-00-00T00:00:00Z", 9), "44 eaa."),
        ("en", time("+1912-02-31T00:00:00Z", 11), "February 1912"),
        ("en", time("+1912-00-00T00:00:00Z", 11), "1912"),
        ("en", time("+99999-06-21T00:00:00Z", 11), "99999"),
        ("en", time("some time", 11), "some time"),
    ],
)
def test_a_date_is_as_exact_as_it_is(language, value, text):
    assert formatter(language).snak(value).text == text


def test_a_date_of_the_older_calendar_says_so_where_that_matters():
    assert formatter().snak(time("+1650-05-01T00:00:00Z", 11, JULIAN)).note == "Julian calendar"
    assert formatter().snak(time("+1650-05-01T00:00:00Z", 9, JULIAN)).note == ""


def quantity(amount: str, unit: str = "1", **bounds: str) -> Snak:
    return snak("quantity", {"amount": amount, "unit": unit, **bounds})


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [
        ("en", quantity("+12.50"), "12.50"),
        ("fi", quantity("+12.50"), "12,50"),
        ("en", quantity("-1234567"), "-1,234,567"),
        ("en", quantity("+3", upperBound="+4", lowerBound="+2"), "3 (2 – 4)"),
        ("en", quantity("+3", upperBound="+3", lowerBound="+3"), "3"),
        ("en", quantity("+7", "https://archive.example/entity/Q5"), "7 metri"),
        ("en", quantity("+7", "https://elsewhere.example/entity/Q5"), "7 Q5"),
        ("en", quantity("many"), "many"),
        ("en", quantity("+Infinity"), "∞"),
    ],
)
def test_a_number_keeps_the_digits_that_were_written(language, value, text):
    assert formatter(language).snak(value).plain == text


def point(latitude: float, longitude: float, precision: float | None = 0.01, globe: str = EARTH) -> Snak:
    value = {"latitude": latitude, "longitude": longitude, "altitude": None, "precision": precision, "globe": globe}
    return snak("globecoordinate", value)


@pytest.mark.parametrize(
    ("language", "value", "text", "href"),
    [
        ("en", point(63.55, 23.7), "63.55° N, 23.70° E", "geo:63.55,23.7"),
        ("fi", point(63.55, 23.7), "63,55° P, 23,70° I", "geo:63.55,23.7"),
        ("en", point(-33.123456, -70.654321, 0.0001), "33.1235° S, 70.6543° W", "geo:-33.1235,-70.6543"),
        ("en", point(60.17, 24.94, 1), "60° N, 25° E", "geo:60.0,25.0"),
        ("en", point(60.17, 24.94, None), "60.1700° N, 24.9400° E", "geo:60.17,24.94"),
        ("en", point(1, 2, 1, "http://www.wikidata.org/entity/Q405"), "1° N, 2° E", ""),
    ],
)
def test_a_place_is_no_more_exact_than_was_said(language, value, text, href):
    shown = formatter(language).snak(value)
    assert (shown.text, shown.href) == (text, href)


@pytest.mark.parametrize(
    ("value", "href"),
    [
        (snak("string", "https://example.org/a", "url"), "https://example.org/a"),
        (snak("string", "mailto:a@example.org", "url"), "mailto:a@example.org"),
        (snak("string", "javascript:alert(1)", "url"), ""),
        (snak("string", " JavaScript:alert(1)", "url"), ""),
        (snak("string", "data:text/html,x", "url"), ""),
        (snak("string", "https://[broken", "url"), ""),
        (snak("string", "https://example.org/a", "string"), ""),
        (snak("string", "A 42/x", "external-id", "P9"), "https://inventory.example/A%2042/x"),
        (snak("string", "//evil", "external-id", "P8"), ""),
        (snak("string", "A 42", "external-id", "P7"), ""),
    ],
)
def test_only_an_address_that_is_safe_leads_anywhere(value, href):
    assert formatter().snak(value).href == href


def test_what_is_unknown_or_missing_is_said():
    assert formatter().snak(Snak("P1", SnakKind.SOME_VALUE)).text == "unknown value"
    assert formatter("fi").snak(Snak("P1", SnakKind.NO_VALUE)).text == "ei arvoa"
    assert formatter().snak(snak("colour", {"red": 1})).missing


def test_an_entity_is_called_by_its_name_or_else_by_its_id():
    def entity(id_: str) -> Any:
        return formatter().snak(snak("wikibase-entityid", {"id": id_}))

    assert (entity("Q5").text, entity("Q5").language, entity("Q5").href) == ("metri", "fi", "/item/Q5")
    assert entity("Q6").stub
    assert (entity("Q7").text, entity("Q7").stub) == ("Q7", False)
    assert entity("P3").href == "/property/P3"


def test_a_text_keeps_its_language_and_its_direction():
    shown = formatter().snak(snak("monolingualtext", {"text": "שיר", "language": "he"}))
    assert (shown.language, direction(shown.language)) == ("he", "rtl")
    assert direction("fi") == direction("mul") == direction("no such language") == "ltr"


def test_units_are_found_by_their_addresses():
    values = [DataValue("quantity", {"amount": "+1", "unit": "a/Q5"}), DataValue("string", "a/Q6"), None]
    assert own_units(values, lambda uri: [uri.rpartition("/")[2]]) == {"a/Q5": "Q5"}
    assert own_units(values, lambda _: []) == {}
