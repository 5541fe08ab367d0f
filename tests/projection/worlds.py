"""Random worlds: an archive's history by chance, and what each person should find in it by the rules alone."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commarchive.model.entity import Entity, Rank, TermKind
from commarchive.policy.condition import CLOSED, Condition, all_of, holds
from commarchive.policy.guards import Guards
from commarchive.policy.redact import Redactor
from commarchive.policy.standing import Standing
from commarchive.projection.reader import STUB_LABELS
from commarchive.projection.rows import fold, words_of
from commarchive.register.holds import HoldReason
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
    VOCABULARY,
    Said,
    item,
    link,
    rules,
    say,
    text,
)

CONDITIONS = (
    "public", "elders", "singers", "players", "commons", "members", "stewards", "any(elders, singers)",
    "all(singers, members(village))", "all(elders, any(singers, players))", "after(2031-01-01)", "before(2031-01-01)",
    "any(after(2040-01-01), singers)", "any()", "nonsense(", "dancers",
)  # fmt: skip
WORDS = ("lament", "lullaby", "wedding", "reindeer", "rain", "Rainbow", "šaddu", "north", "nor")
CALM = ("write",) * 8 + ("release",) * 5 + ("merge", "sync")
EVENTFUL = (*CALM, "delete", "restore", "hide", "hold", "lift")
ITEMS = tuple(f"Q{n}" for n in range(1, 9))


class Chance:
    """Makes entities by chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def phrase(self) -> str:
        return " ".join(self.random.sample(WORDS, k=self.random.randint(1, 2)))

    def condition(self) -> str:
        return self.random.choice(CONDITIONS)

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def item(self, id_: str) -> Entity:
        """An item with whatever comes to mind."""
        choose = self.random.choice
        languages = ("en", "fi", "se")
        return item(
            id_,
            *(self.statement(n) for n in range(self.random.randint(0, 5))),
            labels={language: self.phrase() for language in languages if self.maybe(0.6)},
            descriptions={language: self.phrase() for language in languages if self.maybe(0.2)},
            aliases={language: (self.phrase(), self.phrase()) for language in languages if self.maybe(0.2)},
            access=self.condition() if self.maybe(0.8) else None,
            community=choose(["village", "village", "village", "town", "hamlet", "nowhere"]),
            state=choose(["live"] * 8 + ["draft", "withdrawn", None]),
            outsiders=choose([None, "hidden", "exists", "metadata"]),
            terms=[f"{choose(['label', 'alias'])}@{choose(languages)}: {self.condition()}"] if self.maybe(0.3) else (),
        )

    def statement(self, number: int) -> Said:
        """A statement with whatever qualifiers and references."""
        choose = self.random.choice
        main = choose(
            [
                text(choose([TITLE, NOTE, SAFE, SACRED]), self.phrase()),
                link(choose([CLASS, DEPICTS, PLACE, SOURCE]), choose(ITEMS)),
                text(TITLE, f"https://archive.example/entity/{choose(ITEMS)}"),
            ]
        )
        qualifiers = [
            text(NOTE, self.phrase()),
            link(PLACE, choose(ITEMS)),
            text(ACCESS, self.condition()),
            text(OF_QUALIFIER, f"{choose([NOTE, PLACE])}: {self.condition()}"),
        ]
        references = [[link(SOURCE, choose(ITEMS)), text(NOTE, self.phrase())], [text(TITLE, self.phrase())]]
        if self.maybe(0.3):
            references[0].append(text(ACCESS, self.condition()))
        return say(
            main,
            *(qualifier for qualifier in qualifiers if self.maybe(0.3)),
            refs=[reference for reference in references if self.maybe(0.3)],
            rank=choose([Rank.NORMAL, Rank.NORMAL, Rank.PREFERRED, Rank.DEPRECATED]),
            name=f"s{number}",
        )


def live(  # noqa: C901  one case for each thing that happens
    keeping: Keeping, seed: int, *, steps: int = 25, events: Sequence[str] = EVENTFUL
) -> None:
    """Let an archive live through a history by chance."""
    chance, sync = Chance(seed), keeping.sync
    pick, wiki = chance.random.choice, keeping.wiki
    holds_: list[int] = []
    wiki.write(*(chance.item(id_) for id_ in ITEMS if chance.maybe(0.8)))
    for _ in range(steps):
        there = [id_ for id_ in ITEMS if id_ in wiki.pages]
        match pick(events):
            case "write":
                wiki.write(chance.item(pick(ITEMS)))
            case "release" if there:
                sync()
                kept = set(keeping.projection.ids())
                for id_ in there:
                    if id_ in kept and keeping.projection.governance([id_])[id_].communities and chance.maybe(0.5):
                        _release(keeping, id_)
            case "delete" if there:
                wiki.delete(pick(there))
            case "restore" if deleted := sorted(wiki.deleted.keys() - wiki.pages.keys()):
                wiki.restore(pick(deleted))
            case "merge" if len(there) > 1:
                source, target = chance.random.sample(there, k=2)
                if wiki.pages[target][-1].entity is not None and wiki.pages[source][-1].entity is not None:
                    wiki.merge(source, chance.item(target))
            case "hide" if there:
                id_ = pick(there)
                wiki.hide(id_, pick(wiki.pages[id_]).id, suppressed=chance.maybe(0.5))
            case "hold":
                hold = keeping.register.holds.place(pick(ITEMS), HoldReason.SORROW, by="Aino", groups=["village"])
                holds_.append(hold.id)
            case "lift" if holds_:
                keeping.register.holds.lift(holds_.pop(), by="Aino", groups=["village"])
            case "sync":
                sync()
    sync()


