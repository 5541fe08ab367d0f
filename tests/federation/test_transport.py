"""A hostile target: whatever goes wrong on the way, each statement is there once, or the run stops and says why."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from commarchive.errors import WikiOutcomeUnknownError, WikiRefusedError, WikiUnavailableError
from commarchive.sandbox import Fault
from commarchive.wikibase.transport import Request, Response

from .words import item
from .world import COUNTRY, FIDDLING, FINLAND, NOTE, SAUNA, THERE_FIDDLING, World

EDIT = "wbeditentity"
RECORDS = [FIDDLING, SAUNA]


@pytest.fixture
def planned(world: World):
    """Two records: one whose item is there, one whose item has to be made."""
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    world.element(SAUNA, (COUNTRY, item(FINLAND)), (NOTE, "x"), qid=None, labels={"en": "Sauna"})
    plan = world.plan()
    world.approve(plan)
    return plan


def outcome(world: World) -> dict[str, object]:
    """Everything that we said there, ids aside."""
    made = world.ledger.items("http://www.wikidata.org/entity/", [SAUNA]).get(SAUNA)
    items = [THERE_FIDDLING, *([made] if made else [])]
    return {
        "said": [
            sorted(
                (claim["mainsnak"]["hash"], [reference["hash"] for reference in claim.get("references", [])])
                for group in world.standing(id_)["claims"].values()
                for claim in group
            )
            for id_ in items
        ],
        "items": len(list(world.target().called("Sauna", "en"))),
        "drift": world.verify().findings,
    }


@pytest.fixture(scope="module")
def undisturbed(settled, tmp_path_factory):
    """What an undisturbed run leaves."""
    from .world import copy_world, open_world

    with open_world(copy_world(settled, tmp_path_factory.mktemp("undisturbed") / "world")) as world:
        world.element(FIDDLING, (COUNTRY, item(FINLAND)))
        world.element(SAUNA, (COUNTRY, item(FINLAND)), (NOTE, "x"), qid=None, labels={"en": "Sauna"})
        world.publish()
        return outcome(world)


RIDDEN_OUT = {
    "503 after the edit was made": [Fault("503-after-commit", EDIT)],
    "503 after the item was made": [Fault("503-after-commit", EDIT, skip=1)],
    "silence after the edit was made": [Fault("silent-after-commit", EDIT)],
    "503 before": [Fault("503", EDIT)],
    "silence before": [Fault("silent", EDIT)],
    "429 without a time": [Fault("429", EDIT, times=2)],
    "429 with a time": [Fault("429", EDIT, retry_after=7)],
    "ratelimited without messages": [Fault("ratelimited", EDIT, times=3)],
    "maxlag with HTTP 200": [Fault("maxlag", EDIT, times=2)],
    "maxlag while reading": [Fault("maxlag", "wbgetentities", times=2)],
    "read-only": [Fault("readonly", EDIT)],
    "a stale token": [Fault("badtoken", EDIT, skip=1)],
    "a lost session": [Fault("session-lost", EDIT)],
    "an edit conflict": [Fault("editconflict", EDIT)],
    "two edit conflicts": [Fault("editconflict", EDIT, times=2)],
    "everything at once": [
        Fault("429", EDIT, retry_after=3),
        Fault("session-lost", EDIT),
        Fault("maxlag", "query"),
        Fault("503-after-commit", EDIT),
        Fault("silent-after-commit", EDIT),
    ],
}


@pytest.mark.parametrize("case", RIDDEN_OUT)
def test_it_is_ridden_out_and_said_once(world: World, planned, undisturbed, case: str):
    target = world.target()
    world.there.faults.add(*RIDDEN_OUT[case])
    applied = world.apply(planned, target=target)
    assert not world.there.faults
    assert sorted(applied.sent) == RECORDS
    assert outcome(world) == undisturbed


STOPPING = {
    "a block": (Fault("block", EDIT, skip=1), WikiRefusedError),
    "an abuse filter": (Fault("abusefilter-disallowed", EDIT, skip=1), WikiRefusedError),
    "a wiki that stays busy": (Fault("maxlag", EDIT, skip=1, times=50), WikiUnavailableError),
    "a wiki that wants us to wait for an hour": (Fault("429", EDIT, skip=1, retry_after=3600), WikiUnavailableError),
    "a wiki that never answers again": (Fault("silent-after-commit", EDIT, skip=1, times=50), None),
    "a wiki that is gone": (Fault("503", EDIT, skip=1, times=50), WikiOutcomeUnknownError),
}


@pytest.mark.parametrize("case", STOPPING)
def test_it_stops_the_run_and_the_next_run_goes_on(world: World, planned, undisturbed, case: str):
    fault, error = STOPPING[case]
    target = world.target()
    world.there.faults.add(fault)
    if error is None:
        world.apply(planned, target=target)
    else:
        with pytest.raises(error):
            world.apply(planned, target=target)
        assert world.ledger.under_way() == [] or error is WikiOutcomeUnknownError
    world.there.faults.clear()
    world.there.unblock("Village bot")
    world.apply(planned)
    assert world.ledger.under_way() == []
    assert outcome(world) == undisturbed


def test_a_block_in_the_middle_sends_nothing_more(world: World, planned):
    target = world.target()
    world.there.faults.add(Fault("block", EDIT))
    with pytest.raises(WikiRefusedError, match="permissiondenied"):
        world.apply(planned, target=target)
    assert len(world.recorder.writes) == 1


def test_a_name_that_is_taken_leaves_one_record_undone_and_goes_on(world: World, planned):
    world.there.put({"id": "Q6000", "type": "item", "labels": {"en": {"language": "en", "value": "Sauna"}}})
    applied = world.apply(planned)
    assert applied.sent == [FIDDLING]
    assert set(applied.skipped) == {SAUNA}


def test_every_write_says_who_and_that_it_may_wait_and_in_which_batch(world: World, planned):
    world.apply(planned)
    assert len(world.recorder.writes) == 2
    for write in world.recorder.writes:
        assert write["assertuser"] == "Village bot"
        assert write["maxlag"] == "5"
        assert write["token"]
        assert re.search(
            rf"village-archive: publish \d+ \[ca:[0-9a-f]{{16}}\] "
            rf"\(\[\[:toolforge:editgroups/b/CB/{planned.batch}\|details\]\]\)$",
            write["summary"],
        )
        assert "clear" not in write
    (existing,) = (write for write in world.recorder.writes if write.get("id"))
    assert existing["baserevid"]
    assert all(
        request.form.get("action") != "wbeditentity" or "maxlag" in request.form for request in world.recorder.requests
    )


def test_reads_may_wait_too(world: World, planned):
    world.apply(planned)
    reads = [r for r in world.recorder.requests if {**r.params, **r.form}.get("action") == "wbgetentities"]
    assert reads
    assert all({**r.params, **r.form}["maxlag"] == "5" for r in reads)


def test_the_user_agent_names_program_contact_and_library():
    from commarchive.deploy.wiki import user_agent

    assert re.fullmatch(
        r"commarchive/[0-9.]+ \(https://archive\.example\) requests/[0-9.]+", user_agent("https://archive.example")
    )


def test_edits_keep_their_pace_by_the_clock_on_the_wall(world: World):
    for number in range(40, 46):
        world.element(f"Q{number}", (COUNTRY, item(FINLAND)), qid=None, labels={"en": f"Element {number}"})
    plan = world.plan()
    world.approve(plan)
    target = world.target()
    moments: list[float] = []

    def slow(request: Request) -> None:
        if request.form.get("action") == EDIT:
            moments.append(world.clock.monotonic())
            world.clock.sleep(2.0)

    world.recorder.after = slow
    world.apply(plan, target=target, edits_per_minute=12.0)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert len(moments) == 6
    assert all(gap == pytest.approx(5.0) for gap in gaps)


def test_a_run_that_goes_on_keeps_the_pace_of_the_run_before(world: World, planned):
    target = world.target()
    world.there.faults.add(Fault("block", EDIT, skip=1))
    with pytest.raises(WikiRefusedError):
        world.apply(planned, target=target, edits_per_minute=1.0)
    world.there.unblock("Village bot")
    before = world.clock.monotonic()
    world.apply(planned, edits_per_minute=1.0)
    assert world.clock.monotonic() - before >= 59.0


def test_an_answer_that_never_comes_is_not_waited_for_for_ever(world: World, planned):
    timeouts: list[float] = []
    inner = world.there.transport()

    class Watching:
        base_url = ""

        def send(self, request: Request, *, timeout: float) -> Response:
            timeouts.append(timeout)
            return inner.send(request, timeout=timeout)

    from commarchive.federation.target import Target

    world.apply(planned, target=Target(world.api(Watching())))
    assert timeouts
    assert all(0 < timeout <= 60 for timeout in timeouts)


def test_no_other_wiki_is_ever_asked(world: World, planned, monkeypatch: pytest.MonkeyPatch):
    from wikibaseintegrator.wbi_config import config

    poisoned = "http://poisoned.invalid"
    for key in (
        "MEDIAWIKI_API_URL",
        "MEDIAWIKI_INDEX_URL",
        "MEDIAWIKI_REST_URL",
        "SPARQL_ENDPOINT_URL",
        "WIKIBASE_URL",
    ):
        monkeypatch.setitem(config, key, poisoned)
    import socket

    def refused(*_args: object, **_more: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    asked_here: list[str] = []
    handle = world.wiki.handle

    def watched(request: Request, session):
        asked_here.append(request.form.get("action", "") + request.params.get("action", ""))
        return handle(request, session)

    monkeypatch.setattr(world.wiki, "handle", watched)
    world.apply(planned)
    world.verify()
    assert asked_here == []
    assert world.claims(THERE_FIDDLING, "P17")


def test_a_patched_edit_is_noted(world: World, planned):
    """Somebody edits between our look and our edit: the target patches, and the ledger says so."""
    target = world.target()

    def meddle(request: Request) -> None:
        asked = {**request.params, **request.form}
        if asked.get("action") == "wbgetentities" and asked.get("ids") == THERE_FIDDLING and "props" not in asked:
            world.recorder.after = lambda _: None
            world.somebody_edits(THERE_FIDDLING, {"labels": {"fi": {"language": "fi", "value": "viulunsoitto"}}})

    world.recorder.after = meddle
    world.apply(planned, target=target)
    rows = [row for row in world.ledger.rows(record=FIDDLING) if row.state == "confirmed"]
    assert {row.warnings for row in rows} == {("wikibase-conflict-patched",)}
    assert json.dumps(world.standing(THERE_FIDDLING)["labels"]["fi"])


def test_what_is_in_doubt_at_another_target_is_not_looked_for_here(world: World, planned):
    from dataclasses import replace

    from commarchive.federation.ledger import Row, State
    from commarchive.federation.steps import Mode

    elsewhere = Row(
        State.SENT, Mode.CREATED, "f" * 64, "f" * 12, "Q99", "Q99$1", marker="0" * 16, site="https://other.example/"
    )
    world.ledger.append([replace(elsewhere, sent_at="2027-01-15T12:00:00+00:00")])
    world.apply(planned)
    assert [row.record for row in world.ledger.under_way()] == ["Q99"]
