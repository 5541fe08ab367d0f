"""Which item there is about the same thing as an item here.

Knows: the ways to tell, in their order, and that a person chooses where two items fit.
Must not know: statements that are published, or who may see what; only what visitors see is asked for there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from commarchive.federation.blockers import Block, Blocker
from commarchive.federation.mapping import Federable
from commarchive.federation.target import Target
from commarchive.model.entity import Entity, Rank, Statement
from commarchive.model.ids import is_item_id

NEW = "new"
"""Chosen in place of an item there: none fits, make one."""


GoneTo = Callable[[Sequence[str]], Mapping[str, str]]
"""For items here: the items there to which they went before."""


@dataclass(frozen=True)
class Matcher:
    """Finds counterparts.

    `choices`: item here → item there or `new`, as a person chose. `gone_to`: by the ledger. `equivalents`: item here →
    addresses of equal items, by the schema.
    """

    mapping: Federable
    target: Target
    choices: Mapping[str, str] = field(default_factory=dict)
    gone_to: GoneTo = lambda _: {}
    equivalents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of_all(self, entities: Mapping[str, Entity], wanted: Iterable[str]) -> dict[str, str | Block]:
        """The counterparts of items here; those that have none are left out.

        Args:
            entities: items here as visitors see them.
            wanted: ids; one that is not among the entities has no counterpart.
        """
        there = [id_ for id_ in dict.fromkeys(wanted) if id_ in entities]
        before = self.gone_to(there)
        claimed = {id_: self._claimed(entities[id_], before.get(id_)) for id_ in there}
        facts = self.target.facts(id_ for found in claimed.values() if isinstance(found, str) for id_ in [found])
        result: dict[str, str | Block] = {}
        for id_, found in claimed.items():
            if isinstance(found, Block):
                result[id_] = found
            elif found is not None:
                standing = facts[found]
                gone = Block(Blocker.NOT_THERE, f"`{id_}` is {found} there, and the target has no {found} (any more)")
                result[id_] = standing.id if standing is not None else gone
        return result

    def recognised(self, entity: Entity) -> str | Block | None:
        """The item there that has an external identifier of this one; None where no item does."""
        found: dict[str, None] = {}
        for property_id in self.mapping.adopt:
            for statement in _best(entity.statements_of(property_id)):
                if statement.mainsnak.text:
                    there = self.mapping.properties[property_id].to
                    found.update(dict.fromkeys(self.target.with_identifier(there, statement.mainsnak.text)))
        if len(found) > 1:
            return _choose(entity.id, found, "have an identifier of it")
        return next(iter(found), None)

    def namesakes(self, entity: Entity) -> Block | None:
        """Items there that are called the same, among which may be one about the same thing; None where none is.

        Where a person chose that none of them is, only those that a wiki would refuse to have beside the new one.
        """
        found: dict[str, None] = {}
        for language, label in sorted(entity.labels.items()):
            if language in self.target.term_languages:
                found.update(dict.fromkeys(self.target.called(label, language)))
        if self.choices.get(entity.id) != NEW:
            return _choose(entity.id, found, "are called the same") if found else None
        for id_, there in self.target.entities(found).items():
            if there is not None and _clash(entity, there):
                words = f"{id_} there has the same name and the same description, which a wiki takes only once"
                return Block(Blocker.CHOICE, words)
        return None

    def _claimed(self, entity: Entity, before: str | None) -> str | Block | None:
        chosen = self.choices.get(entity.id)
        if chosen is not None and chosen != NEW:
            return chosen
        if entity.id in self.mapping.items:
            return self.mapping.items[entity.id]
        found = self._said(entity)
        if before is not None:
            found.setdefault(before)
        if not found:
            base = self.mapping.target
            uris = self.equivalents.get(entity.id, ())
            found = dict.fromkeys(uri.removeprefix(base) for uri in uris if is_item_id(uri.removeprefix(base)))
        if len(found) > 1:
            return _choose(entity.id, found, "are said to be about the same")
        return next(iter(found), None)

    def _said(self, entity: Entity) -> dict[str, None]:
        texts = (s.mainsnak.text or "" for s in _best(entity.statements_of(self.mapping.identity)))
        return dict.fromkeys(text for text in texts if is_item_id(text))


def _clash(here: Entity, there: Entity) -> bool:
    return any(
        there.labels.get(code) == label and there.descriptions.get(code) == here.descriptions.get(code)
        for code, label in here.labels.items()
        if code in here.descriptions
    )


def _best(statements: Iterable[Statement]) -> list[Statement]:
    standing = [s for s in statements if s.rank is not Rank.DEPRECATED]
    preferred = [s for s in standing if s.rank is Rank.PREFERRED]
    return preferred or standing


def _choose(id_: str, found: Iterable[str], why: str) -> Block:
    listed = ", ".join(found)
    return Block(Blocker.CHOICE, f"{listed} there {why}: a person chooses (`--choose {id_}=…`)")
