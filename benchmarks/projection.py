"""How fast the projection takes in, shows, lists and searches: `python benchmarks/projection.py [SIZE …]`.

Synthetic records under twenty protocols, followed from memory, so that neither a wiki nor a network is measured. Every
figure stands beside what decoding the same records' JSON takes on the same machine, since machines differ.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from rich.console import Console
from rich.table import Table

from commarchive.model.archive import AccessProtocol, Archive, Community, Mode
from commarchive.model.entity import DataValue, Entity, Reference, Snak, Statement
from commarchive.model.schema import Control
from commarchive.policy.mentions import Addresses
from commarchive.policy.ratchet import Release
from commarchive.policy.standing import VISITOR, Membership, Principal, Role
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection, Rules
from commarchive.projection.filling import FILLED
from commarchive.register import Register
from commarchive.register.members import HOST
from commarchive.register.releases import Entry
from commarchive.wikibase.client import Revision
from commarchive.wikibase.codec import decode_entity, encode_entity

PROTOCOLS = [f"protocol-{n}" for n in range(20)]
NOW = datetime(2031, 1, 5, tzinfo=UTC)
COMMUNITY, ACCESS, STATE, CLASS, PLACE, TITLE, NOTE, SOURCE = "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"
DATATYPES = {CLASS: "wikibase-item", PLACE: "wikibase-item"}
BATCH = 50
WORDS = [a + b for a in ("lam", "lul", "wed", "rei", "rain", "nor", "sum", "fid", "kan", "yoi") for b in
         ("ent", "laby", "ding", "deer", "bow", "th", "mer", "dle", "tele", "k", "song", "dance")]  # fmt: skip

RULES = Rules(
    Archive(
        "bench",
        "Europe/Helsinki",
        {"village": Community("village")},
        {
            id_: AccessProtocol(id_, "village", mode=Mode.OPEN if n < 2 else Mode.STRICT)
            for n, id_ in enumerate(PROTOCOLS)
        },
    ),
    Vocabulary(
        controls={COMMUNITY: Control.COMMUNITY, ACCESS: Control.ACCESS_CONDITION, STATE: Control.RECORD_STATE},
        own=dict.fromkeys((COMMUNITY, ACCESS, STATE, CLASS, PLACE, TITLE, NOTE, SOURCE), "public"),
        propagating=frozenset({PLACE}),
    ),
    Addresses.of(["https://archive.example"]),
)


def records(size: int) -> Iterator[Entity]:
    """Properties, then so many items with ten statements each, of which every fourth is restricted in some way."""
    chance = random.Random(size)
    for number, id_ in enumerate(RULES.vocabulary.own, start=1):
        datatype = DATATYPES.get(id_, "string")
        yield Entity(id_, "property", {"en": f"property {id_}"}, datatype=datatype, revision=number)

    def phrase(words: int) -> str:
        return " ".join(chance.choice(WORDS) for _ in range(words))

    def condition() -> str:
        return chance.choice(
            ["public", "public", "public", chance.choice(PROTOCOLS), f"any({', '.join(chance.sample(PROTOCOLS, 2))})"]
        )

    def text(property_id: str, value: str) -> Snak:
        return Snak(property_id, value=DataValue("string", value))

    def link(property_id: str, target: int) -> Snak:
        value = {"entity-type": "item", "numeric-id": target, "id": f"Q{target}"}
        return Snak(property_id, value=DataValue("wikibase-entityid", value))

    for number in range(1, size + 1):
        said = [
            (text(COMMUNITY, "village"), ()),
            (text(ACCESS, condition()), ()),
            (text(STATE, "live"), ()),
            (link(CLASS, chance.randint(1, 20)), ()),
            *((link(PLACE, chance.randint(1, number)), ()) for _ in range(2)),
            *((text(TITLE, phrase(3)), (text(NOTE, phrase(4)),)) for _ in range(2)),
            (text(NOTE, phrase(8)), (text(ACCESS, condition()),)),
        ]
        statements = tuple(
            Statement(
                f"Q{number}${UUID(int=number * 100 + n)}",
                main,
                qualifiers=more,
                references=(Reference((text(SOURCE, phrase(2)),)),),
            )
            for n, (main, more) in enumerate(said)
        )
        yield Entity(
            f"Q{number}", "item", {"en": phrase(2), "fi": phrase(2)}, {"en": phrase(5)}, {"en": (phrase(1),)},
            statements, revision=1000 + number, modified="2031-01-05T00:00:00Z",
        )  # fmt: skip


def seconds(act: Callable[[], Any], *, at_least: float = 0.5) -> float:
    """How long it takes, on average over as many times as fill half a second."""
    began, times = time.perf_counter(), 0
    while (taken := time.perf_counter() - began) < at_least or not times:
        act()
        times += 1
    return taken / times


def measure(size: int, folder: Path) -> Iterator[tuple[str, float, str]]:
    """Each figure: what was done, how long it took for one (seconds), and in which unit it is best told."""
    entities = list(records(size))
    bodies = [orjson.dumps({**encode_entity(one), "lastrevid": one.revision}) for one in entities]
    yield "decode the JSON", seconds(lambda: [decode_entity(orjson.loads(body)) for body in bodies]) / size, "records"
    register = Register(f"sqlite:///{folder / 'register.db'}", RULES.archive, clock=lambda: NOW)
    register.members.set("Aino", Membership("village", Role.STEWARD), by=HOST)
    projection = Projection(f"sqlite:///{folder / 'projection.db'}", register, RULES)
    filler = projection._filler  # noqa: SLF001  what sync does, without a wiki

    def datatype(id_: str) -> str:
        return DATATYPES.get(id_, "string")

    def take_in(news: list[Entity], parent: int = 0) -> None:
        for start in range(0, len(news), BATCH):
            some = news[start : start + BATCH]
            filler.take_in(
                {one.id: [Revision(one.revision, parent and one.revision - parent, NOW, "", "", one)] for one in some},
                datatype,
            )

    began = time.perf_counter()
    take_in(entities)
    yield "take in, the first time", (time.perf_counter() - began) / size, "records"
    with projection._store.engine.begin() as connection:  # noqa: SLF001
        projection._store.set_meta(connection, FILLED, "bench")  # noqa: SLF001
    released = [
        Entry(one.id, ("village",), Release("state", "live", one.revision), "draft")
        for one in entities
        if one.type == "item"
    ] + [
        Entry(one.id, ("village",), Release("entity", "public", one.revision), "stewards(village)")
        for one in entities
        if one.type == "item"
    ]
    register.releases.propose(released, by="Aino")
    began = time.perf_counter()
    with projection.view(VISITOR):
        pass
    yield "take up releases of all", (time.perf_counter() - began) / size, "records"
    began = time.perf_counter()
    some = entities[-min(size, 1000) :]
    take_in([replace(one, revision=one.revision + 100_000, labels={"en": "changed"}) for one in some], parent=100_000)
    yield "take in a change", (time.perf_counter() - began) / len(some), "records"
    member = Principal("Member", tuple(Membership(id_) for id_ in PROTOCOLS[2:8]))
    for name, principal in (("visitor", VISITOR), ("member", member)):
        yield from reading(projection, principal, name, size)
    projection.close()
    register.close()


def reading(projection: Projection, principal: Principal, name: str, size: int) -> Iterator[tuple[str, float, str]]:
    """Figures of one reader."""
    chance = random.Random(1)

    def view(answer: Callable[[Any], object]) -> float:
        def ask() -> None:
            with projection.view(principal, NOW) as one:
                answer(one)

        ask()
        return seconds(ask)

    yield f"{name}: nothing but a view", view(lambda _: None), "view"
    yield f"{name}: one record", view(lambda one: one.entity(f"Q{chance.randint(1, size)}")), "view"
    fifty = [f"Q{n}" for n in range(1, 51)]
    yield f"{name}: one of fifty records", view(lambda one: one.entities(fifty)) / 50, "records"
    yield f"{name}: a page of the list", view(lambda one: one.items(offset=size // 2)), "view"
    yield f"{name}: a list by class", view(lambda one: one.items(where={CLASS: "Q3"})), "view"
    yield f"{name}: values with counts", view(lambda one: one.values(CLASS)), "view"
    yield f"{name}: search for a word", view(lambda one: one.search("lament")), "view"
    yield f"{name}: search for two beginnings", view(lambda one: one.search("la re")), "view"
    yield f"{name}: search for a letter", view(lambda one: one.search("l")), "view"
    yield (
        f"{name}: suggest for a letter",
        view(lambda one: one.suggest("l", ["en"], type_="item", offset=0, limit=10)),
        "view",
    )


def main(sizes: list[int]) -> None:
    """Print a table for each size."""
    for size in sizes:
        table = Table(title=f"{size} records, {len(PROTOCOLS)} protocols, SQLite")
        for column in ("", "ms", "per second", "decoding = 1"):
            table.add_column(column, justify="right" if column else "left")
        decoding = 0.0
        with tempfile.TemporaryDirectory() as folder:
            for name, taken, _ in measure(size, Path(folder)):
                decoding = decoding or taken
                table.add_row(name, f"{taken * 1000:.3f}", f"{1 / taken:,.0f}", f"{taken / decoding:,.1f}")
        Console().print(table)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1000, 10_000])
