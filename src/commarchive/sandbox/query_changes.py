"""The query module's lists of what happened: recent changes, logs, contributions.

Knows: these lists as recorded. Must not know: what the entities say.
"""

from __future__ import annotations

from typing import Any

import orjson

from commarchive.sandbox.accounts import normalize_name
from commarchive.sandbox.answers import Json
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.pages import Hidden
from commarchive.sandbox.params import Param
from commarchive.sandbox.rows import DIRECTIONS, Where, compact, in_namespaces, limit, props

_CHANGE_TYPES = ("edit", "new", "log", "external", "categorize")
_LOG_TYPES = ("delete", "suppress", "block", "protect", "rights", "newusers", "merge", "move", "import")


def recent_changes(call: Call) -> Json:
    """Recent changes, deletions and restorations among them, suppressions not."""
    args = call.args
    newer = args["dir"] == "newer"
    where = Where()
    where.between("c.timestamp", args["start"], args["end"], newer=newer)
    where.among("c.type", args["type"])
    in_namespaces(call.engine.settings, where, "c.entity", args["namespace"], "rcnamespace")
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
    wanted = set(call.args["prop"])
    (id_, kind, page, entity, revision, old, user, timestamp, comment, bot, log, log_type, action, params, hidden,
     redirect) = row  # fmt: skip
    result: Json = {"type": kind}
    if "title" in wanted:
        result |= {"ns": call.pages.namespace(entity), "title": call.pages.title(entity)}
    if "ids" in wanted:
        result |= {"pageid": page, "revid": revision, "old_revid": old, "rcid": id_}
    if wanted & {"user", "userid"}:
        result |= _hidden_user(user, hidden)
    if "flags" in wanted:
        result |= {"bot": bool(bot), "new": kind == "new", "minor": False}
    if "timestamp" in wanted:
        result["timestamp"] = timestamp
    if "comment" in wanted:
        result |= _hidden_comment(comment, hidden)
    if "redirect" in wanted and redirect:
        result["redirect"] = True
    if "loginfo" in wanted and log is not None:
        result |= {"logid": log, "logtype": log_type, "logaction": action, "logparams": orjson.loads(params)}
    if "tags" in wanted:
        result["tags"] = []
    return result


def _hidden_user(user: str, hidden: int) -> Json:
    return {"userhidden": True} if hidden & Hidden.USER else {"user": user}


def _hidden_comment(comment: str, hidden: int) -> Json:
    return {"commenthidden": True} if hidden & Hidden.COMMENT else {"comment": comment}


def log_events(call: Call) -> Json:
    """Log entries; suppressions only for those who may see the suppression log."""
    args = call.args
    newer = args["dir"] == "newer"
    where = Where()
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
    wanted = call.args["prop"]
    id_, kind, action, entity, page, user, timestamp, comment, params, deleted = row
    result: Json = {}
    if "ids" in wanted:
        result["logid"] = id_
    if "title" in wanted:
        result |= {"ns": call.pages.namespace(entity), "title": call.pages.title(entity)}
    if "ids" in wanted:
        result |= {"pageid": 0 if deleted else page, "logpage": page}
    if "details" in wanted:
        result["params"] = orjson.loads(params)
    if "type" in wanted:
        result |= {"type": kind, "action": action}
    if "user" in wanted:
        result["user"] = user
    if "timestamp" in wanted:
        result["timestamp"] = timestamp
    if "comment" in wanted:
        result["comment"] = comment
    return result


def user_contributions(call: Call) -> Json:
    """Edits of one or more accounts, newest first unless said otherwise."""
    args = call.args
    newer = args["dir"] == "newer"
    where = Where()
    where.add("p.deleted = 0")
    where.among("r.user", [normalize_name(name) or name for name in args["user"]])
    where.add(f"r.hidden & {int(Hidden.USER)} = 0")
    where.between("r.timestamp", args["start"], args["end"], newer=newer)
    in_namespaces(call.engine.settings, where, "p.entity", args["namespace"], "ucnamespace")
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
    wanted = call.args["prop"]
    account, user, page, revision, parent, entity, timestamp, comment, hidden, latest = row
    result: Json = {"userid": account, "user": user}
    if "ids" in wanted:
        result |= {"pageid": page, "revid": revision, "parentid": parent}
    if "title" in wanted:
        result |= {"ns": call.pages.namespace(entity), "title": call.pages.title(entity)}
    if "timestamp" in wanted:
        result["timestamp"] = timestamp
    if "flags" in wanted:
        result |= {"new": parent == 0, "minor": False, "top": revision == latest}
    if "comment" in wanted:
        result |= _hidden_comment(comment, hidden)
    return result


LISTS = {
    "recentchanges": Module(
        recent_changes,
        {
            "start": Param("timestamp"),
            "end": Param("timestamp"),
            "dir": Param(choices=DIRECTIONS, default="older"),
            "namespace": Param(multi=True),
            "user": Param(),
            "excludeuser": Param(),
            "title": Param(),
            "prop": props(
                "user userid comment parsedcomment flags timestamp title ids sizes redirect patrolled loginfo tags",
                "title timestamp ids",
            ),
            "show": Param(multi=True, choices=("bot", "!bot")),
            "limit": limit(),
            "type": Param(multi=True, choices=_CHANGE_TYPES, default=("edit", "new", "log", "categorize")),
            "continue": Param(),
        },
        prefix="rc",
    ),
    "logevents": Module(
        log_events,
        {
            "prop": props(
                "ids title type user userid timestamp comment parsedcomment details tags",
                "ids title type user timestamp comment details",
            ),
            "type": Param(choices=_LOG_TYPES),
            "action": Param(),
            "start": Param("timestamp"),
            "end": Param("timestamp"),
            "dir": Param(choices=DIRECTIONS, default="older"),
            "title": Param(),
            "user": Param(),
            "limit": limit(),
            "continue": Param(),
        },
        prefix="le",
    ),
    "usercontribs": Module(
        user_contributions,
        {
            "limit": limit(),
            "start": Param("timestamp"),
            "end": Param("timestamp"),
            "continue": Param(),
            "user": Param(multi=True, required=True),
            "dir": Param(choices=DIRECTIONS, default="older"),
            "namespace": Param(multi=True),
            "prop": props(
                "ids title timestamp comment parsedcomment size sizediff flags patrolled tags",
                "ids title timestamp comment size flags",
            ),
        },
        prefix="uc",
    ),
}
