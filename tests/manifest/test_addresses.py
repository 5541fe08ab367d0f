"""Addresses: which may be used, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from commarchive.manifest.addresses import (
    absolute_address,
    base_address_problem,
    hub_address_problem,
    sqlite_file,
    store_address_problem,
    wiki_address_problem,
)

NO_ADDRESS = ["", "archive", "archive.example", "ftp://archive.example", "https://", "https://[::1", "https://a:port"]
NO_ADDRESS += ["https://a b", "https://a\\b", "https://a\n", "javascript:alert(1)", "//archive.example", "https:///x"]


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_is_refused(url):
    assert base_address_problem(url) is not None
    assert wiki_address_problem(url) is not None
    assert hub_address_problem(url) is not None


@pytest.mark.parametrize(
    "url",
    ["https://localcontextshub.org/api/v2", "https://localcontextshub.org/api/v2/", "http://127.0.0.1:8000/api/v2"],
)
def test_the_hub_is_reached_where_nobody_listens(url):
    assert hub_address_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://localcontextshub.org/api/v2",
        "https://me:pw@localcontextshub.org/api/v2",
        "https://localcontextshub.org/api/v2?key=pw",
        "https://localcontextshub.org/api/v2#pw",
    ],
)
def test_the_hub_is_not_reached_otherwise_and_no_key_is_shown(url):
    problem = hub_address_problem(url)

    assert problem is not None
    assert "pw" not in " ".join(problem)


@pytest.mark.parametrize(
    "url",
    [
        "https://archive.example",
        "https://archive.example/",
        "https://archive.example:8443",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://localhost",
        "http://try.localhost:8000",
        "https://10.0.0.7",
    ],
)
def test_a_gateway_is_reached_by_https_or_on_this_machine(url):
    assert base_address_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://archive.example",
        "http://10.0.0.7",
        "http://archive",
        "http://localhost.example",
        "https://a.example/x",
        "https://a.example?x",
        "https://a.example#x",
        "https://me@a.example",
        "https://me:pw@a.example",
    ],
)
def test_a_gateway_is_not_reached_otherwise(url):
    assert base_address_problem(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://wiki.example",
        "https://wiki.example/wiki",
        "http://wikibase",
        "http://localhost:8181",
        "http://192.168.1.5",
        "http://wiki.lan",
        "http://wiki.home.arpa/",
        "http://[fd00::1]",
    ],
)
def test_a_wiki_is_reached_where_nobody_listens(url):
    assert wiki_address_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://wiki.example",
        "http://8.8.8.8",
        "http://internal.example",
        "https://wiki.example/w/api.php",
        "https://wiki.example/w/index.php?title=x",
        "https://me:pw@wiki.example",
        "sqlite:///wiki.db",
    ],
)
def test_a_wiki_is_not_reached_otherwise(url):
    assert wiki_address_problem(url) is not None


@pytest.mark.parametrize(
    ("url", "has_password"),
    [
        ("sqlite:///register.db", False),
        ("sqlite:////var/lib/register.db", False),
        ("postgresql://me@db/register", False),
        ("postgresql://me@db:5432/register?sslmode=require", True),
        ("postgresql+psycopg://db/register", False),
    ],
)
def test_a_store_is_a_file_or_postgresql(url, has_password):
    assert store_address_problem(url, has_password=has_password) is None


@pytest.mark.parametrize(
    ("url", "has_password"),
    [
        ("sqlite://", False),
        ("sqlite:///", False),
        ("sqlite:///:memory:", False),
        ("sqlite:register.db", False),
        ("sqlite:///register.db?mode=ro", False),
        ("sqlite:///register.db", True),
        ("register.db", False),
        ("mysql://me@db/register", False),
        ("postgresql://me:pw@db/register", False),
        ("postgresql://me@db/register?password=pw", False),
        ("postgresql://me@db/register?sslkey=pw", False),
        ("postgresql://me@db", False),
        ("postgresql://me@db/", False),
        ("postgresql:///register", False),
        ("postgresql://db/register", True),
        ("postgresql://[db/register", False),
    ],
)
def test_a_store_is_nothing_else(url, has_password):
    problem = store_address_problem(url, has_password=has_password)
    assert problem is not None
    assert "pw" not in "".join(problem)


def test_a_relative_file_starts_from_the_archives_folder():
    assert sqlite_file("sqlite:///a/../register.db", Path("/srv/x")) == Path("/srv/x/register.db")
    assert sqlite_file("sqlite:////var/register.db", Path("/srv/x")) == Path("/var/register.db")
    assert sqlite_file("postgresql://db/register", Path("/srv/x")) is None
    assert absolute_address("sqlite:///register.db", Path("/srv/x")) == "sqlite:////srv/x/register.db"
    assert absolute_address("https://wiki.example/", Path("/srv/x")) == "https://wiki.example"
