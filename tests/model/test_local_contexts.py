"""The words of Local Contexts: as many as there are, each with what follows from it, and on a page for people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commarchive.model.local_contexts import (
    LABELS,
    NOTICES,
    RENAMED,
    Bearing,
    Family,
    Federation,
    Kind,
    federation_of,
    label_of_hub,
    mark_of,
    notice_of_hub,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "labels.md").read_text("utf-8")
ALL = {**LABELS, **NOTICES}


def bearing(*bearings: Bearing) -> set[str]:
    return {word for word, mark in LABELS.items() if mark.bearings & set(bearings)}


def test_there_are_as_many_as_local_contexts_has():
    prefixes = [abbreviation[:2] for abbreviation in LABELS]

    assert (prefixes.count("TK"), prefixes.count("BC"), len(LABELS), len(NOTICES)) == (20, 10, 30, 12)


def test_labels_ask_who_and_when_by_these():
    assert bearing(Bearing.WHO) == {"TK SS", "TK MR", "TK WR", "TK MG", "TK WG", "TK CO", "TK CL", "TK F", "BC CL"}
    assert bearing(Bearing.WHEN) == {"TK S"}
    assert bearing(Bearing.CARE) == {"TK CS", "TK NV", "BC CNV"}
    assert bearing(Bearing.VERIFICATION) == {"TK V", "TK NV", "BC CV", "BC CNV"}
    assert {word for word, mark in LABELS.items() if mark.asks_for_restriction} == bearing(Bearing.WHO, Bearing.WHEN)


def test_what_asks_for_anything_that_cc0_gives_away_blocks_federation():
    blocked = {word for word, mark in LABELS.items() if mark.federation is Federation.BLOCKED}

    assert blocked == bearing(Bearing.WHO, Bearing.WHEN) | {
        *("TK NC", "TK O", "TK CS"),
        *("BC NC", "BC R", "BC O"),
    }
    assert {word for word, mark in LABELS.items() if mark.federation is Federation.UNDECIDED} == {"TK NV", "BC CNV"}


def test_everything_that_asks_for_restriction_blocks_federation():
    assert [
        mark for mark in ALL.values() if mark.asks_for_restriction and mark.federation is not Federation.BLOCKED
    ] == []


@pytest.mark.parametrize("word", ["", "TK", "TK C", "TK:secret_sacred", "tk a"])
def test_what_is_not_known_has_to_be_looked_at(word):
    assert mark_of(word) is None
    assert federation_of(word) is Federation.UNDECIDED


def test_abbreviations_of_earlier_years_lead_to_todays():
    assert set(RENAMED.values()) <= set(LABELS)
    assert set(RENAMED) & set(LABELS) == set()


def test_labels_and_notices_have_families_of_their_own():
    of_labels, of_notices = ({mark.family for mark in marks.values()} for marks in (LABELS, NOTICES))

    assert of_labels | of_notices == set(Family)
    assert of_labels & of_notices == set()
    assert {mark.kind for mark in LABELS.values()} == {Kind.LABEL}
    assert {mark.kind for mark in NOTICES.values()} == {Kind.NOTICE}


def test_the_hub_has_one_word_for_each():
    for mark in LABELS.values():
        assert label_of_hub(mark.abbreviation[:2], mark.hub_type) is mark
    assert notice_of_hub("") is None
    assert label_of_hub("TK", "") is None
    assert label_of_hub("XX", "clan") is None


def test_the_page_for_people_says_the_same():
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, flags=re.MULTILINE)

    assert {row[0]: row[1:] for row in rows} == {
        word: (mark.name, str(mark.family), ", ".join(sorted(mark.bearings)), _words(mark.federation))
        for word, mark in ALL.items()
    }


def _words(federation: Federation) -> str:
    return {
        Federation.FREE: "yes",
        Federation.UNDECIDED: "somebody has to look first",
        Federation.BLOCKED: "no",
    }[federation]
