"""`commarchive serve`: the gateway of an archive.

Knows: words, and how an archive's services become what a gateway serves from. Must not know: what it serves.
"""

from __future__ import annotations

from pathlib import Path

import click
import uvicorn
from starlette.types import ASGIApp

from commarchive.cli import frame
from commarchive.deploy.services import open_archive
from commarchive.gateway import create_app
from commarchive.gateway.opening import services_of


@frame.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="The port to listen at.")
@click.option(
    "--behind", "proxy", metavar="ADDRESS", help="The proxy's address: what it says of where requests come from counts."
)
@frame.pass_frame
def command(cli: frame.Frame, host: str, port: int, proxy: str | None) -> None:
    r"""Serve the archive's pages, data and API until interrupted.

    \b
    Example:
      commarchive serve --port 8080
    """
    run(cli, cli.folder, host=host, port=port, proxy=proxy)


def run(cli: frame.Frame, folder: Path, *, host: str, port: int, proxy: str | None = None) -> None:
    """Serve the archive in a folder until interrupted."""
    with open_archive(folder) as archive, archive.wiki() as wiki:
        parts = (archive.manifest, archive.ids, archive.register, archive.projection)
        app = create_app(services_of(*parts, wiki.new_session, wiki.client.api))
        cli.note(f"{archive.manifest.archive.base_url} is served at http://{host}:{port}")
        uvicorn.Server(settings_of(app, host=host, port=port, proxy=proxy)).run()


def settings_of(app: ASGIApp, *, host: str, port: int, proxy: str | None = None) -> uvicorn.Config:
    """How the server runs. Only a proxy that is named is believed about where a request comes from."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        # Addresses of records and words of searches belong in no log.
        access_log=False,
        server_header=False,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy or "",
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
