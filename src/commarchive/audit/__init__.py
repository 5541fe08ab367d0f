"""The append-only hash chain of who decided what, and why.

Knows: how rows are chained and how a chain is checked. Must not know: what a decision means, titles, or content; rows
name things by id only, so that the audit itself discloses nothing.

A row is written in the transaction of the change that it records (the caller's connection), so neither is ever alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, insert, select

from commarchive.errors import TamperedError

metadata = MetaData()
rows = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

GENESIS = "0" * 64
"""What the first row follows."""


@dataclass(frozen=True, slots=True)
class Event:
    """One decision: `actor` did `action` to `subject` (an id); `details` is a JSON object without titles or content."""

    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A chained event; `at` is an ISO 8601 instant in UTC."""

    seq: int
    at: str
    event: Event
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many rows, and the hash of the last."""

    seq: int = 0
    hash: str = GENESIS


def append(connection: Connection, event: Event, at: datetime) -> Head:
    """Add an event in the caller's transaction, which must already hold the write lock."""
    last = head(connection)
    details = json.dumps(event.details, sort_keys=True, ensure_ascii=False)
    row = {
        "seq": last.seq + 1,
        "at": at.isoformat(),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "details": details,
        "previous": last.hash,
    }
    row["hash"] = _hash(row)
    connection.execute(insert(rows).values(row))
    return Head(last.seq + 1, str(row["hash"]))


def head(connection: Connection) -> Head:
    """The end of the chain."""
    last = connection.execute(select(rows.c.seq, rows.c.hash).order_by(rows.c.seq.desc()).limit(1)).first()
    return Head(last.seq, last.hash) if last else Head()


def read(connection: Connection, *, after: int = 0) -> Iterator[Row]:
    """The rows behind a number, oldest first."""
    for row in connection.execute(select(rows).where(rows.c.seq > after).order_by(rows.c.seq)):
        event = Event(row.actor, row.action, row.subject, json.loads(row.details))
        yield Row(row.seq, row.at, event, row.previous, row.hash)


def verify(connection: Connection, witness: Head | None = None) -> Head:
    """Check the whole chain; returns its end.

    Args:
        connection: to the register.
        witness: an end seen earlier, which must be part of the chain.

    Raises:
        TamperedError: a row was altered, removed or reordered, or the chain is shorter than the witness.
    """
    last, met = Head(), witness is None or witness.seq == 0
    for row in connection.execute(select(rows).order_by(rows.c.seq)).mappings():
        if row["seq"] != last.seq + 1:
            raise TamperedError(f"audit row {last.seq + 1} is missing or out of order")
        if row["previous"] != last.hash or row["hash"] != _hash(row):
            raise TamperedError(f"audit row {row['seq']} was altered")
        last = Head(row["seq"], row["hash"])
        met = met or last == witness
    if not met and witness is not None:
        raise TamperedError(f"the audit chain does not contain row {witness.seq} as it was seen earlier")
    return last


def contains(connection: Connection, witness: Head) -> bool:
    """Whether the chain contains an end seen earlier, without checking the rest."""
    if witness.seq == 0:
        return True
    found = connection.execute(select(rows.c.hash).where(rows.c.seq == witness.seq)).scalar()
    return found == witness.hash


def _hash(row: Mapping[Any, Any]) -> str:
    # A JSON array of all fields: no separator that a field could contain.
    fields = [row[key] for key in ("seq", "at", "actor", "action", "subject", "details", "previous")]
    return sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()
