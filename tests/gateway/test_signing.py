"""Signing in over HTTP: by the form and by the API; cookies, other sites' forms, limits."""

from __future__ import annotations

import re
from typing import Any

import pytest

from commarchive.identity.attempts import MOST_BY_ACCOUNT
from commarchive.sandbox import Fault
from tests.world import BASE, ELDER, MEMBER, PASSWORD, VISITOR, at_address, browser, canary, sign_in

COOKIE = "__Host-commarchive"


def form_token(client: Any, path: str = "/sign-in") -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', client.get(path).text)
    assert found is not None
    return found.group(1)


def submit(client: Any, **more: Any) -> Any:
    form = {"name": ELDER, "password": PASSWORD, "token": form_token(client), **more.pop("form", {})}
    return client.post("/sign-in", data=form, **more)


@pytest.fixture
def client(own):
    return own.new_client()


def test_the_form_signs_in_and_leads_back(own, client):
    page = f"/item/{own.ids['closed item']}"
    assert client.get(page).status_code == 404
    answer = submit(client, form={"then": page})
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert canary("zqitemlabel") in client.get(page).text
    assert ELDER in client.get("/").text


def test_the_cookie_is_new_with_each_sign_in_and_kept_from_scripts_and_neighbours(client):
    client.get("/sign-in")
    before = client.cookies[COOKIE]
    answer = submit(client)
    written = answer.headers["set-cookie"].lower()
    assert client.cookies[COOKIE] != before
    for word in ("__host-", "httponly", "secure", "samesite=lax", "path=/"):
        assert word in written
    assert "domain" not in written
    assert "max-age" not in written


def test_without_tls_on_this_machine_the_cookie_is_a_plain_one(own):
    base = "http://127.0.0.1:8080"
    client = browser(own.app(at_address(own.archive, base)), base)
    answer = client.get("/sign-in")
    assert answer.headers["set-cookie"].startswith("commarchive=")
    assert "Secure" not in answer.headers["set-cookie"]
    assert "strict-transport-security" not in answer.headers


def test_a_planted_cookie_never_becomes_a_session(own, client):
    planted = "A" * 43
    client.cookies.set(COOKIE, planted, domain="archive.example", path="/")
    assert submit(client).status_code == 303
    other = own.new_client()
    other.cookies.set(COOKIE, planted, domain="archive.example", path="/")
    assert ELDER not in other.get("/").text


@pytest.mark.parametrize("form", [{"password": "wrong"}, {"name": "Nobody"}, {"password": ""}, {"name": ""}], ids=str)
def test_whatever_is_wrong_is_answered_in_the_same_words(client, form):
    answer = submit(client, form=form)
    assert answer.status_code == 403
    assert "The name or the password is wrong" in answer.text
    assert PASSWORD not in answer.text
    assert ELDER not in client.get("/").text


def test_a_form_without_its_token_is_refused(client):
    client.get("/sign-in")
    for token in ("", "0" * 64, form_token(client)[:-1]):
        answer = client.post("/sign-in", data={"name": ELDER, "password": PASSWORD, "token": token})
        assert answer.status_code == 403
        assert "The form was too old" in answer.text
    assert ELDER not in client.get("/").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.archive.example"},
    ],
)
def test_another_sites_form_signs_nobody_in_and_nobody_out(own, client, headers):
    assert submit(client, headers=headers).status_code == 403
    assert ELDER not in client.get("/").text
    assert submit(client).status_code == 303
    token = form_token(client, "/")
    assert client.post("/sign-out", data={"token": token}, headers=headers).status_code == 403
    assert ELDER in client.get("/").text


