"""The linter over a whole archive, and the commands by which people meet Labels."""

from __future__ import annotations

import pytest

from commarchive.deploy.services import open_archive
from tests.localcontexts.fakehub import (
    ATTRIBUTION,
    BROKEN,
    DENIED,
    KEY,
    MISSING,
    NO_KEY,
    PLACES,
    SECRET_SACRED,
    SONGS,
    label,
    notice,
    project,
    says,
    sends,
)

SACRED = label(SECRET_SACRED, "secret_sacred", "TK Secret / Sacred (TK SS)")
OURS = label(ATTRIBUTION, "attribution", "TK Attribution (TK A)")
LABEL, NOTICE, PROJECT = "local-contexts-label", "local-contexts-notice", "local-contexts-project"


def test_an_archive_in_which_nothing_is_unmeant_says_so(village):
    village.record("A song", (LABEL, "TK A"))

    result = village.run("protocol", "lint")

    assert (result.exit_code, result.stdout) == (0, "nothing looks unmeant\n")


def test_a_label_that_asks_for_restriction_on_an_open_record_is_an_error(village):
    open_, closed = (
        village.record("Open", (LABEL, "TK SS")),
        village.record("Shut", (LABEL, "TK SS"), access=["elders"]),
    )

    result = village.run("protocol", "lint")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "1 error, 0 to be looked at"
    assert village.concerns() == [
        ("error", open_, "the Label `TK SS` says that not everybody may see it, and everybody may")
    ]
    assert closed not in result.stdout
    assert "Open" not in result.stdout


def test_a_draft_is_not_open(village):
    village.record("Draft", (LABEL, "TK SS"), live=False)

    assert village.concerns("label-on-open") == []


def test_a_held_record_is_not_open(village):
    id_ = village.record("Song", (LABEL, "TK SS"))
    village.done("hold", "place", id_, "--reason", "sorrow", "--by", "Aino")

    assert village.concerns("label-on-open") == []


def test_a_steward_gives_a_reason_and_the_error_is_gone(village):
    id_ = village.record("Song", (LABEL, "TK SS"))

    village.done("label", "justify", id_, "TK SS", "--by", "Aino", "--why", "the circle opened it for the feast")

    assert village.run("protocol", "lint").exit_code == 0
    (row,) = [row for row in village.answer("audit", "log") if row["action"] == "label-justified"]
    assert (row["actor"], row["subject"]) == ("Aino", id_)
    assert (row["details"]["label"], row["details"]["why"]) == ("TK SS", "the circle opened it for the feast")
    village.done("audit", "verify")


def test_a_reason_ends_with_the_condition_for_which_it_was_given(village):
    id_ = village.record("Song", (LABEL, "TK SS"))
    village.done("label", "justify", id_, "TK SS", "--by", "Aino", "--why", "for the feast")

    village.done("release", "propose", id_, "--to", "everyone", "--by", "Aino", "--yes")

    assert [about for _, about, _ in village.concerns("label-on-open")] == [id_]


@pytest.mark.parametrize("who", ["host", "Ole", "Nobody"])
def test_nobody_but_a_steward_gives_a_reason(village, who):
    id_ = village.record("Song", (LABEL, "TK SS"))

    result = village.run("label", "justify", id_, "TK SS", "--by", who, "--why", "because")

    assert result.exit_code == 3
    assert f"`{who}` is no steward of `village`" in result.stderr
    assert len(village.concerns("label-on-open")) == 1


@pytest.mark.parametrize(
    ("about", "word", "why", "code", "message"),
    [
        ("Q9999", "TK SS", "because", 1, "no record or protocol `Q9999`"),
        ("song", "TK WG", "because", 1, "has no `TK WG` that needs a reason"),
        ("song", "TK A", "because", 1, "has no `TK A` that needs a reason"),
        ("elders", "TK SS", "because", 1, "has no `TK SS` that needs a reason"),
        ("song", "TK SS", "  ", 2, "a reason says why"),
    ],
)
def test_a_reason_for_nothing_is_refused_and_nothing_is_kept(village, about, word, why, code, message):
    id_ = village.record("Song", (LABEL, "TK SS"), (LABEL, "TK A"))

    result = village.run("label", "justify", id_ if about == "song" else about, word, "--by", "Aino", "--why", why)

    assert result.exit_code == code
    assert message in result.stderr
    with open_archive(village.folder) as archive:
        assert archive.register.justifications.all() == frozenset()


def test_a_notice_is_advice(village):
    id_ = village.record("Song", (NOTICE, "withholding"))

    assert village.run("protocol", "lint").exit_code == 0
    assert [(severity, about) for severity, about, _ in village.concerns()] == [("advice", id_)]


