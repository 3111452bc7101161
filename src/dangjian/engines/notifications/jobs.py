"""Mail, sent by the background worker."""

from django_tasks import task

from dangjian.engines.notifications import actions


@task()
def send_waiting_mail() -> int:
    """Send what waits."""
    return actions.send_waiting()
