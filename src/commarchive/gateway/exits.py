"""How a handler becomes an endpoint: who asks is found out, the view is opened, the answer is marked for caches.

Knows: the order in which that happens, and that an error at any point is an answer without content.
Must not know: what any handler does. A handler is given an `Ask` and nothing else, so it can only serve what it sees.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from commarchive.gateway import languages
from commarchive.gateway.ask import Ask, Services
from commarchive.gateway.errors import ErrorForm, error_response

Handler = Callable[[Ask], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

PUBLIC = "public, no-cache"
"""Anybody may keep it, and has to ask whether it still holds before using it."""
PRIVATE = "private, no-store"

_VARY = "Cookie, Accept, Accept-Language"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{20,256}\Z")


@dataclass(frozen=True)
class Exit:
    """Makes endpoints that serve from one archive."""

    services: Services

    def endpoint(self, handler: Handler, *, errors: ErrorForm, needs_view: bool = True) -> Endpoint:
        """An endpoint; `errors` says how its errors look."""

        async def answer(request: Request) -> Response:
            try:
                form = await _form(request)
            except HTTPException as error:
                return await self.refusal(request, error, errors)
            return await run_in_threadpool(self._answer, request, form, handler, errors, needs_view)

        return answer

    async def refusal(self, request: Request, error: Exception, errors: ErrorForm) -> Response:
        """The answer to a request that no endpoint takes."""
        ask = self._ask(request, {})
        return self._finished(await run_in_threadpool(error_response, error, errors, ask), ask)

    def _answer(
        self,
        request: Request,
        form: Mapping[str, str],
        handler: Handler,
        errors: ErrorForm,
        needs_view: bool,  # noqa: FBT001
    ) -> Response:
        ask = self._ask(request, form)
        try:
            ask.session = self.services.identity.session(ask.cookie)
            ask.principal = self.services.identity.principal(ask.session)
            with self.services.projection.view(ask.principal) if needs_view else nullcontext() as view:
                ask._view = view  # noqa: SLF001  set once, here
                response = handler(ask)
        except Exception as error:  # noqa: BLE001  whatever goes wrong, nothing of it gets out
            response = error_response(error, errors, ask)
            ask.keep_private = True
        return self._finished(response, ask)

    def _ask(self, request: Request, form: Mapping[str, str]) -> Ask:
        offered = self.services.archive.languages
        cookie = request.cookies.get(self.services.session_cookie, "")
        return Ask(
            request=request,
            services=self.services,
            form=form,
            session=None,
            principal=self.services.identity.principal(None),
            reader=languages.reader_of(request, offered),
            cookie=cookie if _COOKIE_VALUE.match(cookie) else "",
        )

    def _finished(self, response: Response, ask: Ask) -> Response:
        response.headers["vary"] = _VARY
        if ask.set_cookie is not None:
            self._set_cookie(response, ask.set_cookie)
        if not ask.is_public or response.status_code >= 400:
            response.headers["cache-control"] = PRIVATE
            return response
        response.headers["cache-control"] = PUBLIC
        if response.status_code == 200:
            tag = f'"{sha256(bytes(response.body)).hexdigest()[:32]}"'
            response.headers["etag"] = tag
            if tag in _tags(ask.request):
                kept = ("cache-control", "etag", "vary", "access-control-allow-origin")
                return Response(None, 304, {name: response.headers[name] for name in kept if name in response.headers})
        return response

    def _set_cookie(self, response: Response, value: str) -> None:
        name, max_age = self.services.session_cookie, None if value else 0
        response.set_cookie(
            name, value, max_age, path="/", httponly=True, secure=self.services.is_https, samesite="lax"
        )


async def _form(request: Request) -> Mapping[str, str]:
    if request.method != "POST" or request.headers.get("content-type", "").partition(";")[0].strip() not in _FORMS:
        return {}
    try:
        async with request.form(max_files=20, max_fields=200) as form:
            return {
                name: value if isinstance(value, str) else (await value.read()).decode("utf-8", "replace")
                for name, value in form.items()
            }
    except MultiPartException as error:
        raise HTTPException(400, "the form cannot be read") from error


def _tags(request: Request) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
