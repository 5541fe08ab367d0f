"""The unfiltered store of the projection.

Knows: how entities, guards and rows are kept. Must not know: who asks. Importable from `projection` and `backup` alone,
so that no page can read what was not filtered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from commarchive.model.archive import OutsidersSee
from commarchive.model.entity import Entity
from commarchive.model.ids import entity_type, sort_key
from commarchive.policy.condition import CLOSED, PUBLIC, Condition, all_of, read_canonical
from commarchive.policy.guards import Guards
from commarchive.projection import tables
from commarchive.projection.history import History
from commarchive.projection.rows import Rows
from commarchive.projection.satisfied import Satisfied
from commarchive.register.engine import open_engine
from commarchive.wikibase.codec import decode_entity, encode_entity

_FORMAT = "format"


@dataclass(frozen=True, slots=True)
class Stored:
    """An unredacted entity with its guards and its history."""

    entity: Entity
    guards: Guards
    history: History


@dataclass(frozen=True, slots=True)
class StoredRedirect:
    """A redirect; `guard` is who could know of what it was."""

    target: str
    guard: Condition


class ProjectionStore:
    """A projection's database; the caller brings connections, so that it decides what one transaction is."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = open_engine(url)
        self.satisfied = Satisfied()

    def create(self, connection: Connection) -> None:
        """Make the tables; those that another version made are made anew, but for what the projection notes."""
        tables.metadata.create_all(connection, tables=[tables.meta])
        if self.get_meta(connection, _FORMAT) != tables.FORMAT:
            others = [table for table in tables.metadata.sorted_tables if table is not tables.meta]
            tables.metadata.drop_all(connection, tables=others)
            tables.metadata.create_all(connection)
            self.set_meta(connection, _FORMAT, tables.FORMAT)

    def clear(self, connection: Connection) -> None:
        """Forget everything but what `meta` says."""
        for table in reversed(tables.metadata.sorted_tables):
            if table is not tables.meta:
                connection.execute(delete(table))

    def get_meta(self, connection: Connection, key: str) -> str | None:
        """A note of the projection about itself."""
        return connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == key)).scalar()

    def set_meta(self, connection: Connection, key: str, value: str) -> None:
        """Write such a note."""
        _upsert(connection, tables.meta, {"key": key, "value": value}, key="key")

    def put(self, connection: Connection, stored: Sequence[Stored]) -> None:
        """Keep entities with their guards, in place of what was kept of them; their rows are a matter of `put_rows`."""
        if not stored:
            return
        entities = [one.entity.id for one in stored]
        _delete(connection, tables.redirects.c.id, entities)
        _delete(connection, tables.entities.c.id, entities)
        ids = self._ids(connection, (c for one in stored for c in (one.guards.entity, one.guards.know)))
        values = [
            {
                "id": one.entity.id,
                "type": one.entity.type,
                "number": sort_key(one.entity.id)[1],
                "datatype": one.entity.datatype,
                "revision": one.entity.revision,
                "body": _encode_body(one.entity),
                "guards": _encode_guards(one.guards),
                "history": orjson.dumps(one.history.as_json()),
                "guard": ids[one.guards.entity],
                "know": ids[one.guards.know],
            }
            for one in stored
        ]
        connection.execute(insert(tables.entities), values)

    def put_rows(self, connection: Connection, rows: Mapping[str, Rows]) -> None:
        """Keep the rows of entities, in place of those that were kept."""
        self._forget_rows(connection, list(rows))
        ids = self._ids(connection, (condition for each in rows.values() for condition in each.guards))
        numbers = {id_: [ids[guard] for guard in each.guards] for id_, each in rows.items()}
        for table, values in (
            (tables.terms, [v for id_, each in rows.items() for v in _term_values(id_, each, numbers[id_])]),
            (tables.words, [v for id_, each in rows.items() for v in _word_values(id_, each, numbers[id_])]),
            (tables.facets, [v for id_, each in rows.items() for v in _facet_values(id_, each, numbers[id_])]),
            (tables.mentions, [{"entity": id_, "mentioned": m} for id_, each in rows.items() for m in each.mentions]),
        ):
            if values:
                connection.execute(insert(table), values)

    def put_redirect(self, connection: Connection, id_: str, redirect: StoredRedirect, revision: int) -> None:
        """Keep a redirect, in place of the entity that was there."""
        self.remove(connection, [id_])
        guard = self._ids(connection, [redirect.guard])[redirect.guard]
        values = {"id": id_, "target": redirect.target, "revision": revision, "guard": guard}
        connection.execute(insert(tables.redirects).values(values))

    def remove(self, connection: Connection, ids: Sequence[str]) -> None:
        """Forget entities, whatever they were."""
        self._forget_rows(connection, ids)
        _delete(connection, tables.entities.c.id, ids)
        _delete(connection, tables.redirects.c.id, ids)

    def get(self, connection: Connection, id_: str) -> Stored | None:
        """One unredacted entity."""
        return self.get_many(connection, [id_]).get(id_)

    def get_many(
        self, connection: Connection, ids: Iterable[str], *, among: ColumnElement[bool] | None = None
    ) -> dict[str, Stored]:
        """Unredacted entities by id; those that are not there, or not `among` these, are left out."""
        entities, found = tables.entities, {}
        query = select(entities) if among is None else select(entities).where(among)
        for some in _chunks(sorted(set(ids))):
            for row in connection.execute(query.where(entities.c.id.in_(some))):
                found[row.id] = _stored(row)
        return found

    def redirects(self, connection: Connection, ids: Iterable[str]) -> dict[str, StoredRedirect]:
        """Redirects by id."""
        redirects, guards = tables.redirects, tables.guards
        found = {}
        for some in _chunks(sorted(set(ids))):
            query = (
                select(redirects.c.id, redirects.c.target, guards.c.condition)
                .join(guards, guards.c.id == redirects.c.guard)
                .where(redirects.c.id.in_(some))
            )
            for row in connection.execute(query):
                found[row.id] = StoredRedirect(row.target, read_canonical(row.condition))
        return found

    def revisions(self, connection: Connection, ids: Iterable[str]) -> dict[str, int]:
        """The newest revision known of each of these entities and redirects."""
        found: dict[str, int] = {}
        for some in _chunks(sorted(set(ids))):
            for table in (tables.entities, tables.redirects):
                for row in connection.execute(select(table.c.id, table.c.revision).where(table.c.id.in_(some))):
                    found[row.id] = row.revision
        return found

    def known_revisions(self, connection: Connection) -> dict[str, int]:
        """The newest revision known of everything that is kept."""
        found: dict[str, int] = {}
        for table in (tables.entities, tables.redirects):
            for row in connection.execute(select(table.c.id, table.c.revision)):
                found[row.id] = row.revision
        return found

    def newest(self, connection: Connection) -> Entity | None:
        """The entity whose revision is the newest of all."""
        query = select(tables.entities).order_by(tables.entities.c.revision.desc()).limit(1)
        row = connection.execute(query).first()
        return _stored(row).entity if row else None

    def datatypes(self, connection: Connection) -> dict[str, str]:
        """The datatype of every property that is kept."""
        entities = tables.entities
        query = select(entities.c.id, entities.c.datatype).where(entities.c.type == "property")
        return {row.id: row.datatype for row in connection.execute(query) if row.datatype}

    def know(self, connection: Connection, ids: Iterable[str]) -> dict[str, Condition]:
        """Who may know of each of these; ids that do not exist are closed. A redirect is known with its target."""
        wanted = sorted(set(ids))
        found = self._know_entities(connection, wanted)
        redirects = self.redirects(connection, [id_ for id_ in wanted if id_ not in found])
        of_targets = self._know_entities(connection, [redirect.target for redirect in redirects.values()])
        for id_, redirect in redirects.items():
            found[id_] = all_of((redirect.guard, of_targets.get(redirect.target, CLOSED)))
        return {id_: found.get(id_, CLOSED) for id_ in wanted}

    def ids(self, connection: Connection) -> list[str]:
        """Every entity's id."""
        return list(connection.execute(select(tables.entities.c.id)).scalars())

    def sample(self, connection: Connection, size: int) -> list[str]:
        """Some entities at random, and as many again of those that not everyone sees."""
        entities, public = tables.entities, select(tables.guards.c.id).where(tables.guards.c.condition == str(PUBLIC))
        chosen = select(entities.c.id).order_by(func.random()).limit(size)
        queries = (chosen, chosen.where(entities.c.guard.not_in(public)))
        return sorted({id_ for query in queries for id_ in connection.execute(query).scalars()})

    def dependents(self, connection: Connection, ids: Iterable[str]) -> frozenset[str]:
        """Entities that speak of any of these."""
        found: set[str] = set()
        for some in _chunks(sorted(set(ids))):
            query = select(tables.mentions.c.entity).where(tables.mentions.c.mentioned.in_(some))
            found |= set(connection.execute(query).scalars())
        return frozenset(found)

    def redirected_to(self, connection: Connection, targets: Iterable[str]) -> dict[str, str]:
        """Redirects that lead to any of these, each with its target."""
        redirects, found = tables.redirects, dict[str, str]()
        for some in _chunks(sorted(set(targets))):
            query = select(redirects.c.id, redirects.c.target).where(redirects.c.target.in_(some))
            found |= {row.id: row.target for row in connection.execute(query)}
        return found

    def _know_entities(self, connection: Connection, ids: Sequence[str]) -> dict[str, Condition]:
        entities, guards = tables.entities, tables.guards
        found = {}
        for some in _chunks(ids):
            query = (
                select(entities.c.id, guards.c.condition)
                .join(guards, guards.c.id == entities.c.know)
                .where(entities.c.id.in_(some))
            )
            for row in connection.execute(query):
                found[row.id] = read_canonical(row.condition)
        return found

    def _forget_rows(self, connection: Connection, ids: Sequence[str]) -> None:
        for table in tables.BY_ENTITY:
            _delete(connection, table.c.entity, ids)

    def _ids(self, connection: Connection, conditions: Iterable[Condition]) -> dict[Condition, int]:
        """The numbers of conditions; those that have none yet are given one. Digests, for texts may be long."""
        wanted = {_digest(condition): condition for condition in dict.fromkeys(conditions)}
        found = _known_guards(connection, wanted)
        new = [{"digest": each, "condition": str(wanted[each])} for each in wanted.keys() - found.keys()]
        if new:
            connection.execute(insert(tables.guards), new)
            found |= _known_guards(connection, [row["digest"] for row in new])
        return {condition: found[digest] for digest, condition in wanted.items()}


