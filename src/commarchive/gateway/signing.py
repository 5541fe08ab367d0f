"""Signing in and out, for the page and the API alike.

Knows: that a form from another site is refused, and that a new session is a new secret. Must not know: how forms look.
"""

from __future__ import annotations

from commarchive.errors import RefusedError
from commarchive.gateway.ask import Ask
from commarchive.identity.origin import is_own


def check_origin(ask: Ask) -> None:
    """Refuse what another site's page sends.

    Raises:
        RefusedError: the browser says that it comes from elsewhere.
    """
    headers = {name.lower(): value for name, value in ask.request.headers.items()}
    if not is_own(headers, frozenset({ask.services.base_url})):
        raise RefusedError("the form was sent by another site")


def signed_in(ask: Ask, name: str, password: str) -> str:
    """Sign somebody in, with a new secret in the browser's cookie; returns who.

    Raises:
        RefusedError: another site's form, wrong name or password, blocked, or too many attempts.
        WikiError: the wiki did not answer, or not as a wiki.
    """
    check_origin(ask)
    identity = ask.services.identity
    replacing = ask.cookie or None
    token = identity.sign_in(name, password, address=ask.address, replacing=replacing)
    session = identity.session(token)
    if session is None:
        raise RefusedError("the session ended as it began")
    ask.session, ask.cookie, ask.set_cookie = session, token, token
    return session.person


def signed_out(ask: Ask) -> None:
    """End the browser's session and take its cookie away."""
    if ask.cookie:
        ask.services.identity.sign_out(ask.cookie)
    ask.session, ask.cookie, ask.set_cookie = None, "", ""
