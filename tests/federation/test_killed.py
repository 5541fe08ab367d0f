"""Killed at any moment, a run goes on where it ended; two runs never go at the same time."""

from __future__ import annotations

import multiprocessing
import random
from pathlib import Path

import pytest

from commarchive.errors import ConflictError
from commarchive.federation.plan import read_plan

from .child import carry_out, carry_out_slowly
from .words import amount, entity, item, statement
from .world import COUNTRY, FINLAND, HEIGHT, NORWAY, NOTE, World, copy_world, open_world

KILLS = 20
SEED = 20270115
RECORDS = [f"Q{number}" for number in range(40, 46)]
BASE = "http://www.wikidata.org/entity/"


@pytest.fixture(scope="module")
def processes():
    """Starts processes that have everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.federation.child"])
    return context


@pytest.fixture(scope="module")
def planned(settled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an approved plan: items to be made, items of others, equal statements, a correction of our own."""
    folder = copy_world(settled, tmp_path_factory.mktemp("planned") / "world")
    with open_world(folder) as world:
        theirs = statement("Q6000", "P17", item("Q33"), references=((("P854", "https://other.example"),),))
        world.there.put(entity("Q6000", theirs, labels={"en": "theirs"}))
        world.element("Q46", statement("Q46", HEIGHT, amount("+3")), qid="Q5000", labels={"en": "changed"})
        world.publish()
        world.element("Q46", statement("Q46", HEIGHT, amount("+4")), qid="Q5000", labels={"en": "changed"})
        world.element("Q47", (COUNTRY, item(FINLAND)), (NOTE, "x"), qid="Q6000", labels={"en": "theirs"})
        for id_ in RECORDS:
            world.element(id_, (COUNTRY, item(NORWAY)), (NOTE, id_), qid=None, labels={"en": f"Element {id_}"})
        plan = world.plan()
        world.approve(plan)
        plan.path.rename(folder / "plan")
    return folder


def outcome(world: World) -> object:
    """What stands there and what the ledger says of it, ids, revisions and times aside."""
    world.ledger.verify()
    assert world.ledger.under_way() == []
    made = world.ledger.items(BASE, RECORDS)
    assert len(made) == len(RECORDS)
    namesakes = [world.target().called(f"Element {id_}", "en") for id_ in RECORDS]
    said = {}
    for record, id_ in {**made, "Q46": "Q5000", "Q47": "Q6000"}.items():
        claims = [claim for group in world.standing(id_)["claims"].values() for claim in group]
        said[record] = sorted(
            (c["mainsnak"]["hash"], c["rank"], [r["hash"] for r in c.get("references", ())]) for c in claims
        )
    ours = {
        record: sorted((c.row.statement, str(c.ours.mode), sorted(c.ours.references)) for c in past.contributions())
        for record, past in world.federation.pasts([*RECORDS, "Q46", "Q47"]).items()
    }
    return [len(found) for found in namesakes], said, ours, world.verify().findings, world.plan().counts.edits


def run(processes, folder: Path, kill_at: int) -> int | None:
    """How many moments the run had; None when it was killed."""
    ours, theirs = processes.Pipe()
    process = processes.Process(target=carry_out, args=(folder, folder / "plan", kill_at, theirs))
    process.start()
    theirs.close()
    process.join(120)
    try:
        moments: int = ours.recv()
    except EOFError:
        assert process.exitcode == -9
        return None
    assert process.exitcode == 0
    return moments


def test_killed_at_any_moment_it_goes_on_as_if_nothing_had_happened(planned: Path, processes, tmp_path: Path):
    undisturbed = copy_world(planned, tmp_path / "undisturbed")
    moments = run(processes, undisturbed, 0)
    assert moments is not None
    assert moments > 100
    with open_world(undisturbed) as world:
        expected = outcome(world)
    chosen = random.Random(SEED)
    kills, tries = 0, 0
    while kills < KILLS:
        tries += 1
        folder = copy_world(planned, tmp_path / f"killed-{tries}")
        # Killed again while it recovers, too.
        for _ in range(2):
            kills += run(processes, folder, chosen.randint(1, moments)) is None
        assert tries <= KILLS, "the process hardly ever lives long enough to be killed"
        with open_world(folder) as world:
            world.apply(read_plan(folder / "plan"))
            assert outcome(world) == expected


def test_two_runs_do_not_go_at_the_same_time(planned: Path, processes, tmp_path: Path):
    folder = copy_world(planned, tmp_path / "twice")
    ours, theirs = processes.Pipe()
    process = processes.Process(target=carry_out_slowly, args=(folder, folder / "plan", theirs))
    process.start()
    theirs.close()
    assert ours.recv() == "in the middle"
    with open_world(folder) as world:
        plan = read_plan(folder / "plan")
        with pytest.raises(ConflictError, match="another run is under way"):
            world.apply(plan)
        assert not world.recorder.writes
    ours.send("go on")
    assert ours.recv() == "done"
    process.join(60)
    with open_world(folder) as world:
        assert world.apply(plan).sent == []
        outcome(world)
