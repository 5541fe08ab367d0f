"""How the Action API writes results, errors and warnings, in format versions 1 and 2.

Knows: JSON shapes and headers as recorded from a real Wikibase. Must not know: what is answered.

In results a Python bool is one of MediaWiki's flags: version 1 writes true as an empty string and leaves false out.
`Raw` is written as it stands, `Keyed` is an object in version 1 and the list of its values in version 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from commarchive.sandbox.messages import Message
from commarchive.wikibase.transport import Response

Json = dict[str, Any]

_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "private, must-revalidate, max-age=0",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class ApiError(Exception):
    """An error answer; `data` goes between `info` and `messages`, and `headers` go with the answer."""

    def __init__(
        self,
        code: str,
        info: str,
        *,
        messages: Sequence[Message] = (),
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> None:
        super().__init__(info)
        self.code = code
        self.info = info
        self.messages = tuple(messages)
        self.data = dict(data or {})
        self.headers = dict(headers or {})
        self.status = status


def wikibase_error(code: str, message: Message, *more: Message, data: Mapping[str, Any] | None = None) -> ApiError:
    """An error as Wikibase's modules raise it: its text is its first message's."""
    return ApiError(code, message.plain, messages=(message, *more), data=data)


def worded_error(code: str, text: str, *, data: Mapping[str, Any] | None = None) -> ApiError:
    """An error as Wikibase's modules raise it with words of their own: a message only if one is named like the code."""
    message = Message.of_code(code, text)
    return ApiError(code, message.plain, messages=(message,), data=data)


@dataclass(frozen=True, slots=True)
class Raw:
    """JSON that is the same in both format versions."""

    value: Any


class Keyed(Json):
    """An object in format version 1, a list of its values in version 2."""


@dataclass(slots=True)
class Warnings:
    """What the answer warns of, by module."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)

    def say(self, module: str, text: str) -> None:
        """Warn in words, as MediaWiki's own modules do."""
        self.texts.setdefault(module, []).append(text)

    def add(self, module: str, message: Message) -> None:
        """Warn by a message, as Wikibase's modules do."""
        self.messages.setdefault(module, []).append(message)

    def render(self, version: int) -> Json:
        """The member `warnings`, empty if there are none."""
        star = "*" if version == 1 else "warnings"
        result: Json = {module: {star: "\n".join(texts)} for module, texts in self.texts.items()}
        for module, messages in self.messages.items():
            rows = [{**_message(message, version), "type": "warning"} for message in messages]
            result.setdefault(module, {})["messages"] = rows
        return result


def success(result: Json, warnings: Warnings, version: int) -> Response:
    """A whole answer."""
    body = render(result, version)
    warned = warnings.render(version)
    if warned:
        # Wikibase says `success` last.
        last = body.pop("success", None)
        body["warnings"] = warned
        if last is not None:
            body["success"] = last
    return Response(200, orjson.dumps(body), _HEADERS)


def failure(error: ApiError, version: int, api_url: str, error_format: str = "bc") -> Response:
    """An error answer: HTTP 200 unless the error says otherwise, with the code in a header."""
    where = f"See {api_url} for API usage."
    body: Json
    if error_format == "bc":
        inner: Json = {"code": error.code, "info": error.info, **error.data}
        if error.messages:
            inner["messages"] = [_message(message, version) for message in error.messages]
        inner["*" if version == 1 else "docref"] = where
        body = {"error": inner}
    else:
        row: Json = {"code": error.code}
        if error_format == "raw":
            keys = [(message.name, list(message.parameters)) for message in error.messages] or [(error.code, [])]
            row |= {"key": keys[0][0], "params": keys[0][1]}
        elif error_format != "none":
            row["*" if version == 1 else "text"] = error.info
        if error.data:
            row["data"] = error.data
        body = {"errors": [{**row, "module": "main"}], "*" if version == 1 else "docref": where}
    headers = {**_HEADERS, "mediawiki-api-error": error.code, **error.headers}
    return Response(error.status, orjson.dumps(body), headers)


def render(value: Any, version: int) -> Any:
    """The value as the format version writes it."""
    if isinstance(value, Raw):
        return value.value
    if isinstance(value, Keyed) and version != 1:
        return [render(item, version) for item in value.values()]
    if isinstance(value, dict):
        if version != 1:
            return {key: render(item, version) for key, item in value.items()}
        return {key: "" if item is True else render(item, version) for key, item in value.items() if item is not False}
    if isinstance(value, list):
        return [render(item, version) for item in value]
    return value


def _message(message: Message, version: int) -> Json:
    html = {"*": message.html} if version == 1 else message.html
    return {"name": message.name, "parameters": list(message.parameters), "html": html}
