"""Tables into the embedded wiki: once, again, changed, and after every kind of failure."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text

from commarchive.errors import IngestError, WikiOutcomeUnknownError, WikiRefusedError, WikiUnavailableError
from commarchive.ingest.ledger import SHARED, Ledger
from commarchive.ingest.run import Ingest
from commarchive.model.schema import SchemaIds
from commarchive.policy.targets import ENTITY
from commarchive.policy.vocabulary import Vocabulary
from commarchive.sandbox.faults import Fault, FaultKind
from commarchive.wikibase.codec import encode_edit
from commarchive.wikibase.edit import new_marker
from tests.wikibase.embedded import ACCOUNT, labelled, sign_in

from .conftest import COLUMNS, COUNTRIES, MAPPING, ROW, row


def test_a_row_becomes_a_record(place):
    report = place.run(ROW)
    assert (report.created, report.things, report.rejected) == (1, 2, [])
    song = place.entity("Song of dawn")
    assert song.labels == {"en": "Song of dawn", "fi": "Aamulaulu"}
    assert song.descriptions == {"en": "a song"}
    assert song.aliases == {"en": ("Dawn song", "Morning song")}
    assert place.values(song, "community") == ["village"]
    assert place.values(song, "access-condition") == ["all(elders, any(singers, members))"]
    assert place.values(song, "record-state") == ["live"]
    assert place.values(song, "outsiders-see") == ["hidden"]
    assert place.values(song, "practice-description") == [{"text": "It is sung at dawn.", "language": "en"}]
    assert [v["id"] for v in place.values(song, "instance-of")] == [place.ids.items["practice"]]
    assert [v["id"] for v in place.values(song, "genre")] == [place.ids.items["domain-performing-arts"]]
    assert place.values(song, "month") == []


def test_values_of_one_cell_have_qualifiers_and_sources_each(place):
    place.run(ROW)
    song = place.entity("Song of dawn")
    countries = song.statements_of(place.ids.properties["country"])
    assert [s.mainsnak.value.value["id"] for s in countries] == [place.entity(n).id for n in ("Finland", "Norway")]
    for statement in countries:
        (since,) = statement.qualifiers
        assert (since.property_id, since.value.value["precision"]) == (place.ids.properties["retrieved"], 10)
        (book,) = statement.references
        assert [snak.property_id for snak in book.snaks] == [
            place.ids.properties[s] for s in ("reference-url", "retrieved")
        ]
    (page,) = song.statements_of(place.ids.properties["described-at-url"])
    assert page.references == ()


def test_a_statement_carries_its_own_condition(place):
    place.run(ROW)
    (statement,) = place.entity("Song of dawn").statements_of(place.ids.properties["practice-description"])
    (condition,) = statement.qualifiers
    assert condition.property_id == place.ids.properties["access-condition"]
    assert condition.text == "elders"


def test_a_record_was_never_there_without_its_condition(place):
    place.run(ROW)
    first = next(iter(place.editor.client.revisions(place.entity("Song of dawn").id)))
    assert place.values(first.entity, "access-condition") == ["all(elders, any(singers, members))"]


def test_a_second_run_writes_nothing_and_reads_no_record(place, wiki):
    place.run(ROW, row(key="dusk", name="Song of dusk"))
    before = place.revision()
    wiki.faults.add(Fault(FaultKind.UNAVAILABLE, "wbeditentity", times=99))
    report = place.run()
    assert (report.unchanged, report.writes) == (2, 0)
    assert place.revision() == before


def test_things_are_made_once_for_all_rows_and_mappings(place):
    place.run(ROW, row(key="dusk", name="Song of dusk", countries="Norge|Finland"))
    place.run(mapping=MAPPING.replace("id: songs", "id: others").replace("a song", "another song"))
    songs = ["Song of dawn", "Song of dawn", "Song of dusk", "Song of dusk"]
    assert sorted(e.labels["en"] for e in place.items().values()) == ["Finland", "Norway", *songs]
    assert place.values(place.entity("Norway"), "wikidata-item") == ["Q20"]
    assert place.values(place.entity("Finland"), "access-condition") == ["public"]


def test_an_item_that_says_it_is_the_thing_is_used_and_never_changed(place, colleague):
    finland = _finland(place, colleague)
    place.run(ROW)
    song = place.entity("Song of dawn")
    assert place.values(song, "country")[0]["id"] == finland
    assert place.entity("Suomi").labels == {"en": "Suomi"}
    place.folder.joinpath("countries.csv").write_text(
        COUNTRIES.replace("Finland,", "Finland,").replace("Norway,", "Noreg,")
    )
    place.run(row(countries="Finland"))
    assert place.entity("Suomi").labels == {"en": "Suomi"}


def _finland(place, editor, label="Suomi"):
    from commarchive.model.entity import DataValue, Snak, Statement

    says = Statement("", Snak(place.ids.properties["wikidata-item"], value=DataValue("string", "Q33")))
    made = editor.create("item", encode_edit(labels={"en": label}, statements=[says]), "", new_marker())
    return made.id


def test_two_items_that_say_they_are_the_thing_reject_the_rows_that_need_it(place, colleague):
    ids = [_finland(place, colleague), _finland(place, colleague, "Finland too")]
    report = place.run(ROW, row(key="dusk", name="Song of dusk", countries="Norway"))
    (rejected,) = report.rejected
    assert (rejected.line, rejected.column) == (2, "countries")
    assert all(id_ in rejected.message for id_ in ids)
    assert report.created == 1


def test_a_thing_that_was_deleted_rejects_the_rows_that_need_it(place, colleague):
    place.run(ROW)
    colleague.delete(place.entity("Finland").id, "a test")
    report = place.run(row(name="Song of the dawn"))
    (rejected,) = report.rejected
    assert "deleted in the wiki" in rejected.message
    assert place.entity("Song of dawn")


def test_a_thing_that_was_merged_is_followed(place, colleague):
    place.run(ROW)
    other = colleague.create("item", labelled(en="Republic of Finland"), "", new_marker()).id
    colleague.merge(place.entity("Finland").id, other, "", new_marker())
    report = place.run()
    assert report.updated == 1
    assert other in [value["id"] for value in place.values(place.entity("Song of dawn"), "country")]
    assert len(place.values(place.entity("Song of dawn"), "country")) == 2
    assert place.run().writes == 0


def test_an_item_by_its_wikidata_id_has_to_be_there(place, colleague):
    may = row(month="Q119")
    (rejected,) = place.run(may).rejected
    assert (rejected.line, rejected.column) == (2, "month")
    assert "no item says that it is Wikidata's Q119" in rejected.message
    from commarchive.model.entity import DataValue, Snak, Statement

    says = Statement("", Snak(place.ids.properties["wikidata-item"], value=DataValue("string", "Q119")))
    made = colleague.create("item", encode_edit(labels={"en": "May"}, statements=[says]), "", new_marker())
    assert place.run(may).created == 1
    assert place.values(place.entity("Song of dawn"), "month")[0]["id"] == made.id


BAD = {
    "no condition": ({"condition": ""}, "condition", "nothing is said of its access condition"),
    "no community": ({"community": ""}, "community", "nothing is said of its community"),
    "no state": ({"state": " "}, "state", "nothing is said of its record state"),
    "no level": ({"outsiders": ""}, "outsiders", "nothing is said of its outsiders see"),
    "an unknown protocol": ({"condition": "elder"}, "condition", "`elder`"),
    "an unknown protocol inside": ({"condition": "any(public, all(elders, x))"}, "condition", "`x`"),
    "a condition that is none": ({"condition": "elders or singers"}, "condition", "expected the end"),
    "an unknown community": ({"community": "town"}, "community", "`town`"),
    "an unknown state": ({"state": "Live"}, "state", "`Live`"),
    "an unknown level": ({"outsiders": "all"}, "outsiders", "`all`"),
    "a statement without its condition": ({"text_condition": ""}, "text_condition", "who may see this"),
    "a statement with a wrong condition": ({"text_condition": "x"}, "text_condition", "`x`"),
    "no name": ({"name": "", "nimi": ""}, "name, nimi", "no name"),
    "no key": ({"key": ""}, "key", "nothing says which record"),
    "a key beyond all sense": ({"key": "x" * 600}, "key", "too long"),
    "a name beyond the limit": ({"name": "x" * 251}, "name", "251 characters"),
    "an alias of two lines": ({"other_names": "a\nb"}, "other_names", "line break"),
    "a date that is none": ({"since": "May 1990"}, "since", "no such date"),
    "a place that is none": ({"point": "here"}, "point", "no place on the map"),
    "an address that is none": ({"page": "songs"}, "page", "no address"),
    "a source's date that is none": ({"read_on": "2026"}, "read_on", "2008-05-31"),
    "a country that is none": ({"countries": "Finland|Norwy"}, "countries", "is it `Norway`?"),
    "a country whose id is none": ({"countries": "Nowhere"}, "countries", "`33` is no item's id"),
    "an id that is none": ({"month": "May"}, "month", "`May` is no item's id"),
    "an unknown word": ({"domain": "crafts"}, "domain", "expected `craft`"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_told_and_rejected_alone(name, place):
    cells, column, message = BAD[name]
    report = place.run(ROW, row(key="bad", name="Bad song") | cells, row(key="dusk", name="Song of dusk"))
    (rejected,) = report.rejected
    assert (rejected.file, rejected.line, rejected.column) == ("songs.csv", 3, column)
    assert message in rejected.message
    assert report.created == 2
    assert {e.labels["en"] for e in place.items().values()} == {"Song of dawn", "Song of dusk", "Finland", "Norway"}


def test_a_cell_that_has_to_say_something_does(place):
    mapping = MAPPING.replace(
        "  - {property: coordinates, column: point}", "  - {property: coordinates, column: point, required: true}"
    )
    (rejected,) = place.run(row(point=""), mapping=mapping).rejected
    assert (rejected.column, rejected.message) == ("point", "nothing stands here")


def test_a_slug_that_no_schema_has_is_rejected(place):
    mapping = MAPPING.replace(
        "by: slug, slugs: {craft: domain-craftsmanship, arts: domain-performing-arts}", "by: slug"
    )
    report = place.run(row(domain="domain-of-arts"), row(key="b", domain="domain-craftsmanship"), mapping=mapping)
    (rejected,) = report.rejected
    assert (rejected.line, rejected.column) == (2, "domain")
    assert "`domain-of-arts`" in rejected.message
    assert report.created == 1


def test_a_thing_that_cannot_be_a_record_rejects_the_rows_that_need_it(place):
    (place.folder / "countries.csv").write_text(f"name,id\n{'x' * 251},Q33\nNorway,Q20\n")
    report = place.run(row(countries="x" * 251), row(key="b", countries="Norway"))
    (rejected,) = report.rejected
    assert (rejected.line, rejected.column) == (2, "countries")
    assert "countries.csv:2: the text has 251 characters" in rejected.message


def test_a_thing_that_the_wiki_refuses_rejects_the_rows_that_need_it(place, wiki):
    wiki.faults.add(Fault(FaultKind.EDIT_CONFLICT, "wbeditentity"))
    report = place.run(ROW, row(key="b", name="Song B", countries="Norway"))
    assert [(r.file, r.line, r.column) for r in report.rejected] == [
        ("countries.csv", 2, ""),
        ("songs.csv", 2, "countries"),
    ]
    assert report.created == 1
    assert place.run().created == 1


def test_the_same_row_twice_is_taken_once(place):
    report = place.run(ROW, row(name="Another"))
    assert [(r.line, r.column, r.message) for r in report.rejected] == [
        (3, "key", "the row is there already, in line 2"),
    ]
    assert place.entity("Song of dawn")


def test_a_row_of_another_length_is_rejected_alone(place):
    path = place.write(ROW)
    path.write_text(path.read_text() + "a,b\n")
    report = place.run()
    assert (report.created, [r.line for r in report.rejected]) == (1, [3])


def test_what_the_wiki_refuses_is_rejected_alone(place, colleague):
    taken = encode_edit(labels={"en": "Song of dawn"}, descriptions={"en": "a song"})
    other = colleague.create("item", taken, "", new_marker()).id
    report = place.run(ROW, row(key="dusk", name="Song of dusk"))
    (rejected,) = report.rejected
    assert rejected.line == 2
    assert other in rejected.message
    assert report.created == 1
    colleague.edit(other, labelled(en="Another song"), "", marker=new_marker())
    assert place.run().created == 1


def test_a_changed_row_changes_only_that(place, colleague):
    place.run(ROW)
    song = place.entity("Song of dawn")
    colleague.edit(song.id, labelled(se="Idjalávlla", fi="Laulu"), "", marker=new_marker())
    report = place.run(row(name="Song of the dawn", condition="elders", countries="Finland", nimi="Aamun laulu"))
    assert (report.updated, report.created, report.things) == (1, 0, 0)
    after = place.entity("Song of the dawn")
    assert after.id == song.id
    assert after.labels == {"en": "Song of the dawn", "fi": "Laulu", "se": "Idjalávlla"}
    assert [(k.line, k.entity, k.what) for k in report.kept] == [(2, song.id, "label@fi")]
    assert place.values(after, "access-condition") == ["elders"]
    assert len(place.values(after, "country")) == 1
    assert place.run().writes == 0


def test_a_change_that_people_made_already_is_no_edit(place, colleague):
    place.run(ROW)
    song = place.entity("Song of dawn")
    colleague.edit(song.id, labelled(en="Song of the dawn"), "", marker=new_marker())
    before = place.revision()
    assert place.run(row(name="Song of the dawn")).unchanged == 1
    assert place.revision() == before
    assert place.run().unchanged == 1


def test_a_record_that_people_deleted_is_not_made_again(place, colleague):
    place.run(ROW)
    colleague.delete(place.entity("Song of dawn").id, "a test")
    assert place.run().writes == 0
    report = place.run(row(name="Song of the dawn"))
    assert "was deleted in the wiki" in report.rejected[0].message
    assert report.writes == 0


def test_a_record_that_was_merged_is_followed(place, colleague):
    place.run(ROW)
    other = colleague.create("item", labelled(en="An older record"), "", new_marker()).id
    colleague.merge(place.entity("Song of dawn").id, other, "", new_marker())
    assert place.run(row(outsiders="exists")).updated == 1
    assert place.values(place.entity("An older record"), "outsiders-see") == ["exists"]


def test_a_thing_that_changed_in_its_table_is_changed(place):
    place.run(ROW)
    (place.folder / "countries.csv").write_text(COUNTRIES.replace("Finland,Q33", "Finland,Q33").replace("name", "name"))
    mapping = MAPPING.replace(
        "labels: {en: {column: name}}\n    policy",
        "labels: {en: {column: name}}\n    descriptions: {en: {value: a country}}\n    policy",
    )
    report = place.run(mapping=mapping)
    assert (report.updated, report.unchanged) == (2, 1)
    assert place.entity("Finland").descriptions == {"en": "a country"}


def test_rows_that_are_gone_are_counted_and_left(place):
    place.run(ROW, row(key="dusk", name="Song of dusk"))
    report = place.run(ROW)
    assert (report.absent, report.unchanged) == (1, 1)
    assert place.entity("Song of dusk")


def test_a_dry_run_writes_nothing_anywhere(place, colleague):
    place.run(row(countries="Norway"))
    place.write(
        row(countries="Norway", name="Song of the dawn"), row(key="dusk", name="Song of dusk"), row(key="x", state="")
    )
    revision, ledger = place.revision(), (place.folder / "register.db").read_bytes()
    report = place.ingest().plan()
    assert (report.created, report.updated, report.things, len(report.rejected)) == (1, 1, 1, 1)
    assert place.revision() == revision
    assert (place.folder / "register.db").read_bytes() == ledger
    done = place.run()
    assert (done.created, done.updated, done.things, len(done.rejected)) == (1, 1, 1, 1)


def test_a_dry_run_of_the_first_table_makes_no_ledger(place):
    place.write(ROW)
    engine = create_engine("sqlite://")
    schema = place.manifest.schema
    report = Ingest(place.intake(), schema, place.ids, place.editor, Ledger(engine, read_only=True)).plan()
    assert (report.created, report.things) == (1, 2)
    assert inspect(engine).get_table_names() == []
    assert list(place.items()) == []


def test_a_wiki_without_the_schema_is_refused(place):
    place.write(ROW)
    place.ids = SchemaIds({}, {})
    with pytest.raises(IngestError, match="`access-condition` of the schemas yet") as caught:
        place.intake()
    assert "schema apply" in caught.value.hint


@pytest.mark.parametrize(
    ("countries", "says"),
    [
        ("name,id\nFinland,Q33\nFinland,Q34\n", r"countries\.csv:3: `Finland` is there already, in line 2"),
        ("name,id\n,Q33\n", r"countries\.csv:2: nothing stands in `name`"),
        ("name,id\nFinland,\n", r"countries\.csv:2: nothing stands in `id`"),
        ("name,id\nFinland\n", r"countries\.csv:2: the row has 1 cells"),
        ("name,qid\nFinland,Q33\n", "`id` is missing"),
        (None, "cannot be read"),
    ],
)
def test_a_table_of_things_that_is_wrong_stops_everything(countries, says, place):
    path = place.folder / "countries.csv"
    if countries is None:
        path.unlink()
    else:
        path.write_text(countries)
    with pytest.raises(IngestError, match=says):
        place.run(ROW)
    assert list(place.items()) == []


def test_things_without_wikidata_are_made_once_too(place):
    mapping = MAPPING.replace("    wikidata: id\n", "").replace(
        "    file: countries.csv\n", "    rows: [{name: Finland}, {name: Norway}]\n"
    )
    place.run(ROW, mapping=mapping)
    place.run(ROW, row(key="dusk", name="Song of dusk"), mapping=mapping)
    assert len(place.items()) == 4
    assert place.values(place.entity("Finland"), "wikidata-item") == []


def test_what_was_written_is_handed_on(place, hand_on, handed_on):
    place.run(ROW, on_batch=hand_on)
    things, records = handed_on
    song = place.entity("Song of dawn")
    assert records == {song.id: song.revision}
    assert set(things) == {place.entity("Finland").id, place.entity("Norway").id}
    place.run(on_batch=hand_on)
    assert len(handed_on) == 2


def test_what_could_not_be_handed_on_is_handed_on_again(place, hand_on, handed_on):
    def broken(_written):
        raise RuntimeError("the register is away")

    with pytest.raises(RuntimeError):
        place.run(ROW, on_batch=broken)
    assert set(place.run(on_batch=hand_on).rejected) == set()
    assert set().union(*handed_on) == set(place.items())


def test_a_register_may_be_shared_with_other_tables(place):
    with place.engine.begin() as connection:
        connection.execute(text("CREATE TABLE other (id INTEGER)"))
    place.run(ROW)
    assert Ledger(place.engine).entries(SHARED).keys() == {"Q33", "Q20"}


def test_progress_counts_every_row(place):
    told: list[int] = []
    place.run(ROW, row(key="dusk", state=""), row(key="dusk", name="Song of dusk"), progress=told.append)
    assert sum(told) == 3


def test_summaries_name_no_value(place):
    place.run(ROW)
    place.run(row(name="Song of the dawn"))
    assert not any("dawn" in change.comment.lower() for change in place.editor.client.recent_changes())


FAULTS = [
    Fault(FaultKind.UNAVAILABLE_AFTER_COMMIT, "wbeditentity"),
    Fault(FaultKind.SILENT_AFTER_COMMIT, "wbeditentity", skip=2),
    Fault(FaultKind.SILENT, "wbeditentity", skip=1),
    Fault(FaultKind.MAXLAG, times=2),
    Fault(FaultKind.TOO_MANY_REQUESTS, "wbeditentity", times=2),
    Fault(FaultKind.RATE_LIMITED, "wbeditentity"),
    Fault(FaultKind.READ_ONLY, "wbeditentity"),
    Fault(FaultKind.BAD_TOKEN, "wbeditentity", skip=1),
    Fault(FaultKind.SESSION_LOST, "wbeditentity", skip=1),
    Fault(FaultKind.UNAVAILABLE, "query", times=2),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.kind))
def test_a_wiki_in_trouble_makes_no_difference(fault, place, wiki):
    wiki.faults.add(Fault(**{name: getattr(fault, name) for name in ("kind", "action", "times", "skip")}))
    place.run(ROW, row(key="dusk", name="Song of dusk"))
    assert len(wiki.faults) == 0
    assert len(place.items()) == 4
    assert place.run().unchanged == 2


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.READ_ONLY, WikiUnavailableError),
        (FaultKind.SILENT, WikiOutcomeUnknownError),
        (FaultKind.ABUSE_FILTER, WikiRefusedError),
        (FaultKind.BLOCK, WikiRefusedError),
    ],
)
def test_a_wiki_that_fails_for_long_stops_and_the_next_run_goes_on(kind, error, place, wiki):
    wiki.faults.add(Fault(kind, "wbeditentity", times=99, skip=3))
    rows = [row(key=str(n), name=f"Song {n}") for n in range(4)]
    with pytest.raises(error):
        place.run(*rows)
    assert len(place.items()) == 3
    wiki.faults.clear()
    if kind is FaultKind.BLOCK:
        wiki.unblock(ACCOUNT)
    report = place.run()
    assert (report.created, report.unchanged) == (3, 1)
    assert len(place.items()) == 6


def test_an_edit_conflict_rejects_the_row_until_the_next_run(place, wiki):
    place.run(ROW)
    wiki.faults.add(Fault(FaultKind.EDIT_CONFLICT, "wbeditentity"))
    assert "refuses" in place.run(row(name="Song of the dawn")).rejected[0].message
    assert place.run().updated == 1


def test_another_session_goes_on_where_one_was_killed(place, wiki, monkeypatch):
    class KilledError(BaseException):
        pass

    def killed(*_args, **_words):
        raise KilledError

    place.write(ROW, row(key="dusk", name="Song of dusk"))
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "done", killed)
        with pytest.raises(KilledError):
            place.ingest().run()
    assert {intent.key for intent in Ledger(place.engine).pending()} == {"*|Q20", "*|Q33"}
    report = place.ingest(editor=sign_in(wiki)).run()
    assert report.created == 2
    assert len(place.items()) == 4


def test_what_ingest_writes_is_what_the_policy_reads(place):
    from commarchive.policy.said import read_said

    place.run(ROW)
    vocabulary = Vocabulary.of(place.manifest.schema, place.ids)
    said = read_said(place.entity("Song of dawn"), place.manifest.archive, vocabulary)
    assert said.problems == ()
    assert said.communities == ("village",)
    assert str(said.conditions[ENTITY]) == "all(any(members(village), singers), elders)"


def test_the_real_inventory_is_taken_in_whole(place):
    from dataclasses import replace

    from commarchive.ingest.intake import read_intake
    from commarchive.ingest.load import load_mapping
    from commarchive.model.archive import Community
    from commarchive.resources import data_path

    archive = replace(place.manifest.archive, communities={"inventory": Community("inventory")})
    path = data_path("mappings", "living-heritage-ingest.yaml")
    mapping = load_mapping(path, place.manifest.schema, archive, root=path.parent)
    elements = data_path("examples", "living-heritage", "elements.csv")
    intake = read_intake(elements, mapping, place.manifest.schema, place.ids, archive)
    ingest = Ingest(intake, place.manifest.schema, place.ids, place.editor, Ledger(place.engine))
    report = ingest.run()
    assert (report.created, report.things, report.rejected) == (69, 56, [])
    boats = place.entity("Nordic clinker boat traditions")
    assert len(place.values(boats, "country")) == 5
    (listed,) = boats.statements_of(place.ids.properties["list-membership"])
    assert listed.qualifiers[0].value is not None
    assert listed.qualifiers[0].value.value["time"] == "+2021-00-00T00:00:00Z"
    assert len(listed.references) == 2


def test_columns_of_the_table_may_be_more_than_are_read(place):
    place.write(row(extra="x"), columns=["extra", *COLUMNS])
    assert place.run().created == 1
