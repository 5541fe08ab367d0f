"""What one revision of an entity says about access, in the wiki's own statements.

Knows: the six controls, where each may stand, and that whatever cannot be read closes what it stands on: a text that
is no condition, a control where it means nothing, a community that is not there.
Must not know: what was said before, or released (see `ratchet`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from commarchive.model.archive import Archive, OutsidersSee, RecordState
from commarchive.model.entity import Entity, Reference, Snak, Statement, TermKind
from commarchive.model.schema import Control
from commarchive.policy import targets
from commarchive.policy.condition import (
    CLOSED,
    PUBLIC,
    Atom,
    Condition,
    ConditionError,
    Members,
    Shares,
    Stewards,
    all_of,
    bind,
    groups_named,
    parse_condition,
)
from commarchive.policy.targets import Family, Target
from commarchive.policy.vocabulary import Vocabulary

_STATES = {str(state): state for state in RecordState}
_STRICTEST_STATE = (RecordState.WITHDRAWN, RecordState.DRAFT, RecordState.IN_REVIEW, RecordState.LIVE)
_TERM = re.compile(r"\s*(?:(label)s?|(description)s?|(alias)(?:es)?)@([a-z][a-z0-9-]*)\s*:(.*)", re.DOTALL)
_QUALIFIER = re.compile(r"\s*(P[1-9][0-9]{0,9})\s*:(.*)", re.DOTALL)

Word = TypeVar("Word")


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
    is what the ratchet may remember. `default` is in force where nothing was ever released, as `property_defaults` are
    for statements; where a default cannot be read, that is among `conditions`. `families` gives the family of every
    statement, group of qualifiers and reference that is there or is spoken of; those that are there are `present`, and
    those that control something `controls`. `stewards` are the communities of the entity and the protocols that are
    named for it. `outsiders_see` is None where nothing is said; `readable_state` and `readable_outsiders_see` leave out
    what cannot be read.
    """

    communities: tuple[str, ...]
    default: Condition
    conditions: Mapping[Target, Condition]
    readable: Mapping[Target, Condition]
    families: Mapping[Target, Family]
    present: frozenset[Target]
    controls: frozenset[Target]
    stewards: frozenset[str]
    property_defaults: Mapping[Target, Condition]
    state: RecordState
    readable_state: RecordState
    outsiders_see: OutsidersSee | None
    readable_outsiders_see: OutsidersSee | None
    of_schema: bool
    born_live: bool
    problems: tuple[Problem, ...] = ()


def read_said(entity: Entity, archive: Archive, vocabulary: Vocabulary) -> Said:
    """Read what an entity says of its own access. Never raises: what cannot be read is closed and reported."""
    return _Reading(entity, archive, vocabulary).result()


def known_in(archive: Archive, atom: Atom) -> bool:
    """Whether the archive has the protocol or community that an atom names; an id of both names neither."""
    match atom:
        case Shares(protocol):
            return protocol in archive.protocols and protocol not in archive.communities
        case Members(str(group)) | Stewards(str(group)):
            return (group in archive.protocols) != (group in archive.communities)
    return True


