"""Follows a wiki: what changed, read revision by revision, and everything again when the thread is lost.

Knows: recent changes with overlap, deletions, suppressions, and the signs that a wiki is not where it was left.
Must not know: how revisions become guards and rows.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from commarchive.model.ids import is_entity_id, sort_key
from commarchive.projection.cursor import OVERLAP, Cursor, logged
from commarchive.projection.filling import CURSOR, FILLED, Filler
from commarchive.projection.store import ProjectionStore
from commarchive.register.engine import reading, writing
from commarchive.wikibase.client import Change, LogEvent, Redirect, Revision, Site, WikiClient

BATCH = 50
"""Entities in one transaction."""

_REBUILDING, _WIKI = "rebuilding", "wiki"

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
    """Brings a projection level with a wiki; several may do so at once."""

    def __init__(self, store: ProjectionStore, filler: Filler, client: WikiClient) -> None:
        self._store = store
        self._filler = filler
        self._client = client
        self._datatypes: dict[str, str | None] = {}

    def run(self, *, progress: Progress = _silent) -> SyncReport:
        """Take in what changed since the last round; everything, where that cannot be told."""
        site = self._client.site()
        cursor = self._cursor(_identity(site))
        if cursor is None or self._was_set_back(cursor):
            return self.rebuild(progress=progress)
        changes, logs = self._read(cursor.since)
        if not cursor.holds(changes, logs, site.time):
            return self.rebuild(progress=progress)
        ids, anew = self._changed(changes)
        for name, entity in logged(changes, logs):
            if name in cursor.logs:
                continue
            if entity is None:
                # A log whose page is hidden: any page may be the one.
                differing, other = self._differing()
                ids, anew = ids | differing, anew | other
            else:
                anew.add(entity)
        self._take_in(ids | anew, anew, progress)
        self._move_cursor(cursor.moved(changes, logs, site.time))
        return SyncReport(len(ids | anew), rebuilt=False, until=site.time)

    def rebuild(self, *, anew: bool = False, progress: Progress = _silent) -> SyncReport:
        """Read every stored revision of every entity; until that is done, nothing is served.

        Args:
            anew: forget first what was kept.
            progress: told how far it is.
        """
        site, token = self._client.site(), secrets.token_hex(8)
        forget = anew or self._was_set_back(None)
        with writing(self._store.engine) as connection:
            if forget or self._store.get_meta(connection, _WIKI) not in (None, _identity(site)):
                self._store.clear(connection)
            self._store.set_meta(connection, FILLED, "")
            self._store.set_meta(connection, _WIKI, _identity(site))
            self._store.set_meta(connection, _REBUILDING, token)
        start = Cursor(site.time - OVERLAP)
        cursor = start.moved(*self._read(start.until), site.time)
        count = self.reconcile(progress=progress)
        with writing(self._store.engine) as connection:
            # Whoever began later to read everything knows better when that is done.
            if self._store.get_meta(connection, _REBUILDING) == token:
                self._store.set_meta(connection, CURSOR, cursor.written())
                self._store.set_meta(connection, FILLED, _identity(site))
        return SyncReport(count, rebuilt=True, until=site.time)

    def reconcile(self, *, progress: Progress = _silent) -> int:
        """Compare every entity's revision with the wiki's and take in what differs; returns how many did."""
        ids, anew = self._differing()
        self._take_in(ids | anew, anew, progress)
        return len(ids | anew)

    def _read(self, since: datetime) -> tuple[list[Change], list[LogEvent]]:
        # Suppressions show in their own log alone, to those who may see it.
        return list(self._client.recent_changes(since)), list(self._client.log_events("suppress", since))

    def _changed(self, changes: Iterable[Change]) -> tuple[set[str], set[str]]:
        newest: dict[str, int] = {}
        for change in changes:
            id_ = change.entity_id
            if change.type != "log" and id_ is not None and is_entity_id(id_):
                newest[id_] = max(change.revision, newest.get(id_, 0))
        with reading(self._store.engine) as connection:
            known = self._store.revisions(connection, newest)
        ids = {id_ for id_, revision in newest.items() if revision > known.get(id_, 0)}
        return ids, {id_ for id_, revision in newest.items() if revision < known.get(id_, 0)}

    def _differing(self) -> tuple[set[str], set[str]]:
        """Entities that are not where the wiki is, and those of them that have to be read from the beginning."""
        there = {id_ for kind in ("property", "item") for id_ in self._client.entity_ids(kind) if is_entity_id(id_)}
        with reading(self._store.engine) as connection:
            known = self._store.known_revisions(connection)
        both = self._client.newest_revisions(sorted(there & known.keys(), key=sort_key))
        ids = there ^ known.keys()
        ids |= {id_ for id_ in there & known.keys() if both.get(id_, 0) != known[id_]}
        return ids, {id_ for id_ in ids & both.keys() if both[id_] < known[id_]}

    def _take_in(self, ids: set[str], anew: set[str], progress: Progress) -> None:
        # Properties first: the datatypes of statements are theirs.
        wanted = sorted(ids - anew, key=sort_key)
        all_, late = len(ids), sorted(anew, key=sort_key)
        for done in range(0, len(wanted), BATCH):
            some = wanted[done : done + BATCH]
            late += self._take_in_some(some)
            progress(min(done + BATCH, len(wanted)), all_)
        for done in range(0, len(late), BATCH):
            self._take_in_anew(late[done : done + BATCH])
            progress(all_, all_)

    def _take_in_anew(self, ids: Sequence[str], done: frozenset[str] = frozenset()) -> None:
        """Read entities from their first revision on, and before that what they became.

        A merge narrows what an entity became as of the merge: whatever was said there earlier has to be known by then,
        and whatever was said there later is read again in the light of it.
        """
        news = {id_: list(self._client.revisions(id_)) for id_ in ids}
        merges = [(r.redirect_to, r.id) for revisions in news.values() for r in revisions if r.redirect_to is not None]
        became = {target for target, _ in merges}
        self._take_in_some(sorted(became - set(ids), key=sort_key))
        there = self._client.newest_revisions(id_ for id_, revisions in news.items() if not revisions)
        complete = {id_: revisions for id_, revisions in news.items() if revisions or id_ not in there}
        # What became something else in this very batch comes after it.
        into = [id_ for id_ in complete if id_ in became]
        for some in (into, [id_ for id_ in complete if id_ not in became]):
            self._filler.take_in({id_: complete[id_] for id_ in some}, self._datatype, anew=frozenset(some))
        with reading(self._store.engine) as connection:
            known = self._store.revisions(connection, became)
        later = {target for target, merged in merges if known.get(target, 0) > merged}
        again = sorted(later - done - (set(ids) - set(into)), key=sort_key)
        if again:
            self._take_in_anew(again, done | set(ids) | became)

    def _take_in_some(self, ids: Sequence[str]) -> list[str]:
        with reading(self._store.engine) as connection:
            known = self._store.revisions(connection, ids)
        news: dict[str, Iterable[Revision]] = {}
        silent = []
        for id_ in ids:
            revisions = iter(self._client.revisions(id_, after=known.get(id_, 0)))
            first = next(revisions, None)
            if first is None:
                silent.append(id_)
            else:
                news[id_] = chain([first], revisions)
        there = self._client.newest_revisions(silent) if silent else {}
        # No new revisions, and no page: it was deleted.
        news |= {id_: () for id_ in silent if id_ not in there}
        return self._filler.take_in(news, self._datatype)

    def _cursor(self, identity: str) -> Cursor | None:
        with reading(self._store.engine) as connection:
            if self._store.get_meta(connection, FILLED) != identity:
                return None
            text = self._store.get_meta(connection, CURSOR)
        return Cursor.read(text) if text else None

    def _move_cursor(self, to: Cursor) -> None:
        with writing(self._store.engine) as connection:
            # Whoever reads everything meanwhile sets the cursor in the end.
            if self._store.get_meta(connection, FILLED):
                self._store.set_meta(connection, CURSOR, to.written())

    def _was_set_back(self, cursor: Cursor | None) -> bool:
        """Whether the newest revision that was taken in is no longer in the wiki's history, and was not deleted."""
        with reading(self._store.engine) as connection:
            newest = self._store.newest(connection)
        if newest is None:
            return False
        made = self._client.made_at(newest.id, newest.revision)
        if made is not None:
            return made != datetime.fromisoformat(newest.modified)
        if cursor is None:
            return True
        deletions = chain.from_iterable(self._client.log_events(kind, cursor.since) for kind in ("delete", "suppress"))
        return all(event.entity_id != newest.id for event in deletions)

    def _datatype(self, property_id: str) -> str | None:
        if not self._datatypes:
            with reading(self._store.engine) as connection:
                self._datatypes.update(self._store.datatypes(connection))
        if property_id not in self._datatypes:
            found = self._client.entities([property_id])[property_id]
            self._datatypes[property_id] = None if found is None or isinstance(found, Redirect) else found.datatype
        return self._datatypes[property_id]


def _identity(site: Site) -> str:
    return json.dumps([site.concept_base, site.name])
