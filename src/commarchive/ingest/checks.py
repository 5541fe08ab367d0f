"""Whether what a row says about access can be said in this archive.

Knows: communities, protocols, conditions, states, what outsiders see. Must not know: rows, files, the wiki.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from commarchive.model.archive import Archive, OutsidersSee, RecordState
from commarchive.policy.condition import ConditionError, bind, parse_condition
from commarchive.policy.said import known_in


class CheckError(ValueError):
    """What is said cannot be; `expected` says what would be right."""

    def __init__(self, message: str, expected: str = "") -> None:
        super().__init__(message)
        self.expected = expected


def check_policy(said: Mapping[str, str], archive: Archive) -> Iterator[tuple[str, CheckError]]:
    """What is wrong with these texts, by their word (`community`, `access_condition`, …); texts may be left out."""
    checks: dict[str, Callable[[str], None]] = {
        "community": partial(_community, archive),
        "access_condition": partial(_condition, archive),
        "record_state": _state,
        "outsiders_see": _outsiders,
    }
    for word, check in checks.items():
        if word in said:
            try:
                check(said[word])
            except CheckError as error:
                yield word, error


def _community(archive: Archive, text: str) -> None:
    if text not in archive.communities:
        raise CheckError(f"the archive has no community `{text}`", _listed(archive.communities))


def _condition(archive: Archive, text: str) -> None:
    # Bare `members` and `stewards` mean the record's own community, whichever it is.
    own = tuple(archive.communities)[:1]
    try:
        bind(parse_condition(text), own=own, known=partial(known_in, archive))
    except ConditionError as error:
        raise CheckError(f"this is no condition: {error}", "one such as `all(elders, singers)`") from None


def _state(text: str) -> None:
    if text not in set(RecordState):
        raise CheckError(f"`{text}` is no state of a record", _listed(RecordState))


def _outsiders(text: str) -> None:
    words = [level.word for level in OutsidersSee]
    if text not in words:
        raise CheckError(f"`{text}` is nothing that outsiders see", _listed(words))


def _listed(words: object) -> str:
    return ", ".join(f"`{word}`" for word in words)  # type: ignore[attr-defined]
