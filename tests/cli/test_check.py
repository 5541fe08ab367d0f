"""`commarchive check`: findings, each on its line, and an exit code."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner, Result

from commarchive.cli import main
from commarchive.manifest.load import CUSTODIANS
from tests.manifest.conftest import archive

__all__ = ["archive"]


def check(*words: str) -> Result:
    return CliRunner().invoke(main, ["check", *words])


def test_a_clean_archive_exits_with_0_and_says_who_can_read_everything_all_the_same(archive):
    result = check("--archive", str(archive))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"note: {CUSTODIANS}\nnothing is wrong\n"
    assert "custodian" in CUSTODIANS
    assert "root" in CUSTODIANS


def test_each_finding_has_its_line_and_the_exit_code_is_1(archive):
    path = archive / "archive.yaml"
    path.write_text(path.read_text("utf-8").replace("approvals: 2", "approvals: 0").replace("id: fiddlers", "id: F"))
    result = check("--archive", str(archive))
    assert result.exit_code == 1
    first, second, note, count = result.stdout.splitlines()
    assert first.startswith("archive.yaml:5: archive/id: `F` has the wrong shape; expected small letters")
    assert second.startswith("archive.yaml:58: federation/approvals: `0` is too small")
    assert (note, count) == (f"note: {CUSTODIANS}", "2 findings")


def test_findings_are_json_where_that_is_asked_for(archive):
    (archive / "protocols" / "elders" / "protocol.yaml").write_text("id: elders\n")
    result = check("--archive", str(archive), "--format", "json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, answer["clean"]) == (1, "", False)
    assert answer["remarks"] == [CUSTODIANS]
    assert answer["findings"][0] == {
        "file": "protocols/elders/protocol.yaml",
        "line": 1,
        "path": "",
        "message": "`community` is missing",
        "expected": "the community that governs it, one of those in `archive.yaml`",
    }


def test_advice_is_no_finding(archive):
    path = archive / "archive.yaml"
    path.write_text(path.read_text("utf-8").replace("default_condition: stewards", "default_condition: public"))
    result = check("--archive", str(archive))
    assert result.exit_code == 0
    assert "advice: archive.yaml:22: default_condition: every live item" in result.stdout
    assert json.loads(check("--archive", str(archive), "--format", "json").stdout)["advice"][0]["line"] == 22


def test_a_folder_without_an_archive_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = check()
    assert result.exit_code == 1
    assert result.stdout.startswith("archive.yaml:1: the file is missing; expected the folder of an archive")


@pytest.mark.parametrize("format_", ["text", "json"])
def test_no_file_can_drive_the_terminal(archive, format_):
    path = archive / "archive.yaml"
    path.write_text(path.read_text("utf-8").replace("approvals: 2", 'approvals: "\\e[2J\\u202E"'))
    (archive / "protocols" / "a\x1b[2Jb").mkdir()
    (archive / "protocols" / "a\u202eb").mkdir()
    (archive / "protocols" / os.fsdecode(b"\xff")).mkdir()
    result = check("--archive", str(archive), "--format", format_)
    assert result.exit_code == 1
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
