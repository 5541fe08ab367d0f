"""`commarchive sync`: bring what is served level with the wiki.

Knows: words and progress. Must not know: how changes are found.
"""

from __future__ import annotations

import click

from commarchive.cli import frame
from commarchive.cli.words import account
from commarchive.deploy.services import open_archive
from commarchive.errors import UsageError


@frame.command("sync")
@click.option("--rebuild", is_flag=True, help="Forget everything and read every stored revision again.")
@click.option("--reconcile", is_flag=True, help="Compare every record with the wiki's.")
@click.option(
    "--attest", metavar="STEWARD", callback=account, help="Accept a register that was restored, on a steward's word."
)
@frame.pass_frame
def command(cli: frame.Frame, attest: str | None, *, rebuild: bool, reconcile: bool) -> None:
    r"""Take in what changed in the wiki.

    \b
    Example:
      commarchive sync
    """
    if rebuild and reconcile:
        raise UsageError("`--rebuild` reads everything that `--reconcile` compares; give one of them")
    with open_archive(cli.folder) as archive, archive.wiki() as wiki:
        if attest is not None:
            archive.projection.attest(attest)
        with cli.progress("records") as step:
            done = 0

            def progress(now: int, _all: int) -> None:
                nonlocal done
                step(now - done)
                done = now

            if reconcile:
                count = archive.projection.reconcile(wiki.client, progress=progress)
            elif rebuild:
                count = archive.projection.rebuild(wiki.client, progress=progress).entities
            else:
                count = archive.projection.sync(wiki.client, progress=progress).entities
    cli.show({"records": count}, f"{count} records taken in")
