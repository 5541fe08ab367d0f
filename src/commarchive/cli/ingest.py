"""`commarchive ingest`: a table of records into the wiki.

Knows: words and output. Must not know: how rows become records.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy import Engine, create_engine

from commarchive.cli import frame
from commarchive.cli.words import account
from commarchive.deploy.locking import one_at_a_time
from commarchive.deploy.opening import propose_release
from commarchive.deploy.services import open_archive
from commarchive.deploy.wiki import connect
from commarchive.errors import ExitCode
from commarchive.ingest.intake import Intake, read_intake
from commarchive.ingest.ledger import Ledger
from commarchive.ingest.load import load_mapping
from commarchive.ingest.run import Ingest, Report
from commarchive.manifest.addresses import sqlite_file
from commarchive.manifest.config import Manifest
from commarchive.manifest.load import load_manifest
from commarchive.model.schema import SchemaIds
from commarchive.register.engine import open_engine
from commarchive.seeding.lockfile import load_lock

_REJECTED = ["file", "line", "column", "message"]
_KEPT = ["file", "line", "entity", "what"]


@frame.command("ingest")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--mapping",
    "mapping_file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="How its columns become records.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option(
    "--release-by", metavar="STEWARD", callback=account, help="Propose to release what was taken in, as this steward."
)
@frame.pass_frame
def command(cli: frame.Frame, file: Path, mapping_file: Path, release_by: str | None, *, dry_run: bool) -> int:
    r"""Take a table of records in; rows that were taken in before are changed only where they changed.

    A row that cannot be taken is told with line and column and left out, and the command exits with 1. A dry run exits
    with 4 where something would be written.

    What is taken in stays closed to all but stewards until it is released; with `--release-by` that is proposed at
    once, batch by batch, and takes effect where nobody else has to agree.

    \b
    Example:
      commarchive ingest elements.csv --mapping mappings/elements.yaml --dry-run
    """
    manifest = load_manifest(cli.folder)
    ids = load_lock(manifest.folder)
    mapping = load_mapping(mapping_file.resolve(), manifest.schema, manifest.archive, root=manifest.folder)
    intake = read_intake(file, mapping, manifest.schema, ids, manifest.archive)
    report = _plan(manifest, ids, intake) if dry_run else _run(cli, ids, intake, release_by)
    _show(cli, report, dry_run=dry_run)
    if report.rejected:
        return ExitCode.FAILED
    return ExitCode.CHANGES_PENDING if dry_run and report.writes else ExitCode.DONE


def _plan(manifest: Manifest, ids: SchemaIds, intake: Intake) -> Report:
    engine = _existing_register(manifest)
    try:
        with connect(manifest) as wiki:
            return Ingest(intake, manifest.schema, ids, wiki.editor, Ledger(engine, read_only=True)).plan()
    finally:
        engine.dispose()


def _run(cli: frame.Frame, ids: SchemaIds, intake: Intake, release_by: str | None) -> Report:
    with (
        open_archive(cli.folder) as archive,
        one_at_a_time(archive.manifest.folder, "ingest"),
        archive.wiki() as wiki,
        cli.progress("rows", total=intake.rows) as step,
    ):
        ledger = Ledger(archive.register.store.engine)
        ingest = Ingest(intake, archive.manifest.schema, ids, wiki.editor, ledger)
        if release_by is None:
            return ingest.run(progress=step)
        return ingest.run(progress=step, on_batch=lambda seen: propose_release(archive, wiki, seen, by=release_by))


def _existing_register(manifest: Manifest) -> Engine:
    # Connecting to a SQLite file that is not there would make it, and a dry run makes nothing.
    path = sqlite_file(manifest.register_url, manifest.folder)
    return create_engine("sqlite://") if path is not None and not path.exists() else open_engine(manifest.register_url)


def _show(cli: frame.Frame, report: Report, *, dry_run: bool) -> None:
    if cli.is_json:
        cli.show(asdict(report) | {"dry_run": dry_run}, "")
        return
    if report.rejected:
        cli.table([asdict(row) for row in report.rejected], _REJECTED)
    if report.kept:
        cli.note("changed by people since, and left as they are:")
        cli.table([asdict(row) for row in report.kept], _KEPT)
    counts = {
        "new": report.created,
        "changed": report.updated,
        "as before": report.unchanged,
        "rejected": len(report.rejected),
        "things they refer to": report.things,
        "earlier rows that the table no longer has": report.absent,
    }
    said = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    cli.show({}, f"{'would be: ' if dry_run else ''}{said or 'the table has no rows'}")