def _known_guards(connection: Connection, digests: Iterable[str]) -> dict[str, int]:
    table, found = tables.guards, dict[str, int]()
    for some in _chunks(list(digests)):
        for row in connection.execute(select(table.c.id, table.c.digest).where(table.c.digest.in_(some))):
            found[row.digest] = row.id
    return found


def _digest(condition: Condition) -> str:
    return sha256(str(condition).encode()).hexdigest()


def _delete(connection: Connection, column: Any, ids: Sequence[str]) -> None:
    for some in _chunks(ids):
        connection.execute(delete(column.table).where(column.in_(some)))


def _term_values(id_: str, rows: Rows, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    for term in rows.terms:
        yield {
            "entity": id_,
            "type": entity_type(id_),
            "kind": str(term.kind),
            "language": term.language,
            "text": term.text,
            "folded": term.folded,
            "guard": numbers[term.guard],
        }


def _word_values(id_: str, rows: Rows, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    for (word, guard), weight in rows.words.items():
        yield {"word": word, "entity": id_, "weight": weight, "guard": numbers[guard]}


def _facet_values(id_: str, rows: Rows, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    for property_id, value, guard in rows.facets:
        yield {"entity": id_, "property": property_id, "value": value, "guard": numbers[guard]}


def _upsert(connection: Connection, table: Any, values: Mapping[str, Any], *, key: str) -> None:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(values)
    changes = {name: value for name, value in values.items() if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changes))


def _chunks(ids: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _stored(row: Any) -> Stored:
    data = orjson.loads(row.body)
    guards = orjson.loads(row.guards)
    return Stored(
        entity=decode_entity(data),
        guards=Guards(
            entity=read_canonical(guards["entity"]),
            know=read_canonical(guards["know"]),
            control=read_canonical(guards["control"]),
            parts={target: read_canonical(text) for target, text in guards["parts"].items()},
            stub=OutsidersSee[guards["stub"]],
        ),
        history=History.from_json(orjson.loads(row.history)),
    )


def _encode_body(entity: Entity) -> bytes:
    data = encode_entity(entity, hashes=False)
    return orjson.dumps({**data, "lastrevid": entity.revision, "modified": entity.modified})


def _encode_guards(guards: Guards) -> bytes:
    return orjson.dumps(
        {
            "entity": str(guards.entity),
            "know": str(guards.know),
            "control": str(guards.control),
            "parts": {target: str(condition) for target, condition in guards.parts.items()},
            "stub": guards.stub.name,
        }
    )
