"""The query module's pages: named by title, page id or revision id, with `prop=revisions` and `prop=info`.

Knows: these answers as recorded, and what hidden revisions look like. Must not know: how pages are changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

import orjson

from commarchive.sandbox.answers import ApiError, Json, Keyed
from commarchive.sandbox.calls import Call
from commarchive.sandbox.pages import Hidden, Page, Revision
from commarchive.sandbox.params import Param, words
from commarchive.sandbox.rows import compact, read_continue

_MODELS = {"item": "wikibase-item", "property": "wikibase-property"}
_CONTENT_MOST, _CONTENT_MOST_HIGH = 50, 500
_MOST, _MOST_HIGH = 500, 5000
_REVISION_PROPS = words(
    "ids flags timestamp user userid size slotsize sha1 slotsha1 contentmodel comment parsedcomment content tags roles"
)


@dataclass(slots=True)
class PageSet:
    """The pages that a query is about; `rows` are their answers by page id, missing ones under negative numbers."""

    call: Call
    pages: dict[int, Page] = field(default_factory=dict)
    rows: Keyed = field(default_factory=Keyed)
    revisions: dict[int, list[Revision]] = field(default_factory=dict)
    redirects: list[Json] = field(default_factory=list)
    bad_revisions: Json = field(default_factory=dict)
    by_revision: bool = False

    def add(self, page: Page) -> None:
        """Take a page in."""
        if page.id in self.pages:
            return
        self.pages[page.id] = page
        pages = self.call.pages
        self.rows[str(page.id)] = {
            "pageid": page.id,
            "ns": pages.namespace(page.entity),
            "title": pages.title(page.entity),
        }

    def add_missing(self, row: Json) -> None:
        """Take in a page that is not there."""
        number = -1 - sum(1 for key in self.rows if key.startswith("-"))
        self.rows[str(number)] = row

    def answer(self) -> Json:
        """The members of `query` that tell of the pages."""
        result: Json = {}
        if self.redirects:
            result["redirects"] = self.redirects
        if self.bad_revisions:
            result["badrevids"] = self.bad_revisions
        if self.rows:
            result["pages"] = self.rows
        return result


@dataclass(frozen=True, slots=True)
class PageModule:
    """A submodule of `prop`: `fill` adds what it knows to every page's row and returns its continuation."""

    fill: Callable[[Call, PageSet], Json]
    params: Mapping[str, Param]
    prefix: str


def find_pages(call: Call) -> PageSet:
    """The pages that the call names.

    Raises:
        ApiError: it names them in more than one way.
    """
    named = [key for key in ("titles", "pageids", "revids") if call.args[key] is not None]
    if len(named) > 1:
        raise ApiError("invalidparammix", f"The parameters {', '.join(named)} can not be used together.")
    page_set = PageSet(call)
    for title in call.args["titles"] or ():
        _add_title(page_set, title)
    for page_id in call.args["pageids"] or ():
        page = call.pages.by_id(page_id)
        if page is None:
            page_set.rows[str(page_id)] = {"pageid": page_id, "missing": True}
        else:
            page_set.add(page)
    for revision_id in call.args["revids"] or ():
        page_set.by_revision = True
        revision = call.pages.revision(revision_id)
        page = call.pages.by_id(revision.page) if revision else None
        if revision is None or page is None:
            page_set.bad_revisions[str(revision_id)] = {"revid": revision_id, "missing": True}
            continue
        page_set.add(page)
        page_set.revisions.setdefault(page.id, []).append(revision)
    return page_set


def _add_title(page_set: PageSet, title: str) -> None:
    call = page_set.call
    entity_id = call.pages.entity_of_title(title)
    page = call.pages.find(entity_id) if entity_id else None
    if page is not None and page.redirect is not None and call.args["redirects"]:
        page_set.redirects.append({"from": call.pages.title(page.entity), "to": call.pages.title(page.redirect)})
        page = call.pages.find(page.redirect)
    if page is not None:
        page_set.add(page)
    elif entity_id is not None:
        row = {"ns": call.pages.namespace(entity_id), "title": call.pages.title(entity_id), "missing": True}
        page_set.add_missing(row)
    else:
        page_set.add_missing({"ns": 0, "title": title.replace("_", " "), "missing": True})


def _fill_info(call: Call, page_set: PageSet) -> Json:
    for page in page_set.pages.values():
        page_set.rows[str(page.id)] |= _info(call, page)
    return {}


def _info(call: Call, page: Page) -> Json:
    row: Json = {
        "contentmodel": _MODELS[page.type],
        "pagelanguage": "en",
        "pagelanguagehtmlcode": "en",
        "pagelanguagedir": "ltr",
        "touched": call.store.value("SELECT timestamp FROM revision WHERE id = ?", (page.latest,)),
        "lastrevid": page.latest,
        "length": len(call.pages.content(page.latest).encode()),
    }
    if page.redirect is not None:
        row["redirect"] = True
    if not call.store.value("SELECT parent FROM revision WHERE id = ?", (page.latest,)):
        row["new"] = True
    if "url" in (call.args["prop"] or ()):
        url = f"{call.engine.settings.base_url}/wiki/{call.pages.title(page.entity)}"
        row |= {"fullurl": url, "editurl": f"{url}?action=edit", "canonicalurl": url}
    return row


