"""A project of the Hub as frozen values, read from what the Hub answers.

Knows: the shape of version 2 of the Hub's API. Must not know: how the Hub is asked, or where answers are kept.

What is read is checked: an answer that lacks what counts is none. What is optional there (translations, audio, icons,
the community's name) is left out where it is missing or misshapen. Icons are links; they may not be passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from commarchive.model.local_contexts import Kind, Mark, label_of_hub, notice_of_hub

_LISTS: Final = {"tk_labels": "TK", "bc_labels": "BC", "notice": "notice"}
_KEPT: Final = ("unique_id", "title", "project_page", "project_privacy", "date_modified", *_LISTS)
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x1f]+")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MOST_MARKS: Final = 500


class MalformedError(ValueError):
    """What the Hub answered is no project; the message says what is wrong, and quotes nothing of it."""


class Privacy(StrEnum):
    """Who may see a project at the Hub, in the Hub's words. What is not known counts as private."""

    PUBLIC = "Public"
    CONTRIBUTOR = "Contributor"
    PRIVATE = "Private"


@dataclass(frozen=True, slots=True)
class Wording:
    """Name and text of a Label or Notice in one language; `language` is the Hub's tag, empty where it has none."""

    language: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ProjectMark:
    """A Label or Notice as one project has it, in its community's own words.

    `id` is the Hub's, and the same in several projects, so that only `project` and `id` together name one. `what` is
    the Hub's word with its list before it (`TK:secret_sacred`). `wordings`: the original first, then translations.
    `icon` and `audio` are addresses, empty where there are none.
    """

    project: str
    id: str
    what: str
    wordings: tuple[Wording, ...]
    community: str = ""
    icon: str = ""
    audio: str = ""

    @property
    def mark(self) -> Mark | None:
        """What it is, as far as this version knows."""
        return known_mark(self.what)

    def in_language(self, languages: Iterable[str]) -> Wording:
        """The wording in the first of the languages that has one, else the original."""
        for language in languages:
            for wording in self.wordings:
                if wording.language.casefold() == language.casefold():
                    return wording
        return self.wordings[0]


@dataclass(frozen=True, slots=True)
class Project:
    """A project: whoever may see it, its own page at the Hub, its Labels and Notices."""

    id: str
    title: str
    page: str
    privacy: Privacy
    modified: str
    marks: tuple[ProjectMark, ...]

    @property
    def is_displayed(self) -> bool:
        """Whether its words may be shown to readers: only where the Hub itself shows them to everyone."""
        return self.privacy is Privacy.PUBLIC


def known_mark(what: str) -> Mark | None:
    """The Label or Notice that `what` (`TK:secret_sacred`, `notice:biocultural`) means; None where it is not known."""
    prefix, _, word = what.partition(":")
    return notice_of_hub(word) if prefix == Kind.NOTICE else label_of_hub(prefix, word)


def kept(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth remembering of an answer; descriptions, people and places are not ours to keep."""
    return {key: data[key] for key in _KEPT if key in data}


def read_project(data: Any, project: str) -> Project:
    """The project that an answer says.

    Args:
        data: JSON, as `projects/<uuid>/` answers.
        project: the UUID that was asked for, in small letters.

    Raises:
        MalformedError: it is no project, or another one.
    """
    if not isinstance(data, Mapping):
        raise MalformedError("it is no JSON object")
    if _uuid(data.get("unique_id"), "unique_id") != project:
        raise MalformedError("it is another project")
    if not any(key in data for key in _LISTS):
        raise MalformedError("it says nothing of labels and notices")
    marks = tuple(mark for key, prefix in _LISTS.items() for mark in _marks(data, key, prefix, project))
    if len(marks) > _MOST_MARKS:
        raise MalformedError("it has more labels than any project")
    return Project(
        id=project,
        title=_text(data, "title"),
        page=_address(data.get("project_page")),
        privacy=_privacy(_text(data, "project_privacy")),
        modified=_optional(data.get("date_modified")),
        marks=marks,
    )


def _marks(data: Mapping[str, Any], key: str, prefix: str, project: str) -> Iterator[ProjectMark]:
    entries = data.get(key)
    if entries is None:
        return
    if not isinstance(entries, list):
        raise MalformedError(f"`{key}` is no list")
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise MalformedError(f"`{key}` has an entry that is no object")
        yield _notice(entry, project) if prefix == Kind.NOTICE else _label(entry, prefix, project)


def _label(entry: Mapping[str, Any], prefix: str, project: str) -> ProjectMark:
    original = Wording(_optional(entry.get("language_tag")), _text(entry, "name"), _optional(entry.get("label_text")))
    return ProjectMark(
        project=project,
        id=_uuid(entry.get("unique_id"), "unique_id of a label"),
        what=f"{prefix}:{_word(entry, 'label_type')}",
        wordings=(original, *_translations(entry)),
        community=_name_of(entry.get("community")),
        icon=_icon(entry),
        audio=_address(entry.get("audiofile")),
    )


def _notice(entry: Mapping[str, Any], project: str) -> ProjectMark:
    # A Notice has no id of its own; a project has each at most once.
    word = _word(entry, "notice_type")
    original = Wording("", _text(entry, "name"), _optional(entry.get("default_text")))
    what = f"{Kind.NOTICE}:{word}"
    return ProjectMark(project, word, what, (original, *_translations(entry)), icon=_icon(entry))


def _translations(entry: Mapping[str, Any]) -> Iterator[Wording]:
    translations = entry.get("translations")
    for each in translations if isinstance(translations, Sequence) and not isinstance(translations, str) else ():
        if isinstance(each, Mapping):
            language, name = _optional(each.get("language_tag")), _optional(each.get("translated_name"))
            if language and name:
                yield Wording(language, name, _optional(each.get("translated_text")))


def _name_of(community: Any) -> str:
    # Version 1 had the name alone.
    return _optional(community.get("name") if isinstance(community, Mapping) else community)


def _icon(entry: Mapping[str, Any]) -> str:
    return _address(entry.get("svg_url")) or _address(entry.get("img_url"))


def _privacy(word: str) -> Privacy:
    return Privacy(word) if word in set(Privacy) else Privacy.PRIVATE


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise MalformedError(f"`{key}` is no text")
    return value


def _word(data: Mapping[str, Any], key: str) -> str:
    value = _text(data, key)
    if not _WORD.fullmatch(value):
        raise MalformedError(f"`{key}` is no word")
    return value


def _uuid(value: Any, name: str) -> str:
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError):
        raise MalformedError(f"`{name}` is no UUID") from None


def _optional(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _address(value: Any) -> str:
    return value if isinstance(value, str) and _WEB_ADDRESS.fullmatch(value) else ""
