"""Linked data: which format is chosen, what is said besides the record, what is not served."""

from __future__ import annotations

import pytest
import rdflib

from tests.world import BASE, ELDER, VISITOR, canary

RIGHTS = "https://rightsstatements.org/vocab/CNE/1.0/"
FORMATS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        (None, "json"),
        ("*/*", "json"),
        ("text/turtle", "ttl"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "rdf"),
        ("application/ld+json", "jsonld"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("text/turtle;q=0.5, application/json;q=0.9", "json"),
        ("text/turtle;q=0, application/n-triples;q=0.1", "nt"),
        ("image/png", "json"),
        ("text/turtle;q=x", "json"),
        ("text/turtle;charset=utf-8;q=0.7", "ttl"),
        (";;,,", "json"),
    ],
)
@pytest.mark.parametrize("path", ["/entity/{id}", "/wiki/Special:EntityData/{id}"])
def test_the_format_is_the_one_that_the_client_prefers(archive, accept, ending, path):
    headers = {"accept": accept} if accept is not None else {"accept": ""}
    answer = archive.client(VISITOR).get(path.format(id=archive.ids["open"]), headers=headers)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{BASE}/wiki/Special:EntityData/{archive.ids['open']}.{ending}"


def test_the_page_for_people_is_where_the_document_for_people_leads(archive):
    client = archive.client(VISITOR)
    answer = client.get(f"/wiki/Special:EntityData/{archive.ids['open']}.html")
    assert answer.headers["location"] == f"{BASE}/item/{archive.ids['open']}"
    assert client.get("/wiki/Special:EntityData/P1.html").headers["location"] == f"{BASE}/property/P1"
    assert client.get("/wiki/Item:q1").headers["location"] == f"{BASE}/item/Q1"
    assert client.get("/wiki/Property:P1").headers["location"] == f"{BASE}/property/P1"


@pytest.mark.parametrize("path", ["/entity/banana", "/wiki/Special:EntityData/banana", "/wiki/Special:EntityData/.ttl"])
def test_what_is_no_id_is_said_to_be_none(archive, path):
    assert archive.client(VISITOR).get(path).status_code == 400


def test_what_is_no_id_is_shown_as_text(archive):
    answer = archive.client(VISITOR).get("/wiki/Special:EntityData/<b>x.json")
    assert "<b>x" not in answer.text
    assert "&lt;b&gt;x" in answer.text


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (".xml", 415),
        (".php", 415),
        (".json.ttl", 415),
        (".json?revision=1", 400),
        (".json?oldid=1", 400),
        (".ttl?flavor=simple", 400),
        (".ttl?flavor=dump", 200),
        (".ttl?flavor=full", 200),
    ],
)
def test_there_are_these_formats_and_flavours_and_no_old_revisions(archive, more, status):
    assert archive.client(VISITOR).get(f"/wiki/Special:EntityData/{archive.ids['open']}{more}").status_code == status


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_of_rdf_names_what_the_reader_may_know_and_claims_the_archives_own_rights(archive, ending):
    path = f"/wiki/Special:EntityData/{archive.ids['open']}.{ending}"
    said = rdflib.Graph().parse(data=archive.client(VISITOR).get(path).content, format=FORMATS[ending])
    data = rdflib.URIRef(path.replace(f".{ending}", "").join((BASE, "")))
    licence = rdflib.URIRef("http://creativecommons.org/ns#license")
    assert {str(o) for o in said.objects(data, licence)} == {RIGHTS}
    labels = {str(o) for o in said.objects(None, rdflib.RDFS.label)}
    assert {"rowing song", "song", "part of", "A record that is not open"} <= labels
    known = rdflib.Graph().parse(data=archive.client(ELDER).get(path).content, format=FORMATS[ending])
    names = {str(o) for o in known.objects(None, rdflib.RDFS.label)}
    assert {canary("zqitemlabel"), canary("zqunit"), canary("zqproperty")} <= names
    assert len(known) > len(said)


def test_best_rank_is_computed_from_what_the_reader_sees(own):
    # The preferred statement becomes hidden: what was second is best for those who do not see the first.
    id_, remark = own.ids["open"], own.ids["remark"]
    query = {"action": "wbgetclaims", "entity": id_, "property": remark, "format": "json"}
    client = own.client(VISITOR)
    statements = client.get("/w/api.php", params=query).json()["claims"][remark]
    preferred = next(each for each in statements if each["rank"] == "preferred")
    own.restrict(id_, preferred["id"], "elders")
    for persona, best in ((VISITOR, "heard by all"), (ELDER, "heard by most")):
        path = f"/wiki/Special:EntityData/{id_}.nt"
        said = rdflib.Graph().parse(data=own.client(persona).get(path).content, format="nt")
        direct = rdflib.URIRef(f"{BASE}/prop/direct/{remark}")
        assert {str(o) for o in said.objects(None, direct)} == {best}


def test_a_merged_record_is_said_to_be_the_same(archive):
    twin, target = archive.ids["other twin"], archive.ids["open"]
    client = archive.client(VISITOR)
    assert f"data:{target} " in client.get(f"/wiki/Special:EntityData/{twin}.ttl").text
    assert f"wd:{twin} owl:sameAs wd:{target} ." in client.get(f"/wiki/Special:EntityData/{twin}.ttl").text
    entities = client.get(f"/wiki/Special:EntityData/{twin}.json").json()["entities"]
    assert entities[target]["redirects"] == {"from": twin, "to": target}
    assert client.get(f"/item/{twin}").headers["location"] == f"{BASE}/item/{target}"
