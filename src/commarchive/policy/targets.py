"""What a condition can stand on within an entity, as short texts that can be stored and compared.

Knows: the kinds of target and the families that new ones inherit from. Must not know: any condition.

    entity
    statement:Q1$…           qualifier:Q1$…:P12           reference:Q1$…:<hash of its content>
    term:alias@se            state                        outsiders-see                stewards

A *family* is what a new target may take the place of: a bot that re-creates a statement without its qualifiers makes a
new statement of the same property.
"""

from __future__ import annotations

from commarchive.model.entity import Reference, TermKind

Target = str
Family = str

ENTITY: Target = "entity"
STATE: Target = "state"
OUTSIDERS_SEE: Target = "outsiders-see"
STEWARDS: Target = "stewards"
WORDS = frozenset({STATE, OUTSIDERS_SEE})
"""Targets of which a word is said, and no condition."""


def statement(guid: str) -> Target:
    """A statement."""
    return f"statement:{guid}"


def qualifiers(guid: str, property_id: str) -> Target:
    """All qualifiers of one property on a statement."""
    return f"qualifier:{guid}:{property_id}"


def reference(guid: str, key: str) -> Target:
    """A reference of a statement, by the key of `reference_key`."""
    return f"reference:{guid}:{key}"


def statement_of(target: Target) -> Target | None:
    """The statement that a group of qualifiers or a reference stands in, else None."""
    kind, _, rest = target.partition(":")
    return statement(rest.rpartition(":")[0]) if kind in ("qualifier", "reference") else None


def term(kind: TermKind, language: str) -> Target:
    """A label, a description, or all aliases, in one language."""
    return f"term:{kind}@{language}"


def reference_key(reference_: Reference, controls: frozenset[str]) -> str:
    """The hash of what a reference says, without the conditions inside it, so that stripping them keeps the key."""
    return Reference(tuple(s for s in reference_.snaks if s.property_id not in controls)).hash


def families(property_id: str, qualifier: str | None = None, *, of_reference: bool = False) -> Family:
    """The family of a statement of a property, of its qualifiers of one property, or of its references."""
    if of_reference:
        return f"reference/{property_id}"
    return f"statement/{property_id}" if qualifier is None else f"qualifier/{property_id}/{qualifier}"
