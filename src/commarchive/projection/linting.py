"""Looks through a whole archive for what may not be meant.

Knows: every record's governance, the register's people and reasons, what is remembered of the Hub. Must not know: what
is suspicious (`policy.lint`), or who reads; callers show this to stewards and to whoever runs commands on the archive's
machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from commarchive.localcontexts.cache import CachedProject, RememberedMark, State
from commarchive.model.archive import Archive
from commarchive.model.local_contexts import mark_of
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, PUBLIC, Condition, ConditionError, all_of, parse_condition
from commarchive.policy.decide import full_condition
from commarchive.policy.lint import (
    Carried,
    Concern,
    Reason,
    Severity,
    Suspicion,
    concerns_of_attached,
    concerns_of_conditions,
    concerns_of_mark,
    concerns_of_protocols,
    concerns_of_reach,
    listed,
)
from commarchive.policy.reach import Reach
from commarchive.policy.standing import Principal
from commarchive.policy.targets import Target
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection
from commarchive.projection.governance import Governance
from commarchive.register import Register
from commarchive.register.members import CUSTODIANS

_AT_ONCE = 500
_LIST_IT = "its UUID in `local_contexts/projects` of archive.yaml, then `commarchive label refresh`"
_Places = defaultdict[Condition, list[str]]


@dataclass
class Linter:
    """Looks at one archive at one instant; records are handed in one after the other.

    `hub` is everything that is remembered of the Hub's projects, `followed` those that the archive's manifest lists.
    """

    archive: Archive
    people: Sequence[Principal]
    reasons: frozenset[Reason]
    hub: Mapping[str, CachedProject]
    followed: Sequence[str]
    now: datetime
    _said: _Places = field(default_factory=lambda: defaultdict(list))
    _in_force: _Places = field(default_factory=lambda: defaultdict(list))
    _unreadable: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _named: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._reach = Reach(self.archive, self.people, self.now)

    @classmethod
    def of(cls, register: Register, hub: Mapping[str, CachedProject], followed: Sequence[str]) -> Linter:
        """The linter of an archive as its register knows it now."""
        memberships: dict[str, list[Principal]] = defaultdict(list)
        for member in register.members.of():
            if member.membership.group != CUSTODIANS:
                memberships[member.person].append(Principal(member.person, (member.membership,)))
        people = [
            Principal(name, tuple(m for each in some for m in each.memberships)) for name, some in memberships.items()
        ]
        return cls(
            archive=register.archive,
            people=people,
            reasons=register.justifications.all(),
            hub=hub,
            followed=followed,
            now=register.store.clock(),
        )

    def of_record(self, governance: Governance) -> list[Concern]:
        """What is wrong with the Labels and Notices of one record, its statements included."""
        found: list[Concern] = []
        for attached in governance.attached:
            found += concerns_of_attached(attached, about=governance.id)
        for part, carried in self._carried(governance):
            condition = full_condition(governance.guards, part)
            found += concerns_of_mark(
                carried,
                about=governance.id,
                condition=condition,
                reach=self._reach,
                part=part,
                reasons=self.reasons,
            )
        return [*dict.fromkeys(found), *self._of_unknown_projects(governance)]

    def of_protocol(self, protocol: str) -> list[Concern]:
        """What is wrong with one protocol."""
        return [concern for concern in self.of_protocols() if concern.about == protocol]

    def of_protocols(self) -> Iterator[Concern]:
        """What is wrong with communities and protocols."""
        return concerns_of_protocols(self._reach, self.reasons)

    def of_records(self, governances: Iterable[Governance]) -> Iterator[Concern]:
        """What is wrong with many records; `rest` has what is told of several of them together."""
        for governance in governances:
            self._gather(governance)
            yield from self.of_record(governance)

    def rest(self, vocabulary: Vocabulary, default_condition: str) -> Iterator[Concern]:
        """What is wrong with the conditions of all records that were seen, the defaults, and the Hub's projects."""
        self._gather_defaults(vocabulary, default_condition)
        yield from concerns_of_conditions(self._said, self._reach)
        yield from concerns_of_reach(self._in_force, self._reach)
        for (text, why), where in self._unreadable.items():
            words = f"{f'`{text[:40]}` ' if text else ''}cannot be read and so closes: {why}"
            yield Concern(Suspicion.UNREADABLE, Severity.ADVICE, listed(where), words)
        for project in dict.fromkeys([*self.followed, *sorted(self._named & self.hub.keys())]):
            yield from self._of_project(project)

    def _carried(self, governance: Governance) -> Iterator[tuple[Target, Carried]]:
        """Each Label and Notice with the part that carries it: the record's own first, then those of its projects."""
        seen: set[tuple[Target, str]] = set()
        for attached in governance.attached:
            if attached.kind is not None and (attached.target, attached.word) not in seen:
                seen.add((attached.target, attached.word))
                yield attached.target, Carried(attached.word, mark_of(attached.word))
        for attached in governance.attached:
            cached = self.hub.get(_uuid(attached.word)) if attached.kind is None else None
            for remembered in cached.marks if cached is not None else ():
                if (attached.target, remembered.word) not in seen:
                    seen.add((attached.target, remembered.word))
                    yield attached.target, Carried(remembered.word, remembered.mark, _origin(remembered))

    def _of_unknown_projects(self, governance: Governance) -> Iterator[Concern]:
        for attached in governance.attached:
            if attached.kind is not None:
                continue
            cached = self.hub.get(_uuid(attached.word))
            if cached is None or cached.state(self.now) is State.NEVER:
                words = f"nothing is known of the project `{attached.word[:40]}` that it names"
                yield Concern(Suspicion.HUB, Severity.ADVICE, governance.id, words, _LIST_IT, attached.target)

    def _gather(self, governance: Governance) -> None:
        for target, condition in governance.said.readable.items():
            self._said[condition].append(_place(governance.id, target))
        closed = {problem.target for problem in governance.problems}
        for problem in governance.problems:
            self._unreadable[problem.text, problem.why].append(_place(governance.id, problem.target))
        entity = governance.in_force_of(targets.ENTITY)
        self._in_force[entity] += [governance.id] if targets.ENTITY not in closed else []
        for target, condition in governance.in_force.parts.items():
            statement = targets.statement_of(target)
            around = governance.in_force_of(statement) if statement is not None else PUBLIC
            whole = all_of((entity, around, condition))
            if not closed & {targets.ENTITY, target, statement} and entity != CLOSED:
                self._in_force[whole].append(_place(governance.id, target))
        self._named |= {_uuid(attached.word) for attached in governance.attached if attached.kind is None}

    def _gather_defaults(self, vocabulary: Vocabulary, default_condition: str) -> None:
        defaults = {**vocabulary.property_defaults, **vocabulary.class_defaults}
        for place, text in [("default_condition", default_condition), *defaults.items()]:
            try:
                self._said[parse_condition(text)].append(place)
            except ConditionError as error:
                self._unreadable[text, str(error)].append(place)

    def _of_project(self, project: str) -> Iterator[Concern]:
        cached = self.hub.get(project)
        about = f"project {project}"
        state = cached.state(self.now) if cached is not None else State.NEVER
        if state is not State.FRESH:
            remedy = "`commarchive label refresh`" if project in self.followed else _LIST_IT
            yield Concern(Suspicion.HUB, Severity.ADVICE, about, _stale(cached, state), remedy)
        asking = sorted(
            {m.word for m in (cached.marks if cached else ()) if m.mark is not None and m.mark.asks_for_restriction}
        )
        if asking and project in self.followed and project not in self._named:
            words = f"it asks for restriction ({', '.join(asking)}), and no record names it"
            yield Concern(Suspicion.HUB, Severity.ADVICE, about, words, "name it on the records that it is about")


