"""The embedded wiki over real HTTP on loopback, so that clients that know nothing of it can use it.

Knows: HTTP, cookies. Must not know: what is asked.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from commarchive.errors import WikiUnavailableError
from commarchive.sandbox.faults import SilenceError
from commarchive.sandbox.session import Session
from commarchive.sandbox.wiki import Wiki
from commarchive.wikibase.transport import Request, Response

COOKIE = "embedded_wiki_session"

_START_SECONDS = 10.0
_PATIENCE_SECONDS = 0.05
_SESSIONS_MOST = 10_000


class _Sessions:
    """Sessions by cookie; the oldest go when there are very many."""

    def __init__(self) -> None:
        self._by_cookie: dict[str, Session] = {}

    def find(self, cookie: str | None) -> tuple[str, Session, bool]:
        """The cookie, its session, and whether it is new; a cookie that is not known gets another."""
        if cookie is not None and cookie in self._by_cookie:
            return cookie, self._by_cookie[cookie], False
        cookie = secrets.token_urlsafe(32)
        self._by_cookie[cookie] = Session()
        if len(self._by_cookie) > _SESSIONS_MOST:
            del self._by_cookie[next(iter(self._by_cookie))]
        return cookie, self._by_cookie[cookie], True


def application(wiki: Wiki) -> Starlette:
    """The wiki as an ASGI application."""
    sessions = _Sessions()
    stopping = threading.Event()

    async def answer(http: HttpRequest) -> HttpResponse:
        form = await http.form()
        request = Request(
            http.method,
            http.url.path,
            dict(http.query_params),
            {key: value for key, value in form.items() if isinstance(value, str)},
            {key.lower(): value for key, value in http.headers.items()},
        )
        cookie, session, new = sessions.find(http.cookies.get(COOKIE))
        try:
            response = await run_in_threadpool(wiki.handle, request, session)
        except SilenceError:
            # The client waits until it gives up, or until the server stops.
            while not stopping.is_set() and not await http.is_disconnected():
                await asyncio.sleep(_PATIENCE_SECONDS)
            return HttpResponse(status_code=504)
        sent = HttpResponse(response.body, response.status, _headers(response, wiki.settings.base_url, http))
        if new:
            sent.set_cookie(COOKIE, cookie, httponly=True, samesite="lax")
        return sent

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "HEAD", "POST"])])
    app.state.stopping = stopping
    return app


def _headers(response: Response, base_url: str, http: HttpRequest) -> dict[str, str]:
    headers = dict(response.headers)
    location = headers.get("location", "")
    if location.startswith(base_url):
        # A redirect leads to where the wiki is served, not to what it calls itself.
        headers["location"] = str(http.base_url).rstrip("/") + location.removeprefix(base_url)
    return headers


@contextmanager
def serve(wiki: Wiki, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve the wiki as long as the block lasts; yields its base URL. Port 0 is any free one.

    What answers say of themselves begins with the wiki's own `base_url`; only redirects lead to where it is served.

    Raises:
        WikiUnavailableError: the address cannot be used.
    """
    # Told that this is TCP, asyncio sends answers at once; otherwise each would wait 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise WikiUnavailableError(f"`{host}:{port}` cannot be served at ({error.strerror})") from error
    app = application(wiki)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="embedded-wiki", daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        app.state.stopping.set()
        server.should_exit = True
        thread.join(_START_SECONDS)
        listener.close()


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    until = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise WikiUnavailableError("the embedded wiki could not be served")
        time.sleep(0.005)
