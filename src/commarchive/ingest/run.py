"""Takes a table in: makes what is new, changes what changed, leaves the rest alone.

Knows: the order of writes, and how to go on after a crash. Must not know: files, HTTP, who may see what.

Every write is noted in the ledger before it is sent and found again by its marker, so that a row becomes one record
whatever is killed on the way. What was written is handed on to the caller batch by batch, and again in the next run
when this one was killed before the caller was done with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from commarchive.errors import WikiRefusedError
from commarchive.ingest.contents import Content, changes, read_content
from commarchive.ingest.finding import Found, find_things, key_of
from commarchive.ingest.intake import WIKIDATA_ITEM, Intake, Place, Rejected
from commarchive.ingest.ledger import SHARED, Entry, Key, Ledger, content_hash
from commarchive.ingest.records import Draft, read_record, to_statements
from commarchive.model.entity import DataValue, Entity, Snak, Statement
from commarchive.model.schema import Control, Schema, SchemaIds
from commarchive.wikibase.api import chunks
from commarchive.wikibase.client import Redirect
from commarchive.wikibase.edit import WikiEditor
from commarchive.wikibase.once import Send, Writer

BATCH = 50
SUMMARY = "ingest"

OnBatch = Callable[[Mapping[str, int]], None]
"""Told of entities that were written, with the revision of each; may be told again of the same after a crash."""

_NOT_MADE_YET = "Q0"


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that the row would have changed and people changed before: it stays as they left it."""

    file: str
    line: int
    entity: str
    what: str


