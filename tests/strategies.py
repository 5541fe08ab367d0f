"""Random archives for property-based tests: conditions, principals, records with their histories, whole worlds.

Everything comes from small pools, so that what is drawn meets: the same groups, ids, texts and statements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

from commarchive.model.archive import AccessProtocol, Archive, Community, Mode, OutsidersSee, ReleaseRule, Season
from commarchive.model.entity import DataValue, Entity, Snak, SnakKind, Statement
from commarchive.policy import targets
from commarchive.policy.condition import (
    PUBLIC,
    After,
    All,
    AnyOf,
    Before,
    Condition,
    Members,
    Shares,
    Stewards,
)
from commarchive.policy.ratchet import Release
from commarchive.policy.standing import Membership, MembershipState, Principal, Role, Standing, standing
from tests.worlds import (
    ACCESS,
    AMOUNT,
    COMMUNITY,
    INSTANCE_OF,
    ITEM,
    NOW,
    OUTSIDERS,
    PLACE,
    PLAIN_CLASS,
    QUALIFIER,
    SACRED_CLASS,
    SAFE,
    SECRET,
    STATE,
    TERM,
    TEXT,
    World,
    names,
    said,
    says,
    statement,
)

COMMUNITIES = ("village", "guild")
PROTOCOLS = ("elders", "singers", "dancers", "welcome")
GROUPS = (*COMMUNITIES, *PROTOCOLS)
ITEMS = ("Q7", "Q8", "Q9")
LANGUAGES = ("en", "se")
DAY = timedelta(days=1)
PAST, FUTURE = date(2030, 6, 1), date(2032, 6, 1)

# --- Conditions -------------------------------------------------------------------------------------------------------

ATOMS: tuple[Condition, ...] = (
    *map(Shares, PROTOCOLS),
    *(kind(group) for kind in (Members, Stewards) for group in (None, "village", "guild", "elders")),
    After(PAST),
    After(FUTURE),
    Before(PAST),
    Before(FUTURE),
    PUBLIC,
)


def conditions(atoms: tuple[Condition, ...] = ATOMS) -> st.SearchStrategy[Condition]:
    """Nested formulas, empty ones among them."""
    return st.recursive(
        st.sampled_from(atoms),
        lambda inner: st.tuples(st.sampled_from((All, AnyOf)), st.lists(inner, max_size=3)).map(
            lambda drawn: drawn[0](tuple(drawn[1]))
        ),
        max_leaves=6,
    )


TEXTS: tuple[str, ...] = (
    *PROTOCOLS,
    *PROTOCOLS,
    "public",
    "public",
    "members",
    "stewards",
    "members(guild)",
    "any(elders, singers)",
    "all(elders, singers)",
    "any(singers, stewards(village))",
    "all(dancers, any(elders, welcome))",
    "after(2030-06-01)",
    "any(dancers, before(2032-06-01))",
    "any()",
)
UNREADABLE: tuple[str, ...] = (
    "strangers",
    "elders)",
    "",
    "Elders",
    "any(elders, strangers)",
    "elders\u202e",
    "x" * 401,
)
MIXED: tuple[str, ...] = (*TEXTS, *TEXTS, *UNREADABLE)
readable_texts = st.sampled_from(TEXTS)
texts = st.sampled_from(MIXED)

Made = TypeVar("Made")


def pool(make: Callable[[Random], Made], size: int) -> st.SearchStrategy[Made]:
    """Some things, the same in every run, the simplest first: one draw where making them would take many."""
    random = Random(size)
    return st.sampled_from(sorted((make(random) for _ in range(size)), key=lambda made: len(repr(made))))


# --- Archives and principals ------------------------------------------------------------------------------------------

_SEASONS = (None, None, None, Season((11, 15), (2, 15), "Europe/Helsinki"), Season((6, 1), (6, 30), "UTC"))


def _archive(random: Random) -> Archive:
    parents = random.choice(((), ("village",), ("guild",)))
    protocols = {
        id_: AccessProtocol(
            id=id_,
            community=random.choice(COMMUNITIES),
            mode=Mode.OPEN if id_ == "welcome" else Mode.STRICT,
            season=random.choice(_SEASONS),
            outsiders_see=random.choice((*OutsidersSee, OutsidersSee.EXISTS, OutsidersSee.METADATA)),
            release=ReleaseRule.ONE_STEWARD,
        )
        for id_ in PROTOCOLS
    }
    return Archive(
        id="archive",
        zone=random.choice(("Europe/Helsinki", "UTC", "Europe/Nowhere")),
        communities={"village": Community("village"), "guild": Community("guild", parents=parents)},
        protocols=protocols,
        default_condition=random.choice(("stewards", "stewards", "members", "elders", "public")),
    )


archives = pool(_archive, 200)
"""Two communities, perhaps one within the other or itself, and four protocols of all kinds."""

_DATES = st.sampled_from((None, None, NOW - DAY, NOW, NOW + DAY))


def memberships(states: tuple[MembershipState, ...] = tuple(MembershipState)) -> st.SearchStrategy[Membership]:
    """Memberships of all roles and dates, most of them in force."""
    return st.builds(
        Membership,
        group=st.sampled_from((*GROUPS, *PROTOCOLS, "strangers")),
        role=st.sampled_from((*Role, Role.MEMBER, Role.MEMBER, Role.STEWARD, Role.STEWARD)),
        state=st.sampled_from((MembershipState.ACTIVE, MembershipState.ACTIVE, *states)),
        since=_DATES,
        until=_DATES,
    )


principals = st.builds(
    Principal,
    name=st.just("somebody"),
    memberships=st.lists(memberships(), max_size=4).map(tuple),
    custodian=st.sampled_from((False,) * 9 + (True,)),
)

_HOLDABLE = [(group, role) for group in GROUPS for role in (Role.MEMBER, Role.STEWARD)]
_HOLDINGS = st.sets(st.sampled_from(_HOLDABLE), max_size=5)


@st.composite
def standings(draw: st.DrawFn, archive: Archive) -> Standing:
    """What somebody amounts to who holds plain memberships and stewardships, nobody's custodian."""
    held = tuple(Membership(group, role) for group, role in sorted(draw(_HOLDINGS)))
    return standing(Principal("somebody", held), archive, NOW)


