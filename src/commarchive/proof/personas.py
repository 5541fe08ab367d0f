"""Asks a gateway as somebody, in this process: no password, no session is made, nothing can be reached from outside.

Knows: how a gateway's services are put together. Must not know: what is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from commarchive.errors import RefusedError
from commarchive.gateway import Services, create_app
from commarchive.identity import Identity, Session
from commarchive.proof.asking import Caller
from commarchive.register import Register
from commarchive.wikibase.transport import Transport

_TOKEN = "the-proof-asks-in-this-process"  # noqa: S105  opens nothing: no register knows it


class Assumed(Identity):
    """Takes everybody who asks for one person; None: for a visitor. Nobody can sign in."""

    def __init__(self, register: Register, person: str | None) -> None:
        super().__init__(register, _nowhere)
        self._person = person

    def session(self, token: str | None) -> Session | None:  # noqa: ARG002  whatever the browser says
        """The person's session."""
        return Session(self._person, _TOKEN) if self._person is not None else None


@contextmanager
def caller_as(services: Services, register: Register, person: str | None) -> Iterator[Caller]:
    """Asks the gateway as a person; None: as a visitor. The identity of `services` is not used."""
    app = create_app(replace(services, identity=Assumed(register, person)))
    cookie = f"{services.session_cookie}={_TOKEN}" if person is not None else ""
    with Caller(app, services.base_url, cookie=cookie) as caller:
        yield caller


def _nowhere() -> Transport:
    raise RefusedError("nobody signs in here")
