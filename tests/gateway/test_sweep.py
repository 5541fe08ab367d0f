"""Nothing closed leaves by any exit, and everything open does: canaries, ids, agreement with the view, same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.routing import Match, Route

from commarchive.gateway.inventory import INVENTORY
from commarchive.gateway.languages import COOKIE as LANGUAGE_COOKIE
from commarchive.wikibase.codec import encode_entity
from tests.gateway.surfaces import API, SURFACES, Surface
from tests.world import ABSENT, CANARIES, PERSONAS, VISITOR, World, canary


def texts_of(response: Any) -> str:
    """All that an answer says, headers included, however it is written."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.multi_items())
    text = response.text
    if "json" in response.headers.get("content-type", ""):
        text += "\n" + text.encode().decode("unicode_escape", "replace")
    return unescape(f"{headers}\n{text}")


def asked_in(response: Any) -> str:
    return unquote(str(response.request.url) + response.request.content.decode("utf-8", "replace"))


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name.replace(" ", "-"))
def test_what_is_closed_is_heard_by_those_who_may_and_by_nobody_else(archive, surface: Surface, persona: str):
    answers = [(asked_in(r), texts_of(r)) for r in surface.ask(archive, archive.client(persona))]
    said = "\n".join(text for _, text in answers)
    for kind, seen_by in CANARIES.items():
        if persona not in seen_by:
            assert canary(kind) not in said, f"{kind} leaks"
        elif kind in surface.carries:
            assert canary(kind) in said, f"{kind} is missing"
        else:
            assert canary(kind) not in said, f"{surface.name} carries {kind}; the table does not say so"
    # Ids are canaries too: what may not be known of is named only where the question named it.
    known = set(archive.known_to(persona).values())
    hidden = re.compile(rf"\b({'|'.join(id_ for id_ in archive.ids.values() if id_ not in known)})\b")
    for asked, text in answers:
        assert set(hidden.findall(text)) <= set(hidden.findall(asked)), asked


def test_every_route_is_written_down_and_swept(archive):
    app = archive.app()
    routes = {(route.path, frozenset(route.methods or ())) for route in app.routes if isinstance(route, Route)}
    assert len(app.routes) == len(routes), "an exit that is no plain route cannot be listed"
    assert {(entry.path, entry.methods) for entry in INVENTORY} == routes
    assert {name for entry in INVENTORY for name in entry.sweeps} == {surface.name for surface in SURFACES}


def test_each_sweep_goes_through_the_exit_that_names_it(archive):
    client = archive.client(VISITOR)
    routes = [route for route in archive.app().routes if isinstance(route, Route)]
    for entry in INVENTORY:
        for name in entry.sweeps:
            surface = next(each for each in SURFACES if each.name == name)
            response = next(iter(surface.ask(archive, client)))
            url = response.request.url
            scope = {"type": "http", "method": response.request.method, "path": url.path, "root_path": ""}
            taken = next(route for route in routes if route.matches(scope)[0] is Match.FULL)
            assert (taken.path, frozenset(taken.methods or ())) == (entry.path, entry.methods), name


def same_but_for(response: Any, id_: str) -> tuple[int, str, list[tuple[str, str]]]:
    headers = sorted((name, value.replace(id_, "ID")) for name, value in response.headers.multi_items())
    return response.status_code, response.text.replace(id_, "ID").replace(id_.lower(), "ID"), headers


VALUE = '{{"type":"wikibase-entityid","value":{{"entity-type":"item","id":"{id}"}}}}'
ASKED = (
    "/item/{id}",
    "/item/{id}?lang=fi",
    "/property/{id}",
    "/entity/{id}",
    "/wiki/Item:{id}",
    "/wiki/Special:EntityData/{id}",
    "/wiki/Special:EntityData/{id}.json",
    "/wiki/Special:EntityData/{id}.ttl",
    "/wiki/Special:EntityData/{id}.nt",
    "/wiki/Special:EntityData/{id}.rdf",
    "/wiki/Special:EntityData/{id}.jsonld",
    "/wiki/Special:EntityData/{id}.html",
    "/wiki/Special:EntityData/{id}.json?revision=1",
    "/wiki/Special:EntityData/{id}.ttl?flavor=dump",
    "/browse?values={id}",
    "/search?q={id}",
    API + "?action=wbgetentities&ids={id}&format=json",
    API + "?action=wbgetentities&ids={id}&format=json&formatversion=2&redirects=no",
    API + "?action=wbgetentities&ids={id}&format=json&props=info",
    API + "?action=wbgetclaims&entity={id}&format=json",
    API + "?action=wbgetclaims&entity={id}&property=P1&format=json",
    API + "?action=wbgetclaims&format=json&claim={id}$00000000-0000-4000-8000-000000000000",
    API + "?action=wbsearchentities&search={id}&language=en&format=json",
    API + "?action=wbformatvalue&format=json&datavalue=" + VALUE,
)


