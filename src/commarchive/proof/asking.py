"""Asks an application in this process, as a browser would ask it over a network.

Knows: the interface between servers and applications (ASGI). Must not know: what is asked.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

_CLIENT, _SERVER = ("127.0.0.1", 50000), ("127.0.0.1", 8000)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; header names are in lower case, and of several headers of one name the last counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def ask(
    app: ASGIApp, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Answer:
    """One request; `path` may have a query."""
    return asyncio.run(_ask(app, path, method, {"host": "127.0.0.1", **(headers or {})}, body))


async def _ask(app: ASGIApp, path: str, method: str, headers: Mapping[str, str], body: bytes) -> Answer:
    raw, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": _CLIENT,
        "server": _SERVER,
    }
    messages: list[Message] = []
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start = messages[0]
    return Answer(
        status=start["status"],
        headers={name.decode().lower(): value.decode() for name, value in start.get("headers", ())},
        body=b"".join(message.get("body", b"") for message in messages[1:]),
    )
