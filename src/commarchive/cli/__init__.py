"""The command line; one file per command group, no logic.

Knows: which commands there are and where each lives. Must not know: what they do.
"""

from __future__ import annotations

import click

from commarchive import __version__
from commarchive.cli.frame import RootGroup

COMMANDS: dict[str, str] = {
    "audit": "audit",
    "check": "check",
    "consent": "consent",
    "demo": "demo",
    "federate": "federate",
    "hold": "hold",
    "ingest": "ingest",
    "init": "init",
    "label": "label",
    "manifest": "manifest",
    "member": "member",
    "protocol": "protocol",
    "read": "read",
    "release": "release",
    "schema": "schema",
    "serve": "serve",
    "status": "status",
    "sync": "sync",
}
"""Every command, and the module here whose `command` it is; a module is read when its command is asked for."""


@click.group(cls=RootGroup, commands_by_module=COMMANDS)
@click.version_option(__version__, "--version", message="%(version)s", help="Show the version and exit.")
def main() -> None:
    """Keep a community archive on Wikibase whose access protocols hold.

    Exit codes: 0 done, 1 failed, 2 usage, 3 refused by a protocol, 4 changes pending.
    """
