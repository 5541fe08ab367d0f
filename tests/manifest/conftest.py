"""Archives to load: the annotated reference, as it ships, in a folder that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import commarchive.manifest

REFERENCE = Path(commarchive.manifest.__file__).parent / "reference"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REFERENCE, tmp_path / "archive"))
