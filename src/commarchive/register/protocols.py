"""Protocols as stewards accepted them: what a file loosens waits for them, what it tightens acts at once.

Knows: the definitions in force, and who accepts another. Must not know: files, records' content.

Whoever writes the archive's files can tighten a protocol. To loosen one (strict to open, a longer season, fewer people
for a release …) is a release of everything that stands under it, and needs that protocol's stewards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from commarchive.errors import ApprovalError, ConflictError, NotFoundError
from commarchive.model.archive import (
    AccessProtocol,
    Archive,
    FederationRule,
    Mode,
    OutsidersSee,
    ReleaseRule,
    Season,
)
from commarchive.policy.condition import groups_named, read_canonical
from commarchive.policy.strictness import loosened, strictest
from commarchive.register import tables
from commarchive.register.store import Change, Store

IsSteward = Callable[[Connection, str, str, datetime], bool]
"""Whether a person is a steward of a group at an instant."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A definition that loosens a protocol and waits: in which respects, and who has agreed so far."""

    protocol: str
    respects: tuple[str, ...]
    people: int
    agreed: tuple[str, ...]


class Protocols:
    """The protocols of an archive as they are in force."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._store = store
        self._said = archive
        self.archive = replace(archive, protocols=self._in_force())

    def pending(self) -> list[Pending]:
        """Definitions that wait for stewards."""
        with self._store.reading() as connection:
            return [
                self._pending(connection, said)
                for id_, said in sorted(self._said.protocols.items())
                if self.archive.protocols[id_] != said
            ]

    def kept(self) -> list[str]:
        """Protocols that the files no longer have, and that are in force because records stand under them."""
        return sorted(self.archive.protocols.keys() - self._said.protocols.keys())

    def follow(self) -> bool:
        """Take up what another process put in force; says whether there was anything."""
        with self._store.reading() as connection:
            accepted = _accepted(connection)
        if accepted == self.archive.protocols:
            return False
        self.archive = replace(self.archive, protocols=accepted)
        return True

    def accept(self, protocol: str, *, by: str, is_steward: IsSteward, why: str = "") -> Pending | None:
        """Agree to a looser definition; None when it is in force by that, which `Register.follow` then takes up.

        Raises:
            NotFoundError: nothing waits for that protocol.
            ApprovalError: `by` is no steward of it.
            ConflictError: `by` agreed before.
        """
        said = self._said.protocols.get(protocol)
        if said is None or self.archive.protocols[protocol] == said:
            raise NotFoundError(f"nothing waits for `{protocol}`")
        with self._store.changing() as change:
            if not is_steward(change.connection, by, protocol, change.at):
                raise ApprovalError(f"`{by}` is no steward of `{protocol}`")
            if by in self._pending(change.connection, said).agreed:
                raise ConflictError(f"`{by}` agreed to that before")
            subject = _subject(said)
            change.connection.execute(
                insert(tables.approvals).values(subject=subject, person=by, at=change.at.isoformat())
            )
            change.record(by, "protocol-approved", protocol, definition=subject.rpartition(":")[2], why=why)
            pending = self._pending(change.connection, said)
            agreed = [p for p in pending.agreed if is_steward(change.connection, p, protocol, change.at)]
            if len(agreed) < pending.people:
                return pending
            _accept(change, said, by)
            return None

    def _in_force(self) -> dict[str, AccessProtocol]:
        with self._store.reading() as connection:
            accepted = _accepted(connection)
        if self._wanted(accepted) == accepted:
            return accepted
        with self._store.changing() as change:
            # Looked at again: another process may have been quicker.
            accepted = _accepted(change.connection)
            wanted = self._wanted(accepted)
            removed = accepted.keys() - wanted.keys()
            in_use = _groups_in_use(change.connection) if removed else frozenset()
            for id_ in sorted(removed):
                if id_ in in_use:
                    wanted[id_] = accepted[id_]
                else:
                    change.connection.execute(delete(tables.protocols).where(tables.protocols.c.id == id_))
                    change.record("host", "protocol-removed", id_)
            for id_, protocol in sorted(wanted.items()):
                if accepted.get(id_) != protocol:
                    _accept(change, protocol, "host")
        return wanted

    def _wanted(self, accepted: Mapping[str, AccessProtocol]) -> dict[str, AccessProtocol]:
        return {id_: strictest(accepted[id_], p) if id_ in accepted else p for id_, p in self._said.protocols.items()}

    def _pending(self, connection: Connection, said: AccessProtocol) -> Pending:
        now = self.archive.protocols[said.id]
        query = select(tables.approvals.c.person).where(tables.approvals.c.subject == _subject(said))
        people = connection.execute(query.order_by(tables.approvals.c.person)).scalars().all()
        return Pending(said.id, tuple(loosened(now, said)), now.release.people, tuple(people))


def _accept(change: Change, protocol: AccessProtocol, by: str) -> None:
    table = tables.protocols
    change.connection.execute(delete(table).where(table.c.id == protocol.id))
    change.connection.execute(insert(table).values(id=protocol.id, definition=_written(protocol)))
    change.record(by, "protocol-in-force", protocol.id, definition=_subject(protocol).rpartition(":")[2])


def _accepted(connection: Connection) -> dict[str, AccessProtocol]:
    return {row.id: _read(json.loads(row.definition)) for row in connection.execute(select(tables.protocols))}


def _groups_in_use(connection: Connection) -> frozenset[str]:
    groups: set[str] = set()
    for table in (tables.restrictions, tables.releases):
        words = ("state", "outsiders-see")
        query = select(table.c.value).where(table.c.target.not_in(words)).distinct()
        for value in connection.execute(query).scalars():
            groups |= groups_named(read_canonical(value))
    return frozenset(groups)


def _subject(protocol: AccessProtocol) -> str:
    return f"protocol:{protocol.id}:{sha256(_written(protocol).encode()).hexdigest()[:32]}"


def _written(protocol: AccessProtocol) -> str:
    data = asdict(protocol) | {"outsiders_see": protocol.outsiders_see.word}
    return json.dumps(data, sort_keys=True, ensure_ascii=False)


def _read(data: dict[str, Any]) -> AccessProtocol:
    season = data["season"]
    return AccessProtocol(
        id=data["id"],
        community=data["community"],
        mode=Mode(data["mode"]),
        name=data["name"],
        stewards_min=data["stewards_min"],
        season=Season(tuple(season["first"]), tuple(season["last"]), season["zone"]) if season else None,
        outsiders_see=OutsidersSee[data["outsiders_see"].upper()],
        release=ReleaseRule(data["release"]),
        federation=FederationRule(data["federation"]),
        labels=tuple(data["labels"]),
        notice=data["notice"],
    )
