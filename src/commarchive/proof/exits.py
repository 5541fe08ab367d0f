"""Every exit of the gateway as a stranger would try it: what to ask, and which kinds of content leave by it.

Knows: addresses and parameters. Must not know: who may see what; everything is asked for, whoever asks.

`EXITS` has one line for each surface that the gateway's own inventory names, and one for addresses that lead nowhere. A
test holds the two against each other and against the routes of the running application, so that no exit is opened
without being swept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, product

from commarchive.projection.secrets import Kind
from commarchive.proof.asking import Question

API = "/w/api.php"
_DATA = "/wiki/Special:EntityData/"
_BATCH = 50
_FEW = 5
"""Of how many records a variant is asked that differs from another in nothing but its spelling."""


@dataclass(frozen=True)
class Guesses:
    """What somebody who guesses everything asks for.

    `ids`: items and properties, hidden ones and ones that nothing has among them. `relations`: properties whose values
    are items. `guids`: statements. `words`: what to search for; none is a whole secret, so that an echo of the question
    tells nothing. `languages`: of readers.
    """

    ids: Sequence[str]
    relations: Sequence[str]
    guids: Sequence[str]
    words: Sequence[str]
    languages: Sequence[str]
    base_url: str

    @property
    def items(self) -> list[str]:
        """Ids of items."""
        return [id_ for id_ in self.ids if id_.startswith("Q")]

    @property
    def properties(self) -> list[str]:
        """Ids of properties."""
        return [id_ for id_ in self.ids if id_.startswith("P")]


Asking = Callable[[Guesses], Iterator[Question]]


@dataclass(frozen=True, slots=True)
class Exit:
    """One surface. `shows`: kinds of content of which everything that a reader may see of an item stands there."""

    name: str
    questions: Asking
    shows: frozenset[Kind] = frozenset()


def _home(guesses: Guesses) -> Iterator[Question]:
    for language in guesses.languages:
        yield Question("/", {"lang": language})
    yield Question("/", headers={"accept-language": "se, fi;q=0.5"})


def _browse(guesses: Guesses) -> Iterator[Question]:
    for language, page in product(guesses.languages, range(1, 4)):
        yield Question("/browse", {"lang": language, "page": str(page)})
    for page in range(4, 2 + len(guesses.items) // 20):
        yield Question("/browse", {"page": str(page)})
    for relation, item in product(guesses.relations, guesses.items):
        yield Question("/browse", {relation: item})
    yield Question("/browse", {"page": "99999999999999999999"})


def _browse_values(guesses: Guesses) -> Iterator[Question]:
    for id_ in guesses.ids:
        yield Question("/browse", {"values": id_})


def _search(guesses: Guesses) -> Iterator[Question]:
    for word in guesses.words:
        yield Question("/search", {"q": word})
    for language, word in product(guesses.languages, list(guesses.words)[:3]):
        yield Question("/search", {"q": word, "lang": language, "page": "2"})
    for id_ in guesses.ids:
        yield Question("/search", {"q": id_})


def _pages(path: str, ids: Callable[[Guesses], Iterable[str]]) -> Asking:
    def ask(guesses: Guesses) -> Iterator[Question]:
        for language, id_ in zip(cycle(guesses.languages), ids(guesses), strict=False):
            yield Question(f"{path}{id_}")
            yield Question(f"{path}{id_}", {"lang": language})
        for id_ in list(ids(guesses))[:_FEW]:
            yield Question(f"{path}{id_.lower()}")

    return ask


def _all_ids(guesses: Guesses) -> Iterable[str]:
    return guesses.ids


def _concept(guesses: Guesses) -> Iterator[Question]:
    accepted = ("text/html", "application/json", "text/turtle;q=0.9, application/rdf+xml;q=0.8", "image/png")
    for accept, id_ in zip(cycle(accepted), guesses.ids, strict=False):
        yield Question(f"/entity/{id_}")
        yield Question(f"/entity/{id_}", headers={"accept": accept})


def _data(ending: str) -> Asking:
    def ask(guesses: Guesses) -> Iterator[Question]:
        for id_ in guesses.ids:
            yield Question(f"{_DATA}{id_}.{ending}")
        for id_ in guesses.ids[:_FEW]:
            yield Question(f"{_DATA}{id_}.{ending}", {"flavor": "dump"})
            yield Question(f"{_DATA}{id_}.{ending}", {"revision": "1"})
            yield Question(f"{_DATA}{id_.lower()}.{ending}", {"flavor": "simple"})
            yield Question(f"{_DATA}{id_}", headers={"accept": "*/*"})
            yield Question(f"{_DATA}{id_}.{ending}", method="HEAD")

    return ask


def _wiki_page(guesses: Guesses) -> Iterator[Question]:
    for id_ in guesses.ids:
        yield Question(f"/wiki/{'Property' if id_.startswith('P') else 'Item'}:{id_}")
    for title in ("Main_Page", "Special:RecentChanges", "Special:WhatLinksHere", "Special:Export", "Special:AllPages"):
        yield Question(f"/wiki/{title}", {"target": guesses.ids[0] if guesses.ids else ""})


def _api(action: str, **query: str) -> Question:
    return Question(API, {"action": action, "format": "json", **query})


def _entities(**more: str) -> Asking:
    def ask(guesses: Guesses) -> Iterator[Question]:
        for at in range(0, len(guesses.ids), _BATCH):
            ids = "|".join(guesses.ids[at : at + _BATCH])
            yield _api("wbgetentities", ids=ids, **more)
            yield _api("wbgetentities", ids=ids, redirects="no", props="info", **more)
            yield _api("wbgetentities", ids=ids, props="aliases|labels|descriptions|datatype", **more)
            yield _api("wbgetentities", ids=ids, props="claims|sitelinks/urls", **more)
            for fallback in ({}, {"languagefallback": "1"}):
                languages = "|".join(guesses.languages)
                yield _api("wbgetentities", ids=ids, languages=languages, **fallback, **more)
                yield _api("wbgetentities", ids=ids, languages="de", **fallback, **more)
            form = {"action": "wbgetentities", "format": "json", "ids": ids, **more}
            yield Question(API, form=form)
        for id_ in guesses.ids[:_FEW]:
            yield _api("wbgetentities", ids=id_, **more)
        yield _api("wbgetentities", sites="enwiki", titles="Song", **more)

    return ask


def _claims(guesses: Guesses) -> Iterator[Question]:
    for id_ in guesses.ids:
        yield _api("wbgetclaims", entity=id_)
        yield _api("wbgetclaims", entity=id_, props="references", rank="preferred", formatversion="2")
    for item, property_id in zip(guesses.items, cycle(guesses.properties), strict=False):
        yield _api("wbgetclaims", entity=item, property=property_id)
    for guid in guesses.guids:
        yield _api("wbgetclaims", claim=guid)


def _search_entities(guesses: Guesses) -> Iterator[Question]:
    for language, word in zip(cycle(guesses.languages), guesses.words, strict=False):
        yield _api("wbsearchentities", search=word, language=language, limit="50")
        yield _api("wbsearchentities", search=word, language="en", type="property", limit="50")
    for language, word in product(guesses.languages, ("z", "zq", "so", "s", "pr", "a", "k")):
        yield _api("wbsearchentities", search=word, language=language, limit="50")
    for word in list(guesses.words)[:5]:
        yield _api("wbsearchentities", search=word, language="de", uselang="fi", limit="1")
        yield _api("wbsearchentities", search=word, language="en", strictlanguage="1", limit="2", **{"continue": "1"})
    for id_ in guesses.ids:
        kind = "property" if id_.startswith("P") else "item"
        yield _api("wbsearchentities", search=id_, language="en", type=kind, formatversion="2")


def _format_value(guesses: Guesses) -> Iterator[Question]:
    for form, id_ in zip(cycle(("text/plain", "text/html", "text/x-wiki")), guesses.ids, strict=False):
        kind = "property" if id_.startswith("P") else "item"
        named = f'{{"type": "wikibase-entityid", "value": {{"entity-type": "{kind}", "id": "{id_}"}}}}'
        address = f"{guesses.base_url}/entity/{id_}"
        unit = f'{{"type": "quantity", "value": {{"amount": "+1", "unit": "{address}"}}}}'
        yield _api("wbformatvalue", datavalue=named, generate=form)
        yield _api("wbformatvalue", datavalue=unit, generate=form, uselang="fi")
        text = f'{{"type": "string", "value": "{address}"}}'
        yield _api("wbformatvalue", datavalue=text, datatype="url", generate="text/html")
        if kind == "property":
            yield _api("wbformatvalue", datavalue='{"type": "string", "value": "A"}', property=id_)


def _meta(guesses: Guesses) -> Iterator[Question]:
    props = {
        "uiprop": "groups|rights",
        "siprop": "general|namespaces|extensions|usergroups|rightsinfo|namespacealiases",
    }
    yield _api("query", meta="siteinfo|userinfo|tokens", **props)
    yield _api("query", meta="siteinfo|userinfo", formatversion="2", uselang="fi", **props)
    yield _api("query", meta="wbcontentlanguages", wbclprop="code|autonym|name")
    title = f"Item:{guesses.items[0]}" if guesses.items else "Item:Q1"
    for action in (
        *("nonsense", "help", "parse", "compare", "opensearch", "feedrecentchanges", "expandtemplates", "wbgraphql"),
        *("wbmergeitems", "wblinktitles", "wbformatentities", "wbsgetsuggestions", "delete", "undelete", "paraminfo"),
    ):
        yield _api(action, page=title, title=title, titles=title)
    for name in ("allpages", "recentchanges", "logevents", "backlinks", "search", "wbsearch", "wblistentityusage"):
        yield _api("query", list=name)
    for name in ("revisions", "links", "linkshere", "pageterms", "entityterms", "info"):
        yield _api("query", prop=name, titles=title)
    yield _api("query", generator="allpages", titles=title, export="1")
    yield _api("login", lgname="Nobody")
    yield Question(
        API, form={"action": "login", "format": "json", "lgname": "Nobody", "lgpassword": "x", "lgtoken": "x"}
    )
    yield Question(API, form={"action": "clientlogin", "format": "json", "username": "Nobody"})
    yield Question(API, form={"action": "logout", "format": "json", "token": "x"})
    yield Question(API, {"action": "query", "format": "xml"})


def _sign_in_form(guesses: Guesses) -> Iterator[Question]:
    for language in guesses.languages:
        yield Question("/sign-in", {"lang": language})
    for id_ in guesses.ids[:_FEW]:
        yield Question("/sign-in", {"then": f"/item/{id_}"})


def _sign_in(guesses: Guesses) -> Iterator[Question]:
    then = f"/item/{guesses.items[0]}" if guesses.items else "/"
    yield Question("/sign-in", form={"name": "Nobody", "password": "wrong", "token": "wrong", "then": then})


def _sign_out(_guesses: Guesses) -> Iterator[Question]:
    yield Question("/sign-out", form={"token": "wrong"})


def _paths(*paths: str) -> Asking:
    def ask(_guesses: Guesses) -> Iterator[Question]:
        for path in paths:
            yield Question(path)
            yield Question(path, method="HEAD")

    return ask


def _elsewhere(guesses: Guesses) -> Iterator[Question]:
    """Addresses that lead nowhere, as close to real ones as can be."""
    for id_ in guesses.ids[:_FEW]:
        for path in (
            *(f"/item/{id_}/", f"//item/{id_}", f"/item//{id_}", f"/item/{id_};x", f"/item/..%2Fitem%2F{id_}"),
            *(f"/ITEM/{id_}", f"/item%2F{id_}", f"/item/{id_}%00", f"/item/{id_}.json", f"/item/%20{id_}"),
            *(f"/w/index.php/Item:{id_}", f"/index.php/Item:{id_}", f"/w/api.php/{id_}", f"/api.php/{id_}"),
            *(f"{_DATA}{id_}.exe", f"{_DATA}{id_}/json", f"{_DATA}{id_}.json.ttl", f"{_DATA}", f"/entity/{id_}.json"),
            *(f"/w/rest.php/wikibase/v1/entities/items/{id_}", f"/wiki/Special:EntityPage/{id_}", f"/bigdata/{id_}"),
        ):
            yield Question(path)
    for path, method in (("/", "POST"), ("/browse", "DELETE"), ("/w/api.php", "PUT"), ("/item/Q1", "OPTIONS")):
        yield Question(path, method=method)
    yield Question("/w/index.php", {"title": "Special:RecentChanges", "feed": "atom"})


_TERMS = frozenset({Kind.LABEL, Kind.DESCRIPTION, Kind.ALIAS})
_SAID = frozenset({Kind.STATEMENT, Kind.QUALIFIER, Kind.REFERENCE})
_DATA_KINDS = _SAID | {Kind.COORDINATES, Kind.DATE}

_LIST: tuple[Exit, ...] = (
    Exit("home", _home),
    Exit("browse", _browse),
    Exit("browse values", _browse_values),
    Exit("search", _search),
    Exit("item page", _pages("/item/", _all_ids), _TERMS | _SAID),
    Exit("property page", _pages("/property/", _all_ids)),
    Exit("sign-in form", _sign_in_form),
    Exit("sign-in", _sign_in),
    Exit("sign-out", _sign_out),
    Exit("concept", _concept),
    *(
        Exit(f"EntityData {ending}", _data(ending), _TERMS | _DATA_KINDS)
        for ending in ("json", "ttl", "nt", "rdf", "jsonld")
    ),
    Exit("EntityData html", _data("html")),
    Exit("wiki page", _wiki_page),
    Exit("wbgetentities", _entities(), _TERMS | _DATA_KINDS | {Kind.GUID}),
    Exit("wbgetentities formatversion 2", _entities(formatversion="2"), _TERMS | _DATA_KINDS | {Kind.GUID}),
    Exit("wbgetclaims", _claims, _DATA_KINDS | {Kind.GUID}),
    Exit("wbsearchentities", _search_entities),
    Exit("wbformatvalue", _format_value),
    Exit("query meta", _meta),
    Exit("healthz", _paths("/healthz")),
    Exit("robots.txt", _paths("/robots.txt")),
    Exit("static", _paths("/static/style.css", "/static/icon.svg", "/static/nothing.css", "/static/..%2Fapp.py")),
    Exit("elsewhere", _elsewhere),
)

EXITS: Mapping[str, Exit] = {each.name: each for each in _LIST}
"""Every exit, by the name that the gateway's inventory has for it; `elsewhere` is what is no exit."""
