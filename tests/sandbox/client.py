"""A small client for the tests: one session of a wiki, and short ways to say common things."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from commarchive.wikibase.transport import Request, Response, Transport

PASSWORD = "correct horse battery staple"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Client:
    """One session."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def send(self, **form: Any) -> Response:
        data = {"format": "json", **{key: str(value) for key, value in form.items() if value is not None}}
        return self.transport.send(Request("POST", "/w/api.php", form=data), timeout=5)

    def call(self, **form: Any) -> Any:
        return self.send(**form).json()

    def get(self, path: str, headers: Mapping[str, str] | None = None, **params: str) -> Response:
        return self.transport.send(Request("GET", path, params, headers=headers or {}), timeout=5)

    def sign_in(self, name: str, password: str = PASSWORD) -> Client:
        token = self.call(action="query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]
        answer = self.call(
            action="clientlogin",
            username=name,
            password=password,
            logintoken=token,
            loginreturnurl="https://example.org/",
        )
        assert answer["clientlogin"]["status"] == "PASS", answer
        return self

    def token(self) -> str:
        token: str = self.call(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]
        return token

    def write(self, action: str, **form: Any) -> Any:
        return self.call(action=action, token=self.token(), **form)

    def edit(self, data: Any, **form: Any) -> Any:
        return self.write("wbeditentity", data=json.dumps(data), **form)

    def property(self, datatype: str = "string", label: str | None = None) -> str:
        label = label or f"a property of {datatype}"
        answer = self.edit({"labels": terms(en=label), "datatype": datatype}, new="property")
        assert "entity" in answer, answer
        entity_id: str = answer["entity"]["id"]
        return entity_id

    def item(self, **data: Any) -> str:
        answer = self.edit(data, new="item")
        assert "entity" in answer, answer
        entity_id: str = answer["entity"]["id"]
        return entity_id

    def entity(self, entity_id: str) -> Any:
        return self.call(action="wbgetentities", ids=entity_id)["entities"][entity_id]


def terms(**texts: str) -> dict[str, Any]:
    return {language: {"language": language, "value": text} for language, text in texts.items()}


def aliases(**texts: list[str]) -> dict[str, Any]:
    return {language: [{"language": language, "value": text} for text in group] for language, group in texts.items()}


def snak(prop: str, value: Any = None, value_type: str = "string", kind: str = "value") -> dict[str, Any]:
    data: dict[str, Any] = {"snaktype": kind, "property": prop}
    if kind == "value":
        data["datavalue"] = {"type": value_type, "value": value}
    return data


def statement(prop: str, value: Any = None, value_type: str = "string", **more: Any) -> dict[str, Any]:
    return {"type": "statement", "rank": "normal", "mainsnak": snak(prop, value, value_type), **more}


def code(answer: Any) -> str:
    """The error's code, or the answer itself where there is no error."""
    found: str = answer["error"]["code"] if "error" in answer else f"no error: {answer}"
    return found


def messages(answer: Any) -> list[str]:
    return [message["name"] for message in answer["error"]["messages"]]
