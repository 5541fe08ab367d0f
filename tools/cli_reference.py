"""The reference of the command line, from its own help: `python -m tools.cli_reference [--check]`.

Knows: how to walk a tree of click commands. Must not know: what a command does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import copy

import click

from commarchive.cli import main
from commarchive.errors import ExitCode
from tools.generated import run

PAGE = "docs/reference/cli.md"
WIDTH = 100

MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "failed; the message says what and what would help",
    ExitCode.USAGE: "the words of the command are off",
    ExitCode.REFUSED: "a protocol or a missing right says no",
    ExitCode.CHANGES_PENDING: "changes are pending: a plan is not empty, nothing was written",
}


def commands(command: click.Command, parent: click.Context | None = None) -> Iterator[tuple[click.Context, int]]:
    """Each command of the tree with its depth, in the order in which help lists them; hidden ones too."""
    name = "commarchive" if parent is None else command.name
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH)
    yield context, 0 if parent is None else parent.command_path.count(" ") + 1
    if isinstance(command, click.Group):
        for child_name in command.list_commands(context):
            child = command.get_command(context, child_name)
            if child is None:
                message = f"`{context.command_path}` lists `{child_name}` but does not have it"
                raise LookupError(message)
            yield from commands(child, context)


def help_of(context: click.Context) -> str:
    """What `--help` says, without the options that every command has."""
    command = context.command
    if context.parent is not None:
        shared = {parameter.name for parameter in context.find_root().command.params}
        command = copy(command)
        command.params = [parameter for parameter in command.params if parameter.name not in shared]
        command.add_help_option = False
    shown = click.Context(
        command, info_name=context.info_name, parent=context.parent, terminal_width=WIDTH, max_content_width=WIDTH
    )
    return command.get_help(shown)


def render() -> str:
    """The page as Markdown."""
    codes = "".join(f"| {code.value} | {MEANINGS[code]} |\n" for code in ExitCode)
    pages = "".join(
        f"\n{'#' * (2 + min(depth, 2))} {context.command_path}\n\n```text\n{help_of(context)}\n```\n"
        for context, depth in commands(main)
    )
    return (
        "<!-- Made by `make docs` from the commands' own help; not to be edited. -->\n"
        "# The command line\n\n"
        "*For facilitators, data stewards and developers.* What `--help` says. The options of `commarchive` itself\n"
        "may stand behind every command as well.\n\n"
        "| exit status | means |\n|---|---|\n" + codes + pages
    )


if __name__ == "__main__":
    sys.exit(run(PAGE, render))
