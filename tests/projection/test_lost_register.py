"""A register that is lost, replaced or set back closes everything until a steward attests it and the wiki was read."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from commarchive.errors import ClosedError, RefusedError, TamperedError
from commarchive.policy.standing import Membership, Role
from commarchive.projection import Projection
from commarchive.register import Register
from commarchive.register.holds import HoldReason
from commarchive.register.members import HOST
from tests.archives import ARCHIVE, appoint
from tests.databases import DatabaseMaker
from tests.projection.conftest import Keeping
from tests.projection.contents import contents
from tests.projection.paper import item, rules

SONG = item("Q1", labels={"en": "Song"})


@pytest.fixture
def database(tmp_path: Path) -> DatabaseMaker:
    """Files alone: they are what can be lost and copied here."""
    return lambda name: f"sqlite:///{tmp_path / name}.db"


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def reopened(keeping: Keeping) -> Keeping:
    """The archive after its processes were stopped and started."""
    keeping.close()
    return keeping.another()


def lose(keeping: Keeping) -> Keeping:
    """The archive after its register's file was deleted."""
    keeping.close()
    path_of(keeping.urls[0]).unlink()
    return keeping.another()


@pytest.fixture
def song(keeping: Keeping) -> Keeping:
    """An archive with a public record that was once restricted, and a held one."""
    keeping.write_and_release(SONG, item("Q2"))
    keeping.wiki.write(item("Q1", access="elders"), SONG, item("Q3"))
    keeping.sync()
    keeping.register.holds.place("Q2", HoldReason.SAFETY, by="Aino", groups=["village"])
    return keeping


def assert_closed(keeping: Keeping) -> None:
    for person in (None, "Vieno", "Aino"):
        with pytest.raises(ClosedError, match="missing or older"), keeping.seen_by(person):
            pass
    with pytest.raises(ClosedError, match="missing or older"):
        keeping.projection.governance(["Q1"])


class TestALostRegister:
    @pytest.fixture
    def lost(self, song: Keeping) -> Keeping:
        return lose(song)

    def test_closes_everything(self, lost: Keeping) -> None:
        assert_closed(lost)

    def test_stays_closed_whatever_is_done(self, lost: Keeping) -> None:
        before = contents(lost.projection)
        appoint(lost.register)
        for act in (lost.sync, lambda: lost.projection.rebuild(lost.wiki.client)):
            with pytest.raises(ClosedError, match="missing or older"):
                act()
        assert_closed(lost)
        assert contents(lost.projection) == before
        assert_closed(reopened(lost))

    def test_stays_closed_under_other_rules(self, lost: Keeping) -> None:
        appoint(lost.register)
        widest = lost.another(archive=ARCHIVE, rules_=rules(vocabulary=rules().vocabulary))
        assert_closed(widest)
        other = lost.another(rules_=rules(vocabulary=rules().vocabulary.__class__()))
        assert_closed(other)
        assert_closed(lost)

    def test_is_seen_by_custodians_all_the_same(self, lost: Keeping) -> None:
        appoint(lost.register)
        assert lost.sees("Olli", "Q1")
        assert lost.sees("Olli", "Q2")

    def test_is_found_by_the_audit(self, lost: Keeping) -> None:
        with pytest.raises(TamperedError):
            lost.register.store.verify_audit(lost.projection.witness())

    def test_is_attested_by_a_steward_of_every_community(self, lost: Keeping) -> None:
        appoint(lost.register)
        for person in ("Aino", "Taimi", "host", "Nobody"):
            with pytest.raises(RefusedError, match=f"`{person}` is no steward of"):
                lost.projection.attest(person)
        assert_closed(lost)

    def test_opens_when_it_was_attested_and_the_wiki_was_read(self, lost: Keeping) -> None:
        appoint(lost.register)
        lost.register.members.set("Aino", Membership("town", Role.STEWARD), by="Taimi")
        lost.register.members.set("Aino", Membership("hamlet", Role.STEWARD), by="Helmi")
        lost.projection.attest("Aino")
        assert lost.register.store.audit_rows()[-1].event.action == "register-attested"
        with pytest.raises(ClosedError, match="being read from its wiki"), lost.seen_by(None):
            pass
        lost.sync()
        # Releases are lost with the register, and so everything is as it begins: closed.
        with lost.seen_by(None) as view:
            assert view.items().total == 0
        lost.release("Q1")
        assert lost.sees(None, "Q1")
        lost.wiki.write(item("Q1", access=None, labels={"en": "Song"}))
        lost.sync()
        assert lost.sees(None, "Q1")


