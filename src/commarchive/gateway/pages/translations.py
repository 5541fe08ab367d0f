"""The interface's words in several languages.

Knows: the catalogs (`locale/<code>.po`) and which stands in for which. Must not know: any page.

Catalogs are read as people write them, so that no compiled copy can be out of date.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALE = Path(__file__).parents[1] / "locale"
SOURCE = "en"
"""The language that messages are written in."""


@cache
def available() -> frozenset[str]:
    """Codes of the languages that have a catalog, complete or begun."""
    return frozenset(path.stem for path in LOCALE.glob("*.po"))


@cache
def complete() -> frozenset[str]:
    """Codes of the languages whose catalog has every message."""
    return frozenset(code for code in available() if not _is_begun(code))


def interface_language(languages: Sequence[str]) -> str:
    """The language that the interface is in, for a reader's languages in order of preference."""
    return next((code for code in languages if code in complete()), SOURCE)


@cache
def translations(languages: tuple[str, ...]) -> Translations:
    """The interface's words for a reader's languages: the first that has a word gives it."""
    catalogs = [_catalog(code) for code in languages if code in available()]
    catalogs.append(_catalog(SOURCE))
    for better, worse in pairwise(catalogs):
        better.add_fallback(worse)
    return catalogs[0]


def _catalog(code: str) -> Translations:
    written = BytesIO()
    catalog = _read(code)
    for message in [message for message in catalog if message.id and not _is_translated(message)]:
        # An empty translation would stand in the way of the next language's.
        catalog.delete(message.id)
    write_mo(written, catalog)
    written.seek(0)
    return Translations(written, domain="commarchive")


def _is_begun(code: str) -> bool:
    return not all(_is_translated(message) for message in _read(code) if message.id)


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


def _read(code: str) -> Catalog:
    with LOCALE.joinpath(f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)
