"""Labels by communities only; Notices by institutions and researchers; what a record carries, read from the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from commarchive.model.entity import Rank, Snak, SnakKind
from commarchive.model.local_contexts import (
    LABEL_PROPERTY,
    LABELS,
    NOTICE_PROPERTY,
    NOTICES,
    PROJECT_PROPERTY,
    Kind,
    mark_of,
)
from commarchive.model.schema import PropertyDefinition, Schema, SchemaIds
from commarchive.policy import targets
from commarchive.policy.attaching import MAY_ATTACH, Attached, may_attach, read_attached, roles_in
from commarchive.policy.standing import Membership, MembershipState, Principal, Role
from commarchive.policy.vocabulary import Vocabulary
from tests.worlds import ARCHIVE, NOW, TEXT, VOCABULARY, item, says, statement

LABEL, NOTICE, PROJECT = "P31", "P32", "P33"
MARKS = replace(VOCABULARY, local_contexts={LABEL: LABEL_PROPERTY, NOTICE: NOTICE_PROPERTY, PROJECT: PROJECT_PROPERTY})
UUID = "5f2b1c9e-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("role", "label", "notice"),
    [
        (Role.STEWARD, True, True),
        (Role.COMMUNITY_MANAGER, True, True),
        (Role.FACILITATOR, False, True),
        (Role.AFFILIATE, False, True),
        (Role.MEMBER, False, False),
        (Role.CONTRIBUTOR, False, False),
        (Role.CURATOR, False, False),
        (Role.DATA_STEWARD, False, False),
        (Role.AUDITOR, False, False),
    ],
)
def test_each_role_may_attach_what_is_its_own_to_say(role, label, notice):
    assert may_attach("TK SS", [role]).allowed is label
    assert may_attach("withholding", [role]).allowed is notice


def test_every_role_is_in_that_table():
    (table,) = test_each_role_may_attach_what_is_its_own_to_say.pytestmark

    assert {row[0] for row in table.args[1]} == set(Role)


@pytest.mark.parametrize("abbreviation", [*LABELS, *NOTICES])
def test_a_facilitator_attaches_notices_only(abbreviation):
    mark = mark_of(abbreviation)

    assert mark is not None
    assert may_attach(abbreviation, [Role.FACILITATOR]).allowed is (mark.kind is Kind.NOTICE)


def test_somebody_without_a_role_attaches_nothing():
    assert not may_attach("TK A", []).allowed
    assert not may_attach("caring", []).allowed


def test_a_facilitator_who_is_steward_too_acts_for_the_community():
    assert may_attach("TK A", [Role.FACILITATOR, Role.STEWARD]).allowed


@pytest.mark.parametrize("word", ["", "TK", "TK C", "tk ss", "TK SS ", "Withholding", "public"])
def test_what_is_no_label_is_attached_by_nobody(word):
    decision = may_attach(word, Role)

    assert not decision.allowed
    assert "neither a Label nor a Notice" in decision.reason


def test_a_decision_says_why():
    assert may_attach("TK A", [Role.STEWARD]).reason == "a steward may attach Labels"
    assert may_attach("caring", [Role.FACILITATOR]).reason == "a facilitator may attach Notices"
    assert "act for the community" in may_attach("TK A", [Role.FACILITATOR]).reason
    assert may_attach("caring", []).reason == (
        "Notices are attached by affiliates, community managers, facilitators, stewards"
    )


def test_whoever_may_attach_a_label_may_attach_a_notice():
    assert MAY_ATTACH[Kind.LABEL] < MAY_ATTACH[Kind.NOTICE]


# --- whose roles count ------------------------------------------------------------------------------------------------


def roles(*memberships: Membership) -> frozenset[Role]:
    return roles_in(Principal("somebody", memberships), ["village", "elders"], ARCHIVE, NOW)


def test_roles_count_in_the_records_own_groups():
    assert roles(Membership("village", Role.FACILITATOR), Membership("elders", Role.STEWARD)) == {
        Role.FACILITATOR,
        Role.STEWARD,
    }
    assert roles(Membership("guild", Role.STEWARD), Membership("dancers", Role.STEWARD)) == set()


@pytest.mark.parametrize(
    "membership",
    [
        Membership("elders", Role.STEWARD, MembershipState.PENDING),
        Membership("elders", Role.STEWARD, MembershipState.ENDED),
        Membership("elders", Role.STEWARD, until=NOW),
        Membership("elders", Role.STEWARD, since=NOW + timedelta(days=1)),
        Membership("elders", Role.AFFILIATE),
    ],
)
def test_a_membership_that_does_not_count_gives_no_role(membership):
    assert roles(membership) == set()


def test_who_is_blocked_in_the_community_has_no_role_in_its_protocols():
    blocked = Membership("village", state=MembershipState.BLOCKED)

    assert roles(Membership("elders", Role.FACILITATOR), blocked) == set()


# --- what a record carries --------------------------------------------------------------------------------------------


def test_a_record_carries_what_its_statements_and_their_qualifiers_say():
    record = item(
        statement("Q7$a", says(LABEL, "TK SS")),
        statement("Q7$b", says(NOTICE, "caring")),
        statement("Q7$c", says(PROJECT, UUID)),
        statement("Q7$d", says(TEXT, "x"), says(LABEL, " TK A ")),
    )

    assert read_attached(record, MARKS) == (
        Attached(targets.ENTITY, LABEL_PROPERTY, "TK SS"),
        Attached(targets.ENTITY, NOTICE_PROPERTY, "caring"),
        Attached(targets.ENTITY, PROJECT_PROPERTY, UUID),
        Attached(targets.statement("Q7$d"), LABEL_PROPERTY, "TK A"),
    )


def test_a_label_counts_whatever_its_rank_and_once():
    low = replace(statement("Q7$a", says(LABEL, "TK SS")), rank=Rank.DEPRECATED)

    assert read_attached(item(low, statement("Q7$b", says(LABEL, "TK SS"))), MARKS) == (
        Attached(targets.ENTITY, LABEL_PROPERTY, "TK SS"),
    )


def test_an_unknown_value_is_carried_without_a_word():
    record = item(statement("Q7$a", Snak(LABEL, SnakKind.SOME_VALUE)))

    assert [attached.word for attached in read_attached(record, MARKS)] == [""]


def test_a_wiki_without_these_properties_carries_nothing():
    assert read_attached(item(statement("Q7$a", says(LABEL, "TK SS"))), VOCABULARY) == ()


def test_the_vocabulary_knows_the_properties_by_their_slugs():
    slugs = {LABEL_PROPERTY: "string", NOTICE_PROPERTY: "string", PROJECT_PROPERTY: "external-id"}
    schema = Schema({slug: PropertyDefinition(slug, datatype) for slug, datatype in slugs.items()})

    vocabulary = Vocabulary.of(schema, SchemaIds({LABEL_PROPERTY: "P5", PROJECT_PROPERTY: "P6"}))

    assert vocabulary.local_contexts == {"P5": LABEL_PROPERTY, "P6": PROJECT_PROPERTY}
