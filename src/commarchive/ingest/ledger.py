"""What ingest wrote: which row became which entity, with what content, and what was about to be written.

Knows: one table, on SQLite or PostgreSQL. Must not know: rows, the wiki.

Keys are (source, key): the mapping's id and the row's key; or `SHARED` and a Wikidata id, for things that several
mappings may need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    update,
)

from commarchive.register.engine import writing
from commarchive.wikibase.api import chunks
from commarchive.wikibase.edit import Written
from commarchive.wikibase.once import Intent

SHARED = "*"
LONGEST_KEY = 500

Key = tuple[str, str]

metadata = MetaData()

ingested = Table(
    "ingested",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("key", String(LONGEST_KEY), primary_key=True),
    Column("entity", String(16)),
    Column("revision", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("handed_on", Boolean, nullable=False),
    Column("next", Text),
    Column("marker", String(16)),
    Column("at", String(40)),
)
"""`content` is what was written last, `hash` its SHA-256. `next`, `marker` and `at` belong to a write under way.
`handed_on`: whether the caller was told of it (see `run.ingest`)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a row went; `entity` is empty before its first write was done."""

    entity: str
    revision: int
    hash: str


def content_hash(content: str) -> str:
    """The hash by which contents are compared."""
    return sha256(content.encode()).hexdigest()


class Ledger:
    """The table `ingested` of a database, made when it is not there; one process at a time writes to it.

    It is the journal of ingest's writes too: `expect` says what the next write for a key will contain.
    With `read_only` nothing is made, and a missing table is an empty one.
    """

    def __init__(self, engine: Engine, *, read_only: bool = False) -> None:
        self._engine = engine
        self._expected: dict[str, str] = {}
        self._is_there = True
        if read_only:
            self._is_there = inspect(engine).has_table(ingested.name)
        else:
            with writing(engine) as connection:
                metadata.create_all(connection)

    def entries(self, source: str) -> dict[str, Entry]:
        """Everything of one source, by key."""
        query = select(ingested.c.key, ingested.c.entity, ingested.c.revision, ingested.c.hash)
        with self._reading() as connection:
            if connection is None:
                return {}
            rows = connection.execute(query.where(ingested.c.source == source))
            return {row.key: Entry(row.entity or "", row.revision, row.hash) for row in rows}

    def contents(self, keys: Iterable[Key]) -> dict[Key, str]:
        """What was written last, by key."""
        found: dict[Key, str] = {}
        with self._reading() as connection:
            for source, key in keys if connection is not None else ():
                query = select(ingested.c.content).where(ingested.c.source == source, ingested.c.key == key)
                content = connection.execute(query).scalar() if connection is not None else None
                if content is not None:
                    found[source, key] = content
        return found

    def settle(self, entries: Mapping[Key, tuple[str, int, str]]) -> None:
        """Note entity, revision and content of keys where the wiki has it already and nothing has to be written."""
        with writing(self._engine) as connection:
            for (source, key), (entity, revision, content) in entries.items():
                self._ensure(connection, source, [key])
                connection.execute(
                    update(ingested)
                    .where(ingested.c.source == source, ingested.c.key == key)
                    .values(entity=entity, revision=revision, content=content, hash=content_hash(content))
                )

    def not_handed_on(self) -> dict[Key, tuple[str, int]]:
        """Entity and revision of writes of which the caller was not told yet."""
        query = select(ingested).where(ingested.c.handed_on.is_(False), ingested.c.entity.is_not(None))
        with self._reading() as connection:
            rows = connection.execute(query.order_by(ingested.c.revision)) if connection is not None else ()
            return {(row.source, row.key): (row.entity, row.revision) for row in rows}

    def handed_on(self, keys: Iterable[Key]) -> None:
        """Note that the caller was told."""
        statement = (
            update(ingested)
            .where(ingested.c.source == bindparam("of"), ingested.c.key == bindparam("which"))
            .values(handed_on=True)
        )
        values = [{"of": source, "which": key} for source, key in keys]
        if values:
            with writing(self._engine) as connection:
                connection.execute(statement, values)

    def expect(self, key: Key, content: str) -> str:
        """Say what is about to be written for a key; returns the key of its intent."""
        joined = "|".join(key)
        self._expected[joined] = content
        return joined

    def pending(self) -> list[Intent]:
        """Writes that were about to be sent."""
        query = select(ingested).where(ingested.c.marker.is_not(None))
        with self._engine.connect() as connection:
            return [
                Intent(f"{row.source}|{row.key}", row.marker, datetime.fromisoformat(row.at))
                for row in connection.execute(query)
            ]

    def begin(self, intents: list[Intent]) -> None:
        """Note writes that are about to be sent."""
        by_source: dict[str, list[str]] = {}
        for intent in intents:
            source, key = split(intent.key)
            by_source.setdefault(source, []).append(key)
        statement = (
            update(ingested)
            .where(ingested.c.source == bindparam("of"), ingested.c.key == bindparam("which"))
            .values(next=bindparam("content_"), marker=bindparam("marker_"), at=bindparam("at_"))
        )
        values = [
            {
                "of": split(intent.key)[0],
                "which": split(intent.key)[1],
                "content_": self._expected.pop(intent.key),
                "marker_": intent.marker,
                "at_": intent.at.isoformat(),
            }
            for intent in intents
        ]
        with writing(self._engine) as connection:
            for source, keys in by_source.items():
                self._ensure(connection, source, keys)
            connection.execute(statement, values)

    def done(self, written: Mapping[str, Written]) -> None:
        """Note what happened; the caller is still to be told."""
        if not written:
            return
        with writing(self._engine) as connection:
            for joined, where in written.items():
                source, key = split(joined)
                here = (ingested.c.source == source) & (ingested.c.key == key)
                content = connection.execute(select(ingested.c.next).where(here)).scalar_one()
                connection.execute(
                    update(ingested)
                    .where(here)
                    .values(
                        entity=where.entity_id,
                        revision=where.revision,
                        content=content,
                        hash=content_hash(content),
                        handed_on=False,
                        next=None,
                        marker=None,
                        at=None,
                    )
                )

    def drop(self, keys: Iterable[str]) -> None:
        """Forget what did not happen; rows that were never written leave nothing behind."""
        listed = [split(joined) for joined in keys]
        if not listed:
            return
        with writing(self._engine) as connection:
            for source, key in listed:
                here = (ingested.c.source == source) & (ingested.c.key == key)
                connection.execute(update(ingested).where(here).values(next=None, marker=None, at=None))
                connection.execute(delete(ingested).where(here, ingested.c.entity.is_(None)))

    @staticmethod
    def _ensure(connection: Connection, source: str, keys: Iterable[str]) -> None:
        for some in chunks(keys, 500):
            query = select(ingested.c.key).where(ingested.c.source == source, ingested.c.key.in_(some))
            known = set(connection.execute(query).scalars())
            fresh = [key for key in some if key not in known]
            if fresh:
                empty = {"source": source, "revision": 0, "hash": "", "content": "", "handed_on": True}
                connection.execute(insert(ingested), [{**empty, "key": key} for key in fresh])

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        if not self._is_there:
            yield None
            return
        with self._engine.connect() as connection:
            yield connection


def split(joined: str) -> Key:
    """The key that an intent's key was made from; a source never contains a `|`."""
    source, _, key = joined.partition("|")
    return source, key
