"""A register, a wiki with accounts, and a clock that tests move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from commarchive.identity import Identity
from commarchive.model.archive import AccessProtocol, Archive, Community
from commarchive.policy.standing import Membership, Role
from commarchive.register import Register
from commarchive.register.members import HOST
from commarchive.sandbox import Wiki
from commarchive.wikibase.api import ActionApi
from commarchive.wikibase.auth import login

PASSWORD = "a password that is long enough"
STEWARD = "Steward"
ARCHIVE = Archive(
    "hamlet",
    "Europe/Helsinki",
    communities={"village": Community("village")},
    protocols={"elders": AccessProtocol("elders", "village")},
)


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2031, 6, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wiki(tmp_path):
    with Wiki(tmp_path / "wiki.db") as wiki:
        wiki.create_account("Service", PASSWORD, ["custodian"])
        wiki.create_account("Aino", PASSWORD)
        yield wiki


@pytest.fixture
def register(tmp_path, clock):
    register = Register(f"sqlite:///{tmp_path}/register.db", ARCHIVE, clock=clock)
    register.members.set(STEWARD, Membership("village", Role.STEWARD), by=HOST)
    register.members.set("Aino", Membership("village"), by=STEWARD)
    yield register
    register.close()


@pytest.fixture
def identity(register, wiki) -> Identity:
    def service() -> ActionApi:
        transport = wiki.transport()
        login(transport, "Service", PASSWORD)
        return ActionApi(transport)

    return Identity(register, wiki.transport, service=service)
