"""Asking the Hub: what leaves the archive, and what each answer means."""

from __future__ import annotations

import json
import logging
import socket

import pytest

from commarchive.errors import Finding, ManifestError, UsageError
from commarchive.localcontexts import hub as hub_module
from commarchive.localcontexts.hub import Hub, Outcome
from commarchive.localcontexts.project import read_project
from commarchive.manifest.secrets import SecretRef
from tests.localcontexts.fakehub import (
    BROKEN,
    DENIED,
    KEY,
    MISSING,
    NO_KEY,
    PLACES,
    SECRET_SACRED,
    SONGS,
    label,
    project,
    says,
    sends,
)


def test_a_project_is_found(fake, hub):
    fake.answers[SONGS] = says(project(tk_labels=[label(SECRET_SACRED, "secret_sacred", "TK Secret / Sacred (TK SS)")]))

    answer = hub.project(SONGS)

    assert (answer.outcome, answer.why) == (Outcome.FOUND, "")
    assert [mark.what for mark in read_project(answer.body, SONGS).marks] == ["TK:secret_sacred"]


def test_nothing_leaves_but_the_uuid_the_key_and_the_programs_name(fake, hub):
    fake.answers[SONGS] = says(project())

    hub.project(SONGS)

    (path, headers) = fake.asked.pop()
    assert path == f"/api/v2/projects/{SONGS}/"
    headers = {name.lower(): value for name, value in headers.items()}
    del headers["host"], headers["connection"]
    assert headers == {
        "x-api-key": KEY,
        "accept": "application/json",
        "accept-encoding": "identity",
        "user-agent": "commarchive-tests/0",
    }
    assert fake.asked == []


def test_people_places_and_descriptions_are_not_kept(fake, hub):
    fake.answers[SONGS] = says(project())

    kept = json.dumps(hub.project(SONGS).body)

    for word in ("nobody@example.org", "nobody's to keep", "project_contact", "geojson", "contributors"):
        assert word not in kept


@pytest.mark.parametrize(
    ("behaviour", "outcome", "why"),
    [
        pytest.param(MISSING, Outcome.GONE, "it answered 404", id="404"),
        pytest.param(sends(b"<h1>No such page</h1>", 404), Outcome.UNKNOWN, "not as the Hub does", id="404-of-others"),
        pytest.param(sends(b"", 404), Outcome.UNKNOWN, "not as the Hub does", id="404-empty"),
        pytest.param(NO_KEY, Outcome.UNKNOWN, "it answered 401", id="401"),
        pytest.param(DENIED, Outcome.UNKNOWN, "it answered 403", id="403"),
        pytest.param(says({}, 429), Outcome.UNKNOWN, "it answered 429", id="429"),
        pytest.param(BROKEN, Outcome.UNKNOWN, "it answered 500", id="500"),
        pytest.param(says(project(), 503), Outcome.UNKNOWN, "it answered 503", id="503-with-a-project"),
        pytest.param(says(project(), 201), Outcome.UNKNOWN, "it answered 201", id="201"),
        pytest.param(sends(b"<html>Sign in</html>"), Outcome.UNKNOWN, "no JSON object", id="a-page"),
        pytest.param(sends(b'{"unique_id": '), Outcome.UNKNOWN, "no JSON object", id="half-of-it"),
        pytest.param(sends(b"[" * 100_000), Outcome.UNKNOWN, "no JSON object", id="nested"),
        pytest.param(sends(b"\xff\xfe"), Outcome.UNKNOWN, "no JSON object", id="no-utf-8"),
        pytest.param(says([project()]), Outcome.UNKNOWN, "no JSON object", id="a-list"),
        pytest.param(says(project(PLACES)), Outcome.UNKNOWN, "it is another project", id="another"),
        pytest.param(says({"unique_id": SONGS}), Outcome.UNKNOWN, "nothing of labels", id="without-labels"),
    ],
)
def test_an_answer_is_told_for_what_it_is(fake, hub, behaviour, outcome, why):
    fake.answers[SONGS] = behaviour

    answer = hub.project(SONGS)

    assert (answer.outcome, answer.body) == (outcome, None)
    assert why in answer.why
    assert KEY not in answer.why


def test_a_redirect_is_not_followed_for_it_would_carry_the_key(fake, hub):
    fake.answers[SONGS] = sends(b"", 302, Location=f"{fake.url}/projects/{PLACES}/")
    fake.answers[PLACES] = says(project())

    assert hub.project(SONGS).outcome is Outcome.UNKNOWN
    assert len(fake.asked) == 1


def test_a_silent_hub_is_left_in_time(fake, key):
    fake.answers[SONGS] = fake.hang

    answer = Hub(fake.url, key, "agent", timeout=0.3).project(SONGS)

    assert (answer.outcome, answer.why) == (Outcome.UNKNOWN, "no whole answer came (ReadTimeout)")


def test_an_answer_that_trickles_is_left_in_time(fake, key):
    fake.answers[SONGS] = fake.trickle

    answer = Hub(fake.url, key, "agent", timeout=0.4).project(SONGS)

    assert (answer.outcome, answer.why) == (Outcome.UNKNOWN, "its answer did not end in time")


def test_an_answer_larger_than_any_project_is_left(fake, hub, monkeypatch):
    monkeypatch.setattr(hub_module, "LARGEST_ANSWER", 10_000)
    fake.answers[SONGS] = says(project(title="x" * 20_000))

    answer = hub.project(SONGS)

    assert (answer.outcome, answer.why) == (Outcome.UNKNOWN, "its answer is larger than any project")


def test_an_answer_that_breaks_off_is_none(fake, hub):
    def break_off(request):
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"{")

    fake.answers[SONGS] = break_off

    assert hub.project(SONGS).outcome is Outcome.UNKNOWN


def test_a_hub_that_cannot_be_reached_is_unknown(key):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    answer = Hub(f"http://127.0.0.1:{port}/api/v2", key, "agent", timeout=2).project(SONGS)

    assert (answer.outcome, answer.why) == (Outcome.UNKNOWN, "no whole answer came (ConnectionError)")


def test_the_environment_gives_no_proxy_and_no_password(fake, hub, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    fake.answers[SONGS] = says(project())

    assert hub.project(SONGS).outcome is Outcome.FOUND


def test_the_key_shows_in_no_log_and_in_no_representation(fake, hub, caplog):
    caplog.set_level(logging.DEBUG)
    fake.answers[SONGS] = says(project())

    answer = hub.project(SONGS)

    for text in (caplog.text, repr(hub), repr(answer), repr(vars(hub))):
        assert KEY not in text


@pytest.mark.parametrize("bad", ["two\nlines", "a space", "äö", "\x7f"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(fake, tmp_path, bad):
    file = tmp_path / "hub-key"
    file.write_text(bad)
    file.chmod(0o600)
    key = SecretRef.parse("file:hub-key", folder=tmp_path, finding=Finding("archive.yaml", 1, "", ""))

    with pytest.raises(UsageError, match="cannot be sent") as raised:
        Hub(fake.url, key, "agent").project(SONGS)

    assert bad not in str(raised.value)
    assert fake.asked == []


def test_a_key_that_is_not_there_is_told(fake, tmp_path):
    key = SecretRef.parse("env:NO_SUCH_KEY", folder=tmp_path, finding=Finding("archive.yaml", 1, "", ""))

    with pytest.raises(ManifestError, match="the environment has no `NO_SUCH_KEY`"):
        Hub(fake.url, key, "agent").project(SONGS)

    assert fake.asked == []
