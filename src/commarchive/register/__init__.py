"""Members, releases, holds, consents and approvals; each change with its audit row in one transaction.

Knows: what people decided. Must not know: records' content, titles, or how anything is shown.
"""

from __future__ import annotations

from commarchive.model.archive import Archive
from commarchive.register.consents import Consents
from commarchive.register.holds import Holds
from commarchive.register.members import Members
from commarchive.register.releases import Releases
from commarchive.register.store import Clock, Store, utc_now


class Register:
    """The register of one archive.

    Args:
        url: an SQLAlchemy URL of SQLite or PostgreSQL.
        archive: its communities and protocols.
        clock: gives the present instant.

    Raises:
        ClosedError: the database cannot be opened.
    """

    def __init__(self, url: str, archive: Archive, *, clock: Clock = utc_now) -> None:
        self.store = Store(url, clock=clock)
        self.members = Members(self.store, archive)
        self.releases = Releases(self.store, archive, self.members)
        self.holds = Holds(self.store, self.members)
        self.consents = Consents(self.store, self.members)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
