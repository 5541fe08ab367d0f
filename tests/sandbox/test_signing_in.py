from __future__ import annotations

import pytest

from commarchive.errors import ConflictError, NotFoundError, UsageError
from commarchive.sandbox import Wiki
from tests.sandbox.client import PASSWORD, Client, code


def login_token(client: Client) -> str:
    token: str = client.call(action="query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]
    return token


def login(client: Client, name: str, password: str) -> dict[str, str]:
    token = login_token(client)
    answer: dict[str, str] = client.call(action="login", lgname=name, lgpassword=password, lgtoken=token)["login"]
    return answer


def who(client: Client) -> str:
    name: str = client.call(action="query", meta="userinfo")["query"]["userinfo"]["name"]
    return name


def test_a_main_account_signs_in_by_clientlogin(visitor: Client):
    assert who(visitor.sign_in("Admin")) == "Admin"


def test_a_member_who_may_not_read_signs_in_all_the_same(visitor: Client):
    visitor.sign_in("Member")
    assert code(visitor.call(action="query", meta="userinfo")) == "readapidenied"


@pytest.mark.parametrize(("name", "password"), [("Admin", "wrong"), ("Nobody", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(visitor: Client, name: str, password: str):
    answer = visitor.call(
        action="clientlogin",
        username=name,
        password=password,
        logintoken=login_token(visitor),
        loginreturnurl="https://example.org/",
    )
    assert answer["clientlogin"]["status"] == "FAIL"
    assert answer["clientlogin"]["messagecode"] == "wrongpassword"


def test_a_bot_password_signs_in_and_the_main_password_still_does(wiki: Wiki):
    password = wiki.create_bot_password("Service", "sync")
    bot = Client(wiki.transport())
    assert login(bot, "Service@sync", password)["result"] == "Success"
    assert who(bot) == "Service"
    assert login(Client(wiki.transport()), "Service", f"sync@{password}")["result"] == "Success"
    main = Client(wiki.transport())
    answer = main.call(action="login", lgname="Service", lgpassword=PASSWORD, lgtoken=login_token(main))
    assert answer["login"]["lgusername"] == "Service"
    assert "deprecated" in answer["warnings"]["login"]["*"]


@pytest.mark.parametrize("name", ["Service@other", "Nobody@sync", "Service"])
def test_a_bot_password_opens_nothing_else(wiki: Wiki, name: str):
    password = wiki.create_bot_password("Service", "sync")
    assert login(Client(wiki.transport()), name, password)["result"] == "Failed"


def test_a_bot_password_is_no_main_password(wiki: Wiki, visitor: Client):
    password = wiki.create_bot_password("Service", "sync")
    with pytest.raises(AssertionError, match="FAIL"):
        visitor.sign_in("Service", password)


def test_login_without_and_with_a_wrong_token(visitor: Client):
    assert visitor.call(action="login", lgname="Admin", lgpassword=PASSWORD)["login"]["result"] == "NeedToken"
    answer = visitor.call(action="login", lgname="Admin", lgpassword=PASSWORD, lgtoken="x")
    assert answer["login"]["result"] == "WrongToken"


def test_clientlogin_needs_its_token_and_an_address_to_return_to(visitor: Client):
    assert code(visitor.call(action="clientlogin", username="Admin", password=PASSWORD)) == "missingparam"
    assert code(visitor.call(action="clientlogin", username="Admin", logintoken="x")) == "badtoken"
    answer = visitor.call(action="clientlogin", username="Admin", password=PASSWORD, logintoken=login_token(visitor))
    assert code(answer) == "missingparam"


def test_signing_out_ends_the_session_and_its_token(admin: Client):
    token = admin.token()
    assert admin.call(action="logout", token=token) == {}
    assert code(admin.call(action="query", meta="userinfo")) == "readapidenied"
    assert code(admin.call(action="wbeditentity", new="item", data="{}", token=token)) == "badtoken"


def test_a_new_password_ends_every_session(wiki: Wiki, admin: Client):
    wiki.set_password("Admin", "another")
    assert code(admin.call(action="query", meta="userinfo")) == "readapidenied"
    assert who(admin.sign_in("Admin", "another")) == "Admin"


def test_tokens_belong_to_one_session(wiki: Wiki, admin: Client):
    other = Client(wiki.transport()).sign_in("Admin")
    assert admin.token() != other.token()
    assert code(other.call(action="wbeditentity", new="item", data="{}", token=admin.token())) == "badtoken"


def test_a_visitor_has_mediawikis_public_token(visitor: Client):
    assert visitor.token() == "+\\"


def test_a_password_in_an_address_is_refused(visitor: Client):
    answer = visitor.get("/w/api.php", action="login", lgname="Admin", lgpassword=PASSWORD)
    assert code(answer.json()) == "mustpostparams"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"assert": "user"}, "assertuserfailed"),
        ({"assert": "bot"}, "assertbotfailed"),
        ({"assert": "what"}, "badvalue"),
        ({"assertuser": "Admin"}, "assertnameduserfailed"),
    ],
)
def test_assertions_of_who_one_is_fail_for_a_visitor(visitor: Client, params: dict[str, str], expected: str):
    assert code(visitor.call(action="query", meta="tokens", **params)) == expected


def test_assertions_of_who_one_is_hold_for_whom_they_name(admin: Client, service: Client):
    assert "query" in admin.call(action="query", meta="userinfo", assertuser="Admin", **{"assert": "user"})
    assert "query" in service.call(action="query", meta="userinfo", **{"assert": "bot"})
    assert code(admin.call(action="query", meta="userinfo", **{"assert": "anon"})) == "assertanonfailed"


@pytest.mark.parametrize("name", ["", "  ", "a/b", "x@y", "#", "a|b", "é" * 200])
def test_impossible_names_are_refused(wiki: Wiki, name: str):
    with pytest.raises(UsageError, match="cannot be a user's name"):
        wiki.create_account(name, PASSWORD)


def test_names_are_written_as_mediawiki_writes_them(wiki: Wiki):
    wiki.create_account("anna_maria", PASSWORD, ["custodian"])
    assert who(Client(wiki.transport()).sign_in("Anna maria")) == "Anna maria"
    with pytest.raises(ConflictError):
        wiki.create_account("Anna maria", PASSWORD)


def test_administration_names_what_is_not_there(wiki: Wiki):
    for act in (wiki.block, wiki.unblock, lambda name: wiki.set_groups(name, [])):
        with pytest.raises(NotFoundError, match="Nobody"):
            act("Nobody")
    with pytest.raises(NotFoundError, match="Nobody"):
        wiki.set_password("Nobody", "x")
    with pytest.raises(NotFoundError, match="Nobody"):
        wiki.create_bot_password("Nobody", "x")
    with pytest.raises(UsageError, match="bot password"):
        wiki.create_bot_password("Admin", "a@b")


def test_empty_passwords_are_refused(wiki: Wiki):
    with pytest.raises(UsageError, match="empty"):
        wiki.create_account("Somebody", "")
    with pytest.raises(UsageError, match="empty"):
        wiki.set_password("Admin", "")


def test_groups_can_be_taken_away_and_count_at_once(wiki: Wiki, admin: Client):
    wiki.set_groups("Admin", [])
    assert code(admin.call(action="query", meta="userinfo")) == "readapidenied"


def test_passwords_are_not_kept_as_they_are(wiki: Wiki):
    rows = wiki._engine.store.rows("SELECT password FROM account")
    assert rows
    assert all(PASSWORD not in row[0] for row in rows)
