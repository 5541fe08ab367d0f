"""Two items made one: `wbmergeitems`, `wbcreateredirect`.

Knows: what Wikibase moves where, and which conflicts it refuses. Must not know: how an edit is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from commarchive.model.ids import entity_type, is_item_id
from commarchive.sandbox.answers import ApiError, Json, wikibase_error, worded_error
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.editing import (
    edit_of,
    empty_entity,
    load,
    no_such_entity,
    parse_entity_id,
    refuse_hasty,
    refuse_unpermitted,
)
from commarchive.sandbox.messages import Message
from commarchive.sandbox.params import Param
from commarchive.sandbox.patch import set_statement
from commarchive.sandbox.statements import new_guid, statements_of
from commarchive.sandbox.summaries import summary
from commarchive.sandbox.terms import refuse_conflicts

_CONFLICTS = ("description", "sitelink", "statement")


def merge_items(call: Call) -> Json:
    """Move everything from one item to another; what is left of the first becomes a redirect if it is empty."""
    args = call.args
    source, target = parse_entity_id(args["fromid"]), parse_entity_id(args["toid"])
    refuse_unpermitted(call, "item-merge")
    refuse_hasty(call)
    ignored = set(args["ignoreconflicts"] or ())
    with call.store.write():
        for entity_id in (source, target):
            if not is_item_id(entity_id):
                raise wikibase_error("not-item", Message("wikibase-api-not-item"))
        source_draft, target_draft = _load(call, source), _load(call, target)
        if source == target:
            raise worded_error("cant-merge-self", "an item cannot be merged with itself")
        before_source, before_target = deepcopy(source_draft), deepcopy(target_draft)
        _move(source_draft, target_draft, ignored)
        _refuse_conflicts(call, target_draft, before_target, source)
        own = args["summary"]
        left = _save(call, source_draft, before_source, summary("wbmergeitems-to", own, arguments=(target,)))
        kept = _save(call, target_draft, before_target, summary("wbmergeitems-from", own, arguments=(source,)))
        empty = source_draft == {**empty_entity("item"), "id": source}
        if empty:
            comment = summary("wbcreateredirect", None, arguments=(source, target))
            call.pages.save_redirect(source, target, edit_of(call, comment), source_draft)
    return {
        "success": 1,
        "redirected": int(empty),
        "from": {"id": source, "type": "item", "lastrevid": left},
        "to": {"id": target, "type": "item", "lastrevid": kept},
    }


def _load(call: Call, entity_id: str) -> Json:
    page = call.pages.find(entity_id)
    if page is None:
        raise worded_error("no-such-entity", f"Entity {entity_id} not found")
    if page.redirect is not None:
        raise worded_error("cant-load-entity-content", f"{entity_id} is a redirect to {page.redirect}")
    return call.pages.entity(page.latest)


def _save(call: Call, entity: Json, before: Json, comment: str) -> int:
    if entity == before:
        page = call.pages.find(entity["id"])
        return page.latest if page else 0
    return call.pages.save(entity, edit_of(call, comment), before).id


def _move(source: Json, target: Json, ignored: set[str]) -> None:
    if "statement" not in ignored:
        _refuse_links(source, target)
    for language, term in source["labels"].items():
        if target["labels"].setdefault(language, term) != term:
            _add_alias(target, language, term["value"])
    for language, group in source["aliases"].items():
        for alias in group:
            _add_alias(target, language, alias["value"])
    for statement in statements_of(source["claims"]):
        _merge_statement(target, statement)
    source |= {"labels": {}, "aliases": {}, "claims": {}}
    for section, name in (("descriptions", "description"), ("sitelinks", "sitelink")):
        _move_unequalled(source[section], target[section], name, conflicts_stay=name in ignored)


def _move_unequalled(source: Json, target: Json, name: str, *, conflicts_stay: bool) -> None:
    for key, value in list(source.items()):
        if target.setdefault(key, value) == value:
            del source[key]
        elif not conflicts_stay:
            raise worded_error("failed-modify", f"Conflicting {name}s for {key}")


def _add_alias(entity: Json, language: str, text: str) -> None:
    group = entity["aliases"].setdefault(language, [])
    if all(alias["value"] != text for alias in group):
        group.append({"language": language, "value": text})


def _merge_statement(target: Json, statement: Json) -> None:
    for other in target["claims"].get(statement["mainsnak"]["property"], ()):
        if _same_claim(other, statement):
            known = {reference["hash"] for reference in other.get("references", ())}
            new = [reference for reference in statement.get("references", ()) if reference["hash"] not in known]
            if new:
                other["references"] = [*other.get("references", ()), *new]
            return
    set_statement(target["claims"], "", {**statement, "id": new_guid(target["id"])})


def _same_claim(one: Json, other: Json) -> bool:
    return bool(one["mainsnak"]["hash"] == other["mainsnak"]["hash"]) and _hashes(one) == _hashes(other)


def _hashes(statement: Json) -> set[str]:
    return {snak["hash"] for group in statement.get("qualifiers", {}).values() for snak in group}


def _refuse_links(source: Json, target: Json) -> None:
    found = [
        snak["property"]
        for entity, other in ((target, source), (source, target))
        for statement in statements_of(entity["claims"])
        for snak in _snaks(statement)
        if isinstance(snak.get("datavalue", {}).get("value"), dict)
        and snak["datavalue"]["value"].get("id") == other["id"]
    ]
    if found:
        text = f"the items cannot be merged, since one links to the other by {', '.join(dict.fromkeys(found))}"
        raise worded_error("failed-modify", text)


def _snaks(statement: Json) -> Iterator[Json]:
    yield statement["mainsnak"]
    for group in statement.get("qualifiers", {}).values():
        yield from group
    for reference in statement.get("references", ()):
        for group in reference["snaks"].values():
            yield from group


def _refuse_conflicts(call: Call, entity: Json, before: Json, source: str) -> None:
    # The item that is being merged gives its terms up, so it is no conflict; it is out of the index for the moment.
    rows = call.store.rows("SELECT entity, type, kind, language, text FROM term WHERE entity = ?", (source,))
    call.store.execute("DELETE FROM term WHERE entity = ?", (source,))
    try:
        refuse_conflicts(call.store, entity, before, call.pages.link)
    except ApiError as error:
        raise wikibase_error("failed-modify", *error.messages) from error
    call.store.execute_many("INSERT INTO term VALUES (?, ?, ?, ?, ?)", rows)


def create_redirect(call: Call) -> Json:
    """Make an empty entity, a deleted one, or a redirect, a redirect to another entity."""
    args = call.args
    source, target = parse_entity_id(args["from"]), parse_entity_id(args["to"])
    if entity_type(source) != entity_type(target):
        raise wikibase_error("target-is-incompatible", Message("wikibase-api-target-is-incompatible"))
    if not is_item_id(source):
        raise worded_error("cant-redirect", "only items become redirects")
    refuse_unpermitted(call, "item-redirect")
    refuse_hasty(call)
    with call.store.write():
        target_page = call.pages.find(target)
        if target_page is None:
            raise no_such_entity(target)
        if target_page.redirect is not None:
            raise wikibase_error("target-is-redirect", Message("wikibase-api-target-is-redirect"))
        page = call.pages.find(source)
        before = None
        if page is None:
            if call.pages.find_deleted(source) is None:
                raise no_such_entity(source)
        elif page.redirect is None:
            before = load(call, source).entity
            if before != {**empty_entity("item"), "id": source}:
                raise wikibase_error("target-not-empty", Message("wikibase-api-target-not-empty"))
        if source == target:
            raise worded_error("source-and-target-are-the-same", "an entity cannot redirect to itself")
        comment = summary("wbcreateredirect", None, arguments=(source, target))
        call.pages.save_redirect(source, target, edit_of(call, comment), before)
    return {"success": 1, "redirect": target}


MODULES = {
    "wbmergeitems": Module(
        merge_items,
        {
            "fromid": Param(required=True),
            "toid": Param(required=True),
            "ignoreconflicts": Param(multi=True, choices=_CONFLICTS),
            "summary": Param(),
            "tags": Param(multi=True),
            "bot": Param("boolean"),
        },
        token="csrf",  # noqa: S106  the kind of token, not a token
        post=True,
    ),
    "wbcreateredirect": Module(
        create_redirect,
        {"from": Param(required=True), "to": Param(required=True), "tags": Param(multi=True), "bot": Param("boolean")},
        token="csrf",  # noqa: S106  the kind of token, not a token
        post=True,
    ),
}
