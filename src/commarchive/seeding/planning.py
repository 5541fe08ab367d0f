"""What a wiki still lacks of a schema, computed without touching it.

Knows: schemas, locks, states. Must not know: how anything is read or written.

What we wrote once is people's: a label that was changed, translated or removed in the wiki stays as they left it. A
term in a further language is added only where the wiki has none in that language and we never wrote one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from commarchive.errors import AmbiguousError, CommarchiveError, ConflictError
from commarchive.model.entity import Entity
from commarchive.model.schema import PropertyDefinition, Schema
from commarchive.seeding.lockfile import LOCK_NAME, Lock
from commarchive.seeding.parts import Definition, has_part, kind_of, parts_of
from commarchive.seeding.state import SELF_DESCRIPTION, WikiState, ambiguous, normal_uri


class Verb(StrEnum):
    """What a step does."""

    CREATE = "create"
    ADOPT = "adopt"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Step:
    """One change: an entity to create, one to take for what a slug means, or parts to add to one.

    `parts` are what it writes, such as `label@fi`; `base` is the revision from which that was computed.
    """

    verb: Verb
    kind: str
    slug: str
    parts: tuple[str, ...] = ()
    entity_id: str = ""
    base: int = 0


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """Everything that an apply would do, in its order, and what keeps it from doing anything.

    `noted` are parts that the wiki has already, which need no write.
    """

    steps: tuple[Step, ...] = ()
    conflicts: tuple[CommarchiveError, ...] = ()
    noted: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether the wiki has all of the schema."""
        return not self.steps and not self.conflicts

    def refuse_conflicts(self) -> None:
        """Do nothing if nothing is in the way.

        Raises:
            AmbiguousError: a person has to choose between entities.
            ConflictError: something is in the way that a person has to clear.
        """
        if not self.conflicts:
            return
        kind = AmbiguousError if any(isinstance(c, AmbiguousError) for c in self.conflicts) else ConflictError
        hints = dict.fromkeys(conflict.hint for conflict in self.conflicts if conflict.hint)
        raise kind("\n".join(map(str, self.conflicts)), hint="; ".join(hints))


def plan(schema: Schema, state: WikiState, lock: Lock) -> SeedPlan:
    """What is missing."""
    try:
        refuse_other_wiki(lock, state.identity)
    except ConflictError as error:
        return SeedPlan(conflicts=(error,))
    return _Planning(schema, state, lock).result()


def refuse_other_wiki(lock: Lock, identity: str) -> None:
    """Do nothing if the lock belongs to this wiki, or to none yet.

    Raises:
        ConflictError: it belongs to another.
    """
    if lock.wiki and lock.wiki != identity:
        raise ConflictError(
            f"the ids in {LOCK_NAME} were given by `{lock.wiki}`, and this wiki is `{identity}`",
            hint=f"for another wiki, move {LOCK_NAME} away; if its address changed, correct the line `wiki`",
        )


def definitions_of(schema: Schema) -> Iterator[Definition]:
    """All definitions, those first that describe the others."""
    first = [schema.properties[slug] for slug in SELF_DESCRIPTION if slug in schema.properties]
    yield from first
    yield from (definition for slug, definition in schema.properties.items() if slug not in SELF_DESCRIPTION)
    yield from schema.items.values()


