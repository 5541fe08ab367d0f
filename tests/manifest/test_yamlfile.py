"""Reading YAML that a person wrote, and YAML that somebody hostile did."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from commarchive.manifest import yamlfile
from commarchive.manifest.yamlfile import LARGEST_FILE, MOST_FINDINGS, Document, parse_document, read_document, shown


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def loader(request, monkeypatch):
    """Both of PyYAML's parsers: libyaml's, and its own, which stands in where libyaml is missing."""
    monkeypatch.setattr(yamlfile, "_Loader", getattr(yaml, request.param))


def read(text: str) -> Document:
    return parse_document(text, "file.yaml")


def told(text: str) -> list[str]:
    return [str(finding) for finding in read(text).findings]


def test_plain_data_keep_the_lines_on_which_they_stand():
    document = read("a: 1\nb:\n  - x\n  - c: true\n    d: [1.5, null, ~]\n")
    assert document.data == {"a": 1, "b": ["x", {"c": True, "d": [1.5, None, None]}]}
    assert document.findings == ()
    assert document.line_of(["a"]) == 1
    assert document.line_of(["b"]) == 2
    assert document.line_of(["b", 0]) == 3
    assert document.line_of(["b", 1, "d", 2]) == 5
    assert document.line_of(["b", 1, "not there"]) == 4


@pytest.mark.parametrize("text", ["11-15", "2031-01-05T12:00", "P12: elders".replace(": ", ":"), "1.2.3", "e3", "-"])
def test_what_looks_like_a_number_to_people_alone_is_text(text):
    assert read(f"key: {text}\n").data == {"key": text} or text == "-"


AMBIGUOUS = """
    no No NO yes on off y n 2031-01-05 2031-1-5T10:00:00 12:30 190:20:30 0755 0o17 0x1F 0b11 1_000 1e3 1. .5
    .inf -.INF .nan = 12345678901234567890
