"""Which of a wiki's properties and items mean something to access.

Knows: the ids that a wiki gave to what the schema defines. Must not know: entities' content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commarchive.model.local_contexts import LABEL_PROPERTY, NOTICE_PROPERTY, PROJECT_PROPERTY
from commarchive.model.schema import Control, Schema, SchemaIds

_OF_LOCAL_CONTEXTS = (LABEL_PROPERTY, NOTICE_PROPERTY, PROJECT_PROPERTY)


@dataclass(frozen=True)
class Vocabulary:
    """Ids by meaning; conditions as text.

    `controls`: control property → what it controls. `instance_of`: properties whose values are classes.
    `property_defaults`: property → condition of its statements. `class_defaults`: class → condition of its entities.
    `own`: entities that the schema itself defines → who may know of them.
    `safe`: properties shown where outsiders see metadata. `propagating`: properties that carry a hold to the record.
    `local_contexts`: properties that carry Labels, Notices and projects → their slugs.
    """

    controls: Mapping[str, Control] = field(default_factory=dict)
    instance_of: frozenset[str] = frozenset()
    property_defaults: Mapping[str, str] = field(default_factory=dict)
    class_defaults: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    safe: frozenset[str] = frozenset()
    propagating: frozenset[str] = frozenset()
    local_contexts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: Schema, ids: SchemaIds) -> Vocabulary:
        """The vocabulary of a seeded wiki; what was not seeded yet means nothing, which closes what depends on it."""
        properties = {ids.properties[slug]: d for slug, d in schema.properties.items() if slug in ids.properties}
        items = {ids.items[slug]: d for slug, d in schema.items.items() if slug in ids.items}
        return cls(
            controls={pid: d.control for pid, d in properties.items() if d.control is not None},
            instance_of=frozenset(pid for pid, d in properties.items() if d.instance_of),
            property_defaults={pid: d.default for pid, d in properties.items() if d.default is not None},
            class_defaults={qid: d.default for qid, d in items.items() if d.default is not None},
            own={pid: d.condition for pid, d in properties.items()} | {qid: d.condition for qid, d in items.items()},
            safe=frozenset(pid for pid, d in properties.items() if d.safe),
            propagating=frozenset(pid for pid, d in properties.items() if d.propagates_hold),
            local_contexts={ids.properties[slug]: slug for slug in _OF_LOCAL_CONTEXTS if slug in ids.properties},
        )
