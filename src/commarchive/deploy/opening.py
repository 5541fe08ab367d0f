"""Opens what was just taken in, as far as the steward who took it in may.

Knows: that what is said is proposed for release, batch by batch. Must not know: what a release needs.
"""

from __future__ import annotations

from collections.abc import Iterable

from commarchive.deploy.services import Services
from commarchive.deploy.wiki import WikiConnection
from commarchive.projection.governance import waiting


def propose_release(archive: Services, wiki: WikiConnection, entities: Iterable[str], *, by: str) -> None:
    """Propose to release what the wiki says of these records now, if anything waits.

    Raises:
        RefusedError: `by` is neither steward nor data steward of what it concerns.
    """
    archive.projection.sync(wiki.client)
    governed = archive.projection.governance(entities).values()
    entries = [entry for governance in governed for entry in waiting(governance)]
    if entries:
        archive.register.releases.propose(entries, by=by, why="taken in together")
