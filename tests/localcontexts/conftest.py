"""A Hub that answers what a test says, and a client of it whose key lies in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commarchive.errors import Finding
from commarchive.localcontexts.hub import Hub
from commarchive.manifest.secrets import SecretRef
from tests.localcontexts.fakehub import KEY, FakeHub, serving
from tests.localcontexts.village import Village, copy, make


@pytest.fixture
def fake() -> Iterator[FakeHub]:
    with serving() as hub:
        yield hub


@pytest.fixture
def key(tmp_path: Path) -> SecretRef:
    file = tmp_path / "hub-key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    return SecretRef.parse("file:hub-key", folder=tmp_path, finding=Finding("archive.yaml", 1, "", ""))


@pytest.fixture
def hub(fake: FakeHub, key: SecretRef) -> Hub:
    return Hub(fake.url, key, "commarchive-tests/0", timeout=5)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Village:
    return make(tmp_path_factory.mktemp("made") / "village")


@pytest.fixture
def village(made: Village, tmp_path: Path) -> Village:
    return copy(made, tmp_path / "village")
