"""The modules for statements: `wbcreateclaim`, `wbsetclaim`, `wbremoveclaims`.

Knows: their parameters, answers and summaries. Must not know: how an edit is saved.
"""

from __future__ import annotations

import orjson

from commarchive.model.entity import Snak, SnakKind, Statement
from commarchive.model.ids import is_property_id
from commarchive.sandbox.answers import Json, Raw, wikibase_error, worded_error
from commarchive.sandbox.calls import Call, Handler, Module
from commarchive.sandbox.datatypes import VALUE_TYPES
from commarchive.sandbox.edit_entity import find_statement, put_statement, remove_statement
from commarchive.sandbox.editing import EDIT_PARAMS, Saved, load, parse_entity_id, save
from commarchive.sandbox.formatting import plain_snak
from commarchive.sandbox.messages import Message
from commarchive.sandbox.params import Param
from commarchive.sandbox.statements import BadStatementError, entity_of_guid, read_snak, read_statement
from commarchive.sandbox.summaries import summary

_KINDS = ("value", "novalue", "somevalue")


def create_claim(call: Call) -> Json:
    """Add a statement with a main snak and nothing else."""
    args = call.args
    _refuse_bad_value(args["snaktype"], args["value"])
    with call.store.write():
        draft = load(call, parse_entity_id(args["entity"]), args["baserevid"])
        prop = parse_entity_id(args["property"])
        if not is_property_id(prop):
            raise wikibase_error("param-illegal", Message("wikibase-api-invalid-property-id"))
        snak = _snak(call, prop)
        data = put_statement(call, draft.entity, Statement("", snak))
        text = f"[[{call.pages.title(prop)}]]: {plain_snak(call.engine, snak)}"
        saved = save(
            call, draft, "wbcreateclaim", lambda _: summary("wbcreateclaim-create", args["summary"], said=[text])
        )
    return _answer(saved, data)


def _refuse_bad_value(kind: str, value: str | None) -> None:
    if kind == "value" and value is None:
        raise wikibase_error("param-missing", Message("wikibase-api-claim-value-missing"))
    if kind != "value" and value is not None:
        raise wikibase_error("param-illegal", Message("wikibase-api-claim-value-unexpected"))


def _snak(call: Call, prop: str) -> Snak:
    args = call.args
    if args["value"] is None:
        return Snak(prop, SnakKind(args["snaktype"]))
    try:
        value = orjson.loads(args["value"])
    except orjson.JSONDecodeError:
        raise wikibase_error("invalid-snak", Message("wikibase-api-invalid-snak")) from None
    datatype = call.pages.datatype_of(prop)
    if datatype is None:
        raise worded_error("no-such-entity", f"there is no property {prop}")
    value_type = VALUE_TYPES[datatype]
    data = {"snaktype": "value", "property": prop, "datavalue": {"type": value_type, "value": value}}
    return read_snak(data)


def set_claim(call: Call) -> Json:
    """Add a whole statement, or replace the one with its GUID."""
    args = call.args
    try:
        statement = read_statement(orjson.loads(args["claim"]))
    except (orjson.JSONDecodeError, BadStatementError) as error:
        raise worded_error("invalid-claim", f"the claim cannot be read: {error}") from error
    owner = entity_of_guid(statement.id)
    if owner is None:
        raise worded_error("invalid-claim", "a claim is set by its GUID")
    with call.store.write():
        draft = load(call, owner, args["baserevid"])
        if args["ignoreduplicatemainsnak"] and _has_main_snak(draft.entity, statement):
            call.warnings.add("wbsetclaim", Message("wikibase-setclaim-warning-duplicatemainsnak"))
            return {}
        old = find_statement(draft.entity, statement.id)
        data = put_statement(call, draft.entity, statement, args["index"])
        text = f"[[{call.pages.title(statement.property_id)}]]: {plain_snak(call.engine, statement.mainsnak)}"
        action, more = _set_action(old, data)
        saved = save(
            call,
            draft,
            "wbsetclaim",
            lambda _: summary(f"wbsetclaim-{action}", args["summary"], arguments=more, said=[text]),
        )
    return _answer(saved, data)


def _has_main_snak(entity: Json, statement: Statement) -> bool:
    group = entity["claims"].get(statement.property_id, ())
    return any(other["mainsnak"]["hash"] == statement.mainsnak.hash for other in group)


def _set_action(old: Json | None, new: Json) -> tuple[str, tuple[int, ...]]:
    if old is None:
        return "create", (1,)
    changed = [part for part in ("mainsnak", "qualifiers", "references", "rank") if old.get(part) != new.get(part)]
    if changed == ["rank"]:
        return "update-rank", (1,)
    if changed in (["qualifiers"], ["references"]):
        return f"update-{changed[0]}", (1, 1)
    return "update", (1,)


def remove_claims(call: Call) -> Json:
    """Take statements out of one entity."""
    args = call.args
    owners = {entity_of_guid(guid) for guid in args["claim"]}
    if None in owners or len(owners) != 1:
        raise wikibase_error("invalid-guid", Message("wikibase-api-invalid-guid"))
    with call.store.write():
        draft = load(call, str(owners.pop()), args["baserevid"])
        if any(find_statement(draft.entity, guid) is None for guid in args["claim"]):
            raise wikibase_error("invalid-guid", Message("wikibase-api-invalid-guid"))
        said = []
        for guid in args["claim"]:
            snak = read_snak(remove_statement(draft.entity, guid)["mainsnak"])
            said.append(f"[[{call.pages.title(snak.property_id)}]]: {plain_snak(call.engine, snak)}")
        saved = save(
            call, draft, "wbremoveclaims", lambda _: summary("wbremoveclaims-remove", args["summary"], said=said)
        )
    return {"pageinfo": {"lastrevid": saved.revision}, "success": 1, "claims": args["claim"]}


def _answer(saved: Saved, statement: Json) -> Json:
    return {"pageinfo": {"lastrevid": saved.revision}, "success": 1, "claim": Raw(statement)}


def _module(handler: Handler, params: dict[str, Param]) -> Module:
    return Module(handler, {**params, **EDIT_PARAMS}, token="csrf", post=True)  # noqa: S106


MODULES = {
    "wbcreateclaim": _module(
        create_claim,
        {
            "entity": Param(required=True),
            "snaktype": Param(required=True, choices=_KINDS),
            "property": Param(required=True),
            "value": Param(),
        },
    ),
    "wbsetclaim": _module(
        set_claim,
        {
            "claim": Param(required=True),
            "index": Param("integer"),
            "ignoreduplicatemainsnak": Param("boolean"),
        },
    ),
    "wbremoveclaims": _module(remove_claims, {"claim": Param(multi=True, required=True)}),
}
