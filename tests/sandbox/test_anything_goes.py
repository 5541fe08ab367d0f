"""Whatever a client sends, the wiki answers, and what it refuses changes nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commarchive.sandbox import Wiki, WikiSettings
from commarchive.sandbox.api import MODULES
from tests.sandbox.client import Client, statement, terms

WIKI = Wiki(":memory:", settings=WikiSettings(private=False))
WIKI.create_account("Admin", "secret", ["sysop"])
ADMIN = Client(WIKI.transport()).sign_in("Admin", "secret")
PROPERTY = ADMIN.property()
ITEM = ADMIN.item(labels=terms(en="x"), claims=[statement(PROPERTY, "x")])
GUID = ADMIN.entity(ITEM)["claims"][PROPERTY][0]["id"]

_KEYS = (
    "id type labels descriptions aliases claims sitelinks language value add remove mainsnak snaktype "
    "property datavalue qualifiers qualifiers-order references snaks snaks-order rank hash datatype en fi "
    "0 site title badges time entity-type numeric-id amount unit upperBound lowerBound latitude longitude "
    "precision globe calendarmodel before after timezone text"
)
KEYS = st.sampled_from(re.findall(r"\S+", _KEYS))
WORDS = st.sampled_from(
    [
        "statement",
        "value",
        "novalue",
        "string",
        "time",
        "quantity",
        "wikibase-entityid",
        "globecoordinate",
        "monolingualtext",
        "normal",
        "+1",
        "P1",
        "en",
        "",
        "\n",
        "Q1",
        PROPERTY,
        ITEM,
        GUID,
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats(allow_nan=False) | WORDS | st.text(max_size=5)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
SNAK = st.fixed_dictionaries(
    {"snaktype": WORDS, "property": WORDS},
    optional={"datavalue": st.fixed_dictionaries({"type": WORDS, "value": ANYTHING})},
)
CLAIM = st.fixed_dictionaries(
    {"type": st.just("statement")},
    optional={
        "id": WORDS,
        "mainsnak": SNAK | ANYTHING,
        "rank": SCALARS,
        "qualifiers": st.lists(SNAK, max_size=2) | ANYTHING,
        "references": st.lists(st.fixed_dictionaries({"snaks": st.lists(SNAK, max_size=2) | ANYTHING}), max_size=2)
        | ANYTHING,
        "remove": st.just(""),
    },
)
ENTITY = st.fixed_dictionaries(
    {}, optional={"claims": st.lists(CLAIM, max_size=3), "labels": ANYTHING, "aliases": ANYTHING, "datatype": ANYTHING}
)


@settings(max_examples=150, deadline=None)
@given(data=ENTITY | ANYTHING)
def test_any_data_is_answered_and_a_refusal_changes_nothing(data: Any):
    ADMIN.write("wbeditentity", new="property", data=json.dumps(data))
    before = ADMIN.entity(ITEM)
    answer = ADMIN.write("wbeditentity", id=ITEM, data=json.dumps(data))
    if "error" in answer:
        assert ADMIN.entity(ITEM) == before
    else:
        assert answer["success"] == 1
        assert ADMIN.entity(ITEM)["lastrevid"] == answer["entity"]["lastrevid"]


@settings(max_examples=150, deadline=None)
@given(
    module=st.sampled_from(sorted(set(MODULES) - {"logout"})),
    form=st.dictionaries(
        st.sampled_from(sorted({module.prefix + name for module in MODULES.values() for name in module.params}))
        | st.text(max_size=3),
        WORDS | st.text(max_size=6) | ANYTHING.map(json.dumps),
        max_size=5,
    ),
)
def test_any_parameters_are_answered(module: str, form: dict[str, str]):
    form = {key: value for key, value in form.items() if key not in ("action", "token", "format", "client")}
    answer = Client(WIKI.transport()).send(**{**form, "action": module, "token": "+\\"})
    assert answer.status == 200
    assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("depth", [200, 2000])
def test_data_that_is_nested_without_end_is_refused(depth: int):
    answer = ADMIN.write("wbeditentity", id=ITEM, data="[" * depth + "]" * depth)
    assert "error" in answer
