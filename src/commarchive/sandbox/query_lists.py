"""The query module's lists of what there is: pages, accounts.

Knows: these lists as recorded. Must not know: what the pages say.
"""

from __future__ import annotations

from commarchive.sandbox.accounts import Account, normalize_name
from commarchive.sandbox.answers import Json
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.params import Param, words
from commarchive.sandbox.rows import Where, block_facts, limit

_USER_PROPS = words("blockinfo groups groupmemberships implicitgroups rights editcount registration")


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
    by_name = [_user_by_name(call, name) for name in call.args["users"] or ()]
    by_id = [_user_by_id(call, account_id) for account_id in call.args["userids"] or ()]
    return {"users": [*by_name, *by_id]}


def _user_by_name(call: Call, name: str) -> Json:
    account = call.engine.accounts.find(name)
    if account is not None:
        return _user(call, account)
    canonical = normalize_name(name)
    return {"name": canonical, "missing": True} if canonical else {"name": name, "invalid": True}


def _user_by_id(call: Call, account_id: int) -> Json:
    account = call.engine.accounts.by_id(account_id)
    return {"userid": account_id, "missing": True} if account is None else _user(call, account)


def _user(call: Call, account: Account) -> Json:
    facts: Json = {
        "editcount": account.edits,
        "registration": account.registered,
        "groups": list(account.effective_groups),
        "groupmemberships": [{"group": group, "expiry": "infinity"} for group in account.groups],
        "implicitgroups": ["*", "user", "autoconfirmed"],
        "rights": sorted(call.engine.accounts.actor(account).rights),
    }
    wanted = call.args["prop"] or []
    row: Json = {"userid": account.id, "name": account.name}
    row |= {key: fact for key, fact in facts.items() if key in wanted}
    return row | (block_facts(account) if "blockinfo" in wanted else {})


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
            "userids": Param("integer", multi=True),
        },
        prefix="us",
    ),
}
