"""How an archive's wiki is reached: in this process for the embedded one, by HTTP for the others.

Knows: drivers, the service account, where its password is. Must not know: what is asked of the wiki.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from commarchive import __version__
from commarchive.errors import ConflictError, RefusedError, UsageError
from commarchive.manifest.config import Account, FederationConfig, FederationTarget, Manifest, WikiDriver
from commarchive.sandbox import WIKIDATA, Wiki, WikiSettings
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import login
from commarchive.wikibase.client import WikiClient
from commarchive.wikibase.edit import WikiEditor
from commarchive.wikibase.http import HttpTransport
from commarchive.wikibase.transport import Transport

SERVICE_ACCOUNT = "Commarchive"
USER_AGENT = f"commarchive/{__version__} (a community archive's gateway) requests"
SETTLE_SECONDS = 60.0
"""How long a wiki may go on working on a request whose client has gone; the embedded one works only when asked."""

_MAXLAG = 5
"""Seconds; what Wikimedia asks of whatever runs by itself."""

_PATIENT = 12
"""How often a busy target is asked again: lag there comes and goes in minutes."""

NewSession = Callable[[], Transport]
"""Opens a new session with a wiki, signed in as nobody."""


@dataclass(frozen=True, slots=True)
class WikiConnection:
    """A wiki, signed in as the service account; `new_session` opens others beside it.

    `settle`: how many seconds it may go on working on a request whose client has gone.
    """

    client: WikiClient
    editor: WikiEditor
    new_session: NewSession
    settle: float = SETTLE_SECONDS


@contextmanager
def connect(manifest: Manifest) -> Iterator[WikiConnection]:
    """The archive's own wiki.

    Raises:
        ManifestError: a secret cannot be resolved, or the service account is not named.
        RefusedError, WikiError: the wiki does not let the service account in.
    """
    config = manifest.wiki
    if config.driver is WikiDriver.EMBEDDED:
        with embedded_wiki(manifest) as wiki:
            password = _embedded_account(wiki, manifest.folder)
            yield _signed_in(wiki.transport, SERVICE_ACCOUNT, password, settle=0)
        return
    account = config.service_account
    if account is None or not config.url:
        raise UsageError(f"the driver `{config.driver}` needs `wiki.url` and `wiki.service_account`")
    yield _signed_in(lambda: HttpTransport(config.url, USER_AGENT), account.name, account.password.resolve().reveal())


@contextmanager
def embedded_wiki(manifest: Manifest) -> Iterator[Wiki]:
    """The file of the archive's embedded wiki."""
    wiki = Wiki(
        _file_of(manifest.wiki.url, manifest.folder / "wiki.db"),
        settings=WikiSettings(site_name=manifest.archive.id),
    )
    try:
        yield wiki
    finally:
        wiki.close()


@contextmanager
def connect_target(federation: FederationConfig, folder: Path, contact: str) -> Iterator[WikiConnection]:
    """The wiki that the archive publishes to; without an account it can be read, and nothing else.

    Args:
        federation: which wiki, and as whom.
        folder: the archive's.
        contact: an address at which those who run that wiki find those who use it.

    Raises:
        ManifestError: a secret cannot be resolved.
        RefusedError, WikiError: the wiki does not let the account in.
    """
    if federation.target is FederationTarget.EMBEDDED:
        wiki = Wiki(_file_of(federation.url, folder / "target.db"), settings=WIKIDATA)
        try:
            password = _embedded_account(wiki, folder, name="target")
            yield _signed_in(wiki.transport, SERVICE_ACCOUNT, password, maxlag=_MAXLAG, settle=0)
        finally:
            wiki.close()
        return

    def new_session() -> Transport:
        return HttpTransport(federation.url, user_agent(contact))

    account: Account | None = federation.account
    if account is None:
        api = ActionApi(new_session(), maxlag=_MAXLAG)
        yield WikiConnection(WikiClient(api), WikiEditor(api), new_session)
        return
    yield _signed_in(new_session, account.name, account.password.resolve().reveal(), maxlag=_MAXLAG, tries=_PATIENT)


def user_agent(contact: str) -> str:
    """Who asks, as Wikimedia demands of every client: program and version, a contact, the library and its version."""
    return f"commarchive/{__version__} ({contact}) requests/{requests.__version__}"


def _signed_in(
    new_session: NewSession,
    name: str,
    password: str,
    *,
    maxlag: int | None = None,
    settle: float = SETTLE_SECONDS,
    tries: int = 5,
) -> WikiConnection:
    transport = new_session()
    account = login(transport, name, password)
    api = ActionApi(
        transport,
        maxlag=maxlag,
        assert_user=account.name,
        tries=tries,
        sign_in=lambda: _again(transport, name, password),
    )
    return WikiConnection(WikiClient(api), WikiEditor(api, settle=settle), new_session, settle)


def _again(transport: Transport, name: str, password: str) -> None:
    login(transport, name, password)


def _embedded_account(wiki: Wiki, folder: Path, *, name: str = "wiki") -> str:
    """The password of the service account, which is made on first use."""
    file = folder / "secrets" / f"{name}-{SERVICE_ACCOUNT.lower()}"
    password = _kept_secret(file)
    try:
        wiki.create_account(SERVICE_ACCOUNT, password, ["custodian", "bot"])
    except ConflictError:
        try:
            login(wiki.transport(), SERVICE_ACCOUNT, password)
        except RefusedError:
            # The password's file was lost or replaced: what it holds now counts, since whoever may write it owns both.
            wiki.set_password(SERVICE_ACCOUNT, password)
    return password


def _kept_secret(file: Path) -> str:
    """What a file holds, or a new secret that it holds from now on; nobody else may read it.

    Raises:
        UsageError: others may read the file.
    """
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if not file.exists():
        # Written aside and linked: a crash, or another process, finds no file or a whole one.
        with tempfile.NamedTemporaryFile("w", dir=file.parent) as made:
            made.write(secrets.token_urlsafe(24))
            made.flush()
            os.fsync(made.fileno())
            with suppress(FileExistsError):
                file.hardlink_to(made.name)
    if file.stat().st_mode & 0o077:
        raise UsageError(f"`{file.name}` may be read by others", hint=f"chmod 600 {file}")
    return file.read_text().strip()


def _file_of(url: str, default: Path) -> Path:
    return Path(url.removeprefix("sqlite:///")) if url else default
