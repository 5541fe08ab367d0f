"""Every surface of the gateway as the sweeps ask it, and which kinds of canary it carries for those who may see them.

A surface asks for everything that could bring something up: each id, each beginning of a canary, each language. What
it was asked with is taken out of its answers, so that an echo is not mistaken for a leak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from tests.world import ABSENT, ABSENT_PROPERTY, CANARIES, World, browser

API = "/w/api.php"
TERMS = frozenset(
    {"zqitemlabel", "zqitemdescription", "zqitemalias", "zqtermlabel", "zqtermdescription", "zqtermalias"}
)
RECORDS = frozenset({"zqsinger", "zqdraft", "zqheld", "zqunit", "zqmerged"})
STATEMENTS = frozenset({"zqitemvalue", "zqstatement", "zqqualifier", "zqreference", "zqofproperty"})
LABELS = frozenset({"zqitemlabel", "zqsinger", "zqdraft", "zqheld", "zqunit"})
NOTHING: frozenset[str] = frozenset()

Asking = Callable[[World, TestClient], Iterator[Any]]


@dataclass(frozen=True)
class Surface:
    """How a surface is asked, and the canaries that stand in its answers for whoever may see them."""

    name: str
    ask: Asking
    carries: frozenset[str]


def all_ids(world: World) -> list[str]:
    """Every id, one for all tunes, and two that nothing has."""
    told_apart = [id_ for name, id_ in world.ids.items() if not name.startswith("tune") or name == "tune 0"]
    return [*told_apart, ABSENT, ABSENT_PROPERTY]


def _items(world: World) -> list[str]:
    return [id_ for id_ in all_ids(world) if id_.startswith("Q")]


def _properties(world: World) -> list[str]:
    return [id_ for id_ in all_ids(world) if id_.startswith("P")]


def _for_each(paths: Callable[[World], list[str]], template: str) -> Asking:
    def ask(world: World, client: TestClient) -> Iterator[Any]:
        for id_ in paths(world):
            yield client.get(template.format(id=id_))

    return ask


def _entities(**more: str) -> Asking:
    def ask(world: World, client: TestClient) -> Iterator[Any]:
        ids = all_ids(world)
        for some in (ids[:50], ids[50:]):
            if some:
                yield client.get(
                    API, params={"action": "wbgetentities", "ids": "|".join(some), "format": "json", **more}
                )
        query = {"action": "wbgetentities", "ids": world.ids["open"], "format": "json", **more}
        yield client.post(API, data=query)
        yield client.get(API, params={**query, "redirects": "no"})
        yield client.get(API, params={**query, "languages": "en|fi|fr|se|de", "languagefallback": "1"})

    return ask


def _claims(world: World, client: TestClient) -> Iterator[Any]:
    for id_ in all_ids(world):
        yield client.get(API, params={"action": "wbgetclaims", "entity": id_, "format": "json"})


def _search_entities(world: World, client: TestClient) -> Iterator[Any]:
    for language, type_, texts in (
        ("en", "item", [*CANARIES, "zq", *_items(world)]),
        ("en", "property", ["zq", *_properties(world)]),
        ("fi", "item", ["zq", "zqtermalias"]),
        ("se", "item", ["zq", "zqtermlabel"]),
    ):
        for text in texts:
            query = {"action": "wbsearchentities", "search": text, "language": language, "type": type_}
            yield client.get(API, params={**query, "limit": "50", "format": "json"})


def _format_value(world: World, client: TestClient) -> Iterator[Any]:
    for id_ in all_ids(world):
        kind = "property" if id_.startswith("P") else "item"
        value = f'{{"type": "wikibase-entityid", "value": {{"entity-type": "{kind}", "id": "{id_}"}}}}'
        unit = f'{{"type": "quantity", "value": {{"amount": "+1", "unit": "{world.archive.base_url}/entity/{id_}"}}}}'
        for datavalue in (value, unit):
            for form in ("text/plain", "text/html"):
                query = {"action": "wbformatvalue", "datavalue": datavalue, "generate": form, "format": "json"}
                yield client.get(API, params=query)


def _meta(_world: World, client: TestClient) -> Iterator[Any]:
    query = {"action": "query", "format": "json", "uiprop": "groups|rights", "siprop": "general|namespaces|rightsinfo"}
    yield client.get(API, params={**query, "meta": "siteinfo|userinfo|tokens"})
    yield client.get(API, params={**query, "meta": "wbcontentlanguages", "wbclprop": "code|autonym"})
    for action in ("nonsense", "parse", "compare", "opensearch", "feedrecentchanges"):
        yield client.get(API, params={"action": action, "format": "json", "page": "Item:Q2"})
    yield client.get(API, params={**query, "list": "allpages", "prop": "revisions", "generator": "allpages"})


def _search(_world: World, client: TestClient) -> Iterator[Any]:
    for language, texts in (("en", [*CANARIES, "zq", "song", "", "a"]), ("fr", ["song"]), ("se", ["song"])):
        for text in texts:
            yield client.get("/search", params={"q": text, "lang": language})
    yield client.get("/search", params={"q": "song", "page": "2"})


def _pages_of(path: str, **more: str) -> Asking:
    def ask(_world: World, client: TestClient) -> Iterator[Any]:
        for language in ("en", "fr", "se"):
            for page in ("1", "2", "3"):
                yield client.get(path, params={"page": page, "lang": language, **more})

    return ask


def _browse(world: World, client: TestClient) -> Iterator[Any]:
    yield from _pages_of("/browse")(world, client)
    for prop in ("instance of", "part of", "closed property"):
        for value in _items(world):
            yield client.get("/browse", params={world.ids[prop]: value})


def _item_pages(world: World, client: TestClient) -> Iterator[Any]:
    for language in ("en", "fr", "se"):
        for id_ in _items(world):
            yield client.get(f"/item/{id_}", params={"lang": language})


def _sign_in(world: World, _client: TestClient) -> Iterator[Any]:
    yield browser(world.app()).post("/sign-in", data={"name": "Nobody", "password": "wrong", "token": "wrong"})


def _sign_out(world: World, _client: TestClient) -> Iterator[Any]:
    yield browser(world.app()).post("/sign-out", data={"token": "wrong"})


def _static(_world: World, client: TestClient) -> Iterator[Any]:
    for name in ("style.css", "icon.svg", "nothing.css"):
        yield client.get(f"/static/{name}")


def _data(ending: str) -> Asking:
    return _for_each(all_ids, f"/wiki/Special:EntityData/{{id}}.{ending}")


LISTED = LABELS | {"zqitemdescription", "zqtermlabel", "zqtermdescription"}
WHOLE = TERMS | RECORDS | STATEMENTS | {"zqproperty"}
"""All that a record says."""

SURFACES: tuple[Surface, ...] = (
    Surface("home", _pages_of("/"), LISTED),
    Surface("browse", _browse, LISTED | {"zqproperty"}),
    Surface(
        "browse values",
        _for_each(_properties, "/browse?values={id}"),
        frozenset({"zqitemlabel", "zqsinger", "zqproperty"}),
    ),
    Surface("search", _search, LISTED),
    Surface("item page", _item_pages, WHOLE),
    Surface("property page", _for_each(_properties, "/property/{id}"), frozenset({"zqproperty"})),
    Surface("sign-in form", _pages_of("/sign-in"), NOTHING),
    Surface("sign-in", _sign_in, NOTHING),
    Surface("sign-out", _sign_out, NOTHING),
    Surface("concept", _for_each(all_ids, "/entity/{id}"), NOTHING),
    Surface("EntityData json", _data("json"), WHOLE),
    Surface("EntityData ttl", _data("ttl"), WHOLE),
    Surface("EntityData nt", _data("nt"), WHOLE),
    Surface("EntityData rdf", _data("rdf"), WHOLE),
    Surface("EntityData jsonld", _data("jsonld"), WHOLE),
    Surface("EntityData html", _for_each(all_ids, "/wiki/Special:EntityData/{id}.html"), NOTHING),
    Surface("wiki page", _for_each(_items, "/wiki/Item:{id}"), NOTHING),
    Surface("wbgetentities", _entities(), WHOLE),
    Surface("wbgetentities formatversion 2", _entities(formatversion="2"), WHOLE),
    Surface("wbgetclaims", _claims, STATEMENTS),
    Surface(
        "wbsearchentities",
        _search_entities,
        LABELS | {"zqitemalias", "zqitemdescription", "zqproperty", "zqtermlabel", "zqtermalias", "zqmerged"},
    ),
    Surface("wbformatvalue", _format_value, LABELS | {"zqproperty"}),
    Surface("query meta", _meta, NOTHING),
    Surface("healthz", _for_each(lambda _world: [""], "/healthz{id}"), NOTHING),
    Surface("robots.txt", _for_each(lambda _world: [""], "/robots.txt{id}"), NOTHING),
    Surface("static", _static, NOTHING),
)
