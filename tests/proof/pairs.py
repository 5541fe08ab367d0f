"""Pairs of archives that differ only in what one principal may not see, made so and not chosen so.

Each archive is a base that both share, and a layer of its own that is closed by its construction: every condition in it
is one that this principal cannot satisfy. Nothing here asks the policy whether something is visible, so a fault in the
policy cannot make a leak look like a difference that was allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from commarchive.gateway import Services
from commarchive.identity import Identity
from commarchive.model.entity import DataValue, Entity, Rank, Reference, Snak, SnakKind, Statement
from commarchive.policy.mentions import Addresses
from commarchive.policy.standing import Membership, MembershipState, Role
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection, Rules
from commarchive.projection.filling import FILLED, Filler
from commarchive.projection.governance import waiting
from commarchive.projection.store import ProjectionStore
from commarchive.register import Register
from commarchive.register.engine import writing
from commarchive.register.holds import HoldReason
from commarchive.register.members import HOST
from commarchive.wikibase.client import Revision
from commarchive.wikibase.codec import decode_entity, encode_entity
from tests.worlds import ACCESS, COMMUNITY, NOW, OUTSIDERS, QUALIFIER, STATE, TERM, VOCABULARY
from tests.worlds import ARCHIVE as WORLDS_ARCHIVE

BASE_URL = "https://archive.example"
ARCHIVE = replace(WORLDS_ARCHIVE, base_url=BASE_URL, languages=("en", "fi", "se"))

INSTANCE_OF, PART_OF, NOTE, SIZE, PLACE, SAFE, DAY = "P7", "P11", "P10", "P15", "P21", "P13", "P22"
CLOSED_PROPERTY, DEFAULT_CLOSED, HIDDEN_NOTE, HIDDEN_LINK = "P14", "P12", "P30", "P31"
SONG, DANCE, SACRED = "Q1", "Q2", "Q3"
"""Classes; every record of the last is closed by its class."""

DATATYPES = {
    **dict.fromkeys((COMMUNITY, ACCESS, QUALIFIER, TERM, OUTSIDERS, STATE, NOTE, SAFE), "string"),
    **dict.fromkeys((CLOSED_PROPERTY, DEFAULT_CLOSED, HIDDEN_NOTE), "string"),
    **dict.fromkeys((INSTANCE_OF, PART_OF), "wikibase-item"),
    SIZE: "quantity",
    PLACE: "globe-coordinate",
    DAY: "time",
    HIDDEN_LINK: "url",
}
RULES = Rules(
    ARCHIVE,
    Vocabulary(
        controls=VOCABULARY.controls,
        instance_of=frozenset({INSTANCE_OF}),
        property_defaults={DEFAULT_CLOSED: "all(elders, dancers)"},
        class_defaults={SACRED: "all(elders, dancers)"},
        own={
            **dict.fromkeys(DATATYPES, "public"),
            CLOSED_PROPERTY: "all(elders, dancers)",
            SONG: "public",
            DANCE: "public",
            SACRED: "public",
        },
        safe=frozenset({SAFE}),
        propagating=frozenset({"P99"}),
    ),
    Addresses.of([BASE_URL]),
)

STEWARD = "Steward"


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody, with conditions that certainly let them in, and conditions that certainly do not."""

    name: str | None
    memberships: tuple[Membership, ...]
    opens: tuple[str, ...]
    closes: tuple[str, ...]


_ALWAYS = ("public", "welcome", "any(elders, public)", "after(2030-06-01)", "before(2040-01-01)")
_NEVER = (
    *("any()", "after(2040-01-01)", "before(2030-01-01)"),
    *("stewards", "stewards(elders)", "all(elders, dancers)", "all(public, all(singers, dancers))"),
)
_UNREADABLE = ("nonsense(", "strangers", "all(public, nobody)", "")
"""Close what they stand on; of terms and qualifiers, more than that."""
_PAST = NOW - timedelta(days=1)

