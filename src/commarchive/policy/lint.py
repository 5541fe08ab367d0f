"""What may not be meant: conditions, protocols and Labels that are possible and do something unexpected.

Knows: what is suspicious, and in which words to say so. Must not know: where records are kept, what the Hub said, who
reads; words name ids, protocols, conditions and Labels, and no title.

Nothing here decides about access. An *error* is to be mended or to be given a reason by a steward; *advice* is to be
looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from commarchive.model.archive import AccessProtocol
from commarchive.model.local_contexts import RENAMED, Bearing, Kind, Mark, mark_of
from commarchive.policy import targets
from commarchive.policy.attaching import Attached
from commarchive.policy.condition import CLOSED, All, AnyOf, Condition, Shares, Stewards, atoms
from commarchive.policy.reach import Openness, Reach
from commarchive.policy.targets import Target

_FEW = 5


class Severity(StrEnum):
    """How much it matters."""

    ERROR = "error"
    ADVICE = "advice"


class Suspicion(StrEnum):
    """What is suspected, as reports write it."""

    LABEL_ON_OPEN = "label-on-open"
    UNKNOWN_LABEL = "unknown-label"
    OPEN_BESIDE_STRICT = "open-beside-strict"
    FOR_NOBODY = "for-nobody"
    UNREADABLE = "unreadable"
    OWNERLESS = "ownerless"
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class Reason:
    """What a steward's reason is for: that a Label may stand on something, while this condition is in force for it."""

    about: str
    part: Target
    word: str
    condition: str


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to look at: `about` is an id, `part` a part of a record, `words` say what, `remedy` what would help.

    `reason`: what a steward can give a reason for, so that it is no concern any more.
    """

    suspicion: Suspicion
    severity: Severity
    about: str
    words: str
    remedy: str = ""
    part: Target = targets.ENTITY
    reason: Reason | None = None

    def __str__(self) -> str:
        place = self.about if self.part == targets.ENTITY else f"{self.about} {self.part}"
        return f"{self.severity}: {place}: {self.words}" + (f"; {self.remedy}" if self.remedy else "")


@dataclass(frozen=True, slots=True)
class Carried:
    """A Label or Notice, wherever it comes from.

    `word`: its abbreviation, or the Hub's word; `mark`: what it is, None where that is not known; `origin`: where it
    comes from, in words, where that is not the thing itself.
    """

    word: str
    mark: Mark | None
    origin: str = ""


def concerns_of_protocols(reach: Reach, reasons: frozenset[Reason] = frozenset()) -> Iterator[Concern]:
    """Communities and protocols without the stewards they need, and protocols whose own Labels contradict them."""
    for community in reach.archive.communities:
        yield from _ownerless(community, 1, reach)
    for protocol in reach.archive.protocols.values():
        yield from _ownerless(protocol.id, protocol.stewards_min, reach)
        condition = Shares(protocol.id)
        if reach.is_for_nobody(condition):
            words = "nobody shares in it, or ever will as things stand"
            yield Concern(Suspicion.FOR_NOBODY, Severity.ADVICE, protocol.id, words, _who_could(protocol))
        for word in protocol.labels:
            yield from concerns_of_mark(
                Carried(word, mark_of(word)), about=protocol.id, condition=condition, reach=reach, reasons=reasons
            )


def concerns_of_conditions(places: Mapping[Condition, Sequence[str]], reach: Reach) -> Iterator[Concern]:
    """Conditions by which something closes nothing: each with the places where it is said."""
    for condition, where in places.items():
        for node in open_beside_strict(condition, reach):
            words = f"`{node}` is public, so that what stands beside the open part closes nothing"
            if node != condition:
                words += f", in `{condition}`"
            remedy = "`all(…)` if both are meant; `public` if nothing is"
            yield Concern(Suspicion.OPEN_BESIDE_STRICT, Severity.ADVICE, listed(where), words, remedy)


def concerns_of_reach(places: Mapping[Condition, Sequence[str]], reach: Reach) -> Iterator[Concern]:
    """Conditions that are in force and that nobody satisfies: each with the places where it is."""
    for condition, where in places.items():
        if reach.is_for_nobody(condition):
            words = "nobody can ever satisfy it" if condition == CLOSED else _nobody(condition)
            remedy = "another condition, or members who satisfy it"
            yield Concern(
                Suspicion.FOR_NOBODY, Severity.ADVICE, listed(where), f"`{condition}` is in force, and {words}", remedy
            )


def concerns_of_mark(
    carried: Carried,
    *,
    about: str,
    condition: Condition,
    reach: Reach,
    part: Target = targets.ENTITY,
    reasons: frozenset[Reason] = frozenset(),
) -> Iterator[Concern]:
    """What is wrong with a Label or Notice on something that has this condition.

    A Label that asks who may see is contradicted where everybody may, even if only at times; one that asks for a season
    only where everybody may all year. What a Label of a later year asks for cannot be told, so it counts as asking.
    """
    openness = reach.openness(condition)
    if carried.mark is None:
        asks = openness > Openness.NEVER
        words = f"{_named(carried)} is not known to this version, so that nobody can tell what it asks for"
    elif Bearing.WHO in carried.mark.bearings:
        asks = openness > Openness.NEVER
        words = f"{_named(carried)} says that not everybody may see it, and everybody may"
    else:
        asks = Bearing.WHEN in carried.mark.bearings and openness is Openness.ALWAYS
        words = f"{_named(carried)} says that it has its season, and everybody may see it all year"
    reason = Reason(about, part, carried.word, str(condition))
    if not asks or reason in reasons:
        return
    if openness is Openness.AT_TIMES and carried.mark is not None:
        words += " at times"
    # A Notice is no community's word: it asks somebody to look.
    notice = carried.mark is not None and carried.mark.kind is Kind.NOTICE
    severity = Severity.ADVICE if notice else Severity.ERROR
    remedy = "close it, or have a steward give a reason: `commarchive label justify`"
    yield Concern(Suspicion.LABEL_ON_OPEN, severity, about, words, remedy, part, reason)


def concerns_of_attached(attached: Attached, *, about: str) -> Iterator[Concern]:
    """What is wrong with the word itself that a record carries."""
    kind, mark = attached.kind, mark_of(attached.word)
    if kind is None or (mark is not None and mark.kind is kind):
        return
    if mark is not None:
        words, remedy = (
            f"`{attached.word}` is a {mark.kind.title()}, and stands as a {kind.title()}",
            "the other property",
        )
    else:
        words = f"`{attached.word[:40]}` is no {kind.title()} of Local Contexts"
        near = RENAMED.get(attached.word)
        remedy = f"`{near}` today" if near else "an abbreviation such as `TK A`"
    yield Concern(Suspicion.UNKNOWN_LABEL, Severity.ADVICE, about, words, remedy, attached.target)


def open_beside_strict(condition: Condition, reach: Reach) -> Iterator[Condition]:
    """Each `any(…)` in a condition that is public because one of its parts is an open protocol, and names another."""
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from open_beside_strict(part, reach)
    if isinstance(condition, AnyOf):
        # What a date has opened was meant to open; an open protocol beside a strict one was most likely not.
        is_open = [reach.openness(part) is Openness.ALWAYS for part in condition.parts]
        shares = [any(isinstance(atom, Shares) for atom in atoms(part)) for part in condition.parts]
        if any(o and s for o, s in zip(is_open, shares, strict=True)) and not all(is_open):
            yield condition


def _ownerless(group: str, least: int, reach: Reach) -> Iterator[Concern]:
    there = reach.stewards_of(group)
    if there < least:
        words = f"it has {there} steward{'' if there == 1 else 's'}, and must have {least}"
        remedy = f"`commarchive member add PERSON {group} --role steward`"
        yield Concern(Suspicion.OWNERLESS, Severity.ERROR, group, words, remedy)


def _who_could(protocol: AccessProtocol) -> str:
    return (
        f"members: `commarchive member add PERSON {protocol.id}`" if protocol.season is None else "members, or a season"
    )


def _nobody(condition: Condition) -> str:
    stewards = any(isinstance(atom, Stewards) for atom in atoms(condition))
    return "no member or steward satisfies it" if stewards else "no member satisfies it"


def _named(carried: Carried) -> str:
    kind = carried.mark.kind.title() if carried.mark is not None else "Label"
    return f"the {kind} `{carried.word}`" + (f" ({carried.origin})" if carried.origin else "")


def listed(where: Iterable[str]) -> str:
    """Some places, and how many more there are."""
    places = list(dict.fromkeys(where))
    more = len(places) - _FEW
    return ", ".join(places[:_FEW]) + (f" and {more} more" if more > 0 else "")
