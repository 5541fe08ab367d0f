"""What the ledger's rows of a record amount to: what is ours there now, and what was taken back.

Knows: rows. Must not know: the database, or what stands in the target.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from commarchive.federation.compare import Ours
from commarchive.federation.gate import Withdrawals
from commarchive.federation.ledger import Row, State
from commarchive.federation.steps import Mode
from commarchive.model.entity import Rank


@dataclass(frozen=True, slots=True)
class Contribution:
    """Something of ours that stands there, with the newest row about it."""

    ours: Ours
    row: Row


@dataclass
class Past:
    """One record's past with one target.

    `standing`: by GUID here and GUID there; `newest`: by GUID here; `times`: how often a statement was made there for a
    GUID here. `item`: the item that we made there, empty if none.
    """

    standing: dict[tuple[str, str], Contribution] = field(default_factory=dict)
    newest: dict[str, Ours] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    withdrawals: Withdrawals = field(default_factory=Withdrawals)
    item: str = ""

    def contributions(self) -> list[Contribution]:
        """What stands there, in the order in which it came."""
        return list(self.standing.values())


def past_of(rows: Iterable[Row], site: str) -> Past:
    """What the rows of one record amount to, as far as they are about one target."""
    past = Past()
    for row in rows:
        if row.site == site:
            _take(past, row)
    return past


def _take(past: Past, row: Row) -> None:
    match row.state:
        case State.CONFIRMED:
            if row.new_item:
                past.item = row.item
            if row.statement:
                _add(past, row)
        case State.WITHDRAWN:
            past.standing.pop((row.statement, row.guid), None)
            if past.newest.get(row.statement) is not None and past.newest[row.statement].guid == row.guid:
                del past.newest[row.statement]
            past.withdrawals = _withdrawn(past.withdrawals, row)


def _add(past: Past, row: Row) -> None:
    key = (row.statement, row.guid)
    times = past.times.get(row.statement, 0) + (row.mode is Mode.CREATED)
    ours = Ours(row.item, row.guid, row.mode, row.said, Rank(row.rank), frozenset(row.references), times)
    before = past.standing.get(key)
    if before is not None and row.mode in {Mode.REFERENCE_ADDED, Mode.ALREADY_THERE}:
        # The statement stays what it was to us; it only has more of our references.
        ours = replace(before.ours, references=before.ours.references | ours.references)
    past.standing[key] = Contribution(ours, row)
    past.newest[row.statement] = ours
    past.times[row.statement] = times


def _withdrawn(before: Withdrawals, row: Row) -> Withdrawals:
    mark = row.newest_consent
    if not row.statement:
        return replace(before, record=mark)
    contents = {**before.contents, row.content: mark}
    if row.mode is Mode.DEPRECATED:
        # What was corrected may be said anew, as soon as it says something else.
        return replace(before, contents=contents)
    return replace(before, contents=contents, statements={**before.statements, row.statement: mark})
