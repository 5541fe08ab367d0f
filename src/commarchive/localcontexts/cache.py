"""What is remembered of the Hub's projects, in the register's database.

Knows: the last good answer for each project, what came since, and every Label and Notice that a project ever had.
Must not know: how the Hub is asked, what a Label means for access, which projects an archive follows.

Remembering goes one way. A Label that a project once had counts for ever, with the day on which the Hub no longer
showed it; a project that the Hub cannot or will not show keeps its last good answer, and says that it is stale; only
several 404s in a row over two weeks make it gone, and then it is not shown, and still counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

import orjson
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Row, String, Table, Text, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from commarchive.localcontexts.hub import Answer, Outcome
from commarchive.localcontexts.project import MalformedError, Project, known_mark, read_project
from commarchive.model.local_contexts import Mark

FRESH_FOR: Final = timedelta(days=7)
"""An answer older than this is stale, even if nothing went wrong since."""
GONE_AFTER: Final = timedelta(days=14)
GONE_TIMES: Final = 3
"""A project is gone when the Hub said so at least this often, and nothing else, for at least that long."""

metadata = MetaData()

projects = Table(
    "hub_projects",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("body", Text),
    Column("first_fetched_at", String(40)),
    Column("fetched_at", String(40)),
    Column("asked_at", String(40)),
    Column("outcome", String(16)),
    Column("why", Text),
    Column("missing_since", String(40)),
    Column("missing_times", Integer),
)
"""`body`: the last good answer, as JSON; instants are ISO 8601 texts in UTC."""

marks = Table(
    "hub_marks",
    metadata,
    Column("project", String(36), primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("what", String(80), primary_key=True),
    Column("first_seen", String(40), nullable=False),
    Column("removed_at", String(40)),
)
"""Every Label and Notice that a project ever had. The same id in two projects is two; so is one whose kind changed."""


class State(StrEnum):
    """How far what is remembered of a project can be relied on."""

    NEVER = "never fetched"
    FRESH = "fresh"
    STALE = "stale"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class RememberedMark:
    """A Label or Notice that a project has or had.

    `what` is the Hub's word (`TK:secret_sacred`). `added`: the project was known before without it.
    """

    project: str
    id: str
    what: str
    first_seen: datetime
    added: bool
    removed_at: datetime | None = None

    @property
    def mark(self) -> Mark | None:
        """What it is; None where this version does not know it."""
        return known_mark(self.what)

    @property
    def word(self) -> str:
        """Its abbreviation, or the Hub's word where it has none here."""
        return self.mark.abbreviation if self.mark is not None else self.what


@dataclass(frozen=True, slots=True)
class CachedProject:
    """One project as it is remembered.

    `project` is the last good answer, None where there never was one; `why` says what came instead the last time.
    `marks` are all that ever were, those that the Hub no longer shows included: these are what counts.
    """

    id: str
    project: Project | None
    fetched_at: datetime | None
    asked_at: datetime
    outcome: Outcome
    why: str
    missing_since: datetime | None
    missing_times: int
    marks: tuple[RememberedMark, ...]

    @property
    def in_doubt(self) -> bool:
        """Whether the last answer said nothing: neither that the project is there nor that it is not."""
        return self.outcome is Outcome.UNKNOWN

    def state(self, now: datetime) -> State:
        """How far it can be relied on, at an instant."""
        missing = self.missing_since is not None and now - self.missing_since >= GONE_AFTER
        if missing and self.missing_times >= GONE_TIMES:
            return State.GONE
        if self.fetched_at is None:
            return State.NEVER
        is_fresh = self.outcome is Outcome.FOUND and now - self.fetched_at <= FRESH_FOR
        return State.FRESH if is_fresh else State.STALE

    def displayed(self, now: datetime) -> Project | None:
        """The project as readers may be shown it: a public one, even if it is stale, unless it is gone."""
        if self.project is None or not self.project.is_displayed or self.state(now) is State.GONE:
            return None
        return self.project


class Asks(Protocol):
    """Asks the Hub for one project (`hub.Hub` does)."""

    def project(self, project: str) -> Answer:
        """What the Hub says of it."""


