"""The annotated reference is example, validator input and docs page at once, and stays so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commarchive.manifest import docs, load_manifest
from commarchive.manifest.checked import shipped_schema
from commarchive.manifest.yamlfile import parse_document, read_document
from tests.manifest.conftest import REFERENCE

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "manifest.md"


def keys_in(data: Any, steps: tuple[str, ...], schema: Any) -> set[tuple[str, ...]]:
    """Keys that a file has, in the places that `docs.keys_of` names."""
    if isinstance(data, list):
        return set().union(*(keys_in(entry, (*steps, "…"), schema) for entry in data))
    if not isinstance(data, dict):
        return set()
    if steps and (*steps, "<slug>") in {key[: len(steps) + 1] for key in schema}:
        return set().union(*(keys_in(entry, (*steps, "<slug>"), schema) for entry in data.values()))
    return set().union(*({(*steps, key)} | keys_in(value, (*steps, key), schema) for key, value in data.items()))


def test_the_reference_has_no_mistake_and_needs_no_advice():
    assert load_manifest(REFERENCE).advice == ()


@pytest.mark.parametrize("name", docs.SECTIONS)
def test_every_key_that_can_stand_in_a_file_stands_in_the_reference(name):
    possible = {key.steps for key in docs.keys_of(shipped_schema(name))}
    present = keys_in(read_document(REFERENCE / docs.SECTIONS[name], root=REFERENCE).data, (), possible)
    assert possible - present == set()


@pytest.mark.parametrize("name", docs.SECTIONS)
def test_every_key_is_described(name):
    for key in docs.keys_of(shipped_schema(name)):
        assert key.schema.get("description", "").endswith("."), "/".join(key.steps)


def test_every_file_of_the_reference_is_on_the_page_or_has_a_page_of_its_own():
    shown = {REFERENCE / file for file in docs.SECTIONS.values()}
    assert set(REFERENCE.rglob("*.yaml")) - shown == {REFERENCE / "mappings" / "songs.yaml"}


def test_the_page_is_current():
    assert PAGE.read_text("utf-8") == docs.page(), (
        "run `python -m commarchive.manifest.docs > docs/reference/manifest.md`"
    )


def test_the_page_is_what_the_module_writes():
    written = subprocess.run([sys.executable, "-m", "commarchive.manifest.docs"], capture_output=True, check=True)
    assert written.stdout.decode("utf-8") == docs.page()


def test_the_examples_on_the_page_are_the_reference_itself():
    blocks = docs.page().split("```yaml\n")[1:]
    for block, file in zip(blocks, docs.SECTIONS.values(), strict=True):
        text = block.partition("```")[0]
        assert parse_document(text, file).data == read_document(REFERENCE / file, root=REFERENCE).data


def test_no_table_has_a_broken_row():
    rows = [line for line in docs.page().splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5}
