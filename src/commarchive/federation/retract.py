"""Takes back what we published, and nothing of anybody else's: planned from the ledger, checked again when carried out.

Knows: what was ours as we left it, against what stands there. Must not know: how a plan is approved or sent.

| there                                             | what the plan does                        |
|---------------------------------------------------|-------------------------------------------|
| our statement as we left it, our references alone | takes the statement away                  |
| the same, and others have added references        | takes our references away                 |
| our statement, changed by others                  | nothing; a person looks                   |
| a statement of others with our reference          | takes our reference away                  |
| it is gone already                                | nothing; the ledger notes it              |
| our statement, which was wrong                    | deprecates it, with the reason            |

Items that we made stay, without our statements; `deletion_requests` has what to ask for there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from commarchive.errors import NotFoundError, StaleError, UsageError
from commarchive.federation.approve import need_author
from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.fresh import Outdated, Ready
from commarchive.federation.past import Contribution, Past
from commarchive.federation.plan import Entry, Header, Kind, LeftOut, Plan, write_plan
from commarchive.federation.service import Federation
from commarchive.federation.steps import Edit, Mode, Step
from commarchive.federation.target import Target
from commarchive.federation.words import statement_words
from commarchive.model.entity import DataValue, Entity, Rank, Snak, SnakKind, Statement
from commarchive.model.ids import entity_of_statement, is_item_id, sort_key
from commarchive.wikibase.api import chunks

WRONG = "wrong"
"""Said of a statement in a header's choices: it is to be deprecated there, not taken away."""

_OUR_OWN = frozenset({Mode.CREATED, Mode.REPLACED})


def plan_retraction(
    federation: Federation,
    target: Target,
    path: Path,
    *,
    author: str,
    what: Iterable[str] = (),
    wrong: bool = False,
    why: str = "",
    progress: Callable[[int], None] = lambda _: None,
) -> Plan:
    """Plan to take back records or statements (GUIDs here); without any, everything.

    Args:
        federation: the archive's.
        target: where it was published; read, not written.
        path: the plan's file.
        author: who plans.
        what: ids of records, GUIDs of statements.
        wrong: whether it is to be deprecated as wrong, not taken away.
        why: for the audit; without names of restricted things.
        progress: told of each number of records done.

    Raises:
        UsageError: something is neither a record's id nor a statement's GUID, or the mapping has no `corrections`.
        NotFoundError: nothing of it was published.
        RefusedError: the author is neither data steward nor steward of anything here.
        ConflictError, WikiUnavailableError, WikiRefusedError: the target is another one, or cannot be read.
    """
    need_author(federation, author)
    target.need(federation.site)
    if wrong and federation.mapping.correction is None:
        raise UsageError("the mapping does not say how something wrong is marked there", hint="add `corrections` to it")
    asked = list(dict.fromkeys(what))
    chosen = _chosen(federation, asked)
    header = Header(
        kind=Kind.RETRACT,
        archive=federation.archive.id,
        author=author,
        day=federation.today().isoformat(),
        target=federation.site,
        policy=federation.policy(),
        choices={guid: WRONG for guids in chosen.values() for guid in sorted(guids)} if wrong else {},
        whole=() if wrong else tuple(id_ for id_ in sorted(chosen, key=sort_key) if not asked or id_ in asked),
        why=why,
    )
    return write_plan(path, header, _entries(federation, target, header, chosen, progress))


@dataclass(frozen=True)
class Retraction:
    """Looks again at what is to be taken back."""

    federation: Federation
    target: Target
    plan: Plan

    def here(self, edits: Sequence[Edit]) -> None:
        """See that what is to be taken back is still ours, by the ledger.

        Raises:
            StaleError: it is not.
        """
        pasts = self.federation.pasts([edit.record for edit in edits])
        for edit in edits:
            standing = pasts[edit.record].standing
            for step in edit.steps:
                if step.statement and (step.statement, step.guid) not in standing:
                    raise StaleError(f"`{step.statement}` was taken back already, or published anew")

    def there(self, edit: Edit) -> Ready | Outdated:
        """Look at one item once more."""
        self.here([edit])
        item = self.target.entities([edit.item])[edit.item]
        past = self.federation.pasts([edit.record])[edit.record]
        guids = {step.statement for step in edit.steps}
        found = dict(_found(self.federation, item, edit.item, past, guids, self.plan.header))
        left, noted = [], []
        for planned in edit.steps:
            if not planned.statement:
                noted.append(planned)
                continue
            step = found.get((planned.statement, planned.guid))
            if isinstance(step, Block):
                return Outdated(step.words)
            if step is not None and step.mode is Mode.GONE:
                noted.append(replace(planned, mode=Mode.GONE))
            elif step is not None and _same(step, planned):
                left.append(planned)
            else:
                return Outdated(f"{edit.item} changed there in what the plan is about")
        revision = item.revision if item is not None else 0
        return Ready(replace(edit, steps=tuple(left), item_revision=revision), tuple(noted), item)


