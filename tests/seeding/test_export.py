"""Packs with the names that a wiki has by now."""

from __future__ import annotations

import yaml

from commarchive.manifest.load import load_manifest
from commarchive.seeding.applying import apply
from commarchive.seeding.exporting import export
from commarchive.seeding.lockfile import Lock, load_lock, read_lock
from commarchive.seeding.state import read_state
from commarchive.wikibase.edit import new_marker
from tests.wikibase.embedded import labelled


def test_packs_are_exported_with_the_wikis_names_and_are_packs_again(shipped, editor, colleague, folder):
    apply(shipped, editor, folder)
    colleague.edit(load_lock(folder).properties["country"], labelled(en="state", fi=""), "", marker=new_marker())
    state = read_state(editor.client, shipped, read_lock(folder))
    packs = export(shipped, state, read_lock(folder))
    assert list(packs) == ["core", "living-heritage"]
    for name, content in packs.items():
        place = folder / "schemas" / name
        place.mkdir(parents=True)
        requires = ["core"] if name != "core" else []
        (place / "pack.yaml").write_text(yaml.safe_dump({"id": name, "name": {"en": name}, "requires": requires}))
        for kind in ("properties", "items"):
            (place / f"{kind}.yaml").write_text(yaml.safe_dump({kind: content[kind]}, allow_unicode=True))
    again = load_manifest(folder).schema
    assert again.properties["country"].labels == {"en": "state", "fr": "pays"}
    assert {**again.properties, "country": None} == {**shipped.properties, "country": None}
    assert again.items == shipped.items


def test_what_has_no_entity_yet_is_exported_as_the_pack_has_it(schema, editor, folder):
    state = read_state(editor.client, schema, Lock())
    packs = export(schema, state, Lock())
    assert packs["core"]["properties"]["country"]["labels"] == schema.properties["country"].labels
    assert packs["core"]["items"]["place"]["class"] is True
