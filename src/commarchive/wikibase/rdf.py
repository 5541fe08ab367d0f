"""An entity as RDF, in Wikibase's own format.

Knows: Wikibase's prefixes and the layout of its nodes. Must not know: what was left out of the entity that it is given;
what is best, truthy or counted is computed from that entity alone.

Source: Wikibase `docs/topics/rdf-binding.md`, and the recorded answers of a real Wikibase, which the tests compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import md5

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from commarchive.model.entity import Entity, Rank, Snak, SnakKind, Statement
from commarchive.wikibase.rdf_values import WIKIBASE, Node, iri, simple_value, text, typed, value_node, value_node_name

FORMATS: Mapping[str, RdfFormat] = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}
"""Formats by the endings of addresses."""

_VERSION = "1.0.0"
"""Of the format of the data, not of this software."""

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OWL = "http://www.w3.org/2002/07/owl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_SCHEMA = "http://schema.org/"
_CC = "http://creativecommons.org/ns#"
_PROV = "http://www.w3.org/ns/prov#"
_A = NamedNode(_RDF + "type")
_RANKS = {Rank.PREFERRED: "PreferredRank", Rank.NORMAL: "NormalRank", Rank.DEPRECATED: "DeprecatedRank"}
_OBJECT_DATATYPES = frozenset(
    {"commonsMedia", "entity-schema", "geo-shape", "tabular-data", "url", "wikibase-item", "wikibase-property"}
)
_NORMALIZED = {"quantity": "DatatypeProperty", "external-id": "ObjectProperty"}
_PREDICATES = (
    ("directClaim", "wdt"),
    ("claim", "p"),
    ("statementProperty", "ps"),
    ("statementValue", "psv"),
    ("qualifier", "pq"),
    ("qualifierValue", "pqv"),
    ("reference", "pr"),
    ("referenceValue", "prv"),
    ("novalue", "wdno"),
)
_NORMALIZED_PREDICATES = (
    ("directClaimNormalized", "wdtn"),
    ("statementValueNormalized", "psn"),
    ("qualifierValueNormalized", "pqn"),
    ("referenceValueNormalized", "prn"),
)

Triples = Iterator[Triple]


@dataclass(frozen=True, slots=True)
class RdfRights:
    """What is claimed of the data: an address, and a text by language; nothing is claimed where both are empty."""

    url: str = ""
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RdfWriter:
    """Writes entities; `base` is what all addresses of the archive begin with, without a slash at its end."""

    base: str
    rights: RdfRights = RdfRights()

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """Wikibase's prefixes, in its order."""
        base, prop = self.base, f"{self.base}/prop/"
        return {
            "rdf": _RDF,
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "rdfs": _RDFS,
            "owl": _OWL,
            "wikibase": WIKIBASE,
            "skos": _SKOS,
            "schema": _SCHEMA,
            "cc": _CC,
            "geo": "http://www.opengis.net/ont/geosparql#",
            "prov": _PROV,
            "wd": f"{base}/entity/",
            "data": f"{base}/wiki/Special:EntityData/",
            "s": f"{base}/entity/statement/",
            "ref": f"{base}/reference/",
            "v": f"{base}/value/",
            "wdt": f"{prop}direct/",
            "wdtn": f"{prop}direct-normalized/",
            "p": prop,
            "ps": f"{prop}statement/",
            "psv": f"{prop}statement/value/",
            "psn": f"{prop}statement/value-normalized/",
            "pq": f"{prop}qualifier/",
            "pqv": f"{prop}qualifier/value/",
            "pqn": f"{prop}qualifier/value-normalized/",
            "pr": f"{prop}reference/",
            "prv": f"{prop}reference/value/",
            "prn": f"{prop}reference/value-normalized/",
            "wdno": f"{prop}novalue/",
        }

    def write(self, triples: Iterable[Triple], ending: str) -> bytes:
        """Triples in the format of an address's ending (`FORMATS`), each once, in the order given.

        Raises:
            KeyError: there is no such format.
        """
        return bytes(serialize(dict.fromkeys(triples), format=FORMATS[ending], prefixes=self.prefixes) or b"")

    def document(self, entity: Entity, mentioned: Iterable[Entity] = (), redirects: Iterable[str] = ()) -> Triples:
        """All that an entity's own document says.

        Args:
            entity: as its reader sees it.
            mentioned: entities that it speaks of, as the same reader sees them; each is described in short.
            redirects: ids that lead to it.
        """
        yield from self._dataset(entity)
        yield from self.entity(entity)
        for id_ in redirects:
            yield Triple(self._node("wd", id_), NamedNode(_OWL + "sameAs"), self._node("wd", entity.id))
        for each in mentioned:
            if each.id != entity.id:
                yield from self._described(each, with_aliases=False)

    def entity(self, entity: Entity) -> Triples:
        """What an entity says of itself: terms, statements, and the nodes that these need."""
        yield from self._described(entity, with_aliases=True)
        best = frozenset(_best(entity.statements))
        subject = self._node("wd", entity.id)
        for statement in entity.statements:
            if statement.id in best:
                yield from self._snak(subject, statement.mainsnak, "wdt", (entity.id, statement.id), detailed=False)
        for statement in entity.statements:
            yield from self._statement(subject, statement, is_best=statement.id in best)

    def _node(self, prefix: str, name: str) -> NamedNode:
        return NamedNode(self.prefixes[prefix] + name)

    def _dataset(self, entity: Entity) -> Triples:
        subject = self._node("data", entity.id)
        yield Triple(subject, _A, NamedNode(_SCHEMA + "Dataset"))
        yield Triple(subject, NamedNode(_SCHEMA + "about"), self._node("wd", entity.id))
        licence = iri(self.rights.url) if self.rights.url else None
        if licence is not None:
            yield Triple(subject, NamedNode(_CC + "license"), licence)
        for language, words in self.rights.text.items():
            yield Triple(subject, NamedNode(_SCHEMA + "copyrightNotice"), text(words, language))
        yield Triple(subject, NamedNode(_SCHEMA + "softwareVersion"), Literal(_VERSION))
        yield Triple(subject, NamedNode(_SCHEMA + "version"), typed(str(entity.revision), "integer"))
        if entity.modified:
            yield Triple(subject, NamedNode(_SCHEMA + "dateModified"), typed(entity.modified, "dateTime"))
        counts = {"statements": len(entity.statements)}
        if entity.type == "item":
            counts["sitelinks"] = len(entity.sitelinks)
            counts["identifiers"] = sum(s.mainsnak.datatype == "external-id" for s in entity.statements)
        for name, count in counts.items():
            yield Triple(subject, NamedNode(WIKIBASE + name), typed(str(count), "integer"))

    def _described(self, entity: Entity, *, with_aliases: bool) -> Triples:
        subject = self._node("wd", entity.id)
        yield Triple(subject, _A, NamedNode(f"{WIKIBASE}{entity.type.capitalize()}"))
        for language, label in entity.labels.items():
            for predicate in (_RDFS + "label", _SKOS + "prefLabel", _SCHEMA + "name"):
                yield Triple(subject, NamedNode(predicate), text(label, language))
        for language, description in entity.descriptions.items():
            yield Triple(subject, NamedNode(_SCHEMA + "description"), text(description, language))
        if with_aliases:
            for language, aliases in entity.aliases.items():
                for alias in aliases:
                    yield Triple(subject, NamedNode(_SKOS + "altLabel"), text(alias, language))
        if entity.type == "property":
            yield from self._property(entity.id, entity.datatype or "")

    def _property(self, id_: str, datatype: str) -> Triples:
        subject = self._node("wd", id_)
        words = datatype.replace("-", " ").split()
        kind = "".join(word[:1].upper() + word[1:] for word in words)
        yield Triple(subject, NamedNode(WIKIBASE + "propertyType"), NamedNode(WIKIBASE + kind))
        normalized = _NORMALIZED.get(datatype)
        for name, prefix in (*_PREDICATES, *(_NORMALIZED_PREDICATES if normalized else ())):
            yield Triple(subject, NamedNode(WIKIBASE + name), self._node(prefix, id_))
        own = "ObjectProperty" if datatype in _OBJECT_DATATYPES else "DatatypeProperty"
        kinds = dict.fromkeys(("p", "psv", "pqv", "prv"), "ObjectProperty") | dict.fromkeys(
            ("wdt", "ps", "pq", "pr"), own
        )
        if normalized:
            kinds |= dict.fromkeys(("psn", "pqn", "prn"), "ObjectProperty") | {"wdtn": normalized}
        for prefix, owl in kinds.items():
            yield Triple(self._node(prefix, id_), _A, NamedNode(_OWL + owl))
        complement = _blank("complement", id_)
        yield Triple(self._node("wdno", id_), _A, NamedNode(_OWL + "Class"))
        yield Triple(self._node("wdno", id_), NamedNode(_OWL + "complementOf"), complement)
        yield Triple(complement, _A, NamedNode(_OWL + "Restriction"))
        yield Triple(complement, NamedNode(_OWL + "onProperty"), self._node("wdt", id_))
        yield Triple(complement, NamedNode(_OWL + "someValuesFrom"), NamedNode(_OWL + "Thing"))

    def _statement(self, entity: NamedNode, statement: Statement, *, is_best: bool) -> Triples:
        subject = self._node("s", statement.id.replace("$", "-"))
        yield Triple(entity, self._node("p", statement.property_id), subject)
        yield Triple(subject, _A, NamedNode(WIKIBASE + "Statement"))
        if is_best:
            yield Triple(subject, _A, NamedNode(WIKIBASE + "BestRank"))
        yield Triple(subject, NamedNode(WIKIBASE + "rank"), NamedNode(WIKIBASE + _RANKS[statement.rank]))
        yield from self._snak(subject, statement.mainsnak, "ps", (statement.id,))
        for at, qualifier in enumerate(statement.qualifiers):
            yield from self._snak(subject, qualifier, "pq", (statement.id, str(at)))
        for reference in statement.references:
            source = self._node("ref", reference.hash)
            yield Triple(subject, NamedNode(_PROV + "wasDerivedFrom"), source)
            yield Triple(source, _A, NamedNode(WIKIBASE + "Reference"))
            for at, snak in enumerate(reference.snaks):
                yield from self._snak(source, snak, "pr", (reference.hash, str(at)))

    def _snak(
        self, subject: NamedNode, snak: Snak, prefix: str, place: tuple[str, ...], *, detailed: bool = True
    ) -> Triples:
        if snak.kind is SnakKind.NO_VALUE:
            yield Triple(subject, _A, self._node("wdno", snak.property_id))
            return
        if snak.kind is SnakKind.SOME_VALUE:
            yield Triple(subject, self._node(prefix, snak.property_id), _blank(prefix, snak.property_id, *place))
            return
        simple: Node | None = simple_value(snak, self.prefixes["wd"])
        if simple is None or snak.value is None:
            return
        yield Triple(subject, self._node(prefix, snak.property_id), simple)
        name = value_node_name(snak.value) if detailed else None
        if name is not None:
            node = self._node("v", name)
            yield Triple(subject, self._node(f"{prefix}v", snak.property_id), node)
            for predicate, obj in value_node(snak.value):
                yield Triple(node, _A if predicate == "a" else NamedNode(WIKIBASE + predicate), obj)


def _best(statements: Iterable[Statement]) -> Iterator[str]:
    """Ids of the best statements of each property: the preferred ones, else the normal ones."""
    by_property: dict[str, list[Statement]] = {}
    for statement in statements:
        by_property.setdefault(statement.property_id, []).append(statement)
    for group in by_property.values():
        best = Rank.PREFERRED if any(s.rank is Rank.PREFERRED for s in group) else Rank.NORMAL
        yield from (s.id for s in group if s.rank is best)


def _blank(*place: str) -> BlankNode:
    # A steady name: the same content gives the same bytes. With a letter in front it is a name in XML too.
    return BlankNode("b" + md5("-".join(place).encode(), usedforsecurity=False).hexdigest())
