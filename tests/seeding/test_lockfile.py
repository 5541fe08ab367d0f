"""The lock file: kept whole, read strictly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from commarchive.errors import ManifestError
from commarchive.model.schema import SchemaIds
from commarchive.seeding.lockfile import LOCK_NAME, Lock, LockJournal, load_lock, read_lock, write_lock
from commarchive.wikibase.edit import Written
from commarchive.wikibase.once import Intent

NOON = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
LOCK = Lock(
    wiki="https://wiki.example/entity/",
    properties={"instance-of": "P1", "yes": "P2", "no": "P3", "y": "P4"},
    items={"person": "Q1"},
    written={
        ("property", "instance-of"): frozenset({"label@en", "slug", "equivalent http://www.wikidata.org/entity/P31"}),
        ("item", "person"): frozenset({"alias@zh-hant"}),
    },
    pending={
        "item/place": Intent("item/place", "123456789012e456", NOON),
        "item/list": Intent("item/list", "1234567890123456", NOON),
        "item/yes": Intent("item/yes", "0000000000000000", NOON),
        "item/on": Intent("item/on", "1e00000000000000", NOON),
    },
)


def test_a_folder_without_a_lock_has_no_ids(folder):
    assert load_lock(folder) == SchemaIds()
    assert read_lock(folder) == Lock()


def test_what_is_written_is_read_again_whatever_it_looks_like(folder):
    write_lock(folder, LOCK)
    assert read_lock(folder) == LOCK
    assert load_lock(folder) == SchemaIds(dict(LOCK.properties), dict(LOCK.items))
    assert [path.name for path in folder.iterdir() if LOCK_NAME in path.name] == [LOCK_NAME]


def test_a_line_written_by_hand_is_enough(folder):
    (folder / LOCK_NAME).write_text("properties:\n  instance-of: P1\nitems:\n")
    assert load_lock(folder) == SchemaIds({"instance-of": "P1"}, {})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("properties: {instance-of: Q1}\n", "properties/instance-of"),
        ("items: {person: 7}\n", "items/person"),
        ("property: {instance-of: P1}\n", "property"),
        ("properties: [P1]\n", "properties"),
        ("properties: {instance-of: P1, instance-of: P2}\n", "properties/instance-of"),
        ("properties: {instance-of: P1\n", ""),
        ("pending: {person: {marker: abc, at: never}}\n", "pending"),
    ],
)
def test_a_wrong_line_is_named(text, place, folder):
    (folder / LOCK_NAME).write_text(text)
    with pytest.raises(ManifestError) as caught:
        load_lock(folder)
    assert caught.value.findings[0].file == LOCK_NAME
    assert caught.value.findings[0].line in {1, 2}
    assert caught.value.findings[0].path.startswith(place)


def test_a_write_that_fails_leaves_the_old_file(folder, monkeypatch):
    write_lock(folder, LOCK)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_lock(folder, Lock())
    assert read_lock(folder) == LOCK


def test_a_journal_keeps_what_was_about_to_happen(folder):
    first = LockJournal(folder)
    first.begin([Intent("property/instance-of", "0" * 16, NOON), Intent("item/place", "1" * 16, NOON)])
    second = LockJournal(folder)
    assert second.pending() == first.pending()
    second.done({"property/instance-of": Written("P1", 5)})
    second.drop(["item/place"])
    assert read_lock(folder) == Lock(properties={"instance-of": "P1"})