def lint_archive(
    projection: Projection,
    register: Register,
    vocabulary: Vocabulary,
    hub: Mapping[str, CachedProject],
    followed: Sequence[str],
) -> list[Concern]:
    """Everything in an archive that may not be meant: errors first, then in the order of ids as they come.

    Raises:
        ClosedError: the projection or the register cannot be relied on.
    """
    linter = Linter.of(register, hub, followed)
    found = list(linter.of_protocols())
    ids = projection.ids()
    for start in range(0, len(ids), _AT_ONCE):
        found += linter.of_records(projection.governance(ids[start : start + _AT_ONCE]).values())
    found += linter.rest(vocabulary, register.archive.default_condition)
    return sorted(found, key=lambda concern: concern.severity is not Severity.ERROR)


def _place(id_: str, target: Target) -> str:
    return id_ if target == targets.ENTITY else f"{id_} {target}"


def _origin(remembered: RememberedMark) -> str:
    words = f"of project `{remembered.project}` at the Hub"
    if remembered.added:
        words += f", added there on {remembered.first_seen.date().isoformat()}"
    if remembered.removed_at is not None:
        words += f", no longer there since {remembered.removed_at.date().isoformat()}, and counts all the same"
    return words


def _stale(cached: CachedProject | None, state: State) -> str:
    match state:
        case State.GONE if cached is not None and cached.missing_since is not None:
            return f"the Hub has not had it since {cached.missing_since.date().isoformat()}; its Labels still count"
        case State.STALE if cached is not None and cached.fetched_at is not None:
            why = f": {cached.why}" if cached.why else ""
            return f"what is known of it is from {cached.fetched_at.date().isoformat()}{why}; it still counts"
    return "the Hub was never heard of it" + (f": {cached.why}" if cached is not None and cached.why else "")


def _uuid(word: str) -> str:
    try:
        return str(UUID(word))
    except ValueError:
        return ""
