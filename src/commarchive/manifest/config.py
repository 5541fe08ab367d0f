"""A manifest as the rest of commarchive uses it.

Knows: what was decided. Must not know: YAML, or how it is checked.

Paths and SQLite addresses are absolute here. Secrets are references; only `connection_url` resolves one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from commarchive.errors import Finding
from commarchive.manifest.secrets import SecretRef
from commarchive.model.archive import Archive, RecordState, Texts
from commarchive.model.schema import Schema


class WikiDriver(StrEnum):
    """How the wiki runs."""

    EMBEDDED = "embedded"
    COMPOSE = "compose"
    NATIVE = "native"
    EXISTING = "existing"


class FederationTarget(StrEnum):
    """Which wiki is published to."""

    WIKIDATA = "wikidata"
    TEST_WIKIDATA = "test-wikidata"
    EMBEDDED = "embedded"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Account:
    """An account on a wiki."""

    name: str
    password: SecretRef


@dataclass(frozen=True, slots=True)
class WikiConfig:
    """The archive's wiki.

    `url`: SQLite's for `embedded`, else the base address, below which `/w/api.php` lies; empty where the driver knows.
    """

    driver: WikiDriver
    url: str = ""
    service_account: Account | None = None


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """A database; `url` never has a password in it."""

    url: str
    password: SecretRef | None = None

    def connection_url(self) -> str:
        """The address to connect by, password included; never show it.

        Raises:
            ManifestError: the password cannot be resolved.
        """
        if self.password is None:
            return self.url
        parts = urlsplit(self.url)
        user, _, host = parts.netloc.rpartition("@")
        password = quote(self.password.resolve().reveal(), safe="")
        return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))


@dataclass(frozen=True, slots=True)
class FederationConfig:
    """Where the archive may publish to.

    `url`: SQLite's for `embedded`, else the base address; `mapping`: an absolute path. `licence` is the declaration
    under which everything is published; where it is empty nothing is. `archive_item`: the target's item about the
    archive.
    """

    target: FederationTarget
    url: str
    mapping: Path
    account: Account | None = None
    approvals: int = 1
    edits_per_minute: int = 60
    licence: str = ""
    archive_item: str = ""


@dataclass(frozen=True, slots=True)
class LocalContextsConfig:
    """The Local Contexts Hub: `url` of its API without a slash at its end, the key, UUIDs of the projects to follow."""

    url: str
    api_key: SecretRef
    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """The archive's own rights statement; nothing is claimed where there is none."""

    url: str = ""
    text: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pack:
    """A schema pack that the archive uses; `folder` is where it lies."""

    id: str
    name: Texts
    folder: Path
    description: Texts = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    licence: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolExample:
    """A case that a protocol's stewards wrote: who asks for what, when, and what the answer must be.

    A visitor is who is a member and steward of nothing. `at` is in the archive's zone; None: any time will do. `until`
    is the first day on which the memberships count no more. `place` says where the case stands, with its `because` as
    the message.
    """

    member_of: frozenset[str]
    steward_of: frozenset[str]
    condition: str
    allow: bool
    because: str
    place: Finding
    state: RecordState = RecordState.LIVE
    at: datetime | None = None
    blocked_in: frozenset[str] = frozenset()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that the files of an archive say.

    `packs` by id, in the order in which the archive lists them; `examples` by protocol. `advice` lists what is
    possible but may not be meant; nothing in it is a mistake.
    """

    folder: Path
    archive: Archive
    schema: Schema
    wiki: WikiConfig
    register: StoreConfig
    projection: StoreConfig
    federation: FederationConfig | None = None
    local_contexts: LocalContextsConfig | None = None
    rights: Rights | None = None
    packs: Mapping[str, Pack] = field(default_factory=dict)
    examples: Mapping[str, tuple[ProtocolExample, ...]] = field(default_factory=dict)
    advice: tuple[Finding, ...] = ()

    @property
    def register_url(self) -> str:
        """The address to connect to the register by, password included; never show it."""
        return self.register.connection_url()

    @property
    def projection_url(self) -> str:
        """The address to connect to the projection by, password included; never show it."""
        return self.projection.connection_url()
