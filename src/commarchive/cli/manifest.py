"""`commarchive manifest`: what can stand in the files of an archive.

Knows: words and output. Must not know: what can stand there.
"""

from __future__ import annotations

import click

from commarchive.cli import frame
from commarchive.manifest import docs


@frame.group("manifest")
def command() -> None:
    """Explain the files that a community owns."""


@command.command("docs")
@click.argument("section", required=False, type=click.Choice(list(docs.SECTIONS)))
@frame.pass_frame
def show_docs(cli: frame.Frame, section: str | None) -> None:
    r"""Show what can stand in the files of an archive: all of them, or one SECTION.

    \b
    Example:
      commarchive manifest docs protocol
    """
    text = docs.section(section) if section else docs.page()
    cli.show({"section": section, "markdown": text}, text.rstrip("\n"))
