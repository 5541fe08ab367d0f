"""Conditions: monotone formulas over memberships and dates, their text and their meaning.

Knows: the language of conditions (`all(elders, any(singers, dancers))`) and when a formula holds for a standing.
Must not know: where a condition was said, which protocols exist (see `bind`, which is told), or what time it is.

There is no negation, so that no membership can ever hide anything. A formula with nothing inside is closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

MAX_LENGTH = 400
"""Characters in a condition that a person writes: stock Wikibase's limit of a string."""
MAX_DEPTH = 16
"""How deep conditions may nest."""


class ConditionError(ValueError):
    """The text is no condition; the message says why and where."""


@dataclass(frozen=True, slots=True)
class Public:
    """Everyone."""

    def __str__(self) -> str:
        return "public"


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody (but custodians, for whom nothing is closed)."""

    def __str__(self) -> str:
        return "any()"


@dataclass(frozen=True, slots=True)
class Shares:
    """Those who share in a protocol: its members in its season; everyone, if it is open."""

    protocol: str

    def __str__(self) -> str:
        return self.protocol


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a protocol or community; of the entity's own community where none is named."""

    group: str | None

    def __str__(self) -> str:
        return "members" if self.group is None else f"members({self.group})"


@dataclass(frozen=True, slots=True)
class Stewards:
    """The stewards of a protocol or community; of the entity's own community where none is named."""

    group: str | None

    def __str__(self) -> str:
        return "stewards" if self.group is None else f"stewards({self.group})"


@dataclass(frozen=True, slots=True)
class After:
    """From the first instant of a day on, in the archive's zone."""

    day: date

    def __str__(self) -> str:
        return f"after({self.day.isoformat()})"


@dataclass(frozen=True, slots=True)
class Before:
    """Until the first instant of a day, in the archive's zone."""

    day: date

    def __str__(self) -> str:
        return f"before({self.day.isoformat()})"


@dataclass(frozen=True, slots=True)
class All:
    """All of the parts; closed when there are none."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return f"all({', '.join(map(str, self.parts))})"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the parts; closed when there are none."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return f"any({', '.join(map(str, self.parts))})"


Atom = Public | Closed | Shares | Members | Stewards | After | Before
Condition = Atom | All | AnyOf

PUBLIC = Public()
CLOSED = Closed()


class Situation(Protocol):
    """What a condition is asked against: one principal at one instant."""

    @property
    def custodian(self) -> bool:
        """Whether the principal is a custodian of the wiki, for whom nothing is closed."""

    @property
    def shares(self) -> Set[str]:
        """Protocols that the principal shares in now."""

    @property
    def member_of(self) -> Set[str]:
        """Protocols and communities of which the principal is a member now."""

    @property
    def steward_of(self) -> Set[str]:
        """Protocols and communities of which the principal is a steward now."""

    def reached(self, day: date) -> bool | None:
        """Whether the first instant of the day, in the archive's zone, is not later than now; None if nobody knows."""


def holds(condition: Condition, situation: Situation) -> bool:
    """Whether the condition holds. Custodians satisfy everything, closed things included."""
    return situation.custodian or _holds(condition, situation)


def _holds(condition: Condition, situation: Situation) -> bool:
    match condition:
        case Public():
            return True
        case Shares(protocol):
            return protocol in situation.shares
        case Members(group):
            return group is not None and group in situation.member_of
        case Stewards(group):
            return group is not None and group in situation.steward_of
        case After(day):
            return situation.reached(day) is True
        case Before(day):
            return situation.reached(day) is False
        case All(parts):
            return bool(parts) and all(_holds(part, situation) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, situation) for part in parts)
    return False


def atoms(condition: Condition) -> Iterator[Atom]:
    """Every atom of the formula, with repetitions."""
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from atoms(part)
    else:
        yield condition


def groups_named(condition: Condition) -> frozenset[str]:
    """Ids of the protocols and communities that the formula names."""
    named = set()
    for atom in atoms(condition):
        match atom:
            case Shares(group) | Members(str(group)) | Stewards(str(group)):
                named.add(group)
    return frozenset(named)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """The conjunction, simplified to its canonical form; nothing given means no restriction.

    Equal sets of conditions give equal results, whatever their order. Every group that was named stays named (unless
    the whole is public or closed to all): `all(elders, any(elders, singers))` is as strict as `elders`, but whose
    stewards count and what outsiders see depends on `singers` too.
    """
    parts: set[Condition] = set()
    for condition in conditions:
        simple = simplify(condition)
        parts |= set(simple.parts) if isinstance(simple, All) else {simple}
    parts.discard(PUBLIC)
    if CLOSED in parts:
        return CLOSED
    return _joined(All, parts, PUBLIC)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """The disjunction, simplified to its canonical form; nothing given is closed. See `all_of`."""
    parts: set[Condition] = set()
    for condition in conditions:
        simple = simplify(condition)
        parts |= set(simple.parts) if isinstance(simple, AnyOf) else {simple}
    parts.discard(CLOSED)
    if PUBLIC in parts:
        return PUBLIC
    return _joined(AnyOf, parts, CLOSED)


