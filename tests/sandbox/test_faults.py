from __future__ import annotations

from typing import Any

import pytest

from commarchive.errors import WikiOutcomeUnknownError
from commarchive.sandbox import Fault, FaultKind, Wiki
from commarchive.wikibase.transport import Response
from tests.sandbox.client import Client, code, messages, terms

MAKE = {"action": "wbeditentity", "new": "item", "data": '{"labels": {"en": {"language": "en", "value": "made"}}}'}


def try_to_make(client: Client) -> Response:
    return client.send(token=client.token(), **MAKE)


def made(client: Client) -> int:
    return len(client.call(action="wbsearchentities", search="made", language="en")["search"])


@pytest.mark.parametrize(("kind", "count"), [("503", 0), ("503-after-commit", 1)])
def test_a_service_unavailable_comes_before_or_after_the_commit(wiki: Wiki, admin: Client, kind: str, count: int):
    wiki.faults.add(Fault(kind, "wbeditentity"))
    answer = try_to_make(admin)
    assert answer.status == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert made(admin) == count


@pytest.mark.parametrize(("kind", "count"), [("silent", 0), ("silent-after-commit", 1)])
def test_a_silent_server_leaves_its_client_not_knowing(wiki: Wiki, admin: Client, kind: str, count: int):
    wiki.faults.add(Fault(kind, "wbeditentity"))
    with pytest.raises(WikiOutcomeUnknownError):
        try_to_make(admin)
    assert made(admin) == count


@pytest.mark.parametrize(("retry_after", "header"), [(None, None), (17, "17")])
def test_too_many_requests_come_with_or_without_when_to_come_back(
    wiki: Wiki, admin: Client, retry_after: int | None, header: str | None
):
    wiki.faults.add(Fault("429", "wbeditentity", retry_after=retry_after))
    answer = try_to_make(admin)
    assert answer.status == 429
    assert answer.headers.get("retry-after") == header
    assert made(admin) == 0


ERRORS: list[tuple[str, str, list[str]]] = [
    ("ratelimited", "ratelimited", []),
    ("readonly", "readonly", []),
    ("badtoken", "badtoken", []),
    ("maxlag", "maxlag", []),
    ("editconflict", "editconflict", ["wikibase-api-editconflict", "edit-conflict"]),
    ("abusefilter-disallowed", "failed-save", ["wikibase-api-failed-save", "abusefilter-disallowed"]),
]


@pytest.mark.parametrize(("kind", "said", "named"), ERRORS)
def test_an_error_is_answered_with_200_and_its_code_in_the_header(
    wiki: Wiki, admin: Client, kind: str, said: str, named: list[str]
):
    wiki.faults.add(Fault(kind, "wbeditentity"))
    answer = try_to_make(admin)
    assert (answer.status, answer.headers["mediawiki-api-error"]) == (200, said)
    assert code(answer.json()) == said
    assert (messages(answer.json()) if named else []) == named
    assert ("messages" in answer.json()["error"]) is bool(named)
    assert made(admin) == 0


def test_lag_says_how_much_and_when_to_come_back(wiki: Wiki, admin: Client):
    wiki.faults.add(Fault("maxlag", lag=6.2, retry_after=9))
    answer = admin.send(action="query", meta="tokens")
    assert answer.headers["retry-after"] == "9"
    assert answer.headers["x-database-lag"] == "6"
    error = answer.json()["error"]
    assert (error["lag"], error["type"]) == (6.2, "db")
    assert {"code", "info", "host", "lag", "type", "*"} == set(error)


def test_a_lost_session_fails_the_assertion_and_one_can_sign_in_again(wiki: Wiki, admin: Client):
    wiki.faults.add(Fault("session-lost", "wbeditentity"))
    answer = admin.send(token=admin.token(), **{"assert": "user"}, **MAKE).json()
    assert code(answer) == "assertuserfailed"
    assert "query" in admin.sign_in("Admin").call(action="query", meta="userinfo")


def test_a_block_in_the_middle_of_a_batch_stops_what_follows(wiki: Wiki, admin: Client):
    wiki.faults.add(Fault("block", "wbeditentity", skip=2))
    answers: list[Any] = [try_to_make(admin).json() for _ in range(4)]
    assert ["entity" in answer for answer in answers] == [True, True, False, False]
    assert messages(answers[2]) == ["wikibase-api-permissiondenied", "blockedtext"]


def test_a_block_of_nobody_in_particular_does_nothing(wiki: Wiki, visitor: Client):
    wiki.faults.add("block")
    assert "query" in visitor.call(action="query", meta="tokens")


def test_faults_strike_the_requests_they_are_meant_for_as_often_as_they_say(wiki: Wiki, admin: Client):
    wiki.faults.add(Fault("readonly", "wbeditentity", times=2, skip=1))
    assert "query" in admin.call(action="query", meta="userinfo")
    codes = [code(try_to_make(admin).json())[:8] for _ in range(4)]
    assert codes == ["no error", "readonly", "readonly", "no error"]
    assert len(wiki.faults) == 0


def test_faults_wait_in_line_and_can_be_called_off(wiki: Wiki, admin: Client):
    wiki.faults.add("readonly", Fault("ratelimited"), "badtoken")
    assert code(admin.call(action="query")) == "readonly"
    assert code(admin.call(action="query")) == "ratelimited"
    wiki.faults.clear()
    assert "batchcomplete" in admin.call(action="query")


def test_every_kind_of_fault_has_an_answer_or_an_effect(wiki: Wiki, admin: Client):
    for kind in FaultKind:
        wiki.faults.add(kind)
        try:
            admin.send(action="query", meta="tokens")
        except WikiOutcomeUnknownError:
            assert kind in (FaultKind.SILENT, FaultKind.SILENT_AFTER_COMMIT)
    assert len(wiki.faults) == 0


def test_a_fault_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="banana"):
        Fault("banana")


def test_a_fault_does_not_touch_concept_addresses(wiki: Wiki, admin: Client):
    item = admin.item(labels=terms(en="x"))
    wiki.faults.add("503")
    assert admin.get(f"/entity/{item}").status == 303
    assert len(wiki.faults) == 1
