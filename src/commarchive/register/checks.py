"""Checks of what people hand to the register: ids, instants, days.

Knows: shapes. Must not know: what a thing is for, or whether it exists.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from commarchive.errors import UsageError
from commarchive.model.ids import is_entity_id


def checked_entity(text: str) -> str:
    """The text, if it is an entity's id.

    Raises:
        UsageError: it is none.
    """
    if not is_entity_id(text):
        raise UsageError(f"`{text!r:.40}` is no id of a record", hint="one such as `Q7` or `P7`")
    return text


def written_instant(moment: datetime | None) -> str | None:
    """An instant as the register keeps it: ISO 8601 in UTC.

    Raises:
        UsageError: it has no zone, so that nobody knows when it is.
    """
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise UsageError(f"`{moment.isoformat()}` has no zone", hint="one such as `2031-01-05T12:00+02:00`")
    return moment.astimezone(UTC).isoformat()


def read_instant(text: str | None) -> datetime | None:
    """An instant as the register kept it."""
    return datetime.fromisoformat(text) if text else None


def checked_day(text: str | None) -> str | None:
    """The text, if it is a day.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"`{text!r:.40}` is no day", hint="one such as `2031-01-05`") from None
