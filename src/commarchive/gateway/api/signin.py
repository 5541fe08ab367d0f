"""Signing in and out by the API: `login`, `clientlogin`, `logout`.

Knows: MediaWiki's answers to right and wrong passwords. Must not know: how they are checked.
"""

from __future__ import annotations

from commarchive.errors import RefusedError
from commarchive.gateway.api.calls import Call, Json, Module
from commarchive.gateway.signing import signed_in, signed_out
from commarchive.identity.attempts import TooManyAttemptsError
from commarchive.identity.sessions import is_form_token
from commarchive.sandbox.answers import ApiError
from commarchive.sandbox.params import Param

_WRONG = "Incorrect username or password entered.\nPlease try again."
_THROTTLED = "You have made too many recent login attempts.\nPlease wait before trying again."


def login(call: Call) -> Json:
    """Sign in by bot password, or by an account's own."""
    args = call.args
    if not args["token"]:
        return {"login": {"result": "NeedToken", "token": call.ask.token("login") + "+\\"}}
    if not _is_token(call, args["token"]):
        return {"login": {"result": "WrongToken"}}
    try:
        person = signed_in(call.ask, args["name"] or "", args["password"] or "")
    except TooManyAttemptsError as error:
        return {"login": {"result": "Throttled", "wait": error.retry_after}}
    except RefusedError:
        return {"login": {"result": "Failed", "reason": _WRONG.replace("\n", " ")}}
    return {"login": {"result": "Success", "lguserid": user_id(person), "lgusername": person}}


def client_login(call: Call) -> Json:
    """Sign in by an account's own password."""
    args = call.args
    if not args["loginreturnurl"] and not args["logincontinue"]:
        raise ApiError(
            "missingparam", 'At least one of the parameters "logincontinue" and "loginreturnurl" is required.'
        )
    if not _is_token(call, args["logintoken"] or ""):
        raise ApiError("badtoken", "Invalid CSRF token.")
    try:
        person = signed_in(call.ask, args["username"] or "", args["password"] or "")
    except TooManyAttemptsError:
        return {"clientlogin": {"status": "FAIL", "message": _THROTTLED, "messagecode": "login-throttled"}}
    except RefusedError:
        return {"clientlogin": {"status": "FAIL", "message": _WRONG, "messagecode": "wrongpassword"}}
    return {"clientlogin": {"status": "PASS", "username": person}}


def logout(call: Call) -> Json:
    """Sign out."""
    signed_out(call.ask)
    return {}


def user_id(person: str) -> int:
    """A number for a person, which clients want: made from the name alone."""
    return int.from_bytes(person.encode()[:64], "big") % 2_147_483_629 + 1


def _is_token(call: Call, given: str) -> bool:
    return is_form_token(call.ask.cookie, "login", given.removesuffix("+\\"))


MODULES = {
    "login": Module(
        login,
        {"name": Param(), "password": Param(), "token": Param(), "domain": Param()},
        prefix="lg",
        post=True,
    ),
    "clientlogin": Module(
        client_login,
        {
            "username": Param(),
            "password": Param(),
            "logintoken": Param(),
            "loginreturnurl": Param(),
            "logincontinue": Param("boolean"),
            "loginmessageformat": Param(),
            "loginrequests": Param(),
            "loginmergerequestfields": Param("boolean"),
            "loginpreservestate": Param("boolean"),
            "rememberMe": Param("boolean"),
        },
        post=True,
    ),
    "logout": Module(logout, post=True, token="csrf"),  # noqa: S106  a kind of token
}
