"""Reading a project: what counts has to be there, what is optional may be missing or misshapen."""

from __future__ import annotations

from typing import Any

import pytest

from commarchive.localcontexts.project import MalformedError, Privacy, Wording, known_mark, read_project
from commarchive.model.local_contexts import LABELS, NOTICES
from tests.localcontexts.fakehub import ATTRIBUTION, CLAN, PLACES, SECRET_SACRED, SONGS, label, notice, project


def test_labels_and_notices_of_one_project_are_read_together():
    read = read_project(
        project(
            tk_labels=[label(SECRET_SACRED, "secret_sacred", "TK Secret / Sacred (TK SS)")],
            bc_labels=[label(CLAN, "clan", "BC Clan (BC CL)")],
            notice=[notice("traditional_knowledge", "Traditional Knowledge (TK) Notice")],
        ),
        SONGS,
    )

    assert (read.id, read.title, read.page) == (SONGS, "Illustrative songs", f"https://hub.example/projects/{SONGS}/")
    assert [mark.mark.abbreviation for mark in read.marks if mark.mark] == ["TK SS", "BC CL", "tk-notice"]
    assert {mark.project for mark in read.marks} == {SONGS}
    assert read.marks[0].community == "An illustrative village"


def test_the_same_label_in_two_projects_is_two():
    one, other = (
        read_project(project(id_, tk_labels=[label(ATTRIBUTION, "attribution", "Ours")]), id_)
        for id_ in (SONGS, PLACES)
    )

    assert one.marks[0].id == other.marks[0].id
    assert (one.marks[0].project, one.marks[0].id) != (other.marks[0].project, other.marks[0].id)


def test_a_clan_label_is_known_by_the_list_in_which_it_stands():
    read = read_project(
        project(tk_labels=[label(CLAN, "clan", "Clan")], bc_labels=[label(CLAN, "clan", "Clan")]), SONGS
    )

    assert [mark.mark for mark in read.marks] == [LABELS["TK CL"], LABELS["BC CL"]]


def test_a_label_that_is_not_known_here_is_kept():
    read = read_project(
        project(tk_labels=[label(CLAN, "of_a_later_year", "New")], notice=[notice("later", "N")]), SONGS
    )

    assert [(mark.what, mark.mark) for mark in read.marks] == [("TK:of_a_later_year", None), ("notice:later", None)]


@pytest.mark.parametrize("mark", [*LABELS.values(), *NOTICES.values()], ids=lambda mark: mark.abbreviation)
def test_the_hubs_word_for_each_is_known(mark):
    prefix = mark.abbreviation[:2] if mark.abbreviation in LABELS else "notice"

    assert known_mark(f"{prefix}:{mark.hub_type}") == (mark if mark.hub_type else None)


def test_translations_are_found_by_language_and_the_original_is_there_for_the_rest():
    translations = [
        {"translated_name": "Oma nimi", "language_tag": "fi", "language": "Finnish", "translated_text": "Teksti."},
        {"translated_name": "Sans texte", "language_tag": "fr", "language": "French"},
    ]
    mark = read_project(
        project(tk_labels=[label(ATTRIBUTION, "attribution", "Ours", translations=translations)]), SONGS
    ).marks[0]

    assert mark.in_language(["se", "fi", "en"]) == Wording("fi", "Oma nimi", "Teksti.")
    assert mark.in_language(["fr"]) == Wording("fr", "Sans texte", "")
    assert mark.in_language(["se"]).name == "Ours"
    assert mark.in_language([]).name == "Ours"


@pytest.mark.parametrize(
    "more",
    [
        {"translations": None, "audiofile": None, "community": None, "svg_url": None, "img_url": None},
        {"translations": "none", "audiofile": 7, "community": 7, "svg_url": [], "img_url": "javascript:alert(1)"},
        {"translations": [7, {}, {"language_tag": "fi"}], "audiofile": "", "community": {}, "svg_url": "//x/y"},
        {"language_tag": None, "label_text": None},
    ],
)
def test_what_is_optional_may_be_missing_or_misshapen(more):
    entry: dict[str, Any] = {**label(ATTRIBUTION, "attribution", "Ours"), **more}

    mark = read_project(project(tk_labels=[entry]), SONGS).marks[0]

    assert len(mark.wordings) == 1
    assert mark.audio == ""


def test_icons_and_audio_are_links():
    entry = label(ATTRIBUTION, "attribution", "Ours", svg_url=None, audiofile="https://storage.example/ours.mp3")

    mark = read_project(project(tk_labels=[entry]), SONGS).marks[0]

    assert (mark.icon, mark.audio) == ("https://storage.example/attribution.png", "https://storage.example/ours.mp3")


def test_the_name_of_a_community_alone_is_enough():
    entry = label(ATTRIBUTION, "attribution", "Ours", community="An illustrative village")

    assert read_project(project(tk_labels=[entry]), SONGS).marks[0].community == "An illustrative village"


@pytest.mark.parametrize(
    ("word", "privacy", "displayed"),
    [
        ("Public", Privacy.PUBLIC, True),
        ("Contributor", Privacy.CONTRIBUTOR, False),
        ("Private", Privacy.PRIVATE, False),
        ("Discoverable", Privacy.PRIVATE, False),
        ("", Privacy.PRIVATE, False),
    ],
)
def test_only_what_the_hub_shows_to_everyone_is_displayed(word, privacy, displayed):
    read = read_project(project(project_privacy=word), SONGS)

    assert (read.privacy, read.is_displayed) == (privacy, displayed)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "no JSON object"),
        ("project", "no JSON object"),
        (project() | {"unique_id": None}, "`unique_id` is no UUID"),
        (project() | {"unique_id": 7}, "`unique_id` is no UUID"),
        (project(PLACES), "another project"),
        (project() | {"title": None}, "`title` is no text"),
        (project() | {"project_privacy": True}, "`project_privacy` is no text"),
        (project() | {"tk_labels": {}}, "`tk_labels` is no list"),
        (project() | {"bc_labels": ["BC P"]}, "`bc_labels` has an entry that is no object"),
        (project(tk_labels=[label("7", "attribution", "Ours")]), "`unique_id of a label` is no UUID"),
        (project(tk_labels=[label(CLAN, "", "Ours")]), "`label_type` is no word"),
        (project(tk_labels=[label(CLAN, "a b", "Ours")]), "`label_type` is no word"),
        (project(tk_labels=[label(CLAN, "x" * 65, "Ours")]), "`label_type` is no word"),
        (project(tk_labels=[label(CLAN, "clan", "Ours") | {"name": None}]), "`name` is no text"),
        (project(notice=[notice("biocultural", "B") | {"notice_type": None}]), "`notice_type` is no text"),
        (project(tk_labels=[label(CLAN, "clan", "Ours")] * 501), "more labels than any project"),
        ({"unique_id": SONGS, "title": "", "project_privacy": "Public"}, "nothing of labels and notices"),
    ],
)
def test_what_is_no_project_is_told(data, why):
    with pytest.raises(MalformedError, match=why):
        read_project(data, SONGS)
