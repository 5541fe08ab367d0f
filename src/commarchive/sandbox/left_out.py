"""What the embedded wiki leaves out of a Wikibase on purpose, and why.

Knows: names of things that are not there. Must not know: anything else. The contract suite and the documents read it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One thing that is not there; `recordings` are the numbers of the recorded exchanges that need it."""

    what: str
    reason: str
    recordings: tuple[str, ...] = ()


_RDF = "commarchive computes RDF from the projection, never from the wiki, and WikibaseIntegrator reads JSON"
_REST = "neither commarchive nor WikibaseIntegrator reads a wiki by its REST API; the gateway serves one itself"

LEFT_OUT = (
    LeftOut("EntityData in Turtle, N-Triples, RDF/XML and JSON-LD", _RDF, ("042", "043", "044", "045", "046", "047")),
    LeftOut("the REST API", _REST, ("050", "051", "052", "053", "054", "055")),
    LeftOut("output formats other than JSON", "every client of ours asks for JSON, which is the default here"),
    LeftOut("HTML pages", "the wiki is spoken to by programs; the gateway shows pages"),
    LeftOut("generators of `query`, and its other submodules", "nothing asks for them; they are refused by name"),
    LeftOut("new site links", "no other wiki is known here; those of entities put here are kept, shown and found"),
    LeftOut("lexemes, media info and entity schemas", "an archive's schemas use items and properties"),
    LeftOut("change tags", "accepted with an edit and not kept; a batch is known by its summary"),
    LeftOut("existence of files on Wikimedia Commons", "asking would need the network"),
    LeftOut("upload of files", "media belong to the archive's own store"),
    LeftOut("OAuth", "sign-in here is by password and bot password"),
    LeftOut("sign-up by the API", "accounts are made by administration"),
    LeftOut("watch lists, patrol, protection, user options, talk pages", "none of them bears on entities"),
    LeftOut("error texts in other languages than English", "clients go by codes and names of messages"),
    LeftOut(
        "loss of power", "a commit outlives the process, not necessarily the machine; it is for trying and testing"
    ),
)
