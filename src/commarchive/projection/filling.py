"""Revisions of a wiki into the store, through the ratchet.

Knows: the order in which things must happen so that a crash at any moment leaves the archive narrower, never wider:
restrictions into the register first, then the projection in one transaction.
Must not know: where revisions come from, or who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from commarchive.model.archive import Archive
from commarchive.model.entity import Entity, Reference, Snak, Statement
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, PUBLIC, Condition, read_canonical
from commarchive.policy.guards import Guards, compile_guards
from commarchive.policy.mentions import Addresses
from commarchive.policy.ratchet import Restriction, observe, released
from commarchive.policy.said import Said, read_said
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection.history import AtomGuards, History
from commarchive.projection.rows import rows_of
from commarchive.projection.store import ProjectionStore, Stored, StoredRedirect
from commarchive.register import Register
from commarchive.register.engine import writing
from commarchive.register.releases import Memory
from commarchive.register.store import Witness
from commarchive.wikibase.client import Revision

WITNESS = "register"
"""Under which key the projection remembers the register that it is level with."""

Datatype = Callable[[str], str | None]
"""The datatype of a property; stored revisions do not repeat it on every snak."""


@dataclass(frozen=True)
class Rules:
    """What guards depend on besides a wiki and a register."""

    archive: Archive
    vocabulary: Vocabulary
    addresses: Addresses


@dataclass
class _Replay:
    """What replaying an entity's new revisions gave; `known` is the revision that was kept before."""

    id: str
    stored: Stored | None
    redirect: StoredRedirect | None = None
    known: int = 0
    revision: int = 0
    restrictions: list[Restriction] = field(default_factory=list)
    of_target: list[Restriction] = field(default_factory=list)


