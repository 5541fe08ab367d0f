"""Take one check at a time out of a copy of the package and see that the tests notice.

    python -m tools.mutants                 # all of tests/properties/mutants, two at a time
    python -m tools.mutants NAME …          # some of them

Each mutant is a small file: the module, the text to take out (which must stand there exactly once), what to put in its
place, and the tests that must fail then. Exits with 1 if any is not caught, or does not fit any more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "commarchive"
FOLDER = ROOT / "tests" / "properties" / "mutants"
_TESTS_FAILED = 1


class Outcome(StrEnum):
    """What became of a mutant."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    BROKEN = "broken"  # the tests did not even run


class MisfitError(ValueError):
    """A mutant does not fit the source any more."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: in `file` (relative to the package) `old` becomes `new`, and some of `tests` must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Mutant:
        """From its file."""
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(path.stem, data["file"], data["old"], data["new"], tuple(data["tests"]))

    def applied(self, source: str) -> str:
        """The module with the change.

        Raises:
            MisfitError: the text to be taken out does not stand there, or more than once, or stays.
        """
        if source.count(self.old) != 1 or self.old == self.new:
            raise MisfitError(f"{self.name}: `{self.file}` has that text {source.count(self.old)} times")
        return source.replace(self.old, self.new)


def all_mutants(folder: Path = FOLDER) -> list[Mutant]:
    """Every mutant of a folder, by name."""
    return [Mutant.read(path) for path in sorted(folder.glob("*.yaml"))]


def try_out(mutant: Mutant) -> Outcome:
    """Whether the tests notice.

    Raises:
        MisfitError: see `Mutant.applied`.
    """
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        copy = Path(name) / "commarchive"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        module = copy / mutant.file
        module.write_text(mutant.applied(module.read_text(encoding="utf-8")), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutant.tests]
        environment = {**os.environ, "PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1"}
        # The interpreter that runs this, on the project's own tests.
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    if run.returncode == 0:
        return Outcome.SURVIVED
    return Outcome.CAUGHT if run.returncode == _TESTS_FAILED else Outcome.BROKEN


def main(arguments: Iterable[str] | None = None) -> int:
    """Try mutants out and say what became of them."""
    parser = argparse.ArgumentParser(description="Take one check at a time out and see that the tests notice.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants to try  [default: all]")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time  [default: 2]")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    mutants = [mutant for mutant in all_mutants() if not chosen.names or mutant.name in chosen.names]
    if missing := set(chosen.names) - {mutant.name for mutant in mutants}:
        parser.error(f"no such mutant: {', '.join(sorted(missing))}")
    with ThreadPoolExecutor(max_workers=chosen.jobs) as pool:
        outcomes = dict(zip(mutants, pool.map(try_out, mutants), strict=True))
    for mutant, outcome in outcomes.items():
        if outcome is not Outcome.CAUGHT:
            sys.stdout.write(f"{outcome}: {mutant.name} ({mutant.file})\n")
    caught = sum(outcome is Outcome.CAUGHT for outcome in outcomes.values())
    sys.stdout.write(f"{caught} of {len(outcomes)} mutants caught\n")
    return 0 if caught == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
