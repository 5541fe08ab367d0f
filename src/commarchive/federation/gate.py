"""The gate: what the archive's people decided that keeps a record, or one statement of it, from being published.

Knows: every rule that needs no look at the target, each by itself, so that a report names all that stand in the way.
Must not know: files, databases, the network, the clock; what is known of a record is an argument (`evidence.py`).

Everything is refused that is not allowed by each rule. A statement answers for all that it names: an entity that is its
property, value, unit or globe, in its main part, a qualifier or a reference, has to pass too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.sameness import digest, statement_key
from commarchive.model.archive import AccessProtocol, Archive, FederationRule, RecordState
from commarchive.model.entity import Entity, Statement, TermKind
from commarchive.model.local_contexts import Federation, federation_of
from commarchive.policy import targets
from commarchive.policy.condition import CLOSED, All, AnyOf, Before, Condition, Shares, groups_named, holds
from commarchive.policy.mentions import Addresses, mentioned
from commarchive.policy.standing import Standing
from commarchive.projection.governance import Governance
from commarchive.register.consents import Consent, Scope


@dataclass(frozen=True, slots=True)
class Known:
    """One entity as the gate has to know it: the record itself, or one that it names.

    `public`: visitors see it, and more than that it exists. `classes`: those it belongs to, the wider ones included.
    """

    id: str
    public: bool
    governance: Governance | None
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """What was taken back of one record, each with the newest consent that there was at that time.

    `record`: all of it. By GUID, and by the digest of what a statement says, since it may come back under another GUID.
    """

    record: int | None = None
    statements: Mapping[str, int] = field(default_factory=dict)
    contents: Mapping[str, int] = field(default_factory=dict)

    def newest(self, statement: Statement) -> int | None:
        """The consent that a new one has to be newer than; None where nothing was taken back."""
        content = digest(statement_key(statement))
        marks = (self.record, self.statements.get(statement.id), self.contents.get(content))
        return max((mark for mark in marks if mark is not None), default=None)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as visitors see it, and what is known of it and of all that it names.

    `broken`: GUIDs of statements from which something was taken out for visitors.
    """

    entity: Entity
    broken: frozenset[str]
    known: Mapping[str, Known]
    consents: tuple[Consent, ...] = ()
    withdrawals: Withdrawals = Withdrawals()


