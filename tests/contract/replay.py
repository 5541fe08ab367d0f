"""Replays the recorded exchanges, in order, against any wiki, ids and tokens translated on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commarchive.wikibase.transport import Request, Response, Transport
from tests.contract.shapes import Names

FOLDER = Path(__file__).parent / "recordings"
STAMP = "1795411225"
CONFLICT_STAMP = "1795412585"
TWIN_DESCRIPTION = "folk music practice, again"

# Recorded over a session that was not signed in; `toomanyvalues` depends on the asker's limits.
ANONYMOUS = frozenset({"002", "003", "021", "022", "030"})
DATATYPES = {
    "P1": "string",
    "P2": "wikibase-item",
    "P3": "url",
    "P4": "time",
    "P5": "external-id",
    "P6": "quantity",
    "P7": "monolingualtext",
    "P8": "globe-coordinate",
}
_WAIT = 30.0


@dataclass(frozen=True)
class Recording:
    """One recorded exchange; `number` is the beginning of its file's name."""

    number: str
    name: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]


@dataclass
class World:
    """A wiki to replay against: two sessions, the administrator's name and password, and what is called what.

    `base_url` is what its answers call it, `address` where it is reached.
    """

    open_session: Callable[[], Transport]
    base_url: str
    address: str
    user: str
    password: str
    names: Names = field(default_factory=Names)
    conflict_delay: float = 0.0
    """Seconds until a label and description count as taken; Wikibase updates its index after it has answered."""
    users: str = "Admin|Elder|Nobody Here"

    def __post_init__(self) -> None:
        self.anonymous = self.open_session()
        self.admin = self.open_session()


def recordings() -> dict[str, Recording]:
    """All recorded exchanges by number."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        number = path.name[:3]
        found[number] = Recording(number, data["name"], data["request"], data["response"])
    return found


def replay(world: World, left_out: frozenset[str]) -> dict[str, Response]:
    """The wiki's answers by number; 013 comes late, for it needs what was made elsewhere."""
    answers: dict[str, Response] = {}
    sign_in(world, world.admin)
    _prepare(world)
    every = recordings()
    order = [number for number in every if number not in left_out | {"013", "070"}]
    for number in [*order, "013", "070"]:
        recording = every[number]
        if number == "014":
            _make_twin(world)
        if number == "013":
            _make_conflict(world)
        transport = world.anonymous if number in ANONYMOUS else world.admin
        if number in ("004", "005"):
            transport = world.open_session()
        answers[number] = _send(world, transport, recording)
        if recording.response.get("json") is not None and answers[number].headers["content-type"].startswith("app"):
            world.names.learn(recording.response["json"], answers[number].json())
    return answers


def sign_in(world: World, transport: Transport) -> None:
    """Sign in as the administrator."""
    token = call(transport, action="query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]
    answer = call(
        transport,
        action="clientlogin",
        username=world.user,
        password=world.password,
        logintoken=token,
        loginreturnurl="https://example.org/",
    )
    assert answer["clientlogin"]["status"] == "PASS", answer


def call(transport: Transport, **form: Any) -> Any:
    """One call of the API."""
    data = {"format": "json", **{key: str(value) for key, value in form.items()}}
    return transport.send(Request("POST", "/w/api.php", form=data), timeout=_WAIT).json()


def csrf_token(transport: Transport) -> str:
    """The session's token for edits."""
    token: str = call(transport, action="query", meta="tokens")["query"]["tokens"]["csrftoken"]
    return token


def create(world: World, kind: str, **data: Any) -> str:
    """Make an entity and return its id."""
    token = csrf_token(world.admin)
    answer = call(world.admin, action="wbeditentity", new=kind, data=json.dumps(data), token=token)
    assert "entity" in answer, answer
    entity_id: str = answer["entity"]["id"]
    return entity_id


def _terms(world: World, **texts: str) -> dict[str, Any]:
    return {language: {"language": language, "value": world.names.text(text)} for language, text in texts.items()}


def _prepare(world: World) -> None:
    for number, datatype in DATATYPES.items():
        name = "external id" if datatype == "external-id" else datatype
        world.names.known[number] = create(
            world,
            "property",
            labels=_terms(world, en=f"test {name}"),
            descriptions=_terms(world, en=f"property of type {name}"),
            aliases={"en": [{"language": "en", "value": f"alias {name}"}]},
            datatype=datatype,
        )


def _make_twin(world: World) -> None:
    # The wiki that was recorded had a second item of the same label: it came in before the first was in the index.
    label = f"Kaustinen fiddle playing {STAMP}"
    world.names.known["Q315"] = create(
        world, "item", labels=_terms(world, en=label), descriptions=_terms(world, en=TWIN_DESCRIPTION)
    )


def _make_conflict(world: World) -> None:
    label = _terms(world, en=f"Conflict {CONFLICT_STAMP}")
    world.names.known["Q638"] = create(world, "item", labels=label, descriptions=_terms(world, en="same description"))
    time.sleep(world.conflict_delay)


def _send(world: World, transport: Transport, recording: Recording) -> Response:
    request = recording.request
    params = _fill(world, transport, request["params"] or {})
    form = _fill(world, transport, request["form"] or {})
    headers = {key.lower(): value for key, value in (request["headers"] or {}).items()}
    return transport.send(
        Request(request["method"], world.names.text(request["path"]), params, form, headers), timeout=_WAIT
    )


def _fill(world: World, transport: Transport, given: Mapping[str, Any]) -> dict[str, str]:
    filled: dict[str, str] = {}
    for key, value in given.items():
        match key, value:
            case ("logintoken", _):
                tokens = call(transport, action="query", meta="tokens", type="login")["query"]["tokens"]
                filled[key] = tokens["logintoken"]
            case (_, "<token>"):
                filled[key] = csrf_token(transport)
            case (_, "<password>"):
                filled[key] = world.password
            case ("username", "Admin"):
                filled[key] = world.user
            case ("ususers", _):
                filled[key] = world.users
            case ("baserevid", _):
                filled[key] = str(world.names.revisions[value])
            case ("data", _):
                filled[key] = json.dumps(world.names.value(json.loads(value)))
            case _:
                filled[key] = world.names.text(str(value))
    return filled
