"""The index of decisions, from the decisions themselves: `python -m tools.adr_index [--check]`.

Knows: the shape of a decision record. Must not know: what was decided.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.generated import ROOT, run

PAGE = "docs/adr/README.md"
SECTIONS = ("Context", "Decision", "Consequences")
STATUSES = ("proposed", "accepted", "superseded by NNNN")

_NAME = re.compile(r"(?P<number>\d{4})-(?P<slug>[a-z0-9-]+)\.md\Z")
_HEAD = re.compile(
    r"# (?P<number>\d{4})\. (?P<title>[^\n]+[^.\n])\n\n"
    r"Date: (?P<date>\d{4}-\d{2}-\d{2})\n"
    r"Status: (?P<status>proposed|accepted|superseded by \d{4})\n\n"
)


@dataclass(frozen=True, slots=True)
class Record:
    """One decision; `date` is ISO."""

    file: str
    number: int
    title: str
    date: str
    status: str


def read(path: Path) -> Record:
    """One record.

    Raises:
        ValueError: the file is not shaped as a decision; the message says how.
    """
    text = path.read_text(encoding="utf-8")
    name, head = _NAME.match(path.name), _HEAD.match(text)
    if name is None:
        message = f"`{path.name}` is not named like `0001-some-words.md`"
        raise ValueError(message)
    if head is None:
        message = f"`{path.name}` does not begin with `# NNNN. Title`, `Date:` and `Status:` ({', '.join(STATUSES)})"
        raise ValueError(message)
    if head["number"] != name["number"]:
        message = f"`{path.name}` calls itself {head['number']}"
        raise ValueError(message)
    sections = tuple(re.findall(r"^## (.+)$", text, flags=re.MULTILINE))
    if sections != SECTIONS:
        message = f"`{path.name}` has the sections {', '.join(sections)}; expected {', '.join(SECTIONS)}"
        raise ValueError(message)
    return Record(path.name, int(name["number"]), head["title"], head["date"], head["status"])


def records() -> list[Record]:
    """All records in order.

    Raises:
        ValueError: one is misshapen, or a number is missing or used twice.
    """
    paths = sorted(path for path in (ROOT / PAGE).parent.glob("*.md") if path.name != "README.md")
    found = [read(path) for path in paths]
    if [record.number for record in found] != list(range(1, len(found) + 1)):
        message = f"decisions are not numbered 1 to {len(found)} without a gap"
        raise ValueError(message)
    return found


def render() -> str:
    """The index as Markdown."""
    rows = "".join(
        f"| [{record.number:04}]({record.file}) | {record.title} | {record.status} | {record.date} |\n"
        for record in records()
    )
    return (
        "<!-- Made by `make docs` from the records; not to be edited. -->\n"
        "# Decisions\n\n"
        "*For developers.* Why commarchive is as it is: one record for each decision that would be costly to turn\n"
        "round. A decision is never rewritten; a later one supersedes it.\n\n"
        "| | decision | status | date |\n|---|---|---|---|\n" + rows
    )


if __name__ == "__main__":
    sys.exit(run(PAGE, render))
