"""A loaded manifest says what the files said, with everything in its place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from commarchive.errors import ManifestError
from commarchive.manifest import FederationTarget, WikiDriver, load_manifest, sources
from commarchive.manifest.checked import shipped_schema
from commarchive.manifest.config import FederationConfig
from commarchive.model.archive import (
    AccessProtocol,
    FederationRule,
    Mode,
    OutsidersSee,
    RecordState,
    ReleaseRule,
    Season,
)
from commarchive.model.schema import Control, ItemDefinition, PropertyDefinition

SMALL = """
archive: {id: small, zone: Europe/Oslo, name: {nb: Lite}, base_url: "http://127.0.0.1:8000/", languages: [nb]}
communities: [{id: village, name: {nb: Bygda}}]
schemas: [songs]
wiki: {driver: embedded}
"""


@pytest.fixture
def small(archive: Path) -> Path:
    """An archive that says no more than it must."""
    (archive / "archive.yaml").write_text(SMALL)
    protocol = archive / "protocols" / "elders" / "protocol.yaml"
    protocol.write_text("id: elders\ncommunity: village\nname: {nb: De eldste}\n")
    return archive


def test_the_archive_and_its_protocols_are_loaded(archive):
    loaded = load_manifest(archive).archive
    assert (loaded.id, loaded.zone, loaded.base_url) == ("fiddlers", "Europe/Helsinki", "https://archive.example")
    assert loaded.languages == ("en", "fi", "se")
    assert loaded.communities["village"].parents == ("parish",)
    assert loaded.protocols["elders"] == AccessProtocol(
        id="elders",
        community="village",
        mode=Mode.STRICT,
        name={"en": "Elders", "fi": "Vanhimmat"},
        stewards_min=2,
        season=Season((11, 15), (2, 15), "Europe/Helsinki"),
        outsiders_see=OutsidersSee.HIDDEN,
        release=ReleaseRule.TWO_PEOPLE,
        federation=FederationRule.NEVER,
        labels=("TK SS", "TK S"),
        notice={"en": "Ask the elders first."},
    )


def test_the_wiki_the_stores_and_the_target_are_loaded(archive):
    manifest = load_manifest(archive)
    assert (manifest.wiki.driver, manifest.wiki.url) == (WikiDriver.EXISTING, "https://wiki.internal")
    assert manifest.wiki.service_account is not None
    assert manifest.wiki.service_account.name == "Gateway@archive"
    assert manifest.register.url == "postgresql://commarchive@database.internal/register"
    assert manifest.federation is not None
    assert (manifest.federation.target, manifest.federation.url) == (FederationTarget.OTHER, "https://wikibase.example")
    assert manifest.federation.mapping == archive.resolve() / "mappings" / "songs.yaml"
    assert (manifest.federation.approvals, manifest.federation.edits_per_minute) == (2, 30)
    assert manifest.rights is not None
    assert manifest.rights.url.startswith("https://rightsstatements.org/")


def test_the_schema_is_loaded(archive):
    manifest = load_manifest(archive)
    assert {
        control: manifest.schema.control(control) for control in Control if not manifest.schema.control(control)
    } == {}
    assert manifest.schema.properties["singer"] == PropertyDefinition(
        slug="singer",
        datatype="wikibase-item",
        labels={"en": "singer", "fi": "laulaja"},
        descriptions={"en": "who sings on this recording"},
        aliases={"en": ("sung by", "voice")},
        default="members",
        propagates_hold=True,
        living_person=True,
        pack="songs",
    )
    assert manifest.schema.properties["catalogue-number"].formatter_url == "https://catalogue.example/song/$1"
    assert manifest.schema.items["song"] == ItemDefinition(
        slug="song",
        labels={"en": "song", "fi": "laulu"},
        descriptions={"en": "a song as it is sung in the parish"},
        aliases={"fi": ("veisu",)},
        equivalents=("http://www.wikidata.org/entity/Q7366",),
        properties=("singer", "catalogue-number"),
        required=("singer",),
        pack="songs",
    )
    assert not manifest.schema.items["midwinter"].is_class
    assert manifest.packs["songs"].licence == "CC0-1.0"


def test_the_examples_are_loaded(archive):
    first, _, _, draft, ended, blocked = load_manifest(archive).examples["elders"]
    assert (first.member_of, first.condition, first.allow) == (frozenset({"elders"}), "elders", True)
    assert first.at == datetime(2031, 1, 5, 12, 0)  # noqa: DTZ001 (in the archive's zone, which the archive knows)
    assert (first.place.file, first.place.line) == ("protocols/elders/examples.yaml", 3)
    assert (draft.steward_of, draft.state, draft.at) == (frozenset({"elders"}), RecordState.DRAFT, None)
    assert (first.until, first.blocked_in) == (None, frozenset())
    assert ended.until == date(2031, 1, 1)
    assert blocked.blocked_in == {"elders"}


def test_what_is_not_said_is_closed_or_small(small):
    manifest = load_manifest(small)
    assert manifest.archive.default_condition == "stewards"
    elders = manifest.archive.protocols["elders"]
    assert (elders.mode, elders.outsiders_see, elders.federation) == (
        Mode.STRICT,
        OutsidersSee.HIDDEN,
        FederationRule.NEVER,
    )
    assert (elders.release, elders.stewards_min) == (ReleaseRule.TWO_PEOPLE, 2)
    assert manifest.federation is None
    assert manifest.rights is None


def test_relative_databases_lie_in_the_archives_folder(small, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    manifest = load_manifest(Path("archive"))
    folder = small.resolve()
    assert manifest.folder == folder
    assert manifest.wiki.url == f"sqlite:///{folder}/wiki.db"
    assert manifest.register_url == f"sqlite:///{folder}/register.db"
    assert manifest.projection_url == f"sqlite:///{folder}/projection.db"


def test_an_absolute_database_stays_where_it_is(small):
    path = small / "archive.yaml"
    path.write_text(SMALL + "register: {url: sqlite:////var/lib/commarchive/register.db}\n")
    assert load_manifest(small).register_url == "sqlite:////var/lib/commarchive/register.db"


def test_an_address_loses_the_slash_at_its_end(small):
    assert load_manifest(small).archive.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("wikidata", "https://www.wikidata.org"),
        ("test-wikidata", "https://test.wikidata.org"),
        ("embedded", "sqlite:///{folder}/target.db"),
    ],
)
def test_the_address_of_a_known_target_is_known(small, target, url):
    path = small / "archive.yaml"
    path.write_text(SMALL + f"federation: {{target: {target}, mapping: mappings/songs.yaml}}\n")
    federation = load_manifest(small).federation
    assert federation is not None
    assert federation.url == url.format(folder=small.resolve())
    assert federation.account is None


@pytest.mark.parametrize("season", ["{from: 02-29, to: 03-01}", "{from: 12-31, to: 01-01}", "null"])
def test_any_day_that_some_year_has_can_begin_or_end_a_season(small, season):
    path = small / "protocols" / "elders" / "protocol.yaml"
    path.write_text(path.read_text() + f"season: {season}\n")
    loaded = load_manifest(small).archive.protocols["elders"].season
    assert loaded is None if season == "null" else loaded is not None and loaded.zone == "Europe/Oslo"


@pytest.mark.parametrize("code", ["se", "smn", "sms", "sma", "smj", "sju", "sje", "fi", "nb", "zh-hant", "mul", "izh"])
def test_languages_of_communities_are_known(small, code):
    path = small / "archive.yaml"
    path.write_text(path.read_text().replace("languages: [nb]", f"languages: [nb, {code if code != 'nb' else 'nn'}]"))
    assert load_manifest(small).archive.languages[0] == "nb"


@pytest.mark.parametrize(
    "url",
    [
        "https://wiki.example",
        "http://localhost:8181",
        "http://wikibase",
        "http://10.0.0.7/wiki",
        "http://wiki.internal/",
    ],
)
def test_a_wiki_may_be_reached_where_nobody_listens(small, url):
    path = small / "archive.yaml"
    account = "service_account: {name: Gateway, password: env:X}"
    path.write_text(SMALL.replace("driver: embedded", f'driver: existing, url: "{url}", {account}'))
    assert load_manifest(small).wiki.url == url.rstrip("/")


@pytest.fixture
def shipped(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ships, in place of the real: the reference's pack and mapping, which its archive then lacks."""
    root = tmp_path / "shipped"
    root.mkdir()
    for name in ("schemas", "mappings"):
        (archive / name).rename(root / name)

    def data_path(*parts: str) -> Path:
        return root.joinpath(*parts)

    monkeypatch.setattr(sources, "data_path", data_path)
    return root


