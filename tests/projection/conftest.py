"""An archive with a register, a wiki on paper, and the projection between them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from commarchive.model.archive import Archive
from commarchive.projection import Projection, Rules, View
from commarchive.projection.governance import entry, waiting
from commarchive.register import Register
from commarchive.register.releases import Entry
from tests.archives import ARCHIVE, STEWARDS, Clock, appoint
from tests.databases import DatabaseMaker, database, postgresql_server
from tests.projection.paper import PaperWiki, rules

__all__ = ["database", "postgresql_server"]


@dataclass
class Keeping:
    """An archive at work: its wiki, its register, its projection."""

    wiki: PaperWiki
    register: Register
    projection: Projection
    clock: Clock
    urls: tuple[str, str]
    opened: list[Register | Projection] = field(default_factory=list)

    def sync(self) -> int:
        """Follow the wiki; returns how many entities were taken in."""
        return self.projection.sync(self.wiki.client).entities

    @contextmanager
    def seen_by(self, person: str | None, now: datetime | None = None) -> Iterator[View]:
        """The archive as somebody sees it."""
        with self.projection.view(self.register.members.principal(person), now) as view:
            yield view

    def sees(self, person: str | None, id_: str) -> bool:
        """Whether somebody sees an entity, more than that it exists."""
        with self.seen_by(person) as view:
            shown = view.entity(id_)
        return shown is not None and not shown.stub

    def release(self, *ids: str) -> None:
        """Release what the wiki says of these, everybody agreeing."""
        for id_ in ids:
            self.agree(waiting(self.projection.governance([id_])[id_]))

    def release_to(self, id_: str, target: str, value: str) -> None:
        """Release one part of a record to something, everybody agreeing."""
        self.agree([entry(self.projection.governance([id_])[id_], target, value)])

    def agree(self, entries: list[Entry]) -> None:
        """Let a release come into effect."""
        proposal = self.register.releases.propose(entries, by=STEWARDS[entries[0].communities[0]][0])
        for person in ("Eino", "Sylvi", "Helmi", "Taimi", "Aino"):
            is_asked = any(person in _stewards(self.register, group) for group in proposal.needs)
            if proposal.state == "open" and is_asked and person not in proposal.approved_by:
                proposal = self.register.releases.approve(proposal.id, by=person)
        assert proposal.state == "done", proposal

    def write_and_release(self, *entities: object) -> None:
        """Write entities, follow, and release what they say."""
        self.wiki.write(*entities)  # type: ignore[arg-type]
        self.sync()
        self.release(*(entity.id for entity in entities))  # type: ignore[attr-defined]

    def another(
        self, archive: Archive = ARCHIVE, rules_: Rules | None = None, projection: str | None = None
    ) -> Keeping:
        """The same archive in another process, or with other rules, or with another projection."""
        register = Register(self.urls[0], archive, clock=self.clock)
        url = projection or self.urls[1]
        opened = Projection(url, register, replace(rules_ or rules(), archive=register.archive))
        self.opened += [opened, register]
        return replace(self, register=register, projection=opened, urls=(self.urls[0], url))

    def close(self) -> None:
        """Let go of everything."""
        for each in [*self.opened, self.projection, self.register]:
            each.close()


def _stewards(register: Register, group: str) -> frozenset[str]:
    with register.store.reading() as connection:
        return register.members.stewards(connection, group, register.store.clock())


KeepingMaker = Callable[[], Keeping]


@pytest.fixture(scope="session")
def appointed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register's file with everybody appointed, to begin many archives with."""
    path = tmp_path_factory.mktemp("appointed") / "register.db"
    register = Register(f"sqlite:///{path}", ARCHIVE, clock=Clock())
    appoint(register)
    with register.store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    register.close()
    return path


@pytest.fixture
def new_keeping(database: DatabaseMaker, appointed: Path) -> Iterator[KeepingMaker]:
    """Makes archives, empty but for their people and properties."""
    made: list[Keeping] = []

    def make() -> Keeping:
        urls = database(f"register{len(made)}"), database(f"projection{len(made)}")
        clock = Clock()
        if urls[0].startswith("sqlite"):
            shutil.copy(appointed, urls[0].removeprefix("sqlite:///"))
        register = Register(urls[0], ARCHIVE, clock=clock)
        if not register.members.of():
            appoint(register)
        projection = Projection(urls[1], register, rules())
        keeping = Keeping(PaperWiki().seed(), register, projection, clock, urls)
        keeping.sync()
        made.append(keeping)
        return keeping

    yield make
    for each in made:
        each.close()


@pytest.fixture
def keeping(new_keeping: KeepingMaker) -> Keeping:
    """An archive, empty but for its people and properties."""
    return new_keeping()
