"""The wiki's file: pages, revisions, recent changes, logs, terms, in SQLite.

Knows: tables, transactions, and how rows become values. Must not know: the API, rights, or what an entity means.

An edit is one transaction, and `write()` returns only after its commit. With a write-ahead log and `synchronous=NORMAL`
a commit has been handed to the operating system, so it outlives a SIGKILL of this process at any moment; what is not
promised, and is not needed for trying and testing, is to outlive the loss of power.

Rows are never reused: ids of pages, revisions, changes and log entries only ever grow.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commarchive.errors import UsageError

_APPLICATION_ID = 0x636F6D77  # "comw"
_VERSION = 1
_BUSY_SECONDS = 60.0

_SCHEMA = """
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL, token TEXT NOT NULL,
    registered TEXT NOT NULL, edits INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE membership (account INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
CREATE TABLE bot_password (
    account INTEGER NOT NULL, app TEXT NOT NULL, password TEXT NOT NULL, PRIMARY KEY (account, app)
) WITHOUT ROWID;
CREATE TABLE block (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL UNIQUE, by_name TEXT NOT NULL, reason TEXT NOT NULL,
    timestamp TEXT NOT NULL
);
CREATE TABLE page (
    id INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT NOT NULL UNIQUE, type TEXT NOT NULL, number INTEGER NOT NULL,
    datatype TEXT, latest INTEGER NOT NULL DEFAULT 0, redirect TEXT, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX page_number ON page (type, number);
CREATE TABLE revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT, page INTEGER NOT NULL, parent INTEGER NOT NULL, user TEXT NOT NULL,
    account INTEGER NOT NULL, timestamp TEXT NOT NULL, comment TEXT NOT NULL, bot INTEGER NOT NULL,
    content TEXT NOT NULL, hidden INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX revision_page ON revision (page, id);
CREATE INDEX revision_account ON revision (account, id);
CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, page INTEGER NOT NULL, entity TEXT NOT NULL,
    revision INTEGER NOT NULL, old_revision INTEGER NOT NULL, user TEXT NOT NULL, timestamp TEXT NOT NULL,
    comment TEXT NOT NULL, bot INTEGER NOT NULL, log INTEGER
);
CREATE INDEX change_timestamp ON change (timestamp, id);
CREATE INDEX change_page ON change (page);
CREATE TABLE log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, action TEXT NOT NULL, entity TEXT NOT NULL,
    page INTEGER NOT NULL, user TEXT NOT NULL, timestamp TEXT NOT NULL, comment TEXT NOT NULL,
    params TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE term (
    entity TEXT NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL, language TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX term_text ON term (type, kind, language, text, entity);
CREATE INDEX term_entity ON term (entity, kind);
"""


class Store:
    """One connection to the wiki's file, used by one thread at a time; other processes may open the same file."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, or make it.

        Raises:
            UsageError: it is some other file.
        """
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise UsageError(f"`{path}` is not the file of an embedded wiki ({error})") from error
        except UsageError:
            self._connection.close()
            raise

    def _open(self) -> None:
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA journal_mode=WAL")
        if self._pragma("user_version") == 0:
            with self.write():
                if self._pragma("user_version") == 0:
                    self._create()
        if self._pragma("application_id") != _APPLICATION_ID or self._pragma("user_version") != _VERSION:
            raise UsageError("the file belongs to another program, or to another version of the embedded wiki")

    def _create(self) -> None:
        if self.value("SELECT count(*) FROM sqlite_master"):
            raise UsageError("the file belongs to another program")
        for statement in _SCHEMA.split(";"):
            if statement.strip():
                self._connection.execute(statement)
        self._connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        self._connection.execute(f"PRAGMA user_version={_VERSION}")

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def read(self) -> Iterator[None]:
        """Everything inside sees one state of the wiki."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[None]:
        """Everything inside happens, or nothing does; the end of the block is the commit."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, if any."""
        found: tuple[Any, ...] | None = self._connection.execute(sql, parameters).fetchone()
        return found

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first value of the first row, None if there is none."""
        found = self.row(sql, parameters)
        return found[0] if found else None

    def insert(self, table: str, **values: Any) -> int:
        """Insert a row and return its id. Table and column names are ours, never a user's."""
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self._connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))  # noqa: S608
        return int(cursor.lastrowid or 0)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def execute_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each set of parameters."""
        self._connection.executemany(sql, parameters)

    def next_number(self, name: str) -> int:
        """The next value of a counter, beginning with 1."""
        found = self.value(
            "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name,),
        )
        return int(found)

    def raise_number(self, name: str, at_least: int) -> None:
        """See to it that the counter's next value is greater than this."""
        self._connection.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
            (name, at_least),
        )
