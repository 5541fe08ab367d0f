"""`commarchive protocol`: what there is, whether it does what stewards expect, what a condition means."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from commarchive.cli import main
from tests.manifest.conftest import archive

__all__ = ["archive"]

SEASON = "from 15 November to 15 February (Europe/Helsinki)"


def protocol(folder, *words: str) -> Result:
    return CliRunner().invoke(main, ["protocol", *words, "--archive", str(folder)])


def test_the_protocols_of_the_archive_are_listed(archive):
    result = protocol(archive, "list", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == [
        {
            "id": "elders",
            "community": "village",
            "mode": "strict",
            "season": SEASON,
            "outsiders_see": "hidden",
            "release": "two-people",
            "federation": "never",
        }
    ]


def test_the_templates_that_ship_are_listed_with_their_folders(tmp_path):
    result = protocol(tmp_path, "list", "--ready", "--format", "json")
    ready = {row["id"]: row for row in json.loads(result.stdout)}
    assert {"elders", "open", "seasonal"} <= ready.keys()
    assert ready["elders"]["name"] == "Elders"
    assert ready["elders"]["folder"].endswith("elders")
    assert not any(name.startswith("_") for name in ready)


def test_examples_that_hold_are_counted(archive):
    result = protocol(archive, "test")
    assert (result.exit_code, result.stdout) == (0, "6 of 6 cases are answered as expected\n")


def test_an_example_that_does_not_hold_is_named_with_its_place_and_fails(archive):
    path = archive / "protocols" / "elders" / "examples.yaml"
    path.write_text(path.read_text("utf-8").replace("decision: deny", "decision: allow", 1), "utf-8")
    result = protocol(archive, "test", "elders")
    assert result.exit_code == 1
    first, count = result.stdout.splitlines()
    assert first == (
        "protocols/elders/examples.yaml:9: examples/1: expected allow, because nobody sings it in summer; "
        "the answer is deny: does not share in `elders` (now)"
    )
    assert count == "5 of 6 cases are answered as expected"
    data = json.loads(protocol(archive, "test", "--format", "json").stdout)
    assert not data["clean"]
    assert [case["passed"] for case in data["cases"]] == [True, False, True, True, True, True]


def test_a_protocol_without_examples_is_pointed_out(archive):
    (archive / "protocols" / "elders" / "examples.yaml").unlink()
    result = protocol(archive, "test")
    assert result.exit_code == 0
    assert result.stdout == "note: `elders` has no examples\n0 of 0 cases are answered as expected\n"


def test_a_protocol_that_is_not_there_cannot_be_tried(archive):
    result = protocol(archive, "test", "eldres")
    assert result.exit_code == 2
    assert "there is no protocol `eldres`" in result.stderr


def test_a_condition_is_explained_with_those_for_whom_it_opens(archive):
    result = protocol(archive, "explain", "any(stewards, all(elders, after(2031-01-01)))")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "`any(all(after(2031-01-01), elders), stewards)` asks for",
        "  any of these:",
        "    all of these:",
        "      everyone, visitors too, from 2031-01-01 on",
        f"      members of the protocol `elders`, {SEASON}",
        "    stewards of the record's own community",
        "it opens for",
        "  whoever is a steward of the record's own community",
        f"  whoever is a member of the protocol `elders`, from 2031-01-01 on, {SEASON}",
    ]


def test_bare_words_are_those_of_a_community_that_is_named(archive):
    result = protocol(archive, "explain", "stewards", "--community", "village")
    assert result.stdout.startswith("`stewards(village)` asks for\n  stewards of the community `village`\n")
    refused = protocol(archive, "explain", "stewards", "--community", "nowhere")
    assert refused.exit_code == 2
    assert "there is no community `nowhere`" in refused.stderr


def test_a_protocol_alone_is_explained_with_its_rules(archive):
    lines = protocol(archive, "explain", "elders").stdout.splitlines()
    assert "it belongs to the community `village`, and has at least 2 stewards" in lines
    assert "to open something, 2 stewards must agree" in lines
    assert "outsiders do not learn that there is something" in lines
    assert "what stands under it never goes to Wikidata" in lines
    assert "its Labels, which open and close nothing: TK SS, TK S" in lines


def test_what_may_not_be_meant_is_pointed_out(archive):
    path = archive / "protocols" / "elders" / "protocol.yaml"
    (archive / "protocols" / "welcome").mkdir()
    opened = path.read_text("utf-8").replace("id: elders", "id: welcome").replace("mode: strict", "mode: open")
    opened = "\n".join(line for line in opened.splitlines() if not line.startswith(("season", "  ")))
    (archive / "protocols" / "welcome" / "protocol.yaml").write_text(opened, "utf-8")
    result = protocol(archive, "explain", "any(welcome, elders)")
    assert result.exit_code == 0, result.stderr
    assert "note: `any(elders, welcome)` is public, so that what stands beside the open part closes nothing" in (
        result.stdout.splitlines()
    )


def test_what_is_closed_to_all_and_what_has_too_many_ways_is_said(archive):
    assert "it opens for nobody but custodians of the wiki" in protocol(archive, "explain", "any()").stdout
    dated = ", ".join(f"any(after(203{n}-01-01), before(203{n}-06-01))" for n in range(8))
    result = protocol(archive, "explain", f"all({dated})")
    assert "there are too many ways to satisfy it to tell each" in result.stdout


@pytest.mark.parametrize("text", ["eldres", "elders)", "", "any(elders, members(nowhere))", "\u202eelders", "x" * 500])
def test_what_is_no_condition_here_is_refused(archive, text: str):
    result = protocol(archive, "explain", text)
    assert result.exit_code == 2
    assert "is no condition here" in result.stderr
    assert "`elders`" in result.stderr


def test_what_a_file_loosens_waits_for_the_stewards_of_the_protocol(village):
    def steward(person: str, by: str) -> None:
        words = ["member", "add", person, "elders", "--role", "steward", "--by", by, "--archive", str(village)]
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, result.stderr

    steward("Aino", "host")
    steward("Eino", "Aino")
    assert protocol(village, "pending").stdout == "nothing waits\n"
    path = village / "protocols" / "elders" / "protocol.yaml"
    path.write_text(path.read_text("utf-8").replace("mode: strict", "mode: open"), "utf-8")
    waiting = protocol(village, "pending", "--format", "json")
    assert waiting.exit_code == 4, waiting.stderr
    (row,) = json.loads(waiting.stdout)
    assert (row["protocol"], row["loosens"], row["needs"], row["agreed"]) == ("elders", ["the mode"], 2, [])
    assert protocol(village, "accept", "elders", "--by", "Stranger").exit_code == 3
    first = protocol(village, "accept", "elders", "--by", "Aino")
    assert (first.exit_code, first.stdout) == (4, "1 of 2 agreed\n")
    assert protocol(village, "accept", "elders", "--by", "aino").exit_code == 1
    second = protocol(village, "accept", "elders", "--by", "Eino")
    assert (second.exit_code, second.stdout) == (0, "elders is in force as the files have it\n")
    assert protocol(village, "pending").exit_code == 0
    assert protocol(village, "accept", "elders", "--by", "Aino").exit_code == 1
