"""Carries a plan out: everything is looked at again, and each edit is made once.

Knows: the order of looking and sending, and which of the target's refusals end a run.
Must not know: how a plan is made, or what has to be the same (`fresh.py`).

Before the first edit every record is looked at again here; if anything that the plan rests on has changed, nothing is
sent. Before each edit its record and its item are looked at once more: what changed here ends the run, what changed
there leaves that item alone. Intents, markers and probes are those of `wikibase.once`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from commarchive.errors import WikiOutcomeUnknownError, WikiRefusedError
from commarchive.federation.approve import need_agreement, need_executor, refuse_foreign
from commarchive.federation.fresh import Check, Outdated, Publication, Ready
from commarchive.federation.journal import Answer, Bound, LedgerJournal, row_of, rows_of
from commarchive.federation.ledger import State
from commarchive.federation.pace import Pace, alone, seconds_since
from commarchive.federation.plan import Kind, Plan
from commarchive.federation.retract import Retraction
from commarchive.federation.service import Federation
from commarchive.federation.steps import Edit, data_of
from commarchive.federation.target import Target
from commarchive.model.entity import Entity
from commarchive.register.consents import Consent
from commarchive.wikibase.api import MOST_VALUES
from commarchive.wikibase.edit import WikiEditor
from commarchive.wikibase.once import Writer

_SETTLED = frozenset({State.CONFIRMED, State.WITHDRAWN})
_TRIES = 3
_ENDING = frozenset(
    {"blocked", "autoblocked", "permissiondenied", "notloggedin", "readapidenied", "spamblacklist", "writeapidenied"}
)
_ENDING_MESSAGES = ("abusefilter", "blockedtext", "autoblockedtext", "systemblockedtext", "badaccess", "spam")


@dataclass(frozen=True, slots=True)
class Means:
    """What a run is given besides the plan; all of it has a default that fits a real target.

    `settle`: how many seconds the target may go on working on a request whose answer never came.
    """

    edits_per_minute: float = 60.0
    settle: float = 60.0
    bot: bool = True
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Applied:
    """What a run did, by record.

    `sent`: edits made; `before`: those that an earlier run had made; `there`: what stood there already; `skipped`: why
    what is left was not done.
    """

    sent: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the plan is left."""
        return not self.skipped


def apply_plan(
    federation: Federation,
    target: Target,
    plan: Plan,
    *,
    by: str,
    means: Means = Means(),
    progress: Callable[[int], None] = lambda _: None,
) -> Applied:
    """Carry a plan out, or what an earlier run left of it; `progress` is told of each number of edits done.

    Raises:
        RefusedError: `by` may not, or somebody decided against a statement since.
        ApprovalError: not enough people agreed.
        ConsentError: a consent that the plan rests on is no longer in force.
        StaleError: something here changed since the plan was made.
        TamperedError: the plan's file or the ledger was altered.
        ConflictError: another run is under way, or it is another archive's plan.
        ClosedError: the archive cannot be read for certain.
        WikiUnavailableError, WikiOutcomeUnknownError, WikiRefusedError: the target failed, or wants no more of it; the
            same command goes on where this ended.
    """
    refuse_foreign(federation, plan)
    need_executor(federation, by, plan)
    people = need_agreement(federation, plan).people
    federation.need_level()
    with alone(federation.sources.register.store.engine):
        federation.ledger.verify()
        return _Run(federation, target, plan, by, people, means, progress).go()


