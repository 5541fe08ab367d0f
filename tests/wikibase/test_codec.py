"""Entity JSON to values and back, over the recorded answers of a real Wikibase."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commarchive.model.entity import Statement
from commarchive.wikibase.codec import decode_entity, decode_snak, encode_edit, encode_entity

RECORDINGS = Path(__file__).parents[1] / "contract" / "recordings"
PAGE_ONLY = {"pageid", "ns", "title", "lastrevid", "modified", "redirects", "nochange"}


def entities() -> list[Any]:
    """Every whole entity of format version 1 in the recordings."""
    found = []
    for path in sorted(RECORDINGS.glob("*.json")):
        recording = json.loads(path.read_text("utf-8"))
        body = recording["response"].get("json") or {}
        if (recording["request"].get("params") or {}).get("formatversion") == "2" or "entity" not in path.name + str(
            body
        ):
            continue
        whole = [*(body.get("entities") or {}).values(), body.get("entity")]
        found += [
            pytest.param(entity, id=f"{path.stem}-{entity['id']}")
            for entity in whole
            if isinstance(entity, dict) and {"labels", "descriptions", "aliases", "claims"} <= entity.keys()
        ]
    return found


ENTITIES = entities()


def unordered(data: Any) -> Any:
    """Without what only a page has; PHP's empty lists are empty maps."""
    return {key: value or {} for key, value in data.items() if key not in PAGE_ONLY}


def test_there_are_recordings():
    assert len(ENTITIES) > 10


@pytest.mark.parametrize("data", ENTITIES)
def test_what_is_decoded_is_encoded_again_hashes_included(data):
    entity = decode_entity(data)
    encoded = encode_entity(entity)
    assert unordered(encoded) == unordered(data)
    assert entity.revision == data.get("lastrevid", 0)


def test_an_item_by_its_number_alone_has_an_id():
    value = {"type": "wikibase-entityid", "value": {"entity-type": "item", "numeric-id": 42}}
    snak = decode_snak({"snaktype": "value", "property": "P1", "datavalue": value})
    assert snak.value is not None
    assert snak.value.entity_id == "Q42"


def test_an_edit_carries_no_hashes_and_names_only_what_changes():
    statement: Statement = decode_entity(
        next(p.values[0] for p in ENTITIES if "references" in json.dumps(p.values[0]))
    ).statements[0]
    data = encode_edit(statements=[statement], removed=["Q1$x"])
    assert data.keys() == {"claims"}
    assert "hash" not in json.dumps(data)
    assert data["claims"][0]["id"] == statement.id
    assert data["claims"][1] == {"id": "Q1$x", "remove": ""}
    assert encode_edit() == {}
    assert encode_edit(labels={"fi": ""}) == {"labels": {"fi": {"language": "fi", "remove": ""}}}
