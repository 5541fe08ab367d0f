from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from commarchive.sandbox import Wiki, WikiSettings, serve
from commarchive.sandbox.left_out import LEFT_OUT
from commarchive.wikibase.http import HttpTransport
from commarchive.wikibase.transport import Request, Transport
from tests.contract.replay import (
    ANONYMOUS,
    CONFLICT_STAMP,
    STAMP,
    TWIN_DESCRIPTION,
    World,
    call,
    csrf_token,
    recordings,
    replay,
    sign_in,
)
from tests.contract.shapes import Names, differences, wrong_hashes

LEFT = {number: row for row in LEFT_OUT for number in row.recordings}
REPLAYED = [number for number in recordings() if number not in LEFT]
OPEN = WikiSettings(private=False, site_name="Live Wikibase")
OF_ITSELF = frozenset({"usergroups", "extensions", "time"})
PASSWORD = "a password for the contract"

GENERAL_UNSAID = (
    "logo phpversion phpsapi dbtype dbversion langconversion linkconversion titleconversion "
    "linkprefixcharset linkprefix linktrail legaltitlechars invalidusernamechars fixarabicunicode "
    "fixmalayalamunicode fallback8bitEncoding uploadsenabled maxuploadsize minuploadchunksize "
    "galleryoptions thumblimits imagelimits favicon centralidlookupprovider "
    "allcentralidlookupproviders interwikimagic magiclinks categorycollation nofollowlinks "
    "nofollownsexceptions nofollowdomainexceptions wikibase-geoshapestoragebaseurl "
    "wikibase-tabulardatastoragebaseurl"
)

# What an embedded wiki does not say of itself, since it would not be true: its server, its media, its languages' links.
UNSAID = {
    "001": {
        "general": list(re.findall(r"\S+", GENERAL_UNSAID)),
        "wikibase-propertytypes": ["entity-schema"],
        "namespaces": ["640", "641"],
    }
}
HEADERS = ("mediawiki-api-error", "location", "access-control-allow-origin", "cache-control")


def embedded() -> Iterator[World]:
    with Wiki(":memory:", settings=OPEN) as wiki:
        _populate(wiki, 312)
        base = wiki.settings.base_url
        yield World(wiki.transport, base, base, "Admin", PASSWORD)


def served() -> Iterator[World]:
    # As a wiki that is in use, over HTTP: nothing has the id that it has in the recordings.
    with Wiki(":memory:", settings=OPEN) as wiki, serve(wiki) as address:
        _populate(wiki, 5000, property_number=200)
        yield World(_over_http(address), wiki.settings.base_url, address, "Admin", PASSWORD, _fresh_names())


def live() -> Iterator[World]:
    address = os.environ.get("COMMARCHIVE_LIVE_URL")
    if not address:
        pytest.skip("COMMARCHIVE_LIVE_URL names no wiki, so the recordings are not replayed against a real one")
    user, password = os.environ["COMMARCHIVE_LIVE_USER"], os.environ["COMMARCHIVE_LIVE_PASSWORD"]
    names = _fresh_names()
    names.texts["Admin"] = user
    yield World(
        _over_http(address), address, address, user, password, names, conflict_delay=5, users=f"{user}|Nobody Here"
    )


WORLDS = {"embedded": embedded, "served": served, "live": live}


def _over_http(address: str) -> Callable[[], Transport]:
    return lambda: HttpTransport(address, "commarchive-contract/1 (https://example.org/)")


