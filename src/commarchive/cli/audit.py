"""`commarchive audit`: who decided what, and whether the chain adds up.

Knows: words and output. Must not know: how rows are chained.
"""

from __future__ import annotations

import click

from commarchive.cli import frame
from commarchive.deploy.services import open_archive


@frame.group("audit")
def command() -> None:
    """Read and check the audit."""


@command.command("log")
@click.option("--after", type=int, default=0, help="Only rows behind this number.")
@frame.pass_frame
def log(cli: frame.Frame, after: int) -> None:
    """Show decisions, oldest first."""
    with open_archive(cli.folder) as archive:
        rows = [
            {
                "row": row.seq,
                "at": row.at,
                "actor": row.event.actor,
                "action": row.event.action,
                "subject": row.event.subject,
                "details": dict(row.event.details) if cli.is_json else _in_short(dict(row.event.details)),
            }
            for row in archive.register.store.audit_rows(after=after)
        ]
    cli.table(rows, ["row", "at", "actor", "action", "subject", "details"], empty="nothing was decided yet")


@command.command("verify")
@frame.pass_frame
def verify(cli: frame.Frame) -> None:
    """Check that no row was altered, removed or reordered."""
    with open_archive(cli.folder) as archive:
        head = archive.register.store.verify_audit(archive.projection.witness())
    cli.show(
        {"rows": head.seq, "hash": head.hash}, f"{head.seq} rows, none altered; the last one's hash is {head.hash}"
    )


def _in_short(details: dict[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in details.items() if value not in ("", [], None))