def _joined(join: type[All | AnyOf], parts: Set[Condition], nothing: Condition) -> Condition:
    ordered = sorted(parts, key=str)
    return join(tuple(ordered)) if len(ordered) > 1 else next(iter(ordered), nothing)


def parts_of(condition: Condition) -> frozenset[Condition]:
    """The parts of a conjunction in its canonical form, none for what is public."""
    if isinstance(condition, All):
        return frozenset(condition.parts)
    return frozenset() if condition == PUBLIC else frozenset({condition})


def simplify(condition: Condition) -> Condition:
    """The canonical form: flat, sorted, without repetition; it holds exactly when the original does."""
    match condition:
        case All(parts):
            return all_of(parts) if parts else CLOSED
        case AnyOf(parts):
            return any_of(parts)
    return condition


def bind(condition: Condition, *, own: tuple[str, ...], known: Callable[[Atom], bool]) -> Condition:
    """Give bare atoms the entity's own communities, and check that every atom is known.

    Args:
        condition: as it was parsed.
        own: ids of the entity's communities; a bare atom means each of them together.
        known: whether a named atom exists in this archive.

    Raises:
        ConditionError: an atom is unknown, or a bare one has no community to refer to.
    """
    match condition:
        case All(parts):
            return All(tuple(bind(part, own=own, known=known) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(bind(part, own=own, known=known) for part in parts))
        case Members(None) | Stewards(None):
            if not own:
                raise ConditionError(f"`{condition}` needs a community, and the entity has none")
            return all_of(type(condition)(community) for community in own)
    if not known(condition):
        raise ConditionError(f"`{condition}` names no protocol or community of this archive")
    return condition


_TOKEN = re.compile(r"\s*(?:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})|(?P<word>[a-z][a-z0-9-]*)|(?P<mark>[(),]))")
_FUNCTIONS = frozenset({"all", "any", "after", "before"})


@lru_cache(maxsize=4096)
def parse_condition(text: str, *, max_length: int = MAX_LENGTH) -> Condition:
    """The formula that a text says.

    Raises:
        ConditionError: the text is too long, nested too deep, or no condition.
    """
    if len(text) > max_length:
        raise ConditionError(f"a condition has at most {max_length} characters, this one {len(text)}")
    return _Parser(text).whole()


@lru_cache(maxsize=65536)
def read_canonical(text: str) -> Condition:
    """The formula of a text that commarchive wrote itself (`str` of a condition, of any length).

    Never raises: a text that was damaged where it was kept is closed.
    """
    try:
        return simplify(_Parser(text, max_depth=4 * MAX_DEPTH).whole())
    except ConditionError:
        return CLOSED


class _Parser:
    """Recursive descent over a text; one per parse."""

    def __init__(self, text: str, *, max_depth: int = MAX_DEPTH) -> None:
        self._text = text
        self._max_depth = max_depth
        self._at = 0

    def whole(self) -> Condition:
        condition = self._condition(1)
        if self._text[self._at :].strip():
            raise self._error("expected the end")
        return condition

    def _condition(self, depth: int) -> Condition:
        if depth > self._max_depth:
            raise ConditionError(f"a condition nests at most {self._max_depth} deep")
        word = self._take("word", "a protocol, `public`, `all(…)` or `any(…)`")
        if word in _FUNCTIONS and not self._peek("("):
            raise self._error(f"expected `(` behind `{word}`")
        match word:
            case "all":
                return All(self._parts(depth))
            case "any":
                return AnyOf(self._parts(depth))
            case "after":
                return After(self._date())
            case "before":
                return Before(self._date())
            case "members":
                return Members(self._group() if self._peek("(") else None)
            case "stewards":
                return Stewards(self._group() if self._peek("(") else None)
            case "public":
                return PUBLIC
        return Shares(word)

    def _parts(self, depth: int) -> tuple[Condition, ...]:
        self._mark("(")
        if self._peek(")"):
            self._mark(")")
            return ()
        parts = [self._condition(depth + 1)]
        while self._peek(","):
            self._mark(",")
            parts.append(self._condition(depth + 1))
        self._mark(")")
        return tuple(parts)

    def _group(self) -> str:
        self._mark("(")
        group = self._take("word", "the id of a protocol or community")
        self._mark(")")
        return group

    def _date(self) -> date:
        self._mark("(")
        text = self._take("date", "a date such as 2031-01-01")
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ConditionError(f"`{text}` is no date") from None
        self._mark(")")
        return day

    def _take(self, kind: str, wanted: str) -> str:
        match = _TOKEN.match(self._text, self._at)
        if match is None or match.lastgroup != kind:
            raise self._error(f"expected {wanted}")
        self._at = match.end()
        return match.group(kind)

    def _mark(self, mark: str) -> None:
        if not self._peek(mark):
            raise self._error(f"expected `{mark}`")
        match = _TOKEN.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _peek(self, mark: str) -> bool:
        match = _TOKEN.match(self._text, self._at)
        return match is not None and match.group("mark") == mark

    def _error(self, wanted: str) -> ConditionError:
        rest = self._text[self._at :].strip()
        # Quoted as Python would, so that nothing invisible, or that turns the line around, gets into a message.
        found = f"`{repr(rest[:20])[1:-1]}`" if rest else "the end"
        return ConditionError(f"{wanted} at character {self._at + 1}, found {found}")
