"""Whether the gateway is alive, and whether it still denies.

Knows: what is asked to find that out. Must not know: how anything is denied. The answer names nothing.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from commarchive.gateway.ask import Ask

_LISTED = 500


def healthy(ask: Ask) -> Response:
    """Well, if the archive answers and a visitor gets nothing of what the register and the wiki keep closed."""
    ask.keep_private = True
    projection = ask.services.projection
    closed = projection.closed_to_visitors()
    with projection.view(ask.services.identity.principal(None)) as view:
        served = view.entities(closed)
        named = view.labels(closed, ())
        listed = set(view.items(limit=_LISTED, newest_first=True).ids) & set(closed)
    if served or named or listed:
        return PlainTextResponse("not well\n", 503)
    return PlainTextResponse("well\n")
