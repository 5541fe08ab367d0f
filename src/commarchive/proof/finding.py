"""Looks for texts in answers, however an answer writes them.

Knows: how HTML, JSON, RDF and addresses spell a text. Must not know: whose secret it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from urllib.parse import unquote

from commarchive.projection.secrets import SHORTEST, Kind, Texts
from commarchive.proof.asking import Answer, Question

_ID = re.compile(r"(?<![a-z0-9])[pq][1-9][0-9]*(?![0-9a-z])")
_ELSEWHERE = re.compile(r"https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/[pq][0-9]+")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\(.)", re.IGNORECASE | re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class Finder:
    """Finds any of many texts in one pass: by their first letters, whatever their number."""

    def __init__(self, texts: Texts) -> None:
        self._kinds = {_folded(text): kind for text, kind in texts.items()}
        self._by_beginning: dict[str, list[str]] = {}
        self._short = [text for text in self._kinds if len(text) < SHORTEST]
        for text in self._kinds:
            if len(text) >= SHORTEST:
                self._by_beginning.setdefault(text[:SHORTEST], []).append(text)

    def found(self, texts: Iterable[str]) -> dict[str, Kind]:
        """The texts that stand in any of these, each with its kind."""
        found = {}
        for text in texts:
            for at in range(len(text) - SHORTEST + 1):
                for candidate in self._by_beginning.get(text[at : at + SHORTEST], ()):
                    if candidate not in found and text.startswith(candidate, at):
                        found[candidate] = self._kinds[candidate]
            found |= {short: self._kinds[short] for short in self._short if short in text}
        return found


def spellings(answer: Answer) -> list[str]:
    """All that an answer says, its headers too: as it stands, and without its format's escapes; in small letters."""
    body = answer.body.decode("utf-8", "replace")
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    written = [body, headers, unquote(headers)]
    if "&" in body:
        written.append(unescape(body))
    if "\\" in body:
        written.append(_ESCAPED.sub(_unescaped, body))
    if "%" in body:
        written.append(unquote(body))
    return [_folded(text) for text in written]


def asked(question: Question) -> str:
    """All that a question says; in small letters."""
    words = [question.path, unquote(question.path), *question.query.values(), *(question.form or {}).values()]
    return _folded("\n".join(words))


def ids_in(texts: Iterable[str], foreign: Iterable[str] = ()) -> set[str]:
    """Ids of entities that these speak of, those elsewhere and the words of `foreign` aside."""
    found = {id_.upper() for text in texts for id_ in _ID.findall(_ELSEWHERE.sub(" ", text))}
    return found - set(foreign)


def folded(texts: Texts) -> Mapping[str, Kind]:
    """The texts as `Finder` gives them back."""
    return {_folded(text): kind for text, kind in texts.items()}


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _unescaped(match: re.Match[str]) -> str:
    digits = match[1] or match[2]
    if digits is None:
        return _CONTROLS.get(match[3], match[3])
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return match[0]


def beginnings(texts: Iterable[str]) -> list[str]:
    """What to search for so that each text is found, without any whole text standing in the question."""
    return sorted({text[: len(text) - 3] for text in texts if len(text) >= SHORTEST})
