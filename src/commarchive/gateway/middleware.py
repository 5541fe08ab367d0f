"""What holds for every answer and every request, whoever handles it.

Knows: headers and sizes. Must not know: what is asked.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request's body."""

SECURITY_HEADERS = {
    # No script at all, nothing from elsewhere, and nobody may frame a page.
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # The address of a record is not told to the sites that it links to.
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Headers:
    """Adds the security headers, keeps what no handler marked out of every cache, and sends no body for HEAD."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "private, no-store")
                if self._https:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, sending)
