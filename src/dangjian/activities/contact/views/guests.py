"""Members of other organisations who take part here: the register, one of them with its steps, taking one up."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse

from dangjian.activities.contact.actions import guests as actions
from dangjian.activities.contact.actions.private import GUEST_PRIVATE, open_of_guest
from dangjian.activities.contact.forms.contact import ChangeGuestForm, GuestForm, GuestNoteForm, LeaveForm
from dangjian.activities.contact.models import Direction, Guest, GuestNote, GuestNoteKind
from dangjian.activities.contact.queries.guests import last_life, life_of
from dangjian.activities.contact.queries.notes import MANAGE, VIEW
from dangjian.activities.contact.views.away import ENDED
from dangjian.activities.contact.views.people import BRANCHES
from dangjian.activities.contact.views.when import THERE, CountedDays
from dangjian.kernel import clock, codes
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, STATE, YUAN, Choice, Column, Empty, ListPage, Loaded, Search, Start, State, Table
from dangjian.kernel.rulebook import book
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.members.views.private import answer_in_full
from dangjian.org.cases import Card, Case, Fact, Step
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail


def look(one: Guest) -> State:
    """Whether somebody is here."""
    return State("here", "在这里", "good") if one.is_open else State("left", "已离开", "neutral")


def job(code: str) -> str:
    """A post of work."""
    return codes.get("job_label").label(code) if code else ""


def _in_state(rows: Any, state: str) -> Any:
    if state == ALL:
        return rows
    return rows.exclude(left_on=None) if state == ENDED else rows.filter(left_on=None)


def _by_name(text: str) -> Q:
    return Q(name__icontains=text) | Q(name_sort__istartswith=text) | Q(name_initials__istartswith=text.lower())


NEW = Start("登记流入党员", "contact:welcome", "user-plus", may=lambda asked: asked.request.actor.may(MANAGE))

GUESTS = ListPage(
    name="contact:guests",
    title="流入党员",
    permission=VIEW,
    intro="组织关系在外单位、在这里参加组织生活的党员。不计入本单位党员人数。",
    rows=lambda _asked: Guest.objects.select_related("organization"),
    columns=(
        Column("姓名", "name", sort="name_sort", key="name"),
        Column("接受管理的党支部", "organization.short_name", sort="organization__path", key="organization"),
        Column("组织关系所在党组织", "home", sort="home"),
        Column("来自", "get_came_from_display", sort="came_from", on_phone=False),
        Column("活动证编号", "certificate", on_phone=False),
        Column("原工作岗位", lambda one: job(one.job_post), on_page=False),
        Column("流入日期", "since_on", DAY, sort="-since_on", key="since"),
        Column("预计离开", "until_on", DAY, sort="until_on", key="until", on_phone=False),
        Column("离开日期", "left_on", DAY, on_page=False),
        Column("状态", look, STATE, sort="left_on", key="state"),
    ),
    order=("-since_on",),
    row="contact:guest",
    filters=(
        Choice("state", "状态", [(ENDED, "已离开"), (ALL, "全部")], usual="在这里的", rows=_in_state, look="chips"),
        Search("q", "姓名、拼音", _by_name),
        OrganizationFilter(kinds=BRANCHES, tells_own=True),
        Choice("direction", "来自", Direction.choices, "全部来源", field="came_from"),
        Choice("job", "原工作岗位", lambda _asked: codes.get("job_label").choices, field="job_post", look="dialog"),
        Choice(
            "counted",
            "哪个日期",
            [("left", "离开日期"), (THERE, "到期末在这里的")],
            "流入日期",
            look="dialog",
            rows=lambda rows, _what: rows,
        ),
        CountedDays("days", "日期", field="since_on", columns={"left": "left_on"}, ends=("left_on",)),
    ),
    starts=(Start("统计", "contact:statistics", "chart-bar", is_primary=False), NEW),
    empty=Empty("user-plus", "没有流入党员", "外单位党员在这里工作、居住，带来活动证或者原党组织来联系的，在这里登记。", NEW),
    exported=on_trail("contact.guests_exported"),
)


MAY_OPEN: Loaded[bool] = Loaded("may_open")
"""Whether the reader may have numbers shown in full: whoever keeps contact with them."""


def _load(one: Guest, request: Request) -> None:
    MAY_OPEN.put(one, request.actor.may(MANAGE, one.organization))


def _private(column: str) -> Fact[Guest]:
    held = GUEST_PRIVATE[column]

    def shown(one: Guest) -> str:
        text: str = getattr(one, column)
        return held.mask(text) if text else ""

    def opens(one: Guest) -> str:
        return reverse("contact:open_guest", args=[one.pk, column]) if MAY_OPEN.of(one) else ""

    return Fact(held.title, shown, opens=opens)


@dataclass(frozen=True, slots=True)
class Done:
    """Something that a guest did: noted here, or recorded where it happened."""

    on: dt.date
    kind: str
    what: str
    fen: int | None = None


DONE: Table[Done] = Table(
    "参加活动和交纳党费",
    (
        Column("日期", "on", DAY),
        Column("事项", "kind"),
        Column("内容", "what"),
        Column("金额（元）", "fen", YUAN),
    ),
)


def _more(one: Guest, _request: Request) -> Mapping[str, object]:
    noted = [Done(row.on, row.get_kind_display(), row.what, row.fen) for row in GuestNote.objects.filter(guest=one)]
    held = [Done(row.on, GuestNoteKind.LIFE.label, row.what) for row in life_of(one)]
    return {"done": DONE.of(sorted([*noted, *held], key=attrgetter("on"), reverse=True))}


GUEST = Case(
    name="contact:guest",
    model=Guest,
    follow=("organization",),
    permission=VIEW,
    subject="guest",
    title=lambda one: f"流入党员{one.name}",
    crumbs=lambda _one: [("流入党员", reverse("contact:guests"))],
    crumb=lambda one: one.name,
    intro=lambda one: one.organization.short_name,
    states=look,
    load=_load,
    below="contact/guest_below.html",
    more=_more,
    cards=(
        Card(
            "基本情况",
            "user",
            (
                Fact("组织关系所在党组织", "home"),
                _private("home_contact"),
                Fact("来自", "get_came_from_display"),
                Fact("流动党员活动证编号", "certificate"),
                _private("phone"),
                Fact("现工作单位或住处", "unit_name"),
                Fact("原工作岗位", lambda one: job(one.job_post)),
                Fact("流入日期", "since_on", DAY),
                Fact("预计离开", "until_on", DAY),
                Fact("最近参加组织生活", last_life, DAY),
                Fact("离开", lambda one: f"{words.day(one.left_on)} {one.left_note}" if one.left_on else ""),
            ),
            citation=lambda _one: book().on("flow.life", clock.today()).citation,
        ),
    ),
    steps=(
        Step(
            code="note",
            label="登记",
            title="参加活动、交纳党费",
            icon="notes",
            note="会上点名登记列席的，自动列在上面，不用再登记；凭活动证交纳的党费，按本支部收据登记。",
            require=actions.require_changing,
            act=actions.note,
            form=GuestNoteForm,
            done="已登记。",
        ),
        Step(
            code="leave",
            label="登记离开",
            icon="door-exit",
            look="fold",
            require=actions.require_changing,
            act=actions.leave,
            form=LeaveForm,
            done="已登记离开。",
        ),
        Step(
            code="change",
            label="保存修改",
            title="修改登记",
            icon="edit",
            look="fold",
            require=actions.require_changing,
            act=actions.change,
            form=lambda one, data=None, _files=None: ChangeGuestForm(data, guest=one),
            verbs=("contact.guest_changed",),
            done="已修改。",
        ),
        Step(
            code="reopen",
            label="撤销离开",
            icon="arrow-back-up",
            require=actions.require_reopening,
            act=actions.reopen,
            confirm="撤销以后仍按流入党员管理。确定撤销吗？",
            done="已撤销离开。",
        ),
    ),
)


def guest_to_open(request: Request, pk: int) -> Guest:
    """One of whom the reader keeps contact."""
    found: Guest = find(Guest.objects.select_related("organization"), pk=pk)
    request.actor.require(MANAGE, found.organization)
    return found


@requires(MANAGE, on=guest_to_open, methods=("GET", "POST"))
def show_in_full(request: Request, guest: Guest, column: str) -> HttpResponse:
    """Ask for the purpose, then show a number in full. Returns a fragment for the shared dialog."""
    if column not in GUEST_PRIVATE:
        raise NotFound
    return answer_in_full(
        request,
        lambda purpose: open_of_guest(actor=request.actor, guest=guest, column=column, purpose=purpose),
        name=guest.name,
        title=GUEST_PRIVATE[column].title,
        address=reverse("contact:open_guest", args=[guest.pk, column]),
    )


@requires(MANAGE, methods=("GET", "POST"))
def welcome(request: Request) -> HttpResponse:
    """Take up a guest in one of the branches of which the reader does this work."""
    form = GuestForm(request.POST or None)
    back = reverse("contact:guests")
    return submit(
        request,
        form,
        lambda _data: actions.welcome(actor=request.actor, **form.keywords()),
        template="contact/form.html",
        context={
            "title": "登记流入党员",
            "note": "组织关系仍在原党组织，不计入本单位党员人数；在这里参加组织生活，凭活动证可以交纳党费。",
            "crumbs": [("流入党员", back)],
            "crumb": "登记",
            "back": back,
            "label": "登记",
            "icon": "user-plus",
            "draft": "guest",
            "citation": book().on("flow.register", clock.today()).citation,
        },
        done=lambda made: f"已登记流入党员{made.name}。",
        to=GUEST.url,
    )
