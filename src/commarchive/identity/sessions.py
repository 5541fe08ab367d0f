"""Sessions: a secret in somebody's hands, its hash here, and two ends.

Knows: how a session begins, is found and ends. Must not know: cookies, or why somebody may begin one.

A session's token is made here when somebody signs in, and never taken from outside, so that nobody can be brought into
a session that somebody else knows.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine, delete, insert, select, update

from commarchive.identity.tables import sessions
from commarchive.register.engine import writing

IDLE = timedelta(hours=12)
"""A session that is not used for this long has ended."""

LONGEST = timedelta(days=7)
"""No session is longer than this, however much it is used."""

_NOTED_EVERY = timedelta(minutes=1)
"""How exact the last use is; every request would otherwise write."""

_LONGEST_TOKEN = 256


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    person: str
    token: str

    def accepts(self, kind: str, given: str) -> bool:
        """Whether a token that came with a form is this session's own."""
        return is_form_token(self.token, kind, given)


class Sessions:
    """The sessions of an archive."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def begin(self, person: str, *, replacing: str | None = None) -> str:
        """Begin a session and return its token; the session that the browser had before ends."""
        token, now = new_token(), self._clock()
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.ends <= now.isoformat()))
            if replacing:
                connection.execute(delete(sessions).where(sessions.c.token == _hashed(replacing)))
            connection.execute(
                insert(sessions).values(
                    token=_hashed(token),
                    person=person,
                    created=now.isoformat(),
                    used=now.isoformat(),
                    ends=(now + LONGEST).isoformat(),
                )
            )
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token, if it has not ended."""
        if len(token) > _LONGEST_TOKEN:
            return None
        hashed, now = _hashed(token), self._clock()
        with self._engine.connect() as connection:
            row = connection.execute(select(sessions).where(sessions.c.token == hashed)).first()
        if row is None:
            return None
        used = datetime.fromisoformat(row.used)
        if now >= datetime.fromisoformat(row.ends) or now >= used + IDLE:
            self.end(token)
            return None
        if now >= used + _NOTED_EVERY:
            with writing(self._engine) as connection:
                connection.execute(update(sessions).where(sessions.c.token == hashed).values(used=now.isoformat()))
        return Session(row.person, token)

    def end(self, token: str) -> None:
        """End a session."""
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.token == _hashed(token)))

    def end_all(self, person: str) -> int:
        """End every session of a person; returns how many there were."""
        with writing(self._engine) as connection:
            return connection.execute(delete(sessions).where(sessions.c.person == person)).rowcount


def new_token() -> str:
    """A secret that nobody guesses."""
    return secrets.token_urlsafe(32)


def form_token(secret: str, kind: str) -> str:
    """The token that a form of some kind carries, made from the secret in its sender's cookie."""
    return hmac.new(secret.encode(), kind.encode(), sha256).hexdigest()


def is_form_token(secret: str, kind: str, given: str) -> bool:
    """Whether a form's token was made from the secret in its sender's cookie."""
    return bool(secret) and hmac.compare_digest(form_token(secret, kind).encode(), given.encode())


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
