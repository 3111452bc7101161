"""Where a new assessment goes: whatever is placed in whatever order, each month has one owner, the last one placed."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.activities.dues.policy import shifted
from dangjian.activities.dues.timeline import Piece, Placing, place, split

JANUARY = dt.date(2026, 1, 1)


def month(number: int) -> dt.date:
    return shifted(JANUARY, number)


def pieces(*spans: tuple[int, int | None], origin: str = "") -> list[Piece]:
    return [
        Piece(number, month(start), None if until is None else month(until), origin or number)
        for number, (start, until) in enumerate(spans)
    ]


def applied(before: list[Piece], placing: Placing, new: Piece) -> list[Piece]:
    """The pieces after a placing, as the actions write them."""
    kept = [
        Piece(one.pk, one.start, placing.cut.get(one.pk, one.until), one.origin)
        for one in before
        if one.pk not in placing.replaced
    ]
    resumed = [Piece(1000 + 100 * new.pk + one.pk, one.start, one.until, one.origin) for one in placing.resumed]
    return sorted([*kept, *resumed, Piece(new.pk, new.start, placing.until, new.origin)], key=lambda one: one.start)


def owner(rows: list[Piece], at: dt.date) -> list[int]:
    return [one.origin for one in rows if one.start <= at and (one.until is None or at < one.until)]


def test_the_first_assessment_runs_on() -> None:
    assert place([], JANUARY) == Placing(None)


def test_a_later_one_ends_the_one_before() -> None:
    assert place(pieces((0, None)), month(5)) == Placing(None, cut={0: month(5)})


def test_one_of_the_same_month_replaces() -> None:
    assert place(pieces((0, None)), JANUARY) == Placing(None, replaced={0})


def test_an_earlier_one_ends_where_the_next_begins() -> None:
    assert place(pieces((6, None)), month(2)) == Placing(month(6))


def test_one_with_an_end_lets_go_on_what_held_before() -> None:
    placing = place(pieces((0, None)), month(3), month(4))
    assert placing.cut == {0: month(3)}
    assert [(one.start, one.until) for one in placing.resumed] == [(month(4), None)]


def test_parts_of_one_assessment_give_way_together() -> None:
    placing = place(pieces((0, 14), (14, None), origin="one base, two rules"), month(2))
    assert placing == Placing(None, cut={0: month(2)}, replaced={1})


def test_another_assessment_does_not_give_way() -> None:
    assert place(pieces((0, 14), (14, None)), month(2)) == Placing(month(14), cut={0: month(2)})


@given(
    st.lists(
        st.tuples(st.integers(0, 24), st.one_of(st.none(), st.integers(1, 6))),
        min_size=1,
        max_size=8,
    )
)
def test_every_month_has_one_owner_and_a_span_with_an_end_changes_nothing_outside(
    wanted: list[tuple[int, int | None]],
) -> None:
    rows: list[Piece] = []
    for number, (start, length) in enumerate(wanted):
        until = None if length is None else month(start + length)
        before = list(rows)
        placing = place(rows, month(start), until)
        rows = applied(rows, placing, Piece(number, month(start), until, number))
        for at in (month(number_of_month) for number_of_month in range(40)):
            owners = owner(rows, at)
            assert len(owners) <= 1
            inside = month(start) <= at and (placing.until is None or at < placing.until)
            assert owners == ([number] if inside else owner(before, at))


@pytest.mark.parametrize(
    ("start", "until", "changes", "parts"),
    [
        (0, None, [], [(0, None)]),
        (0, 6, [3], [(0, 3), (3, 6)]),
        (0, None, [6, 3], [(0, 3), (3, 6), (6, None)]),
        (3, 6, [3, 6, 9], [(3, 6)]),
    ],
)
def test_an_assessment_is_split_where_a_rule_changes(
    start: int, until: int | None, changes: list[int], parts: list[tuple[int, int | None]]
) -> None:
    found = split(month(start), None if until is None else month(until), [month(one) for one in changes])
    assert found == tuple((month(begin), None if end is None else month(end)) for begin, end in parts)
