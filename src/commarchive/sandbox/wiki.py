"""The embedded wiki: one object that answers requests as a MediaWiki with Wikibase does, and is administered directly.

Knows: where things are on a wiki, and how faults strike. Must not know: what the API's modules do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from commarchive.errors import NotFoundError, RefusedError, WikiOutcomeUnknownError
from commarchive.sandbox import api, entitydata
from commarchive.sandbox.accounts import Actor
from commarchive.sandbox.calls import Engine
from commarchive.sandbox.faults import AFTER_COMMIT, Fault, FaultKind, Faults, SilenceError, response
from commarchive.sandbox.pages import Edit, Hidden
from commarchive.sandbox.putting import normal_entity
from commarchive.sandbox.session import Session
from commarchive.sandbox.settings import WikiSettings
from commarchive.sandbox.store import Store
from commarchive.wikibase.transport import Request, Response, Transport

_SYSTEM = "Maintenance script"


def _now() -> datetime:
    return datetime.now(UTC)


class Wiki:
    """A wiki in one SQLite file, for trying and testing; a real archive runs on a real Wikibase.

    Safe for several threads, and several processes may open the same file. `faults` holds what is to go wrong.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        settings: WikiSettings = WikiSettings(),  # noqa: B008  frozen
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Open the wiki's file, or make it.

        Raises:
            UsageError: it is some other file.
        """
        self._engine = Engine(Store(path), settings, clock)
        self.faults = Faults()

    @property
    def settings(self) -> WikiSettings:
        """What the wiki was opened with."""
        return self._engine.settings

    def close(self) -> None:
        """Close the file."""
        self._engine.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- requests ------------------------------------------------------------------------------------------------

    def handle(self, request: Request, session: Session) -> Response:
        """Answer one request of this session. An edit is committed before its answer is returned.

        Raises:
            SilenceError: a fault wants no answer to come.
        """
        if request.path not in ("/w/api.php", "/api.php"):
            return entitydata.answer(self._engine, session, request)
        given = {**request.params, **request.form}
        fault = self.faults.take(given.get("action", ""))
        if fault is None:
            return api.answer(self._engine, session, request)
        if fault.kind not in AFTER_COMMIT:
            early = self._strike(fault, given, session)
            return early if early is not None else api.answer(self._engine, session, request)
        usual = api.answer(self._engine, session, request)
        return self._strike(fault, given, session) or usual

    def _strike(self, fault: Fault, given: dict[str, str], session: Session) -> Response | None:
        if fault.kind is FaultKind.SESSION_LOST:
            session.sign_out()
        version = 2 if given.get("formatversion") in ("2", "latest") else 1
        return response(fault, version, self._engine.api_url, lambda: self._block_sender(session))

    def _block_sender(self, session: Session) -> None:
        account = self._engine.accounts.by_id(session.account_id)
        if account is not None:
            self.block(account.name, reason="a fault on demand")

    def transport(self) -> Transport:
        """A new session of this wiki, without network."""
        return EmbeddedTransport(self)

    # -- administration, without requests ------------------------------------------------------------------------

    def create_account(self, name: str, password: str, groups: Iterable[str] = ()) -> None:
        """Make an account.

        Raises:
            UsageError: name or password are impossible.
            ConflictError: there is such an account already.
        """
        self._engine.accounts.create(name, password, groups)

    def create_bot_password(self, name: str, app_id: str) -> str:
        """Make a bot password and return it; one signs in as `Name@app_id`.

        Raises:
            NotFoundError: there is no such account.
        """
        return self._engine.accounts.create_bot_password(name, app_id)

    def set_password(self, name: str, password: str) -> None:
        """Change a password; every session of the account ends.

        Raises:
            NotFoundError: there is no such account.
        """
        self._engine.accounts.set_password(name, password)

    def set_groups(self, name: str, groups: Iterable[str]) -> None:
        """Put an account into these groups and no others.

        Raises:
            NotFoundError: there is no such account.
        """
        self._engine.accounts.set_groups(name, groups)

    def block(self, name: str, *, reason: str = "") -> None:
        """Block an account from editing.

        Raises:
            NotFoundError: there is no such account.
        """
        self._engine.accounts.block(name, by=_SYSTEM, reason=reason)

    def unblock(self, name: str) -> None:
        """Lift a block.

        Raises:
            NotFoundError: there is no such account.
        """
        self._engine.accounts.unblock(name)

    def put(self, entity: dict[str, Any]) -> int:
        """Write an entity under the id that it has, as it is in Wikidata's JSON, and return the revision's id.

        What it refers to need not be here. Properties keep their datatype; snaks take theirs from properties put
        before, or say it themselves.

        Raises:
            RefusedError: the wiki's settings do not allow assigned ids.
            ValueError: it is no entity's JSON.
        """
        if not self.settings.assigned_ids:
            raise RefusedError("this wiki gives ids itself", hint="open it with `assigned_ids`")
        pages = self._engine.pages
        with self._engine.store.write():
            normal = normal_entity(self._engine, entity)
            page = pages.find(normal["id"])
            before = pages.entity(page.latest) if page is not None and page.redirect is None else None
            return pages.save(normal, self._maintenance("imported"), before).id

    def hide_revision(
        self,
        revision_id: int,
        *,
        text: bool = True,
        comment: bool = False,
        user: bool = False,
        suppress: bool = False,
        reason: str = "",
    ) -> None:
        """Hide parts of a revision, or show those not named again; `suppress` keeps that out of the public log.

        Raises:
            NotFoundError: there is no such revision.
        """
        pages = self._engine.pages
        with self._engine.store.write():
            revision = pages.revision(revision_id)
            page = pages.by_id(revision.page) if revision else None
            if revision is None or page is None:
                raise NotFoundError(f"there is no revision {revision_id}")
            if text and page.latest == revision_id:
                raise RefusedError("the text of a page's newest revision cannot be hidden")
            chosen = (
                (text, Hidden.TEXT), (comment, Hidden.COMMENT), (user, Hidden.USER), (suppress, Hidden.RESTRICTED)
            )  # fmt: skip
            hidden = Hidden(0)
            for wanted, part in chosen:
                hidden |= part if wanted else Hidden(0)
            pages.hide(revision, hidden, page, self._maintenance(reason))

    def delete(self, entity_id: str, *, suppress: bool = False, reason: str = "") -> None:
        """Delete an entity's page; `suppress` keeps that out of the recent changes and the public log.

        Raises:
            NotFoundError: there is no such entity.
        """
        pages = self._engine.pages
        with self._engine.store.write():
            page = pages.find(entity_id)
            if page is None:
                raise NotFoundError(f"there is no entity {entity_id}")
            pages.delete(page, self._maintenance(reason), suppress=suppress)

    def _maintenance(self, comment: str) -> Edit:
        return Edit(_MAINTENANCE, self._engine.stamp(), comment)


class _Maintenance(Actor):
    """The wiki's own hand."""

    @property
    def name(self) -> str:
        return _SYSTEM


_MAINTENANCE = _Maintenance(None, frozenset())


class EmbeddedTransport:
    """A session of an embedded wiki, as those who speak to a wiki want it."""

    def __init__(self, wiki: Wiki) -> None:
        self.base_url = wiki.settings.base_url
        self._wiki = wiki
        self._session = Session()

    def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ARG002  nothing here takes time
        """Answer one request.

        Raises:
            WikiOutcomeUnknownError: a fault wants no answer to come.
        """
        try:
            return self._wiki.handle(request, self._session)
        except SilenceError as error:
            raise WikiOutcomeUnknownError("the wiki gave no answer in time") from error
