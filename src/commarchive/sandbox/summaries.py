"""Edit summaries as Wikibase writes them: a machine-readable comment, a word on the change, the editor's own words.

Knows: the forms as recorded (`/* wbeditentity-create-item:0| */ recorded example`), and those of the other modules.
Must not know: how an edit is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commarchive.sandbox.patch import changed_languages
from commarchive.sandbox.terms import clean

Json = dict[str, Any]

_LANGUAGES_MOST = 50
_LENGTH_MOST = 500


def summary(
    action: str, own: str | None, *, language: str = "", arguments: Sequence[str | int] = (), said: Sequence[str] = ()
) -> str:
    """A summary: `action` is like `wbsetlabel-add`, `arguments` go into the comment, `said` after it."""
    comment = "|".join(str(part) for part in (len(said), language, *arguments))
    words = ", ".join(text for text in [*said, clean(own or "")] if text)
    return f"/* {action}:{comment} */ {words}".rstrip()[:_LENGTH_MOST]


def edit_summary(before: Json | None, after: Json, own: str | None, *, cleared: bool) -> str:
    """The summary of `wbeditentity`; `before` is None for a new entity."""
    if before is None:
        return summary(f"wbeditentity-create-{after['type']}", own)
    if cleared:
        return summary("wbeditentity-override", own)
    languages = changed_languages(before, after)
    if not languages:
        return summary("wbeditentity-update", own)
    rest = before["claims"] != after["claims"] or before.get("sitelinks") != after.get("sitelinks")
    action = "wbeditentity-update-languages" + ("-and-other" if rest else "")
    if len(languages) > _LANGUAGES_MOST:
        return summary(action, own, arguments=(len(languages),))
    return summary(f"{action}-short", own, arguments=(", ".join(languages),))
