"""Who counts as signed in: by the wiki's word alone, and by nobody's when anything goes wrong."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from commarchive.errors import RefusedError, WikiError, WikiOutcomeUnknownError, WikiUnavailableError
from commarchive.identity import Identity
from commarchive.identity.attempts import MOST_BY_ACCOUNT, MOST_BY_ADDRESS, WINDOW, TooManyAttemptsError, account_key
from commarchive.policy.standing import VISITOR, Membership, MembershipState, Principal
from commarchive.sandbox import Fault, FaultKind
from commarchive.wikibase.transport import Request, Response
from tests.identity.conftest import PASSWORD, STEWARD

HERE = "192.0.2.1"


def test_a_right_password_gives_a_session_with_the_registers_memberships(identity):
    session = identity.session(identity.sign_in("Aino", PASSWORD, address=HERE))
    assert session is not None
    assert session.person == "Aino"
    assert identity.principal(session) == Principal("Aino", (Membership("village"),))


def test_whoever_is_not_signed_in_is_a_visitor(identity):
    assert identity.session(None) is None
    assert identity.session("") is None
    assert identity.session("a token that nobody was given") is None
    assert identity.session("x" * 10_000) is None
    assert identity.principal(None) == VISITOR


def test_a_bot_password_signs_its_account_in(identity, wiki):
    password = wiki.create_bot_password("Aino", "reader")
    session = identity.session(identity.sign_in("Aino@reader", password, address=HERE))
    assert session.person == "Aino"


def test_a_name_is_the_wikis_spelling_of_it(identity):
    session = identity.session(identity.sign_in("  aino ", PASSWORD, address=HERE))
    assert session.person == "Aino"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Aino", "wrong"),
        ("Nobody", PASSWORD),
        ("", PASSWORD),
        ("   ", PASSWORD),
        ("Aino", ""),
        ("A" * 256, PASSWORD),
        ("Aino", "x" * 4097),
        ("Aino@nothing", PASSWORD),
    ],
)
def test_whatever_is_wrong_is_refused_in_the_same_words(identity, name, password):
    with pytest.raises(RefusedError, match="wrong name or password"):
        identity.sign_in(name, password, address=HERE)


def test_an_account_that_the_wiki_blocked_is_refused(identity, wiki):
    wiki.block("Aino")
    with pytest.raises(RefusedError, match="blocked"):
        identity.sign_in("Aino", PASSWORD, address=HERE)


def test_a_wiki_that_refuses_blocked_accounts_itself_need_not_be_asked(register, wiki):
    identity = Identity(register, wiki.transport)
    assert identity.session(identity.sign_in("Aino", PASSWORD, address=HERE)) is not None


class Answering:
    """A wiki that answers every login with the same thing."""

    base_url = "https://wiki.example"

    def __init__(self, answer: Response | Exception) -> None:
        self.answer = answer

    def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ARG002  as transports are
        if request.params.get("meta") == "tokens" or request.form.get("meta") == "tokens":
            return Response(200, b'{"query": {"tokens": {"logintoken": "t"}}}')
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        WikiUnavailableError("nobody there", retry_after=1000),
        WikiOutcomeUnknownError("no answer"),
        Response(500, b"<html>"),
        Response(200, b"<html>Login required</html>"),
        Response(200, b"{}"),
        Response(200, b'{"clientlogin": {}}'),
        Response(200, b'{"clientlogin": {"status": "PASS"}}'),
        Response(200, b'{"clientlogin": {"status": "PASS", "username": ""}}'),
        Response(200, b'{"clientlogin": {"status": "PASS", "username": {"name": "Aino"}}}'),
        Response(200, b'{"clientlogin": {"status": "SUCCESS", "username": "Aino"}}'),
        Response(200, b'{"clientlogin": {"status": "UI", "username": "Aino"}}'),
        Response(200, b'{"clientlogin": {"status": "RESTART", "username": "Aino"}}'),
        Response(200, b'{"error": {"code": "readapidenied", "info": "no"}}'),
        Response(200, b"[]"),
    ],
    ids=str,
)
def test_nobody_is_signed_in_by_an_answer_that_is_no_clear_yes(register, answer):
    identity = Identity(register, lambda: Answering(answer))
    with pytest.raises((RefusedError, WikiError)):
        identity.sign_in("Aino", PASSWORD, address=HERE)


def test_nobody_is_signed_in_while_the_wiki_cannot_say_whether_they_are_blocked(register, wiki):
    def unreachable():
        raise WikiUnavailableError("nobody there")

    identity = Identity(register, wiki.transport, service=unreachable)
    with pytest.raises(WikiUnavailableError):
        identity.sign_in("Aino", PASSWORD, address=HERE)


def test_a_wiki_that_breaks_off_signs_nobody_in(identity, wiki):
    wiki.faults.add(Fault(FaultKind.SILENT_AFTER_COMMIT, action="clientlogin"))
    with pytest.raises(WikiError):
        identity.sign_in("Aino", PASSWORD, address=HERE)


def test_attempts_on_an_account_are_limited_and_a_restart_forgets_none(identity, register, wiki, clock):
    for _ in range(MOST_BY_ACCOUNT):
        with pytest.raises(RefusedError, match="wrong"):
            identity.sign_in("Aino", "wrong", address=HERE)
    again = Identity(register, wiki.transport)
    for name in ("Aino", "aino", " A\u0069no ", "Aino@reader"):
        with pytest.raises(TooManyAttemptsError) as caught:
            again.sign_in(name, PASSWORD, address="198.51.100.7")
        assert caught.value.retry_after == WINDOW.total_seconds()
    clock.move(WINDOW)
    assert again.sign_in("Aino", PASSWORD, address=HERE)


def test_attempts_from_an_address_are_limited_whatever_the_account(identity, clock):
    for number in range(MOST_BY_ADDRESS):
        with pytest.raises(RefusedError, match="wrong"):
            identity.sign_in(f"Nobody {number}", "wrong", address="2001:db8:1:2::1")
    with pytest.raises(TooManyAttemptsError):
        identity.sign_in("Aino", PASSWORD, address="2001:db8:1:2::ffff")
    assert identity.sign_in("Aino", PASSWORD, address="2001:db8:1:3::1")


def test_right_attempts_do_not_count_and_forgive_none(identity):
    for _ in range(MOST_BY_ACCOUNT - 1):
        with pytest.raises(RefusedError):
            identity.sign_in("Aino", "wrong", address=HERE)
    for _ in range(5):
        identity.sign_in("Aino", PASSWORD, address=HERE)
    with pytest.raises(RefusedError, match="wrong"):
        identity.sign_in("Aino", "wrong", address=HERE)
    with pytest.raises(TooManyAttemptsError):
        identity.sign_in("Aino", PASSWORD, address=HERE)


def test_attempts_at_the_same_time_are_counted_as_many(register, wiki):
    asked = []

    class Slow(Answering):
        def send(self, request, *, timeout):
            if request.form.get("action") == "clientlogin":
                asked.append(1)
            return super().send(request, timeout=timeout)

    wrong = Response(200, b'{"clientlogin": {"status": "FAIL", "message": "no", "messagecode": "wrongpassword"}}')
    identity = Identity(register, lambda: Slow(wrong))

    def try_() -> None:
        with pytest.raises(RefusedError):
            identity.sign_in("Aino", "wrong", address=HERE)

    threads = [threading.Thread(target=try_) for _ in range(2 * MOST_BY_ACCOUNT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == MOST_BY_ACCOUNT


def test_accounts_are_told_apart_by_name_alone():
    assert account_key("Aino") == account_key("aino") == account_key("Aino@bot") == account_key("_Aino ")
    assert account_key("Aino") != account_key("Aina")
    assert account_key("Aino K") == account_key("Aino_K")


def test_the_database_holds_no_token_and_no_name_of_those_who_tried(identity, register, tmp_path):
    token = identity.sign_in("Aino", PASSWORD, address=HERE)
    with pytest.raises(RefusedError):
        identity.sign_in("Somebody else", "wrong", address=HERE)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("register.db*"))
    assert token.encode() not in kept
    assert b"Somebody" not in kept
    assert PASSWORD.encode() not in kept
    assert HERE.encode() not in kept


def test_a_block_in_the_register_acts_on_sessions_that_are_open(identity, register):
    session = identity.session(identity.sign_in("Aino", PASSWORD, address=HERE))
    register.members.set("Aino", Membership("village", state=MembershipState.BLOCKED), by=STEWARD)
    assert identity.principal(session).memberships[0].state is MembershipState.BLOCKED


def test_an_attempt_during_an_outage_is_counted_like_any_other(register):
    identity = Identity(register, lambda: Answering(WikiOutcomeUnknownError("no answer")))
    for _ in range(MOST_BY_ACCOUNT):
        with pytest.raises(WikiError):
            identity.sign_in("Aino", PASSWORD, address=HERE)
    with pytest.raises(TooManyAttemptsError):
        identity.sign_in("Aino", PASSWORD, address=HERE)


def test_old_attempts_are_swept_away(identity, register, clock):
    with pytest.raises(RefusedError):
        identity.sign_in("Aino", "wrong", address=HERE)
    clock.move(WINDOW + timedelta(seconds=1))
    identity.sign_in("Aino", PASSWORD, address=HERE)
    with register.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sign_in_attempts").scalar() == 0
