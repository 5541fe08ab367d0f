"""Which language a reader wants, and which texts stand in for it.

Knows: `?lang=`, the reader's cookie and `Accept-Language`. Must not know: any text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

COOKIE = "commarchive-language"
LAST = ("en", "mul")
"""What stands in where an archive's own languages have no text."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader's languages: the one chosen, and all in the order of preference."""

    language: str
    languages: tuple[str, ...]


def reader_of(request: Request, offered: Sequence[str]) -> Reader:
    """The reader's languages among those that the archive offers (at least one, its own first)."""
    language = (
        _offered(request.query_params.get("lang", ""), offered)
        or _offered(request.cookies.get(COOKIE, ""), offered)
        or _accepted(request.headers.get("accept-language", ""), offered)
        or offered[0]
    )
    return Reader(language, tuple(dict.fromkeys((language, *offered, *LAST))))


def chosen(request: Request, offered: Sequence[str]) -> str | None:
    """The language that the reader chose just now, to be remembered."""
    return _offered(request.query_params.get("lang", ""), offered)


def _offered(wanted: str, offered: Sequence[str]) -> str | None:
    wanted = wanted.lower()
    return next((code for code in offered if code.lower() == wanted), None)


def _accepted(header: str, offered: Sequence[str]) -> str | None:
    weighted: list[tuple[float, int, str]] = []
    for at, part in enumerate(header.split(",")[:20]):
        code, _, parameters = part.partition(";")
        name, _, value = parameters.strip().partition("=")
        try:
            weight = float(value) if name == "q" else 1.0
        except ValueError:
            continue
        weighted.append((-weight, at, code.strip()))
    for weight, _, code in sorted(weighted):
        found = _offered(code, offered) or _offered(code.partition("-")[0], offered)
        if found is not None and weight < 0:
            return found
    return None