@dataclass(frozen=True)
class Gate:
    """The gate at one instant.

    `living_properties`, `living_classes`: ids of what the schema marks as telling of persons who may be alive.
    `standing`: a visitor's. `licence`: the archive's declaration, empty where there is none. `hub`: the Labels and
    Notices that each project of the Local Contexts Hub ever had, by its UUID.
    """

    archive: Archive
    living_properties: frozenset[str]
    living_classes: frozenset[str]
    addresses: Addresses
    controls: frozenset[str]
    standing: Standing
    licence: str
    hub: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of_record(self, record: Record) -> list[Block]:
        """What keeps all of a record back, whatever its statements say."""
        found = [*self._of_known(record.entity.id, record.known.get(record.entity.id))]
        if self.licence != "CC0-1.0":
            words = "nobody declared that what is published is CC0 (`federation.licence` in archive.yaml)"
            found.append(Block(Blocker.NO_CC0, words))
        return _each_once(found)

    def of_statement(self, record: Record, statement: Statement) -> list[Block]:
        """What keeps one statement back, that which keeps back its record included."""
        found = self.of_record(record)
        if statement.id in record.broken:
            found.append(Block(Blocker.NOT_WHOLE, "a qualifier or a source of it is not public"))
        found += self._of_parts(record, statement)
        found += self._living(statement)
        for id_ in sorted(self.named(statement) - {record.entity.id}):
            found += self._of_known(id_, record.known.get(id_))
        consent = self.consent(record, statement)
        if isinstance(consent, Block):
            found.append(consent)
        return _each_once(found)

    def of_terms(self, record: Record) -> list[Block]:
        """What keeps a record's names from being published, which a new item there needs."""
        found = self.of_record(record)
        mark = record.withdrawals.record
        covering = [consent for consent in record.consents if self._covers_all(consent)]
        if not covering:
            words = "no consent to federate covers the whole record, its names included"
            found.append(Block(Blocker.NO_CONSENT, words))
        elif mark is not None and all(consent.id <= mark for consent in covering):
            found.append(Block(Blocker.WITHDRAWN, "the record was taken back, and no consent is newer than that"))
        return found

    def of_term(self, record: Record, kind: TermKind, language: str) -> list[Block]:
        """What keeps one label, description or group of aliases back."""
        known = record.known.get(record.entity.id)
        if known is None or known.governance is None:
            return [Block(Blocker.NOT_PUBLIC, "it is not known who may see it")]
        target = targets.term(kind, language)
        return _each_once(self._of_condition(known.governance, target, f"its {kind} in `{language}`"))

    def consent(self, record: Record, statement: Statement) -> Consent | Block:
        """The consent that a statement goes by: the one that lasts longest, then the oldest; or why there is none."""
        covering = [consent for consent in record.consents if consent.covers(Scope.FEDERATE_WIKIDATA, statement.id)]
        standing = [consent for consent in covering if consent.in_force(self.standing.now)]
        if not standing:
            if covering:
                return Block(Blocker.NO_CONSENT, "the consent to federate it has ended, was withdrawn or has not begun")
            return Block(Blocker.NO_CONSENT, "no consent to federate covers it")
        mark = record.withdrawals.newest(statement)
        fresh = [consent for consent in standing if mark is None or consent.id > mark]
        if not fresh:
            return Block(Blocker.WITHDRAWN, "it was taken back, and no consent is newer than that")
        return min(fresh, key=lambda consent: (-_end(consent).timestamp(), consent.id))

    def named(self, statement: Statement) -> frozenset[str]:
        """Ids of everything that a statement speaks of, its properties included."""
        return frozenset[str]().union(*(mentioned(snak, self.addresses) for snak in statement.snaks()))

    def _covers_all(self, consent: Consent) -> bool:
        return (
            Scope.FEDERATE_WIKIDATA in consent.scope and not consent.statements and consent.in_force(self.standing.now)
        )

    def _of_known(self, id_: str, known: Known | None) -> Iterator[Block]:
        if known is None or known.governance is None:
            yield Block(Blocker.NOT_PUBLIC, f"`{id_}` is not public")
            return
        governance = known.governance
        if not known.public:
            yield Block(Blocker.NOT_PUBLIC, f"`{id_}` is not public")
        if governance.held:
            yield Block(Blocker.HELD, f"a hold lies on `{id_}`")
        if known.classes & self.living_classes:
            yield Block(Blocker.LIVING_PERSON, f"`{id_}` is about a person who may be alive")
        if not holds(governance.released_of(targets.ENTITY), self.standing) or (
            governance.released.state is not RecordState.LIVE
        ):
            yield Block(Blocker.NOT_RELEASED, f"its stewards have not released `{id_}` to everybody")
        yield from self._of_condition(governance, targets.ENTITY, f"`{id_}`")
        yield from self._of_attached(governance, targets.ENTITY, f"`{id_}`")

    def _of_attached(self, governance: Governance, target: targets.Target, name: str) -> Iterator[Block]:
        """What the Labels and Notices that something carries keep back, those of its projects included."""
        for attached in governance.attached:
            if attached.target != target:
                continue
            if attached.kind is not None:
                yield from _of_label(attached.word, f"{name} carries {attached.word or 'an unknown label'}, which")
                continue
            carried = self.hub.get(attached.word.lower())
            if carried is None:
                words = f"{name} names the project `{attached.word[:40]}` of the Hub, whose labels nobody knows"
                yield Block(Blocker.LABEL, words)
            for label in sorted(carried or ()):
                yield from _of_label(label, f"a project of the Hub that {name} names carries {label}, which")

    def _of_parts(self, record: Record, statement: Statement) -> Iterator[Block]:
        known = record.known.get(record.entity.id)
        if known is None or known.governance is None:
            return
        own = targets.statement(statement.id)
        parts = {own: "it"}
        for qualifier in statement.qualifiers:
            parts[targets.qualifiers(statement.id, qualifier.property_id)] = f"its qualifier `{qualifier.property_id}`"
        for reference in statement.references:
            key = targets.reference_key(reference, self.controls)
            parts[targets.reference(statement.id, key)] = "a source of it"
        for target, name in parts.items():
            if not holds(known.governance.released_of(target), self.standing):
                yield Block(Blocker.NOT_RELEASED, f"its stewards have not released {name} to everybody")
            yield from self._of_condition(known.governance, target, name)
        yield from self._of_attached(known.governance, own, "it")

    def _of_condition(self, governance: Governance, target: targets.Target, name: str) -> Iterator[Block]:
        condition = governance.in_force_of(target)
        if not holds(condition, self.standing):
            yield Block(Blocker.NOT_PUBLIC, f"{name} is not public")
        elif not holds(self._lasting(condition), self.standing):
            # What is published is published for ever.
            yield Block(Blocker.NOT_FOR_GOOD, f"{name} is public for a time only")
        for group in sorted(groups_named(condition)):
            protocol = self.archive.protocols.get(group)
            if protocol is not None:
                yield from _of_protocol(protocol, name)

    def _lasting(self, condition: Condition) -> Condition:
        """The condition without what holds only until some day, or in some season."""
        match condition:
            case All(parts):
                return All(tuple(self._lasting(part) for part in parts))
            case AnyOf(parts):
                return AnyOf(tuple(self._lasting(part) for part in parts))
            case Before():
                return CLOSED
            case Shares(id_):
                protocol = self.archive.protocols.get(id_)
                return condition if protocol is not None and protocol.season is None else CLOSED
        return condition

    def _living(self, statement: Statement) -> Iterator[Block]:
        for property_id in sorted({snak.property_id for snak in statement.snaks()} & self.living_properties):
            yield Block(Blocker.LIVING_PERSON, f"`{property_id}` tells of persons who may be alive")


def _of_protocol(protocol: AccessProtocol, name: str) -> Iterator[Block]:
    if protocol.federation is not FederationRule.WITH_CONSENT:
        yield Block(Blocker.PROTOCOL, f"{name} stands under `{protocol.id}`, which federates nothing")
    for label in protocol.labels:
        yield from _of_label(label, f"{name} stands under `{protocol.id}`, whose label {label}")


def _of_label(label: str, words: str) -> Iterator[Block]:
    match federation_of(label):
        case Federation.BLOCKED:
            yield Block(Blocker.LABEL, f"{words} does not go with CC0")
        case Federation.UNDECIDED:
            yield Block(Blocker.LABEL, f"{words} somebody has to look at first")


def _end(consent: Consent) -> datetime:
    return consent.until or datetime.max.replace(tzinfo=UTC)


def _each_once(blocks: Iterable[Block]) -> list[Block]:
    return list(dict.fromkeys(blocks))
