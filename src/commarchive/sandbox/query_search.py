"""The query module's `search`, for one thing that clients look for on Wikidata: items with a value of an identifier.

Knows: `haswbstatement`. Must not know: any other search; what is not understood finds nothing.
"""

from __future__ import annotations

import re

from commarchive.model.ids import sort_key
from commarchive.sandbox.answers import Json
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.params import Param
from commarchive.sandbox.rows import limit

_HAS_STATEMENT = re.compile(r'haswbstatement:"?(P[1-9][0-9]*)=([^"]+)"?\Z')


def search(call: Call) -> Json:
    """Items with a statement of a property whose value is a text, in the order of their ids."""
    match = _HAS_STATEMENT.match(call.args["search"].strip())
    found = _with_statement(call, *match.groups()) if match else []
    titles = [{"ns": call.pages.namespace(id_), "title": call.pages.title(id_)} for id_ in found]
    return {"searchinfo": {"totalhits": len(found)}, "search": titles[: call.args["limit"]]}


def _with_statement(call: Call, property_id: str, value: str) -> list[str]:
    rows = call.store.rows(
        "SELECT entity, latest FROM page WHERE type = 'item' AND deleted = 0 AND redirect IS NULL AND EXISTS "
        "(SELECT 1 FROM revision WHERE revision.id = page.latest AND instr(content, ?) > 0)",
        (f'"{property_id}"',),
    )
    found = []
    for id_, latest in rows:
        for statement in call.pages.entity(latest)["claims"].get(property_id, ()):
            if statement["mainsnak"].get("datavalue", {}).get("value") == value:
                found.append(id_)
                break
    return sorted(found, key=sort_key)


LISTS = {
    "search": Module(
        search,
        {
            "search": Param(required=True),
            "namespace": Param(multi=True),
            "limit": limit(),
            "prop": Param(multi=True),
        },
        prefix="sr",
    )
}
