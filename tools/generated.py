"""Writes a generated page, or says whether it is current.

Knows: where generated pages lie and how a generator is called. Must not know: what stands on a page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(page: str, render: Callable[[], str], arguments: Sequence[str] | None = None) -> int:
    """Write `page` (relative to the project), or with `--check` compare only; the exit status."""
    parser = argparse.ArgumentParser(description=f"Write {page}")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not current")
    checking = parser.parse_args(arguments).check
    path, text = ROOT / page, render()
    current = path.read_text(encoding="utf-8") if path.exists() else None
    if current == text:
        return 0
    if checking:
        sys.stderr.write(f"`{page}` is not current; run `make docs`\n")
        return 1
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {page}\n")
    return 0
