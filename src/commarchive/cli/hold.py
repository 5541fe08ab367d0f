"""`commarchive hold`: close a record at once.

Knows: words and output. Must not know: what a hold closes.
"""

from __future__ import annotations

import click

from commarchive.cli import frame
from commarchive.cli.words import BY, WHY
from commarchive.deploy.services import open_archive
from commarchive.register.holds import HoldReason


@frame.group("hold")
def command() -> None:
    """Close records at once, until a person lifts the hold."""


@command.command("place")
@click.argument("entity")
@click.option("--reason", type=click.Choice([str(r) for r in HoldReason]), required=True, help="Why it is closed.")
@click.option("--review", help="A date on which to look again, such as 2031-01-01; it lifts nothing.")
@BY
@WHY
@frame.pass_frame
def place(cli: frame.Frame, entity: str, reason: str, review: str | None, by: str, why: str) -> None:
    """Close a record, and what the schema closes with it."""
    with open_archive(cli.folder) as archive:
        hold = archive.register.holds.place(
            entity,
            HoldReason(reason),
            by=by,
            groups=archive.governing(entity),
            also=archive.projection.closes_with(entity),
            review=review,
            why=why,
        )
    cli.show({"hold": hold.id, "closes": list(hold.closes)}, f"hold {hold.id} closes {', '.join(hold.closes)}")


@command.command("lift")
@click.argument("hold", type=int)
@click.option("--from", "entity", help="Free one record only, closed because it refers to the one on hold.")
@BY
@WHY
@frame.pass_frame
def lift(cli: frame.Frame, hold: int, entity: str | None, by: str, why: str) -> None:
    """Lift a hold, or free one record from it."""
    with open_archive(cli.folder) as archive:
        standing = archive.register.holds.get(hold)
        if entity is not None:
            archive.register.holds.free(hold, entity, by=by, groups=archive.governing(entity), why=why)
        else:
            archive.register.holds.lift(hold, by=by, groups=archive.governing(standing.entity), why=why)
    lifted = entity or ", ".join(standing.closes)
    cli.show({"hold": hold, "lifted_from": lifted.split(", ")}, f"hold {hold} is lifted from {lifted}")


@command.command("list")
@frame.pass_frame
def list_(cli: frame.Frame) -> None:
    """List the holds that stand."""
    with open_archive(cli.folder) as archive:
        rows = [
            {
                "hold": hold.id,
                "record": hold.entity,
                "reason": str(hold.reason),
                "placed_by": hold.placed_by,
                "placed_at": hold.placed_at,
                "review": hold.review or "",
                "closes": list(hold.closes),
            }
            for hold in archive.register.holds.all()
        ]
    cli.table(rows, ["hold", "record", "reason", "placed_by", "placed_at", "review", "closes"], empty="no holds")
