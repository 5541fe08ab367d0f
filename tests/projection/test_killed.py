"""Killed at any moment while it follows a wiki, an archive is narrower and never wider, and gets there all the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commarchive.errors import ClosedError
from commarchive.policy.standing import VISITOR
from commarchive.projection import Projection
from commarchive.projection.governance import waiting
from commarchive.register import Register
from commarchive.register.holds import HoldReason
from commarchive.sandbox import Wiki
from commarchive.wikibase.codec import encode_entity
from tests.archives import ARCHIVE, Clock, appoint
from tests.projection.contents import contents
from tests.projection.following import SETTINGS, follow, urls
from tests.projection.paper import ACCESS, DEPICTS, NOTE, TITLE, VOCABULARY, item, link, prop, rules, say, text

MOMENTS = 20


def put(wiki: Wiki, *entities: object) -> None:
    for entity in entities:
        wiki.put(encode_entity(entity))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive that followed its wiki, and a wiki that has moved on since: much narrower."""
    folder = tmp_path_factory.mktemp("start")
    register = Register(urls(folder)[0], ARCHIVE, clock=Clock())
    appoint(register)
    register.close()
    with Wiki(folder / "wiki.db", settings=SETTINGS) as wiki:
        put(wiki, *(prop(id_) for id_ in VOCABULARY.own))
        put(wiki, *(item(f"Q{n}", say(text(TITLE, f"title {n}")), labels={"en": f"Record {n}"}) for n in range(1, 61)))
        follow(folder, folder / "wiki.db")
        register = Register(urls(folder)[0], ARCHIVE, clock=Clock())
        projection = Projection(urls(folder)[1], register, rules())
        governed = projection.governance(f"Q{n}" for n in range(1, 61))
        register.releases.propose([entry for each in governed.values() for entry in waiting(each)], by="Aino")
        register.holds.place("Q60", HoldReason.SORROW, by="Aino", groups=["village"])
        with projection.view(VISITOR) as view:
            assert view.items().total == 59
        projection.close()
        register.close()
        closed = [text(NOTE, "x"), text(ACCESS, "elders")]
        for n in range(1, 61, 2):
            # A restriction that comes and goes, one that stays on a statement, and what depicts a held record.
            put(wiki, item(f"Q{n}", access="elders"), item(f"Q{n}", labels={"en": f"Open again {n}"}))
            put(wiki, item(f"Q{n + 1}", say(text(TITLE, "secret"), *closed, name="s"), labels={"en": f"Record {n}"}))
        put(wiki, *(item(f"Q{n}", say(link(DEPICTS, "Q60"), name="d")) for n in range(61, 80)))
    with_log_written_back(folder / "wiki.db", *(Path(url.removeprefix("sqlite:///")) for url in urls(folder)))
    return folder


def with_log_written_back(*files: Path) -> None:
    """See to it that a copy of these files is whole."""
    for file in files:
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def copied(start: Path, to: Path) -> Path:
    to.mkdir()
    for name in ("register.db", "projection.db"):
        shutil.copy(start / name, to / name)
    return to


def state(folder: Path) -> object:
    """Everything that is kept, ids and times of the register aside."""
    register = Register(urls(folder)[0], ARCHIVE, clock=Clock())
    projection = Projection(urls(folder)[1], register, rules())
    try:
        with projection.view(VISITOR):
            pass
        ids = projection.ids()
        memory = {id_: set(one.restrictions) for id_, one in register.releases.memory(ids).items()}
        return contents(projection), memory, register.holds.closed(), register.store.verify_audit().seq > 0
    finally:
        projection.close()
        register.close()


@pytest.fixture(scope="module")
def undisturbed(start: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, float]:
    """What an undisturbed round gives, and how long it takes once it has begun, in seconds."""
    folder = copied(start, tmp_path_factory.mktemp("undisturbed") / "archive")
    process = begun(folder, start)
    began = time.monotonic()
    with process:
        assert process.wait(120) == 0
    return state(folder), time.monotonic() - began


def begun(folder: Path, start: Path) -> subprocess.Popen[str]:
    """A process that follows the wiki, at the moment when it begins."""
    command = [sys.executable, "-m", "tests.projection.following", str(folder), str(start / "wiki.db")]
    paths = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths})
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_round_that_was_killed_and_repeated_ends_where_an_undisturbed_one_does(
    start: Path, tmp_path: Path, undisturbed: tuple[object, float], moment: int
) -> None:
    wanted, takes = undisturbed
    folder = copied(start, tmp_path / "archive")
    process = begun(folder, start)
    time.sleep(takes * (moment + random.Random(moment).random()) / MOMENTS)
    with process:
        process.send_signal(signal.SIGKILL)
    narrower_or_level(folder)
    follow(folder, start / "wiki.db")
    assert state(folder) == wanted


def narrower_or_level(folder: Path) -> None:
    """What was remembered when it was killed is in force in the very next view."""
    register = Register(urls(folder)[0], ARCHIVE, clock=Clock())
    projection = Projection(urls(folder)[1], register, rules())
    try:
        with projection.view(VISITOR) as view:
            public = set(view.items(limit=200).ids)
            for id_, one in register.releases.memory(projection.ids()).items():
                if any((r.target, r.value) == ("entity", "elders") for r in one.restrictions):
                    assert id_ not in public
            assert not register.holds.closed() & public
    except ClosedError:
        pass
    finally:
        projection.close()
        register.close()
