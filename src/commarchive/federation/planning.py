"""Makes the plan of what is to be published: reads here and there, writes nothing but the file.

Knows: the order of reading, fifty records at a time, so that memory does not grow with the archive.
Must not know: what makes a statement pass (`local.py`), or how a plan is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from commarchive.errors import UsageError
from commarchive.federation.approve import need_author
from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.compare import Comparison
from commarchive.federation.counterparts import NEW
from commarchive.federation.local import Local, Saying
from commarchive.federation.past import Past
from commarchive.federation.plan import Entry, Header, Kind, Plan, write_plan
from commarchive.federation.service import Federation
from commarchive.federation.steps import Edit
from commarchive.federation.target import Target
from commarchive.federation.words import statement_words
from commarchive.model.entity import Entity
from commarchive.model.ids import is_item_id, sort_key
from commarchive.register.consents import Scope
from commarchive.wikibase.api import chunks

Progress = Callable[[int], None]
"""Told of each number of records done."""


def plan_publication(
    federation: Federation,
    target: Target,
    path: Path,
    *,
    author: str,
    records: Iterable[str] = (),
    choices: Mapping[str, str] | None = None,
    progress: Progress = lambda _: None,
) -> Plan:
    """Plan what is to be published, of these records or of all that some consent to federate is about.

    The target is read; nothing is written there, nor here but for the file at `path`.

    Raises:
        UsageError: something that was asked for is no record's id, or a choice is none.
        RefusedError: the author is neither data steward nor steward of anything here.
        ConflictError: the target is not the one that the mapping is for.
        ClosedError, WikiUnavailableError, WikiRefusedError: the archive or the target cannot be read.
    """
    need_author(federation, author)
    for here, there in (choices or {}).items():
        if there != NEW and not (is_item_id(here) and is_item_id(there)):
            raise UsageError(
                f"`{here}={there}` is no choice", hint="`Q7=Q42`, `Q7=new`, or a statement's GUID with `=new`"
            )
    header = Header(
        kind=Kind.PUBLISH,
        archive=federation.archive.id,
        author=author,
        day=federation.today().isoformat(),
        target=federation.site,
        policy=federation.policy(),
        choices=dict(choices or {}),
    )
    wanted = _wanted(federation, records)
    with federation.saying(target, header) as saying:
        return write_plan(path, header, _entries(federation, target, saying, wanted, progress))


def candidates(federation: Federation) -> list[str]:
    """The records that some consent to federate is about, in force or not."""
    consents = federation.sources.register.consents.of()
    return sorted({c.entity for c in consents if Scope.FEDERATE_WIKIDATA in c.scope}, key=sort_key)


def edit_of(federation: Federation, local: Local, item: Entity | None, past: Past, choices: Mapping[str, str]) -> Edit:
    """The edit that one record comes to; what it leaves out is noted in `local`."""
    comparison = Comparison(
        item=item,
        ours=past.newest,
        times=past.times,
        choices=choices,
        retrieved=federation.mapping.references.retrieved,
    )
    steps, left_out = comparison.steps(local.wanted)
    for statement, block in left_out:
        local.leave_out(statement, [block])
    return Edit(
        record=local.id,
        revision=local.revision,
        item=item.id if item is not None else "",
        item_revision=item.revision if item is not None else 0,
        steps=tuple(steps),
        terms=local.terms if item is None else None,
        label=local.label,
    )


def _wanted(federation: Federation, records: Iterable[str]) -> list[str]:
    asked = list(dict.fromkeys(records))
    for id_ in asked:
        if not is_item_id(id_):
            raise UsageError(f"`{id_}` is no record's id", hint="an id such as `Q7`")
    return sorted(asked, key=sort_key) or candidates(federation)


def _entries(
    federation: Federation, target: Target, saying: Saying, wanted: Sequence[str], progress: Progress
) -> Iterator[Entry]:
    going_to: dict[str, str] = {}
    for some in chunks(wanted):
        found = saying.of(some)
        items = target.entities(local.item for local in found if local.item)
        pasts = federation.pasts(some)
        for local in found:
            edit = _edit(federation, saying, local, items, pasts[local.id], going_to)
            if edit is not None and edit.steps:
                yield _worded(edit, target)
            yield from sorted(local.left_out, key=lambda left: left.part)
        progress(len(some))


def _worded(edit: Edit, target: Target) -> Edit:
    """The edit with the target's words, so that whoever reads it sees what an id means there."""
    steps = (
        replace(step, there=statement_words(step.says, target.label)) if step.says is not None else step
        for step in edit.steps
    )
    return replace(edit, item_label=target.label(edit.item) if edit.item else "", steps=tuple(steps))


def _edit(
    federation: Federation,
    saying: Saying,
    local: Local,
    items: Mapping[str, Entity | None],
    past: Past,
    going_to: dict[str, str],
) -> Edit | None:
    if local.item is None or not local.wanted:
        return None
    item = items[local.item] if local.item else None
    if local.item and item is None:
        local.leave_out("", [Block(Blocker.NOT_THERE, f"the target has no {local.item} (any more)")])
        return None
    if item is not None and going_to.setdefault(item.id, local.id) != local.id:
        words = f"`{going_to[item.id]}` goes to {item.id} there too: a person looks which of the two it is"
        local.leave_out("", [Block(Blocker.CHOICE, words)])
        return None
    return edit_of(federation, local, item, past, saying.matcher.choices)
