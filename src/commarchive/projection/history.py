"""Which revision brought or took away what somebody sees of an entity, so that a view has a revision of its own.

Knows: atoms (the smallest things that redaction keeps or drops), when they came, and when who sees them changed.
Must not know: who asks.

`lastrevid` of a view is the highest revision that touched something its reader may or could see: that in which the
newest atom came that is shown, or that in which an atom came into or went out of the reader's sight. Both are functions
of the wiki's history and the register alone, so that reading the history again gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from commarchive.model.archive import OutsidersSee
from commarchive.model.entity import Entity, Reference, Snak, Statement, TermKind
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, Condition, all_of
from commarchive.policy.guards import Guards
from commarchive.policy.mentions import Addresses, is_readable, mentioned
from commarchive.policy.vocabulary import Vocabulary

Change = tuple[str, str, tuple[str, ...]]
"""An atom's condition before and after, and the entities that one has to know of to see it at all."""


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest thing that redaction keeps or drops: its content as a short hash, and who may see it."""

    content: str
    condition: Condition
    mentions: frozenset[str] = frozenset()


@dataclass(slots=True)
class History:
    """When atoms came and who lost or gained sight of them.

    `came`: a revision for each atom, in the order in which `atoms_of` gives them. `changed`: the newest revision in
    which an atom changed hands in that way. `times` maps each revision that is named to its instant (ISO 8601).
    """

    created: int = 0
    came: list[int] = field(default_factory=list)
    changed: dict[Change, int] = field(default_factory=dict)
    times: dict[int, str] = field(default_factory=dict)

    def advance(self, entity: Entity, before: Sequence[Atom], after: Sequence[Atom]) -> None:
        """Take in a newer revision.

        Args:
            entity: at that revision.
            before: the atoms of the revision before.
            after: the atoms of this one.
        """
        revision = entity.revision
        self.created = self.created or revision
        left: dict[str, list[tuple[Atom, int]]] = {}
        for atom, came in zip(before, self.came, strict=True):
            left.setdefault(atom.content, []).append((atom, came))
        self.came = [0] * len(after)
        # What stands several times goes on first where the same people see it.
        for same_people in (True, False):
            for place, atom in enumerate(after):
                if not self.came[place]:
                    self.came[place] = self._went_on(atom, left.get(atom.content, []), revision, same_people)
        self.came = [came or revision for came in self.came]
        for gone in left.values():
            for atom, _ in gone:
                self._note(atom, CLOSED, revision)
        named = {self.created, revision, *self.came, *self.changed.values()}
        self.times[revision] = entity.modified
        self.times = {revision: at for revision, at in self.times.items() if revision in named}

    def revision_of(
        self, entity: Entity, redacted: Entity, satisfies: Callable[[str], bool], may_know: Callable[[str], bool]
    ) -> tuple[int, str]:
        """The revision and instant of a view of the entity.

        Args:
            entity: unredacted.
            redacted: what is shown of it, made of the very snaks of `entity`.
            satisfies: whether the reader satisfies a canonical condition.
            may_know: whether the reader may know of an entity.
        """
        newest = self.created
        for came, shown in zip(self.came, _shown(entity, redacted), strict=True):
            if shown and came > newest:
                newest = came
        for (before, after, mentions), revision in self.changed.items():
            if revision > newest and satisfies(before) != satisfies(after) and all(map(may_know, mentions)):
                newest = revision
        return newest, self.times.get(newest, "")

    def as_json(self) -> Mapping[str, Any]:
        """As a JSON object."""
        return {
            "created": self.created,
            "came": self.came,
            "changed": [[*change, revision] for change, revision in self.changed.items()],
            "times": {str(revision): at for revision, at in self.times.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> History:
        """From what `as_json` gave."""
        return cls(
            created=data["created"],
            came=data["came"],
            changed={(before, after, tuple(m)): revision for before, after, m, revision in data["changed"]},
            times={int(revision): at for revision, at in data["times"].items()},
        )

    def _went_on(self, atom: Atom, left: list[tuple[Atom, int]], revision: int, same_people: bool) -> int:  # noqa: FBT001
        for place, (old, came) in enumerate(left):
            if not same_people or old.condition == atom.condition:
                del left[place]
                if not same_people:
                    self._note(old, atom.condition, revision)
                return came
        return 0

    def _note(self, atom: Atom, now: Condition, revision: int) -> None:
        if atom.condition != now:
            self.changed[str(atom.condition), str(now), tuple(sorted(atom.mentions))] = revision


def atoms_of(entity: Entity, guards: Guards, vocabulary: Vocabulary, addresses: Addresses) -> list[Atom]:
    """Everything that redaction keeps or drops, in a steady order."""
    return list(_Atoms(entity, guards, vocabulary, addresses).all())


class _Atoms:
    def __init__(self, entity: Entity, guards: Guards, vocabulary: Vocabulary, addresses: Addresses) -> None:
        self._entity = entity
        self._guards = guards
        self._vocabulary = vocabulary
        self._addresses = addresses
        self._controls = frozenset(vocabulary.controls)
        self._joined: dict[tuple[Condition, ...], Condition] = {}

    def all(self) -> Iterator[Atom]:
        entity, guards = self._entity, self._guards
        for kind, terms in ((TermKind.LABEL, entity.labels), (TermKind.DESCRIPTION, entity.descriptions)):
            for language, text in terms.items():
                yield self._term(kind, language, text)
        for language, texts in entity.aliases.items():
            for text in texts:
                yield self._term(TermKind.ALIAS, language, text)
        for site, title in entity.sitelinks.items():
            yield Atom(_hash("sitelink", site, title), guards.entity)
        for statement in entity.statements:
            yield from self._of_statement(statement)

    def _term(self, kind: TermKind, language: str, text: str) -> Atom:
        condition = self._join(self._guards.entity, self._guards.part(targets.term(kind, language)))
        return Atom(_hash(kind, language, text), condition)

    def _of_statement(self, statement: Statement) -> Iterator[Atom]:
        guid, main, guards = statement.id, statement.mainsnak, self._guards
        own = guards.part(targets.statement(guid))
        spoken_of = mentioned(main, self._addresses)
        base = (self._base(main), own, *self._of_snak(main))
        yield Atom(_hash("main", guid, statement.rank, _content(main)), self._join(*base), spoken_of)
        for snak in statement.qualifiers:
            part = guards.part(targets.qualifiers(guid, snak.property_id))
            condition = self._join(self._base(main, snak), own, part, *self._of_snak(main), *self._of_snak(snak))
            content = _hash("qualifier", guid, _content(snak))
            yield Atom(content, condition, spoken_of | mentioned(snak, self._addresses))
        for reference in statement.references:
            yield from self._of_reference(statement, reference, (guards.entity, own, *self._of_snak(main)), spoken_of)

    def _of_reference(
        self, statement: Statement, reference: Reference, base: tuple[Condition, ...], spoken_of: frozenset[str]
    ) -> Iterator[Atom]:
        guid = statement.id
        part = self._guards.part(targets.reference(guid, targets.reference_key(reference, self._controls)))
        for snak in reference.snaks:
            condition = self._join(*base, part, *self._of_snak(snak))
            content = _hash("reference", guid, _content(snak))
            yield Atom(content, condition, spoken_of | mentioned(snak, self._addresses))

    def _base(self, *snaks: Snak) -> Condition:
        # Where outsiders see metadata, whoever knows of the entity sees what is marked safe.
        is_safe = all(snak.property_id in self._vocabulary.safe for snak in snaks)
        return self._guards.know if is_safe and self._guards.stub is OutsidersSee.METADATA else self._guards.entity

    def _of_snak(self, snak: Snak) -> Iterator[Condition]:
        if snak.property_id in self._controls:
            yield self._guards.control
        if not is_readable(snak):
            yield CLOSED

    def _join(self, *parts: Condition) -> Condition:
        if parts not in self._joined:
            self._joined[parts] = all_of(parts)
        return self._joined[parts]


def _shown(entity: Entity, redacted: Entity) -> Iterator[bool]:
    # Redaction leaves snaks out and never makes new ones, so those that are left are the same objects.
    left = {id(snak) for statement in redacted.statements for snak in statement.snaks()}
    for terms, shown in ((entity.labels, redacted.labels), (entity.descriptions, redacted.descriptions)):
        for language, text in terms.items():
            yield shown.get(language) == text
    for language, texts in entity.aliases.items():
        for _ in texts:
            yield language in redacted.aliases
    for site in entity.sitelinks:
        yield site in redacted.sitelinks
    for statement in entity.statements:
        for snak in statement.snaks():
            yield id(snak) in left


def _content(snak: Snak) -> str:
    value = None if snak.value is None else [snak.value.type, snak.value.value]
    return orjson.dumps([snak.property_id, snak.kind, value], option=orjson.OPT_SORT_KEYS).decode()


def _hash(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=9).hexdigest()
