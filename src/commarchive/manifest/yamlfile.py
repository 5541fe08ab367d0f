"""Reads a YAML file that a person wrote: plain data, the line of everything, and what to mend.

Knows: YAML's traps and which of them are refused. Must not know: what any key means.

Only what JSON could say is taken: mappings with text as keys, lists, text, numbers, `true`, `false`, `null`. Words that
YAML 1.1 reads as something else (`no`, `2031-01-05`, `12:30`, `0755`) have to be quoted, so that every program which
reads the file agrees on it. The file is walked as a stream of events, never recursively, and within limits, so that no
input can exhaust the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from commarchive.errors import Finding

LARGEST_FILE: Final = 2_000_000
"""Bytes; the largest file that is read."""
DEEPEST: Final = 40
"""How many mappings and lists may lie inside each other."""
MOST_FINDINGS: Final = 200
"""How much is told of one file at a time."""

Steps = tuple[str | int, ...]
"""Where something stands in a file: keys, and positions in lists counted from 0."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAG = "tag:yaml.org,2002:"
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+\Z")
_LONGEST_NUMBER = 18
_LONGEST_ODD = 64
_CONSTANTS: Final = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CONSTANTS_BOOLEAN: Final = {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_TRUE_WORDS: Final = frozenset({"yes", "on", "y"})
_FALSE_WORDS: Final = frozenset({"no", "off", "n"})
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*\Z"
)
_SIXTIES = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z")
_ODD_NUMBER = re.compile(
    r"[-+]?(0[0-9_]+|0o[0-7]+|0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*_[0-9_]*|[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?"
    r"|\.[0-9_]+([eE][-+]?[0-9]+)?|\.(inf|Inf|INF)|[0-9]+[eE][-+]?[0-9]+)\Z|\.(nan|NaN|NAN)\Z"
)
# Controls, and the marks that make a text read in another order than it is stored (a file that lies to its reader).
# The plain direction marks (U+200E, U+200F) and joiners stay: scripts need them.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_SECRET_KEY = re.compile(r"pass(word|phrase|wd)?|secret|token|credential|private|api.?key", re.IGNORECASE)
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read: `data` (None where it could not be), the line of every place, and what is wrong.

    `file` is relative to the archive's folder, with `/`.
    """

    file: str
    data: Any = None
    lines: dict[Steps, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def line_of(self, steps: Sequence[str | int]) -> int:
        """The line where this stands, or where the nearest thing around it does."""
        place = tuple(steps)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def finding(self, steps: Sequence[str | int], message: str, expected: str = "") -> Finding:
        """A finding about this place."""
        return Finding(self.file, self.line_of(steps), path_text(steps), message, expected)


def path_text(steps: Sequence[str | int]) -> str:
    """The place as findings name it, such as `season/from`."""
    return "/".join(str(step) for step in steps)


def shown(value: Any, steps: Sequence[str | int] = ()) -> str:
    """A value as an error may quote it: in backticks, shortened, and never one that may be a secret."""
    if may_be_secret(steps):
        return "what stands here"
    text = (
        {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)
    )
    text = re.sub(r"(?<=://)[^/\s]*@", "…@", text)
    text = _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text).replace("\n", "\\n")
    return f"`{text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + '…'}`"


def may_be_secret(steps: Sequence[str | int]) -> bool:
    """Whether the keys say that a secret might stand here."""
    return any(isinstance(step, str) and _SECRET_KEY.search(step) for step in steps)


def read_document(path: Path, *, root: Path) -> Document:
    """Read one file; whatever is wrong with it is in its findings, never raised.

    Args:
        path: the file.
        root: the archive's folder, which findings name the file from.
    """
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    try:
        if not path.is_file():
            return _unreadable(name, "the file is missing" if not path.exists() else "this is not a file")
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        return _unreadable(name, f"the file cannot be read ({(error.strerror or 'unknown reason').lower()})")
    if len(content) > LARGEST_FILE:
        return _unreadable(name, "the file is too large", f"at most {LARGEST_FILE:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unreadable(name, "the file is not UTF-8 text here", "a file saved as UTF-8", line)
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """Read the text of a file; `name` is how findings call it."""
    for number, line in enumerate(text.split("\n"), start=1):
        if unsafe := _UNSAFE.search(line.removesuffix("\r")):
            sign = f"U+{ord(unsafe.group()):04X}"
            return _unreadable(
                name, f"an invisible or control character ({sign}) stands here", "text without it", number
            )
    reader = _Reader(name)
    try:
        reader.read(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        return Document(name, None, {}, (_not_yaml(error, text, name),))
    except _Stopped:
        return Document(name, None, {}, tuple(reader.findings))
    return Document(name, reader.data, reader.lines, tuple(reader.findings))


def _not_yaml(error: yaml.MarkedYAMLError, text: str, name: str) -> Finding:
    problem = " ".join(filter(None, (error.context, error.problem)))
    mark: Any = error.problem_mark or error.context_mark
    if "stream" in problem and error.context_mark:
        # Something never ended: where it began says more than where the file does.
        mark = error.context_mark
    line = mark.line if mark else 0
    lines = text.splitlines()
    begins_with = re.match(r"\s*", lines[line]) if line < len(lines) else None
    expected = "spaces, not tabs" if begins_with and "\t" in begins_with.group() else ""
    return Finding(name, line + 1, "", f"this is not YAML: {problem}", expected)


def _unreadable(name: str, message: str, expected: str = "", line: int = 1) -> Document:
    return Document(name, None, {}, (Finding(name, line, "", message, expected),))


class _Stopped(Exception):  # noqa: N818 (never leaves this module)
    """The rest of the file is not worth reading."""


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled.

    `waits`: `key` was read and its value was not. `again`: the key was there before, so its value is read for its own
    mistakes only.
    """

    value: dict[str, Any] | list[Any]
    steps: Steps
    key: str = ""
    waits: bool = False
    again: bool = False


