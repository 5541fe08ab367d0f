"""A statement here in the target's words: lossless, or not at all.

Knows: values of every type, what each loses or may not lose, the target's lengths and languages.
Must not know: who may see what, or what stands in the target already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.mapping import Federable, Rule
from commarchive.federation.target import Limits, There
from commarchive.model.entity import DataValue, Rank, Reference, Snak, SnakKind, Statement, TermKind
from commarchive.model.ids import is_item_id
from commarchive.policy.mentions import Addresses

Counterparts = Mapping[str, str | Block]
"""For items here: the item there, or why there is none."""

WIKIDATA = "http://www.wikidata.org/entity/"
"""Every Wikibase writes calendars, and the usual globe, with Wikidata's addresses."""

_CALENDARS = frozenset({f"{WIKIDATA}Q1985727", f"{WIKIDATA}Q1985786"})
_DAY = 11
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TOLERANCE = 1e-9
_KNOWN_TYPES = frozenset(
    {
        *("string", "external-id", "url", "commonsMedia", "geo-shape", "tabular-data", "monolingualtext"),
        *("quantity", "time", "globe-coordinate", "wikibase-item", "math", "musical-notation"),
    }
)


class BlockedError(Exception):
    """Something cannot be said there; never leaves this package."""

    def __init__(self, blocker: Blocker, words: str) -> None:
        super().__init__(words)
        self.block = Block(blocker, words)


@dataclass(frozen=True)
class Translator:
    """Translates for one target.

    `datatypes`: of the properties there, None for those that are not there. `text_languages`, `term_languages`: the
    codes that it takes.
    """

    mapping: Federable
    addresses: Addresses
    datatypes: Mapping[str, str | None]
    text_languages: frozenset[str]
    term_languages: frozenset[str]
    limits: Limits

    def statement(self, statement: Statement, counterparts: Counterparts) -> tuple[Statement | None, list[Block]]:
        """The statement there, without a GUID and with the archive's own references; or all that stands in its way."""
        blocks: list[Block] = []
        if statement.rank is Rank.DEPRECATED:
            blocks.append(Block(Blocker.RANK, "it is deprecated here; what is known to be wrong is not published"))
        main = self._tried(blocks, statement.mainsnak, self.mapping.properties, counterparts)
        qualifiers = [self._tried(blocks, q, self.mapping.qualifiers, counterparts) for q in statement.qualifiers]
        references = list(self._references(blocks, statement, counterparts))
        if main is None or blocks:
            return None, list(dict.fromkeys(blocks))
        return Statement(
            id="",
            mainsnak=main,
            rank=statement.rank,
            qualifiers=tuple(q for q in qualifiers if q is not None),
            references=tuple(references),
        ), []

    def term(self, kind: TermKind, language: str, text: str) -> Block | None:
        """Why a label, description or alias cannot stand there; None if it can."""
        if language not in self.term_languages:
            return Block(Blocker.LANGUAGE, f"the target takes no {kind} in `{language}`")
        if len(text) > self.limits.term:
            return Block(Blocker.TOO_LONG, _too_long(f"its {kind} in `{language}`", len(text), self.limits.term))
        return None

    def items_named(self, statement: Statement) -> Iterator[str]:
        """The items here for which a counterpart has to be known."""
        for snak in statement.snaks():
            if snak.value is not None:
                if snak.value.entity_id is not None:
                    yield snak.value.entity_id
                for uri in snak.value.mentioned_uris:
                    yield from self.addresses.entities_in(uri)

    def _references(self, blocks: list[Block], statement: Statement, counterparts: Counterparts) -> Iterator[Reference]:
        sources = self.mapping.references.sources
        if sources is None:
            return
        rules = {here: Rule(there) for here, there in sources.items()}
        for reference in statement.references:
            problems: list[Block] = []
            snaks = [self._tried(problems, snak, rules, counterparts, "a source of it") for snak in reference.snaks]
            if not problems:
                yield Reference(tuple(snak for snak in snaks if snak is not None))
            elif not self.mapping.references.leaves:
                blocks += problems

    def _tried(
        self,
        blocks: list[Block],
        snak: Snak,
        rules: Mapping[str, Rule],
        counterparts: Counterparts,
        where: str = "",
    ) -> Snak | None:
        try:
            return self._snak(snak, rules, counterparts, where)
        except BlockedError as error:
            blocks.append(error.block)
            return None

    def _snak(self, snak: Snak, rules: Mapping[str, Rule], counterparts: Counterparts, where: str) -> Snak:
        name = f"`{self.mapping.slugs.get(snak.property_id, snak.property_id)}`"
        rule = rules.get(snak.property_id)
        if rule is None:
            kind = "as a qualifier" if rules is self.mapping.qualifiers else f"in {where}" if where else ""
            raise BlockedError(Blocker.UNMAPPED, f"the mapping has no {name} {kind}".rstrip())
        datatype = self.datatypes.get(rule.to)
        if datatype is None:
            raise BlockedError(Blocker.NOT_THERE, f"the target has no property {rule.to}, which {name} maps to")
        if snak.datatype != datatype:
            words = f"{name} is `{snak.datatype}` here, and {rule.to} there is `{datatype}`"
            raise BlockedError(Blocker.DATATYPE, words)
        if datatype not in _KNOWN_TYPES:
            raise BlockedError(Blocker.VALUE, f"values of type `{datatype}` are not published")
        if snak.value is None:
            return Snak(rule.to, snak.kind, None, datatype)
        value = _Valued(self, name, rule, datatype, counterparts).value(snak.value)
        return Snak(rule.to, SnakKind.VALUE, value, datatype)


