"""What the files of an archive say about each other, and about the world.

Knows: which names must exist, which choices exclude each other. Must not know: how files are read, or what is done
with them. A file that is wrong by itself is not looked at again, nor what depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from commarchive.errors import Finding
from commarchive.manifest.addresses import (
    base_address_problem,
    hub_address_problem,
    sqlite_file,
    store_address_problem,
    wiki_address_problem,
)
from commarchive.manifest.checked import Checked, near_match, one_of
from commarchive.manifest.languages import text_languages
from commarchive.manifest.packs import pack_findings
from commarchive.manifest.sources import Sources, known_mappings, known_packs, listed_packs, mapping_file
from commarchive.manifest.words import (
    RESERVED,
    Groups,
    condition_findings,
    language_findings,
    missing_text_advice,
    month_and_day,
    parsed,
    text_findings,
    zone_findings,
)
from commarchive.manifest.yamlfile import Steps, shown
from commarchive.model.archive import Mode, ReleaseRule
from commarchive.model.local_contexts import LABELS, RENAMED
from commarchive.policy.condition import (
    PUBLIC,
    After,
    All,
    AnyOf,
    Before,
    Condition,
    Members,
    Shares,
    atoms,
    simplify,
)

WIKIDATA_TARGETS: Final = frozenset({"wikidata", "test-wikidata"})
WIKIDATA_EDITS_PER_MINUTE: Final = 90
DEFAULT_CONDITION: Final = "stewards"
DEFAULT_HUB: Final = "https://localcontextshub.org/api/v2"
DEFAULT_STORES: Final = {
    "wiki": "sqlite:///wiki.db",
    "register": "sqlite:///register.db",
    "projection": "sqlite:///projection.db",
    "federation": "sqlite:///target.db",
}


def findings_of(sources: Sources) -> list[Finding]:
    """Every mistake in the archive's files, in the order of files and lines."""
    found = list(sources.findings)
    if sources.archive.is_clean:
        groups = _groups(sources)
        found += _archive(sources)
        found += _wiki(sources.archive)
        found += _stores(sources)
        found += _federation(sources)
        found += _local_contexts(sources.archive)
        for name, protocol in sources.protocols.items():
            if protocol.is_clean:
                found += _protocol(protocol, name, sources)
        for examples in sources.examples.values():
            if examples.is_clean:
                found += _examples(examples, groups, sources)
        found += condition_findings(
            sources.archive,
            ("default_condition",),
            sources.archive.data.get("default_condition", DEFAULT_CONDITION),
            groups,
        )
        found += pack_findings(sources, groups)
    return sorted(dict.fromkeys(found), key=lambda finding: (finding.file, finding.line, finding.path))


def advice_of(sources: Sources) -> list[Finding]:
    """What is possible but may not be meant; only for files without a mistake."""
    archive, languages = sources.archive, sources.archive.data["archive"]["languages"]
    found = [*missing_text_advice(archive, ("archive", "name"), archive.data["archive"]["name"], languages[0])]
    for at, community in enumerate(archive.data["communities"]):
        found += missing_text_advice(archive, ("communities", at, "name"), community["name"], languages[0])
    for protocol in sources.protocols.values():
        for key in ("name", "notice"):
            if key in protocol.data:
                found += missing_text_advice(protocol, (key,), protocol.data[key], languages[0])
    condition = parsed(archive.data.get("default_condition", DEFAULT_CONDITION))
    if condition is not None and simplify(_for_visitors(condition, sources.protocols)) == PUBLIC:
        message = "every live item that says nothing about it is public"
        found.append(archive.finding(("default_condition",), message, "`stewards`, unless this is meant"))
    return found


def _groups(sources: Sources) -> Groups:
    # A protocol with a mistake of its own still exists: naming it is not a second mistake.
    communities = (community["id"] for community in sources.archive.data["communities"])
    return Groups(frozenset(sources.protocols), frozenset(communities))


def _archive(sources: Sources) -> Iterator[Finding]:
    file, data = sources.archive, sources.archive.data
    about, languages = data["archive"], data["archive"]["languages"]
    yield from zone_findings(file, ("archive", "zone"), about["zone"])
    for at, code in enumerate(languages):
        yield from language_findings(file, ("archive", "languages", at), code, text_languages())
    yield from text_findings(file, ("archive", "name"), about["name"], languages)
    if problem := base_address_problem(about["base_url"]):
        yield file.finding(("archive", "base_url"), *problem)
    yield from _communities(file, data["communities"], languages)
    if "text" in data.get("rights", {}):
        yield from text_findings(file, ("rights", "text"), data["rights"]["text"], languages)
    for at, pack in enumerate(listed_packs(file)):
        if pack not in sources.packs:
            known = known_packs(sources.folder)
            yield file.finding(("schemas", at), f"there is no schema pack `{pack}`", one_of(known, pack))


