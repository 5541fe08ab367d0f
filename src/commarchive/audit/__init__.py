"""The append-only hash chain of who decided what, and why.

Knows: how rows are chained and how a chain is checked. Must not know: what a decision means, titles, or content; rows
name things by id only, so that the audit itself discloses nothing.

A row is written in the transaction of the change that it records (the caller's connection), so neither is ever alone.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, insert, select

from commarchive.errors import TamperedError, UsageError

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

LONGEST_NAME, LONGEST_TEXT = 255, 2000
"""Characters in an actor or subject, and in any other text."""

_TURNS_LINES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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
    """Add an event in the caller's transaction, which must already hold the write lock.

    Raises:
        UsageError: a text of it is too long, or has signs that could make a row look like another one.
    """
    _check(event)
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
    """The rows behind a number, oldest first.

    Raises:
        TamperedError: a row is none that this module wrote.
    """
    for row in _all(connection, after):
        try:
            details = json.loads(row["details"])
        except ValueError as error:
            raise TamperedError(f"audit row {row['seq']} was altered") from error
        event = Event(row["actor"], row["action"], row["subject"], details)
        yield Row(row["seq"], row["at"], event, row["previous"], row["hash"])


def verify(connection: Connection, witness: Head | None = None) -> Head:
    """Check the whole chain; returns its end.

    Args:
        connection: to the register.
        witness: an end seen earlier, which must be part of the chain.

    Raises:
        TamperedError: a row was altered, removed or reordered, or the chain is shorter than the witness.
    """
    last, met = Head(), witness is None or witness.seq == 0
    for row in _all(connection, after=0):
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


def _all(connection: Connection, after: int) -> Iterator[Mapping[Any, Any]]:
    # A few at a time: a chain grows for as long as its archive lives.
    query = select(rows).where(rows.c.seq > after).order_by(rows.c.seq).execution_options(yield_per=1000)
    yield from connection.execute(query).mappings()


def checked_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text, if it is one line that looks like what it says.

    Raises:
        UsageError: it is longer, or has signs that break the line or turn it around.
    """
    if len(text) > longest:
        raise UsageError(f"a text of {len(text)} characters is too long; {longest} are possible here")
    for sign in text:
        # Joiners stay: some languages are written with them.
        if sign in _TURNS_LINES or unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp"):
            raise UsageError(f"a text is one line here, without the sign U+{ord(sign):04X}")
    return text


def _check(event: Event) -> None:
    for name in (event.actor, event.action, event.subject):
        checked_text(name, LONGEST_NAME)
    for text in _texts(event.details.values()):
        checked_text(text)


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _texts([*value, *value.values()])
        elif isinstance(value, list | tuple):
            yield from _texts(value)


def _hash(row: Mapping[Any, Any]) -> str:
    # A JSON array of all fields: no separator that a field could contain.
    fields = [row[key] for key in ("seq", "at", "actor", "action", "subject", "details", "previous")]
    return sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()
