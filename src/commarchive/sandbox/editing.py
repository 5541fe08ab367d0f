"""How an edit is made: the entity is loaded, changed, checked against the newest revision, saved.

Knows: the steps that every editing module shares, in Wikibase's order, and its errors for them.
Must not know: what a module changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from commarchive.model.ids import is_entity_id
from commarchive.sandbox.answers import ApiError, Json, wikibase_error, worded_error
from commarchive.sandbox.calls import Call
from commarchive.sandbox.messages import Message
from commarchive.sandbox.pages import Edit, Page
from commarchive.sandbox.params import Param
from commarchive.sandbox.patch import patch
from commarchive.sandbox.terms import refuse_conflicts

EDIT_PARAMS = {
    "baserevid": Param("integer"),
    "summary": Param(),
    "tags": Param(multi=True),
    "token": Param(),
    "bot": Param("boolean"),
}
"""What every module takes that edits an entity."""


@dataclass(slots=True)
class Draft:
    """An entity on its way: `entity` is changed in place, `base` is what it was at `base_revision`.

    `page` is None for an entity that is not there yet.
    """

    entity: Json
    base: Json | None
    base_revision: int
    page: Page | None


@dataclass(frozen=True, slots=True)
class Saved:
    """What an edit came to."""

    entity: Json
    revision: int
    changed: bool


def parse_entity_id(text: str, code: str = "invalid-entity-id") -> str:
    """An id in canonical form.

    Raises:
        ApiError: it has no id's form.
    """
    entity_id = text.strip().removeprefix(":").upper()
    if not is_entity_id(entity_id):
        raise wikibase_error(
            code, Message("wikibase-error-invalid-entity-id", (text,), 'The id "$1" is not an entity\'s.')
        )
    return entity_id


def no_such_entity(entity_id: str) -> ApiError:
    """The error for an entity that is not there."""
    return wikibase_error("no-such-entity", Message("no-such-entity", (entity_id,), 'There is no entity "$1".'))


def load(call: Call, entity_id: str, base_revision: int | None = None) -> Draft:
    """An entity as it stands, or as it stood at the revision that the edit is based on.

    Raises:
        ApiError: it is not there, is a redirect, or has no such revision.
    """
    page = call.pages.find(entity_id)
    if page is None:
        raise no_such_entity(entity_id)
    if page.redirect is not None:
        message = Message("wikibase-save-unresolved-redirect", (entity_id, page.redirect))
        raise wikibase_error("unresolved-redirect", message)
    revision = base_revision or page.latest
    if revision != page.latest:
        found = call.pages.revision(revision)
        if found is None or found.page != page.id:
            raise worded_error("nosuchrevid", f"entity {entity_id} has no revision {revision}")
    base = call.pages.entity(revision)
    if "redirect" in base:
        raise worded_error("cant-load-entity-content", f"revision {revision} of {entity_id} is a redirect")
    return Draft(call.pages.entity(revision), base, revision, page)


def empty_entity(kind: str, datatype: str | None = None) -> Json:
    """An entity with nothing in it, keys in Wikibase's order; its id is given when it is saved."""
    entity: Json = {"type": kind}
    if kind == "property":
        entity["datatype"] = datatype
    entity |= {"id": "", "labels": {}, "descriptions": {}, "aliases": {}, "claims": {}}
    if kind == "item":
        entity["sitelinks"] = {}
    return entity


def refuse_unpermitted(call: Call, *rights: str) -> None:
    """See that the caller may edit.

    Raises:
        ApiError: `permissiondenied`; a blocked account's says so.
    """
    account = call.actor.account
    if account is not None and account.block is not None:
        cause = Message("blockedtext", (account.block.by, account.block.reason))
    elif not all(call.actor.may(right) for right in ("edit", *rights)):
        cause = Message("badaccess-group0")
    else:
        return
    raise wikibase_error("permissiondenied", Message("wikibase-api-permissiondenied"), cause)


def refuse_hasty(call: Call) -> None:
    """See that the caller has not edited too often of late.

    Raises:
        ApiError: `failed-save` with the message `actionthrottledtext`, as Wikibase says it.
    """
    limit = call.engine.settings.rate_limit
    if limit is None or call.actor.may("noratelimit"):
        return
    since = (call.engine.clock().astimezone(UTC) - timedelta(seconds=limit.seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sql = "SELECT count(*) FROM revision WHERE account = ? AND user = ? AND timestamp > ?"
    if call.store.value(sql, (call.actor.account_id, call.actor.name, since)) >= limit.edits:
        raise wikibase_error("failed-save", Message("wikibase-api-failed-save"), Message("actionthrottledtext"))


def edit_of(call: Call, comment: str) -> Edit:
    """The call's sender, the moment, and what they say."""
    bot = bool(call.args.get("bot")) and call.actor.may("bot")
    return Edit(call.actor, call.engine.stamp(), comment, bot=bot)


def save(call: Call, draft: Draft, module: str, comment: Callable[[Json], str]) -> Saved:
    """Save a draft, over what others did since if it is based on an older revision; `comment` makes the summary.

    Raises:
        ApiError: it cannot be saved.
    """
    refuse_unpermitted(call)
    refuse_hasty(call)
    latest: Json | None = None
    entity = draft.entity
    if draft.page is not None:
        latest = draft.base
        if draft.page.latest != draft.base_revision:
            latest = call.pages.entity(draft.page.latest)
            entity = _patched(call, draft, latest, module)
        if entity == latest:
            return Saved(entity, draft.page.latest, changed=False)
    refuse_conflicts(call.store, entity, latest, call.pages.link)
    text = comment(draft.entity)
    if not entity["id"]:
        _assign_id(call, entity)
    revision = call.pages.save(entity, edit_of(call, text), latest)
    return Saved(entity, revision.id, changed=True)


def _patched(call: Call, draft: Draft, latest: Json, module: str) -> Json:
    base = draft.base
    if base is None or base == draft.entity:
        return latest
    found = patch(base, draft.entity, latest)
    own = _only_own_edits_since(call, draft)
    if found.clean:
        call.warnings.add(module, Message("wikibase-conflict-patched"))
    elif own and found.applied:
        call.warnings.add(module, Message("wikibase-self-conflict-patched"))
    else:
        raise wikibase_error("editconflict", Message("wikibase-api-editconflict"), Message("edit-conflict"))
    return found.entity


def _only_own_edits_since(call: Call, draft: Draft) -> bool:
    page_id = draft.page.id if draft.page else 0
    sql = "SELECT count(*) FROM revision WHERE page = ? AND id > ? AND user != ?"
    return int(call.store.value(sql, (page_id, draft.base_revision, call.actor.name))) == 0


def _assign_id(call: Call, entity: Json) -> None:
    entity["id"] = call.pages.fresh_id(entity["type"])
    for group in entity["claims"].values():
        for statement in group:
            # Statements of a new entity got their GUIDs before it got its id.
            statement["id"] = f"{entity['id']}{statement['id']}"