"""


@pytest.mark.parametrize("word", AMBIGUOUS.split())
def test_a_word_that_programs_read_differently_has_to_be_quoted(word):
    assert told(f"key: {word}\n")[0].startswith(f"file.yaml:1: key: `{word}` is read in different ways")
    assert read(f'key: "{word}"\n').data == {"key": word}
    assert read(f"key: '{word}'\n").findings == ()


@given(st.text(st.characters(codec="ascii", exclude_characters="\r\n\t"), min_size=1, max_size=12))
def test_a_plain_word_without_a_finding_means_the_same_to_other_programs(word):
    document = read(f"key: {word}\n")
    if document.findings or document.data is None:
        return
    ours = document.data["key"]
    theirs = yaml.safe_load(f"key: {word}\n")["key"]
    assert (type(ours), ours) == (type(theirs), theirs)


@pytest.mark.parametrize("key", ["no", "yes", "1", "1.5", "null", "true", "2031-01-05", "12:30"])
def test_a_key_is_text(key):
    line = f"file.yaml:1: {key}: the key `{key}` is read in different ways by different programs"
    assert told(f"{key}: x\n") == [f"{line}; expected the key in quotes"]


@pytest.mark.parametrize("text", ["? [a]\n: b\n", "? {a: b}\n: c\n"])
def test_a_key_is_no_mapping_and_no_list(text):
    assert "stands where a key should" in told(text)[0]


def test_a_key_given_twice_names_both_lines_and_keeps_the_first():
    document = read("a: 1\nb: 2\na: {c: 3, c: 4}\n")
    assert document.data == {"a": 1, "b": 2}
    assert [str(finding) for finding in document.findings] == [
        "file.yaml:3: a: `a` was already given in line 1; expected each key once",
        "file.yaml:3: a/c: `c` was already given in line 3; expected each key once",
    ]


@pytest.mark.parametrize("text", ["a: !!str x", "a: !python/object x", "a: !!binary aGk=", "!!map {a: b}", "a: ! x"])
def test_tags_are_refused(text):
    assert "the tag `!" in told(text)[0]


@pytest.mark.parametrize("text", ["a: &x [1]\nb: *x\n", "a: &x\n  <<: *x\n", "&a b: c"])
def test_anchors_and_aliases_are_refused(text):
    assert "refer" in told(text)[0]
    assert read(text).data is None


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n# nothing\n"])
def test_an_empty_file_is_told(text):
    assert read(text).data is None


def test_a_billion_laughs_are_refused_at_the_first_of_them():
    laughs = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a, *a]\n" for n in range(50))
    assert told(laughs) == [
        "file.yaml:1: a: `&a` marks a place to refer to; expected the content, written out",
    ]


@pytest.mark.parametrize(
    "text",
    ["[" * 10_000, "{a: " * 10_000, "- " * 10_000 + "x", "a:\n" + "".join(" " * n + "a:\n" for n in range(1, 600))],
)
def test_deep_nesting_is_refused_and_soon(text):
    start = time.monotonic()
    assert any("nested too deeply" in line for line in told(text))
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff", "\ufffe"])
def test_control_and_direction_characters_are_refused_wherever_they_stand(sign):
    for text in (f"a: b\nc: x{sign}y\n", f"a: b\nx{sign}y: c\n", f"a: b\n# x{sign}y\n"):
        assert told(text) == [
            f"file.yaml:2: an invisible or control character (U+{ord(sign):04X}) stands here; expected text without it"
        ]


@pytest.mark.parametrize("escape", [r"\0", r"\u202E", r"\u2067", r"\e"])
def test_escapes_bring_no_control_characters_in(escape):
    assert "invisible or control character" in told(f'a: "x{escape}y"\n')[0]
    assert "invisible or control character" in told(f'"x{escape}y": a\n')[0]


def test_half_a_character_is_no_text():
    document = read('a: "\\ud800"\n')
    assert document.findings
    json.dumps(document.data, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("text", ["שלום\u200f", "می\u200cخواهم", "a\u00adb", "ǩiõll", "line\r\n"])
def test_what_scripts_need_stays(text):
    assert read(f"a: {text}\n").findings == ()


def test_lines_ended_as_on_windows_count_as_lines():
    assert told("a: 1\r\nb: no\r\n")[0].startswith("file.yaml:2: b:")


def test_a_second_document_is_refused():
    assert told("a: 1\n---\nb: 2\n") == [
        "file.yaml:2: a second document begins here; expected one document in each file"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: b: c\n", 1),
        ("a: 1\n b: 2\n", 2),
        ("a: 1\nb: [1, 2\n", 2),
        ("x: 1\na: 'x\nb: 1\n", 2),
        ("a: @x\n", 1),
        ("a: %x\n", 1),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(text, line):
    finding = read(text).findings[0]
    assert finding.message.startswith("this is not YAML: ")
    assert finding.line in {line, line + 1}


def test_a_tab_is_named_where_it_indents():
    assert told("a:\n\tb: 1\n")[0].endswith("expected spaces, not tabs")


@pytest.mark.parametrize("key", ["password", "api_key", "secret", "bot_password", "token"])
def test_what_may_be_a_secret_is_never_quoted(key):
    assert shown("hunter2", ["wiki", key]) == "what stands here"
    assert read(f"{key}: 0123\n").data == {key: "0123"}


def test_an_address_is_quoted_without_who_signs_in_there():
    assert shown("https://gateway:hunter2@wiki.example/x") == "`https://…@wiki.example/x`"


def test_a_long_value_is_quoted_in_part():
    assert len(shown("x" * 1000)) < 70


@pytest.mark.parametrize(
    "word",
    ["1" + "_" * 200_000 + "x", "1:" * 200_000 + "x", "1." + "0" * 200_000 + "x", "2031-01-05 " + " " * 200_000 + "x"],
    ids=["underscores", "colons", "zeros", "spaces"],
)
def test_a_long_word_is_read_soon(word):
    start = time.monotonic()
    read(f"a: {word}\n")
    assert time.monotonic() - start < 3


def test_a_file_full_of_mistakes_is_not_told_to_its_end():
    findings = read("- no\n" * 10_000).findings
    assert len(findings) == MOST_FINDINGS + 1
    assert findings[-1].message == "there is more wrong with this file than is worth telling"


def test_a_file_is_named_from_the_archives_folder(tmp_path):
    (tmp_path / "protocols").mkdir()
    path = tmp_path / "protocols" / "x.yaml"
    path.write_text("a: no\n")
    assert read_document(path, root=tmp_path).file == "protocols/x.yaml"


def test_a_file_that_is_not_there_or_is_no_file_is_told(tmp_path):
    assert read_document(tmp_path / "x.yaml", root=tmp_path).findings[0].message == "the file is missing"
    assert read_document(tmp_path, root=tmp_path).findings[0].message == "this is not a file"
    os.mkfifo(tmp_path / "pipe")
    assert read_document(tmp_path / "pipe", root=tmp_path).findings[0].message == "this is not a file"


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    path.write_text("a: b\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert read_document(path, root=tmp_path).findings[0].message == "the file cannot be read (permission denied)"


def test_a_large_file_is_refused_unread(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: b\n" * (LARGEST_FILE * 5 // 5))
    assert path.stat().st_size == 10_000_000
    start = time.monotonic()
    assert str(read_document(path, root=tmp_path).findings[0]) == (
        "x.yaml:1: the file is too large; expected at most 2,000,000 bytes"
    )
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "utf-32"])
def test_another_encoding_is_refused_with_its_line(tmp_path, encoding):
    path = tmp_path / "x.yaml"
    path.write_bytes("a: b\nc: Kylä\n".encode(encoding))
    finding = read_document(path, root=tmp_path).findings[0]
    assert "not UTF-8" in finding.message or "control character" in finding.message
    assert finding.line == 2 or encoding != "latin-1"


def test_a_byte_order_mark_at_the_start_is_no_mistake(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes("a: Kylä\n".encode("utf-8-sig"))
    assert read_document(path, root=tmp_path).data == {"a": "Kylä"}


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail(text):
    document = read(text)
    for finding in document.findings:
        assert finding.line >= 1