def _fresh_names() -> Names:
    stamp = str(time.time_ns() // 1000)
    words = {word: f"{word}{stamp}" for word in ("Kaustinen", "pelimanni", "inventory")}
    return Names(texts={STAMP: stamp, CONFLICT_STAMP: f"{stamp}1", "test ": f"test {stamp} ", **words})


def _populate(wiki: Wiki, item_number: int, property_number: int = 0) -> None:
    wiki.create_account("Admin", PASSWORD, ["sysop", "bureaucrat", "interface-admin", "bot"])
    for name in ("Second", "Third", "Elder"):
        wiki.create_account(name, PASSWORD)
    store = wiki._engine.store
    with store.write():
        store.raise_number("item", item_number)
        store.raise_number("property", property_number)


class Replayed:
    """What a wiki answered, and what it was expected to."""

    def __init__(self, kind: str, world: World) -> None:
        self.kind = kind
        self.world = world
        self.answers = replay(world, frozenset(LEFT))
        denied = self.answers["002"].headers.get("mediawiki-api-error") == "readapidenied"
        self.unfit = ANONYMOUS - {"003"} if denied else frozenset()

    def loose(self, number: str) -> frozenset[str]:
        keys = OF_ITSELF if number == "001" else frozenset()
        if self.kind != "embedded":
            keys |= {"hash"}
        if self.kind == "live":
            keys |= {"info", "general", "namespaces", "groups", "groupmemberships", "wbcontentlanguages"}
        if self.kind == "live" and number == "057":
            # The oldest changes of a wiki that is in use are not ours.
            keys |= {"title", "ns", "type"}
        return keys

    def actual(self, number: str) -> Any:
        answer = self.answers[number].json()
        if self.kind == "live" and number == "066":
            # A wiki that is in use has older deletions than ours.
            del answer["query"]["logevents"][1:]
            answer.pop("continue", None)
        return answer

    def expected(self, number: str) -> Any:
        response = recordings()[number].response
        recorded = self.world.names.value(_based(response["json"], self.world.base_url))
        if number == "033":
            twin = recorded["search"][1]
            twin["description"] = twin["display"]["description"]["value"] = TWIN_DESCRIPTION
        if number == "008" and self.kind == "live":
            del recorded["query"]["users"][1]
        return recorded if self.kind == "live" else _without(recorded, UNSAID.get(number, {}))


@pytest.fixture(scope="module", params=["embedded", "served", pytest.param("live", marks=pytest.mark.live)])
def replayed(request: pytest.FixtureRequest) -> Iterator[Replayed]:
    for world in WORLDS[request.param]():
        yield Replayed(request.param, world)


def test_every_recording_is_replayed_or_left_out_with_a_reason():
    assert set(REPLAYED) | set(LEFT) == set(recordings())
    assert len(recordings()) == 69
    assert all(row.reason for row in LEFT_OUT)


@pytest.mark.parametrize("number", REPLAYED)
def test_an_answer_has_the_recorded_status_and_headers(replayed: Replayed, number: str):
    _skip_if_private(replayed, number)
    recorded, answer = recordings()[number].response, replayed.answers[number]
    assert answer.status == recorded["status"]
    assert _content_type(answer.headers["content-type"]) == _content_type(recorded["content_type"])
    for name in HEADERS:
        expected = {key.lower(): value for key, value in recorded["headers"].items()}.get(name)
        if expected is not None or name == "mediawiki-api-error":
            expected = expected and replayed.world.names.text(_based(expected, replayed.world.address))
            assert answer.headers.get(name) == expected


@pytest.mark.parametrize("number", [number for number in REPLAYED if "json" in recordings()[number].response])
def test_an_answer_has_the_recorded_shape_and_content(replayed: Replayed, number: str):
    _skip_if_private(replayed, number)
    actual = replayed.actual(number)
    assert list(differences(replayed.expected(number), actual, loose=replayed.loose(number))) == []
    assert list(wrong_hashes(actual)) == []


@pytest.mark.parametrize("number", sorted(LEFT))
def test_what_is_left_out_is_refused_rather_than_answered_wrongly(number: str):
    with Wiki(":memory:", settings=OPEN) as wiki:
        _populate(wiki, 313)
        admin = wiki.transport()
        world = World(wiki.transport, wiki.settings.base_url, wiki.settings.base_url, "Admin", PASSWORD)
        sign_in(world, admin)
        for kind in ("property", "item"):
            data = json.dumps({"datatype": "string"} if kind == "property" else {})
            call(admin, action="wbeditentity", new=kind, data=data, token=csrf_token(admin))
        request = recordings()[number].request
        answer = admin.send(Request(request["method"], request["path"], request["params"] or {}), timeout=5)
        assert answer.status in {404, 415}


def _skip_if_private(replayed: Replayed, number: str) -> None:
    if number in replayed.unfit:
        pytest.skip("the wiki is private, and this exchange was recorded by somebody who was not signed in")


def _based(value: Any, base: str) -> Any:
    if isinstance(value, str):
        return value.replace("{base}", base)
    if isinstance(value, list):
        return [_based(item, base) for item in value]
    if isinstance(value, dict):
        return {key: _based(item, base) for key, item in value.items()}
    return value


def _without(value: Any, unsaid: dict[str, list[str]], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _without(item, unsaid, name) for name, item in value.items() if name not in unsaid.get(key, ())}
    return value


def _content_type(value: str) -> str:
    return value.lower().partition(";")[0]
