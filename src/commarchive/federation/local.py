"""What a record here would say there: gate and translation together, before anything is compared with the target.

Knows: the order of questions, so that nothing about a record that is kept back is ever asked of the target.
Must not know: what stands in the target's item, or how a plan is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.compare import Wanted
from commarchive.federation.counterparts import NEW, Matcher
from commarchive.federation.evidence import Reader
from commarchive.federation.gate import Record
from commarchive.federation.mapping import Federable
from commarchive.federation.plan import LeftOut
from commarchive.federation.sameness import digest, statement_key
from commarchive.federation.steps import Terms
from commarchive.federation.translate import Translator
from commarchive.federation.words import statement_words
from commarchive.model.entity import DataValue, Entity, Reference, Snak, SnakKind, Statement, TermKind
from commarchive.register.consents import Consent


@dataclass(frozen=True, slots=True)
class Place:
    """How the archive names itself there.

    `pages`: what the addresses of records' pages begin with, empty where the archive has none that others can open.
    `item`: the archive's item there, empty if none. `day`: ISO 8601.
    """

    pages: str
    item: str
    day: str


@dataclass
class Local:
    """What one record would say there.

    `record`: None where visitors do not see it. `item`: the one there, empty for one to be made, None where neither is
    possible.
    """

    id: str
    record: Record | None
    label: str = ""
    item: str | None = None
    terms: Terms | None = None
    wanted: list[Wanted] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def revision(self) -> int:
        """The record's, as visitors see it."""
        return self.record.entity.revision if self.record is not None else 0

    def leave_out(self, part: str, blocks: Iterable[Block]) -> None:
        """Note what is not said, and why."""
        self.left_out.append(LeftOut(self.id, part, tuple(dict.fromkeys(blocks)), self.label))


class _Anything(dict[str, "str | Block"]):
    """Stands in for counterparts where a statement is kept back anyway, and nothing about it may be asked."""

    def get(self, _key: str, _default: object = None) -> str:
        return "Q1"