# --- Records ----------------------------------------------------------------------------------------------------------

_VALUES: tuple[Snak, ...] = (
    *(says(property_id, text) for property_id in (TEXT, PLACE, SAFE) for text in ("a", "b")),
    *(names(ITEM, id_) for id_ in (*ITEMS, "Q404", PLAIN_CLASS)),
    names(INSTANCE_OF, PLAIN_CLASS),
    names(INSTANCE_OF, SACRED_CLASS),
    says(SECRET, "s"),
    says(TEXT, "https://archive.example/entity/Q8"),
    Snak(AMOUNT, SnakKind.VALUE, DataValue("quantity", {"amount": "+1", "unit": "http://archive.example/entity/Q9"})),
    Snak(TEXT, SnakKind.SOME_VALUE),
    Snak(TEXT, SnakKind.VALUE, DataValue("no-such-type", {})),
)
values = st.sampled_from(_VALUES)
_LITTLE = (0, 0, 0, 1, 1, 2)


def _statement(random: Random, said_texts: tuple[str, ...]) -> Statement:
    qualifiers = random.choices(_VALUES, k=random.choice(_LITTLE))
    if random.random() < 0.3:
        qualifiers.append(says(ACCESS, random.choice(said_texts)))
    if qualifiers and random.random() < 0.25:
        of = random.choice((TEXT, PLACE, SAFE, ACCESS))
        qualifiers.append(says(QUALIFIER, f"{of}: {random.choice(said_texts)}"))
    references = []
    for _ in range(random.choice(_LITTLE)):
        snaks = random.sample(_VALUES, k=2)
        if random.random() < 0.3:
            snaks.append(says(ACCESS, random.choice(said_texts)))
        references.append(snaks)
    return statement("", random.choice(_VALUES), *qualifiers, references=references)


def _controls(random: Random, said_texts: tuple[str, ...]) -> tuple[Snak, ...]:
    lost = said_texts is MIXED and random.random() < 0.05
    found = [says(COMMUNITY, "strangers" if lost else random.choice((*COMMUNITIES, "village")))]
    found.append(says(STATE, random.choice(("live",) * 8 + ("draft", "withdrawn"))))
    found += [says(ACCESS, text) for text in random.choices(said_texts, k=random.choice(_LITTLE))]
    if random.random() < 0.2:
        found.append(says(OUTSIDERS, random.choice(("hidden", "exists", "metadata"))))
    if random.random() < 0.3:
        found.append(
            says(TERM, f"{random.choice(('label@en', 'label@se', 'aliases@se'))}: {random.choice(said_texts)}")
        )
    return tuple(found)


_STATEMENTS = {said_texts: pool(partial(_statement, said_texts=said_texts), 500) for said_texts in (TEXTS, MIXED)}
_CONTROLS = {said_texts: pool(partial(_controls, said_texts=said_texts), 300) for said_texts in (TEXTS, MIXED)}


@st.composite
def records(draw: st.DrawFn, id_: str, said_texts: tuple[str, ...] = MIXED) -> Entity:
    """An item: its controls, terms and up to three statements, with whatever is said of their access."""
    controls = draw(_CONTROLS[said_texts])
    own = draw(st.lists(_STATEMENTS[said_texts], max_size=3))
    return Entity(
        id_,
        "item",
        labels={language: f"{id_} {language}" for language in LANGUAGES},
        descriptions={"en": f"about {id_}"},
        aliases={"se": (f"{id_} one", f"{id_} two")},
        statements=(
            *(statement(f"{id_}$c{at}", snak) for at, snak in enumerate(controls)),
            *(replace(each, id=f"{id_}$s{at}") for at, each in enumerate(own)),
        ),
        revision=1,
    )


