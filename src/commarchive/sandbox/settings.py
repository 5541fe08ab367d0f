"""What one may choose about an embedded wiki.

Knows: names, limits and rights, with a stock Wikibase's values. Must not know: how they are enforced.

Limits: Wikibase `docs/topics/options.md` (`string-limits`); Wikidata raises those of strings, texts and URLs to 1500.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

READER_GROUP = "custodian"

_CONTRIBUTE = (
    "edit",
    "createpage",
    "createtalk",
    "item-term",
    "property-term",
    "item-merge",
    "item-redirect",
    "property-create",
)

GROUP_RIGHTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "user": ("viewmyprivateinfo", "editmyprivateinfo", "editmyoptions", "minoredit", "applychangetags"),
        READER_GROUP: ("read", *_CONTRIBUTE),
        "bot": ("bot", "autoconfirmed", "apihighlimits", "noratelimit"),
        "sysop": (
            "apihighlimits",
            "noratelimit",
            "block",
            "createaccount",
            "delete",
            "undelete",
            "deletedhistory",
            "deletedtext",
            "deleterevision",
            "protect",
            "rollback",
        ),
        "bureaucrat": ("userrights",),
        "interface-admin": ("editinterface",),
        "suppress": ("hideuser", "suppressrevision", "viewsuppressed", "suppressionlog", "deleterevision"),
    }
)
"""Rights of a new MediaWiki's groups, as far as this wiki asks for them, and of the readers of a private one."""

OPEN_RIGHTS = ("createaccount", "read", *_CONTRIBUTE, "viewmyprivateinfo", "editmyprivateinfo", "editmyoptions")
"""What everybody, signed in or not, may do on a wiki that is not private."""


@dataclass(frozen=True, slots=True)
class StringLimits:
    """Greatest lengths in characters; `url` counts bytes, as Wikibase does."""

    term: int = 250
    string: int = 400
    monolingual: int = 400
    url: int = 500
    filename: int = 240


WIKIDATA_LIMITS = StringLimits(term=250, string=1500, monolingual=1500, url=1500)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `edits` in `seconds` by one account that lacks the right `noratelimit`."""

    edits: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WikiSettings:
    """An embedded wiki's configuration.

    `private`: only `custodian` may read, as an archive's vault is set up; otherwise everybody may read and edit.
    `base_url` has no slash at its end; `concept_base_uri` ends with one and defaults to `{base_url}/entity/`.
    Items in namespace 0 have their bare ids as titles, as in Wikidata.
    `assigned_ids`: entities may be created with given ids (`Wiki.put`), so that the wiki stands in for Wikidata.
    """

    private: bool = True
    site_name: str = "Embedded wiki"
    base_url: str = "http://embedded.invalid"
    concept_base_uri: str = ""
    item_namespace: int = 120
    property_namespace: int = 122
    limits: StringLimits = StringLimits()
    assigned_ids: bool = False
    rate_limit: RateLimit | None = None
    group_rights: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: GROUP_RIGHTS)

    @property
    def entity_base(self) -> str:
        """What a concept URI begins with."""
        return self.concept_base_uri or f"{self.base_url}/entity/"

    def namespace_of(self, entity_type: str) -> int:
        """The number of the namespace that holds entities of this type."""
        return self.property_namespace if entity_type == "property" else self.item_namespace

    def rights_of(self, groups: tuple[str, ...]) -> tuple[str, ...]:
        """The rights of somebody in these groups, each once, in a steady order."""
        rights = dict.fromkeys(() if self.private else OPEN_RIGHTS)
        for group in groups:
            rights.update(dict.fromkeys(self.group_rights.get(group, ())))
        return tuple(rights)


WIKIDATA = WikiSettings(
    private=False,
    site_name="A stand-in for Wikidata",
    base_url="http://wikidata-stand-in.invalid",
    concept_base_uri="http://www.wikidata.org/entity/",
    item_namespace=0,
    property_namespace=120,
    limits=WIKIDATA_LIMITS,
    assigned_ids=True,
)
"""Settings of a wiki that stands in for Wikidata: its concept URIs, namespaces and limits, ids as given."""
