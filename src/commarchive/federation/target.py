"""The wiki that is published to: what it says of itself, and of the entities that a plan names.

Knows: light and whole reads, searches, limits. Must not know: records of the archive, or how an edit comes about.

Whatever is asked here leaves the archive: callers ask only for ids and words that everybody may see anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from commarchive.errors import ConflictError, WikiRefusedError
from commarchive.model.entity import Entity
from commarchive.model.ids import is_item_id
from commarchive.wikibase.api import ActionApi, chunks, flag
from commarchive.wikibase.client import Redirect, Site, WikiClient

_SEARCH_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """Greatest lengths in characters; `url` counts bytes, as Wikibase does.

    Sources: Wikibase `docs/topics/options.md` (`string-limits`); Wikimedia's configuration raises three of them.
    """

    term: int = 250
    string: int = 400
    monolingual: int = 400
    url: int = 500


STOCK = Limits()
WIKIMEDIA = Limits(term=250, string=1500, monolingual=1500, url=1500)


@dataclass(frozen=True, slots=True)
class There:
    """An entity of the target in short; `id` is where it stands now, another than asked for where it was merged."""

    id: str
    datatype: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


class Target:
    """Reads the target.

    `languages` are those in which labels are wanted, for people to read. Every method may raise WikiUnavailableError
    and WikiRefusedError.
    """

    def __init__(self, api: ActionApi, *, limits: Limits = WIKIMEDIA, languages: Sequence[str] = ("en",)) -> None:
        self.api = api
        self.client = WikiClient(api)
        self.limits = limits
        self._languages = tuple(dict.fromkeys((*languages, "en", "mul")))
        self._facts: dict[str, There | None] = {}

    @cached_property
    def site(self) -> Site:
        """What the wiki says of itself."""
        return self.client.site()

    @cached_property
    def text_languages(self) -> frozenset[str]:
        """The codes that it takes for monolingual texts."""
        return self._codes("monolingualtext")

    @cached_property
    def term_languages(self) -> frozenset[str]:
        """The codes that it takes for labels, descriptions and aliases."""
        return self._codes("term")

    def need(self, concept_base: str) -> None:
        """See that this is the wiki for which ids were written.

        Raises:
            ConflictError: it is another.
        """
        if self.site.concept_base != concept_base:
            raise ConflictError(
                f"the mapping is for `{concept_base}`, and the target's concept addresses begin with "
                f"`{self.site.concept_base}`",
                hint="an id means another thing in another wiki; use a mapping for this one",
            )

    def facts(self, ids: Iterable[str]) -> dict[str, There | None]:
        """Entities in short; None for what is deleted or never was. Asked once each."""
        wanted = list(dict.fromkeys(ids))
        for some in chunks(id_ for id_ in wanted if id_ not in self._facts):
            answer = self.api.read(
                action="wbgetentities", ids=some, props=["info", "datatype", "labels"], languages=self._languages
            )["entities"]
            for id_ in some:
                self._facts[id_] = _there(answer.get(id_))
        return {id_: self._facts[id_] for id_ in wanted}

    def label(self, id_: str) -> str:
        """What an entity is called there, for people to read; empty where that was not asked or is not said."""
        there = self._facts.get(id_)
        if there is None:
            return ""
        return next((there.labels[code] for code in self._languages if code in there.labels), "")

    def entities(self, ids: Iterable[str]) -> dict[str, Entity | None]:
        """Items as they stand, redirects followed; None for what is deleted or never was."""
        found = self.client.entities(ids)
        return {id_: one.target if isinstance(one, Redirect) else one for id_, one in found.items()}

    def with_identifier(self, property_id: str, value: str) -> list[str]:
        """Items with this value of an external identifier, as far as the wiki's search knows them."""
        try:
            answer = self.api.read(
                action="query",
                list="search",
                srsearch=f'haswbstatement:"{property_id}={value}"',
                srnamespace=str(self.site.namespaces["item"][0]),
                srlimit=_SEARCH_LIMIT,
                srprop="",
            )
        except WikiRefusedError as error:
            if error.code in {"search-text-disabled", "srsearch-error", "badvalue"}:
                # A wiki without such a search recognises nothing; that it may hold a double is said of labels too.
                return []
            raise
        titles = (hit["title"].rpartition(":")[2] for hit in answer["query"]["search"])
        return [title for title in titles if is_item_id(title)]

    def called(self, text: str, language: str) -> list[str]:
        """Items of which this is the label or an alias in a language, upper and lower case aside."""
        answer = self.api.read(
            action="wbsearchentities",
            search=text,
            language=language,
            strictlanguage=True,
            type="item",
            limit=_SEARCH_LIMIT,
        )
        return [
            hit["id"]
            for hit in answer["search"]
            if str((hit.get("match") or {}).get("text", "")).casefold() == text.casefold()
        ]

    def _codes(self, context: str) -> frozenset[str]:
        answer = self.api.read(action="query", meta="wbcontentlanguages", wbclcontext=context, wbclprop="code")
        return frozenset(answer["query"]["wbcontentlanguages"])


def _there(data: Mapping[str, Any] | None) -> There | None:
    if data is None or flag(dict(data), "missing"):
        return None
    labels = data.get("labels") or {}
    return There(data["id"], data.get("datatype"), {code: term["value"] for code, term in labels.items()})