def hidden_from(archive: World, persona: str) -> Iterator[tuple[str, str]]:
    known = archive.known_to(persona)
    return ((name, id_) for name, id_ in archive.ids.items() if id_.startswith("Q") and name not in known)


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("path", ASKED)
def test_what_is_hidden_is_answered_as_what_never_was(archive, persona: str, path: str):
    client = archive.client(persona)

    def answer(id_: str) -> Any:
        # A language that was chosen is remembered; each question is asked as if it was the first.
        for cookie in [each for each in client.cookies.jar if each.name == LANGUAGE_COOKIE]:
            client.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)
        return same_but_for(client.get(path.format(id=id_)), id_)

    absent = answer(ABSENT)
    for name, id_ in hidden_from(archive, persona):
        assert len(id_) == len(ABSENT)
        assert answer(id_) == absent, name


@pytest.mark.parametrize("persona", PERSONAS)
def test_filters_by_what_is_hidden_are_filters_by_what_never_was(archive, persona: str):
    client = archive.client(persona)
    part_of = archive.ids["part of"]
    absent = same_but_for(client.get("/browse", params={part_of: ABSENT}), ABSENT)
    for name, id_ in hidden_from(archive, persona):
        assert same_but_for(client.get("/browse", params={part_of: id_}), id_) == absent, name


def test_a_property_that_is_hidden_is_one_that_never_was(archive):
    client = archive.client(VISITOR)
    hidden, absent = archive.ids["closed property"], "P99"
    for path in ("/property/{id}", "/wiki/Special:EntityData/{id}.ttl", "/browse?values={id}", "/browse?{id}=Q1"):
        one, other = client.get(path.format(id=hidden)), client.get(path.format(id=absent))
        assert same_but_for(one, hidden) == same_but_for(other, absent)


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_gateway_and_the_view_agree_on_every_entity(archive, persona: str):
    client = archive.client(persona)
    with archive.projection.view(archive.principal(persona)) as view:
        shown = view.entities(archive.ids.values())
    ids = list(archive.ids.values())
    entities: dict[str, Any] = {}
    for some in (ids[:50], ids[50:]):
        query = {"action": "wbgetentities", "ids": "|".join(some), "format": "json"}
        entities |= client.get(API, params=query).json()["entities"] if some else {}
    for id_ in ids:
        data = client.get(f"/wiki/Special:EntityData/{id_}.json")
        page = client.get(f"/{'property' if id_.startswith('P') else 'item'}/{id_}", follow_redirects=True)
        claims = client.get(API, params={"action": "wbgetclaims", "entity": id_, "format": "json"}).json()
        turtle = client.get(f"/wiki/Special:EntityData/{id_}.ttl")
        if id_ not in shown:
            assert entities[id_] == {"id": id_, "missing": ""}
            assert (data.status_code, page.status_code, turtle.status_code) == (404, 404, 404)
            assert claims["error"]["code"] == "no-such-entity"
            continue
        entity = shown[id_].entity
        expected = encode_entity(entity)
        about = ("pageid", "ns", "title", "lastrevid", "modified", "redirects")
        assert {k: v for k, v in entities[id_].items() if k not in about} == expected
        assert entities[id_]["lastrevid"] == entity.revision
        assert {k: v for k, v in data.json()["entities"][entity.id].items() if k not in about} == expected
        if id_ == entity.id:
            assert claims["claims"] == expected["claims"]
        else:
            assert claims["error"]["code"] == "unresolved-redirect"
        assert page.status_code == turtle.status_code == 200
        text = unescape(page.text)
        assert all(label in text for label in entity.labels.values())
        assert f"schema:version {entity.revision} " in turtle.text
        said = {snak.text for statement in entity.statements for snak in statement.snaks() if snak.text}
        assert all(each in text for each in said)


@pytest.mark.parametrize("persona", PERSONAS)
def test_counts_and_lists_hold_what_the_reader_sees_and_no_more(archive, persona: str):
    client = archive.client(persona)
    with archive.projection.view(archive.principal(persona)) as view:
        total = view.items().total
        songs = dict(view.values(archive.ids["instance of"]))[archive.ids["song"]]
        found = view.search("song").total
    assert f"{total} records" in client.get("/browse?lang=en").text
    assert re.search(rf"<small>{songs}</small>", client.get(f"/browse?values={archive.ids['instance of']}").text)
    assert f"{found} records have" in client.get("/search?q=song&lang=en").text
    seen = len(re.findall(r'<li>\s*<a href="/item/', "".join(client.get(f"/browse?page={n}").text for n in (1, 2, 3))))
    assert seen == total


def test_what_only_is_known_to_exist_is_in_no_list_and_no_count(archive):
    stub = archive.ids["singers' song"]
    client = archive.client(VISITOR)
    for path in ("/", "/browse", "/browse?page=2", "/search?q=record", f"/browse?values={archive.ids['part of']}"):
        assert stub not in client.get(path).text
    page = client.get(f"/item/{stub}?lang=en")
    assert page.status_code == 200
    assert "A record that is not open" in page.text
    assert "It is not open to you now" in page.text
    assert "A record that is not open" in client.get(f"/item/{archive.ids['open']}?lang=en").text
