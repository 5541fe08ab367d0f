"""What is written is true and current: help, generated pages, links, the error tree, reasons, the changelog."""

import dataclasses
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt

from commarchive import errors
from commarchive.cli import main
from commarchive.manifest import checked
from commarchive.model import archive
from commarchive.policy import condition, parse_condition
from commarchive.policy.standing import Role
from commarchive.register.consents import Scope
from commarchive.register.holds import HoldReason
from tools import adr_index, cli_reference, generated, manifest_reference

ROOT = Path(__file__).resolve().parents[1]
SETTINGS_TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
SETTINGS = tomllib.loads(SETTINGS_TEXT)
READERS = ("communities", "facilitators", "data stewards", "developers")

REGISTRIES = tuple(
    ".".join(name)
    for name in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("packagist", "org"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
        ("hub", "docker", "com"),
    )
)


def tracked() -> list[Path]:
    """The project's files as git has them, without those that are deleted but not yet committed."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listing.decode().split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    """Every tracked file that is text, by its path in the project."""
    found = {}
    for path in tracked():
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


TEXTS = texts()
PAGES = sorted(name for name in TEXTS if name.endswith(".md") and not name.startswith("changelog.d/"))
DOCS = [name for name in PAGES if name.startswith("docs/") and not name.startswith("docs/adr/")]


# --- the command line -------------------------------------------------------------------------------------------------

COMMANDS = [context for context, _ in cli_reference.commands(main)]
PATHS = [context.command_path for context in COMMANDS]


def options(context: click.Context) -> Iterator[click.Option]:
    return (parameter for parameter in context.command.params if isinstance(parameter, click.Option))


@pytest.mark.parametrize("context", COMMANDS, ids=PATHS)
def test_a_command_says_what_to_expect_of_it(context):
    first = (context.command.help or "").split("\n\n")[0]

    assert re.match(r"[A-Z][a-z]+\b", first), "help begins with a verb"
    assert not re.match(r"(The|This|An?|To|\w+ing|\w+[^s]s)\b", first), "the verb is an imperative: `Show …`"
    assert not context.command.hidden
    assert [option.name for option in options(context) if not option.help] == []


def shown_commands(page: str) -> Iterator[tuple[int, list[str]]]:
    """Each `commarchive …` line in a page's shell blocks: its number and the words after `commarchive`."""
    for token in MarkdownIt().parse(TEXTS[page]):
        if token.type != "fence" or token.info.strip() != "sh" or token.map is None:
            continue
        lines = token.content.replace("\\\n", " ").splitlines()
        for number, line in enumerate(lines, start=token.map[0] + 2):
            words = shlex.split(line, comments=True)
            if words[:1] == ["commarchive"]:
                yield number, words[1:]


def mistake_in(words: list[str], *, whole: bool = True) -> str | None:
    """Why a command cannot be typed like this; None when it can. Nothing is run.

    What is not `whole` may leave out what the command requires: `commarchive release propose` in the middle of a text.
    """
    context = click.Context(main, info_name="commarchive")
    try:
        while True:
            values, rest, _ = context.command.make_parser(context).parse_args(args=words)
            if not isinstance(context.command, click.Group) or not rest:
                break
            name, command, words = context.command.resolve_command(context, rest)
            if command is None:
                return f"no `{name}`"
            context = click.Context(command, info_name=name, parent=context)
        for parameter in context.command.params:
            value = values.get(parameter.name or "")
            if whole and parameter.required and value is None:
                return f"`{parameter.name}` is missing"
            if isinstance(parameter.type, click.Choice) and isinstance(value, str):
                parameter.type.convert(value, parameter, context)
    except click.UsageError as error:
        return error.format_message()
    return f"`{' '.join(rest)}` is too much" if rest else None


@pytest.mark.parametrize("page", [page for page in PAGES if any(shown_commands(page))])
def test_each_command_that_a_page_shows_can_be_typed(page):
    mistakes = {f"{line}: commarchive {' '.join(words)}": mistake_in(words) for line, words in shown_commands(page)}

    assert {command: mistake for command, mistake in mistakes.items() if mistake} == {}


def mentioned_commands() -> Iterator[tuple[str, str]]:
    """Each command that stands in backticks in a page's text or in an error's hint, and where."""
    for page in PAGES:
        for token in MarkdownIt().enable("table").parse(TEXTS[page]):
            for child in token.children or []:
                if child.type == "code_inline" and child.content.startswith("commarchive "):
                    yield page, child.content
    for name, cls in vars(errors).items():
        for command in re.findall(r"`(commarchive [^`]+)`", getattr(cls, "hint", "")):
            yield f"the hint of {name}", command


