"""`commarchive status`: what the archive consists of now, in numbers without content.

Knows: words and output. Must not know: any record.
"""

from __future__ import annotations

from commarchive.cli import frame
from commarchive.deploy.services import open_archive
from commarchive.policy.standing import VISITOR


@frame.command("status")
@frame.pass_frame
def command(cli: frame.Frame) -> None:
    """Show what the archive consists of and what waits for people, in numbers."""
    with open_archive(cli.folder) as archive:
        with archive.projection.view(VISITOR) as view:
            public = view.items(limit=0).total
        until = archive.projection.synced_until()
        facts = {
            "archive": archive.manifest.archive.id,
            "communities": len(archive.manifest.archive.communities),
            "protocols": len(archive.manifest.archive.protocols),
            "members": len({member.person for member in archive.register.members.of()}),
            "public_items": public,
            "releases_waiting": len(archive.register.releases.proposals(state="open")),
            "holds": len(archive.register.holds.all()),
            "synced_until": until.isoformat() if until else "never",
        }
    cli.show(facts, "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))