class Filler:
    """Takes revisions in, and brings guards level with the register."""

    def __init__(self, store: ProjectionStore, register: Register, rules: Rules) -> None:
        self._store = store
        self._register = register
        self._rules = rules

    def take_in(self, news: Mapping[str, Iterable[Revision]], datatype: Datatype) -> None:
        """Replay new revisions of some entities, oldest first, and keep what stands at their end.

        An entity without any revision was deleted.
        """
        with self._store.engine.connect() as connection:
            before = self._store.get_many(connection, news)
            redirects = self._store.redirects(connection, news)
            known = self._store.revisions(connection, news)
        memory = self._register.releases.memory(news)
        replays = {
            id_: self._replay(
                _Replay(id_, before.get(id_), redirects.get(id_), known.get(id_, 0)), revisions, memory[id_], datatype
            )
            for id_, revisions in news.items()
        }
        self._remember(replays)
        with writing(self._store.engine) as connection:
            now = self._store.revisions(connection, replays)
            # Whoever was quicker has replayed the same revisions, or more.
            mine = {id_: replay for id_, replay in replays.items() if now.get(id_, 0) == replay.known}
            self._keep(connection, mine)

    def recompile(self, ids: Iterable[str] = (), *, note: Mapping[str, str] | None = None) -> None:
        """Compute guards and rows of these entities anew, and of what the register touched since the last time.

        Args:
            ids: entities.
            note: what the projection is to write about itself in the same transaction.
        """
        with writing(self._store.engine) as connection:
            self._keep(connection, self._as_replays(connection, ids))
            for key, value in (note or {}).items():
                self._store.set_meta(connection, key, value)

    def _as_replays(self, connection: Connection, ids: Iterable[str]) -> dict[str, _Replay]:
        stored = self._store.get_many(connection, ids)
        return {id_: _Replay(id_, one, revision=one.entity.revision) for id_, one in stored.items()}

    def _replay(self, result: _Replay, revisions: Iterable[Revision], memory: Memory, datatype: Datatype) -> _Replay:
        held = bool(self._register.holds.on(result.id))
        said = self._said(result.stored.entity) if result.stored else None
        for revision in revisions:
            result.revision = revision.id
            if revision.redirect_to is not None:
                result.of_target += self._handed_on(
                    result.stored, [*memory.restrictions, *result.restrictions], revision
                )
                guard = read_canonical(_stood(result.stored)) if result.stored else CLOSED
                result.stored, result.redirect = None, StoredRedirect(revision.redirect_to, guard)
            elif revision.entity is None:
                # A suppressed revision says nothing that may be served; what stood before no longer stands.
                result.stored, result.redirect = None, None
            else:
                entity = with_datatypes(revision.entity, datatype)
                now = self._said(entity)
                # A rebuild finds in memory what later revisions brought; a revision knows only what came before it.
                seen = [r for r in memory.restrictions if r.revision <= revision.id] + result.restrictions
                new = observe(said, now, seen, revision.id)
                result.restrictions += new
                known = Memory([*seen, *new], memory.releases)
                result.stored = self._advanced(result.stored, entity, self._guards(now, known, held=held))
                result.redirect, said = None, now
        if result.revision == 0:
            result.stored, result.redirect = None, None
        return result

    def _advanced(self, stored: Stored | None, entity: Entity, guards: Guards) -> Stored:
        history = stored.history if stored else History()
        with self._store.engine.connect() as connection:
            atom_guards = AtomGuards(
                self._rules.vocabulary, self._rules.addresses, _Know(self._store, connection, itself=entity.id)
            )
            before = atom_guards.of(stored.entity, stored.guards) if stored else {}
            if stored and history.came:
                history.stood = str(stored.guards.entity)
            history.advance(entity, before, atom_guards.of(entity, guards))
        return Stored(entity, guards, history)

    def _handed_on(
        self, stored: Stored | None, remembered: Iterable[Restriction], revision: Revision
    ) -> Iterator[Restriction]:
        """What a merged entity's target inherits: the stricter of both, for the record and for its statements."""
        if stored is None:
            yield Restriction(targets.ENTITY, str(CLOSED), revision.id)
            return
        yield Restriction(targets.ENTITY, _stood(stored), revision.id)
        for restriction in remembered:
            if restriction.family:
                yield replace(restriction, target="", revision=revision.id)

    def _remember(self, replays: Mapping[str, _Replay]) -> None:
        seen: dict[str, list[Restriction]] = {id_: replay.restrictions for id_, replay in replays.items()}
        for replay in replays.values():
            if replay.redirect is not None and replay.of_target:
                target = replay.redirect.target
                seen.setdefault(target, []).extend(self._placed(replays, target, replay.of_target))
        self._register.releases.remember({id_: restrictions for id_, restrictions in seen.items() if restrictions})

    def _placed(
        self, replays: Mapping[str, _Replay], target: str, restrictions: Iterable[Restriction]
    ) -> Iterator[Restriction]:
        stored = replays[target].stored if target in replays else self._stored(target)
        families = self._said(stored.entity).families if stored else {}
        for restriction in restrictions:
            if restriction.target:
                yield restriction
            for place, family in families.items():
                if not restriction.target and family == restriction.family:
                    yield replace(restriction, target=place)

    def _stored(self, id_: str) -> Stored | None:
        with self._store.engine.connect() as connection:
            return self._store.get(connection, id_)

    def _keep(self, connection: Connection, replays: Mapping[str, _Replay]) -> None:
        """Write what stands, and bring level with the register whatever else it touched."""
        witness = self._register.store.witness()
        seen = Witness.read(self._store.get_meta(connection, WITNESS))
        touched = self._register.store.touched_since(seen.generation) - replays.keys()
        everything = {**self._as_replays(connection, touched), **replays}
        for id_, replay in replays.items():
            if replay.redirect is not None:
                self._store.put_redirect(connection, id_, replay.redirect, replay.revision)
            elif replay.stored is None:
                self._store.remove(connection, id_)
        standing = {id_: replay.stored for id_, replay in everything.items() if replay.stored is not None}
        before = self._store.know(connection, everything)
        compiled = self._compiled(standing)
        now = {id_: compiled[id_].guards.know if id_ in compiled else CLOSED for id_ in everything}
        changed = {id_ for id_ in everything if before[id_] != now[id_]}
        dependents = self._store.get_many(connection, self._store.dependents(connection, changed) - compiled.keys())
        know = _Know(self._store, connection, fresh={id_: s.guards.know for id_, s in compiled.items()})
        for stored in [*compiled.values(), *dependents.values()]:
            rows = rows_of(stored.entity, stored.guards, self._rules.vocabulary, self._rules.addresses, know)
            self._store.put(connection, stored, rows)
        self._store.set_meta(connection, WITNESS, witness.written())

    def _compiled(self, standing: Mapping[str, Stored]) -> dict[str, Stored]:
        self._propagate(standing)
        memory, closed = self._register.releases.memory(standing), self._register.holds.closed()
        return {
            id_: replace(stored, guards=self._guards(self._said(stored.entity), memory[id_], held=id_ in closed))
            for id_, stored in standing.items()
        }

    def _propagate(self, standing: Mapping[str, Stored]) -> None:
        """Close with a held record what the schema says closes with it."""
        for id_, stored in standing.items():
            for statement in stored.entity.statements:
                value = statement.mainsnak.value.entity_id if statement.mainsnak.value else None
                if value is not None and statement.property_id in self._rules.vocabulary.propagating:
                    for hold in self._register.holds.standing_on(value):
                        self._register.holds.extend(hold, id_)

    def _said(self, entity: Entity) -> Said:
        return read_said(entity, self._rules.archive, self._rules.vocabulary)

    def _guards(self, said: Said, memory: Memory, *, held: bool) -> Guards:
        opened = released(memory.restrictions, memory.releases, born_live=said.born_live)
        return compile_guards(said, opened, self._rules.archive, held=held)


class _Know:
    """Who may know of an entity, asked of the store once each; `fresh` is what is about to be written."""

    def __init__(
        self,
        store: ProjectionStore,
        connection: Connection,
        *,
        fresh: Mapping[str, Condition] | None = None,
        itself: str = "",
    ) -> None:
        self._store = store
        self._connection = connection
        # An entity that speaks of itself tells nothing that its reader does not know.
        self._known: dict[str, Condition] = {**(fresh or {}), itself: PUBLIC}

    def __call__(self, id_: str) -> Condition:
        if id_ not in self._known:
            self._known |= self._store.know(self._connection, [id_])
        return self._known[id_]


def _stood(stored: Stored) -> str:
    # A merge empties a record before it redirects it; what counts is who could see it while it said anything.
    return str(stored.guards.entity) if stored.history.came else stored.history.stood


def with_datatypes(entity: Entity, datatype: Datatype) -> Entity:
    """The entity with the datatype of its property on every snak."""

    def snak(old: Snak) -> Snak:
        return old if old.datatype is not None else replace(old, datatype=datatype(old.property_id))

    def statement(old: Statement) -> Statement:
        return replace(
            old,
            mainsnak=snak(old.mainsnak),
            qualifiers=tuple(map(snak, old.qualifiers)),
            references=tuple(Reference(tuple(map(snak, reference.snaks))) for reference in old.references),
        )

    return replace(entity, statements=tuple(map(statement, entity.statements)))
