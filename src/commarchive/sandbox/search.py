"""Finding entities by label and alias: `wbsearchentities`.

Knows: how a Wikibase without a search engine matches (whole terms, then beginnings; upper and lower case differ) and
what its answers look like. Must not know: how terms get into the index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from commarchive.model.ids import entity_type, is_entity_id
from commarchive.sandbox.answers import Json, Raw
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.languages import autonyms, fallback_chain
from commarchive.sandbox.params import Param

_CONTINUE_MOST = 10_000
_LAST_WORD = re.compile(r".*\b(\w{2,})", re.DOTALL | re.ASCII)
_GREATEST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class _Match:
    entity: str
    kind: str
    language: str
    text: str


def search_entities(call: Call) -> Json:
    """Entities whose label or alias is, or begins with, the text; one whose id it is comes first."""
    args = call.args
    start, limit = args["continue"], args["limit"]
    with call.store.read():
        matches = _matches(call, start + limit + 1)
        rows = [_row(call, match) for match in matches[start : start + limit]]
    result: Json = {"searchinfo": {"search": args["search"]}, "search": Raw(rows)}
    if len(matches) > start + limit and start + limit <= _CONTINUE_MOST:
        result["search-continue"] = start + limit
    return {**result, "success": 1}


def _matches(call: Call, most: int) -> list[_Match]:
    args = call.args
    found: dict[str, _Match] = {}
    by_id = _match_by_id(call)
    if by_id is not None:
        found[by_id.entity] = by_id
    text = args["search"].strip()
    languages = (args["language"],) if args["strictlanguage"] else fallback_chain(args["language"])
    # Whole terms come before terms that only begin so, labels before aliases, nearer languages before farther ones.
    for exact in (True, False):
        for kind in ("label", "alias"):
            for language in languages:
                for entity, matched in _terms(call, kind, language, text, most + len(found), exact=exact):
                    found.setdefault(entity, _Match(entity, kind, language, matched))
                    if len(found) >= most:
                        return list(found.values())
    return list(found.values())


def _terms(call: Call, kind: str, language: str, text: str, most: int, *, exact: bool) -> list[tuple[Any, ...]]:
    if not text:
        return []
    condition, parameters = ("text = ?", [text]) if exact else ("text >= ? AND text < ?", [text, text + _GREATEST])
    return call.store.rows(
        f"""
        SELECT entity, min(text) FROM term WHERE type = ? AND kind = ? AND language = ? AND {condition}
        GROUP BY entity ORDER BY length(entity), entity LIMIT ?
        """,  # noqa: S608  the condition is ours, values are bound
        (call.args["type"], kind, language, *parameters, most),
    )


def _match_by_id(call: Call) -> _Match | None:
    text = call.args["search"].strip()
    last = _LAST_WORD.match(text)
    for candidate in (text.upper(), last.group(1).upper() if last else ""):
        if is_entity_id(candidate):
            if entity_type(candidate) == call.args["type"] and call.pages.exists(candidate):
                return _Match(candidate, "entityId", "", candidate)
            return None
    return None


def _row(call: Call, match: _Match) -> Json:
    settings = call.engine.settings
    page = call.pages.find(match.entity)
    title = call.pages.title(match.entity)
    row: Json = {"id": match.entity, "title": title, "pageid": page.id if page else 0}
    if page is not None and page.datatype is not None:
        row["datatype"] = page.datatype
    row |= {"concepturi": f"{settings.entity_base}{match.entity}", "repository": "local"}
    if "url" in call.args["props"]:
        row["url"] = f"{settings.base_url}/wiki/{title}"
    display = _display(call, match.entity)
    row["display"] = display
    row |= {kind: term["value"] for kind, term in display.items()}
    if match.kind == "entityId":
        row |= {"match": {"type": match.kind, "text": match.text}, "aliases": [match.text]}
        return row
    row["match"] = {"type": match.kind, "language": match.language, "text": match.text}
    if row.get("label") != match.text:
        row["aliases"] = [match.text]
    return row


def _display(call: Call, entity_id: str) -> Json:
    chain = fallback_chain(call.given.get("uselang", "en"))
    display: Json = {}
    for kind in ("label", "description"):
        sql = "SELECT language, text FROM term WHERE entity = ? AND kind = ?"
        terms = dict(call.store.rows(sql, (entity_id, kind)))
        language = next((code for code in chain if code in terms), None)
        if language is not None:
            display[kind] = {"value": terms[language], "language": language}
    return display


MODULES = {
    "wbsearchentities": Module(
        search_entities,
        {
            "search": Param(required=True),
            "language": Param(required=True, choices=autonyms()),
            "strictlanguage": Param("boolean"),
            "type": Param(choices=("item", "property"), default="item"),
            "limit": Param("limit", default=7, least=0, most=50, most_high=500),
            "continue": Param("integer", default=0, least=0, most=_CONTINUE_MOST),
            "props": Param(multi=True, choices=("url",), default=("url",)),
            "profile": Param(choices=("default", "language"), default="default"),
        },
    )
}