def _communities(
    file: Checked, communities: Sequence[Mapping[str, Any]], languages: Sequence[str]
) -> Iterator[Finding]:
    parents = {community["id"]: community.get("parents", []) for community in communities}
    each_once = len(parents) == len(communities)
    seen: dict[str, int] = {}
    for at, community in enumerate(communities):
        steps: Steps = ("communities", at)
        name = community["id"]
        if name in RESERVED:
            yield file.finding((*steps, "id"), f"`{name}` is a word of conditions", "another id")
        if name in seen:
            line = file.line_of(("communities", seen[name], "id"))
            yield file.finding((*steps, "id"), f"`{name}` is already the community of line {line}", "another id")
        seen.setdefault(name, at)
        yield from text_findings(file, (*steps, "name"), community["name"], languages)
        for which, parent in enumerate(community.get("parents", [])):
            place = (*steps, "parents", which)
            if parent not in parents:
                yield file.finding(place, f"there is no community `{parent}`", one_of(parents, parent))
            elif each_once and name in _ancestors(parent, parents):
                yield file.finding(place, f"`{name}` would be part of itself", "communities without a circle")


def _ancestors(name: str, parents: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += parents.get(each, ())
    return found


def _wiki(file: Checked) -> Iterator[Finding]:
    wiki = file.data["wiki"]
    driver = wiki["driver"]
    if driver == "embedded":
        if "url" in wiki and (problem := _embedded_problem(wiki["url"])):
            yield file.finding(("wiki", "url"), *problem)
        return
    for key, needed in {"url": driver == "existing", "service_account": True}.items():
        if needed and key not in wiki:
            yield file.finding(("wiki",), f"the driver `{driver}` needs `{key}`", f"`{key}` in `wiki`")
    if "url" in wiki and (problem := wiki_address_problem(wiki["url"])):
        yield file.finding(("wiki", "url"), *problem)


def _embedded_problem(url: str) -> tuple[str, str] | None:
    if not url.startswith("sqlite:"):
        return (
            f"{shown(url)} is not the embedded wiki's database",
            "a file such as `sqlite:///wiki.db`, or another driver",
        )
    return store_address_problem(url, has_password=False)


def _stores(sources: Sources) -> Iterator[Finding]:
    file, data = sources.archive, sources.archive.data
    for key in ("register", "projection"):
        store = data.get(key)
        if store and (problem := store_address_problem(store["url"], has_password="password" in store)):
            yield file.finding((key, "url"), *problem)
    taken: dict[Path, str] = {}
    for key, default in DEFAULT_STORES.items():
        holder = data.get(key) or {}
        if (key == "wiki" and holder["driver"] != "embedded") or (
            key == "federation" and holder.get("target") != "embedded"
        ):
            continue
        place = sqlite_file(holder.get("url", default), sources.folder)
        if place in taken:
            yield file.finding((key, "url"), f"`{key}` and `{taken[place]}` would share one file", "one for each")
        if place is not None:
            taken[place] = key


def _federation(sources: Sources) -> Iterator[Finding]:
    file, federation = sources.archive, sources.archive.data.get("federation")
    if federation is None:
        return
    target, url = federation["target"], federation.get("url")
    problem = None
    if target == "other":
        if url is None:
            yield file.finding(("federation",), "the target `other` needs `url`", "`url` in `federation`")
        else:
            problem = wiki_address_problem(url)
    elif url is not None:
        known = ("the address of this target is known", f"no `url`, or `target: other` for {shown(url)}")
        problem = _embedded_problem(url) if target == "embedded" else known
    if problem:
        yield file.finding(("federation", "url"), *problem)
    if target in WIKIDATA_TARGETS and federation.get("edits_per_minute", 0) > WIKIDATA_EDITS_PER_MINUTE:
        message = "this is faster than Wikidata lets an ordinary account be"
        right = f"at most {WIKIDATA_EDITS_PER_MINUTE}"
        yield file.finding(("federation", "edits_per_minute"), message, right)
    name = federation["mapping"]
    if mapping_file(name, sources.folder) is None:
        right = one_of(known_mappings(sources.folder), name) or "a path inside the archive's folder"
        yield file.finding(("federation", "mapping"), f"there is no file {shown(name)}", right)


def _local_contexts(file: Checked) -> Iterator[Finding]:
    hub = file.data.get("local_contexts")
    if hub is not None and "url" in hub and (problem := hub_address_problem(hub["url"])):
        yield file.finding(("local_contexts", "url"), *problem)


def _protocol(file: Checked, folder_name: str, sources: Sources) -> Iterator[Finding]:
    data, archive = file.data, sources.archive.data
    communities = [community["id"] for community in archive["communities"]]
    name = data["id"]
    if name != folder_name:
        yield file.finding(
            ("id",), f"`{name}` lies in the folder {shown(folder_name)}", f"`{folder_name}`, or another folder"
        )
    if name in RESERVED:
        yield file.finding(("id",), f"`{name}` is a word of conditions", "another id")
    if name in communities:
        yield file.finding(("id",), f"`{name}` is a community's id already", "another id")
    if data["community"] not in communities:
        right = one_of(set(communities), data["community"])
        yield file.finding(("community",), f"there is no community `{data['community']}`", right)
    for key in ("name", "notice"):
        yield from (
            text_findings(file, (key,), data.get(key, {}), archive["archive"]["languages"]) if key in data else ()
        )
    yield from _season(file, data.get("season"))
    needed = ReleaseRule(data.get("release", ReleaseRule.TWO_PEOPLE)).people
    fewest = data.get("stewards_min", needed)
    if fewest < needed:
        message = f"a release needs {needed} stewards, and there may be only {fewest}"
        yield file.finding(("stewards_min",), message, f"at least {needed}, or `release: one-steward`")
    for at, label in enumerate(data.get("labels", [])):
        if label not in LABELS:
            near = RENAMED.get(label) or near_match(label, LABELS)
            right = f"`{near}`" if near else one_of(LABELS)
            yield file.finding(("labels", at), f"{shown(label)} is no Label of Local Contexts", right)


def _season(file: Checked, season: Mapping[str, str] | None) -> Iterator[Finding]:
    if season is None:
        return
    for key in ("from", "to"):
        if month_and_day(season[key]) is None:
            yield file.finding(
                ("season", key), f"{shown(season[key])} is no day of any year", "a month and a day: `11-15`"
            )
    if "zone" in season:
        yield from zone_findings(file, ("season", "zone"), season["zone"])


def _examples(file: Checked, groups: Groups, sources: Sources) -> Iterator[Finding]:
    for at, example in enumerate(file.data["examples"]):
        steps: Steps = ("examples", at)
        who, condition = example["who"], example["what"]["condition"]
        yield from _who(file, (*steps, "who"), who, groups)
        yield from condition_findings(file, (*steps, "what", "condition"), condition, groups)
        if "at" not in example and ("until" in who or _depends_on_time(condition, sources)):
            yield file.finding(steps, "the answer depends on when it is asked", "`at`, such as `2031-01-05T12:00`")
        if "at" in example and _instant(example["at"]) is None:
            yield file.finding(
                (*steps, "at"), f"{shown(example['at'])} is no date and time", "one such as `2031-01-05T12:00`"
            )


def _who(file: Checked, steps: Steps, who: Mapping[str, Any], groups: Groups) -> Iterator[Finding]:
    memberships = [key for key in ("member_of", "steward_of", "blocked_in") if who.get(key)]
    if who.get("visitor") and memberships:
        yield file.finding(steps, "a visitor has no memberships", "`visitor: true` alone, or memberships")
    if not who.get("visitor") and not memberships:
        yield file.finding(steps, "this is nobody", "`visitor: true`, or memberships")
    for key in memberships:
        for which, group in enumerate(who[key]):
            if group not in groups.all:
                right = one_of(groups.all, group)
                yield file.finding((*steps, key, which), f"there is no protocol or community `{group}`", right)
    if "until" in who and _instant(who["until"]) is None:
        yield file.finding((*steps, "until"), f"{shown(who['until'])} is no date", "one such as `2031-06-30`")


def _depends_on_time(text: str, sources: Sources) -> bool:
    condition = parsed(text)
    return condition is not None and any(
        isinstance(atom, After | Before)
        or (isinstance(atom, Shares) and _has_season(sources.protocols.get(atom.protocol)))
        or (isinstance(atom, Members) and _has_season(sources.protocols.get(atom.group or "")))
        for atom in atoms(condition)
    )


def _has_season(protocol: Checked | None) -> bool:
    return protocol is not None and protocol.is_clean and protocol.data.get("season") is not None


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _for_visitors(condition: Condition, protocols: Mapping[str, Checked]) -> Condition:
    """The condition with open protocols as what they are to a visitor: public."""
    match condition:
        case All(parts):
            return All(tuple(_for_visitors(part, protocols) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_for_visitors(part, protocols) for part in parts))
        case Shares(name) if name in protocols and protocols[name].data.get("mode") == Mode.OPEN:
            return PUBLIC
    return condition
