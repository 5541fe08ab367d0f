"""Everything that a projection keeps, in a form that can be compared."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import select

from commarchive.projection import Projection, tables


def contents(projection: Projection) -> dict[str, Any]:
    """Entities with bodies, guards and histories; redirects; every row with its guard in words."""
    with projection._store.engine.connect() as connection:
        guards = {row.id: row.condition for row in connection.execute(select(tables.guards))}

        def rows(table: Any, *leave: str) -> list[tuple[Any, ...]]:
            names = [column.name for column in table.columns if column.name not in leave]
            found = []
            for row in connection.execute(select(table)).mappings():
                values = {name: row[name] for name in names}
                for name in values.keys() & {"guard", "know"}:
                    values[name] = guards[values[name]]
                for name in values.keys() & {"body", "guards", "history"}:
                    values[name] = orjson.dumps(_steady(orjson.loads(values[name])), option=orjson.OPT_SORT_KEYS)
                found.append(tuple(values.values()))
            return sorted(found, key=str)

        return {
            "entities": rows(tables.entities),
            "redirects": rows(tables.redirects),
            "terms": rows(tables.terms, "id"),
            "words": rows(tables.words),
            "facets": rows(tables.facets),
            "mentions": rows(tables.mentions),
        }


def _steady(data: Any) -> Any:
    # A history's changes are a set.
    if isinstance(data, dict) and "changed" in data:
        data["changed"].sort()
    return data
