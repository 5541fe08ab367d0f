"""A process that follows an embedded wiki once: `python -m tests.projection.following FOLDER`.

Tests kill it. It says when it begins, so that the moments are those of the work and not of the imports.
"""

from __future__ import annotations

import sys
from pathlib import Path

from commarchive.projection import Projection
from commarchive.register import Register
from commarchive.sandbox import Wiki, WikiSettings
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.client import WikiClient
from tests.archives import ARCHIVE, Clock
from tests.projection.paper import rules

SETTINGS = WikiSettings(private=False, assigned_ids=True)


def urls(folder: Path) -> tuple[str, str]:
    """Where register and projection of a folder are."""
    return f"sqlite:///{folder / 'register.db'}", f"sqlite:///{folder / 'projection.db'}"


def follow(folder: Path, wiki_file: Path) -> None:
    """Follow the wiki once."""
    register_url, projection_url = urls(folder)
    with Wiki(wiki_file, settings=SETTINGS) as wiki:
        register = Register(register_url, ARCHIVE, clock=Clock())
        projection = Projection(projection_url, register, rules())
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        projection.sync(WikiClient(ActionApi(wiki.transport())))
        projection.close()
        register.close()


if __name__ == "__main__":
    follow(Path(sys.argv[1]), Path(sys.argv[2]))
