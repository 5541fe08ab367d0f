"""Asks an application in this process, as a browser would over the network: no socket, no account, no wiki.

Knows: ASGI. Must not know: what is asked, or what the answers mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from starlette.types import ASGIApp, Scope


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `path` is sent as it stands; `form`, if there is one, is posted as a browser posts it."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = ""

    @property
    def verb(self) -> str:
        """The HTTP method."""
        return self.method or ("GET" if self.form is None else "POST")

    @property
    def target(self) -> str:
        """Path and query as they travel."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; headers in the order of sending, names in small letters."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of a name; empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")


class Caller:
    """Asks one application, one question at a time; not to be shared between threads.

    Args:
        app: the application.
        base_url: the address that it is asked at.
        cookie: what the browser sends with every question.
    """

    def __init__(self, app: ASGIApp, base_url: str, *, cookie: str = "") -> None:
        self._app = app
        self._parts = urlsplit(base_url)
        self._cookie = cookie
        self._runner = asyncio.Runner()

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.close()

    def ask(self, question: Question) -> Answer:
        """Ask, and wait for the whole answer.

        Raises:
            Exception: whatever the application let out; a server would have answered 500.
        """
        return self._runner.run(self._ask(question))

    async def _ask(self, question: Question) -> Answer:
        body = urlencode(question.form).encode() if question.form is not None else b""
        incoming = [{"type": "http.request", "body": body, "more_body": False}]
        start: dict[str, Any] = {}
        chunks: list[bytes] = []

        async def receive() -> MutableMapping[str, Any]:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))

        await self._app(self._scope(question, body), receive, send)
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in start["headers"])
        return Answer(int(start["status"]), headers, b"".join(chunks))

    def _scope(self, question: Question, body: bytes) -> Scope:
        path, _, query = question.target.partition("?")
        headers = {"host": self._parts.netloc, "accept": "*/*", **question.headers}
        if self._cookie:
            headers.setdefault("cookie", self._cookie)
        if question.form is not None:
            headers |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
        raw = quote(path, safe="/%:;@&=+$,!*'()~").encode()
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": question.verb,
            "scheme": self._parts.scheme,
            "path": unquote(path),
            "raw_path": raw,
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
            "client": ("192.0.2.1", 50000),
            "server": (self._parts.hostname or "", self._parts.port or 80),
        }
