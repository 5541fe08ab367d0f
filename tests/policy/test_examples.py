"""Cases of stewards are answered by the engine that answers everybody."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from commarchive.model.archive import RecordState
from commarchive.policy.examples import try_case
from tests.worlds import ARCHIVE, NOW


@dataclass(frozen=True)
class Written:
    member_of: frozenset[str] = frozenset()
    steward_of: frozenset[str] = frozenset()
    blocked_in: frozenset[str] = frozenset()
    until: date | None = None
    condition: str = "elders"
    state: RecordState = RecordState.LIVE
    at: datetime | None = None


ELDER = Written(member_of=frozenset({"elders"}))
STEWARD = Written(steward_of=frozenset({"elders"}))


def allowed(case: Written, zone: str = "Europe/Helsinki") -> bool:
    return try_case(case, community="village", archive=replace(ARCHIVE, zone=zone), now=NOW).allowed


def local(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 (in the archive's zone)


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (ELDER, True),
        (STEWARD, True),
        (Written(), False),
        (Written(member_of=frozenset({"village"})), False),
        (Written(member_of=frozenset({"village"}), condition="members"), True),
        (Written(steward_of=frozenset({"village"}), condition="stewards"), True),
        (Written(condition="public"), True),
        (Written(condition="any(welcome, elders)"), True),
        (replace(ELDER, condition="all()"), False),
        (replace(ELDER, condition="oops("), False),
        (replace(ELDER, condition="strangers"), False),
        (replace(ELDER, blocked_in=frozenset({"village"})), False),
        (replace(ELDER, blocked_in=frozenset({"guild"})), True),
        (replace(ELDER, state=RecordState.DRAFT), False),
        (replace(STEWARD, state=RecordState.DRAFT), True),
        (replace(STEWARD, state=RecordState.WITHDRAWN, condition="public"), False),
        (Written(steward_of=frozenset({"village"}), state=RecordState.IN_REVIEW, condition="public"), True),
        (replace(ELDER, until=date(2031, 1, 15)), False),
        (replace(ELDER, until=date(2031, 1, 16)), True),
        (replace(ELDER, until=date(2031, 1, 16), at=local(2031, 1, 15, 23, 59)), True),
        (replace(ELDER, until=date(2031, 1, 16), at=local(2031, 1, 16, 0, 0)), False),
        (Written(condition="after(2031-06-01)", at=local(2031, 6, 1, 0, 0)), True),
        (Written(condition="after(2031-06-01)", at=local(2031, 5, 31, 23, 59)), False),
        (Written(condition="before(2031-06-01)", at=local(2031, 6, 1, 0, 0)), False),
    ],
    ids=str,
)
def test_a_case_gets_the_answer_that_somebody_would_get(case: Written, answer: bool):
    assert allowed(case) is answer


def test_a_season_and_a_date_are_those_of_the_archives_clock():
    winter = Written(member_of=frozenset({"winter"}), condition="winter")
    assert allowed(replace(winter, at=local(2030, 11, 15, 0, 0)))
    assert not allowed(replace(winter, at=local(2030, 11, 14, 23, 59)))
    # The season goes by its own zone: at midnight in Lisbon it is two in the morning there.
    assert allowed(replace(winter, at=local(2030, 11, 14, 22, 0)), zone="Europe/Lisbon")


def test_in_an_unknown_zone_what_depends_on_dates_is_closed_and_nothing_raises():
    assert not allowed(Written(condition="after(1999-01-01)", at=local(2031, 1, 1)), zone="Europe/Nowhere")
    assert not allowed(Written(condition="before(2999-01-01)"), zone="Europe/Nowhere")
    assert allowed(replace(ELDER, at=local(2031, 1, 1)), zone="Europe/Nowhere")


def test_the_answer_says_why_and_what_could_not_be_read():
    def reason(case: Written, community: str = "village") -> str:
        return try_case(case, community=community, archive=ARCHIVE, now=NOW).reason

    assert reason(ELDER) == "shares in `elders`"
    assert reason(Written()) == "does not share in `elders` (now)"
    assert "strangers" in reason(replace(ELDER, condition="strangers"))
    assert "no community" in reason(ELDER, community="nobody")


def test_now_is_asked_where_any_time_will_do():
    dated = Written(condition="after(2031-06-01)")
    assert not try_case(dated, community="village", archive=ARCHIVE, now=NOW).allowed
    assert try_case(dated, community="village", archive=ARCHIVE, now=datetime(2031, 7, 1, tzinfo=UTC)).allowed
