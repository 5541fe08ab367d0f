"""Labels and Notices that a record carries keep it here, and nothing that the Hub stops saying lets it go."""

from __future__ import annotations

import pytest

from commarchive.federation.blockers import Blocker
from commarchive.localcontexts.cache import HubCache
from commarchive.localcontexts.hub import Answer, Outcome

from .words import guid, item, statement, text
from .world import COUNTRY, FIDDLING, FINLAND, LC_LABEL, LC_NOTICE, LC_PROJECT, SAUNA, STATED_IN, World

STATEMENT = guid(FIDDLING, COUNTRY)
SONGS = "5f2b1c9e-0000-4000-8000-000000000001"


def words(world: World, part: str = STATEMENT) -> list[str]:
    blocks = world.federation.why_not(FIDDLING, "ole")[part]
    return [block.words for block in blocks if block.blocker is Blocker.LABEL]


def carrying(world: World, property_id: str, word: str) -> None:
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), (property_id, text(word)))


def remember(world: World, *label_types: str) -> None:
    labels = [
        {"unique_id": f"aaaaaaaa-0000-4000-8000-00000000000{at}", "name": "Ours", "label_type": each}
        for at, each in enumerate(label_types)
    ]
    body = {"unique_id": SONGS, "title": "Songs", "project_privacy": "Public", "tk_labels": labels}
    HubCache(world.register.store.engine).remember(Answer(SONGS, Outcome.FOUND, body), world.clock())


def test_a_record_without_labels_may_go(world):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))

    assert words(world) == []


@pytest.mark.parametrize(
    ("property_id", "word", "why"),
    [
        (LC_LABEL, "TK SS", "`Q21` carries TK SS, which does not go with CC0"),
        (LC_LABEL, "TK NC", "`Q21` carries TK NC, which does not go with CC0"),
        (LC_LABEL, "BC CNV", "`Q21` carries BC CNV, which somebody has to look at first"),
        (LC_LABEL, "of a later year", "`Q21` carries of a later year, which somebody has to look at first"),
        (LC_NOTICE, "withholding", "`Q21` carries withholding, which does not go with CC0"),
        (LC_NOTICE, "tk-notice", "`Q21` carries tk-notice, which somebody has to look at first"),
    ],
)
def test_a_label_on_the_record_keeps_it_here(world, property_id, word, why):
    carrying(world, property_id, word)

    assert words(world) == [why]


@pytest.mark.parametrize(
    ("property_id", "word"), [(LC_LABEL, "TK A"), (LC_LABEL, "BC OC"), (LC_NOTICE, "open-to-collaborate")]
)
def test_a_label_that_goes_with_cc0_keeps_nothing_back(world, property_id, word):
    carrying(world, property_id, word)

    assert words(world) == []


def test_a_label_on_a_statement_keeps_that_statement_here_and_no_other(world):
    other = statement(FIDDLING, STATED_IN, item(FINLAND))
    labelled = statement(FIDDLING, COUNTRY, item(FINLAND), (LC_LABEL, "TK SS"))
    world.element(FIDDLING, labelled, other)

    assert words(world) == ["it carries TK SS, which does not go with CC0"]
    assert words(world, guid(FIDDLING, STATED_IN)) == []


def test_a_label_on_a_record_that_is_named_keeps_the_statement_here(world):
    world.element(SAUNA, (LC_LABEL, text("TK SS")), qid=None)
    world.element(FIDDLING, (COUNTRY, item(SAUNA)))

    assert words(world) == ["`Q22` carries TK SS, which does not go with CC0"]


def test_a_projects_labels_count_for_the_record_that_names_it(world):
    remember(world, "attribution", "secret_sacred")
    carrying(world, LC_PROJECT, SONGS.upper())

    assert words(world) == ["a project of the Hub that `Q21` names carries TK SS, which does not go with CC0"]


def test_a_label_that_the_hub_removed_keeps_the_record_here_all_the_same(world):
    remember(world, "attribution", "secret_sacred")
    remember(world, "attribution")
    carrying(world, LC_PROJECT, SONGS)

    assert words(world) == ["a project of the Hub that `Q21` names carries TK SS, which does not go with CC0"]


@pytest.mark.parametrize("word", [SONGS, "no UUID"])
def test_a_project_of_which_nothing_is_known_keeps_the_record_here(world, word):
    HubCache(world.register.store.engine).remember(Answer(SONGS, Outcome.UNKNOWN, why="it answered 500"), world.clock())
    carrying(world, LC_PROJECT, word)

    assert words(world) == [f"`Q21` names the project `{word}` of the Hub, whose labels nobody knows"]


def test_a_project_without_such_labels_keeps_nothing_back(world):
    remember(world, "attribution")
    carrying(world, LC_PROJECT, SONGS)

    assert words(world) == []
