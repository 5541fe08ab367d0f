"""The query module's `meta`: tokens, the caller, the wiki, content languages.

Knows: these answers as recorded. Must not know: pages.
"""

from __future__ import annotations

import commarchive
from commarchive.sandbox.answers import Json, Keyed, Raw
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.datatypes import VALUE_TYPES
from commarchive.sandbox.languages import autonyms
from commarchive.sandbox.params import Param, words
from commarchive.sandbox.rows import block_facts

_TOKENS = ("createaccount", "csrf", "deleteglobalaccount", "login", "patrol", "rollback", "userrights", "watch")
_NAMESPACES = (
    *("Media", "Special", "", "Talk"),
    *(
        f"{name}{talk}"
        for name in words("User Project File MediaWiki Template Help Category")
        for talk in ("", " talk")
    ),
)
_FIRST_NAMESPACE = -2
_WITH_SUBPAGES = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 15}
_USER_PROPS = words("groups rights blockinfo groupmemberships ratelimits editcount registrationdate")


def tokens(call: Call) -> Json:
    """Tokens of this session."""
    return {"tokens": {f"{kind}token": call.session.token(kind) for kind in call.args["type"]}}


def user_info(call: Call) -> Json:
    """Who is asking."""
    account, props = call.actor.account, call.args["prop"] or []
    info: Json = {"id": call.actor.account_id, "name": call.actor.name}
    if account is None:
        info["anon"] = True
    if "blockinfo" in props and account is not None:
        info |= block_facts(account)
    if "groups" in props:
        info["groups"] = list(account.effective_groups) if account else ["*"]
    if "groupmemberships" in props:
        info["groupmemberships"] = [
            {"group": group, "expiry": "infinity"} for group in (account.groups if account else ())
        ]
    if "rights" in props:
        info["rights"] = sorted(call.actor.rights)
    if "ratelimits" in props:
        info["ratelimits"] = _rate_limits(call)
    if "editcount" in props:
        info["editcount"] = account.edits if account else 0
    if "registrationdate" in props and account is not None:
        info["registrationdate"] = account.registered
    return {"userinfo": info}


def _rate_limits(call: Call) -> Json:
    limit = call.engine.settings.rate_limit
    if limit is None or call.actor.may("noratelimit"):
        return {}
    return {"edit": {"user": {"hits": limit.edits, "seconds": int(limit.seconds)}}}


def site_info(call: Call) -> Json:
    """The wiki, as `siteinfo` tells of it; the generator says what it is."""
    props = call.args["prop"]
    settings = call.engine.settings
    result: Json = {}
    if "general" in props:
        result["general"] = Raw(_general(call))
    if "namespaces" in props:
        result["namespaces"] = Raw(_namespaces(call))
    if "usergroups" in props:
        names = dict.fromkeys(["*", "user", "autoconfirmed", *settings.group_rights])
        result["usergroups"] = [{"name": name, "rights": sorted(settings.rights_of((name,)))} for name in names]
    if "extensions" in props:
        result["extensions"] = [
            {"type": "wikibase", "name": name, "author": "commarchive", "version": commarchive.__version__}
            for name in ("WikibaseRepository", "WikibaseLib")
        ]
    if "statistics" in props:
        result["statistics"] = _statistics(call)
    return result


def _general(call: Call) -> Json:
    settings = call.engine.settings
    base = settings.base_url
    return {
        "mainpage": "Main Page",
        "base": f"{base}/wiki/Main_Page",
        "sitename": settings.site_name,
        "generator": f"commarchive {commarchive.__version__} (embedded wiki, for trying and testing)",
        "case": "first-letter",
        "lang": "en",
        "fallback": [],
        "writeapi": "",
        "maxarticlesize": 2097152,
        "timezone": "UTC",
        "timeoffset": 0,
        "articlepath": "/wiki/$1",
        "scriptpath": "/w",
        "script": "/w/index.php",
        "variantarticlepath": False,
        "server": base,
        "servername": base.partition("://")[2].partition(":")[0],
        "wikiid": "wiki",
        "time": call.engine.stamp(),
        "wikibase-propertytypes": {name: {"valuetype": kind} for name, kind in VALUE_TYPES.items()},
        "wikibase-conceptbaseuri": settings.entity_base,
    }


def _namespaces(call: Call) -> Json:
    settings = call.engine.settings
    star = "*" if call.version == 1 else "name"
    result: Json = {}
    for number, canonical in enumerate(_NAMESPACES, _FIRST_NAMESPACE):
        name = canonical.replace("Project", settings.site_name)
        result[str(number)] = _namespace(number, canonical, name, star)
    for number, name, model in (
        (settings.item_namespace, "Item", "wikibase-item"),
        (settings.property_namespace, "Property", "wikibase-property"),
    ):
        if number:
            result[str(number)] = _namespace(number, name, name, star)
            result[str(number + 1)] = _namespace(number + 1, f"{name} talk", f"{name} talk", star)
        result[str(number)]["defaultcontentmodel"] = model
    return result


def _namespace(number: int, canonical: str, name: str, star: str) -> Json:
    row: Json = {"id": number, "case": "first-letter"}
    if number == 0:
        row["content"] = ""
    if number in _WITH_SUBPAGES:
        row["subpages"] = ""
    if canonical:
        row["canonical"] = canonical
    if canonical == "MediaWiki":
        row["namespaceprotection"] = "editinterface"
    return {**row, star: name}


def _statistics(call: Call) -> Json:
    with call.store.read():
        pages = call.store.value("SELECT count(*) FROM page WHERE deleted = 0")
        return {
            "pages": pages,
            "articles": pages,
            "edits": call.store.value("SELECT count(*) FROM revision"),
            "users": call.store.value("SELECT count(*) FROM account"),
        }


def content_languages(call: Call) -> Json:
    """Languages that terms and monolingual texts may be in."""
    props = call.args["prop"]
    found = Keyed()
    for code, autonym in autonyms().items():
        row: Json = {}
        if "code" in props:
            row["code"] = code
        if "autonym" in props:
            row["autonym"] = autonym
        if "name" in props:
            row["name"] = autonym
        found[code] = row
    return {"wbcontentlanguages": dict(found)}


META = {
    "tokens": Module(tokens, {"type": Param(multi=True, choices=_TOKENS, default=("csrf",))}, open_to_all=True),
    "userinfo": Module(
        user_info,
        {
            "prop": Param(
                multi=True,
                choices=_USER_PROPS,
            )
        },
        prefix="ui",
    ),
    "siteinfo": Module(
        site_info,
        {
            "prop": Param(
                multi=True,
                choices=words("general namespaces usergroups extensions statistics"),
                default=("general",),
            )
        },
        prefix="si",
    ),
    "wbcontentlanguages": Module(
        content_languages,
        {
            "context": Param(choices=("monolingualtext", "term", "term-lexicographical"), default="term"),
            "prop": Param(multi=True, choices=("code", "autonym", "name"), default=("code",)),
        },
        prefix="wbcl",
    ),
}
