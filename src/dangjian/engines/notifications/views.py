"""The person's messages, and reminding others."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe

from dangjian.engines.notifications import actions, queries
from dangjian.engines.notifications.forms import RemindForm
from dangjian.engines.notifications.models import Notification
from dangjian.engines.notifications.nudging import Sent, nudge
from dangjian.engines.notifications.queries import Receipt
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import MOMENT, Asked, Choice, Column, Drawn, Empty, ListPage, Start, Table
from dangjian.kernel.offers import Reminder, ReminderSource
from dangjian.kernel.registry import by_code
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.org.gate import admitted


def _unread(asked: Asked) -> QuerySet[Notification]:
    return Notification.objects.filter(user_id=asked.request.user.pk, read_at=None)


MESSAGES = ListPage(
    name="notifications:inbox",
    title="消息",
    permission=SIGNED_IN,
    is_narrow=True,
    rows=lambda asked: Notification.objects.filter(user_id=asked.request.user.pk),
    drawn=Drawn("notifications/_message.html"),
    order=("-created_at",),
    filters=(
        Choice(
            "only",
            "哪些消息",
            [("unread", "未读")],
            look="chips",
            rows=lambda rows, only: rows.filter(read_at=None) if only else rows,
            counts=lambda asked: {"unread": _unread(asked).count()},
        ),
    ),
    beside="notifications/_read_all.html",
    more=lambda asked: {"has_unread": _unread(asked).exists()},
    missed=lambda _asked: Empty("checks", "没有未读消息", "消息都读过了。"),
    empty=Empty("bell-off", "没有消息", "会议通知、每日提醒会出现在这里。", Start("回到首页", "site:home", "home")),
    has_sheet=False,  # one's own
)


def message_of_mine(request: Request, pk: int) -> Notification:
    """A message to the reader."""
    message = Notification.objects.filter(user_id=request.user.pk, pk=pk).first()
    if message is None:
        raise NotFound
    return message


@requires(SIGNED_IN, on=message_of_mine, methods=("POST",))
def open_message(request: Request, message: Notification) -> HttpResponse:
    """Mark one message as read and go where it leads."""
    actions.mark_read(actor=request.actor, ids=[message.pk])
    inside = url_has_allowed_host_and_scheme(message.url, allowed_hosts={request.get_host()})
    return redirect(message.url if message.url and inside else "notifications:inbox")


@requires(SIGNED_IN, methods=("POST",))
def read_all(request: Request) -> HttpResponse:
    """Mark everything as read."""
    actions.mark_read(actor=request.actor)
    return redirect("notifications:inbox")


@dataclass(frozen=True, slots=True)
class Owed:
    """What may be reminded of, and its name for the limit of once a day and person."""

    matter: str
    reminder: Reminder


def owed_to(request: Request, code: str, key: str) -> Owed:
    """What a list waits for, for whoever holds the permission of its source there."""
    source = by_code(ReminderSource).get(code)
    if source is None:
        raise NotFound
    with admitted(request.actor, source.permission):
        return Owed(f"{code}:{key}", source.find(request, key))


def _read(receipt: Receipt) -> Any:
    return words.daytime(receipt.read_at) or mark_safe('<span class="faint">还没有打开</span>')


RECEIPTS: Table[Receipt] = Table(
    "近 30 天的催办",
    (
        Column("催办了谁", "name"),
        Column("时间", "at", MOMENT),
        Column("送达", "channels"),
        Column("已读", "read_at", MOMENT, drawn=_read),
        Column("谁催的", "sender"),
    ),
)


@requires(SIGNED_IN, on=owed_to, methods=("GET", "POST"))
def remind(request: Request, owed: Owed) -> HttpResponse:
    """Remind those who have not yet done what a list waits for, and see whether earlier reminders arrived."""
    today = queries.nudged_today(owed.matter)
    form = RemindForm(request.POST or None, reminder=owed.reminder, left_out=today | {request.user.pk})
    return submit(
        request,
        form,
        lambda data: nudge(actor=request.actor, matter=owed.matter, reminder=owed.reminder, **data),
        template="notifications/remind.html",
        context=lambda: {
            "reminder": owed.reminder,
            "is_own_alone": {one.user_id for one in owed.reminder.people} == {request.user.pk},
            "receipts": RECEIPTS.of(queries.receipts(owed.matter)),
        },
        done=_reminded,
        to=request.path,
    )


def _reminded(sent: Sent) -> str:
    more = f"，另有{sent.left_out}人今天已催过或刚刚办好" if sent.left_out else ""
    return f"已催办{sent.now}人{more}。"
