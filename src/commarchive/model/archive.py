"""What a community decided about itself: communities, protocols, seasons, the levels that outsiders see.

Knows: names and shapes. Must not know: how they are written in files, or what follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

Texts = Mapping[str, str]
"""A text in several languages, by language code."""


class Mode(StrEnum):
    """Whether everyone counts as a member (`open`, visitors too), or only members do."""

    OPEN = "open"
    STRICT = "strict"


class OutsidersSee(IntEnum):
    """What somebody who may not see an entity gets; a lower level is stricter."""

    HIDDEN = 0
    EXISTS = 1
    METADATA = 2

    @property
    def word(self) -> str:
        """The level as it is written: `hidden`, `exists`, `metadata`."""
        return self.name.lower()


class RecordState(StrEnum):
    """Where a record stands; only `live` is ever shown to those who are not stewards."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    LIVE = "live"
    WITHDRAWN = "withdrawn"


class ReleaseRule(StrEnum):
    """How many stewards of a protocol must agree before something opens."""

    ONE_STEWARD = "one-steward"
    TWO_PEOPLE = "two-people"

    @property
    def people(self) -> int:
        """How many."""
        return 1 if self is ReleaseRule.ONE_STEWARD else 2


class FederationRule(StrEnum):
    """Whether what stands under a protocol may ever go to Wikidata."""

    NEVER = "never"
    WITH_CONSENT = "with-consent"


@dataclass(frozen=True, slots=True)
class Season:
    """Part of every year, both days included, in a zone; may wrap the year. Days are (month, day)."""

    first: tuple[int, int]
    last: tuple[int, int]
    zone: str


@dataclass(frozen=True, slots=True)
class Community:
    """Whoever governs protocols."""

    id: str
    name: Texts = field(default_factory=dict)
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessProtocol:
    """A community's rule about who shares in something."""

    id: str
    community: str
    mode: Mode = Mode.STRICT
    name: Texts = field(default_factory=dict)
    stewards_min: int = 1
    season: Season | None = None
    outsiders_see: OutsidersSee = OutsidersSee.HIDDEN
    release: ReleaseRule = ReleaseRule.TWO_PEOPLE
    federation: FederationRule = FederationRule.NEVER
    labels: tuple[str, ...] = ()
    notice: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Archive:
    """The rules of one archive, as far as access depends on them.

    `default_condition` is text in the language of conditions; `zone` an IANA name.
    """

    id: str
    zone: str
    communities: Mapping[str, Community] = field(default_factory=dict)
    protocols: Mapping[str, AccessProtocol] = field(default_factory=dict)
    default_condition: str = "stewards"
    name: Texts = field(default_factory=dict)
    base_url: str = ""
    languages: tuple[str, ...] = ("en",)
