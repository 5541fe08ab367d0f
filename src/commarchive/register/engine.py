"""Engines on SQLite and PostgreSQL that behave alike: durable, and with one writer at a time.

Knows: how each database begins a transaction and takes its write lock. Must not know: any table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from commarchive.errors import ClosedError

_WRITE_LOCK = 727277
"""PostgreSQL's advisory lock that all writers of one database take."""


_SERVER = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 30}
_FILE = {"pool_size": 10, "max_overflow": 90}


def open_engine(url: str) -> Engine:
    """An engine; its SQLite databases survive a kill, and wait for one another for half a minute.

    Raises:
        ClosedError: the database's driver is not installed.
    """
    address = make_url(url)
    is_file = address.get_backend_name() == "sqlite"
    in_memory = is_file and address.database in (None, "", ":memory:")
    try:
        engine = create_engine(address, **({} if in_memory else _FILE if is_file else _SERVER))
    except ModuleNotFoundError as error:
        hint = "install commarchive with its extra `postgres`"
        raise ClosedError(f"the driver `{error.name}` of that database is not installed", hint=hint) from error
    if is_file:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the write lock from its start, so that two writers never act on the same state."""
    with engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})"))
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection whose every question is answered from one snapshot: that of its first."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection:
        yield connection


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver must not begin transactions of its own accord: `_begin_sqlite` does.
    connection.isolation_level = None
    # Waiting first: to take up the write-ahead log two newcomers need the file one after the other.
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")
