"""`commarchive member`: who is what, in which protocol or community.

Knows: words and output. Must not know: who may grant what.
"""

from __future__ import annotations

from datetime import datetime

import click

from commarchive.cli import frame
from commarchive.cli.words import BY, WHY, account, instant
from commarchive.deploy.services import open_archive
from commarchive.policy.standing import Membership, MembershipState, Role

_ROLE = click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    default="member",
    show_default=True,
    help="What they are.",
)


@frame.group("member")
def command() -> None:
    """Keep memberships."""


@command.command("add")
@click.argument("person", callback=account)
@click.argument("group")
@_ROLE
@click.option("--until", callback=instant, help="When it ends, such as 2031-01-01.")
@click.option("--blocked", is_flag=True, help="Block them: out of the group, and of every protocol of a community.")
@BY
@WHY
@frame.pass_frame
def add(
    cli: frame.Frame, person: str, group: str, role: str, until: datetime | None, by: str, why: str, *, blocked: bool
) -> None:
    r"""Make somebody a member of a protocol or community.

    \b
    Example:
      commarchive member add Aino elders --role steward
    """
    state = MembershipState.BLOCKED if blocked else MembershipState.ACTIVE
    with open_archive(cli.folder) as archive:
        archive.register.members.set(person, Membership(group, Role(role), state, until=until), by=by, why=why)
    cli.show({"person": person, "group": group, "role": role, "state": state}, f"{person}: {role} of {group} ({state})")


@command.command("remove")
@click.argument("person", callback=account)
@click.argument("group")
@_ROLE
@BY
@WHY
@frame.pass_frame
def remove(cli: frame.Frame, person: str, group: str, role: str, by: str, why: str) -> None:
    """Take a membership away."""
    with open_archive(cli.folder) as archive:
        archive.register.members.remove(person, group, Role(role), by=by, why=why)
    cli.show({"person": person, "group": group, "role": role}, f"{person} is no {role} of {group} any more")


@command.command("list")
@click.argument("group", required=False)
@frame.pass_frame
def list_(cli: frame.Frame, group: str | None) -> None:
    """List memberships, of one group or of all."""
    with open_archive(cli.folder) as archive:
        rows = [
            {
                "group": member.membership.group,
                "person": member.person,
                "role": str(member.membership.role),
                "state": str(member.membership.state),
                "until": member.membership.until.isoformat() if member.membership.until else "",
            }
            for member in archive.register.members.of(group)
        ]
    cli.table(rows, ["group", "person", "role", "state", "until"], empty="nobody yet")
