"""催办: somebody who has not yet done a thing is told so once, in one sentence, and the sender sees whether it arrived."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.db import transaction

from dangjian.accounts.events import record
from dangjian.accounts.models import User
from dangjian.engines.notifications.models import Notification, Nudge
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.offers import Reminder

LONGEST = 200
TITLE = 120


@dataclass(frozen=True, slots=True)
class Sent:
    """How many were reminded now, and how many had been today already (or have no active account)."""

    now: int
    left_out: int


@transaction.atomic
def nudge(*, actor: Actor, matter: str, reminder: Reminder, user_ids: Collection[int], text: str) -> Sent:
    """Remind those of ``user_ids`` who still owe the matter; ``matter`` names it for the limit of once a day and person.

    Nobody reminds themselves. Raises ``Invalid`` for an empty or overlong sentence, ``Conflict`` if nobody is left to remind.
    The caller has asked the ``ReminderSource``, which checked the permission.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(f"请写一句话，不超过{LONGEST}个字。", fields={"text": f"1至{LONGEST}个字"})
    owing = {one.user_id for one in reminder.people} & set(user_ids) - {actor.user_id}
    # Rows of the accounts are taken in order, so that two who remind the same people at once do it one after the other.
    people = list(User.objects.select_for_update().filter(pk__in=owing, is_active=True).order_by("pk"))
    today = clock.today()
    already = set(Nudge.objects.filter(matter=matter, sent_on=today).values_list("recipient_id", flat=True))
    chosen = [user for user in people if user.pk not in already]
    if not chosen:
        raise Conflict("没有可以催办的人：今天都已催过，或者刚刚已经办好。", how="同一件事对同一个人一天只催一次。")
    by_mail, sender = bool(settings.EMAIL_HOST), cast("int", actor.user_id)
    for user in chosen:
        message = Notification.objects.create(
            user=user,
            topic="nudge",
            title=f"催办：{reminder.matter}"[:TITLE],
            body=f"{text}\n——{actor.name}",
            url=reminder.url,
            organization_id=getattr(reminder.organization, "pk", None),
            created_at=clock.now(),
            email_state="waiting" if by_mail and user.email else "none",
        )
        Nudge.objects.create(matter=matter, sent_on=today, recipient=user, sender_id=sender, notification=message)
    if by_mail:
        enqueue("notifications.mail")
    record(
        actor=actor,
        verb="notifications.nudged",
        summary=f"催办“{reminder.matter}”：{len(chosen)}人"[:300],
        organization=reminder.organization,
        data={"matter": matter, "users": [user.pk for user in chosen]},
    )
    return Sent(len(chosen), len(set(user_ids)) - len(chosen))
