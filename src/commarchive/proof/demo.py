"""The whole of commarchive once, on an embedded wiki, with a real inventory beside invented records.

Knows: the order of the story, and what each step promises. Must not know: how any step is done, or how it is told.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from commarchive.deploy.opening import propose_release
from commarchive.deploy.services import Services, open_archive
from commarchive.deploy.wiki import WikiConnection, connect, embedded_wiki
from commarchive.errors import ApprovalError, UsageError
from commarchive.gateway import create_app
from commarchive.gateway.opening import services_of
from commarchive.ingest.intake import read_intake
from commarchive.ingest.ledger import Ledger
from commarchive.ingest.load import load_mapping
from commarchive.ingest.run import Ingest, Report
from commarchive.manifest.load import load_manifest
from commarchive.proof import people
from commarchive.proof.asking import Caller, Question
from commarchive.proof.census import Count, census
from commarchive.proof.federating import Federating
from commarchive.resources import data_path
from commarchive.seeding.applying import apply
from commarchive.wikibase.codec import encode_entity

MARK = ".commarchive-demo"
"""Stands in a folder that the demo made, and that it may therefore make anew."""

SEARCH = "illustration"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story: what was done, the figures, and whether it went as promised."""

    title: str
    facts: tuple[str, ...]
    as_promised: bool = True


