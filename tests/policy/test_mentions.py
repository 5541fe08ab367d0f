"""Which entities a snak speaks of."""

from typing import Any

import pytest

from commarchive.model.entity import DataValue, Snak, SnakKind
from commarchive.policy.mentions import Addresses, is_readable, mentioned
from tests.model.test_values import MALFORMED
from tests.worlds import names, says

ARCHIVE = Addresses.of(
    ["https://archive.example", "http://wiki:8080/w", "http://[2001:db8::1]/", "https://kylä.example", "", "no address"]
)
HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text",
    [
        "https://archive.example/entity/Q7",
        "http://archive.example/entity/Q7",
        "//archive.example/item/Q7",
        "HTTPS://ARCHIVE.EXAMPLE/ENTITY/q7",
        "https://archive.example./entity/Q7",
        "https://archive.example:8443/entity/Q7",
        "https://somebody@archive.example/entity/Q7",
        "https://a:b@archive.example/entity/Q7",
        "https://a@b@archive.example/entity/Q7",
        "https://elsewhere.example\\@archive.example/entity/Q7",
        "https://archive.example\\@elsewhere.example/entity/Q7",
        "https:archive.example/entity/Q7",
        "https:/archive.example/entity/Q7",
        "https:///archive.example/entity/Q7",
        "https:\\\\archive.example\\entity\\Q7",
        "https://archive.example/w/index.php?title=Item:Q7",
        "https://archive.example/w/index.php?title=Item%3AQ7",
        "https://archive.example/wiki/Special:EntityData/Q7.json",
        "https://archive.example/entity/%51%37",
        "https://archive.example/entity/%2551%2537",
        "https://%61rchive.example/entity/Q7",
        "https://archive.example/entity/statement/Q7-0f3c",
        "https://archive.example/wiki/Item:Q7#P12",
        "https://archive.example/?Q7",
        "https://archive.example/#Q7",
        "https://ａrchive．example/entity/Ｑ７",
        "https://archive。example/entity/Q7",
        "https://arch\u00adive.example/entity/Q7",
        "https://arch\nive.exam\tple/entity/Q7",
        "https://arch\u200bive.example/entity/Q7",
        "see https://archive.example/entity/Q7",
        "seen at https://elsewhere.example/, and at https://archive.example/entity/Q7",
        "https://web.elsewhere.example/2031/https://archive.example/entity/Q7",
        "http://wiki:8080/wiki/Item:Q7",
        "http://[2001:db8::1]/entity/Q7",
        "https://kylä.example/entity/Q7",
        "https://xn--kyl-sla.example/entity/Q7",
    ],
    ids=ascii,
)
def test_an_address_within_the_archive_is_found(text: str):
    assert "Q7" in ARCHIVE.entities_in(text)
    assert "Q7" in mentioned(says("P1", text), ARCHIVE)


@pytest.mark.parametrize(
    "text",
    [
        "Q7",
        "the song Q7 of the archive.example",
        "https://elsewhere.example/entity/Q7",
        "https://www.wikidata.org/wiki/Q7",
        "https://archive.example.elsewhere.example/entity/Q7",
        "https://my-archive.example/entity/Q7",
        "https://elsewhere.example/archive.example/Q7",
        "https://archive.example/entity/Q07",
        "https://archive.example/entity/Q0",
        "https://archive.example/entity/XQ7",
        "https://archive.example/entity/Q7a",
        "https://archive.example/entity/Q12345678901",
        f"https://archive.example/media/{HASH}/Q7.jpg",
        "Q7: https://archive.example/about",
        "",
    ],
    ids=ascii,
)
def test_what_only_looks_like_one_is_none(text: str):
    assert ARCHIVE.entities_in(text) == ()


def test_every_entity_in_an_address_is_found():
    assert ARCHIVE.entities_in("https://archive.example/w/index.php?title=Item:Q7&property=P12&diff=q8") == (
        "Q7",
        "P12",
        "Q8",
    )
    assert ARCHIVE.entities_in(f"https://archive.example/media/{HASH}/P1010023.jpg?item=Q7") == ("Q7",)


def test_an_archive_without_addresses_has_no_entity_in_any():
    assert Addresses.of([]).entities_in("https:///entity/Q7") == ()


@pytest.mark.parametrize("text", ["https://" * 100_000, "https://archive.example/" + "Q7/" * 300_000, "@%" * 500_000])
def test_a_huge_text_is_looked_through_at_once(text: str):
    assert set(ARCHIVE.entities_in(text)) <= {"Q7"}


def value(type_: str, **parts: Any) -> Snak:
    return Snak("P1", SnakKind.VALUE, DataValue(type_, parts))


@pytest.mark.parametrize(
    ("snak", "ids"),
    [
        (Snak("P1", SnakKind.SOME_VALUE), ["P1"]),
        (Snak("P1", SnakKind.NO_VALUE), ["P1"]),
        (says("P1", "Q7"), ["P1"]),
        (names("P1", "Q7"), ["P1", "Q7"]),
        (names("P1", "P7"), ["P1", "P7"]),
        (value("monolingualtext", language="en", text="at //archive.example/Q7"), ["P1", "Q7"]),
        (value("quantity", amount="+1", unit="1"), ["P1"]),
        (value("quantity", amount="+1", unit="https://archive.example/entity/Q7"), ["P1", "Q7"]),
        (value("quantity", amount="+1", unit="http://www.wikidata.org/entity/Q7"), ["P1"]),
        (value("globecoordinate", latitude=0, globe="http://wiki/entity/Q7"), ["P1", "Q7"]),
        (value("time", time="+1999", calendarmodel="http://archive.example/entity/Q7"), ["P1", "Q7"]),
    ],
    ids=str,
)
def test_a_snak_speaks_of_its_property_its_value_its_unit_its_globe_and_its_calendar(snak: Snak, ids: list[str]):
    assert is_readable(snak)
    assert mentioned(snak, ARCHIVE) == set(ids)


@pytest.mark.parametrize(
    "snak",
    [
        names("P1", "L1"),
        names("P1", "Q0"),
        names("P1", "q7"),
        names("P1", "Q99999999999"),
        names("P1", ""),
        Snak("P1", SnakKind.VALUE, None),
        *(
            Snak("P1", SnakKind.VALUE, malformed)
            for malformed in MALFORMED
            if not (malformed.type == "string" and isinstance(malformed.value, str))
            and malformed.value != {"amount": "+1", "unit": "1", "upperBound": "+2"}
        ),
    ],
    ids=lambda snak: ascii(snak.value)[:40],
)
def test_what_cannot_be_looked_through_is_not_readable_and_raises_nothing(snak: Snak):
    assert not is_readable(snak)
    assert "P1" in mentioned(snak, ARCHIVE)
