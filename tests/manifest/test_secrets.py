"""Secrets by reference: found where they are, shown nowhere."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from pathlib import Path

import pytest
import yaml

from commarchive.errors import Finding, ManifestError
from commarchive.manifest import Secret, SecretRef, StoreConfig, load_manifest

HERE = Finding("archive.yaml", 12, "wiki/service_account/password", "")


def ref(text: str, folder: Path = Path()) -> SecretRef:
    return SecretRef.parse(text, folder=folder, finding=HERE)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("hunter2\n")
    path.chmod(0o600)
    return path


def test_a_variable_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("WIKI_PASSWORD", "hunter2")
    assert ref("env:WIKI_PASSWORD").resolve().reveal() == "hunter2"
    assert ref("env:OTHER").resolve({"OTHER": "x y"}).reveal() == "x y"


@pytest.mark.parametrize("environment", [{}, {"WIKI_PASSWORD": ""}])
def test_a_missing_variable_is_told_with_its_place(environment):
    with pytest.raises(ManifestError) as raised:
        ref("env:WIKI_PASSWORD").resolve(environment)
    assert str(raised.value) == (
        "archive.yaml:12: wiki/service_account/password: the environment has no `WIKI_PASSWORD`; "
        "expected a variable of this name, not empty"
    )


@pytest.mark.parametrize("content", ["hunter2", "hunter2\n", "hunter2\r\n"])
def test_a_file_is_read_without_the_line_break_at_its_end(kept, content):
    kept.write_text(content, newline="")
    assert ref("file:password", kept.parent).resolve().reveal() == "hunter2"
    assert ref(f"file:{kept}").resolve().reveal() == "hunter2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o610])
def test_a_file_that_others_may_use_is_refused(kept, mode):
    kept.chmod(mode)
    with pytest.raises(ManifestError, match="others may read or change") as raised:
        ref("file:password", kept.parent).resolve()
    assert f"chmod 600 {kept}" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ManifestError, match="cannot be read \\(no such file or directory\\)"):
        ref("file:password", tmp_path).resolve()


def test_a_folder_is_no_secret(tmp_path):
    with pytest.raises(ManifestError, match="is not a file"):
        ref(f"file:{tmp_path}").resolve()


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"a\x00b", b"x" * 70_000])
def test_a_file_without_a_secret_in_it_is_told(kept, content):
    kept.write_bytes(content)
    with pytest.raises(ManifestError, match="holds no secret"):
        ref("file:password", kept.parent).resolve()


@pytest.mark.parametrize("text", ["hunter2", "env:", "vault:hunter2", ":hunter2", ""])
def test_what_is_no_reference_is_refused_without_being_quoted(text):
    with pytest.raises(ManifestError) as raised:
        ref(text)
    assert "hunter2" not in str(raised.value)
    assert "`env:NAME` or `file:path`" in str(raised.value)


def test_a_secret_shows_itself_in_no_text():
    secret = Secret("hunter2")
    held = {"password": secret, "list": [secret]}
    for text in (repr(secret), str(secret), f"{secret}", f"{secret:>20}", "%s" % secret, repr(held), ascii(held)):  # noqa: UP031
        assert "hunter2" not in text
    record = logging.LogRecord("x", logging.INFO, "x", 1, "signing in with %s", (secret,), None)
    assert "hunter2" not in record.getMessage()
    assert secret.reveal() == "hunter2"


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump, yaml.dump, pickle.dumps, copy.deepcopy, copy.copy])
def test_a_secret_is_written_down_by_nothing(write):
    with pytest.raises((TypeError, yaml.representer.RepresenterError)) as raised:
        write({"password": Secret("hunter2")}) if write is not copy.copy else write(Secret("hunter2"))
    assert "hunter2" not in str(raised.value)


def test_a_database_is_connected_to_with_its_password(monkeypatch):
    monkeypatch.setenv("DB", "p@ss/word:1")
    store = StoreConfig("postgresql://me@db.internal:5432/register?sslmode=require", ref("env:DB"))
    assert store.connection_url() == "postgresql://me:p%40ss%2Fword%3A1@db.internal:5432/register?sslmode=require"
    assert "p@ss" not in repr(store)
    assert StoreConfig("sqlite:////tmp/x.db").connection_url() == "sqlite:////tmp/x.db"


def test_a_loaded_manifest_holds_references_alone(archive, monkeypatch):
    monkeypatch.setenv("REGISTER_PASSWORD", "hunter2")
    manifest = load_manifest(archive)
    assert "hunter2" in manifest.register_url
    assert "hunter2" in manifest.projection_url
    assert "hunter2" not in repr(manifest)
    assert str(manifest.register.password) == "env:REGISTER_PASSWORD"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("password: file:secrets/wiki-password", "password: CANARY"),
        ("password: file:secrets/wiki-password", "password: [CANARY]"),
        ("password: file:secrets/wiki-password", "password: {value: CANARY}"),
        ("password: file:secrets/wiki-password", "passwrod: CANARY"),
        ("password: file:secrets/wiki-password", "token: CANARY"),
        ("password: env:REGISTER_PASSWORD", "password: |\n    CANARY\n"),
        ("commarchive@database", "commarchive:CANARY@database"),
        ("internal/register", "internal/register?password=CANARY"),
        ("https://wiki.internal", "https://me:CANARY@wiki.internal"),
        ("https://wiki.internal", "http://me:CANARY@wiki.example"),
        ("https://wikibase.example", "https://me:CANARY@wikibase.example"),
        ("https://archive.example", "http://me:CANARY@archive.example"),
        ("driver: existing", "driver: https://me:x@CANARY@wiki.example"),
    ],
)
def test_a_secret_written_into_the_file_is_refused_and_not_repeated(archive, now, then):
    path = archive / "archive.yaml"
    text = path.read_text("utf-8")
    assert now in text
    path.write_text(text.replace(now, then, 1), "utf-8")
    with pytest.raises(ManifestError) as raised:
        load_manifest(archive)
    assert "CANARY" not in str(raised.value)
    assert "CANARY" not in repr(raised.value.findings)
