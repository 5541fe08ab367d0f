"""Pages deleted and restored: `delete`, `undelete`.

Knows: MediaWiki's answers and refusals. Must not know: what stood on the pages.
"""

from __future__ import annotations

from commarchive.sandbox.answers import ApiError, Json
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.editing import edit_of
from commarchive.sandbox.pages import Page
from commarchive.sandbox.params import Param


def delete(call: Call) -> Json:
    """Delete a page by title or id."""
    args = call.args
    _refuse_ambiguous(call)
    with call.store.write():
        page = _page(call)
        _refuse_unpermitted(call, "delete")
        title = call.pages.title(page.entity)
        reason = args["reason"] if args["reason"] is not None else f"content was: entity {page.entity}"
        log_id = call.pages.delete(page, edit_of(call, reason))
    return {"delete": {"title": title, "reason": reason, "logid": log_id}}


def undelete(call: Call) -> Json:
    """Restore a deleted page with all its revisions."""
    args = call.args
    with call.store.write():
        _refuse_unpermitted(call, "undelete")
        entity_id = call.pages.entity_of_title(args["title"])
        page = call.pages.find_deleted(entity_id) if entity_id else None
        if page is None:
            raise ApiError(
                "cantundelete", "Could not undelete: there is nothing to restore, or it was restored already."
            )
        reason = args["reason"] or ""
        count = call.pages.undelete(page, edit_of(call, reason))
    answer = {"title": call.pages.title(page.entity), "revisions": count, "fileversions": 0, "reason": reason}
    return {"undelete": answer}


def _refuse_ambiguous(call: Call) -> None:
    if (call.args["title"] is None) == (call.args["pageid"] is None):
        given = call.args["title"] is not None
        code = "invalidparammix" if given else "missingparam"
        what = "can not be used together" if given else "is required"
        raise ApiError(code, f'One of the parameters "title" and "pageid" {what}.')


def _page(call: Call) -> Page:
    args = call.args
    if args["pageid"] is not None:
        page = call.pages.by_id(args["pageid"])
        if page is None:
            raise ApiError("nosuchpageid", f"There is no page with ID {args['pageid']}.")
        return page
    entity_id = call.pages.entity_of_title(args["title"])
    page = call.pages.find(entity_id) if entity_id else None
    if page is None:
        raise ApiError("missingtitle", "The page you specified doesn't exist.")
    return page


def _refuse_unpermitted(call: Call, right: str) -> None:
    account = call.actor.account
    if not call.actor.may(right):
        raise ApiError("permissiondenied", "You are not allowed to delete or restore pages.")
    if account is not None and account.block is not None:
        raise ApiError("blocked", "You have been blocked from editing.")


MODULES = {
    "delete": Module(
        delete,
        {
            "title": Param(),
            "pageid": Param("integer"),
            "reason": Param(),
            "tags": Param(multi=True),
            "deletetalk": Param("boolean"),
            "watchlist": Param(),
        },
        token="csrf",  # noqa: S106  the kind of token, not a token
        post=True,
    ),
    "undelete": Module(
        undelete,
        {"title": Param(required=True), "reason": Param(), "tags": Param(multi=True), "undeletetalk": Param("boolean")},
        token="csrf",  # noqa: S106  the kind of token, not a token
        post=True,
    ),
}
