"""A register's transactions, and how it is told from another."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from commarchive import audit
from commarchive.errors import ClosedError, TamperedError, UsageError
from commarchive.policy.standing import Membership, Role
from commarchive.register import Register, tables
from commarchive.register.members import HOST
from commarchive.register.store import Store, Witness
from tests.archives import ARCHIVE, Clock
from tests.register.conftest import Opener


def test_a_change_and_its_audit_row_are_kept_together(register: Register) -> None:
    before = register.store.witness()
    register.members.set("Newcomer", Membership("village"), by="Aino", why="asked")
    after = register.store.witness()
    assert (after.generation, after.audit_seq) == (before.generation + 1, before.audit_seq + 1)
    event = register.store.audit_rows(after=before.audit_seq)[0].event
    assert (event.actor, event.action, event.subject) == ("Aino", "membership", "village")
    assert event.details == {"person": "Newcomer", "role": "member", "state": "active", "why": "asked"}


def test_a_change_that_fails_leaves_neither(register: Register) -> None:
    before = register.store.witness()

    def half() -> None:
        with register.store.changing() as change:
            change.connection.execute(delete(tables.members))
            change.record("Aino", "everything-deleted", "Q1")
            change.touch(["Q1"])
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        half()
    assert register.store.witness() == before
    assert register.members.of()
    assert register.store.touched_since(0) == frozenset()


def test_a_change_whose_audit_row_is_refused_is_not_made(register: Register) -> None:
    before = register.store.witness()
    with pytest.raises(UsageError):
        register.members.set("Newcomer", Membership("village"), by="Aino", why="\n")
    assert register.store.witness() == before
    assert not register.members.principal("Newcomer").memberships


def test_what_touches_records_without_an_audit_row_is_no_change(register: Register) -> None:
    before = register.store.witness()
    with pytest.raises(RuntimeError, match="without its audit row"), register.store.changing() as change:
        change.touch(["Q1"])
    assert register.store.witness() == before


def test_nothing_changed_is_no_change(register: Register) -> None:
    before = register.store.witness()
    with register.store.changing():
        pass
    assert register.store.witness() == before


def test_the_generation_says_which_records_were_touched_since(register: Register) -> None:
    start = register.store.witness().generation
    for entity in ("Q1", "Q2"):
        with register.store.changing() as change:
            change.record("Aino", "test", entity)
            change.touch([entity])
    assert register.store.touched_since(start) == {"Q1", "Q2"}
    assert register.store.touched_since(start + 1) == {"Q2"}
    assert register.store.touched_since(start + 2) == frozenset()


def test_every_process_sees_the_same_register(open_register: Opener, register: Register) -> None:
    other = open_register()
    register.members.set("Newcomer", Membership("village"), by="Aino")
    assert other.store.witness() == register.store.witness()
    assert other.members.principal("Newcomer").memberships == (Membership("village"),)


def test_two_who_write_at_once_write_one_after_the_other(open_register: Opener, register: Register) -> None:
    registers = [register, open_register(), open_register()]
    before = register.store.witness()

    def write(number: int) -> None:
        for each in range(5):
            registers[number].members.set(f"Newcomer {number}-{each}", Membership("village"), by="Aino")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = register.store.witness()
    assert (after.generation, after.audit_seq) == (before.generation + 15, before.audit_seq + 15)
    assert register.store.verify_audit(before).seq == after.audit_seq


class TestAWitness:
    def test_knows_the_register_that_went_on(self, register: Register) -> None:
        witness = register.store.witness()
        register.members.set("Newcomer", Membership("village"), by="Aino")
        assert register.store.is_as_seen(witness)

    def test_that_saw_nothing_knows_every_register(self, register: Register) -> None:
        assert register.store.is_as_seen(Witness())

    def test_notices_another_register(self, register: Register, tmp_path: Path, clock: Clock) -> None:
        other = Register(f"sqlite:///{tmp_path / 'other.db'}", ARCHIVE, clock=clock)
        assert not other.store.is_as_seen(register.store.witness())
        other.close()

    def test_notices_a_register_that_was_set_back(self, register: Register) -> None:
        old = register.store.witness()
        register.members.set("Newcomer", Membership("village"), by="Aino")
        witness = register.store.witness()
        self.set_back(register, old)
        assert not register.store.is_as_seen(witness)

    def test_notices_one_that_was_set_back_and_went_on_elsewhere(self, register: Register) -> None:
        old = register.store.witness()
        register.members.set("Newcomer", Membership("village"), by="Aino")
        witness = register.store.witness()
        self.set_back(register, old)
        for name in ("Another", "And another"):
            register.members.set(name, Membership("village"), by="Aino")
        assert register.store.witness().generation > witness.generation
        assert not register.store.is_as_seen(witness)
        with pytest.raises(TamperedError):
            register.store.verify_audit(witness)

    def test_survives_being_written_down(self, register: Register) -> None:
        witness = register.store.witness()
        assert Witness.read(witness.written()) == witness
        assert Witness.read("") == Witness.read(None) == Witness()

    @staticmethod
    def set_back(register: Register, to: Witness) -> None:
        with register.store.engine.begin() as connection:
            connection.execute(delete(audit.rows).where(audit.rows.c.seq > to.audit_seq))
            generation = tables.meta.c.key == "generation"
            connection.execute(update(tables.meta).where(generation).values(value=str(to.generation)))


def test_a_register_of_another_version_is_not_opened(open_register: Opener, register: Register) -> None:
    with register.store.engine.begin() as connection:
        connection.execute(update(tables.meta).where(tables.meta.c.key == "format").values(value="0"))
    with pytest.raises(ClosedError, match="another version"):
        open_register()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/register.db", "sqlite:///{folder}", "sqlite:///{text}"])
def test_a_database_that_cannot_be_opened_is_closed(tmp_path: Path, url: str) -> None:
    text = tmp_path / "text.txt"
    text.write_text("this is no database, and long enough to be taken for one" * 20)
    with pytest.raises(ClosedError, match="the register cannot be opened"):
        Store(url.format(folder=tmp_path, text=text))
    assert text.read_text().startswith("this is no database")


def test_a_register_that_cannot_be_read_any_more_is_closed(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "register.db"
    register = Register(f"sqlite:///{path}", ARCHIVE, clock=clock)
    register.members.set("Aino", Membership("village", Role.STEWARD), by=HOST)
    register.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE members")
        connection.execute("DROP TABLE register_meta")
    connection.close()
    with pytest.raises(ClosedError, match="cannot be read"):
        register.store.witness()
    with pytest.raises(ClosedError, match="cannot be read"):
        register.members.principal("Aino")
    with pytest.raises(ClosedError, match="nothing was changed"):
        register.members.set("Eino", Membership("village"), by="Aino")
    register.close()


def test_a_snapshot_does_not_move(open_register: Opener, register: Register) -> None:
    other = open_register()
    query = select(tables.members.c.person).where(tables.members.c.person == "Newcomer")
    with other.store.reading() as connection:
        assert connection.execute(query).first() is None
        register.members.set("Newcomer", Membership("village"), by="Aino")
        assert connection.execute(query).first() is None
    with other.store.reading() as connection:
        assert connection.execute(query).first() is not None
