"""Unfiltered reads of a wiki: entities, revisions, changes, logs.

Knows: everything that a custodian may read. Must not know: who may see it; nothing from here reaches a page.
Never writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from commarchive.errors import WikiRefusedError
from commarchive.model.entity import Entity
from commarchive.wikibase.api import ActionApi, Value, chunks, flag
from commarchive.wikibase.auth import WikiAccount, accounts
from commarchive.wikibase.codec import decode_entity

Json = dict[str, Any]

_CONTENT_MODELS = {"item": "wikibase-item", "property": "wikibase-property"}


@dataclass(frozen=True, slots=True)
class Site:
    """What a wiki says of itself; `namespaces` maps `item` and `property` to the number and name of their pages.

    `time` is the wiki's own clock. `revision` is its newest among recent changes, 0 when there are none.
    """

    generator: str
    name: str
    concept_base: str
    time: datetime
    namespaces: Mapping[str, tuple[int, str]]
    revision: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """An entity that became another one; `target` is what stands there now."""

    id: str
    target: Entity


@dataclass(frozen=True, slots=True)
class Revision:
    """One stored revision of an entity; `user` and `comment` are empty, `entity` None, where the wiki hides them.

    `redirect_to` is the entity it redirects to at this revision. `hidden`: its content is suppressed or unreadable.
    """

    id: int
    parent: int
    timestamp: datetime
    user: str
    comment: str
    entity: Entity | None
    redirect_to: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A recent change: `type` is `edit`, `new` or `log`; `entity_id` is None for other or hidden pages."""

    rcid: int
    type: str
    title: str
    entity_id: str | None
    revision: int
    old_revision: int
    timestamp: datetime
    user: str
    comment: str
    log_type: str = ""
    log_action: str = ""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A line of a log, such as a deletion; `params` as the wiki gives them."""

    id: int
    type: str
    action: str
    title: str
    entity_id: str | None
    timestamp: datetime
    user: str
    comment: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contribution:
    """An edit of the own account; `comment` is None where the wiki hides it."""

    revision: int
    parent: int
    entity_id: str | None
    timestamp: datetime
    comment: str | None


class WikiClient:
    """Reads a wiki with everything that the API's account may read.

    Every method may raise WikiUnavailableError and WikiRefusedError.
    """

    def __init__(self, api: ActionApi) -> None:
        self.api = api
        self._site: Site | None = None
        self._own_name: str | None = None

    def site(self) -> Site:
        """What the wiki says of itself, asked anew."""
        answer = self.api.read(
            action="query",
            meta="siteinfo",
            siprop=["general", "namespaces"],
            list="recentchanges",
            rcprop="ids",
            rctype=["edit", "new"],
            rclimit=1,
        )["query"]
        general = answer["general"]
        self._site = Site(
            generator=general["generator"],
            name=general["sitename"],
            concept_base=general["wikibase-conceptbaseuri"],
            time=_moment(general["time"]),
            namespaces=_entity_namespaces(answer["namespaces"]),
            revision=max((change["revid"] for change in answer["recentchanges"]), default=0),
        )
        return self._site

    def entities(self, ids: Iterable[str]) -> dict[str, Entity | Redirect | None]:
        """Entities by the ids as asked for; None for what is deleted or never was. Ids that are none are refused."""
        found: dict[str, Entity | Redirect | None] = {}
        for some in chunks(dict.fromkeys(ids)):
            answer = self.api.read(action="wbgetentities", ids=some)["entities"]
            for id_ in some:
                found[id_] = _found(id_, answer.get(id_))
        return found

    def revisions(self, entity_id: str, after: int = 0) -> Iterator[Revision]:
        """Every stored revision of an entity newer than `after`, oldest first; none for a deleted entity."""
        params: dict[str, Value] = {
            "action": "query",
            "prop": "revisions",
            "titles": self.title(entity_id),
            "rvprop": ["ids", "timestamp", "user", "comment", "content"],
            "rvslots": "main",
            "rvdir": "newer",
            "rvlimit": 50,
        }
        answers = self._continued(params, {"rvstartid": after} if after else {})
        for answer in answers:
            pages = answer["query"]["pages"]
            for page in pages.values() if isinstance(pages, dict) else pages:
                for revision in page.get("revisions", ()):
                    if revision["revid"] > after:
                        yield _revision(revision)

    def newest_revisions(self, ids: Iterable[str]) -> dict[str, int]:
        """The newest revision of each entity's page, a redirect's own too; those without a page are left out."""
        found: dict[str, int] = {}
        for some in chunks(dict.fromkeys(ids)):
            pages = self.api.read(action="query", prop="info", titles=[self.title(id_) for id_ in some])
            rows = pages["query"]["pages"]
            for page in rows.values() if isinstance(rows, dict) else rows:
                if "lastrevid" in page:
                    found[_bare(page["title"])] = page["lastrevid"]
        return found

    def made_at(self, entity_id: str, revision: int) -> datetime | None:
        """When a revision was made; None where the entity has no such revision (any more)."""
        answer = self.api.read(action="query", prop="revisions", revids=revision, rvprop=["ids", "timestamp"])
        rows = answer["query"].get("pages", {})
        for page in rows.values() if isinstance(rows, dict) else rows:
            if _bare(page.get("title", "")) == entity_id:
                for row in page.get("revisions", ()):
                    return _moment(row["timestamp"])
        return None

    def recent_changes(self, since: datetime | None = None) -> Iterator[Change]:
        """Edits, new pages and log entries of entity pages since a moment, oldest first."""
        params: dict[str, Value] = {
            "action": "query",
            "list": "recentchanges",
            "rcprop": ["title", "ids", "timestamp", "comment", "user", "loginfo", "flags"],
            "rctype": ["edit", "new", "log"],
            "rcnamespace": [str(number) for number, _ in self._namespaces().values()],
            "rcdir": "newer",
            "rcstart": _stamp(since),
            "rclimit": "max",
        }
        for answer in self._continued(params):
            for change in answer["query"]["recentchanges"]:
                yield Change(
                    rcid=change["rcid"],
                    type=change["type"],
                    title=change.get("title", ""),
                    entity_id=self._entity_id(change),
                    revision=change.get("revid", 0),
                    old_revision=change.get("old_revid", 0),
                    timestamp=_moment(change["timestamp"]),
                    user=change.get("user", ""),
                    comment=change.get("comment", ""),
                    log_type=change.get("logtype", ""),
                    log_action=change.get("logaction", ""),
                )

    def log_events(self, kind: str | None = None, since: datetime | None = None) -> Iterator[LogEvent]:
        """Lines of the logs, or of one such as `delete`, since a moment, oldest first; all kinds of pages."""
        params: dict[str, Value] = {
            "action": "query",
            "list": "logevents",
            "letype": kind,
            "leprop": ["ids", "title", "type", "user", "timestamp", "comment", "details"],
            "ledir": "newer",
            "lestart": _stamp(since),
            "lelimit": "max",
        }
        for answer in self._continued(params):
            for event in answer["query"]["logevents"]:
                yield LogEvent(
                    id=event["logid"],
                    type=event.get("type", ""),
                    action=event.get("action", ""),
                    title=event.get("title", ""),
                    entity_id=self._entity_id(event),
                    timestamp=_moment(event["timestamp"]),
                    user=event.get("user", ""),
                    comment=event.get("comment", ""),
                    params=event.get("params") or {},
                )

    def entity_ids(self, kind: str) -> Iterator[str]:
        """The ids of all items or properties (`kind`) that have a page, redirects too, in no promised order."""
        number, _ = self._namespaces()[kind]
        params: dict[str, Value] = {"action": "query", "list": "allpages", "apnamespace": str(number), "aplimit": "max"}
        for answer in self._continued(params):
            for page in answer["query"]["allpages"]:
                yield _bare(page["title"])

    def accounts(self, names: Iterable[str]) -> dict[str, WikiAccount | None]:
        """Groups and blocks of accounts by name."""
        return accounts(self.api, names)

    def my_changes(self, since: datetime) -> Iterator[Contribution]:
        """What the own account did to entities since a moment, oldest first."""
        params: dict[str, Value] = {
            "action": "query",
            "list": "usercontribs",
            "ucuser": self.own_name(),
            "ucprop": ["ids", "title", "timestamp", "comment"],
            "ucnamespace": [str(number) for number, _ in self._namespaces().values()],
            "ucdir": "newer",
            "ucstart": _stamp(since),
            "uclimit": "max",
        }
        for answer in self._continued(params):
            for change in answer["query"]["usercontribs"]:
                yield Contribution(
                    revision=change["revid"],
                    parent=change.get("parentid", 0),
                    entity_id=self._entity_id(change),
                    timestamp=_moment(change["timestamp"]),
                    comment=None if flag(change, "commenthidden") else change.get("comment", ""),
                )

    def own_name(self) -> str:
        """The canonical name of the account that is signed in.

        Raises:
            WikiRefusedError: nobody is.
        """
        if self._own_name is None:
            user = self.api.read(action="query", meta="userinfo")["query"]["userinfo"]
            if flag(user, "anon"):
                raise WikiRefusedError("notloggedin", "nobody is logged in")
            self._own_name = str(user["name"])
        return self._own_name

    def title(self, entity_id: str) -> str:
        """The title of an entity's page."""
        _, name = self._namespaces()["property" if entity_id.startswith("P") else "item"]
        return f"{name}:{entity_id}" if name else entity_id

    def _namespaces(self) -> Mapping[str, tuple[int, str]]:
        return (self._site or self.site()).namespaces

    def _entity_id(self, row: Json) -> str | None:
        if row.get("ns") not in {number for number, _ in self._namespaces().values()}:
            return None
        return _bare(row["title"]) if row.get("title") else None

    def _continued(self, params: Mapping[str, Value], start: Mapping[str, Value] | None = None) -> Iterator[Json]:
        position: Mapping[str, Value] = start or {}
        while True:
            try:
                answer = self.api.read(**{**params, **position})
            except WikiRefusedError:
                # The revision to start at may have been deleted since; then everything is read, and sieved.
                if not start or position is not start:
                    raise
                position = start = {}
                continue
            yield answer
            if "continue" not in answer:
                return
            position = answer["continue"]


