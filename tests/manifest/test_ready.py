"""The ready protocols: each can be taken up and does what its examples say; their bad siblings are found out."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from commarchive.errors import ManifestError
from commarchive.manifest.load import load_manifest
from commarchive.manifest.ready import ready_protocols
from commarchive.manifest.trying import try_examples
from commarchive.policy.lint import concerns_of_protocols
from commarchive.policy.reach import Reach
from commarchive.policy.standing import Membership, Principal, Role
from commarchive.resources import data_path

NOW = datetime(2031, 1, 15, 12, tzinfo=UTC)
FOLDER = data_path("protocols")
READY = {protocol.id: protocol for protocol in ready_protocols()}
BAD = sorted(path.parent for path in FOLDER.glob("_bad/*/expected.yaml"))
ARCHIVE = """
archive: {id: village-archive, zone: Europe/Helsinki, name: {en: A}, base_url: https://archive.example, languages: [en]}
communities: [{id: village, name: {en: A}}]
schemas: [core]
wiki: {driver: embedded}
"""


def archive_of(folder: Path, protocols: Iterable[Path]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "archive.yaml").write_text(ARCHIVE, encoding="utf-8")
    for each in protocols:
        shutil.copytree(each, folder / "protocols" / each.name, ignore=shutil.ignore_patterns("expected.yaml"))
    return folder


def test_there_is_one_for_each_of_the_usual_cases():
    assert READY.keys() == {
        "open",
        "community-members",
        "elders",
        "women",
        "men",
        "seasonal",
        "mourning",
        "family",
        "researchers",
    }


@pytest.mark.parametrize("name", READY)
def test_a_ready_protocol_can_be_taken_up_alone_and_answers_as_its_examples_say(name: str, tmp_path):
    manifest = load_manifest(archive_of(tmp_path, [READY[name].folder]))
    assert manifest.advice == ()
    tried = list(try_examples(manifest, NOW))
    assert [str(each.finding) for each in tried if not each.passed] == []
    assert {each.example.allow for each in tried} == {True, False}
    assert len(tried) >= 4


def test_all_of_them_can_be_taken_up_together(tmp_path):
    manifest = load_manifest(archive_of(tmp_path, [each.folder for each in READY.values()]))
    assert all(each.passed for each in try_examples(manifest, NOW))
    assert manifest.archive.protocols.keys() == READY.keys()


@pytest.mark.parametrize("name", READY)
def test_a_ready_protocol_is_marked_as_a_template_and_explained(name: str):
    folder = READY[name].folder
    for file in ("protocol.yaml", "examples.yaml"):
        assert (folder / file).read_text(encoding="utf-8").startswith("# A template")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "*A template for communities.*" in readme
    assert len(readme.split()) > 100
    assert f"({name}/README.md)" in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert {"en", "fi", "fr"} <= READY[name].name.keys()


def test_there_are_bad_siblings_for_each_way_of_finding_them_out():
    assert {_expected(folder)["by"] for folder in BAD} == {"check", "test", "lint"}
    assert len(BAD) >= 12
    assert sorted(path.name for path in (FOLDER / "_bad").iterdir()) == [folder.name for folder in BAD]


@pytest.mark.parametrize("folder", BAD, ids=lambda folder: folder.name)
def test_a_bad_protocol_is_found_out(folder: Path, tmp_path):
    expected = _expected(folder)
    archive = archive_of(tmp_path, [*(each.folder for each in READY.values()), folder])
    assert _findings(expected["by"], archive, folder.name) == expected["findings"]


def _expected(folder: Path):
    return yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))


def _findings(by: str, archive: Path, name: str) -> list[str]:
    if by == "check":
        with pytest.raises(ManifestError) as refused:
            load_manifest(archive)
        return [str(finding) for finding in refused.value.findings]
    manifest = load_manifest(archive)
    if by == "test":
        return [str(each.finding) for each in try_examples(manifest, NOW) if not each.passed]
    groups = [
        *manifest.archive.communities,
        *(id_ for id_ in manifest.archive.protocols if not id_.startswith("nobody")),
    ]
    people = [Principal(who, tuple(Membership(group, Role.STEWARD) for group in groups)) for who in ("one", "two")]
    return [str(concern) for concern in concerns_of_protocols(Reach(manifest.archive, people, NOW))]
