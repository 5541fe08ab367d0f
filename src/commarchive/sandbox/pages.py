"""Pages and their revisions: what stands on them, and what every change leaves behind.

Knows: entities' JSON, redirects, deletion, recent changes, the index of terms. Must not know: rights, parameters.

Content is kept as the wiki gives it back, without what only a page has (`pageid`, `ns`, `title`, `lastrevid` …).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import orjson

from commarchive.model.ids import entity_type, is_entity_id
from commarchive.sandbox.accounts import Actor
from commarchive.sandbox.settings import WikiSettings
from commarchive.sandbox.store import Store
from commarchive.sandbox.terms import terms_of

Json = dict[str, Any]

_NAMESPACE_NAMES = {"item": "Item", "property": "Property"}
_PAGE = "SELECT id, entity, type, datatype, latest, redirect, deleted FROM page"
_REVISION = "SELECT id, page, parent, user, account, timestamp, comment, bot, hidden FROM revision"


class Hidden(IntFlag):
    """Which parts of a revision are hidden, MediaWiki's bits; RESTRICTED hides them from administrators too."""

    TEXT = 1
    COMMENT = 2
    USER = 4
    RESTRICTED = 8


@dataclass(frozen=True, slots=True)
class Page:
    """A page; `redirect` is the entity it leads to."""

    id: int
    entity: str
    type: str
    datatype: str | None
    latest: int
    redirect: str | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision without its content."""

    id: int
    page: int
    parent: int
    user: str
    account: int
    timestamp: str
    comment: str
    bot: bool
    hidden: Hidden


@dataclass(frozen=True, slots=True)
class Edit:
    """Who makes an edit, when, and what they say of it."""

    actor: Actor
    timestamp: str
    comment: str
    bot: bool = False


class Pages:
    """The pages in a wiki's file. Call the methods that write inside `store.write()`."""

    def __init__(self, store: Store, settings: WikiSettings) -> None:
        self._store = store
        self._settings = settings

    def title(self, entity_id: str) -> str:
        """The title of an entity's page; that of an item in the main namespace is its bare id, as in Wikidata."""
        kind = entity_type(entity_id)
        return f"{_NAMESPACE_NAMES[kind]}:{entity_id}" if self._settings.namespace_of(kind) else entity_id

    def link(self, entity_id: str) -> str:
        """An entity as messages name it."""
        return f"[[{self.title(entity_id)}|{entity_id}]]"

    def namespace(self, entity_id: str) -> int:
        """The number of the entity's namespace."""
        return self._settings.namespace_of(entity_type(entity_id))

    def entity_of_title(self, title: str) -> str | None:
        """The entity whose page has this title, whether it exists or not."""
        prefix, colon, rest = title.replace("_", " ").strip().rpartition(":")
        entity_id = rest.strip()[:1].upper() + rest.strip()[1:]
        if not is_entity_id(entity_id):
            return None
        expected = self.title(entity_id).rpartition(":")[0]
        fits = prefix.strip().lower() == expected.lower() and bool(colon) == bool(expected)
        return entity_id if fits else None

    def find(self, entity_id: str) -> Page | None:
        """The page of an entity, if it exists and is not deleted."""
        page = self._page(f"{_PAGE} WHERE entity = ?", entity_id)
        return None if page is None or page.deleted else page

    def find_deleted(self, entity_id: str) -> Page | None:
        """The page of an entity that was deleted."""
        page = self._page(f"{_PAGE} WHERE entity = ?", entity_id)
        return page if page is not None and page.deleted else None

    def by_id(self, page_id: int) -> Page | None:
        """The page with this id, if it is not deleted."""
        page = self._page(f"{_PAGE} WHERE id = ?", page_id)
        return None if page is None or page.deleted else page

    def _page(self, sql: str, key: str | int) -> Page | None:
        row = self._store.row(sql, (key,))
        if row is None:
            return None
        id_, entity, kind, datatype, latest, redirect, deleted = row
        return Page(id_, entity, kind, datatype, latest, redirect, bool(deleted))

    def exists(self, entity_id: str) -> bool:
        """Whether an entity is there; a redirect counts."""
        return bool(self._store.value("SELECT 1 FROM page WHERE entity = ? AND deleted = 0", (entity_id,)))

    def datatype_of(self, property_id: str) -> str | None:
        """A property's datatype, None if there is no such property."""
        found: str | None = self._store.value(
            "SELECT datatype FROM page WHERE entity = ? AND deleted = 0", (property_id,)
        )
        return found

    def entity(self, revision_id: int) -> Json:
        """The entity of a revision that is no redirect's."""
        found: Json = orjson.loads(self.content(revision_id))
        return found

    def content(self, revision_id: int) -> str:
        """What a revision says, as JSON text: an entity or a redirect."""
        return str(self._store.value("SELECT content FROM revision WHERE id = ?", (revision_id,)))

    def revision(self, revision_id: int) -> Revision | None:
        """The revision with this id."""
        found = self.revisions("id = ?", (revision_id,))
        return found[0] if found else None

    def revisions(self, where: str, parameters: Iterable[Any]) -> list[Revision]:
        """Revisions by a condition in SQL, which is ours."""
        rows = self._store.rows(f"{_REVISION} WHERE {where}", tuple(parameters))
        return [
            Revision(id_, page, parent, user, account, timestamp, comment, bool(bot), Hidden(hidden))
            for id_, page, parent, user, account, timestamp, comment, bot, hidden in rows
        ]

    def entity_of_link(self, site: str, title: str) -> str | None:
        """The item that a page of another site belongs to."""
        sql = "SELECT entity FROM term WHERE type = 'item' AND kind = 'sitelink' AND language = ? AND text = ?"
        found: str | None = self._store.value(sql, (site, title.replace("_", " ")))
        return found

    def fresh_id(self, kind: str) -> str:
        """The next id of this type of entity; ids are never given twice."""
        return f"{'P' if kind == 'property' else 'Q'}{self._store.next_number(kind)}"

    def save(self, entity: Json, edit: Edit, before: Json | None) -> Revision:
        """Write an entity as the newest revision of its page, which is made or restored if need be.

        `before` is what the index of terms holds of it now: the newest revision's entity, None for none.
        """
        self._index(entity, before)
        return self._write(entity["id"], orjson.dumps(entity).decode(), None, entity.get("datatype"), edit)

    def save_redirect(self, entity_id: str, target: str, edit: Edit, before: Json | None) -> Revision:
        """Write a redirect as the newest revision of an entity's page."""
        if before is not None:
            self._index({**before, "labels": {}, "descriptions": {}, "aliases": {}}, before)
        content = orjson.dumps({"entity": entity_id, "redirect": target}).decode()
        return self._write(entity_id, content, target, None, edit)

    def _write(self, entity_id: str, content: str, redirect: str | None, datatype: str | None, edit: Edit) -> Revision:
        page = self.find(entity_id)
        parent = page.latest if page else 0
        kind = entity_type(entity_id)
        if page is None:
            number = int(entity_id[1:])
            deleted = self.find_deleted(entity_id)
            page_id = deleted.id if deleted else self._store.insert("page", entity=entity_id, type=kind, number=number)
            self._store.raise_number(kind, number)
        else:
            page_id = page.id
        revision_id = self._store.insert(
            "revision",
            page=page_id,
            parent=parent,
            user=edit.actor.name,
            account=edit.actor.account_id,
            timestamp=edit.timestamp,
            comment=edit.comment,
            bot=int(edit.bot),
            content=content,
        )
        self._store.execute(
            "UPDATE page SET latest = ?, redirect = ?, datatype = ?, deleted = 0 WHERE id = ?",
            (revision_id, redirect, datatype, page_id),
        )
        self._store.insert(
            "change",
            type="edit" if parent else "new",
            page=page_id,
            entity=entity_id,
            revision=revision_id,
            old_revision=parent,
            user=edit.actor.name,
            timestamp=edit.timestamp,
            comment=edit.comment,
            bot=int(edit.bot),
        )
        if edit.actor.account_id:
            self._store.execute("UPDATE account SET edits = edits + 1 WHERE id = ?", (edit.actor.account_id,))
        return Revision(
            revision_id,
            page_id,
            parent,
            edit.actor.name,
            edit.actor.account_id,
            edit.timestamp,
            edit.comment,
            bot=edit.bot,
            hidden=Hidden(0),
        )

    def _index(self, entity: Json, before: Json | None) -> None:
        now = set(terms_of(entity))
        old = set(terms_of(before)) if before is not None else set()
        gone, new = old - now, now - old
        if gone:
            self._store.execute_many(
                "DELETE FROM term WHERE entity = ? AND kind = ? AND language = ? AND text = ?",
                [(entity["id"], *term) for term in gone],
            )
        if new:
            rows = [(entity["id"], entity["type"], *term) for term in sorted(new)]
            self._store.execute_many("INSERT INTO term VALUES (?, ?, ?, ?, ?)", rows)

    def delete(self, page: Page, edit: Edit, *, suppress: bool = False) -> int:
        """Delete a page and return the id of the log entry; its revisions are kept, out of sight.

        As in MediaWiki its edits leave the recent changes for good; only the deletion shows there, and not even that if
        it is suppressed.
        """
        self._store.execute("UPDATE page SET deleted = 1 WHERE id = ?", (page.id,))
        self._store.execute("DELETE FROM change WHERE page = ? AND type != 'log'", (page.id,))
        self._store.execute("DELETE FROM term WHERE entity = ?", (page.entity,))
        return self.log("suppress" if suppress else "delete", "delete", page, edit)

    def undelete(self, page: Page, edit: Edit) -> int:
        """Restore a deleted page and return how many revisions that brings back."""
        self._store.execute("UPDATE page SET deleted = 0 WHERE id = ?", (page.id,))
        if page.redirect is None:
            self._index(self.entity(page.latest), None)
        count = int(self._store.value("SELECT count(*) FROM revision WHERE page = ?", (page.id,)))
        self.log("delete", "restore", page, edit, {"count": {"revisions": count, "files": 0}})
        return count

    def hide(self, revision: Revision, hidden: Hidden, page: Page, edit: Edit) -> int:
        """Hide parts of a revision, or show them again, and return the id of the log entry."""
        self._store.execute("UPDATE revision SET hidden = ? WHERE id = ?", (int(hidden), revision.id))
        kind = "suppress" if (hidden | revision.hidden) & Hidden.RESTRICTED else "delete"
        parameters = {
            "type": "revision",
            "ids": [revision.id],
            "old": {"bitmask": int(revision.hidden)},
            "new": {"bitmask": int(hidden)},
        }
        return self.log(kind, "revision", page, edit, parameters)

    def log(self, kind: str, action: str, page: Page, edit: Edit, parameters: Mapping[str, Any] | None = None) -> int:
        """Add a log entry; all but suppressions show among recent changes too."""
        log_id = self._store.insert(
            "log",
            type=kind,
            action=action,
            entity=page.entity,
            page=page.id,
            user=edit.actor.name,
            timestamp=edit.timestamp,
            comment=edit.comment,
            params=orjson.dumps(parameters or {}).decode(),
        )
        if kind != "suppress":
            self._store.insert(
                "change",
                type="log",
                page=0 if action == "delete" else page.id,
                entity=page.entity,
                revision=0,
                old_revision=0,
                user=edit.actor.name,
                timestamp=edit.timestamp,
                comment=edit.comment,
                bot=int(edit.bot),
                log=log_id,
            )
        return log_id
