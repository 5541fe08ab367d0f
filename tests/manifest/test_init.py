"""A new archive: whole, without a mistake, or not there at all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from commarchive.errors import ConflictError, ManifestError, UsageError
from commarchive.manifest import load_manifest
from commarchive.manifest.init import NewArchive, init_archive
from commarchive.manifest.load import check_archive
from commarchive.policy import parse_condition

NEW = NewArchive("fiddlers", "Fiddlers", zone="Europe/Helsinki", languages=("fi", "en"))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_new_archive_has_no_mistake_and_needs_no_advice(tmp_path):
    files = init_archive(tmp_path / "fiddlers", NEW)
    assert set(files) == set(everything(tmp_path / "fiddlers"))
    report = check_archive(tmp_path / "fiddlers")
    assert report.findings == report.advice == ()
    manifest = load_manifest(tmp_path / "fiddlers")
    assert manifest.archive.zone == "Europe/Helsinki"
    assert manifest.archive.languages == ("fi", "en")
    assert set(manifest.archive.protocols) == {"elders", "welcome", "winter"}
    assert all(len(manifest.examples[name]) >= 2 for name in manifest.archive.protocols)


def test_nothing_but_the_archive_is_left_beside_it(tmp_path):
    init_archive(tmp_path / "fiddlers", NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["fiddlers"]


def test_a_new_folder_is_its_owners_alone(tmp_path):
    init_archive(tmp_path / "fiddlers", NEW)
    assert (tmp_path / "fiddlers").stat().st_mode & 0o077 == 0


def test_an_empty_folder_is_filled_and_stays_the_same_folder(tmp_path):
    before = tmp_path.stat().st_ino
    init_archive(tmp_path, NEW)
    assert tmp_path.stat().st_ino == before
    assert check_archive(tmp_path).findings == ()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".commarchive")]


def test_what_lies_beside_stays(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    init_archive(tmp_path, NEW)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["archive.yaml", "protocols/mine/protocol.yaml", "README.md", ".gitignore"])
def test_what_is_there_is_never_overwritten(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    before = everything(tmp_path)
    with pytest.raises(ConflictError, match=f"`{name.partition('/')[0]}` is in") as raised:
        init_archive(tmp_path, NEW)
    assert "nothing was written" in str(raised.value)
    assert everything(tmp_path) == before


def test_a_link_to_nowhere_is_not_overwritten(tmp_path):
    (tmp_path / "archive.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(ConflictError):
        init_archive(tmp_path, NEW)
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_a_second_run_is_refused(tmp_path):
    init_archive(tmp_path / "fiddlers", NEW)
    before = everything(tmp_path)
    with pytest.raises(ConflictError):
        init_archive(tmp_path / "fiddlers", NewArchive("other", "Other"))
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (NewArchive("fiddlers", "Fiddlers", zone="Europe/Nowhere"), "archive/zone"),
        (NewArchive("Fiddlers!", "Fiddlers"), "archive/id"),
        (NewArchive("fiddlers", "Fiddlers", languages=("xx",)), "archive/languages/0"),
        (NewArchive("fiddlers", "Fiddlers", base_url="http://archive.example"), "archive/base_url"),
        (NewArchive("fiddlers", "Fiddlers", community="public"), "communities/0/id"),
        (NewArchive("fiddlers", "Fiddlers", packs=("cores",)), "schemas/0"),
        (NewArchive("fiddlers", "Fid\u202edlers"), ""),
    ],
)
@pytest.mark.parametrize("exists", [True, False])
def test_a_wrong_word_is_told_and_leaves_nothing(tmp_path, wrong, path, exists):
    folder = tmp_path / "fiddlers"
    if exists:
        folder.mkdir()
    with pytest.raises(ManifestError) as raised:
        init_archive(folder, wrong)
    assert path in {finding.path for finding in raised.value.findings}
    assert [entry.name for entry in tmp_path.iterdir()] == (["fiddlers"] if exists else [])
    assert not exists or list(folder.iterdir()) == []


def test_a_move_that_fails_half_way_leaves_nothing(tmp_path, monkeypatch):
    whole = Path.rename

    def fail_at_the_manifest(self: Path, target: Path) -> Path:
        if target == tmp_path / "archive.yaml":
            raise OSError(28, "No space left on device")
        return whole(self, target)

    monkeypatch.setattr(Path, "rename", fail_at_the_manifest)
    with pytest.raises(OSError, match="No space"):
        init_archive(tmp_path, NEW)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_appears_meanwhile_is_left_alone(tmp_path, monkeypatch):
    whole = Path.rename

    def somebody_is_faster(self: Path, target: Path) -> Path:
        target.mkdir()
        (target / "archive.yaml").write_text("mine")
        return whole(self, target)

    monkeypatch.setattr(Path, "rename", somebody_is_faster)
    with pytest.raises(ConflictError, match="appeared meanwhile"):
        init_archive(tmp_path / "fiddlers", NEW)
    assert everything(tmp_path) == {"fiddlers/archive.yaml": b"mine"}


def test_the_manifest_comes_last(tmp_path, monkeypatch):
    order: list[str] = []
    whole = Path.rename

    def note(self: Path, target: Path) -> Path:
        order.append(target.name)
        return whole(self, target)

    monkeypatch.setattr(Path, "rename", note)
    init_archive(tmp_path, NEW)
    assert order[-1] == "archive.yaml"
    assert len(order) > 3


@pytest.mark.parametrize("place", ["file", "nowhere/fiddlers"])
def test_a_place_that_can_be_no_folder_is_refused(tmp_path, place):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot be a folder"):
        init_archive(tmp_path / place, NEW)


@pytest.mark.parametrize(
    "name",
    [
        "no",
        "Árran: “lea” #1",
        "it's",
        'say "hello"',
        "{x}",
        "- dash",
        "$id ${name} $$",
        "50% & more",
        "\\n",
        "日本",
        "2031-01-05",
    ],
)
def test_any_name_is_written_as_it_is(tmp_path, name):
    init_archive(tmp_path / "a", NewArchive("a", name, community_name=name, languages=("no", "en")))
    loaded = load_manifest(tmp_path / "a").archive
    assert loaded.name == loaded.communities["village"].name == {"no": name}


def test_what_is_not_told_comes_from_the_folder():
    new = NewArchive.in_folder(Path("/srv/My Archive 2"), zone=None, community="parish")
    assert (new.id, new.name, new.zone) == ("my-archive-2", "my-archive-2", "UTC")
    assert (new.community, new.community_name) == ("parish", "parish")


def test_conditions_in_the_examples_are_conditions(tmp_path):
    init_archive(tmp_path / "a", NEW)
    for examples in load_manifest(tmp_path / "a").examples.values():
        for example in examples:
            parse_condition(example.condition)


def test_databases_and_secrets_are_not_for_git(tmp_path):
    init_archive(tmp_path, NEW)
    subprocess.run(["git", "init", "-q", tmp_path], check=True, env={**os.environ, "HOME": str(tmp_path)})
    names = ["register.db", "register.db-wal", "projection.db", "wiki.db", "target.db", "secrets/wiki-password"]
    ignored = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", *names], capture_output=True, text=True, check=True
    ).stdout.split()
    assert ignored == names
