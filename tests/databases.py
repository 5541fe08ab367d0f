"""Databases for tests: a new SQLite file each, or a new database of a PostgreSQL that the tests start themselves."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

DatabaseMaker = Callable[[str], str]
"""Gives the URL of a new, empty database with this name."""

BOTH = [pytest.param("sqlite", id="sqlite"), pytest.param("postgresql", id="postgresql", marks=pytest.mark.system)]


def _programs() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


def _run(*command: str | Path, user: str | None) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True, user=user, cwd="/")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL of the tests' own, on a socket in a temporary folder; skipped where none is installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("NOT TESTED ON POSTGRESQL: no `initdb` is installed (Debian: `apt-get install postgresql`)")
    pytest.importorskip("psycopg", reason="NOT TESTED ON POSTGRESQL: the extra `postgres` is not installed")
    # It refuses to run as root, and a socket's path must be short.
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data = folder / "data"
    _run(programs / "initdb", "--auth=trust", "--username=postgres", "--no-sync", "-D", data, user=user)
    options = f"-k {folder} -h '' -c fsync=off -c max_connections=200"
    try:
        _run(programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start", user=user)
        yield f"postgresql://postgres@/{{name}}?host={folder}"
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop", user=user)
        shutil.rmtree(folder, ignore_errors=True)


_numbers = count(1)


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseMaker:
    """Makes databases, all of one kind."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.db"
    server: str = request.getfixturevalue("postgresql_server")

    def make(name: str) -> str:
        fresh = f"{name}_{os.getpid()}_{next(_numbers)}_{time.time_ns()}"
        engine = create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{fresh}"'))
        engine.dispose()
        return server.format(name=fresh)

    return make
