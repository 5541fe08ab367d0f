"""`commarchive schema`: what the wiki has of the archive's schemas.

Knows: words and output. Must not know: how schemas are compared with a wiki.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml

from commarchive.cli import frame
from commarchive.cli.words import YES
from commarchive.deploy.locking import one_at_a_time
from commarchive.deploy.wiki import connect
from commarchive.errors import ExitCode, UsageError
from commarchive.manifest.load import load_manifest
from commarchive.seeding.applying import apply, make_plan
from commarchive.seeding.exporting import export
from commarchive.seeding.lockfile import read_lock
from commarchive.seeding.planning import SeedPlan, Step
from commarchive.seeding.state import read_state

_COLUMNS = ["step", "kind", "slug", "entity", "parts"]


@frame.group("schema")
def command() -> None:
    """Put the archive's properties and classes into its wiki."""


@command.command("plan")
@frame.pass_frame
def plan(cli: frame.Frame) -> int:
    r"""Show what the wiki lacks of the schemas; nothing is written.

    Exits with 4 while something is missing, and fails where a person has to decide first.

    \b
    Example:
      commarchive schema plan
    """
    manifest = load_manifest(cli.folder)
    with connect(manifest) as wiki:
        planned = make_plan(manifest.schema, wiki.editor, manifest.folder)
    planned.refuse_conflicts()
    _show(cli, planned.steps, empty="the wiki has all of the schemas")
    return ExitCode.CHANGES_PENDING if planned.steps else ExitCode.DONE


@command.command("apply")
@YES
@frame.pass_frame
def apply_(cli: frame.Frame, *, yes: bool) -> None:
    r"""Make what the wiki lacks of the schemas; what people changed there stays as it is.

    \b
    Example:
      commarchive schema apply --yes
    """
    manifest = load_manifest(cli.folder)
    with one_at_a_time(manifest.folder, "schema apply"), connect(manifest) as wiki:
        planned = make_plan(manifest.schema, wiki.editor, manifest.folder)
        planned.refuse_conflicts()
        if planned.steps:
            cli.confirm(_effect(planned), yes=yes)
        with cli.progress("schemas", total=len(planned.steps)) as step:
            applied = apply(manifest.schema, wiki.editor, manifest.folder, progress=step)
    _show(cli, applied.steps, empty="the wiki had all of the schemas")


@command.command("export")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write packs into this folder.")
@frame.pass_frame
def export_(cli: frame.Frame, out: Path | None) -> None:
    r"""Show the schemas as packs, with the names that they have in the wiki by now.

    \b
    Example:
      commarchive schema export --out renamed
    """
    manifest = load_manifest(cli.folder)
    lock = read_lock(manifest.folder)
    with connect(manifest) as wiki:
        packs = export(manifest.schema, read_state(wiki.client, manifest.schema, lock), lock)
    if out is None:
        cli.show(packs, _yaml(packs))
        return
    files = {
        out / pack / f"{kind}.yaml": {kind: content} for pack, kinds in packs.items() for kind, content in kinds.items()
    }
    for pack in manifest.packs.values():
        about = {
            "id": pack.id,
            "name": dict(pack.name),
            "description": dict(pack.description),
            "requires": list(pack.requires),
            "licence": pack.licence,
        }
        files[out / pack.id / "pack.yaml"] = {key: value for key, value in about.items() if value}
    there = sorted(str(path) for path in files if path.exists())
    if there:
        raise UsageError(f"`{there[0]}` is there already", hint="name an empty folder")
    for path, content in sorted(files.items()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_yaml(content), encoding="utf-8")
    cli.table([{"file": str(path)} for path in sorted(files)], ["file"])


def _effect(planned: SeedPlan) -> str:
    verbs = [step.verb for step in planned.steps]
    counted = [f"{verbs.count(verb)} to {verb}" for verb in dict.fromkeys(verbs)]
    return f"properties and classes: {', '.join(counted)}"


def _show(cli: frame.Frame, steps: tuple[Step, ...], *, empty: str) -> None:
    cli.table([_row(step) for step in steps], _COLUMNS, empty=empty)


def _row(step: Step) -> dict[str, Any]:
    return {
        "step": str(step.verb),
        "kind": step.kind,
        "slug": step.slug,
        "entity": step.entity_id,
        "parts": list(step.parts),
    }


def _yaml(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
