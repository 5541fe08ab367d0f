"""`commarchive ingest`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commarchive.cli import main
from commarchive.deploy.locking import one_at_a_time
from commarchive.seeding.lockfile import LOCK_NAME
from commarchive.wikibase.edit import new_marker
from tests.wikibase.embedded import labelled

from .conftest import Place, row

GOOD = [row(), row(key="dusk", name="Song of dusk")]
BAD = row(key="noon", name="Song of noon", condition="elderz")


@pytest.fixture
def archive(place: Place) -> Path:
    place.map()
    place.write(GOOD[0], BAD, GOOD[1])
    place.engine.dispose()
    (place.folder / "register.db").unlink(missing_ok=True)
    return place.folder


def ingest(folder: Path, *words: str, file: str = "songs.csv", mapping: str = "songs.yaml") -> Result:
    table, rules = folder / file, folder / mapping
    return CliRunner().invoke(main, ["ingest", str(table), "--mapping", str(rules), "--archive", str(folder), *words])


def test_a_dry_run_and_then_the_table(archive):
    planned = ingest(archive, "--dry-run")
    assert planned.exit_code == 1, "one row is bad"
    assert "would be: 2 new, 1 rejected, 2 things they refer to" in planned.stdout
    assert not (archive / "register.db").exists()
    done = ingest(archive)
    assert done.exit_code == 1
    assert "2 new, 1 rejected" in done.stdout
    line = next(line for line in done.stdout.splitlines() if "elderz" in line)
    assert line.split()[:3] == ["songs.csv", "3", "condition"]
    assert "2 as before, 1 rejected" in ingest(archive, "--dry-run").stdout


def test_exit_codes_of_a_table_without_mistakes(archive, place):
    place.write(*GOOD)
    assert ingest(archive, "--dry-run").exit_code == 4
    assert ingest(archive).exit_code == 0
    assert ingest(archive, "--dry-run").exit_code == 0
    place.write(GOOD[0])
    assert "1 earlier rows that the table no longer has" in ingest(archive).stdout
    place.write()
    assert ingest(archive).exit_code == 0


def test_answers_in_json(archive):
    report = json.loads(ingest(archive, "--format", "json").stdout)
    assert (report["created"], report["dry_run"]) == (2, False)
    (rejected,) = report["rejected"]
    assert (rejected["file"], rejected["line"], rejected["column"]) == ("songs.csv", 3, "condition")


def test_no_bar_is_drawn_where_nobody_looks(archive):
    assert ingest(archive).stderr == ""


def test_what_people_changed_is_told(archive, place, colleague):
    ingest(archive)
    place.editor = colleague  # the command gave the service account a password of its own
    colleague.edit(place.entity("Song of dawn").id, labelled(en="Our song"), "", marker=new_marker())
    place.write(row(name="Song of the dawn"))
    told = ingest(archive)
    assert "left as they are" in told.stderr
    assert "label@en" in told.stdout


def test_a_table_without_a_schema_in_the_wiki_is_refused(archive):
    (archive / LOCK_NAME).unlink()
    refused = ingest(archive)
    assert refused.exit_code == 1
    assert "schema apply" in refused.stderr


def test_a_wrong_mapping_is_named_with_its_line(archive):
    path = archive / "songs.yaml"
    path.write_text(path.read_text().replace("class: practice", "class: practise", 1))
    refused = ingest(archive)
    assert refused.exit_code == 1
    assert "songs.yaml:3: class: `practise` is no class; expected `practice`" in refused.stderr


def test_a_file_that_is_not_there_is_a_matter_of_usage(archive):
    assert ingest(archive, file="none.csv").exit_code == 2
    assert ingest(archive, mapping="none.yaml").exit_code == 2


def test_two_at_once_are_refused_and_a_dry_run_is_not(archive):
    with one_at_a_time(archive, "schema apply"):
        refused = ingest(archive)
        assert refused.exit_code == 1
        assert "`schema apply` is at work" in refused.stderr
        assert "would be" in ingest(archive, "--dry-run").stdout
