"""An archive's services, put together from its files.

Knows: which part needs which. Must not know: what any of them does with the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commarchive.manifest.config import Manifest
from commarchive.manifest.load import load_manifest
from commarchive.model.schema import SchemaIds
from commarchive.policy.mentions import Addresses
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection, Rules
from commarchive.register import Register
from commarchive.register.store import Clock, utc_now
from commarchive.seeding.lockfile import load_lock


@dataclass(frozen=True, slots=True)
class Services:
    """What an archive consists of while it is open."""

    manifest: Manifest
    ids: SchemaIds
    register: Register
    projection: Projection


@contextmanager
def open_archive(folder: Path, *, clock: Clock = utc_now) -> Iterator[Services]:
    """The services of the archive in a folder, closed again in the end.

    Raises:
        ManifestError: something is wrong with the archive's files.
        ClosedError: a database cannot be opened.
    """
    manifest = load_manifest(folder)
    ids = load_lock(manifest.folder)
    rules = rules_of(manifest, ids)
    register = Register(manifest.register_url, manifest.archive, clock=clock)
    try:
        projection = Projection(manifest.projection_url, register, rules)
        try:
            yield Services(manifest, ids, register, projection)
        finally:
            projection.close()
    finally:
        register.close()


def rules_of(manifest: Manifest, ids: SchemaIds) -> Rules:
    """What guards depend on besides the wiki and the register."""
    addresses = Addresses.of([manifest.archive.base_url, manifest.wiki.url])
    return Rules(manifest.archive, Vocabulary.of(manifest.schema, ids), addresses)
