"""A world that is settled once and copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .words import entity
from .world import THERE_FIDDLING, World, copy_world, open_world


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("settled") / "world"
    folder.mkdir()
    with open_world(folder) as world:
        world.settle()
        world.there.put(entity(THERE_FIDDLING, labels={"en": "fiddling"}))
    return folder


@pytest.fixture
def world(settled: Path, tmp_path: Path) -> Iterator[World]:
    with open_world(copy_world(settled, tmp_path / "world")) as opened:
        yield opened
