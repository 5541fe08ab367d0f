"""A small archive for tests of access: its vocabulary, builders for entities, and a world that replays histories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from commarchive.model.archive import AccessProtocol, Archive, Community, Mode, OutsidersSee, ReleaseRule, Season
from commarchive.model.entity import DataValue, Entity, Reference, Snak, SnakKind, Statement
from commarchive.model.schema import Control
from commarchive.policy import targets
from commarchive.policy.condition import holds
from commarchive.policy.guards import Guards, compile_guards
from commarchive.policy.mentions import Addresses
from commarchive.policy.ratchet import Release, Restriction, observe, released
from commarchive.policy.redact import Redactor
from commarchive.policy.said import Said, read_said
from commarchive.policy.standing import Membership, Principal, Role, Standing, standing
from commarchive.policy.vocabulary import Vocabulary

COMMUNITY, ACCESS, QUALIFIER, TERM, OUTSIDERS, STATE = "P1", "P2", "P3", "P4", "P5", "P6"
INSTANCE_OF, TEXT, ITEM, PLACE, SAFE, SECRET, AMOUNT, NOTE = "P7", "P10", "P11", "P12", "P13", "P14", "P15", "P16"
PLAIN_CLASS, SACRED_CLASS = "Q1", "Q2"

VOCABULARY = Vocabulary(
    controls={
        COMMUNITY: Control.COMMUNITY,
        ACCESS: Control.ACCESS_CONDITION,
        QUALIFIER: Control.QUALIFIER_CONDITION,
        TERM: Control.TERM_CONDITION,
        OUTSIDERS: Control.OUTSIDERS_SEE,
        STATE: Control.RECORD_STATE,
    },
    instance_of=frozenset({INSTANCE_OF}),
    property_defaults={PLACE: "stewards"},
    class_defaults={SACRED_CLASS: "elders"},
    own={
        **dict.fromkeys(
            (COMMUNITY, ACCESS, QUALIFIER, TERM, OUTSIDERS, STATE, INSTANCE_OF, TEXT, ITEM, PLACE, SAFE, AMOUNT, NOTE),
            "public",
        ),
        SECRET: "elders",
        PLAIN_CLASS: "public",
        SACRED_CLASS: "public",
    },
    safe=frozenset({SAFE}),
)
ADDRESSES = Addresses.of(["https://archive.example", "http://wiki.example/wiki"])
STUB_LABELS = {"en": "A record that is not open"}
NOW = datetime(2031, 1, 15, 12, tzinfo=UTC)


def protocol(id_: str, community: str = "village", **more: Any) -> AccessProtocol:
    return AccessProtocol(id_, community, **{"release": ReleaseRule.ONE_STEWARD, **more})


ARCHIVE = Archive(
    id="village",
    zone="Europe/Helsinki",
    communities={c.id: c for c in (Community("village"), Community("guild"))},
    protocols={
        p.id: p
        for p in (
            protocol("elders", outsiders_see=OutsidersSee.HIDDEN),
            protocol("singers", outsiders_see=OutsidersSee.EXISTS),
            protocol("dancers", "guild", outsiders_see=OutsidersSee.METADATA),
            protocol("welcome", mode=Mode.OPEN),
            protocol("winter", season=Season((11, 15), (2, 15), "Europe/Helsinki")),
        )
    },
)


def says(property_id: str, text: str) -> Snak:
    return Snak(property_id, SnakKind.VALUE, DataValue("string", text), "string")


def names(property_id: str, entity: str) -> Snak:
    value = {"entity-type": "property" if entity.startswith("P") else "item", "id": entity, "numeric-id": 0}
    return Snak(property_id, SnakKind.VALUE, DataValue("wikibase-entityid", value), "wikibase-item")


def statement(guid: str, main: Snak, *qualifiers: Snak, references: Iterable[Iterable[Snak]] = ()) -> Statement:
    return Statement(
        guid, main, qualifiers=qualifiers, references=tuple(Reference(tuple(snaks)) for snaks in references)
    )


def item(
    *statements: Statement,
    id_: str = "Q7",
    community: str | None = "village",
    state: str | None = "live",
    access: str | Iterable[str] = (),
    revision: int = 1,
    **more: Any,
) -> Entity:
    """An item; `access` are the texts of its access-condition statements."""
    conditions = [access] if isinstance(access, str) else list(access)
    controls = [statement(f"{id_}$access-{at}", says(ACCESS, text)) for at, text in enumerate(conditions)]
    if community is not None:
        controls.append(statement(f"{id_}$community", says(COMMUNITY, community)))
    if state is not None:
        controls.append(statement(f"{id_}$state", says(STATE, state)))
    return Entity(id_, "item", statements=(*controls, *statements), revision=revision, **more)


def said(entity: Entity, archive: Archive = ARCHIVE, vocabulary: Vocabulary = VOCABULARY) -> Said:
    return read_said(entity, archive, vocabulary)


def person(*memberships: Membership | str, archive: Archive = ARCHIVE, now: datetime = NOW) -> Standing:
    """Somebody with these memberships; a bare id stands for a plain one, `id!` for a steward's."""
    held = [m if isinstance(m, Membership) else _membership(m) for m in memberships]
    return standing(Principal("somebody" if held else None, tuple(held)), archive, now)


