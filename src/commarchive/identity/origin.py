"""Whether a form came from the archive's own pages.

Knows: what browsers say of where a request comes from. Must not know: sessions.

Source: the Fetch standard's `Origin` and `Sec-Fetch-Site`. Programs send neither; a form's token is asked for besides.
"""

from __future__ import annotations

from collections.abc import Mapping


def is_own(headers: Mapping[str, str], own_origins: frozenset[str]) -> bool:
    """Whether nothing in a request's headers (names in lower case) says that another site sent it.

    `own_origins` are like `https://archive.example`.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or origin in own_origins