class HubCache:
    """The projects that are remembered; `engine` is the register's, whose database they share."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        metadata.create_all(engine)

    def refresh(self, hub: Asks, ids: Iterable[str], now: datetime) -> list[CachedProject]:
        """Ask for each of these projects once, and remember what is said at once.

        Raises:
            ManifestError, UsageError: as `Hub.project`, about the key.
        """
        return [self.remember(hub.project(id_), now) for id_ in ids]

    def remember(self, answer: Answer, now: datetime) -> CachedProject:
        """Take an answer in, at an instant; whatever it says, nothing that was known to count is forgotten."""
        at = now.astimezone(UTC).isoformat()
        with self._engine.begin() as connection:
            # The first statement writes, so that this transaction has the database's lock before it reads.
            _add(connection, projects, {"id": answer.project})
            this = projects.c.id == answer.project
            row = connection.execute(select(projects).where(this).with_for_update()).one()
            connection.execute(update(projects).where(this).values(_changes(row, answer, at)))
            if answer.outcome is Outcome.FOUND:
                _remember_marks(connection, read_project(answer.body, answer.project), at)
        found = self.get(answer.project)
        assert found is not None  # noqa: S101 (it was just written)
        return found

    def get(self, id_: str) -> CachedProject | None:
        """One project, by its UUID; None where it was never asked for."""
        return self.all([id_]).get(id_)

    def words(self) -> dict[str, frozenset[str]]:
        """The abbreviations of all that each project ever carried (the Hub's word where it has none), by UUID.

        A project that was never found is left out: what it carries is not known.
        """
        known = (project for project in self.all().values() if project.fetched_at is not None)
        return {project.id: frozenset(mark.word for mark in project.marks) for project in known}

    def all(self, ids: Iterable[str] | None = None) -> dict[str, CachedProject]:
        """Projects by UUID: these, or all that were ever asked for."""
        query, of_marks = select(projects).order_by(projects.c.id), select(marks)
        if ids is not None:
            wanted = list(ids)
            query, of_marks = query.where(projects.c.id.in_(wanted)), of_marks.where(marks.c.project.in_(wanted))
        of_marks = of_marks.order_by(marks.c.first_seen, marks.c.what, marks.c.mark)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
            remembered = connection.execute(of_marks).all()
        return {row.id: _cached(row, [each for each in remembered if each.project == row.id]) for row in rows}


def _changes(row: Row[Any], answer: Answer, at: str) -> Mapping[str, Any]:
    """What an answer changes of a project's row."""
    changes: dict[str, Any] = {
        "asked_at": at,
        "outcome": str(answer.outcome),
        "why": answer.why,
        "missing_since": None,
        "missing_times": 0,
    }
    match answer.outcome:
        case Outcome.FOUND:
            body = orjson.dumps(answer.body).decode()
            changes |= {"body": body, "fetched_at": at, "first_fetched_at": row.first_fetched_at or at}
        case Outcome.GONE:
            changes |= {"missing_since": row.missing_since or at, "missing_times": (row.missing_times or 0) + 1}
    return changes


def _remember_marks(connection: Connection, project: Project, at: str) -> None:
    now = {(mark.id, mark.what) for mark in project.marks}
    of_project = marks.c.project == project.id
    before = {(row.mark, row.what) for row in connection.execute(select(marks).where(of_project))}
    for id_, what in sorted(now - before):
        connection.execute(insert(marks).values(project=project.id, mark=id_, what=what, first_seen=at))
    for id_, what in sorted(before):
        this = of_project & (marks.c.mark == id_) & (marks.c.what == what)
        if (id_, what) in now:
            connection.execute(update(marks).where(this).values(removed_at=None))
        else:
            connection.execute(update(marks).where(this & marks.c.removed_at.is_(None)).values(removed_at=at))


def _add(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing())


def _cached(row: Row[Any], remembered: Iterable[Row[Any]]) -> CachedProject:
    return CachedProject(
        id=row.id,
        project=_kept_project(row),
        fetched_at=_instant(row.fetched_at),
        asked_at=datetime.fromisoformat(row.asked_at),
        outcome=Outcome(row.outcome),
        why=row.why,
        missing_since=_instant(row.missing_since),
        missing_times=row.missing_times,
        marks=tuple(
            RememberedMark(
                project=row.id,
                id=each.mark,
                what=each.what,
                first_seen=datetime.fromisoformat(each.first_seen),
                added=each.first_seen != row.first_fetched_at,
                removed_at=_instant(each.removed_at),
            )
            for each in remembered
        ),
    )


def _kept_project(row: Row[Any]) -> Project | None:
    try:
        return read_project(orjson.loads(row.body), row.id) if row.body is not None else None
    except (MalformedError, orjson.JSONDecodeError):
        # Its words cannot be shown; its marks are kept beside it, and count.
        return None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
