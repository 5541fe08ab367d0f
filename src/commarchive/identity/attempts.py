"""How often somebody may try to sign in, by account and by address; kept so that a restart forgets nothing.

Knows: counts and times. Must not know: passwords, or whether an account exists.

An attempt is written down before the wiki is asked and struck out when it was right, so that many at once are counted
as many.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, delete, func, insert, select

from commarchive.errors import RefusedError
from commarchive.identity.tables import attempts
from commarchive.register.engine import writing

WINDOW = timedelta(minutes=15)
"""How long an attempt counts."""

MOST_BY_ACCOUNT = 10
MOST_BY_ADDRESS = 40
"""More than by account: a whole village may share one address."""


class TooManyAttemptsError(RefusedError):
    """Too many attempts to sign in; `retry_after` is in seconds."""

    http_status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many attempts to sign in", hint="wait a quarter of an hour before you try again")
        self.retry_after = retry_after


class Attempts:
    """Attempts to sign in to one archive."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @contextmanager
    def attempt(self, account: str, address: str) -> Iterator[None]:
        """Count an attempt; it is forgotten if the block ends without an error.

        Raises:
            TooManyAttemptsError: there were too many already; the block is not entered.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            connection.execute(delete(attempts).where(attempts.c.at <= (now - WINDOW).isoformat()))
            for key, most in ((account, MOST_BY_ACCOUNT), (address, MOST_BY_ADDRESS)):
                self._check(connection, key, most)
            written = [
                connection.execute(insert(attempts).values(key=key, at=now.isoformat())).inserted_primary_key
                for key in (account, address)
            ]
        yield
        with writing(self._engine) as connection:
            ids = [row[0] for row in written if row]
            connection.execute(delete(attempts).where(attempts.c.id.in_(ids)))

    def _check(self, connection: Connection, key: str, most: int) -> None:
        count = connection.execute(select(func.count()).where(attempts.c.key == key)).scalar_one()
        if count >= most:
            raise TooManyAttemptsError(int(WINDOW.total_seconds()))


def account_key(name: str) -> str:
    """The key of an account: one for all spellings that a wiki takes for a name, and for all its bot passwords."""
    plain = " ".join(name.partition("@")[0].replace("_", " ").split())
    return sha256(f"account:{plain.casefold()}".encode()).hexdigest()


def address_key(address: str) -> str:
    """The key of an address; of IPv6, the network that one household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return sha256(f"address:{address}".encode()).hexdigest()
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        network = str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    else:
        network = str(parsed)
    return sha256(f"address:{network}".encode()).hexdigest()
