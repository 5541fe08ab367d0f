"""The frame of the command line: options anywhere, answers in two forms, errors as messages and exit codes."""

from __future__ import annotations

import json
import sys
import types

import click
import pytest
from click.testing import CliRunner, Result

from commarchive.cli import COMMANDS, main
from commarchive.cli.frame import Frame, FrameCommand, FrameGroup, RootGroup, command, pass_frame, printable
from commarchive.errors import (
    CommarchiveError,
    ConflictError,
    ExitCode,
    Finding,
    ManifestError,
    RefusedError,
    UsageError,
)


@command("probe")
@click.option("--raises", default="")
@click.option("--returns", type=int)
@click.option("--yes", is_flag=True)
@pass_frame
def probe(frame: Frame, raises: str, returns: int | None, *, yes: bool) -> ExitCode | None:
    """Do what a test asks for."""
    errors: dict[str, BaseException] = {
        "failed": ConflictError("somebody was faster"),
        "usage": UsageError("`x` is no id", hint="such as `Q7`"),
        "refused": RefusedError("`elders` says no"),
        "manifest": ManifestError([Finding("archive.yaml", 3, "archive/id", "`Q` is no id", "such as `fiddlers`")]),
        "bug": KeyError("sqlite://user:hunter2@host"),
        "file": FileNotFoundError(2, "No such file or directory", "rows.csv"),
        "confirm": UsageError("never reached"),
    }
    if raises == "confirm":
        frame.confirm("three items would open", yes=yes)
    elif raises:
        raise errors[raises]
    with frame.progress("rows", total=2) as advance:
        advance(2)
    frame.show({"folder": str(frame.folder)}, f"in {frame.folder}")
    return None if returns is None else ExitCode(returns)


@command("rows")
@pass_frame
def rows(frame: Frame) -> None:
    """Show rows."""
    frame.table(
        [{"id": "Q1", "open": True, "of": ["a", "[b]"], "x": "\x1b[2J"}, {"id": "Q2"}], ["id", "open", "of", "x"]
    )
    frame.table([], ["id"], empty="no rows")


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> RootGroup:
    for name, what in {"probe": probe, "rows": rows}.items():
        module = types.ModuleType(f"commarchive.cli.{name}")
        module.command = what  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)

    @click.group(cls=RootGroup, commands_by_module={"probe": "probe", "rows": "rows"})
    def root() -> None:
        """Root."""

    assert isinstance(root, RootGroup)
    return root


def run(root: click.Command, *words: str) -> Result:
    return CliRunner().invoke(root, words)


@pytest.mark.parametrize(
    "words", [["--format", "json", "--archive", "a", "probe"], ["probe", "--format", "json", "--archive", "a"]]
)
def test_shared_options_stand_before_or_after_the_command(root, words):
    result = run(root, *words)
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"folder": "a"})


def test_text_is_the_default_and_the_current_folder_too(root):
    assert run(root, "probe").stdout == "in .\n"


@pytest.mark.parametrize(
    ("raises", "code", "message", "hint"),
    [
        ("failed", 1, "somebody was faster", ""),
        ("usage", 2, "`x` is no id", "such as `Q7`"),
        ("refused", 3, "`elders` says no", ""),
        ("file", 1, "`rows.csv`: no such file or directory", ""),
        ("bug", 1, "something unforeseen happened (KeyError)", "the same command with `--debug` shows where"),
    ],
)
def test_an_error_is_a_message_a_hint_and_an_exit_code(root, raises, code, message, hint):
    result = run(root, "probe", "--raises", raises)
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr == f"error: {message}\n" + (f"hint: {hint}\n" if hint else "")

    result = run(root, "probe", "--raises", raises, "--format", "json")
    problem = json.loads(result.stderr)["error"]
    assert (result.exit_code, problem["exit_code"]) == (code, code)
    assert (problem["message"], problem["hint"]) == (message, hint)


def test_all_findings_of_a_manifest_are_in_the_json_error(root):
    problem = json.loads(run(root, "probe", "--raises", "manifest", "--format", "json").stderr)["error"]
    assert problem["findings"] == [
        {
            "file": "archive.yaml",
            "line": 3,
            "path": "archive/id",
            "message": "`Q` is no id",
            "expected": "such as `fiddlers`",
        }
    ]


def test_an_unforeseen_error_shows_its_text_only_when_debugging(root):
    assert "hunter2" not in run(root, "probe", "--raises", "bug").output
    assert "Traceback" in run(root, "probe", "--raises", "bug", "--debug").stderr


@pytest.mark.parametrize("words", [["nothing"], ["probe", "--nothing"], ["probe", "--returns", "many"], ["--nothing"]])
def test_wrong_words_exit_with_2_and_point_to_the_help(root, words):
    result = run(root, *words)
    assert result.exit_code == ExitCode.USAGE
    assert result.stderr.startswith("error: ")
    assert "--help` shows what is possible" in result.stderr
    problem = json.loads(run(root, "--format", "json", *words).stderr)["error"]
    assert problem["exit_code"] == ExitCode.USAGE


@pytest.mark.parametrize("code", list(ExitCode))
def test_a_command_returns_its_exit_code(root, code):
    assert run(root, "probe", "--returns", str(int(code))).exit_code == code


def test_without_a_terminal_a_confirmation_needs_yes(root):
    result = run(root, "probe", "--raises", "confirm")
    assert result.exit_code == ExitCode.USAGE
    assert "three items would open" in result.stderr
    assert run(root, "probe", "--raises", "confirm", "--yes").exit_code == 0


def test_a_refused_confirmation_stops(root, monkeypatch):
    monkeypatch.setattr("commarchive.cli.frame._is_interactive", lambda: True)
    result = CliRunner().invoke(root, ["probe", "--raises", "confirm"], input="n\n")
    assert result.exit_code == ExitCode.FAILED
    assert "stopped; nothing more was done" in result.stderr


def test_rows_are_a_table_or_a_list(root):
    text = run(root, "rows").stdout
    assert "Q1   yes    a, [b]" in text
    assert text.endswith("no rows\n")
    listed = json.JSONDecoder().raw_decode(run(root, "rows", "--format", "json").stdout)[0]
    assert listed[0] == {"id": "Q1", "open": True, "of": ["a", "[b]"], "x": "\x1b[2J"}


def test_no_data_can_drive_the_terminal(root):
    assert "\x1b" not in run(root, "rows").stdout
    assert printable("a\u202eb\x1b[0m\n") == "a\\u202eb\\u001b[0m\n"


def all_commands(group: click.Group, context: click.Context) -> list[click.Command]:
    found: list[click.Command] = []
    for name in group.list_commands(context):
        below = group.get_command(context, name)
        assert below is not None
        found += [below, *(all_commands(below, context) if isinstance(below, click.Group) else [])]
    return found


def test_every_command_takes_the_shared_options_and_says_what_it_does():
    context = click.Context(main)
    everything = all_commands(main, context)
    assert len(everything) >= len(COMMANDS)
    for each in everything:
        assert isinstance(each, FrameCommand | FrameGroup), each.name
        assert each.help, each.name


def test_the_error_tree_has_no_exit_code_that_the_frame_does_not_know():
    def below(kind: type[CommarchiveError]) -> list[type[CommarchiveError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in below(child))]

    assert {kind.exit_code for kind in below(CommarchiveError)} <= set(ExitCode)


def test_version_is_shown():
    assert run(main, "--version").stdout.strip().count(".") == 2
