"""One map from errors to answers.

Knows: statuses, and when to come back. Must not know: what was asked for; no answer here depends on whether it exists.

The text of an error is for those who run commands. A reader gets words that are the same for everybody, in the form
that the exit's other answers have.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from commarchive.errors import CommarchiveError
from commarchive.gateway.ask import Ask
from commarchive.identity.attempts import TooManyAttemptsError

ErrorForm = Callable[[Exception, int, Ask], Response]
"""How an exit's errors look: from the error, its status and the request."""

_LOG = logging.getLogger("commarchive.gateway")
_RETRY_AFTER = 60


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    match error:
        case HTTPException():
            return error.status_code
        case CommarchiveError():
            return error.http_status
    return 500


def error_response(error: Exception, form: ErrorForm, ask: Ask) -> Response:
    """The answer to an error."""
    status = status_of(error)
    if status >= 500:
        # What kind of error, and where it arose: its text may name what is restricted.
        _LOG.error("%s at %s", type(error).__name__, _place(error))
    response = form(error, status, ask)
    if isinstance(error, TooManyAttemptsError):
        response.headers["retry-after"] = str(error.retry_after)
    elif status == 503:
        response.headers["retry-after"] = str(_RETRY_AFTER)
    return response


def plain_error(_error: Exception, status: int, _ask: Ask) -> Response:
    """The form for exits that programs read."""
    return PlainTextResponse(f"{status}\n", status)


def _place(error: BaseException) -> str:
    trace, place = error.__traceback__, "an unknown place"
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
