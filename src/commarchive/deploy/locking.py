"""One process at a time for work that two must not do to one archive.

Knows: locks of the operating system, which end with the process that holds them. Must not know: what the work is.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commarchive.errors import ConflictError

LOCK_FILE = ".commarchive.lock"


@contextmanager
def one_at_a_time(folder: Path, work: str) -> Iterator[None]:
    """Hold the lock of an archive's folder; `work` says what for, to whoever comes second.

    Raises:
        ConflictError: another process holds it.
    """
    with (folder / LOCK_FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another command"
            raise ConflictError(f"`{holder}` is at work in this archive", hint="wait until it has ended") from None
        file.seek(0)
        file.truncate()
        file.write(work)
        file.flush()
        yield
