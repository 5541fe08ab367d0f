"""`commarchive demo`: the whole of it once, to look at.

Knows: how to tell the story. Must not know: what happens in it.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from commarchive.cli import frame
from commarchive.cli.serve import run
from commarchive.errors import ExitCode
from commarchive.proof.demo import Demo

PORT = 8000
"""Where the demo is served: the address that its files name."""


@frame.command("demo")
@click.option(
    "--folder", type=click.Path(path_type=Path), default="demo", show_default=True, help="Where to set it up."
)
@frame.pass_frame
def command(cli: frame.Frame, folder: Path) -> int:
    """Stand up an illustrative archive beside a real inventory, and show who sees what.

    In a terminal it is then served until interrupted; otherwise the command ends. Exits with 1 when any step was not as
    promised.
    """
    demo = Demo(folder)
    steps = []
    for number, step in enumerate(demo.run(), start=1):
        steps.append(step)
        cli.note(f"{number}. {step.title}{'' if step.as_promised else '   NOT AS PROMISED'}")
        for fact in step.facts:
            cli.note(f"   {fact}")
    cli.table([asdict(count) for count in demo.counts], ["person", "records", "statements", "hits"])
    if not all(step.as_promised for step in steps):
        return ExitCode.FAILED
    if sys.stdout.isatty() and not cli.is_json:
        cli.table(
            [{"sign_in_as": person, "password": password} for person, password in demo.accounts().items()],
            ["sign_in_as", "password"],
        )
        run(cli, demo.folder, host="127.0.0.1", port=PORT)
    return ExitCode.DONE