class _Run:
    def __init__(
        self,
        federation: Federation,
        target: Target,
        plan: Plan,
        by: str,
        people: Sequence[str],
        means: Means,
        progress: Callable[[int], None],
    ) -> None:
        self._federation = federation
        self._target = target
        self._plan = plan
        self._by = by
        self._progress = progress
        self._journal = LedgerJournal(federation.ledger, target, federation.site)
        self._editor = WikiEditor(
            target.api,
            bot=means.bot,
            tail=f"([[:toolforge:editgroups/b/CB/{plan.batch}|details]])",
            settle=means.settle,
            clock=means.clock,
            sleep=means.sleep,
        )
        self._writer = Writer(self._editor, self._journal)
        since = seconds_since(federation.ledger.last_sent(), federation.now())
        self._pace = Pace(means.edits_per_minute, since=since, clock=means.clock, sleep=means.sleep)
        self._bound = Bound(
            plan=plan.digest,
            batch=plan.batch,
            local_site=federation.archive.base_url,
            site=federation.site,
            author=plan.header.author,
            executor=by,
            approvers=tuple(people),
            policy=plan.header.policy,
        )
        publishes = plan.header.kind is Kind.PUBLISH
        self._check: Check = (Publication if publishes else Retraction)(federation, target, plan)
        self._applied = Applied()

    def go(self) -> Applied:
        self._writer.recover()
        self._settled = {
            (row.record, row.statement)
            for row in self._federation.ledger.rows(plan=self._plan.digest)
            if row.state in _SETTLED
        }
        self._applied.before = [edit.record for edit in self._plan.edits() if self._is_settled(edit)]
        self._progress(len(self._applied.before))
        for some in _batches(self._left()):
            self._check.here(some)
        self._audit("plan-begun")
        try:
            for edit in self._left():
                self._one(edit)
                self._progress(1)
        finally:
            # The audit chain vouches for the ledger's end, whatever ended the run.
            head = self._federation.ledger.head()
            applied = self._applied
            counts = {"sent": len(applied.sent), "skipped": len(applied.skipped), "there": len(applied.there)}
            self._audit("plan-ended", ledger=f"{head.seq}:{head.hash}", **counts)
        return self._applied

    def _left(self) -> Iterator[Edit]:
        return (edit for edit in self._plan.edits() if not self._is_settled(edit))

    def _is_settled(self, edit: Edit) -> bool:
        return all((edit.record, step.statement) in self._settled for step in edit.steps)

    def _one(self, edit: Edit) -> None:
        for last in (False, False, True):
            if edit.is_sent:
                self._pace.wait()
            self._federation.need_level()
            refuse_foreign(self._federation, self._plan)
            ready = self._check.there(edit)
            if isinstance(ready, Outdated):
                self._applied.skipped[edit.record] = ready.why
                return
            self._note(ready)
            if not ready.edit.steps:
                self._applied.there.append(edit.record)
                return
            try:
                self._send(ready)
            except WikiRefusedError as error:
                if _ends_the_run(error):
                    raise
                if error.code == "editconflict" and not last:
                    continue
                self._applied.skipped[edit.record] = str(error)
                return
            self._applied.sent.append(edit.record)
            return

    def _note(self, ready: Ready) -> None:
        consents = self._consents(ready.edit.record)
        self._journal.note(row_of(ready.edit, step, self._bound, consents) for step in ready.there)

    def _send(self, ready: Ready) -> None:
        edit, key = ready.edit, f"{self._plan.digest}/{ready.edit.record}"
        self._journal.edits[key] = rows_of(edit, self._bound, self._consents(edit.record))
        data, summary = data_of(edit, ready.item), self._summary(edit)

        def send(marker: str) -> Entity:
            if edit.item:
                item = self._editor.edit(edit.item, data, summary, marker=marker, base_revision=edit.item_revision)
            else:
                item = self._editor.create("item", data, summary, marker)
            self._journal.answers[key] = Answer(item, self._editor.warnings)
            return item

        try:
            self._writer.write(key, send)
        except WikiOutcomeUnknownError:
            self._journal.in_doubt(key)
            raise

    def _summary(self, edit: Edit) -> str:
        verb = "publish" if self._plan.header.kind is Kind.PUBLISH else "take back"
        return f"{self._federation.archive.id}: {verb} {len(edit.steps)}"

    def _consents(self, record: str) -> dict[int, Consent]:
        return {consent.id: consent for consent in self._federation.sources.register.consents.of(record)}

    def _audit(self, action: str, **details: object) -> None:
        with self._federation.sources.register.store.changing() as change:
            change.record(self._by, action, self._plan.subject, **details)


def _ends_the_run(error: WikiRefusedError) -> bool:
    """Whether the target wants no more edits of this account, or of this kind, at all."""
    messages = (error.code, *error.messages)
    return error.code in _ENDING or any(message.startswith(_ENDING_MESSAGES) for message in messages)


def _batches(edits: Iterator[Edit]) -> Iterator[list[Edit]]:
    while some := list(islice(edits, MOST_VALUES)):
        yield some
