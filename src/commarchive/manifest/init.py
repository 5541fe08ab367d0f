"""Writes the files of a new archive, commented, and without a mistake.

Knows: the starter set beside this module. Must not know: what becomes of the files.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final

from commarchive.errors import ConflictError, UsageError
from commarchive.manifest.load import load_manifest
from commarchive.manifest.yamlfile import parse_document

_STARTER: Final = Path(__file__).parent / "starter"
_NAMES: Final = {"gitignore": ".gitignore"}
_LAST: Final = "archive.yaml"
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*\Z")


@dataclass(frozen=True, slots=True)
class NewArchive:
    """What `init_archive` is told. `languages`: the archive's own first; names are texts in that one."""

    id: str
    name: str
    zone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    base_url: str = "http://127.0.0.1:8000"
    community: str = "village"
    community_name: str = "The village"
    packs: tuple[str, ...] = ("core", "living-heritage")

    @classmethod
    def in_folder(cls, folder: Path, **told: Any) -> NewArchive:
        """A new archive named after its folder in what is not told; what is None or empty counts as not told."""
        known = {key: value for key, value in told.items() if value}
        known.setdefault("id", re.sub(r"[^a-z0-9]+", "-", folder.absolute().name.lower()).strip("-"))
        known.setdefault("name", known["id"])
        if "community" in known:
            known.setdefault("community_name", known["community"])
        return cls(**known)


def init_archive(folder: Path, new: NewArchive) -> tuple[str, ...]:
    """Write the files of a new archive and return their names.

    Nothing that is there is ever changed. Files are written elsewhere, checked, and moved into place with the manifest
    last; when anything goes wrong, nothing of them stays. A folder that did not exist is its owner's alone.

    Raises:
        ConflictError: one of the files is there already.
        ManifestError: what was told makes no archive, such as an unknown zone.
        UsageError: the folder cannot be made.
    """
    folder = folder.absolute()
    exists = folder.is_dir()
    if not exists and (folder.exists() or not folder.parent.is_dir()):
        raise UsageError(f"`{folder}` cannot be a folder", hint="a new folder in one that is there, or an empty one")
    files = _files(new)
    tops = sorted({name.partition("/")[0] for name in files}, key=lambda name: (name == _LAST, name))
    _refuse_taken(folder, tops)
    staging = Path(tempfile.mkdtemp(prefix=".commarchive-init-", dir=folder if exists else folder.parent))
    try:
        for name, text in files.items():
            path = staging / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        load_manifest(staging)
        if exists:
            _move(staging, folder, tops)
        else:
            _move_whole(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return tuple(sorted(files))


def _files(new: NewArchive) -> Mapping[str, str]:
    values = {
        "id": _quoted(new.id),
        "title": new.name,
        "name": _quoted(new.name),
        "zone": _quoted(new.zone),
        "base_url": _quoted(new.base_url),
        "language": _quoted(new.languages[0]),
        "languages": ", ".join(map(_quoted, new.languages)),
        "community": _quoted(new.community),
        "community_name": _quoted(new.community_name),
        "packs": ", ".join(map(_quoted, new.packs)),
    }
    files = {}
    for path in sorted(_STARTER.rglob("*")):
        if path.is_file():
            name = path.relative_to(_STARTER).as_posix()
            files[_NAMES.get(name, name)] = Template(path.read_text("utf-8")).substitute(values)
    return files


def _quoted(text: str) -> str:
    """The text as YAML, whatever it holds: plain where every program reads it so, else as JSON would write it."""
    if _PLAIN.match(text):
        document = parse_document(text, "")
        if document.data == text and not document.findings:
            return text
    return json.dumps(text, ensure_ascii=False)


def _refuse_taken(folder: Path, names: list[str]) -> None:
    taken = [name for name in names if (folder / name).exists() or (folder / name).is_symlink()]
    if taken:
        listed = ", ".join(f"`{name}`" for name in taken)
        raise ConflictError(f"{listed} is in `{folder}` already, and nothing was written", hint="choose another folder")


def _move_whole(staging: Path, folder: Path) -> None:
    try:
        staging.rename(folder)
    except OSError as error:
        raise ConflictError(f"`{folder}` appeared meanwhile, and nothing was written") from error


def _move(staging: Path, folder: Path, names: list[str]) -> None:
    _refuse_taken(folder, names)
    moved = []
    try:
        for name in names:
            (staging / name).rename(folder / name)
            moved.append(name)
    except OSError:
        for name in moved:
            (folder / name).rename(staging / name)
        raise