def _membership(text: str) -> Membership:
    return Membership(text.rstrip("!"), Role.STEWARD if text.endswith("!") else Role.MEMBER)


CUSTODIAN = standing(Principal("custodian", custodian=True), ARCHIVE, NOW)


@dataclass
class World:
    """Entities with their histories, what stewards released, what is held: the projection's work, in a few lines."""

    histories: Mapping[str, list[Entity]] = field(default_factory=dict)
    releases: Mapping[str, list[Release]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    archive: Archive = ARCHIVE
    vocabulary: Vocabulary = VOCABULARY

    def memory(self, id_: str) -> list[Restriction]:
        return remembered(self.histories[id_], self.archive, self.vocabulary)

    def guards(self, id_: str) -> Guards:
        now = read_said(self.histories[id_][-1], self.archive, self.vocabulary)
        opened = released(self.memory(id_), self.releases.get(id_, ()), born_live=now.born_live)
        return compile_guards(now, opened, self.archive, held=id_ in self.held)

    def compiled(self) -> dict[str, Guards]:
        return {id_: self.guards(id_) for id_ in self.histories}

    def redactor(self, situation: Standing, compiled: Mapping[str, Guards]) -> Redactor:
        def may_know(id_: str) -> bool:
            if id_ in compiled:
                return holds(compiled[id_].know, situation)
            return holds_own(id_, self, situation)

        return Redactor(situation, self.vocabulary, ADDRESSES, may_know, STUB_LABELS)

    def view(self, situation: Standing) -> dict[str, Entity]:
        """What one standing sees of everything."""
        compiled = self.compiled()
        redactor = self.redactor(situation, compiled)
        shown = {id_: redactor.redact(self.histories[id_][-1], guards) for id_, guards in compiled.items()}
        return {id_: entity for id_, entity in shown.items() if entity is not None}


def holds_own(id_: str, world: World, situation: Standing) -> bool:
    """Whether what the schema itself defines may be known of; the world has no history of it."""
    if id_ not in world.vocabulary.own:
        return False
    entity = Entity(id_, "property" if id_.startswith("P") else "item")
    now = read_said(entity, world.archive, world.vocabulary)
    guards = compile_guards(now, released((), (), born_live=now.born_live), world.archive, held=False)
    return holds(guards.know, situation)


def remembered(
    revisions: Iterable[Entity], archive: Archive = ARCHIVE, vocabulary: Vocabulary = VOCABULARY
) -> list[Restriction]:
    """What the ratchet remembers of a history."""
    memory: list[Restriction] = []
    previous = None
    for entity in revisions:
        now = read_said(entity, archive, vocabulary)
        memory += observe(previous, now, memory, entity.revision)
        previous = now
    return memory


def opened(*values: tuple[str, str], revision: int = 1) -> list[Release]:
    """Releases of some targets at one revision."""
    return [Release(target, value, revision) for target, value in values]


OPEN = opened((targets.ENTITY, "public"), (targets.STATE, "live"))
"""What stewards release so that a record is on view as its first revision says."""


def one(*revisions: Entity, releases: list[Release] = OPEN, held: bool = False, archive: Archive = ARCHIVE) -> World:
    """A world of one entity's history."""
    id_ = revisions[0].id
    return World({id_: list(revisions)}, {id_: releases}, frozenset({id_}) if held else frozenset(), archive=archive)


def seen(world: World, *memberships: Membership | str) -> Entity | None:
    """What somebody sees of the one entity of a world."""
    return world.view(person(*memberships, archive=world.archive)).get(next(iter(world.histories)))
