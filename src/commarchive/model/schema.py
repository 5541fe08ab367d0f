"""What a schema pack says of properties and classes.

Knows: the words of a pack. Must not know: which ids a wiki gave them (a `SchemaIds` maps slugs to ids), or YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from commarchive.model.archive import Texts


class Control(StrEnum):
    """What a property controls; the schema `core` has one property for each. Written as here in packs."""

    COMMUNITY = "community"
    ACCESS_CONDITION = "access-condition"
    QUALIFIER_CONDITION = "qualifier-condition"
    TERM_CONDITION = "term-condition"
    OUTSIDERS_SEE = "outsiders-see"
    RECORD_STATE = "record-state"


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """A property of a pack.

    `condition` says who may know of the property itself, `default` who may see its statements (both conditions).
    `safe`: its statements are shown where outsiders see metadata. `propagates_hold`: a hold on its value closes the
    record. `instance_of`: its values are the classes of a record. `living_person`: its values tell of a living person.
    """

    slug: str
    datatype: str
    labels: Texts = field(default_factory=dict)
    descriptions: Texts = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    equivalents: tuple[str, ...] = ()
    control: Control | None = None
    condition: str = "public"
    default: str | None = None
    safe: bool = False
    propagates_hold: bool = False
    instance_of: bool = False
    living_person: bool = False
    formatter_url: str | None = None
    pack: str = ""


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """An item of a pack, most often a class.

    `default` is the condition of every entity of the class; `properties` are the slugs that its forms offer, in order,
    `required` those that a complete record has. `living_person`: its records are about persons who may be alive.
    """

    slug: str
    labels: Texts = field(default_factory=dict)
    descriptions: Texts = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    equivalents: tuple[str, ...] = ()
    condition: str = "public"
    default: str | None = None
    is_class: bool = True
    properties: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    living_person: bool = False
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """All packs of an archive, by slug."""

    properties: Mapping[str, PropertyDefinition] = field(default_factory=dict)
    items: Mapping[str, ItemDefinition] = field(default_factory=dict)

    def control(self, control: Control) -> PropertyDefinition | None:
        """The property that controls this, if a pack has one."""
        return next((prop for prop in self.properties.values() if prop.control is control), None)


@dataclass(frozen=True, slots=True)
class SchemaIds:
    """Which ids a wiki gave the slugs of a schema."""

    properties: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
