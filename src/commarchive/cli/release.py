"""`commarchive release`: what stewards open.

Knows: words and output. Must not know: who has to agree.
"""

from __future__ import annotations

from typing import Any

import click

from commarchive.cli import frame
from commarchive.cli.words import BY, WHY, YES
from commarchive.deploy.services import Services, open_archive
from commarchive.errors import ExitCode, NotFoundError
from commarchive.policy import targets
from commarchive.policy.condition import parse_condition
from commarchive.projection.governance import entry, waiting
from commarchive.register.releases import Entry, Proposal

_COLUMNS = ["release", "state", "proposer", "opens", "needs", "agreed"]


@frame.group("release")
def command() -> None:
    """Open what was restricted, as many stewards agreeing as each protocol demands."""


@command.command("propose")
@click.argument("entities", nargs=-1, required=True)
@click.option("--to", "to", help="The condition to release the record to, instead of what the wiki says.")
@click.option(
    "--part", default=targets.ENTITY, show_default=True, help="With --to: which part, as `read --explain` names."
)
@BY
@WHY
@YES
@frame.pass_frame
def propose(
    cli: frame.Frame, entities: tuple[str, ...], to: str | None, part: str, by: str, why: str, *, yes: bool
) -> int:
    r"""Propose to release records: what the wiki says of them now, or a condition.

    Exits with 4 while others have to agree.

    \b
    Example:
      commarchive release propose Q7 --by Aino
    """
    with open_archive(cli.folder) as archive:
        entries = [each for entity in entities for each in _entries(archive, entity, to, part)]
        effect = "\n".join(f"{e.entity} {e.release.target}: {e.before} → {e.release.value}" for e in entries)
        cli.confirm(effect or "nothing would change", yes=yes)
        proposal = archive.register.releases.propose(entries, by=by, why=why)
    cli.table([_row(proposal)], _COLUMNS)
    return ExitCode.DONE if proposal.state == "done" else ExitCode.CHANGES_PENDING


@command.command("approve")
@click.argument("release", type=int)
@BY
@WHY
@frame.pass_frame
def approve(cli: frame.Frame, release: int, by: str, why: str) -> int:
    """Agree to a release; it takes effect when everybody who has to has agreed.

    Exits with 4 while others have to agree.
    """
    with open_archive(cli.folder) as archive:
        proposal = archive.register.releases.approve(release, by=by, why=why)
    cli.table([_row(proposal)], _COLUMNS)
    return ExitCode.DONE if proposal.state == "done" else ExitCode.CHANGES_PENDING


@command.command("withdraw")
@click.argument("release", type=int)
@BY
@WHY
@frame.pass_frame
def withdraw(cli: frame.Frame, release: int, by: str, why: str) -> None:
    """Take back a proposal that is not in effect yet."""
    with open_archive(cli.folder) as archive:
        proposal = archive.register.releases.withdraw(release, by=by, why=why)
    cli.table([_row(proposal)], _COLUMNS)


@command.command("list")
@click.option("--state", type=click.Choice(["open", "done", "withdrawn"]), help="Only those in this state.")
@frame.pass_frame
def list_(cli: frame.Frame, state: str | None) -> None:
    """List releases and who has agreed to them."""
    with open_archive(cli.folder) as archive:
        proposals = archive.register.releases.proposals(state=state)
    cli.table([_row(proposal) for proposal in proposals], _COLUMNS, empty="no releases")


def _entries(archive: Services, entity: str, to: str | None, part: str) -> list[Entry]:
    governance = archive.projection.governance([entity]).get(entity)
    if governance is None:
        raise NotFoundError(f"no record `{entity}`", hint="`commarchive sync` takes in what changed in the wiki")
    if to is None:
        return waiting(governance)
    return [entry(governance, part, str(archive.projection.bound(entity, parse_condition(to))))]


def _row(proposal: Proposal) -> dict[str, Any]:
    return {
        "release": proposal.id,
        "state": proposal.state,
        "proposer": proposal.proposer,
        "opens": [f"{entity} {release.target} → {release.value}" for entity, release in proposal.releases],
        "needs": [f"{people} of {group}" for group, people in sorted(proposal.needs.items())],
        "agreed": list(proposal.approved_by),
    }
