"""Sending messages, reading them, the daily digest."""

import datetime as dt
import logging
from collections.abc import Iterable
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.notifications.models import DigestRun, Notification
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.offers import DigestLine, DigestSource
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.org import roles
from dangjian.org.models import Grant
from dangjian.org.openings import register

logger = logging.getLogger(__name__)
MAIL_BATCH = 200


@transaction.atomic
def notify(
    *,
    actor: Actor,
    user_ids: Iterable[int],
    title: str,
    body: str = "",
    url: str = "",
    topic: str = "general",
    organization: object = None,
) -> int:
    """Send one message to each account (once, however often it is named; never to the sender). Returns to how many it went.

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
        enqueue("notifications.mail")
    return len(rows)


@transaction.atomic
def tell_of_reset(*, actor: Actor, user: User) -> int:
    """After somebody's password was reset: tell them and, if the account carries a granted role, those who watch over roles.

    Whoever resets a password could sign in with it; the message stays where the person finds it. Returns how many were told.
    """
    granted = register(Grant).in_effect()
    watchers = granted.filter(role__in=(roles.SECURITY_ADMIN, roles.AUDIT_ADMIN)).values_list("user_id", flat=True)
    told = {user.pk, *(watchers if granted.filter(user=user).exists() else ())}
    return notify(
        actor=actor,
        user_ids=told,
        title=f"{user.name}的登录密码已被重置",
        body=f"{words.daytime(clock.now())}，{actor.name}重置了账号“{user.username}”的密码。如非本人要求，请立即联系安全管理员。",
        topic="accounts",
    )


@transaction.atomic
def tell_of_proposed_reset(*, actor: Actor, user: User) -> int:
    """One administrator wants to reset another's password: tell them, and those who may agree. Returns how many were told."""
    watchers = register(Grant).in_effect().filter(role__in=roles.ADMINISTRATORS).values_list("user_id", flat=True)
    told = {user.pk, *watchers}
    return notify(
        actor=actor,
        user_ids=told,
        title=f"{actor.name}提出重置{user.name}的登录密码",
        body=f"须由另一名管理员同意才会生效。请先向{user.name}本人核实；不是本人要求的，请撤回。",
        url=reverse("accounts:administrators"),
        topic="accounts",
    )


@transaction.atomic
def mark_read(*, actor: Actor, ids: Iterable[int] | None = None) -> int:
    """Mark the actor's own messages as read: those named, or all."""
    mine = Notification.objects.filter(user_id=actor.user_id or 0, read_at=None)
    if ids is not None:
        mine = mine.filter(pk__in=list(ids))
    return mine.update(read_at=clock.now())


@transaction.atomic
def send_digest(*, day: dt.date | None = None) -> int:
    """One message a day to each person for whom some ``DigestSource`` has a line. A second call on the day does nothing.

    Returns how many people were written to.
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
        enqueue("notifications.mail")
    return len(lines)


def digest_of_today() -> None:
    """The daily job."""
    send_digest()


@transaction.atomic
def send_waiting() -> int:
    """Send the mail that waits, in one connection to the mail server, and return how much went out.

    What the server refuses is marked as failed and logged.
    """
    waiting = list(Notification.objects.select_for_update().filter(email_state="waiting").select_related("user")[:MAIL_BATCH])
    if not waiting:
        return 0
    with get_connection() as connection:
        for one in waiting:
            one.email_state = "sent" if _mailed(one, connection) else "failed"
    Notification.objects.bulk_update(waiting, ["email_state"])
    if len(waiting) == MAIL_BATCH:
        enqueue("notifications.mail")
    return sum(one.email_state == "sent" for one in waiting)


def _mailed(one: Notification, connection: object) -> bool:
    try:
        EmailMessage(f"【智慧党建】{one.title}", one.body, to=[one.user.email], connection=connection).send()
    except SMTPException:
        logger.exception("mail of notification %s was refused", one.pk)
        return False
    return True


def _title(lines: list[DigestLine]) -> str:
    urgent = sum(line.urgent for line in lines)
    return f"今日提醒：{len(lines)} 项" + (f"，其中 {urgent} 项紧急" if urgent else "")
