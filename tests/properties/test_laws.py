"""The laws of access, over random worlds."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from commarchive.model.archive import OutsidersSee
from commarchive.model.entity import Entity, Reference, Statement
from commarchive.policy import targets
from commarchive.policy.condition import holds
from commarchive.policy.decide import evaluate, full_condition, satisfied
from commarchive.policy.mentions import is_readable, mentioned
from commarchive.policy.said import term_targets
from commarchive.policy.standing import Membership, MembershipState, Principal, Role, Standing, standing
from commarchive.policy.targets import Target
from tests.properties.law import LAW, contents
from tests.strategies import (
    GROUPS,
    archives,
    memberships,
    principals,
    records,
    standings,
    texts,
    values,
    with_statement,
    worlds,
)
from tests.worlds import (
    ACCESS,
    ADDRESSES,
    COMMUNITY,
    CUSTODIAN,
    INSTANCE_OF,
    NOTE,
    NOW,
    OUTSIDERS,
    QUALIFIER,
    STATE,
    TERM,
    World,
    names,
    says,
    statement,
)

# --- Who asks ---------------------------------------------------------------------------------------------------------


@LAW
@given(archives, principals, memberships((MembershipState.ACTIVE,)))
def test_another_membership_adds_to_a_standing(archive, principal: Principal, more: Membership):
    if more.state is not MembershipState.ACTIVE:
        return
    less = standing(principal, archive, NOW)
    richer = standing(replace(principal, memberships=(*principal.memberships, more)), archive, NOW)
    assert less.shares <= richer.shares
    assert less.member_of <= richer.member_of
    assert less.steward_of <= richer.steward_of


@LAW
@given(archives, principals, st.sampled_from(GROUPS), st.sampled_from(MembershipState))
def test_a_block_a_request_and_an_end_add_nothing(archive, principal: Principal, group: str, state: MembershipState):
    if state is MembershipState.ACTIVE:
        return
    more = (*principal.memberships, Membership(group, Role.STEWARD, state))
    before, after = (standing(replace(principal, memberships=m), archive, NOW) for m in (principal.memberships, more))
    assert after.shares <= before.shares
    assert after.member_of <= before.member_of
    assert after.steward_of <= before.steward_of


@LAW
@given(archives, principals)
def test_a_standing_names_nothing_but_groups_of_the_archive(archive, principal: Principal):
    who = standing(principal, archive, NOW)
    assert who.shares <= archive.protocols.keys()
    assert who.member_of | who.steward_of <= archive.protocols.keys() | archive.communities.keys()
    assert who.open_protocols <= who.shares


# --- What is seen -----------------------------------------------------------------------------------------------------


@LAW
@given(worlds(), st.data())
def test_nothing_is_seen_by_default(world: World, data: st.DataObject):
    """Before stewards release anything, whoever is steward of nothing sees nothing, whatever is said."""
    world.releases = {}
    who = data.draw(standings(world.archive))
    assert world.view(replace(who, steward_of=frozenset())) == {}


@LAW
@given(worlds(), st.data())
def test_more_memberships_never_hide_anything(world: World, data: st.DataObject):
    less = data.draw(standings(world.archive))
    more = data.draw(standings(world.archive))
    both = replace(
        less,
        shares=less.shares | more.shares,
        member_of=less.member_of | more.member_of,
        steward_of=less.steward_of | more.steward_of,
    )
    assert contents(world.view(less)) <= contents(world.view(both))


@LAW
@given(worlds())
def test_a_custodian_sees_everything(world: World):
    everything = {id_: revisions[-1] for id_, revisions in world.histories.items()}
    view = world.view(CUSTODIAN)
    assert contents(view) == contents(everything)
    assert {s.id for e in view.values() for s in e.statements} == {
        s.id for e in everything.values() for s in e.statements
    }


TIGHTENINGS = ("hold", "entity", "statement", "qualifier", "reference", "term", "state", "outsiders")


@st.composite
def tightened(draw: st.DrawFn, world: World) -> World:
    """The world with one restriction more, said in a further revision, or held."""
    id_ = draw(st.sampled_from(sorted(world.histories)))
    kind = draw(
        st.sampled_from(("hold", "entity", "statement", "qualifier", "reference", "term", "state", "outsiders"))
    )
    if kind == "hold":
        return replace(world, held=world.held | {id_})
    last = world.histories[id_][-1]
    text = draw(texts)
    own = [at for at, s in enumerate(last.statements) if s.property_id not in world.vocabulary.controls]
    changed = last
    match kind:
        case "entity":
            changed = with_statement(last, statement(f"{id_}$new", says(ACCESS, text)))
        case "term":
            term = f"{draw(st.sampled_from(('label@en', 'description@en', 'alias@se')))}: {text}"
            changed = with_statement(last, statement(f"{id_}$new", says(TERM, term)))
        case "state":
            state = draw(st.sampled_from(("draft", "in review", "withdrawn", "oops")))
            changed = with_statement(last, statement(f"{id_}$new", says(STATE, state)))
        case "outsiders":
            level = draw(st.sampled_from(("hidden", "exists", "metadata", "oops")))
            changed = with_statement(last, statement(f"{id_}$new", says(OUTSIDERS, level)))
        case _ if own:
            at = draw(st.sampled_from(own))
            new = _narrowed(last.statements[at], kind, text)
            changed = replace(last, statements=(*last.statements[:at], new, *last.statements[at + 1 :]))
    revision = replace(changed, revision=last.revision + 1)
    return replace(world, histories={**world.histories, id_: [*world.histories[id_], revision]})


def _narrowed(old: Statement, kind: str, text: str) -> Statement:
    if kind == "statement":
        return replace(old, qualifiers=(*old.qualifiers, says(ACCESS, text)))
    if kind == "qualifier" and old.qualifiers:
        condition = f"{old.qualifiers[0].property_id}: {text}"
        return replace(old, qualifiers=(*old.qualifiers, says(QUALIFIER, condition)))
    if kind == "reference" and old.references:
        first, *others = old.references
        return replace(old, references=(replace(first, snaks=(*first.snaks, says(ACCESS, text))), *others))
    return old


@LAW
@given(worlds(), st.data())
def test_a_tightening_never_widens(world: World, data: st.DataObject):
    who = data.draw(standings(world.archive))
    after = data.draw(tightened(world))
    assert contents(after.view(who)) <= contents(world.view(who))


@LAW
@given(worlds(), st.data())
def test_a_further_community_never_widens(world: World, data: st.DataObject):
    who = data.draw(standings(world.archive))
    id_ = data.draw(st.sampled_from(sorted(world.histories)))
    last = world.histories[id_][-1]
    further = says(COMMUNITY, data.draw(st.sampled_from(("village", "guild", "strangers"))))
    revision = replace(with_statement(last, statement(f"{id_}$new", further)), revision=last.revision + 1)
    after = replace(world, histories={**world.histories, id_: [*world.histories[id_], revision]})
    assert contents(after.view(who)) <= contents(world.view(who))


# --- One answer -------------------------------------------------------------------------------------------------------


@LAW
@given(worlds(), st.data())
def test_redaction_is_idempotent(world: World, data: st.DataObject):
    who = data.draw(standings(world.archive))
    compiled = world.compiled()
    redactor = world.redactor(who, compiled)
    for id_, entity in world.view(who).items():
        guards = compiled[id_]
        # What is left of a reference may say the same as another one that is restricted; it was not that one.
        controls = frozenset(world.vocabulary.controls)
        unclear = any(
            not holds(guards.part(targets.reference(s.id, targets.reference_key(r, controls))), who)
            for s in entity.statements
            for r in s.references
        )
        assert unclear or redactor.redact(entity, guards) == entity


@LAW
@given(worlds(), st.data())
def test_a_check_a_filter_and_a_redacted_entity_agree_on_every_part(world: World, data: st.DataObject):
    who = data.draw(standings(world.archive))
    view, compiled = world.view(who), world.compiled()
    may_know = world.redactor(who, compiled).may_know
    for id_, guards in compiled.items():
        entity = world.histories[id_][-1]
        parts = [targets.ENTITY, *(target for target, _ in _parts(entity, world))]
        conditions = {target: full_condition(guards, target) for target in parts}
        listed = satisfied(conditions.values(), who)
        full = view.get(id_) if holds(guards.entity, who) else None
        assert (full is not None) == evaluate(guards, targets.ENTITY, who).allowed
        assert (id_ in view) == may_know(id_)
        shown = {target for target, _ in _parts(full, world)} if full else set()
        for target, speaks_of in _parts(entity, world):
            allowed = evaluate(guards, target, who).allowed
            assert allowed == (conditions[target] in listed)
            if not target.startswith("reference:"):
                assert (target in shown) == (allowed and all(may_know(i) for i in speaks_of))
        assert _references(full, entity, world, who, guards)


def _parts(entity: Entity, world: World) -> list[tuple[Target, frozenset[str]]]:
    """Every part of an entity with the ids that it and what it stands in speak of."""
    found: list[tuple[Target, frozenset[str]]] = [(target, frozenset()) for target in term_targets(entity)]
    controls = frozenset(world.vocabulary.controls)
    for each in entity.statements:
        main = _speaks_of(each.mainsnak)
        found.append((targets.statement(each.id), main))
        groups: dict[Target, list[frozenset[str]]] = {}
        for snak in each.qualifiers:
            groups.setdefault(targets.qualifiers(each.id, snak.property_id), []).append(main | _speaks_of(snak))
        # A group of qualifiers is there when one of them is; the pools are such that the least demanding one tells.
        found += [(target, min(ids, key=len)) for target, ids in groups.items() if len(ids) == 1]
        found += [(targets.reference(each.id, targets.reference_key(r, controls)), main) for r in each.references]
    return found


def _speaks_of(snak) -> frozenset[str]:
    return mentioned(snak, ADDRESSES) if is_readable(snak) else frozenset({"nobody"})


def _references(full: Entity | None, entity: Entity, world: World, who: Standing, guards) -> bool:
    """Whether exactly those references are left that may be seen and of which something is left."""
    if full is None:
        return True
    controls = frozenset(world.vocabulary.controls)
    may_know = world.redactor(who, world.compiled()).may_know
    originals = {s.id: s for s in entity.statements}
    for left in full.statements:
        expected = set()
        for reference in originals[left.id].references:
            target = targets.reference(left.id, targets.reference_key(reference, controls))
            snaks = tuple(
                snak
                for snak in reference.snaks
                if all(may_know(i) for i in _speaks_of(snak))
                and (snak.property_id not in controls or holds(guards.control, who))
            )
            if snaks and evaluate(guards, target, who).allowed:
                expected.add(replace(reference, snaks=snaks).hash)
        if {reference.hash for reference in left.references} != expected or len(left.references) != len(expected):
            return False
    return True


# --- Noninterference --------------------------------------------------------------------------------------------------

CLOSED_TO_ALL = says(ACCESS, "any()")


def _stored(world: World, id_: str, changed: Entity) -> World:
    last = world.histories[id_][-1]
    revision = replace(changed, revision=last.revision + 1)
    return replace(world, histories={**world.histories, id_: [*world.histories[id_], revision]})


def _as_seen(world: World, who: Standing, ids: frozenset[str]) -> dict[str, Entity]:
    return {id_: replace(entity, revision=0) for id_, entity in world.view(who).items() if id_ in ids}


@LAW
@given(worlds(), st.data())
def test_what_is_added_out_of_sight_changes_nothing_in_sight(world: World, data: st.DataObject):
    """Statements, qualifiers, references, terms and whole records that nobody may see."""
    who = data.draw(standings(world.archive))
    ids = frozenset(world.histories)
    nobodys = with_statement(data.draw(records("Q404")), statement("Q404$new", CLOSED_TO_ALL))
    after = replace(world, histories={**world.histories, "Q404": [nobodys]})
    for id_ in ids:
        changed = world.histories[id_][-1]
        own = [s for s in changed.statements if s.property_id not in world.vocabulary.controls]
        if own:
            old = data.draw(st.sampled_from(own))
            changed = replace(
                changed, statements=tuple(_with_hidden_parts(s) if s is old else s for s in changed.statements)
            )
        main, qualifier = data.draw(inert_values), data.draw(values)
        new = statement(f"{id_}$new", main, qualifier, CLOSED_TO_ALL, references=[[says(NOTE, "new")]])
        # Whoever may see what decides would see this too, if it were not closed itself.
        term = statement(f"{id_}$term", says(TERM, "label@fi: any()"), CLOSED_TO_ALL)
        changed = with_statement(with_statement(changed, new), term)
        after = _stored(after, id_, replace(changed, labels={**changed.labels, "fi": "new"}))
    assert _as_seen(after, who, ids) == _as_seen(world, who, ids)


# A class decides who sees the record, so a new one is seen by what it does.
inert_values = values.filter(lambda snak: snak.property_id != INSTANCE_OF)


def _with_hidden_parts(old: Statement) -> Statement:
    if any(q.property_id == QUALIFIER for q in old.qualifiers):
        return old  # its own qualifier conditions would go out of sight with the new ones
    closing = (says(QUALIFIER, f"{NOTE}: any()"), says(QUALIFIER, f"{QUALIFIER}: any()"))
    reference = Reference((says(NOTE, "new"), CLOSED_TO_ALL))
    return replace(
        old, qualifiers=(*old.qualifiers, says(NOTE, "new"), *closing), references=(*old.references, reference)
    )


@LAW
@given(worlds(), st.data())
def test_what_is_altered_out_of_sight_changes_nothing_in_sight(world: World, data: st.DataObject):
    """Terms, values and statements that this reader does not see become others, or go; what decides stays."""
    who = data.draw(standings(world.archive))
    before = world.view(who)
    drops = data.draw(st.booleans())
    after = world
    for id_, revisions in world.histories.items():
        last, seen = revisions[-1], before.get(id_)
        decides = {*world.vocabulary.controls, *world.vocabulary.instance_of}
        left = frozenset() if seen is None else {s.id for s in seen.statements}
        labels = seen.labels if seen is not None and holds(world.guards(id_).entity, who) else {}
        changed = replace(
            last,
            labels={language: labels.get(language, "altered") for language in last.labels},
            statements=tuple(
                # Of what is not there nobody may know: the new value is hidden even where the old one alone was.
                s if s.id in left or s.property_id in decides else replace(s, mainsnak=names(s.property_id, "Q405"))
                for s in last.statements
                if not drops or s.id in left or s.property_id in decides
            ),
        )
        after = _stored(after, id_, changed)
    assert _as_seen(after, who, frozenset(before)) == _as_seen(world, who, frozenset(before))
    assert after.view(who).keys() == before.keys()


@LAW
@given(worlds(), st.data())
def test_a_record_that_may_not_be_known_of_might_as_well_not_be_there(world: World, data: st.DataObject):
    who = data.draw(standings(world.archive))
    before = world.view(who)
    known = frozenset(before)
    after = replace(world, histories={id_: revisions for id_, revisions in world.histories.items() if id_ in known})
    assert _as_seen(after, who, known) == _as_seen(world, who, known)


@LAW
@given(worlds(), st.data())
def test_a_stub_tells_nothing_but_what_is_safe(world: World, data: st.DataObject):
    who = data.draw(standings(world.archive))
    for id_, entity in world.view(who).items():
        guards = world.guards(id_)
        if holds(guards.entity, who):
            continue
        assert guards.stub is not OutsidersSee.HIDDEN
        assert not any((entity.descriptions, entity.aliases, entity.sitelinks))
        assert {s.property_id for s in entity.statements} <= world.vocabulary.safe
        assert not any(s.references for s in entity.statements)


def test_the_pools_of_the_worlds_reach_what_the_laws_speak_of():
    """Worlds that are all closed, or all open, would let every law pass."""
    counts = dict.fromkeys(("seen", "unseen", "stub", "statement", "hidden statement", "tightened"), 0)

    @LAW
    @given(worlds(), st.data())
    def count(world: World, data: st.DataObject) -> None:
        who = data.draw(standings(world.archive))
        view = world.view(who)
        for id_, revisions in world.histories.items():
            guards = world.guards(id_)
            full = holds(guards.entity, who)
            counts["seen"] += full
            counts["stub"] += id_ in view and not full
            counts["unseen"] += id_ not in view
            if full:
                shown = {s.id for s in view[id_].statements}
                own = [s for s in revisions[-1].statements if s.property_id not in world.vocabulary.controls]
                counts["statement"] += sum(s.id in shown for s in own)
                counts["hidden statement"] += sum(s.id not in shown for s in own)
        after = data.draw(tightened(world))
        counts["tightened"] += contents(after.view(who)) < contents(view)

    count()
    assert min(counts.values()) >= 30, counts
