"""Writes on the notices of holidays by which working days are counted (``kernel.working_days``)."""

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.kernel import clock, working_days
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import offers
from dangjian.org import holidays
from dangjian.org.actions.enterprise import require_setting, taken, tell_processes
from dangjian.org.models import Enterprise, HolidayNotice
from dangjian.org.offers import WorkingDaysFollower

FOLLOW = "org.working_days"
"""The background task that has all followers work out their days again."""


@transaction.atomic
def enter(*, actor: Actor, year: int, document: str, number: str, arrangements: str) -> HolidayNotice:
    """Enter what is laid down for a year in the words of the notice, or correct what is known of it.

    Raises ``Invalid`` for a year that cannot be announced yet, and for words that nobody understands.
    """
    require_setting(actor)
    enterprise = taken()
    if year not in holidays.years():
        raise Invalid(
            f"{year}年的安排现在不能录入。", how=f"可以录入或更正{holidays.years()[-1]}年至{holidays.years()[0]}年的安排。"
        )
    try:
        text = working_days.read_notice(year, arrangements).text
    except Invalid as refusal:
        refusal.fields = {"arrangements": refusal.message}
        raise
    before = HolidayNotice.objects.filter(year=year).first()
    values = {"document": document.strip(), "number": number.strip(), "arrangements": text}
    row, _ = HolidayNotice.objects.update_or_create(
        year=year, defaults={**values, "changed_at": clock.now(), "changed_by": actor.name}
    )
    known = "更正" if year in working_days.table().notices else "录入"
    _changed(actor, enterprise, "entered", f"{known}{row}", {"values": values, "before": before.arrangements if before else ""})
    return row


@transaction.atomic
def remove(*, actor: Actor, year: int, reason: str) -> None:
    """Take back what was entered for a year: what is shipped holds again, or nothing.

    Raises ``Conflict`` if nothing was entered.
    """
    require_setting(actor)
    enterprise = taken()
    row = HolidayNotice.objects.filter(year=year).first()
    if row is None:
        raise Conflict(f"{year}年的安排没有在平台上录入过，不能删除。", how="随平台提供的安排有误时，请更正。")
    row.delete()
    _changed(actor, enterprise, "removed", f"删除录入的{row}", {"before": row.arrangements, "reason": reason})


def follow() -> None:
    """The background task: everybody who keeps days that were counted works them out again."""
    working_days.look_again()
    for follower in offers(WorkingDaysFollower):
        follower.follow()


def _changed(actor: Actor, enterprise: Enterprise, what: str, summary: str, data: dict[str, object]) -> None:
    record(actor=actor, verb=f"org.holidays_{what}", summary=summary, subject=enterprise, data=data)
    tell_processes()
    enqueue(FOLLOW)