@dataclass
class _Planning:
    schema: Schema
    state: WikiState
    lock: Lock
    steps: list[Step] = field(default_factory=list)
    conflicts: list[CommarchiveError] = field(default_factory=list)
    noted: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def result(self) -> SeedPlan:
        self.available = [slug for slug in SELF_DESCRIPTION if slug in self.schema.properties]
        self.labels = {
            (lang, text): entity.id
            for entity in self.state.entities.values()
            if entity.type == "property"
            for lang, text in entity.labels.items()
        }
        self.taken = {id_: slug for kind in ("property", "item") for slug, id_ in self.lock.of(kind).items()}
        for definition in definitions_of(self.schema):
            try:
                self._define(definition)
            except ConflictError as error:
                self.conflicts.append(error)
        return SeedPlan(tuple(self.steps), tuple(self.conflicts), self.noted)

    def _define(self, definition: Definition) -> None:
        kind, slug = kind_of(definition), definition.slug
        locked = self.lock.of(kind).get(slug)
        if locked is None:
            candidates = self._candidates(definition)
            if len(candidates) > 1:
                raise ambiguous(kind, slug, (entity.id for entity in candidates))
            if not candidates:
                self._create(definition)
                return
            self._take(Verb.ADOPT, definition, candidates[0])
            return
        if self.taken[locked] != slug:
            raise ConflictError(f"{LOCK_NAME} gives `{locked}` to both `{slug}` and `{self.taken[locked]}`")
        entity = self.state.entities.get(self.state.redirects.get(locked, locked))
        if entity is None:
            raise ConflictError(
                f"`{slug}` is `{locked}` in {LOCK_NAME}, and the wiki has no {locked}",
                hint=f"restore it in the wiki, or remove its line from {LOCK_NAME} to have it made anew",
            )
        self._take(Verb.ADD if entity.id == locked else Verb.ADOPT, definition, entity)

    def _candidates(self, definition: Definition) -> list[Entity]:
        kind, slug = kind_of(definition), definition.slug
        free = [e for e in self.state.entities.values() if e.type == kind and e.id not in self.taken]
        named = [entity for entity in free if slug in self.state.slugs_of(entity)]
        if named:
            return named
        equals = {normal_uri(uri) for uri in definition.equivalents}
        return [e for e in free if equals & self.state.equivalents_of(e) and not self.state.slugs_of(e)]

    def _take(self, verb: Verb, definition: Definition, entity: Entity) -> None:
        if isinstance(definition, PropertyDefinition) and entity.datatype != definition.datatype:
            raise ConflictError(
                f"`{definition.slug}` is `{entity.id}` in the wiki with datatype `{entity.datatype}`, "
                f"and the schema says `{definition.datatype}`",
                hint="a datatype cannot be changed: correct the schema, or give the slug to another property",
            )
        key = (kind_of(definition), definition.slug)
        written = self.lock.written.get(key, frozenset())
        wanted = [part for part in parts_of(definition, self.available) if part not in written]
        present = {part for part in wanted if has_part(entity, part, definition, self.state.describing)}
        if verb is Verb.ADOPT and "slug" in present and not written:
            # It was seeded before, and the lock was lost: what is missing was taken away by people.
            present = set(wanted)
        missing = tuple(p for p in wanted if p not in present and not self._clashes(definition, p, entity.id))
        if present:
            self.noted[key] = frozenset(present)
        if missing or verb is Verb.ADOPT:
            self.steps.append(Step(verb, *key, missing, entity.id, entity.revision))

    def _create(self, definition: Definition) -> None:
        kind, slug = kind_of(definition), definition.slug
        if kind == "property":
            for lang, text in definition.labels.items():
                if (lang, text) in self.labels:
                    taken_by = self.labels[lang, text]
                    raise AmbiguousError(
                        f"`{slug}` would be called `{text}` ({lang}), and so is `{taken_by}` in the wiki already",
                        hint=f"if they mean the same, write `{slug}: {taken_by}` below `properties` in {LOCK_NAME}; "
                        "else rename one of them",
                    )
        self.steps.append(Step(Verb.CREATE, kind, slug, parts_of(definition, self.available)))

    def _clashes(self, definition: Definition, part: str, entity_id: str) -> bool:
        """Whether a label to add is another property's; then it is left out, since nothing depends on it."""
        word, _, lang = part.partition("@")
        if word != "label" or kind_of(definition) != "property":
            return False
        return self.labels.get((lang, definition.labels[lang]), entity_id) != entity_id
