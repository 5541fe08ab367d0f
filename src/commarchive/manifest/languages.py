"""Which codes of languages mean something.

Knows: the codes that Wikibase takes for texts, and the languages of the Unicode CLDR. Must not know: any text.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel import Locale
from babel.core import get_global


@cache
def term_languages() -> frozenset[str]:
    """The codes that a stock Wikibase takes for texts (its `wbcontentlanguages`, release 1.43), and `mul`."""
    return frozenset((Path(__file__).parent / "term_languages.txt").read_text("ascii").split())


@cache
def text_languages() -> frozenset[str]:
    """The codes that a text of the archive's own may have: Wikibase's, and every language that the CLDR names."""
    return term_languages() | {str(code).replace("_", "-").lower() for code in Locale("en").languages}


def shorter_code(code: str) -> str | None:
    """The code that is used in place of this one, such as `se` for `sme`, if there is such a one."""
    used: str | None = get_global("language_aliases").get(code)
    return used
