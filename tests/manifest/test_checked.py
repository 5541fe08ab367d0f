"""Files held against a JSON Schema: every violation in words, with its place."""

from __future__ import annotations

import pytest

from commarchive.manifest import load_checked, parse_checked
from commarchive.manifest.checked import near_match, one_of, shipped_schema

SCHEMA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5, "description": "What it is called. Never empty."},
        "kind": {"enum": ["song", "dance", None]},
        "only": {"const": "this"},
        "count": {"type": "integer", "minimum": 1},
        "few": {"type": "integer", "maximum": 3, "x-expected": "a few"},
        "list": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True, "items": {"type": "number"}},
        "flag": {"type": "boolean"},
        "map": {"type": "object", "propertyNames": {"enum": ["one", "two"]}, "minProperties": 1},
        "either": {"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"a": {"type": "integer"}}}]},
        "code": {"type": "string", "pattern": "^[a-z]+$", "x-expected": "small letters", "x-message": "this is off"},
        "signs": {"type": "object", "patternProperties": {"^x-": {}}, "additionalProperties": False},
        "more": {"type": "object", "dependentRequired": {"a": ["b"]}},
        "maybe": {"type": ["object", "null"]},
    },
}


def told(text: str) -> list[str]:
    return [str(finding).removeprefix("f.yaml:") for finding in parse_checked(text, SCHEMA, name="f.yaml").findings]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("name: x\nkinds: song\n", "2: kinds: unknown key `kinds`; expected `kind`"),
        ("count: 1\n", "1: `name` is missing; expected what it is called"),
        ("nmae: x\n", "1: nmae: unknown key `nmae`; expected `name`"),
        ("name: x\nkind: sing\n", "2: kind: `sing` is not possible here; expected `song`"),
        ("name: x\nkind: zzz\n", "2: kind: `zzz` is not possible here; expected `dance`, `song`"),
        ("name: x\nonly: that\n", "2: only: `that` is not possible here; expected `this`"),
        ("name: ''\n", "1: name: this is empty; expected at least one"),
        ("name: xxxxxx\n", "1: name: this is too long (6 characters); expected at most 5"),
        ("name: 5\n", "1: name: `5` is a number; expected text, so put it in quotes"),
        ("name: true\n", "1: name: `true` is not text; expected the same in quotes"),
        ("name:\n", "1: name: nothing is written here; expected text"),
        ("name: [x]\n", "1: name: a list stands here; expected text"),
        ("name: x\ncount: 0\n", "2: count: `0` is too small; expected at least 1"),
        ("name: x\ncount: 1.5\n", "2: count: `1.5` is not possible here; expected a whole number"),
        ("name: x\ncount: many\n", "2: count: `many` is text; expected a whole number"),
        ("name: x\nfew: 4\n", "2: few: `4` is too large; expected a few"),
        ("name: x\nlist: []\n", "2: list: this is empty; expected at least one"),
        ("name: x\nlist: [1, 2, 3]\n", "2: list: this is too long (3 entries); expected at most 2"),
        ("name: x\nlist: [1, 1]\n", "2: list: something stands here twice; expected each entry once"),
        ("name: x\nlist:\n- 1\n- {a: 1}\n", "4: list/1: a mapping of keys to values stands here; expected a number"),
        ("name: x\nflag: 1\n", "2: flag: `1` is not possible here; expected `true` or `false`"),
        ("name: x\nmap:\n  tow: 1\n", "3: map/tow: `tow` cannot be a key here; expected `two`"),
        ("name: x\neither:\n  a: x\n", "3: either/a: `x` is text; expected a whole number"),
        ("name: x\ncode: A1\n", "2: code: this is off; expected small letters"),
        ("name: x\nsigns: {x-a: 1, a: 2}\n", "2: signs/a: unknown key `a`"),
        (
            "name: x\nmore: {a: 1}\n",
            "2: more: what stands here is not possible here; expected dependentRequired {'a': ['b']}",
        ),
        ("name: x\nmaybe: 1\n", "2: maybe: `1` is not possible here; expected a mapping of keys to values"),
        ("- name\n", "1: a list stands here; expected a mapping of keys to values"),
    ],
)
def test_a_violation_is_told_in_words(text, finding):
    assert told(text) == [finding]


def test_what_is_right_has_no_findings():
    checked = parse_checked("name: x\nkind: null\nlist: [1]\nmaybe: null\n", SCHEMA, name="f.yaml")
    assert checked.is_clean
    assert checked.data == {"name": "x", "kind": None, "list": [1], "maybe": None}


def test_all_violations_are_told_in_the_order_of_lines():
    assert [line.partition(":")[0] for line in told("flag: 1\ncount: 0\nkind: x\nname: ''\n")] == ["1", "2", "3", "4"]


def test_what_the_reader_refused_is_not_refused_again():
    assert told("name: x\nflag: no\n") == [
        "2: flag: `no` is read in different ways by different programs; expected `false`, or the word in quotes"
    ]


def test_a_file_with_thousands_of_violations_is_answered_soon():
    assert 1 < len(told("name: x\n" + "".join(f"key{n}: 1\n" for n in range(5_000)))) <= 200


def test_a_file_is_loaded_from_its_folder(tmp_path):
    (tmp_path / "f.yaml").write_text("name: x\nother: 1\n")
    checked = load_checked(tmp_path / "f.yaml", SCHEMA, root=tmp_path)
    assert [(finding.file, finding.line, finding.path) for finding in checked.findings] == [("f.yaml", 2, "other")]
    assert checked.line_of(["other"]) == 2


def test_a_near_match_does_not_mind_case():
    assert near_match("TK Ss", ["TK SS", "BC P"]) == "TK SS"
    assert near_match("zzz", ["TK SS"]) is None


def test_many_possibilities_are_cut_short():
    assert one_of({f"w{n:02}" for n in range(30)}).count("`") == 40


@pytest.mark.parametrize("name", ["archive", "protocol", "examples", "pack", "properties", "items"])
def test_a_shipped_schema_is_a_schema(name):
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(shipped_schema(name))
