"""A wiki of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commarchive.sandbox import Wiki
from commarchive.wikibase.edit import WikiEditor

from .embedded import OTHER, OTHER_PASSWORD, open_wiki, sign_in


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    with open_wiki(tmp_path / "wiki.db") as opened:
        yield opened


@pytest.fixture
def editor(wiki: Wiki) -> WikiEditor:
    return sign_in(wiki)


@pytest.fixture
def colleague(wiki: Wiki) -> WikiEditor:
    """Somebody else who may edit and delete."""
    return sign_in(wiki, OTHER, OTHER_PASSWORD)
