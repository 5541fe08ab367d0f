"""What all commands share: options, output, confirmation, progress, and how an error is shown.

Knows: click, the terminal, the error tree. Must not know: what any command does.

A command is made with `command` or `group` from here, so that it takes `--archive`, `--format` and `--debug` wherever
they stand; it asks for its `Frame` with `pass_frame`, shows what it found through the frame, and returns an `ExitCode`
where that is not `DONE`. Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from commarchive.errors import CommarchiveError, ExitCode, ManifestError, UsageError

TEXT = "text"
JSON = "json"
_WIDE = 10_000
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with control and direction-changing characters written out, so that no data can drive a terminal."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


@dataclass
class Frame:
    """One run of the command line: the archive's folder, how to answer, whether to show tracebacks."""

    folder: Path = field(default_factory=Path)
    format: str = TEXT
    debug: bool = False

    @property
    def is_json(self) -> bool:
        """Whether answers are JSON."""
        return self.format == JSON

    def show(self, data: Any, text: str) -> None:
        """Show a result: `data` (JSON-ready) or `text`, as was asked for."""
        click.echo(_json(data) if self.is_json else printable(text))

    def table(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, empty: str = "nothing") -> None:
        """Show rows: as a JSON list of objects, or as a table of these columns; `empty` stands for no rows."""
        if self.is_json:
            click.echo(_json([{name: row.get(name) for name in columns} for row in rows]))
            return
        if not rows:
            click.echo(printable(empty))
            return
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in columns:
            table.add_column(Text(name.replace("_", " ")), overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(_cell(row.get(name)))) for name in columns))
        self._console().print(table)

    def note(self, text: str) -> None:
        """Say something that is no result, on stderr; nothing is said where answers are JSON."""
        if not self.is_json:
            click.echo(printable(text), err=True)

    def confirm(self, effect: str, *, yes: bool) -> None:
        """Show what is about to happen and ask; `yes` is the command's own `--yes`.

        Raises:
            UsageError: nobody is there to ask, and `--yes` was not given.
            click.Abort: the answer was no.
        """
        self.note(effect)
        if yes:
            return
        if self.is_json or not _is_interactive():
            raise UsageError("this needs a confirmation", hint="look at what it would do, then add `--yes`")
        click.confirm("Go on?", abort=True, err=True)

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A progress bar on stderr; the block calls what it is given with the number of steps just done.

        Nothing is drawn where answers are JSON or stderr is no terminal.
        """
        console = self._console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        hidden = self.is_json or not console.is_terminal
        with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
            task = bar.add_task(printable(label), total=total)
            yield lambda steps: bar.advance(task, steps)

    def fail(self, error: BaseException) -> ExitCode:
        """Show an error on stderr, as message and hint or as a JSON object, and say with what code to exit."""
        if self.debug:
            traceback.print_exception(error, file=sys.stderr)
        problem = _problem(error)
        if self.is_json:
            click.echo(_json({"error": problem}), err=True)
        else:
            click.echo(printable(f"error: {problem['message']}"), err=True)
            if problem["hint"]:
                click.echo(printable(f"hint: {problem['hint']}"), err=True)
        return ExitCode(problem["exit_code"])

    @staticmethod
    def _console(*, stderr: bool = False) -> Console:
        console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
        if not console.is_terminal:
            console.width = _WIDE
        return console


def _is_interactive() -> bool:
    return sys.stdin.isatty()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(str, value))
    return str(value)


def _json(data: Any) -> str:
    return printable(json.dumps(data, ensure_ascii=False, indent=2))


def _problem(error: BaseException) -> dict[str, Any]:
    problem: dict[str, Any] = {"kind": type(error).__name__, "message": str(error), "hint": ""}
    code = ExitCode.FAILED
    match error:
        case CommarchiveError():
            problem["hint"] = error.hint
            code = error.exit_code
            if isinstance(error, ManifestError):
                problem["findings"] = [asdict(finding) for finding in error.findings]
        case click.ClickException():
            problem |= {"kind": "UsageError", "message": _sentence(error.format_message())}
            context = getattr(error, "ctx", None)
            problem["hint"] = f"`{context.command_path} --help` shows what is possible" if context else ""
            code = ExitCode.USAGE
        case click.Abort():
            problem |= {"kind": "Aborted", "message": "stopped; nothing more was done"}
        case OSError() if error.filename is not None:
            problem |= {
                "kind": "OSError",
                "message": f"`{error.filename}`: {_sentence(error.strerror or 'unreadable')}",
            }
        case _:
            # The text of an error that nobody foresaw may carry a password or a restricted name.
            problem["message"] = f"something unforeseen happened ({type(error).__name__})"
            problem["hint"] = "the same command with `--debug` shows where"
    return problem | {"exit_code": int(code)}


def _sentence(text: str) -> str:
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:]


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def remember(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        frame = context.find_object(Frame)
        if frame is not None and value not in (None, False):
            setattr(frame, name, value)

    return remember


def _shared_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--archive"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            expose_value=False,
            callback=_remember("folder"),
            help="The archive's folder.  [default: the current folder]",
        ),
        click.Option(
            ["--format"],
            type=click.Choice([TEXT, JSON]),
            expose_value=False,
            callback=_remember("format"),
            help="How to answer.  [default: text]",
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            expose_value=False,
            callback=_remember("debug"),
            help="Show where in the code an error arose.",
        ),
    ]


def _with_marks(text: str | None) -> str | None:
    # A raw docstring says backslash and b where click wants the control character that keeps lines as they are.
    return text.replace("\\b\n", "\b\n") if text else text


class FrameCommand(click.Command):
    """A command that takes the shared options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _with_marks(self.help)
        self.params.extend(_shared_options())


class FrameGroup(click.Group):
    """A group that takes the shared options, as all its commands do."""

    command_class = FrameCommand
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _with_marks(self.help)
        self.params.extend(_shared_options())


class RootGroup(FrameGroup):
    """The outermost group: finds commands by a list of modules; turns every error into a message and an exit code."""

    def __init__(self, *args: Any, commands_by_module: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = commands_by_module

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """All commands, by name."""
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        """The command of this name, its module read only now."""
        module = self._modules.get(cmd_name)
        if module is None:
            return None
        found: click.Command = importlib.import_module(f"commarchive.cli.{module}").command
        return found

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """Run and leave the process with an exit code; nothing but `SystemExit` ever comes out."""
        words = list(sys.argv[1:] if args is None else args)
        # Read before parsing, so that words which cannot be parsed are answered in the format that was asked for.
        asked_for_json = f"--format={JSON}" in words or ("--format", JSON) in pairwise(words)
        frame = Frame(format=JSON if asked_for_json else TEXT)
        try:
            outcome = super().main(
                words, prog_name or "commarchive", **kwargs | {"standalone_mode": False, "obj": frame}
            )
        except Exception as error:  # noqa: BLE001 (the last place where an error can be told in words)
            outcome = frame.fail(error)
        sys.exit(int(outcome) if isinstance(outcome, int) else ExitCode.DONE)


def command(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], FrameCommand]:
    """Make a command of a function; what follows the name goes to click."""
    return click.command(name, cls=FrameCommand, **attributes)


def group(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], FrameGroup]:
    """Make a group of a function; what follows the name goes to click."""
    return click.group(name, cls=FrameGroup, **attributes)


pass_frame = click.make_pass_decorator(Frame)
