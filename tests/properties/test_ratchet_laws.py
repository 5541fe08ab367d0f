"""The laws of the ratchet, over random histories."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from commarchive.model.entity import Entity
from commarchive.model.schema import Control
from commarchive.policy import targets
from commarchive.policy.condition import PUBLIC, ConditionError, all_of, parse_condition, parts_of, read_canonical
from commarchive.policy.ratchet import Release, released
from commarchive.policy.said import Said
from tests.properties.law import LAW, contents
from tests.strategies import (
    TEXTS,
    UNREADABLE,
    edits,
    histories,
    readable_texts,
    records,
    releases,
    say_instead,
    standings,
    with_statement,
    without,
    without_controls,
    worlds,
)
from tests.worlds import (
    ACCESS,
    ARCHIVE,
    COMMUNITY,
    INSTANCE_OF,
    OPEN,
    OUTSIDERS,
    STATE,
    VOCABULARY,
    World,
    one,
    remembered,
    said,
    says,
    statement,
)

VANDALISMS = (
    "strip",
    "again",
    "community",
    "both-communities",
    "state",
    "conditions",
    "classes",
    "outsiders",
    "naming",
)


def vandalised(entity: Entity, kind: str, number: int, text: str, community: str) -> Entity:
    """What somebody might do to a record who wants to see what they may not: nothing of it needs knowledge of it."""
    match kind:
        case "strip":
            changed = without_controls(entity)
        case "again":
            changed = without_controls(entity, guid=f"-{number}")
        case "community":
            changed = say_instead(entity, COMMUNITY, community)
        case "two-communities":
            changed = with_statement(entity, statement(f"{entity.id}$v{number}", says(COMMUNITY, community)))
        case "state":
            changed = say_instead(entity, STATE, "live")
        case "conditions":
            changed = say_instead(entity, ACCESS, text)
        case "classes":
            changed = without(entity, INSTANCE_OF)
        case "outsiders":
            changed = with_statement(
                without(entity, OUTSIDERS), statement(f"{entity.id}$v{number}", says(OUTSIDERS, "metadata"))
            )
        case _:
            changed = with_statement(entity, statement(f"{entity.id}$v{number}", says(ACCESS, text)))
    return replace(changed, revision=entity.revision + 1)


@LAW
@given(worlds(TEXTS), st.data())
def test_no_edit_opens_what_was_not_released(world: World, data: st.DataObject):
    """Whatever is dropped, altered, moved to another community or made again, and however often."""
    who = data.draw(standings(world.archive))
    after = dict(world.histories)
    for number in range(data.draw(st.integers(1, 3))):
        id_ = data.draw(st.sampled_from(sorted(after)))
        kind = data.draw(st.sampled_from(VANDALISMS))
        text = data.draw(st.sampled_from(("public", "dancers", "any(stewards(guild), welcome)", "members")))
        community = data.draw(st.sampled_from(("village", "guild")))
        after[id_] = [*after[id_], vandalised(after[id_][-1], kind, number, text, community)]
    # What is said and released outlasts the word; what was released further is open as soon as nobody says it.
    strict = replace(world, releases={id_: _as_said(world, id_) for id_ in world.histories})
    before = contents(strict.view(who))
    assert contents(replace(strict, histories=after).view(who)) <= before


def _as_said(world: World, id_: str) -> list[Release]:
    """The releases of a record, each with no more than what its last revision still says."""
    last = said(world.histories[id_][-1], world.archive)
    return [replace(release, value=_no_more_than(release, last)) for release in world.releases[id_]]


def _no_more_than(release: Release, last: Said) -> str:
    match release.target:
        case targets.STATE:
            return str(last.state)
        case targets.OUTSIDERS_SEE:
            levels = {release.value, last.outsiders_see.word if last.outsiders_see is not None else release.value}
            return min(levels, key=("hidden", "exists", "metadata").index)
    return str(all_of((read_canonical(release.value), last.readable.get(release.target, PUBLIC))))


@LAW
@given(histories("Q7"), st.data())
def test_a_history_taken_in_bit_by_bit_gives_the_memory_of_the_whole(revisions: list[Entity], data: st.DataObject):
    whole = remembered(revisions)
    so_far = revisions[: data.draw(st.integers(1, len(revisions)))]
    assert remembered(so_far) == [r for r in whole if r.revision <= so_far[-1].revision]
    assert remembered(revisions) == whole


@LAW
@given(histories("Q7"), st.integers(0, 5), readable_texts, st.data())
def test_a_release_lifts_exactly_what_was_seen_up_to_its_revision(revisions, at: int, text: str, data: st.DataObject):
    memory = remembered(revisions)
    restricted = sorted({r.target for r in memory} - targets.WORDS - {targets.STEWARDS})
    target = data.draw(st.sampled_from(restricted or [targets.ENTITY]))
    before, after = released(memory, []), released(memory, [Release(target, text, at)])
    left = [read_canonical(r.value) for r in memory if r.target == target and r.revision > at]
    assert after.conditions[target] == all_of((read_canonical(text), *left))
    assert {t: c for t, c in after.conditions.items() if t != target} == {
        t: c for t, c in before.conditions.items() if t != target
    }
    assert (after.state, after.outsiders_see) == (before.state, before.outsiders_see)


@LAW
@given(histories("Q7"))
def test_what_cannot_be_read_is_never_remembered(revisions: list[Entity]):
    assert remembered([_readable(entity) for entity in revisions]) == remembered(revisions)


def _readable(entity: Entity) -> Entity:
    """The record without the conditions that cannot be read, as if nobody had said them."""

    def snaks(own):
        return tuple(snak for snak in own if _is_readable(snak))

    return replace(
        entity,
        statements=tuple(
            replace(
                s,
                qualifiers=snaks(s.qualifiers),
                references=tuple(replace(r, snaks=snaks(r.snaks)) for r in s.references),
            )
            for s in entity.statements
            if _is_readable(s.mainsnak)
        ),
    )


def _is_readable(snak) -> bool:
    control = VOCABULARY.controls.get(snak.property_id)
    if control not in (Control.ACCESS_CONDITION, Control.QUALIFIER_CONDITION, Control.TERM_CONDITION):
        return True
    text = snak.text.partition(":")[2] if control is not Control.ACCESS_CONDITION else snak.text
    try:
        parse_condition(text)
    except ConditionError:
        return False
    return "strangers" not in text


@LAW
@given(histories("Q7", TEXTS), st.sampled_from(UNREADABLE))
def test_what_cannot_be_read_closes_for_as_long_as_it_is_said(revisions: list[Entity], text: str):
    last = revisions[-1]
    closed = with_statement(last, statement("Q7$new", says(ACCESS, text)))
    history = [*revisions, replace(closed, revision=last.revision + 1), replace(last, revision=last.revision + 2)]
    opening = [replace(r, revision=last.revision) for r in OPEN]
    during, again = one(*history[:-1], releases=opening), one(*history, releases=opening)
    assert str(during.guards("Q7").entity) == "any()"
    assert again.guards("Q7") == one(*revisions, releases=opening).guards("Q7")


@LAW
@given(histories("Q7"), records("Q7"))
def test_a_new_statement_is_as_restricted_as_its_siblings_are_or_were(revisions: list[Entity], source: Entity):
    own = [s for s in source.statements if s.property_id not in VOCABULARY.controls]
    assume(own)
    bare = without_controls(replace(source, statements=tuple(own)), guid="-new").statements
    last = revisions[-1]
    after = replace(last, statements=(*last.statements, *bare), revision=last.revision + 1)
    memory = remembered(revisions)
    now = released(remembered([*revisions, after]), [])
    families = said(after).families
    for target in said(after).present - said(last).present:
        inherited = [read_canonical(r.value) for r in memory if r.family == families[target]]
        has = now.conditions.get(target, PUBLIC)
        assert all_of([has, *inherited]) == has


@LAW
@given(histories("Q7"), st.data())
def test_every_edit_narrows_what_is_released_or_leaves_it(revisions: list[Entity], data: st.DataObject):
    given_ = data.draw(releases(revisions, ARCHIVE))
    before = released(remembered(revisions), given_)
    after = released(remembered([*revisions, data.draw(edits(revisions[-1], 9))]), given_)
    for target, condition in before.conditions.items():
        assert all_of([after.conditions[target], condition]) == after.conditions[target]
    assert before.stewards <= after.stewards
    assert after.outsiders_see <= before.outsiders_see
    assert str(after.state) == str(before.state) or str(after.state) != "live"


def test_the_pools_of_the_histories_reach_what_the_laws_speak_of():
    """Histories in which nothing is ever restricted, or nothing released, would let every law pass."""
    counts = dict.fromkeys(("restriction", "inherited", "property default", "stewards", "release", "lost"), 0)

    @LAW
    @given(worlds(TEXTS))
    def count(world: World) -> None:
        for id_, revisions in world.histories.items():
            memory = world.memory(id_)
            counts["restriction"] += len(memory)
            counts["inherited"] += sum(bool(r.family) and r.revision > 1 for r in memory)
            counts["stewards"] += sum(r.target == targets.STEWARDS and r.revision > 1 for r in memory)
            counts["property default"] += len(said(revisions[-1], world.archive).property_defaults)
            counts["release"] += len(world.releases[id_])
            here = {part for r in memory for part in parts_of(read_canonical(r.value))}
            counts["lost"] += bool(here - set(said(revisions[-1], world.archive).readable.values()))

    count()
    assert min(counts.values()) >= 50, counts
