"""A small archive and a wiki that stands in for Wikidata, on files, with everybody that federation needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from commarchive.federation import Federation
from commarchive.federation.apply import Applied, Means, apply_plan
from commarchive.federation.approve import approve
from commarchive.federation.evidence import Sources
from commarchive.federation.ledger import Ledger
from commarchive.federation.mapping import load_mapping
from commarchive.federation.plan import Plan
from commarchive.federation.planning import plan_publication
from commarchive.federation.retract import plan_retraction
from commarchive.federation.target import WIKIMEDIA, Target
from commarchive.federation.verify import Report, verify
from commarchive.model.archive import (
    AccessProtocol,
    Archive,
    Community,
    FederationRule,
    Mode,
    OutsidersSee,
    ReleaseRule,
    Season,
)
from commarchive.model.schema import Control, ItemDefinition, PropertyDefinition, Schema, SchemaIds
from commarchive.policy.mentions import Addresses
from commarchive.policy.standing import Membership, Role
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection, Rules
from commarchive.projection.governance import waiting
from commarchive.register import Register
from commarchive.register.consents import Consent, Scope
from commarchive.register.holds import HoldReason
from commarchive.sandbox import WIKIDATA, Wiki, WikiSettings
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import login
from commarchive.wikibase.client import WikiClient
from commarchive.wikibase.transport import Request, Response, Transport

from .words import Json, entity, item, statement

# Properties here.
COMMUNITY, ACCESS, QUALIFIER, TERM, OUTSIDERS, STATE = "P1", "P2", "P3", "P4", "P5", "P6"
INSTANCE_OF, SUBCLASS_OF, WIKIDATA_ITEM, STATED_IN, REFERENCE_URL, RETRIEVED = "P7", "P8", "P9", "P10", "P11", "P12"
COUNTRY, LIST, SINCE, MAKER, NAME, HEIGHT, SPOT, NUMBER, NOTE, PAGE = (
    *("P20", "P21", "P22", "P23", "P24"),
    *("P25", "P26", "P27", "P28", "P29"),
)
SECRET = "P30"
LC_LABEL, LC_NOTICE, LC_PROJECT = "P31", "P32", "P33"
# Classes and items here.
ELEMENT, PERSON, FIDDLER, REPRESENTATIVE_LIST = "Q1", "Q2", "Q3", "Q4"
FINLAND, NORWAY, METRE = "Q11", "Q12", "Q13"
FIDDLING, SAUNA = "Q21", "Q22"
# There.
THERE_FINLAND, THERE_NORWAY, THERE_METRE, THERE_LIST, THERE_HERITAGE = "Q33", "Q20", "Q11573", "Q110319947", "Q59544"
THERE_FIDDLING, THERE_ARCHIVE = "Q5000", "Q7777"
BASE = "https://archive.example"

_PROPERTIES: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "community": (COMMUNITY, "string", {"control": Control.COMMUNITY}),
    "access-condition": (ACCESS, "string", {"control": Control.ACCESS_CONDITION}),
    "qualifier-condition": (QUALIFIER, "string", {"control": Control.QUALIFIER_CONDITION}),
    "term-condition": (TERM, "string", {"control": Control.TERM_CONDITION}),
    "outsiders-see": (OUTSIDERS, "string", {"control": Control.OUTSIDERS_SEE}),
    "record-state": (STATE, "string", {"control": Control.RECORD_STATE}),
    "instance-of": (INSTANCE_OF, "wikibase-item", {"instance_of": True}),
    "subclass-of": (SUBCLASS_OF, "wikibase-item", {"equivalents": ("http://www.wikidata.org/entity/P279",)}),
    "wikidata-item": (WIKIDATA_ITEM, "external-id", {}),
    "stated-in": (STATED_IN, "wikibase-item", {}),
    "reference-url": (REFERENCE_URL, "url", {}),
    "retrieved": (RETRIEVED, "time", {}),
    "country": (COUNTRY, "wikibase-item", {}),
    "list": (LIST, "wikibase-item", {}),
    "since": (SINCE, "time", {}),
    "maker": (MAKER, "wikibase-item", {"living_person": True}),
    "name": (NAME, "monolingualtext", {}),
    "height": (HEIGHT, "quantity", {}),
    "spot": (SPOT, "globe-coordinate", {}),
    "number": (NUMBER, "external-id", {}),
    "note": (NOTE, "string", {}),
    "page": (PAGE, "url", {}),
    "secret": (SECRET, "string", {"condition": "elders"}),
    "local-contexts-label": (LC_LABEL, "string", {}),
    "local-contexts-notice": (LC_NOTICE, "string", {}),
    "local-contexts-project": (LC_PROJECT, "external-id", {}),
}
_ITEMS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "element": (ELEMENT, {"equivalents": (f"http://www.wikidata.org/entity/{THERE_HERITAGE}",)}),
    "person": (PERSON, {"living_person": True}),
    "representative-list": (REPRESENTATIVE_LIST, {"is_class": False}),
}
SCHEMA = Schema(
    {
        slug: PropertyDefinition(slug, datatype, {"en": slug}, **more)
        for slug, (_, datatype, more) in _PROPERTIES.items()
    },
    {slug: ItemDefinition(slug, {"en": slug}, **more) for slug, (_, more) in _ITEMS.items()},
)
IDS = SchemaIds({slug: row[0] for slug, row in _PROPERTIES.items()}, {slug: row[0] for slug, row in _ITEMS.items()})

MAPPING = """\
id: village
target: http://www.wikidata.org/entity/
identity: wikidata-item
adopt: [number]
create: [element]
properties:
  instance-of: {to: P31}
  country: {to: P17}
  list: {to: P3259}
  name: {to: P1705}
  height: {to: P2048}
  spot: {to: P625, finest: 0.1}
  number: {to: P10221}
  note: {to: P1343}
  page: {to: P973}
