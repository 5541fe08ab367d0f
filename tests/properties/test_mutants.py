"""The tests notice when a check is taken out: a few mutants in every run, all of them with `make mutants`.

Which few changes with the day; `COMMARCHIVE_MUTANTS=7` tries seven, `COMMARCHIVE_MUTANTS=all` every one.
"""

import os
from datetime import UTC, datetime

import pytest

from tools.mutants import FOLDER, PACKAGE, MisfitError, Mutant, Outcome, all_mutants, try_out

MUTANTS = all_mutants()
TODAY = datetime.now(UTC).date().toordinal()


def few() -> list[Mutant]:
    wanted = os.environ.get("COMMARCHIVE_MUTANTS", "2")
    count = len(MUTANTS) if wanted == "all" else int(wanted)
    return [MUTANTS[(TODAY * count + number) % len(MUTANTS)] for number in range(min(count, len(MUTANTS)))]


@pytest.mark.parametrize("mutant", few(), ids=lambda mutant: mutant.name)
def test_a_check_that_is_taken_out_is_missed(mutant: Mutant):
    assert try_out(mutant) is Outcome.CAUGHT


def test_there_are_mutants_of_every_module_that_decides():
    assert len(MUTANTS) >= 100
    modules = {f"policy/{path.name}" for path in (PACKAGE / "policy").glob("*.py") if path.name != "__init__.py"}
    assert modules - {mutant.file for mutant in MUTANTS} <= WITHOUT


# These decide about nobody's access: names, words, what is suspected, what is asked of those who change a protocol.
WITHOUT = {f"policy/{name}.py" for name in ("targets", "vocabulary", "strictness", "words", "lint", "reach")}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_source(mutant: Mutant):
    source = (PACKAGE / mutant.file).read_text(encoding="utf-8")
    changed = mutant.applied(source)
    compile(changed, mutant.file, "exec")
    assert all((FOLDER.parent.parent.parent / tests).exists() for tests in mutant.tests)


def test_a_mutant_that_does_not_fit_is_refused():
    for old in ("no such text", "def "):
        with pytest.raises(MisfitError):
            Mutant("misfit", "policy/condition.py", old, "x", ()).applied("def one(): ...\ndef two(): ...\n")


def test_the_tests_run_on_the_copy():
    """A copy that cannot be imported breaks the tests; a change that changes nothing survives them."""
    old = "def holds(condition: Condition, situation: Situation) -> bool:\n"
    tests = ("tests/policy/test_decide.py",)
    broken = Mutant("broken", "policy/condition.py", old, "raise RuntimeError\n", tests)
    assert try_out(broken) is Outcome.BROKEN
    same = Mutant("same", "policy/condition.py", old, f"# nothing\n{old}", tests)
    assert try_out(same) is Outcome.SURVIVED