def test_each_command_that_a_text_mentions_is_there():
    mentioned = set(mentioned_commands())
    found = [(place, command, mistake_in(shlex.split(command)[1:], whole=False)) for place, command in mentioned]

    assert [one for one in found if one[2]] == []


@pytest.mark.parametrize("context", COMMANDS, ids=PATHS)
def test_help_shows_no_marks_that_are_meant_for_click(context):
    assert "\\b" not in cli_reference.help_of(context)


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        (["--help"], None),
        (["--format", "json", "--version"], None),
        (["fly"], "No such command 'fly'"),
        (["--wings"], "No such option"),
        (["--format", "papyrus", "--version"], "not one of"),
    ],
)
def test_a_command_that_cannot_be_typed_is_noticed(words, mistake):
    found = mistake_in(words)

    assert found is None if mistake is None else mistake in (found or "")


# --- pages ------------------------------------------------------------------------------------------------------------


def anchors(markdown: str) -> set[str]:
    """The anchors of a page's headings, made as the common Markdown viewers make them."""
    tokens = MarkdownIt().parse(markdown)
    found: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", inline.content).lower())
            found.add(words.replace(" ", "-"))
    return found


def links(markdown: str) -> list[str]:
    found = []
    for token in MarkdownIt().enable("table").parse(markdown):
        for child in token.children or []:
            target = child.attrGet("href") if child.type == "link_open" else child.attrGet("src")
            if isinstance(target, str):
                found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_internal_link_leads_somewhere(page):
    lost = []
    for link in links(TEXTS[page]):
        if re.match(r"(https?|mailto):", link):
            continue
        name, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("page", DOCS)
def test_a_page_of_the_documentation_says_for_whom_it_is(page):
    tag = re.search(r"^# .+\n\n\*For (?P<readers>[a-z, ]+)\.\*", TEXTS[page], flags=re.MULTILINE)

    assert tag, "below its title a page says `*For communities and data stewards.*` or the like"
    assert set(re.split(r", | and ", tag["readers"])) <= set(READERS)


def test_every_page_of_the_documentation_can_be_found_from_its_front_page():
    front = ROOT / "docs" / "README.md"
    linked = {(front.parent / link.partition("#")[0]).resolve() for link in links(TEXTS["docs/README.md"])}

    assert {ROOT / page for page in DOCS} - {front} <= linked
    assert (ROOT / "docs/adr/README.md") in linked


@pytest.mark.parametrize(
    ("page", "render"),
    [
        (adr_index.PAGE, adr_index.render),
        (cli_reference.PAGE, cli_reference.render),
        (manifest_reference.PAGE, manifest_reference.page),
    ],
)
def test_a_generated_page_is_current(page, render):
    assert generated.run(page, render, ["--check"]) == 0, "run `make docs`"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# 0001. A title\n\nStatus: accepted\n\n## Context\n", "`Date:`"),
        ("# 0002. A title\n\nDate: 2026-01-01\nStatus: accepted\n\n## Context\n", "calls itself 0002"),
        ("# 0001. A title\n\nDate: 2026-01-01\nStatus: accepted\n\n## Context\n## Decision\n", "Consequences"),
        ("# 0001. A title\n\nDate: 2026-01-01\nStatus: maybe\n\n## Context\n", "superseded by"),
    ],
)
def test_a_misshapen_decision_is_refused(tmp_path, text, complaint):
    path = tmp_path / "0001-a-title.md"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=complaint):
        adr_index.read(path)


def test_a_generated_page_that_is_not_current_is_noticed_and_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generated, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("old", encoding="utf-8")

    assert generated.run("page.md", lambda: "new", ["--check"]) == 1
    assert "`page.md` is not current" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "old"


# --- the reference ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (archive.Mode, "docs/reference/protocols.md"),
        (archive.ReleaseRule, "docs/reference/protocols.md"),
        (archive.FederationRule, "docs/reference/protocols.md"),
        ([level.word for level in archive.OutsidersSee], "docs/reference/protocols.md"),
        (archive.RecordState, "docs/reference/conditions.md"),
        ([field.name for field in dataclasses.fields(archive.AccessProtocol)], "docs/reference/protocols.md"),
        (Role, "docs/reference/roles.md"),
        (HoldReason, "docs/how-to/place-a-hold.md"),
        (Scope, "docs/how-to/record-a-consent.md"),
    ],
)
def test_every_word_that_has_a_meaning_is_explained(words, page):
    assert [str(word) for word in words if str(word) not in TEXTS[page]] == []


