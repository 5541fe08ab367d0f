"""One API call and what a module is.

Knows: what all modules need. Must not know: any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from commarchive.gateway.ask import Ask
from commarchive.model.entity import Entity
from commarchive.sandbox.answers import Warnings
from commarchive.sandbox.params import Param

Json = dict[str, Any]

ITEM_NAMESPACE, PROPERTY_NAMESPACE = 120, 122


@dataclass
class Call:
    """A call; `given` are all parameters as they came, `args` the module's own, extracted."""

    ask: Ask
    given: Mapping[str, str]
    version: int = 1
    warnings: Warnings = field(default_factory=Warnings)
    args: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the API.

    `prefix` begins the names of its parameters. `token` is the kind of token that it needs, `token_name` the parameter
    (with the prefix) that bears it. `post`: only by POST.
    """

    handler: Callable[[Call], Json]
    params: Mapping[str, Param] = field(default_factory=dict)
    prefix: str = ""
    post: bool = False
    token: str | None = None
    token_name: str = "token"  # noqa: S105


def title_of(entity_id: str) -> str:
    """The title of an entity's page."""
    return f"{'Property' if entity_id.startswith('P') else 'Item'}:{entity_id}"


def page_id(entity_id: str) -> int:
    """A number for the page of an entity, which clients want: made from the id alone, so that it tells nothing else."""
    return 2 * int(entity_id[1:]) - entity_id.startswith("P")


def page_info(entity: Entity) -> Json:
    """What a page has beside its entity."""
    return {
        "pageid": page_id(entity.id),
        "ns": PROPERTY_NAMESPACE if entity.type == "property" else ITEM_NAMESPACE,
        "title": title_of(entity.id),
        "lastrevid": entity.revision,
        "modified": entity.modified,
    }
