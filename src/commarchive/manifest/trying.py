"""Tries the examples that stewards wrote of their protocols.

Knows: which protocol a case belongs to, and how to say that an answer is another than was expected.
Must not know: how an answer is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from commarchive.errors import Finding
from commarchive.manifest.config import Manifest, ProtocolExample
from commarchive.policy.decide import Decision
from commarchive.policy.examples import try_case


@dataclass(frozen=True, slots=True)
class Tried:
    """A case with the answer that it got."""

    protocol: str
    example: ProtocolExample
    decision: Decision

    @property
    def passed(self) -> bool:
        """Whether the answer was what the stewards expect."""
        return self.decision.allowed == self.example.allow

    @property
    def finding(self) -> Finding:
        """Where the case stands and what is wrong with it, if it did not pass."""
        message = f"expected {_word(self.example.allow)}, because {self.example.because}"
        message += f"; the answer is {_word(self.decision.allowed)}: {self.decision.reason}"
        return replace(self.example.place, message=message)


def try_examples(manifest: Manifest, now: datetime, protocols: Iterable[str] | None = None) -> Iterator[Tried]:
    """Every case of some protocols (None: of all), in the order of files.

    Args:
        manifest: the archive's.
        now: an aware instant, for cases in which any time will do.
        protocols: ids; those without examples have no cases.
    """
    for id_ in sorted(manifest.examples if protocols is None else set(protocols) & manifest.examples.keys()):
        community = manifest.archive.protocols[id_].community
        for example in manifest.examples[id_]:
            yield Tried(id_, example, try_case(example, community=community, archive=manifest.archive, now=now))


def _word(allowed: bool) -> str:  # noqa: FBT001 (a decision is one)
    return "allow" if allowed else "deny"
