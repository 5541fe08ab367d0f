"""A small archive on the embedded wiki, with people who see different parts of it, and canaries in what is closed.

Everything in it is invented. A canary is a word that stands in one closed place and nowhere else; `CANARIES` says in
which kind of place, and who may see it. Whoever sweeps an exit looks for them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette

from commarchive.gateway import Services, create_app
from commarchive.identity import Identity
from commarchive.model.archive import AccessProtocol, Archive, Community, Mode, OutsidersSee, ReleaseRule
from commarchive.model.entity import DataValue, Rank, Reference, Snak, SnakKind, Statement
from commarchive.model.schema import Control
from commarchive.policy.mentions import Addresses
from commarchive.policy.standing import Membership, Principal, Role
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection, Rules
from commarchive.projection.governance import waiting
from commarchive.register import Register
from commarchive.register.holds import HoldReason
from commarchive.register.members import HOST
from commarchive.sandbox import Wiki, WikiSettings
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import login
from commarchive.wikibase.client import WikiClient
from commarchive.wikibase.codec import encode_statements
from commarchive.wikibase.rdf import RdfRights

with warnings.catch_warnings():
    # Starlette wants the successor of httpx for its test client; what is used here is the same in both.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

BASE = "https://archive.example"
PASSWORD = "a password that is long enough"
VISITOR, MEMBER, ELDER, STEWARD, NEIGHBOUR, FACILITATOR = (
    "visitor",
    "Member",
    "Elder",
    "Steward",
    "Neighbour",
    "Facilitator",
)
SECOND = "Second"
"""Another steward, so that two can agree."""
_VILLAGE = ("village", "elders", "singers", "everyone")
PEOPLE: Mapping[str, tuple[Membership, ...]] = {
    STEWARD: tuple(Membership(group, Role.STEWARD) for group in _VILLAGE),
    SECOND: tuple(Membership(group, Role.STEWARD) for group in (*_VILLAGE, "valley", "neighbours")),
    MEMBER: (Membership("village"),),
    ELDER: (Membership("village"), Membership("elders")),
    NEIGHBOUR: (Membership("valley"), Membership("neighbours")),
    FACILITATOR: (Membership("village", Role.FACILITATOR),),
}
PERSONAS = (VISITOR, MEMBER, ELDER, STEWARD, NEIGHBOUR, FACILITATOR)

ARCHIVE = Archive(
    id="hamlet",
    zone="Europe/Helsinki",
    communities={
        "village": Community("village", {"en": "The village", "fi": "Kylä"}),
        "valley": Community("valley", {"en": "The valley"}),
    },
    protocols={
        "elders": AccessProtocol(
            "elders", "village", name={"en": "Elders", "fi": "Vanhimmat"}, notice={"en": "Ask the elders first."}
        ),
        "singers": AccessProtocol(
            "singers",
            "village",
            name={"en": "Singers"},
            outsiders_see=OutsidersSee.EXISTS,
            release=ReleaseRule.ONE_STEWARD,
        ),
        "everyone": AccessProtocol(
            "everyone",
            "village",
            mode=Mode.OPEN,
            name={"en": "Everyone"},
            notice={"en": "Sing it only at dusk."},
            release=ReleaseRule.ONE_STEWARD,
        ),
        "neighbours": AccessProtocol(
            "neighbours", "valley", name={"en": "Neighbours"}, release=ReleaseRule.ONE_STEWARD
        ),
    },
    default_condition="public",
    name={"en": "The hamlet's archive", "fi": "Kylän arkisto", "fr": "Les archives du hameau"},
    base_url=BASE,
    languages=("en", "fi", "fr", "se"),
)

SEES_ELDERS = frozenset({ELDER, STEWARD})
SEES_SINGERS = frozenset({STEWARD})
SEES_DRAFTS = frozenset({STEWARD})

CANARIES: Mapping[str, frozenset[str]] = {
    "zqitemlabel": SEES_ELDERS,
    "zqitemdescription": SEES_ELDERS,
    "zqitemalias": SEES_ELDERS,
    "zqitemvalue": SEES_ELDERS,
    "zqstatement": SEES_ELDERS,
    "zqqualifier": SEES_ELDERS,
    "zqreference": SEES_ELDERS,
    "zqtermlabel": SEES_ELDERS,
    "zqtermdescription": SEES_ELDERS,
    "zqtermalias": SEES_ELDERS,
    "zqproperty": SEES_ELDERS,
    "zqofproperty": SEES_ELDERS,
    "zqunit": SEES_ELDERS,
    "zqsinger": SEES_SINGERS,
    "zqdraft": SEES_DRAFTS,
    "zqheld": SEES_DRAFTS,
    "zqmerged": SEES_ELDERS,
}
"""Canaries by the kind of closed place they stand in, and the personas who may see them."""


def canary(kind: str) -> str:
    """The whole word; a search for its beginning finds it without writing it down."""
    return f"{kind}tail"


@dataclass
class World:
    """The archive, its parts, and the ids of what is in it by name."""

    wiki: Wiki
    register: Register
    projection: Projection
    rules: Rules
    ids: dict[str, str]
    clients: dict[str, TestClient] = field(default_factory=dict)
    archive: Archive = ARCHIVE

    def services(self, archive: Archive | None = None) -> Services:
        """What a gateway of this archive serves from; another `archive` gives it another address."""
        return Services(
            archive=archive or self.archive,
            projection=self.projection,
            identity=Identity(self.register, self.wiki.transport, service=self.service_api),
            vocabulary=self.rules.vocabulary,
            rights=RdfRights("https://rightsstatements.org/vocab/CNE/1.0/", {"en": "Ask us before you use this."}),
            formatters={self.ids["inventory number"]: "https://inventory.example/$1"},
        )

    def app(self, archive: Archive | None = None) -> Starlette:
        """A gateway of this archive."""
        return create_app(self.services(archive))

    def service_api(self) -> ActionApi:
        """The wiki, as the service account."""
        transport = self.wiki.transport()
        login(transport, "Service", PASSWORD)
        return ActionApi(transport)

    def client(self, persona: str) -> TestClient:
        """A browser in which this persona is signed in."""
        if persona not in self.clients:
            self.clients[persona] = self.new_client(persona)
        return self.clients[persona]

    def new_client(self, persona: str = VISITOR) -> TestClient:
        """A fresh browser in which this persona is signed in."""
        client = browser(self.app())
        if persona != VISITOR:
            sign_in(client, persona)
        return client

    def principal(self, persona: str) -> Principal:
        """The persona as the register knows them."""
        return self.register.members.principal(None if persona == VISITOR else persona)

    def sync(self) -> None:
        """Bring what is served level with the wiki."""
        self.projection.sync(WikiClient(self.service_api()))

    def edit(self, name: str, **data: Any) -> None:
        """Edit an entity on the wiki, and bring what is served level with it."""
        terms = {kind: {code: _term(code, text) for code, text in texts.items()} for kind, texts in data.items()}
        self.service_api().write(action="wbeditentity", id=self.ids[name], data=orjson.dumps(terms).decode())
        self.sync()

    def restrict(self, id_: str, guid: str, condition: str) -> None:
        """Put an access condition on a statement on the wiki, and bring what is served level with it."""
        api = self.service_api()
        claims = api.read(action="wbgetclaims", claim=guid)["claims"]
        statement = next(each for group in claims.values() for each in group)
        prop = self.ids["access condition"]
        snak = {"snaktype": "value", "property": prop, "datavalue": {"type": "string", "value": condition}}
        statement.setdefault("qualifiers", {})[prop] = [snak]
        statement.pop("qualifiers-order", None)
        api.write(action="wbeditentity", id=id_, data=orjson.dumps({"claims": [statement]}).decode())
        self.sync()

    def release(self, *names: str, by: str = STEWARD) -> None:
        """Stewards release what the wiki says of these; a second one where two have to agree."""
        governed = self.projection.governance([self.ids[name] for name in names])
        entries = [entry for governance in governed.values() for entry in waiting(governance)]
        proposal = self.register.releases.propose(entries, by=by)
        if proposal.state != "done":
            self.register.releases.approve(proposal.id, by=SECOND)

    def known_to(self, persona: str) -> dict[str, str]:
        """Names and ids of the items that a persona may know of."""
        with self.projection.view(self.principal(persona)) as view:
            known = view.entities(self.ids.values())
        return {name: id_ for name, id_ in self.ids.items() if id_ in known}


def browser(app: Starlette, base_url: str = BASE) -> TestClient:
    """A fresh browser; it follows no redirect, and an error of the application is an answer."""
    return TestClient(app, base_url=base_url, follow_redirects=False, raise_server_exceptions=False)


def sign_in(client: TestClient, name: str, password: str = PASSWORD) -> None:
    """Sign in by the API, as a program does."""
    query = {"action": "query", "meta": "tokens", "type": "login", "format": "json"}
    token = client.get("/w/api.php", params=query).json()["query"]["tokens"]["logintoken"]
    form = {"action": "clientlogin", "username": name, "password": password, "logintoken": token, "format": "json"}
    answer = client.post("/w/api.php", data={**form, "loginreturnurl": "https://example.org/"}).json()
    assert answer["clientlogin"]["status"] == "PASS", answer


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """The archive, in a folder of its own."""
    settings = WikiSettings(base_url=BASE, concept_base_uri=f"{BASE}/entity/")
    with Wiki(folder / "wiki.db", settings=settings) as wiki:
        wiki.create_account("Service", PASSWORD, ["custodian", "bot"])
        for person in PEOPLE:
            wiki.create_account(person, PASSWORD)
        register = Register(f"sqlite:///{folder}/register.db", ARCHIVE)
        try:
            _appoint(register)
            transport = wiki.transport()
            login(transport, "Service", PASSWORD)
            maker = _Maker(ActionApi(transport))
            vocabulary = _make_properties(maker)
            _make_items(maker)
            rules = Rules(ARCHIVE, vocabulary, Addresses.of([BASE]))
            projection = Projection(f"sqlite:///{folder}/projection.db", register, rules)
            try:
                made = World(wiki, register, projection, rules, maker.ids)
                _finish(made, maker)
                yield made
            finally:
                projection.close()
        finally:
            register.close()


def _appoint(register: Register) -> None:
    for person, memberships in PEOPLE.items():
        for membership in memberships:
            # A community's first steward is appointed on the machine.
            first = {STEWARD: "village", SECOND: "valley"}.get(person) == membership.group
            by = HOST if first else SECOND if membership.group in ("valley", "neighbours") else STEWARD
            register.members.set(person, membership, by=by)


class _Maker:
    """Makes entities on the wiki, by name."""

    def __init__(self, api: ActionApi) -> None:
        self._api = api
        self.ids: dict[str, str] = {}

    def property(self, name: str, datatype: str, label: str = "") -> str:
        data = {"labels": {"en": {"language": "en", "value": label or name}}, "datatype": datatype}
        return self._made(name, "property", data)

    def item(self, name: str, terms: Mapping[str, Mapping[str, Any]], *statements: Statement) -> str:
        data: dict[str, Any] = {
            kind: {code: _term(code, text) for code, text in texts.items()} for kind, texts in terms.items()
        }
        data["claims"] = encode_statements(statements)
        return self._made(name, "item", data)

    def merge(self, name: str, into: str) -> None:
        self._api.write(action="wbmergeitems", fromid=self.ids[name], toid=self.ids[into])

    def text(self, prop: str, value: str) -> Snak:
        return Snak(self.ids[prop], SnakKind.VALUE, DataValue("string", value))

    def entity(self, prop: str, name: str) -> Snak:
        id_ = self.ids[name]
        value = {"entity-type": "item", "numeric-id": int(id_[1:]), "id": id_}
        return Snak(self.ids[prop], SnakKind.VALUE, DataValue("wikibase-entityid", value))

    def value(self, prop: str, kind: str, value: Any) -> Snak:
        return Snak(self.ids[prop], SnakKind.VALUE, DataValue(kind, value))

    def live(self, *conditions: str, community: str = "village") -> list[Statement]:
        said = [self.text("community", community), self.text("record state", "live")]
        said += [self.text("access condition", condition) for condition in conditions]
        return [Statement("", snak) for snak in said]

    def _made(self, name: str, kind: str, data: Mapping[str, Any]) -> str:
        answer = self._api.write(action="wbeditentity", new=kind, data=orjson.dumps(data).decode())
        self.ids[name] = answer["entity"]["id"]
        return self.ids[name]


def _term(code: str, text: Any) -> Any:
    if isinstance(text, str):
        return {"language": code, "value": text}
    return [{"language": code, "value": each} for each in text]


def _make_properties(maker: _Maker) -> Vocabulary:
    controls = {maker.property(control.replace("-", " "), "string"): control for control in Control}
    maker.property("instance of", "wikibase-item")
    maker.property("part of", "wikibase-item")
    for name, datatype in {
        "note": "string",
        "remark": "string",
        "title": "monolingualtext",
        "held on": "time",
        "size": "quantity",
        "place": "globe-coordinate",
        "website": "url",
        "inventory number": "external-id",
    }.items():
        maker.property(name, datatype)
    maker.property("closed property", "string", canary("zqproperty"))
    open_ids = [id_ for name, id_ in maker.ids.items() if name != "closed property"]
    return Vocabulary(
        controls=controls,
        instance_of=frozenset({maker.ids["instance of"]}),
        own=dict.fromkeys(open_ids, "public") | {maker.ids["closed property"]: "elders"},
    )


def _make_items(maker: _Maker) -> None:
    text, entity, live = maker.text, maker.entity, maker.live
    maker.item("song", {"labels": {"en": "song", "fi": "laulu", "fr": "chanson"}}, *live())
    # In front of what is closed, so that closed ids and ids that nothing has are equally long.
    for number in range(25):
        maker.item(
            f"tune {number}",
            {"labels": {"en": f"tune {number:02}"}},
            *live(),
            Statement("", entity("instance of", "song")),
        )
    maker.item(
        "closed item",
        {
            "labels": {"en": canary("zqitemlabel")},
            "descriptions": {"en": canary("zqitemdescription")},
            "aliases": {"en": [canary("zqitemalias")]},
        },
        *live("elders"),
        Statement("", text("note", canary("zqitemvalue"))),
        Statement("", entity("instance of", "song")),
    )
    maker.item("closed unit", {"labels": {"en": canary("zqunit")}}, *live("elders"))
    maker.item(
        "singers' song",
        {"labels": {"en": canary("zqsinger")}},
        *live("singers"),
        Statement("", text("outsiders see", "exists")),
        Statement("", entity("instance of", "song")),
    )
    maker.item("draft", {"labels": {"en": canary("zqdraft")}}, Statement("", text("community", "village")))
    maker.item("held", {"labels": {"en": canary("zqheld")}}, *live(), Statement("", entity("instance of", "song")))
    maker.item("neighbours' song", {"labels": {"en": "a song over the hill"}}, *live("neighbours", community="valley"))
    maker.item(
        "dusk song",
        {"labels": {"en": "dusk song"}},
        *live("everyone"),
        Statement("", entity("instance of", "song")),
    )
    maker.item(
        "open",
        {
            "labels": {"en": "rowing song", "fi": "soutulaulu", "se": canary("zqtermlabel")},
            "descriptions": {"en": "sung while rowing", "fr": canary("zqtermdescription")},
            "aliases": {"en": ["song of the oars"], "fi": [canary("zqtermalias")]},
        },
        *live(),
        Statement("", text("term condition", "label@se: elders")),
        Statement("", text("term condition", "description@fr: elders")),
        Statement("", text("term condition", "aliases@fi: elders")),
        Statement("", entity("instance of", "song")),
        Statement("", entity("part of", "singers' song")),
        Statement("", entity("part of", "closed item")),
        # What is restricted narrows what else is said by the same property, so each has a property of its own.
        Statement("", text("note", canary("zqstatement")), qualifiers=(text("access condition", "elders"),)),
        Statement("", text("remark", "heard by all")),
        Statement(
            "",
            text("remark", "heard by most"),
            rank=Rank.PREFERRED,
            qualifiers=(
                text("note", canary("zqqualifier")),
                text("website", "https://example.org/open"),
                text("qualifier condition", f"{maker.ids['note']}: elders"),
            ),
            references=(Reference((text("note", canary("zqreference")), text("access condition", "elders"))),),
        ),
        Statement("", text("closed property", canary("zqofproperty"))),
        Statement("", maker.value("title", "monolingualtext", {"text": "Soutajan laulu", "language": "fi"})),
        Statement("", maker.value("held on", "time", _time("+1912-06-21T00:00:00Z", 11))),
        Statement("", maker.value("size", "quantity", {"amount": "+12.50", "unit": "1"})),
        Statement("", maker.value("size", "quantity", _amount("+7", maker.ids["closed unit"]))),
        Statement("", maker.value("place", "globecoordinate", _point(63.55, 23.7))),
        Statement(
            "",
            text("website", "https://example.org/a"),
            references=(Reference((text("website", "https://example.org/source"),)),),
        ),
        Statement("", text("inventory number", "A 42")),
        Statement("", Snak(maker.ids["title"], SnakKind.SOME_VALUE)),
    )
    maker.item(
        "twin", {"labels": {"en": "rowing song, again"}, "aliases": {"en": [canary("zqmerged")]}}, *live("elders")
    )
    maker.item("other twin", {"labels": {"en": "another rowing song"}}, *live())


def _finish(made: World, maker: _Maker) -> None:
    made.sync()
    made.release(*(name for name, id_ in made.ids.items() if id_.startswith("Q") and name != "neighbours' song"))
    made.release("neighbours' song", by=SECOND)
    made.known_to(VISITOR)
    maker.merge("twin", "closed item")
    maker.merge("other twin", "open")
    made.sync()
    held = made.ids["held"]
    made.register.holds.place(held, HoldReason.SORROW, by=STEWARD, groups=["village"])


def _time(time: str, precision: int) -> dict[str, Any]:
    calendar = "http://www.wikidata.org/entity/Q1985727"
    return {"time": time, "timezone": 0, "before": 0, "after": 0, "precision": precision, "calendarmodel": calendar}


def _amount(amount: str, unit: str) -> dict[str, Any]:
    return {"amount": amount, "unit": f"{BASE}/entity/{unit}"}


def _point(latitude: float, longitude: float) -> dict[str, Any]:
    globe = "http://www.wikidata.org/entity/Q2"
    return {"latitude": latitude, "longitude": longitude, "altitude": None, "precision": 0.01, "globe": globe}


ABSENT, ABSENT_PROPERTY = "Q99", "P99"
"""Ids that nothing has."""


def at_address(archive: Archive, base_url: str) -> Archive:
    """The same archive at another address."""
    return replace(archive, base_url=base_url)
