"""Writes to a wiki, each one findable afterwards.

Knows: `wbeditentity`, merge, delete, and the marker in a summary by which a write of ours is recognised.
Must not know: why something is written. Summaries never contain labels or values: they are shown where the entity
is not.

A write whose answer never came may have happened. So every write carries a marker in its summary, and `find` looks for
it among the account's own contributions before anything is repeated; `once.py` makes a pattern of it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from commarchive.errors import AmbiguousError, WikiOutcomeUnknownError
from commarchive.model.entity import Entity
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.client import WikiClient
from commarchive.wikibase.codec import decode_entity

Json = Mapping[str, Any]

_MARKER = re.compile(r"\[ca:([0-9a-f]{16})\]")
_SKEW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Written:
    """Where a write of ours ended: the entity and the revision that it made."""

    entity_id: str
    revision: int


def new_marker() -> str:
    """Sixteen hexadecimal digits that nobody can guess."""
    return secrets.token_hex(8)


class WikiEditor:
    """Writes with the API's account; every method may raise what `ActionApi.write` raises.

    `settle` is how many seconds a wiki may go on working on a request whose client has gone: before a write of unknown
    outcome is looked for in vain, that long is waited. `bot` marks edits as a bot's. `tail` is what every summary ends
    with. `warnings` are the names of the messages that came with the last edit, `wikibase-conflict-patched` say.
    """

    def __init__(
        self,
        api: ActionApi,
        *,
        bot: bool = True,
        tail: str = "",
        settle: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.api = api
        self.client = WikiClient(api)
        self.warnings: tuple[str, ...] = ()
        self._bot = bot
        self._tail = tail
        self._settle = settle
        self._clock = clock
        self._sleep = sleep
        self._started: tuple[datetime, float] | None = None

    def create(self, kind: str, data: Json, summary: str, marker: str) -> Entity:
        """Create an item or property (`kind`) from entity JSON."""
        return self._edit({"new": kind}, data, summary, marker)

    def edit(
        self, entity_id: str, data: Json, summary: str, *, marker: str, base_revision: int | None = None
    ) -> Entity:
        """Change what `data` names and nothing else; the wiki patches onto the newest revision or says `editconflict`.

        `base_revision` is what `data` was computed from; without it the newest revision is overwritten. Where others
        edited since, the entity returned is the base with `data`, as Wikibase answers; only its revision is certain.
        """
        return self._edit({"id": entity_id, "baserevid": base_revision}, data, summary, marker)

    def merge(self, from_id: str, to_id: str, summary: str, marker: str) -> None:
        """Merge an item into another; the first becomes a redirect."""
        self.api.write(
            action="wbmergeitems",
            fromid=from_id,
            toid=to_id,
            ignoreconflicts="description",
            summary=marked(summary, marker),
            bot=self._bot,
        )

    def delete(self, entity_id: str, reason: str) -> None:
        """Delete an entity's page. Deleting twice is answered with `missingtitle`, so it needs no marker."""
        self.api.write(action="delete", title=self.client.title(entity_id), reason=reason)

    def now(self) -> datetime:
        """The wiki's time, asked once and counted on."""
        if self._started is None:
            answer = self.api.read(action="query", meta="siteinfo", siprop="general", curtimestamp=True)
            self._started = (datetime.fromisoformat(answer["curtimestamp"]).astimezone(UTC), self._clock())
        began, clock = self._started
        return began + timedelta(seconds=self._clock() - clock)

    def find(self, marker: str, since: datetime) -> Written | None:
        """The write that carries the marker, made since a moment of the wiki's time."""
        return self.find_all([marker], since).get(marker)

    def find_all(self, markers: Iterable[str], since: datetime) -> dict[str, Written]:
        """The writes that carry these markers, by marker; those that are missing have not happened (yet).

        Raises:
            AmbiguousError: the wiki hides a summary in which a marker could stand.
        """
        wanted = set(markers)
        found: dict[str, Written] = {}
        if not wanted:
            return found
        hidden = 0
        for change in self.client.my_changes(since - _SKEW):
            hidden += change.comment is None
            marker = marker_of(change.comment or "")
            if marker in wanted and change.entity_id is not None:
                found.setdefault(marker, Written(change.entity_id, change.revision))
        if hidden and wanted - found.keys():
            raise AmbiguousError(
                f"{hidden} summaries of the wiki are hidden, so whether an earlier write happened cannot be seen",
                hint="a custodian has to look at the account's contributions",
            )
        return found

    def let_settle(self) -> None:
        """Wait until nothing that was sent before can still be under way in the wiki."""
        self._sleep(self._settle)

    def _edit(self, target: Mapping[str, str | int | None], data: Json, summary: str, marker: str) -> Entity:
        answer = self.api.write(
            action="wbeditentity",
            data=orjson.dumps(data).decode(),
            summary=f"{marked(summary, marker)} {self._tail}".rstrip(),
            bot=self._bot,
            **target,
        )
        self.warnings = _warnings(answer)
        try:
            return decode_entity(answer["entity"])
        except (KeyError, TypeError, ValueError) as error:
            raise WikiOutcomeUnknownError("the wiki's answer to an edit carries no entity") from error


def _warnings(answer: Json) -> tuple[str, ...]:
    messages = (answer.get("warnings") or {}).get("wbeditentity", {}).get("messages", ())
    return tuple(str(message.get("name", "")) for message in messages)


def marked(summary: str, marker: str) -> str:
    """The summary with its marker."""
    return f"{summary} [ca:{marker}]" if summary else f"[ca:{marker}]"


def marker_of(comment: str) -> str | None:
    """The marker in a summary, if there is one."""
    match = _MARKER.search(comment)
    return match.group(1) if match else None
