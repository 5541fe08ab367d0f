"""The audit chain notices whatever is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from commarchive import audit
from commarchive.errors import TamperedError, UsageError
from commarchive.register.engine import open_engine, writing
from tests.archives import NOON

EVENTS = [audit.Event("Aino", "released", f"Q{n}", {"why": "the elders agreed", "n": n}) for n in range(1, 8)]


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Connection]:
    """A connection to a chain of seven rows."""
    engine = open_engine(f"sqlite:///{tmp_path / 'audit.db'}")
    with writing(engine) as connection:
        audit.metadata.create_all(connection)
        for event in EVENTS:
            audit.append(connection, event, NOON)
    with writing(engine) as connection:
        yield connection
    engine.dispose()


def row(chain: Connection, seq: int) -> dict[str, object]:
    return dict(chain.execute(select(audit.rows).where(audit.rows.c.seq == seq)).mappings().one())


def test_a_whole_chain_is_accepted_and_its_end_is_told(chain: Connection) -> None:
    assert audit.verify(chain) == audit.head(chain)
    assert audit.head(chain).seq == len(EVENTS)


def test_what_was_written_is_read_in_its_order(chain: Connection) -> None:
    assert [each.event for each in audit.read(chain)] == EVENTS
    assert [each.event for each in audit.read(chain, after=5)] == EVENTS[5:]


def test_an_empty_chain_is_whole(chain: Connection) -> None:
    chain.execute(delete(audit.rows))
    assert audit.verify(chain) == audit.Head()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2031-01-05T12:00:01+00:00"),
        ("actor", "Eino"),
        ("action", "withdrawn"),
        ("subject", "Q99"),
        ("details", '{"n": 3, "why": "nobody agreed"}'),
        ("previous", "f" * 64),
        ("hash", "f" * 64),
    ],
)
@pytest.mark.parametrize("seq", [1, 3, 7])
def test_an_altered_field_is_found(chain: Connection, column: str, value: str, seq: int) -> None:
    chain.execute(update(audit.rows).where(audit.rows.c.seq == seq).values({column: value}))
    with pytest.raises(TamperedError, match=f"audit row {seq} was altered"):
        audit.verify(chain)


def test_a_row_that_was_altered_with_its_hash_is_found_by_the_next(chain: Connection) -> None:
    forged = row(chain, 3) | {"actor": "Eino"}
    forged["hash"] = audit._hash(forged)
    chain.execute(update(audit.rows).where(audit.rows.c.seq == 3).values(forged))
    with pytest.raises(TamperedError, match="audit row 4 was altered"):
        audit.verify(chain)


@pytest.mark.parametrize("seq", [1, 3])
def test_a_removed_row_is_found(chain: Connection, seq: int) -> None:
    chain.execute(delete(audit.rows).where(audit.rows.c.seq == seq))
    with pytest.raises(TamperedError, match=f"audit row {seq} is missing or out of order"):
        audit.verify(chain)


def test_a_removed_row_whose_followers_were_numbered_anew_is_found(chain: Connection) -> None:
    chain.execute(delete(audit.rows).where(audit.rows.c.seq == 3))
    for seq in range(4, 8):
        chain.execute(update(audit.rows).where(audit.rows.c.seq == seq).values(seq=seq - 1))
    with pytest.raises(TamperedError, match="audit row 3 was altered"):
        audit.verify(chain)


def test_rows_in_another_order_are_found(chain: Connection) -> None:
    third, fourth = row(chain, 3), row(chain, 4)
    chain.execute(delete(audit.rows).where(audit.rows.c.seq.in_([3, 4])))
    chain.execute(insert(audit.rows), [third | {"seq": 4}, fourth | {"seq": 3}])
    with pytest.raises(TamperedError, match="audit row 3 was altered"):
        audit.verify(chain)


def test_a_row_put_in_between_is_found(chain: Connection) -> None:
    for seq in range(7, 3, -1):
        chain.execute(update(audit.rows).where(audit.rows.c.seq == seq).values(seq=seq + 1))
    chain.execute(insert(audit.rows), [row(chain, 3) | {"seq": 4}])
    with pytest.raises(TamperedError, match="audit row 4 was altered"):
        audit.verify(chain)


def test_a_chain_cut_short_is_whole_in_itself_and_found_by_a_witness(chain: Connection) -> None:
    witness = audit.head(chain)
    chain.execute(delete(audit.rows).where(audit.rows.c.seq > 5))
    assert audit.verify(chain).seq == 5
    assert not audit.contains(chain, witness)
    with pytest.raises(TamperedError, match="does not contain row 7"):
        audit.verify(chain, witness)


def test_a_chain_written_anew_from_its_beginning_is_found_by_a_witness(chain: Connection) -> None:
    witness = audit.head(chain)
    chain.execute(delete(audit.rows))
    for event in [audit.Event("Eino", "released", "Q1", {}), *EVENTS[1:], EVENTS[0]]:
        audit.append(chain, event, NOON)
    assert audit.verify(chain).seq == 8
    with pytest.raises(TamperedError, match="does not contain row 7"):
        audit.verify(chain, witness)


def test_a_chain_that_went_on_contains_what_was_seen(chain: Connection) -> None:
    witness = audit.head(chain)
    audit.append(chain, EVENTS[0], NOON)
    assert audit.contains(chain, witness)
    assert audit.verify(chain, witness).seq == 8


def test_details_that_are_no_json_are_found_when_they_are_read(chain: Connection) -> None:
    chain.execute(update(audit.rows).where(audit.rows.c.seq == 2).values(details="{"))
    with pytest.raises(TamperedError, match="audit row 2 was altered"):
        list(audit.read(chain))


def test_fields_cannot_be_shifted_into_one_another(chain: Connection) -> None:
    one = audit.append(chain, audit.Event("Aino", "x", "Q1Q2", {}), NOON)
    other = {**row(chain, 8), "action": "xQ1", "subject": "Q2"}
    assert audit._hash(other) != one.hash


@pytest.mark.parametrize(
    "event",
    [
        audit.Event("Aino\nEino", "released", "Q1", {}),
        audit.Event("Aino", "released", "Q1\x85", {}),
        audit.Event("Aino", "released", "Q1", {"why": "first\n8 Eino released Q9"}),
        audit.Event("Aino", "released", "Q1", {"why": "\u2028"}),
        audit.Event("Aino", "released", "Q1", {"why": "\u202eoniE"}),
        audit.Event("Aino", "released", "Q1", {"why": "\0"}),
        audit.Event("Aino", "released", "Q1", {"entities": ["Q1", "Q2\r"]}),
        audit.Event("Aino", "released", "Q1", {"seen": {"Q1\n": 1}}),
        audit.Event("A" * 256, "released", "Q1", {}),
        audit.Event("Aino", "released", "Q" * 256, {}),
        audit.Event("Aino", "released", "Q1", {"why": "x" * 2001}),
    ],
)
def test_a_text_that_could_look_like_another_row_is_refused(chain: Connection, event: audit.Event) -> None:
    before = audit.head(chain)
    with pytest.raises(UsageError, match="a text"):
        audit.append(chain, event, NOON)
    assert audit.head(chain) == before


def test_texts_of_every_language_are_taken(chain: Connection) -> None:
    # The joiners are letters' business: Persian and Hindi are written with them.
    event = audit.Event("Aino", "released", "Q1", {"why": "می\u200cخواهم, क्\u200dष, Nisákkáid dáhttu, ‘so’"})
    audit.append(chain, event, NOON)
    assert next(audit.read(chain, after=7)).event == event
