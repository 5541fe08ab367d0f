"""Content languages and which one stands in for another.

Knows: the languages that a Wikibase takes, from a recorded answer of one (`data/languages.json` names it).
Must not know: what is written in them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "languages.json"
_LAST = "en"
_FALLBACKS = {
    "fit": ("fi",),
    "krl": ("fi",),
    "nn": ("nb",),
    "olo": ("fi",),
    "se": ("nb", "fi"),
    "smn": ("fi",),
    "sms": ("fi",),
    "vro": ("et",),
}
"""Fallbacks besides dropping a region or script and, in the end, English. MediaWiki has more of them."""


@cache
def autonyms() -> dict[str, str]:
    """Every language's name in itself, by code."""
    found: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))["autonyms"]
    return found


def is_language(code: str) -> bool:
    """Whether terms and monolingual texts may be in this language."""
    return code in autonyms()


def fallback_chain(code: str) -> tuple[str, ...]:
    """The language itself and those that stand in for it, best first."""
    chain = [code]
    parent = code.rpartition("-")[0]
    if parent:
        chain.append(parent)
    chain += _FALLBACKS.get(code, ())
    return tuple(dict.fromkeys([*chain, _LAST]))
