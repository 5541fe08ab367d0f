"""Pages that list records: the front page, browsing, searching.

Knows: what such a list shows of each record. Must not know: how what is listed, counted or ranked is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from commarchive.gateway.ask import Ask
from commarchive.gateway.pages.render import page, page_number
from commarchive.model.ids import is_item_id, is_property_id
from commarchive.projection.reader import Name, first_of

EACH_PAGE = 20
_NEWEST = 8
_VALUES_SHOWN = 12
_FACETS_SHOWN = 8
_VALUES_MOST = 500
_FILTERS_MOST = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A record in a list. `is_open`: everyone sees it."""

    id: str
    name: Name
    description: Name | None
    is_open: bool

    @property
    def href(self) -> str:
        """Its address."""
        return f"/{'property' if self.id.startswith('P') else 'item'}/{self.id}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to narrow a list by, with how many records have it."""

    name: Name
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A property to narrow a list by; `more` leads to all its values, if not all are there."""

    name: Name
    choices: tuple[Choice, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A value that a list was narrowed by; `without` leads to the list without it."""

    property: Name
    value: Name
    without: str


def home(ask: Ask) -> Response:
    """The front page: what is new, and where to begin."""
    newest = ask.view.items(limit=_NEWEST, newest_first=True)
    return page(
        ask,
        "home.html",
        total=newest.total,
        rows=rows_of(ask, newest.ids),
        facets=_facets(ask, {}, least=1),
    )


def browse(ask: Ask) -> Response:
    """Records with given values, or all; `?P2=Q5` narrows, `?values=P2` shows every value of a property."""
    values = ask.query.get("values", "")
    where = _filters(ask.query)
    number = page_number(ask)
    if values:
        facet = _facet(ask, values, where, most=_VALUES_MOST)
        return page(ask, "values.html", facet=facet)
    found = ask.view.items(where=where, offset=(number - 1) * EACH_PAGE, limit=EACH_PAGE)
    names = _names(ask, [*where, *where.values()])
    filters = [
        Filter(names[prop], names[value], _address({p: v for p, v in where.items() if p != prop}))
        for prop, value in where.items()
    ]
    return page(
        ask,
        "browse.html",
        rows=rows_of(ask, found.ids),
        total=found.total,
        filters=filters,
        facets=_facets(ask, where, least=2),
        pages=_pages(where, number, found.total),
    )


def search(ask: Ask) -> Response:
    """Records in which every word occurs."""
    text, number = ask.query.get("q", "").strip()[:200], page_number(ask)
    found = ask.view.search(text, offset=(number - 1) * EACH_PAGE, limit=EACH_PAGE)
    return page(
        ask,
        "search.html",
        text=text,
        rows=rows_of(ask, found.ids),
        total=found.total,
        pages=_pages({"q": text}, number, found.total, path="/search"),
    )


def rows_of(ask: Ask, ids: Iterable[str]) -> list[Row]:
    """Records as lists show them, in the order given."""
    languages = ask.reader.languages
    rows = []
    for id_, shown in ask.view.entities(ids).items():
        labels, descriptions = shown.entity.labels, shown.entity.descriptions
        name = Name(*first_of(labels, languages)) if labels else Name("", id_)
        description = Name(*first_of(descriptions, languages)) if descriptions else None
        rows.append(Row(id_, name, description, shown.public))
    return rows


def _filters(query: Mapping[str, str]) -> dict[str, str]:
    wanted = {prop.upper(): value.upper() for prop, value in query.items() if is_property_id(prop.upper())}
    return {prop: value for prop, value in list(wanted.items())[:_FILTERS_MOST] if is_item_id(value)}


def _names(ask: Ask, ids: Iterable[str]) -> dict[str, Name]:
    # What may not be known of is called by the id that the reader gave, as what does not exist.
    wanted = list(ids)
    found = ask.view.names(wanted, ask.reader.languages)
    return {id_: found.get(id_, Name("", id_)) for id_ in wanted}


def _facets(ask: Ask, where: Mapping[str, str], *, least: int) -> list[Facet]:
    instance_of = ask.services.vocabulary.instance_of
    wanted = [prop for prop, _ in ask.view.facets(where=where) if prop not in where]
    # Classes first: what a record is says most.
    wanted.sort(key=lambda prop: prop not in instance_of)
    found = (_facet(ask, prop, where, most=_VALUES_SHOWN) for prop in wanted[:_FACETS_SHOWN])
    return [facet for facet in found if len(facet.choices) >= least]


def _facet(ask: Ask, prop: str, where: Mapping[str, str], *, most: int) -> Facet:
    counted = ask.view.values(prop, where=where, limit=most + 1)
    names = _names(ask, [prop, *(value for value, _ in counted)])
    choices = tuple(Choice(names[v], count, _address({**where, prop: v})) for v, count in counted[:most])
    more = _address({**where, "values": prop}) if len(counted) > most else ""
    return Facet(names[prop], choices, more)


def _pages(query: Mapping[str, str], number: int, total: int, *, path: str = "/browse") -> dict[str, str | int]:
    last = max(1, -(-total // EACH_PAGE))
    return {
        "number": number,
        "last": last,
        "before": _address({**query, "page": str(number - 1)}, path) if 1 < number <= last + 1 else "",
        "after": _address({**query, "page": str(number + 1)}, path) if number < last else "",
    }


def _address(query: Mapping[str, str], path: str = "/browse") -> str:
    return f"{path}?{urlencode(query)}" if query else path
