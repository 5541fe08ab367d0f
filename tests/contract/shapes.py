"""Compares an answer with a recorded one: keys, types, codes and content; ids, times and the like in kind alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from commarchive.wikibase.codec import decode_snak

# Values of these keys are one wiki's own; only their type is compared.
OWN = {
    "*", "lastrevid", "pageid", "modified", "timestamp", "curtimestamp", "revid", "old_revid", "parentid", "rcid",
    "logid", "logpage", "rccontinue", "rvcontinue", "editcount", "logintoken", "csrftoken", "userid", "html",
    "sitename", "server", "servername", "generator", "rights",
}  # fmt: skip
GUID = re.compile(r"[QP]\d+\$[0-9A-Fa-f-]{36}")
ENTITY = re.compile(r"(?<!wikidata\.org/entity/)\b[QP][1-9]\d*\b")


@dataclass
class Names:
    """What a recorded id is called on the wiki at hand, learnt as the recordings are replayed."""

    known: dict[str, str] = field(default_factory=dict)
    revisions: dict[int, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def text(self, text: str) -> str:
        for old, new in self.texts.items():
            text = text.replace(old, new)
        text = GUID.sub(lambda match: self.known.get(match.group(), match.group()), text)
        return ENTITY.sub(lambda match: self.known.get(match.group(), match.group()), text)

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            mapped = {self.text(key): self.value(item) for key, item in value.items()}
            if "numeric-id" in mapped:
                mapped["numeric-id"] = int(mapped["id"][1:])
            return mapped
        return value

    def learn(self, recorded: Any, actual: Any) -> None:
        """Take ids from two answers that should be alike."""
        if isinstance(recorded, dict) and isinstance(actual, dict):
            for key, value in recorded.items():
                other = actual.get(self.text(key))
                if key == "id" and isinstance(value, str) and isinstance(other, str):
                    self.known.setdefault(value, other)
                if key in ("lastrevid", "revid") and isinstance(other, int):
                    self.revisions.setdefault(value, other)
                self.learn(value, other)
        elif isinstance(recorded, list) and isinstance(actual, list):
            for one, other in zip(recorded, actual, strict=False):
                self.learn(one, other)


def differences(recorded: Any, actual: Any, *, loose: frozenset[str] = frozenset(), path: str = "") -> Iterator[str]:
    """Every place where the answers differ; values of keys in `loose` are compared by type alone."""
    if _kind(recorded) != _kind(actual):
        yield f"{path}: {type(actual).__name__} {actual!r}, recorded {type(recorded).__name__} {recorded!r}"
    elif _is_own(path, loose):
        return
    elif isinstance(recorded, dict) and isinstance(actual, dict):
        yield from _dict_differences(recorded, actual, loose=loose, path=path)
    elif isinstance(recorded, list) and isinstance(actual, list):
        if len(recorded) != len(actual):
            yield f"{path}: {len(actual)} entries, recorded {len(recorded)}"
        for number, (one, other) in enumerate(zip(recorded, actual, strict=False)):
            yield from differences(one, other, loose=loose, path=f"{path}/{number}")
    elif recorded != actual:
        yield f"{path}: {actual!r}, recorded {recorded!r}"


def _dict_differences(recorded: Any, actual: Any, *, loose: frozenset[str], path: str) -> Iterator[str]:
    if path.endswith("/pages"):
        # Named by page ids, which are a wiki's own.
        recorded, actual = (dict(enumerate(pages.values())) for pages in (recorded, actual))
    if recorded.keys() != actual.keys():
        missing, more = list(recorded.keys() - actual.keys()), list(actual.keys() - recorded.keys())
        yield f"{path}: misses {sorted(missing)}, has more {sorted(more)}"
    elif list(recorded) != list(actual) and path.endswith("/claims"):
        yield f"{path}: in the order {list(actual)}, recorded {list(recorded)}"
    for key, value in recorded.items():
        if key in actual:
            yield from differences(value, actual[key], loose=loose, path=f"{path}/{key}")


def _is_own(path: str, loose: frozenset[str]) -> bool:
    return path.rpartition("/")[2] in OWN or path.rpartition("/")[2] in loose


def _kind(value: Any) -> str:
    # PHP and Python agree on numbers up to the difference between 1 and 1.0.
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def wrong_hashes(answer: Any) -> Iterator[str]:
    """Every snak whose hash is not that of its content."""
    if isinstance(answer, Mapping):
        if "snaktype" in answer and "hash" in answer and decode_snak(answer).hash != answer["hash"]:
            yield f"{answer}"
        for value in answer.values():
            yield from wrong_hashes(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from wrong_hashes(value)
