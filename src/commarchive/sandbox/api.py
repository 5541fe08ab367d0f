"""The Action API's front: which module is meant, whether its caller may use it, how its answer is written.

Knows: MediaWiki's order of checks: assertions, module, token, right to read, POST; then the module's own parameters.
Must not know: what modules do.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Mapping

from commarchive.sandbox import (
    deletion,
    edit_claims,
    edit_entity,
    edit_terms,
    formatting,
    merging,
    query,
    read,
    search,
    signin,
)
from commarchive.sandbox.accounts import Actor, normalize_name
from commarchive.sandbox.answers import ApiError, failure, success
from commarchive.sandbox.calls import Call, Engine, Module
from commarchive.sandbox.params import words
from commarchive.sandbox.session import Session
from commarchive.wikibase.transport import Request, Response

MODULES: Mapping[str, Module] = {
    **signin.MODULES,
    **read.MODULES,
    **search.MODULES,
    **formatting.MODULES,
    **edit_terms.MODULES,
    **edit_claims.MODULES,
    **merging.MODULES,
    **deletion.MODULES,
    "query": query.MODULE,
    "wbeditentity": edit_entity.MODULE,
}
MAIN_PARAMETERS = frozenset(
    words(
        "action format formatversion maxlag smaxage maxage assert assertuser requestid servedby curtimestamp "
        "responselanginfo origin uselang variant errorformat errorlang errorsuselocal utf8 ascii callback crossorigin"
    )
)
_SECRET = {"token", "lgtoken", "lgpassword", "logintoken", "password"}
_ERROR_FORMATS = {"bc", "html", "none", "plaintext", "raw", "wikitext"}


def answer(engine: Engine, session: Session, request: Request) -> Response:
    """Answer one request to `api.php`."""
    given = {key: _composed(value) for key, value in {**request.params, **request.form}.items()}
    version = 2 if given.get("formatversion") in ("2", "latest") else 1
    error_format = given.get("errorformat", "bc")
    try:
        with engine.store.read():
            actor = sender(engine, session)
        call = Call(engine, session, actor, given, version)
        return _run(call, request)
    except ApiError as error:
        return failure(error, version, engine.api_url, error_format if error_format in _ERROR_FORMATS else "bc")
    except sqlite3.OperationalError as error:
        # Another process held the file for very long; nothing was written.
        trouble = ApiError(
            "internal_api_error_DBQueryError", f"the wiki's file cannot be used now ({error})", status=503
        )
        return failure(trouble, version, engine.api_url)


def _composed(text: str) -> str:
    # MediaWiki composes all that comes in, and replaces what is no character.
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())


def sender(engine: Engine, session: Session) -> Actor:
    """Who the session's requests come from; a session that a new password ended belongs to nobody."""
    account = engine.accounts.by_id(session.account_id) if session.account_id else None
    if session.account_id and (account is None or account.token != session.account_token):
        session.sign_out()
        account = None
    return engine.accounts.actor(account)


def _run(call: Call, request: Request) -> Response:
    given = call.given
    _check_main(given)
    _check_assertions(call)
    name = given.get("action", "help")
    module = MODULES.get(name)
    if module is None:
        raise ApiError("badvalue", f'Unrecognized value for parameter "action": {name}.')
    _check_token(call, module, request)
    if not call.actor.may("read") and not module.open_to_all and not (name == "query" and query.is_open_to_all(given)):
        raise ApiError("readapidenied", "You need read permission to use this module.")
    if module.post and request.method != "POST":
        raise ApiError("mustbeposted", f'The "{name}" module requires a POST request.')
    call.args = call.extract(module.params, module.prefix, name)
    _warn_of_unknown(call, name, module)
    result = module.handler(call)
    if "requestid" in given:
        result = {"requestid": given["requestid"], **result}
    return success(result, call.warnings, call.version)


def _check_main(given: Mapping[str, str]) -> None:
    if given.get("format", "json") != "json":
        raise ApiError("badvalue", f'Unrecognized value for parameter "format": {given["format"]}.')
    version = given.get("formatversion", "1")
    if version not in ("1", "2", "latest"):
        raise ApiError("badvalue", f'Unrecognized value for parameter "formatversion": {version}.')
    if given.get("errorformat", "bc") not in _ERROR_FORMATS:
        raise ApiError("badvalue", f'Unrecognized value for parameter "errorformat": {given["errorformat"]}.')
    if not given.get("maxlag", "0").lstrip("-").isdigit():
        raise ApiError("badinteger", f'Invalid value "{given["maxlag"]}" for integer parameter "maxlag".')


def _check_assertions(call: Call) -> None:
    wanted, actor = call.given.get("assert"), call.actor
    if wanted == "user" and actor.account is None:
        raise ApiError("assertuserfailed", "You are no longer logged in, so the action could not be completed.")
    if wanted == "anon" and actor.account is not None:
        raise ApiError("assertanonfailed", "You are no longer logged out, so the action could not be completed.")
    if wanted == "bot" and not actor.may("bot"):
        raise ApiError("assertbotfailed", 'You do not have the "bot" right, so the action could not be completed.')
    if wanted not in (None, "user", "anon", "bot"):
        raise ApiError("badvalue", f'Unrecognized value for parameter "assert": {wanted}.')
    name = call.given.get("assertuser")
    if name is not None and (actor.account is None or actor.account.name != normalize_name(name)):
        raise ApiError(
            "assertnameduserfailed", f'You are no longer logged in as "{name}", so the action could not be completed.'
        )


def _check_token(call: Call, module: Module, request: Request) -> None:
    exposed = _SECRET & set(request.params)
    if exposed:
        raise ApiError(
            "mustpostparams",
            "The following parameters were found in the query string, but must be in the POST body: "
            f"{', '.join(sorted(exposed))}.",
        )
    if module.token is None:
        return
    token = call.given.get(module.token_name)
    if token is None:
        raise ApiError("missingparam", f'The "{module.token_name}" parameter must be set.')
    if not call.session.accepts(module.token, token):
        raise ApiError("badtoken", "Invalid CSRF token.")


def _warn_of_unknown(call: Call, name: str, module: Module) -> None:
    known = MAIN_PARAMETERS | {module.prefix + param for param in module.params} | {module.token_name}
    if name == "query":
        known |= query.parameter_names(call.given)
    unknown = [key for key in call.given if key not in known]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        call.warnings.say("main", f"Unrecognized parameter{plural}: {', '.join(unknown)}.")
