"""Makes a wiki have a schema.

Knows: the order of writes, and how to go on after a crash. Must not know: what is missing (`planning`), HTTP.

Creations are noted in the lock file before they are sent, and looked for in the wiki when nothing came back. Additions
need no note: what is there already is not planned again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from commarchive.errors import ConflictError, WikiError, WikiRefusedError
from commarchive.model.entity import Entity
from commarchive.model.schema import PropertyDefinition, Schema
from commarchive.seeding.lockfile import LockJournal
from commarchive.seeding.parts import Definition, encode_parts, writable
from commarchive.seeding.planning import SeedPlan, Step, Verb, plan, refuse_other_wiki
from commarchive.seeding.state import SELF_DESCRIPTION, WikiState, read_state
from commarchive.wikibase.api import chunks
from commarchive.wikibase.edit import WikiEditor, new_marker
from commarchive.wikibase.once import Send, Writer

SUMMARY = "schema apply"

_TOGETHER = 20
_ROUNDS = 3
_NAME_TAKEN = frozenset({"wikibase-validator-label-conflict", "wikibase-validator-label-with-description-conflict"})


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did, in its order."""

    steps: tuple[Step, ...]


def make_plan(schema: Schema, editor: WikiEditor, folder: Path) -> SeedPlan:
    """Read the wiki and the lock of the archive in a folder, and plan; nothing is written anywhere.

    Raises:
        ManifestError, AmbiguousError, WikiUnavailableError, WikiRefusedError: see `read_lock` and `read_state`.
    """
    lock = LockJournal(folder).lock
    return plan(schema, read_state(editor.client, schema, lock), lock)


def apply(
    schema: Schema, editor: WikiEditor, folder: Path, *, progress: Callable[[int], None] = lambda _: None
) -> Applied:
    """Make the wiki have the schema; `progress` is told of each number of steps done.

    Raises:
        AmbiguousError, ConflictError: something is in the way; nothing was written because of it.
        WikiUnavailableError, WikiOutcomeUnknownError, WikiRefusedError: the wiki failed; the next run goes on.
        ManifestError: the lock file is wrong.
    """
    return _Applying(schema, editor, LockJournal(folder), progress).run()


class _Applying:
    def __init__(
        self, schema: Schema, editor: WikiEditor, journal: LockJournal, progress: Callable[[int], None]
    ) -> None:
        self._schema = schema
        self._editor = editor
        self._journal = journal
        self._writer = Writer(editor, journal)
        self._progress = progress
        self._done: list[Step] = []

    def run(self) -> Applied:
        refuse_other_wiki(self._journal.lock, self._editor.client.site().concept_base)
        self._writer.recover()
        for _ in range(_ROUNDS):
            state = read_state(self._editor.client, self._schema, self._journal.lock)
            planned = plan(self._schema, state, self._journal.lock)
            planned.refuse_conflicts()
            self._note(state, planned)
            if not planned.steps:
                return Applied(tuple(self._done))
            # What describes the others comes first and alone, so that these can be created whole.
            first = [s for s in planned.steps if s.kind == "property" and s.slug in SELF_DESCRIPTION]
            first = [step for step in first if step.verb is not Verb.ADD]
            self._do(first or planned.steps, state)
        raise AssertionError("what describes the others, the others, and a last look are three rounds")

    def _note(self, state: WikiState, planned: SeedPlan) -> None:
        lock = self._journal.lock
        for (kind, slug), parts in planned.noted.items():
            lock = lock.with_written(kind, slug, parts)
        self._journal.save(replace(lock, wiki=state.identity))

    def _do(self, steps: Iterable[Step], state: WikiState) -> None:
        steps = list(steps)
        keyed = {f"{step.kind}/{step.slug}": step for step in steps if step.verb is Verb.CREATE}
        for keys in chunks(keyed, _TOGETHER):
            self._create([keyed[key] for key in keys], state)
        for step in steps:
            if step.verb is not Verb.CREATE:
                self._add(step, state)

    def _create(self, steps: list[Step], state: WikiState) -> None:
        sends: dict[str, Send] = {}
        for step in steps:
            definition = self._definition(step)
            sends[f"{step.kind}/{step.slug}"] = partial(self._send_new, definition, step, state)
        outcomes = self._writer.write_all(sends)
        lock = self._journal.lock
        failures: list[WikiError] = []
        for step in steps:
            outcome = outcomes[f"{step.kind}/{step.slug}"]
            if isinstance(outcome, WikiRefusedError):
                failures.append(outcome)
                continue
            parts = writable(step.parts, self._definition(step), state.describing)
            lock = lock.with_written(step.kind, step.slug, parts)
            self._finish(step)
        self._journal.save(lock)
        for failure in failures:
            raise _told(failure)

    def _send_new(self, definition: Definition, step: Step, state: WikiState, marker: str) -> Entity:
        data = encode_parts(definition, step.parts, state.describing)
        if isinstance(definition, PropertyDefinition):
            data["datatype"] = definition.datatype
        return self._editor.create(step.kind, data, SUMMARY, marker)

    def _add(self, step: Step, state: WikiState) -> None:
        definition = self._definition(step)
        if step.verb is Verb.ADOPT:
            self._journal.save(self._journal.lock.with_id(step.kind, step.slug, step.entity_id))
        parts = writable(step.parts, definition, state.describing)
        if parts:
            data = encode_parts(definition, parts, state.describing)
            try:
                self._editor.edit(step.entity_id, data, SUMMARY, marker=new_marker(), base_revision=step.base)
            except WikiRefusedError as error:
                raise _told(error) from error
            self._journal.save(self._journal.lock.with_written(step.kind, step.slug, parts))
        self._finish(step)

    def _definition(self, step: Step) -> Definition:
        return self._schema.properties[step.slug] if step.kind == "property" else self._schema.items[step.slug]

    def _finish(self, step: Step) -> None:
        self._done.append(step)
        self._progress(1)


def _told(error: WikiError) -> WikiError | ConflictError:
    if isinstance(error, WikiRefusedError) and not _NAME_TAKEN.isdisjoint(error.messages):
        return ConflictError(
            f"the wiki refuses a name of the schema: {error.info}",
            hint="rename the other entity, or give its id to the slug in the lock file",
        )
    return error
