"""Holds a file against a JSON Schema and says in words what to mend.

Knows: JSON Schema (draft 2020-12), near matches. Must not know: what the files of an archive are.

A schema may help the words along: `x-expected` stands in findings as what would be right ("an id, such as `elders`"),
and `x-message`, beside a pattern, as what is wrong.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

import jsonschema
from jsonschema.exceptions import ValidationError, best_match

from commarchive.manifest.yamlfile import (
    MOST_FINDINGS,
    Document,
    Steps,
    parse_document,
    path_text,
    read_document,
    shown,
)

JsonSchema = Mapping[str, Any]

_TYPE_NAMES: Final = {
    "object": "a mapping of keys to values",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "null": "nothing",
}
_SCHEMAS = Path(__file__).parent / "schemas"


@dataclass(frozen=True, slots=True)
class Checked(Document):
    """A file that was held against its schema; `findings` has everything that is wrong with it.

    `data` may be used only where there are no findings; where there are some it is None or not what the schema says.
    """

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def load_checked(path: Path, schema: JsonSchema, *, root: Path) -> Checked:
    """Read a YAML file and hold it against a JSON Schema; what is wrong is in the findings, never raised.

    Args:
        path: the file.
        schema: draft 2020-12; `additionalProperties: false` is taken for granted nowhere, so say it.
        root: the archive's folder, which findings name the file from.
    """
    return check_document(read_document(path, root=root), schema)


def parse_checked(text: str, schema: JsonSchema, *, name: str) -> Checked:
    """Hold the text of a YAML file against a JSON Schema; `name` is how findings call the file."""
    return check_document(parse_document(text, name), schema)


def check_document(document: Document, schema: JsonSchema) -> Checked:
    """Hold a file that was read against a JSON Schema."""
    findings = list(document.findings)
    if document.lines:
        known = {finding.path for finding in findings}
        for steps, message, expected in _violations(document.data, schema):
            if path_text(steps) not in known:
                findings.append(document.finding(steps, message, expected))
    unique = sorted(dict.fromkeys(findings), key=lambda finding: (finding.line, finding.path, finding.message))
    return Checked(document.file, document.data, document.lines, tuple(unique))


@cache
def shipped_schema(name: str) -> JsonSchema:
    """A JSON Schema that ships, by the name of its file, such as `archive` or `protocol`."""
    common, own = (json.loads((_SCHEMAS / f"{each}.json").read_text("utf-8")) for each in ("common", name))
    return {**own, "$defs": {**common["$defs"], **own.get("$defs", {})}}


def near_match(word: str, words: Collection[str]) -> str | None:
    """The word that was most likely meant, if one is near."""
    folded = {known.casefold(): known for known in words}
    found = difflib.get_close_matches(word.casefold(), folded, n=1)
    return folded[found[0]] if found else None


def one_of(words: Collection[str], word: Any = None) -> str:
    """What would be right where one of some words is: the one that was likely meant, else the words."""
    if isinstance(word, str) and (near := near_match(word, words)):
        return f"`{near}`"
    listed = [f"`{known}`" for known in sorted(words)]
    return ", ".join(listed[:20]) + (", …" if len(listed) > 20 else "")


_Violation = tuple[Steps, str, str]


def _violations(data: Any, schema: JsonSchema) -> Iterator[_Violation]:
    errors = jsonschema.Draft202012Validator(schema).iter_errors(data)
    return islice((violation for error in errors for violation in _told(error)), MOST_FINDINGS)


def _told(error: ValidationError) -> Iterator[_Violation]:
    """One violation as (place, message, what would be right); some are several."""
    instance, rule = cast("Any", error.instance), cast("Any", error.validator_value)
    schema: JsonSchema = error.schema if isinstance(error.schema, Mapping) else {}
    steps: Steps = tuple(error.absolute_path)
    if list(error.absolute_schema_path)[-2:-1] == ["propertyNames"]:
        right = one_of(rule, instance) if error.validator == "enum" else str(schema.get("x-expected", ""))
        yield (*steps, instance), f"{shown(instance)} cannot be a key here", right
        return
    match error.validator:
        case "additionalProperties" if rule is False:
            yield from _unknown_keys(instance, schema, steps)
        case "required":
            yield from _missing_keys(instance, rule, schema, steps)
        case "anyOf" | "oneOf" if (likeliest := best_match([error])) is not None and likeliest is not error:
            yield from _told(likeliest)
        case _:
            yield steps, *_wrong_value(str(error.validator), rule, instance, schema, steps)


def _wrong_value(keyword: str, rule: Any, instance: Any, schema: JsonSchema, steps: Steps) -> tuple[str, str]:
    expected = str(schema.get("x-expected", ""))
    value = "what stands here" if isinstance(instance, dict | list) else shown(instance, steps)
    match keyword:
        case "type":
            return _wrong_type(instance, rule, steps, expected)
        case "enum" | "const":
            words = [str(word) for word in (rule if keyword == "enum" else [rule]) if word is not None]
            return f"{value} is not possible here", one_of(words, instance)
        case "pattern":
            return str(schema.get("x-message", f"{value} has the wrong shape")), expected
        case "minProperties" | "minItems" | "minLength" if rule == 1:
            return "this is empty", expected or "at least one"
        case "maxProperties" | "maxItems" | "maxLength":
            unit = "characters" if keyword == "maxLength" else "entries"
            return f"this is too long ({len(instance)} {unit})", f"at most {rule}"
        case "minimum" | "maximum":
            return f"{value} is too {'small' if keyword == 'minimum' else 'large'}", expected or _range(schema)
        case "uniqueItems":
            return "something stands here twice", expected or "each entry once"
    return f"{value} is not possible here", expected or f"{keyword} {rule}"


def _range(schema: JsonSchema) -> str:
    bounds = [f"at least {schema['minimum']}"] if "minimum" in schema else []
    return " and ".join(bounds + ([f"at most {schema['maximum']}"] if "maximum" in schema else []))


def _unknown_keys(instance: Mapping[str, Any], schema: JsonSchema, steps: Steps) -> Iterator[_Violation]:
    known = schema.get("properties", {})
    patterns = [re.compile(pattern) for pattern in schema.get("patternProperties", {})]
    for key in instance:
        if key not in known and not any(pattern.search(key) for pattern in patterns):
            yield (*steps, key), f"unknown key {shown(key)}", one_of(known, key)


def _missing_keys(
    instance: Mapping[str, Any], required: Sequence[str], schema: JsonSchema, steps: Steps
) -> Iterator[_Violation]:
    known = schema.get("properties", {})
    # A misspelt key is reported once, where it stands.
    meant = {near_match(key, known) for key in instance if key not in known}
    for key in required:
        if key not in instance and key not in meant:
            description = known.get(key, {}).get("x-expected") or known.get(key, {}).get("description", "")
            sentence = str(description).partition(". ")[0].removesuffix(".")
            yield steps, f"`{key}` is missing", sentence[:1].lower() + sentence[1:]


def _wrong_type(instance: Any, rule: str | Sequence[str], steps: Steps, expected: str) -> tuple[str, str]:
    types = [rule] if isinstance(rule, str) else [name for name in rule if name != "null"]
    right = expected or " or ".join(_TYPE_NAMES[name] for name in types)
    match instance:
        case None:
            return "nothing is written here", right
        case dict():
            return "a mapping of keys to values stands here", right
        case list():
            return "a list stands here", right
        case str():
            return f"{shown(instance, steps)} is text", right
        case bool() if types == ["string"]:
            return f"{shown(instance, steps)} is not text", "the same in quotes"
        case int() | float() if types == ["string"]:
            return f"{shown(instance, steps)} is a number", expected or "text, so put it in quotes"
    return f"{shown(instance, steps)} is not possible here", right