def test_signing_out_ends_the_session_for_good(own, client):
    submit(client)
    secret = client.cookies[COOKIE]
    assert client.post("/sign-out", data={"token": "wrong"}).status_code == 403
    answer = client.post("/sign-out", data={"token": form_token(client, "/")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert COOKIE not in client.cookies
    client.cookies.set(COOKIE, secret, domain="archive.example", path="/")
    assert ELDER not in client.get("/").text


def test_whoever_is_not_signed_in_may_sign_out(client):
    assert client.post("/sign-out").status_code == 303
    assert client.get("/sign-out").status_code == 405


@pytest.mark.parametrize(
    "then",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "item/Q1",
        "/" + "a" * 3000,
        "/a\r\nSet-Cookie: x=y",
    ],
)
def test_nobody_is_led_to_another_site(client, then):
    assert submit(client, form={"then": then}).headers["location"] == "/"


def test_too_many_attempts_have_to_wait(client):
    for _ in range(MOST_BY_ACCOUNT):
        assert submit(client, form={"password": "wrong"}).status_code == 403
    answer = submit(client)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    assert "too many attempts" in answer.text


def test_a_wiki_that_does_not_answer_signs_nobody_in(own, client):
    token = form_token(client)
    own.wiki.faults.add(Fault("silent", action="clientlogin"))
    answer = client.post("/sign-in", data={"name": ELDER, "password": PASSWORD, "token": token})
    assert answer.status_code == 503
    assert "Signing in is not possible just now" in answer.text
    assert ELDER not in client.get("/").text


def api(client: Any, **form: str) -> Any:
    return client.post("/w/api.php", data={"format": "json", **form}).json()


def api_token(client: Any, kind: str) -> str:
    query = {"action": "query", "meta": "tokens", "type": kind, "format": "json"}
    token: str = client.get("/w/api.php", params=query).json()["query"]["tokens"][f"{kind}token"]
    return token


def test_a_bot_password_signs_in_by_the_api(own, client):
    password = own.wiki.create_bot_password(ELDER, "reader")
    asked = api(client, action="login", lgname=f"{ELDER}@reader", lgpassword=password)
    assert asked["login"]["result"] == "NeedToken"
    token = asked["login"]["token"]
    answer = api(client, action="login", lgname=f"{ELDER}@reader", lgpassword=password, lgtoken=token)
    assert answer["login"]["result"] == "Success"
    assert answer["login"]["lgusername"] == ELDER
    info = api(client, action="query", meta="userinfo", uiprop="groups")["query"]["userinfo"]
    assert info["name"] == ELDER
    assert "user" in info["groups"]
    assert "anon" not in info


def test_wrong_words_at_the_api_sign_nobody_in(own, client):
    token = api_token(client, "login")
    wrong = api(client, action="login", lgname=ELDER, lgpassword="wrong", lgtoken=token)
    assert wrong["login"]["result"] == "Failed"
    assert api(client, action="login", lgname=ELDER, lgpassword=PASSWORD, lgtoken="x")["login"] == {
        "result": "WrongToken"
    }
    refused = api(client, action="clientlogin", username=ELDER, password=PASSWORD, logintoken="x", loginreturnurl="x")
    assert refused["error"]["code"] == "badtoken"
    missing = api(client, action="clientlogin", username=ELDER, password=PASSWORD, logintoken=token)
    assert missing["error"]["code"] == "missingparam"
    assert api(client, action="query", meta="userinfo")["query"]["userinfo"]["anon"] == ""
    assert api(client, action="query", meta="userinfo", assert_="")["query"]["userinfo"]["id"] == 0


def test_passwords_and_tokens_in_an_address_are_refused(client):
    for name in ("lgpassword", "password", "lgtoken", "logintoken", "token"):
        query = {"action": "clientlogin", "format": "json", name: "secret"}
        for answer in (client.get("/w/api.php", params=query), client.post("/w/api.php", params=query)):
            assert answer.json()["error"]["code"] == "mustpostparams"
    assert client.get("/w/api.php?action=login&format=json").json()["error"]["code"] == "mustbeposted"


def test_attempts_at_the_api_count_too(client):
    for _ in range(MOST_BY_ACCOUNT):
        token = api_token(client, "login")
        api(client, action="login", lgname=ELDER, lgpassword="wrong", lgtoken=token)
    token = api_token(client, "login")
    login = api(client, action="login", lgname=ELDER, lgpassword=PASSWORD, lgtoken=token)["login"]
    assert login == {"result": "Throttled", "wait": 900}
    token = api_token(client, "login")
    answer = api(client, action="clientlogin", username=ELDER, password=PASSWORD, logintoken=token, loginreturnurl="x")
    assert answer["clientlogin"]["messagecode"] == "login-throttled"


def test_a_csrf_token_belongs_to_one_session(own, client):
    assert api_token(client, "csrf") == "+\\"
    assert api(client, action="logout", token="+\\")["error"]["code"] == "badtoken"
    sign_in(client, ELDER)
    other = own.new_client(MEMBER)
    assert api(client, action="logout")["error"]["code"] == "missingparam"
    assert api(client, action="logout", token=api_token(other, "csrf"))["error"]["code"] == "badtoken"
    token = api_token(client, "csrf")
    assert token.endswith("+\\")
    assert token not in ("+\\", api_token(other, "csrf"))
    assert api(client, action="logout", token=token) == {}
    assert ELDER not in client.get("/").text


def test_assertions_hold_as_clients_expect(own, client):
    def code(**form: str) -> Any:
        return api(client, action="query", meta="userinfo", **form).get("error", {}).get("code")

    assert code(**{"assert": "user"}) == "assertuserfailed"
    assert code(**{"assert": "anon"}) is None
    assert code(**{"assert": "nobody"}) == "badvalue"
    assert code(assertuser=ELDER) == "assertnameduserfailed"
    sign_in(client, ELDER)
    assert code(**{"assert": "user"}) is None
    assert code(**{"assert": "anon"}) == "assertanonfailed"
    assert code(**{"assert": "bot"}) == "assertbotfailed"
    assert code(assertuser=ELDER) is None
    assert code(assertuser=MEMBER) == "assertnameduserfailed"


def test_a_membership_that_ends_closes_at_once(own):
    from commarchive.policy.standing import Role
    from tests.world import STEWARD

    client = own.new_client(ELDER)
    page = f"/item/{own.ids['closed item']}"
    assert client.get(page).status_code == 200
    own.register.members.remove(ELDER, "elders", Role.MEMBER, by=STEWARD)
    assert client.get(page).status_code == 404
    assert VISITOR not in client.get("/").text
    assert BASE in client.get("/entity/Q1").headers["location"]
