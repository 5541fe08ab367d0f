"""Cases that stewards write down of their protocols, tried on the engine that answers everybody.

Knows: how a case becomes a record, a person and an instant. Must not know: files, registers, or who wrote it.

The record is live (unless the case says otherwise), of the protocol's community, says nothing but its condition, and
stewards have released what it says: what is tried is the rule, not whether somebody forgot to release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import UTC, date, datetime, time
from typing import Protocol

from commarchive.model.archive import Archive, RecordState
from commarchive.model.entity import DataValue, Entity, Snak, SnakKind, Statement
from commarchive.model.schema import Control
from commarchive.policy import targets
from commarchive.policy.condition import PUBLIC
from commarchive.policy.decide import Decision, evaluate
from commarchive.policy.guards import compile_guards
from commarchive.policy.ratchet import Release, released
from commarchive.policy.said import read_said
from commarchive.policy.standing import Membership, MembershipState, Principal, Role, standing, zone_of
from commarchive.policy.vocabulary import Vocabulary

_RECORD = "Q1"
_PROPERTIES: Mapping[Control, str] = {control: f"P{number}" for number, control in enumerate(Control, start=1)}
_VOCABULARY = Vocabulary(controls={property_id: control for control, property_id in _PROPERTIES.items()})
_RELEASED = (Release(targets.ENTITY, str(PUBLIC), 1), Release(targets.STATE, str(RecordState.LIVE), 1))


class Case(Protocol):
    """Who asks for what, when: what `manifest.ProtocolExample` has.

    `at` is a time in the archive's zone, None where any will do; `until` the first day on which the memberships count
    no more.
    """

    @property
    def member_of(self) -> Set[str]:
        """Groups of which the person is a member."""

    @property
    def steward_of(self) -> Set[str]:
        """Groups of which the person is a steward."""

    @property
    def blocked_in(self) -> Set[str]:
        """Groups in which the person is blocked."""

    @property
    def until(self) -> date | None:
        """When the memberships end."""

    @property
    def condition(self) -> str:
        """What the record says."""

    @property
    def state(self) -> RecordState:
        """The record's state."""

    @property
    def at(self) -> datetime | None:
        """When it is asked."""


def try_case(case: Case, *, community: str, archive: Archive, now: datetime) -> Decision:
    """What the engine answers in a case, and why.

    Args:
        case: who asks for what.
        community: the record's, which is that of the protocol whose stewards wrote the case.
        archive: its communities and protocols.
        now: an aware instant, for cases in which any time will do.
    """
    record = _record(community, case.condition, case.state)
    said = read_said(record, archive, _VOCABULARY)
    guards = compile_guards(said, released((), _RELEASED), archive, held=False)
    instant = now if case.at is None else _in_zone(case.at, archive)
    decision = evaluate(guards, targets.ENTITY, standing(_person(case, archive), archive, instant))
    problems = [f"`{problem.text}`: {problem.why}" for problem in said.problems]
    return Decision(decision.allowed, "; ".join([decision.reason, *problems]))


def _record(community: str, condition: str, state: RecordState) -> Entity:
    said = {Control.COMMUNITY: community, Control.ACCESS_CONDITION: condition, Control.RECORD_STATE: str(state)}
    statements = (
        Statement(str(control), Snak(_PROPERTIES[control], SnakKind.VALUE, DataValue("string", text)))
        for control, text in said.items()
    )
    return Entity(_RECORD, "item", statements=tuple(statements), revision=1)


def _person(case: Case, archive: Archive) -> Principal:
    until = None if case.until is None else _in_zone(datetime.combine(case.until, time.min), archive)
    return Principal(
        "somebody",
        (
            *_held(case.member_of, Role.MEMBER, until),
            *_held(case.steward_of, Role.STEWARD, until),
            *(Membership(group, state=MembershipState.BLOCKED) for group in sorted(case.blocked_in)),
        ),
    )


def _held(groups: Iterable[str], role: Role, until: datetime | None) -> Iterable[Membership]:
    return (Membership(group, role, until=until) for group in sorted(groups))


def _in_zone(moment: datetime, archive: Archive) -> datetime:
    # In a zone that is not known every date and season is closed, so that it does not matter which is taken instead.
    return moment.replace(tzinfo=zone_of(archive.zone) or UTC)
