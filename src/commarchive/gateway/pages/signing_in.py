"""Signing in and out by a form.

Knows: the form. Must not know: how a password is checked. Whatever is wrong, the words are the same.
"""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from commarchive.errors import RefusedError, WikiError
from commarchive.gateway.ask import Ask
from commarchive.gateway.pages.render import page
from commarchive.gateway.signing import check_origin, signed_in, signed_out
from commarchive.identity.attempts import TooManyAttemptsError
from commarchive.identity.sessions import is_form_token

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*\Z")
_LONGEST_PATH = 2000


def sign_in_form(ask: Ask) -> Response:
    """The form."""
    return _form(ask)


def sign_in(ask: Ask) -> Response:
    """Take the form."""
    if not is_form_token(ask.cookie, "form", ask.form.get("token", "")):
        return _form(ask, 403, problem="stale")
    try:
        signed_in(ask, ask.form.get("name", ""), ask.form.get("password", ""))
    except TooManyAttemptsError as error:
        response = _form(ask, 429, problem="attempts")
        response.headers["retry-after"] = str(error.retry_after)
        return response
    except RefusedError:
        return _form(ask, 403, problem="wrong")
    except WikiError:
        return _form(ask, 503, problem="wiki")
    return RedirectResponse(_then(ask), 303)


def sign_out(ask: Ask) -> Response:
    """End the session."""
    check_origin(ask)
    if ask.session is not None and not ask.session.accepts("form", ask.form.get("token", "")):
        raise HTTPException(403)
    signed_out(ask)
    return RedirectResponse("/", 303)


def _form(ask: Ask, status: int = 200, *, problem: str = "") -> Response:
    return page(
        ask,
        "sign_in.html",
        status,
        problem=problem,
        name=ask.form.get("name", ""),
        then=_then(ask),
        token=ask.token("form"),
    )


def _then(ask: Ask) -> str:
    """Where to go afterwards: a path of this archive, and nowhere else."""
    wanted = ask.form.get("then") or ask.query.get("then") or "/"
    return wanted if len(wanted) <= _LONGEST_PATH and _OWN_PATH.match(wanted) else "/"