PERSONAS: tuple[Persona, ...] = (
    Persona(None, (), _ALWAYS, (*_NEVER, "elders", "singers", "members", "winter")),
    Persona(
        "Member", (Membership("village"),), (*_ALWAYS, "members", "members(village)"), (*_NEVER, "elders", "dancers")
    ),
    Persona(
        "Elder",
        (Membership("village"), Membership("elders")),
        (*_ALWAYS, "elders", "all(elders, members)"),
        (*_NEVER, "dancers", "all(elders, singers)", "winter"),
    ),
    Persona("Neighbour", (Membership("guild"), Membership("dancers")), (*_ALWAYS, "dancers"), (*_NEVER, "elders")),
    Persona("Other", (Membership("guild", Role.STEWARD),), _ALWAYS, (*_NEVER, "elders", "members(village)")),
    Persona("Helper", (Membership("village", Role.FACILITATOR),), _ALWAYS, (*_NEVER, "elders", "members")),
    Persona("Auditor", (Membership("village", Role.AUDITOR),), _ALWAYS, (*_NEVER, "singers", "members")),
    Persona("Manager", (Membership("village", Role.COMMUNITY_MANAGER),), _ALWAYS, (*_NEVER, "elders", "members")),
    Persona(
        "Blocked",
        (Membership("village", state=MembershipState.BLOCKED), Membership("elders")),
        _ALWAYS,
        (*_NEVER, "elders", "members"),
    ),
    Persona("Gone", (Membership("elders", until=_PAST),), _ALWAYS, (*_NEVER, "elders", "members")),
)

_WORDS = ("rowing", "spinning", "milking", "harvest", "lullaby", "wedding", "herding", "tar")


def _string(property_id: str, text: str) -> Snak:
    return Snak(property_id, SnakKind.VALUE, DataValue("string", text))


def _item(property_id: str, id_: str) -> Snak:
    value = {"entity-type": "item", "numeric-id": int(id_[1:]), "id": id_}
    return Snak(property_id, SnakKind.VALUE, DataValue("wikibase-entityid", value))


def _amount(unit: str) -> Snak:
    return Snak(SIZE, SnakKind.VALUE, DataValue("quantity", {"amount": "+3", "unit": f"{BASE_URL}/entity/{unit}"}))


def _point(random: Random) -> Snak:
    value = {
        "latitude": round(random.uniform(60, 70), 5),
        "longitude": round(random.uniform(20, 30), 5),
        "altitude": None,
        "precision": 0.00001,
        "globe": "http://www.wikidata.org/entity/Q2",
    }
    return Snak(PLACE, SnakKind.VALUE, DataValue("globecoordinate", value))


def _day(random: Random) -> Snak:
    value = {
        "time": f"+{random.randint(1700, 1999)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}T00:00:00Z",
        "timezone": 0,
        "before": 0,
        "after": 0,
        "precision": 11,
        "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
    }
    return Snak(DAY, SnakKind.VALUE, DataValue("time", value))


def _guid(id_: str, random: Random) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return f"{id_}${digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass
class Item:
    """An item being made: what everyone in the base shares; a layer works on copies of it."""

    id: str
    labels: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)

    def entity(self, revision: int) -> Entity:
        at = _instant(revision).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Entity(
            self.id,
            "item",
            labels=self.labels,
            descriptions=self.descriptions,
            aliases=self.aliases,
            statements=tuple(self.statements),
            revision=revision,
            modified=at,
        )

    def copy(self) -> Item:
        return Item(self.id, dict(self.labels), dict(self.descriptions), dict(self.aliases), list(self.statements))


def _instant(revision: int) -> datetime:
    return datetime(2029, 1, 1, tzinfo=UTC) + timedelta(minutes=revision)


@dataclass(frozen=True)
class Base:
    """What both archives of a pair have: items in one or two versions, and which hidden ids they may speak of."""

    items: Mapping[str, Sequence[Item]]
    hidden: Sequence[str]
    stubs: Sequence[str]


STEP = 1000
"""How far apart the revisions of the base are; those of a layer stand between them."""


def make_base(random: Random, persona: Persona) -> Base:
    """Items that the persona sees, ids 10 to 15; then ids that both layers use for what is hidden."""
    items = {}
    for number in range(10, 10 + random.randint(3, 6)):
        first = _visible_item(f"Q{number}", random, persona)
        versions = [first]
        if random.random() < 0.4:
            second = first.copy()
            second.labels["en"] = f"{first.labels['en']} again"
            second.statements.append(Statement(_guid(first.id, random), _string(NOTE, "added later")))
            versions.append(second)
        items[first.id] = versions
    return Base(items, [f"Q{number}" for number in range(20, 24)], ["Q24", "Q25"])


def _controls(
    id_: str, random: Random, *conditions: str, community: str = "village", state: str = "live"
) -> list[Statement]:
    said = [_string(COMMUNITY, community), _string(STATE, state), *(_string(ACCESS, each) for each in conditions)]
    return [Statement(_guid(id_, random), snak) for snak in said]


