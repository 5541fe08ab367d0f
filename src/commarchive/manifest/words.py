"""Checks that many places share: conditions, texts, languages, zones, days.

Knows: the language of conditions, codes, calendars. Must not know: which file it looks at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from commarchive.errors import Finding
from commarchive.manifest.checked import Checked, near_match, one_of
from commarchive.manifest.languages import shorter_code, text_languages
from commarchive.manifest.yamlfile import Steps, shown
from commarchive.policy import Condition, ConditionError, parse_condition
from commarchive.policy.condition import Members, Shares, Stewards, atoms

RESERVED = frozenset({"all", "any", "public", "members", "stewards", "after", "before", "custodian"})
"""Words of the language of conditions, and of the register, which no id may be."""
_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Groups:
    """The ids that a condition may name."""

    protocols: frozenset[str]
    communities: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Both."""
        return self.protocols | self.communities


def condition_findings(file: Checked, steps: Steps, text: str, groups: Groups) -> Iterator[Finding]:
    """What is wrong with a condition: its form, or whom it names."""
    try:
        condition = parse_condition(text)
    except ConditionError as error:
        yield file.finding(steps, f"{shown(text)} is no condition: {error}")
        return
    for atom in dict.fromkeys(atoms(condition)):
        match atom:
            case Shares(name) if name not in groups.protocols:
                if name in groups.communities:
                    yield file.finding(steps, f"`{name}` is a community, not a protocol", f"`members({name})`")
                else:
                    right = one_of(groups.protocols, name) or "a protocol of this archive; there is none yet"
                    yield file.finding(steps, f"there is no protocol `{name}`", right)
            case Members(str(name)) | Stewards(str(name)) if name not in groups.all:
                yield file.finding(steps, f"there is no protocol or community `{name}`", one_of(groups.all, name))


def parsed(text: str) -> Condition | None:
    """The condition, or None where it is none; `condition_findings` says why."""
    try:
        return parse_condition(text)
    except ConditionError:
        return None


def language_findings(file: Checked, steps: Steps, code: str, known: Collection[str]) -> Iterator[Finding]:
    """What is wrong with the code of a language."""
    if code not in known:
        near = shorter_code(code)
        right = f"`{near}`" if near in known else "a code that Wikibase or the CLDR knows"
        yield file.finding(steps, f"{shown(code)} is no language that is known", right)


def text_findings(
    file: Checked, steps: Steps, texts: Mapping[str, str], languages: Collection[str]
) -> Iterator[Finding]:
    """What is wrong with a text in several languages; readers must find it in one of the archive's own."""
    for code in texts:
        yield from language_findings(file, (*steps, code), code, text_languages())
    if languages and not set(texts) & set(languages):
        right = f"a text in {one_of(languages)}"
        yield file.finding(steps, "this is in none of the archive's languages", right)


def missing_text_advice(file: Checked, steps: Steps, texts: Mapping[str, Any], language: str) -> Iterator[Finding]:
    """Says that a text lacks the archive's first language, where it does."""
    if language not in texts:
        yield file.finding(steps, f"there is no text in `{language}`, the archive's first language")


def zone_findings(file: Checked, steps: Steps, zone: str) -> Iterator[Finding]:
    """What is wrong with the name of a time zone."""
    if zone not in _zones():
        near = near_match(zone, _zones())
        yield file.finding(
            steps, f"{shown(zone)} is no time zone", f"`{near}`" if near else "one such as `Europe/Helsinki`"
        )


def month_and_day(text: str) -> tuple[int, int] | None:
    """`11-15` as (11, 15); None where no year has such a day."""
    month, _, day = text.partition("-")
    try:
        found = date(_LEAP_YEAR, int(month), int(day))
    except ValueError:
        return None
    return found.month, found.day


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
