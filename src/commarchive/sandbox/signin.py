"""Signing in and out: `login`, `clientlogin`, `logout`.

Knows: MediaWiki's answers to right and wrong passwords, as recorded. Must not know: how passwords are kept.
"""

from __future__ import annotations

from commarchive.sandbox.accounts import Account
from commarchive.sandbox.answers import ApiError, Json
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.params import Param

_WRONG = "Incorrect username or password entered.\nPlease try again."


def login(call: Call) -> Json:
    """Sign in with a bot password, or, deprecated but working in MediaWiki, with an account's own password."""
    args = call.args
    if not args["token"]:
        return {"login": {"result": "NeedToken", "token": call.session.token("login")}}
    if not call.session.accepts("login", args["token"]):
        return {"login": {"result": "WrongToken"}}
    accounts = call.engine.accounts
    name, password = args["name"] or "", args["password"] or ""
    with call.store.read():
        account = accounts.check_bot_password(name, password)
        bot = account is not None
        account = account or accounts.check_password(name, password)
    if account is None:
        return {"login": {"result": "Failed", "reason": _WRONG.replace("\n", " ")}}
    if not bot:
        text = (
            'Main-account login via "action=login" is deprecated and may stop working without warning. '
            'To continue login with "action=login", see bot passwords. To safely continue using main-account login, '
            'see "action=clientlogin".'
        )
        call.warnings.say("login", text)
    _sign_in(call, account, bot_password=bot)
    return {"login": {"result": "Success", "lguserid": account.id, "lgusername": account.name}}


def client_login(call: Call) -> Json:
    """Sign in with an account's own password."""
    args = call.args
    if not args["loginreturnurl"] and not args["logincontinue"]:
        raise ApiError(
            "missingparam", 'At least one of the parameters "logincontinue" and "loginreturnurl" is required.'
        )
    with call.store.read():
        account = call.engine.accounts.check_password(args["username"] or "", args["password"] or "")
    if account is None:
        return {"clientlogin": {"status": "FAIL", "message": _WRONG, "messagecode": "wrongpassword"}}
    _sign_in(call, account, bot_password=False)
    return {"clientlogin": {"status": "PASS", "username": account.name}}


def logout(call: Call) -> Json:
    """Sign out."""
    call.session.sign_out()
    return {}


def _sign_in(call: Call, account: Account, *, bot_password: bool) -> None:
    call.session.sign_in(account.id, account.token, bot_password=bot_password)


MODULES = {
    "login": Module(
        login, {"name": Param(), "password": Param(), "token": Param()}, open_to_all=True, post=True, prefix="lg"
    ),
    "clientlogin": Module(
        client_login,
        {
            "username": Param(),
            "password": Param(),
            "loginreturnurl": Param(),
            "logincontinue": Param("boolean"),
            "logintoken": Param(),
            "loginrequests": Param(),
            "loginmessageformat": Param(),
            "rememberMe": Param("boolean"),
        },
        token="login",  # noqa: S106  the kind of token, not a token
        token_name="logintoken",  # noqa: S106
        open_to_all=True,
        post=True,
    ),
    "logout": Module(logout, {"token": Param()}, token="csrf", open_to_all=True, post=True),  # noqa: S106
}
