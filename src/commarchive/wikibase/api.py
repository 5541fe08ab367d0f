"""The Action API: one function that asks, one that changes, and what each failure means.

Knows: tokens, maxlag, rate limits, back-off, and when it is certain that a write changed nothing.
Must not know: entities, accounts, what is asked or changed.

A write is sent again only where the wiki itself said that it did nothing (maxlag, a rate limit, read-only, a stale
token, a lost session). Where that is not certain it raises `WikiOutcomeUnknownError`, and whoever asked has to look
before repeating: a create that was committed behind a 503 must not happen twice.

Sources: MediaWiki's `API:Etiquette`, `Manual:Maxlag parameter` (the error comes with HTTP 200) and `API:Errors`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from commarchive.errors import WikiOutcomeUnknownError, WikiRefusedError, WikiUnavailableError
from commarchive.wikibase.transport import Request, Response, Transport

Value = str | int | bool | Iterable[str] | None
"""A parameter: None and False leave it out, True is `1`, several texts are joined as MediaWiki wants them."""

Json = dict[str, Any]

T = TypeVar("T")

ANONYMOUS_TOKEN = "+\\"  # noqa: S105 - what MediaWiki gives to those who are not logged in

MOST_VALUES = 50
"""How many values a parameter takes from anybody."""

_LONGEST_QUERY = 2000
_BUSY = frozenset({"maxlag", "ratelimited", "readonly", "actionthrottledtext"})
_SESSION_LOST = frozenset(
    {"assertuserfailed", "assertbotfailed", "assertnameduserfailed", "readapidenied", "notloggedin"}
)


def chunks(values: Iterable[T], size: int = MOST_VALUES) -> Iterator[list[T]]:
    """The values in lists short enough for one request."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some


def flag(data: Json, name: str) -> bool:
    """Whether a flag is set: MediaWiki's older format sets it by an empty text, the newer one by true."""
    return name in data and data[name] is not False


