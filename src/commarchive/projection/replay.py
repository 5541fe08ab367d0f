"""One entity's revisions, replayed in their order: what stands at their end, what is to be remembered of them.

Knows: the ratchet over time, what a merge hands on, which revision brought what. Must not know: the database, or other
entities.

Everything is a function of the wiki's history and of what the register remembers, whatever was read when: a revision is
judged by what was remembered before it, so that reading it again later gives nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from commarchive.model.archive import OutsidersSee, RecordState
from commarchive.model.entity import Entity, Reference, Snak, Statement
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, PUBLIC, Condition
from commarchive.policy.ratchet import Restriction, observe
from commarchive.policy.said import Said
from commarchive.projection.history import Atom, History, atoms_of
from commarchive.projection.rules import Rules, of_family
from commarchive.projection.store import Stored, StoredRedirect
from commarchive.register.releases import Memory
from commarchive.wikibase.client import Revision

Datatype = Callable[[str], str | None]
"""The datatype of a property; stored revisions do not repeat it on every snak."""

_LABEL, _ALIAS = "term:label@", "term:alias@"


@dataclass
class Replayed:
    """What replaying an entity's revisions gave.

    `said` is what `stored` says. `known` is the newest revision that was kept before, 0 for none. `incomplete`: nothing
    is to be kept, because every revision has to be given, and what it became has to be kept before. `handed_on`: what a
    merge narrows at the entity that this one became.
    """

    id: str
    stored: Stored | None = None
    said: Said | None = None
    redirect: StoredRedirect | None = None
    known: int = 0
    revision: int = 0
    incomplete: bool = False
    restrictions: list[Restriction] = field(default_factory=list)
    handed_on: dict[str, list[Restriction]] = field(default_factory=dict)


class Replay:
    """Replays revisions of one entity onto what is kept of it.

    Args:
        id_: the entity.
        stored: what is kept of it, if anything.
        known: the newest revision that is kept, whatever it is.
        memory: what is remembered and released of it.
        rules: by which it is read.
        datatype: gives properties' datatypes.
        anew: whether every revision is given, and what it became was kept before.
    """

    def __init__(
        self,
        id_: str,
        stored: Stored | None,
        known: int,
        memory: Memory,
        rules: Rules,
        datatype: Datatype,
        *,
        anew: bool,
    ) -> None:
        stored = None if anew else stored
        self._rules = rules
        self._datatype = datatype
        self._memory = memory
        self._anew = anew
        self._said = rules.said(stored.entity) if stored else None
        self._result = Replayed(id_, stored, self._said, known=known)
        # What it said last while it stated whose it is, and when: a merge empties an entity before it redirects it.
        self._governed: tuple[Said, int] | None = None
        self._is_blind = False
        self._atoms: list[Atom] | None = None
        self._remembered: Memory | None = None

    def run(self, revisions: Iterable[Revision]) -> Replayed:
        """Replay these revisions, oldest first; none at all means that the entity was deleted."""
        result = self._result
        for revision in revisions:
            if not self._anew and not self._leads_on(revision):
                result.incomplete = True
                return result
            result.revision = revision.id
            if revision.redirect_to is not None:
                self._redirected(revision.id, revision.redirect_to)
            elif revision.entity is None:
                # A suppressed revision says nothing that may be served; what stood before no longer stands.
                result.stored, result.redirect = None, None
                self._is_blind = True
            else:
                self._advance(with_datatypes(revision.entity, self._datatype))
        if result.revision == 0:
            result.stored, result.redirect = None, None
        return result

    def _leads_on(self, revision: Revision) -> bool:
        """Whether what is kept is enough to go on from with this revision."""
        result = self._result
        if revision.redirect_to is not None:
            return False
        is_first = result.revision == 0
        # What is kept without an entity is a redirect.
        return not is_first or not result.known or (result.stored is not None and revision.parent == result.known)

    def _advance(self, entity: Entity) -> None:
        result, revision = self._result, entity.revision
        now = self._rules.said(entity)
        before = self._before(revision)
        seen = self._seen(now, before, revision)
        result.restrictions += seen
        after = Memory([*before.restrictions, *seen], before.releases) if seen else before
        guards = self._rules.guards(now, after, held=False)
        atoms = atoms_of(entity, guards, self._rules.vocabulary, self._rules.addresses)
        history = result.stored.history if result.stored else History()
        history.advance(entity, self._atoms_before(before), atoms)
        result.stored, result.redirect, result.said = Stored(entity, guards, history), None, now
        self._atoms, self._remembered, self._said = atoms, after, now
        if now.communities or now.of_schema:
            self._governed = now, revision

    def _seen(self, now: Said, before: Memory, revision: int) -> list[Restriction]:
        if self._said is not None or not self._is_blind:
            return observe(self._said, now, before.restrictions, revision)
        # Every revision so far is hidden. What it restricted is remembered, if it was read before it was hidden; so
        # what is remembered was not said for the first time now, and what was released of it stays released.
        inherited = observe(None, _silent(now), before.restrictions, revision)
        return [*newly_readable(now, before, revision), *inherited]

    def _before(self, revision: int) -> Memory:
        """What was remembered and released before a revision, in order.

        Holds are no part of it: what happens to a record while it is closed is told when it is open again.
        """
        restrictions = [r for r in self._memory.restrictions if r.revision < revision]
        if self._result.restrictions:
            known = set(restrictions)
            restrictions += [r for r in self._result.restrictions if r not in known]
        restrictions.sort(key=lambda r: r.revision)
        return Memory(restrictions, [r for r in self._memory.releases if r.revision < revision])

    def _atoms_before(self, memory: Memory) -> list[Atom]:
        stored = self._result.stored
        if stored is None or self._said is None:
            return []
        if self._atoms is None or memory != self._remembered:
            guards = self._rules.guards(self._said, memory, held=False)
            self._atoms = atoms_of(stored.entity, guards, self._rules.vocabulary, self._rules.addresses)
        return self._atoms

    def _redirected(self, revision: int, target: str) -> None:
        result, memory = self._result, self._before(revision)
        know: Condition = CLOSED
        handed_on = [Restriction(targets.ENTITY, str(CLOSED), revision)]
        if self._governed is not None:
            said, at = self._governed
            memory.restrictions[:] = [r for r in memory.restrictions if not _is_of_silence(r, after=at)]
            know = self._rules.guards(said, memory, held=False).know
            handed_on = list(self._narrowing(said, memory, revision))
        result.handed_on.setdefault(target, []).extend(handed_on)
        result.stored, result.redirect = None, StoredRedirect(target, know)
        self._atoms = None

    def _narrowing(self, governed: Said, memory: Memory, revision: int) -> Iterator[Restriction]:
        """What keeps another entity as narrow as this one: for the record, its statements and its terms."""
        now = self._rules.in_force(governed, memory)
        if now.condition != PUBLIC:
            yield Restriction(targets.ENTITY, str(now.condition), revision)
        if now.state is not RecordState.LIVE:
            yield Restriction(targets.STATE, str(now.state), revision)
        if now.outsiders_see is not OutsidersSee.METADATA:
            yield Restriction(targets.OUTSIDERS_SEE, now.outsiders_see.word, revision)
        for restriction in memory.restrictions:
            moved = replace(restriction, revision=revision)
            if restriction.family:
                yield of_family(moved)
            elif restriction.target.startswith("term:"):
                yield moved
                if restriction.target.startswith(_LABEL):
                    # A label that has no place at the other entity becomes an alias there.
                    yield replace(moved, target=restriction.target.replace(_LABEL, _ALIAS, 1))


def newly_readable(said: Said, memory: Memory, revision: int) -> list[Restriction]:
    """What an entity says already and nobody remembers: it could not be read before other rules were in force."""
    known = {(restriction.target, restriction.value) for restriction in memory.restrictions}
    seen = observe(_silent(said), said, (), revision)
    return [restriction for restriction in seen if (restriction.target, restriction.value) not in known]


def _silent(said: Said) -> Said:
    """What the same statements would say if they said nothing about access."""
    return replace(
        said,
        readable={},
        property_defaults={},
        default=PUBLIC,
        stewards=frozenset(),
        readable_state=RecordState.LIVE,
        readable_outsiders_see=None,
    )


def with_datatypes(entity: Entity, datatype: Datatype) -> Entity:
    """The entity with the datatype of its property on every snak."""

    # Built anew rather than replaced, which takes three times as long.
    def snak(old: Snak) -> Snak:
        if old.datatype is not None:
            return old
        return Snak(old.property_id, old.kind, old.value, datatype(old.property_id))

    def statement(old: Statement) -> Statement:
        references = tuple(Reference(tuple(map(snak, reference.snaks))) for reference in old.references)
        return Statement(old.id, snak(old.mainsnak), old.rank, tuple(map(snak, old.qualifiers)), references)

    return replace(entity, statements=tuple(map(statement, entity.statements)))


def _is_of_silence(restriction: Restriction, *, after: int) -> bool:
    """Whether it says no more than that an entity that was emptied is no live record."""
    is_draft = restriction.target == targets.STATE and restriction.value == RecordState.DRAFT
    return is_draft and restriction.revision > after
