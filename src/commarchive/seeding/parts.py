"""The parts of which a definition's entity is made: terms, and statements that describe it.

Knows: how a part is called (`label@fi`, `slug`, `equivalent http://…`), whether an entity has it, how it is written.
Must not know: which parts are missing, or who wrote them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commarchive.model.entity import DataValue, Entity, Snak, Statement
from commarchive.model.schema import ItemDefinition, PropertyDefinition
from commarchive.seeding.state import CONDITION, EQUIVALENT, FORMATTER, MATCH, SLUG, normal_uri
from commarchive.wikibase.codec import encode_edit

Definition = PropertyDefinition | ItemDefinition

_DATATYPES = {SLUG: "string", CONDITION: "string", FORMATTER: "string", EQUIVALENT: "url", MATCH: "url"}


def kind_of(definition: Definition) -> str:
    """`property` or `item`."""
    return "property" if isinstance(definition, PropertyDefinition) else "item"


def parts_of(definition: Definition, describing: Iterable[str]) -> tuple[str, ...]:
    """All parts that a definition wants, as far as the schema has the properties (`describing`, slugs) for them."""
    terms = [f"label@{lang}" for lang in definition.labels]
    terms += [f"description@{lang}" for lang in definition.descriptions]
    terms += [f"alias@{lang}" for lang, texts in definition.aliases.items() if texts]
    available = set(describing)
    return (*terms, *(part for part, (slug, _) in _statements(definition).items() if slug in available))


def has_part(entity: Entity, part: str, definition: Definition, describing: Mapping[str, str]) -> bool:
    """Whether an entity has a part; any text counts as a term in a language, and any condition as a condition."""
    word, _, lang = part.partition("@")
    match word:
        case "label":
            return lang in entity.labels
        case "description":
            return lang in entity.descriptions
        case "alias":
            return bool(entity.aliases.get(lang))
    slug, text = _statements(definition)[part]
    statements = entity.statements_of(describing[slug]) if slug in describing else ()
    if slug in {CONDITION, FORMATTER}:
        return bool(statements)
    return any(normal_uri(statement.mainsnak.text or "") == text for statement in statements)


def encode_parts(definition: Definition, parts: Iterable[str], describing: Mapping[str, str]) -> dict[str, Any]:
    """What `wbeditentity` takes to write these parts; statements whose property has no id yet are left out."""
    wanted = set(parts)
    statements = [
        Statement("", Snak(describing[slug], value=DataValue("string", text), datatype=_DATATYPES[slug]))
        for part, (slug, text) in _statements(definition).items()
        if part in wanted and slug in describing
    ]
    return encode_edit(
        labels={lang: text for lang, text in definition.labels.items() if f"label@{lang}" in wanted},
        descriptions={lang: text for lang, text in definition.descriptions.items() if f"description@{lang}" in wanted},
        aliases={lang: texts for lang, texts in definition.aliases.items() if f"alias@{lang}" in wanted},
        statements=statements,
    )


def writable(parts: Iterable[str], definition: Definition, describing: Mapping[str, str]) -> frozenset[str]:
    """Those parts that can be written already."""
    statements = _statements(definition)
    return frozenset(part for part in parts if part not in statements or statements[part][0] in describing)


def _statements(definition: Definition) -> dict[str, tuple[str, str]]:
    """The describing statements: by part, the slug of the property and the text."""
    found = {"slug": (SLUG, definition.slug)}
    if definition.condition != "public":
        found["condition"] = (CONDITION, definition.condition)
    same = EQUIVALENT if isinstance(definition, PropertyDefinition) else MATCH
    found |= {f"equivalent {uri}": (same, uri) for uri in map(normal_uri, definition.equivalents)}
    if isinstance(definition, PropertyDefinition) and definition.formatter_url is not None:
        found["formatter"] = (FORMATTER, definition.formatter_url)
    return found