def test_what_ships_is_used_where_the_archive_has_none_of_its_own(archive, shipped):
    manifest = load_manifest(archive)
    assert manifest.packs["songs"].folder == shipped / "schemas" / "songs"
    assert manifest.federation is not None
    assert manifest.federation.mapping == shipped / "mappings" / "songs.yaml"


def test_the_archives_own_pack_and_mapping_come_before_what_ships(archive, shipped):
    for name in ("schemas", "mappings"):
        shutil.copytree(shipped / name, archive / name)
    manifest = load_manifest(archive)
    assert manifest.packs["songs"].folder == archive.resolve() / "schemas" / "songs"
    assert manifest.federation is not None
    assert manifest.federation.mapping == archive.resolve() / "mappings" / "songs.yaml"


def test_a_mistake_in_what_ships_is_named_without_its_place_on_this_machine(archive, shipped):
    path = shipped / "schemas" / "songs" / "items.yaml"
    path.write_text(path.read_text().replace("class: false", "clas: false"))
    with pytest.raises(ManifestError) as raised:
        load_manifest(archive)
    assert [(found.file, found.path) for found in raised.value.findings] == [
        ("schemas/songs/items.yaml", "items/midwinter/clas")
    ]


def test_hidden_folders_are_nobodys_protocol(small):
    (small / "protocols" / ".git").mkdir()
    (small / "protocols" / "_drafts").mkdir()
    assert set(load_manifest(small).archive.protocols) == {"elders"}


