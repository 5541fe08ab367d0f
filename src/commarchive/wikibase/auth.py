"""Signing in to a wiki, and asking a wiki whether a name and password belong together.

Knows: bot passwords (`action=login`), accounts (`action=clientlogin`), groups and blocks (`list=users`).
Must not know: entities, our roles, what a session is used for. Never puts a password into a message or a log.

Source: measured on a private MediaWiki 1.43, where the login token and both logins are all that is answered to
those who may not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from commarchive.errors import RefusedError, WikiRefusedError, WikiUnavailableError
from commarchive.wikibase.api import ActionApi, chunks, flag
from commarchive.wikibase.transport import Transport

_RETURN_URL = "https://example.org/"  # the API wants one; only logins that leave the wiki would use it


@dataclass(frozen=True, slots=True)
class WikiAccount:
    """An account by its canonical name; `groups` and `blocked` are filled in where `accounts` was asked."""

    name: str
    groups: frozenset[str] = field(default_factory=frozenset)
    blocked: bool = False


def login(transport: Transport, name: str, password: str) -> WikiAccount:
    """Sign the transport's session in: by bot password if the name is like `Name@bot`, else as an account.

    Raises:
        RefusedError: wrong name or password, blocked, too many attempts, or a login that wants more than a password.
        WikiUnavailableError, WikiRefusedError: the wiki does not answer, or not as a wiki.
    """
    api = ActionApi(transport, tries=3)
    token = api.read(action="query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]
    # Sent once: an attempt counts against the account, whether or not its answer arrives.
    if "@" in name:
        return WikiAccount(_bot_login(api.post_once(action="login", lgname=name, lgpassword=password, lgtoken=token)))
    answer = api.post_once(
        action="clientlogin", username=name, password=password, logintoken=token, loginreturnurl=_RETURN_URL
    )
    return WikiAccount(_client_login(answer))


def check_password(transport: Transport, name: str, password: str) -> WikiAccount:
    """Whose name and password these are; the transport's session is signed in by it and should be thrown away.

    Raises:
        RefusedError, WikiUnavailableError, WikiRefusedError: as `login`.
    """
    return login(transport, name, password)


def accounts(api: ActionApi, names: Iterable[str]) -> dict[str, WikiAccount | None]:
    """Groups and blocks by the names as given; None for a name that no account has. A partial block is a block."""
    found: dict[str, WikiAccount | None] = {}
    for some in chunks(names):
        query = api.read(action="query", list="users", ususers=some, usprop=["groups", "blockinfo"])["query"]
        renamed = {entry["from"]: entry["to"] for entry in query.get("normalized", ())}
        by_name = {user["name"]: user for user in query["users"]}
        for name in some:
            found[name] = _account(by_name.get(renamed.get(name, name)))
    return found


def _account(user: dict[str, Any] | None) -> WikiAccount | None:
    if user is None or flag(user, "missing") or flag(user, "invalid"):
        return None
    return WikiAccount(user["name"], frozenset(user.get("groups", ())), blocked="blockid" in user)


def _client_login(answer: dict[str, Any]) -> str:
    outcome = answer.get("clientlogin") or {}
    match outcome.get("status"):
        case "PASS":
            return _canonical(outcome.get("username"))
        case "FAIL":
            raise _refused(str(outcome.get("messagecode", "")), str(outcome.get("message", "")))
        case "UI" | "REDIRECT" | "RESTART":
            raise RefusedError(
                "the wiki wants more than a name and a password",
                hint="sign in on the wiki itself and make a bot password there",
            )
    raise WikiRefusedError("clientlogin", "an answer without a known status")


def _bot_login(answer: dict[str, Any]) -> str:
    outcome = answer.get("login") or {}
    match outcome.get("result"):
        case "Success":
            return _canonical(outcome.get("lgusername"))
        case "Throttled":
            raise _throttled(f"{outcome['wait']} seconds" if "wait" in outcome else "a while")
        case "Failed" | "Aborted" | "WrongPass" | "NotExists" | "WrongPluginPass" | "EmptyPass" | "Illegal" | "Blocked":
            reason = outcome.get("reason", "")
            raise _refused("", reason if isinstance(reason, str) else str(reason.get("text", "")))
        case "NeedToken" | "WrongToken":
            raise WikiUnavailableError("the wiki forgot the session in which the login began")
    raise WikiRefusedError("login", "an answer without a known result")


def _canonical(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise WikiRefusedError("login", "an answer that names nobody")
    return name


def _refused(code: str, message: str) -> RefusedError:
    if "throttled" in code:
        return _throttled("a while")
    if "blocked" in code or "blocked" in message.lower():
        return RefusedError("the account is blocked on the wiki")
    return RefusedError("wrong name or password")


def _throttled(wait: str) -> RefusedError:
    return RefusedError("too many attempts to sign in", hint=f"wait {wait} before you try again")
