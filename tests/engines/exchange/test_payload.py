"""What is put into a row's payload comes out again, and no reader of the table can tell what it was."""

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.engines.exchange import payload

NAMES = st.sampled_from(["name", "branch", "joined_on", "is_migrant_worker", "wage"])
WORDS = st.sampled_from(["", "甲", "1", "1998-07-01", "\0formula", "“”"])
TYPED = st.dictionaries(NAMES, WORDS | st.integers() | st.booleans())
MEANT = st.dictionaries(NAMES, WORDS | st.integers() | st.booleans() | st.none() | st.dates())


def _typed(values: dict[str, object]) -> dict[str, tuple[type, object]]:
    return {name: (type(value), value) for name, value in values.items()}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TYPED, MEANT)
def test_both_what_was_typed_and_what_it_means_come_out_as_they_were(raw: dict[str, object], clean: dict[str, object]) -> None:
    packed = payload.pack(raw, clean)  # type: ignore[arg-type]  # all of them are values of cells
    assert _typed(payload.raw_of(packed)) == _typed(raw)
    assert _typed(payload.clean_of(packed)) == _typed(clean)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MEANT)
def test_what_is_kept_and_what_was_answered_come_out_as_they_were(values: dict[str, object]) -> None:
    assert _typed(payload.clean_of(payload.pack_kept(values))) == _typed(values)
    assert _typed(payload.load(payload.dump(values))) == _typed(values)


def test_a_date_cell_is_kept_as_people_write_it() -> None:
    packed = payload.pack({"joined_on": dt.datetime(1998, 7, 1)}, {"joined_on": dt.date(1998, 7, 1)})  # noqa: DTZ001 - a cell
    assert payload.raw_of(packed) == {"joined_on": "1998-07-01"}
    assert payload.clean_of(packed) == {"joined_on": dt.date(1998, 7, 1)}


def test_a_row_of_which_nothing_is_kept_opens_as_nothing() -> None:
    assert payload.raw_of(payload.NOTHING) == payload.clean_of(payload.NOTHING) == {}
