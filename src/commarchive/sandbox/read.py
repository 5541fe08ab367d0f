"""Reading entities: `wbgetentities`, `wbgetclaims`.

Knows: the filters of these modules, and redirects. Must not know: how entities are changed or found.
"""

from __future__ import annotations

from typing import Any

from commarchive.sandbox.answers import Json, Raw, wikibase_error, worded_error
from commarchive.sandbox.calls import Call, Engine, Module
from commarchive.sandbox.editing import no_such_entity, parse_entity_id
from commarchive.sandbox.languages import autonyms, fallback_chain
from commarchive.sandbox.messages import Message
from commarchive.sandbox.pages import Page
from commarchive.sandbox.params import Param
from commarchive.sandbox.statements import entity_of_guid

_PROPS = ("info", "sitelinks", "sitelinks/urls", "aliases", "labels", "descriptions", "claims", "datatype")
_DEFAULT_PROPS = ("info", "sitelinks", "aliases", "labels", "descriptions", "claims", "datatype")


def get_entities(call: Call) -> Json:
    """Entities by their ids, or by pages of other sites that they are linked to."""
    args = call.args
    if args["ids"] is None and (not args["sites"] or not args["titles"]):
        raise wikibase_error("param-missing", Message("wikibase-api-illegal-ids-or-sites-titles-selector"))
    ids = []
    for text in args["ids"] or ():
        entity_id = text.strip().upper()
        try:
            entity_id = parse_entity_id(text)
        except Exception as error:
            message = Message("wikibase-api-no-such-entity", (text,))
            raise wikibase_error("no-such-entity", message, data={"id": text}) from error
        ids.append(entity_id)
    entities: Json = {}
    with call.store.read():
        for entity_id in dict.fromkeys(ids):
            entities[entity_id] = _entity(call, entity_id)
        unlinked = 0
        for site, title in _pairs(args["sites"] or (), args["titles"] or ()):
            linked = call.pages.entity_of_link(site, title)
            if linked is None:
                unlinked += 1
                entities[f"-{unlinked}"] = {"site": site, "title": title, "missing": ""}
            else:
                entities[linked] = _entity(call, linked)
    return {"entities": Raw(entities), "success": 1}


def _pairs(sites: Any, titles: Any) -> list[tuple[str, str]]:
    if len(sites) == 1:
        return [(sites[0], title) for title in titles]
    return list(zip(sites, titles, strict=False))


def _entity(call: Call, entity_id: str) -> Json:
    args = call.args
    page = call.pages.find(entity_id)
    source = page
    if page is not None and page.redirect is not None:
        page = call.pages.find(page.redirect) if args["redirects"] == "yes" else None
    if page is None or source is None or page.redirect is not None:
        return {"id": entity_id, "missing": ""}
    entity = page_info(call.engine, page) if "info" in args["props"] else {}
    if source.id != page.id and "info" in args["props"]:
        entity["redirects"] = {"from": entity_id, "to": page.entity}
    return entity | _filtered(call.pages.entity(page.latest), args)


def page_info(engine: Engine, page: Page) -> Json:
    """What a page has beside its entity."""
    modified = engine.store.value("SELECT timestamp FROM revision WHERE id = ?", (page.latest,))
    return {
        "pageid": page.id,
        "ns": engine.pages.namespace(page.entity),
        "title": engine.pages.title(page.entity),
        "lastrevid": page.latest,
        "modified": modified,
    }


def _filtered(entity: Json, args: Json) -> Json:
    props = set(args["props"])
    languages = args["languages"]
    result: Json = {"type": entity["type"]}
    if "datatype" in entity and "datatype" in props:
        result["datatype"] = entity["datatype"]
    result["id"] = entity["id"]
    for section in ("labels", "descriptions"):
        if section in props:
            result[section] = _in_languages(entity[section], languages, fallback=args["languagefallback"])
    if "aliases" in props:
        aliases = entity["aliases"]
        if languages is not None:
            aliases = {language: aliases[language] for language in languages if language in aliases}
        result["aliases"] = aliases
    if "claims" in props:
        result["claims"] = entity["claims"]
    if "sitelinks" in entity and props & {"sitelinks", "sitelinks/urls"}:
        wanted = args["sitefilter"]
        links = entity["sitelinks"]
        result["sitelinks"] = {site: link for site, link in links.items() if wanted is None or site in wanted}
    return result


def _in_languages(terms: Json, languages: list[str] | None, *, fallback: bool) -> Json:
    if languages is None:
        return terms
    result: Json = {}
    for language in languages:
        for candidate in fallback_chain(language) if fallback else (language,):
            if candidate not in terms:
                continue
            text = terms[candidate]["value"]
            if candidate == language:
                result[language] = {"language": language, "value": text}
            else:
                result[language] = {"value": text, "language": candidate, "for-language": language}
            break
    return result


def get_claims(call: Call) -> Json:
    """Statements of one entity, by property, rank or GUID."""
    args = call.args
    if args["entity"] is None and args["claim"] is None:
        raise worded_error("param-missing", "either the entity or the claim must be named")
    guid = args["claim"]
    owner = entity_of_guid(guid) if guid is not None else None
    if guid is not None and owner is None:
        raise wikibase_error("invalid-guid", Message("wikibase-api-invalid-guid"))
    if owner and args["entity"] is not None and args["entity"] != owner:
        raise worded_error("param-illegal", "the entity and the claim must belong together")
    entity_id = parse_entity_id(owner or args["entity"], "param-invalid")
    prop = parse_entity_id(args["property"], "param-invalid") if args["property"] is not None else None
    with call.store.read():
        page = call.pages.find(entity_id)
        if page is None:
            raise no_such_entity(entity_id)
        if page.redirect is not None:
            message = Message("wikibase-save-unresolved-redirect", (entity_id, page.redirect))
            raise wikibase_error("unresolved-redirect", message)
        claims = call.pages.entity(page.latest)["claims"]
    result: Json = {}
    for key, group in claims.items():
        kept = [
            _without_references(statement, args["props"])
            for statement in group
            if (guid is None or statement["id"] == guid)
            and (guid is not None or prop is None or key == prop)
            and (guid is not None or args["rank"] is None or statement["rank"] == args["rank"])
        ]
        if kept:
            result[key] = kept
    return {"claims": Raw(result)}


def _without_references(statement: Json, props: list[str]) -> Json:
    if "references" in props:
        return statement
    return {key: value for key, value in statement.items() if key != "references"}


MODULES = {
    "wbgetentities": Module(
        get_entities,
        {
            "ids": Param(multi=True),
            "sites": Param(multi=True),
            "titles": Param(multi=True),
            "redirects": Param(choices=("yes", "no"), default="yes"),
            "props": Param(multi=True, choices=_PROPS, default=_DEFAULT_PROPS),
            "languages": Param(multi=True, choices=autonyms()),
            "languagefallback": Param("boolean"),
            "normalize": Param("boolean"),
            "sitefilter": Param(multi=True),
        },
    ),
    "wbgetclaims": Module(
        get_claims,
        {
            "entity": Param(),
            "property": Param(),
            "claim": Param(),
            "rank": Param(choices=("deprecated", "normal", "preferred")),
            "props": Param(multi=True, choices=("references",), default=("references",)),
        },
    ),
}