def deletion_requests(federation: Federation, target: Target, records: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Items that we made and of which nothing of ours is left, with what to write to those who delete there."""
    for some in chunks(records):
        pasts = federation.pasts(some)
        empty = {past.item: record for record, past in pasts.items() if past.item and not past.standing}
        for id_, item in target.entities(empty).items():
            if item is not None:
                yield id_, _request(federation, item)


def _request(federation: Federation, item: Entity) -> str:
    rest = len(item.statements)
    state = f"Others have added {rest} statements since." if rest else "No statement is left on it."
    return (
        f"[[{item.id}]] was made by us on behalf of the archive at {federation.archive.base_url}, which has taken back "
        f"everything that it said there. {state} Please delete it unless it is of use to you, and please hide the "
        "earlier revisions if that can be done."
    )


def _chosen(federation: Federation, asked: Sequence[str]) -> dict[str, frozenset[str]]:
    """For each record the GUIDs here of what is to be taken back."""
    records: dict[str, set[str]] = {}
    for text in asked or federation.ledger.records(federation.site):
        record = text if is_item_id(text) else entity_of_statement(text)
        if record is None:
            raise UsageError(f"`{text}` is neither a record's id nor a statement's GUID")
        records.setdefault(record, set()).update([] if text == record else [text])
    chosen = {}
    for record, past in federation.pasts(sorted(records, key=sort_key)).items():
        guids = {guid for guid, _ in past.standing}
        some = guids & records[record] if records[record] and record not in asked else guids
        if some or (past.item and not records[record]):
            chosen[record] = frozenset(some)
    if asked and not chosen:
        raise NotFoundError("nothing of that stands there, by the ledger")
    return chosen


def _entries(
    federation: Federation,
    target: Target,
    header: Header,
    chosen: Mapping[str, frozenset[str]],
    progress: Callable[[int], None],
) -> Iterator[Entry]:
    for some in chunks(sorted(chosen, key=sort_key)):
        pasts = federation.pasts(some)
        items = target.entities({c.ours.item for past in pasts.values() for c in past.contributions()})
        _ask_labels(target, items.values(), {guid for past in pasts.values() for _, guid in past.standing})
        for record in some:
            past, guids = pasts[record], chosen[record]
            touched = dict.fromkeys(c.ours.item for c in past.contributions() if c.row.statement in guids)
            for item_id in touched or [past.item]:
                found = list(_found(federation, items.get(item_id), item_id, past, guids, header))
                steps = [_worded(step, items.get(item_id), target) for _, step in found if isinstance(step, Step)]
                if record in header.whole:
                    # That all of a record was taken back counts for statements too that are yet to be written.
                    steps.append(Step("", "", Mode.GONE, ""))
                if steps:
                    yield _edit(record, item_id, items.get(item_id), steps, target)
                for key, step in found:
                    if isinstance(step, Block):
                        yield LeftOut(record, key[0], (step,))
        progress(len(some))


def _edit(record: str, item_id: str, item: Entity | None, steps: Sequence[Step], target: Target) -> Edit:
    return Edit(
        record=record,
        revision=0,
        item=item_id,
        item_revision=item.revision if item is not None else 0,
        steps=tuple(steps),
        item_label=_label(item, target),
    )


_Key = tuple[str, str]


def _found(
    federation: Federation, item: Entity | None, item_id: str, past: Past, guids: Iterable[str], header: Header
) -> Iterator[tuple[_Key, Step | Block]]:
    """What taking back comes to in one item, by GUID here and GUID there."""
    wanted = frozenset(guids)
    for contribution in past.contributions():
        row = contribution.row
        if row.item == item_id and row.statement in wanted:
            wrong = header.choices.get(row.statement) == WRONG
            correction = federation.mapping.correction if wrong else None
            yield (row.statement, row.guid), _step(contribution, item, correction)


def _step(contribution: Contribution, item: Entity | None, correction: tuple[str, str] | None) -> Step | Block:
    ours, row = contribution.ours, contribution.row
    gone = Step(row.statement, row.content, Mode.GONE, ours.guid)
    if item is None:
        return gone
    if item.id != ours.item:
        return Block(Blocker.CHANGED_THERE, f"{ours.item} was merged into {item.id} there: a person looks")
    standing = next((s for s in item.statements if s.id == ours.guid), None)
    if standing is None:
        return gone
    present = tuple(reference for reference in standing.references if reference.hash in ours.references)
    others = len(standing.references) > len(present)
    if ours.mode in _OUR_OWN and not others:
        if not ours.is_as_left(standing):
            return Block(Blocker.CHANGED_THERE, f"others changed {ours.guid} there: it is left, and a person looks")
        if correction is not None:
            return replace(gone, mode=Mode.DEPRECATED, says=_deprecated(standing, correction))
        return replace(gone, mode=Mode.REMOVED)
    if ours.mode in _OUR_OWN and not ours.is_as_left(standing):
        return Block(Blocker.CHANGED_THERE, f"others changed {ours.guid} there: it is left, and a person looks")
    return replace(gone, mode=Mode.REFERENCE_REMOVED, references=present) if present else gone


def _deprecated(standing: Statement, correction: tuple[str, str]) -> Statement:
    property_id, reason = correction
    value = {"entity-type": "item", "numeric-id": int(reason[1:]), "id": reason}
    qualifier = Snak(property_id, SnakKind.VALUE, DataValue("wikibase-entityid", value))
    qualifiers = (*standing.qualifiers, qualifier)
    return replace(standing, id="", rank=Rank.DEPRECATED, qualifiers=qualifiers, references=())


def _same(now: Step, planned: Step) -> bool:
    return now.without_words().as_json() == planned.without_words().as_json()


def _worded(step: Step, item: Entity | None, target: Target) -> Step:
    standing = next((s for s in item.statements if s.id == step.guid), None) if item is not None else None
    return replace(step, there=statement_words(standing, target.label)) if standing is not None else step


def _label(item: Entity | None, target: Target) -> str:
    return target.label(item.id) if item is not None else ""


def _ask_labels(target: Target, items: Iterable[Entity | None], guids: Collection[str]) -> None:
    there = [item for item in items if item is not None]
    snaks = [snak for item in there for s in item.statements if s.id in guids for snak in (s.mainsnak, *s.qualifiers)]
    values = [snak.value.entity_id for snak in snaks if snak.value is not None and snak.value.entity_id is not None]
    target.facts([item.id for item in there] + [snak.property_id for snak in snaks] + values)
