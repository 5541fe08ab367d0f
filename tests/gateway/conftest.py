"""One world for all tests of the gateway that only read; those that change something make their own."""

from __future__ import annotations

import pytest

from tests.world import World, world


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> World:
    with world(tmp_path_factory.mktemp("archive")) as made:
        yield made
