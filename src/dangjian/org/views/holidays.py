"""Working days: how each year is arranged, for everybody; the next notice is entered by whoever sets the rules."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import NUMBER, Column, Table
from dangjian.kernel.rulebook import book
from dangjian.kernel.typed import number
from dangjian.kernel.working_days import Notice, look_again, shipped, table
from dangjian.org import holidays, policy, queries
from dangjian.org.actions import holidays as actions
from dangjian.org.actions.enterprise import require_setting
from dangjian.org.models import HolidayNotice
from dangjian.org.setup_forms import HolidayNoticeForm, HolidayNoticeRemovalForm
from dangjian.org.views.steps import Step, run

BOTH = ("GET", "POST")

ARRANGED: Table[dict[str, Any]] = Table(
    "节假日安排",
    (
        Column("节日", lambda line: line["name"]),
        Column("放假", lambda line: line["off"]),
        Column("天数", lambda line: line["days"], NUMBER),
        Column("周末上班", lambda line: line["worked"]),
    ),
)


@requires(SIGNED_IN)
def working_days(request: Request) -> HttpResponse:
    """The holidays of a year, ``?year=``, and the weekend days that are worked for them."""
    look_again()  # as they are now, not as this process knew them some seconds ago
    chosen = number(request.GET.get("year", ""))
    years = holidays.years()
    year = chosen if chosen in years else clock.today().year
    notice = table().notices.get(year)
    context = {
        "year": year,
        "years": years,
        "title": f"{year}年的节假日安排还没有录入",
        "notice": notice,
        "arranged": ARRANGED.of(_lines(notice)) if notice else "",
        "number": _number(notice) if notice else 0,
        "entered": HolidayNotice.objects.filter(year=year).first(),
        "may_set": request.actor.may("org.settings") and may(require_setting, request.actor),
    }
    return render(request, "org/working_days.html", context)


@requires("org.settings", methods=BOTH)
def holiday_notice(request: Request, year: int) -> HttpResponse:
    """Enter the notice of a year, or correct what is known of it."""
    _look_for(request, year)
    step = Step(
        title=f"{'更正' if year in table().notices else '录入'}{year}年节假日安排",
        intro="按国务院办公厅的通知填写，用来计算各项工作中的工作日期限。",
        form=HolidayNoticeForm(request.POST or None, initial=_known(year)),
        act=lambda keywords: actions.enter(actor=request.actor, year=year, **keywords),
        effects=lambda _keywords, made: _effects(made.read()),
        done=f"{year}年节假日安排已保存，一分钟内对所有人生效。",
        label="确认保存",
        back=_page_of(year),
        back_title="工作日",
        after=lambda _made: _page_of(year),
        turn=Turn(queries.enterprise(), lambda: _form_now(year), ("org.holidays_entered", "org.holidays_removed")),
    )
    return run(request, step)


@requires("org.settings", methods=BOTH)
def remove_holiday_notice(request: Request, year: int) -> HttpResponse:
    """Take back what was entered for a year."""
    _look_for(request, year)
    if not HolidayNotice.objects.filter(year=year).exists():
        raise NotFound

    def effects(_keywords: dict[str, Any], _made: None) -> Sequence[str]:
        after = "恢复为随平台提供的安排" if year in shipped().notices else "这一年的工作日按周一至周五暂算"
        return [f"录入的{year}年节假日安排会删除，{after}。", "用到这一年工作日的期限会重新计算。"]

    step = Step(
        title=f"删除{year}年节假日安排",
        form=HolidayNoticeRemovalForm(request.POST or None),
        act=lambda keywords: actions.remove(actor=request.actor, year=year, **keywords),
        effects=effects,
        done=f"录入的{year}年节假日安排已删除。",
        label="确认删除",
        back=_page_of(year),
        back_title="工作日",
        after=lambda _made: _page_of(year),
        danger=True,
    )
    return run(request, step)


def _look_for(request: Request, year: int) -> None:
    """Before a form on the year's notice: whether it can have one, and whether the reader may set it."""
    look_again()
    require_setting(request.actor)
    if year not in holidays.years():
        raise NotFound


def _page_of(year: int) -> str:
    return f"{reverse('org:working_days')}?year={year}"


def _known(year: int) -> dict[str, str]:
    """What the form begins with: what is known of the year, else the title that the notice will have."""
    notice = table().notices.get(year)
    if notice is None:
        return {"document": f"国务院办公厅关于{year}年部分节假日安排的通知"}
    numbers = "、".join(one.number for one in notice.citations if one.number)
    return {"document": notice.citations[0].document, "number": numbers, "arrangements": notice.text}


def _form_now(year: int) -> HolidayNoticeForm:
    look_again()
    return HolidayNoticeForm(initial=_known(year))


def _lines(notice: Notice) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "off": one.off_text(notice.year, weekdays=True),
            "days": len(one.days_off),
            "worked": one.worked_text(notice.year, weekdays=True),
        }
        for one in notice.arrangements
    ]


def _number(notice: Notice) -> int:
    """How many working days the year has, if nothing but the notice is asked."""
    return table().with_notices({notice.year: notice}).of_year(notice.year)


def _effects(notice: Notice) -> Sequence[str]:
    said = [
        f"{line['name']}：{line['off']}放假，共{line['days']}天" + (f"；{line['worked']}上班。" if line["worked"] else "。")
        for line in _lines(notice)
    ]
    return [
        f"{notice.year}年放假{len(notice.days_off)}天，周末上班{len(notice.days_worked)}天，全年{_number(notice)}个工作日。",
        *(f"请核对：{concern}" for concern in policy.holiday_concerns(notice, book=book())),
        *said,
        "用到这一年工作日的期限会重新计算。",
    ]
