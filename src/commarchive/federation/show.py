"""A plan as sentences, for people who know nothing of Wikidata: what will be said where, and what cannot be undone.

Knows: words. Must not know: how a plan is carried out; everything it says stands in the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from commarchive.federation.approve import Agreement
from commarchive.federation.plan import Kind, LeftOut, Plan
from commarchive.federation.steps import Edit, Mode, Step

_FOR_EVER = """\
For ever, whatever is decided later:
  - it stays in the public history of the page there, with the account's name and the time;
  - everybody may copy it and use it for anything, unasked and unnamed (CC0), and many do at once;
  - what others build on it there is theirs."""

_TAKEN_BACK = """\
Can be taken back, with `commarchive federate retract`:
  - each new statement, as long as others have not changed it or added sources of their own;
  - each of our references.
  New items stay, without our statements; only people there can delete them, and they are asked to."""

_MODES = {
    Mode.CREATED: "says new",
    Mode.REFERENCE_ADDED: "adds our reference to what others say",
    Mode.ALREADY_THERE: "says so already, with our reference; it is only noted",
    Mode.REPLACED: "changes what we said before to",
    Mode.REMOVED: "takes away our statement",
    Mode.REFERENCE_REMOVED: "takes away our reference, and leaves the statement to others",
    Mode.DEPRECATED: "marks our statement as wrong",
    Mode.GONE: "is gone there already; it is only noted",
}


def sentences(plan: Plan, agreement: Agreement | None = None, *, most_left_out: int = 20) -> Iterator[str]:
    """The plan line by line; of what is left out for the same reasons, only so many are named one by one."""
    header, counts = plan.header, plan.counts
    publishes = header.kind is Kind.PUBLISH
    yield f"Plan {plan.digest}"
    yield f"by {header.author}, {header.day}, to {'publish at' if publishes else 'take back from'} {header.target}"
    if header.why:
        yield f"because: {header.why}"
    yield f"{counts.edits} items there change, {counts.new_items} of them new, in {counts.steps} statements"
    if agreement is not None:
        people = ", ".join(agreement.people) or "nobody yet"
        yield f"agreed: {people} ({agreement.needed} needed)"
    yield ""
    left_out: list[LeftOut] = []
    for entry in plan.entries():
        if isinstance(entry, Edit):
            yield from _edit(entry)
        else:
            left_out.append(entry)
    yield from _left_out(left_out, most_left_out)
    if publishes and counts.edits:
        yield from ("", _FOR_EVER, "", _TAKEN_BACK)


def _edit(edit: Edit) -> Iterator[str]:
    here = _named(edit.label, edit.record)
    if edit.terms is not None:
        yield f"{here}: a new item is made there"
        for language, text in sorted(edit.terms.labels.items()):
            yield f"  called “{text}” ({language})"
        for language, text in sorted(edit.terms.descriptions.items()):
            yield f"  described as “{text}” ({language})"
        for language, texts in sorted(edit.terms.aliases.items()):
            yield f"  also called {', '.join(f'“{text}”' for text in texts)} ({language})"
    else:
        yield f"{here}: the item {_named(edit.item_label, edit.item)} there"
    for step in edit.steps:
        yield from _step(step)


def _step(step: Step) -> Iterator[str]:
    if not step.statement:
        yield "  nothing of it is published again without a new consent"
        return
    yield f"  {_MODES[step.mode]}: {_statement(step.there or step.words)}".rstrip(": ")
    if step.there and step.words:
        yield f"    here: {_statement(step.words)}"


def _statement(words: tuple[str, ...]) -> str:
    if not words:
        return ""
    property_, value, *qualifiers = words
    return f"{property_}: {value}" + (f" ({'; '.join(qualifiers)})" if qualifiers else "")


def _left_out(left_out: Iterable[LeftOut], most: int) -> Iterator[str]:
    found = list(left_out)
    if not found:
        return
    yield ""
    yield f"Left out: {len(found)}"
    by_words = Counter(block.words for left in found for block in left.blocks)
    if len(found) > most:
        for words, count in by_words.most_common():
            yield f"  {count} × {words}"
        return
    for left in found:
        yield f"  {_named(left.label, left.record)}{f' {left.part}' if left.part else ''}"
        for block in left.blocks:
            yield f"    {block.blocker}: {block.words}"


def _named(label: str, id_: str) -> str:
    return f"{label} ({id_})" if label else id_
