"""The catalogs of the interface's words, brought level with the code: `python -m tools.translations [--check]`.

Knows: which words the pages say, and where catalogs lie. Must not know: any translation; what people wrote is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from commarchive.gateway.pages.translations import LOCALE, SOURCE
from tools.generated import ROOT, run

GATEWAY = LOCALE.parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def messages() -> Catalog:
    """Every message that the pages say."""
    found = Catalog(charset="utf-8", fuzzy=False)
    extracted = extract_from_dir(GATEWAY, METHODS, keywords=KEYWORDS, strip_comment_tags=True)
    for _file, _line, message, comments, _context in sorted(extracted, key=lambda row: (row[0], row[1])):
        found.add(message, auto_comments=comments)
    return found


def catalogs() -> Iterator[Path]:
    """The catalogs, complete or begun."""
    yield from sorted(LOCALE.glob("*.po"))


def render(path: Path) -> str:
    """A catalog with every message there is now, and the translations that it had; the source says itself."""
    with path.open("rb") as file:
        had = read_po(file, locale=path.stem)
    now = Catalog(locale=path.stem, charset="utf-8", fuzzy=False)
    for message in messages():
        if message.id:
            known = had.get(message.id)
            string = message.id if path.stem == SOURCE else known.string if known else ""
            now.add(message.id, string)
    written = BytesIO()
    write_po(written, now, width=120, omit_header=True, no_location=True)
    header = f'msgid ""\nmsgstr ""\n"Language: {path.stem}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    return f'{header}"Plural-Forms: {now.plural_forms}\\n"\n\n{written.getvalue().decode()}'


if __name__ == "__main__":
    sys.exit(max(run(str(path.relative_to(ROOT)), partial(render, path)) for path in catalogs()))
