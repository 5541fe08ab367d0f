"""One request to a wiki and its answer, whatever carries them.

Knows: the shape of an exchange. Must not know: the Action API, retries, or what is asked.

Two things carry requests: HTTP (`http.py`) and, without network, the embedded wiki, which implements `Transport` too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `path` is below the wiki's base URL (`/w/api.php`), header names are in lower case."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is not JSON.
        """
        return orjson.loads(self.body)


class Transport(Protocol):
    """Carries requests of one session; keeps its cookies. Not safe for several threads."""

    base_url: str

    def send(self, request: Request, *, timeout: float) -> Response:
        """Send one request.

        Raises:
            WikiUnavailableError: it was never sent.
            WikiOutcomeUnknownError: it was sent, and no whole answer came.
        """
        ...
