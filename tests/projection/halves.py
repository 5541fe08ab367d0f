"""Archives of which one half is open and the other is not: the open half by one chance, the other by another.

Every edit takes one revision, in both archives of a pair at the same time, because revisions and their times are part
of what everybody sees. Where the open half is left alone, the hidden half changes: here a hidden record, there a hidden
statement of an open one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from commarchive.model.entity import Entity, Snak
from tests.projection.conftest import Keeping
from tests.projection.paper import (
    ACCESS,
    CLASS,
    DEPICTS,
    NOTE,
    OF_QUALIFIER,
    PLACE,
    SACRED,
    SAFE,
    SOURCE,
    TITLE,
    Said,
    item,
    link,
    say,
    text,
)
from tests.projection.worlds import WORDS

OPEN = ("Q1", "Q3", "Q5", "Q7")
HIDDEN = ("Q2", "Q4", "Q6")
HALVES = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8")
SECRETS = ("secret", "sorrow", "sacred", "north")


@dataclass
class Half:
    """Lets one archive of a pair live."""

    keeping: Keeping
    seed: int
    hidden_seed: str
    closed: str
    said: dict[str, list[Said]] = field(default_factory=lambda: {id_: [] for id_ in OPEN})
    labels: dict[str, dict[str, str]] = field(default_factory=lambda: {id_: {"en": "north"} for id_ in OPEN})
    secret: dict[str, list[Said]] = field(default_factory=lambda: {id_: [] for id_ in OPEN})
    secret_labels: dict[str, str] = field(default_factory=dict)
    hanging: dict[str, tuple[Snak, ...]] = field(default_factory=dict)

    def live(self, steps: int = 24) -> None:
        """Let it live."""
        shared, own = random.Random(self.seed), random.Random(self.hidden_seed)
        self.keeping.wiki.write(*(self.open(id_) for id_ in OPEN))
        self.keeping.sync()
        self.keeping.release(*OPEN)
        for _ in range(steps):
            if shared.random() < 0.5:
                self.change_open(shared)
            else:
                self.change_hidden(own)
            if own.random() < 0.3:
                self.keeping.sync()
        self.keeping.sync()

    def open(self, id_: str) -> Entity:
        """An open record as it stands, with what is hidden in it."""
        hanging = self.hanging.get(id_, ())
        # What hangs on an open statement comes with its own condition.
        carrier = say(
            text(SAFE, "carrier"), text(OF_QUALIFIER, f"{NOTE}: {self.closed}"), *hanging[:1],
            refs=[[*hanging[1:], text(ACCESS, self.closed)]] if hanging[1:] else (), name="carrier",
        )  # fmt: skip
        labels = self.labels[id_] | ({"se": self.secret_labels[id_]} if id_ in self.secret_labels else {})
        return item(id_, carrier, *self.said[id_], *self.secret[id_], labels=labels, terms=[f"label@se: {self.closed}"])

    def change_open(self, chance: random.Random) -> None:
        """An edit that everybody sees, or whose effect they see."""
        id_ = chance.choice(OPEN)
        match chance.choice(["label", "label", "say", "say", "say", "unsay"]):
            case "label":
                self.labels[id_][chance.choice(["en", "fi"])] = " ".join(chance.sample(WORDS, k=2))
            case "say":
                value = chance.choice([link(CLASS, chance.choice(OPEN)), text(TITLE, chance.choice(WORDS))])
                self.said[id_].append(say(value, name=f"open {chance.random()}"))
            case "unsay":
                self.said[id_] = self.said[id_][1:]
        self.keeping.wiki.write(self.open(id_))

    def change_hidden(self, chance: random.Random) -> None:
        """An edit of which nobody knows who does not satisfy the condition."""
        id_ = chance.choice(OPEN)
        secret = " ".join(chance.sample(SECRETS, k=2))
        under = text(ACCESS, self.closed)
        match chance.choice(["record", "record", "statement", "unsay", "label", "hanging", "mention", "property"]):
            case "record":
                self.keeping.wiki.write(self.hidden(chance.choice(HIDDEN), chance))
                return
            case "statement":
                value = chance.choice([text(NOTE, secret), link(DEPICTS, chance.choice(OPEN)), link(PLACE, "Q2")])
                self.secret[id_].append(say(value, under, name=f"hidden {chance.random()}"))
            case "mention":
                # Open in itself; what it names is not.
                self.secret[id_].append(say(link(SOURCE, chance.choice(HIDDEN)), name=f"hidden {chance.random()}"))
            case "property":
                self.secret[id_].append(say(text(SACRED, secret), under, name=f"hidden {chance.random()}"))
            case "unsay":
                self.secret[id_] = self.secret[id_][1:]
            case "label":
                self.secret_labels[id_] = secret
            case "hanging":
                self.hanging[id_] = (text(NOTE, secret), *chance.choice([(), (text(TITLE, secret),)]))
        self.keeping.wiki.write(self.open(id_))

    def hidden(self, id_: str, chance: random.Random) -> Entity:
        """A hidden record."""
        said: Sequence[Said] = [
            say(link(CLASS, chance.choice([*OPEN, *HIDDEN])), name="class"),
            say(text(TITLE, chance.choice(SECRETS)), name="title"),
        ]
        return item(
            id_, *said[: chance.randint(0, 2)], labels={"en": " ".join(chance.sample(SECRETS, k=2))},
            aliases={"fi": (chance.choice(WORDS),)}, access=self.closed, state=chance.choice(["live", "draft"]),
        )  # fmt: skip
