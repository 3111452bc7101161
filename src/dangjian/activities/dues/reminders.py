"""Whom one may remind of dues: members of a branch who have not paid a month; those of a quarter in its last month."""

import datetime as dt

from django.urls import reverse

from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.policy import last_day
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Owing, Reminder, ReminderSource
from dangjian.kernel.typed import number
from dangjian.org.gate import find
from dangjian.org.models import Organization


def of_month(request: Request, key: str) -> Reminder:  # noqa: ARG001 - the offer's signature
    """Those who still owe a month in a branch; the key is its number and the month: ``16.202611``."""
    pk, _, text = key.partition(".")
    try:
        month = dt.date(int(text[:4]), int(text[4:]), 1)
    except ValueError as error:
        raise NotFound from error
    branch: Organization = find(Organization.objects.standing(), pk=number(pk) or 0)
    bills = Bill.objects.filter(organization=branch, month=month, settled_on=None, member__user__is_active=True)
    bills = bills.asked_for(last_day(clock.today()))
    rows = bills.order_by("member__name_sort").values_list("member__user_id", "member__name")
    return Reminder(
        matter=f"{branch.short_name}{month.year}年{month.month}月党费",
        text=f"{month.month}月的党费还没有交，请尽快交纳；应交多少、怎样交，点开就能看到。",
        url=reverse("dues:mine"),
        people=[Owing(user_id, name) for user_id, name in rows],
        back=f"{reverse('dues:collect', args=[branch.pk])}?month={month:%Y-%m}",
        organization=branch,
    )


OFFER = ReminderSource("dues-month", "dues.collect", of_month)