@dataclass(frozen=True)
class Saying:
    """Finds out what records would say; `languages` are those of the archive, its own first."""

    reader: Reader
    mapping: Federable
    translator: Translator
    matcher: Matcher
    place: Place
    languages: Sequence[str]

    def of(self, ids: Sequence[str]) -> list[Local]:
        """What these records would say, and in which items there, in their order."""
        found, counterparts = self._said(ids)
        for local in found:
            if local.wanted and local.record is not None:
                self._place(local, local.record.entity, counterparts.get(local.id))
        return found

    def wanted(self, ids: Sequence[str]) -> list[Local]:
        """What these records would say, without looking for the items there."""
        return self._said(ids)[0]

    def _said(self, ids: Sequence[str]) -> tuple[list[Local], dict[str, str | Block]]:
        records = self.reader.records(ids)
        found = [Local(id_, records.get(id_)) for id_ in ids]
        passing = {local.id: list(self._passing(local)) for local in found}
        asked = [statement for some in passing.values() for statement, _ in some]
        named = {id_ for statement in asked for id_ in self.translator.items_named(statement)}
        matched = {local.id for local in found if passing[local.id]}
        entities = self.reader.entities(named | matched)
        counterparts = self.matcher.of_all(entities, sorted(named | matched))
        names = self._names(asked)
        for local in found:
            for statement, consent in passing[local.id]:
                self._translate(local, statement, consent, counterparts, names)
        return found, counterparts

    def _passing(self, local: Local) -> Iterator[tuple[Statement, Consent]]:
        record = local.record
        if record is None:
            words = f"there is no record `{local.id}`, or none that visitors see"
            local.leave_out("", [Block(Blocker.NOT_PUBLIC, words)])
            return
        local.label = next(iter(_labels(record.entity, self.languages)), "")
        whole = self.reader.gate.of_record(record)
        if whole:
            local.leave_out("", whole)
            return
        for statement in record.entity.statements:
            if statement.property_id == self.mapping.identity:
                continue
            blocks = self.reader.gate.of_statement(record, statement)
            consent = self.reader.gate.consent(record, statement)
            if not self.place.pages:
                blocks.append(Block(Blocker.NO_ADDRESS, "the archive has no public address (`https`) to refer to"))
            if blocks or isinstance(consent, Block):
                _, more = self.translator.statement(statement, _Anything())
                local.leave_out(statement.id, [*blocks, *more])
            else:
                yield statement, consent

    def _translate(
        self,
        local: Local,
        statement: Statement,
        consent: Consent,
        counterparts: Mapping[str, str | Block],
        names: Mapping[str, str],
    ) -> None:
        said, blocks = self.translator.statement(statement, counterparts)
        if said is None:
            local.leave_out(statement.id, blocks)
            return
        own = Reference(tuple(self._own_reference(local.id)))
        local.wanted.append(
            Wanted(
                statement=statement.id,
                content=digest(statement_key(statement)),
                says=said,
                references=tuple({each.hash: each for each in (own, *said.references)}.values()),
                consent=consent.id,
                words=statement_words(statement, lambda id_: names.get(id_, "")),
            )
        )

    def _place(self, local: Local, entity: Entity, counterpart: str | Block | None) -> None:
        found = counterpart
        if found is None and self.matcher.choices.get(entity.id) != NEW:
            found = self.matcher.recognised(entity)
        if isinstance(found, str):
            local.item = found
            return
        blocks = [found] if isinstance(found, Block) else list(self._not_new(local))
        if not blocks:
            local.terms = self._terms(local, entity)
            if local.terms.labels:
                local.item = ""
                return
            blocks = [Block(Blocker.LANGUAGE, "it has no name that the target takes")]
        local.leave_out("", blocks)

    def _not_new(self, local: Local) -> Iterator[Block]:
        record = local.record
        if record is None or not record.known[local.id].classes & self.mapping.create:
            yield Block(Blocker.NO_COUNTERPART, f"`{local.id}` has no counterpart there, and none of its kind is made")
            return
        blocks = self.reader.gate.of_terms(record)
        yield from blocks
        if not blocks:
            namesakes = self.matcher.namesakes(record.entity)
            if namesakes is not None:
                yield namesakes

    def _terms(self, local: Local, entity: Entity) -> Terms:
        def may(kind: TermKind, language: str, text: str) -> bool:
            return self._may_stand(local, kind, language, text)

        labels = {code: text for code, text in entity.labels.items() if may(TermKind.LABEL, code, text)}
        descriptions = {
            code: text for code, text in entity.descriptions.items() if may(TermKind.DESCRIPTION, code, text)
        }
        aliases = {
            code: tuple(text for text in texts if may(TermKind.ALIAS, code, text))
            for code, texts in entity.aliases.items()
        }
        return Terms(
            labels=labels,
            # A wiki refuses a description that repeats the label, and nothing is lost without it.
            descriptions={code: text for code, text in descriptions.items() if text != labels.get(code)},
            aliases={code: texts for code, texts in aliases.items() if texts},
        )

    def _may_stand(self, local: Local, kind: TermKind, language: str, text: str) -> bool:
        blocks = self.reader.gate.of_term(local.record, kind, language) if local.record is not None else []
        problem = self.translator.term(kind, language, text)
        if problem is not None:
            blocks.append(problem)
        if blocks:
            local.leave_out(f"{kind}@{language}", blocks)
        return not blocks

    def _own_reference(self, id_: str) -> Iterator[Snak]:
        references = self.mapping.references
        if references.stated_in and self.place.item:
            number = int(self.place.item[1:])
            value = {"entity-type": "item", "numeric-id": number, "id": self.place.item}
            yield Snak(references.stated_in, SnakKind.VALUE, DataValue("wikibase-entityid", value))
        yield Snak(references.url, SnakKind.VALUE, DataValue("string", f"{self.place.pages}{id_}"))
        if references.retrieved:
            yield Snak(references.retrieved, SnakKind.VALUE, DataValue("time", _day(self.place.day)))

    def _names(self, statements: Iterable[Statement]) -> dict[str, str]:
        ids: dict[str, None] = {}
        for statement in statements:
            for snak in statement.snaks():
                ids.setdefault(snak.property_id)
                if snak.value is not None and snak.value.entity_id is not None:
                    ids.setdefault(snak.value.entity_id)
        found = self.reader.view.labels(ids, [*self.languages, "en", "mul"])
        return {id_: text for id_, (_, text) in found.items()}


def _labels(entity: Entity, languages: Sequence[str]) -> Iterator[str]:
    for language in (*languages, "en", "mul"):
        if language in entity.labels:
            yield entity.labels[language]
    yield from entity.labels.values()


def _day(day: str) -> dict[str, object]:
    return {
        "time": f"+{day}T00:00:00Z",
        "timezone": 0,
        "before": 0,
        "after": 0,
        "precision": 11,
        "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
    }
