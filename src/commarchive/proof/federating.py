"""The part of the demo's story that leaves the archive: consent, plan, approval, apply, verify, and taking back.

Knows: the order of that part, and what each step promises. Must not know: how any of it is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from commarchive.deploy.services import Services
from commarchive.deploy.wiki import WikiConnection
from commarchive.errors import ApprovalError
from commarchive.federation import Federation
from commarchive.federation.apply import Means, apply_plan
from commarchive.federation.approve import approve
from commarchive.federation.blockers import Blocker
from commarchive.federation.plan import Entry, LeftOut, Plan
from commarchive.federation.planning import plan_publication
from commarchive.federation.retract import deletion_requests, plan_retraction
from commarchive.federation.target import Target
from commarchive.federation.verify import verify
from commarchive.policy.standing import VISITOR
from commarchive.proof import people
from commarchive.proof.stand_in import KNOWN, fill
from commarchive.register.consents import Consent, Scope

Told = tuple[str, tuple[str, ...], bool]
"""A step: what was done, the figures, whether it went as promised."""

PLAN, AGAIN, BACK = "plan.jsonl", "plan-again.jsonl", "back.jsonl"


class Federating:
    """Publishes the demo's inventory to a second embedded wiki that stands in for Wikidata."""

    def __init__(self, archive: Services, there: WikiConnection, folder: Path) -> None:
        self._archive = archive
        self._folder = folder
        self._federation = Federation.of(archive.manifest, archive.ids, archive.register, archive.projection)
        self._there = there
        self._elements: list[str] = []

    def run(self) -> Iterator[Told]:
        """Tell the story, step by step."""
        known = fill(self._archive.manifest, self._archive.ids, self._folder / "tables")
        yield self._consent()
        choices, told = self._first_plan(known)
        yield told
        plan, told = self._plan(choices)
        yield told
        yield self._apply(plan)
        yield self._verify()
        yield self._take_back(known)

    @property
    def _target(self) -> Target:
        return self._federation.target(self._there.client.api)

    def _consent(self) -> Told:
        element = self._archive.ids.items["heritage-element"]
        instance_of = self._archive.ids.properties["instance-of"]
        with self._archive.projection.view(VISITOR) as view:
            self._elements = list(view.items(where={instance_of: element}, limit=1000).ids)
        for id_ in self._elements:
            groups = self._archive.projection.governance([id_])[id_].groups
            consent = Consent(
                entity=id_,
                person="those who compiled the table",
                scope=frozenset({Scope.FEDERATE_WIKIDATA}),
                basis="the table is public knowledge, and was released as CC0",
            )
            self._archive.register.consents.record(consent, by=people.DATA_STEWARD, groups=groups)
        facts = (f"{len(self._elements)} elements of the inventory, and nothing else, may go",)
        return "consent recorded, record by record", facts, bool(self._elements)

    def _first_plan(self, known: dict[str, str]) -> tuple[dict[str, str], Told]:
        plan = self._made(PLAN, {})
        waiting = [entry for entry in plan.entries() if _asks_a_person(entry)]
        choices = {
            left.record: known[left.label] for left in waiting if isinstance(left, LeftOut) and left.label in known
        }
        facts = (
            f"{plan.counts.edits} items there would change, {plan.counts.new_items} of them new",
            f"{len(waiting)} elements have a namesake there: a person says which is which",
        )
        promised = len(choices) == len(waiting) == KNOWN and plan.counts.edits == len(self._elements) - KNOWN
        return choices, ("a plan, which writes nothing", facts, promised)

    def _plan(self, choices: dict[str, str]) -> tuple[Plan, Told]:
        plan = self._made(PLAN, choices)
        refused = False
        try:
            approve(self._federation, plan, by=people.DATA_STEWARD)
        except ApprovalError:
            refused = True
        agreed = approve(self._federation, plan, by=people.REVIEWER)
        facts = (
            f"{plan.counts.edits} items in {plan.counts.steps} statements, plan {plan.digest[:12]}",
            f"its author may not approve it; {', '.join(agreed.people)} did",
        )
        promised = refused and agreed.is_enough and plan.counts.edits == len(self._elements)
        return plan, ("the plan approved, by somebody who did not make it", facts, promised)

    def _apply(self, plan: Plan) -> Told:
        first = self._carried_out(plan)
        again = self._made(AGAIN, dict(plan.header.choices))
        facts = (
            f"{first} edits made",
            f"a second plan has {again.counts.edits} edits",
            f"the ledger has {self._federation.ledger.verify().seq} rows, chained",
        )
        return "applied, each statement once", facts, first == plan.counts.edits and not again.counts.edits

    def _verify(self) -> Told:
        report = verify(self._federation, self._target)
        facts = (f"{report.checked} statements looked at, {len(report.findings)} differ",)
        return "verified: it stands there as it was sent", facts, report.is_clean and report.checked > 0

    def _take_back(self, known: dict[str, str]) -> Told:
        shared = next(id_ for id_ in self._elements if self._place(id_) in known.values())
        ours = next(id_ for id_ in self._elements if self._place(id_) not in known.values())
        for id_ in (shared, ours):
            groups = self._archive.projection.governance([id_])[id_].groups
            (consent,) = self._archive.register.consents.of(id_)
            self._archive.register.consents.withdraw(consent.id, by=people.DATA_STEWARD, groups=groups)
        plan = plan_retraction(
            self._federation, self._target, self._folder / BACK, author=people.DATA_STEWARD, what=[shared, ours]
        )
        approve(self._federation, plan, by=people.REVIEWER)
        self._carried_out(plan)
        left = self._target.entities([self._place(shared), self._place(ours)])
        others, empty = left[self._place(shared)], left[self._place(ours)]
        requests = dict(deletion_requests(self._federation, self._target, [ours]))
        again = self._made(AGAIN, {})
        facts = (
            f"{shared}: {len(others.statements) if others else 0} statements of others are left, as they were",
            f"{ours}: the item that we made is empty; a text asks those there to delete it",
            "neither is sent again without a new consent",
        )
        promised = bool(others and others.statements and empty and not empty.statements and len(requests) == 1)
        return "two consents withdrawn, and what they allowed taken back", facts, promised and not again.counts.edits

    def _place(self, record: str) -> str:
        return next(row.item for row in self._federation.ledger.rows(record=record) if row.item)

    def _made(self, name: str, choices: dict[str, str]) -> Plan:
        path = self._folder / name
        return plan_publication(self._federation, self._target, path, author=people.DATA_STEWARD, choices=choices)

    def _carried_out(self, plan: Plan) -> int:
        config = self._archive.manifest.federation
        means = Means(edits_per_minute=config.edits_per_minute if config else 60, settle=self._there.settle)
        return len(apply_plan(self._federation, self._target, plan, by=people.DATA_STEWARD, means=means).sent)


def _asks_a_person(entry: Entry) -> bool:
    return isinstance(entry, LeftOut) and any(block.blocker is Blocker.CHOICE for block in entry.blocks)
