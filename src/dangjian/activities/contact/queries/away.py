"""Who is away, when they are to be contacted next, for whom a transfer is due."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Case, CharField, DateField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat, Greatest

from dangjian.activities.contact.models import Away, ContactNote, Direction, End
from dangjian.activities.contact.models.away import ABROAD
from dangjian.activities.contact.policy import length
from dangjian.activities.contact.queries.notes import last_note
from dangjian.kernel.sql import earlier, later
from dangjian.members.offers import ActivityCertificate
from dangjian.org.openings import own, register

AWAY_DUTY, ABROAD_DUTY, TRANSFER_DUTY = "contact.away", "contact.abroad", "contact.transfer"


def with_due(rows: QuerySet[Away], day: dt.date) -> QuerySet[Any]:
    """``rows`` with the last contact (``contact_on``), the last day for the next one (``due_on``) and when to think of it."""
    rows = rows.annotate(contact_on=last_note("member"))
    heard = Greatest(F("since_on"), Coalesce(F("contact_on"), F("since_on"), output_field=DateField()))
    abroad, others = length("flow.abroad_contact", day), length("flow.contact", day)
    due = Case(
        When(direction=Direction.STUDY_ABROAD, then=later(heard, abroad)), default=later(heard, others), output_field=DateField()
    )
    return rows.annotate(due_on=due).annotate(opens_on=earlier(F("due_on"), length("flow.remind", day)))


def to_contact(day: dt.date) -> QuerySet[Away]:
    """Members who are away, but for those who study abroad, and are to be contacted soon, or should have been."""
    return soon(Away.objects.exclude(direction=Direction.STUDY_ABROAD), day)


def to_contact_abroad(day: dt.date) -> QuerySet[Away]:
    """Those who study or do research abroad (``flow.abroad_contact``)."""
    return soon(Away.objects.filter(direction=Direction.STUDY_ABROAD), day)


def soon(rows: QuerySet[Away], day: dt.date) -> QuerySet[Any]:
    """Those of ``rows`` who are away and are to be contacted soon, with the title of the duty."""
    rows = with_due(rows.filter(ended_on=None), day).filter(opens_on__lte=day)
    return rows.annotate(duty_title=_named("保持联系：", "member__name", "（", "place", "）"))


def to_transfer(day: dt.date) -> QuerySet[Away]:
    """Members at a fairly fixed place inside the country for so long that a transfer is due (``xfer.must``).

    Where the branch has said why there is none for now, the time counts from that day on.
    """
    time = length("xfer.must", day)
    counted = Greatest(F("since_on"), Coalesce(F("stays_on"), F("since_on"), output_field=DateField()))
    rows = Away.objects.running().filter(is_fixed=True).exclude(direction__in=ABROAD)
    rows = rows.annotate(transfer_on=later(counted, time)).filter(transfer_on__lte=day)
    return rows.annotate(
        duty_title=_named("外出半年以上，研究转接组织关系：", "member__name", "（", "place", "）"),
        no_day=Value(None, output_field=DateField()),
    )


def floating(rows: QuerySet[Away], day: dt.date) -> QuerySet[Away]:
    """Those of ``rows`` who count as floating members; agrees with ``policy.is_floating``."""
    time = length("flow.def", day)
    long = later(F("since_on"), time)
    rows = rows.annotate(floating_from=long)
    return rows.filter(Q(until_on=None) | Q(until_on__gte=F("floating_from")) | Q(floating_from__lte=day))


def running_of(member_id: int) -> Away | None:
    """The absence of a member that goes on; whether it may be shown is for the caller to say."""
    found: Away | None = register(Away).running().filter(member=member_id).select_related("member__branch").first()
    return found


def own_running(user_id: int | None) -> Away | None:
    """One's own that goes on."""
    found: Away | None = own(Away, user_id).filter(ended_on=None).select_related("member__branch").first()
    return found


def out_of_town(member_ids: Collection[int], _day: dt.date) -> Mapping[int, Sequence[str]]:
    """Members who are away, for whoever wonders why they do not come."""
    rows = register(Away).running().filter(member__in=member_ids).values_list("member_id", "place")
    return {pk: [f"外出：{place}"] for pk, place in rows}


def certificates(member_ids: Collection[int]) -> Mapping[int, ActivityCertificate]:
    """The number of the 流动党员活动证 that was registered last, by member."""
    rows = register(Away).filter(member__in=member_ids).exclude(certificate="").exclude(end=End.MISTAKE)
    known = rows.order_by("since_on", "pk").values_list("member_id", "certificate", "led_by")
    return {pk: ActivityCertificate(number, led_by) for pk, number, led_by in known}


def contacts() -> QuerySet[ContactNote]:
    """Contact that was noted, as evidence."""
    rows: QuerySet[ContactNote] = ContactNote.objects.all()
    return rows


def transferred() -> QuerySet[Away]:
    """Absences that ended with a transfer, as evidence."""
    rows: QuerySet[Away] = Away.objects.filter(end=End.TRANSFERRED)
    return rows


def _named(before: str, name: str, opening: str, place: str, closing: str) -> Concat:
    return Concat(Value(before), F(name), Value(opening), F(place), Value(closing), output_field=CharField())
