"""What ingest writes into an entity, and what of it has to change there when a row changed.

Knows: terms and statements, and how to tell what we wrote from what people wrote since. Must not know: rows, the wiki.

Only the difference between what we wrote last and what the row says now is ever applied, and only to parts that are
still as we wrote them. What people changed is theirs: it is kept, and told. One thing goes further: a condition that a
row now puts on a statement is put on every statement that says the same, whoever wrote it, since it only narrows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from commarchive.model.entity import Entity, Snak, Statement
from commarchive.wikibase.codec import decode_statement, encode_edit, encode_statement


@dataclass(frozen=True, slots=True)
class Content:
    """Terms and statements of one entity, as far as they are ours."""

    labels: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()

    def text(self) -> str:
        """The content as one line of JSON; equal contents give equal texts."""
        data = {
            "labels": dict(self.labels),
            "descriptions": dict(self.descriptions),
            "aliases": {lang: list(texts) for lang, texts in self.aliases.items()},
            "statements": [encode_statement(statement, hashes=False) for statement in self.statements],
        }
        return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()

    def data(self) -> dict[str, Any]:
        """What `wbeditentity` takes to create it."""
        return encode_edit(
            labels=self.labels, descriptions=self.descriptions, aliases=self.aliases, statements=self.statements
        )


def read_content(text: str) -> Content:
    """The content that a text was made from; an empty text is an empty content."""
    data = orjson.loads(text) if text else {}
    return Content(
        labels=data.get("labels", {}),
        descriptions=data.get("descriptions", {}),
        aliases={lang: tuple(texts) for lang, texts in data.get("aliases", {}).items()},
        statements=tuple(decode_statement(statement) for statement in data.get("statements", ())),
    )


@dataclass(frozen=True, slots=True)
class Changes:
    """What to send to `wbeditentity`, empty when there is nothing to do; `kept` names what people changed."""

    data: Mapping[str, Any]
    kept: tuple[str, ...] = ()


def changes(old: Content, new: Content, entity: Entity, condition: str) -> Changes:
    """How an entity that we wrote as `old` becomes `new`, without touching what is not ours.

    `condition` is the property whose qualifiers say who may see a statement.
    """
    kept: list[str] = []
    labels = dict(_changed_terms("label", old.labels, new.labels, entity.labels, kept))
    descriptions = dict(_changed_terms("description", old.descriptions, new.descriptions, entity.descriptions, kept))
    languages = sorted(old.aliases.keys() | new.aliases.keys())
    before = {lang: (old.aliases.get(lang, ()), entity.aliases.get(lang, ())) for lang in languages}
    added = {
        lang: [text for text in new.aliases.get(lang, ()) if text not in ours and text not in there]
        for lang, (ours, there) in before.items()
    }
    gone = {
        lang: [text for text in ours if text not in new.aliases.get(lang, ()) and text in there]
        for lang, (ours, there) in before.items()
    }
    statements, removed = _changed_statements(old, new, entity, kept)
    data = encode_edit(
        labels=labels,
        descriptions=descriptions,
        aliases=added,
        removed_aliases=gone,
        statements=[*statements, *_narrowed(old, new, entity, {*removed, *(s.id for s in statements)}, condition)],
        removed=removed,
    )
    return Changes(data, tuple(kept))


def _changed_terms(
    kind: str, old: Mapping[str, str], new: Mapping[str, str], there: Mapping[str, str], kept: list[str]
) -> Iterator[tuple[str, str]]:
    for lang in sorted(old.keys() | new.keys()):
        before, after, now = old.get(lang), new.get(lang), there.get(lang)
        if after in (before, now):
            continue
        if now == before:
            yield lang, after or ""
        else:
            kept.append(f"{kind}@{lang}")


def _changed_statements(
    old: Content, new: Content, entity: Entity, kept: list[str]
) -> tuple[list[Statement], list[str]]:
    """Statements to write, those with an id in place of our own, and ids of our own to remove."""
    ours, wanted = _by_print(old.statements), _by_print(new.statements)
    there: dict[_Print, list[str]] = {}
    for statement in entity.statements:
        there.setdefault(_print(statement), []).append(statement.id)
    outdated: dict[str, list[str]] = {}
    for key, statement in ours.items():
        if key in wanted:
            continue
        if key in there:
            outdated.setdefault(statement.mainsnak.hash, []).append(there[key][0])
        elif any(each.property_id == statement.property_id for each in entity.statements):
            kept.append(statement.property_id)
    gone = {guid for guids in outdated.values() for guid in guids}
    said = {_claim(statement) for statement in entity.statements if statement.id not in gone}
    written: list[Statement] = []
    for key, statement in wanted.items():
        if key in ours or _claim(statement) in said:
            continue
        # A statement that only gets other qualifiers or references keeps its id, by which others know it.
        same = outdated.get(statement.mainsnak.hash)
        written.append(replace(statement, id=same.pop(0)) if same else statement)
    return written, [guid for guids in outdated.values() for guid in guids]


def _narrowed(old: Content, new: Content, entity: Entity, touched: set[str], condition: str) -> Iterator[Statement]:
    """Statements of the entity that say what a newly wanted one says, and lack the condition that it has."""
    ours = _by_print(old.statements)
    wanted: dict[str, list[Snak]] = {}
    for statement in (each for key, each in _by_print(new.statements).items() if key not in ours):
        conditions = [snak for snak in statement.qualifiers if snak.property_id == condition]
        wanted.setdefault(statement.mainsnak.hash, []).extend(conditions)
    for statement in entity.statements:
        if statement.id in touched:
            continue
        has = {snak.hash for snak in statement.qualifiers}
        lacking = [snak for snak in wanted.get(statement.mainsnak.hash, ()) if snak.hash not in has]
        if lacking:
            yield replace(statement, qualifiers=(*statement.qualifiers, *lacking))


_Claim = tuple[str, frozenset[str]]
_Print = tuple[_Claim, str, frozenset[str]]


def _claim(statement: Statement) -> _Claim:
    """What a statement says: main snak and qualifiers."""
    return statement.mainsnak.hash, frozenset(snak.hash for snak in statement.qualifiers)


def _print(statement: Statement) -> _Print:
    """Everything about a statement but its id."""
    return _claim(statement), str(statement.rank), frozenset(reference.hash for reference in statement.references)


def _by_print(statements: tuple[Statement, ...]) -> dict[_Print, Statement]:
    return {_print(statement): statement for statement in statements}
