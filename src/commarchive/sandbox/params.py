"""Parameters of API modules: what each module takes, and how MediaWiki refuses the rest.

Knows: MediaWiki's kinds of parameter and its codes for bad ones. Must not know: what a module does with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from commarchive.sandbox.answers import ApiError

_MANY, _MANY_HIGH = 50, 500
_SEPARATOR = "\x1f"
_STAMP = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[T ]?(\d\d):?(\d\d):?(\d\d)(?:\.\d+)?Z?\Z")


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter.

    `kind` is `string`, `integer`, `boolean`, `limit` or `timestamp`; `choices` makes a string one of a set.
    `most` and `most_high` are a limit's or number's greatest values, the second with the right `apihighlimits`.
    """

    kind: str = "string"
    multi: bool = False
    required: bool = False
    default: Any = None
    choices: Collection[str] | None = None
    least: int = 0
    most: int | None = None
    most_high: int | None = None


def words(text: str) -> tuple[str, ...]:
    """The words of a text: names of parameters or values."""
    return tuple(text.split())


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads parameters as they came; `warn` is told of values that are left aside."""

    given: Mapping[str, str]
    high_limits: bool
    warn: Callable[[str], None]

    def extract(self, specs: Mapping[str, Param], prefix: str = "") -> dict[str, Any]:
        """The parameters' values, by name without the prefix; None where one is not given and has no default.

        Raises:
            ApiError: one is missing or bad.
        """
        return {name: self._value(spec, prefix + name) for name, spec in specs.items()}

    def _value(self, spec: Param, name: str) -> Any:
        text = self.given.get(name)
        if spec.kind == "boolean":
            return text is not None
        if text is None or (text == "" and spec.required):
            if spec.required:
                raise ApiError("missingparam", f'The "{name}" parameter must be set.')
            return list(spec.default) if spec.multi and spec.default is not None else spec.default
        if spec.multi:
            return [self._single(spec, name, part) for part in self._split(spec, name, text)]
        return self._single(spec, name, text)

    def _split(self, spec: Param, name: str, text: str) -> list[str]:
        if text == "":
            return []
        if text == "*" and spec.choices is not None:
            return list(spec.choices)
        parts = text[1:].split(_SEPARATOR) if text.startswith(_SEPARATOR) else text.split("|")
        limit = _MANY_HIGH if self.high_limits else _MANY
        # A set of known values has no limit of its own below their number.
        if len(parts) > limit and (spec.choices is None or len(parts) > len(spec.choices)):
            raise ApiError(
                "toomanyvalues",
                f'Too many values supplied for parameter "{name}". The limit is {limit}.',
                data={"parameter": name, "limit": limit, "lowlimit": _MANY, "highlimit": _MANY_HIGH},
            )
        parts = list(dict.fromkeys(parts))
        unknown = [part for part in parts if spec.choices is not None and part not in spec.choices]
        if unknown:
            plural = "s" if len(unknown) > 1 else ""
            self.warn(f'Unrecognized value{plural} for parameter "{name}": {", ".join(unknown)}.')
        return [part for part in parts if part not in unknown]

    def _single(self, spec: Param, name: str, text: str) -> Any:
        if spec.choices is not None and text not in spec.choices:
            raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {text}.')
        match spec.kind:
            case "integer":
                return _integer(spec, name, text)
            case "limit":
                return self._limit(spec, name, text)
            case "timestamp":
                return _timestamp(name, text)
        return text

    def _limit(self, spec: Param, name: str, text: str) -> int:
        most = (spec.most_high if self.high_limits else spec.most) or _MANY
        if text == "max":
            return most
        number = _integer(Param(), name, text)
        if not spec.least <= number <= most:
            # MediaWiki clamps a limit and says so.
            self.warn(f'The value "{number}" for parameter "{name}" must be between {spec.least} and {most}.')
        return max(spec.least, min(number, most))


def _integer(spec: Param, name: str, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", text.strip()):
        raise ApiError("badinteger", f'Invalid value "{text}" for integer parameter "{name}".')
    number = int(text)
    if spec.most is not None and not spec.least <= number <= spec.most:
        raise ApiError(
            "outofrange", f'The value "{number}" for parameter "{name}" must be between {spec.least} and {spec.most}.'
        )
    return number


def _timestamp(name: str, text: str) -> str:
    """MediaWiki's timestamp forms, as ISO 8601."""
    match = _STAMP.match(text)
    try:
        if match:
            moment = datetime(*(int(part) for part in match.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
        else:
            moment = datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise ApiError("badtimestamp", f'Invalid value "{text}" for timestamp parameter "{name}".') from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