class _Reader:
    """Turns YAML events into data, lines and findings."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.data: Any = None
        self.lines: dict[Steps, int] = {}
        self.findings: list[Finding] = []
        self._open: list[_Open] = []
        self._documents = 0

    def read(self, events: Iterator[yaml.Event]) -> None:
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        self._stop(event, "a second document begins here", "one document in each file")
                case yaml.ScalarEvent():
                    self._refuse_extras(event)
                    self._scalar(event)
                case yaml.AliasEvent():
                    self._stop(event, f"`*{event.anchor}` refers to another place", "the content, written out")
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._refuse_extras(event)
                    self._begin(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._put(self._open.pop().value)
        if self._documents == 0:
            self.findings.append(Finding(self.name, 1, "", "the file is empty"))

    def _steps(self) -> Steps:
        """Where the next value goes."""
        if not self._open:
            return ()
        top = self._open[-1]
        return (*top.steps, len(top.value) if isinstance(top.value, list) else top.key)

    def _at_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and not self._open[-1].waits

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._open) >= DEEPEST:
            self._stop(event, "this is nested too deeply", f"at most {DEEPEST} levels")
        if self._at_key():
            self._stop(event, "a mapping or a list stands where a key should", "a key of text")
        steps = self._steps()
        self.lines.setdefault(steps, _line(event))
        self._open.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], steps))

    def _put(self, value: Any) -> None:
        if not self._open:
            self.data = value
            return
        top = self._open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            if not top.again:
                top.value[top.key] = value
            top.waits = False

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        line = _line(event)
        plain = event.implicit[0]
        if self._at_key():
            self._key(event, line, plain=plain)
            return
        steps = self._steps()
        self.lines.setdefault(steps, line)
        if unsafe := _UNSAFE.search(event.value):
            self._note(line, steps, f"an invisible or control character (U+{ord(unsafe.group()):04X}) stands here")
            self._put("")
            return
        # Where a secret stands, its form is nobody's business: that it stands here is the mistake.
        as_it_stands = not plain or may_be_secret(steps)
        value, trap = (event.value, None) if as_it_stands else _resolve(event.value)
        if trap:
            self._note(
                line, steps, f"{shown(event.value, steps)} is read in different ways by different programs", trap
            )
        self._put(value)

    def _key(self, event: yaml.ScalarEvent, line: int, *, plain: bool) -> None:
        top = self._open[-1]
        assert isinstance(top.value, dict)  # noqa: S101 (`_at_key` has just said so)
        key = event.value
        value, trap = _resolve(key) if plain else (key, None)
        if unsafe := _UNSAFE.search(key):
            self._note(line, top.steps, f"an invisible or control character (U+{ord(unsafe.group()):04X}) is in a key")
        elif plain and key == "<<":
            self._note(line, top.steps, "`<<` merges another place into this one", "the content, written out")
        elif trap or not isinstance(value, str):
            self._note(
                line,
                (*top.steps, key),
                f"the key {shown(key)} is read in different ways by different programs",
                "the key in quotes",
            )
        elif key in top.value:
            first = self.lines[*top.steps, key]
            self._note(line, (*top.steps, key), f"{shown(key)} was already given in line {first}", "each key once")
        self.lines.setdefault((*top.steps, key), line)
        top.key, top.waits, top.again = key, True, key in top.value

    def _refuse_extras(self, event: yaml.NodeEvent) -> None:
        if event.anchor is not None:
            self._stop(event, f"`&{event.anchor}` marks a place to refer to", "the content, written out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            word = "!!" + tag.removeprefix(_PLAIN_TAG) if tag.startswith(_PLAIN_TAG) else tag
            self._stop(event, f"the tag {shown(word)} is not used here", "the value alone")

    def _note(self, line: int, steps: Sequence[str | int], message: str, expected: str = "") -> None:
        self.findings.append(Finding(self.name, line, path_text(steps), message, expected))
        if len(self.findings) == MOST_FINDINGS:
            self.findings.append(
                Finding(self.name, line, "", "there is more wrong with this file than is worth telling")
            )
            raise _Stopped

    def _stop(self, event: yaml.Event, message: str, expected: str) -> None:
        steps = self._open[-1].steps if self._at_key() else self._steps()
        self._note(_line(event), steps, message, expected)
        raise _Stopped


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _resolve(word: str) -> tuple[Any, str | None]:
    """What an unquoted word means, and how it should have been written where programs disagree about that."""
    if word in _CONSTANTS:
        return None, None
    if word in _CONSTANTS_BOOLEAN:
        return _CONSTANTS_BOOLEAN[word], None
    if word.lower() in _TRUE_WORDS:
        return word, "`true`, or the word in quotes"
    if word.lower() in _FALSE_WORDS:
        return word, "`false`, or the word in quotes"
    is_whole, is_decimal = _WHOLE.match(word), _DECIMAL.match(word)
    if (is_whole or is_decimal) and len(word) <= _LONGEST_NUMBER:
        return (int(word) if is_whole else float(word)), None
    if is_whole or is_decimal or word in {"=", "<<"}:
        return word, "a plain number, or the same in quotes"
    # Longer words are no numbers to anybody, and could keep the patterns busy.
    is_short = len(word) <= _LONGEST_ODD
    if is_short and (_DATE.match(word) or _SIXTIES.match(word)):
        return word, "the same in quotes"
    if is_short and _ODD_NUMBER.match(word):
        return word, "a plain number, or the same in quotes"
    return word, None
