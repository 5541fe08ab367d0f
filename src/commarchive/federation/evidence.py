"""Gathers what the gate has to know of records: what visitors see of them, how they are governed, who consented.

Knows: the projection, the register, the ledger. Must not know: what follows from it.

Content comes from the visitor's view alone. How a record is governed comes unfiltered, but it decides and is never
written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from commarchive.federation.gate import Gate, Known, Record, Withdrawals
from commarchive.localcontexts.cache import HubCache
from commarchive.model.entity import Entity
from commarchive.model.schema import Schema, SchemaIds
from commarchive.policy.standing import VISITOR, standing
from commarchive.projection import Projection, View
from commarchive.register import Register
from commarchive.register.consents import Consent

_SUBCLASS_OF = "http://www.wikidata.org/entity/P279"
_MOST_KEPT = 1000

WithdrawalsOf = Callable[[Sequence[str]], Mapping[str, Withdrawals]]
"""What was taken back of some records, by the ledger."""


@dataclass(frozen=True)
class Sources:
    """Where evidence comes from, and what of the schema it is about."""

    projection: Projection
    register: Register
    living_properties: frozenset[str]
    living_classes: frozenset[str]
    subclass_of: frozenset[str]
    licence: str

    @classmethod
    def of(
        cls,
        projection: Projection,
        register: Register,
        schema: Schema,
        ids: SchemaIds,
        licence: str,
    ) -> Sources:
        """From an archive's services and its schema."""
        properties = {ids.properties[slug]: d for slug, d in schema.properties.items() if slug in ids.properties}
        return cls(
            projection=projection,
            register=register,
            living_properties=frozenset(id_ for id_, d in properties.items() if d.living_person),
            living_classes=frozenset(
                ids.items[s] for s, d in schema.items.items() if d.living_person and s in ids.items
            ),
            subclass_of=frozenset(id_ for id_, d in properties.items() if _SUBCLASS_OF in d.equivalents),
            licence=licence,
        )

    def gate(self, now: datetime) -> Gate:
        """The gate at an instant."""
        archive = self.register.archive
        return Gate(
            archive=archive,
            living_properties=self.living_properties,
            living_classes=self.living_classes,
            addresses=self.projection.rules.addresses,
            controls=frozenset(self.projection.rules.vocabulary.controls),
            standing=standing(VISITOR, archive, now),
            licence=self.licence,
            hub=HubCache(self.register.store.engine).words(),
        )

    @contextmanager
    def reader(self, now: datetime, withdrawals: WithdrawalsOf, person: str | None = None) -> Iterator[Reader]:
        """Reads records as visitors see them at an instant; or as a person does, to explain what visitors do not see.

        Raises:
            ClosedError: the archive is closed to visitors.
        """
        with self.projection.view(VISITOR, now) as public:
            if person is None:
                yield Reader(self, public, public, self.gate(now), withdrawals)
                return
            with self.projection.view(self.register.members.principal(person), now) as view:
                yield Reader(self, view, public, self.gate(now), withdrawals)


@dataclass
class Reader:
    """Reads records for the gate, in one view of the archive; what many records name is read once.

    `view` is where content comes from; `public` is the visitor's, by which it is judged.
    """

    sources: Sources
    view: View
    public: View
    gate: Gate
    withdrawals: WithdrawalsOf
    _named: dict[str, Known] = field(default_factory=dict)
    _wider: dict[str, frozenset[str]] = field(default_factory=dict)

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        """Records that are seen, by id; what may not be known of, or only to exist, is left out."""
        shown = {id_: s.entity for id_, s in self.view.entities(ids).items() if not s.stub and s.entity.id == id_}
        broken = self.public.broken(shown)
        withdrawals = self.withdrawals(list(shown))
        named = {id_: self._all_named(entity) for id_, entity in shown.items()}
        if len(self._named) > _MOST_KEPT:
            self._named.clear()
        known = self._known({*shown, *(each for some in named.values() for each in some)})
        return {
            id_: Record(
                entity=entity,
                broken=broken.get(id_, frozenset()),
                known={each: known[each] for each in {id_, *named[id_]}},
                consents=tuple(self._consents(id_)),
                withdrawals=withdrawals.get(id_, Withdrawals()),
            )
            for id_, entity in shown.items()
        }

    def entities(self, ids: Iterable[str]) -> dict[str, Entity]:
        """Entities that are seen, by id, for what they say of themselves."""
        return {id_: shown.entity for id_, shown in self.view.entities(ids).items() if not shown.stub}

    def _consents(self, id_: str) -> list[Consent]:
        return self.sources.register.consents.of(id_)

    def _all_named(self, entity: Entity) -> frozenset[str]:
        return frozenset[str]().union(*(self.gate.named(statement) for statement in entity.statements))

    def _known(self, ids: Iterable[str]) -> dict[str, Known]:
        wanted = sorted(set(ids))
        fresh = [id_ for id_ in wanted if id_ not in self._named]
        public = self.public.seen(fresh)
        governance = self.sources.projection.governance(fresh)
        classes = self.sources.projection.naming(fresh, self.sources.projection.rules.vocabulary.instance_of)
        for id_ in fresh:
            belongs = self._with_wider(classes.get(id_, frozenset()))
            self._named[id_] = Known(id_, id_ in public, governance.get(id_), belongs)
        return {id_: self._named[id_] for id_ in wanted}

    def _with_wider(self, classes: frozenset[str]) -> frozenset[str]:
        found, level = classes, classes
        while level:
            unread = [id_ for id_ in level if id_ not in self._wider]
            self._wider |= {id_: frozenset() for id_ in unread}
            self._wider |= self.sources.projection.naming(unread, self.sources.subclass_of) if unread else {}
            level = frozenset[str]().union(*(self._wider[id_] for id_ in level)) - found
            found |= level
        return found
