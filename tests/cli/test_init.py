"""`commarchive init`: a new archive from the command line."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from commarchive.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_a_new_archive_passes_its_check(tmp_path):
    folder = str(tmp_path / "fiddlers")
    result = run(
        "init", folder, "--zone", "Europe/Helsinki", "--language", "fi", "--language", "en", "--name", "Pelimannit"
    )
    assert result.exit_code == 0, result.output
    assert "  archive.yaml\n" in result.stdout
    assert "then `commarchive check`" in result.stderr
    assert run("check", "--archive", folder).exit_code == 0


def test_the_archives_folder_is_where_it_is_written_unless_another_is_named(tmp_path, monkeypatch):
    (tmp_path / "fiddlers").mkdir()
    monkeypatch.chdir(tmp_path / "fiddlers")
    answer = json.loads(run("init", "--format", "json").stdout)
    assert answer["folder"] == str(tmp_path / "fiddlers")
    assert "archive.yaml" in answer["files"]
    assert "id: fiddlers" in (tmp_path / "fiddlers" / "archive.yaml").read_text()


def test_a_second_run_is_refused_and_changes_nothing(tmp_path):
    folder = tmp_path / "fiddlers"
    assert run("init", str(folder)).exit_code == 0
    (folder / "archive.yaml").write_text("mine")
    result = run("init", str(folder))
    assert result.exit_code == 1
    assert result.stderr.startswith("error: `.gitignore`, `README.md`, `protocols`, `archive.yaml` is in")
    assert (folder / "archive.yaml").read_text() == "mine"


def test_a_wrong_word_is_told_with_its_place(tmp_path):
    result = run("init", str(tmp_path / "fiddlers"), "--zone", "Europe/Helsinky")
    assert result.exit_code == 1
    assert "archive/zone: `Europe/Helsinky` is no time zone; expected `Europe/Helsinki`" in result.stderr
    assert list(tmp_path.iterdir()) == []
