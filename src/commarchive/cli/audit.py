"""`commarchive audit`: who decided what, and whether the chain adds up.

Knows: words and output. Must not know: how rows are chained, or how exits are swept.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import click

from commarchive.cli import frame
from commarchive.deploy.services import Services, open_archive
from commarchive.errors import ExitCode
from commarchive.gateway.opening import services_with
from commarchive.proof.personas import Assumed
from commarchive.proof.planted import PERSONAS, planted
from commarchive.proof.sweep import Sweep, SweepReport
from commarchive.register.members import HOST


@frame.group("audit")
def command() -> None:
    """Read and check the audit."""


@command.command("log")
@click.option("--after", type=int, default=0, help="Only rows behind this number.")
@frame.pass_frame
def log(cli: frame.Frame, after: int) -> None:
    """Show decisions, oldest first."""
    with open_archive(cli.folder) as archive:
        rows = [
            {
                "row": row.seq,
                "at": row.at,
                "actor": row.event.actor,
                "action": row.event.action,
                "subject": row.event.subject,
                "details": dict(row.event.details) if cli.is_json else _in_short(dict(row.event.details)),
            }
            for row in archive.register.store.audit_rows(after=after)
        ]
    cli.table(rows, ["row", "at", "actor", "action", "subject", "details"], empty="nothing was decided yet")


@command.command("verify")
@frame.pass_frame
def verify(cli: frame.Frame) -> None:
    """Check that no row was altered, removed or reordered."""
    with open_archive(cli.folder) as archive:
        head = archive.register.store.verify_audit(archive.projection.witness())
    cli.show(
        {"rows": head.seq, "hash": head.hash}, f"{head.seq} rows, none altered; the last one's hash is {head.hash}"
    )


@command.command("sweep")
@click.option("--as", "people", multiple=True, metavar="NAME", help="As whom to look; may be given several times.")
@click.option("--sample", default=100, show_default=True, type=click.IntRange(1), help="How many records to ask for.")
@click.option("--all", "everything", is_flag=True, help="Ask for every record, however long it takes.")
@click.option("--test", "on_test", is_flag=True, help="Sweep an archive made for that, with marked words.")
@frame.pass_frame
def sweep(cli: frame.Frame, people: tuple[str, ...], sample: int, *, everything: bool, on_test: bool) -> ExitCode:
    r"""Look whether anything hidden leaves by any exit.

    Asks every exit of the gateway, in this process, as a visitor and as one person of each kind, for what they may not
    see and for what they may. Says by exit and kind what was told that should not be, or not told that should be, never
    the words themselves. Changes nothing, writes a row into the audit, and exits with 1 if anything was found.

    \b
    Example:
      commarchive audit sweep --as visitor --sample 500
    """
    report = _sweep_test_archive(people) if on_test else _sweep_archive(cli, people, None if everything else sample)
    found = [{"what": "told", **asdict(leak)} for leak in report.leaks]
    found += [{"what": "not told", **asdict(gap)} for gap in report.gaps]
    found += [{"what": "failed", "exit": name, "texts": count} for name, count in sorted(report.failures.items())]
    if cli.is_json:
        facts = {"people": report.people, "exits": report.exits, "questions": report.questions}
        cli.show({"clean": report.is_clean, **facts, "secrets": report.secrets, "found": found}, "")
    else:
        cli.table(found, ["what", "person", "exit", "kind", "texts"], empty="nothing hidden was told")
        cli.note(
            f"{report.exits} exits, {len(report.people)} people, {report.questions} questions, {report.secrets} secrets"
        )
    return ExitCode.DONE if report.is_clean else ExitCode.FAILED


def _sweep_archive(cli: frame.Frame, people: tuple[str, ...], sample: int | None) -> SweepReport:
    with open_archive(cli.folder) as archive:
        sweeping = _sweep_of(archive, sample=sample)
        asked = people or sweeping.people()
        with cli.progress("exits", total=len(asked) * len(sweeping.exits)) as advance:
            report = sweeping.run(asked, progress=advance)
        with archive.register.store.changing() as change:
            figures = {"people": len(report.people), "questions": report.questions, "found": len(report.leaks)}
            change.record(HOST, "sweep", archive.manifest.archive.id, **figures)
    return report


def _sweep_test_archive(people: tuple[str, ...]) -> SweepReport:
    with tempfile.TemporaryDirectory() as folder, planted(Path(folder)) as made:
        sweeping = _sweep_of(made.archive)
        return replace(sweeping, ids=list(made.ids.values()), horizon_of=made.horizon).run(people or PERSONAS)


def _sweep_of(archive: Services, *, sample: int | None = None) -> Sweep:
    nobody = Assumed(archive.register, None)
    return Sweep(services_with(archive.manifest, archive.ids, archive.projection, nobody), archive.register, sample)


def _in_short(details: dict[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in details.items() if value not in ("", [], None))
