"""What is built and installed is whole: the wheel carries the data, its licence and its command."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DATA = SETTINGS["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.mark.parametrize("folder", DATA)
def test_the_wheel_carries_every_file_of(folder, wheel):
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}

    assert files
    assert {file.replace(folder, DATA[folder], 1) for file in files} <= set(wheel.namelist())


def test_the_wheel_carries_every_module_and_what_lies_beside_it(wheel):
    files = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "commarchive").rglob("*.*")}

    assert {file for file in files if "__pycache__" not in file} <= set(wheel.namelist())


def test_the_wheel_names_its_command_and_its_licence(wheel):
    (info,) = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}

    assert "commarchive = commarchive.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
    assert f"License-Expression: {SETTINGS['project']['license']}" in wheel.read(f"{info}/METADATA").decode()
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
