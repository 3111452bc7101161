"""Reading messages, and what became of reminders."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest

from dangjian.engines.notifications.models import Notification, Nudge
from dangjian.kernel import clock
from dangjian.org.prepared import prepared_number


def unread(request: HttpRequest) -> int:
    """How many messages the person has not read."""
    return _unread(request.user.pk or 0)


@prepared_number
def _unread(user_id: int) -> int:
    return Notification.objects.filter(user_id=user_id, read_at=None).count()


@dataclass(frozen=True, slots=True)
class Receipt:
    """One reminder that was sent: to whom, by whom, when, by which channels, and whether it was read."""

    name: str
    sender: str
    at: dt.datetime
    channels: str
    read_at: dt.datetime | None


MAIL = {"sent": "、邮件", "waiting": "、邮件待发", "failed": "（邮件没有发出）"}


def receipts(matter: str) -> list[Receipt]:
    """The reminders of one matter in the last thirty days, newest first."""
    since = clock.today() - dt.timedelta(days=30)
    rows = Nudge.objects.filter(matter=matter, sent_on__gte=since).select_related("recipient", "sender", "notification")
    return [
        Receipt(
            row.recipient.name,
            row.sender.name,
            row.notification.created_at,
            f"站内{MAIL.get(row.notification.email_state, '')}",
            row.notification.read_at,
        )
        for row in rows
    ]


def nudged_today(matter: str) -> set[int]:
    """Accounts that were reminded of the matter today."""
    return set(Nudge.objects.filter(matter=matter, sent_on=clock.today()).values_list("recipient_id", flat=True))
