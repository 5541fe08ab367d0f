"""An archive in a folder, on the embedded wiki, as the command line makes it; all that is in it is invented."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from commarchive.cli import main
from commarchive.deploy.services import open_archive
from commarchive.model.entity import DataValue, Snak, SnakKind, Statement
from commarchive.projection.governance import waiting
from commarchive.wikibase.codec import encode_statements
from commarchive.wikibase.edit import new_marker
from tests.localcontexts.fakehub import KEY

MANIFEST: dict[str, Any] = {
    "archive": {
        "id": "village",
        "zone": "Europe/Helsinki",
        "name": {"en": "An illustrative archive"},
        "base_url": "http://127.0.0.1:8000",
        "languages": ["en"],
    },
    "communities": [{"id": "village", "name": {"en": "The village"}}],
    "default_condition": "public",
    "schemas": ["core"],
    "wiki": {"driver": "embedded"},
    "register": {"url": "sqlite:///register.db"},
    "projection": {"url": "sqlite:///projection.db"},
}
PROTOCOLS: tuple[dict[str, Any], ...] = (
    {"id": "elders", "community": "village", "name": {"en": "Elders"}, "release": "one-steward"},
    {
        "id": "everyone",
        "community": "village",
        "name": {"en": "Everyone"},
        "release": "one-steward",
        "mode": "open",
    },
)


@dataclass
class Village:
    """The archive's folder, and what is done with it."""

    folder: Path

    def run(self, *words: str) -> Result:
        """A command, as it is typed."""
        return CliRunner().invoke(main, [*words, "--archive", str(self.folder)])

    def answer(self, *words: str) -> Any:
        """What a command answers as JSON, whatever its exit code."""
        result = self.run(*words, "--format", "json")
        assert result.stdout, result.output
        return json.loads(result.stdout)

    def done(self, *words: str) -> Result:
        """A command that has to succeed."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result

    def write(self, **more: Any) -> None:
        """Write the manifest anew, with more in it."""
        (self.folder / "archive.yaml").write_text(yaml.safe_dump({**MANIFEST, **more}, sort_keys=False))

    def follow(self, url: str, *projects: str) -> None:
        """Follow projects of a Hub."""
        key = self.folder / "hub-key"
        key.write_text(KEY)
        key.chmod(0o600)
        self.write(local_contexts={"url": url, "api_key": "file:hub-key", "projects": list(projects)})

    def record(self, label: str, *says: tuple[str, str], access: Iterable[str] = (), live: bool = True) -> str:
        """A record that says these things, by slugs, brought level and released as it says; returns its id."""
        controls = [("community", "village"), ("record-state", "live" if live else "draft")]
        controls += [("access-condition", text) for text in access]
        with open_archive(self.folder) as archive, archive.wiki() as wiki:
            ids = archive.ids.properties
            statements = [_statement(ids[slug], text) for slug, text in [*controls, *says]]
            terms = {"labels": {"en": {"language": "en", "value": label}}}
            data = {**terms, "claims": encode_statements(statements)}
            id_ = wiki.editor.create("item", data, "a record", new_marker()).id
            archive.projection.sync(wiki.client)
            if live:
                archive.register.releases.propose(waiting(archive.projection.governance([id_])[id_]), by="Aino")
        return id_

    def concerns(self, suspicion: str | None = None) -> list[tuple[str, str, str]]:
        """What the linter says, of one kind or at all: (severity, about, words)."""
        found = self.answer("protocol", "lint")["concerns"]
        return [
            (each["severity"], each["about"], each["words"])
            for each in found
            if suspicion is None or each["suspicion"] == suspicion
        ]


def make(folder: Path) -> Village:
    """The archive, with its schema in its wiki, a steward, and an elder."""
    village = Village(folder)
    folder.mkdir()
    village.write()
    for protocol in PROTOCOLS:
        place = folder / "protocols" / protocol["id"]
        place.mkdir(parents=True)
        (place / "protocol.yaml").write_text(yaml.safe_dump(protocol, sort_keys=False))
    village.done("schema", "apply", "--yes")
    for group, by in {"village": "host", "elders": "Aino", "everyone": "Aino"}.items():
        village.done("member", "add", "Aino", group, "--role", "steward", "--by", by)
    village.done("member", "add", "Ole", "elders", "--by", "Aino")
    village.done("sync")
    return village


def copy(village: Village, folder: Path) -> Village:
    """The archive once more, in a folder of its own."""
    return Village(Path(shutil.copytree(village.folder, folder)))


def _statement(property_id: str, text: str) -> Statement:
    return Statement("", Snak(property_id, SnakKind.VALUE, DataValue("string", text)))
