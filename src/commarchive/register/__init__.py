"""Members, releases, holds, consents and approvals; each change with its audit row in one transaction.

Knows: what people decided. Must not know: records' content, titles, or how anything is shown.
"""

from __future__ import annotations

from commarchive.model.archive import Archive
from commarchive.register.consents import Consents
from commarchive.register.holds import Holds
from commarchive.register.justifications import Justifications
from commarchive.register.members import Members
from commarchive.register.protocols import Protocols
from commarchive.register.releases import Releases
from commarchive.register.store import Clock, Store, utc_now


class Register:
    """The register of one archive.

    Args:
        url: an SQLAlchemy URL of SQLite or PostgreSQL.
        archive: its communities and protocols, as its files say.
        clock: gives the present instant.

    Raises:
        ClosedError: the database cannot be opened.
    """

    def __init__(self, url: str, archive: Archive, *, clock: Clock = utc_now) -> None:
        self.store = Store(url, clock=clock)
        self.protocols = Protocols(self.store, archive)
        self._take_up()

    def _take_up(self) -> None:
        # What counts is what is in force, not what a file says.
        self.archive = self.protocols.archive
        self.members = Members(self.store, self.archive)
        self.releases = Releases(self.store, self.archive, self.members)
        self.holds = Holds(self.store, self.members)
        self.consents = Consents(self.store, self.members)
        self.justifications = Justifications(self.store, self.members)

    def follow(self) -> bool:
        """Take up definitions of protocols that another process put in force; says whether there were any."""
        if not self.protocols.follow():
            return False
        self._take_up()
        return True

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
