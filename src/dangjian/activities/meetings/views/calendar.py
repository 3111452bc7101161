"""The month of one's own meetings, and the subscription to it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.activities.meetings import calendar
from dangjian.kernel import parameters
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import PUBLIC, SIGNED_IN, Request, requires
from dangjian.kernel.periods import MONTH


@requires(SIGNED_IN)
def month(request: Request) -> HttpResponse:
    """A month of one's own meetings (``?month=2026-11``, the present one if it cannot be read)."""
    shown = parameters.span(request, MONTH)
    address = request.build_absolute_uri(reverse("meetings:subscription", args=[calendar.key_of(request.user)]))
    context = {
        "month": shown.start,
        "weeks": calendar.weeks(request.user.pk, shown.start),
        "before": shown.previous().code,
        "after": shown.next().code,
        "address": address,
    }
    return render(request, "meetings/calendar.html", context)


@requires(PUBLIC)
def subscription(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar itself, for a program that knows the signed address."""
    user = calendar.user_of(key)
    if user is None:
        raise NotFound("这个订阅地址已经失效。修改密码以后要重新订阅。")
    content = calendar.as_icalendar(user, request.build_absolute_uri("/").rstrip("/"))
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-store"})