def _release(keeping: Keeping, id_: str) -> None:
    from commarchive.projection.governance import waiting

    entries = waiting(keeping.projection.governance([id_])[id_])
    named = [each for each in entries if each.before != "any()"]
    if named:
        keeping.agree(named)


# -- what should be found --------------------------------------------------------------------------------------------


@dataclass
class Expected:
    """What somebody should find, by the policy alone: from the wiki's pages and the register's memory."""

    keeping: Keeping
    standing: Standing

    def __post_init__(self) -> None:
        register = self.keeping.register
        kept = {
            id_: revisions[-1].entity
            for id_, revisions in self.keeping.wiki.pages.items()
            if revisions and revisions[-1].entity is not None
        }
        memory, held = register.releases.memory(kept), register.holds.closed()
        self.guards: dict[str, Guards] = {}
        self.entities: dict[str, Entity] = {}
        for id_, entity in kept.items():
            assert entity is not None
            said = rules().said(entity)
            self.guards[id_] = rules().guards(said, memory[id_], held=id_ in held)
            self.entities[id_] = entity
        # Who may know of a redirect was decided when it was made, and is kept nowhere else.
        with self.keeping.projection._store.engine.connect() as connection:
            self.redirects = self.keeping.projection._store.redirects(connection, ITEMS)
        redactor = Redactor(self.standing, VOCABULARY, rules().addresses, self.may_know, STUB_LABELS)
        self.shown = {id_: redactor.redact(entity, self.guards[id_]) for id_, entity in self.entities.items()}
        self.full = {
            id_: shown
            for id_, shown in self.shown.items()
            if shown is not None and holds(self.guards[id_].entity, self.standing)
        }

    def may_know(self, id_: str) -> bool:
        return holds(self.know(id_), self.standing)

    def know(self, id_: str) -> Condition:
        if id_ in self.guards:
            return self.guards[id_].know
        if id_ in self.redirects:
            target = self.redirects[id_].target
            return all_of((self.redirects[id_].guard, self.guards[target].know if target in self.guards else CLOSED))
        return CLOSED

    def items(self, type_: str = "item") -> list[str]:
        return sorted((id_ for id_, one in self.full.items() if one.type == type_), key=lambda id_: int(id_[1:]))

    def facets(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for id_, entity in self.full.items():
            for statement in entity.statements:
                value = statement.mainsnak.value.entity_id if statement.mainsnak.value else None
                if value is not None and statement.rank is not Rank.DEPRECATED:
                    found.setdefault((statement.property_id, value), set()).add(id_)
        return found

    def words(self, entity: Entity) -> dict[str, int]:
        found: dict[str, int] = {}
        texts = [(8, entity.labels.values()), (2, entity.descriptions.values())]
        texts += [(4, aliases) for aliases in entity.aliases.values()]
        said = (s.mainsnak.text for s in entity.statements if s.property_id not in VOCABULARY.controls)
        texts.append((1, [each for each in said if each is not None]))
        for weight, some in texts:
            for word in (word for each in some for word in words_of(each)):
                found[word] = max(weight, found.get(word, 0))
        return found

    def search(self, query: str) -> list[str]:
        scores = {}
        for id_ in self.items():
            words = self.words(self.full[id_])
            best = [
                max((w * (2 if word == asked else 1) for word, w in words.items() if word.startswith(asked)), default=0)
                for asked in dict.fromkeys(words_of(query))
            ]
            if best and all(best):
                scores[id_] = sum(best)
        return sorted(scores, key=lambda id_: (-scores[id_], int(id_[1:])))

    def suggest(self, begun: str, languages: Iterable[str]) -> list[str]:
        order, found = list(languages), {}
        for id_ in self.items():
            entity = self.full[id_]
            terms = [(TermKind.LABEL, language, label) for language, label in entity.labels.items()]
            terms += [(TermKind.ALIAS, language, a) for language, aliases in entity.aliases.items() for a in aliases]
            ranks = [
                (fold(label) != fold(begun), kind is not TermKind.LABEL, order.index(language))
                for kind, language, label in terms
                if language in order and fold(label).startswith(fold(begun))
            ]
            if ranks:
                found[id_] = min(ranks)
        return sorted(found, key=lambda id_: (found[id_], int(id_[1:])))
