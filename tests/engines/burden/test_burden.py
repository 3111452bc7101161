"""What is typed is counted where forms are carried out; how long duties take is told by quartiles. Never by person."""

import datetime as dt
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from dangjian.accounts.events import record
from dangjian.engines.burden.actions.counting import add
from dangjian.engines.burden.models import FilledIn
from dangjian.engines.burden.queries.times import taken, times
from dangjian.engines.duties.models import Duty, State
from dangjian.kernel import clock
from dangjian.kernel.effort import Cells, Effort, fields_of
from dangjian.kernel.errors import Invalid
from dangjian.kernel.submit import attempt
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Row
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


class MeetingForm(forms.Form):
    """A form with a proposal, a blank and something hidden."""

    place = forms.CharField(initial="一号会议室")
    day = forms.DateField(initial=clock.today)
    topic = forms.CharField(required=False)
    note = forms.CharField(required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


SENT = {"place": "一号会议室", "day": "2026-11-23", "topic": "学习", "note": "", "seen": "x"}


def rows() -> list[tuple[int, dt.date, str, int, int, int, int]]:
    with unscoped("the test looks at all of them"):
        found = FilledIn.objects.order_by("month", "module")
        return list(found.values_list("organization", "month", "module", "forms", "typed", "proposed", "cells"))


def act(organization: Organization, verb: str = "meetings.called") -> Any:
    return lambda _data: record(actor=make.SYSTEM, verb=verb, summary="虚构", organization=organization)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, (1, 2)),
        ({"place": "二号会议室"}, (2, 1)),
        ({"topic": "", "place": ""}, (1, 1)),
    ],
)
def test_typed_is_what_differs_from_what_was_proposed(changed: dict[str, str], expected: tuple[int, int]) -> None:
    form = MeetingForm(SENT | changed)
    form.is_valid()
    assert fields_of(form) == expected


def test_a_form_that_was_carried_out_counts_for_the_organisation_month_and_module(
    django_capture_on_commit_callbacks: Any,
) -> None:
    branch = make.branch(make.committee())
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            attempt(MeetingForm(SENT), act(branch))
    assert rows() == [(branch.pk, dt.date(2026, 11, 1), "meetings", 2, 2, 4, 0)]
    with clock.at("2026-12-01"), django_capture_on_commit_callbacks(execute=True):
        attempt(MeetingForm(SENT | {"day": "2026-12-01"}), act(branch, "dues.assessed"))
    assert rows()[1:] == [(branch.pk, dt.date(2026, 12, 1), "dues", 1, 1, 2, 0)]


def test_a_form_that_was_refused_or_not_filled_in_does_not_count(django_capture_on_commit_callbacks: Any) -> None:
    branch = make.branch(make.committee())

    def refused(_data: object) -> None:
        record(actor=make.SYSTEM, verb="meetings.called", summary="虚构", organization=branch)
        raise Invalid("不行。")

    with django_capture_on_commit_callbacks(execute=True):
        attempt(MeetingForm(SENT), refused)
        attempt(MeetingForm({}), act(branch))
        attempt(MeetingForm(SENT), lambda _data: None)
    assert rows() == []


def test_of_a_form_that_overwrites_only_what_was_changed_counts(django_capture_on_commit_callbacks: Any) -> None:
    branch = make.branch(make.committee())

    class Turn:
        def of(self, form: forms.Form) -> Any:
            assert form.is_bound
            return unscoped("the test")

    with django_capture_on_commit_callbacks(execute=True):
        attempt(MeetingForm(SENT), act(branch), Turn())
    assert [row[3:] for row in rows()] == [(1, 1, 0, 0)]


def test_no_row_says_who_typed() -> None:
    assert {field.name for field in FilledIn._meta.get_fields()} == {
        "id",
        "organization",
        "month",
        "module",
        "forms",
        "typed",
        "proposed",
        "cells",
    }


def test_cells_of_a_sheet_are_counted_while_they_go_by() -> None:
    cells = Cells()
    list(cells.of([Row(1, 0, {"name": "慕容虚构", "note": "", "age": 0, "day": None}), Row(2, 0, {"name": "上官虚构"})]))
    assert cells.number == 3
    branch = make.branch(make.committee())
    add(Effort("members", branch.pk, cells=cells.number))
    add(Effort("members", branch.pk, cells=2))
    assert [row[3:] for row in rows()] == [(0, 0, 0, 5)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [([4], (1, 4, 4, 4)), ([1, 2, 3, 4, 5], (5, 2, 3, 4)), ([0, 10], (2, 2.5, 5, 7.5))],
)
def test_quartiles(days: list[int], expected: tuple[float, ...]) -> None:
    found = taken("虚构", days)
    assert (found.number, found.quarter, found.half, found.three_quarters) == expected


def done(organization: Organization, opens_on: dt.date, done_on: dt.date | None, state: str = State.DONE) -> None:
    with unscoped("the test"):
        Duty.objects.create(
            organization=organization,
            rule="term_end",
            title="虚构事项",
            period_start=opens_on,
            opens_on=opens_on,
            done_on=done_on,
            state=state,
            occasion=opens_on.toordinal(),
        )


def test_the_time_of_duties_is_told_for_a_unit_and_a_period_and_shown_on_the_page() -> None:
    committee = make.committee(name="虚构集团党委")
    branch, other = make.branch(committee, name="虚构一支部"), make.branch(make.general_branch(committee), name="虚构二支部")
    done(branch, dt.date(2026, 3, 1), dt.date(2026, 3, 4))
    done(branch, dt.date(2026, 4, 1), dt.date(2026, 4, 11))
    done(branch, dt.date(2026, 5, 9), dt.date(2026, 5, 1))
    done(other, dt.date(2026, 4, 1), dt.date(2026, 4, 30))
    done(branch, dt.date(2026, 6, 1), None, State.OPEN)
    done(branch, dt.date(2025, 6, 1), dt.date(2025, 6, 3))
    with unscoped("the test"):
        found = times(branch, dt.date(2026, 1, 1), dt.date(2026, 12, 31))
        whole = times(committee, dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert found.total is not None
    assert (found.total.number, found.total.half) == (3, 3)
    assert [(span.code, one.half) for span, one in found.by_month] == [("2026-03", 3), ("2026-04", 10), ("2026-05", 0)]
    assert [(one.title, one.number) for one in whole.by_title] == [("按期换届", 4)]
    client = Client()
    client.force_login(make.post(branch).user, backend="dangjian.accounts.backends.AccountBackend")
    page = client.get(reverse("burden:times"), {"period": "2026"})
    assert page.status_code == 200
    assert "按期换届" in page.content.decode()
    assert client.get(reverse("burden:times_sheet"), {"period": "2026"}).status_code == 200
