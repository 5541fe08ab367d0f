"""The module `wbeditentity`: an entity is made or changed by JSON.

Knows: the change request's JSON and the order in which Wikibase looks at it. Must not know: how an edit is saved.
"""

from __future__ import annotations

from typing import Any

import orjson

from commarchive.sandbox.answers import ApiError, Json, Raw, wikibase_error, worded_error
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.datatypes import VALUE_TYPES
from commarchive.sandbox.editing import (
    EDIT_PARAMS,
    Draft,
    empty_entity,
    load,
    parse_entity_id,
    refuse_unpermitted,
    save,
)
from commarchive.sandbox.messages import Message
from commarchive.sandbox.params import Param
from commarchive.sandbox.patch import set_statement
from commarchive.sandbox.statements import BadStatementError, entity_of_guid, new_guid, read_statement
from commarchive.sandbox.summaries import edit_summary

_NAME = "wbeditentity"


def edit_entity(call: Call) -> Json:
    """Make or change an entity."""
    args = call.args
    with call.store.write():
        entity_id = _selected(call)
        draft = _new(call) if entity_id is None else load(call, entity_id, args["baserevid"])
        data = _decode(args["data"])
        _refuse_bad_data(call, data, draft)
        if draft.page is None and draft.entity["type"] == "property":
            draft.entity["datatype"] = data["datatype"]
        changes = _Changes(call, data)
        if args["clear"]:
            _clear(draft.entity)
        changes.apply(draft.entity)
        saved = save(
            call,
            draft,
            _NAME,
            lambda entity: edit_summary(draft.base, entity, args["summary"], cleared=args["clear"]),
        )
    # The answer shows the edit on the revision that it was based on, even where it was patched into a newer one.
    entity = {**draft.entity, "lastrevid": saved.revision}
    if not saved.changed:
        entity["nochange"] = "" if call.version == 1 else True
    return {"entity": Raw(entity), "success": 1}


def _selected(call: Call) -> str | None:
    args = call.args
    if (args["site"] is None) != (args["title"] is None):
        raise wikibase_error("param-missing", Message("wikibase-api-illegal-id-or-site-page-selector"))
    by_site = args["site"] is not None
    if (args["id"] is None) == (args["new"] is None) and not by_site:
        raise wikibase_error("param-illegal", Message("wikibase-api-illegal-id-or-site-page-selector"))
    if by_site and (args["id"] is not None or args["new"] is not None):
        raise wikibase_error("param-illegal", Message("wikibase-api-illegal-id-or-site-page-selector"))
    if by_site:
        linked = call.pages.entity_of_link(args["site"], args["title"])
        if linked is None:
            text = f"No entity found matching site link {args['site']}:{args['title']}"
            raise worded_error("no-such-entity-link", text)
        return linked
    return None if args["id"] is None else parse_entity_id(args["id"])


def _new(call: Call) -> Draft:
    kind = call.args["new"]
    if call.args["baserevid"]:
        raise worded_error("param-illegal", "a new entity is not based on a revision")
    refuse_unpermitted(call, "createpage", *(("property-create",) if kind == "property" else ()))
    return Draft(empty_entity(kind), None, 0, None)


def _decode(text: str) -> Json:
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        data = None
    if data is None:
        raise wikibase_error("invalid-json", Message("wikibase-api-invalid-json"))
    if data == []:
        return {}
    if isinstance(data, list):
        raise worded_error("not-recognized-string", "the data must be a JSON object, with keys")
    if not isinstance(data, dict):
        raise worded_error("not-recognized-array", "the data must be a JSON object")
    if "remove" in data:
        raise wikibase_error("not-recognized", Message("wikibase-api-illegal-entity-remove"))
    return data


def _refuse_bad_data(call: Call, data: Json, draft: Draft) -> None:
    entity_id, page = draft.entity["id"], draft.page
    if "id" in data:
        if not entity_id:
            raise worded_error("param-illegal", "a new entity's data must not have an `id`")
        if parse_entity_id(str(data["id"])) != entity_id:
            raise worded_error("param-invalid", "the data's `id` must be the entity's")
    if data.get("type", draft.entity["type"]) != draft.entity["type"]:
        raise worded_error("param-invalid", "the data's `type` must be the entity's")
    facts = {
        "pageid": page.id if page else 0,
        "ns": call.pages.namespace(entity_id) if page else None,
        "title": call.pages.title(entity_id) if page else None,
        "lastrevid": draft.base_revision,
    }
    for key, fact in facts.items():
        if data.get(key) is not None and data[key] != fact:
            raise worded_error("param-illegal", f"the data's `{key}` must be right or not be given")
    if call.args["clear"] and call.args["baserevid"] and page and page.latest != draft.base_revision:
        raise wikibase_error("editconflict", Message("wikibase-api-editconflict"))
    if page is None and draft.entity["type"] == "property" and data.get("datatype") not in tuple(VALUE_TYPES):
        raise wikibase_error("param-illegal", Message("wikibase-api-not-recognized-datatype"))


