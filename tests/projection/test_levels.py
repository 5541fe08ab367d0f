"""What was acknowledged is in effect in the very next view, in every process; and changed rules close until applied."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from commarchive.errors import ClosedError
from commarchive.model.archive import Mode, Season
from commarchive.policy.standing import VISITOR, Membership, MembershipState, Role
from commarchive.register.holds import HoldReason
from tests.archives import ARCHIVE, NOON
from tests.projection.conftest import Keeping
from tests.projection.contents import contents
from tests.projection.paper import VOCABULARY, item, rules

SONG = item("Q1", labels={"en": "Song"})


@pytest.fixture
def song(keeping: Keeping) -> Keeping:
    """An archive with a public record and one of the elders."""
    keeping.write_and_release(SONG, item("Q2", access="elders"))
    return keeping


def test_a_restriction_that_one_process_saw_is_in_effect_in_another(song: Keeping) -> None:
    other = song.another()
    assert other.sees(None, "Q1")
    song.wiki.write(item("Q1", access="elders"))
    song.sync()
    assert not other.sees(None, "Q1")


def test_a_restriction_that_is_only_remembered_yet_is_in_effect(song: Keeping) -> None:
    """Whoever saw it was killed between the register and the projection."""
    other = song.another()
    assert other.sees(None, "Q1")
    song.wiki.write(item("Q1", access="elders"))

    class KilledError(Exception):
        pass

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    keep = song.projection._filler._keep
    song.projection._filler._keep = killed  # type: ignore[method-assign]
    with pytest.raises(KilledError):
        song.sync()
    song.projection._filler._keep = keep  # type: ignore[method-assign]
    for each in (other, song):
        assert not each.sees(None, "Q1")
        assert each.sees("Vieno", "Q1")


def test_a_membership_that_ended_is_in_effect(song: Keeping) -> None:
    other = song.another()
    assert other.sees("Vieno", "Q2")
    song.register.members.set("Vieno", Membership("elders", state=MembershipState.ENDED), by="Aino")
    assert not other.sees("Vieno", "Q2")


def test_a_block_is_in_effect(song: Keeping) -> None:
    other = song.another()
    song.register.members.set("Vieno", Membership("village", state=MembershipState.BLOCKED), by="Aino")
    assert not other.sees("Vieno", "Q2")


def test_readers_never_meet_what_was_closed_before_they_asked(song: Keeping) -> None:
    """One closes and opens a record; others look all the time, and note what they were told before they asked."""
    others = [song.another() for _ in range(3)]
    # The number of the hold that was acknowledged and not yet lifted.
    closed, stop, wrong = [0], threading.Event(), list[str]()

    def look(keeping: Keeping) -> None:
        while not stop.is_set():
            before = closed[0]
            with keeping.seen_by(None) as view:
                seen = [view.entity("Q1") is not None, "Q1" in view.items().ids, view.search("song").total > 0]
            # Closed before it was asked for, and still closed now: no answer may show it.
            if before and closed[0] == before and any(seen):
                wrong.append(str(seen))

    threads = [threading.Thread(target=look, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for _ in range(12):
        hold = song.register.holds.place("Q1", HoldReason.SAFETY, by="Aino", groups=["village"])
        closed[0] = hold.id
        stop.wait(0.05)
        closed[0] = 0
        song.register.holds.lift(hold.id, by="Aino", groups=["village"])
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_is_level_is_not_written_again(song: Keeping) -> None:
    assert song.sees(None, "Q1")
    with song.projection._store.engine.connect() as connection:
        before = connection.exec_driver_sql("SELECT key, value FROM projection_meta ORDER BY key").all()
        song.sees(None, "Q1")
        assert connection.exec_driver_sql("SELECT key, value FROM projection_meta ORDER BY key").all() == before


class TestRules:
    def test_that_changed_are_applied_before_anybody_looks(self, song: Keeping) -> None:
        other = song.another(replace(ARCHIVE, zone="Asia/Tokyo"), rules(replace(ARCHIVE, zone="Asia/Tokyo")))
        assert other.sees(None, "Q1")

    def test_of_yesterday_serve_nobody_any_more(self, song: Keeping) -> None:
        song.another(rules_=rules(vocabulary=replace(VOCABULARY, safe=frozenset())))
        for person in (None, "Vieno", "Aino"):
            with pytest.raises(ClosedError, match="by other rules than these"), song.seen_by(person):
                pass
        assert song.sees("Olli", "Q1")

    def test_of_yesterday_write_nothing_any_more(self, song: Keeping) -> None:
        other = song.another(rules_=rules(vocabulary=replace(VOCABULARY, safe=frozenset())))
        before = contents(other.projection)
        song.wiki.write(item("Q1", access="elders"))
        with pytest.raises(ClosedError, match="by other rules than these"):
            song.sync()
        assert contents(other.projection) == before
        # What it saw is remembered all the same.
        assert not other.sees(None, "Q1")

    def test_that_were_applied_by_half_are_applied_again(self, song: Keeping) -> None:
        song.wiki.write(*(item(f"Q{n}") for n in range(3, 9)))
        song.sync()
        wanted = contents(song.projection)
        with song.projection._store.engine.begin() as connection:
            song.projection._store.set_meta(connection, "rules", "")
        with pytest.raises(ClosedError, match="by other rules"), song.projection.view(VISITOR):
            pass
        again = song.another()
        assert again.sees(None, "Q1")
        assert contents(again.projection) == wanted

    def test_that_are_the_same_are_not_applied_again(self, song: Keeping) -> None:
        before = contents(song.projection)
        with song.projection._store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE terms SET text = 'as it was'")
        song.another()
        after = contents(song.projection)
        assert after["terms"] != before["terms"]

    def test_of_a_projection_of_another_shape_make_it_be_filled_anew(self, song: Keeping) -> None:
        with song.projection._store.engine.begin() as connection:
            song.projection._store.set_meta(connection, "format", "0")
            song.projection._store.set_meta(connection, "rules", "of that time")
            connection.exec_driver_sql("DROP TABLE facets")
        again = song.another()
        again.sync()
        assert again.sees("Vieno", "Q2")


class TestAProtocol:
    def test_that_became_strict_closes_at_once(self, keeping: Keeping) -> None:
        keeping.write_and_release(item("Q1", access="commons"))
        assert keeping.sees(None, "Q1")
        strict = replace(ARCHIVE.protocols["commons"], mode=Mode.STRICT)
        other = keeping.another(replace(ARCHIVE, protocols={**ARCHIVE.protocols, "commons": strict}))
        assert not other.sees(None, "Q1")
        # The process that did not know it takes it up with its next view.
        assert not keeping.sees(None, "Q1")

    def test_that_would_open_waits_for_its_stewards(self, song: Keeping) -> None:
        open_ = replace(ARCHIVE.protocols["elders"], mode=Mode.OPEN)
        other = song.another(replace(ARCHIVE, protocols={**ARCHIVE.protocols, "elders": open_}))
        assert not other.sees(None, "Q2")
        for person in ("Aino", "Eino"):
            other.register.protocols.accept("elders", by=person, is_steward=other.register.members.is_steward)
        assert other.sees(None, "Q2")
        assert song.sees(None, "Q2")

    def test_with_a_season_opens_and_closes_with_the_days(self, keeping: Keeping) -> None:
        winter = replace(ARCHIVE.protocols["singers"], season=Season((11, 15), (2, 15), "Europe/Helsinki"))
        other = keeping.another(replace(ARCHIVE, protocols={**ARCHIVE.protocols, "singers": winter}))
        other.write_and_release(item("Q1", access="singers", labels={"en": "Song"}))
        principal = other.register.members.principal("Laila")
        zone = ZoneInfo("Europe/Helsinki")
        days = [(2031, 1, 5), (2031, 2, 15), (2031, 2, 16), (2031, 11, 14), (2031, 11, 15)]
        found = []
        for day in days:
            with other.projection.view(principal, datetime(*day, 12, tzinfo=zone)) as view:
                found.append(view.items().total)
        assert found == [1, 1, 0, 0, 1]


def test_dates_are_those_of_the_archives_zone_to_the_second(keeping: Keeping) -> None:
    keeping.write_and_release(item("Q1", access="after(2031-03-01)"), item("Q2", access="before(2031-03-01)"))
    # Midnight in Helsinki is two hours earlier in UTC.
    midnight = NOON.replace(month=2, day=28, hour=22)
    found = []
    for moment in (midnight - timedelta(seconds=1), midnight):
        with keeping.seen_by(None, moment) as view:
            found.append((view.items().ids, view.entity("Q1") is not None, view.entity("Q2") is not None))
    assert found == [(("Q2",), False, True), (("Q1",), True, False)]


def test_a_first_steward_of_an_empty_archive_sees_what_comes(keeping: Keeping) -> None:
    keeping.register.members.set("New", Membership("village", Role.STEWARD), by="Aino")
    keeping.wiki.write(item("Q1", state="draft"))
    keeping.sync()
    assert keeping.sees("New", "Q1")
