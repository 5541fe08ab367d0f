"""The gate: every reason by itself, reached through everything that a statement names, and never told to strangers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from commarchive.errors import ConsentError, NotFoundError, RefusedError
from commarchive.federation.blockers import Blocker
from commarchive.federation.plan import LeftOut
from commarchive.policy.standing import VISITOR
from commarchive.register.consents import Scope
from commarchive.wikibase.transport import Request

from .words import guid, item, place, statement, year
from .world import (
    ACCESS,
    COUNTRY,
    ELEMENT,
    FIDDLER,
    FIDDLING,
    FINLAND,
    HEIGHT,
    INSTANCE_OF,
    LIST,
    MAKER,
    NOTE,
    PERSON,
    QUALIFIER,
    REFERENCE_URL,
    REPRESENTATIVE_LIST,
    SAUNA,
    SECRET,
    SINCE,
    SPOT,
    STATED_IN,
    SUBCLASS_OF,
    TERM,
    World,
)

STATEMENT = guid(FIDDLING, COUNTRY)
VILLAGER = "Q31"

Arrange = Callable[[World], None]


def blockers(world: World, part: str = STATEMENT, record: str = FIDDLING) -> set[Blocker]:
    return {block.blocker for block in world.federation.why_not(record, "ole")[part]}


def left_out(world: World, *records: str) -> dict[str, set[Blocker]]:
    plan = world.plan(*records)
    return {e.part: {b.blocker for b in e.blocks} for e in plan.entries() if isinstance(e, LeftOut)}


def plain(world: World) -> None:
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))


def under(protocol: str) -> Arrange:
    return lambda world: world.element(FIDDLING, (COUNTRY, item(FINLAND)), access=protocol)


def statement_under(protocol: str) -> Arrange:
    def arrange(world: World) -> None:
        world.element(FIDDLING, statement(FIDDLING, COUNTRY, item(FINLAND), (ACCESS, protocol)))

    return arrange


def named(id_: str, *, access: str = "public", arrange: Arrange | None = None, **more) -> Arrange:
    """The element names a further record of ours."""

    def run(world: World) -> None:
        world.put(id_, access=access, labels={"en": "Named"}, **more)
        world.sync()
        world.release(id_)
        world.element(FIDDLING, (COUNTRY, item(id_)))
        if arrange is not None:
            arrange(world)

    return run


def living_by_class(*classes: str) -> Arrange:
    def run(world: World) -> None:
        world.put(FIDDLER, (SUBCLASS_OF, item(PERSON)), labels={"en": "fiddler"})
        world.sync()
        world.release(FIDDLER)
        named(VILLAGER)(world)
        world.put(VILLAGER, *((INSTANCE_OF, item(each)) for each in classes), labels={"en": "Named"})
        world.sync()
        world.release(VILLAGER)

    return run


def hidden_class(world: World) -> None:
    world.put(VILLAGER, statement(VILLAGER, INSTANCE_OF, item(PERSON), (ACCESS, "elders")), labels={"en": "Named"})
    world.sync()
    world.release(VILLAGER)
    world.element(FIDDLING, (COUNTRY, item(VILLAGER)))


def unreleased(world: World) -> None:
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), access="elders")
    world.put(FIDDLING, (INSTANCE_OF, item(ELEMENT)), (COUNTRY, item(FINLAND)), labels={"en": "x"})
    world.sync()


def consent_ended(world: World) -> None:
    world.put(FIDDLING, (COUNTRY, item(FINLAND)), labels={"en": "x"})
    world.sync()
    world.release(FIDDLING)
    world.consent(FIDDLING, until=world.clock() + timedelta(days=1))
    world.clock.sleep(2 * 86400)


def consent_elsewhere(world: World) -> None:
    world.put(FIDDLING, (COUNTRY, item(FINLAND)), (NOTE, "x"), labels={"en": "x"})
    world.sync()
    world.release(FIDDLING)
    world.consent(FIDDLING, statements=frozenset({guid(FIDDLING, NOTE)}))


def consent_of_other_scope(world: World) -> None:
    world.put(FIDDLING, (COUNTRY, item(FINLAND)), labels={"en": "x"})
    world.sync()
    world.release(FIDDLING)
    world.consent(FIDDLING, scope=frozenset({Scope.PUBLIC}))


def held(world: World) -> None:
    plain(world)
    world.hold(FIDDLING)


def value_held(world: World) -> None:
    named(VILLAGER)(world)
    world.hold(VILLAGER)


def stub(world: World) -> None:
    world.put(VILLAGER, access="vault", labels={"en": "Named"})
    world.sync()
    world.release(VILLAGER)
    world.element(FIDDLING, (COUNTRY, item(VILLAGER)))
    with world.projection.view(VISITOR) as view:
        shown = view.entity(VILLAGER)
    assert shown is not None
    assert shown.stub


def living_property(world: World) -> None:
    world.element(FIDDLING, statement(FIDDLING, COUNTRY, item(FINLAND), (MAKER, item(FINLAND))))


def no_cc0(world: World) -> None:
    plain(world)
    world.licence = ""


def unmapped(world: World) -> None:
    world.element(FIDDLING, statement(FIDDLING, SINCE, year(1900), name=COUNTRY))


REASONS: list[tuple[str, Arrange, set[Blocker]]] = [
    ("nothing stands in the way", plain, set()),
    (
        "a draft",
        lambda w: w.element(FIDDLING, (COUNTRY, item(FINLAND)), state="draft"),
        {Blocker.NOT_PUBLIC, Blocker.NOT_RELEASED},
    ),
    ("not public", under("members"), {Blocker.NOT_PUBLIC, Blocker.NOT_RELEASED}),
    (
        "opened in the wiki and released by nobody",
        unreleased,
        {Blocker.NOT_PUBLIC, Blocker.NOT_RELEASED, Blocker.PROTOCOL},
    ),
    ("public until a day", under("before(2031-01-01)"), {Blocker.NOT_FOR_GOOD}),
    ("public in winter", under("winter"), {Blocker.NOT_FOR_GOOD}),
    ("public since a day", under("after(2020-01-01)"), set()),
    ("no consent", consent_of_other_scope, {Blocker.NO_CONSENT}),
    ("a consent that ended", consent_ended, {Blocker.NO_CONSENT}),
    ("a consent for another statement", consent_elsewhere, {Blocker.NO_CONSENT}),
    ("a hold", held, {Blocker.HELD, Blocker.NOT_PUBLIC}),
    ("a protocol that federates with consent", under("songs"), set()),
    ("a protocol that never federates", under("closed-songs"), {Blocker.PROTOCOL}),
    ("a label that CC0 does not go with", under("kin-songs"), {Blocker.LABEL}),
    ("a label that nobody has verified", under("new-songs"), {Blocker.LABEL}),
    ("a statement's protocol that never federates", statement_under("closed-songs"), {Blocker.PROTOCOL}),
    ("a statement's label", statement_under("kin-songs"), {Blocker.LABEL}),
    ("a statement for a time", statement_under("before(2031-01-01)"), {Blocker.NOT_FOR_GOOD}),
    ("no declaration of CC0", no_cc0, {Blocker.NO_CC0}),
    ("a property of living persons", living_property, {Blocker.LIVING_PERSON}),
    ("a value that is a living person", living_by_class(PERSON), {Blocker.LIVING_PERSON}),
    ("a value of a narrower class of persons", living_by_class(FIDDLER), {Blocker.LIVING_PERSON}),
    ("a value whose class is hidden", hidden_class, {Blocker.LIVING_PERSON}),
    ("a value under a protocol that never federates", named(VILLAGER, access="closed-songs"), {Blocker.PROTOCOL}),
    ("a value with a label", named(VILLAGER, access="kin-songs"), {Blocker.LABEL}),
    ("a value that is not public", named(VILLAGER, access="members"), {Blocker.NOT_PUBLIC, Blocker.NOT_RELEASED}),
    ("a value on hold", value_held, {Blocker.HELD, Blocker.NOT_PUBLIC}),
    (
        "a value of which only the existence is public",
        stub,
        {Blocker.NOT_PUBLIC, Blocker.NOT_RELEASED},
    ),
    ("a property that is not mapped", unmapped, {Blocker.UNMAPPED}),
]


@pytest.mark.parametrize(("arrange", "expected"), [row[1:] for row in REASONS], ids=[row[0] for row in REASONS])
def test_each_reason_is_named_by_itself_and_keeps_it_out_of_every_plan(
    world: World, arrange: Arrange, expected: set[Blocker]
):
    arrange(world)
    assert blockers(world) == expected
    plan = world.plan(FIDDLING)
    planned = {step.statement for edit in plan.edits() for step in edit.steps}
    assert (STATEMENT in planned) == (not expected)
    # Nor is anything asked about it, by what it names.
    assert not expected or all("Named" not in str(request) for request in world.recorder.requests)


def test_reasons_are_sentences(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), access="kin-songs")
    world.hold(FIDDLING)
    words = {block.words for block in world.federation.why_not(FIDDLING, "ole")[STATEMENT]}
    assert "a hold lies on `Q21`" in words
    assert "`Q21` stands under `kin-songs`, whose label TK F does not go with CC0" in words


def test_a_restricted_record_is_absent_from_the_plan_even_by_its_reasons(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), access="elders", labels={"en": "Moonlight song"})
    world.element(SAUNA, (COUNTRY, item(FINLAND)), qid=None)
    text = world.plan().path.read_text()
    assert "Moonlight" not in text
    asked = world.plan(FIDDLING).path.read_text()
    never_was = world.plan("Q999").path.read_text().replace("Q999", FIDDLING)
    assert asked == never_was


def test_a_stranger_learns_no_reason(world: World):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)), access="elders")
    with pytest.raises(NotFoundError, match="no record `Q21`"):
        world.federation.why_not(FIDDLING, "somebody")


HIDDEN_PARTS = {
    "a qualifier": statement(FIDDLING, COUNTRY, item(FINLAND), (NOTE, "hush"), (QUALIFIER, f"{NOTE}: elders")),
    "a qualifier's value": statement(FIDDLING, COUNTRY, item(FINLAND), (STATED_IN, item(VILLAGER))),
    "a qualifier's property": statement(FIDDLING, COUNTRY, item(FINLAND), (SECRET, "hush")),
    "a source": statement(FIDDLING, COUNTRY, item(FINLAND), references=(((NOTE, "hush"), (ACCESS, "elders")),)),
    "what a source names": statement(FIDDLING, COUNTRY, item(FINLAND), references=(((STATED_IN, item(VILLAGER)),),)),
    "an address within the archive": statement(
        FIDDLING, COUNTRY, item(FINLAND), references=(((REFERENCE_URL, "https://archive.example/item/Q31"),),)
    ),
}


@pytest.mark.parametrize("hidden", HIDDEN_PARTS)
def test_a_statement_that_lost_a_part_to_redaction_does_not_go(world: World, hidden: str):
    world.put(VILLAGER, access="elders", labels={"en": "Hidden villager"})
    world.element(FIDDLING, HIDDEN_PARTS[hidden])
    assert Blocker.NOT_WHOLE in left_out(world)[STATEMENT]
    text = world.plan().path.read_text()
    assert "hush" not in text
    assert VILLAGER not in text


@pytest.mark.parametrize(
    "naming",
    [
        statement(FIDDLING, LIST, item(REPRESENTATIVE_LIST), (STATED_IN, item(VILLAGER))),
        statement(FIDDLING, LIST, item(REPRESENTATIVE_LIST), references=(((STATED_IN, item(VILLAGER)),),)),
        statement(FIDDLING, LIST, item(VILLAGER)),
    ],
    ids=["in a qualifier", "in a source", "as the value"],
)
def test_what_a_statement_names_has_to_pass_too(world: World, naming):
    world.put(VILLAGER, access="closed-songs", labels={"en": "Named"})
    world.sync()
    world.release(VILLAGER)
    world.element(FIDDLING, naming)
    assert Blocker.PROTOCOL in left_out(world)[guid(FIDDLING, LIST)]


def test_a_unit_has_to_pass_too(world: World):
    world.put(VILLAGER, access="closed-songs", labels={"en": "a secret measure"})
    world.sync()
    world.release(VILLAGER)
    value = {"type": "quantity", "value": {"amount": "+3", "unit": f"https://archive.example/entity/{VILLAGER}"}}
    world.element(FIDDLING, (HEIGHT, value))
    assert Blocker.PROTOCOL in left_out(world)[guid(FIDDLING, HEIGHT)]


def test_a_restricted_name_goes_into_no_new_item(world: World):
    world.element(SAUNA, (TERM, "label@fi: elders"), qid=None, labels={"en": "Sauna", "fi": "Löyly"})
    plan = world.plan()
    (edit,) = plan.edits()
    assert edit.terms is not None
    assert dict(edit.terms.labels) == {"en": "Sauna"}
    assert "Löyly" not in plan.path.read_text()
    assert all("Löyly" not in str(request) for request in world.recorder.requests)


def test_a_name_for_a_time_goes_into_no_new_item(world: World):
    world.element(SAUNA, (TERM, "label@fi: before(2031-01-01)"), qid=None, labels={"en": "Sauna", "fi": "Sauna"})
    (edit,) = world.plan().edits()
    assert edit.terms is not None
    assert set(edit.terms.labels) == {"en"}
    assert left_out(world)["label@fi"] == {Blocker.NOT_FOR_GOOD}


def test_a_new_item_needs_a_consent_for_the_whole_record(world: World):
    world.put(SAUNA, (INSTANCE_OF, item(ELEMENT)), (COUNTRY, item(FINLAND)), labels={"en": "Sauna"})
    world.sync()
    world.release(SAUNA)
    world.consent(SAUNA, statements=frozenset({guid(SAUNA, COUNTRY)}))
    found = left_out(world)
    assert found[""] == {Blocker.NO_CONSENT}
    assert world.plan().counts.edits == 0


def test_a_record_that_claims_no_community_is_in_no_plan(world: World):
    world.put(FIDDLING, (COUNTRY, item(FINLAND)), community=None, labels={"en": "x"})
    world.sync()
    assert world.plan(FIDDLING).counts.edits == 0


@pytest.mark.parametrize("what", ["withdrawn", "ended"])
def test_a_consent_that_goes_between_plan_and_apply_stops_the_apply(world: World, what: str):
    world.put(FIDDLING, (COUNTRY, item(FINLAND)), ("P9", "Q5000"), labels={"en": "x"})
    world.sync()
    world.release(FIDDLING)
    world.consent(FIDDLING, until=world.clock() + timedelta(days=1))
    plan = world.plan()
    world.approve(plan)
    if what == "withdrawn":
        world.withdraw(FIDDLING)
    else:
        world.clock.sleep(2 * 86400)
        world.sync()
    with pytest.raises(ConsentError, match="must not be published any more"):
        world.apply(plan)
    assert not world.recorder.writes


@pytest.mark.parametrize("what", ["a hold", "a restriction", "a restricted value"])
def test_a_decision_between_plan_and_apply_stops_the_apply(world: World, what: str):
    plain(world)
    plan = world.plan()
    world.approve(plan)
    if what == "a hold":
        world.hold(FIDDLING)
    elif what == "a restriction":
        world.put(FIDDLING, (COUNTRY, item(FINLAND)), access="elders", labels={"en": "x"})
        world.sync()
    else:
        world.hold(FINLAND)
    with pytest.raises(RefusedError):
        world.apply(plan)
    assert not world.recorder.writes


def test_a_decision_in_the_middle_of_a_run_stops_it(world: World):
    for id_ in (FIDDLING, SAUNA):
        world.element(id_, (COUNTRY, item(FINLAND)), qid=None, labels={"en": id_})
    plan = world.plan()
    world.approve(plan)
    target = world.target()

    def withdraw(request: Request) -> None:
        if request.form.get("action") == "wbeditentity":
            world.withdraw(SAUNA)

    world.recorder.after = withdraw
    with pytest.raises(ConsentError):
        world.apply(plan, target=target)
    assert len(world.recorder.writes) == 1


def test_a_place_more_exact_than_allowed_stays_here(world: World):
    world.element(FIDDLING, (SPOT, place(63.612, 23.7, 0.001)))
    assert left_out(world)[guid(FIDDLING, SPOT)] == {Blocker.TOO_EXACT}
