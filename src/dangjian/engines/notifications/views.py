"""The person's messages."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from dangjian.engines.notifications import actions
from dangjian.engines.notifications.models import Notification
from dangjian.kernel.errors import NotThere
from dangjian.kernel.gate import SIGNED_IN, Request, page

PAGE_SIZE = 20


@page(SIGNED_IN)
def message_list(request: Request) -> HttpResponse:
    """All messages, the newest first; ``?only=unread`` for the unread."""
    mine = Notification.objects.filter(user_id=request.user.pk)
    only = request.GET.get("only", "")
    shown = mine.filter(read_at=None) if only == "unread" else mine
    return render(
        request,
        "notifications/list.html",
        {
            "page_obj": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
            "only": only,
            "unread_count": mine.filter(read_at=None).count(),
        },
    )


@page(SIGNED_IN, methods=("POST",))
def open_message(request: Request, pk: int) -> HttpResponse:
    """Mark one message as read and go where it leads."""
    message = Notification.objects.filter(user_id=request.user.pk, pk=pk).first()
    if message is None:
        raise NotThere
    actions.mark_read(actor=request.actor, ids=[pk])
    inside = url_has_allowed_host_and_scheme(message.url, allowed_hosts={request.get_host()})
    return redirect(message.url if message.url and inside else "notifications:inbox")


@page(SIGNED_IN, methods=("POST",))
def read_all(request: Request) -> HttpResponse:
    """Mark everything as read."""
    actions.mark_read(actor=request.actor)
    return redirect("notifications:inbox")
