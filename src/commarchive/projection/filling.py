"""Revisions of a wiki into the store, through the ratchet.

Knows: the order in which things must happen so that a crash at any moment leaves the archive narrower, never wider:
restrictions and holds into the register first, then the projection in one transaction.
Must not know: where revisions come from, or who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sqlalchemy import Connection

from commarchive.errors import ClosedError
from commarchive.policy.condition import CLOSED, PUBLIC, Condition
from commarchive.policy.mentions import mentioned
from commarchive.policy.ratchet import Restriction
from commarchive.policy.said import Said
from commarchive.projection.replay import Datatype, Replay, Replayed, newly_readable
from commarchive.projection.rows import rows_of
from commarchive.projection.rules import Rules
from commarchive.projection.spreading import Spreading
from commarchive.projection.store import ProjectionStore, Stored
from commarchive.register import Register
from commarchive.register.engine import reading, writing
from commarchive.register.holds import Reach
from commarchive.register.store import Witness
from commarchive.wikibase.client import Revision

__all__ = ["CONTROLS", "CURSOR", "FILLED", "RULES", "WITNESS", "Datatype", "Filler", "Rules"]

WITNESS = "register"
"""Under which key the projection remembers the register that it is level with."""
RULES, CONTROLS = "rules", "controls"
"""Under which keys it notes by which rules its guards were computed, and which properties control access."""
FILLED, CURSOR = "filled", "cursor"
"""Under which keys it notes of which wiki it is filled, and up to where."""

CHUNK = 500
"""Entities that are held in memory at once."""


class Filler:
    """Takes revisions in, and brings guards level with register and rules."""

    def __init__(self, store: ProjectionStore, register: Register, rules: Rules) -> None:
        self._store = store
        self._register = register
        self._rules = rules
        self.fingerprint = rules.fingerprint()

    def take_in(
        self, news: Mapping[str, Iterable[Revision]], datatype: Datatype, *, anew: frozenset[str] = frozenset()
    ) -> list[str]:
        """Replay new revisions of some entities, oldest first, and keep what stands at their end.

        Args:
            news: revisions by entity; an entity without any was deleted.
            datatype: gives properties' datatypes.
            anew: entities of which every revision is given, and what they became was taken in before.

        Returns:
            Entities of which nothing was kept, because they have to be given anew, after what they became.
        """
        with reading(self._store.engine) as connection:
            before = self._store.get_many(connection, news.keys() - anew)
            known = self._store.revisions(connection, news)
        memory = self._register.releases.memory(news)
        replayed = []
        for id_, revisions in news.items():
            known_of, remembered = known.get(id_, 0), memory[id_]
            replay = Replay(id_, before.get(id_), known_of, remembered, self._rules, datatype, anew=id_ in anew)
            replayed.append(replay.run(revisions))
        complete = {one.id: one for one in replayed if not one.incomplete}
        self._remember(complete.values())
        self._keep(complete)
        return [one.id for one in replayed if one.incomplete]

    def recompile(self) -> None:
        """Compute anew the guards and rows of what the register touched since the last time."""
        self._keep({})

    def follow_rules(self, *, after: str | None = None) -> None:
        """Compute every guard and row anew, if they were computed by other rules.

        Until that is done they are noted as computed by none, and served to nobody.

        Args:
            after: the fingerprint of the rules before these, which alone they are to replace; any, when it is not
                given. A process that was left behind must not take everybody back.
        """
        with writing(self._store.engine) as connection:
            known = self._store.get_meta(connection, RULES)
            if known == self.fingerprint or not self._is_register_as_seen(connection):
                return
            if known and after is not None and known != after:
                return
            self._store.set_meta(connection, RULES, "")
            controls = self._rules.controls_fingerprint()
            if self._store.get_meta(connection, CONTROLS) != controls:
                # Every revision means something else now: they have to be read again.
                self._store.clear(connection)
                self._store.set_meta(connection, FILLED, "")
                self._store.set_meta(connection, CONTROLS, controls)
            ids = self._store.ids(connection)
        for some in _chunks(ids):
            self._remember_readable(some)
        self._keep({}, others=ids, by_new_rules=True)

    def _is_register_as_seen(self, connection: Connection) -> bool:
        return self._register.store.is_as_seen(Witness.read(self._store.get_meta(connection, WITNESS)))

    def _remember(self, replayed: Iterable[Replayed]) -> None:
        seen: dict[str, list[Restriction]] = {}
        for one in replayed:
            seen.setdefault(one.id, []).extend(one.restrictions)
            for target, restrictions in one.handed_on.items():
                seen.setdefault(target, []).extend(restrictions)
        self._register.releases.remember({id_: restrictions for id_, restrictions in seen.items() if restrictions})

    def _remember_readable(self, ids: Sequence[str]) -> None:
        with reading(self._store.engine) as connection:
            stored = self._store.get_many(connection, ids)
        memory = self._register.releases.memory(stored)
        seen = {
            id_: newly_readable(self._rules.said(one.entity), memory[id_], one.entity.revision)
            for id_, one in stored.items()
        }
        self._register.releases.remember({id_: restrictions for id_, restrictions in seen.items() if restrictions})

    def _keep(
        self, replayed: Mapping[str, Replayed], *, others: Iterable[str] = (), by_new_rules: bool = False
    ) -> None:
        """Write what stands, and bring level with the register whatever else it touched."""
        while True:
            with writing(self._store.engine) as connection:
                missing = self._write(connection, replayed, others, by_new_rules=by_new_rules)
            if not missing:
                return
            # Nothing was written: what holds close has to stand in the register first.
            self._register.holds.extend(missing)

    def _write(
        self, connection: Connection, replayed: Mapping[str, Replayed], others: Iterable[str], *, by_new_rules: bool
    ) -> dict[int, set[str]]:
        store = self._store
        if not by_new_rules and store.get_meta(connection, RULES) != self.fingerprint:
            raise ClosedError("what is served was computed by other rules than these")
        witness = self._register.store.witness()
        seen = Witness.read(store.get_meta(connection, WITNESS))
        if not self._register.store.is_as_seen(seen):
            raise ClosedError("the register is missing or older than what is known of it")
        now = store.revisions(connection, replayed)
        # Whoever was quicker has replayed the same revisions, or more.
        mine = {id_: one for id_, one in replayed.items() if now.get(id_, 0) == one.known}
        if not mine and not by_new_rules and seen == witness:
            return {}
        touched = {*self._register.store.touched_since(seen.generation), *others} - mine.keys()
        reach = self._register.holds.reach()
        missing = self._missing(connection, mine, reach, touched)
        if missing:
            return missing
        self._write_all(connection, mine, sorted(touched), frozenset(entity for _, entity in reach.closed))
        store.set_meta(connection, WITNESS, witness.written())
        if by_new_rules:
            store.set_meta(connection, RULES, self.fingerprint)
        return {}

    def _missing(
        self, connection: Connection, mine: Mapping[str, Replayed], reach: Reach, touched: Iterable[str]
    ) -> dict[int, set[str]]:
        if not reach.placed:
            return {}
        spreading = Spreading(
            self._store,
            connection,
            self._rules,
            redirects={id_: one.redirect.target for id_, one in mine.items() if one.redirect},
            entities={id_: one.stored.entity for id_, one in mine.items() if one.stored},
        )
        return spreading.missing(reach, {*mine, *touched})

    def _write_all(
        self, connection: Connection, mine: Mapping[str, Replayed], touched: Sequence[str], held: frozenset[str]
    ) -> None:
        """Guards first, of everything, for rows depend on who may know of what they mention."""
        store = self._store
        before = store.know(connection, mine)
        store.remove(connection, [id_ for id_, one in mine.items() if one.stored is None])
        for id_, one in mine.items():
            if one.redirect is not None:
                store.put_redirect(connection, id_, one.redirect, one.revision)
        written = {id_: one.stored for id_, one in mine.items() if one.stored is not None}
        self._put_guards(connection, written, held, {id_: one.said for id_, one in mine.items() if one.said})
        changed = {id_ for id_, know in store.know(connection, mine).items() if know != before[id_]}
        for some in _chunks(touched):
            known = store.know(connection, some)
            self._put_guards(connection, store.get_many(connection, some), held)
            changed |= {id_ for id_, know in store.know(connection, some).items() if know != known[id_]}
        changed |= store.redirected_to(connection, changed).keys()
        concerned = {*touched, *store.dependents(connection, changed)} - written.keys()
        self._put_rows(connection, written)
        for some in _chunks(sorted(concerned)):
            self._put_rows(connection, store.get_many(connection, some))

    def _put_guards(
        self,
        connection: Connection,
        stored: dict[str, Stored],
        held: frozenset[str],
        said: Mapping[str, Said] = MappingProxyType({}),
    ) -> None:
        memory = self._register.releases.memory(stored)
        for id_, one in stored.items():
            says = said.get(id_) or self._rules.said(one.entity)
            stored[id_] = replace(one, guards=self._rules.guards(says, memory[id_], held=id_ in held))
        self._store.put(connection, list(stored.values()))

    def _put_rows(self, connection: Connection, stored: Mapping[str, Stored]) -> None:
        addresses = self._rules.addresses
        spoken_of = {
            id_
            for one in stored.values()
            for statement in one.entity.statements
            for id_ in mentioned(statement.mainsnak, addresses)
        }
        know = self._store.know(connection, spoken_of)
        rows = {
            id_: rows_of(one.entity, one.guards, self._rules.vocabulary, addresses, _Know(know, id_))
            for id_, one in stored.items()
        }
        self._store.put_rows(connection, rows)


class _Know:
    """Who may know of what one entity mentions."""

    def __init__(self, know: Mapping[str, Condition], itself: str) -> None:
        self._know = know
        self._itself = itself

    def __call__(self, id_: str) -> Condition:
        # An entity that speaks of itself tells nothing that its reader does not know.
        return PUBLIC if id_ == self._itself else self._know.get(id_, CLOSED)


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
