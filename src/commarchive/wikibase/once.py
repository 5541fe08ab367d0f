"""Writes that happen exactly once, whatever is killed or lost on the way.

Knows: intents, and that an intent is on the disk before its write is sent. Must not know: what is written, or where
intents are kept (a `Journal` does).

The pattern: note an intent with a fresh marker; send the marker with the write; note the outcome. What is pending
after a crash, or after an answer that never came, is looked for in the wiki by its marker, and once more when nothing
can still be under way there (`WikiEditor.let_settle`). What is found happened; what is not found did not, and may be
sent anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from commarchive.errors import WikiError, WikiOutcomeUnknownError, WikiRefusedError, WikiUnavailableError
from commarchive.model.entity import Entity
from commarchive.wikibase.edit import WikiEditor, Written, new_marker

_OF_ACCOUNT = frozenset(
    {
        "autoblocked",
        "badtoken",
        "notloggedin",
        "permissiondenied",
        "protectednamespace",
        "readapidenied",
        "redirect",
        "unknown_action",
        "writeapidenied",
    }
)
_OF_ACCOUNT_PREFIXES = ("abusefilter", "assert", "blocked", "http-")

Send = Callable[[str], Entity]
"""Sends one write with the marker that it is given, and returns the entity as the wiki has it then."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that was about to be sent; `key` says what for, `at` is the wiki's time."""

    key: str
    marker: str
    at: datetime


class Journal(Protocol):
    """Remembers intents through a crash; every method returns only when what it noted is on the disk."""

    def pending(self) -> list[Intent]:
        """Intents that were begun and neither done nor dropped."""
        ...

    def begin(self, intents: list[Intent]) -> None:
        """Writes are about to be sent."""
        ...

    def done(self, written: Mapping[str, Written]) -> None:
        """Writes happened, by key."""
        ...

    def drop(self, keys: Iterable[str]) -> None:
        """Writes certainly did not happen."""
        ...


def concerns_account(error: WikiRefusedError) -> bool:
    """Whether a refusal is about the account or the wiki and not about what was written, so that all else stops too."""
    words = (error.code, *error.messages)
    return error.code in _OF_ACCOUNT or any(word.startswith(_OF_ACCOUNT_PREFIXES) for word in words)


class Writer:
    """Sends writes through an editor and notes them in a journal; one process at a time for each journal."""

    def __init__(self, editor: WikiEditor, journal: Journal) -> None:
        self._editor = editor
        self._journal = journal

    def recover(self) -> dict[str, Written]:
        """Settle what an earlier run left pending; returns, by key, what had happened. Call it before any write."""
        pending = self._journal.pending()
        if not pending:
            return {}
        happened = self._look_for(pending)
        self._journal.done(happened)
        self._journal.drop([intent.key for intent in pending if intent.key not in happened])
        return happened

    def write(self, key: str, send: Send) -> Written:
        """Do one write.

        Raises:
            WikiRefusedError, WikiUnavailableError: it did not happen.
            WikiOutcomeUnknownError: it may have happened; its intent stays pending for `recover`.
        """
        outcome = self.write_all({key: send})[key]
        if isinstance(outcome, WikiRefusedError):
            raise outcome
        return outcome

    def write_all(self, sends: Mapping[str, Send]) -> dict[str, Written | WikiRefusedError]:
        """Do several writes in their order, with one note before and one after; what the wiki refuses is returned.

        Raises:
            WikiUnavailableError: the wiki stopped answering; what happened is noted, the rest did not happen.
            WikiRefusedError: likewise, since the account may not write any more.
            WikiOutcomeUnknownError: as before, and the write in question stays pending for `recover`.
        """
        if not sends:
            return {}
        now = self._editor.now()
        intents = [Intent(key, new_marker(), now) for key in sends]
        self._journal.begin(intents)
        outcomes: dict[str, Written | WikiRefusedError] = {}
        unknown: str | None = None
        try:
            for intent in intents:
                unknown = intent.key
                outcomes[intent.key] = self._send(intent, sends[intent.key])
                unknown = None
        except (WikiUnavailableError, WikiRefusedError):
            unknown = None
            raise
        finally:
            # Also when interrupted: what is neither done nor in doubt was not sent.
            written = {key: outcome for key, outcome in outcomes.items() if isinstance(outcome, Written)}
            self._journal.done(written)
            self._journal.drop([key for key in sends if key not in written and key != unknown])
        return outcomes

    def _send(self, intent: Intent, send: Send) -> Written | WikiRefusedError:
        for last in (False, True):
            try:
                entity = send(intent.marker)
            except WikiRefusedError as error:
                if concerns_account(error):
                    raise
                return error
            except WikiOutcomeUnknownError as error:
                try:
                    found = self._look_for([intent])
                except WikiError as failure:
                    # Still in doubt, whatever the failure to look would mean for a write.
                    raise error from failure
                if intent.key in found:
                    return found[intent.key]
                if last:
                    raise
            else:
                return Written(entity.id, entity.revision)
        raise AssertionError("the second attempt returns or raises")

    def _look_for(self, intents: list[Intent]) -> dict[str, Written]:
        since = min(intent.at for intent in intents)
        markers = [intent.marker for intent in intents]
        found = self._editor.find_all(markers, since)
        if len(found) < len(markers):
            self._editor.let_settle()
            found = self._editor.find_all(markers, since)
        return {intent.key: found[intent.marker] for intent in intents if intent.marker in found}
