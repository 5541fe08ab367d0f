"""One API call: who sends it, with which parameters, to which wiki; and what a module of the API is.

Knows: what all modules need. Must not know: any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from commarchive.sandbox.accounts import Accounts, Actor
from commarchive.sandbox.answers import Json, Warnings
from commarchive.sandbox.datatypes import Datatypes
from commarchive.sandbox.pages import Pages
from commarchive.sandbox.params import Param, Reader
from commarchive.sandbox.session import Session
from commarchive.sandbox.settings import WikiSettings
from commarchive.sandbox.statements import Statements
from commarchive.sandbox.store import Store
from commarchive.sandbox.terms import TermChanges

Clock = Callable[[], datetime]


class Engine:
    """A wiki's parts, put together."""

    def __init__(self, store: Store, settings: WikiSettings, clock: Clock) -> None:
        self.store = store
        self.settings = settings
        self.clock = clock
        self.accounts = Accounts(store, settings, self.stamp)
        self.pages = Pages(store, settings)
        self.datatypes = Datatypes(settings.limits, settings.entity_base, self.pages.exists, self.pages.link)
        self.statements = Statements(self.datatypes, self.pages.datatype_of, self.pages.link)
        self.terms = TermChanges(settings.limits.term)

    def stamp(self) -> str:
        """Now, as MediaWiki writes it."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def api_url(self) -> str:
        """Where the API is, as error answers say."""
        return f"{self.settings.base_url}/w/api.php"


@dataclass(slots=True)
class Call:
    """A call; `given` are all parameters as they came, `args` the module's own, extracted."""

    engine: Engine
    session: Session
    actor: Actor
    given: Mapping[str, str]
    version: int = 1
    warnings: Warnings = field(default_factory=Warnings)
    args: dict[str, Any] = field(default_factory=dict)

    @property
    def high_limits(self) -> bool:
        """Whether the caller may ask for many things at once."""
        return self.actor.may("apihighlimits")

    def extract(self, specs: Mapping[str, Param], prefix: str, module: str) -> dict[str, Any]:
        """A module's own parameters.

        Raises:
            ApiError: one is missing or bad.
        """
        reader = Reader(self.given, self.high_limits, lambda text: self.warnings.say(module, text))
        return reader.extract(specs, prefix)

    @property
    def store(self) -> Store:
        """The wiki's file."""
        return self.engine.store

    @property
    def pages(self) -> Pages:
        """The wiki's pages."""
        return self.engine.pages


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the API; `token` is the kind of token that it needs, `open_to_all` needs no right to read.

    `prefix` begins the names of its parameters; `token_name` is the name of the one that bears the token.
    """

    handler: Handler
    params: Mapping[str, Param] = field(default_factory=dict)
    token: str | None = None
    open_to_all: bool = False
    post: bool = False
    prefix: str = ""
    token_name: str = "token"  # noqa: S105
