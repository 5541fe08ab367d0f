"""The ready protocols that ship: templates that a community can begin with.

Knows: where they lie and how they are marked. Must not know: what a community makes of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from commarchive.resources import data_path


@dataclass(frozen=True, slots=True)
class ReadyProtocol:
    """A template: its folder's name, what it is called by language, and where it lies."""

    id: str
    name: Mapping[str, str]
    folder: Path


def ready_protocols() -> list[ReadyProtocol]:
    """Every ready protocol, by id; those that show mistakes (`_bad`) are none."""
    files = sorted(data_path("protocols").glob("[!_]*/protocol.yaml"))
    return [
        ReadyProtocol(file.parent.name, yaml.safe_load(file.read_text(encoding="utf-8"))["name"], file.parent)
        for file in files
    ]
