"""`commarchive check`: what is wrong with the archive's files, and where.

Knows: words and output. Must not know: what can be wrong.
"""

from __future__ import annotations

from dataclasses import asdict

from commarchive.cli import frame
from commarchive.errors import ExitCode
from commarchive.manifest.load import check_archive


@frame.command("check")
@frame.pass_frame
def command(cli: frame.Frame) -> ExitCode:
    r"""Say what is wrong with the archive's files, and where.

    Each finding names file, line and place, and what would be right. Exits with 1 if there are any.

    \b
    Example:
      commarchive check --archive ./fiddlers
    """
    report = check_archive(cli.folder)
    lines = [str(finding) for finding in report.findings]
    lines += [f"advice: {advice}" for advice in report.advice]
    lines += [f"note: {remark}" for remark in report.remarks]
    count = len(report.findings)
    lines.append(f"{count} finding{'' if count == 1 else 's'}" if count else "nothing is wrong")
    cli.show({"clean": not count, **asdict(report)}, "\n".join(lines))
    return ExitCode.FAILED if count else ExitCode.DONE
