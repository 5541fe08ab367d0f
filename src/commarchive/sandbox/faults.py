"""Faults on demand: what a wiki under load, in trouble or in a bad mood does to its clients.

Knows: the answers of the faults that clients meet on Wikidata. Must not know: who is tested with them.

A fault waits in the wiki's queue for the next request that it fits, and is gone after as many as it says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from commarchive.sandbox.answers import ApiError, failure
from commarchive.sandbox.messages import Message
from commarchive.wikibase.transport import Response


class FaultKind(StrEnum):
    """What happens. `…-after-commit`: the edit is made, and its answer is lost."""

    UNAVAILABLE = "503"
    UNAVAILABLE_AFTER_COMMIT = "503-after-commit"
    TOO_MANY_REQUESTS = "429"
    RATE_LIMITED = "ratelimited"
    MAXLAG = "maxlag"
    READ_ONLY = "readonly"
    BAD_TOKEN = "badtoken"  # noqa: S105  the name of a fault
    SESSION_LOST = "session-lost"
    ABUSE_FILTER = "abusefilter-disallowed"
    BLOCK = "block"
    EDIT_CONFLICT = "editconflict"
    SILENT = "silent"
    SILENT_AFTER_COMMIT = "silent-after-commit"


AFTER_COMMIT = frozenset({FaultKind.UNAVAILABLE_AFTER_COMMIT, FaultKind.SILENT_AFTER_COMMIT})
"""Faults that strike after the request was carried out."""


@dataclass(slots=True)
class Fault:
    """A fault for the next `times` requests of this action (None: any), after `skip` of them were let pass.

    `retry_after` is in seconds, for the faults that come with such a header; `lag` is what `maxlag` says.
    """

    kind: FaultKind | str
    action: str | None = None
    times: int = 1
    skip: int = 0
    retry_after: int | None = None
    lag: float = 6.2

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)


class SilenceError(Exception):
    """No answer comes; whoever carries the request lets its client wait."""


class Faults:
    """The faults that are still to come, first come, first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, *faults: Fault | str) -> None:
        """Let these happen; a name alone is a fault for the next request whatsoever."""
        with self._lock:
            self._waiting += [fault if isinstance(fault, Fault) else Fault(fault) for fault in faults]

    def clear(self) -> None:
        """Let nothing more happen."""
        with self._lock:
            self._waiting.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)

    def take(self, action: str) -> Fault | None:
        """The fault that a request of this action meets."""
        with self._lock:
            for fault in self._waiting:
                if fault.action not in (None, action):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
            return None


def response(fault: Fault, version: int, api_url: str, post_block: Callable[[], None]) -> Response | None:
    """What the client gets; None if the request is to be carried out after all.

    Raises:
        SilenceError: it gets nothing.
    """
    kind = FaultKind(fault.kind)
    match kind:
        case FaultKind.SILENT | FaultKind.SILENT_AFTER_COMMIT:
            raise SilenceError
        case FaultKind.UNAVAILABLE | FaultKind.UNAVAILABLE_AFTER_COMMIT:
            return _page(503, "upstream connect error or disconnect/reset before headers", fault.retry_after)
        case FaultKind.TOO_MANY_REQUESTS:
            return _page(429, "Too many requests. Please slow down.", fault.retry_after)
        case FaultKind.BLOCK:
            post_block()
            return None
        case FaultKind.SESSION_LOST:
            return None
    return failure(_error(kind, fault), version, api_url)


def _page(status: int, text: str, retry_after: int | None) -> Response:
    headers = {"content-type": "text/html; charset=utf-8"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return Response(status, f"<!DOCTYPE html>\n<title>{status}</title><p>{text}</p>\n".encode(), headers)


def _error(kind: FaultKind, fault: Fault) -> ApiError:
    match kind:
        case FaultKind.RATE_LIMITED:
            return ApiError("ratelimited", "You've exceeded your rate limit. Please wait some time and try again.")
        case FaultKind.MAXLAG:
            headers = {"retry-after": str(fault.retry_after or 5), "x-database-lag": str(int(fault.lag))}
            data = {"host": "db-stand-in", "lag": fault.lag, "type": "db"}
            return ApiError(
                "maxlag", f"Waiting for db-stand-in: {fault.lag} seconds lagged.", data=data, headers=headers
            )
        case FaultKind.READ_ONLY:
            data = {"readonlyreason": "maintenance"}
            return ApiError("readonly", "The wiki is currently in read-only mode.", data=data)
        case FaultKind.BAD_TOKEN:
            return ApiError("badtoken", "Invalid CSRF token.")
        case FaultKind.EDIT_CONFLICT:
            messages = [Message("wikibase-api-editconflict"), Message("edit-conflict")]
            return ApiError("editconflict", messages[0].plain, messages=messages)
        case FaultKind.ABUSE_FILTER:
            messages = [Message("wikibase-api-failed-save"), Message("abusefilter-disallowed", ("a rule of the wiki",))]
            return ApiError("failed-save", messages[0].plain, messages=messages)
    raise ValueError(f"fault `{kind}` has no error")
