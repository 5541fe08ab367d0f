"""What keeps something here from being published there, each reason by its name and in words.

Knows: the reasons. Must not know: how they are found, or any content; words name ids, protocols and labels only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Blocker(StrEnum):
    """A reason, as plans and reports write it."""

    # What the archive's people decided.
    NOT_PUBLIC = "not-public"
    NOT_WHOLE = "not-whole"
    NOT_RELEASED = "not-released"
    NOT_FOR_GOOD = "not-for-good"
    HELD = "held"
    NO_CONSENT = "no-consent"
    WITHDRAWN = "withdrawn"
    PROTOCOL = "protocol"
    LABEL = "label"
    NO_CC0 = "no-cc0"
    LIVING_PERSON = "living-person"
    # What cannot be said there without loss.
    UNMAPPED = "unmapped"
    DATATYPE = "datatype"
    NO_COUNTERPART = "no-counterpart"
    VALUE = "value"
    TOO_EXACT = "too-exact"
    TOO_LONG = "too-long"
    LANGUAGE = "language"
    RANK = "rank"
    NO_ADDRESS = "no-address"
    # What stands there.
    NOT_THERE = "not-there"
    CHOICE = "choice"
    SIMILAR_THERE = "similar-there"
    DEPRECATED_THERE = "deprecated-there"
    CHANGED_THERE = "changed-there"
    TWICE = "twice"


PEOPLE_DECIDED = frozenset(
    {
        Blocker.NOT_PUBLIC,
        Blocker.NOT_WHOLE,
        Blocker.NOT_RELEASED,
        Blocker.NOT_FOR_GOOD,
        Blocker.HELD,
        Blocker.NO_CONSENT,
        Blocker.WITHDRAWN,
        Blocker.PROTOCOL,
        Blocker.LABEL,
        Blocker.NO_CC0,
        Blocker.LIVING_PERSON,
    }
)
"""Reasons that stand in the archive's own rules: where one of them arises, something was refused, not outdated."""


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """One reason with its words, such as `held`: "a hold lies on `Q7`"."""

    blocker: Blocker
    words: str
