from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commarchive.errors import UsageError
from commarchive.sandbox import Wiki, WikiSettings
from tests.sandbox.client import Client, terms

# Says on its standard output, a line at a time, what the wiki has acknowledged.
WRITER = """
import json, sys
from commarchive.sandbox import Wiki, WikiSettings
from tests.sandbox.client import Client, terms

name = sys.argv[2]
with Wiki(sys.argv[1], settings=WikiSettings(private=False)) as wiki:
    client = Client(wiki.transport())
    number = 0
    while True:
        number += 1
        label = f"{name} {number}"
        answer = client.edit({"labels": terms(en=label)}, new="item")
        entity = answer["entity"]
        sys.stdout.write(json.dumps([entity["id"], entity["lastrevid"], label]) + "\\n")
        sys.stdout.flush()
        answer = client.edit({"labels": terms(en=label + " again")}, id=entity["id"])
        sys.stdout.write(json.dumps([entity["id"], answer["entity"]["lastrevid"], label + " again"]) + "\\n")
        sys.stdout.flush()
"""
OPEN = WikiSettings(private=False)


def writer(path: Path, name: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True, env=environment, cwd=root
    )


def acknowledged(process: subprocess.Popen[str], seconds: float) -> list[tuple[str, int, str]]:
    """What the writer was told, until it is killed some time after its first edit."""
    with process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    # The last line may have been cut off in the middle; what it tells of was acknowledged all the same, but not to us.
    lines = (first + rest).splitlines(keepends=True)
    return [tuple(json.loads(line)) for line in lines if line.endswith("\n")]


def holds(client: Client, entity_id: str, revision: int, label: str) -> bool:
    answer = client.call(action="query", prop="revisions", revids=revision, rvprop="ids|content", rvslots="main")
    (page,) = answer["query"]["pages"].values()
    (row,) = page["revisions"]
    content = json.loads(row["slots"]["main"]["*"])
    return (page["title"], content["labels"]["en"]["value"]) == (f"Item:{entity_id}", label)


def test_what_was_acknowledged_outlives_a_kill_at_any_moment(tmp_path: Path):
    path = tmp_path / "wiki.db"
    told: list[tuple[str, int, str]] = []
    moments = random.Random(20260101)
    for attempt in range(4):
        told += acknowledged(writer(path, f"attempt {attempt}"), moments.uniform(0.0, 0.15))
        with Wiki(path, settings=OPEN) as wiki:
            client = Client(wiki.transport())
            assert [row for row in told if not holds(client, *row)] == []
            assert wiki._engine.store.value("PRAGMA integrity_check") == "ok"
    assert len(told) > 4
    assert len({revision for _, revision, _ in told}) == len(told)


def test_two_processes_write_the_same_wiki_and_a_third_reads_it(tmp_path: Path):
    path = tmp_path / "wiki.db"
    with Wiki(path, settings=OPEN) as wiki:
        writers = [writer(path, name) for name in ("one", "two")]
        told = [row for process in writers for row in acknowledged(process, 0.1)]
        client = Client(wiki.transport())
        assert {label.split()[0] for _, _, label in told} == {"one", "two"}
        assert [row for row in told if not holds(client, *row)] == []
        changes = client.call(action="query", list="recentchanges", rcprop="ids", rclimit="max")
        revisions = [row["revid"] for row in changes["query"]["recentchanges"]]
        assert len(set(revisions)) == len(revisions)


def test_an_edit_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "wiki.db"
    with Wiki(path, settings=OPEN) as wiki:
        client = Client(wiki.transport())
        client.item(labels=terms(en="kept"))
        store = wiki._engine.store
        insert = store.insert

        def fail_at_change(table: str, **values: object) -> int:
            if table == "change":
                raise sqlite3.OperationalError("disk I/O error")
            return insert(table, **values)

        monkeypatch.setattr(store, "insert", fail_at_change)
        answer = client.send(action="wbeditentity", token="+\\", new="item", data='{"labels": {}}')
        assert answer.status == 503
        assert answer.headers["mediawiki-api-error"] == "internal_api_error_DBQueryError"
        monkeypatch.undo()
        counts = [store.value(f"SELECT count(*) FROM {table}") for table in ("page", "revision", "change", "term")]
        assert counts == [1, 1, 1, 1]
        assert client.item() == "Q2"


def test_a_wiki_is_as_it_was_when_it_is_opened_again(tmp_path: Path):
    path = tmp_path / "wiki.db"
    with Wiki(path, settings=OPEN) as wiki:
        wiki.create_account("Admin", "secret")
        item = Client(wiki.transport()).sign_in("Admin", "secret").item(labels=terms(en="x"))
        before = Client(wiki.transport()).entity(item)
    with Wiki(path, settings=OPEN) as wiki:
        client = Client(wiki.transport()).sign_in("Admin", "secret")
        assert client.entity(item) == before
        assert client.item() == "Q2"


def test_a_file_of_something_else_is_not_touched(tmp_path: Path):
    text = tmp_path / "notes.txt"
    text.write_text("not a wiki, but somebody's notes\n" * 100)
    with pytest.raises(UsageError, match="not the file of an embedded wiki"):
        Wiki(text)
    assert text.read_text().startswith("not a wiki")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(UsageError, match="another program"):
        Wiki(other)
    with sqlite3.connect(other) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
    connection.close()


def test_a_file_of_another_version_is_refused(tmp_path: Path):
    path = tmp_path / "wiki.db"
    Wiki(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(UsageError, match="another version"):
        Wiki(path)
