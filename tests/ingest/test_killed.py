"""The process is killed at twenty random moments; each time the table ends up as if nothing had happened."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
from pathlib import Path

import pytest

from commarchive.model.entity import Entity, Snak
from commarchive.sandbox import Wiki
from tests.wikibase.embedded import OTHER, OTHER_PASSWORD, sign_in

from .child import ingest
from .conftest import Place, row

KILLS = 20


@pytest.fixture(scope="module")
def processes():
    """Starts processes that have everything imported, so that a kill strikes the work and not the start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ingest.child"])
    return context


def run(processes, folder: Path, kill_after: float | None = None) -> float | None:
    """Run an ingest, or kill it so many seconds after it began; returns how long it took, None when it was killed."""
    ours, theirs = processes.Pipe()
    process = processes.Process(target=ingest, args=(folder, theirs))
    process.start()
    theirs.close()
    assert ours.recv() == "begins"
    began = time.monotonic()
    if kill_after is not None:
        time.sleep(kill_after)
        process.kill()
    process.join(60)
    took = time.monotonic() - began
    if kill_after is None:
        assert process.exitcode == 0
    try:
        return took if ours.recv() == "ended" else None
    except EOFError:
        return None


def state_of(folder: Path, own: set[str]) -> object:
    """Records with their values, items named by their labels: all but ids, revisions and times."""
    with Wiki(folder / "wiki.db") as wiki:
        client = sign_in(wiki, OTHER, OTHER_PASSWORD).client
        found = client.entities(client.entity_ids("item"))
    items = {id_: entity for id_, entity in found.items() if isinstance(entity, Entity)}
    told = {line.strip() for line in (folder / "handed-on").read_text().splitlines()}
    assert told == items.keys() - own, "everything that was written was handed on"
    names = {id_: entity.labels["en"] for id_, entity in items.items()}
    return sorted(_shape(entity, names) for id_, entity in items.items() if id_ not in own)


def _shape(entity: Entity, names: dict[str, str]) -> tuple[object, ...]:
    def said(snak: Snak) -> str:
        id_ = snak.value.entity_id if snak.value is not None else None
        return f"{snak.property_id} {names[id_] if id_ else snak.hash}"

    statements = [
        (said(s.mainsnak), sorted(map(said, s.qualifiers)), sorted(sorted(map(said, r.snaks)) for r in s.references))
        for s in entity.statements
    ]
    terms = (sorted(entity.labels.items()), sorted(entity.descriptions.items()), sorted(entity.aliases.items()))
    return (*terms, sorted(statements))


def test_killed_at_any_moment_it_goes_on_as_if_nothing_had_happened(place: Place, processes, tmp_path):
    place.map()
    place.write(*(row(key=str(n), name=f"Song {n}") for n in range(6)))
    place.engine.dispose()
    run(processes, place.folder)
    changed = [row(key=str(n), name=f"Song {n} again", countries="Norway", text_condition="singers") for n in range(6)]
    place.write(*changed, *(row(key=str(n), name=f"Song {n}", countries="Sweden") for n in range(6, 12)))
    (place.folder / "countries.csv").write_text("name,id\nFinland,Q33\nNorway,Q20\nSweden,Q34\n")

    undisturbed = Path(shutil.copytree(place.folder, tmp_path / "undisturbed"))
    seconds = run(processes, undisturbed)
    assert seconds is not None
    own = set(place.ids.items.values())
    expected = state_of(undisturbed, own)

    moments = random.Random(20261123)
    kills, tries = 0, 0
    while kills < KILLS:
        tries += 1
        assert tries < 4 * KILLS, "the process hardly ever lives long enough to be killed"
        folder = Path(shutil.copytree(place.folder, tmp_path / f"killed-{tries}"))
        for _ in range(2):
            # Killed again while it recovers, too.
            kills += run(processes, folder, moments.uniform(0, seconds)) is None
        run(processes, folder)
        assert state_of(folder, own) == expected
