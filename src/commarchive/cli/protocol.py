"""`commarchive protocol`: the rules by which the archive is shared.

Knows: words and output. Must not know: what is suspicious, or what a rule means.
"""

from __future__ import annotations

from commarchive.cli import frame
from commarchive.deploy import local_contexts
from commarchive.deploy.services import open_archive
from commarchive.errors import ExitCode
from commarchive.policy.lint import Severity


@frame.group("protocol")
def command() -> None:
    """Look after the rules by which the archive is shared."""


@command.command("lint")
@frame.pass_frame
def lint(cli: frame.Frame) -> ExitCode:
    r"""Say what may not be meant: in protocols, in conditions, in Labels on what is open.

    An error is to be mended, or a steward gives a reason for it (`label justify`); advice is to be looked at. Exits
    with 1 if there is an error. What is said names records by their ids.

    \b
    Example:
      commarchive protocol lint
    """
    with open_archive(cli.folder) as archive:
        concerns = local_contexts.concerns(archive)
    errors = sum(concern.severity is Severity.ERROR for concern in concerns)
    rows = [
        {
            "severity": str(each.severity),
            "suspicion": str(each.suspicion),
            "about": each.about,
            "part": each.part,
            "words": each.words,
            "remedy": each.remedy,
        }
        for each in concerns
    ]
    advice = len(concerns) - errors
    lines = [*map(str, concerns), f"{errors} error{'' if errors == 1 else 's'}, {advice} to be looked at"]
    cli.show({"clean": not errors, "concerns": rows}, "\n".join(lines) if concerns else "nothing looks unmeant")
    return ExitCode.FAILED if errors else ExitCode.DONE
