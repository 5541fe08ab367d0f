"""The ledger: which statement here became which statement there, by whose consent and approval; a hash chain.

Knows: rows, their chain, and what follows from them: what is ours there now, what is under way, what was taken back.
Must not know: content. A row has ids, hashes and revisions, so it outlives what it is about.

It stands in the register's database and only ever grows; a change of state is a further row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, MetaData, String, Table, Text, insert, select

from commarchive.audit import GENESIS, Head
from commarchive.errors import TamperedError
from commarchive.federation.steps import Mode
from commarchive.model.entity import Rank
from commarchive.model.ids import sort_key
from commarchive.register.engine import writing
from commarchive.register.store import Store
from commarchive.wikibase.api import chunks

metadata = MetaData()
rows = Table(
    "ledger",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("plan", String(64), nullable=False),
    Column("batch", String(32), nullable=False),
    Column("marker", String(16), nullable=False),
    Column("local_site", Text, nullable=False),
    Column("record", String(16), nullable=False),
    Column("statement", String(64), nullable=False),
    Column("local_revision", Integer, nullable=False),
    Column("content", String(64), nullable=False),
    Column("site", Text, nullable=False),
    Column("item", String(16), nullable=False),
    Column("guid", String(64), nullable=False),
    Column("said", String(64), nullable=False),
    Column("rank", String(16), nullable=False),
    Column("references", Text, nullable=False),
    Column("revision_before", Integer, nullable=False),
    Column("revision_after", Integer, nullable=False),
    Column("new_item", Boolean, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("author", String(255), nullable=False),
    Column("executor", String(255), nullable=False),
    Column("approvers", Text, nullable=False),
    Column("consent", Integer, nullable=False),
    Column("consent_until", String(40), nullable=False),
    Column("newest_consent", Integer, nullable=False),
    Column("policy", String(64), nullable=False),
    Column("sent_at", String(40), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ledger_by_record", "record"),
    Index("ledger_by_plan", "plan"),
    Index("ledger_by_marker", "marker"),
)


class State(StrEnum):
    """Where a contribution stands.

    `intended`: about to be sent; `sent`: it was, and its answer never came; `blocked`: it certainly did not happen.
    """

    INTENDED = "intended"
    SENT = "sent"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    BLOCKED = "blocked"


UNDER_WAY = frozenset({State.INTENDED, State.SENT})


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `seq`, `at` are given when it is written; instants are ISO 8601 in UTC, `sent_at` by the target's clock.

    `record`, `statement`, `content`: here; a row without `statement` is about the whole record. `item`, `guid`, `said`,
    `rank`, `references` (hashes): there. `newest_consent`: the newest that there was of the record, so that a newer one
    can be told.
    """

    state: State
    mode: Mode
    plan: str
    batch: str
    record: str
    statement: str = ""
    marker: str = ""
    local_site: str = ""
    local_revision: int = 0
    content: str = ""
    site: str = ""
    item: str = ""
    guid: str = ""
    said: str = ""
    rank: str = str(Rank.NORMAL)
    references: tuple[str, ...] = ()
    revision_before: int = 0
    revision_after: int = 0
    new_item: bool = False
    warnings: tuple[str, ...] = ()
    author: str = ""
    executor: str = ""
    approvers: tuple[str, ...] = ()
    consent: int = 0
    consent_until: str = ""
    newest_consent: int = 0
    policy: str = ""
    sent_at: str = ""
    seq: int = 0
    at: str = ""


_TOGETHER = 500
_LISTS = ("references", "warnings", "approvers")
_CHAINED = [field.name for field in fields(Row)]


