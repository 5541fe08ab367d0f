"""An archive made to be swept: marked words in every kind of hidden place, and who may find each.

Knows: where the words stand, and, written down by hand, who may see them. Must not know: how the rules decide that; so
faults in the rules and in what is expected of them do not hide each other. Everything in it is invented.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commarchive.deploy.services import Services, open_archive
from commarchive.deploy.wiki import WikiConnection, connect, embedded_wiki
from commarchive.errors import ApprovalError
from commarchive.manifest.load import load_manifest
from commarchive.model.entity import DataValue, Reference, Snak, SnakKind, Statement
from commarchive.policy.standing import Membership, MembershipState, Role
from commarchive.projection.governance import waiting
from commarchive.projection.secrets import Horizon, Kind
from commarchive.register import Register
from commarchive.register.holds import HoldReason
from commarchive.register.members import HOST
from commarchive.seeding.applying import apply
from commarchive.seeding.lockfile import read_lock
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import login
from commarchive.wikibase.codec import encode_statements

NOW = datetime(2031, 7, 15, 12, tzinfo=UTC)
"""The instant of the sweep: in no winter."""

VISITOR = "visitor"
STEWARD, SECOND, MEMBER, ELDER, DANCER, NEIGHBOUR, BLOCKED, ENDED, FACILITATOR, MANAGER, AUDITOR, DATA_STEWARD = (
    *("Steward", "Second", "Member", "Elder", "Dancer", "Neighbour", "Blocked", "Ended"),
    *("Facilitator", "Manager", "Auditor", "Data steward"),
)
_PROTOCOLS = ("elders", "singers", "dancers", "winter")
_PEOPLE: Mapping[str, tuple[Membership, ...]] = {
    STEWARD: tuple(Membership(group, Role.STEWARD) for group in ("village", *_PROTOCOLS)),
    SECOND: tuple(Membership(group, Role.STEWARD) for group in ("village", *_PROTOCOLS)),
    NEIGHBOUR: (Membership("valley", Role.STEWARD), Membership("valley")),
    MEMBER: (Membership("village"),),
    ELDER: (Membership("village"), Membership("elders"), Membership("winter")),
    DANCER: (Membership("dancers"),),
    BLOCKED: (Membership("elders"), Membership("village", state=MembershipState.BLOCKED)),
    ENDED: (Membership("elders", state=MembershipState.ENDED),),
    FACILITATOR: (Membership("village", Role.FACILITATOR), Membership("elders", Role.FACILITATOR)),
    MANAGER: (Membership("village", Role.COMMUNITY_MANAGER),),
    AUDITOR: (Membership("village", Role.AUDITOR), Membership("elders", Role.AUDITOR)),
    DATA_STEWARD: (Membership("village", Role.DATA_STEWARD),),
}
PERSONAS = (VISITOR, *_PEOPLE)

_STEWARDS = frozenset({STEWARD, SECOND})
_ELDERS = _STEWARDS | {ELDER}
_DANCERS = _STEWARDS | {DANCER}
_VILLAGERS = _STEWARDS | {MEMBER, ELDER}
_ALL = frozenset(PERSONAS)
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Canary:
    """A marked text: where it stands, what kind of content it is, and who may find it."""

    place: str
    text: str
    kind: Kind
    item: str
    seen_by: frozenset[str]


@dataclass
class Planted:
    """The archive: its ids by name, who may know of each, its canaries and statements."""

    archive: Services
    ids: dict[str, str] = field(default_factory=dict)
    known_to: dict[str, frozenset[str]] = field(default_factory=dict)
    canaries: list[Canary] = field(default_factory=list)
    guids: list[str] = field(default_factory=list)

    def horizon(self, person: str | None) -> Horizon:
        """What somebody (None: a visitor) must and must not meet, by what was planted and by nothing else."""
        name = person or VISITOR
        visible: dict[str, dict[str, Kind]] = {
            self.ids[item]: {} for item, known in self.known_to.items() if name in known
        }
        for canary in self.canaries:
            if name in canary.seen_by:
                visible.setdefault(self.ids[canary.item], {})[canary.text] = canary.kind
        return Horizon(
            hidden={canary.text: canary.kind for canary in self.canaries if name not in canary.seen_by},
            visible=visible,
            hidden_ids=frozenset(self.ids[item] for item, known in self.known_to.items() if name not in known),
            guids=frozenset(self.guids),
            foreign=frozenset(),
        )


@contextmanager
def planted(folder: Path) -> Iterator[Planted]:
    """The archive, made in an empty folder."""
    shutil.copytree(Path(__file__).with_name("canaries"), folder, dirs_exist_ok=True)
    manifest = load_manifest(folder)
    with connect(manifest) as wiki:
        apply(manifest.schema, wiki.editor, folder)
    with open_archive(folder, clock=lambda: NOW) as archive, archive.wiki() as wiki:
        _appoint(archive.register)
        made = Planted(archive)
        planting = _Planting(made, wiki, read_lock(folder).wiki)
        planting.plant()
        planting.settle()
        yield made


def _appoint(register: Register) -> None:
    for person, memberships in _PEOPLE.items():
        for membership in memberships:
            by = {STEWARD: STEWARD, NEIGHBOUR: NEIGHBOUR}.get(person, STEWARD)
            is_first = (person, membership.group) in ((STEWARD, "village"), (NEIGHBOUR, "valley"))
            is_first = is_first and membership.role is Role.STEWARD
            register.members.set(person, membership, by=HOST if is_first else by)


@dataclass
class _Planting:
    made: Planted
    wiki: WikiConnection
    concept_base: str

    def plant(self) -> None:
        """Every hidden place there is, each with words of its own."""
        self._schema("secret-note", _ELDERS)
        for slug in ("note", "kept-note", "safe-note", "part-of", "instance-of"):
            self._schema(slug, _ALL)
        self._item("song", _ALL, [], terms={"labels": {"en": "song of all", "fi": "kaikkien laulu"}})
        self._whole("closed item", _ELDERS, self._controls("elders"))
        self._whole("item of a closed class", _ELDERS, [*self._controls(), self._kind("kept-thing")])
        self._whole("draft", _STEWARDS, self._controls(state="draft"))
        self._whole("item in review", _STEWARDS, self._controls(state="in review"))
        self._whole("withdrawn item", _STEWARDS, self._controls(state="withdrawn"))
        self._whole("held item", _STEWARDS, self._controls())
        self._whole("item close to a held one", _STEWARDS, [*self._controls(), self._names("kin", "held item")])
        self._whole("item out of season", _NOBODY, self._controls("winter"))
        self._whole("item without a community", _NOBODY, [self._says("record-state", "live")])
        self._whole("item with an unreadable condition", _NOBODY, self._controls("elders)"))
        self._whole("item of the valley", frozenset({NEIGHBOUR}), self._controls("members", community="valley"))
        self._whole("villagers' item", _VILLAGERS, self._controls("members"))
        stub = [*self._controls("singers"), self._says("outsiders-see", "exists")]
        self._whole("item that exists", _STEWARDS, stub, known_to=_ALL)
        metadata = [*self._controls("dancers"), self._says("outsiders-see", "metadata")]
        metadata.append(self._says("safe-note", self._canary("item with metadata", "safe statement", _ALL)))
        self._whole("item with metadata", _DANCERS, metadata, known_to=_ALL)
        self._whole("deleted item", _NOBODY, self._controls())
        self._whole("twin", _ELDERS, self._controls("elders"), known_to=_ELDERS)
        self._open_item()

    def settle(self) -> None:
        """Bring the archive to where it is swept: released, merged, deleted, held."""
        archive, ids = self.made.archive, self.made.ids
        archive.projection.sync(self.wiki.client)
        self._release()
        self.wiki.editor.merge(ids["twin"], ids["closed item"], "", _marker())
        self._delete(ids["deleted item"])
        archive.projection.sync(self.wiki.client)
        archive.register.holds.place(ids["held item"], HoldReason.SORROW, by=STEWARD, groups=["village"])

    def _delete(self, id_: str) -> None:
        # As a custodian of the wiki does; the service account may not.
        with embedded_wiki(self.made.archive.manifest) as wiki:
            name, password = "Custodian", secrets.token_urlsafe()
            wiki.create_account(name, password, ["custodian", "sysop"])
            transport = wiki.transport()
            login(transport, name, password)
            ActionApi(transport).write(action="delete", title=f"Item:{id_}")

    def _release(self) -> None:
        archive = self.made.archive
        for governance in archive.projection.governance(self.made.ids.values()).values():
            entries = list(waiting(governance))
            if not entries or not governance.said.communities:
                continue
            by = NEIGHBOUR if set(governance.said.communities) == {"valley"} else STEWARD
            proposal = archive.register.releases.propose(entries, by=by)
            if proposal.state != "done":
                with suppress(ApprovalError):
                    archive.register.releases.approve(proposal.id, by=SECOND)

    def _schema(self, slug: str, known_to: frozenset[str]) -> None:
        name = f"property {slug}"
        self.made.ids[name], self.made.known_to[name] = self._property(slug), known_to
        if known_to != _ALL:
            self.made.canaries.append(Canary("label of a property", "zqpropertylabel", Kind.LABEL, name, known_to))

    def _open_item(self) -> None:
        """An item that all see, with something closed in every part of it."""
        name, elders = "open item", "elders"
        place = self._canary

        def closed(text: str) -> Snak:
            return self._snak("other-note", text)

        access = self._snak("access-condition", elders)
        own = [
            Statement("", self._snak("note", place(name, "plain statement", _ALL))),
            Statement("", closed(place(name, "closed statement", _ELDERS)), qualifiers=(access,)),
            Statement("", self._snak("kept-note", place(name, "statement of a closed property", _ELDERS))),
            Statement("", self._snak("secret-note", place(name, "statement of a hidden property", _ELDERS))),
            Statement(
                "",
                self._names_snak("kin", "song"),
                qualifiers=(
                    self._snak("note", place(name, "qualifier", _ELDERS, Kind.QUALIFIER)),
                    self._snak("qualifier-condition", f"{self._property('note')}: elders"),
                    self._snak("safe-note", place(name, "open qualifier", _ALL, Kind.QUALIFIER)),
                ),
                references=(
                    Reference((self._snak("safe-note", place(name, "open reference", _ALL, Kind.REFERENCE)),)),
                ),
            ),
            Statement(
                "",
                self._snak("safe-note", place(name, "statement with a closed reference", _ALL)),
                # A reference that another one stands beside is closed with it, unless it was there before.
                references=(
                    Reference((self._snak("note", place(name, "reference", _ELDERS, Kind.REFERENCE)), access)),
                ),
            ),
            Statement(
                "",
                self._text_in("story", place(name, "statement whose reference names a hidden item", _ALL)),
                references=(
                    Reference(
                        (
                            self._names_snak("kin", "closed item"),
                            self._snak("safe-note", place(name, "rest of a reference", _ALL, Kind.REFERENCE)),
                        )
                    ),
                ),
            ),
            Statement(
                "",
                self._names_snak("part-of", "closed item"),
                qualifiers=(
                    self._snak(
                        "note", place(name, "qualifier of a statement on a hidden item", _ELDERS, Kind.QUALIFIER)
                    ),
                ),
            ),
            Statement("", self._amount("closed item"), qualifiers=(self._snak("note", place(name, "unit", _ELDERS)),)),
            Statement("", self._link("closed item", place(name, "address", _ELDERS))),
            Statement("", self._text_in("native-label", place(name, "own name", _ELDERS)), qualifiers=(access,)),
            Statement("", self._point("spot", *self._point_canary(name, _ELDERS)), qualifiers=(access,)),
            Statement("", self._date("day", self._date_canary(name, _ELDERS)), qualifiers=(access,)),
            Statement("", self._snak("file-name", f"{place(name, 'file name', _ELDERS)}.wav"), qualifiers=(access,)),
        ]
        controls = self._controls()
        for condition in ("label@se: elders", "description@fi: elders", "aliases@se: elders"):
            controls.append(self._says("term-condition", condition))
        terms = {
            "labels": {
                "en": place(name, "open label", _ALL, Kind.LABEL),
                "se": place(name, "label in one language", _ELDERS, Kind.LABEL),
            },
            "descriptions": {"fi": place(name, "description in one language", _ELDERS, Kind.DESCRIPTION)},
            "aliases": {
                "se": [place(name, "alias in one language", _ELDERS, Kind.ALIAS)],
                "en": [place(name, "open alias", _ALL, Kind.ALIAS)],
            },
        }
        self._item(name, _ALL, [*controls, self._kind("plain-thing"), *own], terms=terms)

    def _whole(
        self, name: str, seen_by: frozenset[str], controls: list[Statement], *, known_to: frozenset[str] | None = None
    ) -> None:
        """An item hidden as a whole, with words of every kind."""
        latitude, longitude = self._point_canary(name, seen_by)
        terms: dict[str, Any] = {
            "labels": {"en": self._canary(name, "label", seen_by, Kind.LABEL)},
            "aliases": {"fi": [self._canary(name, "alias", seen_by, Kind.ALIAS)]},
        }
        if name != "twin":
            # What has a description of its own cannot be merged whole.
            terms["descriptions"] = {"en": self._canary(name, "description", seen_by, Kind.DESCRIPTION)}
        own = [
            Statement(
                "",
                self._snak("note", self._canary(name, "statement", seen_by)),
                qualifiers=(self._snak("other-note", self._canary(name, "qualifier", seen_by, Kind.QUALIFIER)),),
                references=(
                    Reference((self._snak("note", self._canary(name, "reference", seen_by, Kind.REFERENCE)),)),
                ),
            ),
            Statement("", self._point("spot", latitude, longitude)),
            Statement("", self._date("day", self._date_canary(name, seen_by))),
            Statement("", self._snak("file-name", f"{self._canary(name, 'file name', seen_by)}.jpg")),
            self._names("part-of", "song"),
        ]
        self._item(name, seen_by if known_to is None else known_to, [*controls, *own], terms=terms)

    # --- Words --------------------------------------------------------------------------------------------------------

    def _canary(self, item: str, place: str, seen_by: frozenset[str], kind: Kind = Kind.STATEMENT) -> str:
        text = f"zq{len(self.made.canaries):03}{secrets.token_hex(3)}tail"
        self.made.canaries.append(Canary(f"{place} of {item}", text, kind, item, seen_by))
        return text

    def _point_canary(self, item: str, seen_by: frozenset[str]) -> tuple[float, float]:
        number = 10000 + 7 * len(self.made.canaries)
        latitude, longitude = float(f"61.{number}"), float(f"27.{number + 1}")
        for each in (latitude, longitude):
            self.made.canaries.append(Canary(f"coordinates of {item}", repr(each), Kind.COORDINATES, item, seen_by))
        return latitude, longitude

    def _date_canary(self, item: str, seen_by: frozenset[str]) -> str:
        number = len(self.made.canaries)
        day = f"{1500 + number}-03-{1 + number % 28:02}"
        self.made.canaries.append(Canary(f"date of {item}", day, Kind.DATE, item, seen_by))
        return day

    # --- Parts of items -----------------------------------------------------------------------------------------------

    def _item(
        self, name: str, known_to: frozenset[str], statements: list[Statement], *, terms: Mapping[str, Any]
    ) -> None:
        if not statements:
            statements = [*self._controls(), self._kind("plain-thing")]
        data = {kind: {code: _term(code, text) for code, text in texts.items()} for kind, texts in terms.items()}
        made = self.wiki.editor.create("item", {**data, "claims": encode_statements(statements)}, "", _marker())
        self.made.ids[name] = made.id
        self.made.known_to[name] = known_to
        self.made.guids += [statement.id for statement in made.statements]

    def _controls(self, *conditions: str, community: str = "village", state: str = "live") -> list[Statement]:
        said = [self._says("community", community), self._says("record-state", state)]
        return [*said, *(self._says("access-condition", condition) for condition in conditions)]

    def _property(self, slug: str) -> str:
        return self.made.archive.ids.properties[slug]

    def _snak(self, slug: str, text: str) -> Snak:
        return Snak(self._property(slug), SnakKind.VALUE, DataValue("string", text))

    def _says(self, slug: str, text: str) -> Statement:
        return Statement("", self._snak(slug, text))

    def _kind(self, slug: str) -> Statement:
        return Statement("", _names_item(self._property("instance-of"), self.made.archive.ids.items[slug]))

    def _names_snak(self, slug: str, item: str) -> Snak:
        return _names_item(self._property(slug), self.made.ids[item])

    def _names(self, slug: str, item: str) -> Statement:
        return Statement("", self._names_snak(slug, item))

    def _text_in(self, slug: str, text: str) -> Snak:
        value = DataValue("monolingualtext", {"text": text, "language": "fi"})
        return Snak(self._property(slug), SnakKind.VALUE, value)

    def _link(self, item: str, word: str) -> Snak:
        address = f"{self.made.archive.manifest.archive.base_url}/item/{self.made.ids[item]}?{word}"
        return self._snak("web-page", address)

    def _amount(self, unit: str) -> Snak:
        value = {"amount": "+7", "unit": f"{self.concept_base}{self.made.ids[unit]}"}
        return Snak(self._property("measure"), SnakKind.VALUE, DataValue("quantity", value))

    def _point(self, slug: str, latitude: float, longitude: float) -> Snak:
        globe = "http://www.wikidata.org/entity/Q2"
        value = {"latitude": latitude, "longitude": longitude, "altitude": None, "precision": 1e-05, "globe": globe}
        return Snak(self._property(slug), SnakKind.VALUE, DataValue("globecoordinate", value))

    def _date(self, slug: str, day: str) -> Snak:
        calendar = "http://www.wikidata.org/entity/Q1985727"
        value = {"time": f"+{day}T00:00:00Z", "timezone": 0, "before": 0, "after": 0, "precision": 11}
        return Snak(self._property(slug), SnakKind.VALUE, DataValue("time", {**value, "calendarmodel": calendar}))


def _names_item(property_id: str, id_: str) -> Snak:
    value = {"entity-type": "item", "numeric-id": int(id_[1:]), "id": id_}
    return Snak(property_id, SnakKind.VALUE, DataValue("wikibase-entityid", value))


def _term(code: str, text: Any) -> Any:
    if isinstance(text, str):
        return {"language": code, "value": text}
    return [{"language": code, "value": each} for each in text]


def _marker() -> str:
    return secrets.token_hex(8)
