"""Which entities a snak speaks of: its property, value, unit, globe, calendar, or a URL within the archive.

Knows: how the archive's own addresses look. Must not know: whether those entities exist or may be seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit

from commarchive.model.entity import DataValue, Snak, SnakKind
from commarchive.model.ids import is_entity_id

_ID = re.compile(r"(?<![a-z0-9])[qp][1-9][0-9]{0,9}(?![0-9a-z])")
# A medium has an address of its own; what it is called tells nothing (cameras name pictures like properties).
_MEDIUM = re.compile(r"/media/[0-9a-f]{64}/[^/?#\s]*")
_FULL_STOPS = str.maketrans("。｡", "..")
_MARKS = frozenset(":/\\@%")
"""Without one of these a text holds no address."""


@dataclass(frozen=True)
class Addresses:
    """The hosts of the archive: of its gateway, of its wiki, and of its concept URIs."""

    hosts: frozenset[str]

    @classmethod
    def of(cls, urls: Iterable[str]) -> Addresses:
        """From base URLs; what is no URL is left out."""
        return cls(frozenset(host for url in urls for host in _hosts(url)))

    def entities_in(self, text: str) -> tuple[str, ...]:
        """Ids that stand in or behind the first address within the archive in a text; none where there is no such."""
        if self._address is None or _MARKS.isdisjoint(text):
            return ()
        folded = _folded(text)
        found = self._address.search(folded)
        if found is None:
            return ()
        return tuple(id_.upper() for id_ in _ID.findall(_MEDIUM.sub("/media/", folded[found.end() :])))

    @cached_property
    def _address(self) -> re.Pattern[str] | None:
        # Whatever may stand before a host, by a browser's rules and not by the standard's; the port does not count: the
        # same host at another port is more likely the archive than somebody else.
        if not self.hosts:
            return None
        hosts = "|".join(map(re.escape, sorted(self.hosts)))
        return re.compile(rf"(?:https?:[/\\]*|[/\\]{{2}}|@)(?:{hosts})\.?(?![a-z0-9.-])")


def mentioned(snak: Snak, addresses: Addresses) -> frozenset[str]:
    """Ids of the entities that the snak speaks of, its property included."""
    found = {snak.property_id}
    if snak.value is not None:
        found |= _in_value(snak.value, addresses)
    return frozenset(found)


def is_readable(snak: Snak) -> bool:
    """Whether the snak's value is well formed and of a kind that can be looked through; others may hide anything."""
    value = snak.value
    if value is None:
        return snak.kind is not SnakKind.VALUE
    match value.type:
        case "wikibase-entityid":
            return is_entity_id(value.entity_id or "")
        case "string" | "monolingualtext":
            return value.text is not None
        case "time" | "quantity" | "globecoordinate":
            return bool(value.mentioned_uris)
    return False


def _in_value(value: DataValue, addresses: Addresses) -> set[str]:
    if value.entity_id is not None:
        return {value.entity_id}
    texts = value.mentioned_uris if value.text is None else (value.text,)
    return {id_ for text in texts for id_ in addresses.entities_in(text)}


def _hosts(url: str) -> Iterator[str]:
    """The host of a base URL, in letters and as the name system writes it."""
    try:
        host = urlsplit(_folded(url)).hostname
    except ValueError:
        return
    if not host:
        return
    host = host.rstrip(".")
    if ":" in host:
        yield f"[{host}]"
        return
    yield host
    with suppress(UnicodeError):
        yield host.encode("idna").decode("ascii")
    with suppress(UnicodeError):
        yield host.encode("ascii").decode("idna")


def _folded(text: str) -> str:
    """The text as a browser might read an address in it: decoded, in one case, without what it does not show."""
    # Encoded more than once is decoded as often; what still changes after five rounds is nobody's honest address.
    for _ in range(5):
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    seen = (character for character in text if unicodedata.category(character) not in ("Cc", "Cf"))
    return unicodedata.normalize("NFKC", "".join(seen)).translate(_FULL_STOPS).lower()
