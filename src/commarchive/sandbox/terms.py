"""Terms as clients send them: read, validated, applied; and what must be unique among them.

Knows: labels, descriptions and aliases, and Wikibase's rules for them. Must not know: statements, HTTP.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from commarchive.sandbox.answers import ApiError, wikibase_error, worded_error
from commarchive.sandbox.datatypes import text_problem
from commarchive.sandbox.languages import is_language
from commarchive.sandbox.messages import Message, validator
from commarchive.sandbox.store import Store

Json = dict[str, Any]
Term = tuple[str, str, str]
"""Kind (`label`, `description`, `alias`, `sitelink`), language or site, text or title."""

_PROPERTY_ID = re.compile(r"\s*:?[Pp][1-9]\d{0,9}\s*")


def clean(text: str) -> str:
    """The text trimmed and composed, as Wikibase keeps it."""
    return unicodedata.normalize("NFC", text).strip()


class TermChanges:
    """Applies the terms of a change request to an entity's JSON; `most` is a term's greatest length."""

    def __init__(self, most: int) -> None:
        self._most = most

    def check(self, data: Json) -> None:
        """See to the shape of the request's terms before anything is changed.

        Raises:
            ApiError: something is not as it should be.
        """
        for key in ("labels", "descriptions"):
            for language, term in _items(data, key):
                _check_term(term, language)
        for language, group in _items(data, "aliases"):
            for term in _alias_group(group):
                _check_term(term, language)

    def apply(self, entity: Json, data: Json) -> None:
        """Change the entity; call `check` first.

        Raises:
            ApiError: `modification-failed`, with a validator's message.
        """
        for kind in ("label", "description"):
            for _, term in _items(data, f"{kind}s"):
                text = "" if "remove" in term else clean(term["value"])
                self.set_term(entity, kind, term["language"], text)
        for key, group in _items(data, "aliases"):
            self._apply_aliases(entity, key, _alias_group(group))

    def _apply_aliases(self, entity: Json, key: Any, group: list[Json]) -> None:
        if not group:
            entity["aliases"].pop(key, None)
            return
        replacing: list[str] = []
        language = key
        for term in group:
            language, text = term["language"], clean(term.get("value", ""))
            if "remove" in term:
                self.set_aliases(entity, language, [alias for alias in _aliases(entity, language) if alias != text])
            elif "add" in term:
                self.set_aliases(entity, language, [*_aliases(entity, language), text])
            else:
                replacing.append(text)
        if replacing:
            self.set_aliases(entity, language, replacing)

    def set_term(self, entity: Json, kind: str, language: str, text: str) -> None:
        """Set a label or a description; an empty text removes it."""
        terms = entity[f"{kind}s"]
        if not text:
            terms.pop(language, None)
            return
        self._validate(kind, language, text)
        if kind == "label" and entity["type"] == "property" and _PROPERTY_ID.fullmatch(text):
            raise _refused(validator("label-no-entityid", text))
        terms[language] = {"language": language, "value": text}

    def set_aliases(self, entity: Json, language: str, texts: list[str]) -> None:
        """Set the aliases of a language, each once."""
        kept = list(dict.fromkeys(text for text in texts if text))
        for text in kept:
            self._validate("alias", language, text)
        if kept:
            entity["aliases"][language] = [{"language": language, "value": text} for text in kept]
        else:
            entity["aliases"].pop(language, None)

    def _validate(self, kind: str, language: str, text: str) -> None:
        if not is_language(language):
            raise _refused(validator("not-a-language", language))
        problem = text_problem(text, self._most, f"{kind}-", "malformed-value")
        if problem is not None:
            raise _refused(problem)


def terms_of(entity: Json) -> Iterator[Term]:
    """Every term of an entity's JSON."""
    for kind in ("label", "description"):
        for language, term in entity[f"{kind}s"].items():
            yield kind, language, term["value"]
    for language, group in entity["aliases"].items():
        for term in group:
            yield "alias", language, term["value"]
    # Site links are found the same way.
    for site, link in entity.get("sitelinks", {}).items():
        yield "sitelink", site, link["title"]


def refuse_conflicts(store: Store, entity: Json, before: Json | None, title: Callable[[str], str]) -> None:
    """See that changed terms differ from each other and from those of other entities.

    A property's label is unique in its language, an item's label together with its description is.

    Raises:
        ApiError: `modification-failed`, naming the entity that is in the way.
    """
    labels, descriptions = entity["labels"], entity["descriptions"]
    for language, label in labels.items():
        description = descriptions.get(language)
        if before and before["labels"].get(language) == label and before["descriptions"].get(language) == description:
            continue
        if description and description["value"] == label["value"]:
            raise _refused(validator("label-equals-description", language))
        if entity["type"] == "property":
            other = _property_with(store, entity["id"], language, label["value"])
            code = "label-conflict"
        else:
            other = (
                _item_with(store, entity["id"], language, label["value"], description["value"]) if description else None
            )
            code = "label-with-description-conflict"
        if other is not None:
            raise _refused(validator(code, label["value"], language, title(other)))


def _property_with(store: Store, entity_id: str, language: str, label: str) -> str | None:
    sql = """
        SELECT entity FROM term
        WHERE type = 'property' AND kind = 'label' AND language = ? AND text = ? AND entity != ?
        """
    found: str | None = store.value(sql, (language, label, entity_id))
    return found


def _item_with(store: Store, entity_id: str, language: str, label: str, description: str) -> str | None:
    sql = """
        SELECT label.entity FROM term AS label CROSS JOIN term AS description ON description.type = 'item'
            AND description.kind = 'description' AND description.language = label.language
            AND description.text = ? AND description.entity = label.entity
        WHERE label.type = 'item' AND label.kind = 'label' AND label.language = ? AND label.text = ?
            AND label.entity != ? LIMIT 1
        """
    found: str | None = store.value(sql, (description, language, label, entity_id))
    return found


def _refused(message: Message) -> ApiError:
    return wikibase_error("modification-failed", message)


def _aliases(entity: Json, language: str) -> list[str]:
    return [term["value"] for term in entity["aliases"].get(language, ())]


def _items(data: Json, key: str) -> list[tuple[Any, Any]]:
    terms = data.get(key, {})
    if isinstance(terms, dict):
        return list(terms.items())
    if isinstance(terms, list):
        return list(enumerate(terms))
    raise worded_error("not-recognized-array", f"List of {key} must be an array")


def _alias_group(group: Any) -> list[Json]:
    if isinstance(group, dict):
        return [group]
    if isinstance(group, list):
        return group
    raise worded_error("not-recognized-array", "List of aliases must be an array")


def _check_term(term: Any, key: Any) -> None:
    if not isinstance(term, dict):
        raise worded_error("not-recognized-array", f"the term for `{key}` must be an object")
    if "language" not in term:
        raise worded_error("missing-language", f"the term for `{key}` has no `language`")
    language = term["language"]
    if not isinstance(language, str):
        raise worded_error("not-recognized-string", f"the language of the term for `{key}` must be a string")
    if isinstance(key, str) and not key.isdigit() and key != language:
        message = Message("wikibase-api-inconsistent-language", (language, key))
        raise wikibase_error("inconsistent-language", message)
    if "remove" in term:
        return
    if not is_language(language):
        raise wikibase_error("not-recognized-language", Message("wikibase-api-not-recognized-language", (language,)))
    if not isinstance(term.get("value"), str):
        raise worded_error("not-recognized-string", f"the value of the term for `{key}` must be a string")
