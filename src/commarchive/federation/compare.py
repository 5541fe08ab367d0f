"""What is wanted there against what stands there: the smallest change, and never to what is others'.

Knows: both statements, and what the ledger says is ours. Must not know: where either comes from, or how it is sent.

An equal statement of others only gains our reference; its rank and its references stay. What was taken away or changed
there after we published it is left as it is: to put it back would be to quarrel, so a person looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.counterparts import NEW
from commarchive.federation.sameness import Key, digest, reference_key, snak_key, statement_key
from commarchive.federation.steps import Mode, Step
from commarchive.model.entity import Entity, Rank, Reference, Statement

_NAMESPACE = UUID("5d0d9f3e-6c0b-4f6a-9f0e-2c3a6a4e8b71")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A statement that passed the gate and was translated; `says` is without references, `references` are ours."""

    statement: str
    content: str
    says: Statement
    references: tuple[Reference, ...]
    consent: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ours:
    """What we published for one statement here, as we left it there.

    `said`: the digest of the statement there; `references`: hashes of those that are ours; `times`: how often something
    was published for it.
    """

    item: str
    guid: str
    mode: Mode
    said: str
    rank: Rank
    references: frozenset[str]
    times: int = 1

    def is_as_left(self, statement: Statement) -> bool:
        """Whether a statement is as we left it, its references aside."""
        return statement.rank is self.rank and digest(statement_key(statement)) == self.said


@dataclass
class Comparison:
    """Compares with one item there.

    `item`: None for one to be made. `ours`: by GUID here. `times`: how often something was published for a GUID here.
    `retrieved`: the property there for the day of a reference, which does not make a reference another one.
    """

    item: Entity | None
    ours: Mapping[str, Ours] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    retrieved: str = ""
    _met: set[Key] = field(default_factory=set)

    def steps(self, wanted: Iterable[Wanted]) -> tuple[list[Step], list[tuple[str, Block]]]:
        """The steps, and for each statement here that is left out why it is."""
        steps, left_out = [], []
        for each in wanted:
            found = self._step(each)
            if isinstance(found, Block):
                left_out.append((each.statement, found))
            elif found is not None:
                steps.append(found)
        return steps, left_out

    def _step(self, wanted: Wanted) -> Step | Block | None:
        key = statement_key(wanted.says)
        if key in self._met:
            return Block(Blocker.TWICE, "another statement of the record says the same there")
        self._met.add(key)
        item = self.item
        if item is None:
            return self._created(wanted, "")
        ours = self.ours.get(wanted.statement)
        if ours is not None and ours.item == item.id and self.choices.get(wanted.statement) != NEW:
            return self._ours(wanted, ours, item)
        return self._against_others(wanted, item)

    def _ours(self, wanted: Wanted, ours: Ours, item: Entity) -> Step | Block | None:
        standing = next((s for s in item.statements if s.id == ours.guid), None)
        if standing is None:
            return _changed("somebody there took away the statement that was published")
        if ours.references - {reference.hash for reference in standing.references}:
            return _changed("somebody there took away or changed the reference that was published")
        if statement_key(standing) == statement_key(wanted.says):
            if standing.rank is Rank.DEPRECATED:
                return Block(Blocker.DEPRECATED_THERE, "the target has it as deprecated")
            return self._with_reference(wanted, standing, known=True)
        is_ours_alone = ours.mode in {Mode.CREATED, Mode.REPLACED} and ours.is_as_left(standing)
        if is_ours_alone and {reference.hash for reference in standing.references} == ours.references:
            equal = [s for s in item.statements_of(wanted.says.property_id) if _same(s, wanted.says)]
            if equal:
                return _changed("what it says now stands there already beside what was published; take that back first")
            references = (*standing.references, *self._missing(wanted, standing))
            return _step(wanted, Mode.REPLACED, standing.id, references)
        return _changed("it says something else now, and others have built there on what was published")

    def _against_others(self, wanted: Wanted, item: Entity) -> Step | Block | None:
        there = item.statements_of(wanted.says.property_id)
        equal = [s for s in there if _same(s, wanted.says)]
        standing = [s for s in equal if s.rank is not Rank.DEPRECATED]
        if standing:
            # One that names us already, if there is one; else the first.
            best = min(standing, key=lambda s: len(self._missing(wanted, s)))
            return self._with_reference(wanted, best, known=False)
        if equal:
            return Block(Blocker.DEPRECATED_THERE, "the target has it as deprecated")
        chosen = self.choices.get(wanted.statement) == NEW
        if not chosen and any(snak_key(s.mainsnak) == snak_key(wanted.says.mainsnak) for s in there):
            words = (
                f"the target says the same with other qualifiers: a person looks (`--choose {wanted.statement}=new`)"
            )
            return Block(Blocker.SIMILAR_THERE, words)
        if wanted.says.rank is Rank.PREFERRED and any(s.rank is not Rank.DEPRECATED for s in there):
            return Block(Blocker.RANK, "it is preferred here, and would outrank there what others say")
        return self._created(wanted, item.id)

    def _with_reference(self, wanted: Wanted, standing: Statement, *, known: bool) -> Step | None:
        missing = self._missing(wanted, standing)
        if missing:
            return _step(wanted, Mode.REFERENCE_ADDED, standing.id, missing)
        return None if known else _step(wanted, Mode.ALREADY_THERE, standing.id, self._present(wanted, standing))

    def _created(self, wanted: Wanted, item_id: str) -> Step:
        guid = new_guid(item_id, wanted, self.times.get(wanted.statement, 0)) if item_id else ""
        return _step(wanted, Mode.CREATED, guid, wanted.references)

    def _missing(self, wanted: Wanted, standing: Statement) -> tuple[Reference, ...]:
        there = {self._reference_key(reference) for reference in standing.references}
        return tuple(reference for reference in wanted.references if self._reference_key(reference) not in there)

    def _present(self, wanted: Wanted, standing: Statement) -> tuple[Reference, ...]:
        own = {self._reference_key(reference) for reference in wanted.references}
        return tuple(reference for reference in standing.references if self._reference_key(reference) in own)

    def _reference_key(self, reference: Reference) -> Key:
        return reference_key(reference, without=[self.retrieved])


def new_guid(item_id: str, wanted: Wanted, times: int) -> str:
    """The GUID of a statement to be made, the same whenever it is computed: sent twice, it is made once."""
    name = "|".join((item_id, wanted.statement, digest(statement_key(wanted.says)), str(times)))
    return f"{item_id}${str(uuid5(_NAMESPACE, name)).upper()}"


def _same(left: Statement, right: Statement) -> bool:
    return statement_key(left) == statement_key(right)


def _step(wanted: Wanted, mode: Mode, guid: str, references: tuple[Reference, ...]) -> Step:
    return Step(
        statement=wanted.statement,
        content=wanted.content,
        mode=mode,
        guid=guid,
        says=replace(wanted.says, id="", references=()),
        references=references,
        consent=wanted.consent,
        words=wanted.words,
    )


def _changed(words: str) -> Block:
    return Block(Blocker.CHANGED_THERE, f"{words}: a person looks")
