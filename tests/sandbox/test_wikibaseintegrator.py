"""WikibaseIntegrator as it comes, over HTTP; its default addresses are poisoned, so that a stray call fails at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from wikibaseintegrator import WikibaseIntegrator, datatypes, wbi_helpers, wbi_login
from wikibaseintegrator.models import Qualifiers, Reference, References
from wikibaseintegrator.wbi_config import config
from wikibaseintegrator.wbi_enums import ActionIfExists, WikibaseDatatype, WikibaseRank, WikibaseSnakType
from wikibaseintegrator.wbi_exceptions import (
    MissingEntityException,
    ModificationFailed,
    MWApiError,
    NonExistentEntityError,
)

from commarchive.sandbox import Fault, Wiki, WikiSettings, serve
from commarchive.sandbox.datatypes import VALUE_TYPES
from tests.sandbox.client import PASSWORD

POISON = "poisoned://nobody.invalid"
BASE = "http://archive.example"


@dataclass
class World:
    """A served wiki, somebody signed in, and the library's arguments that lead there."""

    wiki: Wiki
    address: str
    library: WikibaseIntegrator
    there: dict[str, Any]

    def new_property(self, datatype: str) -> str:
        prop = self.library.property.new(datatype=WikibaseDatatype(datatype))
        prop.labels.set("en", f"a property of {datatype}")
        written = prop.write(**self.there)
        assert written.datatype.value == datatype
        return str(written.id)


@pytest.fixture(autouse=True)
def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in (
        "MEDIAWIKI_API_URL",
        "MEDIAWIKI_INDEX_URL",
        "MEDIAWIKI_REST_URL",
        "SPARQL_ENDPOINT_URL",
        "WIKIBASE_URL",
    ):
        monkeypatch.setitem(config, key, POISON)
    monkeypatch.setitem(config, "USER_AGENT", "commarchive-tests/1 (https://example.org/)")
    monkeypatch.setitem(config, "BACKOFF_MAX_TRIES", 1)


