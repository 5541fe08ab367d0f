"""Finds the data that ships with the package: schemas, ready protocols, mappings.

Knows: where the data lies, in a wheel (`_data/`) or in a checkout (top level). Must not know: what it means.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_path(*parts: str) -> Path:
    """The path of a shipped file or folder, such as `data_path("schemas", "core")`.

    Raises:
        FileNotFoundError: no such data ships.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parents[1]):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError("/".join(parts))