@dataclass
class Report:
    """What was done, or in a dry run would be; `absent` counts earlier rows that the table no longer has."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    things: int = 0
    absent: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    @property
    def writes(self) -> int:
        """How many entities were, or would be, written."""
        return self.created + self.updated + self.things


@dataclass(frozen=True, slots=True)
class _Work:
    """An entity as the files want it."""

    key: Key
    place: Place
    content: Content
    text: str


@dataclass(frozen=True, slots=True)
class _Change:
    """What to do about a work: create it where `entity` is None, else send `data` on top of that."""

    work: _Work
    data: Mapping[str, Any]
    entity: Entity | None = None


class Ingest:
    """One table into one wiki.

    Args:
        intake: what the files say.
        schema: what properties and classes there are.
        ids: which ids the wiki gave them.
        editor: writes with the archive's service account.
        ledger: what earlier runs wrote; may be read-only for `plan`.
    """

    def __init__(self, intake: Intake, schema: Schema, ids: SchemaIds, editor: WikiEditor, ledger: Ledger) -> None:
        self._intake = intake
        self._schema = schema
        self._ids = ids
        self._editor = editor
        self._ledger = ledger
        self._entries: dict[Key, Entry] = {}
        self._report = Report()
        control = schema.control(Control.ACCESS_CONDITION)
        self._condition = "" if control is None else ids.properties[control.slug]

    def plan(self) -> Report:
        """What `run` would do; nothing is written anywhere.

        Raises:
            WikiUnavailableError, WikiRefusedError: the wiki does not answer.
        """
        found = self._begin(dry_run=True)
        found.ids |= dict.fromkeys(chain.from_iterable(found.to_make.values()), _NOT_MADE_YET)
        for works in chunks(chain(self._thing_works(found), self._row_works(found)), BATCH):
            for change in self._changes(works, {}):
                self._count(change)
        return self._report

    def run(self, *, progress: Callable[[int], None] = lambda _: None, on_batch: OnBatch = lambda _: None) -> Report:
        """Write what is missing or changed; `progress` is told of each number of rows done.

        Raises:
            WikiUnavailableError, WikiOutcomeUnknownError: the wiki failed; the next run goes on from there.
            WikiRefusedError: the wiki lets the account write no more.
            AmbiguousError: whether an earlier write happened has to be seen by a person.
        """
        writer = Writer(self._editor, self._ledger)
        writer.recover()
        self._hand_on(self._ledger.not_handed_on(), on_batch)
        found = self._begin(dry_run=False)
        for works in chunks(self._thing_works(found), BATCH):
            self._write(works, writer, on_batch)
        for key, names in found.to_make.items():
            if key in self._entries:
                found.ids |= dict.fromkeys(names, self._entries[key].entity)
            else:
                found.problems |= {named: f"`{named.key}` could not be made" for named in names}
        progress(len(self._intake.rejected))
        for works in chunks(self._row_works(found, progress), BATCH):
            self._write(works, writer, on_batch)
        return self._report

    def _begin(self, *, dry_run: bool) -> Found:
        mapping = self._intake.mapping
        for source in (mapping.id, SHARED):
            self._entries |= {(source, key): entry for key, entry in self._ledger.entries(source).items()}
        self._report.rejected += self._intake.rejected.values()
        self._report.absent = sum(_is_row((source, key)) for source, key in self._entries)
        client = self._editor.client
        return find_things(self._intake, self._ids, client, self._ledger, self._entries, dry_run=dry_run)

    def _thing_works(self, found: Found) -> Iterator[_Work]:
        """Things to be made, and those that were made here: their tables may have changed."""
        seen: set[Key] = set()
        things = self._intake.things
        for named in sorted(self._intake.needed & things.keys(), key=lambda n: (n.table, things[n].place.line)):
            key = key_of(self._intake, named)
            entry = self._entries.get(key)
            is_ours = entry is not None and entry.hash not in {"", content_hash("")}
            if key in seen or not (is_ours or key in found.to_make):
                continue
            seen.add(key)
            thing = things[named]
            draft = read_record(thing.cells, thing.record, self._intake.archive)
            statements = list(to_statements(draft, self._schema, self._ids, found.ids.__getitem__))
            if thing.wikidata:
                value = DataValue("string", thing.wikidata)
                snak = Snak(self._ids.properties[WIKIDATA_ITEM], value=value, datatype="external-id")
                statements.append(Statement("", snak))
            yield _work(key, thing.place, draft, statements)

    def _row_works(self, found: Found, progress: Callable[[int], None] = lambda _: None) -> Iterator[_Work]:
        for place, key, draft in self._intake.records():
            progress(1)
            if (self._intake.mapping.id, key) in self._entries:
                self._report.absent -= 1
            problem = next(((c, found.problems[named]) for named, c in draft.named() if named in found.problems), None)
            if problem is not None:
                self._report.rejected.append(Rejected(place.file, place.line, *problem))
                continue
            statements = to_statements(draft, self._schema, self._ids, found.ids.__getitem__)
            yield _work((self._intake.mapping.id, key), place, draft, statements)

    def _changes(self, works: Iterable[_Work], settled: dict[Key, tuple[str, int, str]]) -> Iterator[_Change]:
        """What has to be written; `settled` takes what turns out to need no write."""
        pending = {work.key: work for work in works if not self._is_written(work)}
        known = {key: self._entries[key].entity for key in pending if key in self._entries}
        there = self._editor.client.entities(known.values()) if known else {}
        contents = self._ledger.contents(known)
        for key, work in pending.items():
            if key not in known:
                yield _Change(work, work.content.data())
                continue
            entity = there[known[key]]
            if isinstance(entity, Redirect):
                entity = entity.target
            if entity is None:
                self._reject(work, f"its record {known[key]} was deleted in the wiki, so it is left alone")
                continue
            change = changes(read_content(contents[key]), work.content, entity, self._condition)
            for what in change.kept:
                self._report.kept.append(Kept(work.place.file, work.place.line, entity.id, what))
            if change.data:
                yield _Change(work, change.data, entity)
            else:
                self._report.unchanged += 1
                settled[key] = (entity.id, entity.revision, work.text)

    def _is_written(self, work: _Work) -> bool:
        entry = self._entries.get(work.key)
        if entry is None or entry.hash != content_hash(work.text):
            return False
        self._report.unchanged += _is_row(work.key)
        return True

    def _write(self, works: Iterable[_Work], writer: Writer, on_batch: OnBatch) -> None:
        settled: dict[Key, tuple[str, int, str]] = {}
        by_intent = {self._ledger.expect(c.work.key, c.work.text): c for c in self._changes(works, settled)}
        self._ledger.settle(settled)
        sends: dict[str, Send] = {joined: partial(self._send, change) for joined, change in by_intent.items()}
        outcomes = writer.write_all(sends)
        written: dict[Key, tuple[str, int]] = {}
        for joined, change in by_intent.items():
            outcome = outcomes[joined]
            if isinstance(outcome, WikiRefusedError):
                self._reject(change.work, f"the wiki refuses it: {outcome.info}")
                continue
            written[change.work.key] = (outcome.entity_id, outcome.revision)
            self._entries[change.work.key] = Entry(outcome.entity_id, outcome.revision, content_hash(change.work.text))
            self._count(change)
        self._hand_on(written, on_batch)

    def _send(self, change: _Change, marker: str) -> Entity:
        if change.entity is None:
            return self._editor.create("item", change.data, SUMMARY, marker)
        return self._editor.edit(
            change.entity.id, change.data, SUMMARY, marker=marker, base_revision=change.entity.revision
        )

    def _hand_on(self, written: Mapping[Key, tuple[str, int]], on_batch: OnBatch) -> None:
        if written:
            on_batch(dict(written.values()))
            self._ledger.handed_on(written)

    def _count(self, change: _Change) -> None:
        if change.entity is not None:
            self._report.updated += 1
        elif _is_row(change.work.key):
            self._report.created += 1
        else:
            self._report.things += 1

    def _reject(self, work: _Work, message: str) -> None:
        self._report.rejected.append(Rejected(work.place.file, work.place.line, "", message))


def _work(key: Key, place: Place, draft: Draft, statements: Iterable[Statement]) -> _Work:
    content = Content(draft.labels, draft.descriptions, draft.aliases, tuple(statements))
    return _Work(key, place, content, content.text())


def _is_row(key: Key) -> bool:
    # Rows' keys are lists of cells in JSON; those of things begin with a table's name or are Wikidata's.
    return key[1].startswith("[")
