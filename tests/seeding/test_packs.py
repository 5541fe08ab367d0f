"""The packs that ship: what they must have, and what they must not claim."""

from __future__ import annotations

import re

import pytest

from commarchive.manifest.load import load_manifest
from commarchive.model.schema import Control, Schema
from commarchive.resources import data_path
from commarchive.seeding.planning import definitions_of

# The ids of Wikidata's properties that could be verified against its published vocabulary.
VERIFIED = {
    *(17, 18, 31, 131, 136, 138, 186, 195, 217, 248, 276, 279, 361, 373, 407, 485, 495, 527, 528, 625, 664, 710, 813),
    *(837, 854, 887, 973, 1343, 1435, 1448, 1628, 1629, 1630, 1705, 1793, 1896, 1921, 2079, 2302, 2341, 2561, 2596),
    *(2888, 2922, 2936, 3095, 3259, 6379, 9600, 10221, 10527),
}


def test_every_control_has_its_property(shipped):
    for control in Control:
        definition = shipped.control(control)
        assert definition is not None
        assert definition.datatype == "string"
        assert definition.slug == control.value


@pytest.mark.parametrize("language", ["en", "fi", "fr"])
def test_everything_is_named_and_described_in(language, shipped):
    lacking = [
        definition.slug
        for definition in definitions_of(shipped)
        if not definition.labels.get(language) or not definition.descriptions.get(language)
    ]
    assert lacking == []


def test_terms_fit_a_stock_wikibase(shipped):
    for definition in definitions_of(shipped):
        for lang in {**definition.labels, **definition.descriptions}:
            assert definition.labels.get(lang) != definition.descriptions.get(lang), definition.slug
        texts = [*definition.labels.values(), *definition.descriptions.values()]
        texts += [text for some in definition.aliases.values() for text in some]
        assert all(text == text.strip() and len(text) <= 250 for text in texts), definition.slug


def test_equivalents_are_verified_and_used_once(shipped):
    seen: dict[str, str] = {}
    for definition in definitions_of(shipped):
        for uri in definition.equivalents:
            found = re.fullmatch(r"http://www\.wikidata\.org/entity/P([0-9]+)", uri)
            assert found, uri
            assert int(found.group(1)) in VERIFIED, uri
            assert seen.setdefault(uri, definition.slug) == definition.slug
    # Wikidata's P8379 is a qualifier of something else, though it is sometimes taken for UNESCO's identifier.
    assert shipped.properties["unesco-ich-id"].equivalents == ("http://www.wikidata.org/entity/P10221",)


def test_nothing_that_ships_is_restricted_to_a_community_that_an_archive_may_not_have(shipped):
    conditions = {definition.condition for definition in definitions_of(shipped)}
    defaults = {definition.default for definition in definitions_of(shipped)}
    assert conditions == {"public"}
    assert defaults == {None, "stewards"}
    restricted = {d.slug for d in definitions_of(shipped) if d.default is not None}
    assert all(slug.startswith("consent-") for slug in restricted)


def test_what_tells_of_living_people_says_so(shipped: Schema):
    telling = {slug for slug, definition in shipped.properties.items() if definition.living_person}
    assert {"date-of-birth", "practitioner", "features", "consent-given-by"} <= telling
    assert shipped.items["person"].living_person


def test_forms_offer_what_they_require(shipped: Schema):
    for item in shipped.items.values():
        assert set(item.required) <= set(item.properties), item.slug
        assert set(item.properties) <= set(shipped.properties), item.slug


def test_a_pack_of_ones_own_may_restrict_what_it_describes():
    manifest = load_manifest(data_path("examples", "sacred-place"))
    assert manifest.schema.items["kept-place"].default == "elders"
    assert manifest.schema.properties["kept-coordinates"].default == "elders"
    invented = [
        *manifest.schema.items["kept-place"].descriptions.values(),
        *manifest.packs["sacred-place"].name.values(),
    ]
    assert all(re.search("illustration|esimerkki", text) for text in invented)
