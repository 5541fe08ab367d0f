"""Follows a wiki: what changed, read revision by revision, and everything again when the thread is lost.

Knows: recent changes with overlap, deletions, and the signs that a wiki is not where it was left.
Must not know: how revisions become guards and rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from commarchive.model.ids import sort_key
from commarchive.projection.filling import Filler
from commarchive.projection.store import ProjectionStore
from commarchive.register.engine import writing
from commarchive.wikibase.client import Redirect, Revision, WikiClient

OVERLAP = timedelta(minutes=10)
"""How far back each round reads again: rows of recent changes do not appear in the order of their times."""

BATCH = 50
"""Entities in one transaction."""

CURSOR, FILLED = "cursor", "filled"

Progress = Callable[[int, int], None]
"""Told how many of how many entities are done."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a round did: how many entities it took in, whether it began anew, and the wiki's time it reached."""

    entities: int
    rebuilt: bool
    until: datetime


def _silent(_done: int, _all: int) -> None:
    pass


class Sync:
    """Brings a projection level with a wiki."""

    def __init__(self, store: ProjectionStore, filler: Filler, client: WikiClient) -> None:
        self._store = store
        self._filler = filler
        self._client = client
        self._datatypes: dict[str, str | None] = {}

    def run(self, *, progress: Progress = _silent) -> SyncReport:
        """Take in what changed since the last round; everything, where that cannot be told."""
        site = self._client.site()
        identity = json.dumps([site.concept_base, site.name])
        cursor = self._cursor(identity)
        if cursor is None or self._is_behind():
            return self.rebuild(progress=progress)
        oldest = next(self._client.recent_changes(), None)
        if oldest is None or oldest.timestamp > cursor:
            return self.rebuild(progress=progress)
        ids = self._changed(cursor)
        count = self._take_in(ids, progress)
        self._move_cursor(identity, max(oldest.timestamp, site.time - OVERLAP))
        return SyncReport(count, rebuilt=False, until=site.time)

    def rebuild(self, *, anew: bool = False, progress: Progress = _silent) -> SyncReport:
        """Read every stored revision of every entity; until that is done, nothing is served.

        Args:
            anew: forget first what was kept, which a wiki that was set back needs.
            progress: told how far it is.
        """
        site = self._client.site()
        with writing(self._store.engine) as connection:
            self._store.set_meta(connection, FILLED, "")
            if anew or self._is_behind():
                self._store.clear(connection)
        oldest = next(self._client.recent_changes(), None)
        count = self.reconcile(progress=progress)
        start = site.time - OVERLAP if oldest is None else max(oldest.timestamp, site.time - OVERLAP)
        self._move_cursor(json.dumps([site.concept_base, site.name]), start, filled=True)
        return SyncReport(count, rebuilt=True, until=site.time)

    def reconcile(self, *, progress: Progress = _silent) -> int:
        """Compare every entity's revision with the wiki's and take in what differs; returns how many did."""
        there = {id_ for kind in ("property", "item") for id_ in self._client.entity_ids(kind)}
        with self._store.engine.connect() as connection:
            known = self._store.known_revisions(connection)
        # Properties first: the datatypes of statements are theirs.
        wanted = sorted(there | known.keys(), key=sort_key)
        differing = [id_ for id_ in wanted if id_ not in known or id_ not in there]
        for some in _batches([id_ for id_ in wanted if id_ in known and id_ in there]):
            for id_, found in self._client.entities(some).items():
                revision = None if found is None or isinstance(found, Redirect) else found.revision
                if revision != known[id_]:
                    differing.append(id_)
        return self._take_in(sorted(differing, key=sort_key), progress)

    def _changed(self, since: datetime) -> list[str]:
        newest: dict[str, int] = {}
        logged: set[str] = set()
        for change in self._client.recent_changes(since):
            if change.entity_id is None:
                continue
            newest[change.entity_id] = max(change.revision, newest.get(change.entity_id, 0))
            if change.type == "log":
                logged.add(change.entity_id)
        with self._store.engine.connect() as connection:
            known = self._store.revisions(connection, newest)
        changed = {id_ for id_, revision in newest.items() if revision > known.get(id_, 0)}
        return sorted(changed | logged, key=sort_key)

    def _take_in(self, ids: Sequence[str], progress: Progress) -> int:
        done = taken = 0
        for some in _batches(ids):
            with self._store.engine.connect() as connection:
                known = self._store.revisions(connection, some)
            news = {id_: list(self._client.revisions(id_, after=known.get(id_, 0))) for id_ in some}
            changed = dict(self._without_idle(news))
            if changed:
                self._filler.take_in(changed, self._datatype)
            taken += len(changed)
            done += len(some)
            progress(done, len(ids))
        return taken

    def _without_idle(self, news: dict[str, list[Revision]]) -> Iterator[tuple[str, Iterable[Revision]]]:
        silent = [id_ for id_, revisions in news.items() if not revisions]
        there = self._client.entities(silent) if silent else {}
        for id_, revisions in news.items():
            if revisions or there[id_] is None:
                yield id_, revisions

    def _cursor(self, identity: str) -> datetime | None:
        with self._store.engine.connect() as connection:
            if self._store.get_meta(connection, FILLED) != identity:
                return None
            text = self._store.get_meta(connection, CURSOR)
        return datetime.fromisoformat(text) if text else None

    def _move_cursor(self, identity: str, to: datetime, *, filled: bool = False) -> None:
        with writing(self._store.engine) as connection:
            self._store.set_meta(connection, CURSOR, to.isoformat())
            if filled:
                self._store.set_meta(connection, FILLED, identity)

    def _is_behind(self) -> bool:
        """Whether the wiki knows an older revision than the newest one that was taken in: it was set back."""
        with self._store.engine.connect() as connection:
            newest = self._store.newest(connection)
        if newest is None:
            return False
        id_, revision = newest
        found = self._client.entities([id_])[id_]
        return found is not None and not isinstance(found, Redirect) and found.revision < revision

    def _datatype(self, property_id: str) -> str | None:
        if self._datatypes.get(property_id) is None:
            found = self._client.entities([property_id])[property_id]
            self._datatypes[property_id] = None if found is None or isinstance(found, Redirect) else found.datatype
        return self._datatypes[property_id]


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
