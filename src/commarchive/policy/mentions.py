"""Which entities a snak speaks of: its property, value, unit, globe, calendar, or a URL within the archive.

Knows: how the archive's own addresses look. Must not know: whether those entities exist or may be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from commarchive.model.entity import DataValue, Snak
from commarchive.model.ids import is_entity_id

_ID = re.compile(r"(?<![A-Za-z0-9])[QPqp][1-9][0-9]{0,9}(?![0-9A-Za-z])")
KNOWN_VALUE_TYPES = frozenset({"string", "wikibase-entityid", "monolingualtext", "time", "quantity", "globecoordinate"})


@dataclass(frozen=True)
class Addresses:
    """The hosts of the archive: of its gateway, of its wiki, and of its concept URIs."""

    hosts: frozenset[str]

    @classmethod
    def of(cls, urls: Iterable[str]) -> Addresses:
        """From base URLs; empty ones are left out."""
        return cls(frozenset(host for url in urls if (host := _host(url))))

    def entities_in(self, uri: str) -> tuple[str, ...]:
        """Ids that stand anywhere in a URI within the archive; none for other URIs."""
        if _host(uri) not in self.hosts:
            return ()
        return tuple(id_.upper() for id_ in _ID.findall(_decoded(uri)))


def mentioned(snak: Snak, addresses: Addresses) -> frozenset[str]:
    """Ids of the entities that the snak speaks of, its property included."""
    found = {snak.property_id}
    if snak.value is not None:
        found |= _in_value(snak.value, addresses)
    return frozenset(found)


def is_readable(snak: Snak) -> bool:
    """Whether the snak's value is of a kind that this module can look through; others may hide anything."""
    value = snak.value
    if value is None:
        return True
    if value.type == "wikibase-entityid":
        return is_entity_id(value.value.get("id", ""))
    return value.type in KNOWN_VALUE_TYPES


def _in_value(value: DataValue, addresses: Addresses) -> set[str]:
    if value.type == "wikibase-entityid":
        return {value.value["id"]}
    uris = (value.value,) if value.type == "string" else value.mentioned_uris
    return {id_ for uri in uris for id_ in addresses.entities_in(uri)}


@lru_cache(maxsize=4096)
def _host(uri: str) -> str:
    # Without the port: the same host at another port is more likely the archive than somebody else.
    match = re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*:[/\\]+(?:[^/?#@\s]*@)?(\[[^\]]*\]|[^/?#:\s\\]*)", _decoded(uri))
    return match.group(1).lower().rstrip(".") if match else ""


def _decoded(uri: str) -> str:
    # Encoded more than once is decoded as often; what still changes after five rounds is nobody's honest address.
    for _ in range(5):
        decoded = unquote(uri)
        if decoded == uri:
            break
        uri = decoded
    return uri
