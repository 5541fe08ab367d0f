"""Concept URIs and `Special:EntityData`, as far as JSON goes.

Knows: these addresses and their answers, as recorded. Must not know: the API.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import unquote

import orjson

from commarchive.model.ids import is_entity_id
from commarchive.sandbox.api import sender
from commarchive.sandbox.calls import Engine
from commarchive.sandbox.read import page_info
from commarchive.sandbox.session import Session
from commarchive.wikibase.transport import Request, Response

_ENTITY = "/entity/"
_DATA = "/wiki/Special:EntityData/"
_HTML = "text/html; charset=utf-8"
_OPEN = {"access-control-allow-origin": "*"}
_BY_TYPE = {
    "application/json": "json",
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdf",
    "application/ld+json": "jsonld",
    "text/html": "html",
}


def answer(engine: Engine, session: Session, request: Request) -> Response:
    """Answer a request for anything but the API."""
    path = unquote(request.path)
    if path.startswith(_ENTITY):
        return _see_other(f"{engine.settings.base_url}{_DATA}{path.removeprefix(_ENTITY)}")
    if not path.startswith(_DATA):
        return _page(404, "Not Found", "There is no such page in an embedded wiki.")
    with engine.store.read():
        if not sender(engine, session).may("read"):
            # MediaWiki answers its page of refusal with 200, whatever was asked for.
            return _page(200, "Permission error", "You need to sign in as somebody who may read.")
        return _entity_data(engine, path.removeprefix(_DATA), request)


def _entity_data(engine: Engine, name: str, request: Request) -> Response:
    entity_id, _, suffix = name.partition(".")
    entity_id = entity_id.strip().upper()
    if not is_entity_id(entity_id):
        return _page(400, "Bad Request", f"Invalid ID: {name.partition('.')[0]}.", _OPEN)
    page = engine.pages.find(entity_id)
    target = engine.pages.find(page.redirect) if page is not None and page.redirect else page
    if page is None or target is None or target.redirect:
        return _page(404, "Not Found", f"No entity with ID {entity_id} was found.", _OPEN)
    info = page_info(engine, target)
    modified = format_datetime(datetime.fromisoformat(info["modified"]), usegmt=True)
    if not suffix:
        wanted = next((form for kind, form in _BY_TYPE.items() if kind in request.headers.get("accept", "")), "json")
        where = f"{engine.settings.base_url}{_DATA}{entity_id}.{wanted}"
        fresh = {"last-modified": modified, "cache-control": "private, must-revalidate, max-age=0"}
        return _see_other(where, {**_OPEN, **fresh})
    if suffix != "json":
        text = f"The format {suffix} is not served by an embedded wiki; JSON is."
        return _page(415, "Unsupported Media Type", text, _OPEN)
    if page is not target:
        info["redirects"] = {"from": entity_id, "to": target.entity}
    body = orjson.dumps({"entities": {target.entity: {**info, **engine.pages.entity(target.latest)}}})
    headers = {
        **_OPEN,
        "content-type": "application/json; charset=UTF-8",
        "last-modified": modified,
        "cache-control": "private, no-cache, s-maxage=0",
    }
    return Response(200, body, headers)


def _see_other(where: str, headers: dict[str, str] | None = None) -> Response:
    return Response(303, b"", {"content-type": _HTML, "location": where, **(headers or {})})


def _page(status: int, title: str, text: str, headers: dict[str, str] | None = None) -> Response:
    html = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
        f"<body><h1>{title}</h1><p>{escape(text)}</p></body></html>\n"
    )
    return Response(status, html.encode(), {"content-type": _HTML, **(headers or {})})