def test_a_word_that_is_no_label_is_told(village):
    id_ = village.record("Song", (LABEL, "TK C"), access=["elders"])

    assert village.concerns() == [("advice", id_, "`TK C` is no Label of Local Contexts")]


def test_open_beside_strict_is_told_where_the_wiki_says_it(village):
    id_ = village.record("Song", access=["any(elders, everyone)"])

    (found,) = village.concerns("open-beside-strict")

    assert found[:2] == ("advice", id_)
    assert "`any(elders, everyone)` is public" in found[2]


def test_what_nobody_satisfies_and_what_cannot_be_read_are_told_apart(village):
    nobody = village.record("A", access=["any()"], live=False)
    unreadable = village.record("B", access=["all(elders"], live=False)
    unknown = village.record("C", access=["dancers"], live=False)

    assert village.concerns("for-nobody") == [("advice", nobody, "`any()` is in force, and nobody can ever satisfy it")]
    told = {about: words for _, about, words in village.concerns("unreadable")}
    assert told.keys() == {unreadable, unknown}
    assert told[unreadable].startswith("`all(elders` cannot be read and so closes: expected `)`")


def test_an_ownerless_protocol_is_an_error(village):
    file = village.folder / "protocols" / "elders" / "protocol.yaml"
    file.write_text(file.read_text() + "stewards_min: 2\n")

    assert village.concerns() == [("error", "elders", "it has 1 steward, and must have 2")]


def test_a_protocols_own_label_can_be_given_a_reason(village):
    file = village.folder / "protocols" / "everyone" / "protocol.yaml"
    file.write_text(file.read_text() + "labels: [TK CO]\n")
    assert [about for _, about, _ in village.concerns()] == ["everyone"]

    village.done("label", "justify", "everyone", "TK CO", "--by", "Aino", "--why", "the village decided so")

    assert village.concerns() == []


# --- the Hub ----------------------------------------------------------------------------------------------------------


def test_a_label_added_upstream_is_an_error_on_an_open_record_and_changes_no_access(village, fake):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project(tk_labels=[OURS]))
    village.done("label", "refresh")
    id_ = village.record("Song", (PROJECT, SONGS))
    assert village.concerns() == []
    seen = village.done("read", id_).stdout

    fake.answers[SONGS] = says(project(tk_labels=[OURS, SACRED]))
    village.done("label", "refresh")

    ((severity, about, words),) = village.concerns()
    assert (severity, about) == ("error", id_)
    assert f"(of project `{SONGS}` at the Hub, added there on " in words
    assert village.done("read", id_).stdout == seen


def test_a_label_removed_upstream_loosens_nothing(village, fake):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project(tk_labels=[SACRED]))
    village.done("label", "refresh")
    id_ = village.record("Song", (PROJECT, SONGS.upper()))
    fake.answers[SONGS] = says(project())
    village.done("label", "refresh")

    ((severity, about, words),) = village.concerns()

    assert (severity, about) == ("error", id_)
    assert "no longer there since" in words
    assert "counts all the same" in words


@pytest.mark.parametrize(
    "trouble", [NO_KEY, DENIED, BROKEN, MISSING, sends(b"<html>")], ids=["401", "403", "500", "404", "malformed"]
)
def test_a_hub_in_trouble_changes_neither_policy_nor_what_counts(village, fake, trouble):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project(tk_labels=[SACRED]))
    village.done("label", "refresh")
    id_ = village.record("Song", (PROJECT, SONGS))
    before, seen = village.concerns("label-on-open"), village.done("read", id_).stdout
    fake.answers[SONGS] = trouble

    refreshed = village.run("label", "refresh")

    assert refreshed.exit_code == (0 if trouble is MISSING else 1)
    assert "stale" in refreshed.stdout
    assert village.concerns("label-on-open") == before
    assert [words.partition(" from ")[0] for _, _, words in village.concerns("hub")] == ["what is known of it is"]
    assert village.done("read", id_).stdout == seen


def test_a_project_dropped_from_the_manifest_still_counts_where_a_record_names_it(village, fake):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project(tk_labels=[SACRED]))
    village.done("label", "refresh")
    id_ = village.record("Song", (PROJECT, SONGS))

    village.write()

    assert [about for _, about, _ in village.concerns("label-on-open")] == [id_]


def test_a_project_that_a_record_names_and_nobody_follows_is_told_and_never_asked_for(village, fake):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project())
    id_ = village.record("Song", (PROJECT, PLACES))

    village.done("label", "refresh")

    assert [path for path, _ in fake.asked] == [f"/api/v2/projects/{SONGS}/"]
    assert village.concerns() == [("advice", id_, f"nothing is known of the project `{PLACES}` that it names")]


