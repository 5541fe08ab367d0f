"""The Action API's front: which module is meant, and how its answer is written.

Knows: every action, submodule and parameter that there is, and MediaWiki's order of checks.
Must not know: what modules do.

What is not listed does not exist: another action, format or submodule is answered as MediaWiki answers a word that it
does not know; a parameter that is not listed is passed over with MediaWiki's warning. So `generator`, `titles`,
`callback` or `origin` mean nothing here. A caller learns from none of this what the archive holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from commarchive.errors import ClosedError
from commarchive.gateway.api import entities, format_value, search, signin
from commarchive.gateway.api.calls import Call, Json, Module
from commarchive.gateway.api.meta import META
from commarchive.gateway.ask import Ask
from commarchive.identity.sessions import is_form_token
from commarchive.sandbox.answers import ApiError, failure, success
from commarchive.sandbox.params import Param, Reader
from commarchive.wikibase.transport import Response as Written

MODULES: Mapping[str, Module] = {
    **entities.MODULES,
    **search.MODULES,
    **format_value.MODULES,
    **signin.MODULES,
}
"""Every action but `query`, whose submodules are `META`."""

MAIN_PARAMETERS = frozenset(
    {"action", "format", "formatversion", "maxlag", "assert", "assertuser", "requestid", "uselang", "utf8", "ascii"}
)
"""Parameters of every action. `maxlag`, `utf8` and `ascii` are taken and change nothing."""

_QUERY = {
    "meta": Param(multi=True, choices=tuple(META)),
    "prop": Param(multi=True, choices=()),
    "list": Param(multi=True, choices=()),
    "generator": Param(choices=()),
    "continue": Param(),
    "rawcontinue": Param("boolean"),
}
_SECRET = frozenset({"token", "lgtoken", "lgpassword", "logintoken", "password"})
_HEADERS = {"content-type": "application/json; charset=utf-8"}


def action_api(ask: Ask) -> Response:
    """Answer one request to `api.php`."""
    given = {**ask.query, **ask.form}
    version = 2 if given.get("formatversion") in ("2", "latest") else 1
    call = Call(ask, given, version)
    try:
        result = _run(call)
    except ApiError as error:
        return _response(failure(error, version, _api_url(ask)))
    if "requestid" in given:
        result = {"requestid": given["requestid"], **result}
    return _response(success(result, call.warnings, version))


def api_error(error: Exception, status: int, ask: Ask) -> Response:
    """How errors of the API look that no module foresaw; they name nothing."""
    code = "closed" if isinstance(error, ClosedError) else "unforeseen" if status >= 500 else "refused"
    said = ApiError(f"internal_api_error_{code}", "The request could not be answered.", status=status)
    version = 2 if ask.query.get("formatversion") in ("2", "latest") else 1
    return _response(failure(said, version, _api_url(ask)))


def _run(call: Call) -> Json:
    _check_main(call.given)
    _check_assertions(call)
    action = call.given.get("action", "help")
    module = MODULES.get(action)
    if action != "query" and module is None:
        raise ApiError("badvalue", f'Unrecognized value for parameter "action": {action}.')
    _check_secrets(call)
    if module is None:
        return _query(call)
    _check_token(call, action, module)
    call.args = _reader(call, action).extract(module.params, module.prefix)
    _warn(call, [module])
    return module.handler(call)


def _query(call: Call) -> Json:
    args = _reader(call, "query").extract(_QUERY)
    wanted = [META[name] for name in args["meta"] or ()]
    _warn(call, wanted, extra=_QUERY)
    found: Json = {}
    for name, module in ((name, META[name]) for name in args["meta"] or ()):
        call.args = _reader(call, name).extract(module.params, module.prefix)
        found |= module.handler(call)
    return {"batchcomplete": True, "query": found} if wanted else {"batchcomplete": True}


def _reader(call: Call, module: str) -> Reader:
    return Reader(call.given, high_limits=False, warn=lambda text: call.warnings.say(module, text))


def _check_main(given: Mapping[str, str]) -> None:
    for name, choices in (("format", ("json",)), ("formatversion", ("1", "2", "latest"))):
        value = given.get(name, choices[0])
        if value not in choices:
            raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {value}.')
    if not given.get("maxlag", "0").lstrip("-").isdigit():
        raise ApiError("badinteger", f'Invalid value "{given["maxlag"]}" for integer parameter "maxlag".')


def _check_assertions(call: Call) -> None:
    wanted, session = call.given.get("assert"), call.ask.session
    match wanted:
        case "user" if session is None:
            raise ApiError("assertuserfailed", "You are no longer logged in, so the action could not be completed.")
        case "anon" if session is not None:
            raise ApiError("assertanonfailed", "You are no longer logged out, so the action could not be completed.")
        case "bot":
            raise ApiError("assertbotfailed", 'You do not have the "bot" right, so the action could not be completed.')
        case None | "user" | "anon":
            pass
        case _:
            raise ApiError("badvalue", f'Unrecognized value for parameter "assert": {wanted}.')
    name = call.given.get("assertuser")
    if name is not None and (session is None or session.person != name.replace("_", " ").strip()):
        text = f'You are no longer logged in as "{name}", so the action could not be completed.'
        raise ApiError("assertnameduserfailed", text)


def _check_secrets(call: Call) -> None:
    exposed = sorted(_SECRET & call.ask.query.keys())
    if exposed:
        names = ", ".join(exposed)
        raise ApiError(
            "mustpostparams",
            f"The following parameters were found in the query string, but must be in the POST body: {names}.",
        )


def _check_token(call: Call, action: str, module: Module) -> None:
    if module.post and call.ask.request.method != "POST":
        raise ApiError("mustbeposted", f'The "{action}" module requires a POST request.')
    if module.token is None:
        return
    given = call.given.get(module.token_name)
    if given is None:
        raise ApiError("missingparam", f'The "{module.token_name}" parameter must be set.')
    session = call.ask.session
    if session is None or not is_form_token(session.token, module.token, given.removesuffix("+\\")):
        raise ApiError("badtoken", "Invalid CSRF token.")


def _warn(call: Call, modules: Iterable[Module], *, extra: Iterable[str] = ()) -> None:
    known = {*MAIN_PARAMETERS, *extra, "token"}
    for module in modules:
        known |= {module.prefix + name for name in module.params}
    unknown = [name for name in call.given if name not in known]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        call.warnings.say("main", f"Unrecognized parameter{plural}: {', '.join(unknown)}.")


def _response(written: Written) -> Response:
    headers = dict(_HEADERS)
    if "mediawiki-api-error" in written.headers:
        headers["mediawiki-api-error"] = written.headers["mediawiki-api-error"]
    return Response(written.body, written.status, headers)


def _api_url(ask: Ask) -> str:
    return f"{ask.services.base_url}/w/api.php"
