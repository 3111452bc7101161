"""A person's to-do list."""

from typing import Any

from django.db.models import F

from dangjian.engines.duties.models import SOONEST_FIRST, DutyQuerySet, State, is_overdue, is_soon
from dangjian.engines.duties.queries import lists, waiting
from dangjian.kernel import clock
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.lists import Asked, Choice, Drawn, Empty, ListPage

GROUPED = 20
"""Matters of one kind that are shown."""

ORDERS = {"done": (F("done_on").desc(nulls_last=True),), "later": ("opens_on", "due_on")}
NOTHING = {
    "done": Empty("history", "还没有办完的事项", "办完一件，这里就会多一条记录。"),
    "later": Empty("calendar", "没有等着开始的事项", "到了开始日期，事项会自动出现在“要办的”里。"),
}
ALL_DONE = Empty("circle-check", "都办完了", "眼下没有由您负责的应办事项。有了新的，到期前系统会提醒您。")
REST_WAITS = Empty("circle-check", "由您负责的都办完了", "上面的等您审核、确认。")


def _tab(asked: Asked) -> str:
    return str(asked.values.get("tab", ""))


def _in_tab(rows: DutyQuerySet, tab: str) -> DutyQuerySet:
    today = clock.today()
    if tab == "done":
        return rows.filter(state__in=(State.DONE, State.EXCUSED))
    return rows.unfinished().filter(opens_on__gt=today) if tab else rows.unfinished().opened(today)


def _present(rows: list[Any], asked: Asked) -> None:
    for row, item in zip(rows, lists.present(rows, asked.request.actor), strict=True):
        row.item = item


def _numbers(asked: Asked) -> dict[str, int]:
    own, today = lists.mine(asked.request.user.pk), clock.today()
    return {
        "overdue": own.filter(is_overdue(today)).count(),
        "soon": own.filter(is_soon(today)).count(),
        "done": own.filter(state=State.DONE, done_on__gte=today.replace(month=1, day=1)).count(),
    }


def _nothing(asked: Asked) -> Empty:
    return NOTHING.get(_tab(asked)) or (REST_WAITS if waiting.groups(asked.request) else ALL_DONE)


MINE = ListPage(
    name="duties:mine",
    title="待办",
    permission=SIGNED_IN,
    frame="duties/frame.html",
    is_narrow=True,
    intro="等您审核、确认的和由您负责的事项",
    rows=lambda asked: lists.to_present(lists.mine(asked.request.user.pk)),
    drawn=Drawn("duties/_mine_card.html", "cards"),
    order=lambda asked: ORDERS.get(_tab(asked), SOONEST_FIRST),
    load=_present,
    filters=(Choice("tab", "待办分类", [("later", "还没开始的"), ("done", "办完的")], "要办的", look="tabs", rows=_in_tab),),
    above="duties/_mine_head.html",
    before="duties/_waiting.html",
    more=lambda asked: {
        "numbers": _numbers(asked),
        "groups": [] if _tab(asked) else waiting.groups(asked.request, limit=GROUPED),
    },
    empty=_nothing,
    has_sheet=False,  # one's own
)
