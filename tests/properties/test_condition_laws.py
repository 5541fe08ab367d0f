"""Conditions against truth tables, and against whatever a person might type."""

from datetime import date
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from commarchive.policy.condition import (
    CLOSED,
    MAX_DEPTH,
    MAX_LENGTH,
    All,
    AnyOf,
    Closed,
    Condition,
    ConditionError,
    Members,
    Shares,
    Stewards,
    all_of,
    any_of,
    atoms,
    bind,
    groups_named,
    holds,
    parse_condition,
    parts_of,
    read_canonical,
    simplify,
)
from commarchive.policy.said import known_in
from tests.properties.law import LAW
from tests.strategies import ATOMS, UNREADABLE, conditions
from tests.worlds import ARCHIVE


class Assignment:
    """A situation in which exactly some atoms are true."""

    custodian = False

    def __init__(self, true: frozenset[Condition]) -> None:
        self._true = true
        self.shares = {atom.protocol for atom in true if isinstance(atom, Shares)}
        self.member_of = {atom.group for atom in true if isinstance(atom, Members) and atom.group}
        self.steward_of = {atom.group for atom in true if isinstance(atom, Stewards) and atom.group}

    def reached(self, day: date) -> bool:
        return any(str(atom) == f"after({day})" for atom in self._true)

    def makes(self, condition: Condition) -> bool:
        """Whether a formula is true, computed without the engine."""
        match condition:
            case All(parts):
                return len(parts) > 0 and all(self.makes(part) for part in parts)
            case AnyOf(parts):
                return any(self.makes(part) for part in parts)
            case Members(None) | Stewards(None) | Closed():
                return False
        text = str(condition)
        if text == "public":
            return True
        if text.startswith("before"):
            return f"after{text.removeprefix('before')}" not in {str(atom) for atom in self._true}
        return condition in self._true


def truth_table(*formulas: Condition) -> list[Assignment]:
    """Every assignment of the atoms that can be true or not."""
    named = {str(atom).replace("before", "after") for formula in formulas for atom in atoms(formula)}
    free = [atom for atom in ATOMS if str(atom) in named]
    ordered = sorted((a for a in free if str(a) not in ("public", "members", "stewards")), key=str)[:8]
    return [
        Assignment(frozenset(atom for atom, true in zip(ordered, row, strict=True) if true))
        for row in product((False, True), repeat=len(ordered))
    ]


@LAW
@given(conditions())
def test_what_is_printed_is_read_back(condition: Condition):
    text = str(condition)
    if len(text) <= MAX_LENGTH:
        assert parse_condition(text) == condition
    assert read_canonical(text) == simplify(condition)


@LAW
@given(conditions())
def test_a_formula_holds_exactly_where_its_truth_table_says(condition: Condition):
    for row in truth_table(condition):
        assert holds(condition, row) == row.makes(condition)


@LAW
@given(conditions())
def test_the_canonical_form_holds_exactly_where_the_formula_does(condition: Condition):
    simple = simplify(condition)
    assert simplify(simple) == simple
    assert read_canonical(str(simple)) == simple
    for row in truth_table(condition):
        assert row.makes(simple) == row.makes(condition)


@LAW
@given(st.lists(conditions(), max_size=4), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_count(formulas: list[Condition], random):
    shuffled = [*formulas, *formulas[:1]]
    random.shuffle(shuffled)
    for join in (all_of, any_of):
        assert join(formulas) == join(shuffled) == join([join(formulas), *formulas])


@LAW
@given(st.lists(conditions(), max_size=3))
def test_joining_is_and_and_or(formulas: list[Condition]):
    both, either = all_of(formulas), any_of(formulas)
    for row in truth_table(*formulas):
        assert row.makes(both) == all(row.makes(f) for f in formulas)
        assert row.makes(either) == any(row.makes(f) for f in formulas)


@LAW
@given(st.lists(conditions(), min_size=1, max_size=3))
def test_no_join_forgets_a_group_unless_the_whole_is_public_or_closed(formulas: list[Condition]):
    simple = [simplify(f) for f in formulas]
    kept = frozenset[str]().union(*(groups_named(f) for f in simple))
    for joined in (all_of(formulas), any_of(formulas)):
        assert str(joined) in ("public", "any()") or groups_named(joined) == kept


@LAW
@given(conditions())
def test_the_parts_make_up_the_whole(condition: Condition):
    simple = simplify(condition)
    assert all_of(parts_of(simple)) == simple


@LAW
@given(conditions())
def test_more_memberships_never_hide_anything(condition: Condition):
    rows = truth_table(condition)
    dated = {str(a) for a in ATOMS if str(a).startswith("after")}
    for row in rows:
        for more in rows:
            same_time = {a for a in more._true if str(a) in dated} == {a for a in row._true if str(a) in dated}
            if row._true <= more._true and same_time and holds(condition, row):
                assert holds(condition, more)


@LAW
@given(conditions(), st.sets(st.sampled_from(("village", "guild")), max_size=2))
def test_binding_leaves_no_bare_word_or_is_refused(condition: Condition, own: set[str]):
    known = lambda atom: known_in(ARCHIVE, atom)  # noqa: E731
    bare = any(atom in (Members(None), Stewards(None)) for atom in atoms(condition))
    try:
        bound = bind(condition, own=tuple(sorted(own)), known=known)
    except ConditionError:
        assert bare
        assert not own
    else:
        assert not any(atom in (Members(None), Stewards(None)) for atom in atoms(bound))


WORDS = st.sampled_from(("all", "any", "(", ")", ",", " ", "elders", "stewards", "after", "2031-01-01", "\0", "\u202e"))


@LAW
@given(
    st.text(max_size=30)
    | st.lists(WORDS, max_size=12).map("".join)
    | st.sampled_from(UNREADABLE)
    | st.text(alphabet="all(any)elders,", max_size=60)
    | st.tuples(st.sampled_from(("(", "all(", "any(elders,", ")")), st.integers(1, 10_000)).map(lambda t: t[0] * t[1])
)
@example("all(" * 10_000 + ")" * 10_000)
@example("elders" * 1_000_000)
def test_any_text_is_a_condition_or_is_refused_and_nothing_else_happens(text: str):
    refused = None
    try:
        condition = parse_condition(text)
    except ConditionError as error:
        refused = str(error)
    if refused is None:
        assert parse_condition(str(condition)) == condition
        assert read_canonical(text) == simplify(condition)
    else:
        assert refused.isprintable()
        assert read_canonical(text) == CLOSED or len(text) > MAX_LENGTH or text.count("(") > MAX_DEPTH
