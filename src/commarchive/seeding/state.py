"""What a wiki has of a schema: its properties, and the items that a slug may mean.

Knows: how to find the properties by which the archive describes its own schema. Must not know: what should change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from commarchive.errors import AmbiguousError
from commarchive.model.entity import Entity
from commarchive.model.schema import Schema
from commarchive.seeding.lockfile import LOCK_NAME, Lock
from commarchive.wikibase.client import Redirect, WikiClient

SLUG = "schema-slug"
CONDITION = "access-condition"
EQUIVALENT = "equivalent-property"
MATCH = "exact-match"
FORMATTER = "formatter-url"
SELF_DESCRIPTION = (SLUG, CONDITION, EQUIVALENT, MATCH, FORMATTER)
"""Slugs of the properties by which schema entities are described; they are created first."""

_WIKIDATA = re.compile(r"https?://(?:www\.)?wikidata\.org/(?:entity/|wiki/(?:Property:)?)([PQ][0-9]+)/?\Z")


@dataclass(frozen=True, slots=True)
class WikiState:
    """What a wiki has: every property, the items that the lock names, and items that say they are meant by a slug.

    `redirects` maps an item that was merged to where it went. `describing` holds the properties of
    `SELF_DESCRIPTION` as far as the wiki has them.
    """

    identity: str
    entities: Mapping[str, Entity]
    redirects: Mapping[str, str] = field(default_factory=dict)
    describing: Mapping[str, str] = field(default_factory=dict)

    def slugs_of(self, entity: Entity) -> set[str]:
        """The slugs that an entity says it is."""
        return _texts(entity, self.describing.get(SLUG))

    def equivalents_of(self, entity: Entity) -> set[str]:
        """The addresses to which an entity says it is equal, in one form."""
        stated = self.describing.get(EQUIVALENT if entity.type == "property" else MATCH)
        return {normal_uri(text) for text in _texts(entity, stated)}


def read_state(client: WikiClient, schema: Schema, lock: Lock) -> WikiState:
    """Read what a plan needs; the items of the whole wiki only where a slug of an item has no id yet.

    Raises:
        AmbiguousError: two properties could be one of those by which schemas are described.
        WikiUnavailableError, WikiRefusedError: the wiki does not answer.
    """
    properties = {entity.id: entity for entity in _read(client, client.entity_ids("property"), {})}
    describing = _describing(properties, schema, lock)
    redirects: dict[str, str] = {}
    items = {entity.id: entity for entity in _read(client, lock.items.values(), redirects)}
    state = WikiState(client.site().concept_base, {**properties, **items}, redirects, describing)
    if schema.items.keys() <= lock.items.keys():
        return state
    telling = [entity for entity in _read(client, client.entity_ids("item"), {}) if _tells(state, entity)]
    return WikiState(
        state.identity, {**state.entities, **{entity.id: entity for entity in telling}}, redirects, describing
    )


def normal_uri(uri: str) -> str:
    """An address in one form; the several forms of Wikidata's become the one in its data."""
    match = _WIKIDATA.fullmatch(uri.strip())
    return f"http://www.wikidata.org/entity/{match.group(1)}" if match else uri.strip()


def _read(client: WikiClient, ids: Iterable[str], redirects: dict[str, str]) -> Iterator[Entity]:
    some: list[str] = []
    for id_ in (*ids, None):
        if id_ is not None:
            some.append(id_)
        if some and (id_ is None or len(some) == 50):
            for asked, found in client.entities(some).items():
                if isinstance(found, Redirect):
                    redirects[asked] = found.target.id
                    yield found.target
                elif found is not None:
                    yield found
            some = []


def _describing(properties: Mapping[str, Entity], schema: Schema, lock: Lock) -> dict[str, str]:
    """By the lock, else by what a property says of itself, with itself."""
    found: dict[str, str] = {}
    for slug in SELF_DESCRIPTION:
        definition = schema.properties.get(slug)
        if slug in lock.properties:
            found[slug] = lock.properties[slug]
            continue
        if definition is None or slug not in {SLUG, EQUIVALENT}:
            continue
        says = {slug} if slug == SLUG else {normal_uri(uri) for uri in definition.equivalents}
        selves = [p.id for p in properties.values() if {normal_uri(text) for text in _texts(p, p.id)} & says]
        if len(selves) > 1:
            raise ambiguous("property", slug, selves)
        if selves:
            found[slug] = selves[0]
    # The others are found as any property is, by the two that describe.
    for slug in SELF_DESCRIPTION:
        if slug not in found and SLUG in found:
            named = [p.id for p in properties.values() if slug in _texts(p, found[SLUG])]
            if len(named) == 1:
                found[slug] = named[0]
    return found


def ambiguous(kind: str, slug: str, candidates: Iterable[str]) -> AmbiguousError:
    """Says which entities could be meant, and how a person chooses."""
    listed = " and ".join(f"`{id_}`" for id_ in sorted(candidates))
    plural = "properties" if kind == "property" else "items"
    return AmbiguousError(
        f"{listed} could each be the {kind} `{slug}`",
        hint=f"choose one and write `{slug}: ID` below `{plural}` in {LOCK_NAME}",
    )


def _tells(state: WikiState, entity: Entity) -> bool:
    return bool(state.slugs_of(entity) or state.equivalents_of(entity))


def _texts(entity: Entity, property_id: str | None) -> set[str]:
    if property_id is None:
        return set()
    return {statement.mainsnak.text for statement in entity.statements_of(property_id)} - {None}  # type: ignore[return-value]
