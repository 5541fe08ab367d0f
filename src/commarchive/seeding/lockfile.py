"""`schemas.lock.yaml`: which id the wiki gave to each slug, what we wrote there, and what was about to be created.

Knows: the file. Must not know: the wiki.

People may add a line by hand to say that an entity which is there already is the one that a slug means. What we wrote
once is the wiki's from then on: it is not written again when somebody changes or removes it.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from commarchive.errors import ManifestError
from commarchive.manifest.checked import load_checked
from commarchive.model.schema import SchemaIds
from commarchive.wikibase.edit import Written
from commarchive.wikibase.once import Intent

LOCK_NAME = "schemas.lock.yaml"

_PLAIN = re.compile(r"[PQ][0-9]+|[A-Za-z][A-Za-z0-9@:/#._ -]{2,}")

_HEAD = """\
# Which ids the wiki gave to the properties and classes of the schemas. Kept by `commarchive schema apply`; keep it with
# the archive's other files. To say that something which is in the wiki already is meant by a slug, add its line below
# `properties` or `items`, such as `instance-of: P1`.
"""


@dataclass(frozen=True, slots=True)
class Lock:
    """The content of a lock file.

    `wiki` is the wiki's concept base, empty before anything was applied. `written` says by kind (`property`, `item`)
    and slug which parts we wrote, such as `label@fi`. `pending` are creations under way, by `kind/slug`.
    """

    wiki: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    pending: Mapping[str, Intent] = field(default_factory=dict)

    @property
    def ids(self) -> SchemaIds:
        """Ids by slug."""
        return SchemaIds(dict(self.properties), dict(self.items))

    def of(self, kind: str) -> Mapping[str, str]:
        """Ids by slug of `property` or `item`."""
        return self.properties if kind == "property" else self.items

    def with_id(self, kind: str, slug: str, entity_id: str) -> Lock:
        """The lock with one id more, or changed."""
        ids = {**self.of(kind), slug: entity_id}
        return replace(self, properties=ids) if kind == "property" else replace(self, items=ids)

    def with_written(self, kind: str, slug: str, parts: Iterable[str]) -> Lock:
        """The lock with more parts noted as written."""
        known = self.written.get((kind, slug), frozenset())
        return replace(self, written={**self.written, (kind, slug): known | frozenset(parts)})


def load_lock(folder: Path) -> SchemaIds:
    """Which ids the wiki of an archive gave to its schemas; none where nothing was applied yet.

    Raises:
        ManifestError: the lock file is wrong.
    """
    return read_lock(folder).ids


def read_lock(folder: Path) -> Lock:
    """The lock of the archive in a folder, empty where there is none.

    Raises:
        ManifestError: the lock file is wrong.
    """
    path = folder / LOCK_NAME
    if not path.exists():
        return Lock()
    checked = load_checked(path, _json_schema(), root=folder)
    if checked.findings:
        raise ManifestError(checked.findings)
    data = checked.data
    written = data.get("written") or {}
    return Lock(
        wiki=data.get("wiki") or "",
        properties=data.get("properties") or {},
        items=data.get("items") or {},
        written={
            (kind, slug): frozenset(parts)
            for kind, key in (("property", "properties"), ("item", "items"))
            for slug, parts in (written.get(key) or {}).items()
        },
        pending={
            key: Intent(key, entry["marker"], datetime.fromisoformat(entry["at"]))
            for key, entry in (data.get("pending") or {}).items()
        },
    )


def write_lock(folder: Path, lock: Lock) -> None:
    """Replace the lock file in one step; a reader, or a crash, finds the old one or the new one whole."""
    data: dict[str, Any] = {"wiki": lock.wiki, "properties": dict(lock.properties), "items": dict(lock.items)}
    data["written"] = {
        key: {slug: sorted(parts) for (of, slug), parts in sorted(lock.written.items()) if of == kind}
        for kind, key in (("property", "properties"), ("item", "items"))
    }
    if lock.pending:
        data["pending"] = {
            key: {"marker": intent.marker, "at": intent.at.isoformat()} for key, intent in lock.pending.items()
        }
    text = _HEAD + yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=10_000
    )
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=f".{LOCK_NAME}.", delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        made = Path(file.name)
    made.chmod(0o644)
    made.replace(folder / LOCK_NAME)
    _sync_folder(folder)


class LockJournal:
    """Keeps the intents of creations in the lock file, and their ids once they happened; keys are `kind/slug`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lock = read_lock(folder)

    def save(self, lock: Lock) -> None:
        """Keep a changed lock."""
        if lock != self.lock:
            write_lock(self._folder, lock)
            self.lock = lock

    def pending(self) -> list[Intent]:
        """Creations that were about to be sent."""
        return list(self.lock.pending.values())

    def begin(self, intents: list[Intent]) -> None:
        """Note creations that are about to be sent."""
        self.save(replace(self.lock, pending={**self.lock.pending, **{intent.key: intent for intent in intents}}))

    def done(self, written: Mapping[str, Written]) -> None:
        """Note ids of what was created."""
        lock = self.lock
        for key, where in written.items():
            kind, _, slug = key.partition("/")
            lock = lock.with_id(kind, slug, where.entity_id)
        self.save(_without(lock, written))

    def drop(self, keys: Iterable[str]) -> None:
        """Forget creations that did not happen."""
        self.save(_without(self.lock, keys))


class _Dumper(yaml.SafeDumper):
    """One line for each slug; quotes what a reader of YAML could take for something else, such as a marker `12e4`."""


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if _PLAIN.fullmatch(text) else '"')


def _list_node(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(list, _list_node)


def _without(lock: Lock, keys: Iterable[str]) -> Lock:
    gone = set(keys)
    return replace(lock, pending={key: intent for key, intent in lock.pending.items() if key not in gone})


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@cache
def _json_schema() -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(Path(__file__).with_name("lock.json").read_text("utf-8"))
    return schema
