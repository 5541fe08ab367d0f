"""`commarchive protocol`: the rules by which the archive is shared.

Knows: words and output. Must not know: what is suspicious, or what a rule means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from commarchive.cli import frame
from commarchive.cli.words import BY, WHY
from commarchive.deploy import local_contexts
from commarchive.deploy.services import open_archive
from commarchive.errors import ExitCode, UsageError
from commarchive.manifest.load import load_manifest
from commarchive.manifest.ready import ready_protocols
from commarchive.manifest.trying import try_examples
from commarchive.model.archive import AccessProtocol, Archive
from commarchive.policy import words
from commarchive.policy.condition import Condition, ConditionError, Shares, bind, parse_condition, simplify
from commarchive.policy.lint import Severity, concerns_of_conditions
from commarchive.policy.reach import Reach
from commarchive.policy.said import known_in


@frame.group("protocol")
def command() -> None:
    """Look after the rules by which the archive is shared."""


@command.command("list")
@click.option("--ready", is_flag=True, help="List the templates that ship instead, and where they lie.")
@frame.pass_frame
def list_(cli: frame.Frame, *, ready: bool) -> None:
    r"""List the archive's protocols, as its files have them.

    \b
    Example:
      commarchive protocol list --ready
    """
    if ready:
        rows = [{"id": p.id, "name": p.name["en"], "folder": str(p.folder)} for p in ready_protocols()]
        cli.table(rows, ["id", "name", "folder"])
        return
    protocols = load_manifest(cli.folder).archive.protocols
    columns = ["id", "community", "mode", "season", "outsiders_see", "release", "federation"]
    cli.table([_row(protocols[id_]) for id_ in sorted(protocols)], columns, empty="no protocols yet")


def _row(protocol: AccessProtocol) -> dict[str, Any]:
    return {
        "id": protocol.id,
        "community": protocol.community,
        "mode": str(protocol.mode),
        "season": words.season_in_words(protocol.season) if protocol.season is not None else "",
        "outsiders_see": protocol.outsiders_see.word,
        "release": str(protocol.release),
        "federation": str(protocol.federation),
    }


@command.command("test")
@click.argument("protocols", nargs=-1, metavar="[ID]...")
@frame.pass_frame
def test(cli: frame.Frame, protocols: Sequence[str]) -> ExitCode:
    r"""Try the examples that stewards wrote of their protocols, all or those of some.

    Each case that gets another answer than is expected is named with its place. Exits with 1 if there is one.

    \b
    Example:
      commarchive protocol test elders
    """
    manifest = load_manifest(cli.folder)
    for unknown in sorted(set(protocols) - manifest.archive.protocols.keys()):
        raise UsageError(f"there is no protocol `{unknown}`", hint="`commarchive protocol list` shows those there are")
    tried = list(try_examples(manifest, datetime.now(UTC), protocols or None))
    without = sorted(set(protocols or manifest.archive.protocols) - manifest.examples.keys())
    failed = [each for each in tried if not each.passed]
    rows = [
        {
            "protocol": each.protocol,
            "file": each.example.place.file,
            "line": each.example.place.line,
            "passed": each.passed,
            "expected": "allow" if each.example.allow else "deny",
            "because": each.example.because,
            "reason": each.decision.reason,
        }
        for each in tried
    ]
    lines = [str(each.finding) for each in failed]
    lines += [f"note: `{id_}` has no examples" for id_ in without]
    lines.append(f"{len(tried) - len(failed)} of {len(tried)} cases are answered as expected")
    cli.show({"clean": not failed, "cases": rows, "without_examples": without}, "\n".join(lines))
    return ExitCode.FAILED if failed else ExitCode.DONE


@command.command("explain")
@click.argument("condition")
@click.option("--community", help="The record's community, which `members` and `stewards` mean.")
@frame.pass_frame
def explain(cli: frame.Frame, condition: str, community: str | None) -> None:
    r"""Say what a condition means and for whom it opens; a protocol's id alone explains the protocol.

    \b
    Example:
      commarchive protocol explain "all(elders, any(singers, dancers))"
    """
    archive = load_manifest(cli.folder).archive
    formula = _formula(condition, community, archive)
    ways = words.ways(formula, archive)
    told = None if ways is None else [words.way_in_words(way, archive) for way in ways]
    reach = Reach(archive, (), datetime.now(UTC))
    notes = [concern.words for concern in concerns_of_conditions({formula: ["it"]}, reach)]
    protocol = archive.protocols[formula.protocol] if isinstance(formula, Shares) else None
    about = list(_about(protocol)) if protocol is not None else []
    asks = list(words.lines(formula, archive))
    lines = [f"`{formula}` asks for", *(f"  {line}" for line in asks), *_opening(told), *about]
    lines += [f"note: {note}" for note in notes]
    data = {"condition": str(formula), "asks_for": asks, "opens_for": told, "notes": notes, "protocol": about}
    cli.show(data, "\n".join(lines))


def _formula(text: str, community: str | None, archive: Archive) -> Condition:
    if community is not None and community not in archive.communities:
        raise UsageError(f"there is no community `{community}`", hint=f"there is {_listed(archive.communities)}")
    try:
        formula = parse_condition(text)
        # Without a community the bare words stay as they are; whatever is named has to be there all the same.
        bound = bind(formula, own=(community or "",), known=lambda atom: known_in(archive, atom))
    except ConditionError as error:
        hint = f"there is {_listed([*archive.protocols, *archive.communities])}"
        raise UsageError(f"`{text[:60]}` is no condition here: {error}", hint=hint) from error
    return simplify(formula if community is None else bound)


def _opening(told: Sequence[str] | None) -> Iterator[str]:
    match told:
        case None:
            yield "there are too many ways to satisfy it to tell each"
        case []:
            yield "it opens for nobody but custodians of the wiki"
        case _:
            yield "it opens for"
            yield from (f"  {way}" for way in told)


def _about(protocol: AccessProtocol) -> Iterator[str]:
    yield f"it belongs to the community `{protocol.community}`, and has at least {_count(protocol.stewards_min)}"
    yield f"to open something, {_count(protocol.release.people)} must agree"
    outsiders = {
        "hidden": "outsiders do not learn that there is something",
        "exists": "outsiders learn that there is something, and how to ask",
        "metadata": "outsiders see what the schema marks as safe",
    }
    yield outsiders[protocol.outsiders_see.word]
    goes = "never goes to Wikidata" if str(protocol.federation) == "never" else "can go to Wikidata, with consent"
    yield f"what stands under it {goes}"
    if protocol.labels:
        yield f"its Labels, which open and close nothing: {', '.join(protocol.labels)}"
    yield from (f"its notice ({language}): {text}" for language, text in sorted(protocol.notice.items()))


def _count(people: int) -> str:
    return f"{people} steward{'' if people == 1 else 's'}"


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(f"`{id_}`" for id_ in sorted(ids))


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


@command.command("pending")
@frame.pass_frame
def pending(cli: frame.Frame) -> int:
    """List protocols that the files loosen and that wait for stewards, with every record that stands under each.

    Exits with 4 where something waits. What a file tightens is in force at once.
    """
    with open_archive(cli.folder) as archive:
        waiting = archive.register.protocols.pending()
        governed = archive.projection.governance(archive.projection.ids()) if waiting else {}
        rows = [
            {
                "protocol": one.protocol,
                "loosens": list(one.respects),
                "needs": one.people,
                "agreed": list(one.agreed),
                "records": sorted(id_ for id_, record in governed.items() if one.protocol in record.groups),
            }
            for one in waiting
        ]
    cli.table(rows, ["protocol", "loosens", "needs", "agreed", "records"], empty="nothing waits")
    return ExitCode.CHANGES_PENDING if rows else ExitCode.DONE


@command.command("accept")
@click.argument("protocol")
@BY
@WHY
@frame.pass_frame
def accept(cli: frame.Frame, protocol: str, by: str, why: str) -> int:
    r"""Agree, as one of its stewards, to a protocol as the files loosen it; `protocol pending` shows what that opens.

    Exits with 4 while others have to agree.

    \b
    Example:
      commarchive protocol accept elders --by Aino
    """
    with open_archive(cli.folder) as archive:
        register = archive.register
        left = register.protocols.accept(protocol, by=by, is_steward=register.members.is_steward, why=why)
    if left is None:
        cli.show({"protocol": protocol, "in_force": True}, f"{protocol} is in force as the files have it")
        return ExitCode.DONE
    agreed = len(left.agreed)
    cli.show({"protocol": protocol, "in_force": False, "agreed": agreed}, f"{agreed} of {left.people} agreed")
    return ExitCode.CHANGES_PENDING
