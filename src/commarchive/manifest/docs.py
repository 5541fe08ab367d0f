"""The page on the files of an archive, made of the annotated reference and the descriptions in the JSON Schemas.

Knows: how the page reads. Must not know: anything that those two do not say. `python -m commarchive.manifest.docs`
writes the page to stdout; it is kept as `docs/reference/manifest.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from commarchive.manifest.checked import JsonSchema, one_of, shipped_schema

REFERENCE: Final = Path(__file__).parent / "reference"

SECTIONS: Final = {
    "archive": "archive.yaml",
    "protocol": "protocols/elders/protocol.yaml",
    "examples": "protocols/elders/examples.yaml",
    "pack": "schemas/songs/pack.yaml",
    "properties": "schemas/songs/properties.yaml",
    "items": "schemas/songs/items.yaml",
}
"""Section of the page, which is also the name of a JSON Schema → its file in the reference."""

_KINDS: Final = {
    "id": "id",
    "ids": "list of ids",
    "texts": "text by language",
    "term_texts": "text by language",
    "alias_lists": "list of texts by language",
    "condition": "condition",
    "secret": "`env:NAME` or `file:path`",
    "uuids": "list of UUIDs",
    "web_address": "address",
    "uris": "list of addresses",
    "day": "month and day",
    "language": "language code",
}
_INTRODUCTION: Final = """\
# The files of an archive

*For communities and facilitators.* What can stand in the files that a community owns.

<!-- Made by `python -m commarchive.manifest.docs`; change the annotated reference or the JSON Schemas instead. -->

`commarchive init` writes a commented set of them, `commarchive check` says what is wrong with them and where, and
`commarchive manifest docs` shows this page. The examples below are one archive, invented, which `commarchive check`
finds nothing wrong with.

- An unknown key is a mistake, and so is a key that stands twice.
- Files are YAML in UTF-8. Words that programs read in different ways (`no`, `on`, `2031-01-05`, `12:30`) are put in
  quotes. Tags, anchors and merge keys are not used.
- A secret never stands in a file: `env:NAME` names a variable of the environment, `file:path` a file that only its
  owner may read.
- A condition says who may see something: `public`, `stewards`, `members`, the id of a protocol, `stewards(elders)`,
  `after(2031-01-01)`, `before(2031-01-01)`, and `all(…)` and `any(…)` of such.
- Places below are written as findings write them: `archive/zone` is `zone` in `archive`; `…` stands for each entry of
  a list, `<slug>` for each key of a mapping.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that a file may have: its place, and what its JSON Schema says of it."""

    steps: tuple[str, ...]
    schema: JsonSchema
    kind: str
    required: bool


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([_INTRODUCTION, *(section(name) for name in SECTIONS)])


def section(name: str) -> str:
    """One section of the page, as Markdown.

    Raises:
        KeyError: there is no such section.
    """
    example = (REFERENCE / SECTIONS[name]).read_text("utf-8").rstrip("\n")
    schema = shipped_schema(name)
    rows = [_row(key) for key in keys_of(schema)]
    return "\n".join(
        [
            f"## `{schema['title']}`",
            "",
            schema["description"],
            "",
            "```yaml",
            example,
            "```",
            "",
            "| Key | What stands there | Unless said | Meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def keys_of(schema: JsonSchema) -> Iterator[Key]:
    """Every key that a file of this schema may have, from the outside in."""
    yield from _keys(schema, schema, ())


def _keys(schema: JsonSchema, root: JsonSchema, steps: tuple[str, ...]) -> Iterator[Key]:
    for name, below in schema.get("properties", {}).items():
        whole, kind = _resolved(below, root)
        place = (*steps, name)
        yield Key(place, whole, kind, name in schema.get("required", ()))
        if not kind or kind == "list":
            yield from _keys(whole, root, place)
        if "object" in str(whole.get("items", {}).get("type", "")):
            yield from _keys(whole["items"], root, (*place, "…"))
        entries = whole.get("additionalProperties")
        if isinstance(entries, dict) and "properties" in entries:
            yield from _keys(entries, root, (*place, "<slug>"))


def _resolved(schema: JsonSchema, root: JsonSchema) -> tuple[dict[str, Any], str]:
    """The schema with what it refers to, and the kind of value in words; empty words for a mapping of keys."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    whole = {**root["$defs"].get(name, {}), **schema} if name else dict(schema)
    if name in _KINDS:
        return whole, _KINDS[name]
    if "enum" in whole:
        return whole, "one of " + ", ".join(f"`{word}`" for word in whole["enum"])
    kinds = [whole["type"]] if isinstance(whole["type"], str) else whole["type"]
    match kinds[0]:
        case "object":
            return whole, ""
        case "array":
            items, kind = _resolved(whole["items"], root)
            return whole, f"list of {kind}s" if kind and items.get("type") == "string" else "list"
        case "integer":
            return whole, f"number, {whole['minimum']} to {whole['maximum']}"
        case "boolean":
            return whole, "`true` or `false`"
    return whole, "text"


def _row(key: Key) -> str:
    kind = key.kind or "mapping"
    default = "needed" if key.required else _default(key.schema)
    cells = (f"`{'/'.join(key.steps)}`", kind, default, key.schema["description"])
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(schema: JsonSchema) -> str:
    if "default" not in schema:
        return ""
    match schema["default"]:
        case None | []:
            return "none"
        case list(values):
            return one_of(values)
        case dict(values):
            return ", ".join(f"`{key}: {value}`" for key, value in values.items())
        case value:
            return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    sys.stdout.write(page())
