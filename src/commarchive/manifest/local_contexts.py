"""The Labels of Local Contexts, by abbreviation.

Knows: the twenty Traditional Knowledge and ten Biocultural Labels, as the Local Contexts Hub names them. Must not know:
what follows from a Label. Labels inform; access rests on protocols alone.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

LABELS: Final = MappingProxyType(
    {
        "TK A": "Attribution",
        "TK CL": "Clan",
        "TK F": "Family",
        "TK MC": "Multiple Communities",
        "TK CV": "Community Voice",
        "TK CR": "Creative",
        "TK V": "Verified",
        "TK NV": "Non-Verified",
        "TK S": "Seasonal",
        "TK WG": "Women General",
        "TK MG": "Men General",
        "TK MR": "Men Restricted",
        "TK WR": "Women Restricted",
        "TK CS": "Culturally Sensitive",
        "TK SS": "Secret / Sacred",
        "TK OC": "Open to Commercialization",
        "TK NC": "Non-Commercial",
        "TK CO": "Community Use Only",
        "TK O": "Outreach",
        "TK CB": "Open to Collaboration",
        "BC P": "Provenance",
        "BC MC": "Multiple Communities",
        "BC CL": "Clan",
        "BC CV": "Consent Verified",
        "BC CNV": "Consent Non-Verified",
        "BC R": "Research Use",
        "BC CB": "Open to Collaboration",
        "BC OC": "Open to Commercialization",
        "BC O": "Outreach",
        "BC NC": "Non-Commercial",
    }
)
"""Abbreviation → name."""

RENAMED: Final = MappingProxyType({"TK C": "TK OC"})
"""Abbreviations of earlier years, and today's."""
