"""Linked data: concept URIs, and the documents that describe an entity, as a Wikibase has them.

Knows: these addresses and formats. Must not know: who may see what; it is given what may be seen.

The address of a document says nothing of whether there is one: redirects are made from the words of the address alone.
Old revisions are not served at all.
"""

from __future__ import annotations

from html import escape

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from commarchive.errors import NotFoundError
from commarchive.gateway.api.calls import page_info
from commarchive.gateway.ask import Ask
from commarchive.model.entity import Entity
from commarchive.model.ids import is_entity_id
from commarchive.projection.reader import Shown
from commarchive.wikibase.codec import encode_entity
from commarchive.wikibase.rdf import FORMATS

MEDIA_TYPES = {
    "json": "application/json",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "html": "text/html",
}
"""Endings of addresses, in the order in which they are preferred where a client takes several equally."""

DATA_PATH = "/wiki/Special:EntityData/"

_ALSO = {"application/xml": "rdf", "text/n3": "ttl", "text/plain": "nt", "application/xhtml+xml": "html"}


def concept(ask: Ask) -> Response:
    """`/entity/Q7`: see the document in the format that the client prefers."""
    id_ = _id(ask.request.path_params["id"])
    return _see(ask, id_, _preferred(ask))


def document(ask: Ask) -> Response:
    """`/wiki/Special:EntityData/Q7.ttl`, or without an ending."""
    name, dot, ending = ask.request.path_params["name"].partition(".")
    id_ = _id(name)
    if "revision" in ask.query or "oldid" in ask.query:
        raise HTTPException(400, "Old revisions are not served.")
    flavor = ask.query.get("flavor", "full")
    if flavor not in ("full", "dump"):
        raise HTTPException(400, "The flavors are full and dump.")
    if not dot:
        return _see(ask, id_, _preferred(ask))
    if ending == "html":
        kind = "property" if id_.startswith("P") else "item"
        return RedirectResponse(f"{ask.services.base_url}/{kind}/{id_}", 303)
    if ending not in MEDIA_TYPES:
        raise HTTPException(415, f"The formats are {', '.join(MEDIA_TYPES)}.")
    shown = ask.view.entity(id_)
    if shown is None:
        raise NotFoundError(id_)
    body = _json(shown) if ending == "json" else _rdf(ask, shown, ending, described=flavor == "full")
    response = Response(body, headers={"content-type": f"{MEDIA_TYPES[ending]}; charset=utf-8"})
    if ask.is_public:
        # Any page on the web may read what everybody may read; never what a reader's own cookie opens.
        response.headers["access-control-allow-origin"] = "*"
    return response


def data_error(error: Exception, status: int, _ask: Ask) -> Response:
    """How errors of documents look: as a Wikibase's; what may not be known of is said not to be found."""
    title, text = {404: "Not Found", 400: "Bad Request", 415: "Unsupported Media Type"}.get(status, "Error"), ""
    if isinstance(error, NotFoundError):
        text = f"No entity with ID {error} was found."
    elif isinstance(error, HTTPException):
        text = error.detail
    body = (
        f'<!DOCTYPE html>\n<html><head><title>{title}</title><meta name="color-scheme" content="light dark" /></head>\n'
        f"<body><h1>{title}</h1><p>{escape(text, quote=False)}</p></body></html>\n"
    )
    return Response(body, status, {"content-type": "text/html; charset=utf-8"})


def mentioned(ask: Ask, entity: Entity) -> list[Entity]:
    """The entities that an entity speaks of, as its reader sees them: properties, values, units."""
    ids: dict[str, None] = {}
    for statement in entity.statements:
        for snak in statement.snaks():
            ids[snak.property_id] = None
            if snak.value is not None and snak.value.entity_id is not None:
                ids[snak.value.entity_id] = None
            elif snak.value is not None and snak.value.type == "quantity":
                ids |= dict.fromkeys(ask.view.entities_in(snak.value.value["unit"]))
    return [shown.entity for shown in ask.view.entities(ids).values()]


def _json(shown: Shown) -> bytes:
    entity = shown.entity
    info = page_info(entity)
    if shown.asked != entity.id:
        info["redirects"] = {"from": shown.asked, "to": entity.id}
    return orjson.dumps({"entities": {entity.id: {**info, **encode_entity(entity)}}})


def _rdf(ask: Ask, shown: Shown, ending: str, *, described: bool) -> bytes:
    writer = ask.services.rdf
    others = mentioned(ask, shown.entity) if described else []
    redirects = [shown.asked] if shown.asked != shown.entity.id else []
    return writer.write(writer.document(shown.entity, others, redirects), ending)


def _id(text: str) -> str:
    id_ = text.strip().upper()
    if not is_entity_id(id_):
        raise HTTPException(400, f"Invalid ID: {text}.")
    return id_


def _see(ask: Ask, id_: str, ending: str) -> Response:
    return RedirectResponse(f"{ask.services.base_url}{DATA_PATH}{id_}.{ending}", 303)


def _preferred(ask: Ask) -> str:
    wanted = {kind: ending for ending, kind in MEDIA_TYPES.items()} | _ALSO
    order = list(MEDIA_TYPES)
    best: tuple[float, int] = (0.0, 0)
    chosen = "json"
    for part in ask.request.headers.get("accept", "*/*").split(",")[:50]:
        kind, *parameters = (word.strip().lower() for word in part.split(";"))
        weight = _weight(parameters)
        ending = wanted.get(kind)
        if ending is not None and (weight, -order.index(ending)) > best:
            best, chosen = (weight, -order.index(ending)), ending
    return chosen


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


assert FORMATS.keys() < MEDIA_TYPES.keys()  # noqa: S101  every format of RDF has its media type
