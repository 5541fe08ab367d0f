"""The query module's `list`: recent changes, logs, pages, users, contributions.

Knows: these lists as recorded, their order, their continuation. Must not know: what the entities say.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from commarchive.sandbox.accounts import normalize_name
from commarchive.sandbox.answers import ApiError, Json
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.pages import Hidden
from commarchive.sandbox.params import Param, words

_MOST, _MOST_HIGH = 500, 5000
_DIRECTIONS = ("newer", "older")
_CHANGE_TYPES = ("edit", "new", "log", "external", "categorize")
_USER_PROPS = words(
    "blockinfo groups groupmemberships implicitgroups rights editcount registration emailable gender centralids cancreate"
)
_LOG_TYPES = ("delete", "suppress", "block", "protect", "rights", "newusers", "merge", "move", "import")
_COMPACT = re.compile(r"(\d{14})\|(\d{1,18})")


def _limit(default: int = 10) -> Param:
    return Param("limit", default=default, least=1, most=_MOST, most_high=_MOST_HIGH)


def _numbers(multi: list[str] | None, name: str) -> list[int] | None:
    if multi is None:
        return None
    if not all(re.fullmatch(r"-?\d{1,9}", text) for text in multi):
        raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {"|".join(multi)}.')
    return [int(text) for text in multi]


def compact(timestamp: str) -> str:
    """A timestamp as continuations have it."""
    return re.sub(r"[-:TZ]", "", timestamp)


def read_continue(text: str) -> tuple[str, int]:
    """The timestamp and id of the next row that a continuation names.

    Raises:
        ApiError: it is no such continuation.
    """
    match = _COMPACT.fullmatch(text)
    if match is None:
        raise ApiError("badcontinue", "Invalid continue param. You should pass the original value returned by the API.")
    stamp = match.group(1)
    iso = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}Z"
    return iso, int(match.group(2))


class _Where:
    """Conditions in SQL with their parameters; the conditions are ours."""

    def __init__(self) -> None:
        self._conditions = ["1"]
        self.parameters: list[Any] = []

    def add(self, condition: str, *parameters: Any) -> None:
        self._conditions.append(condition)
        self.parameters += parameters

    def among(self, column: str, values: list[Any]) -> None:
        self.add(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def between(self, column: str, start: str | None, end: str | None, *, newer: bool) -> None:
        if start is not None:
            self.add(f"{column} {'>=' if newer else '<='} ?", start)
        if end is not None:
            self.add(f"{column} {'<=' if newer else '>='} ?", end)

    def onward(self, timestamp: str, id_: str, text: str, *, newer: bool) -> None:
        moment, number = read_continue(text)
        sign = ">" if newer else "<"
        self.add(f"({timestamp} {sign} ? OR ({timestamp} = ? AND {id_} {sign}= ?))", moment, moment, number)

    @property
    def sql(self) -> str:
        return " AND ".join(self._conditions)


def recent_changes(call: Call) -> Json:
    """Recent changes, deletions and restorations among them, suppressions not."""
    args = call.args
    newer = args["dir"] == "newer"
    where = _Where()
    where.between("c.timestamp", args["start"], args["end"], newer=newer)
    where.among("c.type", args["type"])
    _in_namespaces(call, where, "c.entity", _numbers(args["namespace"], "rcnamespace"))
    if args["user"] is not None:
        where.add("c.user = ?", normalize_name(args["user"]))
    if args["excludeuser"] is not None:
        where.add("c.user != ?", normalize_name(args["excludeuser"]))
    if args["title"] is not None:
        where.add("c.entity = ?", call.pages.entity_of_title(args["title"]) or "")
    for show in args["show"] or ():
        where.add("c.bot = ?", int(not show.startswith("!")))
    if args["continue"] is not None:
        where.onward("c.timestamp", "c.id", args["continue"], newer=newer)
    order = "ASC" if newer else "DESC"
    rows = call.store.rows(
        f"""
        SELECT c.id, c.type, c.page, c.entity, c.revision, c.old_revision, c.user, c.timestamp, c.comment, c.bot, c.log,
            l.type, l.action, l.params, coalesce(r.hidden, 0), p.redirect IS NOT NULL
        FROM change AS c LEFT JOIN log AS l ON l.id = c.log LEFT JOIN revision AS r ON r.id = c.revision
            LEFT JOIN page AS p ON p.id = c.page
        WHERE {where.sql} ORDER BY c.timestamp {order}, c.id {order} LIMIT ?
        """,  # noqa: S608  conditions are ours, values are bound
        (*where.parameters, args["limit"] + 1),
    )
    result: Json = {"recentchanges": [_change(call, row) for row in rows[: args["limit"]]]}
    if len(rows) > args["limit"]:
        last = rows[-1]
        result["continue"] = {"rccontinue": f"{compact(last[7])}|{last[0]}"}
    return result


def _change(call: Call, row: tuple[Any, ...]) -> Json:
    props = set(call.args["prop"])
    (id_, kind, page, entity, revision, old, user, timestamp, comment, bot, log, log_type, action, params, hidden,
     redirect) = row  # fmt: skip
    result: Json = {"type": kind}
    if "title" in props:
        result |= {"ns": call.pages.namespace(entity), "title": call.pages.title(entity)}
    if "ids" in props:
        result |= {"pageid": page, "revid": revision, "old_revid": old, "rcid": id_}
    if props & {"user", "userid"}:
        result |= _hidden_user(user, hidden)
    if "flags" in props:
        result |= {"bot": bool(bot), "new": kind == "new", "minor": False}
    if "timestamp" in props:
        result["timestamp"] = timestamp
    if "comment" in props:
        result |= _hidden_comment(comment, hidden)
    if "redirect" in props and redirect:
        result["redirect"] = True
    if "loginfo" in props and log is not None:
        result |= {"logid": log, "logtype": log_type, "logaction": action, "logparams": orjson.loads(params)}
    if "tags" in props:
        result["tags"] = []
    return result


def _hidden_user(user: str, hidden: int) -> Json:
    return {"userhidden": True} if hidden & Hidden.USER else {"user": user}


def _hidden_comment(comment: str, hidden: int) -> Json:
    return {"commenthidden": True} if hidden & Hidden.COMMENT else {"comment": comment}


def _in_namespaces(call: Call, where: _Where, column: str, namespaces: list[int] | None) -> None:
    if namespaces is None:
        return
    settings = call.engine.settings
    letters = [
        letter
        for letter, number in (("Q", settings.item_namespace), ("P", settings.property_namespace))
        if number in namespaces
    ]
    where.among(f"substr({column}, 1, 1)", letters)


def log_events(call: Call) -> Json:
    """Log entries; suppressions only for those who may see the suppression log."""
    args = call.args
    newer = args["dir"] == "newer"
    where = _Where()
    may_see = call.actor.may("suppressionlog")
    if args["type"] is not None:
        where.add("l.type = ?", args["type"])
    if args["action"] is not None:
        kind, _, action = args["action"].partition("/")
        where.add("l.type = ? AND l.action = ?", kind, action)
    if not may_see:
        where.add("l.type != 'suppress'")
    if args["title"] is not None:
        where.add("l.entity = ?", call.pages.entity_of_title(args["title"]) or "")
    if args["user"] is not None:
        where.add("l.user = ?", normalize_name(args["user"]))
    where.between("l.timestamp", args["start"], args["end"], newer=newer)
    if args["continue"] is not None:
        where.onward("l.timestamp", "l.id", args["continue"], newer=newer)
    order = "ASC" if newer else "DESC"
    rows = call.store.rows(
        f"""
        SELECT l.id, l.type, l.action, l.entity, l.page, l.user, l.timestamp, l.comment, l.params,
            coalesce(p.deleted, 1)
        FROM log AS l LEFT JOIN page AS p ON p.id = l.page
        WHERE {where.sql} ORDER BY l.timestamp {order}, l.id {order} LIMIT ?
        """,  # noqa: S608  conditions are ours, values are bound
        (*where.parameters, args["limit"] + 1),
    )
    result: Json = {"logevents": [_log_event(call, row) for row in rows[: args["limit"]]]}
    if len(rows) > args["limit"]:
        result["continue"] = {"lecontinue": f"{compact(rows[-1][6])}|{rows[-1][0]}"}
    return result


def _log_event(call: Call, row: tuple[Any, ...]) -> Json:
    props = call.args["prop"]
    id_, kind, action, entity, page, user, timestamp, comment, params, deleted = row
    result: Json = {}
    if "ids" in props:
        result["logid"] = id_
    if "title" in props:
        result |= {"ns": call.pages.namespace(entity), "title": call.pages.title(entity)}
    if "ids" in props:
        result |= {"pageid": 0 if deleted else page, "logpage": page}
    if "details" in props:
        result["params"] = orjson.loads(params)
    if "type" in props:
        result |= {"type": kind, "action": action}
    if "user" in props:
        result["user"] = user
    if "timestamp" in props:
        result["timestamp"] = timestamp
    if "comment" in props:
        result["comment"] = comment
    return result


def all_pages(call: Call) -> Json:
    """Pages of one namespace by title; redirects can be left out, or listed alone."""
    args = call.args
    settings = call.engine.settings
    where = _Where()
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


def _user(account: Any, wanted: list[str]) -> Json:
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


def user_contributions(call: Call) -> Json:
    """Edits of one or more accounts, newest first unless said otherwise."""
    args = call.args
    newer = args["dir"] == "newer"
    where = _Where()
    where.add("p.deleted = 0")
    where.among("r.user", [normalize_name(name) or name for name in args["user"]])
    where.add(f"r.hidden & {int(Hidden.USER)} = 0")
    where.between("r.timestamp", args["start"], args["end"], newer=newer)
    _in_namespaces(call, where, "p.entity", _numbers(args["namespace"], "ucnamespace"))
    if args["continue"] is not None:
        where.onward("r.timestamp", "r.id", args["continue"].removeprefix("user|"), newer=newer)
    order = "ASC" if newer else "DESC"
    rows = call.store.rows(
        f"""
        SELECT r.account, r.user, p.id, r.id, r.parent, p.entity, r.timestamp, r.comment, r.hidden, p.latest
        FROM revision AS r JOIN page AS p ON p.id = r.page
        WHERE {where.sql} ORDER BY r.timestamp {order}, r.id {order} LIMIT ?
        """,  # noqa: S608  conditions are ours, values are bound
        (*where.parameters, args["limit"] + 1),
    )
    result: Json = {"usercontribs": [_contribution(call, row) for row in rows[: args["limit"]]]}
    if len(rows) > args["limit"]:
        result["continue"] = {"uccontinue": f"{compact(rows[-1][6])}|{rows[-1][3]}"}
    return result


def _contribution(call: Call, row: tuple[Any, ...]) -> Json:
    props = call.args["prop"]
    account, user, page, revision, parent, entity, timestamp, comment, hidden, latest = row
    result: Json = {"userid": account, "user": user}
    if "ids" in props:
        result |= {"pageid": page, "revid": revision, "parentid": parent}
    if "title" in props:
        result |= {"ns": call.pages.namespace(entity), "title": call.pages.title(entity)}
    if "timestamp" in props:
        result["timestamp"] = timestamp
    if "flags" in props:
        result |= {"new": parent == 0, "minor": False, "top": revision == latest}
    if "comment" in props:
        result |= _hidden_comment(comment, hidden)
    return result


def _prop(names: str, default: str) -> Param:
    return Param(multi=True, choices=words(names), default=words(default))


LISTS = {
    "recentchanges": Module(
        recent_changes,
        {
            "start": Param("timestamp"),
            "end": Param("timestamp"),
            "dir": Param(choices=_DIRECTIONS, default="older"),
            "namespace": Param(multi=True),
            "user": Param(),
            "excludeuser": Param(),
            "title": Param(),
            "prop": _prop(
                "user userid comment parsedcomment flags timestamp title ids sizes redirect patrolled loginfo tags",
                "title timestamp ids",
            ),
            "show": Param(multi=True, choices=("bot", "!bot")),
            "limit": _limit(),
            "type": Param(multi=True, choices=_CHANGE_TYPES, default=("edit", "new", "log", "categorize")),
            "continue": Param(),
        },
        prefix="rc",
    ),
    "logevents": Module(
        log_events,
        {
            "prop": _prop(
                "ids title type user userid timestamp comment parsedcomment details tags",
                "ids title type user timestamp comment details",
            ),
            "type": Param(choices=_LOG_TYPES),
            "action": Param(),
            "start": Param("timestamp"),
            "end": Param("timestamp"),
            "dir": Param(choices=_DIRECTIONS, default="older"),
            "title": Param(),
            "user": Param(),
            "limit": _limit(),
            "continue": Param(),
        },
        prefix="le",
    ),
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
            "limit": _limit(),
        },
        prefix="ap",
    ),
    "users": Module(
        users,
        {
            "prop": Param(
                multi=True,
                choices=words(
                    "blockinfo groups groupmemberships implicitgroups rights editcount registration emailable gender centralids cancreate"
                ),
            ),
            "users": Param(multi=True),
            "userids": Param(multi=True),
        },
        prefix="us",
    ),
    "usercontribs": Module(
        user_contributions,
        {
            "limit": _limit(),
            "start": Param("timestamp"),
            "end": Param("timestamp"),
            "continue": Param(),
            "user": Param(multi=True, required=True),
            "dir": Param(choices=_DIRECTIONS, default="older"),
            "namespace": Param(multi=True),
            "prop": _prop(
                "ids title timestamp comment parsedcomment size sizediff flags patrolled tags",
                "ids title timestamp comment size flags",
            ),
        },
        prefix="uc",
    ),
}