def test_the_conditions_that_the_reference_explains_can_be_read():
    shown = re.findall(r"^\| `([^`]+)` \| [^|]+ \|$", TEXTS["docs/reference/conditions.md"], flags=re.MULTILINE)

    assert len(shown) > 5
    for text in shown:
        parse_condition(text.replace("(x)", "(village)"))


PROTOCOLS = [
    pytest.param(token.content, id=page)
    for page in DOCS
    for token in MarkdownIt().parse(TEXTS[page])
    if token.info == "yaml" and token.content.startswith("id: ")
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_protocol_that_a_page_shows_is_one(protocol):
    assert checked.parse_checked(protocol, checked.shipped_schema("protocol"), name="protocol.yaml").findings == ()


def test_the_limits_that_the_reference_names_are_the_real_ones():
    page = TEXTS["docs/reference/conditions.md"]

    assert f"at most {condition.MAX_LENGTH} characters" in page
    assert f"at most {condition.MAX_DEPTH} deep" in page


def test_every_folder_and_package_has_its_line_in_the_architecture():
    folders = {f"{name.split('/')[0]}/" for name in TEXTS if "/" in name} - {"src/"}
    packages = {path.stem for path in (ROOT / "src" / "commarchive").glob("[a-z]*")}

    assert [name for name in sorted(folders | packages) if f"`{name}`" not in TEXTS["ARCHITECTURE.md"]] == []


# --- the error tree ---------------------------------------------------------------------------------------------------


def drawn_tree() -> list[tuple[int, str, int, int]]:
    """Depth, name, exit code and HTTP status of each line of the tree in the docstring of `errors`."""
    lines = re.findall(
        r"^(?P<stem> *[│├└─ ]*)(?P<name>[A-Z]\w+Error) +exit (?P<exit>\d) +HTTP (?P<status>\d{3})",
        errors.__doc__ or "",
        flags=re.MULTILINE,
    )
    return [((len(stem) - 4) // 4, name, int(code), int(status)) for stem, name, code, status in lines]


def real_tree(cls: type[errors.CommarchiveError], depth: int = 0) -> Iterator[tuple[int, str, int, int]]:
    yield depth, cls.__name__, int(cls.exit_code), cls.http_status
    for child in cls.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from real_tree(child, depth + 1)


def test_the_drawn_tree_of_errors_is_the_real_one():
    assert drawn_tree() == list(real_tree(errors.CommarchiveError))


# --- what the project says of itself ----------------------------------------------------------------------------------


def test_every_dependency_has_its_reason_on_its_line():
    wanted = [*SETTINGS["project"]["dependencies"]]
    wanted += [name for names in SETTINGS["project"]["optional-dependencies"].values() for name in names]
    explained = re.findall(r'^ {4}"([^"]+)", +# \w.+$', SETTINGS_TEXT, flags=re.MULTILINE)

    assert [name for name in wanted if name not in explained] == []


def machine_paths() -> re.Pattern[str]:
    """Absolute paths that belong to one machine: anybody's home, and where this checkout and this Python lie."""
    here = {path for path in (ROOT, Path(sys.prefix), Path.home()) if len(path.parts) > 2}  # `/usr` is everybody's
    places = sorted({str(path) for path in here} | {"/home", "/root", "/Users"})
    return re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, places))})/")


@pytest.mark.parametrize(
    "forbidden",
    [re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, REGISTRIES)) + r")\b"), machine_paths()],
    ids=["registry hosts", "machine paths"],
)
def test_no_file_names(forbidden):
    found = [
        f"{name}:{number}: {match.group()}"
        for name, text in TEXTS.items()
        for number, line in enumerate(text.splitlines(), start=1)
        for match in forbidden.finditer(line)
    ]

    assert found == []


def test_the_changelog_builds_from_its_fragments():
    fragments = [name for name in TEXTS if name.startswith("changelog.d/") and name.endswith(".md")]
    kinds = "|".join(kind["directory"] for kind in SETTINGS["tool"]["towncrier"]["type"])
    draft = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", SETTINGS["project"]["version"]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert draft.returncode == 0, draft.stderr
    flowing = " ".join(draft.stdout.split())
    for name in fragments:
        assert re.fullmatch(rf"changelog\.d/\+[a-z0-9-]+\.({kinds})\.md", name), name
        assert " ".join(TEXTS[name].split()) in flowing, name
