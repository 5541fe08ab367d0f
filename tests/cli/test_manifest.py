"""`commarchive manifest docs`: the page, or a section of it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from commarchive.cli import main
from commarchive.manifest import docs


def test_the_page_is_shown_whole():
    assert CliRunner().invoke(main, ["manifest", "docs"]).stdout.rstrip("\n") == docs.page().rstrip("\n")


@pytest.mark.parametrize("section", docs.SECTIONS)
def test_a_section_is_shown_alone(section):
    shown = CliRunner().invoke(main, ["manifest", "docs", section])
    assert shown.stdout.rstrip("\n") == docs.section(section).rstrip("\n")
    answer = json.loads(CliRunner().invoke(main, ["manifest", "docs", section, "--format", "json"]).stdout)
    assert answer == {"section": section, "markdown": docs.section(section)}


def test_an_unknown_section_is_a_usage_error():
    assert CliRunner().invoke(main, ["manifest", "docs", "nothing"]).exit_code == 2
