"""How fast edits go, and that one run goes at a time.

Knows: clocks and locks. Must not know: what is sent.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, text

from commarchive.errors import ConflictError

_LOCK = 727278
"""PostgreSQL's advisory lock of runs; the register's writers take another."""


class Pace:
    """Lets at most so many edits a minute begin, by the clock on the wall and not by how long each of them takes.

    `since` is how many seconds ago an earlier run last sent something, None if that is long ago.
    """

    def __init__(
        self,
        edits_per_minute: float,
        *,
        since: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 60.0 / edits_per_minute
        self._clock = clock
        self._sleep = sleep
        self._last = None if since is None else clock() - since

    def wait(self) -> None:
        """Wait until the next edit may begin, and count it."""
        if self._last is not None:
            left = self._last + self._interval - self._clock()
            if left > 0:
                self._sleep(left)
        self._last = self._clock()


def seconds_since(moment: datetime | None, now: datetime) -> float | None:
    """How long ago a moment was; never less than nothing."""
    return None if moment is None else max(0.0, (now - moment).total_seconds())


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Let no other run of this archive go at the same time; a killed run lets go by being dead.

    Raises:
        ConflictError: another run is under way.
    """
    taken = ConflictError(
        "another run is under way", hint="wait for it; `commarchive federate status` shows how far it is"
    )
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            if not connection.execute(text(f"SELECT pg_try_advisory_lock({_LOCK})")).scalar():
                raise taken
            yield
            connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        return
    place = Path(f"{engine.url.database}.federation-lock")
    with place.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise taken from None
        yield
