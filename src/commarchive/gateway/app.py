"""The application: which path leads where.

Knows: paths. Must not know: what any of them serves.

Paths are exact: no trailing slash is mended, nothing is passed on to a wiki, and what is not listed here is not there.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from commarchive.gateway import data, health
from commarchive.gateway.api.action import action_api, api_error
from commarchive.gateway.ask import Services
from commarchive.gateway.errors import plain_error
from commarchive.gateway.exits import Exit, Handler
from commarchive.gateway.middleware import LARGEST_BODY, Headers
from commarchive.gateway.pages import lists, record, signing_in
from commarchive.gateway.pages.render import page_error
from commarchive.gateway.pages.static import static

_ROBOTS = "User-agent: *\nDisallow: /search\nDisallow: /browse?\nDisallow: /w/\nDisallow: /sign-in\n"


def create_app(services: Services) -> Starlette:
    """The gateway of one archive."""
    exit_ = Exit(services)

    def page(path: str, handler: Handler, *methods: str, needs_view: bool = True) -> Route:
        endpoint = exit_.endpoint(handler, errors=page_error, needs_view=needs_view)
        return Route(path, endpoint, methods=list(methods or ("GET",)))

    routes = [
        page("/", lists.home),
        page("/browse", lists.browse),
        page("/search", lists.search),
        page("/item/{id}", record.item),
        page("/property/{id}", record.property_),
        page("/sign-in", signing_in.sign_in_form, needs_view=False),
        page("/sign-in", signing_in.sign_in, "POST", needs_view=False),
        page("/sign-out", signing_in.sign_out, "POST", needs_view=False),
        Route("/entity/{id}", exit_.endpoint(data.concept, errors=data.data_error, needs_view=False)),
        Route(data.DATA_PATH + "{name}", exit_.endpoint(data.document, errors=data.data_error)),
        page("/wiki/{title}", record.wiki_page, needs_view=False),
        Route("/w/api.php", exit_.endpoint(action_api, errors=api_error), methods=["GET", "POST"]),
        Route("/healthz", exit_.endpoint(health.healthy, errors=plain_error, needs_view=False)),
        Route("/robots.txt", _robots),
        Route("/static/{name}", static),
    ]

    async def refused(request: Request, error: Exception) -> Response:
        return await exit_.refusal(request, error, page_error)

    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Headers, https=services.is_https),
            Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY),
        ],
        exception_handlers={HTTPException: refused},
    )
    app.router.redirect_slashes = False
    return app


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(_ROBOTS, headers={"cache-control": "public, max-age=3600"})
