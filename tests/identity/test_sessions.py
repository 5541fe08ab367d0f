"""Sessions end when they should, cannot be planted, and belong to the browser that has the secret."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commarchive.identity.origin import is_own
from commarchive.identity.sessions import IDLE, LONGEST, form_token, is_form_token, new_token
from tests.identity.conftest import PASSWORD

HERE = "192.0.2.1"


@pytest.fixture
def token(identity):
    return identity.sign_in("Aino", PASSWORD, address=HERE)


def test_a_session_ends_when_it_is_not_used(identity, clock, token):
    clock.move(IDLE - timedelta(seconds=1))
    assert identity.session(token) is not None
    clock.move(IDLE - timedelta(minutes=2))
    assert identity.session(token) is not None
    clock.move(IDLE)
    assert identity.session(token) is None
    clock.move(-IDLE)
    assert identity.session(token) is None, "an ended session does not come back"


def test_a_session_ends_however_much_it_is_used(identity, clock, token):
    for _ in range(int(LONGEST / timedelta(hours=6)) - 1):
        clock.move(timedelta(hours=6))
        assert identity.session(token) is not None
    clock.move(timedelta(hours=6))
    assert identity.session(token) is None


def test_signing_in_gives_a_new_secret_and_ends_the_session_before(identity, token):
    other = identity.sign_in("Aino", PASSWORD, address=HERE, replacing=token)
    assert other != token
    assert identity.session(token) is None
    assert identity.session(other) is not None


def test_a_secret_that_somebody_planted_never_becomes_a_session(identity):
    planted = new_token()
    given = identity.sign_in("Aino", PASSWORD, address=HERE, replacing=planted)
    assert given != planted
    assert identity.session(planted) is None


def test_signing_out_ends_this_session_and_no_other(identity, token):
    other = identity.sign_in("Aino", PASSWORD, address=HERE)
    identity.sign_out(token)
    identity.sign_out("nobody's")
    assert identity.session(token) is None
    assert identity.session(other) is not None


def test_signing_out_everywhere_ends_every_session_of_a_person(identity, wiki, token):
    wiki.create_account("Eino", PASSWORD)
    others = [identity.sign_in("Aino", PASSWORD, address=HERE) for _ in range(2)]
    kept = identity.sign_in("Eino", PASSWORD, address=HERE)
    assert identity.sign_out_everywhere("Aino") == 3
    assert all(identity.session(each) is None for each in (token, *others))
    assert identity.session(kept) is not None


def test_sessions_that_ended_are_swept_away(identity, register, clock, token):
    clock.move(LONGEST)
    identity.sign_in("Aino", PASSWORD, address=HERE)
    with register.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 1


def test_reading_does_not_write_every_time(identity, register, clock, token):
    def used():
        with register.store.engine.connect() as connection:
            return connection.exec_driver_sql("SELECT used FROM sessions").scalar()

    before = used()
    clock.move(timedelta(seconds=30))
    identity.session(token)
    assert used() == before
    clock.move(timedelta(seconds=31))
    identity.session(token)
    assert used() > before


def test_a_session_is_no_change_of_the_register(identity, register):
    before = register.store.witness()
    identity.sign_in("Aino", PASSWORD, address=HERE)
    assert register.store.witness() == before


def test_a_forms_token_belongs_to_one_secret_and_one_kind_of_form(identity, token):
    session = identity.session(token)
    assert session.accepts("csrf", form_token(token, "csrf"))
    assert not session.accepts("login", form_token(token, "csrf"))
    assert not session.accepts("csrf", form_token(new_token(), "csrf"))
    assert not session.accepts("csrf", "")
    assert not session.accepts("csrf", "ä")
    assert not is_form_token("", "csrf", form_token("", "csrf")), "nobody's secret makes no token"


def test_a_forms_token_does_not_tell_the_secret(token):
    assert token not in form_token(token, "csrf")


OWN = frozenset({"https://archive.example"})


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"origin": "https://archive.example"}, True),
        ({"origin": "https://archive.example", "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://archive.example.evil.example"}, False),
        ({"origin": "http://archive.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "https://archive.example", "sec-fetch-site": "cross-site"}, False),
    ],
)
def test_a_form_from_another_site_is_told_apart(headers, own):
    assert is_own(headers, OWN) is own
