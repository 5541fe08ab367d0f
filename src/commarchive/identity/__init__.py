"""Who is asking: names and passwords checked by the wiki, sessions kept here, memberships taken from the register.

Knows: when somebody counts as signed in. Must not know: HTTP's forms and cookies, or what somebody may see.

Whatever goes wrong, the answer is a visitor: an unknown or expired session, a wiki that does not answer, an answer that
nobody foresaw.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from commarchive.errors import RefusedError
from commarchive.identity.attempts import Attempts, account_key, address_key
from commarchive.identity.sessions import Session, Sessions
from commarchive.identity.tables import metadata
from commarchive.policy.standing import VISITOR, Principal
from commarchive.register import Register
from commarchive.register.engine import writing
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import accounts, check_password
from commarchive.wikibase.transport import Transport

__all__ = ["Identity", "Session"]

LONGEST_NAME, LONGEST_PASSWORD = 255, 4096


class Identity:
    """Signs people in and out of one archive.

    Args:
        register: its memberships count; its database keeps sessions and attempts.
        transport: opens a new session with the wiki, one for each attempt to sign in.
        service: gives the service account's API, which is asked, by one thread at a time, whether the wiki blocked an
            account; None where the wiki itself refuses blocked accounts.
    """

    def __init__(
        self, register: Register, transport: Callable[[], Transport], *, service: Callable[[], ActionApi] | None = None
    ) -> None:
        self._register = register
        self._transport = transport
        self._service = service
        self._asking = Lock()
        engine, clock = register.store.engine, register.store.clock
        with writing(engine) as connection:
            metadata.create_all(connection)
        self._sessions = Sessions(engine, clock)
        self._attempts = Attempts(engine, clock)

    def session(self, token: str | None) -> Session | None:
        """The session that a token belongs to; None for a visitor."""
        return self._sessions.find(token) if token else None

    def principal(self, session: Session | None) -> Principal:
        """Who asks in this session, with what the register says of them now."""
        return VISITOR if session is None else self._register.members.principal(session.person)

    def sign_in(self, name: str, password: str, *, address: str, replacing: str | None = None) -> str:
        """Sign somebody in; returns the new session's token, which is in nobody's hands yet.

        Args:
            name: an account's name, or `Name@app` with a bot password.
            password: never kept, never shown.
            address: where the attempt comes from.
            replacing: the token that the browser had before; its session ends.

        Raises:
            RefusedError: wrong name or password, blocked, or too many attempts.
            WikiError: the wiki did not answer, or not as a wiki.
        """
        if not name.strip() or not password or len(name) > LONGEST_NAME or len(password) > LONGEST_PASSWORD:
            raise RefusedError("wrong name or password")
        with self._attempts.attempt(account_key(name), address_key(address)):
            person = self._checked(name.strip(), password)
        return self._sessions.begin(person, replacing=replacing)

    def sign_out(self, token: str) -> None:
        """End a session; nothing happens where there is none."""
        self._sessions.end(token)

    def sign_out_everywhere(self, person: str) -> int:
        """End every session of a person; returns how many there were."""
        return self._sessions.end_all(person)

    def _checked(self, name: str, password: str) -> str:
        person = check_password(self._transport(), name, password).name
        if self._service is not None:
            with self._asking:
                account = accounts(self._service(), [person])[person]
            if account is None or account.blocked:
                raise RefusedError("the account is blocked on the wiki")
        return person
