"""Pages: what stands on them, in which language, and with which reasons."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from commarchive.gateway.pages.translations import LOCALE
from commarchive.policy.standing import Membership
from commarchive.register.members import CUSTODIANS, HOST
from tests.world import BASE, ELDER, FACILITATOR, MEMBER, NEIGHBOUR, PERSONAS, STEWARD, VISITOR, canary

VOID = {"meta", "link", "input", "br", "rect", "path"}


class Page(HTMLParser):
    """Reads a page and notes what is wrong with its structure."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.wrong += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.tags if name == tag and attributes.items() <= found.items()]


def page(archive: Any, persona: str, path: str, **headers: str) -> Page:
    client = archive.new_client(persona) if headers else archive.client(persona)
    address = path.format(**{name.replace(" ", "_").replace("'", ""): id_ for name, id_ in archive.ids.items()})
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    return Page(answer.text)


PATHS = (
    "/?lang=en",
    "/browse?lang=en",
    "/browse?page=2&lang=en",
    "/browse?values={instance_of}&lang=en",
    "/browse?{instance_of}={song}&lang=en",
    "/search?q=song&lang=en",
    "/search?q=&lang=en",
    "/item/{open}?lang=en",
    "/item/{song}?lang=en",
    "/item/{singers_song}?lang=en",
    "/item/{dusk_song}?lang=en",
    "/property/{size}?lang=en",
    "/sign-in?lang=en",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_every_page_is_well_formed_and_can_be_read_by_everyone(archive, persona, path):
    found = page(archive, persona, path)
    assert found.wrong == []
    assert found.all("html", lang="en", dir="ltr")
    assert len(found.all("h1")) == 1
    assert len(found.all("main")) == 1
    assert "{{" not in found.text
    ids = [attributes["id"] for _, attributes in found.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    labels = {label.get("for") for label in found.all("label")}
    visible = [field for field in found.all("input") if field.get("type") != "hidden"]
    assert all(field.get("id") in labels for field in visible), "a field has no label"


def test_errors_are_pages_like_the_others(archive):
    for path in ("/item/Q99?lang=en", "/nonsense?lang=en", "/browse?page=x&lang=en"):
        found = Page(archive.client(VISITOR).get(path).text)
        assert found.wrong == []
        assert len(found.all("h1")) == 1


def test_a_record_is_told_in_the_readers_language(archive):
    assert page(archive, VISITOR, "/item/{open}?lang=fi").all("html", lang="fi")
    finnish, french = page(archive, VISITOR, "/item/{open}?lang=fi"), page(archive, VISITOR, "/item/{open}?lang=fr")
    assert "soutulaulu" in finnish.text
    assert "21. kesäkuuta 1912" in finnish.text
    assert "laulu" in finnish.text
    assert "Kylän arkisto" in finnish.text
    assert "rowing song" in french.text, "there is no French name, so the archive's first language stands in"
    assert french.all("span", lang="en", dir="ltr"), "what is in another language says so"
    assert "chanson" in french.text


def test_the_language_is_chosen_remembered_or_what_the_browser_prefers(archive):
    client = archive.new_client()
    first = client.get("/", headers={"accept-language": "xx, fr-CA;q=0.9, fi;q=0.8"})
    assert '<html lang="fr"' in first.text
    assert "set-cookie" not in first.headers
    assert '<html lang="en"' in client.get("/", headers={"accept-language": "de, *;q=0.1, fi;q=0, ;;;"}).text
    chosen = client.get("/?lang=fi")
    assert chosen.headers["cache-control"] == "private, no-store"
    assert '<html lang="fi"' in client.get("/", headers={"accept-language": "fr"}).text
    assert '<html lang="fi"' in client.get("/?lang=tlh").text
    assert "Oza" in client.get("/?lang=se").text


def test_a_padlock_says_why_in_the_readers_language(archive):
    assert "Open to everyone." in page(archive, VISITOR, "/item/{open}?lang=en").text
    elder = page(archive, ELDER, "/item/{closed_item}?lang=en").text
    assert "Not everyone sees this. You share in Elders." in elder
    assert "Olet osallinen: Vanhimmat." in page(archive, ELDER, "/item/{closed_item}?lang=fi").text
    steward = page(archive, STEWARD, "/item/{draft}?lang=en").text
    assert "You are a steward of The village." in steward
    assert "You share in Neighbours." in page(archive, NEIGHBOUR, "/item/{neighbours_song}?lang=en").text
    dusk = page(archive, VISITOR, "/item/{dusk_song}?lang=en").text
    assert "Open to everyone. It is kept under Everyone, which is open to everyone." in dusk


def test_a_padlock_stands_at_each_part_that_fewer_people_see(archive):
    found = page(archive, ELDER, "/item/{open}?lang=en")
    assert found.text.count("Fewer people see this. You share in Elders.") >= 9
    assert "Fewer people see this" not in page(archive, VISITOR, "/item/{open}?lang=en").text
    assert "Fewer people see this" not in page(archive, MEMBER, "/item/{open}?lang=en").text
    lines = re.findall(r"(\S+) Fewer people see this", found.text)
    assert canary("zqstatement") in lines
    assert canary("zqqualifier") in lines
    assert "rowing" not in lines


def test_a_notice_stands_in_front_of_the_content_and_is_for_those_who_see_it(archive):
    for persona, path, notice in (
        (ELDER, "/item/{closed_item}?lang=en", "Ask the elders first."),
        (ELDER, "/item/{open}?lang=en", "Ask the elders first."),
        (VISITOR, "/item/{dusk_song}?lang=en", "Sing it only at dusk."),
    ):
        text = page(archive, persona, path).text
        assert text.count(notice) == 1
        assert text.index(notice) < text.index("Address of this record")
    for persona in (VISITOR, MEMBER, NEIGHBOUR, FACILITATOR):
        assert "Ask the elders" not in page(archive, persona, "/item/{open}?lang=en").text


def test_a_custodian_is_told_why_nothing_is_closed(own):
    own.register.members.set(MEMBER, Membership(CUSTODIANS), by=HOST)
    text = page(own, MEMBER, "/item/{closed_item}?lang=en").text
    assert "You are a custodian of the wiki: nothing is closed to you." in text


def test_who_may_see_a_record_is_told_to_its_stewards_alone(archive):
    assert "Who may see this" in page(archive, STEWARD, "/item/{open}?lang=en").text
    for persona in (VISITOR, MEMBER, ELDER, NEIGHBOUR, FACILITATOR):
        text = page(archive, persona, "/item/{open}?lang=en").text
        assert "Who may see this" not in text
        assert "term condition" not in text


def test_what_only_is_known_to_exist_says_how_to_ask(archive):
    text = page(archive, VISITOR, "/item/{singers_song}?lang=en").text
    assert "A record that is not open" in text
    assert "ask the archive's stewards" in text
    assert "Singers" not in text, "which protocol keeps it is not told"


def test_statements_are_grouped_with_ranks_qualifiers_and_sources(archive):
    found = page(archive, VISITOR, "/item/{open}?lang=en")
    assert found.all("dd", **{"class": "line preferred"})
    assert found.text.index("heard by all") < found.text.index("heard by most")
    assert found.text.count("1 source") == 1
    assert found.text.index("Known elsewhere as") < found.text.index("inventory number")
    assert found.all("a", href="https://inventory.example/A%2042", rel="noopener noreferrer nofollow")
    assert found.all("span", lang="fi", dir="ltr")
    assert "unknown value" in found.text


def test_records_that_refer_to_a_record_are_listed(archive):
    text = page(archive, VISITOR, "/item/{song}?lang=en").text
    assert "Records that refer to this one instance of :" in text or "Records that refer to this one" in text
    assert "rowing song" in text
    assert canary("zqitemlabel") not in text
    assert canary("zqitemlabel") in page(archive, ELDER, "/item/{song}?lang=en").text


def test_the_data_of_a_record_is_one_click_away(archive):
    found = page(archive, VISITOR, "/item/{open}?lang=en")
    for ending in ("json", "ttl", "nt", "rdf", "jsonld"):
        address = f"/wiki/Special:EntityData/{archive.ids['open']}.{ending}"
        assert found.all("a", href=address)
        assert found.all("link", href=address, rel="alternate")
        assert archive.client(VISITOR).get(address).status_code == 200
    assert f"{BASE}/entity/{archive.ids['open']}" in found.text


def test_the_archives_rights_are_told_on_every_page(archive):
    assert "Ask us before you use this." in page(archive, VISITOR, "/?lang=en").text
    assert page(archive, VISITOR, "/?lang=en").all("a", href="https://rightsstatements.org/vocab/CNE/1.0/")


def test_an_items_page_is_no_propertys_page(archive):
    client = archive.client(VISITOR)
    assert client.get(f"/property/{archive.ids['open']}").status_code == 404
    assert client.get("/item/P1").status_code == 404
    assert client.get("/item/banana").status_code == 404
    assert (
        client.get(f"/item/{archive.ids['open'].lower()}").headers["location"] == f"{BASE}/item/{archive.ids['open']}"
    )


def test_browsing_narrows_step_by_step(archive):
    song, kind = archive.ids["song"], archive.ids["instance of"]
    found = page(archive, VISITOR, "/browse?lang=en")
    assert "28 records" in found.text
    narrowed = page(archive, VISITOR, "/browse?{instance_of}={song}&lang=en")
    assert "instance of : song" in narrowed.text
    assert narrowed.all("a", href="/browse")
    assert f"{kind}={song}" not in " ".join(str(a.get("href")) for a in narrowed.all("a", rel="prev"))
    assert page(archive, VISITOR, "/?lang=en").all("a", href=f"/browse?{kind}={song}")


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=-1", "page=9999999999", "page=%C2%B2"])
def test_a_page_number_that_makes_no_sense_is_refused(archive, query):
    assert archive.client(VISITOR).get(f"/browse?{query}").status_code == 400
    assert archive.client(VISITOR).get(f"/search?q=a&{query}").status_code == 400


def test_a_page_beyond_the_end_is_empty(archive):
    answer = archive.client(VISITOR).get("/browse?page=100&lang=en")
    assert answer.status_code == 200
    assert "28 records" in answer.text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7*7 }}", "%(num)s", "' OR 1=1 --"])
def test_what_a_reader_types_is_text(archive, text):
    for path in ("/search", "/browse", "/item/Q1", "/"):
        answer = archive.client(VISITOR).get(path, params={"q": text, "lang": "en", "then": text, "P1": text})
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert "49" not in Page(answer.text).text or "{{ 7*7 }}" in answer.text


def test_what_a_record_says_is_text(own):
    own.edit("open", labels={"en": '<b>bold</b> & "quoted"'}, descriptions={"en": "<script>x</script>"})
    text = own.new_client().get(f"/item/{own.ids['open']}?lang=en").text
    assert "<b>bold" not in text
    assert "<script" not in text
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; &#34;quoted&#34;" in text


def test_the_frame_of_a_page_is_small():
    base = (LOCALE.parent / "templates" / "base.html").read_text()
    assert len(base.splitlines()) < 100
    for template in (LOCALE.parent / "templates").glob("*.html"):
        if not template.name.startswith("_") and template.name != "base.html":
            assert "{% block body_class %}" in template.read_text(), f"{template.name} has no class of its own"
