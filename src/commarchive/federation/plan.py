"""The plan's file: one JSON object a line, the same bytes for the same state, known by its SHA-256.

Knows: the file. Must not know: how a plan comes about, who may approve it, or how it is carried out.

The first line says what the plan rests on, the last one how many lines there are of each kind, so that a file that was
cut short is noticed. Every line between is an edit, or something that is left out with the reasons; so a plan of any
length is read and written line by line.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from commarchive.errors import NotFoundError, TamperedError
from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.steps import Edit

FORMAT = "commarchive-plan/1"
_SEAL = 32


class Kind(StrEnum):
    """What a plan does: send, or take back what was sent."""

    PUBLISH = "publish"
    RETRACT = "retract"


@dataclass(frozen=True, slots=True)
class Header:
    """What a plan is and what it rests on.

    `day`: ISO 8601, in the archive's zone; references say that they were looked up then. `target`: what the concept
    addresses there begin with. `policy`: digest of everything in the archive's files that decides what may go.
    `choices`: what a person chose, by id here. `whole`: records of which all is taken back. `why`: for the audit.
    """

    kind: Kind
    archive: str
    author: str
    day: str
    target: str
    policy: str
    choices: Mapping[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the plan does not do; `part` is a statement's GUID, a term, or empty for a whole record."""

    record: str
    part: str
    blocks: tuple[Block, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is in a plan."""

    edits: int = 0
    new_items: int = 0
    steps: int = 0
    left_out: int = 0

    def with_one(self, entry: Edit | LeftOut | None) -> Counts:
        """The counts with an entry more."""
        match entry:
            case Edit(item=item, steps=steps):
                return replace(
                    self, edits=self.edits + 1, new_items=self.new_items + (not item), steps=self.steps + len(steps)
                )
            case LeftOut():
                return replace(self, left_out=self.left_out + 1)
        return self


Entry = Edit | LeftOut


@dataclass(frozen=True)
class Plan:
    """A plan in a file that was read whole once: `digest` is the SHA-256 of its bytes, `seals` that of each line."""

    path: Path
    digest: str
    header: Header
    counts: Counts
    seals: bytes = field(repr=False)

    @property
    def subject(self) -> str:
        """How approvals and the audit name it."""
        return f"plan:{self.digest}"

    @property
    def batch(self) -> str:
        """How the target's edit groups name it."""
        return self.digest[:12]

    def entries(self) -> Iterator[Entry]:
        """What it does and what it leaves out, in order.

        Raises:
            TamperedError: the file is no longer what was read before; raised before anything altered is returned.
        """
        number = -1
        with self.path.open("rb") as file:
            for number, line in enumerate(file):
                if sha256(line).digest() != self.seals[number * _SEAL : (number + 1) * _SEAL]:
                    raise TamperedError(f"`{self.path}` was altered in line {number + 1}")
                entry = _entry(json.loads(line)) if number else None
                if entry is not None:
                    yield entry
        if number + 1 != len(self.seals) // _SEAL:
            raise TamperedError(f"`{self.path}` was cut short")

    def edits(self) -> Iterator[Edit]:
        """The edits, in order."""
        return (entry for entry in self.entries() if isinstance(entry, Edit))


def read_plan(path: Path) -> Plan:
    """Read a plan's file.

    Raises:
        NotFoundError: there is no such file.
        TamperedError: it is no whole plan.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no plan `{path}`")
    seals, counts, header, end = _Seals(), Counts(), None, None
    with path.open("rb") as file:
        for line in file:
            seals.add(line)
            data = _parsed(line, path)
            try:
                if header is None:
                    header = _header(data)
                elif end is not None:
                    raise TamperedError(f"`{path}` goes on behind its end")
                elif "end" in data:
                    end = Counts(**data["end"])
                else:
                    counts = counts.with_one(_entry(data))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise TamperedError(f"`{path}` is no plan") from error
    if header is None or end != counts:
        raise TamperedError(f"`{path}` is not whole")
    return seals.plan(path, header, counts)


def write_plan(path: Path, header: Header, entries: Iterable[Entry]) -> Plan:
    """Write a plan line by line; the file is there whole or not at all."""
    seals, counts = _Seals(), Counts()
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        made = Path(file.name)
        try:
            file.write(seals.add(canonical({"format": FORMAT, **asdict(header)})))
            for entry in entries:
                file.write(seals.add(canonical(as_line(entry))))
                counts = counts.with_one(entry)
            file.write(seals.add(canonical({"end": asdict(counts)})))
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            made.unlink()
            raise
    # For others to read, too: a plan is there to be approved by somebody else.
    made.chmod(0o644)
    made.replace(path)
    return seals.plan(path, header, counts)


class _Seals:
    """Seals what is read or written."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._seals = bytearray()

    def add(self, line: bytes) -> bytes:
        self._digest.update(line)
        self._seals += sha256(line).digest()
        return line

    def plan(self, path: Path, header: Header, counts: Counts) -> Plan:
        return Plan(path, self._digest.hexdigest(), header, counts, bytes(self._seals))


def canonical(data: Any) -> bytes:
    """JSON that is the same for the same data, with a line's end."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def as_line(entry: Entry) -> dict[str, Any]:
    """An entry as its line's JSON object."""
    if isinstance(entry, Edit):
        return {"edit": entry.as_json()}
    because = [[str(block.blocker), block.words] for block in entry.blocks]
    return {"left_out": {"record": entry.record, "label": entry.label, "part": entry.part, "because": because}}


def _header(data: Mapping[str, Any]) -> Header:
    fields = dict(data)
    if fields.pop("format") != FORMAT:
        raise ValueError("another format")
    return Header(**{**fields, "kind": Kind(fields["kind"]), "whole": tuple(fields["whole"])})


def _entry(data: Mapping[str, Any]) -> Entry | None:
    if "edit" in data:
        return Edit.from_json(data["edit"])
    if "left_out" in data:
        left = data["left_out"]
        blocks = tuple(Block(Blocker(blocker), words) for blocker, words in left["because"])
        return LeftOut(left["record"], left["part"], blocks, left["label"])
    if "end" in data:
        return None
    raise ValueError("a line of an unknown kind")


def _parsed(line: bytes, path: Path) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise TamperedError(f"`{path}` is no plan") from error
    if not isinstance(data, dict) or canonical(data) != line:
        raise TamperedError(f"`{path}` is no plan as commarchive writes them")
    return data
