"""Finding entities by label and alias: `wbsearchentities`.

Knows: what its answers look like. Must not know: how terms are found; it is given what may be found.
"""

from __future__ import annotations

from commarchive.gateway.api.calls import Call, Json, Module, page_id, title_of
from commarchive.model.entity import Entity, TermKind
from commarchive.projection.reader import Hit
from commarchive.sandbox.answers import Raw
from commarchive.sandbox.languages import autonyms, fallback_chain
from commarchive.sandbox.params import Param

_CONTINUE_MOST = 10_000


def search_entities(call: Call) -> Json:
    """Entities whose label or alias is, or begins with, the text."""
    args = call.args
    start, limit, language = args["continue"], args["limit"], args["language"]
    languages = (language,) if args["strictlanguage"] else (*fallback_chain(language), "mul")
    view = call.ask.view
    # One more than is asked for tells whether there are more.
    hits = view.suggest(args["search"], languages, type_=args["type"], offset=start, limit=limit + 1)
    shown = view.entities(hit.id for hit in hits[:limit])
    rows = [_row(call, hit, shown[hit.id].entity) for hit in hits[:limit] if hit.id in shown]
    result: Json = {"searchinfo": {"search": args["search"]}, "search": Raw(rows)}
    if len(hits) > limit and start + limit <= _CONTINUE_MOST:
        result["search-continue"] = start + limit
    return {**result, "success": 1}


def _row(call: Call, hit: Hit, entity: Entity) -> Json:
    base, title = call.ask.services.base_url, title_of(entity.id)
    row: Json = {"id": entity.id, "title": title, "pageid": page_id(entity.id)}
    if entity.datatype is not None:
        row["datatype"] = entity.datatype
    row |= {"concepturi": f"{base}/entity/{entity.id}", "repository": "local"}
    if "url" in call.args["props"]:
        row["url"] = f"{base}/wiki/{title}"
    chain = (*fallback_chain(call.given.get("uselang", call.args["language"])), "mul")
    display: Json = {}
    for kind, terms in (("label", entity.labels), ("description", entity.descriptions)):
        language = next((code for code in chain if code in terms), None)
        if language is not None:
            display[kind] = {"value": terms[language], "language": language}
            row[kind] = terms[language]
    row["display"] = display
    if hit.text == hit.id:
        return {**row, "match": {"type": "entityId", "text": hit.text}, "aliases": [hit.text]}
    kind = "label" if hit.kind is TermKind.LABEL else "alias"
    row["match"] = {"type": kind, "language": hit.language, "text": hit.text}
    if row.get("label") != hit.text:
        row["aliases"] = [hit.text]
    return row


MODULES = {
    "wbsearchentities": Module(
        search_entities,
        {
            "search": Param(required=True),
            "language": Param(required=True, choices=autonyms()),
            "strictlanguage": Param("boolean"),
            "type": Param(choices=("item", "property"), default="item"),
            "limit": Param("limit", default=7, least=0, most=50, most_high=50),
            "continue": Param("integer", default=0, least=0, most=_CONTINUE_MOST),
            "props": Param(multi=True, choices=("url",), default=("url",)),
            "profile": Param(choices=("default", "language"), default="default"),
        },
    )
}
