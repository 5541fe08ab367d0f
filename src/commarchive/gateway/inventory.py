"""Every exit: what leaves by it, and which sweep looks through it for what must not.

Knows: the list. Must not know: how an exit works. A test compares the list with the routes of the running application,
and each sweep with the requests that it makes; so no exit is opened without being written down and swept.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExitEntry:
    """One route. `sweeps` names the surfaces of the canary sweep that go through it."""

    path: str
    methods: frozenset[str]
    serves: str
    sweeps: tuple[str, ...]


def _exit(path: str, serves: str, *sweeps: str, methods: str = "GET HEAD") -> ExitEntry:
    return ExitEntry(path, frozenset(methods.split()), serves, sweeps)


INVENTORY = (
    _exit("/", "the front page: newest records, values to browse by with counts", "home"),
    _exit("/browse", "records by values, with counts and paging", "browse", "browse values"),
    _exit("/search", "records by words, with counts and paging", "search"),
    _exit("/item/{id}", "a record's page", "item page"),
    _exit("/property/{id}", "a property's page", "property page"),
    _exit("/sign-in", "the form; nothing of the archive but its name", "sign-in form"),
    _exit("/sign-in", "a redirect, or the form again", "sign-in", methods="POST"),
    _exit("/sign-out", "a redirect", "sign-out", methods="POST"),
    _exit("/entity/{id}", "a redirect made from the address alone", "concept"),
    _exit(
        "/wiki/Special:EntityData/{name}",
        "an entity's document, or a redirect made from the address alone",
        "EntityData json",
        "EntityData ttl",
        "EntityData nt",
        "EntityData rdf",
        "EntityData jsonld",
        "EntityData html",
    ),
    _exit("/wiki/{title}", "a redirect made from the address alone", "wiki page"),
    _exit(
        "/w/api.php",
        "the Action API",
        "wbgetentities",
        "wbgetentities formatversion 2",
        "wbgetclaims",
        "wbsearchentities",
        "wbformatvalue",
        "query meta",
        methods="GET HEAD POST",
    ),
    _exit("/healthz", "one word", "healthz"),
    _exit("/robots.txt", "a constant", "robots.txt"),
    _exit("/static/{name}", "files that ship with the gateway", "static"),
)
