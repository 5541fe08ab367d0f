"""Signing in: what a wiki says, and what becomes of it."""

from __future__ import annotations

import pytest

from commarchive.errors import RefusedError, WikiOutcomeUnknownError, WikiRefusedError, WikiUnavailableError
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import WikiAccount, accounts, check_password, login

from .scripted import LOGIN_TOKEN, ScriptedTransport, answer, error, sent

PASS = answer({"clientlogin": {"status": "PASS", "username": "Aino Elder"}})
BOT_SUCCESS = answer({"login": {"result": "Success", "lguserid": 4, "lgusername": "Commarchive"}})


def test_an_account_signs_in_and_is_called_as_the_wiki_calls_it():
    transport = ScriptedTransport(LOGIN_TOKEN, PASS)
    assert login(transport, "aino_Elder", "right") == WikiAccount("Aino Elder")
    asked = transport.requests[1]
    assert asked.method == "POST"
    assert not asked.params
    assert asked.form["username"] == "aino_Elder"
    assert asked.form["logintoken"] == "login+\\"


def test_a_bot_password_signs_in_by_its_own_action():
    transport = ScriptedTransport(LOGIN_TOKEN, BOT_SUCCESS)
    assert login(transport, "Commarchive@gateway", "right").name == "Commarchive"
    assert sent(transport.requests[1])["action"] == "login"


@pytest.mark.parametrize(
    ("reply", "says", "hint"),
    [
        (
            {"status": "FAIL", "message": "Incorrect username or password entered.", "messagecode": "wrongpassword"},
            "wrong name or password",
            "",
        ),
        ({"status": "FAIL", "message": "You are blocked.", "messagecode": "login-userblocked"}, "blocked", ""),
        (
            {"status": "FAIL", "message": "Too many. Wait 5 minutes.", "messagecode": "login-throttled"},
            "too many",
            "wait",
        ),
        ({"status": "UI", "requests": [{"id": "TOTP"}]}, "more than a name", "bot password"),
        ({"status": "REDIRECT", "redirecttarget": "https://login.example"}, "more than a name", "bot password"),
    ],
)
def test_an_account_is_refused(reply, says, hint):
    with pytest.raises(RefusedError, match=says) as caught:
        check_password(ScriptedTransport(LOGIN_TOKEN, answer({"clientlogin": reply})), "Aino", "sesame-77")
    assert hint in caught.value.hint
    assert "sesame-77" not in repr(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("reply", "says", "hint"),
    [
        ({"result": "Failed", "reason": "Incorrect username or password entered."}, "wrong name or password", ""),
        ({"result": "Failed", "reason": {"code": "x", "text": "You have been blocked."}}, "blocked", ""),
        ({"result": "Throttled", "wait": 300}, "too many", "wait 300 seconds"),
        ({"result": "Throttled"}, "too many", "wait a while"),
        ({"result": "WrongPass"}, "wrong name or password", ""),
    ],
)
def test_a_bot_password_is_refused(reply, says, hint):
    with pytest.raises(RefusedError, match=says) as caught:
        login(ScriptedTransport(LOGIN_TOKEN, answer({"login": reply})), "Aino@bot", "sesame-77")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "reply",
    [
        {"clientlogin": {"status": "SOMETHING"}},
        {"clientlogin": {"status": "PASS"}},
        {"clientlogin": {"status": "PASS", "username": ""}},
        {"clientlogin": None},
        {},
    ],
)
def test_an_answer_that_does_not_say_who_lets_nobody_in(reply):
    with pytest.raises(WikiRefusedError):
        login(ScriptedTransport(LOGIN_TOKEN, answer(reply)), "Aino", "right")


@pytest.mark.parametrize("reply", [{"login": {"result": "Success"}}, {"login": {"result": "Odd"}}, {}])
def test_a_bot_answer_that_does_not_say_who_lets_nobody_in(reply):
    with pytest.raises(WikiRefusedError):
        login(ScriptedTransport(LOGIN_TOKEN, answer(reply)), "Aino@bot", "right")


def test_a_forgotten_session_may_be_tried_again():
    with pytest.raises(WikiUnavailableError):
        login(ScriptedTransport(LOGIN_TOKEN, answer({"login": {"result": "WrongToken"}})), "Aino@bot", "right")


@pytest.mark.parametrize(
    "failure", [WikiUnavailableError("no"), WikiOutcomeUnknownError("late"), answer({}, 503), error("readonly")]
)
def test_an_attempt_is_sent_once_whatever_happens(failure):
    transport = ScriptedTransport(LOGIN_TOKEN, failure)
    with pytest.raises(WikiUnavailableError) as caught:
        login(transport, "Aino", "sesame-77")
    assert "sesame-77" not in str(caught.value)
    assert len(transport.requests) == 2


def test_groups_and_blocks_are_told_by_the_names_as_given():
    users = [
        {"userid": 4, "name": "Aino Elder", "groups": ["*", "user", "custodian"]},
        {"userid": 5, "name": "Vieno", "groups": ["*"], "blockid": 1, "blockpartial": True},
        {"name": "Nobody Here", "missing": True},
        {"name": "a#b", "invalid": ""},
    ]
    normalized = [{"from": "aino_Elder", "to": "Aino Elder"}]
    transport = ScriptedTransport(answer({"query": {"normalized": normalized, "users": users}}))
    found = accounts(ActionApi(transport), ["aino_Elder", "Vieno", "Nobody Here", "a#b"])
    assert found == {
        "aino_Elder": WikiAccount("Aino Elder", frozenset({"*", "user", "custodian"})),
        "Vieno": WikiAccount("Vieno", frozenset({"*"}), blocked=True),
        "Nobody Here": None,
        "a#b": None,
    }


def test_many_names_are_asked_for_in_portions():
    def reply(request):
        return answer({"query": {"users": [{"name": name} for name in sent(request)["ususers"].split("|")]}})

    transport = ScriptedTransport(reply, reply)
    assert len(accounts(ActionApi(transport), [f"User {n}" for n in range(60)])) == 60
