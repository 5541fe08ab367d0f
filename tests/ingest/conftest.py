"""A seeded wiki, an archive with a community and two protocols, a table and its mapping."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import Engine

from commarchive.ingest.intake import Intake, read_intake
from commarchive.ingest.ledger import Ledger
from commarchive.ingest.load import load_mapping
from commarchive.ingest.run import Ingest, Report
from commarchive.manifest.config import Manifest
from commarchive.manifest.load import load_manifest
from commarchive.model.entity import Entity
from commarchive.model.schema import SchemaIds
from commarchive.register.engine import open_engine
from commarchive.sandbox import Wiki
from commarchive.seeding.applying import apply
from commarchive.seeding.lockfile import LOCK_NAME, load_lock
from commarchive.wikibase.edit import WikiEditor
from tests.wikibase.embedded import OTHER, OTHER_PASSWORD, open_wiki, sign_in

ARCHIVE = """\
archive: {id: village, zone: Europe/Helsinki, name: {en: Village}, base_url: "https://archive.example", languages: [en]}
communities: [{id: village, name: {en: The village}}, {id: parish, name: {en: The parish}}]
schemas: [core, living-heritage]
wiki: {driver: embedded}
"""
PROTOCOL = """\
id: {id}
community: village
name: {{en: {id}}}
"""
MAPPING = """\
id: songs
key: [key]
class: practice
labels: {en: {column: name}, fi: {column: nimi}}
descriptions: {en: {value: a song}}
aliases: {en: {column: other_names, separator: ";"}}
policy:
  community: {column: community}
  access_condition: {column: condition}
  record_state: {column: state}
  outsiders_see: {column: outsiders}
statements:
  - property: practice-description
    column: text
    language: en
    condition: {column: text_condition}
  - property: country
    column: countries
    separator: "|"
    by: table
    table: countries
    qualifiers:
      - {property: retrieved, column: since}
  - {property: coordinates, column: point}
  - {property: month, column: month, by: wikidata}
  - {property: genre, column: domain, by: slug, slugs: {craft: domain-craftsmanship, arts: domain-performing-arts}}
  - {property: described-at-url, column: page, references: []}
references:
  book:
    - {property: reference-url, value: "https://book.example"}
    - {property: retrieved, column: read_on, precision: day}
tables:
  countries:
    file: countries.csv
    match: name
    wikidata: id
    class: place
    labels: {en: {column: name}}
    policy: {community: {value: village}, access_condition: {value: public}, record_state: {value: live}}
"""
COLUMNS = [
    *("key", "name", "nimi", "other_names", "community", "condition", "state", "outsiders", "text", "text_condition"),
    *("countries", "since", "point", "month", "domain", "page", "read_on"),
]
ROW = {
    "key": "dawn",
    "name": "Song of dawn",
    "nimi": "Aamulaulu",
    "other_names": "Dawn song; Morning song",
    "community": "village",
    "condition": "all(elders, any(singers, members))",
    "state": "live",
    "outsiders": "hidden",
    "text": "It is sung at dawn.",
    "text_condition": "elders",
    "countries": "Finland|Norway",
    "since": "1990-05",
    "point": "63.55, 23.70",
    "month": "",
    "domain": "arts",
    "page": "https://songs.example/dawn",
    "read_on": "2026-11-23",
}
COUNTRIES = "name,id\nFinland,Q33\nNorway,Q20\nNorge,Q20\nNowhere,33\n"


@dataclass
class Place:
    """Everything that an ingest needs, in one folder."""

    folder: Path
    manifest: Manifest
    ids: SchemaIds
    engine: Engine
    editor: WikiEditor

    def write(self, *rows: dict[str, str], columns: list[str] | None = None) -> Path:
        """Write the table."""
        names = columns or COLUMNS
        lines = [",".join(names), *(",".join(_quoted(row.get(name, "")) for name in names) for row in rows)]
        path = self.folder / "songs.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def map(self, text: str = MAPPING) -> Path:
        """Write the mapping."""
        path = self.folder / "songs.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def intake(self, mapping: str = MAPPING) -> Intake:
        """What the files say."""
        rule = load_mapping(self.map(mapping), self.manifest.schema, self.manifest.archive, root=self.folder)
        return read_intake(self.folder / "songs.csv", rule, self.manifest.schema, self.ids, self.manifest.archive)

    def ingest(self, mapping: str = MAPPING, *, editor: WikiEditor | None = None) -> Ingest:
        """What is going to run."""
        schema = self.manifest.schema
        return Ingest(self.intake(mapping), schema, self.ids, editor or self.editor, Ledger(self.engine))

    def run(self, *rows: dict[str, str], mapping: str = MAPPING, **words: Any) -> Report:
        """Take rows in."""
        if rows:
            self.write(*rows)
        return self.ingest(mapping).run(**words)

    def entity(self, label: str) -> Entity:
        """The one item with this English label."""
        found = [e for e in self.items().values() if e.labels.get("en") == label]
        assert len(found) == 1, f"{len(found)} items are called {label}"
        return found[0]

    def items(self) -> dict[str, Entity]:
        """Every item that no schema made."""
        ids = sorted(set(self.editor.client.entity_ids("item")) - set(self.ids.items.values()))
        return {id_: e for id_, e in self.editor.client.entities(ids).items() if isinstance(e, Entity)}

    def values(self, entity: Entity, slug: str) -> list[Any]:
        """The values of a property, as Wikibase has them."""
        statements = entity.statements_of(self.ids.properties[slug])
        return [s.mainsnak.value.value if s.mainsnak.value else None for s in statements]

    def revision(self) -> int:
        """The wiki's newest."""
        return self.editor.client.site().revision


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def row(**cells: str) -> dict[str, str]:
    """A row like the first one, with other cells."""
    return ROW | cells


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive's folder with its seeded wiki, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "archive.yaml").write_text(ARCHIVE)
    for name in ("elders", "singers"):
        (folder / "protocols" / name).mkdir(parents=True)
        (folder / "protocols" / name / "protocol.yaml").write_text(PROTOCOL.format(id=name))
    (folder / "countries.csv").write_text(COUNTRIES)
    with open_wiki(folder / "wiki.db") as wiki:
        apply(load_manifest(folder).schema, sign_in(wiki), folder)
    assert (folder / LOCK_NAME).exists()
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "archive"))


@pytest.fixture
def wiki(folder: Path) -> Iterator[Wiki]:
    with Wiki(folder / "wiki.db") as opened:
        yield opened


@pytest.fixture
def place(folder: Path, wiki: Wiki) -> Iterator[Place]:
    engine = open_engine(f"sqlite:///{folder / 'register.db'}")
    yield Place(folder, load_manifest(folder), load_lock(folder), engine, sign_in(wiki))
    engine.dispose()


@pytest.fixture
def colleague(wiki: Wiki) -> WikiEditor:
    """Somebody else who edits."""
    return sign_in(wiki, OTHER, OTHER_PASSWORD)


@pytest.fixture
def handed_on() -> list[dict[str, int]]:
    return []


@pytest.fixture
def hand_on(handed_on: list[dict[str, int]]) -> Callable[[Any], None]:
    return lambda written: handed_on.append(dict(written))
