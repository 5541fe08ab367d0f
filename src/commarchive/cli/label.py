"""`commarchive label`: the Labels and Notices of Local Contexts that count for the archive.

Knows: words and output. Must not know: what a Label asks for, or how the Hub is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

from commarchive.cli import frame
from commarchive.cli.words import BY
from commarchive.deploy import local_contexts
from commarchive.deploy.services import open_archive
from commarchive.errors import ExitCode
from commarchive.localcontexts.cache import CachedProject
from commarchive.localcontexts.project import ProjectMark
from commarchive.policy import targets

_PROJECTS = ["project", "title", "state", "fetched", "labels", "what_came_instead"]
_LABELS = ["label", "name", "bears_on", "project", "first_seen", "removed"]


@frame.group("label")
def command() -> None:
    """Keep the Labels and Notices of Local Contexts: they inform, and open and close nothing."""


@command.command("refresh")
@frame.pass_frame
def refresh(cli: frame.Frame) -> ExitCode:
    r"""Ask the Local Contexts Hub for the projects that the archive follows.

    Only the projects' UUIDs and the key leave the archive. Whatever the Hub answers, nothing that was known to count is
    forgotten. Exits with 1 if one of them could not be learned of.

    \b
    Example:
      commarchive label refresh
    """
    with open_archive(cli.folder) as archive:
        projects = local_contexts.refresh(archive)
        now = archive.register.store.clock()
    cli.table([_project(each, now) for each in projects], _PROJECTS)
    return ExitCode.FAILED if any(each.in_doubt for each in projects) else ExitCode.DONE


@command.command("list")
@click.option("--projects", is_flag=True, help="List projects, and how far what is known of them can be relied on.")
@frame.pass_frame
def list_(cli: frame.Frame, *, projects: bool) -> None:
    """List every Label and Notice that counts, those that the Hub no longer shows included."""
    with open_archive(cli.folder) as archive:
        known = local_contexts.remembered(archive).values()
        now = archive.register.store.clock()
    if projects:
        cli.table([_project(each, now) for each in known], _PROJECTS, empty="no projects yet")
    else:
        rows = [row for each in known for row in _labels(each)]
        cli.table(rows, _LABELS, empty="no labels yet; `commarchive label refresh` asks the Hub")


@command.command("show")
@click.argument("project")
@frame.pass_frame
def show(cli: frame.Frame, project: str) -> None:
    r"""Show a project's Labels and Notices in their community's words, in the archive's languages.

    The words are shown if the Hub shows them to everyone.

    \b
    Example:
      commarchive label show 5f2b1c9e-0000-4000-8000-000000000001
    """
    with open_archive(cli.folder) as archive:
        known, now = local_contexts.displayed(archive, project), archive.register.store.clock()
        languages = archive.register.archive.languages
    assert known.project is not None  # noqa: S101 (it is displayed)
    state, since = str(known.state(now)), known.fetched_at.date().isoformat() if known.fetched_at is not None else ""
    rows = [_shown(mark, languages) for mark in known.project.marks]
    lines = [f"{known.project.title} ({state}, from {since}) {known.project.page}"]
    for row in rows:
        lines += ["", f"{row['label']}: {row['name']}" + (f" ({row['community']})" if row["community"] else "")]
        lines += [f"  {row['text']}", *(f"  {row[key]}" for key in ("icon", "audio") if row[key])]
    data = {"project": known.id, "title": known.project.title, "page": known.project.page, "state": state}
    cli.show({**data, "fetched": since, "labels": rows}, "\n".join(lines))


@command.command("justify")
@click.argument("about")
@click.argument("label")
@click.option(
    "--part", default=targets.ENTITY, show_default=True, help="Which part of a record, as `protocol lint` names it."
)
@BY
@click.option("--why", required=True, help="The reason, for the audit; without names of restricted things.")
@frame.pass_frame
def justify(cli: frame.Frame, about: str, label: str, part: str, by: str, why: str) -> None:
    r"""Give a steward's reason why a LABEL that asks for restriction stands on something open.

    ABOUT is a record or a protocol. The reason is for the condition that is in force now, and ends with it.

    \b
    Example:
      commarchive label justify Q7 "TK WG" --by Aino --why "the women's circle opened it for the feast"
    """
    with open_archive(cli.folder) as archive:
        local_contexts.justify(archive, about, label, by=by, why=why, part=part)
    cli.show({"about": about, "label": label, "part": part}, f"{about}: {label} may stand as it does, says {by}")


def _project(each: CachedProject, now: datetime) -> dict[str, Any]:
    shown = each.displayed(now)
    return {
        "project": each.id,
        "title": shown.title if shown is not None else "",
        "state": str(each.state(now)),
        "fetched": each.fetched_at.date().isoformat() if each.fetched_at is not None else "",
        "labels": [mark.word for mark in each.marks],
        "what_came_instead": each.why,
    }


def _shown(mark: ProjectMark, languages: Iterable[str]) -> dict[str, str]:
    wording = mark.in_language(languages)
    return {
        "label": mark.mark.abbreviation if mark.mark is not None else mark.what,
        "name": wording.name,
        "language": wording.language,
        "text": wording.text,
        "community": mark.community,
        "icon": mark.icon,
        "audio": mark.audio,
    }


def _labels(each: CachedProject) -> list[dict[str, Any]]:
    return [
        {
            "label": mark.word,
            "name": mark.mark.name if mark.mark is not None else "",
            "bears_on": sorted(mark.mark.bearings) if mark.mark is not None else ["not known to this version"],
            "project": each.id,
            "first_seen": mark.first_seen.date().isoformat(),
            "removed": mark.removed_at.date().isoformat() if mark.removed_at is not None else "",
        }
        for mark in each.marks
    ]
