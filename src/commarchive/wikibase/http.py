"""Carries requests to a wiki over HTTP.

Knows: sockets, TLS, timeouts, and whether a request can have reached the wiki before it failed.
Must not know: the Action API, retries, what an answer means.

One object is one session: it keeps its own cookies, reads no proxy and no password from the environment, follows no
redirect (an address that redirects is an address to correct, and a redirect could carry a password to another host),
and never waits longer than it was told, not even for an answer that trickles.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.exceptions import SSLError as TlsError

from commarchive.errors import UsageError, WikiOutcomeUnknownError, WikiUnavailableError
from commarchive.wikibase.transport import Request, Response

LARGEST_ANSWER = 256 * 1024 * 1024
"""Bytes; far beyond what fifty of the largest entities need."""

_CHUNK = 64 * 1024


class HttpTransport:
    """A session with the wiki at `base_url` (`https://archive.example`, without a trailing slash).

    `user_agent` names program, version and a contact, as Wikimedia demands of every client. `proxies` maps a scheme to
    a proxy's URL; `ca_bundle` is a file with the certificates to trust, None for the usual ones.

    Raises:
        UsageError: `base_url` is not an http or https address, or carries a name or password.
    """

    def __init__(
        self,
        base_url: str,
        user_agent: str,
        *,
        proxies: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UsageError(f"`{base_url}` is not an http or https address")
        if parts.username is not None or parts.password is not None:
            raise UsageError("a wiki's address must not carry a name or password")
        if not user_agent.strip():
            raise UsageError("a wiki's client needs a User-Agent that names program, version and contact")
        self.base_url = base_url.rstrip("/")
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = user_agent
        self._session.headers["Accept-Encoding"] = "gzip"
        self._session.proxies = dict(proxies or {})
        self._session.verify = ca_bundle or True

    def send(self, request: Request, *, timeout: float) -> Response:
        """Send one request; `timeout` is in seconds and counts for the whole exchange.

        Raises:
            WikiUnavailableError: it was never sent.
            WikiOutcomeUnknownError: it was sent, and no whole answer came.
        """
        deadline = self._clock() + timeout
        try:
            with self._session.request(
                request.method,
                self.base_url + request.path,
                params=dict(request.params) or None,
                data=dict(request.form) or None,
                headers=dict(request.headers),
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = self._body(answer, deadline)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status_code, body, headers)
        except requests.RequestException as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def _body(self, answer: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            body += chunk
            if self._clock() > deadline:
                raise WikiOutcomeUnknownError(f"the answer of {self.base_url} did not end in time")
            if len(body) > LARGEST_ANSWER:
                raise WikiOutcomeUnknownError(f"the answer of {self.base_url} is larger than any that makes sense")
        return bytes(body)

    def _failure(self, error: requests.RequestException) -> WikiUnavailableError | WikiOutcomeUnknownError:
        if _never_sent(error):
            return WikiUnavailableError(f"{self.base_url} cannot be reached: {_cause(error)}")
        return WikiOutcomeUnknownError(f"{self.base_url} gave no whole answer: {_cause(error)}")


def _never_sent(error: requests.RequestException) -> bool:
    # A reused connection that breaks may have carried the request; one that was never made cannot have.
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, (NewConnectionError, ConnectTimeoutError)):
        return True
    return isinstance(reason, TlsError) and any(isinstance(part, ssl.SSLCertVerificationError) for part in reason.args)


def _cause(error: requests.RequestException) -> str:
    # The texts of requests and urllib3 contain whole addresses with their parameters; the kind of failure says enough.
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    return type(reason if reason is not None else error).__name__
