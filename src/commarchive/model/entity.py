"""Frozen values: snak, statement, reference, term, entity, in Wikibase's own words.

Knows: what an entity is made of, and how to compare and hash its parts.
Must not know: JSON, HTTP, files, who may see what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from commarchive.model import hashing

EMPTY: Mapping[str, Any] = MappingProxyType({})


class SnakKind(StrEnum):
    """Whether a snak has a value, an unknown one, or none."""

    VALUE = "value"
    SOME_VALUE = "somevalue"
    NO_VALUE = "novalue"


class Rank(StrEnum):
    """Wikibase's three ranks."""

    PREFERRED = "preferred"
    NORMAL = "normal"
    DEPRECATED = "deprecated"


class TermKind(StrEnum):
    """The three kinds of term."""

    LABEL = "label"
    DESCRIPTION = "description"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True)
class DataValue:
    """A value as Wikibase serializes it: `type` such as `string` or `time`, `value` a string or a JSON object.

    The object is shared and must not be changed. It may be malformed: no property here raises for that.
    """

    type: str
    value: Any

    @property
    def entity_id(self) -> str | None:
        """The entity that this value is, else None."""
        return self._text("id") if self.type == "wikibase-entityid" else None

    @property
    def mentioned_uris(self) -> tuple[str, ...]:
        """URIs inside the value that may be entities: a quantity's unit (`1`: none), a globe, a calendar."""
        key = _URI_KEYS.get(self.type)
        uri = self._text(key) if key is not None else None
        return () if uri is None else (uri,)

    @property
    def text(self) -> str | None:
        """The text of a string or of a text in a language, else None."""
        if self.type == "monolingualtext":
            return self._text("text")
        return self.value if self.type == "string" and isinstance(self.value, str) else None

    def _text(self, key: str) -> str | None:
        found = self.value.get(key) if isinstance(self.value, Mapping) else None
        return found if isinstance(found, str) else None


_URI_KEYS = {"quantity": "unit", "globecoordinate": "globe", "time": "calendarmodel"}


@dataclass(frozen=True, slots=True)
class Snak:
    """A property with a value, an unknown value or no value; `datatype` is None where the wiki did not say."""

    property_id: str
    kind: SnakKind = SnakKind.VALUE
    value: DataValue | None = None
    datatype: str | None = None

    @property
    def hash(self) -> str:
        """Wikibase's hash of this snak."""
        if self.value is None:
            return hashing.snak_hash(self.property_id, self.kind, None, None)
        return hashing.snak_hash(self.property_id, self.kind, self.value.type, self.value.value)

    @property
    def text(self) -> str | None:
        """The text of a string value, else None."""
        return self.value.text if self.value is not None and self.value.type == "string" else None


@dataclass(frozen=True, slots=True)
class Reference:
    """A source of a statement: one or more snaks, in their order."""

    snaks: tuple[Snak, ...]

    @property
    def hash(self) -> str:
        """Wikibase's hash of this reference."""
        return hashing.reference_hash([snak.hash for snak in self.snaks])


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement; `id` is its GUID (`Q1$…`), empty before the wiki gave one."""

    id: str
    mainsnak: Snak
    rank: Rank = Rank.NORMAL
    qualifiers: tuple[Snak, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def property_id(self) -> str:
        """The main snak's property."""
        return self.mainsnak.property_id

    def snaks(self) -> Iterator[Snak]:
        """Every snak of the statement: main, qualifiers, references."""
        yield self.mainsnak
        yield from self.qualifiers
        for reference in self.references:
            yield from reference.snaks


@dataclass(frozen=True, slots=True)
class Entity:
    """An item or a property at one revision.

    `labels` and `descriptions` map a language to a text, `aliases` to several, `sitelinks` a site to a title.
    `statements` are grouped by property, in the order in which the wiki keeps them.
    `revision` is Wikibase's `lastrevid`, 0 when not known; `modified` an ISO 8601 instant in UTC, empty when not known.
    """

    id: str
    type: str
    labels: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    sitelinks: Mapping[str, str] = field(default_factory=dict)
    datatype: str | None = None
    revision: int = 0
    modified: str = ""

    def statements_of(self, property_id: str) -> tuple[Statement, ...]:
        """The statements of one property, in their order."""
        return tuple(statement for statement in self.statements if statement.property_id == property_id)
