"""Federation as the rest of commarchive uses it: one archive, one mapping, one target.

Knows: what belongs together, and what a plan rests on. Must not know: terminals, pages, how a target is reached.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from hashlib import sha256
from zoneinfo import ZoneInfo

from commarchive.errors import ClosedError, ConflictError, NotFoundError, UsageError
from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.counterparts import Matcher
from commarchive.federation.evidence import Reader, Sources
from commarchive.federation.gate import Withdrawals
from commarchive.federation.ledger import Ledger
from commarchive.federation.local import Place, Saying
from commarchive.federation.mapping import Federable, load_mapping
from commarchive.federation.past import Past, past_of
from commarchive.federation.plan import Header
from commarchive.federation.target import STOCK, WIKIMEDIA, Limits, Target
from commarchive.federation.translate import Translator, datatypes_of, properties_of
from commarchive.manifest.config import FederationTarget, Manifest
from commarchive.model.archive import Archive
from commarchive.model.schema import Schema, SchemaIds
from commarchive.projection import Projection
from commarchive.register import Register
from commarchive.wikibase.api import ActionApi

_WIKIMEDIA = frozenset({FederationTarget.WIKIDATA, FederationTarget.TEST_WIKIDATA})
_LONGEST_BEHIND = timedelta(minutes=45)


@dataclass(frozen=True)
class Federation:
    """What one archive publishes where.

    `archive`: as its files say, protocols as they are in force. `archive_item`: the target's item about the archive.
    `reachable`: whether others can open the archive's pages. `approvals`: how many people have to approve a plan.
    `limits`: the target's.
    """

    sources: Sources
    ledger: Ledger
    mapping: Federable
    schema: Schema
    ids: SchemaIds
    archive_item: str = ""
    approvals: int = 1
    reachable: bool = True
    limits: Limits = WIKIMEDIA

    @classmethod
    def of(cls, manifest: Manifest, ids: SchemaIds, register: Register, projection: Projection) -> Federation:
        """From an archive's files and services.

        Raises:
            UsageError: the archive publishes nowhere.
            ManifestError: something is wrong with the mapping.
        """
        config = manifest.federation
        if config is None:
            raise UsageError("this archive publishes nowhere", hint="add `federation` to archive.yaml")
        return cls(
            sources=Sources.of(projection, register, manifest.schema, ids, config.licence),
            ledger=Ledger(register.store),
            mapping=load_mapping(config.mapping, root=manifest.folder, schema=manifest.schema, ids=ids),
            schema=manifest.schema,
            ids=ids,
            archive_item=config.archive_item,
            approvals=config.approvals,
            # A reference that nobody else can open would be none.
            reachable=config.target not in _WIKIMEDIA or manifest.archive.base_url.startswith("https://"),
            limits=STOCK if config.target is FederationTarget.OTHER else WIKIMEDIA,
        )

    def target(self, api: ActionApi) -> Target:
        """The target behind an API that is signed in there, or may only read."""
        return Target(api, limits=self.limits, languages=self.archive.languages)

    @property
    def archive(self) -> Archive:
        """The archive, its protocols as they are in force."""
        return self.sources.register.archive

    @property
    def site(self) -> str:
        """How the ledger names the target: what its concept addresses begin with."""
        return self.mapping.target

    def now(self) -> datetime:
        """The present instant, by the register's clock."""
        return self.sources.register.store.clock()

    def today(self) -> date:
        """The day in the archive's zone."""
        return self.now().astimezone(ZoneInfo(self.archive.zone)).date()

    def need_level(self) -> None:
        """See that what is read here is what the archive's wiki says now, or did a short while ago.

        Raises:
            ClosedError: it is not, or not certainly.
        """
        until = self.sources.projection.synced_until()
        if until is None or self.now() - until > _LONGEST_BEHIND:
            raise ClosedError(
                "what changed in the archive's wiki was not taken in lately, so nothing is sent",
                hint="`commarchive sync`, or look why it does not run",
            )

    def policy(self) -> str:
        """The digest of everything in the archive's files that decides what may be published, and as what."""
        return _digest([asdict(self.archive), self._fixed])

    @cached_property
    def _fixed(self) -> str:
        rest = [self.mapping.digest, self.sources.licence, self.archive_item, self.reachable]
        return _digest([asdict(self.schema), asdict(self.ids), rest])

    def pasts(self, records: Sequence[str]) -> dict[str, Past]:
        """What the ledger says of some records, as far as this target is concerned."""
        return {record: past_of(rows, self.site) for record, rows in self.ledger.of_records(records).items()}

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """Reads records for the gate, as visitors see them now.

        Raises:
            ClosedError: the archive is closed to visitors.
        """
        with self.sources.reader(self.now(), self._withdrawals) as reader:
            yield reader

    def why_not(self, record: str, person: str) -> dict[str, list[Block]]:
        """What keeps each statement of a record from being published, as far as a person sees the record.

        By GUID; the record itself stands under an empty one. Nothing is asked of the target.

        Raises:
            NotFoundError: there is no such record, or none that they may know of.
            ClosedError: the archive is closed to visitors.
        """
        with self.sources.reader(self.now(), self._withdrawals, person) as reader:
            found = reader.records([record]).get(record)
            if found is None:
                raise NotFoundError(f"no record `{record}`")
            blocks = {"": reader.gate.of_record(found)}
            for statement in found.entity.statements:
                if statement.property_id in {*reader.gate.controls, self.mapping.identity}:
                    continue
                blocks[statement.id] = reader.gate.of_statement(found, statement)
                if statement.property_id not in self.mapping.properties:
                    words = (
                        f"the mapping has no `{self.mapping.slugs.get(statement.property_id, statement.property_id)}`"
                    )
                    blocks[statement.id].append(Block(Blocker.UNMAPPED, words))
            return blocks

    @contextmanager
    def saying(self, target: Target, header: Header) -> Iterator[Saying]:
        """Finds out what records would say there now, with what a plan's header fixes.

        Raises:
            ClosedError: the archive is closed to visitors.
            ConflictError: the target is not the one that the mapping is for, or lacks what references need.
        """
        target.need(self.mapping.target)
        facts = target.facts(properties_of(self.mapping))
        datatypes = datatypes_of(self.mapping, facts)
        self._need_references(datatypes)
        translator = Translator(
            mapping=self.mapping,
            addresses=self.sources.projection.rules.addresses,
            datatypes=datatypes,
            text_languages=target.text_languages,
            term_languages=target.term_languages,
            limits=target.limits,
        )
        matcher = Matcher(
            mapping=self.mapping,
            target=target,
            choices=header.choices,
            gone_to=partial(self.ledger.items, self.site),
            equivalents=self._equivalents(),
        )
        with self.reader() as reader:
            yield Saying(reader, self.mapping, translator, matcher, self._place(header.day), self.archive.languages)

    def _withdrawals(self, records: Sequence[str]) -> dict[str, Withdrawals]:
        return {record: past.withdrawals for record, past in self.pasts(records).items()}

    def _need_references(self, datatypes: Mapping[str, str | None]) -> None:
        references = self.mapping.references
        wanted = {references.url: "url", references.retrieved: "time", references.stated_in: "wikibase-item"}
        for property_id, datatype in wanted.items():
            if property_id and datatypes[property_id] != datatype:
                raise ConflictError(
                    f"references need {property_id} there to be `{datatype}`, and it is `{datatypes[property_id]}`",
                    hint="correct `references` in the mapping",
                )

    def _equivalents(self) -> dict[str, tuple[str, ...]]:
        return {self.ids.items[slug]: d.equivalents for slug, d in self.schema.items.items() if slug in self.ids.items}

    def _place(self, day: str) -> Place:
        return Place(f"{self.archive.base_url}/item/" if self.reachable else "", self.archive_item, day)


def _digest(data: object) -> str:
    return sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
