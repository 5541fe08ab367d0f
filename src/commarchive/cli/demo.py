"""`commarchive demo`: the whole of it once, to look at.

Knows: how to tell the story. Must not know: what happens in it.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from commarchive.cli import frame
from commarchive.errors import ExitCode
from commarchive.proof.demo import Demo


@frame.command("demo")
@click.option(
    "--folder", type=click.Path(path_type=Path), default="demo", show_default=True, help="Where to set it up."
)
@frame.pass_frame
def command(cli: frame.Frame, folder: Path) -> int:
    """Stand up an illustrative archive beside a real inventory, and show who sees what.

    Exits with 1 when any step was not as promised.
    """
    demo = Demo(folder)
    steps = []
    for number, step in enumerate(demo.run(), start=1):
        steps.append(step)
        cli.note(f"{number}. {step.title}{'' if step.as_promised else '   NOT AS PROMISED'}")
        for fact in step.facts:
            cli.note(f"   {fact}")
    cli.table([asdict(count) for count in demo.counts], ["person", "records", "statements", "hits"])
    return ExitCode.DONE if all(step.as_promised for step in steps) else ExitCode.FAILED
