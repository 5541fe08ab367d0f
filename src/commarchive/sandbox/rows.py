"""What the lists of the query module have in common: limits, namespaces, order and continuation.

Knows: MediaWiki's `timestamp|id` continuations. Must not know: any one list.
"""

from __future__ import annotations

import re
from typing import Any

from commarchive.sandbox.accounts import Account
from commarchive.sandbox.answers import ApiError, Json
from commarchive.sandbox.params import Param, words
from commarchive.sandbox.settings import WikiSettings

DIRECTIONS = ("newer", "older")

_MOST, _MOST_HIGH = 500, 5000
_COMPACT = re.compile(r"(\d{14})\|(\d{1,18})")


def limit(default: int = 10) -> Param:
    """A list's limit."""
    return Param("limit", default=default, least=1, most=_MOST, most_high=_MOST_HIGH)


def props(names: str, default: str) -> Param:
    """What a list tells of each row."""
    return Param(multi=True, choices=words(names), default=words(default))


def compact(timestamp: str) -> str:
    """A timestamp as continuations have it."""
    return re.sub(r"[-:TZ]", "", timestamp)


def read_continue(text: str) -> tuple[str, int]:
    """The timestamp and id of the next row that a continuation names.

    Raises:
        ApiError: it is no such continuation.
    """
    match = _COMPACT.fullmatch(text)
    if match is None:
        raise ApiError("badcontinue", "Invalid continue param. You should pass the original value returned by the API.")
    stamp = match.group(1)
    iso = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}Z"
    return iso, int(match.group(2))


class Where:
    """Conditions in SQL with their parameters; the conditions are ours."""

    def __init__(self) -> None:
        self._conditions = ["1"]
        self.parameters: list[Any] = []

    def add(self, condition: str, *parameters: Any) -> None:
        """Add a condition."""
        self._conditions.append(condition)
        self.parameters += parameters

    def among(self, column: str, values: list[Any]) -> None:
        """One of these values."""
        self.add(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def between(self, column: str, start: str | None, end: str | None, *, newer: bool) -> None:
        """From start to end, in the order of the list."""
        if start is not None:
            self.add(f"{column} {'>=' if newer else '<='} ?", start)
        if end is not None:
            self.add(f"{column} {'<=' if newer else '>='} ?", end)

    def onward(self, timestamp: str, id_: str, text: str, *, newer: bool) -> None:
        """From the row that a continuation names."""
        moment, number = read_continue(text)
        sign = ">" if newer else "<"
        self.add(f"({timestamp} {sign} ? OR ({timestamp} = ? AND {id_} {sign}= ?))", moment, moment, number)

    @property
    def sql(self) -> str:
        """All conditions at once."""
        return " AND ".join(self._conditions)


def in_namespaces(settings: WikiSettings, where: Where, column: str, given: list[str] | None, name: str) -> None:
    """Keep to the rows whose entity is in one of the namespaces that the parameter `name` gives.

    Raises:
        ApiError: it gives something else.
    """
    if given is None:
        return
    if not all(re.fullmatch(r"-?\d{1,9}", text) for text in given):
        raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {"|".join(given)}.')
    namespaces = {int(text) for text in given}
    letters = [
        letter
        for letter, number in (("Q", settings.item_namespace), ("P", settings.property_namespace))
        if number in namespaces
    ]
    where.among(f"substr({column}, 1, 1)", letters)


def block_facts(account: Account) -> Json:
    """What is told of an account's block, nothing if it is not blocked."""
    block = account.block
    if block is None:
        return {}
    return {
        "blockid": block.id,
        "blockedby": block.by,
        "blockedbyid": 0,
        "blockreason": block.reason,
        "blockedtimestamp": block.timestamp,
        "blockexpiry": "infinite",
    }
