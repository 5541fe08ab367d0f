"""`commarchive init`: the files of a new archive.

Knows: words and output. Must not know: what the files say.
"""

from __future__ import annotations

from pathlib import Path

import click

from commarchive.cli import frame
from commarchive.manifest.init import NewArchive, init_archive


@frame.command("init")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--id", "identifier", help="A short name that never changes.  [default: the folder's]")
@click.option("--name", help="What the archive is called, in its first language.  [default: its id]")
@click.option("--zone", help="Its time zone, such as Europe/Helsinki.  [default: UTC]")
@click.option(
    "--language", "languages", multiple=True, help="A language, its own first; may be repeated.  [default: en]"
)
@click.option("--base-url", help="Where readers will reach it.  [default: http://127.0.0.1:8000]")
@click.option("--community", help="The id of its first community.  [default: village]")
@click.option("--community-name", help="What that is called.  [default: its id]")
@frame.pass_frame
def command(
    cli: frame.Frame,
    folder: Path | None,
    identifier: str | None,
    name: str | None,
    zone: str | None,
    languages: tuple[str, ...],
    base_url: str | None,
    community: str | None,
    community_name: str | None,
) -> None:
    r"""Write the files of a new archive into FOLDER, commented and ready to change.

    Nothing that is there already is ever changed.

    \b
    Example:
      commarchive init fiddlers --zone Europe/Helsinki --language fi --language en
    """
    place = (folder or cli.folder).absolute()
    new = NewArchive.in_folder(
        place,
        id=identifier,
        name=name,
        zone=zone,
        languages=languages,
        base_url=base_url,
        community=community,
        community_name=community_name,
    )
    files = init_archive(place, new)
    listed = "\n".join(f"  {file}" for file in files)
    cli.show({"folder": str(place), "files": list(files)}, f"wrote into {place}:\n{listed}")
    cli.note("next: change archive.yaml and the protocols to what your community means, then `commarchive check`")
