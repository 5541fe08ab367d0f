"""`commarchive federate`: publish to Wikidata what people consented to, and take it back.

Knows: words and output. Must not know: what may be published, or how it is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from commarchive.cli import frame
from commarchive.cli.words import BY, WHY, YES
from commarchive.deploy.services import Services, open_archive
from commarchive.errors import ExitCode, UsageError
from commarchive.federation import Federation
from commarchive.federation.apply import Means, apply_plan
from commarchive.federation.approve import agreement
from commarchive.federation.approve import approve as agree
from commarchive.federation.plan import Plan, as_line, read_plan
from commarchive.federation.planning import candidates, plan_publication
from commarchive.federation.retract import deletion_requests, plan_retraction
from commarchive.federation.show import sentences
from commarchive.federation.verify import as_rows
from commarchive.federation.verify import verify as look_again

_FILE = click.argument("file", type=click.Path(path_type=Path))
_OUT = click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The file that the plan is written to."
)


@frame.group("federate")
def command() -> None:
    """Publish statements to Wikidata with consent and approval, look after them, take them back."""


@command.command("plan")
@click.argument("records", nargs=-1)
@_OUT
@click.option(
    "--choose",
    "chosen",
    multiple=True,
    metavar="ID=ID",
    help="Which item there a record is about: `Q7=Q42`, or `Q7=new`; `new` for a statement's GUID. May be repeated.",
)
@BY
@frame.pass_frame
def plan(cli: frame.Frame, records: tuple[str, ...], out: Path, chosen: tuple[str, ...], by: str) -> int:
    r"""Plan what is to be published: of RECORDS, or of all that a consent to federate is about. Nothing is sent.

    Exits with 4 where there is something to approve.

    \b
    Example:
      commarchive federate plan --out plan.jsonl --by aino
    """
    with (
        _opened(cli, synced=True) as (archive, federation),
        archive.target() as there,
        cli.progress("records", len(records) or len(candidates(federation))) as step,
    ):
        made = plan_publication(
            federation,
            federation.target(there.client.api),
            out,
            author=by,
            records=records,
            choices=_choices(chosen),
            progress=step,
        )
    _show(cli, made)
    return ExitCode.CHANGES_PENDING if made.counts.edits else ExitCode.DONE


@command.command("show")
@_FILE
@frame.pass_frame
def show(cli: frame.Frame, file: Path) -> None:
    """Show a plan as sentences: what would be said where, what is left out and why, and what cannot be undone."""
    with _opened(cli) as (_, federation):
        found = read_plan(file)
        agreed = agreement(federation, found)
    data = {**_summary(found), "agreed": list(agreed.people), "needed": agreed.needed}
    if cli.is_json:
        data["entries"] = [as_line(entry) for entry in found.entries()]
    cli.show(data, "\n".join(sentences(found, agreed)))


@command.command("approve")
@_FILE
@BY
@WHY
@frame.pass_frame
def approve(cli: frame.Frame, file: Path, by: str, why: str) -> int:
    """Agree to a plan, as a steward who did not make it. It is bound to every byte of the file.

    Exits with 4 while others have to agree.
    """
    with _opened(cli) as (_, federation):
        found = read_plan(file)
        agreed = agree(federation, found, by=by, why=why)
    missing = f", still without a steward: {', '.join(agreed.without)}" if agreed.without else ""
    text = f"{len(agreed.people)} of {agreed.needed} agreed to plan {found.digest}{missing}"
    cli.show({**_summary(found), **asdict(agreed)}, text)
    return ExitCode.DONE if agreed.is_enough else ExitCode.CHANGES_PENDING


@command.command("apply")
@_FILE
@BY
@YES
@frame.pass_frame
def apply(cli: frame.Frame, file: Path, by: str, *, yes: bool) -> int:
    """Carry an approved plan out, as a data steward. What an earlier run left undone is gone on with.

    Exits with 4 where something was left undone, because it changed there.
    """
    with _opened(cli, synced=True) as (archive, federation), archive.target() as there:
        found = read_plan(file)
        cli.confirm(_effect(found), yes=yes)
        config = archive.manifest.federation
        means = Means(edits_per_minute=config.edits_per_minute if config else 60, settle=there.settle)
        with cli.progress("edits", found.counts.edits) as step:
            done = apply_plan(federation, federation.target(there.client.api), found, by=by, means=means, progress=step)
    lines = [f"{len(done.sent)} edits made, {len(done.before)} were made before, {len(done.there)} needed none"]
    lines += [f"{record} was left undone: {why}" for record, why in done.skipped.items()]
    cli.show(asdict(done), "\n".join(lines))
    return ExitCode.DONE if done.is_whole else ExitCode.CHANGES_PENDING


@command.command("verify")
@click.argument("records", nargs=-1)
@frame.pass_frame
def verify(cli: frame.Frame, records: tuple[str, ...]) -> int:
    """Look whether what was published stands there as it was left, and may still stand there.

    Exits with 4 where something differs.
    """
    with _opened(cli, synced=True) as (archive, federation), archive.target() as there:
        total = len(records) or len(federation.ledger.records(federation.site))
        with cli.progress("records", total) as step:
            report = look_again(federation, federation.target(there.client.api), records=records, progress=step)
    cli.table(as_rows(report), ["record", "there", "drift", "what"], empty=f"{report.checked} statements as they were")
    return ExitCode.DONE if report.is_clean else ExitCode.CHANGES_PENDING


@command.command("retract")
@click.argument("what", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything that was ever published.")
@click.option("--wrong", is_flag=True, help="Mark it as wrong there, with the reason, instead of taking it away.")
@_OUT
@BY
@WHY
@frame.pass_frame
def retract(
    cli: frame.Frame, what: tuple[str, ...], out: Path, by: str, why: str, *, everything: bool, wrong: bool
) -> int:
    r"""Plan to take back what was published of WHAT: records, or statements by their GUIDs here.

    Only what is ours goes, and it needs approval as any plan. Exits with 4 where there is something to approve.

    \b
    Example:
      commarchive federate retract Q7 --out back.jsonl --by aino
    """
    if bool(what) == everything:
        raise UsageError("say what to take back: records, statements, or `--all`")
    with _opened(cli) as (archive, federation), archive.target() as there, cli.progress("records") as step:
        made = plan_retraction(
            federation,
            federation.target(there.client.api),
            out,
            author=by,
            what=what,
            wrong=wrong,
            why=why,
            progress=step,
        )
    _show(cli, made)
    return ExitCode.CHANGES_PENDING if made.counts.edits else ExitCode.DONE


@command.command("status")
@click.argument("record", required=False)
@click.option("--explain", is_flag=True, help="Say for each statement what keeps it here, as far as `--by` sees it.")
@click.option("--ledger", "rows", is_flag=True, help="Every row of the ledger.")
@click.option(
    "--deletions", is_flag=True, help="Items that we made and that are empty now, with what to ask for there."
)
@BY
@frame.pass_frame
def status(cli: frame.Frame, record: str | None, by: str, *, explain: bool, rows: bool, deletions: bool) -> None:
    """Show what stands there by the ledger: in numbers, or of one record."""
    with _opened(cli) as (archive, federation):
        if explain:
            cli.table(
                _why_not(federation, record, by), ["statement", "blocker", "because"], empty="nothing keeps it here"
            )
            return
        head = federation.ledger.verify()
        records = [record] if record else federation.ledger.records(federation.site)
        if deletions:
            with archive.target() as there:
                found = dict(deletion_requests(federation, federation.target(there.client.api), records))
            cli.show(found, "\n\n".join(found.values()) or "nothing to ask for")
        elif rows:
            every = [row for row in federation.ledger.as_json() if record in (None, row["record"])]
            cli.table(every, list(every[0]) if every else [], empty="the ledger is empty")
        elif record:
            cli.table(_standing(federation, record), ["statement", "there", "what", "since", "plan"], empty="nothing")
        else:
            facts = _numbers(federation, records)
            facts |= {"ledger_rows": head.seq, "target": federation.site}
            cli.show(facts, "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))


@contextmanager
def _opened(cli: frame.Frame, *, synced: bool = False) -> Iterator[tuple[Services, Federation]]:
    with open_archive(cli.folder) as archive:
        if synced:
            # What is looked at has to be what the wiki says now.
            with archive.wiki() as wiki:
                archive.projection.sync(wiki.client)
        yield archive, Federation.of(archive.manifest, archive.ids, archive.register, archive.projection)


def _choices(chosen: tuple[str, ...]) -> dict[str, str]:
    choices = {}
    for text in chosen:
        here, is_choice, there = text.rpartition("=")
        if not is_choice or not here or not there:
            raise UsageError(f"`{text}` is no choice", hint="`Q7=Q42`, `Q7=new`, or a statement's GUID with `=new`")
        choices[here] = there
    return choices


def _show(cli: frame.Frame, made: Plan) -> None:
    cli.show(_summary(made), "\n".join(sentences(made)))


def _summary(found: Plan) -> dict[str, Any]:
    return {"plan": found.digest, **asdict(found.header), **asdict(found.counts), "file": str(found.path)}


def _effect(found: Plan) -> str:
    counts = found.counts
    return (
        f"{counts.edits} items at {found.header.target} change, {counts.new_items} of them new, in {counts.steps} "
        "statements; what is sent stays in their public history for ever"
    )


def _numbers(federation: Federation, records: list[str]) -> dict[str, Any]:
    counted: Counter[str] = Counter()
    for past in federation.pasts(records).values():
        counted["records"] += bool(past.standing)
        counted["statements"] += len(past.standing)
        counted["items_made"] += bool(past.item)
        counted["taken_back"] += len(past.withdrawals.contents)
    names = ("records", "statements", "items_made", "taken_back")
    return {name: counted[name] for name in names} | {"in_doubt": len(federation.ledger.under_way())}


def _why_not(federation: Federation, record: str | None, person: str) -> list[dict[str, str]]:
    if record is None:
        raise UsageError("`--explain` is about one record", hint="name it, such as `Q7`")
    return [
        {"statement": guid or "the record", "blocker": str(block.blocker), "because": block.words}
        for guid, blocks in federation.why_not(record, person).items()
        for block in blocks
    ]


def _standing(federation: Federation, record: str) -> list[dict[str, Any]]:
    return [
        {
            "statement": contribution.row.statement,
            "there": contribution.row.guid,
            "what": str(contribution.ours.mode),
            "since": contribution.row.at,
            "plan": contribution.row.plan[:12],
        }
        for contribution in federation.pasts([record])[record].contributions()
    ]
