"""A wiki, an archive's folder, and the packs that ship."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commarchive.manifest.load import load_manifest
from commarchive.model.schema import Schema
from commarchive.sandbox import Wiki
from commarchive.wikibase.edit import WikiEditor
from tests.wikibase.embedded import OTHER, OTHER_PASSWORD, open_wiki, sign_in

ARCHIVE = """\
archive:
  {id: fiddlers, zone: Europe/Helsinki, name: {en: Fiddlers}, base_url: "https://archive.example", languages: [en]}
communities: [{id: village, name: {en: The village}}]
schemas: [core, living-heritage]
wiki: {driver: embedded}
"""


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    with open_wiki(tmp_path / "wiki.db") as opened:
        yield opened


@pytest.fixture
def editor(wiki: Wiki) -> WikiEditor:
    return sign_in(wiki)


@pytest.fixture
def colleague(wiki: Wiki) -> WikiEditor:
    """Somebody else who may edit."""
    return sign_in(wiki, OTHER, OTHER_PASSWORD)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "archive"
    path.mkdir()
    (path / "archive.yaml").write_text(ARCHIVE)
    return path


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    """Both packs that ship."""
    path = tmp_path_factory.mktemp("shipped")
    (path / "archive.yaml").write_text(ARCHIVE)
    return load_manifest(path).schema


@pytest.fixture
def schema(shipped: Schema) -> Schema:
    """A dozen definitions, those included that describe the others."""
    properties = ["schema-slug", "access-condition", "equivalent-property", "exact-match", "formatter-url"]
    properties += ["instance-of", "wikidata-item", "country", "consent-given-by"]
    return Schema(
        {slug: shipped.properties[slug] for slug in properties},
        {slug: shipped.items[slug] for slug in ("person", "place", "representative-list")},
    )
