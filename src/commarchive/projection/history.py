"""Which revision brought each atom of an entity, so that a view has a revision of its own.

Knows: atoms (the smallest things that redaction keeps or drops), when they came, and when somebody lost sight of them.
Must not know: who asks.

`lastrevid` of a view is the highest revision that touched something its reader may or could see. The atoms of a
redacted entity are a subset of the entity's own, so it is the highest revision of those that are there, and of those
losses that the reader suffered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from commarchive.model.entity import Entity, Reference, Snak, Statement, TermKind
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, Condition, all_of
from commarchive.policy.guards import Guards
from commarchive.policy.mentions import Addresses, is_readable, mentioned
from commarchive.policy.vocabulary import Vocabulary

Atom = str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an atom stands: a term (kind and language), or a snak of a statement; neither for a sitelink."""

    term: tuple[TermKind, str] | None = None
    statement: Statement | None = None
    reference: Reference | None = None
    snak: Snak | None = None


@dataclass(slots=True)
class History:
    """When atoms came and were lost; `times` maps each revision that is named to its instant (ISO 8601).

    `came`: atom → revision. `lost`: (condition before, condition after) → newest revision in which that happened.
    `stood`: who could see the record at the revision before this one.
    """

    created: int = 0
    stood: str = str(CLOSED)
    came: dict[Atom, int] = field(default_factory=dict)
    lost: dict[tuple[str, str], int] = field(default_factory=dict)
    times: dict[int, str] = field(default_factory=dict)

    def advance(self, entity: Entity, before: Mapping[Atom, Condition], after: Mapping[Atom, Condition]) -> None:
        """Take in a newer revision.

        Args:
            entity: at that revision.
            before: who could see each atom of the revision before.
            after: who may see each atom of this one.
        """
        self.created = self.created or entity.revision
        for atom in self.came.keys() - after.keys():
            del self.came[atom]
        for atom, condition in before.items():
            now = after.get(atom, CLOSED)
            if now != condition:
                self.lost[str(condition), str(now)] = entity.revision
        for atom in after.keys() - self.came.keys():
            self.came[atom] = entity.revision
        self.times[entity.revision] = entity.modified
        named = {self.created, *self.came.values(), *self.lost.values()}
        self.times = {revision: at for revision, at in self.times.items() if revision in named}

    def revision_of(self, redacted: Entity, satisfies: Callable[[str], bool]) -> tuple[int, str]:
        """The revision and instant of a view of the entity.

        Args:
            redacted: what is shown.
            satisfies: whether the reader satisfies a canonical condition.
        """
        came = (self.came[atom] for atom, _ in atoms(redacted) if atom in self.came)
        lost = (at for (before, after), at in self.lost.items() if satisfies(before) and not satisfies(after))
        revision = max((self.created, *came, *lost))
        return revision, self.times.get(revision, "")

    def as_json(self) -> Mapping[str, Any]:
        """As a JSON object."""
        return {
            "created": self.created,
            "stood": self.stood,
            "came": self.came,
            "lost": [[before, after, revision] for (before, after), revision in self.lost.items()],
            "times": {str(revision): at for revision, at in self.times.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> History:
        """From what `as_json` gave."""
        return cls(
            created=data["created"],
            stood=data["stood"],
            came=data["came"],
            lost={(before, after): revision for before, after, revision in data["lost"]},
            times={int(revision): at for revision, at in data["times"].items()},
        )


def atoms(entity: Entity) -> Iterator[tuple[Atom, Place]]:
    """Everything that redaction keeps or drops, by content, each with its place."""
    for kind, terms in ((TermKind.LABEL, entity.labels), (TermKind.DESCRIPTION, entity.descriptions)):
        for language, text in terms.items():
            yield _atom(kind, language, text), Place(term=(kind, language))
    for language, texts in entity.aliases.items():
        for text in texts:
            yield _atom(TermKind.ALIAS, language, text), Place(term=(TermKind.ALIAS, language))
    for site, title in entity.sitelinks.items():
        yield _atom("sitelink", site, title), Place()
    for statement in entity.statements:
        main = statement.mainsnak
        yield _atom("main", statement.id, statement.rank, main.hash), Place(statement=statement, snak=main)
        for snak in statement.qualifiers:
            yield _atom("qualifier", statement.id, snak.hash), Place(statement=statement, snak=snak)
        for reference in statement.references:
            for snak in reference.snaks:
                place = Place(statement=statement, reference=reference, snak=snak)
                yield _atom("reference", statement.id, snak.hash), place


@dataclass(frozen=True, slots=True)
class AtomGuards:
    """Who may see each atom of an entity, everything taken into account."""

    vocabulary: Vocabulary
    addresses: Addresses
    know: Callable[[str], Condition]

    def of(self, entity: Entity, guards: Guards) -> dict[Atom, Condition]:
        """The condition of each atom; of one that stands in several places, the widest would do, the last is taken."""
        return {atom: self._condition(place, guards) for atom, place in atoms(entity)}

    def _condition(self, place: Place, guards: Guards) -> Condition:
        parts = [guards.entity]
        if place.term is not None:
            parts.append(guards.part(targets.term(*place.term)))
        if place.statement is not None:
            parts.append(guards.part(targets.statement(place.statement.id)))
            parts.extend(self._of_snak(place.statement.mainsnak, guards))
        if place.snak is not None and place.statement is not None and place.snak is not place.statement.mainsnak:
            parts.append(guards.part(self._target(place.statement, place.reference, place.snak)))
            parts.extend(self._of_snak(place.snak, guards))
        return all_of(parts)

    def _target(self, statement: Statement, reference: Reference | None, snak: Snak) -> str:
        if reference is None:
            return targets.qualifiers(statement.id, snak.property_id)
        return targets.reference(statement.id, targets.reference_key(reference, frozenset(self.vocabulary.controls)))

    def _of_snak(self, snak: Snak, guards: Guards) -> Iterator[Condition]:
        if snak.property_id in self.vocabulary.controls:
            yield guards.control
        if not is_readable(snak):
            yield CLOSED
        for id_ in mentioned(snak, self.addresses):
            yield self.know(id_)


def _atom(*parts: str) -> Atom:
    return blake2b("\0".join(parts).encode(), digest_size=9).hexdigest()
