"""How far a case is: readable cases, and what holds of every walk through a procedure."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.engines.procedures.definition import Procedure, Step
from dangjian.engines.procedures.policy import Open, Taken, progress
from dangjian.engines.procedures.schema import read_file
from dangjian.kernel.rulebook import Period, book
from tests.engines.procedures.test_schema import written
from tests.person_procedure.contributes import FILE

HERE = Path(__file__).parent
EXAMPLE = read_file(FILE)
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "cases" / "progress.yaml").read_text(encoding="utf-8"))


def as_taken(rows: list[list[Any]]) -> list[Taken]:
    rounds: dict[str, int] = {}
    found = []
    for code, day, *outcome in rows:
        rounds[code] = rounds.get(code, 0) + 1
        found.append(Taken(code, rounds[code], day, outcome[0] if outcome else ""))
    return found


def as_written(one: Open) -> dict[str, Any]:
    said: dict[str, Any] = {"step": one.step.code}
    if one.step.every:
        said["round"] = one.round
    days = {"earliest": one.earliest, "latest": one.latest}
    said |= {name: day for name, day in days.items() if day}
    return said | ({"provisional": True} if one.is_provisional else {})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_where_a_case_stands(case: dict[str, Any]) -> None:
    live_on = case.get("live_on", dt.date.min)
    found = progress(EXAMPLE, as_taken(case["taken"]), started_on=dt.date(2025, 1, 10), today=case["today"], live_on=live_on)
    assert [as_written(one) for one in found.open] == case["open"]
    assert (found.stage, found.ended) == (case["stage"], case.get("ended", ""))
    assert found.stage_on == case.get("stage_on", found.stage_on)


def test_a_day_that_the_app_knows_is_a_limit(tmp_path: Path) -> None:
    """It bars and is late as any other day; one that is not known yet does neither, and nobody is overdue on going live."""
    day = {"known": "trial_end", "says": "试用期满"}
    small = read_file(written(tmp_path, not_before=day, within=day))
    taken, begun, end = [Taken("ask", 1, dt.date(2026, 1, 5))], dt.date(2026, 1, 5), dt.date(2026, 3, 1)
    known = progress(small, taken, started_on=begun, today=begun, known={"trial_end": end}).open[0]
    assert (known.earliest, known.latest) == (end, end)
    unknown = progress(small, taken, started_on=begun, today=begun).open[0]
    assert (unknown.earliest, unknown.latest) == (None, None)
    later = read_file(written(tmp_path, within=day | {"setting": "duties.probation_remind"}))
    waits = book().on("duties.probation_remind", begun).expect(Period)
    behind = progress(later, taken, started_on=begun, today=begun, known={"trial_end": end}).open[0]
    assert (behind.latest, waits.after(end) > end) == (waits.after(end), True)
    live_on = dt.date(2026, 4, 1)
    lately = progress(small, taken, started_on=begun, today=live_on, live_on=live_on, known={"trial_end": end}).open[0]
    assert (lately.earliest, lately.latest) == (end, live_on)


def walked(procedure: Procedure, choices: list[int], started_on: dt.date) -> tuple[list[Taken], dt.date]:
    """A walk: each choice takes one of the steps that are open, on a day on which it may be taken."""
    taken: list[Taken] = []
    today = started_on
    for choice in choices:
        now = progress(procedure, taken, started_on=started_on, today=today)
        if now.ended:
            break
        one = now.open[choice % len(now.open)]
        today = max(today, one.since, one.earliest or one.since) + dt.timedelta(days=choice % 50)
        now = progress(procedure, taken, started_on=started_on, today=today)
        still = [each for each in now.open if each.step.code == one.step.code and (each.earliest or today) <= today]
        if still:
            taken = after(procedure, taken, still[0], today, choice)
    return taken, today


def after(procedure: Procedure, taken: list[Taken], one: Open, day: dt.date, choice: int) -> list[Taken]:
    """The steps that count once this one was taken: those that were sent back count no longer."""
    step: Step = one.step
    outcome = step.outcomes[choice % len(step.outcomes)] if step.outcomes else None
    if outcome and outcome.back_to:
        again = procedure.on(day).dependents(outcome.back_to)
        return [each for each in taken if each.code not in again]
    return [*taken, Taken(step.code, one.round, day, outcome.code if outcome else "")]


WALKED = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
"""How fast the machine is says nothing about procedures."""
WALKS = st.lists(st.integers(0, 997), max_size=40)
STARTS = st.dates(dt.date(2020, 1, 1), dt.date(2027, 1, 1))


@WALKED
@given(WALKS, STARTS)
def test_there_is_always_a_way_on_or_an_end(choices: list[int], started_on: dt.date) -> None:
    taken, today = walked(EXAMPLE, choices, started_on)
    found = progress(EXAMPLE, taken, started_on=started_on, today=today)
    assert bool(found.ended) != any(one.step.every is None for one in found.open)


@WALKED
@given(WALKS, STARTS)
def test_no_step_counts_twice(choices: list[int], started_on: dt.date) -> None:
    taken, today = walked(EXAMPLE, choices, started_on)
    keys = [(one.code, one.round) for one in taken]
    assert len(set(keys)) == len(keys)
    once = {one.code for one in taken if not (step := EXAMPLE.step(one.code, today)) or step.every is None}
    opened = progress(EXAMPLE, taken, started_on=started_on, today=today).open
    assert not once & {one.step.code for one in opened}


@WALKED
@given(WALKS, STARTS)
def test_nothing_is_asked_for_that_lies_behind(choices: list[int], started_on: dt.date) -> None:
    taken, today = walked(EXAMPLE, choices, started_on)
    version = EXAMPLE.on(today)
    done = {one.code for one in taken}
    for one in progress(EXAMPLE, taken, started_on=started_on, today=today).open:
        assert version.following[one.step.code].isdisjoint(done) or one.step.every


@WALKED
@given(WALKS, STARTS)
def test_limits_lie_in_order(choices: list[int], started_on: dt.date) -> None:
    taken, today = walked(EXAMPLE, choices, started_on)
    for one in progress(EXAMPLE, taken, started_on=started_on, today=today).open:
        assert one.since >= started_on
        assert one.latest is None or one.latest >= one.since
