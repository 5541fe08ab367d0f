"""The register's store: one engine, changes with their audit rows, and a generation that only grows.

Knows: transactions, the generation, and how to tell that a register is not the one that was seen before.
Must not know: what members, releases, holds or consents mean (see the modules beside it).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from commarchive import audit
from commarchive.errors import ClosedError
from commarchive.register import tables
from commarchive.register.engine import open_engine, writing

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

    def record(self, actor: str, action: str, subject: str, **details: Any) -> None:
        """Write the audit row of this change."""
        audit.append(self.connection, audit.Event(actor, action, subject, details), self.at)

    def touch(self, entities: Iterable[str]) -> None:
        """Say which entities' guards change."""
        self.entities |= set(entities)


class Store:
    """Opens a register's database, and makes its tables when it has none.

    Args:
        url: an SQLAlchemy URL of SQLite or PostgreSQL.
        clock: gives the present instant.

    Raises:
        ClosedError: the database cannot be opened.
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
            raise ClosedError(f"the register cannot be opened: {type(error).__name__}") from error

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading, in one consistent snapshot."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """A change and its audit row in one transaction; nothing is kept when anything fails."""
        with writing(self.engine) as connection:
            change = Change(connection, self.clock(), set())
            yield change
            generation = self._bump(connection)
            for entity in sorted(change.entities):
                connection.execute(insert(tables.touched).values(generation=generation, entity=entity))

    def state(self) -> tuple[str, int]:
        """Which register this is, and how many changes there were: one cheap question, asked before every answer.

        Raises:
            ClosedError: the register cannot be read.
        """
        wanted = tables.meta.c.key.in_(("identity", "generation"))
        try:
            with self.reading() as connection:
                found = {row.key: row.value for row in connection.execute(select(tables.meta).where(wanted))}
            return found["identity"], int(found["generation"])
        except (SQLAlchemyError, KeyError, ValueError) as error:
            raise ClosedError("the register cannot be read") from error

    def witness(self) -> Witness:
        """What another store should remember of this one."""
        with self.reading() as connection:
            head = audit.head(connection)
            return Witness(_meta(connection, "identity"), _generation(connection), head.seq, head.hash)

    def is_as_seen(self, witness: Witness) -> bool:
        """Whether this is the register that was seen, no older than it was then."""
        if not witness.identity:
            return True
        with self.reading() as connection:
            return (
                _meta(connection, "identity") == witness.identity
                and _generation(connection) >= witness.generation
                and audit.contains(connection, audit.Head(witness.audit_seq, witness.audit_hash))
            )

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
        if connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == "identity")).first() is None:
            start: Mapping[str, str] = {"identity": uuid.uuid4().hex, "generation": "0"}
            for key, value in start.items():
                connection.execute(insert(tables.meta).values(key=key, value=value))

    def _bump(self, connection: Connection) -> int:
        generation = _generation(connection) + 1
        connection.execute(update(tables.meta).where(tables.meta.c.key == "generation").values(value=str(generation)))
        return generation


def _generation(connection: Connection) -> int:
    return int(_meta(connection, "generation"))


def _meta(connection: Connection, key: str) -> str:
    value: str = connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == key)).scalar_one()
    return value
