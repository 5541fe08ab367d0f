"""Files that are the same for everybody and ship with the gateway.

Knows: their names, all of them. Must not know: any other file.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parents[1] / "static"
_KINDS = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
_A_YEAR = "public, max-age=31536000, immutable"


async def static(request: Request) -> Response:
    """A file by its name; its address carries its version."""
    name = request.path_params["name"]
    if name not in _KINDS:
        raise HTTPException(404)
    return Response(_content(name), headers={"content-type": _KINDS[name], "cache-control": _A_YEAR})


def style_address() -> str:
    """Where the style is; another address whenever its content changes."""
    return f"/static/style.css?v={sha256(_content('style.css')).hexdigest()[:12]}"


@cache
def _content(name: str) -> bytes:
    return _FOLDER.joinpath(name).read_bytes()