def _fill_revisions(call: Call, page_set: PageSet) -> Json:
    args = call.args
    many = len(page_set.pages) > 1
    listing = any(args[key] is not None for key in ("limit", "start", "end", "startid", "endid", "user", "excludeuser"))
    listing = listing or args["dir"] != "older"
    if listing and (many or page_set.by_revision):
        raise ApiError(
            "invalidparammix",
            "A limit, a direction, a start or an end of revisions, and a choice of their users, go with one page only.",
        )
    if page_set.by_revision:
        for page_id, revisions in page_set.revisions.items():
            rows = sorted(revisions, key=lambda revision: revision.id)
            page_set.rows[str(page_id)]["revisions"] = [_revision(call, row, page_set.pages[page_id]) for row in rows]
        return {}
    for page in page_set.pages.values():
        if listing:
            return _list_revisions(call, page, page_set.rows[str(page.id)])
        latest = call.pages.revision(page.latest)
        if latest is not None:
            page_set.rows[str(page.id)]["revisions"] = [_revision(call, latest, page)]
    return {}


def _list_revisions(call: Call, page: Page, row: Json) -> Json:
    args = call.args
    newer = args["dir"] == "newer"
    conditions = ["page = ?"]
    parameters: list[Any] = [page.id]
    onward, back = (">=", "<=") if newer else ("<=", ">=")
    for key, column, sign in (
        ("startid", "id", onward),
        ("endid", "id", back),
        ("start", "timestamp", onward),
        ("end", "timestamp", back),
    ):
        if args[key] is not None:
            conditions.append(f"{column} {sign} ?")
            parameters.append(args[key])
    for key, sign in (("user", "="), ("excludeuser", "!=")):
        if args[key] is not None:
            conditions.append(f"user {sign} ?")
            parameters.append(args[key])
    if args["continue"] is not None:
        conditions.append(f"id {onward} ?")
        parameters.append(read_continue(args["continue"])[1])
    limit = args["limit"] or 10
    if "content" in args["prop"]:
        limit = min(limit, _CONTENT_MOST_HIGH if call.high_limits else _CONTENT_MOST)
    order = f"ORDER BY id {'ASC' if newer else 'DESC'} LIMIT {limit + 1}"
    found = call.pages.revisions(f"{' AND '.join(conditions)} {order}", parameters)
    row["revisions"] = [_revision(call, revision, page) for revision in found[:limit]]
    if len(found) <= limit:
        return {}
    return {"rvcontinue": f"{compact(found[-1].timestamp)}|{found[-1].id}"}


def _revision(call: Call, revision: Revision, page: Page) -> Json:
    props = set(call.args["prop"])
    hidden = revision.hidden
    row: Json = {}
    if "ids" in props:
        row |= {"revid": revision.id, "parentid": revision.parent}
    if "flags" in props:
        row["minor"] = False
    if props & {"user", "userid"}:
        row |= {"userhidden": True} if hidden & Hidden.USER else {}
        if not hidden & Hidden.USER:
            row |= {"user": revision.user} if "user" in props else {}
            row |= {"userid": revision.account} if "userid" in props else {}
    if "timestamp" in props:
        row["timestamp"] = revision.timestamp
    if "comment" in props:
        row |= {"commenthidden": True} if hidden & Hidden.COMMENT else {"comment": revision.comment}
    wanted = props & {"content", "sha1", "size", "contentmodel"}
    if wanted:
        row |= _content(call, revision, page, wanted)
    if hidden & Hidden.RESTRICTED:
        row["suppressed"] = True
    return row


def _content(call: Call, revision: Revision, page: Page, wanted: set[str]) -> Json:
    hidden = bool(revision.hidden & Hidden.TEXT)
    text = "" if hidden else stored_form(call.pages.content(revision.id))
    row: Json = {}
    if "size" in wanted:
        row["size"] = len(text.encode())
    if "sha1" in wanted:
        row |= {"sha1hidden": True} if hidden else {"sha1": sha1(text.encode(), usedforsecurity=False).hexdigest()}
    star = "*" if call.version == 1 else "content"
    main: Json = {}
    if "contentmodel" in wanted or "content" in wanted:
        main["contentmodel"] = _MODELS[page.type]
    if "content" in wanted:
        main |= {"texthidden": True} if hidden else {"contentformat": "application/json", star: text}
    if call.args["slots"]:
        row["slots"] = {"main": main}
    elif main:
        row |= main
    return row


def stored_form(content: str) -> str:
    """A revision's text as Wikibase keeps it: without datatypes of snaks, and with empty maps as empty lists."""
    data: Any = orjson.loads(content)
    if "redirect" in data:
        return content
    for group in data["claims"].values():
        for statement in group:
            _forget_datatypes(statement)
    for section in ("labels", "descriptions", "aliases", "claims", "sitelinks"):
        if data.get(section) == {}:
            data[section] = []
    return orjson.dumps(data).decode()


def _forget_datatypes(statement: Json) -> None:
    statement["mainsnak"].pop("datatype", None)
    groups = [statement.get("qualifiers", {}), *(reference["snaks"] for reference in statement.get("references", ()))]
    for snaks in groups:
        for group in snaks.values():
            for snak in group:
                snak.pop("datatype", None)


PROPS = {
    "revisions": PageModule(
        _fill_revisions,
        {
            "prop": Param(
                multi=True,
                choices=_REVISION_PROPS,
                default=("ids", "timestamp", "flags", "comment", "user"),
            ),
            "slots": Param(multi=True, choices=("main",)),
            "limit": Param("limit", least=1, most=_MOST, most_high=_MOST_HIGH),
            "startid": Param("integer"),
            "endid": Param("integer"),
            "start": Param("timestamp"),
            "end": Param("timestamp"),
            "dir": Param(choices=("newer", "older"), default="older"),
            "user": Param(),
            "excludeuser": Param(),
            "continue": Param(),
        },
        prefix="rv",
    ),
    "info": PageModule(
        _fill_info,
        {"prop": Param(multi=True, choices=words("url protection talkid watched displaytitle"))},
        prefix="in",
    ),
}
