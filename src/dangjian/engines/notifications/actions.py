"""Sending messages, reading them, the daily digest."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.notifications.jobs import send_waiting_mail
from dangjian.engines.notifications.models import DigestRun, Notification
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.offers import DigestLine, DigestSource
from dangjian.kernel.registry import offers


@transaction.atomic
def notify(
    *,
    actor: Actor,
    user_ids: Iterable[int],
    title: str,
    body: str = "",
    url: str = "",
    topic: str = "general",
    organization: Any = None,
) -> int:
    """Send one message to each account (once, however often it is named; never to the sender). Answers to how many.

    Accounts with an e-mail address also get it by mail when the deployment has a mail server; the mail is sent by the background
    worker, so a slow mail server delays nobody.
    """
    wanted = set(user_ids) - {actor.user_id}
    people = User.objects.filter(pk__in=wanted, is_active=True).values_list("pk", "email")
    rows = [
        Notification(
            user_id=pk,
            title=title[:120],
            body=body,
            url=url,
            topic=topic,
            organization_id=getattr(organization, "pk", None),
            created_at=clock.now(),
            email_state="waiting" if email and settings.EMAIL_HOST else "none",
        )
        for pk, email in people
    ]
    Notification.objects.bulk_create(rows, batch_size=1000)
    if any(row.email_state == "waiting" for row in rows):
        transaction.on_commit(send_waiting_mail.enqueue)
    return len(rows)


@transaction.atomic
def mark_read(*, actor: Actor, ids: Iterable[int] | None = None) -> int:
    """Mark the actor's own messages as read: those named, or all."""
    mine = Notification.objects.filter(user_id=actor.user_id, read_at=None)
    if ids is not None:
        mine = mine.filter(pk__in=list(ids))
    return mine.update(read_at=clock.now())


@transaction.atomic
def send_digest(*, day: dt.date | None = None) -> int:
    """One message a day to each person for whom some ``DigestSource`` has a line. A second call on the day does nothing.

    Answers how many people were written to.
    """
    on = day or clock.today()
    run, is_new = DigestRun.objects.get_or_create(day=on, defaults={"sent_at": clock.now()})
    if not is_new:
        return 0
    ids = list(User.objects.filter(is_active=True).values_list("pk", flat=True))
    lines: dict[int, list[DigestLine]] = {}
    for source in offers(DigestSource):
        for user_id, found in source.lines(ids, on).items():
            lines.setdefault(user_id, []).extend(found)
    emails = dict(User.objects.filter(pk__in=lines).values_list("pk", "email"))
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=user_id,
                topic="digest",
                created_at=clock.now(),
                url=reverse("site:home"),
                title=_title(found),
                body="\n".join(f"{'【急】' if line.urgent else ''}{line.text}" for line in found),
                email_state="waiting" if emails.get(user_id) and settings.EMAIL_HOST else "none",
            )
            for user_id, found in lines.items()
            if found
        ],
        batch_size=1000,
    )
    run.people = len(lines)
    run.save()
    if settings.EMAIL_HOST:
        transaction.on_commit(send_waiting_mail.enqueue)
    return len(lines)


def _title(lines: list[DigestLine]) -> str:
    urgent = sum(line.urgent for line in lines)
    return f"今日提醒：{len(lines)} 项" + (f"，其中 {urgent} 项紧急" if urgent else "")