class TestARegisterThatWasSetBack:
    @pytest.fixture
    def backup(self, song: Keeping) -> Path:
        # Taken before the restriction that came and went was remembered.
        song.projection.ids()
        copy = path_of(song.urls[0]).with_suffix(".backup")
        with sqlite3.connect(path_of(song.urls[0])) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copy(path_of(song.urls[0]), copy)
        return copy

    def restored(self, song: Keeping, backup: Path) -> Keeping:
        song.close()
        for old in path_of(song.urls[0]).parent.glob("register0.db*"):
            old.unlink()
        shutil.copy(backup, path_of(song.urls[0]))
        return song.another()

    def test_closes_everything(self, song: Keeping, backup: Path) -> None:
        song.wiki.write(item("Q3", access="elders"))
        song.sync()
        assert_closed(self.restored(song, backup))

    def test_is_noticed_though_only_a_restriction_was_lost_and_it_went_on(self, song: Keeping, backup: Path) -> None:
        song.wiki.write(item("Q3", access="elders"), item("Q3"))
        song.sync()
        generation = song.register.store.witness().generation
        restored = self.restored(song, backup)
        while restored.register.store.witness().generation < generation:
            restored.register.members.set(
                f"New {restored.register.store.witness().generation}", Membership("village"), by="Aino"
            )
        assert restored.register.store.witness().generation == generation
        assert_closed(restored)

    def test_learns_from_the_wiki_what_it_forgot(self, song: Keeping, backup: Path) -> None:
        song.release("Q3")
        song.wiki.write(item("Q3", access="elders"), item("Q3"))
        song.sync()
        restored = self.restored(song, backup)
        restored.register.members.set("Aino", Membership("town", Role.STEWARD), by="Taimi")
        restored.register.members.set("Aino", Membership("hamlet", Role.STEWARD), by="Helmi")
        restored.projection.attest("Aino")
        restored.sync()
        remembered = restored.register.releases.memory(["Q3"])["Q3"].restrictions
        assert "elders" in [restriction.value for restriction in remembered]

    def test_of_the_same_age_is_the_register(self, song: Keeping, backup: Path) -> None:
        assert self.restored(song, backup).sees("Aino", "Q1")


def test_a_lost_projection_is_filled_again_from_both(song: Keeping) -> None:
    assert song.sees("Aino", "Q1")
    before = contents(song.projection)
    song.close()
    for file in path_of(song.urls[1]).parent.glob("projection0.db*"):
        file.unlink()
    again = song.another()
    with pytest.raises(ClosedError, match="being read from its wiki"), again.seen_by(None):
        pass
    again.sync()
    assert contents(again.projection) == before


def test_a_register_that_cannot_be_read_closes_even_to_custodians(song: Keeping) -> None:
    custodian = song.register.members.principal("Olli")
    with sqlite3.connect(path_of(song.urls[0])) as connection:
        connection.execute("DROP TABLE register_meta")
    connection.close()
    with pytest.raises(ClosedError, match="the register cannot be read"), song.projection.view(custodian):
        pass


def test_a_projection_that_cannot_be_read_is_closed(song: Keeping) -> None:
    with sqlite3.connect(path_of(song.urls[1])) as connection:
        connection.execute("DROP TABLE entities")
    connection.close()
    with pytest.raises(ClosedError, match="the projection cannot be read"), song.seen_by("Olli") as view:
        view.items()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "sqlite:///{folder}"])
def test_a_projection_that_cannot_be_opened_is_closed(song: Keeping, tmp_path: Path, url: str) -> None:
    with pytest.raises(ClosedError, match="the projection cannot be opened"):
        Projection(url.format(folder=tmp_path), song.register, rules())


def test_an_empty_register_beside_an_empty_projection_is_a_new_archive(tmp_path: Path) -> None:
    register = Register(f"sqlite:///{tmp_path / 'r.db'}", ARCHIVE)
    projection = Projection(f"sqlite:///{tmp_path / 'p.db'}", register, rules())
    register.members.set("Aino", Membership("village", Role.STEWARD), by=HOST)
    with pytest.raises(ClosedError, match="being read"), projection.view(register.members.principal("Aino")):
        pass
    projection.close()
    register.close()
