"""Labels and Notices of Local Contexts on a record: which it carries, and who may attach which.

Knows: the properties that carry them, the rule of Local Contexts. Must not know: who asks for what else a write needs;
this rule stands beside all others, and allows nothing that they refuse.

A Label is a community's own word, so only who acts for the community attaches it. A Notice is what institutions and
researchers may say until there is one, so a facilitator or an affiliate may attach a Notice, and never a Label.
Source: RAiD's schema and DataCite's guidance, after Local Contexts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from commarchive.model.archive import Archive
from commarchive.model.entity import Entity, Snak
from commarchive.model.local_contexts import LABEL_PROPERTY, NOTICE_PROPERTY, Kind, mark_of
from commarchive.policy import targets
from commarchive.policy.decide import Decision
from commarchive.policy.standing import Principal, Role, counting
from commarchive.policy.targets import Target
from commarchive.policy.vocabulary import Vocabulary

_FOR_THE_COMMUNITY = frozenset({Role.STEWARD, Role.COMMUNITY_MANAGER})

MAY_ATTACH: Mapping[Kind, frozenset[Role]] = MappingProxyType(
    {
        Kind.LABEL: _FOR_THE_COMMUNITY,
        Kind.NOTICE: _FOR_THE_COMMUNITY | {Role.FACILITATOR, Role.AFFILIATE},
    }
)
"""Which roles attach Labels, and which Notices."""

_KINDS = MappingProxyType({LABEL_PROPERTY: Kind.LABEL, NOTICE_PROPERTY: Kind.NOTICE})


@dataclass(frozen=True, slots=True)
class Attached:
    """What a record carries: `word` is an abbreviation, or a project's UUID; empty where the wiki has no value.

    `slug` is that of the property that says so, `target` the record or the statement that carries it.
    """

    target: Target
    slug: str
    word: str

    @property
    def kind(self) -> Kind | None:
        """Label or Notice; None for a project."""
        return _KINDS.get(self.slug)


def read_attached(entity: Entity, vocabulary: Vocabulary) -> tuple[Attached, ...]:
    """Everything of Local Contexts that a record or its statements carry, whatever the rank."""
    return tuple(dict.fromkeys(_attached(entity, vocabulary)))


def _attached(entity: Entity, vocabulary: Vocabulary) -> Iterator[Attached]:
    for statement in entity.statements:
        if statement.property_id in vocabulary.local_contexts:
            yield _of(statement.mainsnak, targets.ENTITY, vocabulary)
        for qualifier in statement.qualifiers:
            if qualifier.property_id in vocabulary.local_contexts:
                yield _of(qualifier, targets.statement(statement.id), vocabulary)


def _of(snak: Snak, target: Target, vocabulary: Vocabulary) -> Attached:
    return Attached(target, vocabulary.local_contexts[snak.property_id], (snak.text or "").strip())


def may_attach(abbreviation: str, roles: Iterable[Role]) -> Decision:
    """Whether somebody may attach a Label or Notice.

    Args:
        abbreviation: of the Label or Notice, such as `TK SS` or `withholding`.
        roles: those that the person has in the record's communities or protocols (`roles_in`).
    """
    mark = mark_of(abbreviation)
    if mark is None:
        return Decision(allowed=False, reason=f"`{abbreviation}` is neither a Label nor a Notice of Local Contexts")
    fitting = sorted(MAY_ATTACH[mark.kind] & set(roles))
    if fitting:
        return Decision(allowed=True, reason=f"a {fitting[0]} may attach {mark.kind.title()}s")
    if mark.kind is Kind.LABEL:
        return Decision(allowed=False, reason="Labels are attached by those who act for the community, by nobody else")
    return Decision(allowed=False, reason=f"Notices are attached by {_listed(MAY_ATTACH[Kind.NOTICE])}")


def roles_in(principal: Principal, groups: Iterable[str], archive: Archive, now: datetime) -> frozenset[Role]:
    """The roles that somebody has in any of these communities and protocols, blocks and dates taken into account.

    Raises:
        ValueError: `now` has no zone.
    """
    wanted = set(groups)
    return frozenset(m.role for m in counting(principal, archive, now) if m.group in wanted)


def _listed(roles: Iterable[Role]) -> str:
    return ", ".join(f"{role}s" for role in sorted(roles))
