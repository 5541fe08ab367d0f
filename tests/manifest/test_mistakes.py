"""A table of mistakes: each file in `bad/` breaks the reference archive and lists every finding that must follow.

To add a case, add a file: `patches` (replace one text by another, or give or remove a file's `content`), `findings`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from commarchive.errors import ManifestError
from commarchive.manifest import load_manifest

CASES = sorted((Path(__file__).parent / "bad").glob("*.yaml"))


def broken(archive: Path, case: Path) -> dict[str, Any]:
    mistake: dict[str, Any] = yaml.safe_load(case.read_text("utf-8"))
    for patch in mistake["patches"]:
        path = archive / patch["file"]
        if "replace" in patch:
            text = path.read_text("utf-8")
            assert patch["replace"] in text, f"the reference no longer says {patch['replace']!r}"
            path.write_text(text.replace(patch["replace"], patch["with"], 1), "utf-8")
        elif patch["content"] is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(patch["content"], "utf-8")
    return mistake


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_mistake_is_found_and_its_place_is_named(archive, case):
    mistake = broken(archive, case)
    with pytest.raises(ManifestError) as raised:
        load_manifest(archive)
    assert [str(finding) for finding in raised.value.findings] == mistake["findings"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_finding_names_a_line_that_is_there(archive, case):
    broken(archive, case)
    with pytest.raises(ManifestError) as raised:
        load_manifest(archive)
    for finding in raised.value.findings:
        path = archive / finding.file
        if path.exists():
            assert 1 <= finding.line <= len(path.read_text("utf-8").splitlines())
        else:
            assert finding.message == "the file is missing"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_findings_are_worded_as_all_messages_are(archive, case):
    broken(archive, case)
    with pytest.raises(ManifestError) as raised:
        load_manifest(archive)
    for finding in raised.value.findings:
        for words in filter(None, (finding.message, finding.expected)):
            # Our own words; those in backticks are the user's.
            own = re.sub(r"`[^`]*`", "``", words)
            assert not own.endswith(".")
            assert own[0] == own[0].lower() or own.startswith(("SQLite", "Wikibase", "Label"))


def test_the_table_is_as_long_as_it_has_to_be():
    assert len(CASES) >= 30


def test_all_mistakes_of_all_files_are_told_at_once(archive):
    for file, wrong in {
        "protocols/elders/protocol.yaml": "mode: strict",
        "protocols/elders/examples.yaml": "decision: deny",
        "schemas/songs/items.yaml": "class: false",
        "archive.yaml": "approvals: 2",
    }.items():
        path = archive / file
        path.write_text(path.read_text("utf-8").replace(wrong, wrong.partition(":")[0] + ": 0.5"), "utf-8")
    with pytest.raises(ManifestError) as raised:
        load_manifest(archive)
    assert {finding.file for finding in raised.value.findings} == {
        "archive.yaml",
        "protocols/elders/examples.yaml",
        "protocols/elders/protocol.yaml",
        "schemas/songs/items.yaml",
    }
    assert len([finding for finding in raised.value.findings if finding.path.endswith("decision")]) == 4
