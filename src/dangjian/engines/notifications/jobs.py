"""Mail, sent by the background worker."""

import logging
from smtplib import SMTPException

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django_tasks import task

from dangjian.engines.notifications.models import Notification

logger = logging.getLogger(__name__)
BATCH = 200


@task()
def send_waiting_mail() -> int:
    """Send what waits, in one connection to the mail server. What the server refuses is marked and shown to the administrator."""
    sent = 0
    with transaction.atomic():
        waiting = list(
            Notification.objects.select_for_update().filter(email_state="waiting").select_related("user")[:BATCH],
        )
        if not waiting:
            return 0
        with get_connection() as connection:
            for one in waiting:
                message = EmailMessage(f"【智慧党建】{one.title}", one.body, to=[one.user.email], connection=connection)
                try:
                    message.send()
                    one.email_state = "sent"
                    sent += 1
                except SMTPException:
                    logger.exception("mail of notification %s was refused", one.pk)
                    one.email_state = "failed"
        Notification.objects.bulk_update(waiting, ["email_state"])
    if len(waiting) == BATCH:
        send_waiting_mail.enqueue()
    return sent