def without_controls(entity: Entity, guid: str = "") -> Entity:
    """The record as a bot might make it again: no word of access, its statements under other ids if `guid` is given."""

    def plain(snaks: tuple[Snak, ...]) -> tuple[Snak, ...]:
        return tuple(snak for snak in snaks if snak.property_id not in (ACCESS, QUALIFIER))

    kept = (s for s in entity.statements if s.property_id not in (ACCESS, QUALIFIER, TERM, OUTSIDERS))
    return replace(
        entity,
        statements=tuple(
            replace(
                s,
                id=f"{s.id}{guid}",
                qualifiers=plain(s.qualifiers),
                references=tuple(replace(r, snaks=plain(r.snaks)) for r in s.references),
            )
            for s in kept
        ),
    )


def say_instead(entity: Entity, property_id: str, text: str) -> Entity:
    """The record with another text in every statement of a control."""
    new = says(property_id, text)
    return replace(
        entity,
        statements=tuple(replace(s, mainsnak=new) if s.property_id == property_id else s for s in entity.statements),
    )


def without(entity: Entity, property_id: str) -> Entity:
    """The record without the statements of a property."""
    return replace(entity, statements=tuple(s for s in entity.statements if s.property_id != property_id))


def with_statement(entity: Entity, new: Statement) -> Entity:
    """The record with one statement more."""
    return replace(entity, statements=(*entity.statements, new))


@st.composite
def edits(draw: st.DrawFn, entity: Entity, number: int) -> Entity:
    """The next revision: something dropped, altered, made again under new ids, said, moved, or nothing at all."""
    match draw(st.integers(0, 8)):
        case 0:
            changed = without_controls(entity)
        case 1 | 8:
            changed = without_controls(entity, guid=f"-{number}")
        case 2:
            changed = say_instead(entity, COMMUNITY, draw(st.sampled_from(COMMUNITIES)))
        case 3:
            changed = say_instead(entity, STATE, draw(st.sampled_from(("live", "draft", "in review"))))
        case 4:
            changed = say_instead(entity, ACCESS, draw(readable_texts))
        case 5:
            changed = without(entity, draw(st.sampled_from((ACCESS, INSTANCE_OF, OUTSIDERS, TERM, TEXT))))
        case 6:
            changed = with_statement(entity, statement(f"{entity.id}$a{number}", says(ACCESS, draw(readable_texts))))
        case _:
            changed = entity
    return replace(changed, revision=entity.revision + 1)


@st.composite
def histories(draw: st.DrawFn, id_: str, said_texts: tuple[str, ...] = MIXED) -> list[Entity]:
    """A record and up to three edits."""
    revisions = [draw(records(id_, said_texts))]
    for number in range(draw(st.sampled_from((0, 0, 1, 2, 3)))):
        revisions.append(draw(edits(revisions[-1], number)))
    return revisions


@st.composite
def releases(draw: st.DrawFn, revisions: list[Entity], archive: Archive) -> list[Release]:
    """What stewards released at some revision, most often the last: what was said then, and sometimes more."""
    at = draw(st.sampled_from((len(revisions), len(revisions), len(revisions), 1, 0)))
    if at == 0:
        return []
    now = said(revisions[at - 1], archive)
    offered = [targets.ENTITY, *sorted(now.readable.keys() | now.present)]
    more, held_back = draw(st.booleans()), draw(st.sampled_from((None, None, 1, 2, 3)))
    given = [Release(targets.STATE, "live", at)]
    given += [
        Release(target, "public" if more else str(now.readable.get(target, PUBLIC)), at)
        for number, target in enumerate(offered)
        if held_back is None or number % 4 != held_back
    ]
    level = draw(st.sampled_from((None, None, None, "exists", "metadata")))
    return given if level is None else [*given, Release(targets.OUTSIDERS_SEE, level, at)]


@st.composite
def worlds(draw: st.DrawFn, /, said_texts: tuple[str, ...] = MIXED) -> World:
    """Up to three records that speak of each other."""
    archive = draw(archives)
    ids = ITEMS[: draw(st.sampled_from((1, 2, 2, 3)))]
    revisions = {id_: draw(histories(id_, said_texts)) for id_ in ids}
    held = draw(st.sampled_from((None, None, None, None, *ITEMS)))
    return World(
        histories=revisions,
        releases={id_: draw(releases(revisions[id_], archive)) for id_ in ids},
        held=frozenset(id_ for id_ in ids if id_ == held),
        archive=archive,
    )
