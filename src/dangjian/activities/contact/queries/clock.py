"""The clock of contact: who has not been heard of for how long, in a fixed number of questions for any number of members."""

import datetime as dt
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from dangjian.activities.contact.models import Search
from dangjian.activities.contact.models.search import OPEN
from dangjian.activities.contact.policy import length
from dangjian.kernel.sql import later
from dangjian.members.models import Member
from dangjian.members.queries.contact import with_contact, without_contact_since
from dangjian.org.models import Organization
from dangjian.org.openings import register

SILENT_DUTY = "contact.silent"
SLACK = dt.timedelta(days=3)
"""Months have ends of their own: the first cut leaves some days, the exact day decides."""


def nearing(rows: QuerySet[Member], day: dt.date) -> QuerySet[Any]:
    """Those of ``rows`` without contact for so long that the branch is reminded (``lost.near``), with ``silent_since``."""
    return silent_for(rows, day, "lost.near")


def silent_for(rows: QuerySet[Member], day: dt.date, key: str) -> QuerySet[Any]:
    """Those of ``rows`` without contact for the time of a rule, with ``silent_since``, ``reminded_on`` and ``lost_from``."""
    time = length(key, day)
    silent = without_contact_since(rows, time.before(day) + SLACK)
    silent = with_contact(silent).annotate(reminded_on=later(F("silent_since"), time))
    silent = silent.annotate(lost_from=later(F("silent_since"), length("lost.def", day)))
    return silent.filter(reminded_on__lte=day)


def silent_since(member_id: int) -> dt.date:
    """Since when there has been no contact with one member."""
    found: dt.date = with_contact(register(Member).filter(pk=member_id)).values_list("silent_since", flat=True)[0]
    return found


def with_search(rows: QuerySet[Any]) -> QuerySet[Any]:
    """``rows`` with the number and state of the search for each that goes on (``search_id``, ``search_state``)."""
    running = register(Search).filter(member=OuterRef("pk"), state__in=OPEN)
    return rows.annotate(search_id=Subquery(running.values("pk")[:1]), search_state=Subquery(running.values("state")[:1]))


def branches_to_ask(day: dt.date) -> QuerySet[Organization]:
    """Branches with members without contact for long, for whom nobody searches yet."""
    return Organization.objects.filter(pk__in=_unsearched(day).values("branch"))


def explained(organization: Organization, day: dt.date) -> str:
    """Who they are."""
    names = list(_unsearched(day).filter(branch=organization).order_by("silent_since").values_list("name", flat=True)[:11])
    more = "等" if len(names) > 10 else ""
    return f"{'、'.join(names[:10])}{more}很久没有参加组织生活、交纳党费，也没有登记联系"


def _unsearched(day: dt.date) -> QuerySet[Any]:
    running = register(Search).filter(member=OuterRef("pk"), state__in=OPEN)
    return nearing(Member.objects.counted(), day).filter(~Exists(running))
