"""The village of the examples, without the wiki that it publishes to, for a test to change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from commarchive.cli import main
from commarchive.resources import data_path


@pytest.fixture
def village(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(data_path("examples", "village"), tmp_path / "village"))
    manifest = folder / "archive.yaml"
    lines = manifest.read_text("utf-8").splitlines()
    manifest.write_text("\n".join(line for line in lines if not line.startswith("federation:")) + "\n", "utf-8")
    assert CliRunner().invoke(main, ["sync", "--archive", str(folder)]).exit_code == 0
    return folder
