"""Schemas into the embedded wiki: once, again, after people changed things, and after every kind of failure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from commarchive.errors import AmbiguousError, ConflictError, WikiOutcomeUnknownError, WikiRefusedError
from commarchive.model.schema import Schema
from commarchive.sandbox import Wiki
from commarchive.sandbox.faults import Fault, FaultKind
from commarchive.seeding.applying import apply, make_plan
from commarchive.seeding.lockfile import LOCK_NAME, Lock, load_lock, read_lock, write_lock
from commarchive.seeding.planning import Verb
from commarchive.wikibase.codec import encode_edit
from commarchive.wikibase.edit import WikiEditor, new_marker
from commarchive.wikibase.transport import Request, Response
from tests.wikibase.embedded import labelled, open_wiki, sign_in


def entity(editor: WikiEditor, id_: str):
    return editor.client.entities([id_])[id_]


def everything(editor: WikiEditor) -> dict[str, object]:
    """All entities without their revisions, statements without their ids."""
    ids = [*editor.client.entity_ids("property"), *editor.client.entity_ids("item")]
    found: dict[str, object] = {}
    for id_, each in editor.client.entities(ids).items():
        statements = sorted((s.property_id, s.mainsnak.hash) for s in each.statements)  # type: ignore[union-attr]
        found[id_] = (each.labels, each.descriptions, each.aliases, each.datatype, statements)  # type: ignore[union-attr]
    return found


def texts(editor: WikiEditor, id_: str, property_id: str) -> list[str | None]:
    return [statement.mainsnak.text for statement in entity(editor, id_).statements_of(property_id)]


def revisions(editor: WikiEditor) -> int:
    return editor.client.site().revision


@pytest.fixture
def seeded(schema: Schema, editor: WikiEditor, folder: Path):
    apply(schema, editor, folder)
    return load_lock(folder)


def test_a_plan_writes_nothing(schema, editor, folder):
    planned = make_plan(schema, editor, folder)
    assert [step.verb for step in planned.steps] == [Verb.CREATE] * 12
    assert planned.steps[0].slug == "schema-slug"
    assert revisions(editor) == 0
    assert not (folder / LOCK_NAME).exists()


def test_everything_that_ships_is_made(shipped, editor, folder):
    apply(shipped, editor, folder)
    ids = load_lock(folder)
    assert ids.properties.keys() == shipped.properties.keys()
    assert ids.items.keys() == shipped.items.keys()
    for slug, id_ in ids.properties.items():
        made = entity(editor, id_)
        assert made.datatype == shipped.properties[slug].datatype
        assert made.labels == shipped.properties[slug].labels
        assert made.descriptions == shipped.properties[slug].descriptions
    for slug, id_ in ids.items.items():
        assert entity(editor, id_).aliases == shipped.items[slug].aliases


def test_an_entity_says_which_slug_and_what_it_equals(seeded, editor):
    slug, same, formatter = (
        seeded.properties[name] for name in ("schema-slug", "equivalent-property", "formatter-url")
    )
    assert texts(editor, seeded.properties["country"], slug) == ["country"]
    assert texts(editor, seeded.properties["country"], same) == ["http://www.wikidata.org/entity/P17"]
    assert texts(editor, seeded.items["place"], slug) == ["place"]
    assert texts(editor, slug, slug) == ["schema-slug"]
    assert texts(editor, same, same) == ["http://www.wikidata.org/entity/P1628"]
    assert texts(editor, seeded.properties["wikidata-item"], formatter) == ["https://www.wikidata.org/wiki/$1"]


def test_summaries_name_no_label(seeded, editor):
    assert all("country" not in change.comment for change in editor.client.recent_changes())


def test_a_second_run_changes_nothing(schema, seeded, editor, folder):
    before, lock = revisions(editor), (folder / LOCK_NAME).read_bytes()
    assert make_plan(schema, editor, folder).is_empty
    assert apply(schema, editor, folder).steps == ()
    assert revisions(editor) == before
    assert (folder / LOCK_NAME).read_bytes() == lock


def test_a_rename_a_translation_and_a_removal_are_left_alone(schema, seeded, editor, colleague, folder):
    country = seeded.properties["country"]
    colleague.edit(country, labelled(en="state", de="Staat", fi=""), "", marker=new_marker())
    slug = entity(editor, country).statements_of(seeded.properties["schema-slug"])[0].id
    colleague.edit(country, encode_edit(removed=[slug], descriptions={"fr": ""}), "", marker=new_marker())
    before = revisions(editor)
    assert make_plan(schema, editor, folder).is_empty
    apply(schema, editor, folder)
    assert revisions(editor) == before


def test_a_new_language_is_added_where_the_wiki_has_none(schema, seeded, editor, colleague, folder):
    country = seeded.properties["country"]
    colleague.edit(country, labelled(sv="stat"), "", marker=new_marker())
    richer = replace(
        schema.properties["country"], labels={**schema.properties["country"].labels, "sv": "land", "et": "riik"}
    )
    schema = Schema({**schema.properties, "country": richer}, schema.items)
    (step,) = make_plan(schema, editor, folder).steps
    assert (step.verb, step.slug, step.parts) == (Verb.ADD, "country", ("label@et",))
    apply(schema, editor, folder)
    labels = entity(editor, country).labels
    assert (labels["sv"], labels["et"]) == ("stat", "riik")
    colleague.edit(country, labelled(et=""), "", marker=new_marker())
    assert make_plan(schema, editor, folder).is_empty, "what we wrote once is people's"


def test_a_new_definition_is_added_to_an_old_wiki(schema, shipped, seeded, editor, folder):
    schema = Schema(schema.properties, {**schema.items, "source": shipped.items["source"]})
    apply(schema, editor, folder)
    assert load_lock(folder).items["source"] == "Q4"


def test_a_restricted_definition_carries_its_condition(schema, editor, folder):
    secret = replace(schema.items["place"], condition="elders")
    apply(Schema(schema.properties, {"place": secret}), editor, folder)
    ids = load_lock(folder)
    assert texts(editor, ids.items["place"], ids.properties["access-condition"]) == ["elders"]
    first = next(iter(editor.client.revisions(ids.items["place"])))
    assert first.entity is not None
    assert first.entity.statements_of(ids.properties["access-condition"]), "it was never there without it"


def test_a_lost_lock_is_found_again_by_what_entities_say(schema, seeded, editor, folder):
    lock = read_lock(folder)
    (folder / LOCK_NAME).unlink()
    before = revisions(editor)
    assert {step.verb for step in make_plan(schema, editor, folder).steps} == {Verb.ADOPT}
    apply(schema, editor, folder)
    assert read_lock(folder) == lock
    assert revisions(editor) == before


def test_what_people_removed_stays_removed_when_the_lock_is_lost(schema, seeded, editor, colleague, folder):
    colleague.edit(seeded.properties["country"], labelled(fi=""), "", marker=new_marker())
    (folder / LOCK_NAME).unlink()
    apply(schema, editor, folder)
    assert "fi" not in entity(editor, seeded.properties["country"]).labels


@pytest.fixture
def foreign(colleague):
    """A wiki that had properties before: one that says what equals what, and a country."""
    same = colleague.create("property", labelled(en="same as") | {"datatype": "url"}, "", new_marker()).id
    self_description = _url_statement(same, "https://www.wikidata.org/wiki/Property:P1628")
    colleague.edit(same, self_description, "", marker=new_marker())
    country = _property(colleague, "land", "wikibase-item", same, "http://www.wikidata.org/entity/P17")
    return {"equivalent-property": same, "country": country}


def _property(editor, label: str, datatype: str, same: str, url: str) -> str:
    data = labelled(en=label) | {"datatype": datatype} | _url_statement(same, url)
    made: str = editor.create("property", data, "", new_marker()).id
    return made


def _url_statement(property_id: str, url: str) -> dict[str, object]:
    snak = {"snaktype": "value", "property": property_id, "datavalue": {"type": "string", "value": url}}
    return {"claims": [{"mainsnak": snak, "type": "statement", "rank": "normal"}]}


def test_properties_that_say_what_they_equal_are_adopted(foreign, schema, editor, folder):
    steps = {step.slug: step for step in make_plan(schema, editor, folder).steps}
    assert steps["country"].verb is Verb.ADOPT
    assert steps["country"].entity_id == foreign["country"]
    apply(schema, editor, folder)
    ids = load_lock(folder)
    assert ids.properties | foreign == ids.properties
    country = entity(editor, foreign["country"])
    assert country.labels == {"en": "land", "fi": "valtio", "fr": "pays"}
    assert texts(editor, country.id, ids.properties["schema-slug"]) == ["country"]
    assert len(texts(editor, country.id, ids.properties["equivalent-property"])) == 1
    assert make_plan(schema, editor, folder).is_empty


def test_two_candidates_go_to_a_person_who_chooses_in_the_lock(foreign, schema, editor, colleague, folder):
    another = _property(
        colleague, "nation", "wikibase-item", foreign["equivalent-property"], "http://www.wikidata.org/entity/P17"
    )
    before = revisions(editor)
    with pytest.raises(AmbiguousError, match=f"`{foreign['country']}` and `{another}` could each be") as caught:
        apply(schema, editor, folder)
    assert "country: ID" in caught.value.hint
    assert LOCK_NAME in caught.value.hint
    assert revisions(editor) == before
    (folder / LOCK_NAME).write_text(f"properties:\n  country: {another}\n")
    apply(schema, editor, folder)
    assert load_lock(folder).properties["country"] == another


def test_two_properties_that_describe_go_to_a_person(foreign, schema, editor, colleague, folder):
    other = colleague.create("property", labelled(en="equals") | {"datatype": "url"}, "", new_marker()).id
    colleague.edit(other, _url_statement(other, "http://www.wikidata.org/entity/P1628"), "", marker=new_marker())
    with pytest.raises(AmbiguousError, match="equivalent-property"):
        make_plan(schema, editor, folder)


def test_a_label_that_is_taken_goes_to_a_person(schema, editor, colleague, folder):
    taken = colleague.create("property", labelled(fi="valtio") | {"datatype": "string"}, "", new_marker()).id
    with pytest.raises(AmbiguousError, match=f"called `valtio` \\(fi\\), and so is `{taken}`"):
        apply(schema, editor, folder)
    assert revisions(editor) == 1


def test_a_name_that_the_wiki_refuses_is_told_and_the_rest_is_made(schema, editor, colleague, folder):
    place = schema.items["place"]
    same = encode_edit(labels={"en": place.labels["en"]}, descriptions={"en": place.descriptions["en"]})
    taken = colleague.create("item", same, "", new_marker())
    with pytest.raises(ConflictError, match="refuses a name") as caught:
        apply(schema, editor, folder)
    assert taken.id in str(caught.value)
    assert load_lock(folder).items.keys() == {"person", "representative-list"}
    colleague.edit(taken.id, labelled(en="somewhere"), "", marker=new_marker())
    apply(schema, editor, folder)
    assert make_plan(schema, editor, folder).is_empty


@pytest.mark.parametrize("adopted", [False, True])
def test_another_datatype_is_refused(adopted, foreign, schema, editor, colleague, folder):
    wrong = _property(
        colleague, "nation", "string", foreign["equivalent-property"], "http://www.wikidata.org/entity/P131"
    )
    located = replace(
        schema.properties["country"], slug="located-in", equivalents=("http://www.wikidata.org/entity/P131",)
    )
    schema = Schema({**schema.properties, "located-in": replace(located, labels={"en": "in"})}, schema.items)
    if not adopted:
        (folder / LOCK_NAME).write_text(f"properties:\n  located-in: {wrong}\n")
    before = revisions(editor)
    with pytest.raises(ConflictError, match=r"datatype `string`, and the schema says `wikibase-item`") as caught:
        apply(schema, editor, folder)
    assert not isinstance(caught.value, AmbiguousError)
    assert revisions(editor) == before


def test_the_lock_of_another_wiki_is_refused(schema, editor, folder):
    write_lock(folder, Lock(wiki="https://elsewhere.example/entity/", properties={"country": "P1"}))
    with pytest.raises(ConflictError, match=r"elsewhere\.example"):
        make_plan(schema, editor, folder).refuse_conflicts()
    with pytest.raises(ConflictError, match=r"elsewhere\.example"):
        apply(schema, editor, folder)
    assert revisions(editor) == 0


def test_an_id_that_the_wiki_does_not_have_is_refused(schema, editor, folder):
    write_lock(folder, Lock(properties={"country": "P99"}, items={"place": "Q99"}))
    with pytest.raises(ConflictError) as caught:
        apply(schema, editor, folder)
    assert "P99" in str(caught.value)
    assert "Q99" in str(caught.value)
    assert revisions(editor) == 0


def test_one_id_for_two_slugs_is_refused(schema, seeded, editor, folder):
    lock = read_lock(folder)
    write_lock(folder, lock.with_id("item", "person", lock.items["place"]))
    with pytest.raises(ConflictError, match="to both"):
        apply(schema, editor, folder)


def test_a_class_that_was_merged_away_is_followed(schema, seeded, editor, colleague, folder):
    other = colleague.create("item", labelled(en="Ort"), "", new_marker()).id
    colleague.merge(seeded.items["place"], other, "", new_marker())
    apply(schema, editor, folder)
    assert load_lock(folder).items["place"] == other
    assert make_plan(schema, editor, folder).is_empty


class KilledError(BaseException):
    """The process was killed here."""


class KillingTransport:
    """Kills the process before or after the n-th edit that it carries."""

    def __init__(self, wiki: Wiki, at: int, *, after: bool) -> None:
        self._transport = wiki.transport()
        self.base_url = self._transport.base_url
        self._left = at
        self._after = after

    def send(self, request: Request, *, timeout: float) -> Response:
        if request.form.get("action") != "wbeditentity":
            return self._transport.send(request, timeout=timeout)
        self._left -= 1
        if self._left == 0 and not self._after:
            raise KilledError
        answer = self._transport.send(request, timeout=timeout)
        if self._left == 0:
            raise KilledError
        return answer


def undisturbed(schema: Schema, tmp_path: Path) -> tuple[dict[str, object], Lock]:
    place = tmp_path / "undisturbed"
    place.mkdir()
    with open_wiki(place / "wiki.db") as wiki:
        apply(schema, sign_in(wiki), place)
        return everything(sign_in(wiki)), read_lock(place)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("every", [1, 2, 7])
def test_killed_at_any_edit_it_goes_on_without_duplicates(every, after, schema, wiki, editor, folder, tmp_path):
    expected, lock = undisturbed(schema, tmp_path)
    for _ in range(40):
        transport = KillingTransport(wiki, every, after=after)
        try:
            apply(schema, sign_in(wiki, transport=transport), folder)
            break
        except KilledError:
            if every == 1 and not after:
                # Nothing ever gets through; a run without a kill has to find nothing amiss.
                apply(schema, editor, folder)
    assert everything(editor) == expected
    assert read_lock(folder) == lock


def test_killed_at_any_note_it_goes_on_without_duplicates(schema, wiki, editor, folder, tmp_path, monkeypatch):
    expected, lock = undisturbed(schema, tmp_path)
    replace_file = Path.replace
    for at in range(1, 30):
        left = at % 4 + 1
        after = at % 2 == 0

        def killing(self, target, after=after):
            nonlocal left
            left -= 1
            if left == 0 and not after:
                raise KilledError
            replace_file(self, target)
            if left == 0:
                raise KilledError

        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", killing)
            try:
                apply(schema, sign_in(wiki), folder)
            except KilledError:
                continue
            break
    apply(schema, editor, folder)
    assert everything(editor) == expected
    assert read_lock(folder) == lock


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE_AFTER_COMMIT, FaultKind.SILENT_AFTER_COMMIT])
def test_answers_that_are_lost_make_no_duplicates(kind, schema, wiki, editor, folder, tmp_path):
    expected, lock = undisturbed(schema, tmp_path)
    wiki.faults.add(*[Fault(kind, "wbeditentity", skip=1) for _ in range(5)])
    try:
        apply(schema, editor, folder)
    except WikiOutcomeUnknownError:
        apply(schema, editor, folder)
    assert everything(editor) == expected
    assert read_lock(folder) == lock


def test_an_account_that_is_blocked_stops_and_goes_on_later(schema, wiki, editor, folder):
    wiki.faults.add(Fault(FaultKind.BLOCK, "wbeditentity", skip=8))
    with pytest.raises(WikiRefusedError):
        apply(schema, editor, folder)
    wiki.unblock("Commarchive")
    apply(schema, editor, folder)
    assert make_plan(schema, editor, folder).is_empty
    assert len(list(editor.client.entity_ids("property"))) == 9


def test_an_addition_that_the_wiki_refuses_is_told_and_done_later(schema, wiki, editor, folder):
    wiki.faults.add(Fault(FaultKind.EDIT_CONFLICT, "wbeditentity", skip=12))
    with pytest.raises(WikiRefusedError, match="editconflict"):
        apply(schema, editor, folder)
    assert len(make_plan(schema, editor, folder).steps) > 0
    apply(schema, editor, folder)
    assert make_plan(schema, editor, folder).is_empty


def test_progress_counts_the_steps(schema, editor, folder):
    told: list[int] = []
    applied = apply(schema, editor, folder, progress=told.append)
    assert sum(told) == len(applied.steps) >= 12
