"""The walls stand: imports point downward, the policy is pure, modules stay short and say what they know."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from pkgutil import resolve_name

import click
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "commarchive"
MODULES = sorted(PACKAGE.rglob("*.py"))
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = SETTINGS["tool"]["importlinter"]["contracts"]
LONGEST = 600

CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
CLOCK_MODULES = {"time"}
FILE_CALLS = {"open", "input", "print", "__import__", "eval", "exec"}

VIOLATIONS = {
    "Import downward only": ("model/ids.py", "from commarchive.cli import main as planted"),
    "The policy and the model are pure: no clock, no files, no network": ("model/ids.py", "import time"),
    "The unfiltered store is read by the projection and the backup alone": (
        "gateway/planted.py",
        "import commarchive.projection.store",
    ),
    "Unfiltered reads of a wiki belong to those who fill or compare, never to a page": (
        "gateway/planted.py",
        "import commarchive.wikibase.client",
    ),
    "Few may edit a wiki": ("gateway/planted.py", "import commarchive.wikibase.edit"),
    "The Local Contexts Hub is asked when somebody says so, never by a page": (
        "gateway/planted.py",
        "import commarchive.localcontexts.hub",
    ),
    "Identity asks the wiki who somebody is, and nothing else": (
        "identity/planted.py",
        "import commarchive.wikibase.client",
    ),
}


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(PACKAGE).as_posix() for path in paths]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Judge the package below `folder`/src by the contracts of `folder`/pyproject.toml."""
    program = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_import_contracts_hold():
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


def test_each_contract_notices_when_it_is_broken(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "src" / "commarchive", ignore=shutil.ignore_patterns("__pycache__"))
    for file, line in VIOLATIONS.values():
        with (tmp_path / "src" / "commarchive" / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")

    result = lint_imports(tmp_path)

    assert set(VIOLATIONS) == {contract["name"] for contract in CONTRACTS}, "each contract has its violation here"
    assert result.returncode != 0
    for name in VIOLATIONS:
        assert re.search(rf"^{re.escape(name)} BROKEN", result.stdout, flags=re.MULTILINE), name


def test_every_package_and_top_module_has_its_place_in_the_layers():
    layers = next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
    placed = {name.strip() for layer in layers for name in layer.split("|")}
    present = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert placed == present - {"__init__"}


@pytest.mark.parametrize("module", MODULES, ids=names(MODULES))
def test_a_module_can_be_imported(module):
    parts = module.relative_to(ROOT / "src").with_suffix("").parts

    assert importlib.import_module(".".join(parts).removesuffix(".__init__"))


@pytest.mark.parametrize("module", MODULES, ids=names(MODULES))
def test_a_module_is_short_enough_to_be_read(module):
    lines = len(module.read_text(encoding="utf-8").splitlines())

    assert lines <= LONGEST, f"{lines} lines; split it"


@pytest.mark.parametrize("module", MODULES, ids=names(MODULES))
def test_a_module_says_what_it_knows_and_what_it_must_not_know(module):
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""

    assert docstring
    if module.name != "__init__.py":
        assert re.search(r"\bknows?\b", docstring, flags=re.IGNORECASE), "say what it knows"
        assert re.search(r"\bmust not know\b", docstring, flags=re.IGNORECASE), "say what it must not know"


def impurities(source: str) -> list[str]:
    """Calls and imports by which a module could learn the time or touch a file, with their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if (owner, node.attr) in CLOCKS:
                found.append(f"{node.lineno}: {owner}.{node.attr}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FILE_CALLS:
            found.append(f"{node.lineno}: {node.func.id}()")
        elif isinstance(node, ast.ImportFrom) and node.module in CLOCK_MODULES:
            found.append(f"{node.lineno}: from {node.module}")
        elif isinstance(node, ast.Import) and CLOCK_MODULES & {alias.name for alias in node.names}:
            found.append(f"{node.lineno}: import of a clock")
    return found


PURE = [module for module in MODULES if module.relative_to(PACKAGE).parts[0] in {"policy", "model"}]


@pytest.mark.parametrize("module", PURE, ids=names(PURE))
def test_the_policy_and_the_model_ask_no_clock_and_open_no_file(module):
    assert impurities(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime, UTC\nnow = datetime.now(UTC)",
        "import datetime\nnow = datetime.datetime.now()",
        "from datetime import date\ntoday = date.today",
        "from time import time",
        "import time as t",
        "text = open('archive.yaml').read()",
    ],
)
def test_a_clock_or_a_file_is_noticed(source):
    assert len(impurities(source)) == 1


def test_the_console_script_is_there():
    assert isinstance(resolve_name(SETTINGS["project"]["scripts"]["commarchive"]), click.Command)
