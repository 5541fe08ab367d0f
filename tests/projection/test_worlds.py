"""In random worlds everybody finds what the rules give them, all of it and nothing else, on every way to find it.

`COMMARCHIVE_WORLDS` says how many worlds to try.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from commarchive.policy.standing import standing
from commarchive.projection import View
from tests.archives import ARCHIVE, PEOPLE
from tests.databases import DatabaseMaker
from tests.projection.conftest import Keeping, KeepingMaker
from tests.projection.contents import contents
from tests.projection.halves import HALVES, SECRETS, Half
from tests.projection.paper import CLASS, DEPICTS, NOTE, PLACE, SOURCE, TITLE
from tests.projection.worlds import CALM, ITEMS, WORDS, Expected, live

WORLDS = int(os.environ.get("COMMARCHIVE_WORLDS", "5"))
LANGUAGES = ("fi", "en", "se")


@pytest.fixture
def database(tmp_path: Path) -> DatabaseMaker:
    """Files alone: worlds differ by chance, not by database."""
    return lambda name: f"sqlite:///{tmp_path / name}.db"


def views(keeping: Keeping) -> Iterator[tuple[View, Expected]]:
    """The world as some see it: a visitor, a custodian, and others in turn."""
    some = PEOPLE[1:-1]
    start = keeping.wiki.revision % len(some)
    for person in (None, "Olli", *(some + some)[start : start + 4]):
        principal = keeping.register.members.principal(person)
        with keeping.projection.view(principal) as view:
            yield view, Expected(keeping, standing(principal, ARCHIVE, keeping.clock()))


@pytest.mark.parametrize("seed", range(WORLDS))
def test_everybody_finds_what_the_rules_give_them(keeping: Keeping, seed: int) -> None:
    live(keeping, seed)
    for view, expected in views(keeping):
        records_are_as_the_rules_give_them(view, expected)
        lists_hold_what_is_seen_one_by_one(view, expected)
        values_are_those_of_what_is_seen(view, expected)
        search_finds_what_is_seen_in_its_order(view, expected)
    reading_everything_again_changes_nothing(keeping)


def records_are_as_the_rules_give_them(view: View, expected: Expected) -> None:
    shown = view.entities([*ITEMS, *expected.entities])
    for id_, entity in expected.shown.items():
        assert (id_ in shown) == (entity is not None), id_
        if entity is not None:
            one = shown[id_]
            assert one.stub == (id_ not in expected.full)
            assert one.entity.labels == entity.labels
            assert one.entity.aliases == entity.aliases
            assert one.entity.descriptions == entity.descriptions
            values = [[(snak.property_id, snak.value) for snak in s.snaks()] for s in one.entity.statements]
            assert values == [[(snak.property_id, snak.value) for snak in s.snaks()] for s in entity.statements]
    for id_ in set(ITEMS) - expected.shown.keys():
        is_known = id_ in expected.redirects and expected.may_know(id_)
        target = expected.redirects[id_].target if is_known else None
        assert view.redirect_target(id_) == target
        assert (id_ in shown) == (target is not None and expected.shown.get(target) is not None)


def lists_hold_what_is_seen_one_by_one(view: View, expected: Expected) -> None:
    for type_ in ("item", "property"):
        wanted = expected.items(type_)
        page = view.items(type_=type_)
        assert (list(page.ids), page.total) == (wanted, len(wanted))
    paged = [view.items(offset=n, limit=2) for n in range(0, 10, 2)]
    assert [id_ for page in paged for id_ in page.ids] == expected.items()
    assert {page.total for page in paged} == {len(expected.items())}
    assert view.labels(ITEMS, ["en"]).keys() == {id_ for id_ in expected.items() if expected.full[id_].labels}


def values_are_those_of_what_is_seen(view: View, expected: Expected) -> None:
    facets = expected.facets()
    for property_id in (CLASS, DEPICTS, PLACE, SOURCE):
        wanted = {value: len(ids) for (of, value), ids in facets.items() if of == property_id}
        listed = dict(view.values(property_id))
        # What is only known to exist may be left out of lists.
        assert listed.items() <= wanted.items()
        assert {value for value in wanted if value in expected.full} <= listed.keys()
        for value in ITEMS:
            ids = facets.get((property_id, value), set())
            wanted_ids = [id_ for id_ in expected.items() if id_ in ids]
            page = view.items(where={property_id: value})
            assert (list(page.ids), page.total) == (wanted_ids, len(wanted_ids))
            assert {id_ for of, id_ in view.referring(value) if of == property_id} == ids


def search_finds_what_is_seen_in_its_order(view: View, expected: Expected) -> None:
    for query in (*WORDS, "la", "r", "rain lament", "north north", "nothing", "entity", ""):
        wanted = expected.search(query)
        page = view.search(query)
        assert (list(page.ids), page.total) == (wanted, len(wanted)), query
        paged = [view.search(query, offset=n, limit=3) for n in range(0, 9, 3)]
        assert [id_ for each in paged for id_ in each.ids] == wanted
    for begun in (*WORDS, "la", "r", "rain l"):
        wanted = expected.suggest(begun, LANGUAGES)
        hits = view.suggest(begun, LANGUAGES, type_="item", offset=0, limit=50)
        assert [hit.id for hit in hits] == wanted, begun
        later = view.suggest(begun, LANGUAGES, type_="item", offset=1, limit=2)
        assert [hit.id for hit in later] == wanted[1:3]


def reading_everything_again_changes_nothing(world: Keeping) -> None:
    assert world.projection.governance([]) == {}
    before, witness = contents(world.projection), world.register.store.witness()
    world.projection.rebuild(world.wiki.client)
    after = contents(world.projection)
    for table, rows in before.items():
        assert after[table] == rows, table
    assert world.register.store.witness() == witness


@pytest.mark.parametrize("seed", range(WORLDS))
def test_when_it_was_followed_makes_no_difference(new_keeping: KeepingMaker, seed: int) -> None:
    """One follows after every edit, the other when it has to.

    Without deletions and suppressions: what was gone before anybody read it is known to the one alone.
    """
    often, seldom = new_keeping(), new_keeping()
    write = often.wiki._save

    def and_follow(*args: object, **kwargs: object) -> int:
        revision = write(*args, **kwargs)  # type: ignore[arg-type]
        often.sync()
        return revision

    often.wiki._save = and_follow  # type: ignore[method-assign]
    live(often, seed, events=CALM)
    live(seldom, seed, events=CALM)
    for keeping in (often, seldom):
        keeping.sync()
        keeping.projection.governance([])
    one, other = contents(often.projection), contents(seldom.projection)
    for table, rows in one.items():
        assert other[table] == rows, table


# -- noninterference -------------------------------------------------------------------------------------------------


READERS = {None: "elders", "Laila": "elders", "Vieno": "players", "Kalle": "all(elders, singers)"}
"""Each with a condition that they do not satisfy."""


def hidden_worlds(new_keeping: KeepingMaker, seed: int, closed: str) -> tuple[Keeping, Keeping]:
    """Two archives alike in all that is open, and otherwise by chance in all that stands under a condition."""
    pair = new_keeping(), new_keeping()
    for number, keeping in enumerate(pair):
        Half(keeping, seed, f"{seed}/{number}", closed).live()
    return pair


@pytest.mark.parametrize("person", READERS)
@pytest.mark.parametrize("seed", range(WORLDS))
def test_what_somebody_may_not_see_takes_part_in_nothing(
    new_keeping: KeepingMaker, seed: int, person: str | None
) -> None:
    one, other = hidden_worlds(new_keeping, seed, READERS[person])
    answers = []
    for keeping in (one, other):
        with keeping.seen_by(person) as view:
            answers.append(everything(view))
        # The two do differ: what is hidden is there for those who may see it.
        with keeping.seen_by("Olli") as view:
            answers.append(everything(view))
    for name, answer in answers[0].items():
        assert answers[2][name] == answer, name
    assert answers[1] != answers[3]


def everything(view: View) -> dict[str, object]:
    """Every answer of a view."""
    ids = [*HALVES, *(f"P{n}" for n in range(1, 20))]
    found: dict[str, object] = {f"entity {id_}": view.entity(id_) for id_ in ids}
    found["entities"] = view.entities(ids)
    found["redirects"] = [view.redirect_target(id_) for id_ in ids]
    found["labels"] = [view.labels(ids, languages) for languages in (["en"], ["se", "fi"], [])]
    for type_ in ("item", "property"):
        found[f"items {type_}"] = [view.items(type_=type_, offset=n, limit=3) for n in range(0, 12, 3)]
    for property_id in (CLASS, DEPICTS, PLACE, SOURCE, TITLE, NOTE):
        found[f"values {property_id}"] = view.values(property_id)
        found[f"where {property_id}"] = [view.items(where={property_id: id_}) for id_ in ids]
    found["referring"] = [view.referring(id_) for id_ in ids]
    for query in (*WORDS, *SECRETS, "s", "r", "n", "elders", "village", "q1", "Q3"):
        found[f"search {query}"] = [view.search(query), view.search(query, offset=1, limit=2)]
        found[f"suggest {query}"] = view.suggest(query, LANGUAGES, type_="item", offset=0, limit=9)
    return found
