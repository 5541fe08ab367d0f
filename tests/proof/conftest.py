"""One planted archive for all sweeps of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commarchive.gateway import Services
from commarchive.gateway.opening import services_with
from commarchive.proof.personas import Assumed
from commarchive.proof.planted import Planted, planted


@pytest.fixture(scope="session")
def aviary(tmp_path_factory) -> Iterator[Planted]:
    with planted(tmp_path_factory.mktemp("aviary")) as made:
        yield made


@pytest.fixture(scope="session")
def aviary_services(aviary) -> Services:
    archive = aviary.archive
    return services_with(archive.manifest, archive.ids, archive.projection, Assumed(archive.register, None))
