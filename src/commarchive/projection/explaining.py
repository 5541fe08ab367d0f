"""Why somebody sees or does not see each part of a record, in words for its stewards.

Knows: everything that is said, released and in force. Must not know: who reads the explanation; callers show it to
stewards and to whoever runs commands on the archive's machine, never to strangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from commarchive.model.entity import Entity, Statement
from commarchive.policy import targets
from commarchive.policy.condition import PUBLIC
from commarchive.policy.decide import evaluate
from commarchive.policy.said import term_targets
from commarchive.policy.standing import Standing
from commarchive.policy.targets import Target
from commarchive.projection.governance import Governance

_BY_WHAT_IT_NAMES = "names something that this person may not know of, or is kept for stewards"


@dataclass(frozen=True, slots=True)
class Line:
    """One part: what it is, whether it is seen, why, and how that came about."""

    part: str
    seen: bool
    because: str
    said: str
    released: str
    in_force: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A whole record's lines for one person."""

    entity: str
    person: str
    state: str
    held: bool
    outsiders_see: str
    problems: tuple[str, ...]
    lines: tuple[Line, ...]

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    def as_text(self) -> str:
        """As lines for a terminal."""
        held = ", held" if self.held else ""
        rows = [f"{self.entity} as {self.person} ({self.state}{held}; outsiders see: {self.outsiders_see})"]
        rows += [f"  cannot be read, so closed: {problem}" for problem in self.problems]
        for line in self.lines:
            rows.append(f"  {'seen  ' if line.seen else 'hidden'}  {line.part}: {line.because}")
            if line.in_force != str(PUBLIC):
                rows.append(f"          said {line.said}, released {line.released}, in force {line.in_force}")
        return "\n".join(rows)


def explain(
    entity: Entity,
    redacted: Entity | None,
    governance: Governance,
    standing: Standing,
    *,
    person: str,
    controls: frozenset[str],
) -> Explanation:
    """Explain a record, part by part.

    Args:
        entity: the record, unredacted.
        redacted: as the person sees it; None where they do not see it.
        governance: how it is governed.
        standing: what the person amounts to now.
        person: their name.
        controls: the properties that say who may see something.
    """
    shown = set(_parts(redacted, entity, controls)) if redacted is not None else set()
    lines = []
    for target, name in _parts(entity, entity, controls):
        decision = evaluate(governance.guards, target, standing)
        seen = (target, name) in shown
        lines.append(
            Line(
                part=name,
                seen=seen,
                because=decision.reason if seen == decision.allowed else _BY_WHAT_IT_NAMES,
                said=str(governance.said.conditions.get(target, "nothing")),
                released=str(governance.released_of(target)),
                in_force=str(governance.in_force_of(target)),
            )
        )
    return Explanation(
        entity=entity.id,
        person=person,
        state=str(governance.in_force.state),
        held=governance.held,
        outsiders_see=governance.guards.stub.word,
        problems=tuple(f"{problem.target} `{problem.text}`: {problem.why}" for problem in governance.problems),
        lines=tuple(lines),
    )


def _parts(entity: Entity, of: Entity, controls: frozenset[str]) -> Iterator[tuple[Target, str]]:
    yield targets.ENTITY, "the record"
    for target in term_targets(entity):
        yield target, target.removeprefix("term:").replace("@", " in ")
    originals = {statement.id: statement for statement in of.statements}
    for statement in entity.statements:
        yield targets.statement(statement.id), f"{statement.property_id} {statement.id}"
        for property_id in dict.fromkeys(snak.property_id for snak in statement.qualifiers):
            yield targets.qualifiers(statement.id, property_id), f"  qualifier {property_id} of {statement.id}"
        yield from _references(statement, originals[statement.id], controls)


def _references(statement: Statement, original: Statement, controls: frozenset[str]) -> Iterator[tuple[Target, str]]:
    # A reference that lost snaks has another hash, so it is recognised by any of its snaks.
    left = {snak.hash for reference in statement.references for snak in reference.snaks}
    for number, reference in enumerate(original.references, start=1):
        if left & {snak.hash for snak in reference.snaks}:
            key = targets.reference_key(reference, controls)
            yield targets.reference(statement.id, key), f"  reference {number} of {statement.id}"
