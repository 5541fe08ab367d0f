"""What leaves the archive is the plan and nothing else: a canary in every restricted place is never heard of."""

from __future__ import annotations

import json

from commarchive.federation.plan import LeftOut
from commarchive.wikibase.transport import Request

from .words import Json, amount, entity, guid, item, phrase, statement, year
from .world import (
    ACCESS,
    COUNTRY,
    FIDDLING,
    FINLAND,
    HEIGHT,
    INSTANCE_OF,
    LIST,
    NAME,
    NOTE,
    NUMBER,
    PAGE,
    QUALIFIER,
    REPRESENTATIVE_LIST,
    SAUNA,
    SECRET,
    SINCE,
    STATED_IN,
    TERM,
    THERE_FIDDLING,
    WIKIDATA_ITEM,
    World,
)

CANARY = "canary"
HIDDEN_ITEM, HIDDEN_THERE = "Q31", "Q909090"
ASKING = frozenset({"query", "wbgetentities", "wbsearchentities", "login", "clientlogin"})


def haunted(world: World) -> None:
    """Public records with a canary in every place that visitors do not see."""
    world.put(
        HIDDEN_ITEM,
        (WIKIDATA_ITEM, HIDDEN_THERE),
        (NUMBER, f"{CANARY}-number"),
        access="elders",
        labels={"en": f"{CANARY} item", "fi": f"{CANARY} kohde"},
    )
    world.there.put(entity(HIDDEN_THERE, labels={"en": "never asked for"}))
    for id_, qid in ((FIDDLING, THERE_FIDDLING), (SAUNA, None)):
        world.element(
            id_,
            (COUNTRY, item(FINLAND)),
            statement(id_, LIST, item(REPRESENTATIVE_LIST), (SINCE, year(2021))),
            statement(id_, NOTE, f"{CANARY} statement", (ACCESS, "elders"), name="hidden"),
            # Of properties of their own: whatever is like something restricted is restricted like it.
            statement(id_, HEIGHT, amount("+3"), (NOTE, f"{CANARY} qualifier"), (QUALIFIER, f"{NOTE}: elders")),
            statement(
                id_, PAGE, "https://songs.example", references=(((NOTE, f"{CANARY} source"), (ACCESS, "elders")),)
            ),
            statement(id_, LIST, item(HIDDEN_ITEM), name="value"),
            statement(id_, COUNTRY, item(FINLAND), (STATED_IN, item(HIDDEN_ITEM)), name="qualifier value"),
            statement(id_, NAME, phrase("en", f"{CANARY} name"), (ACCESS, "elders"), name="name"),
            statement(id_, NUMBER, f"{CANARY}-id", (ACCESS, "elders"), name="number"),
            (SECRET, f"{CANARY} secret property"),
            (TERM, "label@fi: elders"),
            statement(id_, TERM, "description@fi: elders", name="description"),
            qid=qid,
            labels={"en": f"Element {id_}", "fi": f"{CANARY} label"},
            descriptions={"en": "a practice", "fi": f"{CANARY} description"},
        )


def everything(world: World, requests: list[Request]) -> str:
    return "\n".join(repr((r.path, dict(r.params), dict(r.form), dict(r.headers))) for r in requests)


def test_a_canary_in_every_restricted_place_is_never_heard_of(world: World):
    haunted(world)
    heard: list[str] = []

    def listen() -> None:
        heard.append(everything(world, world.recorder.requests))

    plan = world.plan()
    listen()
    left_out = {e.part for e in plan.entries() if isinstance(e, LeftOut)}
    assert {guid(FIDDLING, HEIGHT), guid(FIDDLING, PAGE), guid(FIDDLING, "qualifier value")} <= left_out
    world.approve(plan)
    world.apply(plan)
    listen()
    world.verify()
    listen()
    back = world.retraction()
    listen()
    world.approve(back)
    world.apply(back)
    listen()
    assert all(heard)
    heard += [plan.path.read_text(), back.path.read_text(), json.dumps(list(world.ledger.as_json()))]
    heard += [str([row.event for row in world.register.store.audit_rows()])]
    for sent in heard[:5]:
        assert CANARY not in sent.lower()
        assert HIDDEN_ITEM not in sent
        assert HIDDEN_THERE not in sent
    for kept in heard[5:8]:
        assert CANARY not in kept.lower()
        assert f'"{HIDDEN_ITEM}"' not in kept
        assert HIDDEN_THERE not in kept
    assert CANARY not in heard[8]


def sent_claims(requests: list[Request]) -> list[Json]:
    edits = [json.loads(r.form["data"]) for r in requests if r.form.get("action") == "wbeditentity"]
    return [claim for edit in edits for claim in edit["claims"]]


def test_what_is_written_is_the_plan_byte_for_byte(world: World):
    haunted(world)
    plan = world.plan()
    world.approve(plan)
    world.apply(plan)
    planned = []
    for edit in plan.edits():
        for step in edit.steps:
            data = step.as_json()
            guid_ = {"id": data["guid"]} if data["guid"] else {}
            planned.append({**data["says"], **guid_, "references": data["references"]})
    assert sent_claims(world.recorder.requests) == planned
    assert len(world.recorder.writes) == plan.counts.edits
    for write in world.recorder.writes:
        assert set(write) <= {
            *("action", "data", "summary", "bot", "id", "new", "baserevid", "format", "maxlag", "assertuser", "token"),
        }


def test_planning_asks_only_for_what_passed_the_gate(world: World):
    """No consent, no question: not even the item's id, which everybody may see, is sent."""
    world.put(
        FIDDLING,
        (INSTANCE_OF, item("Q1")),
        (WIKIDATA_ITEM, THERE_FIDDLING),
        (NUMBER, "1234"),
        labels={"en": "Fiddling"},
    )
    world.sync()
    world.release(FIDDLING)
    plan = world.plan(FIDDLING)
    assert plan.counts.edits == 0
    sent = everything(world, world.recorder.requests)
    assert THERE_FIDDLING not in sent
    assert "1234" not in sent
    assert "Fiddling" not in sent


def test_planning_verifying_and_showing_only_read(world: World):
    haunted(world)
    plan = world.plan()
    actions = {{**r.params, **r.form}["action"] for r in world.recorder.requests}
    assert actions <= ASKING
    world.approve(plan)
    world.apply(plan)
    world.verify()
    actions = {{**r.params, **r.form}["action"] for r in world.recorder.requests}
    assert actions <= ASKING


def test_summaries_carry_no_names(world: World):
    world.element(SAUNA, (NOTE, "very particular words"), qid=None, labels={"en": "Sauna"})
    world.publish()
    (write,) = world.recorder.writes
    assert "Sauna" not in write["summary"]
    assert "particular" not in write["summary"]
    assert guid(SAUNA, NOTE) not in write["summary"]
