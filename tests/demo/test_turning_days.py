"""The demonstration is made, and opened by everybody who may try it, on days with which calculations go wrong.

A small one (``plan.SMALL``) holds everything that the whole one does: five whole ones would take minutes.
"""

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.db.models import DateField, DateTimeField, Model, Sum
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.contact.models import Away, Guest, Search, SearchState
from dangjian.activities.contact.queries.clock import nearing
from dangjian.activities.meetings.models import Attendance, Meeting, Mode, Presence
from dangjian.demo import plan
from dangjian.demo.enterprise import build
from dangjian.engines.duties.models import Duty
from dangjian.kernel import clock
from dangjian.kernel.rulebook import Period
from dangjian.members.models import Member, MembershipEntry
from dangjian.org.unscoped import unscoped
from tests.days import on_turning_days

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

MAY_LIE_AHEAD = {
    *("due_on", "opens_on", "period_end", "promised_on", "until_month", "extended_to"),
    *("starts_at", "ends_at", "held_on"),  # of meetings that are called
    "period_start",  # of what is due once its first day has come
}
"""Columns of days and moments to come; all others say when something happened."""
LAST_DAYS = frozenset({"Letter.ends_on", "Sanction.ends_on", "ShiftDay.on"})
"""Columns so called that say until when something holds, or who is to work."""
STORIES = 10
"""So many members come or leave by the stories at most."""


@on_turning_days
def test_the_demonstration_is_made_and_opened(day: str) -> None:
    build(size=plan.SMALL)
    with unscoped("test"):
        counted = Member.objects.counted().count()
        assert counted == MembershipEntry.objects.aggregate(total=Sum("sign"))["total"]
        assert abs(counted - plan.SMALL.members) <= STORIES
        assert _to_come() == {}
        assert not Meeting.objects.held().filter(held_on__gt=clock.today()).exists()
        online = Attendance.objects.filter(presence=Presence.ONLINE).order_by()
        assert set(online.values_list("meeting__mode", flat=True)) == {Mode.BOTH}
        assert {"open", "done"} <= set(Duty.objects.values_list("state", flat=True))
        _contact_is_as_told()
    for user in User.objects.filter(is_demo=True):
        client = Client()
        client.force_login(user)
        home = client.get("/")
        addresses = [entry["url"] for group in home.context["menu"] for entry in group["children"]]
        assert reverse("dues:home") in addresses or user.demo_role.endswith("_admin"), user.demo_note
        for address in ("/", *addresses):
            assert client.get(address, follow=True).status_code == 200, f"{user.demo_note}: {address}"


def _to_come() -> dict[str, Any]:
    """What is said to have happened after now: the latest of each column."""
    found = {}
    for model in apps.get_models():
        if model.__module__.startswith("dangjian."):
            for field in model._meta.fields:
                name = f"{model.__name__}.{field.name}"
                is_past = isinstance(field, DateField) and field.name not in MAY_LIE_AHEAD and name not in LAST_DAYS
                if is_past and (last := _latest(model, field)):
                    found[name] = last
    return found


def _latest(model: type[Model], field: Any) -> dt.date | None:
    now: dt.date = clock.now() if isinstance(field, DateTimeField) else clock.today()
    rows = model._base_manager.filter(**{f"{field.name}__gt": now})
    found: dt.date | None = rows.order_by(f"-{field.name}").values_list(field.name, flat=True).first()
    return found


def _contact_is_as_told() -> None:
    """Two members away and two guests, one silent for five months, and one for seven, who is searched for in vain."""
    today = clock.today()
    assert Away.objects.running().count() == Guest.objects.running().count() == 2
    search = Search.objects.get()
    assert search.state == SearchState.CONCLUDED
    assert Period(months=7).after(search.silent_since) <= today < Period(months=8).after(search.silent_since)
    found = {one.pk: one.silent_since for one in nearing(Member.objects.counted(), today)}
    assert found.pop(search.member_id) == search.silent_since
    (silent,) = found.values()
    assert Period(months=4).after(silent) <= today < Period(months=6).after(silent)
    assert Member.objects.get(pk=search.member_id).lost_on == search.silent_since
    for rule in ("contact.silent", "contact.suspend", "contact.transfer"):
        assert Duty.objects.filter(rule=rule, state="open").count() == 1, rule
