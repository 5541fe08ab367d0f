"""Programs that people have, as they come, over loopback; their default addresses are poisoned."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from wikibaseintegrator import WikibaseIntegrator, wbi_helpers, wbi_login
from wikibaseintegrator.wbi_config import config
from wikibaseintegrator.wbi_exceptions import MissingEntityException

from commarchive.cli.serve import settings_of
from tests.world import ELDER, MEMBER, PASSWORD, World, at_address, canary

POISON = "poisoned://nobody.invalid"


@contextmanager
def served(app: Starlette, listener: socket.socket) -> Iterator[None]:
    """The application behind a socket, as `commarchive serve` runs it."""
    server = uvicorn.Server(settings_of(app, host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass
class Place:
    """Where the gateway is served."""

    base: str
    world: World

    @property
    def api(self) -> str:
        return f"{self.base}/w/api.php"

    def library(self, person: str) -> tuple[WikibaseIntegrator, dict[str, Any]]:
        """The library signed in as somebody, and its arguments that lead here."""
        login = wbi_login.Clientlogin(user=person, password=PASSWORD, mediawiki_api_url=self.api)
        return WikibaseIntegrator(login=login), {"mediawiki_api_url": self.api, "login": login}


@pytest.fixture(scope="module")
def place(archive) -> Iterator[Place]:
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with served(archive.app(at_address(archive.archive, base)), listener):
        yield Place(base, archive)


@pytest.fixture(autouse=True)
def poison(monkeypatch):
    for key in (
        "MEDIAWIKI_API_URL",
        "MEDIAWIKI_INDEX_URL",
        "MEDIAWIKI_REST_URL",
        "SPARQL_ENDPOINT_URL",
        "WIKIBASE_URL",
    ):
        monkeypatch.setitem(config, key, POISON)
    monkeypatch.setitem(config, "USER_AGENT", "commarchive-tests/1 (https://example.org/)")
    monkeypatch.setitem(config, "BACKOFF_MAX_TRIES", 1)


def test_the_defaults_are_poisoned():
    with pytest.raises(Exception, match=r"[Nn]o connection adapters|poisoned"):
        wbi_helpers.search_entities("x")


def test_wikibaseintegrator_reads_as_a_visitor(place):
    there = {"mediawiki_api_url": place.api, "allow_anonymous": True}
    item = WikibaseIntegrator().item.get(place.world.ids["open"], **there)
    assert item.labels.get("en").value == "rowing song"
    assert item.labels.get("se") is None
    remarks = item.claims.get(place.world.ids["remark"])
    assert [claim.mainsnak.datavalue["value"] for claim in remarks] == ["heard by all", "heard by most"]
    assert item.claims.get(place.world.ids["note"]) == []
    assert canary("zqqualifier") not in str(item.get_json())
    prop = WikibaseIntegrator().property.get(place.world.ids["size"], **there)
    assert prop.datatype.value == "quantity"


def test_wikibaseintegrator_reads_as_who_signed_in(place):
    library, there = place.library(ELDER)
    item = library.item.get(place.world.ids["open"], **there)
    assert item.labels.get("se").value == canary("zqtermlabel")
    assert canary("zqqualifier") in str(item.get_json())
    closed = library.item.get(place.world.ids["closed item"], **there)
    assert closed.labels.get("en").value == canary("zqitemlabel")
    there["login"].session.close()


def test_wikibaseintegrator_finds_what_its_user_may_see(place):
    def found(**there: Any) -> list[str]:
        asked: list[str] = wbi_helpers.search_entities("zq", language="en", **there)
        return asked

    assert found(mediawiki_api_url=place.api, allow_anonymous=True) == []
    for person, expected in ((MEMBER, False), (ELDER, True)):
        _, there = place.library(person)
        assert (place.world.ids["closed item"] in found(**there)) is expected
        there["login"].session.close()


def test_wikibaseintegrator_signs_in_by_bot_password(place):
    password = place.world.wiki.create_bot_password(ELDER, "wbi")
    login = wbi_login.Login(user=f"{ELDER}@wbi", password=password, mediawiki_api_url=place.api)
    assert login.get_edit_token() != "+\\"
    login.session.close()


def test_wikibaseintegrator_takes_hidden_for_missing(place):
    there = {"mediawiki_api_url": place.api, "allow_anonymous": True}
    for id_ in (place.world.ids["closed item"], "Q99"):
        with pytest.raises(MissingEntityException):
            WikibaseIntegrator().item.get(id_, **there)


def test_wikibaseintegrator_is_refused_with_a_wrong_password(place):
    with pytest.raises(wbi_login.LoginError):
        wbi_login.Clientlogin(user=ELDER, password="wrong", mediawiki_api_url=place.api)


def test_a_server_tells_nothing_of_itself(place):
    answer = requests.get(place.base, timeout=10)
    assert answer.status_code == 200
    assert "server" not in answer.headers
    spoofed = requests.get(
        place.api,
        params={"action": "query", "meta": "userinfo", "format": "json"},
        headers={"X-Forwarded-For": "203.0.113.9"},
        timeout=10,
    )
    assert spoofed.json()["query"]["userinfo"]["name"] == "127.0.0.1"


def test_head_and_ranges_and_long_addresses_break_nothing(place):
    assert requests.head(place.base, timeout=10).status_code == 200
    assert requests.get(place.base, headers={"Range": "bytes=0-1"}, timeout=10).status_code == 200
    assert requests.get(f"{place.base}/search", params={"q": "å" * 8000}, timeout=10).status_code == 200
