"""`commarchive schema`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commarchive.cli import main
from commarchive.deploy.locking import one_at_a_time
from commarchive.manifest.load import load_manifest
from commarchive.seeding.lockfile import LOCK_NAME
from tests.seeding.conftest import ARCHIVE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "archive.yaml").write_text(ARCHIVE)
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["schema", *words, "--archive", str(folder)])


def test_plan_apply_and_plan_again(folder):
    planned = run(folder, "plan")
    assert planned.exit_code == 4
    assert "instance-of" in planned.stdout
    assert not (folder / LOCK_NAME).exists()
    applied = run(folder, "apply", "--yes")
    assert applied.exit_code == 0, applied.output
    assert (folder / LOCK_NAME).exists()
    again = run(folder, "plan", "--format", "json")
    assert again.exit_code == 0
    assert json.loads(again.stdout) == []
    assert "had all" in run(folder, "apply").stdout


def test_apply_asks_first(folder):
    asked = run(folder, "apply")
    assert asked.exit_code == 2
    assert "--yes" in asked.stderr
    assert "85 to create" in asked.stderr
    assert not (folder / LOCK_NAME).exists()


def test_a_conflict_is_told_with_what_to_do(folder):
    (folder / LOCK_NAME).write_text("properties:\n  country: P99\n")
    for words in (["plan"], ["apply", "--yes"]):
        refused = run(folder, *words)
        assert refused.exit_code == 1
        assert "P99" in refused.stderr
        assert "restore it" in refused.stderr


def test_two_at_once_are_refused(folder):
    with one_at_a_time(folder, "ingest"):
        refused = run(folder, "apply", "--yes")
    assert refused.exit_code == 1
    assert "`ingest` is at work" in refused.stderr
    assert run(folder, "apply", "--yes").exit_code == 0


def test_packs_are_exported_as_text_and_as_files(folder):
    run(folder, "apply", "--yes")
    shown = run(folder, "export", "--format", "json")
    assert json.loads(shown.stdout)["core"]["properties"]["country"]["labels"]["fi"] == "valtio"
    assert "country:" in run(folder, "export").stdout
    assert run(folder, "export", "--out", str(folder / "schemas")).exit_code == 0
    again = load_manifest(folder)
    assert again.packs["core"].folder == folder / "schemas" / "core"
    assert run(folder, "plan").exit_code == 0
    twice = run(folder, "export", "--out", str(folder / "schemas"))
    assert twice.exit_code == 2
    assert "there already" in twice.stderr