def _clear(entity: Json) -> None:
    for section in ("labels", "descriptions", "aliases", "claims", "sitelinks"):
        if section in entity:
            entity[section] = {}


class _Changes:
    """A change request whose shape has been seen to."""

    def __init__(self, call: Call, data: Json) -> None:
        self._call = call
        self._data = data
        call.engine.terms.check(data)
        _refuse_sitelinks(data)
        self._claims = [_read_claim(row) for row in _claim_rows(data)]

    def apply(self, entity: Json) -> None:
        """Change the entity."""
        self._call.engine.terms.apply(entity, self._data)
        for claim in self._claims:
            if isinstance(claim, str):
                remove_statement(entity, claim)
            else:
                put_statement(self._call, entity, claim)


def put_statement(call: Call, entity: Json, statement: Any, index: int | None = None) -> Json:
    """Validate a statement and put it into an entity; one without a GUID gets one.

    Raises:
        ApiError: `modification-failed`.
    """
    problem = call.engine.statements.problem(statement)
    if problem is not None:
        raise wikibase_error("modification-failed", problem)
    data = call.engine.statements.encode(statement)
    if statement.id:
        _refuse_bad_guid(entity, statement.id, statement.property_id)
    else:
        data = _with_id(data, new_guid(entity["id"]))
    set_statement(entity["claims"], data["id"], data, index)
    return data


def remove_statement(entity: Json, guid: str) -> Json:
    """Take a statement out of an entity and return it.

    Raises:
        ApiError: `modification-failed`: it has no such statement.
    """
    found = find_statement(entity, guid)
    if found is None:
        raise worded_error("modification-failed", f"the entity has no statement with GUID {guid}")
    set_statement(entity["claims"], guid, None)
    return found


def find_statement(entity: Json, guid: str) -> Json | None:
    """The statement with this GUID."""
    for group in entity["claims"].values():
        for statement in group:
            if statement["id"] == guid:
                found: Json = statement
                return found
    return None


def _refuse_bad_guid(entity: Json, guid: str, property_id: str) -> None:
    owner = entity_of_guid(guid)
    if owner is None:
        raise worded_error("modification-failed", "the statement's GUID cannot be read")
    if owner != entity["id"]:
        raise worded_error("modification-failed", "the statement's GUID is not one of this entity's")
    old = find_statement(entity, guid)
    if old is not None and old["mainsnak"]["property"] != property_id:
        text = f"the statement {guid} is about {old['mainsnak']['property']} and cannot be about {property_id}"
        raise worded_error("modification-failed", text)


def _with_id(data: Json, guid: str) -> Json:
    result: Json = {}
    for key, value in data.items():
        if key == "rank":
            result["id"] = guid
        result[key] = value
    return result


def _claim_rows(data: Json) -> list[Any]:
    claims = data.get("claims", [])
    if isinstance(claims, list):
        return claims
    if not isinstance(claims, dict):
        raise wikibase_error("not-recognized-array", Message("wikibase-api-not-recognized-array"))
    rows: list[Any] = []
    for group in claims.values():
        if not isinstance(group, list):
            raise wikibase_error("not-recognized-array", Message("wikibase-api-not-recognized-array"))
        rows += group
    return rows


def _read_claim(row: Any) -> Any:
    if isinstance(row, dict) and "remove" in row:
        if not isinstance(row.get("id"), str) or not row["id"]:
            raise worded_error("invalid-claim", "a statement is removed by its GUID")
        return row["id"]
    try:
        return read_statement(row)
    except BadStatementError as error:
        raise worded_error("invalid-claim", str(error)) from error


def _refuse_sitelinks(data: Json) -> None:
    links = data.get("sitelinks", {})
    if not isinstance(links, dict | list):
        raise wikibase_error("not-recognized-array", Message("wikibase-api-not-recognized-array"))
    for link in links.values() if isinstance(links, dict) else links:
        if not isinstance(link, dict):
            raise wikibase_error("not-recognized-array", Message("wikibase-api-not-recognized-array"))
        # No site is known to this wiki, so none can be linked to.
        raise ApiError("not-recognized-site", f"Unknown site: {link.get('site')}")


MODULE = Module(
    edit_entity,
    {
        "id": Param(),
        "new": Param(choices=("item", "property")),
        "site": Param(),
        "title": Param(),
        "data": Param(required=True),
        "clear": Param("boolean"),
        **EDIT_PARAMS,
    },
    token="csrf",  # noqa: S106  the kind of token, not a token
    post=True,
)
