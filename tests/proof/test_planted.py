"""Marked words in every kind of hidden place: no exit tells them to who may not hear them, and all do to who may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commarchive.projection.secrets import Kind
from commarchive.proof.exits import EXITS
from commarchive.proof.planted import (
    DANCER,
    ELDER,
    MEMBER,
    NEIGHBOUR,
    PERSONAS,
    STEWARD,
    VISITOR,
)
from commarchive.proof.sweep import Leak, Sweep

OF_EACH_KIND = (VISITOR, MEMBER, ELDER, DANCER, NEIGHBOUR, STEWARD)
"""Everybody else has the standing of one of these; they are asked for some of the records."""


def named(persona: str) -> str | None:
    return None if persona == VISITOR else persona


@pytest.mark.parametrize("persona", PERSONAS)
def test_what_the_rules_show_is_what_was_written_down_by_hand(aviary, persona: str):
    planned, found = aviary.horizon(named(persona)), aviary.archive.projection.horizon(named(persona))
    seen = {text for texts in found.visible.values() for text in texts}
    for canary in aviary.canaries:
        assert any(canary.text in text for text in seen) == (persona in canary.seen_by), canary.place
    items = set(aviary.archive.projection.ids()) & set(aviary.ids.values())
    assert found.hidden_ids & items == planned.hidden_ids & items


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_exit_tells_a_canary_to_who_may_not_hear_it_and_every_record_tells_it_to_who_may(
    aviary, aviary_services, persona: str
):
    ids = list(aviary.ids.values())
    asked = ids if persona in OF_EACH_KIND else ids[::4]
    sweep = Sweep(aviary_services, aviary.archive.register, ids=asked, horizon_of=aviary.horizon)
    report = sweep.run([persona])
    assert (report.leaks, report.gaps, dict(report.failures)) == ([], [], {})
    assert report.exits == len(EXITS)
    assert report.secrets > 50


def test_the_canaries_sit_in_every_kind_of_place(aviary):
    assert {canary.kind for canary in aviary.canaries} == set(Kind) - {Kind.NUMBER, Kind.GUID, Kind.ID}
    assert len({canary.text for canary in aviary.canaries}) == len(aviary.canaries)


def test_the_sweep_finds_what_it_is_to_find(aviary, aviary_services):
    """Told that nobody may see what everybody sees, and that a visitor must see what is hidden, it says so."""

    def turned_round(person: str | None):
        horizon = aviary.horizon(person)
        shown = {text: kind for texts in horizon.visible.values() for text, kind in texts.items()}
        closed = aviary.ids["closed item"]
        texts = {canary.text: canary.kind for canary in aviary.canaries if canary.item == "closed item"}
        hidden_ids = frozenset({aviary.ids["open item"]})
        return replace(horizon, hidden=shown, hidden_ids=hidden_ids, visible={closed: texts})

    ids = [aviary.ids["open item"], aviary.ids["closed item"]]
    exits = {name: EXITS[name] for name in ("home", "search", "item page", "EntityData nt", "wbgetentities", "healthz")}
    sweep = Sweep(aviary_services, aviary.archive.register, ids=ids, horizon_of=turned_round, exits=exits)
    report = sweep.run([VISITOR])
    leaks = {(leak.exit, leak.kind) for leak in report.leaks}
    assert {("item page", kind) for kind in (Kind.LABEL, Kind.ALIAS, Kind.QUALIFIER, Kind.REFERENCE)} <= leaks
    assert {(exit_, Kind.LABEL) for exit_ in exits if exit_ != "healthz"} <= leaks
    assert {("home", Kind.ID), ("search", Kind.ID)} <= leaks
    assert not any(exit_ == "healthz" for exit_, _ in leaks)
    gaps = {(gap.exit, gap.kind) for gap in report.gaps}
    assert {("EntityData nt", Kind.COORDINATES), ("wbgetentities", Kind.LABEL), ("item page", Kind.ALIAS)} <= gaps
    # By exit and kind, never by content.
    said = repr(report)
    assert all(canary.text not in said for canary in aviary.canaries)
    assert isinstance(report.leaks[0], Leak)
