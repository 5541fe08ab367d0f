"""Engines on SQLite and PostgreSQL that behave alike: durable, and with one writer at a time.

Knows: how each database begins a transaction and takes its write lock. Must not know: any table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text

_WRITE_LOCK = 727277
"""PostgreSQL's advisory lock that all writers of one database take."""


def open_engine(url: str) -> Engine:
    """An engine; its SQLite databases survive a kill, and wait for one another for half a minute."""
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
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


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver must not begin transactions of its own accord: `_begin_sqlite` does.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")
