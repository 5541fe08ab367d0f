"""Whether what we published still stands there as we left it, and whether it may still stand there at all.

Knows: the ledger, the target, the gate. Must not know: how any of it is mended; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from commarchive.federation.evidence import Reader
from commarchive.federation.gate import Record
from commarchive.federation.past import Contribution
from commarchive.federation.sameness import digest, statement_key
from commarchive.federation.service import Federation
from commarchive.federation.steps import Mode
from commarchive.federation.target import Target
from commarchive.model.entity import Entity, Rank, Statement
from commarchive.wikibase.api import chunks


class Drift(StrEnum):
    """How something published differs from what it was, there or here."""

    ITEM_GONE = "item-gone"
    MERGED = "merged"
    GONE = "gone"
    CHANGED = "changed"
    DEPRECATED = "deprecated"
    REFERENCE_GONE = "reference-gone"
    BUILT_ON = "built-on"
    CHANGED_HERE = "changed-here"
    NOT_ALLOWED = "not-allowed"


EXPECTED = frozenset({Drift.BUILT_ON})
"""What others do with what is published, and should."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One contribution that differs; `words` say how, for people."""

    record: str
    statement: str
    item: str
    guid: str
    drift: Drift
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """How much was looked at, and what differs."""

    checked: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs but what is expected."""
        return all(finding.drift in EXPECTED for finding in self.findings)


def verify(
    federation: Federation,
    target: Target,
    *,
    records: Iterable[str] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Look at everything that stands there by the ledger, or at that of some records.

    Raises:
        TamperedError: the ledger was altered.
        ClosedError, ConflictError, WikiUnavailableError, WikiRefusedError: here or there cannot be read.
    """
    federation.ledger.verify()
    target.need(federation.site)
    checked, findings = 0, list[Finding]()
    for some in chunks(list(records) or federation.ledger.records(federation.site)):
        pasts = federation.pasts(some)
        items = target.entities({c.ours.item for past in pasts.values() for c in past.contributions()})
        with federation.reader() as reader:
            here = reader.records(some)
            for record in some:
                for contribution in pasts[record].contributions():
                    checked += 1
                    findings += _there(contribution, items[contribution.ours.item])
                    findings += _here(contribution, here.get(record), reader)
        progress(len(some))
    return Report(checked, tuple(findings))


def _there(contribution: Contribution, item: Entity | None) -> Iterator[Finding]:
    ours = contribution.ours
    if item is None:
        yield _finding(contribution, Drift.ITEM_GONE, f"{ours.item} is not there any more")
        return
    if item.id != ours.item:
        yield _finding(contribution, Drift.MERGED, f"{ours.item} was merged into {item.id}")
        return
    standing = next((s for s in item.statements if s.id == ours.guid), None)
    if standing is None:
        yield _finding(contribution, Drift.GONE, "somebody took the statement away")
        return
    yield from _statement(contribution, standing)


def _statement(contribution: Contribution, standing: Statement) -> Iterator[Finding]:
    ours = contribution.ours
    hashes = {reference.hash for reference in standing.references}
    if standing.rank is Rank.DEPRECATED and ours.rank is not Rank.DEPRECATED:
        yield _finding(contribution, Drift.DEPRECATED, "somebody deprecated the statement")
    elif digest(statement_key(standing)) != ours.said:
        yield _finding(contribution, Drift.CHANGED, "somebody changed what the statement says")
    elif standing.rank is not ours.rank and ours.mode in {Mode.CREATED, Mode.REPLACED}:
        yield _finding(contribution, Drift.CHANGED, f"somebody changed the rank to `{standing.rank}`")
    if ours.references - hashes:
        yield _finding(contribution, Drift.REFERENCE_GONE, "somebody took our reference away, or changed it")
    if ours.mode in {Mode.CREATED, Mode.REPLACED} and hashes - ours.references:
        yield _finding(contribution, Drift.BUILT_ON, "others have added references")


def _here(contribution: Contribution, record: Record | None, reader: Reader) -> Iterator[Finding]:
    row = contribution.row
    if record is None:
        yield _finding(contribution, Drift.NOT_ALLOWED, "the record is not public here any more: take it back")
        return
    statement = next((s for s in record.entity.statements if s.id == row.statement), None)
    if statement is None:
        words = "the statement is not here any more, or not public: take it back"
        yield _finding(contribution, Drift.NOT_ALLOWED, words)
        return
    blocks = reader.gate.of_statement(record, statement)
    if blocks:
        words = "; ".join(block.words for block in blocks)
        yield _finding(contribution, Drift.NOT_ALLOWED, f"{words}: take it back")
    elif digest(statement_key(statement)) != row.content:
        yield _finding(contribution, Drift.CHANGED_HERE, "the statement says something else here now: plan anew")


def _finding(contribution: Contribution, drift: Drift, words: str) -> Finding:
    row = contribution.row
    return Finding(row.record, row.statement, row.item, row.guid, drift, words)


def as_rows(report: Report) -> list[Mapping[str, str]]:
    """The findings as rows of a table."""
    return [
        {
            "record": finding.record,
            "there": finding.item,
            "drift": str(finding.drift),
            "what": finding.words,
            "statement": finding.statement,
        }
        for finding in report.findings
    ]