@dataclass(frozen=True, slots=True)
class _Valued:
    """One value on its way; `name` is its property's in words."""

    translator: Translator
    name: str
    rule: Rule
    datatype: str
    counterparts: Counterparts

    def value(self, value: DataValue) -> DataValue:
        limits = self.translator.limits
        match value.type:
            case "string" if self.datatype == "url":
                self._text(value.value, len(value.value.encode()), limits.url)
                return value
            case "string":
                self._text(value.value, len(value.value), limits.string)
                return value
            case "monolingualtext":
                language, text = value.value["language"], value.value["text"]
                if language not in self.translator.text_languages:
                    raise BlockedError(Blocker.LANGUAGE, f"the target takes no text in `{language}`")
                self._text(text, len(text), limits.monolingual)
                return value
            case "wikibase-entityid":
                return _item_value(self._counterpart(value.value["id"]))
            case "quantity":
                return DataValue("quantity", {**value.value, "unit": self._unit(value.value["unit"])})
            case "time":
                return self._time(value)
            case "globecoordinate":
                return self._place(value)
        raise BlockedError(Blocker.VALUE, f"the value of {self.name} is of a type that is not published")

    def _text(self, text: str, length: int, limit: int) -> None:
        if length > limit:
            raise BlockedError(Blocker.TOO_LONG, _too_long(f"the value of {self.name}", length, limit))
        if text != text.strip() or _UNPRINTABLE.search(text):
            raise BlockedError(Blocker.VALUE, f"the value of {self.name} has signs that the target would take away")

    def _counterpart(self, id_: str) -> str:
        found = self.counterparts.get(id_)
        if isinstance(found, Block):
            raise BlockedError(found.blocker, found.words)
        if found is None or not is_item_id(found):
            raise BlockedError(Blocker.NO_COUNTERPART, f"`{id_}` has no counterpart in the target yet")
        return found

    def _unit(self, unit: str) -> str:
        if unit == "1":
            return unit
        return self._address(unit, "unit", self.translator.mapping.target)

    def _address(self, uri: str, what: str, base: str) -> str:
        here = self.translator.addresses.entities_in(uri)
        if len(here) == 1:
            return self.translator.mapping.target + self._counterpart(here[0])
        if not here and uri.startswith(base) and is_item_id(uri.removeprefix(base)):
            return uri
        raise BlockedError(Blocker.VALUE, f"the {what} of {self.name} has no counterpart in the target")

    def _time(self, value: DataValue) -> DataValue:
        data = value.value
        if data["precision"] > _DAY or not data["time"].endswith("T00:00:00Z"):
            raise BlockedError(
                Blocker.VALUE, f"{self.name} is given to the hour or finer, which the target does not take"
            )
        if data["calendarmodel"] not in _CALENDARS:
            raise BlockedError(Blocker.VALUE, f"{self.name} is in a calendar that the target does not have")
        if data.get("timezone") or data.get("before") or data.get("after"):
            raise BlockedError(
                Blocker.VALUE, f"{self.name} has a time zone or an interval, which the target does not take"
            )
        return value

    def _place(self, value: DataValue) -> DataValue:
        data, finest = value.value, self.rule.finest
        if finest is None:
            raise BlockedError(Blocker.TOO_EXACT, f"the mapping does not say how exact {self.name} may be (`finest`)")
        if data.get("altitude") is not None:
            raise BlockedError(Blocker.VALUE, f"{self.name} has an altitude, which the target does not take")
        precision = data.get("precision")
        coarse = precision is not None and precision >= finest * (1 - _TOLERANCE)
        if not coarse or not all(_on_grid(data[axis], finest) for axis in ("latitude", "longitude")):
            # Digits tell the place, whatever the stated precision says.
            raise BlockedError(
                Blocker.TOO_EXACT, f"{self.name} is more exact than {finest:g} degrees, the most allowed"
            )
        return DataValue("globecoordinate", {**data, "globe": self._address(data["globe"], "globe", WIKIDATA)})


def _on_grid(degrees: float, finest: float) -> bool:
    steps = degrees / finest
    return abs(steps - round(steps)) <= _TOLERANCE * max(1.0, abs(steps))


def _item_value(id_: str) -> DataValue:
    value: dict[str, Any] = {"entity-type": "item", "numeric-id": int(id_[1:]), "id": id_}
    return DataValue("wikibase-entityid", value)


def _too_long(what: str, length: int, limit: int) -> str:
    return f"{what} is {length} long, and the target takes {limit}"


def datatypes_of(mapping: Federable, facts: Mapping[str, There | None]) -> dict[str, str | None]:
    """The datatype of each property that a mapping names, as the target has it; None for those it does not have."""
    return {id_: there.datatype if (there := facts.get(id_)) is not None else None for id_ in properties_of(mapping)}


def properties_of(mapping: Federable) -> list[str]:
    """Every property there that a mapping names."""
    references = mapping.references
    named: Iterable[str] = [
        *(rule.to for rule in (*mapping.properties.values(), *mapping.qualifiers.values())),
        *(references.url, references.retrieved, references.stated_in),
        *(references.sources or {}).values(),
        *(mapping.correction or ())[:1],
    ]
    return sorted({id_ for id_ in named if id_})
