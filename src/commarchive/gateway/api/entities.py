"""Reading entities: `wbgetentities`, `wbgetclaims`.

Knows: the filters of these modules. Must not know: who may see what; it is given what may be seen.
"""

from __future__ import annotations

from collections.abc import Iterable

from commarchive.gateway.api.calls import Call, Json, Module, page_info
from commarchive.model.ids import entity_of_statement, is_entity_id
from commarchive.projection.reader import Shown
from commarchive.sandbox.answers import ApiError, Raw, wikibase_error, worded_error
from commarchive.sandbox.languages import autonyms, fallback_chain
from commarchive.sandbox.messages import Message
from commarchive.sandbox.params import Param
from commarchive.wikibase.codec import encode_entity, encode_statements

_PROPS = ("info", "sitelinks", "sitelinks/urls", "aliases", "labels", "descriptions", "claims", "datatype")
_DEFAULT_PROPS = tuple(prop for prop in _PROPS if prop != "sitelinks/urls")


def get_entities(call: Call) -> Json:
    """Entities by their ids; one that does not exist, or that the caller may not know of, is missing."""
    args = call.args
    if args["ids"] is None:
        raise wikibase_error("param-missing", Message("wikibase-api-illegal-ids-or-sites-titles-selector"))
    ids = list(dict.fromkeys(_entity_id(text) for text in args["ids"]))
    shown = call.ask.view.entities(ids)
    entities = {id_: _entity(args, shown.get(id_)) or {"id": id_, "missing": ""} for id_ in ids}
    return {"entities": Raw(entities), "success": 1}


def _entity_id(text: str) -> str:
    id_ = text.strip().upper()
    if not is_entity_id(id_):
        raise no_such_entity(text)
    return id_


def no_such_entity(text: str) -> ApiError:
    """What is said of an id that is none, and of one that nothing may be known of."""
    message = Message("wikibase-api-no-such-entity", (text,))
    return wikibase_error("no-such-entity", message, data={"id": text})


def _entity(args: Json, shown: Shown | None) -> Json | None:
    if shown is None or (shown.asked != shown.entity.id and args["redirects"] == "no"):
        return None
    props, entity = set(args["props"]), shown.entity
    data: Json = {}
    if "info" in props:
        data = page_info(entity)
        if shown.asked != entity.id:
            data["redirects"] = {"from": shown.asked, "to": entity.id}
    encoded = encode_entity(entity)
    languages = args["languages"]
    data["type"] = encoded["type"]
    if "datatype" in encoded and "datatype" in props:
        data["datatype"] = encoded["datatype"]
    data["id"] = encoded["id"]
    for section in ("labels", "descriptions"):
        if section in props:
            data[section] = _in_languages(encoded[section], languages, fallback=args["languagefallback"])
    if "aliases" in props:
        aliases = encoded["aliases"]
        data["aliases"] = (
            aliases if languages is None else {code: aliases[code] for code in languages if code in aliases}
        )
    if "claims" in props:
        data["claims"] = encoded["claims"]
    if "sitelinks" in encoded and props & {"sitelinks", "sitelinks/urls"}:
        wanted = args["sitefilter"]
        links = encoded["sitelinks"].items()
        data["sitelinks"] = {site: link for site, link in links if wanted is None or site in wanted}
    return data


def _in_languages(terms: Json, languages: Iterable[str] | None, *, fallback: bool) -> Json:
    if languages is None:
        return terms
    result: Json = {}
    for language in languages:
        chain = fallback_chain(language) if fallback else (language,)
        found = next((code for code in chain if code in terms), None)
        if found == language:
            result[language] = terms[language]
        elif found is not None:
            result[language] = {**terms[found], "for-language": language}
    return result


def get_claims(call: Call) -> Json:
    """Statements of one entity, by property, rank or GUID."""
    args = call.args
    guid = args["claim"]
    if args["entity"] is None and guid is None:
        raise worded_error("param-missing", "either the entity or the claim must be named")
    owner = entity_of_statement(guid) if guid is not None else None
    if guid is not None and owner is None:
        raise wikibase_error("invalid-guid", Message("wikibase-api-invalid-guid"))
    if owner is not None and args["entity"] is not None and args["entity"].strip().upper() != owner:
        raise worded_error("param-illegal", "the entity and the claim must belong together")
    id_ = owner or _claims_id(args["entity"])
    prop = _claims_id(args["property"]) if args["property"] is not None else None
    shown = call.ask.view.entity(id_)
    if shown is None:
        raise no_such_entity(id_)
    if shown.asked != shown.entity.id:
        message = Message("wikibase-save-unresolved-redirect", (shown.asked, shown.entity.id))
        raise wikibase_error("unresolved-redirect", message)
    statements = [
        statement
        for statement in shown.entity.statements
        if (statement.id.upper() == guid.upper() if guid is not None else prop in (None, statement.property_id))
        and (guid is not None or args["rank"] in (None, str(statement.rank)))
    ]
    groups = encode_statements(statements)
    if "references" not in args["props"]:
        for group in groups.values():
            for statement_ in group:
                statement_.pop("references", None)
    return {"claims": Raw(groups)}


def _claims_id(text: str) -> str:
    id_ = text.strip().upper()
    if not is_entity_id(id_):
        raise worded_error("param-invalid", f"`{text}` is no entity's id")
    return id_


MODULES = {
    "wbgetentities": Module(
        get_entities,
        {
            "ids": Param(multi=True),
            "redirects": Param(choices=("yes", "no"), default="yes"),
            "props": Param(multi=True, choices=_PROPS, default=_DEFAULT_PROPS),
            "languages": Param(multi=True, choices=autonyms()),
            "languagefallback": Param("boolean"),
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
