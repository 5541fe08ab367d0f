"""The modules for one term at a time: `wbsetlabel`, `wbsetdescription`, `wbsetaliases`.

Knows: their parameters, answers and summaries. Must not know: how an edit is saved.
"""

from __future__ import annotations

from collections.abc import Callable

from commarchive.sandbox.answers import Json, wikibase_error, worded_error
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.editing import (
    EDIT_PARAMS,
    Draft,
    empty_entity,
    load,
    parse_entity_id,
    refuse_unpermitted,
    save,
)
from commarchive.sandbox.languages import autonyms
from commarchive.sandbox.messages import Message
from commarchive.sandbox.params import Param
from commarchive.sandbox.summaries import summary
from commarchive.sandbox.terms import clean


def _set_term(module: str, kind: str) -> Callable[[Call], Json]:
    def handler(call: Call) -> Json:
        args = call.args
        language, text = args["language"], clean(args["value"] or "")
        with call.store.write():
            draft = _load(call)
            old = draft.entity[f"{kind}s"].get(language)
            call.engine.terms.set_term(draft.entity, kind, language, text)
            action = "remove" if not text else "set" if old else "add"
            said = text or (old["value"] if old else "")
            saved = save(
                call,
                draft,
                module,
                lambda _: summary(
                    f"{module}-{action}", args["summary"], language=language, said=[said] if said else []
                ),
            )
        term = saved.entity[f"{kind}s"].get(language) or {"language": language, "removed": True}
        return _answer({f"{kind}s": {language: term}}, saved.entity, saved.revision, changed=saved.changed)

    return handler


def set_aliases(call: Call) -> Json:
    """Set, add to, or take from the aliases of a language."""
    args = call.args
    adding, removing = args["add"] or [], args["remove"] or []
    if bool(adding or removing) == (args["set"] is not None):
        raise worded_error("invalid-list", "aliases are either set, or added and removed")
    language = args["language"]
    with call.store.write():
        draft = _load(call)
        old = [alias["value"] for alias in draft.entity["aliases"].get(language, ())]
        taken = {clean(text) for text in removing}
        wanted = (
            args["set"] if args["set"] is not None else [text for text in [*old, *adding] if clean(text) not in taken]
        )
        call.engine.terms.set_aliases(draft.entity, language, [clean(text) for text in wanted])
        action = (
            "set" if args["set"] is not None else "update" if adding and removing else "add" if adding else "remove"
        )
        said = [clean(text) for text in (args["set"] or adding or removing)]
        saved = save(
            call,
            draft,
            "wbsetaliases",
            lambda _: summary(f"wbsetaliases-{action}", args["summary"], language=language, said=said),
        )
    aliases = saved.entity["aliases"].get(language)
    terms = {"aliases": {language: aliases}} if aliases else {}
    return _answer(terms, saved.entity, saved.revision, changed=saved.changed)


def _load(call: Call) -> Draft:
    args = call.args
    if (args["id"] is None) == (args["new"] is None):
        raise wikibase_error("param-illegal", Message("wikibase-api-illegal-id-or-site-page-selector"))
    if args["id"] is not None:
        return load(call, parse_entity_id(args["id"]), args["baserevid"])
    if args["new"] == "property":
        raise wikibase_error("param-illegal", Message("wikibase-api-not-recognized-datatype"))
    refuse_unpermitted(call, "createpage")
    return Draft(empty_entity("item"), None, 0, None)


def _answer(terms: Json, entity: Json, revision: int, *, changed: bool) -> Json:
    inner = {**terms, "id": entity["id"], "type": entity["type"], "lastrevid": revision, "nochange": not changed}
    return {"entity": inner, "success": 1}


_PARAMS = {
    "id": Param(),
    "new": Param(choices=("item", "property")),
    "language": Param(required=True, choices=autonyms()),
    **EDIT_PARAMS,
}


def _module(handler: Callable[[Call], Json], more: dict[str, Param]) -> Module:
    return Module(handler, {**_PARAMS, **more}, token="csrf", post=True)  # noqa: S106


MODULES = {
    "wbsetlabel": _module(_set_term("wbsetlabel", "label"), {"value": Param()}),
    "wbsetdescription": _module(_set_term("wbsetdescription", "description"), {"value": Param()}),
    "wbsetaliases": _module(
        set_aliases, {"add": Param(multi=True), "remove": Param(multi=True), "set": Param(multi=True)}
    ),
}
