"""One world for all tests of the gateway that only read; those that change something make their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.world import World, world


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("archive")) as made:
        yield made


@pytest.fixture
def own(tmp_path) -> Iterator[World]:
    """A world that the test may change."""
    with world(tmp_path) as made:
        yield made
