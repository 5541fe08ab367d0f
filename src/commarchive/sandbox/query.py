"""The module `query`: hands the call to submodules and puts their answers and continuations together.

Knows: `meta`, `list`, `prop`, the set of pages, and how MediaWiki continues. Must not know: what a submodule answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from commarchive.sandbox import query_changes, query_lists, query_meta, query_pages, query_search
from commarchive.sandbox.answers import ApiError, Json
from commarchive.sandbox.calls import Call, Module
from commarchive.sandbox.params import Param

_LISTS = {**query_changes.LISTS, **query_lists.LISTS, **query_search.LISTS}
_KINDS: Mapping[str, Mapping[str, Module | query_pages.PageModule]] = {
    "meta": query_meta.META,
    "list": _LISTS,
    "prop": query_pages.PROPS,
}
_PAGE_SET = ("titles", "pageids", "revids")


@dataclass(slots=True)
class _Merged:
    """What the submodules have answered so far."""

    query: Json = field(default_factory=dict)
    lists: Json = field(default_factory=dict)
    props: Json = field(default_factory=dict)


def query(call: Call) -> Json:
    """Answer all submodules that are asked for, in one state of the wiki."""
    if call.args["generator"] is not None:
        raise ApiError("badvalue", f'Unrecognized value for parameter "generator": {call.args["generator"]}.')
    merged = _Merged()
    with call.store.read():
        for name in call.args["meta"] or ():
            merged.query |= _run(call, name, query_meta.META[name])
        for name in call.args["list"] or ():
            _take(merged.query, merged.lists, _run(call, name, _LISTS[name]))
        if any(call.args[key] is not None for key in _PAGE_SET):
            _answer_pages(call, merged)
    result: Json = {}
    if not merged.props:
        result["batchcomplete"] = True
    if merged.lists or merged.props:
        rest = "-||" if not merged.props else "||"
        result["continue"] = {**merged.lists, **merged.props, "continue": rest}
    if "curtimestamp" in call.given:
        result["curtimestamp"] = call.engine.stamp()
    if merged.query:
        result["query"] = merged.query
    return result


def _answer_pages(call: Call, merged: _Merged) -> None:
    page_set = query_pages.find_pages(call)
    answer = page_set.answer()
    for name in call.args["prop"] or ():
        module = query_pages.PROPS[name]
        args = call.extract(module.params, module.prefix, name)
        merged.props |= module.fill(replace(call, args=args), page_set)
    merged.query |= answer


def _run(call: Call, name: str, module: Module) -> Json:
    args = call.extract(module.params, module.prefix, name)
    return module.handler(replace(call, args=args))


def _take(query_part: Json, continuation: Json, answer: Json) -> None:
    continuation |= answer.pop("continue", {})
    query_part |= answer


def is_open_to_all(given: Mapping[str, str]) -> bool:
    """Whether a query asks for nothing but what needs no right to read; it must be asked for alone."""
    names = [name for name in given.get("meta", "").split("|") if name]
    only_meta = not any(given.get(key) for key in ("list", "prop", "generator", *_PAGE_SET))
    modules = [query_meta.META.get(name) for name in names]
    return bool(names) and only_meta and all(module is not None and module.open_to_all for module in modules)


def parameter_names(given: Mapping[str, str]) -> set[str]:
    """The parameters that the submodules that are asked for take."""
    names: set[str] = set()
    for kind, modules in _KINDS.items():
        for name in given.get(kind, "").split("|"):
            module = modules.get(name)
            if module is not None:
                names.update(module.prefix + param for param in module.params)
    return names


MODULE = Module(
    query,
    {
        "meta": Param(multi=True, choices=query_meta.META),
        "list": Param(multi=True, choices=_LISTS),
        "prop": Param(multi=True, choices=query_pages.PROPS),
        "titles": Param(multi=True),
        "pageids": Param("integer", multi=True),
        "revids": Param("integer", multi=True),
        "redirects": Param("boolean"),
        "continue": Param(),
        "rawcontinue": Param("boolean"),
        "indexpageids": Param("boolean"),
        "generator": Param(),
    },
)
