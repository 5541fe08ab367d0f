"""Finds the items that rows name: made before, in the wiki already, or still to be made.

Knows: the ledger, and that an item which says it is Wikidata's Q33 is that thing. Must not know: rows' own records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from commarchive.ingest.intake import WIKIDATA_ITEM, Intake
from commarchive.ingest.ledger import SHARED, Entry, Key, Ledger
from commarchive.ingest.mapping import By
from commarchive.ingest.records import Named
from commarchive.model.entity import Entity
from commarchive.model.schema import SchemaIds
from commarchive.wikibase.api import chunks
from commarchive.wikibase.client import Redirect, WikiClient


@dataclass
class Found:
    """Ids of the items that are there; why others cannot be used; which have to be made, each with all its names."""

    ids: dict[Named, str] = field(default_factory=dict)
    problems: dict[Named, str] = field(default_factory=dict)
    to_make: dict[Key, list[Named]] = field(default_factory=dict)


def key_of(intake: Intake, named: Named) -> Key:
    """The ledger's key of an item that rows name."""
    wikidata = named.key if named.by is By.WIKIDATA else intake.things[named].wikidata
    return (SHARED, wikidata) if wikidata else (intake.mapping.id, f"{named.table}:{named.key}")


def find_things(
    intake: Intake, ids: SchemaIds, client: WikiClient, ledger: Ledger, entries: Mapping[Key, Entry], *, dry_run: bool
) -> Found:
    """Find every item that rows name.

    Raises:
        WikiUnavailableError, WikiRefusedError: the wiki does not answer.
    """
    by_key: dict[Key, list[Named]] = {}
    for named in sorted(intake.needed, key=lambda each: (each.by, each.table, each.key)):
        by_key.setdefault(key_of(intake, named), []).append(named)
    known = {key: entries[key].entity for key in by_key if key in entries}
    finding = _Finding(by_key)
    finding.take_known(known, client)
    unknown = [key for key in by_key if key not in known]
    finding.take_stated(unknown, _in_wiki([key for source, key in unknown if source == SHARED], ids, client))
    if not dry_run:
        # What was not made here has no content of ours, so it will never be changed either.
        contents = ledger.contents(finding.moved)
        ledger.settle({key: (e.id, e.revision, contents.get(key, "")) for key, e in finding.moved.items()})
    return finding.found


@dataclass
class _Finding:
    by_key: Mapping[Key, list[Named]]
    found: Found = field(default_factory=Found)
    moved: dict[Key, Entity] = field(default_factory=dict)

    def take_known(self, known: Mapping[Key, str], client: WikiClient) -> None:
        """Things that were made or found before; merged ones are followed."""
        there = client.entities(known.values())
        for key, entity_id in known.items():
            entity = there[entity_id]
            if isinstance(entity, Redirect):
                self._take(key, entity.target)
            elif entity is None:
                self._refuse(key, f"its item {entity_id} was deleted in the wiki")
            else:
                self.found.ids |= dict.fromkeys(self.by_key[key], entity.id)

    def take_stated(self, unknown: Iterable[Key], stated: Mapping[str, list[Entity]]) -> None:
        """Things that an item says it is; others are to be made, where a table says what they are."""
        for source, name in unknown:
            key = (source, name)
            candidates = stated.get(name, []) if source == SHARED else []
            if len(candidates) > 1:
                listed = " and ".join(sorted(entity.id for entity in candidates))
                self._refuse(key, f"{listed} both say that they are Wikidata's {name}; merge or correct them")
            elif candidates:
                self._take(key, candidates[0])
            elif any(named.by is By.TABLE for named in self.by_key[key]):
                self.found.to_make[key] = self.by_key[key]
            else:
                self._refuse(key, f"no item says that it is Wikidata's {name}")

    def _take(self, key: Key, entity: Entity) -> None:
        self.moved[key] = entity
        self.found.ids |= dict.fromkeys(self.by_key[key], entity.id)

    def _refuse(self, key: Key, why: str) -> None:
        for named in self.by_key[key]:
            self.found.problems[named] = f"`{named.key}`: {why}"


def _in_wiki(wanted: Iterable[str], ids: SchemaIds, client: WikiClient) -> dict[str, list[Entity]]:
    """Items of the wiki by the Wikidata id that they state; the whole wiki is read, so only if something is wanted."""
    missing = set(wanted)
    found: dict[str, list[Entity]] = {}
    stated_by = ids.properties.get(WIKIDATA_ITEM)
    if not missing or stated_by is None:
        return found
    for some in chunks(client.entity_ids("item")):
        for entity in client.entities(some).values():
            if isinstance(entity, Entity):
                for text in {s.mainsnak.text for s in entity.statements_of(stated_by)} & missing:
                    found.setdefault(text or "", []).append(entity)
    return found
