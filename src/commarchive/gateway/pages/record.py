"""The page of one record, or of one property.

Knows: how a record is laid out for people. Must not know: who may see what; it is given what may be seen, and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from starlette.responses import RedirectResponse, Response

from commarchive.gateway.ask import Ask
from commarchive.gateway.pages.reasons import notices_of, reasons_of
from commarchive.gateway.pages.render import not_found, page, words_of
from commarchive.gateway.pages.translations import interface_language
from commarchive.gateway.pages.values import Formatter, Value, locale_of, own_units
from commarchive.model.entity import Entity, Rank, Snak, Statement, TermKind
from commarchive.model.ids import is_entity_id
from commarchive.projection.reader import Shown
from commarchive.projection.why import Reasons, Why

_REFERRING_MOST = 50
FORMATS = ("json", "ttl", "nt", "rdf", "jsonld")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Values of one property."""

    property: Value
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A statement; its value's `reasons` are those of the whole statement."""

    value: Value
    rank: Rank
    qualifiers: tuple[Pairs, ...]
    references: tuple[tuple[Pairs, ...], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The statements of one property."""

    property: Value
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sections:
    """A record's statements: what it tells, by which numbers others know it, and who may see it."""

    content: tuple[Group, ...]
    identifiers: tuple[Group, ...]
    access: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A term. `reasons`: why this reader sees it, where fewer people see it than the record."""

    text: str
    language: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """A record's terms in one language."""

    language: str
    label: Text | None
    description: Text | None
    aliases: tuple[Text, ...]


def item(ask: Ask) -> Response:
    """The page of an item."""
    return _record(ask, "item")


def property_(ask: Ask) -> Response:
    """The page of a property."""
    return _record(ask, "property")


def wiki_page(ask: Ask) -> Response:
    """A page's address as a wiki has it leads to the record's own; made from the words of the address alone."""
    kind, _, id_ = ask.request.path_params["title"].partition(":")
    id_ = id_.strip().upper()
    if kind.lower() not in ("item", "property") or not is_entity_id(id_) or id_[0] != kind[0].upper().replace("I", "Q"):
        raise not_found()
    return RedirectResponse(f"{ask.services.base_url}/{kind.lower()}/{id_}", 301)


def _record(ask: Ask, kind: str) -> Response:
    id_ = ask.request.path_params["id"].upper()
    shown = ask.view.entity(id_) if is_entity_id(id_) else None
    if shown is None or shown.entity.type != kind:
        raise not_found()
    if shown.asked != shown.entity.id or shown.entity.id != ask.request.path_params["id"]:
        return RedirectResponse(f"{ask.services.base_url}/{kind}/{shown.entity.id}", 302)
    entity = shown.entity
    why = ask.view.why(shown)
    formatter = _formatter(ask, entity)
    terms = _terms(ask, entity, why)
    return page(
        ask,
        "record.html",
        kind=kind,
        id=entity.id,
        stub=shown.stub,
        datatype=entity.datatype or "",
        label=next((each.label for each in terms if each.label), Text(entity.id)),
        description=next((each.description for each in terms if each.description), None),
        aliases=next((each.aliases for each in terms if each.aliases), ()),
        terms=terms,
        reasons=reasons_of(ask, why.record),
        is_open=shown.public,
        notices=notices_of(ask, why.protocols),
        sections=_sections(ask, entity, formatter, why),
        referring=_referring(ask, shown, formatter),
        formats=FORMATS,
        concept=f"{ask.services.base_url}/entity/{entity.id}",
    )


def _formatter(ask: Ask, entity: Entity) -> Formatter:
    snaks = [snak for statement in entity.statements for snak in statement.snaks()]
    units = own_units((snak.value for snak in snaks), ask.view.entities_in)
    values = {snak.value.entity_id for snak in snaks if snak.value is not None and snak.value.entity_id is not None}
    ids = {snak.property_id for snak in snaks} | values | set(units.values())
    return Formatter(
        locale=locale_of(interface_language(ask.reader.languages)),
        words=words_of(ask),
        names=ask.view.names(ids, ask.reader.languages),
        units=units,
        formatters=ask.services.formatters,
    )


def _sections(ask: Ask, entity: Entity, formatter: Formatter, why: Reasons) -> Sections:
    by_property: dict[str, list[Statement]] = {}
    for statement in entity.statements:
        by_property.setdefault(statement.property_id, []).append(statement)
    content, identifiers, access = [], [], []
    for property_id, statements in by_property.items():
        lines = tuple(_line(ask, statement, formatter, why) for statement in statements)
        group = Group(formatter.entity(property_id), lines)
        if property_id in ask.services.vocabulary.controls:
            access.append(group)
        elif statements[0].mainsnak.datatype == "external-id":
            identifiers.append(group)
        else:
            content.append(group)
    return Sections(tuple(content), tuple(identifiers), tuple(access))


def _line(ask: Ask, statement: Statement, formatter: Formatter, why: Reasons) -> Line:
    guid = statement.id

    def value(snak: Snak, reason: Why | None) -> Value:
        return replace(formatter.snak(snak), reasons=reasons_of(ask, reason))

    return Line(
        value=value(statement.mainsnak, why.of_statement(guid)),
        rank=statement.rank,
        qualifiers=_pairs(((s, value(s, why.of_qualifier(guid, s))) for s in statement.qualifiers), formatter),
        references=tuple(
            _pairs(((s, value(s, why.of_source(guid, s))) for s in reference.snaks), formatter)
            for reference in statement.references
        ),
    )


def _pairs(values: Iterable[tuple[Snak, Value]], formatter: Formatter) -> tuple[Pairs, ...]:
    by_property: dict[str, list[Value]] = {}
    for snak, value in values:
        by_property.setdefault(snak.property_id, []).append(value)
    return tuple(Pairs(formatter.entity(id_), tuple(found)) for id_, found in by_property.items())


def _terms(ask: Ask, entity: Entity, why: Reasons) -> tuple[Terms, ...]:
    """The terms in each language, the reader's own first."""

    def text(kind: TermKind, language: str, words: str | None) -> Text | None:
        return Text(words, language, reasons_of(ask, why.of_term(kind, language))) if words else None

    codes = {*entity.labels, *entity.descriptions, *entity.aliases}
    languages = ask.reader.languages
    order = [code for code in languages if code in codes] + sorted(codes.difference(languages))
    return tuple(
        Terms(
            language=code,
            label=text(TermKind.LABEL, code, entity.labels.get(code)),
            description=text(TermKind.DESCRIPTION, code, entity.descriptions.get(code)),
            aliases=tuple(
                alias for words in entity.aliases.get(code, ()) if (alias := text(TermKind.ALIAS, code, words))
            ),
        )
        for code in order
    )


def _referring(ask: Ask, shown: Shown, formatter: Formatter) -> tuple[Pairs, ...]:
    if shown.stub:
        return ()
    found = ask.view.referring(shown.entity.id, limit=_REFERRING_MOST)
    names = ask.view.names({id_ for pair in found for id_ in pair}, ask.reader.languages)
    naming = Formatter(formatter.locale, formatter.words, names, {}, {})
    by_property: dict[str, list[Value]] = {}
    for property_id, id_ in found:
        by_property.setdefault(property_id, []).append(naming.entity(id_))
    return tuple(Pairs(naming.entity(id_), tuple(values)) for id_, values in by_property.items())