class Ledger:
    """The ledger of one archive."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with writing(store.engine) as connection:
            metadata.create_all(connection)

    def append(self, new: Iterable[Row]) -> None:
        """Add rows, all or none; they are on the disk when this returns."""
        with writing(self._store.engine) as connection:
            self.append_with(connection, new)

    def append_with(self, connection: Connection, new: Iterable[Row]) -> None:
        """Add rows in the caller's transaction, which must already hold the write lock."""
        last, at = _head(connection), self._store.clock().isoformat()
        for row in new:
            values = _values(replace(row, seq=last.seq + 1, at=at))
            values["previous"] = last.hash
            values["hash"] = _hash(values)
            connection.execute(insert(rows).values(values))
            last = Head(last.seq + 1, values["hash"])

    def rows(self, *, record: str | None = None, plan: str | None = None) -> Iterator[Row]:
        """Rows in their order: all, of one record, or of one plan."""
        query = select(rows).order_by(rows.c.seq)
        if record is not None:
            query = query.where(rows.c.record == record)
        if plan is not None:
            query = query.where(rows.c.plan == plan)
        with self._store.reading() as connection:
            for row in connection.execute(query).mappings():
                yield _row(row)

    def of_records(self, records: Sequence[str]) -> dict[str, list[Row]]:
        """The rows of some records, in their order."""
        found: dict[str, list[Row]] = {record: [] for record in records}
        with self._store.reading() as connection:
            for some in chunks(found, _TOGETHER):
                query = select(rows).where(rows.c.record.in_(some)).order_by(rows.c.seq)
                for row in connection.execute(query).mappings():
                    found[row["record"]].append(_row(row))
        return found

    def items(self, site: str, records: Sequence[str]) -> dict[str, str]:
        """The items in a target to which some records here went: made by us, or found then."""
        made = (rows.c.site == site) & (rows.c.state == str(State.CONFIRMED))
        found: dict[str, str] = {}
        with self._store.reading() as connection:
            for some in chunks(records, _TOGETHER):
                query = select(rows.c.record, rows.c.item).where(made & rows.c.record.in_(some)).order_by(rows.c.seq)
                found |= {row.record: row.item for row in connection.execute(query)}
        return found

    def records(self, site: str) -> list[str]:
        """Records of which something was ever published in a target."""
        query = select(rows.c.record).where(rows.c.site == site).distinct()
        with self._store.reading() as connection:
            return sorted(connection.execute(query).scalars(), key=sort_key)

    def under_way(self, site: str | None = None) -> list[Row]:
        """Rows of edits that were about to be sent (to one target), and of which nobody knows what became of them."""
        newest: dict[tuple[str, str, str], Row] = {}
        query = select(rows).where(rows.c.marker != "").order_by(rows.c.seq)
        if site is not None:
            query = query.where(rows.c.site == site)
        with self._store.reading() as connection:
            for mapping in connection.execute(query).mappings():
                row = _row(mapping)
                key = (row.marker, row.record, row.statement)
                if row.state in UNDER_WAY:
                    newest[key] = row
                else:
                    newest.pop(key, None)
        return list(newest.values())

    def head(self) -> Head:
        """The end of the chain."""
        with self._store.reading() as connection:
            return _head(connection)

    def verify(self, witness: Head | None = None) -> Head:
        """Check the whole chain; returns its end.

        Raises:
            TamperedError: a row was altered, removed or reordered, or the chain does not contain the witness.
        """
        last, met = Head(), witness is None or witness.seq == 0
        with self._store.reading() as connection:
            for row in connection.execute(select(rows).order_by(rows.c.seq)).mappings():
                if row["seq"] != last.seq + 1:
                    raise TamperedError(f"ledger row {last.seq + 1} is missing or out of order")
                if row["previous"] != last.hash or row["hash"] != _hash(row):
                    raise TamperedError(f"ledger row {row['seq']} was altered")
                last = Head(row["seq"], row["hash"])
                met = met or last == witness
        if not met and witness is not None:
            raise TamperedError(f"the ledger does not contain row {witness.seq} as it was seen earlier")
        return last

    def last_sent(self) -> datetime | None:
        """When something was last about to be sent, by the archive's clock."""
        query = select(rows.c.at).where(rows.c.marker != "").order_by(rows.c.seq.desc()).limit(1)
        with self._store.reading() as connection:
            at = connection.execute(query).scalar()
        return datetime.fromisoformat(at) if at else None

    def as_json(self) -> Iterator[dict[str, Any]]:
        """Every row whole, its hashes included, oldest first."""
        with self._store.reading() as connection:
            for row in connection.execute(select(rows).order_by(rows.c.seq)).mappings():
                data = dict(row)
                yield data | {name: json.loads(data[name]) for name in _LISTS}


def _head(connection: Connection) -> Head:
    last = connection.execute(select(rows.c.seq, rows.c.hash).order_by(rows.c.seq.desc()).limit(1)).first()
    return Head(last.seq, last.hash) if last else Head(0, GENESIS)


def _values(row: Row) -> dict[str, Any]:
    values = asdict(row) | {"state": str(row.state), "mode": str(row.mode)}
    return values | {name: json.dumps(values[name]) for name in _LISTS}


def _row(values: Mapping[Any, Any]) -> Row:
    given = {name: values[name] for name in _CHAINED}
    lists = {name: tuple(json.loads(given[name])) for name in _LISTS}
    return Row(**{**given, **lists, "state": State(given["state"]), "mode": Mode(given["mode"])})


def _hash(values: Mapping[Any, Any]) -> str:
    # A JSON array of all fields in their order: no separator that a field could contain.
    chained = [values[name] for name in _CHAINED] + [values["previous"]]
    return sha256(json.dumps(chained, ensure_ascii=False).encode()).hexdigest()