qualifiers:
  since: {to: P580}
  note: {to: P1810}
items:
  representative-list: Q110319947
references: {url: P854, retrieved: P813, stated_in: P248}
corrections: {property: P2241, reason: Q29998666}
"""
THERE_PROPERTIES = {
    "P31": "wikibase-item",
    "P17": "wikibase-item",
    "P3259": "wikibase-item",
    "P1705": "monolingualtext",
    "P2048": "quantity",
    "P625": "globe-coordinate",
    "P10221": "external-id",
    "P1343": "string",
    "P973": "url",
    "P580": "time",
    "P1810": "string",
    "P854": "url",
    "P813": "time",
    "P248": "wikibase-item",
    "P2241": "wikibase-item",
}


def archive(**more: Any) -> Archive:
    protocols = (
        AccessProtocol("elders", "village", release=ReleaseRule.ONE_STEWARD),
        AccessProtocol(
            "songs", "village", mode=Mode.OPEN, federation=FederationRule.WITH_CONSENT, release=ReleaseRule.ONE_STEWARD
        ),
        AccessProtocol("closed-songs", "village", mode=Mode.OPEN, release=ReleaseRule.ONE_STEWARD),
        AccessProtocol(
            "kin-songs",
            "village",
            mode=Mode.OPEN,
            federation=FederationRule.WITH_CONSENT,
            labels=("TK F",),
            release=ReleaseRule.ONE_STEWARD,
        ),
        AccessProtocol(
            "new-songs",
            "village",
            mode=Mode.OPEN,
            federation=FederationRule.WITH_CONSENT,
            labels=("TK NV",),
            release=ReleaseRule.ONE_STEWARD,
        ),
        AccessProtocol(
            "vault",
            "village",
            outsiders_see=OutsidersSee.EXISTS,
            federation=FederationRule.WITH_CONSENT,
            release=ReleaseRule.ONE_STEWARD,
        ),
        AccessProtocol(
            "winter",
            "village",
            mode=Mode.OPEN,
            season=Season((11, 1), (3, 1), "Europe/Helsinki"),
            federation=FederationRule.WITH_CONSENT,
            release=ReleaseRule.ONE_STEWARD,
        ),
    )
    return Archive(
        id="village-archive",
        zone="Europe/Helsinki",
        communities={"village": Community("village"), "guild": Community("guild")},
        protocols={p.id: p for p in protocols},
        name={"en": "Village"},
        base_url=BASE,
        languages=("en", "fi"),
        **more,
    )


@dataclass
class Clock:
    """A clock that stands still unless it is moved; sleeping moves it."""

    now: datetime = field(default_factory=lambda: datetime(2027, 1, 15, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Recorder:
    """A transport that remembers everything that was sent; `after` is called once each request was answered."""

    inner: Transport
    requests: list[Request] = field(default_factory=list)
    base_url: str = ""
    after: Callable[[Request], None] = lambda _: None

    def send(self, request: Request, *, timeout: float) -> Response:
        self.requests.append(request)
        answer = self.inner.send(request, timeout=timeout)
        self.after(request)
        return answer

    @property
    def writes(self) -> list[Mapping[str, str]]:
        return [r.form for r in self.requests if r.form.get("action") not in (None, "login", "clientlogin", *_READS)]


_READS = ("query", "wbgetentities", "wbsearchentities")


class World:
    """The archive in a folder, and the wiki that it publishes to."""

    def __init__(
        self, folder: Path, *, licence: str = "CC0-1.0", mapping: str = MAPPING, clock: Clock | None = None
    ) -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.wiki = Wiki(
            folder / "wiki.db", settings=WikiSettings(assigned_ids=True, site_name="village"), clock=self.clock
        )
        self.there = Wiki(folder / "target.db", settings=WIKIDATA, clock=self.clock)
        self.archive = archive()
        self.licence = licence
        (folder / "mapping.yaml").write_text(mapping, "utf-8")
        self.register = Register(f"sqlite:///{folder / 'register.db'}", self.archive, clock=self.clock)
        self.addresses = Addresses.of([BASE, self.wiki.settings.base_url])
        rules = Rules(self.archive, Vocabulary.of(SCHEMA, IDS), self.addresses)
        self.projection = Projection(f"sqlite:///{folder / 'projection.db'}", self.register, rules)
        self.recorder = Recorder(self.there.transport())
        self._plans = 0

    def close(self) -> None:
        self.projection.close()
        self.register.close()
        self.wiki.close()
        self.there.close()

    # -- the archive's wiki and its people ----------------------------------------------------------------------

    def settle(self) -> None:
        """People and accounts, properties and classes, countries."""
        for person, group, role, by in (
            ("ole", "village", Role.STEWARD, "host"),
            ("liv", "village", Role.STEWARD, "ole"),
            ("aino", "village", Role.DATA_STEWARD, "ole"),
            ("berit", "guild", Role.STEWARD, "host"),
            *((("ole"), protocol, Role.STEWARD, "ole") for protocol in self.archive.protocols),
        ):
            self.register.members.set(person, Membership(group, role), by=by)
        self.wiki.create_account("Service", "archive-password-1", ["custodian", "bot"])
        self.there.create_account("Village bot", "target-password-1")
        self.there.create_account("Somebody", "target-password-2")
        for slug, (id_, datatype, _) in _PROPERTIES.items():
            self.wiki.put(entity(id_, labels={"en": slug}, datatype=datatype))
        for slug, (id_, _) in _ITEMS.items():
            self.wiki.put(entity(id_, labels={"en": slug}))
        for id_, datatype in THERE_PROPERTIES.items():
            self.there.put(entity(id_, labels={"en": f"{id_} there"}, datatype=datatype))
        for id_, label in (
            (THERE_FINLAND, "Finland"),
            (THERE_NORWAY, "Norway"),
            (THERE_METRE, "metre"),
            (THERE_LIST, "Representative List"),
            (THERE_HERITAGE, "intangible cultural heritage"),
            (THERE_ARCHIVE, "The village's archive"),
            ("Q29998666", "error in source"),
        ):
            self.there.put(entity(id_, labels={"en": label}))
        self.put(FINLAND, (WIKIDATA_ITEM, THERE_FINLAND), labels={"en": "Finland"})
        self.put(NORWAY, (WIKIDATA_ITEM, THERE_NORWAY), labels={"en": "Norway"})
        self.put(METRE, (WIKIDATA_ITEM, THERE_METRE), labels={"en": "metre"})
        self.sync()
        self.release(FINLAND, NORWAY, METRE)

    def put(
        self,
        id_: str,
        *statements: tuple[str, Json | str] | Json,
        access: str = "public",
        community: str | None = "village",
        state: str = "live",
        **more: Any,
    ) -> None:
        """Write a record into the archive's wiki; a pair is a plain statement."""
        rows = [statement(id_, *each) if isinstance(each, tuple) else each for each in statements]
        controls = [
            statement(id_, ACCESS, access),
            statement(id_, STATE, state),
            *([statement(id_, COMMUNITY, community)] if community else []),
        ]
        self.wiki.put(entity(id_, *controls, *rows, **more))

    def element(
        self, id_: str = FIDDLING, *more: tuple[str, Json | str] | Json, qid: str | None = THERE_FIDDLING, **rest: Any
    ) -> None:
        """A released element of living heritage with a consent, which is about an item there if `qid` says so."""
        rest.setdefault("labels", {"en": f"Element {id_}"})
        access = rest.pop("access", "public")
        rows = [(INSTANCE_OF, item(ELEMENT)), *([(WIKIDATA_ITEM, qid)] if qid else []), *more]
        self.put(id_, *rows, access=access, **rest)
        self.sync()
        self.release(id_)
        self.consent(id_)

    def sync(self) -> None:
        self.projection.sync(self._client(self.wiki, "Service", "archive-password-1"))

    def release(self, *ids: str) -> None:
        """Release what the wiki says, as the stewards of the village."""
        governance = self.projection.governance(ids)
        entries = [each for id_ in ids for each in waiting(governance[id_])]
        if entries:
            self.register.releases.propose(entries, by="ole")

    def consent(self, id_: str, **more: Any) -> Consent:
        given = {"scope": frozenset({Scope.FEDERATE_WIKIDATA}), "basis": "a meeting", "person": "Aino", **more}
        groups = self.projection.governance([id_])[id_].groups
        return self.register.consents.record(Consent(entity=id_, **given), by="ole", groups=groups)

    def withdraw(self, id_: str) -> None:
        for consent in self.register.consents.of(id_):
            if consent.withdrawn_at is None:
                self.register.consents.withdraw(consent.id, by="ole", groups=["village"])

    def hold(self, id_: str) -> int:
        return self.register.holds.place(id_, HoldReason.SORROW, by="ole", groups=["village"]).id

    # -- federation ---------------------------------------------------------------------------------------------

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.register.store)

    @property
    def federation(self) -> Federation:
        mapping = load_mapping(self.folder / "mapping.yaml", root=self.folder, schema=SCHEMA, ids=IDS)
        sources = Sources.of(self.projection, self.register, SCHEMA, IDS, self.licence)
        return Federation(sources, self.ledger, mapping, SCHEMA, IDS, archive_item=THERE_ARCHIVE)

    def api(self, transport: Transport | None = None, **more: Any) -> ActionApi:
        """The target, signed in as the archive's account there; everything sent is recorded from now on."""
        inner = transport or self.there.transport()
        self.recorder = Recorder(inner)
        return self._api(self.recorder, "Village bot", "target-password-1", **more)

    def target(self, **more: Any) -> Target:
        return Target(self.api(**more), limits=WIKIMEDIA, languages=self.archive.languages)

    def plan(self, *records: str, author: str = "aino", **more: Any) -> Plan:
        return plan_publication(self.federation, self.target(), self._path(), author=author, records=records, **more)

    def approve(self, plan: Plan, by: str = "ole") -> None:
        approve(self.federation, plan, by=by)

    def apply(self, plan: Plan, *, by: str = "aino", target: Target | None = None, **means: Any) -> Applied:
        given = {"edits_per_minute": 6000.0, "settle": 0.0, "clock": self.clock.monotonic, "sleep": self.clock.sleep}
        return apply_plan(self.federation, target or self.target(), plan, by=by, means=Means(**{**given, **means}))

    def publish(self, *records: str, **more: Any) -> Applied:
        """Plan, have approved, apply."""
        plan = self.plan(*records, **more)
        if plan.counts.edits:
            self.approve(plan)
        return self.apply(plan) if plan.counts.edits else Applied()

    def retraction(self, *what: str, **more: Any) -> Plan:
        return plan_retraction(self.federation, self.target(), self._path(), author="aino", what=what, **more)

    def retract(self, *what: str, **more: Any) -> Applied:
        plan = self.retraction(*what, **more)
        self.approve(plan)
        return self.apply(plan)

    def verify(self, *records: str) -> Report:
        return verify(self.federation, self.target(), records=records)

    # -- the other wiki -----------------------------------------------------------------------------------------

    def standing(self, id_: str) -> Json:
        """An item there, as it stands."""
        api = self._api(self.there.transport(), "Somebody", "target-password-2")
        found: Json = api.read(action="wbgetentities", ids=id_)["entities"][id_]
        return found

    def claims(self, id_: str, property_id: str) -> list[Json]:
        found: list[Json] = self.standing(id_)["claims"].get(property_id, [])
        return found

    def somebody(self) -> ActionApi:
        """Another account there."""
        return self._api(self.there.transport(), "Somebody", "target-password-2")

    def somebody_edits(self, id_: str, data: Json) -> None:
        import json

        self.somebody().write(action="wbeditentity", id=id_, data=json.dumps(data), summary="by somebody")

    def revisions_of(self, id_: str) -> int:
        client = WikiClient(self.somebody())
        return sum(1 for _ in client.revisions(id_))

    def _path(self) -> Path:
        self._plans += 1
        return self.folder / f"plan-{self._plans}.jsonl"

    def _client(self, wiki: Wiki, name: str, password: str) -> WikiClient:
        return WikiClient(self._api(wiki.transport(), name, password))

    def _api(self, transport: Transport, name: str, password: str, **more: Any) -> ActionApi:
        account = login(transport, name, password)
        options = {"maxlag": 5, "sleep": self.clock.sleep, **more}

        def again() -> None:
            login(transport, name, password)

        return ActionApi(transport, assert_user=account.name, sign_in=again, **options)


@contextmanager
def open_world(folder: Path, **more: Any) -> Iterator[World]:
    world = World(folder, **more)
    try:
        yield world
    finally:
        world.close()


def copy_world(source: Path, to: Path) -> Path:
    """The files of a closed world somewhere else."""
    shutil.copytree(source, to)
    return to
