"""Every error that commarchive raises on purpose.

    CommarchiveError                       exit 1   HTTP 500
    ├── UsageError                         exit 2   HTTP 400   the words of a command or request are off
    ├── ManifestError                      exit 1   HTTP 500   a community's file is wrong (carries all findings)
    ├── RefusedError                       exit 3   HTTP 403   a protocol or a right says no
    │   ├── ConsentError                   exit 3   HTTP 403   consent is missing, ended, or of another scope
    │   └── ApprovalError                  exit 3   HTTP 403   not enough people, or not the right ones, agreed
    ├── NotFoundError                      exit 1   HTTP 404   no such thing, or none that you may know of
    ├── ConflictError                      exit 1   HTTP 409   somebody else was there first; nothing was changed
    │   ├── StaleError                     exit 1   HTTP 409   a plan or base revision is out of date
    │   └── AmbiguousError                 exit 1   HTTP 409   two candidates; a person must choose
    ├── IngestError                        exit 1   HTTP 422   a row or a mapping cannot be taken as it stands
    ├── ClosedError                        exit 1   HTTP 503   state is lost or unknown, so everything is closed
    ├── TamperedError                      exit 1   HTTP 500   a hash chain or a plan does not add up
    └── WikiError                          exit 1   HTTP 502   the wiki refused or failed
        ├── WikiUnavailableError           exit 1   HTTP 503   no answer, or told to come back later; may be tried again
        ├── WikiRefusedError               exit 1   HTTP 502   an error code of the wiki; trying again does not help
        └── WikiOutcomeUnknownError        exit 1   HTTP 502   a write may have happened; probe before retrying

Knows: exit codes, HTTP statuses and hints. Must not know: how an error is shown.

Messages are lower case, without a full stop, with the user's words in backticks, and never name a thing that the
reader may not know of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    CHANGES_PENDING = 4


class CommarchiveError(Exception):
    """Root of all errors raised on purpose; `hint` says what would help, if anything does."""

    exit_code: ExitCode = ExitCode.FAILED
    http_status: int = 500
    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class UsageError(CommarchiveError):
    """The words of a command or of a request are off."""

    exit_code = ExitCode.USAGE
    http_status = 400


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in a community's file.

    `file` is relative to the archive's folder, `line` counts from 1, `path` is the place inside it, like `season/from`,
    `expected` says what would be right.
    """

    file: str
    line: int
    path: str
    message: str
    expected: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: {self.path}" if self.path else f"{self.file}:{self.line}"
        return f"{place}: {self.message}" + (f"; expected {self.expected}" if self.expected else "")


class ManifestError(CommarchiveError):
    """One or more of a community's files are wrong; `findings` lists every mistake with its place."""

    hint = "`commarchive check` lists every finding; the annotated reference manifest shows what is possible"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class RefusedError(CommarchiveError):
    """A protocol or a missing right says no."""

    exit_code = ExitCode.REFUSED
    http_status = 403


class ConsentError(RefusedError):
    """Consent is missing, ended, withdrawn, or of another scope."""


class ApprovalError(RefusedError):
    """Not enough people, or not the right ones, agreed."""


class NotFoundError(CommarchiveError):
    """No such thing, or none that the asker may know of; the two are never told apart."""

    http_status = 404


class ConflictError(CommarchiveError):
    """Somebody else was there first; nothing was changed."""

    http_status = 409


class StaleError(ConflictError):
    """A plan or a base revision is out of date."""

    hint = "make a new plan"


class AmbiguousError(ConflictError):
    """Two or more candidates fit; a person has to choose."""


class IngestError(CommarchiveError):
    """A row or a mapping cannot be taken as it stands."""

    http_status = 422


class ClosedError(CommarchiveError):
    """State is missing, unreadable or older than what is known, so everything is closed."""

    http_status = 503
    hint = "a steward attests a restored register, its holds and restrictions: `commarchive sync --attest STEWARD`"


class TamperedError(CommarchiveError):
    """A hash chain or a hashed plan does not add up."""


class WikiError(CommarchiveError):
    """The wiki refused or failed."""

    http_status = 502


class WikiUnavailableError(WikiError):
    """The wiki gave no answer, or said to come back later; `retry_after` is in seconds, None when not said.

    Raised for writes only where it is certain that nothing was changed.
    """

    http_status = 503

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class WikiRefusedError(WikiError):
    """The wiki answered with an error code; trying the same again does not help."""

    def __init__(self, code: str, info: str, *, messages: Sequence[str] = (), hint: str | None = None) -> None:
        super().__init__(f"the wiki answered `{code}`: {info}", hint=hint)
        self.code = code
        self.info = info
        self.messages = tuple(messages)


class WikiOutcomeUnknownError(WikiError):
    """A write was sent and its answer never came: it may or may not have happened."""

    hint = "run the same command again; it looks before it repeats"