def test_a_project_that_asks_for_restriction_and_that_no_record_names_is_told(village, fake):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project(tk_labels=[SACRED]))
    village.done("label", "refresh")

    assert village.concerns() == [
        ("advice", f"project {SONGS}", "it asks for restriction (TK SS), and no record names it")
    ]


def test_a_project_that_was_never_fetched_is_told(village, fake):
    village.follow(fake.url, SONGS)

    assert village.concerns() == [("advice", f"project {SONGS}", "the Hub was never heard of it")]


def test_a_private_projects_words_are_not_listed_and_its_labels_are(village, fake):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project(tk_labels=[SACRED], project_privacy="Private"))
    village.done("label", "refresh")

    (listed,) = village.answer("label", "list", "--projects")

    assert (listed["title"], listed["labels"], listed["state"]) == ("", ["TK SS"], "fresh")


@pytest.mark.parametrize("more", [{"project_privacy": "Private"}, {"project_privacy": "Contributor"}, None])
def test_the_words_of_a_project_that_is_not_for_everyone_are_not_shown(village, fake, more):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project(tk_labels=[SACRED], **more)) if more else BROKEN
    village.run("label", "refresh")

    result = village.run("label", "show", SONGS)

    assert result.exit_code == 1
    assert f"no project `{SONGS}` whose words are for everyone" in result.stderr
    assert "Illustrative" not in result.output


def test_a_projects_words_are_shown_in_the_archives_language_with_links_to_what_stays_at_the_hub(village, fake):
    village.follow(fake.url, SONGS)
    finnish = {"translated_name": "Meidän", "language_tag": "fi", "language": "Finnish", "translated_text": "Teksti."}
    entry = label(
        ATTRIBUTION, "attribution", "Ours", language_tag="fi", translations=[finnish | {"language_tag": "en"}]
    )
    fake.answers[SONGS] = says(project(tk_labels=[entry]))
    village.done("label", "refresh")

    (shown,) = village.answer("label", "show", SONGS.upper())["labels"]

    assert (shown["label"], shown["name"], shown["language"], shown["text"]) == ("TK A", "Meidän", "en", "Teksti.")
    assert shown["icon"] == "https://storage.example/attribution.svg"
    text = village.done("label", "show", SONGS).stdout
    assert text.startswith("Illustrative songs (fresh, from ")
    assert "TK A: Meidän (An illustrative village)\n  Teksti.\n  https://storage.example/attribution.svg\n" in text


def test_a_project_that_is_no_longer_followed_is_no_longer_shown(village, fake):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = says(project(tk_labels=[OURS]))
    village.done("label", "refresh")
    village.done("label", "show", SONGS)

    village.write()

    assert village.run("label", "show", SONGS).exit_code == 1


def test_labels_are_listed_with_what_they_bear_on(village, fake):
    village.follow(fake.url, SONGS, PLACES)
    fake.answers[SONGS] = says(project(tk_labels=[SACRED], notice=[notice("biocultural", "Biocultural (BC) Notice")]))
    fake.answers[PLACES] = says(project(PLACES, tk_labels=[SACRED, label(ATTRIBUTION, "of_a_later_year", "New")]))
    village.done("label", "refresh")

    listed = village.answer("label", "list")

    assert [(row["label"], row["project"], row["bears_on"]) for row in listed] == [
        ("TK SS", SONGS, ["who"]),
        ("bc-notice", SONGS, ["care"]),
        ("TK:of_a_later_year", PLACES, ["not known to this version"]),
        ("TK SS", PLACES, ["who"]),
    ]
    assert {row["removed"] for row in listed} == {""}


def test_the_key_shows_nowhere(village, fake):
    village.follow(fake.url, SONGS)
    fake.answers[SONGS] = NO_KEY

    outputs = [village.run(*words).output for words in (["label", "refresh"], ["protocol", "lint"], ["label", "list"])]
    outputs.append(village.run("label", "refresh", "--debug").output)

    assert all(KEY not in output for output in outputs)
    kept = b"".join(path.read_bytes() for path in village.folder.glob("*.db*"))
    assert KEY.encode() not in kept


def test_an_archive_that_follows_nothing_asks_nothing(village):
    result = village.run("label", "refresh")

    assert result.exit_code == 2
    assert "this archive follows no project of the Hub" in result.stderr
    assert village.answer("label", "list") == []


def test_a_key_that_is_missing_is_told_with_its_place(village, fake):
    village.follow(fake.url, SONGS)
    (village.folder / "hub-key").unlink()

    result = village.run("label", "refresh")

    assert result.exit_code == 1
    assert "local_contexts/api_key" in result.stderr
    assert fake.asked == []
