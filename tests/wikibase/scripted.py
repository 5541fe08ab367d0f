"""A transport that answers from a script and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from commarchive.wikibase.transport import Request, Response

Answer = Response | Exception | Callable[[Request], "Response | Exception"]


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer; header names with underscores for hyphens."""
    return Response(
        status,
        json.dumps(body).encode(),
        {"content-type": "application/json; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()},
    )


def error(
    code: str, info: str = "info", status: int = 200, messages: list[str] | None = None, **extra: Any
) -> Response:
    body = {"code": code, "info": info, **extra}
    if messages is not None:
        body["messages"] = [{"name": name, "parameters": [], "html": {"*": name}} for name in messages]
    return answer({"error": body}, status)


TOKEN = answer({"batchcomplete": "", "query": {"tokens": {"csrftoken": "abc+\\"}}})
LOGIN_TOKEN = answer({"batchcomplete": "", "query": {"tokens": {"logintoken": "login+\\"}}})


class ScriptedTransport:
    """Answers one after the other; a request beyond the script is a failure of the test."""

    base_url = "https://wiki.example"

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request, *, timeout: float) -> Response:
        assert timeout > 0
        self.requests.append(request)
        assert self.answers, f"not in the script: {sent(request)}"
        given = self.answers.pop(0)
        result = given if isinstance(given, Response | Exception) else given(request)
        if isinstance(result, Exception):
            raise result
        return result


def sent(request: Request) -> Mapping[str, str]:
    """What a request asks, wherever it says so."""
    return {**request.params, **request.form}
