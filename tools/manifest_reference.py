"""The reference of a community's files, from their schemas: `python -m tools.manifest_reference [--check]`.

Knows: where the page lies. Must not know: what can stand in the files.
"""

from __future__ import annotations

import sys

from commarchive.manifest.docs import page
from tools.generated import run

__all__ = ["PAGE", "page"]

PAGE = "docs/reference/manifest.md"

if __name__ == "__main__":
    sys.exit(run(PAGE, page))