def _entity_namespaces(namespaces: Mapping[str, Json]) -> dict[str, tuple[int, str]]:
    found = {
        kind: (space["id"], str(space.get("canonical") or space.get("*") or space.get("name") or ""))
        for kind, model in _CONTENT_MODELS.items()
        for space in namespaces.values()
        if space.get("defaultcontentmodel") == model
    }
    missing = _CONTENT_MODELS.keys() - found.keys()
    if missing:
        raise WikiRefusedError("no-wikibase", f"the wiki has no namespace for {' and '.join(sorted(missing))}")
    return found


def _found(id_: str, data: Json | None) -> Entity | Redirect | None:
    if data is None or flag(data, "missing"):
        return None
    entity = decode_entity(data)
    return entity if entity.id == id_ else Redirect(id_, entity)


def _revision(data: Json) -> Revision:
    slot = (data.get("slots") or {}).get("main") or {}
    text = slot.get("*", slot.get("content"))
    hidden = not isinstance(text, str) or flag(data, "texthidden") or flag(slot, "texthidden")
    content: Json = {}
    entity = None
    if isinstance(text, str) and not hidden:
        try:
            content = dict(orjson.loads(text))
            if "redirect" not in content:
                entity = replace(decode_entity(content), revision=data["revid"], modified=data["timestamp"])
        except (KeyError, TypeError, ValueError, AttributeError):
            # What nobody can read is shown to nobody, and must not keep its neighbours from being read.
            content, entity, hidden = {}, None, True
    return Revision(
        id=data["revid"],
        parent=data.get("parentid", 0),
        timestamp=_moment(data["timestamp"]),
        user=data.get("user", ""),
        comment=data.get("comment", ""),
        entity=entity,
        redirect_to=content.get("redirect"),
        hidden=hidden,
    )


def _bare(title: str) -> str:
    return title.rpartition(":")[2]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
