"""Asks the Local Contexts Hub for projects, by version 2 of its API.

Knows: the Hub's address, HTTP, where the key is, what a status means. Must not know: what is remembered, or what
follows from an answer.

What leaves the archive is a project's UUID and the key, with the name and version of this program, and nothing else.
The key is fetched for each request and kept nowhere; no message has it. Whatever the Hub does is an answer and no
error: a project that was *found*, one that the Hub says is *gone* (404, in the Hub's own JSON), or *unknown*, which is
everything else: 401, 403, 5xx, silence, redirects, half an answer, one too large, one that is no project.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson
import requests
from urllib3.exceptions import HTTPError

from commarchive.errors import UsageError
from commarchive.localcontexts.project import MalformedError, kept, read_project
from commarchive.manifest.secrets import SecretRef

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes; a project with every Label in twenty languages has a tenth of that."""
TIMEOUT: Final = 20.0
"""Seconds for one project."""

_CHUNK: Final = 64 * 1024


class Outcome(StrEnum):
    """What an answer means for one project."""

    FOUND = "found"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the Hub said of a project: `body` is there when it was found, `why` says in words what came instead."""

    project: str
    outcome: Outcome
    body: Mapping[str, Any] | None = None
    why: str = ""


class Hub:
    """The Hub at `url` (`https://localcontextshub.org/api/v2`, without a slash at its end), asked with one key."""

    def __init__(
        self,
        url: str,
        key: SecretRef,
        user_agent: str,
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._key = key
        self._user_agent = user_agent
        self._timeout = timeout
        self._clock = clock

    def project(self, project: str) -> Answer:
        """Ask for one project, by its UUID.

        Raises:
            ManifestError: the key cannot be resolved.
            UsageError: the key is none that can be sent.
        """
        key = self._key.resolve().reveal()
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise UsageError("the Hub's key has characters that cannot be sent", hint=f"look at `{self._key}`")
        deadline = self._clock() + self._timeout
        try:
            # A session of its own: no cookies, no passwords and no proxy out of the environment.
            with requests.Session() as session:
                session.trust_env = False
                with session.get(
                    f"{self._url}/projects/{project}/",
                    headers={
                        "X-Api-Key": key,
                        "Accept": "application/json",
                        "Accept-Encoding": "identity",
                        "User-Agent": self._user_agent,
                    },
                    timeout=self._timeout,
                    # A redirect would carry the key to wherever it leads.
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    return self._judged(project, answer.status_code, self._body(answer, deadline))
        except (requests.RequestException, HTTPError) as error:
            # The texts of these errors may hold what was sent; their kind says enough.
            return _unknown(project, f"no whole answer came ({type(error).__name__})")
        except _LeftError as error:
            return _unknown(project, str(error))

    def _judged(self, project: str, status: int, body: bytes) -> Answer:
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError:
            data = None
        if status == 404 and isinstance(data, Mapping):
            return Answer(project, Outcome.GONE, why="it answered 404")
        if status != 200:
            # A 404 that is no JSON comes from a wrong address or from something in between, not from the Hub.
            return _unknown(project, f"it answered {status}" + (", and not as the Hub does" if status == 404 else ""))
        try:
            read_project(data, project)
        except MalformedError as error:
            return _unknown(project, f"what it answered cannot be read: {error}")
        return Answer(project, Outcome.FOUND, kept(data))

    def _body(self, answer: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        # Whatever is there is taken at once, so that an answer that trickles does not outlast the deadline.
        while chunk := answer.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if self._clock() > deadline:
                raise _LeftError("its answer did not end in time")
            if len(body) > LARGEST_ANSWER:
                raise _LeftError("its answer is larger than any project")
        return bytes(body)


class _LeftError(Exception):
    """An answer that was not waited for to its end."""


def _unknown(project: str, why: str) -> Answer:
    return Answer(project, Outcome.UNKNOWN, why=why)
