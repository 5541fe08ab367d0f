"""`commarchive federate`, as it is typed: from a consent to what is left when it was taken back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commarchive.cli import main
from commarchive.deploy.services import open_archive
from commarchive.policy.standing import VISITOR
from commarchive.proof import people
from commarchive.proof.demo import Demo
from commarchive.proof.stand_in import fill

AUTHOR, APPROVER = people.DATA_STEWARD, people.REVIEWER


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    demo = Demo(tmp_path_factory.mktemp("federate") / "archive")
    list(demo.prepare())
    with open_archive(demo.folder) as archive:
        fill(archive.manifest, archive.ids, demo.folder / "tables")
    return demo.folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "archive"))


@pytest.fixture
def record(folder: Path) -> str:
    """An element of the inventory that nobody has described there yet, with a consent."""
    with open_archive(folder) as archive, archive.projection.view(VISITOR) as view:
        (id_,) = view.search("Irish harping").ids
    words = ["--person", "A", "--scope", "federate:wikidata", "--basis", "a meeting", "--by", AUTHOR]
    done = CliRunner().invoke(main, ["consent", "record", id_, *words, "--archive", str(folder)])
    assert done.exit_code == 0, done.output
    return str(id_)


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["federate", *words, "--archive", str(folder)])


def test_plan_show_approve_apply_verify_retract(folder: Path, record: str):
    plan, back = str(folder / "plan.jsonl"), str(folder / "back.jsonl")
    planned = run(folder, "plan", "--out", plan, "--by", AUTHOR)
    assert planned.exit_code == 4, planned.output
    assert f"Irish harping ({record}): a new item is made there" in planned.stdout

    shown = run(folder, "show", plan)
    assert shown.exit_code == 0
    assert "agreed: nobody yet (1 needed)" in shown.stdout
    assert "For ever, whatever is decided later" in shown.stdout
    data = json.loads(run(folder, "show", plan, "--format", "json").stdout)
    assert (data["edits"], data["author"], data["needed"]) == (1, AUTHOR, 1)
    assert data["entries"][0]["edit"]["record"] == record

    assert run(folder, "apply", plan, "--by", AUTHOR, "--yes").exit_code == 3
    assert run(folder, "approve", plan, "--by", AUTHOR).exit_code == 3
    assert run(folder, "approve", plan, "--by", APPROVER).exit_code == 0
    asked = run(folder, "apply", plan, "--by", AUTHOR)
    assert asked.exit_code == 2
    assert "stays in their public history for ever" in asked.stderr

    applied = run(folder, "apply", plan, "--by", AUTHOR, "--yes")
    assert applied.exit_code == 0, applied.output
    assert "1 edits made" in applied.stdout
    assert run(folder, "plan", "--out", plan, "--by", AUTHOR).exit_code == 0
    assert "3 statements as they were" in run(folder, "verify").stdout
    assert json.loads(run(folder, "status", "--format", "json").stdout)["statements"] == 3

    withdrawn = CliRunner().invoke(main, ["consent", "withdraw", "1", "--by", AUTHOR, "--archive", str(folder)])
    assert withdrawn.exit_code == 0
    drifted = run(folder, "verify")
    assert drifted.exit_code == 4
    assert "take it back" in drifted.stdout
    explained = run(folder, "status", record, "--explain", "--by", AUTHOR)
    assert "no-consent" in explained.stdout

    assert run(folder, "retract", record, "--out", back, "--by", AUTHOR, "--why", "they asked").exit_code == 4
    assert run(folder, "approve", back, "--by", APPROVER).exit_code == 0
    assert run(folder, "apply", back, "--by", AUTHOR, "--yes").exit_code == 0
    assert json.loads(run(folder, "status", "--format", "json").stdout)["statements"] == 0
    assert "Please delete it" in run(folder, "status", "--deletions").stdout
    rows = json.loads(run(folder, "status", "--ledger", "--format", "json").stdout)
    assert {row["state"] for row in rows} == {"intended", "confirmed", "withdrawn"}


def test_a_choice_is_taken_from_the_command(folder: Path):
    with open_archive(folder) as archive, archive.projection.view(VISITOR) as view:
        (id_,) = view.search("Pansori").ids
    words = ["--person", "A", "--scope", "federate:wikidata", "--basis", "a meeting", "--by", AUTHOR]
    CliRunner().invoke(main, ["consent", "record", id_, *words, "--archive", str(folder)])
    out = str(folder / "plan.jsonl")
    asked = run(folder, "plan", "--out", out, "--by", AUTHOR)
    assert asked.exit_code == 0
    assert f"--choose {id_}=…" in asked.stdout
    chosen = run(folder, "plan", "--out", out, "--by", AUTHOR, "--choose", f"{id_}=Q900000005")
    assert chosen.exit_code == 4
    assert "the item Pansori epic chant (Q900000005) there" in chosen.stdout


WRONG = {
    "nothing to take back is said": (["retract", "--out", "x", "--by", AUTHOR], 2, "say what to take back"),
    "both some and all": (["retract", "Q1", "--all", "--out", "x", "--by", AUTHOR], 2, "say what to take back"),
    "a choice without an item": (["plan", "--out", "x", "--choose", "Q7", "--by", AUTHOR], 2, "`Q7` is no choice"),
    "no record": (["plan", "song", "--out", "x", "--by", AUTHOR], 2, "`song` is no record's id"),
    "a plan by nobody": (["plan", "--out", "x"], 3, "`host` is neither data steward nor steward"),
    "no such plan": (["show", "none.jsonl"], 1, "there is no plan"),
    "nothing published": (["retract", "Q999", "--out", "x", "--by", AUTHOR], 1, "nothing of that stands there"),
    "an explanation of nothing": (["status", "--explain", "--by", AUTHOR], 2, "`--explain` is about one record"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_and_changes_nothing(folder: Path, case: str):
    words, code, message = WRONG[case]
    result = run(folder, *words)
    assert (result.exit_code, message in result.stderr) == (code, True), result.output
    assert not (Path.cwd() / "x").exists()


def test_an_archive_that_publishes_nowhere_says_so(folder: Path):
    text = (folder / "archive.yaml").read_text()
    (folder / "archive.yaml").write_text("\n".join(line for line in text.splitlines() if "federation:" not in line))
    result = run(folder, "status")
    assert result.exit_code == 2
    assert "publishes nowhere" in result.stderr
