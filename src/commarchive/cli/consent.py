"""`commarchive consent`: who agreed to what.

Knows: words and output. Must not know: what a consent allows.
"""

from __future__ import annotations

from datetime import datetime

import click

from commarchive.cli import frame
from commarchive.cli.words import BY, WHY, instant
from commarchive.deploy.services import open_archive
from commarchive.register.consents import Consent, Scope


@frame.group("consent")
def command() -> None:
    """Keep consents: who agreed to which use of which record, until when."""


@command.command("record")
@click.argument("entity")
@click.option("--person", required=True, help="Who consents.")
@click.option("--on-behalf-of", default="", help="For whom, if not for themselves.")
@click.option(
    "--scope",
    type=click.Choice([str(s) for s in Scope]),
    multiple=True,
    required=True,
    help="What for; may be repeated.",
)
@click.option("--basis", required=True, help="On which basis: spoken, in writing, a meeting's decision.")
@click.option("--evidence", default="", help="Where the evidence is kept.")
@click.option("--statement", "statements", multiple=True, help="Only this statement (its GUID); may be repeated.")
@click.option("--since", callback=instant, help="From when.  [default: now]")
@click.option("--until", callback=instant, help="Until when, such as 2031-01-01.")
@BY
@frame.pass_frame
def record(
    cli: frame.Frame,
    entity: str,
    person: str,
    on_behalf_of: str,
    scope: tuple[str, ...],
    basis: str,
    evidence: str,
    statements: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    by: str,
) -> None:
    """Record a consent."""
    consent = Consent(
        entity=entity,
        person=person,
        on_behalf_of=on_behalf_of,
        scope=frozenset(Scope(word) for word in scope),
        basis=basis,
        evidence=evidence,
        statements=frozenset(statements),
        since=since,
        until=until,
    )
    with open_archive(cli.folder) as archive:
        kept = archive.register.consents.record(consent, by=by, groups=archive.governing(entity))
    cli.show({"consent": kept.id, "entity": entity}, f"consent {kept.id} for {entity}: {', '.join(sorted(scope))}")


@command.command("withdraw")
@click.argument("consent", type=int)
@BY
@WHY
@frame.pass_frame
def withdraw(cli: frame.Frame, consent: int, by: str, why: str) -> None:
    """Withdraw a consent, at once."""
    with open_archive(cli.folder) as archive:
        entity = archive.register.consents.get(consent).entity
        archive.register.consents.withdraw(consent, by=by, groups=archive.governing(entity), why=why)
    cli.show({"consent": consent, "state": "withdrawn"}, f"consent {consent} for {entity} is withdrawn")


@command.command("list")
@click.argument("entity", required=False)
@frame.pass_frame
def list_(cli: frame.Frame, entity: str | None) -> None:
    """List consents, of one record or of all."""
    with open_archive(cli.folder) as archive:
        now = archive.register.store.clock()
        rows = [
            {
                "consent": consent.id,
                "record": consent.entity,
                "person": consent.person,
                "scope": sorted(consent.scope),
                "statements": len(consent.statements) or "all",
                "until": consent.until.date().isoformat() if consent.until else "",
                "in_force": consent.in_force(now),
            }
            for consent in archive.register.consents.of(entity)
        ]
    cli.table(rows, ["consent", "record", "person", "scope", "statements", "until", "in_force"], empty="no consents")