@dataclass
class _Reading:
    entity: Entity
    archive: Archive
    vocabulary: Vocabulary
    conditions: dict[Target, list[Condition]] = field(default_factory=dict)
    readable: dict[Target, list[Condition]] = field(default_factory=dict)
    families: dict[Target, Family] = field(default_factory=dict)
    present: set[Target] = field(default_factory=set)
    controls: set[Target] = field(default_factory=set)
    property_defaults: dict[Target, Condition] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def result(self) -> Said:
        of_schema = self.entity.id in self.vocabulary.own
        self._need_all_controls()
        self.communities = self._communities(of_schema=of_schema)
        default = self._default(of_schema=of_schema)
        for statement in self._said(Control.ACCESS_CONDITION):
            self._say(targets.ENTITY, statement.mainsnak)
        for statement in self._said(Control.TERM_CONDITION):
            self._say_of_terms(statement.mainsnak)
        for statement in self._said(Control.QUALIFIER_CONDITION):
            self._unreadable(targets.ENTITY, statement.mainsnak.text, "expected as a qualifier of a statement")
        for statement in self.entity.statements:
            self._read_statement(statement)
        # Record state is said of items that a community makes; a property has none.
        born_live = of_schema or self.entity.type == "property"
        state, readable_state = self._state(otherwise=RecordState.LIVE if born_live else RecordState.DRAFT)
        outsiders_see, readable_outsiders_see = self._outsiders_see()
        readable = {target: all_of(parts) for target, parts in self.readable.items()}
        return Said(
            communities=self.communities,
            default=default,
            conditions={target: all_of(parts) for target, parts in self.conditions.items()},
            readable=readable,
            families=self.families,
            present=frozenset(self.present),
            controls=frozenset(self.controls),
            stewards=self._stewards(default, readable.get(targets.ENTITY, PUBLIC)),
            property_defaults=self.property_defaults,
            state=state,
            readable_state=readable_state,
            outsiders_see=outsiders_see,
            readable_outsiders_see=readable_outsiders_see,
            of_schema=of_schema,
            born_live=born_live,
            problems=tuple(self.problems),
        )

    def _said(self, control: Control) -> Iterator[Statement]:
        for statement in self.entity.statements:
            if self.vocabulary.controls.get(statement.property_id) is control:
                yield statement

    def _need_all_controls(self) -> None:
        # Without the property that says it, nobody could say a restriction, and those that were said would go unread.
        for control in set(Control) - set(self.vocabulary.controls.values()):
            self._unreadable(targets.ENTITY, None, f"the wiki has no property for `{control}`")

    def _communities(self, *, of_schema: bool) -> tuple[str, ...]:
        named = [statement.mainsnak.text for statement in self._said(Control.COMMUNITY)]
        unknown = [name for name in named if name not in self.archive.communities]
        if not named and not of_schema:
            self._unreadable(targets.ENTITY, None, "no community is stated")
        for name in unknown:
            self._unreadable(targets.ENTITY, name, "no community of this archive has that id")
        return () if unknown else tuple(sorted({name for name in named if name is not None}))

    def _default(self, *, of_schema: bool) -> Condition:
        if of_schema:
            return self._bound(self.vocabulary.own[self.entity.id], targets.ENTITY)
        defaults = (self.vocabulary.class_defaults.get(class_) for class_ in self._classes())
        texts = [self.archive.default_condition, *(text for text in defaults if text is not None)]
        return all_of([self._bound(text, targets.ENTITY) for text in texts])

    def _classes(self) -> Iterable[str]:
        found = {}
        for statement in self.entity.statements:
            value = statement.mainsnak.value
            if statement.property_id in self.vocabulary.instance_of and value is not None:
                if value.entity_id is None:
                    self._unreadable(targets.ENTITY, value.text, "a class that is no entity")
                else:
                    found[value.entity_id] = True
        return found

    def _stewards(self, *conditions: Condition) -> frozenset[str]:
        named = frozenset[str]().union(*map(groups_named, conditions))
        return frozenset(self.communities) | (named & self.archive.protocols.keys())

    def _bound(self, text: str, target: Target) -> Condition:
        try:
            return self._parse(text)
        except ConditionError as error:
            self._unreadable(target, text, str(error))
            return PUBLIC

    def _parse(self, text: str) -> Condition:
        condition = parse_condition(text)
        return bind(condition, own=self.communities, known=lambda atom: known_in(self.archive, atom))

    def _read_statement(self, statement: Statement) -> None:
        guid, of = statement.id, statement.property_id
        target = targets.statement(guid)
        self._is_there(target, targets.families(of))
        if of in self.vocabulary.controls:
            self.controls.add(target)
        for qualifier in statement.qualifiers:
            group = targets.qualifiers(guid, qualifier.property_id)
            control = self.vocabulary.controls.get(qualifier.property_id)
            if control is None:
                self._is_there(group, targets.families(of, qualifier.property_id))
                continue
            self.controls.add(group)
            if control is Control.ACCESS_CONDITION:
                self._say(target, qualifier)
            elif control is Control.QUALIFIER_CONDITION:
                self._say_of_qualifiers(statement, qualifier)
            else:
                self._unreadable(target, qualifier.text, f"`{control}` is not said in a qualifier")
        for reference in statement.references:
            self._read_reference(statement, reference)
        default = self.vocabulary.property_defaults.get(of)
        if default is not None:
            self.property_defaults[target] = all_of([self._bound(default, target)])

    def _read_reference(self, statement: Statement, reference: Reference) -> None:
        controls = frozenset(self.vocabulary.controls)
        target = targets.reference(statement.id, targets.reference_key(reference, controls))
        self._is_there(target, targets.families(statement.property_id, of_reference=True))
        for snak in reference.snaks:
            control = self.vocabulary.controls.get(snak.property_id)
            if control is Control.ACCESS_CONDITION:
                self._say(target, snak)
            elif control is not None:
                self._unreadable(target, snak.text, f"`{control}` is not said in a reference")

    def _is_there(self, target: Target, family: Family) -> None:
        self.families[target] = family
        self.present.add(target)

    def _say_of_qualifiers(self, statement: Statement, snak: Snak) -> None:
        match = _QUALIFIER.fullmatch(snak.text or "")
        if match is not None:
            target = targets.qualifiers(statement.id, match.group(1))
            self.families[target] = targets.families(statement.property_id, match.group(1))
            self._say_text(target, match.group(2))
            return
        self._problem(targets.statement(statement.id), snak.text, "expected `P12: condition`")
        for present in {q.property_id for q in statement.qualifiers} - set(self.vocabulary.controls):
            self._close(targets.qualifiers(statement.id, present))

    def _say_of_terms(self, snak: Snak) -> None:
        match = _TERM.fullmatch(snak.text or "")
        why = "expected `aliases@se: condition`"
        if match is not None:
            *kinds, language, text = match.groups()
            try:
                condition = self._parse(text)
            except ConditionError as error:
                why = str(error)
            else:
                self._hear(targets.term(TermKind(next(filter(None, kinds))), language), condition)
                return
        self._problem(targets.ENTITY, snak.text, why)
        for target in term_targets(self.entity):
            self._close(target)

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
        self._close(target)
        self._problem(target, text, why)

    def _close(self, target: Target) -> None:
        self.conditions.setdefault(target, []).append(CLOSED)

    def _problem(self, target: Target, text: str | None, why: str) -> None:
        self.problems.append(Problem(target, text or "", why))

    def _state(self, *, otherwise: RecordState) -> tuple[RecordState, RecordState]:
        """The strictest state that is said, and the strictest that can be read."""
        said = [self._word(statement, _STATES, targets.STATE) for statement in self._said(Control.RECORD_STATE)]
        if not said:
            return otherwise, otherwise
        readable = min((state for state in said if state), key=_STRICTEST_STATE.index, default=RecordState.LIVE)
        return min((state or RecordState.DRAFT for state in said), key=_STRICTEST_STATE.index), readable

    def _outsiders_see(self) -> tuple[OutsidersSee | None, OutsidersSee | None]:
        """The strictest level that is said, and the strictest that can be read."""
        levels = {level.word: level for level in OutsidersSee}
        said = [self._word(statement, levels, targets.OUTSIDERS_SEE) for statement in self._said(Control.OUTSIDERS_SEE)]
        readable = min((level for level in said if level is not None), default=None)
        return min((level or OutsidersSee.HIDDEN for level in said), default=None), readable

    def _word(self, statement: Statement, words: Mapping[str, Word], target: Target) -> Word | None:
        text = statement.mainsnak.text
        found = words.get(text) if text is not None else None
        if found is None:
            self._problem(target, text, "expected one of " + ", ".join(f"`{word}`" for word in words))
        return found


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
