"""Every way out is written down, and asked: the routes of the running application, the inventory, and the questions."""

from __future__ import annotations

from random import Random

from starlette.routing import Match, Route

from commarchive.gateway import create_app
from commarchive.gateway.inventory import INVENTORY
from commarchive.proof.exits import EXITS, Guesses
from tests.proof.pairs import PERSONAS, Layering, archive_of, make_base

GUESSES = Guesses(["Q1", "P1", "Q99"], ["P1"], ["Q1$x"], ["song"], ["en", "fi"], "https://archive.example")


def routes(tmp_path) -> list[Route]:

    random = Random("exits")
    layer = Layering(make_base(random, PERSONAS[0]), PERSONAS[0], "exits").make()
    with archive_of(tmp_path, layer, PERSONAS[0], random) as (services, _):
        app = create_app(services)
    found = [route for route in app.routes if isinstance(route, Route)]
    assert len(found) == len(app.routes), "an exit that is no plain route cannot be listed"
    return found


def test_every_surface_of_the_inventory_is_asked_and_none_that_is_gone():
    assert {name for entry in INVENTORY for name in entry.sweeps} | {"elsewhere"} == EXITS.keys()


def test_the_inventory_is_the_routes_of_the_running_application(tmp_path):
    listed = {(entry.path, entry.methods) for entry in INVENTORY}
    assert listed == {(route.path, frozenset(route.methods or ())) for route in routes(tmp_path)}


def test_the_questions_of_a_surface_go_through_its_own_route_and_those_of_elsewhere_through_none_that_serves(tmp_path):
    known = routes(tmp_path)
    for entry in INVENTORY:
        for name in entry.sweeps:
            taken = []
            for question in EXITS[name].questions(GUESSES):
                scope = {"type": "http", "method": question.verb, "path": question.path, "root_path": ""}
                taken += [
                    (route.path, frozenset(route.methods or ()))
                    for route in known
                    if route.matches(scope)[0] is Match.FULL
                ][:1]
            assert taken.count((entry.path, entry.methods)) == len(taken) > 0, name