def _visible_item(id_: str, random: Random, persona: Persona) -> Item:
    item = Item(id_)
    word = random.choice(_WORDS)
    item.labels = {"en": f"{word} song {id_}"} | ({"fi": f"laulu {id_}"} if random.random() < 0.5 else {})
    item.descriptions = {"en": "sung at work"} if random.random() < 0.7 else {}
    item.aliases = {"en": (f"{word} tune", "an old song")} if random.random() < 0.5 else {}
    conditions = [random.choice(persona.opens)] if random.random() < 0.6 else []
    item.statements = [
        *_controls(id_, random, *conditions),
        Statement(_guid(id_, random), _item(INSTANCE_OF, random.choice((SONG, DANCE)))),
    ]
    others = ("Q10", "Q11", "Q12")
    for snak in (_item(PART_OF, random.choice(others)), _string(NOTE, f"heard {word}"), _amount("Q11"), _point(random)):
        if random.random() < 0.6:
            qualifiers = random.sample(
                (_day(random), _string(SAFE, "by ear"), _item(PART_OF, "Q10")), random.randint(0, 3)
            )
            references = tuple(Reference((_string(SAFE, f"book {n}"),)) for n in range(random.randint(0, 2)))
            rank = random.choice((Rank.NORMAL, Rank.NORMAL, Rank.PREFERRED))
            item.statements.append(Statement(_guid(id_, random), snak, rank, tuple(qualifiers), references))
    return item


@dataclass(frozen=True)
class Layer:
    """What one archive has and its reader may not see."""

    histories: Mapping[str, list[Revision]]
    held: frozenset[str]
    ids: frozenset[str]
    guids: frozenset[str]
    words: frozenset[str]


