"""Whether a planned publication still is what would be planned now: here for every record, there for one item.

Knows: what of a plan has to be the same. Must not know: how an edit is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from commarchive.errors import ConsentError, RefusedError, StaleError
from commarchive.federation.blockers import PEOPLE_DECIDED, Block, Blocker
from commarchive.federation.compare import Wanted
from commarchive.federation.local import Local
from commarchive.federation.plan import Plan
from commarchive.federation.planning import edit_of
from commarchive.federation.service import Federation
from commarchive.federation.steps import Edit, Mode, Step, bare_statement
from commarchive.federation.target import Target
from commarchive.model.entity import Entity
from commarchive.register.consents import Scope

_CONSENT = frozenset({Blocker.NO_CONSENT, Blocker.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Outdated:
    """Why an edit must not be made any more: something changed there, in words."""

    why: str


@dataclass(frozen=True, slots=True)
class Ready:
    """An edit that may be made now; it has no steps where nothing is left to send.

    `there`: steps that only have to be noted. `item`: as it stands.
    """

    edit: Edit
    there: tuple[Step, ...]
    item: Entity | None


class Check(Protocol):
    """Looks again at what a plan rests on."""

    def here(self, edits: Sequence[Edit]) -> None:
        """See that nothing changed here for these edits.

        Raises:
            RefusedError, ConsentError: somebody decided against it since.
            StaleError: a record changed.
        """
        ...

    def there(self, edit: Edit) -> Ready | Outdated:
        """Look at one edit once more, here and there.

        Raises:
            RefusedError, ConsentError, StaleError: as `here`.
        """
        ...


@dataclass(frozen=True)
class Publication:
    """Looks again at what is to be published."""

    federation: Federation
    target: Target
    plan: Plan

    def here(self, edits: Sequence[Edit]) -> None:
        """As `Check`."""
        with self.federation.saying(self.target, self.plan.header) as saying:
            found = {local.id: local for local in saying.wanted([edit.record for edit in edits])}
            for edit in edits:
                self._compare(edit, found[edit.record])

    def there(self, edit: Edit) -> Ready | Outdated:
        """As `Check`."""
        with self.federation.saying(self.target, self.plan.header) as saying:
            (local,) = saying.of([edit.record])
            self._compare(edit, local)
            if local.item != edit.item:
                return Outdated(_words(local, "") or f"the item is another than {edit.item or 'a new one'} now")
            item = self.target.entities([edit.item])[edit.item] if edit.item else None
            if item is None and edit.item:
                return Outdated(f"the target has no {edit.item} any more")
            past = self.federation.pasts([edit.record])[edit.record]
            planned = {step.statement for step in edit.steps}
            local.wanted = [wanted for wanted in local.wanted if wanted.statement in planned]
            now = edit_of(self.federation, local, item, past, self.plan.header.choices)
        return _ready(edit, now, local, item)

    def _compare(self, edit: Edit, local: Local) -> None:
        wanted = {each.statement: each for each in local.wanted}
        for step in edit.steps:
            if step.statement not in wanted:
                raise _refusal(edit, local, step.statement)
        if local.revision != edit.revision:
            raise StaleError(f"`{edit.record}` changed since the plan was made")
        for step in edit.steps:
            self._compare_step(step, wanted[step.statement], local)

    def _compare_step(self, step: Step, wanted: Wanted, local: Local) -> None:
        planned, now = (step.says, replace(wanted.says, references=()))
        if planned is None or bare_statement(planned) != bare_statement(now) or step.content != wanted.content:
            raise StaleError(f"`{step.statement}` would say something else there than when the plan was made")
        consents = local.record.consents if local.record is not None else ()
        standing = {
            consent.id
            for consent in consents
            if consent.covers(Scope.FEDERATE_WIKIDATA, step.statement) and consent.in_force(self.federation.now())
        }
        if step.consent not in standing:
            raise ConsentError(f"consent {step.consent}, by which `{step.statement}` goes, is no longer in force")


def _ready(edit: Edit, now: Edit, local: Local, item: Entity | None) -> Ready | Outdated:
    if edit.terms is not None and (now.terms is None or now.terms.as_json() != edit.terms.as_json()):
        return Outdated("the names of the new item are others now")
    steps = {step.statement: step for step in now.steps}
    left, there = [], []
    for planned in edit.steps:
        step = steps.get(planned.statement)
        if step is None and (why := _words(local, planned.statement)):
            return Outdated(why)
        if step is None:
            continue
        if step.mode is Mode.ALREADY_THERE and planned.mode is Mode.ALREADY_THERE:
            there.append(step)
        elif step.mode is Mode.ALREADY_THERE and step.guid == planned.guid:
            # Ours, by its GUID: it was made by a run that could not note it.
            there.append(planned)
        elif _sent(step) == _sent(planned):
            left.append(planned)
        else:
            return Outdated(f"{item.id if item is not None else 'the item'} changed there in what the plan is about")
    revision = item.revision if item is not None else 0
    return Ready(replace(edit, steps=tuple(left), item_revision=revision), tuple(there), item)


def _sent(step: Step) -> dict[str, object]:
    return replace(step.without_words(), consent=0).as_json()


def _words(local: Local, part: str) -> str:
    return "; ".join(block.words for left in local.left_out if left.part == part for block in left.blocks)


def _refusal(edit: Edit, local: Local, statement: str) -> RefusedError | StaleError:
    blocks: Iterable[Block] = [b for left in local.left_out if left.part in {statement, ""} for b in left.blocks]
    deciding = [block for block in blocks if block.blocker in PEOPLE_DECIDED]
    words = "; ".join(dict.fromkeys(block.words for block in deciding or blocks))
    if not words and local.revision == edit.revision:
        # The record is as it was; so it was closed, or what the statement names was.
        return RefusedError(f"`{statement}` must not be published any more: it is not public", hint="make a new plan")
    if not words:
        return StaleError(f"`{statement}` is no longer there, or not as it was")
    kinds = {block.blocker for block in deciding}
    if not kinds:
        return StaleError(f"`{statement}` cannot be published any more: {words}")
    error = ConsentError if kinds <= _CONSENT else RefusedError
    return error(f"`{statement}` must not be published any more: {words}", hint="make a new plan")
