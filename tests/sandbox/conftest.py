from __future__ import annotations

from collections.abc import Iterator

import pytest

from commarchive.sandbox import Wiki, WikiSettings
from tests.sandbox.client import PASSWORD, Client, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wiki(clock: Clock) -> Iterator[Wiki]:
    """A private wiki with an administrator, a service account, and a member who may not read."""
    with Wiki(":memory:", clock=clock) as wiki:
        wiki.create_account("Admin", PASSWORD, ["custodian", "sysop", "suppress"])
        wiki.create_account("Service", PASSWORD, ["custodian", "bot"])
        wiki.create_account("Custodian", PASSWORD, ["custodian"])
        wiki.create_account("Member", PASSWORD)
        yield wiki


@pytest.fixture
def open_wiki(clock: Clock) -> Iterator[Wiki]:
    with Wiki(":memory:", settings=WikiSettings(private=False), clock=clock) as wiki:
        wiki.create_account("Admin", PASSWORD, ["sysop"])
        yield wiki


@pytest.fixture
def admin(wiki: Wiki) -> Client:
    return Client(wiki.transport()).sign_in("Admin")


@pytest.fixture
def custodian(wiki: Wiki) -> Client:
    return Client(wiki.transport()).sign_in("Custodian")


@pytest.fixture
def service(wiki: Wiki) -> Client:
    return Client(wiki.transport()).sign_in("Service")


@pytest.fixture
def member(wiki: Wiki) -> Client:
    return Client(wiki.transport()).sign_in("Member")


@pytest.fixture
def visitor(wiki: Wiki) -> Client:
    return Client(wiki.transport())
