"""A register with people in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from commarchive.register import Register
from tests.archives import ARCHIVE, Clock, appoint
from tests.databases import DatabaseMaker, database, postgresql_server

__all__ = ["database", "postgresql_server"]

Opener = Callable[[], Register]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register_url(database: DatabaseMaker) -> str:
    return database("register")


@pytest.fixture
def open_register(register_url: str, clock: Clock) -> Iterator[Opener]:
    """Opens the register, each time as another process would."""
    opened: list[Register] = []

    def open_() -> Register:
        opened.append(Register(register_url, ARCHIVE, clock=clock))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


@pytest.fixture
def empty(open_register: Opener) -> Register:
    return open_register()


@pytest.fixture
def register(empty: Register) -> Register:
    appoint(empty)
    return empty