class ActionApi:
    """The Action API behind a transport.

    `timeout` is in seconds for each request. `maxlag` (seconds) goes with every request, `assert_user` (a canonical
    user name) with every write. `tries` bounds how often a read, or a write that certainly changed nothing, is sent in
    all; waits grow exponentially from one second, follow `Retry-After`, and none is longer than `longest_wait`.
    `sign_in` is called once for a request whose session the wiki has forgotten.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        path: str = "/w/api.php",
        timeout: float = 30.0,
        maxlag: int | None = None,
        assert_user: str | None = None,
        tries: int = 5,
        longest_wait: float = 60.0,
        sign_in: Callable[[], object] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.transport = transport
        self.assert_user = assert_user
        self.sign_in = sign_in
        self._path = path
        self._timeout = timeout
        self._maxlag = maxlag
        self._tries = tries
        self._longest_wait = longest_wait
        self._sleep = sleep
        self._token: str | None = None

    def read(self, **params: Value) -> Json:
        """Ask something; by POST when the question is too long for an address.

        Raises:
            WikiUnavailableError: no answer, or only "later", in as many tries as are allowed.
            WikiRefusedError: the wiki answered with an error.
        """
        return self._patiently(lambda: self._with_session(lambda: self._ask(_texts(params))))

    def write(self, **form: Value) -> Json:
        """Change something, with a token.

        Raises:
            WikiUnavailableError: the wiki did nothing, and says to come back later (`retry_after` where it said when).
            WikiRefusedError: the wiki did nothing and answered with an error.
            WikiOutcomeUnknownError: it may or may not have happened; never send it again without looking.
        """
        return self._patiently(lambda: self._with_session(lambda: self._change(_texts(form))))

    def _ask(self, params: dict[str, str]) -> Json:
        params = self._common(params)
        long = len(urlencode(params)) > _LONGEST_QUERY
        request = Request("POST", self._path, form=params) if long else Request("GET", self._path, params=params)
        return self._unchanging(request)

    def post_once(self, **form: Value) -> Json:
        """Send a form that changes nothing, such as a login, once and whatever comes of it.

        Raises:
            WikiUnavailableError, WikiRefusedError: as `read`.
        """
        return self._unchanging(Request("POST", self._path, form=self._common(_texts(form))))

    def _unchanging(self, request: Request) -> Json:
        try:
            return self._answer(request)
        except WikiOutcomeUnknownError as error:
            raise WikiUnavailableError(str(error)) from error

    def _change(self, form: dict[str, str]) -> Json:
        form = self._common(form)
        if self.assert_user is not None:
            form["assertuser"] = self.assert_user
        fresh = self._token is None
        try:
            return self._answer(Request("POST", self._path, form={**form, "token": self._csrf_token()}))
        except WikiRefusedError as error:
            if error.code != "badtoken":
                raise
            self._token = None
            if fresh:
                raise
        return self._answer(Request("POST", self._path, form={**form, "token": self._csrf_token()}))

    def _csrf_token(self) -> str:
        if self._token is None:
            query = self._ask({"action": "query", "meta": "tokens", "type": "csrf"})
            token = query["query"]["tokens"]["csrftoken"]
            if token == ANONYMOUS_TOKEN:
                raise WikiRefusedError("notloggedin", "nobody is logged in, and no edit is made without an account")
            self._token = str(token)
        return self._token

    def _common(self, params: dict[str, str]) -> dict[str, str]:
        common = {"format": "json"} if self._maxlag is None else {"format": "json", "maxlag": str(self._maxlag)}
        return {**params, **common}

    def _with_session(self, call: Callable[[], Json]) -> Json:
        try:
            return call()
        except WikiRefusedError as error:
            if error.code not in _SESSION_LOST or self.sign_in is None:
                raise
        self._token = None
        self.sign_in()
        return call()

    def _patiently(self, call: Callable[[], Json]) -> Json:
        for attempt in range(1, self._tries + 1):
            try:
                return call()
            except WikiUnavailableError as error:
                wait = error.retry_after
                if wait is None:
                    # Spread out, so that several clients do not come back together.
                    wait = min(self._longest_wait, 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25))  # noqa: S311
                if attempt == self._tries or wait > self._longest_wait:
                    raise
                self._sleep(wait)
        raise AssertionError("at least one try is made")

    def _answer(self, request: Request) -> Json:
        response = self.transport.send(request, timeout=self._timeout)
        body = _object(response)
        if body is not None and "error" in body:
            raise _error(body["error"], response)
        if response.status == 429:
            raise WikiUnavailableError("the wiki asks for fewer requests", retry_after=_retry_after(response))
        if response.status >= 500 or response.status == 408:
            raise WikiOutcomeUnknownError(f"the wiki answered with HTTP {response.status}")
        if 300 <= response.status < 400:
            raise WikiRefusedError(
                "redirect",
                f"its address redirects to `{response.headers.get('location', '')}`",
                hint="use the address to which it redirects, if it is the wiki's",
            )
        if response.status >= 400:
            raise WikiRefusedError(f"http-{response.status}", "no answer of the API")
        if body is None:
            raise WikiOutcomeUnknownError(
                f"the wiki's answer is not JSON but `{response.headers.get('content-type', 'of an unknown type')}`",
                hint=f"is `{self._path}` below {self.transport.base_url} the wiki's API?",
            )
        return body


def _error(error: Json, response: Response) -> WikiUnavailableError | WikiRefusedError | WikiOutcomeUnknownError:
    code = str(error.get("code", "unknown"))
    info = str(error.get("info", ""))
    messages = [str(message.get("name", "")) for message in error.get("messages", ()) if isinstance(message, dict)]
    if code in _BUSY or not _BUSY.isdisjoint(messages):
        return WikiUnavailableError(f"the wiki answered `{code}`: {info}", retry_after=_retry_after(response, error))
    if code.startswith(("internal_api_error", "internal-error")):
        return WikiOutcomeUnknownError(f"the wiki broke off with `{code}`")
    return WikiRefusedError(code, info, messages=messages)


def _retry_after(response: Response, error: Json | None = None) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    if text:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            return None
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    lag = (error or {}).get("lag")
    return max(5.0, float(lag)) if isinstance(lag, int | float) else None


def _object(response: Response) -> Json | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _texts(params: dict[str, Value]) -> dict[str, str]:
    return {name: _text(value) for name, value in params.items() if value is not None and value is not False}


def _text(value: Value) -> str:
    if value is True:
        return "1"
    if isinstance(value, str | int):
        return str(value)
    texts = list(value or ())
    # A value with a pipe inside takes MediaWiki's other separator, which has to stand in front as well.
    return "".join(f"\x1f{text}" for text in texts) if any("|" in text for text in texts) else "|".join(texts)