@pytest.fixture(params=["bot password", "clientlogin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with Wiki(":memory:", settings=WikiSettings(base_url=BASE)) as wiki, serve(wiki) as address:
        wiki.create_account("Steward", PASSWORD, ["custodian", "sysop"])
        api = f"{address}/w/api.php"
        login: Any
        if request.param == "bot password":
            password = wiki.create_bot_password("Steward", "wbi")
            login = wbi_login.Login(user="Steward@wbi", password=password, mediawiki_api_url=api)
        else:
            login = wbi_login.Clientlogin(user="Steward", password=PASSWORD, mediawiki_api_url=api)
        there = {"mediawiki_api_url": api, "login": login, "allow_anonymous": False}
        yield World(wiki, address, WikibaseIntegrator(login=login), there)
        login.session.close()


def values(entity: Any, prop: str) -> list[Any]:
    return [claim.mainsnak.datavalue["value"] for claim in entity.claims.get(prop)]


def test_the_defaults_are_poisoned():
    with pytest.raises(Exception, match=r"[Nn]o connection adapters|poisoned"):
        wbi_helpers.search_entities("x")


def test_every_datatype_is_written_and_read(world: World):
    props = {kind: world.new_property(kind) for kind in VALUE_TYPES}
    target = str(world.library.item.new().write(**world.there).id)
    item = world.library.item.new()
    item.labels.set("fi", "Kaustislainen viulunsoitto")
    item.descriptions.set("fi", "perinne")
    item.aliases.set("fi", ["pelimannimusiikki", "viulu"])
    claims = [
        datatypes.String(prop_nr=props["string"], value="FI-ICH-0042"),
        datatypes.ExternalID(prop_nr=props["external-id"], value="01738"),
        datatypes.URL(prop_nr=props["url"], value="https://example.org/inventory/42"),
        datatypes.CommonsMedia(prop_nr=props["commonsMedia"], value="Fiddle.jpg"),
        datatypes.GeoShape(prop_nr=props["geo-shape"], value="Data:Village.map"),
        datatypes.TabularData(prop_nr=props["tabular-data"], value="Data:Village.tab"),
        datatypes.Item(prop_nr=props["wikibase-item"], value=target),
        datatypes.Property(prop_nr=props["wikibase-property"], value=props["string"]),
        datatypes.MonolingualText(prop_nr=props["monolingualtext"], text="soitto", language="fi"),
        datatypes.Time(prop_nr=props["time"], time="+2021-12-15T00:00:00Z", precision=11),
        datatypes.GlobeCoordinate(prop_nr=props["globe-coordinate"], latitude=63.55, longitude=23.7, precision=0.01),
        datatypes.Quantity(prop_nr=props["quantity"], amount=300, unit=target, wikibase_url=BASE),
    ]
    item.claims.add(claims)
    written = item.write(summary="every datatype", **world.there)
    read = world.library.item.get(str(written.id), **world.there)
    assert read.labels.get("fi").value == "Kaustislainen viulunsoitto"
    assert [alias.value for alias in read.aliases.get("fi")] == ["pelimannimusiikki", "viulu"]
    assert {prop for prop in props.values() if read.claims.get(prop)} == set(props.values())
    assert values(read, props["string"]) == ["FI-ICH-0042"]
    assert values(read, props["wikibase-item"])[0]["id"] == target
    assert values(read, props["quantity"])[0] == {"amount": "+300", "unit": f"{BASE}/entity/{target}"}
    assert values(read, props["time"])[0]["time"] == "+2021-12-15T00:00:00Z"
    assert read.lastrevid == written.lastrevid


def test_qualifiers_references_ranks_and_unknown_values_come_back(world: World):
    text, source = world.new_property("string"), world.new_property("url")
    item = world.library.item.new()
    references = References()
    reference = Reference()
    reference.add(datatypes.URL(prop_nr=source, value="https://example.org/"))
    references.add(reference)
    qualifiers = Qualifiers()
    qualifiers.add(datatypes.String(prop_nr=text, value="a qualifier"))
    item.claims.add(
        datatypes.String(
            prop_nr=text, value="x", qualifiers=qualifiers, references=references, rank=WikibaseRank.PREFERRED
        )
    )
    item.claims.add(
        datatypes.String(prop_nr=text, snaktype=WikibaseSnakType.UNKNOWN_VALUE), ActionIfExists.FORCE_APPEND
    )
    entity_id = str(item.write(**world.there).id)
    first, second = world.library.item.get(entity_id, **world.there).claims.get(text)
    assert first.rank is WikibaseRank.PREFERRED
    assert first.qualifiers.get(text)[0].datavalue["value"] == "a qualifier"
    assert first.references.references[0].snaks.get(source)[0].datavalue["value"] == "https://example.org/"
    assert second.mainsnak.snaktype is WikibaseSnakType.UNKNOWN_VALUE


def test_a_statement_is_changed_and_removed(world: World):
    text = world.new_property("string")
    item = world.library.item.new()
    item.claims.add(datatypes.String(prop_nr=text, value="one"))
    item.claims.add(datatypes.String(prop_nr=text, value="two"), ActionIfExists.FORCE_APPEND)
    entity_id = str(item.write(**world.there).id)
    item = world.library.item.get(entity_id, **world.there)
    item.claims.get(text)[0].remove()
    written = item.write(**world.there)
    assert values(written, text) == ["two"]
    guid = written.claims.get(text)[0].id
    wbi_helpers.remove_claims(guid, **world.there)
    assert len(world.library.item.get(entity_id, **world.there).claims) == 0


def test_terms_are_found_by_search(world: World):
    for number in range(3):
        item = world.library.item.new()
        item.labels.set("en", f"tune {number}")
        item.descriptions.set("en", "a tune")
        item.write(**world.there)
    found = wbi_helpers.search_entities("tune", language="en", dict_result=True, **world.there)
    assert [row["label"] for row in found] == ["tune 0", "tune 1", "tune 2"]
    assert found[0]["match"]["type"] == "label"
    prop = world.new_property("string")
    assert wbi_helpers.search_entities("a property", search_type="property", language="en", **world.there) == [prop]


def test_items_are_merged_and_the_redirect_is_followed(world: World):
    one, two = world.library.item.new(), world.library.item.new()
    one.labels.set("en", "fiddle")
    two.labels.set("en", "violin")
    source, target = str(one.write(**world.there).id), str(two.write(**world.there).id)
    answer = wbi_helpers.merge_items(source, target, **world.there)
    assert (answer["success"], answer["redirected"]) == (1, 1)
    merged = world.library.item.get(source, **world.there)
    assert merged.id == target
    assert [alias.value for alias in merged.aliases.get("en")] == ["fiddle"]


def test_several_entities_come_in_one_request(world: World):
    ids = [str(world.library.item.new().write(**world.there).id) for _ in range(3)]
    found = wbi_helpers.generate_entity_instances(ids, **world.there)
    assert [entity_id for entity_id, _ in found] == ids


def test_an_entity_is_cleared_and_deleted(world: World):
    item = world.library.item.new()
    item.labels.set("en", "gone soon")
    item = item.write(**world.there)
    item.clear(**world.there)
    item = world.library.item.get(str(item.id), **world.there)
    assert item.labels.get("en") is None
    assert item.delete(**world.there)["delete"]["title"] == f"Item:{item.id}"
    with pytest.raises(MissingEntityException):
        world.library.item.get(str(item.id), **world.there)


def test_a_conflict_names_the_item_that_is_in_the_way(world: World):
    def write() -> str:
        item = world.library.item.new()
        item.labels.set("en", "twin")
        item.descriptions.set("en", "a person")
        return str(item.write(**world.there).id)

    first = write()
    with pytest.raises(ModificationFailed) as caught:
        write()
    assert caught.value.get_conflicting_entity_ids == [f"Item:{first}"]
    assert caught.value.get_languages == ["en"]


def test_errors_are_the_librarys_own(world: World):
    with pytest.raises(NonExistentEntityError):
        world.library.item.new(id="Q999").write(**world.there)
    text = world.new_property("string")
    item = world.library.item.new()
    item.claims.add(datatypes.String(prop_nr=text, value="x" * 401))
    with pytest.raises(ModificationFailed, match="400"):
        item.write(**world.there)
    world.wiki.faults.add(Fault("ratelimited", "wbeditentity"))
    with pytest.raises(MWApiError) as caught:
        world.library.item.new().write(**world.there)
    assert caught.value.code == "ratelimited"


def test_a_base_revision_is_sent_and_patched(world: World):
    item = world.library.item.new()
    item.labels.set("en", "a")
    item = item.write(**world.there)
    other = world.library.item.get(str(item.id), **world.there)
    other.labels.set("fi", "b")
    other.write(**world.there)
    item.descriptions.set("en", "c")
    item.write(baserevid=item.lastrevid, fields_to_update=None, **world.there)
    read = world.library.item.get(str(item.id), **world.there)
    assert (read.labels.get("fi").value, read.descriptions.get("en").value) == ("b", "c")


def test_nobody_reads_without_signing_in(world: World):
    with pytest.raises(MWApiError) as caught:
        wbi_helpers.search_entities("x", language="en", mediawiki_api_url=world.there["mediawiki_api_url"])
    assert caught.value.code == "readapidenied"


@pytest.mark.parametrize("login", [wbi_login.Login, wbi_login.Clientlogin])
def test_a_wrong_password_is_a_login_error(world: World, login: Any):
    with pytest.raises(wbi_login.LoginError, match="Incorrect"):
        login(user="Steward", password="wrong", mediawiki_api_url=world.there["mediawiki_api_url"])
