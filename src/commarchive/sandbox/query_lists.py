"""The query module's lists of what there is: pages, accounts.

Knows: these lists as recorded. Must not know: what the pages say.
"""

from __future__ import annotations

from commarchive.sandbox.accounts import Account, normalize_name
from commarchive.sandbox.answers import Json
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.params import Param, words
from commarchive.sandbox.rows import Where, limit

_USER_PROPS = words(
    "blockinfo groups groupmemberships implicitgroups rights editcount registration emailable gender centralids "
    "cancreate"
)


def all_pages(call: Call) -> Json:
    """Pages of one namespace by title; redirects can be left out, or listed alone."""
    args = call.args
    settings = call.engine.settings
    where = Where()
    kinds = {settings.item_namespace: "item", settings.property_namespace: "property"}
    where.add("type = ? AND deleted = 0", kinds.get(args["namespace"], ""))
    if args["filterredir"] != "all":
        where.add(f"redirect IS {'NOT ' if args['filterredir'] == 'redirects' else ''}NULL")
    newer = args["dir"] == "ascending"
    where.between("entity", args["from"], args["to"], newer=newer)
    where.between("entity", args["continue"], None, newer=newer)
    if args["prefix"] is not None:
        where.add("substr(entity, 1, ?) = ?", len(args["prefix"]), args["prefix"])
    rows = call.store.rows(
        f"SELECT id, entity FROM page WHERE {where.sql} ORDER BY entity {'ASC' if newer else 'DESC'} LIMIT ?",  # noqa: S608
        (*where.parameters, args["limit"] + 1),
    )
    pages = [
        {"pageid": id_, "ns": args["namespace"], "title": call.pages.title(entity)}
        for id_, entity in rows[: args["limit"]]
    ]
    result: Json = {"allpages": pages}
    if len(rows) > args["limit"]:
        result["continue"] = {"apcontinue": rows[-1][1]}
    return result


def users(call: Call) -> Json:
    """Accounts by name or id, with groups, blocks and edit counts."""
    args = call.args
    wanted = args["prop"] or []
    found: list[Json] = []
    accounts = call.engine.accounts
    for name in args["users"] or ():
        account = accounts.find(name)
        found.append(_user(account, wanted) if account else _no_user(name))
    for text in args["userids"] or ():
        account = accounts.by_id(int(text)) if text.isdigit() else None
        found.append(
            _user(account, wanted) if account else {"userid": int(text) if text.isdigit() else 0, "missing": True}
        )
    return {"users": found}


def _no_user(name: str) -> Json:
    canonical = normalize_name(name)
    return {"name": canonical, "missing": True} if canonical else {"name": name, "invalid": True}


def _user(account: Account, wanted: list[str]) -> Json:
    row: Json = {"userid": account.id, "name": account.name}
    if "editcount" in wanted:
        row["editcount"] = account.edits
    if "registration" in wanted:
        row["registration"] = account.registered
    if "groups" in wanted:
        row["groups"] = list(account.effective_groups)
    if "groupmemberships" in wanted:
        row["groupmemberships"] = [{"group": group, "expiry": "infinity"} for group in account.groups]
    if "blockinfo" in wanted and account.block is not None:
        row |= {
            "blockid": account.block.id,
            "blockedby": account.block.by,
            "blockedbyid": 0,
            "blockreason": account.block.reason,
            "blockedtimestamp": account.block.timestamp,
            "blockexpiry": "infinite",
        }
    return row


LISTS = {
    "allpages": Module(
        all_pages,
        {
            "from": Param(),
            "to": Param(),
            "continue": Param(),
            "prefix": Param(),
            "namespace": Param("integer", default=0),
            "filterredir": Param(choices=("all", "redirects", "nonredirects"), default="all"),
            "dir": Param(choices=("ascending", "descending"), default="ascending"),
            "limit": limit(),
        },
        prefix="ap",
    ),
    "users": Module(
        users,
        {
            "prop": Param(multi=True, choices=_USER_PROPS),
            "users": Param(multi=True),
            "userids": Param(multi=True),
        },
        prefix="us",
    ),
}