@dataclass
class Layering:
    """Puts one archive's hidden things upon a base."""

    base: Base
    persona: Persona
    side: str

    def __post_init__(self) -> None:
        self.random = Random(self.side)
        self._held: set[str] = set()
        self._guids: set[str] = set()
        self._words: set[str] = set()

    def make(self) -> Layer:
        histories: dict[str, list[Revision]] = {}
        hidden = [*self.base.hidden, *(f"Q{number}" for number in range(30, 30 + self.random.randint(0, 5)))]
        for position, (id_, versions) in enumerate(self.base.items.items()):
            histories[id_] = list(self._decorated_history(position, versions, hidden))
        for id_ in hidden:
            histories[id_] = list(self._hidden_history(id_))
        for id_ in self.base.stubs:
            histories[id_] = list(self._stub_history(id_))
        return Layer(
            histories, frozenset(self._held), frozenset(hidden), frozenset(self._guids), frozenset(self._words)
        )

    # --- On what is visible -------------------------------------------------------------------------------------------

    def _decorated_history(self, position: int, versions: Sequence[Item], hidden: Sequence[str]) -> Iterator[Revision]:
        parent = 0
        for number, version in enumerate(versions):
            at = STEP * (1 + position + 20 * number)
            # Edits of hidden parts alone may follow; they have revisions of their own, which nobody here may meet.
            for offset in (0, *sorted(self.random.sample(range(1, STEP), self.random.randint(0, 2)))):
                entity = self._decorated(version, hidden, first=not parent).entity(at + offset)
                yield _revision(entity, parent)
                parent = at + offset

    def _decorated(self, version: Item, hidden: Sequence[str], *, first: bool) -> Item:
        item, random = version.copy(), self.random
        for kind, language in (("label", "se"), ("description", "se"), ("aliases", "fr")):
            if random.random() < 0.5:
                self._say(item, f"{kind}@{language}: {self._closed()}")
                text = self._secret()
                match kind:
                    case "label":
                        item.labels[language] = text
                    case "description":
                        item.descriptions[language] = text
                    case _:
                        item.aliases[language] = tuple(self._secret() for _ in range(random.randint(1, 3)))
        item.statements = [
            self._with_hidden_parts(s, hidden, first=first) if _is_content(s) else s for s in item.statements
        ]
        for _ in range(random.randint(0, 4)):
            at = random.randint(0, len(item.statements))
            item.statements.insert(at, self._hidden_statement(item.id, hidden))
        return item

    def _with_hidden_parts(self, statement: Statement, hidden: Sequence[str], *, first: bool) -> Statement:
        random = self.random
        id_ = statement.id.partition("$")[0]
        qualifiers, references = list(statement.qualifiers), list(statement.references)
        if random.random() < 0.4:
            # What is hidden by its own condition stands before, between or behind what is not.
            qualifiers.insert(random.randint(0, len(qualifiers)), _string(HIDDEN_NOTE, self._secret()))
            said = _string(QUALIFIER, f"{HIDDEN_NOTE}: {self._closed()}")
            qualifiers.insert(random.randint(0, len(qualifiers)), said)
        if random.random() < 0.3:
            qualifiers.insert(random.randint(0, len(qualifiers)), _item(PART_OF, random.choice(hidden)))
        # References beside a closed one are closed with it until released, unless they were there before. So in one
        # archive the references of a property have something hidden beside them, from the second revision, or in them.
        way = Random(f"{self.side} {id_} {statement.property_id}").random()
        if way < 0.5 and not first and random.random() < 0.8:
            snaks = (_string(HIDDEN_NOTE, self._secret()), _string(ACCESS, self._closed(*_UNREADABLE)))
            references.insert(random.randint(0, len(references)), Reference(snaks))
        if references and way > 0.5 and random.random() < 0.8:
            at = random.randrange(len(references))
            more = random.choice((_item(PART_OF, random.choice(hidden)), self._link(hidden)))
            references[at] = Reference((*references[at].snaks, more))
        return replace(statement, qualifiers=tuple(qualifiers), references=tuple(references))

    def _hidden_statement(self, id_: str, hidden: Sequence[str]) -> Statement:
        random = self.random
        guid = self._new_guid(id_)
        closed = (_string(ACCESS, self._closed(*_UNREADABLE)),)
        choices = (
            Statement(guid, _string(HIDDEN_NOTE, self._secret()), qualifiers=closed),
            Statement(guid, _string(DEFAULT_CLOSED, self._secret())),
            Statement(guid, _string(CLOSED_PROPERTY, self._secret())),
            Statement(guid, _item(PART_OF, random.choice(hidden))),
            Statement(guid, _amount(random.choice(hidden))),
            Statement(guid, self._link(hidden)),
            Statement(guid, _string(HIDDEN_NOTE, self._secret()), Rank.PREFERRED, closed),
        )
        return random.choice(choices)

    def _link(self, hidden: Sequence[str]) -> Snak:
        return _string(HIDDEN_LINK, f"{BASE_URL}/wiki/Special:EntityData/{self.random.choice(hidden)}.json")

    # --- Hidden as a whole --------------------------------------------------------------------------------------------

    def _hidden_history(self, id_: str) -> Iterator[Revision]:
        random = self.random
        at = STEP * 100 + int(id_[1:]) * STEP + random.randint(0, STEP // 2)
        if random.random() < 0.15:
            # It never was, here; or it was deleted.
            return
        for number in range(random.randint(1, 2)):
            yield _revision(self._hidden_item(id_).entity(at + number), at)
        if random.random() < 0.15:
            target = random.choice(self.base.hidden)
            if target != id_:
                yield Revision(at + 9, at, _instant(at + 9), "Somebody", "", None, redirect_to=target)

    def _hidden_item(self, id_: str) -> Item:
        random, secret = self.random, self._secret
        item = Item(id_, {"en": secret(), "se": secret()}, {"en": secret()}, {"en": (secret(), secret())})
        closing = random.choice(("condition", "condition", "state", "hold", "community", "class", "season"))
        controls = {
            "condition": lambda: _controls(id_, random, self._closed_to_all_others()),
            "state": lambda: _controls(id_, random, state=random.choice(("draft", "in review", "withdrawn"))),
            "community": lambda: [Statement(_guid(id_, random), _string(STATE, "live"))],
            "season": lambda: _controls(id_, random, "all(winter, winter, before(2030-06-01))"),
        }.get(closing, lambda: _controls(id_, random))()
        if closing == "hold":
            self._held.add(id_)
        class_ = SACRED if closing == "class" else random.choice((SONG, DANCE))
        item.statements = [
            *controls,
            Statement(self._new_guid(id_), _item(INSTANCE_OF, class_)),
            Statement(self._new_guid(id_), _item(PART_OF, random.choice(("Q10", "Q11", "Q12")))),
            Statement(self._new_guid(id_), _string(NOTE, secret())),
            Statement(self._new_guid(id_), _point(random), qualifiers=(_day(random),)),
        ]
        return item

    def _stub_history(self, id_: str) -> Iterator[Revision]:
        """Known to exist (and, of the second, what is safe): the same in both archives. Its content is not."""
        random = self.random
        at = STEP * (60 + int(id_[1:]))
        protocol = "singers" if id_ == self.base.stubs[0] else "dancers"
        if protocol in {membership.group for membership in self.persona.memberships}:
            return
        steady = Random(id_)
        item = Item(id_, {"en": self._secret()}, {"en": self._secret()}, {"en": (self._secret(),)})
        item.statements = [
            *_controls(id_, steady, f"all({protocol}, {protocol})", community="guild"),
            Statement(_guid(id_, steady), _string(OUTSIDERS, "exists" if protocol == "singers" else "metadata")),
            Statement(_guid(id_, steady), _string(SAFE, "safe to tell")),
            Statement(self._new_guid(id_), _item(INSTANCE_OF, random.choice((SONG, DANCE)))),
            *(Statement(self._new_guid(id_), _string(NOTE, self._secret())) for _ in range(random.randint(0, 2))),
        ]
        yield _revision(item.entity(at), 0)

    # --- Words --------------------------------------------------------------------------------------------------------

    def _closed(self, *more: str) -> str:
        return self.random.choice((*self.persona.closes, *more))

    def _closed_to_all_others(self) -> str:
        """A condition that leaves outsiders nothing, not even that there is something."""
        kept = [each for each in self.persona.closes if not {"singers", "dancers"} & set(re.findall("[a-z]+", each))]
        return self.random.choice([*kept, *_UNREADABLE])

    def _secret(self) -> str:
        word = f"{self.random.choice(_WORDS)} zq{self.random.getrandbits(48):012x}"
        self._words.add(word)
        return word

    def _new_guid(self, id_: str) -> str:
        guid = _guid(id_, self.random)
        self._guids.add(guid)
        return guid

    def _say(self, item: Item, text: str) -> None:
        item.statements.append(Statement(_guid(item.id, self.random), _string(TERM, text)))


def _is_content(statement: Statement) -> bool:
    return statement.property_id not in RULES.vocabulary.controls


def _revision(entity: Entity, parent: int) -> Revision:
    # As a wiki gives it: what belongs to one property stands together, where the first of it stands.
    entity = replace(decode_entity(encode_entity(entity)), revision=entity.revision, modified=entity.modified)
    return Revision(entity.revision, parent, _instant(entity.revision), "Somebody", "", entity)


def _schema() -> Iterator[tuple[str, list[Revision]]]:
    for number, (id_, datatype) in enumerate(DATATYPES.items(), 1):
        label = "zqclosed property" if id_ == CLOSED_PROPERTY else f"property {id_}"
        entity = Entity(id_, "property", labels={"en": label}, datatype=datatype, revision=number)
        yield id_, [_revision(replace(entity, modified="2029-01-01T00:00:00Z"), 0)]
    for number, id_ in enumerate((SONG, DANCE, SACRED), 100):
        entity = Entity(id_, "item", labels={"en": f"class {id_}", "fi": f"luokka {id_}"}, revision=number)
        yield id_, [_revision(replace(entity, modified="2029-01-01T00:00:00Z"), 0)]


@contextmanager
def archive_of(folder: Path, layer: Layer, persona: Persona, random: Random) -> Iterator[tuple[Services, Register]]:
    """An archive filled with a layer, as a gateway serves it; the clock stands still."""
    register = Register(f"sqlite:///{folder}/register.db", ARCHIVE, clock=lambda: NOW)
    projection_url = f"sqlite:///{folder}/projection.db"
    projection = Projection(projection_url, register, RULES)
    store = ProjectionStore(projection_url)
    try:
        _appoint(register, persona, random)
        filler = Filler(store, register, RULES)
        filler.take_in(dict(_schema()), DATATYPES.get)
        filler.take_in({id_: revisions for id_, revisions in layer.histories.items() if revisions}, DATATYPES.get)
        with writing(store.engine) as connection:
            store.set_meta(connection, FILLED, "1")
        governed = projection.governance(layer.histories).values()
        entries = [entry for governance in governed if governance.said.communities for entry in waiting(governance)]
        register.releases.propose(entries, by=STEWARD)
        for id_ in sorted(layer.held):
            register.holds.place(id_, HoldReason.SORROW, by=STEWARD, groups=["village"])
        identity = Identity(register, _nowhere)
        yield Services(ARCHIVE, projection, identity, RULES.vocabulary), register
    finally:
        store.engine.dispose()
        projection.close()
        register.close()


def _nowhere() -> Any:
    raise AssertionError("nobody signs in here")


def _appoint(register: Register, persona: Persona, random: Random) -> None:
    groups: Iterable[str] = (*ARCHIVE.communities, *ARCHIVE.protocols)
    for group in groups:
        by = HOST if group in ARCHIVE.communities else STEWARD
        register.members.set(STEWARD, Membership(group, Role.STEWARD), by=by)
    if persona.name is not None:
        for membership in persona.memberships:
            register.members.set(persona.name, membership, by=STEWARD)
    # How many others there are, and what they may, is nobody's business either.
    for number in range(random.randint(0, 2)):
        register.members.set(f"Somebody {number}", Membership("elders"), by=STEWARD)
