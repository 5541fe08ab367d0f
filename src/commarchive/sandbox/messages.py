"""Messages of MediaWiki and Wikibase: their names, which clients go by, and a text for each.

Knows: names and parameters as Wikibase has them. Must not know: when they are said.

Texts that a recorded answer has are as recorded; the others say the same in our words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

_API = "wikibase-api-"

_TEXTS = {
    # said by change requests
    "wikibase-api-invalid-entity-id": "The entity id is not valid.",
    "wikibase-api-invalid-property-id": "The property id is not valid.",
    "wikibase-api-invalid-guid": "The statement GUID is not valid.",
    "wikibase-api-invalid-json": "The JSON of the request cannot be read.",
    "wikibase-api-invalid-snak": "The snak is not valid.",
    "wikibase-api-no-such-entity": 'Could not find an entity with the ID "$1".',
    "wikibase-api-no-such-claim": "There is no such statement.",
    "wikibase-api-no-data": "There is nothing to work on.",
    "wikibase-api-nosuchrevid": "There is no revision with this id.",
    "wikibase-api-not-item": "This is no item.",
    "wikibase-api-not-supported": "The entity does not have this feature.",
    "wikibase-api-not-recognized": "Something in the request was not recognized.",
    "wikibase-api-not-recognized-array": "An array was expected, but not recognized.",
    "wikibase-api-not-recognized-string": "A string was expected, but not recognized.",
    "wikibase-api-not-recognized-datatype": "A datatype was expected, but either missing or not recognized.",
    "wikibase-api-not-recognized-language": 'The supplied language code "$1" was not recognized.',
    "wikibase-api-inconsistent-language": 'The language "$1" does not agree with the expected "$2".',
    "wikibase-api-inconsistent-site": "The site does not agree with its key.",
    "wikibase-api-illegal-entity-remove": "An entity is not deleted by a key `remove` at the top.",
    "wikibase-api-illegal-id-or-site-page-selector": "Name an entity by its id, or by a site and a title, not by both.",
    "wikibase-api-illegal-ids-or-sites-titles-selector": "Name entities by their ids, or by sites and titles.",
    "wikibase-api-param-missing": 'The parameter "$1" is required.',
    "wikibase-api-param-illegal": "These parameters do not go together.",
    "wikibase-api-permissiondenied": "You do not have the permissions needed to carry out this action.",
    "wikibase-api-failed-save": "The save has failed.",
    "wikibase-api-failed-modify": "The item could not be modified.",
    "wikibase-api-editconflict": "Edit conflict: the current revision could not be patched.",
    "wikibase-api-unresolved-redirect": "The entity is a redirect, which does not work here.",
    "wikibase-api-cant-load-entity-content": "The content cannot be read; the revision may be deleted.",
    "wikibase-api-claim-value-missing": "A snak of type `value` needs a value.",
    "wikibase-api-claim-value-unexpected": "Only a snak of type `value` has a value.",
    "wikibase-api-target-is-redirect": "The target of a redirect must not be a redirect.",
    "wikibase-api-target-is-incompatible": "A redirect leads to an entity of the same type.",
    "wikibase-api-target-not-empty": "Only an empty or deleted entity becomes a redirect.",
    # said by validators
    "wikibase-validator-missing-field": 'The field "$1" is missing.',
    "wikibase-validator-bad-type": "$2 where $1 was expected.",
    "wikibase-validator-too-long": "No more than $1 characters are allowed.",
    "wikibase-validator-too-short": "At least $1 characters are needed.",
    "wikibase-validator-label-too-long": "A label has no more than $1 characters.",
    "wikibase-validator-description-too-long": "A description has no more than $1 characters.",
    "wikibase-validator-alias-too-long": "An alias has no more than $1 characters.",
    "wikibase-validator-too-high": "The greatest value allowed is $1.",
    "wikibase-validator-too-low": "The least value allowed is $1.",
    "wikibase-validator-malformed-value": "Malformed input: $1",
    "wikibase-validator-bad-entity-id": "Malformed id: $1",
    "wikibase-validator-bad-entity-type": "An entity of type $1 is not expected here.",
    "wikibase-validator-no-such-entity": "$1 not found",
    "wikibase-validator-no-such-property": "Property $1 not found",
    "wikibase-validator-bad-value": "The data value is corrupt: $1",
    "wikibase-validator-bad-value-type": "Bad value type $1, expected $2",
    "wikibase-validator-bad-data-type": "There is no data type $1.",
    "wikibase-validator-bad-prefix": "$1 should begin with $2.",
    "wikibase-validator-bad-url": "The URL has characters, such as spaces, that are not allowed: $1",
    "wikibase-validator-url-scheme-missing": 'The URL has no scheme such as "https://": $1',
    "wikibase-validator-bad-url-scheme": 'The URL scheme "$1" is not supported.',
    "wikibase-validator-not-allowed": "This value is not allowed: $1",
    "wikibase-validator-illegal-string-chars": (
        "A text neither begins nor ends with white space, and has no tabs or line breaks: $1"
    ),
    "wikibase-validator-illegal-file-chars": "A file name has no colons, slashes and the like.",
    "wikibase-validator-check-file-type": "The file name has no extension.",
    "wikibase-validator-illegal-geo-shape-title": "The value should be like `Data:….map`.",
    "wikibase-validator-illegal-tabular-data-title": "The value should be like `Data:….tab`.",
    "wikibase-validator-not-a-language": '"$1" is not the code of a known language.',
    "wikibase-validator-label-conflict": 'Property $3 already has label "$1" associated with language code $2.',
    "wikibase-validator-label-with-description-conflict": (
        'Item $3 already has label "$1" associated with language code $2, using the same description text.'
    ),
    "wikibase-validator-label-equals-description": "Label and description in language $1 must differ.",
    "wikibase-validator-label-no-entityid": "A property's label must not look like a property's id.",
    # said of saves
    "wikibase-conflict-patched": "Your edit was patched into the latest version.",
    "wikibase-self-conflict-patched": "Your edit was patched into the latest version, over an earlier one of your own.",
    "wikibase-setclaim-warning-duplicatemainsnak": "There is a statement with this main snak already.",
    "wikibase-save-unresolved-redirect": "$1 is a redirect to $2.",
    "edit-conflict": "Edit conflict.",
    "actionthrottledtext": "Too many edits in a short time; wait a little and try again.",
    "blockedtext": "Your account is blocked.",
    "badaccess-group0": "You are not allowed to do what you asked for.",
    "abusefilter-disallowed": "The edit was recognized as harmful ($1), so it was not made.",
}
_SLOT = re.compile(r"\$([1-9])")
_LINK = re.compile(r"\[\[([^|\]]+)\|([^\]]+)\]\]")


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its parameters; its text is English."""

    name: str
    parameters: tuple[str | int, ...] = ()
    text: str = ""

    @staticmethod
    def of_code(code: str, text: str) -> Message:
        """The message that Wikibase says with an error code: the one named like it, else the bare words."""
        name = f"{_API}{code}"
        return Message(name) if name in _TEXTS else Message(name, (text,), "$1")

    @property
    def plain(self) -> str:
        """The text."""
        text = self.text or _TEXTS.get(self.name, self.name)
        return _SLOT.sub(self._parameter, text)

    def _parameter(self, match: re.Match[str]) -> str:
        index = int(match.group(1)) - 1
        return str(self.parameters[index]) if index < len(self.parameters) else match.group()

    @property
    def html(self) -> str:
        """The text as HTML, wiki links made into links."""
        return _LINK.sub(_anchor, escape(self.plain, quote=False))


def validator(code: str, *parameters: str | int) -> Message:
    """A validator's message."""
    return Message(f"wikibase-validator-{code}", parameters)


def _anchor(match: re.Match[str]) -> str:
    title = match.group(1)
    return f'<a href="/wiki/{quote(title, safe=":")}" title="{escape(title)}">{match.group(2)}</a>'
