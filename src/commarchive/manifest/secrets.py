"""Secrets by reference: where one is, and how to hold it without showing it.

Knows: the environment, files and their modes. Must not know: what a secret opens.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from commarchive.errors import Finding, ManifestError

_LONGEST = 65_536


class Secret:
    """A secret in hand; it shows itself to nobody but who asks with `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "(secret)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "(secret)"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        # Pickling, copying and YAML's dumper all pass through here.
        raise TypeError("a secret is not written down")


class SecretPlace(StrEnum):
    """Where a secret is kept."""

    ENVIRONMENT = "env"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Says where a secret is, without having it.

    `name` is a variable or a path; `folder` is what a relative path starts from. `finding` is where the reference
    stands, for the words of an error.
    """

    place: SecretPlace
    name: str
    folder: Path
    finding: Finding = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, *, folder: Path, finding: Finding) -> SecretRef:
        """Read `env:NAME` or `file:path`.

        Raises:
            ManifestError: the text is neither.
        """
        place, separator, name = text.partition(":")
        if not separator or not name or place not in set(SecretPlace):
            # The text may be the secret itself, so it is not quoted.
            raise ManifestError([replace(finding, message="this says not where a secret is", expected=_EXPECTED)])
        return cls(SecretPlace(place), name, folder, finding)

    def __str__(self) -> str:
        return f"{self.place}:{self.name}"

    def resolve(self, environment: Mapping[str, str] | None = None) -> Secret:
        """Fetch the secret; `environment` is the process's own unless given. One line break at its end is dropped.

        Raises:
            ManifestError: it is missing, empty or unreadable, or others may read its file.
        """
        if self.place is SecretPlace.ENVIRONMENT:
            value = (os.environ if environment is None else environment).get(self.name, "")
            if not value:
                raise self._error(f"the environment has no `{self.name}`", "a variable of this name, not empty")
            return Secret(value)
        return Secret(self._read())

    def _read(self) -> str:
        path = self.folder / self.name
        if path.exists() and not path.is_file():
            raise self._error(f"`{path}` is not a file", "a file with the secret in it")
        try:
            with path.open("rb") as stream:
                mode = os.fstat(stream.fileno()).st_mode
                content = stream.read(_LONGEST + 1)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise self._error(f"`{path}` cannot be read ({reason})", "a file with the secret in it") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            # Read, write and execute alike: who may write the file may choose the secret.
            raise self._error(f"others may read or change `{path}`", f"its owner alone: chmod 600 {path}")
        try:
            value = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            value = ""
        if not value or len(content) > _LONGEST or "\x00" in value:
            raise self._error(f"`{path}` holds no secret", "one line of text")
        return value

    def _error(self, message: str, expected: str) -> ManifestError:
        return ManifestError([replace(self.finding, message=message, expected=expected)])


_EXPECTED = "`env:NAME` or `file:path`"
