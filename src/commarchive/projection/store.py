"""The unfiltered store of the projection.

Knows: how entities, guards and rows are kept. Must not know: who asks. Importable from `projection` and `backup` alone,
so that no page can read what was not filtered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from commarchive.model.archive import OutsidersSee
from commarchive.model.entity import Entity
from commarchive.model.ids import sort_key
from commarchive.policy.condition import CLOSED, PUBLIC, Condition, all_of, read_canonical
from commarchive.policy.guards import Guards
from commarchive.projection import tables
from commarchive.projection.history import History
from commarchive.projection.rows import Rows
from commarchive.register.engine import open_engine
from commarchive.wikibase.codec import decode_entity, encode_entity


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

    def create(self, connection: Connection) -> None:
        """Make the tables that are missing."""
        tables.metadata.create_all(connection)

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

    def put(self, connection: Connection, stored: Stored, rows: Rows) -> None:
        """Keep an entity and its rows, in place of what was kept of it."""
        entity = stored.entity
        self._forget_rows(connection, [entity.id])
        connection.execute(delete(tables.redirects).where(tables.redirects.c.id == entity.id))
        ids = self._ids(connection, _conditions(stored.guards, rows))
        values = {
            "id": entity.id,
            "type": entity.type,
            "number": sort_key(entity.id)[1],
            "revision": entity.revision,
            "body": _encode_body(entity),
            "guards": _encode_guards(stored.guards),
            "history": orjson.dumps(stored.history.as_json()),
            "guard": ids[str(stored.guards.entity)],
            "know": ids[str(stored.guards.know)],
        }
        _upsert(connection, tables.entities, values, key="id")
        _insert_all(connection, tables.terms, _term_values(entity, rows, ids))
        _insert_all(connection, tables.words, _word_values(entity, rows, ids))
        _insert_all(connection, tables.facets, _facet_values(entity, rows, ids))
        _insert_all(connection, tables.mentions, [{"entity": entity.id, "mentioned": m} for m in sorted(rows.mentions)])

    def put_redirect(self, connection: Connection, id_: str, redirect: StoredRedirect, revision: int) -> None:
        """Keep a redirect, in place of the entity that was there."""
        self.remove(connection, id_)
        guard = self._ids(connection, [redirect.guard])[str(redirect.guard)]
        values = {"id": id_, "target": redirect.target, "revision": revision, "guard": guard}
        _upsert(connection, tables.redirects, values, key="id")

    def remove(self, connection: Connection, id_: str) -> None:
        """Forget an entity, whatever it was."""
        self._forget_rows(connection, [id_])
        connection.execute(delete(tables.entities).where(tables.entities.c.id == id_))
        connection.execute(delete(tables.redirects).where(tables.redirects.c.id == id_))

    def get(self, connection: Connection, id_: str) -> Stored | None:
        """One unredacted entity."""
        return self.get_many(connection, [id_]).get(id_)

    def get_many(
        self, connection: Connection, ids: Iterable[str], *, guards: Sequence[int] | None = None
    ) -> dict[str, Stored]:
        """Unredacted entities by id; those that are not there are left out.

        With `guards`, so are those that somebody who satisfies these may not know of: no row of theirs is read, so that
        they take no more time than what is not there.
        """
        entities, found = tables.entities, {}
        query = select(entities)
        if guards is not None:
            query = query.where(entities.c.guard.in_(guards) | entities.c.know.in_(guards))
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

    def newest(self, connection: Connection) -> tuple[str, int] | None:
        """The entity whose revision is the newest of all, with that revision."""
        entities = tables.entities
        query = select(entities.c.id, entities.c.revision).order_by(entities.c.revision.desc()).limit(1)
        row = connection.execute(query).first()
        return (row.id, row.revision) if row else None

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

    def referring(self, connection: Connection, id_: str, properties: Iterable[str]) -> list[str]:
        """Entities with a statement of one of these properties whose value is the entity."""
        facets = tables.facets
        query = select(facets.c.entity).where((facets.c.value == id_) & facets.c.property.in_(list(properties)))
        return sorted(set(connection.execute(query).scalars()), key=sort_key)

    def guards(self, connection: Connection) -> list[tuple[int, Condition]]:
        """Every guard that some row carries or carried."""
        return [(row.id, read_canonical(row.condition)) for row in connection.execute(select(tables.guards))]

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

    def _forget_rows(self, connection: Connection, ids: Iterable[str]) -> None:
        for table in tables.BY_ENTITY:
            connection.execute(delete(table).where(table.c.entity.in_(list(ids))))

    def _ids(self, connection: Connection, conditions: Iterable[Condition]) -> dict[str, int]:
        texts = sorted({str(condition) for condition in conditions})
        found: dict[str, int] = {}
        for some in _chunks(texts):
            for row in connection.execute(select(tables.guards).where(tables.guards.c.condition.in_(some))):
                found[row.condition] = row.id
        for text in texts:
            if text not in found:
                result = connection.execute(insert(tables.guards).values(condition=text))
                found[text] = result.inserted_primary_key[0] if result.inserted_primary_key else 0
        return found


def _conditions(guards: Guards, rows: Rows) -> Iterator[Condition]:
    yield guards.entity
    yield guards.know
    for term in rows.terms:
        yield term.guard
    for _, guard in rows.words:
        yield guard
    for *_, guard in rows.facets:
        yield guard


def _term_values(entity: Entity, rows: Rows, ids: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "entity": entity.id,
            "type": entity.type,
            "kind": str(term.kind),
            "language": term.language,
            "text": term.text,
            "folded": term.folded,
            "guard": ids[str(term.guard)],
        }
        for term in rows.terms
    ]


def _word_values(entity: Entity, rows: Rows, ids: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"word": word, "entity": entity.id, "weight": weight, "guard": ids[str(guard)]}
        for (word, guard), weight in sorted(rows.words.items(), key=lambda item: item[0][0])
    ]


def _facet_values(entity: Entity, rows: Rows, ids: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"entity": entity.id, "property": property_id, "value": value, "guard": ids[str(guard)]}
        for property_id, value, guard in sorted(rows.facets, key=lambda facet: facet[:2])
    ]


def _insert_all(connection: Connection, table: Any, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(insert(table), values)


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
    return orjson.dumps({**encode_entity(entity), "lastrevid": entity.revision, "modified": entity.modified})


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
