"""Decisions with reasons: for one target, and for many guards at once.

Knows: how to put into words why a guard holds or does not. Must not know: who is allowed to read a reason.

A reason names protocols and dates, so it is for stewards and for the person it is about, never for a stranger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from commarchive.policy import targets
from commarchive.policy.condition import (
    CLOSED,
    After,
    All,
    AnyOf,
    Atom,
    Before,
    Closed,
    Condition,
    Members,
    Public,
    Shares,
    Situation,
    Stewards,
    all_of,
    holds,
)
from commarchive.policy.guards import Guards
from commarchive.policy.targets import Target


@dataclass(frozen=True, slots=True)
class Decision:
    """Allow or deny, and why."""

    allowed: bool
    reason: str


def evaluate(guards: Guards, target: Target, situation: Situation) -> Decision:
    """Whether a principal sees a target by its conditions; entities that it mentions are a matter of `redact`.

    A qualifier or reference needs its statement, and everything needs its entity.
    """
    condition = full_condition(guards, target)
    allowed = holds(condition, situation)
    return Decision(allowed, "; ".join(reasons(condition, situation)))


def full_condition(guards: Guards, target: Target) -> Condition:
    """Everything that a target stands in and its own condition, together; what is no target is closed."""
    kind = target.partition(":")[0]
    if target == targets.ENTITY:
        return guards.entity
    if target in (targets.STATE, targets.OUTSIDERS_SEE, targets.STEWARDS):
        return all_of((guards.entity, guards.control))
    if kind not in ("statement", "qualifier", "reference", "term"):
        return CLOSED
    statement = targets.statement_of(target)
    enclosing = (guards.entity,) if statement is None else (guards.entity, guards.part(statement))
    return all_of((*enclosing, guards.part(target)))


def satisfied(conditions: Iterable[Condition], situation: Situation) -> frozenset[Condition]:
    """Those conditions that hold: what a list is filtered by."""
    return frozenset(condition for condition in conditions if holds(condition, situation))


def reasons(condition: Condition, situation: Situation) -> Iterator[str]:
    """Why a condition holds or not, in words; what decides comes alone."""
    if situation.custodian:
        yield "a custodian of the wiki sees everything"
        return
    for atom in deciding(condition, situation):
        yield _of_atom(atom, yes=holds(atom, situation))


def deciding(condition: Condition, situation: Situation) -> Iterator[Atom]:
    """The atoms because of which a condition holds or not: of those that are met one is enough, of others all tell."""
    match condition:
        case All(parts):
            for part in [part for part in parts if not holds(part, situation)] or parts:
                yield from deciding(part, situation)
        case AnyOf(parts):
            for part in tuple(part for part in parts if holds(part, situation))[:1] or parts:
                yield from deciding(part, situation)
        case _:
            yield condition


def _of_atom(atom: Atom, *, yes: bool) -> str:
    match atom:
        case Public():
            return "open to everyone"
        case Closed():
            return "closed to all but custodians"
        case Shares(protocol):
            return f"shares in `{protocol}`" if yes else f"does not share in `{protocol}` (now)"
        case Members(group):
            return f"{'is' if yes else 'is not'} a member of `{group}` (now)"
        case Stewards(group):
            return f"{'is' if yes else 'is not'} a steward of `{group}`"
        case After(day):
            return f"{'since' if yes else 'not before'} {day.isoformat()}"
        case Before(day):
            return f"{'until' if yes else 'no longer since'} {day.isoformat()}"
    return str(atom)