def test_a_folder_that_cannot_be_looked_into_is_told(small, monkeypatch):
    whole = Path.iterdir

    def refuse(self: Path) -> Iterator[Path]:
        if self.name == "protocols":
            raise PermissionError(13, "Permission denied")
        return whole(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ManifestError, match=r"protocols:1: the folder cannot be read \(permission denied\)"):
        load_manifest(small)


def test_advice_is_given_and_refuses_nothing(small):
    path = small / "archive.yaml"
    path.write_text(
        SMALL.replace("languages: [nb]", "languages: [se, nb]")
        + "default_condition: all(any(stewards, guests), guests)\n"
    )
    (small / "protocols" / "guests").mkdir()
    (small / "protocols" / "guests" / "protocol.yaml").write_text(
        "id: guests\ncommunity: village\nname: {nb: Gjester}\nmode: open\n"
    )
    told = [str(finding) for finding in load_manifest(small).advice]
    assert "archive.yaml:2: archive/name: there is no text in `se`, the archive's first language" in told
    assert "protocols/guests/protocol.yaml:3: name: there is no text in `se`, the archive's first language" in told
    assert (
        "archive.yaml:6: default_condition: every live item that says nothing about it is public; "
        "expected `stewards`, unless this is meant"
    ) in told


def test_the_defaults_that_the_schemas_tell_are_the_defaults_that_hold(small):
    def told(name: str, *keys: str) -> dict[str, Any]:
        schema = shipped_schema(name)
        for key in keys:
            schema = schema["properties"][key] if key != "*" else schema["additionalProperties"]
        return {key: value["default"] for key, value in schema["properties"].items() if "default" in value}

    plain = AccessProtocol("x", "y")
    assert told("protocol") == {
        "mode": plain.mode,
        "season": plain.season,
        "outsiders_see": plain.outsiders_see.word,
        "release": plain.release,
        "federation": plain.federation,
        "labels": list(plain.labels),
    }
    definition = PropertyDefinition("x", "string")
    assert told("properties", "properties", "*") == {
        key: list(value) if isinstance(value := getattr(definition, key), tuple) else value
        for key in ("equivalents", "condition", "safe", "propagates_hold", "instance_of", "living_person")
    }
    item = ItemDefinition("x")
    assert told("items", "items", "*") == {
        "class": item.is_class,
        "condition": item.condition,
        "equivalents": [],
        "properties": [],
        "required": [],
        "living_person": item.living_person,
    }
    federation = FederationConfig(FederationTarget.EMBEDDED, "", Path())
    assert told("archive", "federation") == {
        "approvals": federation.approvals,
        "edits_per_minute": federation.edits_per_minute,
    }
    manifest = load_manifest(small)
    assert told("archive")["register"]["url"] == manifest.register.url.replace(f"{manifest.folder}/", "")
    assert told("archive")["projection"]["url"] == manifest.projection.url.replace(f"{manifest.folder}/", "")
    assert told("archive")["default_condition"] == manifest.archive.default_condition
