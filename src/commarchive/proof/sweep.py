"""The canary sweep: every exit, asked as somebody, must not say what they may not see, and must say what they may.

Knows: exits, people, and what each of them may see. Must not know: how anything is shown. It reads and changes nothing;
what it finds is told by exit and kind, never by content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from commarchive.gateway import Services
from commarchive.policy.standing import Standing, standing
from commarchive.projection.secrets import Horizon, Kind
from commarchive.proof.asking import Caller
from commarchive.proof.exits import EXITS, Exit, Guesses
from commarchive.proof.finding import Finder, asked, beginnings, folded, ids_in, spellings
from commarchive.proof.personas import caller_as
from commarchive.register import Register

VISITOR = "visitor"
_SEARCHED = frozenset({Kind.LABEL, Kind.DESCRIPTION, Kind.ALIAS, Kind.STATEMENT})
ABSENT = ("Q999999999", "P999999999")

Progress = Callable[[int], None]
"""Told how many exits are done."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Something hidden that an exit said to somebody: how many texts of a kind, in how many answers."""

    person: str
    exit: str
    kind: Kind
    texts: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Something visible that an exit did not say to somebody who may see it: how many texts of a kind."""

    person: str
    exit: str
    kind: Kind
    texts: int


@dataclass
class SweepReport:
    """What a sweep did and found. `failures`: answers of status 500 and above, by exit."""

    people: list[str] = field(default_factory=list)
    exits: int = 0
    questions: int = 0
    secrets: int = 0
    shown: int = 0
    leaks: list[Leak] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        """Whether everything was as promised."""
        return not (self.leaks or self.gaps or self.failures)


@dataclass(frozen=True)
class Sweep:
    """Sweeps one archive.

    Args:
        services: as a gateway serves from them; its identity is not used.
        register: whose people are asked as.
        sample: how many records are asked for, drawn by lot, hidden ones first; None: all.
        ids: which records are asked for; None: those of the sample.
        horizon_of: what each person (None: a visitor) may not and may see; None: by the archive's own rules.
        exits: which exits.
    """

    services: Services
    register: Register
    sample: int | None = None
    ids: Sequence[str] | None = None
    horizon_of: Callable[[str | None], Horizon] | None = None
    exits: Mapping[str, Exit] = field(default_factory=lambda: EXITS)

    def people(self) -> list[str]:
        """A visitor, and one person of each kind: who has the same standing as somebody else sees the same."""
        kinds: dict[Standing, str] = {}
        now = self.register.store.clock()
        for member in self.register.members.of():
            principal = self.register.members.principal(member.person)
            kinds.setdefault(standing(principal, self.register.archive, now), member.person)
        return [VISITOR, *sorted(kinds.values())]

    def run(self, people: Sequence[str], *, progress: Progress = lambda _done: None) -> SweepReport:
        """Sweep as each of these people (`visitor` for nobody).

        Raises:
            ClosedError: the archive is closed.
        """
        report = SweepReport(people=list(people), exits=len(self.exits))
        for person in people:
            name = None if person == VISITOR else person
            horizon = (self.horizon_of or self.services.projection.horizon)(name)
            ids = self._ids(horizon)
            guesses = self._guesses(horizon, ids)
            looking = _Looking(person, horizon, frozenset(ids), report)
            with caller_as(self.services, self.register, name) as caller:
                for exit_ in self.exits.values():
                    looking.through(exit_, guesses, caller)
                    progress(1)
        return report

    def _ids(self, horizon: Horizon) -> list[str]:
        if self.ids is not None:
            return list(self.ids)
        hidden, visible = sorted(horizon.hidden_ids), sorted(horizon.visible)
        if self.sample is None:
            return [*hidden, *visible]
        some = _some(hidden, self.sample // 2)
        return [*some, *_some(visible, self.sample - len(some))]

    def _guesses(self, horizon: Horizon, ids: Sequence[str]) -> Guesses:
        words = beginnings(text for text, kind in horizon.hidden.items() if kind in _SEARCHED)
        guids = sorted(horizon.guids)
        if self.sample is not None:
            words, guids = _some(words, self.sample), _some(guids, self.sample)
        vocabulary = self.services.vocabulary
        return Guesses(
            ids=[*ids, *ABSENT],
            relations=sorted(vocabulary.instance_of | vocabulary.propagating),
            guids=guids,
            words=["a", "", *words],
            languages=self.services.archive.languages,
            base_url=self.services.base_url,
        )


@dataclass
class _Looking:
    person: str
    horizon: Horizon
    ids: frozenset[str]
    report: SweepReport

    def __post_init__(self) -> None:
        self._hidden = Finder(self.horizon.hidden)
        self._visible = {
            text: kind
            for id_, texts in self.horizon.visible.items()
            if id_ in self.ids and id_.startswith("Q")
            for text, kind in folded(texts).items()
        }
        self._finder = Finder(self._visible)
        self.report.secrets += len(self.horizon.hidden) + len(self.horizon.hidden_ids)
        self.report.shown += len(self._visible)

    def through(self, exit_: Exit, guesses: Guesses, caller: Caller) -> None:
        leaked: dict[str, Kind] = {}
        said: set[str] = set()
        for question in exit_.questions(guesses):
            answer = caller.ask(question)
            self.report.questions += 1
            if answer.status >= 500:
                self.report.failures[exit_.name] += 1
            texts, words = spellings(answer), asked(question)
            # What stands in the question itself is told by nobody.
            leaked |= {text: kind for text, kind in self._hidden.found(texts).items() if text not in words}
            named = ids_in(texts, self.horizon.foreign) & self.horizon.hidden_ids
            leaked |= dict.fromkeys(named - ids_in([words]), Kind.ID)
            if exit_.shows:
                said |= self._finder.found(texts).keys()
        self.report.leaks += [Leak(self.person, exit_.name, kind, n) for kind, n in _counted(leaked.values())]
        missing = [kind for text, kind in self._visible.items() if kind in exit_.shows and text not in said]
        self.report.gaps += [Gap(self.person, exit_.name, kind, n) for kind, n in _counted(missing)]


def _counted(kinds: Iterable[Kind]) -> list[tuple[Kind, int]]:
    return sorted(Counter(kinds).items())


def _some(texts: Iterable[str], number: int) -> list[str]:
    # The same lot every time, so that a leak that was found is found again.
    return sorted(texts, key=lambda text: sha256(text.encode()).digest())[:number]
