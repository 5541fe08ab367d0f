"""Finds and reads the files of an archive, each held against its JSON Schema.

Knows: which file lies where, and files that look as if they were meant to be read but are not. Must not know: what the
files say about each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commarchive.errors import Finding, ManifestError
from commarchive.manifest.checked import Checked, load_checked, near_match, shipped_schema
from commarchive.resources import data_path

ARCHIVE_FILE = "archive.yaml"
PROTOCOL_FILE = "protocol.yaml"
EXAMPLES_FILE = "examples.yaml"
PACK_FILES = ("pack.yaml", "properties.yaml", "items.yaml")
DEFAULT_PACKS = ("core",)


@dataclass(frozen=True, slots=True)
class PackSource:
    """The files of a schema pack; those that it lacks are None."""

    folder: Path
    pack: Checked
    properties: Checked | None
    items: Checked | None

    @property
    def files(self) -> tuple[Checked, ...]:
        """Those that are there."""
        return tuple(file for file in (self.pack, self.properties, self.items) if file is not None)


@dataclass(frozen=True, slots=True)
class Sources:
    """All files of an archive; protocols and examples by the name of their folder, packs as the archive lists them."""

    folder: Path
    archive: Checked
    protocols: Mapping[str, Checked] = field(default_factory=dict)
    examples: Mapping[str, Checked] = field(default_factory=dict)
    packs: Mapping[str, PackSource] = field(default_factory=dict)
    strays: tuple[Finding, ...] = ()

    @property
    def findings(self) -> Iterator[Finding]:
        """What is wrong with each file by itself, and with files that nobody reads."""
        yield from self.archive.findings
        for file in (*self.protocols.values(), *self.examples.values()):
            yield from file.findings
        for pack in self.packs.values():
            for file in pack.files:
                yield from file.findings
        yield from self.strays


def gather(folder: Path) -> Sources:
    """Read everything that belongs to the archive in this folder."""
    archive = _archive_file(folder)
    strays = [] if archive.lines else _misnamed(folder, (ARCHIVE_FILE,), folder)
    protocols: dict[str, Checked] = {}
    examples: dict[str, Checked] = {}
    for place in _folders(folder / "protocols"):
        protocols[place.name] = load_checked(place / PROTOCOL_FILE, shipped_schema("protocol"), root=folder)
        if (place / EXAMPLES_FILE).exists():
            examples[place.name] = load_checked(place / EXAMPLES_FILE, shipped_schema("examples"), root=folder)
        strays += _misnamed(place, (PROTOCOL_FILE, EXAMPLES_FILE), folder)
    strays += _misnamed(folder / "protocols", (), folder)
    packs: dict[str, PackSource] = {}
    for name in listed_packs(archive):
        pack = _pack(name, folder)
        if pack is not None:
            packs[name] = pack
            if pack.folder.is_relative_to(folder):
                strays += _misnamed(pack.folder, PACK_FILES, folder)
    return Sources(folder, archive, protocols, examples, packs, tuple(strays))


def _archive_file(folder: Path) -> Checked:
    path = folder / ARCHIVE_FILE
    if not path.exists():
        expected = "the folder of an archive; `commarchive init` makes one"
        return Checked(ARCHIVE_FILE, findings=(Finding(ARCHIVE_FILE, 1, "", "the file is missing", expected),))
    return load_checked(path, shipped_schema("archive"), root=folder)


def listed_packs(archive: Checked) -> tuple[str, ...]:
    """The packs that the manifest lists, each once; none where it cannot be told."""
    listed = archive.data.get("schemas", DEFAULT_PACKS) if isinstance(archive.data, dict) else ()
    # A name with other signs is a finding already, and must not become part of a path.
    return (
        tuple(dict.fromkeys(name for name in listed if _is_plain_name(name)))
        if isinstance(listed, list | tuple)
        else ()
    )


def known_packs(folder: Path) -> frozenset[str]:
    """The packs that could be listed: the archive's own and those that ship."""
    return frozenset(place.name for root in _pack_roots(folder) for place in _folders(root / "schemas"))


def known_mappings(folder: Path) -> frozenset[str]:
    """The mappings that could be named: the archive's own and those that ship."""
    return frozenset(
        f"mappings/{path.name}" for root in _pack_roots(folder) for path in (root / "mappings").glob("*.yaml")
    )


def mapping_file(name: str, folder: Path) -> Path | None:
    """The file that a manifest calls by this relative path: the archive's own, else one that ships, else None."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return None
    return next((root / name for root in _pack_roots(folder) if (root / name).is_file()), None)


def _is_plain_name(name: object) -> bool:
    return isinstance(name, str) and name.replace("-", "").isalnum() and name.isascii()


def _pack_roots(folder: Path) -> Iterator[Path]:
    yield folder
    for shipped in ("schemas", "mappings"):
        try:
            yield data_path(shipped).parent
        except FileNotFoundError:
            continue


def _pack(name: str, folder: Path) -> PackSource | None:
    for root in _pack_roots(folder):
        place = root / "schemas" / name
        if place.is_dir():
            files = [
                load_checked(place / file, shipped_schema(Path(file).stem), root=root)
                if file == PACK_FILES[0] or (place / file).exists()
                else None
                for file in PACK_FILES
            ]
            pack, properties, items = files
            assert pack is not None  # noqa: S101 (the first file is always read)
            return PackSource(place, pack, properties, items)
    return None


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return [place for place in _entries(parent) if place.is_dir() and not place.name.startswith((".", "_"))]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        # What cannot be looked into may hold protocols, so nothing is loaded without it.
        reason = (error.strerror or "unknown reason").lower()
        raise ManifestError([Finding(folder.name, 1, "", f"the folder cannot be read ({reason})")]) from error


def _misnamed(place: Path, known: tuple[str, ...], root: Path) -> list[Finding]:
    """YAML files that nobody reads, most likely because of their name."""
    if not place.is_dir():
        return []
    findings = []
    for path in _entries(place):
        if path.suffix.lower() in {".yaml", ".yml"} and path.name not in known and path.is_file():
            meant = near_match(path.name, known)
            if meant or place != root:
                expected = f"`{meant}`" if meant else "a folder for each protocol" if not known else ", ".join(known)
                file = path.relative_to(root).as_posix()
                findings.append(Finding(file, 1, "", "nobody reads a file of this name here", expected))
    return findings
