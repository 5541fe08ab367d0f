"""Wikibase's entity JSON to frozen values and back.

Knows: the JSON of `wbgetentities` (format version 1: claims grouped by property, orders kept beside).
Must not know: where the JSON came from, or who may see it.

Source: Wikibase `docs/topics/json.md`; the tests replay a real Wikibase's answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commarchive.model.entity import DataValue, Entity, Rank, Reference, Snak, SnakKind, Statement

Json = Mapping[str, Any]


def decode_entity(data: Json) -> Entity:
    """An entity from the JSON of `wbgetentities`, EntityData, a dump, or a revision's slot.

    Raises:
        KeyError, TypeError, ValueError: the JSON is not an entity's.
    """
    return Entity(
        id=data["id"],
        type=data["type"],
        labels=_decode_terms(data.get("labels")),
        descriptions=_decode_terms(data.get("descriptions")),
        aliases={lang: tuple(term["value"] for term in terms) for lang, terms in _items(data.get("aliases"))},
        statements=tuple(decode_statement(item) for _, group in _items(data.get("claims")) for item in group),
        sitelinks={site: link["title"] for site, link in _items(data.get("sitelinks"))},
        datatype=data.get("datatype"),
        revision=data.get("lastrevid", 0),
        modified=data.get("modified", ""),
    )


def decode_statement(data: Json) -> Statement:
    """A statement; qualifiers and references in the order that the wiki states."""
    return Statement(
        id=data.get("id", ""),
        mainsnak=decode_snak(data["mainsnak"]),
        rank=Rank(data.get("rank", "normal")),
        qualifiers=_decode_snaks(data.get("qualifiers"), data.get("qualifiers-order")),
        references=tuple(
            Reference(_decode_snaks(item["snaks"], item.get("snaks-order"))) for item in data.get("references", ())
        ),
    )


def decode_snak(data: Json) -> Snak:
    """A snak."""
    kind = SnakKind(data["snaktype"])
    value = data["datavalue"] if kind is SnakKind.VALUE else None
    return Snak(
        property_id=data["property"],
        kind=kind,
        value=DataValue(value["type"], _decode_value(value)) if value is not None else None,
        datatype=data.get("datatype"),
    )


def encode_entity(entity: Entity, *, hashes: bool = True) -> dict[str, Any]:
    """The entity as `wbgetentities` gives it (format version 1), without what only a page has (`pageid`, `ns`)."""
    data: dict[str, Any] = {"type": entity.type, "id": entity.id}
    if entity.datatype is not None:
        data["datatype"] = entity.datatype
    data["labels"] = {lang: {"language": lang, "value": text} for lang, text in entity.labels.items()}
    data["descriptions"] = {lang: {"language": lang, "value": text} for lang, text in entity.descriptions.items()}
    data["aliases"] = {
        lang: [{"language": lang, "value": text} for text in texts] for lang, texts in entity.aliases.items() if texts
    }
    data["claims"] = encode_statements(entity.statements, hashes=hashes)
    if entity.type == "item":
        data["sitelinks"] = {
            site: {"site": site, "title": title, "badges": []} for site, title in entity.sitelinks.items()
        }
    return data


def encode_statements(statements: Iterable[Statement], *, hashes: bool = True) -> dict[str, list[dict[str, Any]]]:
    """Statements grouped by property."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for statement in statements:
        groups.setdefault(statement.property_id, []).append(encode_statement(statement, hashes=hashes))
    return groups


def encode_statement(statement: Statement, *, hashes: bool = True) -> dict[str, Any]:
    """A statement with orders, keys as Wikibase has them; edits go without hashes, which the wiki computes."""
    data: dict[str, Any] = {"mainsnak": encode_snak(statement.mainsnak, hashes=hashes), "type": "statement"}
    if statement.qualifiers:
        data["qualifiers"] = _encode_snaks(statement.qualifiers, hashes=hashes)
        data["qualifiers-order"] = list(data["qualifiers"])
    if statement.id:
        data["id"] = statement.id
    data["rank"] = str(statement.rank)
    if statement.references:
        data["references"] = [_encode_reference(reference, hashes=hashes) for reference in statement.references]
    return data


def encode_snak(snak: Snak, *, hashes: bool = True) -> dict[str, Any]:
    """A snak, with its hash unless it goes without."""
    data: dict[str, Any] = {"snaktype": str(snak.kind), "property": snak.property_id}
    if hashes:
        data["hash"] = snak.hash
    if snak.value is not None:
        data["datavalue"] = {"value": snak.value.value, "type": snak.value.type}
    if snak.datatype is not None:
        data["datatype"] = snak.datatype
    return data


def encode_edit(
    *,
    labels: Mapping[str, str] | None = None,
    descriptions: Mapping[str, str] | None = None,
    aliases: Mapping[str, Iterable[str]] | None = None,
    removed_aliases: Mapping[str, Iterable[str]] | None = None,
    statements: Iterable[Statement] = (),
    removed: Iterable[str] = (),
    datatype: str | None = None,
) -> dict[str, Any]:
    """What `wbeditentity` takes to set these terms, add and remove aliases and statements (these by GUID).

    An empty label or description removes it. What is not named stays as it is.
    """
    data: dict[str, Any] = {} if datatype is None else {"datatype": datatype}
    if labels:
        data["labels"] = {lang: _encode_term(lang, text) for lang, text in labels.items()}
    if descriptions:
        data["descriptions"] = {lang: _encode_term(lang, text) for lang, text in descriptions.items()}
    changed_aliases = [*_encode_aliases(aliases, "add"), *_encode_aliases(removed_aliases, "remove")]
    if changed_aliases:
        data["aliases"] = changed_aliases
    claims = [encode_statement(statement, hashes=False) for statement in statements]
    claims += [{"id": guid, "remove": ""} for guid in removed]
    if claims:
        data["claims"] = claims
    return data


def _encode_reference(reference: Reference, *, hashes: bool) -> dict[str, Any]:
    snaks = _encode_snaks(reference.snaks, hashes=hashes)
    data: dict[str, Any] = {"hash": reference.hash} if hashes else {}
    return {**data, "snaks": snaks, "snaks-order": list(snaks)}


def _encode_snaks(snaks: Iterable[Snak], *, hashes: bool) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for snak in snaks:
        groups.setdefault(snak.property_id, []).append(encode_snak(snak, hashes=hashes))
    return groups


def _decode_snaks(groups: Any, order: Iterable[str] | None) -> tuple[Snak, ...]:
    by_property = dict(_items(groups))
    properties = [*(order or ()), *by_property]
    return tuple(decode_snak(item) for prop in dict.fromkeys(properties) for item in by_property.get(prop, ()))


def _decode_value(data: Json) -> Any:
    value = data["value"]
    if data["type"] == "wikibase-entityid" and "id" not in value:
        # Edits and old revisions may carry the number alone.
        prefix = {"item": "Q", "property": "P"}[value["entity-type"]]
        return {**value, "id": f"{prefix}{value['numeric-id']}"}
    return value


def _decode_terms(data: Any) -> dict[str, str]:
    return {lang: term["value"] for lang, term in _items(data)}


def _items(data: Any) -> Iterable[tuple[str, Any]]:
    # PHP writes an empty map as an empty list.
    return data.items() if data else ()


def _encode_aliases(aliases: Mapping[str, Iterable[str]] | None, verb: str) -> list[dict[str, str]]:
    return [{"language": lang, "value": text, verb: ""} for lang, texts in (aliases or {}).items() for text in texts]


def _encode_term(lang: str, text: str) -> dict[str, str]:
    return {"language": lang, "value": text} if text else {"language": lang, "remove": ""}
