"""Since when there is no contact with a member: readable cases, many members at once, and what is no contact."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangjian.accounts.models import User
from dangjian.activities.contact.actions import notes, searches
from dangjian.activities.contact.queries.clock import SILENT_DUTY, nearing, silent_since
from dangjian.activities.meetings.models import Answer, Presence
from dangjian.kernel import clock
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.members.queries.contact import reasons
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.contact import build

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "clock.yaml").read_text(encoding="utf-8"))
KNOWN = {
    "title", "came", "paid", "agent", "noted", "leave", "received", "eased", "live", "day", "silent", "near", "lost", "why",
}  # fmt: skip


@pytest.fixture
def branch() -> Organization:
    return make.branch(make.committee(name="虚构集团党委"))


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_the_clock(case: dict[str, Any], branch: Organization) -> None:
    assert not case.keys() - KNOWN
    with clock.at(f"{case['day']} 09:00"):
        member = _member(case, branch)
        with unscoped("test"):
            found = list(nearing(Member.objects.counted(), case["day"]))
        assert [one.pk for one in found] == ([member.pk] if case["near"] else [])
        if "silent" in case:
            assert silent_since(member.pk) == found[0].silent_since == case["silent"]
            assert found[0].lost_from == case["lost"]
        if "why" in case:
            assert reasons([member.pk], case["day"])[member.pk] == case["why"]


def _member(case: dict[str, Any], branch: Organization) -> Member:
    if "live" in case:
        with unscoped("test"):
            Organization.objects.filter(pk=branch.pk).update(live_on=case["live"])
        branch.refresh_from_db()
    member = make.member(branch, attendance_eased=case.get("eased", False))
    if "received" in case:
        with unscoped("test"):
            account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.TRANSFERRED_OUT, effective_on=dt.date(2025, 5, 5))
        account.enter(
            actor=make.SYSTEM,
            member=member,
            branch=branch,
            kind=ChangeKind.TRANSFERRED_IN,
            effective_on=case["received"],
            category="1",
        )
    if "came" in case:
        build.came(member, case["came"])
    if "leave" in case:
        build.came(member, case["leave"], Presence.LEAVE, Answer.LEAVE_GRANTED)
    if "paid" in case:
        build.paid(member, case["paid"])
    if "agent" in case:
        build.paid(member, case["agent"], "虚构家属")
    if "noted" in case:
        notes.note(actor=make.SYSTEM, member=member, on=case["noted"], way="phone")
    return member


def test_signing_in_is_no_contact(branch: Organization) -> None:
    member = build.silent_since(branch, dt.date(2026, 5, 20), with_user=True)
    User.objects.filter(pk=member.user_id).update(last_login=clock.now())
    assert silent_since(member.pk) == dt.date(2026, 5, 20)


def test_a_payment_that_was_reversed_is_no_contact(branch: Organization) -> None:
    member = build.silent_since(branch, dt.date(2026, 5, 20))
    build.paid(member, dt.date(2026, 11, 1))
    assert silent_since(member.pk) == dt.date(2026, 11, 1)
    with unscoped("test"):
        payment = member.dues_payments.get()
        payment.pk, payment.receipt_no, payment.reverses_id = None, "虚构红字收据", payment.pk
        payment.save()
    assert silent_since(member.pk) == dt.date(2026, 5, 20)


def test_whoever_does_not_count_is_not_asked_for(branch: Organization) -> None:
    member = build.silent_since(branch, dt.date(2026, 5, 20))
    with unscoped("test"):
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.DECEASED, effective_on=dt.date(2026, 11, 1))
        assert not nearing(Member.objects.counted(), clock.today()).exists()


def test_the_branch_is_told_once_for_all_and_no_longer_once_it_searches(branch: Organization) -> None:
    first, second = (build.silent_since(branch, dt.date(2026, month, 20)) for month in (4, 6))
    build.silent_since(branch, dt.date(2026, 11, 20))
    (duty,) = build.duties(SILENT_DUTY)
    assert duty.organization_id == branch.pk
    searches.begin(actor=make.SYSTEM, member=first)
    assert len(build.duties(SILENT_DUTY)) == 1
    notes.note(actor=make.SYSTEM, member=second, on=clock.today(), way="phone")
    assert build.duties(SILENT_DUTY) == []


def test_as_many_questions_for_a_hundred_members_as_for_one(branch: Organization) -> None:
    def asked() -> int:
        with unscoped("test"), CaptureQueriesContext(connection) as queries:
            found = list(nearing(Member.objects.counted(), clock.today()))
            reasons([one.pk for one in found], clock.today())
        return len(queries)

    build.silent_since(branch, dt.date(2026, 5, 20))
    one = asked()
    for _ in range(5):
        build.silent_since(branch, dt.date(2026, 5, 20))
    assert asked() == one
