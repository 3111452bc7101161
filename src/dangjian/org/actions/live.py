"""The day of going live: from when an organisation and all below it are kept on the platform."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import DateField, Value
from django.db.models.functions import Greatest

from dangjian.accounts.events import record
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.offers import LiveFollower
from dangjian.org.openings import inside

FARTHEST = dt.timedelta(days=366)
"""How far ahead it may be set: a mistyped year would switch everything off without a word."""


@transaction.atomic
def go_live(*, actor: Actor, organization: Organization, live_on: dt.date) -> int:
    """Keep ``organization`` and all below it on the platform from ``live_on``; returns how many organisations changed.

    One that was founded later goes live on the day of its founding. What other modules derive from the day follows at once.
    Raises ``Invalid`` for a day before the founding or more than a year ahead, ``Conflict`` if nothing would change.
    """
    actor.require("org.manage", organization)
    _check_day(organization, live_on)
    with inside(organization):  # all below go live with it
        rows = list(Organization.objects.select_for_update().standing().below(organization).order_by("path"))
        changing = [one for one in rows if one.live_on != max(live_on, one.established_on)]
        if not changing:
            raise Conflict(f"“{organization}”和下级党组织的启用日期已经是{words.day(live_on)}，没有变化。")
        since = min(live_on, *(one.live_on for one in changing))
        before = organization.live_on
        numbers = [one.pk for one in changing]
        Organization.objects.filter(pk__in=numbers).update(
            live_on=Greatest(Value(live_on, output_field=DateField()), "established_on")
        )
    organization.live_on = max(live_on, organization.established_on)
    with_it = f"，连同下级共{len(changing)}个党组织" if len(changing) > 1 else ""
    record(
        actor=actor,
        verb="org.live_on_changed",
        summary=f"“{organization}”的启用日期由{words.day(before)}改为{words.day(live_on)}{with_it}",
        organization=organization,
        subject=organization,
        data={"before": before.isoformat(), "live_on": live_on.isoformat(), "organizations": len(changing)},
    )
    tell_followers(actor=actor, organization_ids=numbers, since=since)
    return len(changing)


def tell_followers(*, actor: Actor, organization_ids: Collection[int], since: dt.date) -> None:
    """Let all modules follow, because these organisations are kept on the platform from another day, none before ``since``."""
    for follower in offers(LiveFollower):
        follower.follow(actor, organization_ids, since)


def _check_day(organization: Organization, live_on: dt.date) -> None:
    if organization.dissolved_on:
        raise Conflict(f"“{organization}”已于{words.day(organization.dissolved_on)}撤销，不能再改启用日期。")
    if live_on < organization.established_on:
        founded_on = words.day(organization.established_on)
        raise Invalid(
            f"“{organization}”成立于{founded_on}，启用日期不能早于这一天。", fields={"live_on": f"不能早于成立日期{founded_on}"}
        )
    if live_on > clock.today() + FARTHEST:
        raise Invalid("启用日期最多只能提前一年设定。", how="请检查年份。", fields={"live_on": "不能晚于一年以后"})
