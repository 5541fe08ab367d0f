"""One ingest in a process of its own, as the command line runs it, which says when it begins."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from commarchive.deploy.locking import one_at_a_time
from commarchive.deploy.wiki import connect
from commarchive.ingest.intake import read_intake
from commarchive.ingest.ledger import Ledger
from commarchive.ingest.load import load_mapping
from commarchive.ingest.run import Ingest
from commarchive.manifest.load import load_manifest
from commarchive.register.engine import open_engine
from commarchive.seeding.lockfile import load_lock


def ingest(folder: Path, told: Connection) -> None:
    """Take `songs.csv` in by `songs.yaml`; hand what was written on to a file."""
    manifest, ids = load_manifest(folder), load_lock(folder)
    mapping = load_mapping(folder / "songs.yaml", manifest.schema, manifest.archive, root=folder)
    intake = read_intake(folder / "songs.csv", mapping, manifest.schema, ids, manifest.archive)

    def hand_on(written: object) -> None:
        assert isinstance(written, dict)
        with (folder / "handed-on").open("a", encoding="utf-8") as file:
            file.writelines(f"{entity}\n" for entity in written)

    with one_at_a_time(folder, "ingest"), connect(manifest) as wiki:
        engine = open_engine(manifest.register_url)
        told.send("begins")
        Ingest(intake, manifest.schema, ids, wiki.editor, Ledger(engine)).run(on_batch=hand_on)
        told.send("ended")
        engine.dispose()
