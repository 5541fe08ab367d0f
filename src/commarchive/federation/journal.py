"""The ledger as the journal of writes under way: an intent is a row before it is sent, and what came of it another.

Knows: how an edit becomes rows. Must not know: why an edit is made, or when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from commarchive.federation.ledger import Ledger, Row, State
from commarchive.federation.sameness import digest, statement_key
from commarchive.federation.steps import Edit, Mode, Step
from commarchive.federation.target import Target
from commarchive.model.entity import Entity
from commarchive.register.consents import Consent
from commarchive.wikibase.edit import Written
from commarchive.wikibase.once import Intent

_TAKING_BACK = frozenset({Mode.REMOVED, Mode.REFERENCE_REMOVED, Mode.DEPRECATED, Mode.GONE})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the target said to an edit."""

    item: Entity
    warnings: tuple[str, ...]


@dataclass
class LedgerJournal:
    """Keeps intents in the ledger.

    `site`: how the ledger names the target. `edits`: those that are about to be sent, by key, each with the rows it
    comes to. `answers`: what the target said.
    """

    ledger: Ledger
    target: Target
    site: str
    edits: dict[str, list[Row]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    def pending(self) -> list[Intent]:
        """Edits that were about to be sent to this target when an earlier run ended."""
        self.edits = {}
        intents = {}
        for row in self.ledger.under_way(self.site):
            key = f"{row.plan}/{row.record}"
            self.edits.setdefault(key, []).append(row)
            intents[key] = Intent(key, row.marker, datetime.fromisoformat(row.sent_at))
        return list(intents.values())

    def begin(self, intents: list[Intent]) -> None:
        """Write the rows of edits that are about to be sent."""
        noted = []
        for intent in intents:
            rows = [
                replace(row, state=State.INTENDED, marker=intent.marker, sent_at=intent.at.isoformat())
                for row in self.edits[intent.key]
            ]
            self.edits[intent.key] = rows
            noted += rows
        self.ledger.append(noted)

    def note(self, rows: Iterable[Row]) -> None:
        """Write what needs no edit."""
        self.ledger.append(replace(row, state=_settled(row)) for row in rows)

    def in_doubt(self, key: str) -> None:
        """Note that an edit was sent and its answer never came."""
        self.ledger.append([replace(row, state=State.SENT) for row in self.edits[key]])

    def done(self, written: Mapping[str, Written]) -> None:
        """Write what came of edits that happened."""
        self.ledger.append([row for key, outcome in written.items() for row in self._settled(key, outcome)])

    def drop(self, keys: Iterable[str]) -> None:
        """Write that edits certainly did not happen."""
        self.ledger.append(replace(row, state=State.BLOCKED) for key in keys for row in self.edits.pop(key))

    def _settled(self, key: str, outcome: Written) -> Iterator[Row]:
        answer = self.answers.pop(key, None)
        made = self._made(key, outcome, answer)
        for row in self.edits.pop(key):
            yield replace(
                row,
                state=_settled(row),
                item=outcome.entity_id,
                guid=row.guid or made.get(row.said, ""),
                revision_after=outcome.revision,
                warnings=answer.warnings if answer is not None else (),
            )

    def _made(self, key: str, outcome: Written, answer: Answer | None) -> dict[str, str]:
        """GUIDs of statements in an item that was made, by what they say."""
        if not any(row.new_item for row in self.edits[key]):
            return {}
        item = answer.item if answer is not None else self.target.entities([outcome.entity_id])[outcome.entity_id]
        return {digest(statement_key(s)): s.id for s in item.statements} if item is not None else {}


def _settled(row: Row) -> State:
    return State.WITHDRAWN if row.mode in _TAKING_BACK else State.CONFIRMED


@dataclass(frozen=True, slots=True)
class Bound:
    """What every row of a plan has in common."""

    plan: str
    batch: str
    local_site: str
    site: str
    author: str
    executor: str
    approvers: tuple[str, ...]
    policy: str


def rows_of(edit: Edit, bound: Bound, consents: Mapping[int, Consent]) -> list[Row]:
    """The rows of an edit; an item to be made has one of its own."""
    rows = [row_of(edit, step, bound, consents) for step in edit.steps]
    if edit.terms is None:
        return rows
    return [replace(rows[0], statement="", content="", guid="", said="", references=(), consent=0), *rows]


def row_of(edit: Edit, step: Step, bound: Bound, consents: Mapping[int, Consent]) -> Row:
    """The row of one step."""
    consent = consents.get(step.consent)
    return Row(
        state=State.INTENDED,
        mode=step.mode,
        plan=bound.plan,
        batch=bound.batch,
        record=edit.record,
        statement=step.statement,
        local_site=bound.local_site,
        local_revision=edit.revision,
        content=step.content,
        site=bound.site,
        item=edit.item,
        guid=step.guid,
        said=digest(statement_key(step.says)) if step.says is not None else "",
        rank=str(step.says.rank) if step.says is not None else "",
        references=tuple(reference.hash for reference in step.references),
        revision_before=edit.item_revision,
        new_item=not edit.item,
        author=bound.author,
        executor=bound.executor,
        approvers=bound.approvers,
        consent=step.consent,
        consent_until=consent.until.isoformat() if consent is not None and consent.until else "",
        newest_consent=max(consents, default=0),
        policy=bound.policy,
    )
