"""Addresses that a manifest may name: of the gateway, of wikis, of the Local Contexts Hub, of databases.

Knows: which addresses are safe to send a password to, and that none has one inside. Must not know: who connects.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from commarchive.manifest.yamlfile import shown

Problem = tuple[str, str]
"""What is wrong, and what would be right."""

_SQLITE = "sqlite:///"
_POSTGRESQL = frozenset({"postgresql", "postgresql+psycopg"})
_PRIVATE_ENDINGS = (".internal", ".local", ".lan", ".home.arpa", ".localhost")
_SECRET_PARAMETER = re.compile(r"pass|secret|token|key", re.IGNORECASE)
_SECRET_INSIDE: Problem = ("a secret must not stand in this file", "`password: env:NAME` or `file:path` beside it")


def base_address_problem(url: str) -> Problem | None:
    """What is wrong with the gateway's address: it is `https`, or `http` on this machine, and nothing but a host."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"{shown(url)} is no address", "an address such as `https://archive.example`"
    if parts.username is not None or parts.password is not None:
        return _SECRET_INSIDE[0], "the address alone"
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        return f"{shown(url)} would be read in clear on its way", f"`https://{parts.netloc}`"
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return f"{shown(url)} goes on behind the host", f"`{parts.scheme}://{parts.netloc}`"
    return None


def wiki_address_problem(url: str) -> Problem | None:
    """What is wrong with a wiki's base address: passwords go there, so it is `https` or on a private network."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"{shown(url)} is no address of a wiki", "an address such as `https://wiki.example`"
    if parts.username is not None or parts.password is not None:
        return _SECRET_INSIDE[0], "`service_account` or `account`, whose password is `env:NAME` or `file:path`"
    if parts.scheme == "http" and not _is_private(parts.hostname):
        return f"passwords would go to {shown(url)} in clear", f"`https://{parts.netloc}{parts.path}`"
    if parts.query or parts.fragment or parts.path.endswith(".php"):
        return f"{shown(url)} is not a base address", "the address below which `/w/api.php` lies"
    return None


def hub_address_problem(url: str) -> Problem | None:
    """What is wrong with the address of the Hub's API: a key goes there, so it is `https` or on a private network."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"{shown(url)} is no address of the Hub", "an address such as `https://localcontextshub.org/api/v2`"
    if parts.username is not None or parts.password is not None:
        return _SECRET_INSIDE[0], "`api_key`, which is `env:NAME` or `file:path`"
    if parts.scheme == "http" and not _is_private(parts.hostname):
        return f"the key would go to {shown(url)} in clear", f"`https://{parts.netloc}{parts.path}`"
    if parts.query or parts.fragment:
        # It is not shown: what stands there may be a key.
        return "this address goes on behind its path", "the address below which `/projects/` lies, and `api_key`"
    return None


def store_address_problem(url: str, *, has_password: bool) -> Problem | None:
    """What is wrong with a database's address; `has_password`: one stands beside it, by reference."""
    if url.startswith("sqlite:"):
        if not url.startswith(_SQLITE) or url.removeprefix(_SQLITE) in {"", ":memory:"} or re.search(r"[?#\s]", url):
            return f"{shown(url)} is no file to keep", "a file such as `sqlite:///register.db`"
        return ("a SQLite file has no password", "`url` alone") if has_password else None
    parts = _split(url)
    if parts is None or parts.scheme not in _POSTGRESQL:
        return (
            f"{shown(url)} is no database that can be used",
            "`sqlite:///file.db` or `postgresql://user@host/database`",
        )
    if parts.password is not None or any(_SECRET_PARAMETER.search(name) for name, _ in parse_qsl(parts.query)):
        return _SECRET_INSIDE
    if not parts.hostname or parts.path in {"", "/"} or (has_password and not parts.username):
        return f"{shown(url)} does not say all that is needed", "`postgresql://user@host/database`"
    return None


def sqlite_file(url: str, folder: Path) -> Path | None:
    """The file of a SQLite address, which starts from the archive's folder when relative; None for other addresses."""
    return (folder / url.removeprefix(_SQLITE)).resolve() if url.startswith(_SQLITE) else None


def absolute_address(url: str, folder: Path) -> str:
    """The address with a SQLite file's path made absolute; others without a slash at their end."""
    path = sqlite_file(url, folder)
    return url.rstrip("/") if path is None else f"{_SQLITE}{path}"


def _split(url: str) -> SplitResult | None:
    if re.search(r"[\s\\]", url):
        return None
    try:
        parts = urlsplit(url)
        # Read only to learn whether it can be.
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_private(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_ENDINGS)
