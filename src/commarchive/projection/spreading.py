"""How a hold reaches other records: those one reference away, and what a held record became in a merge.

Knows: the properties that carry a hold, redirects. Must not know: who placed a hold, or why.

What a hold was placed on is its *root*; so is whatever the root was merged into. A record that names a root (or its
former id) by a property that carries holds is closed with it. Nothing goes further than that one reference, so circles
end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from sqlalchemy import Connection

from commarchive.model.entity import Entity
from commarchive.projection.rules import Rules
from commarchive.projection.store import ProjectionStore
from commarchive.register.holds import Reach

_LONGEST_CHAIN = 32
"""Redirects that are followed one after the other."""


def carried(entity: Entity, rules: Rules) -> frozenset[str]:
    """The entities whose holds close this one: those it names anywhere by a property that carries holds."""
    return frozenset(
        id_
        for statement in entity.statements
        for snak in statement.snaks()
        if snak.property_id in rules.vocabulary.propagating
        and snak.value is not None
        and (id_ := snak.value.entity_id) is not None
    )


class Spreading:
    """Looks for what holds have to close besides what they close already.

    `redirects` and `entities` are what is about to be kept, by id, in place of what the store has.
    """

    def __init__(
        self,
        store: ProjectionStore,
        connection: Connection,
        rules: Rules,
        *,
        redirects: Mapping[str, str] | None = None,
        entities: Mapping[str, Entity] | None = None,
    ) -> None:
        self._store = store
        self._connection = connection
        self._rules = rules
        self._redirects = redirects or {}
        self._entities = entities or {}

    def missing(self, reach: Reach, moved: Set[str]) -> dict[int, set[str]]:
        """Records that standing holds have to close and do not: hold → records.

        Args:
            reach: the standing holds.
            moved: records whose content or guards are about to change; nothing else can have come within reach.
        """
        found: dict[int, set[str]] = {}
        for hold, root in reach.placed.items():
            roots = self._chain(root)
            names = roots | self._former(roots)
            found[hold] = {*roots, *(id_ for id_, one in self._entities.items() if names & carried(one, self._rules))}
            if names & moved:
                found[hold] |= self.naming(names)
        for hold, entity in reach.closed:
            if entity in moved:
                found[hold] |= self._chain(entity)
        settled = reach.closed | reach.freed
        missing = {hold: {id_ for id_ in ids if (hold, id_) not in settled} for hold, ids in found.items()}
        return {hold: ids for hold, ids in missing.items() if ids}

    def closes_with(self, id_: str) -> frozenset[str]:
        """The records that a hold on this one closes too."""
        roots = self._chain(id_)
        return (roots | self.naming(roots | self._former(roots))) - {id_}

    def naming(self, names: Iterable[str]) -> frozenset[str]:
        """The kept records that name any of these by a property that carries holds."""
        wanted = frozenset(names)
        speaking = self._store.dependents(self._connection, wanted) - self._entities.keys()
        stored = self._store.get_many(self._connection, speaking)
        return frozenset(id_ for id_, one in stored.items() if wanted & carried(one.entity, self._rules))

    def _chain(self, id_: str) -> frozenset[str]:
        """An entity and what it became, one redirect after the other."""
        found = {id_}
        for _ in range(_LONGEST_CHAIN):
            stored = self._store.redirects(self._connection, [id_])
            target = self._redirects.get(id_) or (stored[id_].target if id_ in stored else None)
            if target is None or target in found or id_ in self._entities:
                break
            found.add(target)
            id_ = target
        return frozenset(found)

    def _former(self, roots: Iterable[str]) -> frozenset[str]:
        """Ids under which these may still be named."""
        wanted, found = set(roots), set[str]()
        for _ in range(_LONGEST_CHAIN):
            new = {id_ for id_, target in self._redirects.items() if target in wanted}
            new |= self._store.redirected_to(self._connection, wanted).keys()
            new -= found
            if not new:
                break
            found |= new
            wanted = new
        return frozenset(found)
