"""What one edit there does, statement by statement: the noun that plans, the apply and the ledger share.

Knows: steps, edits, their JSON. Must not know: how they come about, or how they are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from commarchive.model.entity import Entity, Reference, Snak, SnakKind, Statement
from commarchive.wikibase.codec import decode_snak, decode_statement

Json = dict[str, Any]


class Mode(StrEnum):
    """What a step does there."""

    CREATED = "created"
    REFERENCE_ADDED = "reference-added"
    ALREADY_THERE = "already-there"
    REPLACED = "replaced"
    REMOVED = "removed"
    REFERENCE_REMOVED = "reference-removed"
    DEPRECATED = "deprecated"
    GONE = "gone"


SENDING = frozenset(Mode) - {Mode.ALREADY_THERE, Mode.GONE}
"""Modes that need an edit; the others are noted in the ledger alone."""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement's part in an edit.

    `statement`: its GUID here. `content`: the digest of what it says here. `guid`: its GUID there, empty in an item yet
    to be made. `says`: the whole statement there without references, None where it is not ours to say. `references`:
    those that are ours, to be added or taken away. `consent`: the one that it goes by, 0 where none is needed. `words`:
    property, value and qualifiers for people to read, in the archive's words; `there`: the same in the target's.
    """

    statement: str
    content: str
    mode: Mode
    guid: str
    says: Statement | None = None
    references: tuple[Reference, ...] = ()
    consent: int = 0
    words: tuple[str, ...] = ()
    there: tuple[str, ...] = ()

    def without_words(self) -> Step:
        """The step without what is only for people to read."""
        return replace(self, words=(), there=())

    def as_json(self) -> Json:
        """As a JSON object."""
        data: Json = {"statement": self.statement, "content": self.content, "mode": str(self.mode), "guid": self.guid}
        if self.says is not None:
            data["says"] = bare_statement(self.says)
        if self.references:
            data["references"] = [bare_reference(reference) for reference in self.references]
        return data | {"consent": self.consent, "words": list(self.words), "there": list(self.there)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        """From what `as_json` gave."""
        says = data.get("says")
        return cls(
            statement=data["statement"],
            content=data["content"],
            mode=Mode(data["mode"]),
            guid=data["guid"],
            says=read_statement(says) if says is not None else None,
            references=tuple(read_reference(each) for each in data.get("references", ())),
            consent=data["consent"],
            words=tuple(data["words"]),
            there=tuple(data["there"]),
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """Names of an item to be made."""

    labels: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def as_json(self) -> Json:
        """As Wikibase's JSON."""
        return {
            "labels": {code: {"language": code, "value": text} for code, text in self.labels.items()},
            "descriptions": {code: {"language": code, "value": text} for code, text in self.descriptions.items()},
            "aliases": {
                code: [{"language": code, "value": text} for text in texts] for code, texts in self.aliases.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Terms:
        """From what `as_json` gave."""
        return cls(
            labels={code: term["value"] for code, term in data["labels"].items()},
            descriptions={code: term["value"] for code, term in data["descriptions"].items()},
            aliases={code: tuple(term["value"] for term in terms) for code, terms in data["aliases"].items()},
        )


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one item there, for one record here.

    `revision`: of the record as visitors see it. `item`: empty for one to be made, which gets `terms`. `item_revision`:
    the one that the steps were computed from. `label`, `item_label`: for people to read.
    """

    record: str
    revision: int
    item: str
    item_revision: int
    steps: tuple[Step, ...]
    terms: Terms | None = None
    label: str = ""
    item_label: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether anything has to be sent for it."""
        return any(step.mode in SENDING for step in self.steps)

    def as_json(self) -> Json:
        """As a JSON object."""
        data: Json = {
            "record": self.record,
            "label": self.label,
            "revision": self.revision,
            "item": self.item,
            "item_label": self.item_label,
            "item_revision": self.item_revision,
            "steps": [step.as_json() for step in self.steps],
        }
        return data | ({"terms": self.terms.as_json()} if self.terms is not None else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Edit:
        """From what `as_json` gave."""
        return cls(
            record=data["record"],
            revision=data["revision"],
            item=data["item"],
            item_revision=data["item_revision"],
            steps=tuple(Step.from_json(each) for each in data["steps"]),
            terms=Terms.from_json(data["terms"]) if "terms" in data else None,
            label=data["label"],
            item_label=data["item_label"],
        )


def data_of(edit: Edit, item: Entity | None) -> Json:
    """What is sent for an edit: only statements that it changes, each whole, since a wiki replaces by GUID.

    Args:
        edit: the edit.
        item: the item as it stands, None for one to be made.
    """
    standing = {statement.id: statement for statement in item.statements} if item is not None else {}
    claims = []
    for step in edit.steps:
        if step.mode is Mode.REMOVED:
            claims.append({"id": step.guid, "remove": ""})
        elif step.mode in SENDING:
            claims.append(bare_statement(_changed(step, standing.get(step.guid))))
    terms = {key: value for key, value in edit.terms.as_json().items() if value} if edit.terms is not None else {}
    return {**terms, "claims": claims}


def _changed(step: Step, standing: Statement | None) -> Statement:
    if step.mode is Mode.CREATED and step.says is not None:
        return replace(step.says, id=step.guid, references=step.references)
    if standing is None:
        raise ValueError(f"the item has no statement {step.guid}")
    ours = {reference.hash for reference in step.references}
    others = tuple(reference for reference in standing.references if reference.hash not in ours)
    match step.mode:
        case Mode.REFERENCE_ADDED:
            return replace(standing, references=(*others, *step.references))
        case Mode.REPLACED if step.says is not None:
            return replace(step.says, id=step.guid, references=step.references)
        case Mode.REFERENCE_REMOVED:
            return replace(standing, references=others)
        case Mode.DEPRECATED if step.says is not None:
            return replace(step.says, id=step.guid, references=standing.references)
    raise ValueError(f"nothing is sent for `{step.mode}`")


def bare_statement(statement: Statement) -> Json:
    """A statement's JSON without what a wiki computes itself: hashes and datatypes."""
    data: Json = {"mainsnak": _bare_snak(statement.mainsnak), "type": "statement", "rank": str(statement.rank)}
    if statement.id:
        data["id"] = statement.id
    if statement.qualifiers:
        data["qualifiers"] = _grouped(statement.qualifiers)
        data["qualifiers-order"] = list(data["qualifiers"])
    if statement.references:
        data["references"] = [bare_reference(reference) for reference in statement.references]
    return data


def bare_reference(reference: Reference) -> Json:
    """A reference's JSON without its hash."""
    snaks = _grouped(reference.snaks)
    return {"snaks": snaks, "snaks-order": list(snaks)}


def read_statement(data: Mapping[str, Any]) -> Statement:
    """From what `bare_statement` gave."""
    return decode_statement(data)


def read_reference(data: Mapping[str, Any]) -> Reference:
    """From what `bare_reference` gave."""
    return Reference(
        tuple(decode_snak(snak) for property_id in data["snaks-order"] for snak in data["snaks"][property_id])
    )


def _grouped(snaks: Iterable[Snak]) -> dict[str, list[Json]]:
    groups: dict[str, list[Json]] = {}
    for snak in snaks:
        groups.setdefault(snak.property_id, []).append(_bare_snak(snak))
    return groups


def _bare_snak(snak: Snak) -> Json:
    data: Json = {"snaktype": str(snak.kind), "property": snak.property_id}
    if snak.kind is SnakKind.VALUE and snak.value is not None:
        data["datavalue"] = {"type": snak.value.type, "value": snak.value.value}
    return data
