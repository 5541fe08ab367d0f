"""The embedded wiki and its service account, for tests that read and write one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commarchive.sandbox import Wiki
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import login
from commarchive.wikibase.edit import WikiEditor
from commarchive.wikibase.transport import Transport

ACCOUNT, PASSWORD = "Commarchive", "correct-horse-7"
OTHER, OTHER_PASSWORD = "Vieno", "battery-staple-8"


@contextmanager
def open_wiki(path: Path) -> Iterator[Wiki]:
    """A wiki with the service account and one other custodian."""
    with Wiki(path) as wiki:
        wiki.create_account(ACCOUNT, PASSWORD, ["custodian", "bot"])
        wiki.create_account(OTHER, OTHER_PASSWORD, ["custodian", "sysop"])
        yield wiki


def sign_in(
    wiki: Wiki, name: str = ACCOUNT, password: str = PASSWORD, *, transport: Transport | None = None
) -> WikiEditor:
    """An editor whose account is signed in; waits take no time."""
    transport = transport or wiki.transport()
    account = login(transport, name, password)

    def again() -> None:
        login(transport, name, password)

    api = ActionApi(transport, assert_user=account.name, sign_in=again, sleep=lambda _: None)
    return WikiEditor(api, settle=0, sleep=lambda _: None)


def labelled(**labels: str) -> dict[str, object]:
    """Entity JSON with labels."""
    return {"labels": {lang: {"language": lang, "value": text} for lang, text in labels.items()}}
