"""An archive's services, put together from its files.

Knows: which part needs which. Must not know: what any of them does with the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from commarchive.deploy.wiki import WikiConnection, connect, connect_target
from commarchive.errors import NotFoundError, UsageError
from commarchive.manifest.config import Manifest
from commarchive.manifest.load import load_manifest
from commarchive.model.schema import SchemaIds
from commarchive.policy.mentions import Addresses
from commarchive.policy.vocabulary import Vocabulary
from commarchive.projection import Projection, Rules
from commarchive.register import Register
from commarchive.register.store import Clock, utc_now
from commarchive.seeding.lockfile import read_lock


@dataclass(frozen=True, slots=True)
class Services:
    """What an archive consists of while it is open."""

    manifest: Manifest
    ids: SchemaIds
    register: Register
    projection: Projection

    def wiki(self) -> AbstractContextManager[WikiConnection]:
        """The archive's wiki, signed in as its service account."""
        return connect(self.manifest)

    def governing(self, entity: str) -> frozenset[str]:
        """The communities and protocols whose stewards govern a record.

        Raises:
            NotFoundError: there is no such record.
        """
        governance = self.projection.governance([entity]).get(entity)
        if governance is None:
            raise NotFoundError(f"no record `{entity}`", hint="`commarchive sync` takes in what changed in the wiki")
        return governance.groups

    def target(self) -> AbstractContextManager[WikiConnection]:
        """The wiki that the archive publishes to.

        Raises:
            UsageError: the archive publishes nowhere.
        """
        if self.manifest.federation is None:
            raise UsageError("this archive publishes nowhere", hint="add `federation` to archive.yaml")
        return connect_target(self.manifest.federation, self.manifest.folder, contact=self.manifest.archive.base_url)


@contextmanager
def open_archive(folder: Path, *, clock: Clock = utc_now) -> Iterator[Services]:
    """The services of the archive in a folder, closed again in the end.

    Raises:
        ManifestError: something is wrong with the archive's files.
        ClosedError: a database cannot be opened.
    """
    manifest = load_manifest(folder)
    lock = read_lock(manifest.folder)
    register = Register(manifest.register_url, manifest.archive, clock=clock)
    try:
        projection = Projection(
            manifest.projection_url, register, rules_of(manifest, lock.ids, register, concept_base=lock.wiki)
        )
        try:
            yield Services(manifest, lock.ids, register, projection)
        finally:
            projection.close()
    finally:
        register.close()


def rules_of(manifest: Manifest, ids: SchemaIds, register: Register, *, concept_base: str) -> Rules:
    """What guards depend on besides the wiki and the register; protocols as they are in force.

    `concept_base` is how the wiki's own concept URIs begin, in units above all; their host may be another than its own.
    """
    addresses = Addresses.of([manifest.archive.base_url, manifest.wiki.url, concept_base])
    return Rules(register.archive, Vocabulary.of(manifest.schema, ids), addresses)
