"""`commarchive hold` and `commarchive consent` on records that there are, and on others."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from commarchive.cli import main


@pytest.mark.parametrize(
    "words",
    [
        ["hold", "place", "Q999", "--reason", "sorrow"],
        ["consent", "record", "Q999", "--person", "Somebody", "--scope", "public", "--basis", "spoken"],
    ],
    ids=["hold", "consent"],
)
def test_what_is_no_record_is_refused_with_what_would_help(village, words):
    result = CliRunner().invoke(main, [*words, "--archive", str(village)])
    assert result.exit_code == 1
    assert "no record `Q999`" in result.stderr
    assert "commarchive sync" in result.stderr
