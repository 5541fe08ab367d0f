"""What the gateway serves: filled by sync, read only as somebody.

Knows: when it may be served at all. Must not know: HTTP, or who may sign in.

Before every answer it brings itself level with the register, so that a tightening that was acknowledged is in effect
everywhere; and it serves nobody but custodians while it is not filled, or while the register is not the one it knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Lock

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from commarchive.errors import ClosedError, NotFoundError, RefusedError, UsageError
from commarchive.model.ids import is_entity_id, sort_key
from commarchive.policy.condition import Condition, ConditionError, bind, simplify
from commarchive.policy.said import known_in
from commarchive.policy.standing import VISITOR, Principal, standing
from commarchive.projection.cursor import Cursor
from commarchive.projection.explaining import Explanation, explain
from commarchive.projection.filling import CURSOR, FILLED, RULES, WITNESS, Filler
from commarchive.projection.governance import Governance, governance_of
from commarchive.projection.reader import STUB_LABELS, View
from commarchive.projection.rules import Rules
from commarchive.projection.secrets import Horizon, Kind, Texts, only_hidden, texts_of
from commarchive.projection.spreading import Spreading
from commarchive.projection.store import ProjectionStore
from commarchive.projection.sync import Progress, Sync, SyncReport
from commarchive.register import Register
from commarchive.register.engine import reading, writing
from commarchive.register.store import Witness
from commarchive.wikibase.client import WikiClient

__all__ = ["Projection", "Rules", "SyncReport", "View"]

_LOST = "the register is missing or older than what is known of it"


class Projection:
    """The projection of one archive.

    Args:
        url: an SQLAlchemy URL of SQLite or PostgreSQL.
        register: the archive's register.
        rules: what guards depend on besides wiki and register; where they changed, every guard is computed anew.

    Raises:
        ClosedError: the database cannot be opened.
    """

    def __init__(self, url: str, register: Register, rules: Rules) -> None:
        self._register = register
        self._rules = rules
        self._level: Witness | None = None
        self._levelling = Lock()
        try:
            self._store = ProjectionStore(url)
            self._filler = Filler(self._store, register, rules)
            with writing(self._store.engine) as connection:
                self._store.create(connection)
            self._filler.follow_rules()
        except SQLAlchemyError as error:
            raise ClosedError(f"the projection cannot be opened ({type(error).__name__})") from error

    @property
    def rules(self) -> Rules:
        """What guards depend on besides wiki and register, as it is in force."""
        return self._rules

    def close(self) -> None:
        """Let go of the database."""
        self._store.engine.dispose()

    @contextmanager
    def view(self, principal: Principal, now: datetime | None = None) -> Iterator[View]:
        """The archive as somebody sees it, at an instant (the register's clock, if none is given).

        Raises:
            ClosedError: the archive is closed to all but custodians, because something it rests on is lost.
        """
        instant = now or self._register.store.clock()
        try:
            if not self._bring_level() and not principal.custodian:
                raise ClosedError(_LOST)
            with reading(self._store.engine) as connection:
                if not principal.custodian:
                    self._check_filled(connection)
                yield View(self._store, connection, standing(principal, self._rules.archive, instant), self._rules)
        except SQLAlchemyError as error:
            raise ClosedError("the projection cannot be read") from error

    def sync(self, client: WikiClient, *, progress: Progress | None = None) -> SyncReport:
        """Take in what changed in the wiki.

        Raises:
            ClosedError: the register is not the one that was known, so nothing can be remembered in it.
        """
        return self._syncing(client).run(**({"progress": progress} if progress else {}))

    def rebuild(self, client: WikiClient, *, progress: Progress | None = None) -> SyncReport:
        """Forget everything and read every stored revision of the wiki; nothing is served until that is done."""
        return self._syncing(client).rebuild(anew=True, **({"progress": progress} if progress else {}))

    def reconcile(self, client: WikiClient, *, progress: Progress | None = None) -> int:
        """Compare every entity with the wiki's and take in what differs; returns how many did."""
        return self._syncing(client).reconcile(**({"progress": progress} if progress else {}))

    def synced_until(self) -> datetime | None:
        """The wiki's time up to which changes are certainly taken in; None where the projection is not filled."""
        with reading(self._store.engine) as connection:
            filled, cursor = self._store.get_meta(connection, FILLED), self._store.get_meta(connection, CURSOR)
        return Cursor.read(cursor).until if filled and cursor else None

    def governance(self, ids: Iterable[str]) -> dict[str, Governance]:
        """How each of these records is governed: for those who act on it, not for those who read it.

        Raises:
            ClosedError: the register is not the one that was known, or the archive is being read from its wiki.
        """
        self._demand_level()
        with reading(self._store.engine) as connection:
            # What was not read yet could narrow a record; a release must not go past it.
            self._check_filled(connection)
            stored = self._store.get_many(connection, ids)
        memory, held = self._register.releases.memory(stored), self._register.holds.closed()
        return {id_: governance_of(one, memory[id_], self._rules, held=id_ in held) for id_, one in stored.items()}

    def closed_to_visitors(self, *, sample: int = 25) -> list[str]:
        """Some records that no visitor may know of, by what the wiki says and the register keeps, not by stored guards.

        For checks that they are not served.
        """
        now = self._register.store.clock()
        visitor = standing(VISITOR, self._rules.archive, now)
        with self._store.engine.connect() as connection:
            chosen = self._store.sample(connection, sample)
        governed = self.governance([*chosen, *sorted(self._register.holds.closed())[:sample]])
        return [id_ for id_, governance in governed.items() if governance.is_closed_to(visitor)]

    def naming(self, ids: Iterable[str], properties: Iterable[str]) -> dict[str, frozenset[str]]:
        """Which entities each of these records names by these properties, seen by anybody or not.

        For those who act on a record, such as by its classes; not for those who read it.

        Raises:
            ClosedError: the register is not the one that was known.
        """
        self._demand_level()
        wanted = frozenset(properties)
        with reading(self._store.engine) as connection:
            stored = self._store.get_many(connection, ids)
        return {
            id_: frozenset(
                statement.mainsnak.value.entity_id
                for statement in one.entity.statements
                if statement.property_id in wanted
                and statement.mainsnak.value is not None
                and statement.mainsnak.value.entity_id is not None
            )
            for id_, one in stored.items()
        }

    def bound(self, id_: str, condition: Condition) -> Condition:
        """A condition as it would be bound for a record: bare words mean its own communities.

        Raises:
            UsageError: it names what the archive does not have.
        """
        communities = self.governance([id_])[id_].said.communities
        try:
            known = partial(known_in, self._rules.archive)
            return simplify(bind(condition, own=communities, known=known))
        except ConditionError as error:
            raise UsageError(str(error)) from error

    def explain(self, id_: str, person: str | None, now: datetime | None = None) -> Explanation:
        """Why somebody (None: a visitor) sees or does not see each part of a record: for stewards.

        Raises:
            NotFoundError: there is no such record.
            ClosedError: as `view`.
        """
        principal = self._register.members.principal(person)
        with self.view(principal, now) as view:
            shown = view.entity(id_)
            governance = self.governance([id_]).get(id_)
            with reading(self._store.engine) as connection:
                stored = self._store.get(connection, id_)
        if governance is None or stored is None:
            raise NotFoundError(f"no record `{id_}`")
        redacted = shown.entity if shown is not None and not shown.stub else None
        return explain(
            stored.entity,
            redacted,
            governance,
            view.standing,
            person=person or "visitor",
            controls=frozenset(self._rules.vocabulary.controls),
        )

    def secrets_from(self, person: str | None) -> frozenset[str]:
        """Every text that stands only in what somebody (None: a visitor) may not see: for the proof alone."""
        return frozenset(self.horizon(person).hidden)

    def horizon(self, person: str | None) -> Horizon:
        """What somebody (None: a visitor) may not see, and what they may, for the proof alone.

        Raises:
            ClosedError: as `view`.
        """
        hidden: dict[str, Kind] = {}
        visible: dict[str, Texts] = {}
        controls = self._rules.vocabulary.controls.keys()
        guids: set[str] = set()
        foreign: set[str] = set()
        with self.view(self._register.members.principal(person)) as view, reading(self._store.engine) as connection:
            ids = self._store.ids(connection)
            for id_ in ids:
                stored, shown = self._store.get(connection, id_), view.entity(id_)
                seen = texts_of(shown.entity, controls) if shown is not None else {}
                if shown is not None:
                    visible[id_] = seen
                    foreign |= {text for text in seen if is_entity_id(text)}
                if stored is not None:
                    hidden |= {
                        text: kind for text, kind in texts_of(stored.entity, controls).items() if text not in seen
                    }
                    guids |= {statement.id for statement in stored.entity.statements}
        return Horizon(
            hidden=only_hidden(hidden, visible, frozenset(STUB_LABELS.values())),
            visible=visible,
            hidden_ids=frozenset(ids) - visible.keys(),
            guids=frozenset(guids),
            foreign=frozenset(foreign),
        )

    def closes_with(self, id_: str) -> list[str]:
        """The records that a hold on this one closes too: those one reference away, by the schema."""
        with reading(self._store.engine) as connection:
            return sorted(Spreading(self._store, connection, self._rules).closes_with(id_), key=sort_key)

    def ids(self) -> list[str]:
        """Every entity's id, for those who govern the archive."""
        with reading(self._store.engine) as connection:
            return self._store.ids(connection)

    def witness(self) -> Witness:
        """The register as the projection last saw it."""
        with reading(self._store.engine) as connection:
            return Witness.read(self._store.get_meta(connection, WITNESS))

    def attest(self, by: str) -> None:
        """Accept a register that is not the one that was known, on the word of a steward of every community.

        What the lost register remembered stands in the wiki's history, so nothing is served until that was read again,
        which the next `sync` does. Releases, holds and consents are as the accepted register has them.

        Raises:
            RefusedError: `by` is no steward of every community of the archive.
        """
        now = self._register.store.clock()
        stewarded = standing(self._register.members.principal(by), self._rules.archive, now).steward_of
        missing = sorted(self._rules.archive.communities.keys() - stewarded)
        if missing:
            raise RefusedError(f"`{by}` is no steward of {', '.join(f'`{group}`' for group in missing)}")
        with self._register.store.changing() as change:
            change.record(by, "register-attested", self._register.store.witness().identity)
        with writing(self._store.engine) as connection:
            self._store.clear(connection)
            self._store.set_meta(connection, FILLED, "")
            self._store.set_meta(connection, WITNESS, "")
        self._filler.follow_rules()

    def _syncing(self, client: WikiClient) -> Sync:
        self._demand_level()
        return Sync(self._store, self._filler, client)

    def _demand_level(self) -> None:
        if not self._bring_level():
            raise ClosedError(_LOST)

    def _check_filled(self, connection: Connection) -> None:
        if not self._store.get_meta(connection, FILLED):
            raise ClosedError("the archive is being read from its wiki")
        if self._store.get_meta(connection, RULES) != self._filler.fingerprint:
            raise ClosedError("what is served was computed by other rules than these")

    def _bring_level(self) -> bool:
        """Take up what the register knows and the projection does not yet; says whether it is the register it knows."""
        witness = self._register.store.witness()
        if witness == self._level:
            return True
        # Once for all who wait.
        with self._levelling:
            if not self._register.store.is_as_seen(self.witness()):
                return False
            if self._register.follow():
                before = self._filler.fingerprint
                self._rules = replace(self._rules, archive=self._register.archive)
                self._filler = Filler(self._store, self._register, self._rules)
                self._filler.follow_rules(after=before)
            if self.witness() != witness:
                self._filler.recompile()
            self._level = witness
        return True
