"""Remembering goes one way: nothing that the Hub says, stops saying or fails to say takes away what counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool

from commarchive.localcontexts.cache import FRESH_FOR, GONE_AFTER, HubCache, State
from commarchive.localcontexts.hub import Answer, Outcome
from commarchive.register.engine import open_engine
from tests.localcontexts.fakehub import (
    ATTRIBUTION,
    BROKEN,
    CLAN,
    DENIED,
    MISSING,
    NO_KEY,
    PLACES,
    SECRET_SACRED,
    SONGS,
    label,
    notice,
    project,
    says,
    sends,
)

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SACRED = label(SECRET_SACRED, "secret_sacred", "TK Secret / Sacred (TK SS)")
OURS = label(ATTRIBUTION, "attribution", "TK Attribution (TK A)")


@pytest.fixture
def engine(tmp_path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'register.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def cache(engine) -> HubCache:
    return HubCache(engine)


def words(cache: HubCache, id_: str = SONGS) -> list[str]:
    found = cache.get(id_)
    return [mark.word for mark in found.marks] if found else []


def found(**more: Any) -> Answer:
    return Answer(SONGS, Outcome.FOUND, project(**more))


GONE = Answer(SONGS, Outcome.GONE, why="it answered 404")
UNKNOWN = Answer(SONGS, Outcome.UNKNOWN, why="it answered 500")


def test_what_was_never_asked_for_is_not_there(cache):
    assert cache.get(SONGS) is None
    assert cache.all() == {}


def test_a_project_that_was_found_is_fresh_and_displayed(cache, fake, hub):
    fake.answers[SONGS] = says(project(tk_labels=[SACRED], notice=[notice("biocultural", "Biocultural (BC) Notice")]))

    (cached,) = cache.refresh(hub, [SONGS], NOW)

    assert cached == cache.get(SONGS)
    assert (cached.state(NOW), cached.fetched_at, cached.why) == (State.FRESH, NOW, "")
    assert words(cache) == ["TK SS", "bc-notice"]
    displayed = cached.displayed(NOW)
    assert displayed is not None
    assert displayed.marks[0].in_language(["en"]).name == "TK Secret / Sacred (TK SS)"


@pytest.mark.parametrize(
    "trouble",
    [NO_KEY, DENIED, BROKEN, MISSING, sends(b"{"), says(project(PLACES)), sends(b"x" * 5_000_000)],
    ids=["401", "403", "500", "404-once", "malformed", "another", "huge"],
)
def test_trouble_keeps_what_is_known_and_says_that_it_is_stale(cache, fake, hub, trouble):
    fake.answers[SONGS] = says(project(tk_labels=[SACRED]))
    (before,) = cache.refresh(hub, [SONGS], NOW)
    fake.answers[SONGS] = trouble

    (after,) = cache.refresh(hub, [SONGS], NOW + DAY)

    assert after.state(NOW + DAY) is State.STALE
    assert after.why != ""
    assert (after.project, after.marks, after.fetched_at) == (before.project, before.marks, NOW)
    assert after.displayed(NOW + DAY) == before.project


def test_a_hub_that_is_silent_keeps_what_is_known(cache, fake, hub, monkeypatch):
    fake.answers[SONGS] = says(project(tk_labels=[SACRED]))
    cache.refresh(hub, [SONGS], NOW)
    fake.answers[SONGS] = fake.hang
    monkeypatch.setattr(hub, "_timeout", 0.3)

    (after,) = cache.refresh(hub, [SONGS], NOW + DAY)

    assert (after.state(NOW + DAY), words(cache)) == (State.STALE, ["TK SS"])


def test_an_answer_grows_stale_by_itself(cache):
    cached = cache.remember(found(tk_labels=[SACRED]), NOW)

    assert cached.state(NOW + FRESH_FOR) is State.FRESH
    assert cached.state(NOW + FRESH_FOR + DAY) is State.STALE


def test_a_project_that_was_never_found_says_so(cache):
    cached = cache.remember(UNKNOWN, NOW)

    assert (cached.state(NOW), cached.project, cached.displayed(NOW), cached.marks) == (State.NEVER, None, None, ())


def test_one_project_in_trouble_leaves_the_others_alone(cache, fake, hub):
    fake.answers[SONGS] = BROKEN
    fake.answers[PLACES] = says(project(PLACES, tk_labels=[OURS]))

    songs, places = cache.refresh(hub, [SONGS, PLACES], NOW)

    assert (songs.state(NOW), places.state(NOW)) == (State.NEVER, State.FRESH)


# --- gone -------------------------------------------------------------------------------------------------------------


def test_a_project_is_gone_only_after_a_streak_over_the_whole_grace(cache):
    cache.remember(found(tk_labels=[SACRED]), NOW)
    first = NOW + DAY
    states = [cache.remember(GONE, at).state(at) for at in (first, first + DAY, first + GONE_AFTER - DAY / 2)]
    assert states == [State.STALE] * 3

    at = first + GONE_AFTER
    gone = cache.remember(GONE, at)

    assert gone.state(at) is State.GONE
    assert gone.displayed(at) is None
    assert words(cache) == ["TK SS"]


def test_two_404s_far_apart_are_no_streak(cache):
    cache.remember(GONE, NOW)

    assert cache.remember(GONE, NOW + 2 * GONE_AFTER).state(NOW + 2 * GONE_AFTER) is not State.GONE


@pytest.mark.parametrize("between", [UNKNOWN, found(tk_labels=[SACRED])], ids=["unknown", "found"])
def test_any_other_answer_begins_the_count_anew(cache, between):
    for days, answer in enumerate([GONE, GONE, GONE, between, GONE, GONE]):
        cache.remember(answer, NOW + days * 5 * DAY)

    cached = cache.get(SONGS)
    assert cached is not None
    assert cached.missing_times == 2
    assert cached.state(NOW + 25 * DAY) is not State.GONE


def test_a_project_that_comes_back_is_there_again(cache):
    for days in (0, 7, 14):
        cache.remember(GONE, NOW + days * DAY)
    gone = cache.get(SONGS)
    assert gone is not None
    assert gone.state(NOW + 14 * DAY) is State.GONE

    back = cache.remember(found(tk_labels=[SACRED]), NOW + 15 * DAY)

    assert (back.state(NOW + 15 * DAY), back.missing_since) == (State.FRESH, None)


# --- labels come and go -----------------------------------------------------------------------------------------------


def test_a_label_removed_upstream_still_counts_and_is_said_to_be_removed(cache):
    cache.remember(found(tk_labels=[SACRED, OURS]), NOW)
    cache.remember(found(tk_labels=[OURS]), NOW + DAY)

    after = cache.remember(found(tk_labels=[OURS]), NOW + 2 * DAY)

    removed = {mark.word: mark.removed_at for mark in after.marks}
    assert removed == {"TK A": None, "TK SS": NOW + DAY}
    assert after.project is not None
    assert [mark.what for mark in after.project.marks] == ["TK:attribution"]


def test_a_label_that_comes_back_is_no_longer_said_to_be_removed(cache):
    for days, labels in enumerate([[SACRED], [], [SACRED]]):
        cache.remember(found(tk_labels=labels), NOW + days * DAY)

    (mark,) = cache.all()[SONGS].marks
    assert (mark.removed_at, mark.first_seen, mark.added) == (None, NOW, False)


def test_a_label_added_upstream_is_told_from_one_that_was_always_there(cache):
    cache.remember(found(tk_labels=[OURS]), NOW)

    after = cache.remember(found(tk_labels=[OURS, SACRED]), NOW + DAY)

    assert [(mark.word, mark.added, mark.first_seen) for mark in after.marks] == [
        ("TK A", False, NOW),
        ("TK SS", True, NOW + DAY),
    ]


def test_a_label_that_became_another_leaves_what_it_was(cache):
    cache.remember(found(tk_labels=[SACRED]), NOW)
    cache.remember(found(tk_labels=[label(SECRET_SACRED, "attribution", "TK Attribution (TK A)")]), NOW + DAY)

    assert words(cache) == ["TK SS", "TK A"]


def test_the_same_label_in_two_projects_is_remembered_twice(cache):
    cache.remember(found(tk_labels=[OURS]), NOW)
    cache.remember(Answer(PLACES, Outcome.FOUND, project(PLACES, tk_labels=[OURS])), NOW)

    cache.remember(found(), NOW + DAY)

    removed = {id_: [mark.removed_at for mark in each.marks] for id_, each in cache.all().items()}
    assert removed == {SONGS: [NOW + DAY], PLACES: [None]}


def test_a_project_turned_private_is_not_displayed_and_still_counts(cache):
    cache.remember(found(tk_labels=[SACRED]), NOW)

    after = cache.remember(found(tk_labels=[SACRED], project_privacy="Private"), NOW + DAY)

    assert after.displayed(NOW + DAY) is None
    assert words(cache) == ["TK SS"]


def test_a_label_of_a_later_year_counts_by_the_hubs_word(cache):
    cache.remember(found(tk_labels=[label(CLAN, "of_a_later_year", "New")]), NOW)

    assert words(cache) == ["TK:of_a_later_year"]


def test_what_was_kept_and_can_no_longer_be_read_is_not_displayed_and_still_counts(cache, engine):
    cache.remember(found(tk_labels=[SACRED]), NOW)
    with engine.begin() as connection:
        connection.execute(text("UPDATE hub_projects SET body = '{'"))

    cached = cache.get(SONGS)

    assert cached is not None
    assert (cached.project, cached.displayed(NOW), words(cache)) == (None, None, ["TK SS"])


def test_what_is_remembered_outlives_the_process(cache, engine):
    cache.remember(found(tk_labels=[SACRED]), NOW)

    assert HubCache(engine).all() == cache.all()


LABELS = [SACRED, OURS, label(CLAN, "clan", "TK Clan (TK CL)")]
ANSWERS = st.one_of(
    st.just(GONE),
    st.just(UNKNOWN),
    st.builds(
        lambda labels, privacy: found(tk_labels=labels, project_privacy=privacy),
        st.lists(st.sampled_from(LABELS), unique_by=lambda each: each["unique_id"]),
        st.sampled_from(["Public", "Private"]),
    ),
)


@given(st.lists(ANSWERS, max_size=8))
def test_whatever_the_hub_says_what_counts_only_grows(answers):
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    cache = HubCache(engine)
    counted: set[str] = set()
    ever: set[str] = set()

    for days, answer in enumerate(answers):
        cache.remember(answer, NOW + days * DAY)
        ever |= {each["label_type"] for each in (answer.body or {}).get("tk_labels", [])}
        now = set(words(cache))
        assert counted <= now
        counted = now

    assert len(counted) == len(ever)
    engine.dispose()
