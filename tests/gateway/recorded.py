"""The recorded Wikibase's content as an archive in which everything is open, under the recorded ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commarchive.gateway import Services, create_app
from commarchive.identity import Identity
from commarchive.model.archive import Archive
from commarchive.model.entity import Entity
from commarchive.model.schema import Control
from commarchive.policy.mentions import Addresses
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection, Rules
from commarchive.projection.filling import FILLED
from commarchive.register import Register
from commarchive.register.engine import writing
from commarchive.sandbox import Wiki
from commarchive.wikibase.client import Revision
from commarchive.wikibase.codec import decode_entity
from commarchive.wikibase.rdf import RdfRights
from tests.world import BASE, PASSWORD, browser

FOLDER = Path(__file__).parents[1] / "contract" / "recordings"
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
STAMP = "1795411225"
CC0 = RdfRights("http://creativecommons.org/publicdomain/zero/1.0/")


def recording(number: str) -> dict[str, Any]:
    """A recorded exchange, at the archive's address."""
    text = next(FOLDER.glob(f"{number}-*.json")).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.replace("{base}", BASE))
    return found


def entities() -> Iterator[Entity]:
    """The entities that the recordings tell of."""
    for number, (id_, datatype) in enumerate(DATATYPES.items(), start=2):
        yield Entity(
            id=id_,
            type="property",
            datatype=datatype,
            labels={"en": f"test {datatype}"},
            descriptions={"en": f"property of type {datatype}"},
            aliases={"en": (f"alias {datatype}",)},
            revision=number,
            modified="2026-11-23T03:32:15Z" if id_ == "P1" else "2026-11-23T03:32:16Z",
        )
    inventory = "number of the element in its inventory"
    yield Entity(
        "P16", "property", {"en": f"inventory number {STAMP}"}, {"en": inventory}, datatype="string", revision=20
    )
    yield Entity("Q313", "item", {"en": f"Kaustinen {STAMP}"}, {"en": "municipality in Finland"}, revision=650)
    yield Entity(
        "Q315", "item", {"en": f"Kaustinen fiddle playing {STAMP}"}, {"en": "folk music practice"}, revision=652
    )
    yield decode_entity(recording("041")["response"]["json"]["entities"]["Q314"])


@contextmanager
def recorded_archive(folder: Path) -> Iterator[Any]:
    """A gateway that serves this content, and a browser in front of it; `Admin` has an account."""
    archive = Archive("recorded", "UTC", name={"en": "Live Wikibase"}, base_url=BASE)
    everything = {entity.id: entity for entity in entities()}
    controls = {f"P{number}": control for number, control in enumerate(Control, start=900)}
    vocabulary = Vocabulary(controls, own=dict.fromkeys([*everything, "Q316"], "public"))
    register = Register(f"sqlite:///{folder}/register.db", archive)
    projection = Projection(
        f"sqlite:///{folder}/projection.db", register, Rules(archive, vocabulary, Addresses.of([BASE]))
    )
    news = {id_: [_revision(entity.revision, entity)] for id_, entity in everything.items()}
    twin = [
        _revision(653, Entity("Q316", "item", {"en": "duplicate"}, revision=653)),
        _revision(655, None, "Q314", parent=653),
    ]
    assert projection._filler.take_in(news, DATATYPES.get) == []
    assert projection._filler.take_in({"Q316": twin}, DATATYPES.get, anew=frozenset({"Q316"})) == []
    with writing(projection._store.engine) as connection:
        projection._store.set_meta(connection, FILLED, "by hand")
    with Wiki(folder / "wiki.db") as wiki:
        wiki.create_account("Admin", PASSWORD)
        app = create_app(Services(archive, projection, Identity(register, wiki.transport), vocabulary, CC0))
        yield browser(app)
    projection.close()
    register.close()


def _revision(id_: int, entity: Entity | None, redirect_to: str | None = None, *, parent: int = 0) -> Revision:
    return Revision(id_, parent, datetime(2026, 11, 23, tzinfo=UTC), "Admin", "", entity, redirect_to)
