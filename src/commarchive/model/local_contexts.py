"""The Labels and Notices of Local Contexts: what each is called, what it bears on, whether it goes with CC0.

Knows: the twenty Traditional Knowledge and ten Biocultural Labels as the Local Contexts Hub names them, and the twelve
Notices by the last part of their addresses below `https://localcontexts.org/notice/`. Must not know: who may attach one
(`policy.attaching`), what the Hub answers (`localcontexts`), or any icon, which may not be passed on.

Labels and Notices inform. Access rests on protocols alone; nothing in here opens or closes anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

LABEL_PROPERTY: Final = "local-contexts-label"
NOTICE_PROPERTY: Final = "local-contexts-notice"
PROJECT_PROPERTY: Final = "local-contexts-project"
"""Slugs of the properties by which a record carries Labels, Notices and the Hub's projects."""


class Kind(StrEnum):
    """A Label is a community's own word; a Notice is an institution's or a researcher's, until there is one."""

    LABEL = "label"
    NOTICE = "notice"


class Family(StrEnum):
    """How Local Contexts groups them: the first three are of Labels, the others of Notices."""

    PROVENANCE = "provenance"
    PROTOCOL = "protocol"
    PERMISSION = "permission"
    DISCLOSURE = "disclosure"
    ENGAGEMENT = "engagement"
    COLLECTIONS_CARE = "collections care"


class Bearing(StrEnum):
    """What it speaks of."""

    WHO = "who"
    WHEN = "when"
    CARE = "care"
    USE = "use"
    PROVENANCE = "provenance"
    VERIFICATION = "verification"


class Federation(StrEnum):
    """Whether what carries it can go where everybody may do everything with it, for ever (CC0).

    `undecided`: a person has to look first.
    """

    FREE = "free"
    UNDECIDED = "undecided"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Mark:
    """A Label or a Notice.

    `abbreviation` is what records, protocols and commands say: `TK SS`; for a Notice the end of its address, such as
    `withholding`. `hub_type` is the Hub's word for it, empty where the Hub gives none out.
    """

    kind: Kind
    abbreviation: str
    name: str
    family: Family
    bearings: frozenset[Bearing]
    federation: Federation
    hub_type: str = ""

    @property
    def asks_for_restriction(self) -> bool:
        """Whether it says that not everybody may see, or not at all times."""
        return bool(self.bearings & {Bearing.WHO, Bearing.WHEN})


def _table(kind: Kind, text: str) -> Mapping[str, Mark]:
    rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    marks = (
        Mark(
            kind=kind,
            abbreviation=abbreviation,
            name=name,
            family=Family(family),
            bearings=frozenset(Bearing(bearing) for bearing in bearings.split(", ")),
            federation=Federation(federation),
            hub_type=hub_type,
        )
        for abbreviation, name, hub_type, family, bearings, federation in rows
    )
    return MappingProxyType({mark.abbreviation: mark for mark in marks})


LABELS: Final = _table(
    Kind.LABEL,
    """
    TK A   | Attribution               | attribution           | provenance | provenance         | free
    TK CL  | Clan                      | clan                  | provenance | who                | blocked
    TK F   | Family                    | family                | provenance | who                | blocked
    TK MC  | Multiple Communities      | tk_multiple_community | provenance | provenance         | free
    TK CV  | Community Voice           | community_voice       | provenance | provenance         | free
    TK CR  | Creative                  | creative              | provenance | provenance         | free
    TK V   | Verified                  | verified              | protocol   | verification       | free
    TK NV  | Non-Verified              | non_verified          | protocol   | care, verification | undecided
    TK S   | Seasonal                  | seasonal              | protocol   | when               | blocked
    TK WG  | Women General             | women_general         | protocol   | who                | blocked
    TK MG  | Men General               | men_general           | protocol   | who                | blocked
    TK MR  | Men Restricted            | men_restricted        | protocol   | who                | blocked
    TK WR  | Women Restricted          | women_restricted      | protocol   | who                | blocked
    TK CS  | Culturally Sensitive      | culturally_sensitive  | protocol   | care               | blocked
    TK SS  | Secret / Sacred           | secret_sacred         | protocol   | who                | blocked
    TK OC  | Open to Commercialization | commercial            | permission | use                | free
    TK NC  | Non-Commercial            | non_commercial        | permission | use                | blocked
    TK CO  | Community Use Only        | community_use_only    | permission | who                | blocked
    TK O   | Outreach                  | outreach              | permission | use                | blocked
    TK CB  | Open to Collaboration     | open_to_collaboration | permission | use                | free
    BC P   | Provenance                | provenance            | provenance | provenance         | free
    BC MC  | Multiple Communities      | multiple_community    | provenance | provenance         | free
    BC CL  | Clan                      | clan                  | provenance | who                | blocked
    BC CV  | Consent Verified          | consent_verified      | protocol   | verification       | free
    BC CNV | Consent Non-Verified      | consent_non_verified  | protocol   | care, verification | undecided
    BC R   | Research Use              | research              | permission | use                | blocked
    BC CB  | Open to Collaboration     | collaboration         | permission | use                | free
    BC OC  | Open to Commercialization | commercialization     | permission | use                | free
    BC O   | Outreach                  | outreach              | permission | use                | blocked
    BC NC  | Non-Commercial            | non_commercial        | permission | use                | blocked
    """,
)
"""Labels by abbreviation. What each bears on, and whether it goes with CC0, are our reading of its template text."""

NOTICES: Final = _table(
    Kind.NOTICE,
    """
    tk-notice              | Traditional Knowledge  | traditional_knowledge  | disclosure       | care       | undecided
    bc-notice              | Biocultural            | biocultural            | disclosure       | care       | undecided
    attribution-incomplete | Attribution Incomplete | attribution_incomplete | disclosure       | provenance | undecided
    open-to-collaborate    | Open to Collaborate    | open_to_collaborate    | engagement       | use        | free
    authorization          | Authorization          |                        | collections care | who        | blocked
    belonging              | Belonging              |                        | collections care | provenance | undecided
    caring                 | Caring                 |                        | collections care | care       | undecided
    gender-aware           | Gender Aware           |                        | collections care | who        | blocked
    leave-undisturbed      | Leave Undisturbed      |                        | collections care | care       | blocked
    safety                 | Safety                 |                        | collections care | care       | undecided
    viewing                | Viewing                |                        | collections care | who        | blocked
    withholding            | Withholding            |                        | collections care | who        | blocked
    """,
)
"""Notices by the last part of their address."""

RENAMED: Final = MappingProxyType({"TK C": "TK OC"})
"""Abbreviations of earlier years, and today's."""


def mark_of(abbreviation: str) -> Mark | None:
    """The Label or Notice of an abbreviation; None where there is none."""
    return LABELS.get(abbreviation) or NOTICES.get(abbreviation)


def label_of_hub(prefix: str, label_type: str) -> Mark | None:
    """The Label that the Hub means: `prefix` is `TK` or `BC`, the list in which it stands, since both have a `clan`."""
    return _found((mark for mark in LABELS.values() if mark.abbreviation.startswith(f"{prefix} ")), label_type)


def notice_of_hub(notice_type: str) -> Mark | None:
    """The Notice that the Hub means."""
    return _found(NOTICES.values(), notice_type)


def federation_of(abbreviation: str) -> Federation:
    """Whether what carries this can be federated; what is not known has to be looked at."""
    mark = mark_of(abbreviation)
    return mark.federation if mark is not None else Federation.UNDECIDED


def _found(marks: Iterable[Mark], hub_type: str) -> Mark | None:
    return next((mark for mark in marks if hub_type and mark.hub_type == hub_type), None)
