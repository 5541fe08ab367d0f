"""What holds for every answer: caches, headers, methods, sizes, errors, health."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import true

from commarchive.errors import ClosedError
from commarchive.gateway import create_app
from commarchive.gateway.middleware import LARGEST_BODY, SECURITY_HEADERS
from commarchive.identity import Identity
from commarchive.projection.reader import View
from commarchive.register.holds import HoldReason
from tests.world import BASE, ELDER, STEWARD, VISITOR, browser, canary

OPEN = ("/", "/browse", "/search?q=song", "/item/{open}", "/property/{part of}", "/wiki/Special:EntityData/{open}.json")


def at(archive: Any, path: str) -> str:
    for name, id_ in archive.ids.items():
        path = path.replace("{" + name + "}", id_)
    return path


@pytest.mark.parametrize(
    "path", [*OPEN, "/wiki/Special:EntityData/{open}.ttl", "/w/api.php?action=wbgetentities&format=json&ids={open}"]
)
def test_what_everyone_sees_may_be_kept_and_has_to_be_asked_for_again(archive, path):
    client = archive.new_client()
    answer = client.get(at(archive, path))
    assert answer.headers["cache-control"] == "public, no-cache"
    assert "Cookie" in answer.headers["vary"]
    again = client.get(at(archive, path), headers={"If-None-Match": f'W/"x", {answer.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert client.get(at(archive, path), headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path", [*OPEN, "/item/Q99", "/nonsense", "/w/api.php?action=wbgetentities&format=json&ids={open}"]
)
def test_what_somebody_sees_is_kept_by_nobody(archive, path):
    answer = archive.client(ELDER).get(at(archive, path))
    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/sign-in", "/healthz", "/item/Q99", "/nonsense", "/w/api.php?action=query&meta=tokens&format=json"]
)
def test_what_is_no_content_of_the_archive_is_kept_by_nobody(archive, path):
    answer = archive.new_client().get(path)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers


def test_a_cookie_that_opens_nothing_still_makes_answers_private(archive):
    client = archive.new_client()
    client.cookies.set("__Host-commarchive", "A" * 43, domain="archive.example", path="/")
    answer = client.get(f"/item/{archive.ids['open']}")
    assert answer.headers["cache-control"] == "private, no-store"


def test_the_mark_of_an_answer_changes_with_what_everyone_sees_and_with_nothing_else(own):
    client = own.new_client()
    pages = [f"/item/{own.ids['open']}", f"/wiki/Special:EntityData/{own.ids['open']}.ttl", "/browse", "/"]

    def marks() -> list[str]:
        return [client.get(page).headers["etag"] for page in pages]

    before = marks()
    own.edit("closed item", labels={"en": "another name that nobody hears"})
    own.edit("draft", labels={"en": "a draft that nobody reads"})
    assert marks() == before
    own.edit("open", labels={"fi": "toinen nimi"})
    after = marks()
    assert all(one != other for one, other in zip(before[:2], after[:2], strict=True))


@pytest.mark.parametrize(
    "path", ["/", "/item/Q99", "/w/api.php?action=nonsense", "/static/style.css", "/robots.txt", "/x", "/healthz"]
)
def test_every_answer_carries_the_headers_that_keep_browsers_safe(archive, path):
    headers = archive.client(VISITOR).get(path).headers
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value
    assert "script" not in headers["content-security-policy"]
    assert "server" not in headers
    assert headers["strict-transport-security"]


def test_no_page_has_a_script_or_a_style_of_its_own(archive):
    for persona in (VISITOR, STEWARD):
        for path in ("/", "/browse", "/search?q=a", "/sign-in", "/nonsense", f"/item/{archive.ids['open']}"):
            text = archive.client(persona).get(path).text.lower()
            assert "<script" not in text
            assert "style=" not in text
            assert " onclick" not in text
            assert 'src="http' not in text


@pytest.mark.parametrize(
    "path", ["/", "/item/Q99", "/w/api.php?action=wbgetentities&ids=Q1&format=json", "/wiki/Special:EntityData/Q1.ttl"]
)
def test_head_says_what_get_says_without_a_body(archive, path):
    client = archive.new_client()
    asked, told = client.head(path), client.get(path)
    assert asked.content == b""
    assert asked.status_code == told.status_code
    assert sorted(asked.headers.items()) == sorted(told.headers.items())


@pytest.mark.parametrize("path", ["/", "/item/Q1", "/entity/Q1", "/w/api.php", "/healthz"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(archive, path, method):
    assert archive.client(VISITOR).request(method, path).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/item/Q1/",
        "//item/Q1",
        "/ITEM/Q1",
        "/item/Q1;x",
        "/item//Q1",
        "/item/%2e%2e/browse",
        "/api.php",
        "/w/index.php?title=Item:Q1",
        "/w/index.php/Item:Q1",
        "/w/w/api.php",
        "/w/api.php/x",
        "/w/rest.php/wikibase/v1/entities/items/Q1",
        "/w/load.php",
        "/wiki/Special:Export/Item:Q1",
        "/wiki/Special:EntityData",
        "/wiki/Special:EntityData/",
        "/wiki/Special%3AEntityData%2FQ1%2Fx",
        "/wiki/Special:Search",
        "/wiki/Talk:Q1",
        "/wiki/Item:P1",
        "/wiki/Property:Q1",
        "/static/../app.py",
        "/static/%2e%2e%2fapp.py",
        "/static/base.html",
        "/metrics",
    ],
)
def test_no_other_path_leads_anywhere(archive, path):
    assert archive.client(VISITOR).get(path).status_code == 404


def test_bodies_beyond_reason_are_refused(archive):
    client = archive.client(VISITOR)
    answer = client.post("/w/api.php", data={"action": "wbgetentities", "ids": "Q" * (LARGEST_BODY + 1)})
    assert answer.status_code == 413
    assert answer.headers["content-security-policy"]
    fields = "&".join(f"f{n}=1" for n in range(1000))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/w/api.php?format=json", content=fields, headers=form).status_code in (200, 400)
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/w/api.php?format=json", content=b"--y\r\n\r\n", headers=broken).status_code == 400
    assert client.post("/sign-in", content=b"--y\r\n\r\n", headers=broken).status_code == 400


def test_an_error_that_nobody_foresaw_tells_nothing_but_its_kind(archive, monkeypatch, caplog):
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(canary("zqitemlabel"))

    monkeypatch.setattr(View, "entities", broken)
    client = archive.client(VISITOR)
    with caplog.at_level(logging.ERROR):
        answers = [
            client.get(f"/item/{archive.ids['open']}"),
            client.get("/w/api.php?action=wbgetentities&format=json&ids=Q1"),
            client.get("/wiki/Special:EntityData/Q1.json"),
            client.get("/healthz"),
        ]
    for answer in answers:
        assert answer.status_code == 500
        assert answer.headers["cache-control"] == "private, no-store"
        assert canary("zqitemlabel") not in answer.text
        assert "Traceback" not in answer.text
    assert answers[1].json()["error"]["code"] == "internal_api_error_unforeseen"
    assert "RuntimeError" in caplog.text
    assert canary("zqitemlabel") not in caplog.text


def test_a_closed_archive_serves_nothing_and_says_when_to_ask_again(own, monkeypatch):
    def closed(*_: Any) -> Any:
        raise ClosedError(f"lost {canary('zqitemlabel')}")

    monkeypatch.setattr(own.register.store, "witness", closed)
    client = own.new_client()
    for path in (f"/item/{own.ids['open']}", "/", "/browse", "/wiki/Special:EntityData/Q1.json", "/healthz"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "60"
        assert canary("zqitemlabel") not in answer.text
    answer = client.get("/w/api.php?action=wbgetentities&format=json&ids=Q1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "internal_api_error_closed")
    assert client.get("/sign-in").status_code == 200, "who may see more has to be able to say who they are"


def test_a_restriction_acts_at_once_on_every_gateway(own):
    first, second = own.new_client(), own.new_client()
    page = f"/item/{own.ids['open']}"
    assert first.get(page).status_code == second.get(page).status_code == 200
    own.register.holds.place(own.ids["open"], HoldReason.DISPUTE, by=STEWARD, groups=["village"])
    assert first.get(page).status_code == second.get(page).status_code == 404
    assert own.new_client(STEWARD).get(page).status_code == 200


def test_health_is_well_while_closed_records_stay_closed(archive):
    answer = archive.client(VISITOR).get("/healthz")
    assert (answer.status_code, answer.text) == (200, "well\n")


def test_health_notices_when_a_closed_record_is_served(own, monkeypatch):
    # As if guards had been lost: everybody satisfies every guard.
    monkeypatch.setattr(View, "_visible", lambda *_: true())
    monkeypatch.setattr("commarchive.policy.redact.holds", lambda *_: True)
    answer = own.new_client().get("/healthz")
    assert (answer.status_code, answer.text) == (503, "not well\n")


def test_health_notices_when_a_closed_record_is_listed(own, monkeypatch):
    everything = own.projection.ids()
    monkeypatch.setattr(View, "items", lambda *_, **__: replace(_page(), ids=tuple(everything)))
    assert own.new_client().get("/healthz").status_code == 503


def _page() -> Any:
    from commarchive.projection.reader import Page

    return Page((), 0)


def test_documents_of_what_everyone_sees_may_be_read_by_any_page_and_others_by_none(archive):
    path = f"/wiki/Special:EntityData/{archive.ids['open']}.json"
    assert archive.new_client().get(path).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in archive.client(ELDER).get(path).headers
    assert "access-control-allow-origin" not in archive.new_client().get("/w/api.php?action=query&origin=*").headers


def test_robots_are_kept_from_lists(archive):
    assert "Disallow: /search" in archive.client(VISITOR).get("/robots.txt").text


def test_a_gateway_without_a_service_account_works(own):
    services = replace(own.services(), identity=Identity(own.register, own.wiki.transport))
    client = browser(create_app(services))
    assert client.get("/").status_code == 200
    assert BASE in client.get("/entity/Q1").headers["location"]
