"""Archives that differ only in what somebody may not see are one archive to them: every exit, byte by byte."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from commarchive.proof.asking import Answer, Question
from commarchive.proof.exits import EXITS, Exit, Guesses
from commarchive.proof.personas import caller_as
from tests.proof.pairs import (
    ARCHIVE,
    BASE_URL,
    DATATYPES,
    INSTANCE_OF,
    PART_OF,
    PERSONAS,
    Base,
    Layer,
    Layering,
    Persona,
    archive_of,
    make_base,
)

PAIRS = int(os.environ.get("COMMARCHIVE_WORLD_PAIRS", "100"))
"""How many pairs of archives each exit is asked about; more by hand, before a release."""
EACH = int(os.environ.get("COMMARCHIVE_QUESTIONS_PER_EXIT", "2"))
"""How many of an exit's questions are asked of each pair, drawn by lot."""
SHARDS = 10
ABSENT = ("Q98", "P98")


def guesses_about(base: Base, layers: tuple[Layer, ...]) -> Guesses:
    ids = {*base.items, *base.stubs, *base.hidden, *(id_ for layer in layers for id_ in layer.ids)}
    words = {word[: at + 5] for layer in layers for word in layer.words for at in [word.index(" zq")]}
    guids = {guid for layer in layers for guid in layer.guids}
    seen = {s.id for versions in base.items.values() for item in versions for s in item.statements}
    return Guesses(
        ids=[*sorted(ids), "Q1", *DATATYPES, *ABSENT],
        relations=[INSTANCE_OF, PART_OF],
        guids=sorted(guids | seen),
        words=["song", "zq", "a", "", "rowing song", "class", "property", *sorted(words)],
        languages=ARCHIVE.languages,
        base_url=BASE_URL,
    )


def chosen(exit_: Exit, guesses: Guesses, random: Random) -> list[Question]:
    questions = list(exit_.questions(guesses))
    return random.sample(questions, min(EACH, len(questions)))


def answers(layer: Layer, seed: str, questions: list[tuple[str, Question]], persona: Persona) -> Iterator[Answer]:
    memory = Path("/dev/shm")  # where there is any: nothing here is to survive
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        archive_of(Path(folder), layer, persona, Random(seed)) as (services, register),
        caller_as(services, register, persona.name) as caller,
    ):
        for _, question in questions:
            yield caller.ask(question)


def pair(seed: int) -> tuple[Base, tuple[Layer, Layer]]:
    persona = PERSONAS[seed % len(PERSONAS)]
    base = make_base(Random(f"{seed} base"), persona)
    one, other = (Layering(base, persona, f"{seed} {side}").make() for side in ("one", "other"))
    return base, (one, other)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_what_somebody_may_not_see_changes_no_byte_of_any_answer(shard: int, monkeypatch):
    monkeypatch.setattr("commarchive.gateway.ask.new_token", lambda: "a-token-that-is-always-the-same-here")
    for seed in range(shard, PAIRS, SHARDS):
        persona = PERSONAS[seed % len(PERSONAS)]
        base, layers = pair(seed)
        guesses = guesses_about(base, layers)
        lot = Random(f"{seed} questions")
        questions = [(name, question) for name, each in EXITS.items() for question in chosen(each, guesses, lot)]
        one, other = (list(answers(layer, f"{seed} {n}", questions, persona)) for n, layer in enumerate(layers))
        for (name, question), here, there in zip(questions, one, other, strict=True):
            assert here == there, (seed, persona.name, name, question)
            assert here.status < 500, (seed, name, question)
