"""Who agreed to what, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from commarchive.errors import ConflictError, NotFoundError, RefusedError, UsageError
from commarchive.policy.standing import Membership, MembershipState, Role
from commarchive.register import Register
from commarchive.register.consents import Consent, Scope
from tests.archives import NOON, Clock

GUID = "Q7$11111111-2222-3333-4444-555555555555"
DAY = timedelta(days=1)
CONSENT = Consent("Q7", "Vieno", frozenset({Scope.PUBLIC}), "told to Aino", until=NOON + 30 * DAY)


def test_a_consent_is_kept_as_it_was_given(register: Register) -> None:
    given = replace(CONSENT, statements=frozenset({GUID}), on_behalf_of="the family", evidence="letter 3")
    kept = register.consents.record(given, by="Aino", groups=["village"])
    assert kept == replace(given, id=kept.id, since=NOON)
    assert register.consents.get(kept.id) == kept
    assert register.consents.of("Q7") == register.consents.of() == [kept]
    assert register.consents.of("Q8") == []


def test_a_data_steward_records_and_withdraws_one(register: Register) -> None:
    register.members.set("Data", Membership("village", Role.DATA_STEWARD), by="Aino")
    kept = register.consents.record(CONSENT, by="Data", groups=["village"])
    assert register.consents.withdraw(kept.id, by="Data", groups=["village"]).withdrawn_at == NOON


@pytest.mark.parametrize("by", ["Vieno", "Taimi", "host", "Nobody"])
def test_nobody_else_does(register: Register, by: str) -> None:
    kept = register.consents.record(CONSENT, by="Aino", groups=["village"])
    before = register.store.witness()
    with pytest.raises(RefusedError, match="neither steward nor data steward of `village`"):
        register.consents.record(CONSENT, by=by, groups=["village"])
    with pytest.raises(RefusedError, match="neither steward nor data steward"):
        register.consents.withdraw(kept.id, by=by, groups=["village"])
    with pytest.raises(RefusedError, match="of this record"):
        register.consents.record(CONSENT, by="Aino", groups=[])
    assert register.store.witness() == before


def test_a_blocked_data_steward_does_not(register: Register) -> None:
    register.members.set("Data", Membership("village", Role.DATA_STEWARD), by="Aino")
    register.members.set("Data", Membership("village", state=MembershipState.BLOCKED), by="Aino")
    with pytest.raises(RefusedError):
        register.consents.record(CONSENT, by="Data", groups=["village"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"person": " "}, "says who gave it"),
        ({"basis": ""}, "says who gave it"),
        ({"scope": frozenset()}, "says who gave it"),
        ({"entity": "q7"}, "is no id of a record"),
        ({"entity": "Q7\0"}, "is no id of a record"),
        ({"statements": frozenset({"Q8$11111111-2222-3333-4444-555555555555"})}, "of its own record, `Q7`"),
        ({"statements": frozenset({"Q7$1"})}, "of its own record, `Q7`"),
        ({"until": NOON}, "ends after it begins"),
        ({"since": NOON + 40 * DAY}, "ends after it begins"),
        ({"until": datetime(2031, 2, 1)}, "has no zone"),  # noqa: DTZ001
        ({"evidence": "page 1\npage 2"}, "one line"),
        ({"person": "V" * 256}, "too long"),
        ({"on_behalf_of": "\u202e"}, "one line"),
    ],
)
def test_a_consent_that_makes_no_sense_is_refused(register: Register, change: dict[str, object], message: str) -> None:
    before = register.store.witness()
    with pytest.raises(UsageError, match=message):
        register.consents.record(replace(CONSENT, **change), by="Aino", groups=["village"])  # type: ignore[arg-type]
    assert register.store.witness() == before


def test_it_is_in_force_from_its_beginning_until_its_end(register: Register) -> None:
    kept = register.consents.record(replace(CONSENT, since=NOON + DAY), by="Aino", groups=["village"])
    moments = [NOON, NOON + DAY, NOON + 29 * DAY, NOON + 30 * DAY]
    assert [kept.in_force(moment) for moment in moments] == [False, True, True, False]


def test_a_withdrawn_consent_is_never_in_force(register: Register, clock: Clock) -> None:
    kept = register.consents.record(CONSENT, by="Aino", groups=["village"])
    clock.pass_(DAY)
    gone = register.consents.withdraw(kept.id, by="Eino", groups=["village"], why="the family asked")
    assert gone.withdrawn_at == NOON + DAY
    assert not gone.in_force(NOON)
    assert not gone.in_force(NOON + 2 * DAY)
    with pytest.raises(ConflictError, match="withdrawn already"):
        register.consents.withdraw(kept.id, by="Eino", groups=["village"])


def test_there_is_no_consent_that_was_not_given(register: Register) -> None:
    with pytest.raises(NotFoundError, match="no consent 7"):
        register.consents.get(7)
    with pytest.raises(NotFoundError, match="no consent 7"):
        register.consents.withdraw(7, by="Aino", groups=["village"])


def test_it_covers_its_scope_and_its_statements() -> None:
    of_statement = replace(CONSENT, statements=frozenset({GUID}))
    assert CONSENT.covers(Scope.PUBLIC, GUID)
    assert of_statement.covers(Scope.PUBLIC, GUID)
    assert not of_statement.covers(Scope.PUBLIC, GUID[:-1] + "6")
    assert not CONSENT.covers(Scope.FEDERATE_WIKIDATA, GUID)


def test_the_audit_tells_of_consents_without_telling_who_gave_them(register: Register) -> None:
    before = register.store.witness().audit_seq
    kept = register.consents.record(CONSENT, by="Aino", groups=["village"])
    register.consents.withdraw(kept.id, by="Aino", groups=["village"])
    rows = register.store.audit_rows(after=before)
    assert [row.event.action for row in rows] == ["consent-recorded", "consent-withdrawn"]
    assert "Vieno" not in str(rows)
