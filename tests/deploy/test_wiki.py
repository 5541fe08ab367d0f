"""Reaching an archive's wiki: the embedded one makes what it needs, the others are told what they lack."""

from __future__ import annotations

from pathlib import Path

import pytest

from commarchive.deploy.locking import one_at_a_time
from commarchive.deploy.wiki import SERVICE_ACCOUNT, connect
from commarchive.errors import ConflictError, UsageError
from commarchive.manifest.load import load_manifest
from commarchive.wikibase.edit import new_marker
from tests.seeding.conftest import ARCHIVE

PASSWORD = Path("secrets", "wiki-commarchive")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "archive.yaml").write_text(ARCHIVE)
    return tmp_path


def test_the_embedded_wiki_is_made_with_its_account(folder):
    with connect(load_manifest(folder)) as wiki:
        account = wiki.client.accounts([SERVICE_ACCOUNT])[SERVICE_ACCOUNT]
        assert account is not None
        assert {"custodian", "bot"} <= account.groups
        assert wiki.editor.create("item", {}, "", new_marker()).id == "Q1"
    assert (folder / PASSWORD).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (folder / PASSWORD).parent.iterdir()] == [PASSWORD.name]


def test_a_password_that_was_lost_is_chosen_anew(folder):
    with connect(load_manifest(folder)):
        first = (folder / PASSWORD).read_text()
    (folder / PASSWORD).unlink()
    with connect(load_manifest(folder)) as wiki:
        assert wiki.client.own_name() == SERVICE_ACCOUNT
    assert (folder / PASSWORD).read_text() != first


def test_a_password_that_others_may_read_is_refused(folder):
    with connect(load_manifest(folder)):
        pass
    (folder / PASSWORD).chmod(0o644)
    with pytest.raises(UsageError, match="may be read by others"), connect(load_manifest(folder)):
        pass


def test_one_command_at_a_time_works_in_an_archive(folder):
    with one_at_a_time(folder, "ingest"):
        with pytest.raises(ConflictError, match="`ingest` is at work"), one_at_a_time(folder, "schema apply"):
            pass
        with pytest.raises(ConflictError, match="`ingest` is at work"), one_at_a_time(folder, "schema apply"):
            pass
    with one_at_a_time(folder, "schema apply"):
        pass
