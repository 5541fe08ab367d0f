"""What each failure of a wiki means, and how often something is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from commarchive.errors import WikiOutcomeUnknownError, WikiRefusedError, WikiUnavailableError
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.transport import Response

from .scripted import TOKEN, ScriptedTransport, answer, error, sent

OK = answer({"success": 1})
LATE = WikiOutcomeUnknownError("no whole answer")
NEVER = WikiUnavailableError("cannot be reached")
MAXLAG = Response(
    200,
    b'{"error":{"code":"maxlag","info":"Waiting for HOST: 6.2 seconds lagged","host":"HOST","lag":6.2,"type":"db"}}',
    {"retry-after": "7", "x-database-lag": "6"},
)
HTML = Response(200, b"<html>down for maintenance</html>", {"content-type": "text/html"})


@pytest.fixture
def naps() -> list[float]:
    return []


def api_of(transport: ScriptedTransport, naps: list[float], **options) -> ActionApi:
    return ActionApi(transport, sleep=naps.append, **options)


def test_a_read_is_a_get_with_its_parameters_joined(naps):
    transport = ScriptedTransport(OK)
    api_of(transport, naps).read(action="wbgetentities", ids=["Q1", "Q2"], props=None, curtimestamp=True, bot=False)
    (request,) = transport.requests
    assert request.method == "GET"
    assert request.params == {"action": "wbgetentities", "ids": "Q1|Q2", "curtimestamp": "1", "format": "json"}


def test_values_with_a_pipe_take_the_other_separator(naps):
    transport = ScriptedTransport(OK)
    api_of(transport, naps).read(action="query", titles=["a|b", "c"])
    assert sent(transport.requests[0])["titles"] == "\x1fa|b\x1fc"


def test_a_long_read_is_a_post(naps):
    transport = ScriptedTransport(OK)
    api_of(transport, naps).read(action="wbgetentities", ids=[f"Q{n}" for n in range(1, 1000)])
    assert transport.requests[0].method == "POST"
    assert not transport.requests[0].params


@pytest.mark.parametrize(
    "failure",
    [
        MAXLAG,
        NEVER,
        LATE,
        HTML,
        error("ratelimited"),
        error("readonly", status=503),
        error("internal_api_error_DBQueryError", status=500),
        Response(429, b""),
        Response(502, b"<html>bad gateway</html>"),
        Response(503, b""),
        Response(408, b""),
        answer(["not", "an", "object"]),
    ],
    ids=lambda failure: repr(failure)[:60],
)
def test_a_read_is_tried_again_after(failure, naps):
    transport = ScriptedTransport(failure, OK)
    assert api_of(transport, naps).read(action="query") == {"success": 1}
    assert len(naps) == 1
    assert len(transport.requests) == 2


def test_a_read_gives_up_after_its_tries_with_growing_waits(naps):
    transport = ScriptedTransport(*[Response(503, b"")] * 4)
    with pytest.raises(WikiUnavailableError):
        api_of(transport, naps, tries=4).read(action="query")
    assert len(naps) == 3
    assert naps == sorted(naps)
    assert 0.75 <= naps[0] <= 1.25


def test_waits_follow_retry_after_in_seconds_and_dates(naps):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    transport = ScriptedTransport(
        MAXLAG, Response(429, b"", {"retry-after": "11"}), Response(429, b"", {"retry-after": later}), OK
    )
    api_of(transport, naps).read(action="query")
    assert naps[:2] == [7, 11]
    assert 25 < naps[2] <= 30


def test_a_lag_without_a_header_is_waited_for(naps):
    transport = ScriptedTransport(error("maxlag", lag=6.2), error("maxlag", lag=0.5), OK)
    api_of(transport, naps).read(action="query")
    assert naps == [6.2, 5.0]


@pytest.mark.parametrize("text", ["soon", "Wed, 99 Nov 2026 05:20:24 GMT", "Mon, 23 Nov 2026 05:20:24 -0000", "-1"])
def test_an_unreadable_retry_after_is_as_none(text, naps):
    transport = ScriptedTransport(Response(429, b"", {"retry-after": text}), OK)
    api_of(transport, naps).read(action="query")
    assert naps[0] < 2


def test_a_wait_longer_than_allowed_is_the_callers_business(naps):
    transport = ScriptedTransport(Response(429, b"", {"retry-after": "3600"}))
    with pytest.raises(WikiUnavailableError) as caught:
        api_of(transport, naps).read(action="query")
    assert caught.value.retry_after == 3600
    assert naps == []


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (error("badvalue", "Unrecognized value"), "badvalue"),
        (error("readapidenied"), "readapidenied"),
        (Response(404, b"<html>"), "http-404"),
        (Response(403, b"<html>"), "http-403"),
        (Response(301, b"", {"location": "https://other.example/"}), "redirect"),
    ],
)
def test_a_refusal_is_not_tried_again(failure, code, naps):
    transport = ScriptedTransport(failure)
    with pytest.raises(WikiRefusedError) as caught:
        api_of(transport, naps).read(action="query")
    assert caught.value.code == code
    assert naps == []


def test_a_refusal_carries_the_wikis_messages(naps):
    transport = ScriptedTransport(TOKEN, error("modification-failed", messages=["wikibase-validator-label-conflict"]))
    with pytest.raises(WikiRefusedError) as caught:
        api_of(transport, naps).write(action="wbeditentity")
    assert caught.value.messages == ("wikibase-validator-label-conflict",)


def test_a_write_carries_token_maxlag_and_assertion(naps):
    transport = ScriptedTransport(TOKEN, OK, OK)
    api = api_of(transport, naps, maxlag=5, assert_user="Commarchive")
    api.write(action="wbeditentity", id="Q1")
    api.write(action="wbeditentity", id="Q2")
    _, first, second = transport.requests
    assert first.method == "POST"
    assert not first.params
    assert first.form == {
        "action": "wbeditentity",
        "id": "Q1",
        "format": "json",
        "maxlag": "5",
        "assertuser": "Commarchive",
        "token": "abc+\\",
    }
    assert second.form["token"] == "abc+\\", "one token serves a session"


@pytest.mark.parametrize(
    "failure",
    [
        LATE,
        HTML,
        Response(500, b""),
        Response(502, b"<html>"),
        Response(503, b"<html>"),
        Response(504, b""),
        Response(408, b""),
        Response(200, b'{"entity":{"id":"Q1"'),
        error("internal_api_error_DBQueryError", status=500),
    ],
    ids=lambda failure: repr(failure)[:60],
)
def test_a_write_of_unknown_outcome_is_never_sent_again(failure, naps):
    transport = ScriptedTransport(TOKEN, failure)
    with pytest.raises(WikiOutcomeUnknownError):
        api_of(transport, naps).write(action="wbeditentity")
    assert len(transport.requests) == 2
    assert naps == []


@pytest.mark.parametrize(
    "failure",
    [
        MAXLAG,
        NEVER,
        error("ratelimited"),
        error("readonly", status=503),
        error("failed-save", messages=["actionthrottledtext"]),
        Response(429, b""),
    ],
    ids=lambda failure: repr(failure)[:60],
)
def test_a_write_that_did_nothing_is_sent_again_after_a_wait(failure, naps):
    transport = ScriptedTransport(TOKEN, failure, OK)
    assert api_of(transport, naps).write(action="wbeditentity") == {"success": 1}
    assert len(naps) == 1


def test_a_write_that_does_nothing_gives_up_after_its_tries(naps):
    transport = ScriptedTransport(TOKEN, *[error("ratelimited")] * 3)
    with pytest.raises(WikiUnavailableError):
        api_of(transport, naps, tries=3).write(action="wbeditentity")


@pytest.mark.parametrize(
    "code", ["blocked", "abusefilter-disallowed", "editconflict", "failed-save", "permissiondenied"]
)
def test_a_refused_write_is_not_sent_again(code, naps):
    transport = ScriptedTransport(TOKEN, error(code))
    with pytest.raises(WikiRefusedError) as caught:
        api_of(transport, naps).write(action="wbeditentity")
    assert caught.value.code == code


def test_a_stale_token_is_fetched_anew_once(naps):
    fresh = answer({"query": {"tokens": {"csrftoken": "fresh+\\"}}})
    transport = ScriptedTransport(TOKEN, OK, error("badtoken"), fresh, OK)
    api = api_of(transport, naps)
    api.write(action="wbeditentity")
    api.write(action="wbeditentity")
    assert transport.requests[-1].form["token"] == "fresh+\\"


def test_a_fresh_token_that_is_bad_is_refused(naps):
    transport = ScriptedTransport(TOKEN, error("badtoken"))
    with pytest.raises(WikiRefusedError) as caught:
        api_of(transport, naps).write(action="wbeditentity")
    assert caught.value.code == "badtoken"


def test_nobody_writes_without_an_account(naps):
    transport = ScriptedTransport(answer({"query": {"tokens": {"csrftoken": "+\\"}}}))
    with pytest.raises(WikiRefusedError) as caught:
        api_of(transport, naps).write(action="wbeditentity")
    assert caught.value.code == "notloggedin"
    assert len(transport.requests) == 1


@pytest.mark.parametrize("code", ["assertnameduserfailed", "assertuserfailed", "assertbotfailed"])
def test_a_lost_session_is_signed_in_once(code, naps):
    signed_in: list[bool] = []
    transport = ScriptedTransport(TOKEN, error(code), TOKEN, OK)
    api = api_of(transport, naps, sign_in=lambda: signed_in.append(True))
    assert api.write(action="wbeditentity") == {"success": 1}
    assert signed_in == [True]


def test_a_session_that_stays_lost_is_refused(naps):
    transport = ScriptedTransport(error("readapidenied"), error("readapidenied"))
    with pytest.raises(WikiRefusedError):
        api_of(transport, naps, sign_in=lambda: None).read(action="query")
    assert len(transport.requests) == 2
