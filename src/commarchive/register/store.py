"""The register's store: one engine, changes with their audit rows, and a generation that only grows.

Knows: transactions, the generation, and how to tell that a register is not the one that was seen before.
Must not know: what members, releases, holds or consents mean (see the modules beside it).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from commarchive import audit
from commarchive.errors import ClosedError
from commarchive.register import tables
from commarchive.register.engine import open_engine, reading, writing

FORMAT = "1"
"""The shape of the tables; a register of another shape is not opened."""

Clock = Callable[[], datetime]
"""Gives the present instant, aware, in UTC."""


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Witness:
    """What somebody else remembers of a register, to notice when it is lost, replaced or set back."""

    identity: str = ""
    generation: int = 0
    audit_seq: int = 0
    audit_hash: str = audit.GENESIS

    def written(self) -> str:
        """As text that `read` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str | None) -> Witness:
        """From text; nothing written means nothing seen."""
        return cls(**json.loads(text)) if text else cls()


@dataclass
class Change:
    """A change under way: its connection, its instant, and the entities whose guards it concerns."""

    connection: Connection
    at: datetime
    entities: set[str]
    recorded: int = 0

    def record(self, actor: str, action: str, subject: str, **details: Any) -> None:
        """Write an audit row of this change; every change has one.

        Raises:
            UsageError: a text is no text for the audit.
        """
        audit.append(self.connection, audit.Event(actor, action, subject, details), self.at)
        self.recorded += 1

    def touch(self, entities: Iterable[str]) -> None:
        """Say which entities' guards change."""
        self.entities |= set(entities)


class Store:
    """Opens a register's database, and makes its tables when it has none.

    Args:
        url: an SQLAlchemy URL of SQLite or PostgreSQL.
        clock: gives the present instant.

    Raises:
        ClosedError: the database cannot be opened, or was written by another version.
    """

    def __init__(self, url: str, *, clock: Clock = utc_now) -> None:
        self.clock = clock
        try:
            self.engine = open_engine(url)
            with writing(self.engine) as connection:
                tables.metadata.create_all(connection)
                audit.metadata.create_all(connection)
                self._identify(connection)
        except SQLAlchemyError as error:
            raise ClosedError(f"the register cannot be opened ({type(error).__name__})") from error

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading, in one consistent snapshot.

        Raises:
            ClosedError: the register cannot be read.
        """
        try:
            with reading(self.engine) as connection:
                yield connection
        except SQLAlchemyError as error:
            raise ClosedError("the register cannot be read") from error

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """A change and its audit row in one transaction; nothing is kept when anything fails.

        Raises:
            ClosedError: the register cannot be written.
        """
        try:
            with writing(self.engine) as connection:
                change = Change(connection, self.clock(), set())
                yield change
                self._finish(change)
        except SQLAlchemyError as error:
            raise ClosedError("the register cannot be written, and nothing was changed") from error

    def _finish(self, change: Change) -> None:
        if not change.recorded:
            # What has no audit row could be lost without anybody noticing.
            if change.entities:
                raise RuntimeError("a change of the register without its audit row")
            return
        generation = self._bump(change.connection)
        rows = [{"generation": generation, "entity": entity} for entity in sorted(change.entities)]
        if rows:
            change.connection.execute(insert(tables.touched), rows)

    def witness(self) -> Witness:
        """Which register this is and how far it is: asked before every answer, and remembered by other stores.

        Raises:
            ClosedError: the register cannot be read.
        """
        try:
            with self.reading() as connection:
                found = {row.key: row.value for row in connection.execute(select(tables.meta))}
                head = audit.head(connection)
            return Witness(found["identity"], int(found["generation"]), head.seq, head.hash)
        except (KeyError, ValueError) as error:
            raise ClosedError("the register cannot be read") from error

    def is_as_seen(self, witness: Witness) -> bool:
        """Whether this is the register that was seen, no older than it was then, and grown from that.

        Raises:
            ClosedError: the register cannot be read.
        """
        if not witness.identity:
            return True
        now = self.witness()
        if now.identity != witness.identity or now.generation < witness.generation:
            return False
        with self.reading() as connection:
            return audit.contains(connection, audit.Head(witness.audit_seq, witness.audit_hash))

    def touched_since(self, generation: int) -> frozenset[str]:
        """The entities whose guards changed after a generation."""
        query = select(tables.touched.c.entity).where(tables.touched.c.generation > generation)
        with self.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def audit_rows(self, *, after: int = 0) -> list[audit.Row]:
        """The audit chain behind a row's number."""
        with self.reading() as connection:
            return list(audit.read(connection, after=after))

    def verify_audit(self, witness: Witness | None = None) -> audit.Head:
        """Check the whole chain.

        Raises:
            TamperedError: a row was altered, removed or reordered.
        """
        seen = audit.Head(witness.audit_seq, witness.audit_hash) if witness else None
        with self.reading() as connection:
            return audit.verify(connection, seen)

    def _identify(self, connection: Connection) -> None:
        found = {row.key: row.value for row in connection.execute(select(tables.meta))}
        if not found:
            start = {"identity": uuid.uuid4().hex, "generation": "0", "format": FORMAT}
            connection.execute(insert(tables.meta), [{"key": key, "value": value} for key, value in start.items()])
        elif found.get("format") != FORMAT:
            raise ClosedError("the register was written by another version of commarchive")

    def _bump(self, connection: Connection) -> int:
        generation = _generation(connection) + 1
        connection.execute(update(tables.meta).where(tables.meta.c.key == "generation").values(value=str(generation)))
        return generation


def _generation(connection: Connection) -> int:
    return int(_meta(connection, "generation"))


def _meta(connection: Connection, key: str) -> str:
    value: str = connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == key)).scalar_one()
    return value
