"""The query module's `meta`: tokens, the caller, the archive as a wiki, content languages.

Knows: these answers in MediaWiki's shapes. Must not know: any entity; no count of anything is told.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from commarchive.gateway.api.calls import ITEM_NAMESPACE, PROPERTY_NAMESPACE, Call, Json, Module
from commarchive.gateway.api.signin import user_id
from commarchive.sandbox.answers import Keyed, Raw
from commarchive.sandbox.datatypes import VALUE_TYPES
from commarchive.sandbox.languages import autonyms
from commarchive.sandbox.params import Param
from commarchive.wikibase.api import ANONYMOUS_TOKEN

GENERATOR = "MediaWiki 1.43.0 (commarchive)"
"""Whose API is spoken; clients read the version out of it."""

_NAMESPACES = {
    -2: "Media",
    -1: "Special",
    0: "",
    ITEM_NAMESPACE: "Item",
    PROPERTY_NAMESPACE: "Property",
}
_USER_PROPS = ("blockinfo", "groups", "implicitgroups", "rights", "groupmemberships", "editcount", "options", "hasmsg")


def tokens(call: Call) -> Json:
    """Tokens of this browser: `csrf` for those who are signed in, `login` for everybody."""
    call.ask.keep_private = True
    found: Json = {}
    for kind in call.args["type"]:
        anonymous = kind != "login" and call.ask.session is None
        found[f"{kind}token"] = ANONYMOUS_TOKEN if anonymous else call.ask.token(kind) + "+\\"
    return {"tokens": found}


def user_info(call: Call) -> Json:
    """Who is asking."""
    call.ask.keep_private = True
    session, props = call.ask.session, call.args["prop"] or ()
    if session is None:
        info: Json = {"id": 0, "name": call.ask.address, "anon": True}
    else:
        info = {"id": user_id(session.person), "name": session.person}
    lists = {
        "groups": ["*"] if session is None else ["*", "user"],
        "implicitgroups": ["*"] if session is None else ["*", "user"],
        "groupmemberships": [],
        "rights": ["read"],
    }
    return {"userinfo": info | {name: names for name, names in lists.items() if name in props}}


def site_info(call: Call) -> Json:
    """The archive, as a wiki would tell of itself; without statistics."""
    call.ask.keep_private = True
    props = call.args["prop"]
    result: Json = {}
    if "general" in props:
        result["general"] = Raw(_general(call))
    if "namespaces" in props:
        result["namespaces"] = Raw({str(number): _namespace(call, number) for number in _NAMESPACES})
    if "namespacealiases" in props:
        result["namespacealiases"] = []
    if "extensions" in props:
        names = ("WikibaseRepository", "WikibaseLib")
        result["extensions"] = [{"type": "wikibase", "name": name} for name in names]
    if "usergroups" in props:
        result["usergroups"] = [{"name": name, "rights": ["read"]} for name in ("*", "user")]
    if "rightsinfo" in props:
        rights, languages = call.ask.services.rights, call.ask.reader.languages
        text = next((rights.text[code] for code in languages if code in rights.text), "")
        result["rightsinfo"] = {"url": rights.url, "text": text}
    return result


def _general(call: Call) -> Json:
    services, base = call.ask.services, call.ask.services.base_url
    archive = services.archive
    name = next((archive.name[code] for code in call.ask.reader.languages if code in archive.name), archive.id)
    return {
        "mainpage": "Main Page",
        "base": f"{base}/",
        "sitename": name,
        "generator": GENERATOR,
        "case": "first-letter",
        "lang": archive.languages[0],
        "fallback": [],
        "timezone": archive.zone,
        "timeoffset": 0,
        "articlepath": "/wiki/$1",
        "scriptpath": "/w",
        "script": "/w/index.php",
        "variantarticlepath": False,
        "server": base,
        "servername": urlsplit(base).hostname or "",
        "wikiid": archive.id,
        "time": call.ask.view.standing.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "wikibase-propertytypes": {name: {"valuetype": kind} for name, kind in VALUE_TYPES.items()},
        "wikibase-conceptbaseuri": f"{base}/entity/",
    }


def _namespace(call: Call, number: int) -> Json:
    name = _NAMESPACES[number]
    row: Json = {"id": number, "case": "first-letter"}
    if name:
        row["canonical"] = name
    row["*" if call.version == 1 else "name"] = name
    if number in (ITEM_NAMESPACE, PROPERTY_NAMESPACE):
        row["defaultcontentmodel"] = f"wikibase-{name.lower()}"
    return row


def content_languages(call: Call) -> Json:
    """Languages that terms and monolingual texts may be in."""
    props = call.args["prop"]
    found = Keyed()
    for code, autonym in autonyms().items():
        row = {"code": code, "autonym": autonym, "name": autonym}
        found[code] = {prop: row[prop] for prop in ("code", "autonym", "name") if prop in props}
    return {"wbcontentlanguages": dict(found)}


META = {
    "tokens": Module(tokens, {"type": Param(multi=True, choices=("csrf", "login"), default=("csrf",))}),
    "userinfo": Module(user_info, {"prop": Param(multi=True, choices=_USER_PROPS)}, prefix="ui"),
    "siteinfo": Module(
        site_info,
        {
            "prop": Param(
                multi=True,
                choices=("general", "namespaces", "namespacealiases", "extensions", "usergroups", "rightsinfo"),
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
"""Every submodule of `meta`; what is not here does not exist."""