class Demo:
    """The demo in one folder, which is made anew.

    Raises:
        UsageError: the folder is there, and the demo did not make it.
    """

    def __init__(self, folder: Path) -> None:
        if folder.exists() and not (folder / MARK).exists():
            raise UsageError(f"`{folder}` is not the demo's to make anew", hint="name a folder that does not exist")
        self.folder = folder
        self.counts: list[Count] = []

    def run(self) -> Iterator[Step]:
        """Tell the whole story, step by step."""
        yield from self.prepare()
        yield from self.publish()

    def accounts(self) -> dict[str, str]:
        """Accounts in the demo's wiki for its people, each with a password made for this run; by name."""
        passwords = {person: secrets.token_urlsafe(9) for person in people.EVERYBODY}
        with embedded_wiki(load_manifest(self.folder)) as wiki:
            for person, password in passwords.items():
                wiki.create_account(person, password)
        return passwords

    def publish(self) -> Iterator[Step]:
        """The part of the story that leaves the archive, and comes back."""
        with open_archive(self.folder) as archive, archive.target() as there:
            for title, facts, as_promised in Federating(archive, there, self.folder).run():
                yield Step(title, facts, as_promised)

    def prepare(self) -> Iterator[Step]:
        """The part of the story that stays in the archive."""
        yield self._lay_out()
        yield self._seed()
        with open_archive(self.folder) as archive, archive.wiki() as wiki:
            yield self._settle(archive)
            yield self._take_in(archive, wiki, "illustrations.csv", "illustrations.yaml", by=people.STEWARD, rejected=1)
            yield self._take_in(
                archive, wiki, "elements.csv", "living-heritage-ingest.yaml", by=people.DATA_STEWARD, rejected=0
            )
            yield self._before(archive)
            yield self._agree(archive)
            yield self._count(archive)
            yield self._seasons(archive)
            yield self._explain(archive)
            yield self._agreement(archive, wiki)

    def _lay_out(self) -> Step:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(data_path("examples", "village"), self.folder)
        (self.folder / MARK).write_text("made by `commarchive demo`, and made anew by it\n", encoding="utf-8")
        for table in ("elements.csv", "countries.csv"):
            shutil.copy(data_path("examples", "living-heritage", table), self.folder / "tables" / table)
        for mapping in data_path("mappings").glob("*.yaml"):
            shutil.copy(mapping, self.folder / "mappings" / mapping.name)
        manifest = load_manifest(self.folder)
        facts = (f"{len(manifest.archive.communities)} communities, {len(manifest.archive.protocols)} protocols",)
        return Step("an archive's files, checked", facts)

    def _seed(self) -> Step:
        manifest = load_manifest(self.folder)
        with connect(manifest) as wiki:
            applied = apply(manifest.schema, wiki.editor, self.folder)
            again = apply(manifest.schema, wiki.editor, self.folder)
        facts = (f"{len(applied.steps)} properties and classes made", f"a second run: {len(again.steps)} changes")
        return Step("an embedded wiki, seeded with the schemas", facts, bool(applied.steps) and not again.steps)

    def _settle(self, archive: Services) -> Step:
        people.settle(archive.register)
        groups = sorted({member.membership.group for member in archive.register.members.of()})
        return Step("people and their roles", (f"stewards and members of {', '.join(groups)}",))

    def _take_in(
        self, archive: Services, wiki: WikiConnection, table: str, mapping: str, *, by: str, rejected: int
    ) -> Step:
        manifest = archive.manifest
        rules = load_mapping(self.folder / "mappings" / mapping, manifest.schema, manifest.archive, root=self.folder)
        intake = read_intake(self.folder / "tables" / table, rules, manifest.schema, archive.ids, manifest.archive)

        def release(written: Mapping[str, int]) -> None:
            propose_release(archive, wiki, written, by=by)

        def ingest() -> Report:
            ledger = Ledger(archive.register.store.engine)
            return Ingest(intake, manifest.schema, archive.ids, wiki.editor, ledger).run(on_batch=release)

        report, again = ingest(), ingest()
        facts = (
            f"{report.created} records, {report.things} things they refer to, {len(report.rejected)} rows rejected",
            *(f"line {row.line}, {row.column}: {row.message}" for row in report.rejected),
            f"a second run: {again.writes} writes",
        )
        promised = report.created > 0 and len(report.rejected) == rejected and again.writes == 0
        return Step(f"{table} taken in by the {by.lower()}", facts, promised)

    def _before(self, archive: Services) -> Step:
        waiting = archive.register.releases.proposals(state="open")
        counts = self._census(archive)
        needed = sorted({f"{n} of {group}" for proposal in waiting for group, n in proposal.needs.items()})
        facts = (f"a visitor sees {counts[0].records} records", f"{len(waiting)} releases wait for {', '.join(needed)}")
        return Step("what nobody else has agreed to stays closed", facts, bool(waiting))

    def _agree(self, archive: Services) -> Step:
        for person in (people.SECOND_STEWARD, people.REVIEWER):
            for proposal in archive.register.releases.proposals(state="open"):
                with suppress(ApprovalError):
                    archive.register.releases.approve(proposal.id, by=person)
        done = len(archive.register.releases.proposals(state="done"))
        left = len(archive.register.releases.proposals(state="open"))
        return Step("a second steward agrees", (f"{done} releases in effect, {left} wait",), not left)

    def _count(self, archive: Services) -> Step:
        self.counts = self._census(archive)
        by_person = {count.person: count for count in self.counts}
        visitor, member, elder, steward = (
            by_person[name].records for name in (people.VISITOR, people.MEMBER, people.ELDER, people.STEWARD)
        )
        facts = (f"searching for `{SEARCH}`", "the table below counts what each sees")
        promised = 0 < visitor < member < elder <= steward and by_person[people.FACILITATOR].records == visitor
        return Step("who sees how much", facts, promised)

    def _seasons(self, archive: Services) -> Step:
        seen = []
        for month in (1, 7):
            now = datetime(2027, month, 10, 12, tzinfo=UTC)
            counts = census(
                archive.projection, archive.register, [people.ELDER], search=SEARCH, leave_out=_own(archive), now=now
            )
            seen.append(counts[0].records)
        facts = (f"an elder sees {seen[0]} records in January and {seen[1]} in July",)
        return Step("a season opens and closes by itself", facts, seen[0] > seen[1])

    def _explain(self, archive: Services) -> Step:
        id_ = self._find(archive, "Song of the elders")
        explanation = archive.projection.explain(id_, None)
        facts = tuple(explanation.as_text().splitlines()[:4])
        return Step(f"read {id_} --as visitor --explain", facts, not explanation.lines[0].seen)

    def _agreement(self, archive: Services, wiki: WikiConnection) -> Step:
        parts = (archive.manifest, archive.ids, archive.register, archive.projection)
        gateway = create_app(services_of(*parts, wiki.new_session, wiki.client.api))
        compared = 0
        with (
            Caller(gateway, archive.manifest.archive.base_url) as caller,
            archive.projection.view(archive.register.members.principal(None)) as view,
        ):
            for id_ in archive.projection.ids():
                shown = view.entity(id_)
                expected = encode_entity(shown.entity) if shown is not None else {}
                answer = caller.ask(Question(f"/wiki/Special:EntityData/{id_}.json"))
                served = json.loads(answer.body)["entities"][id_] if answer.status == 200 else {}
                if {key: served[key] for key in expected if key in served} != expected or bool(served) != bool(
                    expected
                ):
                    return Step("the gateway and `read` agree", (f"they differ on {id_}",), as_promised=False)
                compared += 1
            hits = caller.ask(Question("/search", {"q": "elders"})).body.decode()
        leaked = [text for text in archive.projection.secrets_from(None) if text in hits]
        facts = (f"{compared} records compared for a visitor, {len(leaked)} hidden texts on a page of search",)
        return Step("the gateway and `read` agree", facts, not leaked)

    def _find(self, archive: Services, label: str) -> str:
        with archive.projection.view(archive.register.members.principal(people.ELDER)) as view:
            return view.search(label).ids[0]

    def _census(self, archive: Services) -> list[Count]:
        return census(archive.projection, archive.register, people.READERS, search=SEARCH, leave_out=_own(archive))


def _own(archive: Services) -> frozenset[str]:
    return frozenset(archive.ids.items.values())
