"""A wiki on paper: pages, revisions, recent changes and logs as a real one keeps them, and every accident at hand.

It answers what `WikiClient` answers. Entities are written as values, so that a whole world is quick to make.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast
from uuid import NAMESPACE_URL, uuid5

from commarchive.model.archive import Archive
from commarchive.model.entity import DataValue, Entity, Rank, Reference, Snak, SnakKind, Statement
from commarchive.model.ids import entity_type
from commarchive.model.schema import Control
from commarchive.policy.mentions import Addresses
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Rules
from commarchive.wikibase.client import Change, LogEvent, Redirect, Revision, Site, WikiClient
from tests.archives import ARCHIVE, NOON

COMMUNITY, ACCESS, OF_QUALIFIER, OF_TERM, OUTSIDERS, STATE = "P1", "P2", "P3", "P4", "P5", "P6"
CLASS, DEPICTS, NOTE, SOURCE, TITLE, SAFE, SACRED, PLACE = "P10", "P11", "P12", "P13", "P14", "P15", "P16", "P17"

VOCABULARY = Vocabulary(
    controls={
        COMMUNITY: Control.COMMUNITY,
        ACCESS: Control.ACCESS_CONDITION,
        OF_QUALIFIER: Control.QUALIFIER_CONDITION,
        OF_TERM: Control.TERM_CONDITION,
        OUTSIDERS: Control.OUTSIDERS_SEE,
        STATE: Control.RECORD_STATE,
    },
    instance_of=frozenset({CLASS}),
    property_defaults={SACRED: "elders"},
    own=dict.fromkeys(
        (COMMUNITY, ACCESS, OF_QUALIFIER, OF_TERM, OUTSIDERS, STATE, CLASS, DEPICTS, NOTE, SOURCE, TITLE, SAFE, PLACE),
        "public",
    )
    | {SACRED: "members(village)"},
    safe=frozenset({SAFE, PLACE}),
    propagating=frozenset({DEPICTS}),
)
DATATYPES = dict.fromkeys(VOCABULARY.own, "string") | {
    CLASS: "wikibase-item",
    DEPICTS: "wikibase-item",
    PLACE: "wikibase-item",
    SACRED: "string",
    SOURCE: "wikibase-item",
}


def rules(archive: Archive = ARCHIVE, vocabulary: Vocabulary = VOCABULARY) -> Rules:
    """The rules of the archive for tests."""
    return Rules(archive, vocabulary, Addresses.of(["https://archive.example", "http://wiki.example"]))


# -- entities as values ----------------------------------------------------------------------------------------------


def text(property_id: str, value: str) -> Snak:
    """A snak with a string."""
    return Snak(property_id, value=DataValue("string", value))


def link(property_id: str, target: str) -> Snak:
    """A snak with an entity."""
    value = {"entity-type": entity_type(target), "numeric-id": int(target[1:]), "id": target}
    return Snak(property_id, value=DataValue("wikibase-entityid", value))


def unknown(property_id: str) -> Snak:
    """A snak with an unknown value."""
    return Snak(property_id, SnakKind.SOME_VALUE)


@dataclass(frozen=True, slots=True)
class Said:
    """A statement before it has a GUID; `name` tells it apart from its equals."""

    main: Snak
    qualifiers: tuple[Snak, ...] = ()
    references: tuple[tuple[Snak, ...], ...] = ()
    rank: Rank = Rank.NORMAL
    name: str = ""


def say(
    main: Snak, *qualifiers: Snak, refs: Iterable[Sequence[Snak]] = (), rank: Rank = Rank.NORMAL, name: str = ""
) -> Said:
    """A statement."""
    return Said(main, qualifiers, tuple(tuple(ref) for ref in refs), rank, name)


def guid(id_: str, said: Said | str) -> str:
    """The GUID that a statement of an entity gets."""
    name = said if isinstance(said, str) else said.name or f"{said.main.property_id} {said.main.value}"
    return f"{id_}${uuid5(NAMESPACE_URL, f'{id_} {name}')}"


def item(
    id_: str,
    *said: Said,
    labels: Mapping[str, str] | None = None,
    aliases: Mapping[str, tuple[str, ...]] | None = None,
    descriptions: Mapping[str, str] | None = None,
    access: str | None = "public",
    community: str | None = "village",
    state: str | None = "live",
    outsiders: str | None = None,
    terms: Iterable[str] = (),
) -> Entity:
    """An item of a community, or a property; controls that are None are not said."""
    controls = [
        say(text(property_id, value), name=f"{property_id}{n}")
        for property_id, values in (
            (COMMUNITY, [community]), (ACCESS, [access]), (STATE, [state]), (OUTSIDERS, [outsiders]), (OF_TERM, terms)
        )
        for n, value in enumerate(values)
        if value is not None
    ]  # fmt: skip
    statements = tuple(
        Statement(
            guid(id_, each), each.main, each.rank, each.qualifiers, tuple(Reference(ref) for ref in each.references)
        )
        for each in [*controls, *said]
    )
    grouped = tuple(sorted(statements, key=lambda statement: int(statement.property_id[1:])))
    return Entity(id_, entity_type(id_), labels or {}, descriptions or {}, aliases or {}, grouped)


def prop(id_: str) -> Entity:
    """A property."""
    return Entity(id_, "property", labels={"en": f"property {id_}"}, datatype=DATATYPES[id_])


# -- the wiki --------------------------------------------------------------------------------------------------------


@dataclass
class PaperWiki:
    """A wiki; `namespaces` as in `Site`. Every edit takes a second."""

    now: datetime = NOON
    name: str = "On paper"
    revision: int = 100
    rcid: int = 0
    pages: dict[str, list[Revision]] = field(default_factory=dict)
    deleted: dict[str, list[Revision]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    logs: list[LogEvent] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    kept_for: timedelta = timedelta(days=90)

    @property
    def client(self) -> WikiClient:
        """As those who read it know it."""
        return cast("WikiClient", self)

    # -- what happens to it

    def seed(self) -> PaperWiki:
        """Write every property of the vocabulary."""
        for id_ in VOCABULARY.own:
            self.write(prop(id_))
        return self

    def write(self, *entities: Entity) -> int:
        """Write these one after the other; returns the newest revision."""
        for entity in entities:
            self._save(entity.id, entity=entity)
        return self.revision

    def redirect(self, id_: str, target: str) -> int:
        """Make an entity a redirect."""
        return self._save(id_, redirect_to=target)

    def merge(self, id_: str, merged: Entity) -> int:
        """Merge an item into another, as Wikibase does: empty it, write the other, redirect."""
        self.write(Entity(id_, "item"), merged)
        return self.redirect(id_, merged.id)

    def delete(self, id_: str, *, suppressed: bool = False) -> None:
        """Delete a page; its edits leave the recent changes."""
        self.deleted[id_] = self.pages.pop(id_)
        self.changes = [change for change in self.changes if change.entity_id != id_ or change.type == "log"]
        self._log("suppress" if suppressed else "delete", "delete", id_)

    def restore(self, id_: str, *, without: int = 0) -> None:
        """Restore a page, without its oldest so many revisions."""
        self.pages[id_] = [*self.deleted.pop(id_)[without:], *self.pages.get(id_, [])]
        self.pages[id_].sort(key=lambda revision: revision.id)
        self._log("delete", "restore", id_)

    def hide(self, id_: str, revision: int, *, suppressed: bool = False) -> None:
        """Hide the content of a revision."""
        self.pages[id_] = [
            replace(each, entity=None, hidden=True) if each.id == revision else each for each in self.pages[id_]
        ]
        self._log("suppress" if suppressed else "delete", "revision", id_)

    def pass_(self, time: timedelta) -> None:
        """Let time pass."""
        self.now += time

    def copy(self) -> PaperWiki:
        """A backup."""
        return replace(
            self,
            pages={id_: list(revisions) for id_, revisions in self.pages.items()},
            deleted={id_: list(revisions) for id_, revisions in self.deleted.items()},
            changes=list(self.changes),
            logs=list(self.logs),
            asked=[],
        )

    def _save(self, id_: str, entity: Entity | None = None, redirect_to: str | None = None) -> int:
        self.pass_(timedelta(seconds=1))
        self.revision += 1
        revisions = self.pages.setdefault(id_, [])
        parent = revisions[-1].id if revisions else 0
        if entity is not None:
            entity = replace(entity, revision=self.revision, modified=self.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        revisions.append(Revision(self.revision, parent, self.now, "Somebody", "", entity, redirect_to))
        self._change("edit" if parent else "new", id_, self.revision, parent)
        return self.revision

    def _change(self, kind: str, id_: str, revision: int = 0, parent: int = 0, log: tuple[str, str] = ("", "")) -> None:
        self.rcid += 1
        title = f"Item:{id_}"
        row = Change(self.rcid, kind, title, id_, revision, parent, self.now, "Somebody", "", log[0], log[1])
        self.changes.append(row)

    def _log(self, kind: str, action: str, id_: str) -> None:
        self.pass_(timedelta(seconds=1))
        self.logs.append(LogEvent(len(self.logs) + 1, kind, action, f"Item:{id_}", id_, self.now, "Somebody", "", {}))
        if kind != "suppress":
            self._change("log", id_, log=(kind, action))

    # -- what it answers

    def site(self) -> Site:
        edits = [change.revision for change in self._kept() if change.type != "log"]
        spaces = {"item": (120, "Item"), "property": (122, "Property")}
        return Site("MediaWiki", self.name, "http://wiki.example/entity/", self.now, spaces, max(edits, default=0))

    def entities(self, ids: Iterable[str]) -> dict[str, Entity | Redirect | None]:
        found: dict[str, Entity | Redirect | None] = {}
        for id_ in ids:
            self.asked.append(f"entity {id_}")
            newest = self.pages[id_][-1] if id_ in self.pages else None
            found[id_] = newest.entity if newest else None
            if newest and newest.redirect_to is not None:
                target = self.entities([newest.redirect_to])[newest.redirect_to]
                found[id_] = Redirect(id_, target) if isinstance(target, Entity) else None
        return found

    def revisions(self, entity_id: str, after: int = 0) -> Iterator[Revision]:
        self.asked.append(f"revisions {entity_id} {after}")
        yield from (revision for revision in self.pages.get(entity_id, ()) if revision.id > after)

    def newest_revisions(self, ids: Iterable[str]) -> dict[str, int]:
        return {id_: self.pages[id_][-1].id for id_ in ids if id_ in self.pages}

    def made_at(self, entity_id: str, revision: int) -> datetime | None:
        return next((each.timestamp for each in self.pages.get(entity_id, ()) if each.id == revision), None)

    def recent_changes(self, since: datetime | None = None) -> Iterator[Change]:
        yield from (change for change in self._kept() if since is None or change.timestamp >= since)

    def log_events(self, kind: str | None = None, since: datetime | None = None) -> Iterator[LogEvent]:
        for event in self.logs:
            if (kind is None or event.type == kind) and (since is None or event.timestamp >= since):
                yield event

    def entity_ids(self, kind: str) -> Iterator[str]:
        yield from (id_ for id_ in self.pages if entity_type(id_) == kind)

    def _kept(self) -> list[Change]:
        return [change for change in self.changes if self.now - change.timestamp <= self.kept_for]
