"""What one revision of an entity says about access, in the wiki's own statements.

Knows: the six controls, where each may stand, and that whatever cannot be read closes what it stands on.
Must not know: what was said before, or released (see `ratchet`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from commarchive.model.archive import Archive, OutsidersSee, RecordState
from commarchive.model.entity import Entity, Reference, Snak, Statement, TermKind
from commarchive.model.schema import Control
from commarchive.policy import targets
from commarchive.policy.condition import (
    CLOSED,
    Atom,
    Condition,
    ConditionError,
    Members,
    Shares,
    Stewards,
    all_of,
    bind,
    parse_condition,
)
from commarchive.policy.targets import Family, Target
from commarchive.policy.vocabulary import Vocabulary

_STRICTEST_STATE = (RecordState.WITHDRAWN, RecordState.DRAFT, RecordState.IN_REVIEW, RecordState.LIVE)
_TERM = re.compile(r"(label|description|alias)(?:e?s)?@([a-z][a-z0-9-]*)\s*:(.*)", re.DOTALL)
_QUALIFIER = re.compile(r"(P[1-9][0-9]*)\s*:(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something said that cannot be read; `target` is what it closes."""

    target: Target
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one revision says.

    `conditions` holds what is said of each target, closed where it cannot be read; `readable` leaves that part out, and
    is what the ratchet may remember. `default` is in force where nothing was ever released. `families` lists
    every statement, group of qualifiers and reference of the revision. `outsiders_see` is None where nothing is said.
    """

    communities: tuple[str, ...]
    default: Condition
    conditions: Mapping[Target, Condition]
    readable: Mapping[Target, Condition]
    families: Mapping[Target, Family]
    property_defaults: Mapping[Target, Condition]
    state: RecordState
    outsiders_see: OutsidersSee | None
    of_schema: bool
    born_live: bool
    problems: tuple[Problem, ...] = ()


def read_said(entity: Entity, archive: Archive, vocabulary: Vocabulary) -> Said:
    """Read what an entity says of its own access. Never raises: what cannot be read is closed and reported."""
    return _Reading(entity, archive, vocabulary).result()


def known_in(archive: Archive, atom: Atom) -> bool:
    """Whether the archive has the protocol or community that an atom names."""
    match atom:
        case Shares(protocol):
            return protocol in archive.protocols
        case Members(str(group)) | Stewards(str(group)):
            return group in archive.protocols or group in archive.communities
    return True


@dataclass
class _Reading:
    entity: Entity
    archive: Archive
    vocabulary: Vocabulary
    conditions: dict[Target, list[Condition]] = field(default_factory=dict)
    readable: dict[Target, list[Condition]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def result(self) -> Said:
        of_schema = self.entity.id in self.vocabulary.own
        self.communities = self._communities(of_schema=of_schema)
        default = self._default(of_schema=of_schema)
        for statement in self._said(Control.ACCESS_CONDITION):
            self._say(targets.ENTITY, statement.mainsnak)
        for statement in self._said(Control.TERM_CONDITION):
            self._say_of_terms(statement.mainsnak)
        families: dict[Target, Family] = {}
        defaults: dict[Target, Condition] = {}
        for statement in self.entity.statements:
            families |= self._read_statement(statement)
            said_default = self.vocabulary.property_defaults.get(statement.property_id)
            if said_default is not None:
                defaults[targets.statement(statement.id)] = self._bound(said_default)
        return Said(
            communities=self.communities,
            default=default,
            conditions={target: all_of(parts) for target, parts in self.conditions.items()},
            readable={target: all_of(parts) for target, parts in self.readable.items()},
            families=families,
            property_defaults=defaults,
            state=self._state(of_schema=of_schema),
            outsiders_see=self._outsiders_see(),
            of_schema=of_schema,
            born_live=self._born_live(of_schema=of_schema),
            problems=tuple(self.problems),
        )

    def _said(self, control: Control) -> Iterator[Statement]:
        for statement in self.entity.statements:
            if self.vocabulary.controls.get(statement.property_id) is control:
                yield statement

    def _communities(self, *, of_schema: bool) -> tuple[str, ...]:
        named = [statement.mainsnak.text for statement in self._said(Control.COMMUNITY)]
        unknown = [name for name in named if name not in self.archive.communities]
        if not named and not of_schema:
            self._problem(targets.ENTITY, "", "no community is stated")
        for name in unknown:
            self._problem(targets.ENTITY, name or "", "no community of this archive has that id")
        return () if unknown else tuple(sorted({name for name in named if name is not None}))

    def _default(self, *, of_schema: bool) -> Condition:
        if of_schema:
            return self._bound(self.vocabulary.own[self.entity.id])
        if not self.communities:
            return CLOSED
        classes = {
            statement.mainsnak.value.entity_id
            for statement in self.entity.statements
            if statement.property_id in self.vocabulary.instance_of and statement.mainsnak.value is not None
        }
        of_classes = (self.vocabulary.class_defaults.get(class_) for class_ in classes if class_ is not None)
        texts = [self.archive.default_condition, *(text for text in of_classes if text is not None)]
        return all_of(self._bound(text) for text in texts)

    def _bound(self, text: str) -> Condition:
        try:
            return self._parse(text)
        except ConditionError as error:
            self._problem(targets.ENTITY, text, str(error))
            return CLOSED

    def _parse(self, text: str) -> Condition:
        condition = parse_condition(text)
        return bind(condition, own=self.communities, known=lambda atom: known_in(self.archive, atom))

    def _read_statement(self, statement: Statement) -> Mapping[Target, Family]:
        guid, of = statement.id, statement.property_id
        families: dict[Target, Family] = {targets.statement(guid): targets.families(of)}
        for qualifier in statement.qualifiers:
            control = self.vocabulary.controls.get(qualifier.property_id)
            if control is None:
                families[targets.qualifiers(guid, qualifier.property_id)] = targets.families(of, qualifier.property_id)
            elif control is Control.ACCESS_CONDITION:
                self._say(targets.statement(guid), qualifier)
            elif control is Control.QUALIFIER_CONDITION:
                self._say_of_qualifiers(statement, qualifier)
        for reference in statement.references:
            families |= self._read_reference(statement, reference)
        return families

    def _read_reference(self, statement: Statement, reference: Reference) -> Mapping[Target, Family]:
        controls = frozenset(self.vocabulary.controls)
        target = targets.reference(statement.id, targets.reference_key(reference, controls))
        for snak in reference.snaks:
            if self.vocabulary.controls.get(snak.property_id) is Control.ACCESS_CONDITION:
                self._say(target, snak)
        return {target: targets.families(statement.property_id, of_reference=True)}

    def _say_of_qualifiers(self, statement: Statement, snak: Snak) -> None:
        match = _QUALIFIER.fullmatch(snak.text or "")
        if match is not None:
            self._say_text(targets.qualifiers(statement.id, match.group(1)), match.group(2))
            return
        for present in {q.property_id for q in statement.qualifiers} - set(self.vocabulary.controls):
            self._unreadable(targets.qualifiers(statement.id, present), snak.text, "expected `P12: condition`")

    def _say_of_terms(self, snak: Snak) -> None:
        match = _TERM.fullmatch(snak.text or "")
        why = "expected `aliases@se: condition`"
        if match is not None:
            try:
                condition = self._parse(match.group(3))
            except ConditionError as error:
                why = str(error)
            else:
                self._hear(targets.term(TermKind(match.group(1)), match.group(2)), condition)
                return
        for target in term_targets(self.entity):
            self._unreadable(target, snak.text, why)

    def _say(self, target: Target, snak: Snak) -> None:
        if snak.text is None:
            self._unreadable(target, None, "an unknown or missing value is closed")
        else:
            self._say_text(target, snak.text)

    def _say_text(self, target: Target, text: str) -> None:
        try:
            self._hear(target, self._parse(text))
        except ConditionError as error:
            self._unreadable(target, text, str(error))

    def _hear(self, target: Target, condition: Condition) -> None:
        self.conditions.setdefault(target, []).append(condition)
        self.readable.setdefault(target, []).append(condition)

    def _unreadable(self, target: Target, text: str | None, why: str) -> None:
        self.conditions.setdefault(target, []).append(CLOSED)
        self._problem(target, text or "", why)

    def _problem(self, target: Target, text: str, why: str) -> None:
        self.problems.append(Problem(target, text, why))

    def _state(self, *, of_schema: bool) -> RecordState:
        said = [self._word(statement, RecordState, RecordState.DRAFT) for statement in self._said(Control.RECORD_STATE)]
        if not said:
            return RecordState.LIVE if self._born_live(of_schema=of_schema) else RecordState.DRAFT
        return min(said, key=_STRICTEST_STATE.index)

    def _born_live(self, *, of_schema: bool) -> bool:
        # Record state is said of items that a community makes; a property has none.
        return of_schema or self.entity.type == "property"

    def _outsiders_see(self) -> OutsidersSee | None:
        levels = {level.word: level for level in OutsidersSee}
        said = []
        for statement in self._said(Control.OUTSIDERS_SEE):
            level = levels.get(statement.mainsnak.text or "")
            if level is None:
                self._problem(targets.OUTSIDERS_SEE, statement.mainsnak.text or "", "expected one of " + _words(levels))
            said.append(level or OutsidersSee.HIDDEN)
        return min(said, default=None)

    def _word(self, statement: Statement, words: type[RecordState], otherwise: RecordState) -> RecordState:
        try:
            return words(statement.mainsnak.text or "")
        except ValueError:
            self._problem(targets.STATE, statement.mainsnak.text or "", "expected one of " + _words(words))
            return otherwise


def term_targets(entity: Entity) -> Iterator[Target]:
    """The targets of every term that the entity has."""
    kinds = (
        (TermKind.LABEL, entity.labels),
        (TermKind.DESCRIPTION, entity.descriptions),
        (TermKind.ALIAS, entity.aliases),
    )
    for kind, terms in kinds:
        for language in terms:
            yield targets.term(kind, language)


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
