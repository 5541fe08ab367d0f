"""Carries an edit that was made on an older revision over to the newest one, as Wikibase does.

Knows: entities' JSON, and what it means that a change applies cleanly. Must not know: who edits, or storage.

An entity is seen as many small parts: a label, a description or a site link for each language or site, each alias, each
statement. The edit is the set of parts that it changed; a part applies cleanly where the newest revision still holds
what the edit began from. `baserevid` is therefore no lock.
"""

from __future__ import annotations

from collections.abc import Hashable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Parts = dict[tuple[Hashable, ...], Any]


@dataclass(frozen=True, slots=True)
class Patched:
    """The newest revision with the edit on top; `clean` if nothing of the edit was lost, `applied` counts its parts."""

    entity: Json
    clean: bool
    applied: int


def patch(base: Json, edited: Json, latest: Json) -> Patched:
    """Apply what changed between `base` and `edited` to `latest`."""
    before, after, now = (_parts(entity) for entity in (base, edited, latest))
    wanted = [
        key for key in [*before, *(key for key in after if key not in before)] if before.get(key) != after.get(key)
    ]
    fitting = [key for key in wanted if now.get(key) == before.get(key)]
    result = deepcopy(latest)
    for key in fitting:
        _set(result, key, after.get(key))
    return Patched(result, clean=len(fitting) == len(wanted), applied=len(fitting))


def changed_languages(before: Json, after: Json) -> list[str]:
    """The languages whose terms differ: labels' first, then descriptions', then aliases'."""
    found: dict[str, None] = {}
    for section in ("labels", "descriptions", "aliases"):
        old, new = before[section], after[section]
        found.update(dict.fromkeys(language for language in [*old, *new] if old.get(language) != new.get(language)))
    return list(found)


def _parts(entity: Json) -> Parts:
    parts: Parts = {}
    for section in ("labels", "descriptions", "sitelinks"):
        for key, value in entity.get(section, {}).items():
            parts[section, key] = value
    for language, group in entity["aliases"].items():
        for alias in group:
            parts["aliases", language, alias["value"]] = alias
    for group in entity["claims"].values():
        for statement in group:
            parts["claims", statement["id"]] = statement
    return parts


def _set(entity: Json, key: tuple[Hashable, ...], value: Any) -> None:
    section = key[0]
    if section == "aliases":
        _set_alias(entity["aliases"], str(key[1]), str(key[2]), value)
    elif section == "claims":
        set_statement(entity["claims"], str(key[1]), value)
    elif value is None:
        entity[str(section)].pop(key[1], None)
    else:
        entity[str(section)][key[1]] = value


def _set_alias(aliases: Json, language: str, text: str, value: Json | None) -> None:
    kept = [alias for alias in aliases.get(language, []) if alias["value"] != text]
    if value is not None:
        kept.append(value)
    if kept:
        aliases[language] = kept
    else:
        aliases.pop(language, None)


def set_statement(claims: Json, guid: str, statement: Json | None, index: int | None = None) -> None:
    """Put a statement where the one with its GUID stood, else at the end of its property's; None removes it.

    `index` is its place within its property's statements.
    """
    for prop, group in list(claims.items()):
        for place, other in enumerate(group):
            if other["id"] != guid:
                continue
            if statement is not None and index is None:
                group[place] = statement
                return
            del group[place]
            if not group and statement is None:
                del claims[prop]
            break
    if statement is not None:
        group = claims.setdefault(statement["mainsnak"]["property"], [])
        group.insert(len(group) if index is None else index, statement)
