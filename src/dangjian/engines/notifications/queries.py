"""Reading messages."""

from django.http import HttpRequest

from dangjian.engines.notifications.models import Notification


def unread(request: HttpRequest) -> int:
    """How many messages the person has not read."""
    return Notification.objects.filter(user_id=request.user.pk or 0, read_at=None).count()
