"""`commarchive read`: a record as somebody sees it.

Knows: words and output. Must not know: how what is seen is decided.
"""

from __future__ import annotations

import json

import click

from commarchive.cli import frame
from commarchive.cli.words import account
from commarchive.deploy.services import open_archive
from commarchive.errors import NotFoundError
from commarchive.wikibase.codec import encode_entity


@frame.command("read")
@click.argument("entity")
@click.option("--as", "person", default="visitor", show_default=True, callback=account, help="Whose eyes to look with.")
@click.option("--explain", "explained", is_flag=True, help="Say for each part who may see it and why, for stewards.")
@frame.pass_frame
def command(cli: frame.Frame, entity: str, person: str, *, explained: bool) -> None:
    r"""Show a record as somebody sees it, as the gateway's JSON would.

    \b
    Example:
      commarchive read Q7 --as visitor --explain
    """
    name = None if person == "visitor" else person
    with open_archive(cli.folder) as archive:
        if explained:
            explanation = archive.projection.explain(entity, name)
            cli.show(explanation.as_json(), explanation.as_text())
            return
        with archive.projection.view(archive.register.members.principal(name)) as view:
            shown = view.entity(entity)
    if shown is None:
        raise NotFoundError(f"no record `{entity}`")
    data = {**encode_entity(shown.entity), "lastrevid": shown.entity.revision, "modified": shown.entity.modified}
    cli.show(data, f"{json.dumps(data, ensure_ascii=False, indent=2)}\n\nshown because: {shown.reason}")
