"""Up to where a wiki was followed, and whether the thread is still whole.

Knows: what of the recent changes was seen. Must not know: entities' content, or what to do when the thread is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from commarchive.model.ids import is_entity_id
from commarchive.wikibase.client import Change, LogEvent

OVERLAP = timedelta(minutes=10)
"""How far back each round reads again: rows of recent changes do not appear in the order of their times."""

KEPT = timedelta(days=7)
"""How long a wiki certainly keeps its recent changes; MediaWiki's default is ninety days."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a wiki's recent changes.

    `until`: everything before was taken in. `anchor`: id, revision, time and entity of the newest row that was seen,
    which goes on standing there. `logs`: entries of logs since then that are dealt with.
    """

    until: datetime
    anchor: tuple[int, int, str, str] | None = None
    logs: frozenset[str] = frozenset()

    @property
    def since(self) -> datetime:
        """From when on to read: back to the anchor, where it is young enough to be there."""
        if self.anchor is None or not self._is_young(self.until):
            return self.until
        return min(self.until, self._anchored - OVERLAP)

    def holds(self, changes: Iterable[Change], logs: Iterable[LogEvent], now: datetime) -> bool:
        """Whether what was read since then begins where the cursor was left.

        False where the wiki may have dropped rows that were never seen: the cursor is too old, or its anchor is gone
        without its page having been deleted.
        """
        if now - self.until > KEPT:
            return False
        if self.anchor is None or not self._is_young(now):
            return True
        rows = list(changes)
        if any(_anchor(row) == self.anchor for row in rows):
            return True
        deleted = {row.entity_id for row in rows if row.log_type in ("delete", "suppress")}
        return self.anchor[3] in deleted or self.anchor[3] in {event.entity_id for event in logs}

    def moved(self, changes: Sequence[Change], logs: Iterable[LogEvent], now: datetime) -> Cursor:
        """The cursor after a round that began at an instant of the wiki's time and saw this."""
        newest = max(changes, key=lambda row: (row.timestamp, row.rcid), default=None)
        return Cursor(
            until=now - OVERLAP,
            anchor=_anchor(newest) if newest is not None else self.anchor,
            logs=frozenset(name for name, _ in logged(changes, logs)),
        )

    def written(self) -> str:
        """As text that `read` reads."""
        return json.dumps({**asdict(self), "until": self.until.isoformat(), "logs": sorted(self.logs)})

    @classmethod
    def read(cls, text: str) -> Cursor:
        """From text."""
        data = json.loads(text)
        anchor = tuple(data["anchor"]) if data["anchor"] else None
        return cls(datetime.fromisoformat(data["until"]), anchor, frozenset(data["logs"]))

    @property
    def _anchored(self) -> datetime:
        return datetime.fromisoformat(self.anchor[2]) if self.anchor else self.until

    def _is_young(self, now: datetime) -> bool:
        # The overlap is read as well, so it has to be there too.
        return now - self._anchored < KEPT - OVERLAP


def logged(changes: Iterable[Change], logs: Iterable[LogEvent]) -> Iterator[tuple[str, str | None]]:
    """Entries of logs by a name of their own, with the entity that each is about: None where the wiki hides it."""
    for change in changes:
        if change.type == "log":
            yield f"change:{change.rcid}", _entity(change.entity_id)
    for event in logs:
        yield f"log:{event.id}", _entity(event.entity_id)


def _anchor(row: Change) -> tuple[int, int, str, str]:
    return row.rcid, row.revision, row.timestamp.isoformat(), row.entity_id or ""


def _entity(id_: str | None) -> str | None:
    return id_ if id_ is not None and is_entity_id(id_) else None
