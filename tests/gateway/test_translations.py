"""The interface's words: complete where they are said to be, and level with what pages say."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from commarchive.gateway.pages.translations import LOCALE, available, complete, interface_language, translations
from tools import translations as tool


def test_english_finnish_and_french_are_complete_and_northern_sami_is_begun():
    assert complete() == {"en", "fi", "fr"}
    assert available() == {"en", "fi", "fr", "se"}


@pytest.mark.parametrize("code", ["en", "fi", "fr", "se"])
def test_a_catalog_has_every_message_that_pages_say_and_no_other(code):
    path = LOCALE / f"{code}.po"
    assert path.read_text(encoding="utf-8") == tool.render(path), "run `make docs`"


@pytest.mark.parametrize("code", ["en", "fi", "fr", "se"])
def test_a_translation_has_the_places_that_its_message_has(code):
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)s", text))

    def texts(given: object) -> list[str]:
        return [str(each) for each in (given if isinstance(given, tuple | list) else (given,))]

    with LOCALE.joinpath(f"{code}.po").open("rb") as file:
        catalog = read_po(file, locale=code)
    for message in catalog:
        for string in filter(None, texts(message.string) if message.id else ()):
            assert places(string) == places(texts(message.id)[-1]), message.id


def test_a_language_that_is_begun_falls_back_to_the_readers_next():
    words = translations(("se", "fi", "en"))
    assert words.gettext("Search") == "Oza"
    assert words.gettext("Sign in") == "Kirjaudu sisään"
    assert interface_language(("se", "fi", "en")) == "fi"
    assert interface_language(("xx",)) == "en"
    assert translations(("xx",)).gettext("Sign in") == "Sign in"


def test_numbers_have_their_forms():
    words = translations(("fi",))
    assert words.ngettext("%(num)s record", "%(num)s records", 1) == "%(num)s tietue"
    assert words.ngettext("%(num)s record", "%(num)s records", 2) == "%(num)s tietuetta"
    begun = translations(("se", "fi"))
    assert begun.ngettext("%(num)s record", "%(num)s records", 2) == "%(num)s tietuetta"
