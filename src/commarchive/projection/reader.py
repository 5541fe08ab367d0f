"""The archive as one principal sees it at one instant: the only way out of the projection.

Knows: how to answer from what its principal may see, and from nothing else.
Must not know: HTTP, pages, or any way around the principal.

Hidden and absent take the same path: what may not be known of is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Subquery,
    Table,
    case,
    cast,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from commarchive.model.archive import Archive
from commarchive.model.entity import Entity, Statement, TermKind
from commarchive.model.ids import is_entity_id, sort_key
from commarchive.policy.condition import CLOSED, PUBLIC, holds, read_canonical
from commarchive.policy.decide import reasons
from commarchive.policy.mentions import is_readable, mentioned
from commarchive.policy.redact import Redactor
from commarchive.policy.standing import VISITOR, Standing
from commarchive.policy.standing import standing as visitors_standing
from commarchive.projection import tables
from commarchive.projection.rows import fold, words_of
from commarchive.projection.rules import Rules
from commarchive.projection.store import ProjectionStore, Stored
from commarchive.projection.why import Finder, Reasons

STUB_LABELS: Mapping[str, str] = {
    "en": "A record that is not open",
    "fi": "Tietue, joka ei ole avoin",
    "fr": "Une notice qui n’est pas ouverte",
}
"""The neutral label of what a reader may know to exist, and no more."""

MAX_WORDS = 12
"""Words of a search that count."""

_LAST = "\U0010ffff"
_MOST = 2**31 - 1
_MOST_LANGUAGES = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """An entity as its reader sees it.

    `asked` is the id asked for, another than the entity's own when that is a redirect. `stub`: only its existence (and
    what is safe) is shown. `public`: everyone sees the entity now. `reason`: why this reader sees it, in words.
    """

    asked: str
    entity: Entity
    stub: bool
    public: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A match: the entity, what matched (kind, language, text), and its weight."""

    id: str
    kind: TermKind
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """What to call an entity: a label with its language. `stub`: the neutral label of what only is known to exist."""

    language: str
    text: str
    stub: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list, and how long all of it is, for its reader."""

    ids: tuple[str, ...]
    total: int


class View:
    """One principal's archive at one instant, in one snapshot of the store."""

    def __init__(self, store: ProjectionStore, connection: Connection, standing: Standing, rules: Rules) -> None:
        self._store = store
        self._connection = connection
        self.standing = standing
        self._everyone = visitors_standing(VISITOR, rules.archive, standing.now)
        self._rules = rules
        self._satisfies_text: dict[str, bool] = {}
        self._known: dict[str, bool] = {}
        self._redactor = Redactor(standing, rules.vocabulary, rules.addresses, self._may_know, STUB_LABELS)

    @property
    def archive(self) -> Archive:
        """The communities and protocols as they are in force."""
        return self._rules.archive

    def entity(self, id_: str) -> Shown | None:
        """One entity, redirects followed; None for what the reader may not know of."""
        return self.entities([id_]).get(id_)

    def entities(self, ids: Iterable[str]) -> dict[str, Shown]:
        """Entities by the ids asked for, redirects followed; what may not be known of is left out."""
        wanted = [id_ for id_ in dict.fromkeys(ids) if is_entity_id(id_)]
        redirects = self._store.redirects(self._connection, wanted)
        allowed = {id_: r.target for id_, r in redirects.items() if holds(r.guard, self.standing)}
        real = {id_: allowed.get(id_, id_) for id_ in wanted if id_ in allowed or id_ not in redirects}
        # Of what may not be known of no row is read: it takes the time of what is not there.
        guarded = tables.entities
        known = self._visible(guarded) | self._visible(guarded, guarded.c.know)
        stored = self._store.get_many(self._connection, real.values(), among=known)
        self._learn(stored.values())
        shown = {}
        for id_, target in real.items():
            found = self._show(id_, stored[target]) if target in stored else None
            if found is not None:
                shown[id_] = found
        return shown

    def redirect_target(self, id_: str) -> str | None:
        """Where a redirect leads that the reader may know of."""
        redirect = self._store.redirects(self._connection, [id_]).get(id_)
        if redirect is None or not holds(redirect.guard, self.standing) or not self._may_know(redirect.target):
            return None
        return redirect.target

    def broken(self, ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """For each entity that the reader sees, the GUIDs of visible statements from which something was taken out.

        What was taken out, how much, and from where in the statement, is not told. That something was, is more than the
        reader knows: for what acts on their behalf, never for what they are shown. Statements of control aside, which
        say nothing about the world.
        """
        stored = self._store.get_many(self._connection, [id_ for id_ in ids if is_entity_id(id_)])
        self._learn(stored.values())
        found = {}
        for id_, one in stored.items():
            redacted = self._redactor.redact(one.entity, one.guards)
            if redacted is not None:
                whole = {statement.id: statement for statement in one.entity.statements}
                left = [s.id for s in redacted.statements if self._substance(s) != self._substance(whole[s.id])]
                found[id_] = frozenset(left)
        return found

    def labels(self, ids: Iterable[str], languages: Sequence[str]) -> dict[str, tuple[str, str]]:
        """For each entity that has one, its label (language, text) in the first of the languages, else in any."""
        terms, found = tables.terms, dict[str, dict[str, str]]()
        wanted = [id_ for id_ in dict.fromkeys(ids) if is_entity_id(id_)]
        query = select(terms.c.entity, terms.c.language, terms.c.text).where(
            (terms.c.kind == str(TermKind.LABEL)) & terms.c.entity.in_(wanted) & self._visible(terms)
        )
        for row in self._connection.execute(query):
            found.setdefault(row.entity, {})[row.language] = row.text
        return {id_: first_of(texts, languages) for id_, texts in found.items()}

    def names(self, ids: Iterable[str], languages: Sequence[str]) -> dict[str, Name]:
        """What to call each entity; one that may not be known of, or has no label for its reader, is left out."""
        wanted = [id_ for id_ in dict.fromkeys(ids) if is_entity_id(id_)]
        found = {id_: Name(*label) for id_, label in self.labels(wanted, languages).items()}
        nameless = self.entities(id_ for id_ in wanted if id_ not in found)
        for id_, shown in nameless.items():
            if shown.entity.labels:
                found[id_] = Name(*first_of(shown.entity.labels, languages), stub=shown.stub)
        return found

    def entities_in(self, uri: str) -> tuple[str, ...]:
        """Ids that stand in an address within the archive; none for other addresses."""
        return self._rules.addresses.entities_in(uri)

    def why(self, shown: Shown) -> Reasons:
        """Why the reader sees an entity and its parts; nothing of a stub."""
        stored = None if shown.stub else self._store.get(self._connection, shown.entity.id)
        if stored is None:
            return Reasons()
        know = self._store.know(self._connection, _mentioned(stored.entity, self._rules))
        # An entity that speaks of itself tells nothing that its reader does not know.
        known = {**know, stored.entity.id: PUBLIC}
        finder = Finder(stored, self._rules, lambda id_: known.get(id_, CLOSED), self.standing, self._everyone)
        return finder.reasons(shown.entity)

    def items(
        self,
        *,
        where: Mapping[str, str] | None = None,
        type_: str = "item",
        offset: int = 0,
        limit: int = 50,
        newest_first: bool = False,
    ) -> Page:
        """Entities in the order of their ids.

        Args:
            where: property → item that a visible statement has to have as its value.
            type_: `item` or `property`.
            offset: how many to leave out.
            limit: how many at the most.
            newest_first: the other way round. Ids tell what is newer; the times of edits would tell of hidden ones.
        """
        entities = tables.entities
        query = select(entities.c.id).where((entities.c.type == type_) & self._visible(entities))
        for property_id, value in (where or {}).items():
            query = query.where(entities.c.id.in_(self._with_value(property_id, value)))
        total = self._connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        order = entities.c.number.desc() if newest_first else entities.c.number
        page = query.order_by(order).offset(_bounded(offset)).limit(_bounded(limit))
        return Page(tuple(self._connection.execute(page).scalars()), total)

    def values(
        self, property_id: str, *, where: Mapping[str, str] | None = None, limit: int = 100
    ) -> list[tuple[str, int]]:
        """Values of a property with how many entities have each, most first, as far as the reader sees them.

        `where` is as in `items`: only these entities are counted.
        """
        facets = tables.facets
        count = func.count(facets.c.entity.distinct())
        query = (
            select(facets.c.value, count)
            .where((facets.c.property == property_id) & self._visible(facets) & self._is_listed(facets.c.value))
            .group_by(facets.c.value)
        )
        for other, value in (where or {}).items():
            query = query.where(facets.c.entity.in_(self._with_value(other, value)))
        found = [(value, int(number)) for value, number in self._connection.execute(query)]
        return sorted(found, key=lambda row: (-row[1], sort_key(row[0])))[:limit]

    def facets(self, *, where: Mapping[str, str] | None = None) -> list[tuple[str, int]]:
        """Properties whose values are entities, with how many entities have each, most first; all as `values`."""
        facets = tables.facets
        count = func.count(facets.c.entity.distinct())
        query = (
            select(facets.c.property, count)
            .where(self._visible(facets) & self._is_listed(facets.c.value) & self._is_listed(facets.c.property))
            .group_by(facets.c.property)
        )
        for other, value in (where or {}).items():
            query = query.where(facets.c.entity.in_(self._with_value(other, value)))
        found = [(property_id, int(number)) for property_id, number in self._connection.execute(query)]
        return sorted(found, key=lambda row: (-row[1], sort_key(row[0])))

    def referring(self, id_: str, *, limit: int = 100) -> list[tuple[str, str]]:
        """Entities with a visible statement about this one: (property, entity), in the order of ids."""
        facets = tables.facets
        query = select(facets.c.property, facets.c.entity).where((facets.c.value == id_) & self._visible(facets))
        found = {(row.property, row.entity) for row in self._connection.execute(query)}
        return sorted(found, key=lambda row: (sort_key(row[0]), sort_key(row[1])))[:limit]

    def search(self, text: str, *, type_: str = "item", offset: int = 0, limit: int = 20) -> Page:
        """Entities in which every word begins a visible word, best first.

        Ranking uses the record alone: the sum of the best weights of its words, then its number.
        """
        words = list(dict.fromkeys(words_of(text)[:MAX_WORDS]))
        if not words:
            return Page((), 0)
        matches = [self._word_matches(word, type_) for word in words]
        score: ColumnElement[int] = sum((each.c.weight for each in matches[1:]), start=matches[0].c.weight)
        found = select(matches[0].c.entity, score.label("score"))
        for each in matches[1:]:
            found = found.join(each, each.c.entity == matches[0].c.entity)
        ranked = found.subquery()
        total = self._connection.execute(select(func.count()).select_from(ranked)).scalar_one()
        page = select(ranked.c.entity).order_by(ranked.c.score.desc(), _number(ranked.c.entity))
        ids = self._connection.execute(page.offset(_bounded(offset)).limit(_bounded(limit))).scalars()
        return Page(tuple(ids), total)

    def suggest(self, text: str, languages: Sequence[str], *, type_: str, offset: int, limit: int) -> list[Hit]:
        """Entities with a label or alias that begins with the text in one of the languages, labels first.

        An id that the reader may see is found by itself.
        """
        hits: dict[str, Hit] = {}
        id_ = text.strip().upper()
        if is_entity_id(id_) and id_.startswith("P" if type_ == "property" else "Q"):
            shown = self.entity(id_)
            if shown is not None and not shown.stub and shown.entity.id == id_:
                hits[id_] = Hit(id_, TermKind.LABEL, "", id_)
        offset, limit = _bounded(offset), _bounded(limit)
        for row in self._beginning_with(fold(text), languages, type_, offset + limit):
            hits.setdefault(row.entity, Hit(row.entity, TermKind(row.kind), row.language, row.text))
        return list(hits.values())[offset : offset + limit]

    def _beginning_with(self, folded: str, languages: Sequence[str], type_: str, most: int) -> list[Row[Any]]:
        """The best label or alias of each entity that has one: whole before begun, labels before aliases."""
        if not folded or not languages or not _can_be_kept(folded):
            return []
        terms, order = tables.terms, {language: at for at, language in reversed(list(enumerate(languages)))}
        wanted = (
            (terms.c.type == type_)
            & (terms.c.folded >= folded)
            & (terms.c.folded < folded + _LAST)
            & terms.c.language.in_(list(order))
            & self._visible(terms)
        )
        rank = (
            case((terms.c.folded == folded, 0), else_=2 * _MOST_LANGUAGES)
            + case((terms.c.kind == str(TermKind.LABEL), 0), else_=_MOST_LANGUAGES)
            + case(order, value=terms.c.language, else_=_MOST_LANGUAGES - 1)
        )
        each = (
            select(
                terms,
                rank.label("rank"),
                func.row_number().over(partition_by=terms.c.entity, order_by=(rank, terms.c.id)).label("place"),
            )
            .where(wanted)
            .subquery()
        )
        best = select(each).where(each.c.place == 1).order_by(each.c.rank, _number(each.c.entity)).limit(most)
        return list(self._connection.execute(best))

    def _show(self, asked: str, stored: Stored) -> Shown | None:
        redacted = self._redactor.redact(stored.entity, stored.guards)
        if redacted is None:
            return None
        stub = not self._redactor.sees(stored.guards)
        revision, modified = stored.entity.revision, stored.entity.modified
        if not self.standing.custodian:
            revision, modified = stored.history.revision_of(stored.entity, redacted, self._satisfies, self._may_know)
        condition = stored.guards.know if stub else stored.guards.entity
        return Shown(
            asked=asked,
            entity=replace(redacted, revision=revision, modified=modified),
            stub=stub,
            public=holds(stored.guards.entity, self._everyone),
            reason="; ".join(reasons(condition, self.standing)),
        )

    def _substance(self, statement: Statement) -> int:
        # Redaction only ever takes snaks away, so their number tells whether it did.
        return sum(snak.property_id not in self._rules.vocabulary.controls for snak in statement.snaks())

    def _may_know(self, id_: str) -> bool:
        if id_ not in self._known:
            self._known[id_] = holds(self._store.know(self._connection, [id_])[id_], self.standing)
        return self._known[id_]

    def _learn(self, stored: Iterable[Stored]) -> None:
        # One query for everything that these entities speak of, instead of one each.
        spoken_of = {id_ for one in stored for id_ in _mentioned(one.entity, self._rules)}
        for id_, condition in self._store.know(self._connection, spoken_of - self._known.keys()).items():
            self._known[id_] = holds(condition, self.standing)

    def _satisfies(self, canonical: str) -> bool:
        if canonical not in self._satisfies_text:
            self._satisfies_text[canonical] = holds(read_canonical(canonical), self.standing)
        return self._satisfies_text[canonical]

    @cached_property
    def _satisfied(self) -> list[int]:
        return self._store.satisfied.by(self._connection, self.standing)

    def _visible(self, table: Table, guard: Column[int] | None = None) -> ColumnElement[bool]:
        if self.standing.custodian:
            return true()
        return _among(self._connection, table.c.guard if guard is None else guard, self._satisfied)

    def _is_listed(self, id_: Column[str]) -> ColumnElement[bool]:
        # What is only known to exist is never listed, not as a value either.
        entities, redirects = tables.entities, tables.redirects
        seen = select(entities.c.id).where(self._visible(entities))
        led_to = select(redirects.c.id).where(self._visible(redirects) & redirects.c.target.in_(seen))
        return id_.in_(seen) | id_.in_(led_to)

    def _with_value(self, property_id: str, value: str) -> Select[tuple[str]]:
        facets = tables.facets
        return select(facets.c.entity).where(
            (facets.c.property == property_id) & (facets.c.value == value) & self._visible(facets)
        )

    def _word_matches(self, word: str, type_: str) -> Subquery:
        words = tables.words
        begins = (words.c.word >= word) & (words.c.word < word + _LAST) & self._visible(words)
        of_type = words.c.entity.like("P%" if type_ == "property" else "Q%")
        # A whole word counts twice what the beginning of one does.
        weight = func.max(words.c.weight * case((words.c.word == word, 2), else_=1))
        return (
            select(words.c.entity, weight.label("weight")).where(begins & of_type).group_by(words.c.entity).subquery()
        )


def _among(connection: Connection, column: Column[int], numbers: list[int]) -> ColumnElement[bool]:
    # One parameter for all, because there may be more numbers than a statement may have parameters.
    if connection.dialect.name == "postgresql":
        return column == func.any(literal(numbers, ARRAY(Integer)))
    each = func.json_each(orjson.dumps(numbers).decode()).table_valued("value")
    return column.in_(select(each.c.value))


def _number(id_: ColumnElement[str]) -> ColumnElement[int]:
    return cast(func.substr(id_, 2), Integer)


def _bounded(number: int) -> int:
    return max(0, min(number, _MOST))


def _can_be_kept(text: str) -> bool:
    # What no database takes stands in none.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _mentioned(entity: Entity, rules: Rules) -> frozenset[str]:
    snaks = (snak for statement in entity.statements for snak in statement.snaks())
    return frozenset(id_ for snak in snaks if is_readable(snak) for id_ in mentioned(snak, rules.addresses))


def first_of(texts: Mapping[str, str], languages: Sequence[str]) -> tuple[str, str]:
    """The text (with its language) in the first of the languages that has one, else in the first of all by code."""
    for language in languages:
        if language in texts:
            return language, texts[language]
    language = min(texts)
    return language, texts[language]
