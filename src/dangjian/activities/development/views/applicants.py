"""Applicants: the list, entering one, what is changed, moved and ended, their first password."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from dangjian.accounts.editing import Turn
from dangjian.activities.development import columns as typed
from dangjian.activities.development import lists
from dangjian.activities.development.actions import accounts, applicants
from dangjian.activities.development.columns import age
from dangjian.activities.development.forms.applicants import ChangeForm, EndForm, EnterForm, MoveForm
from dangjian.activities.development.models import OVER, Applicant, Helper, Stage
from dangjian.activities.development.queries.people import with_case
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.engines.procedures.actions import starting
from dangjian.engines.procedures.queries import next_titles
from dangjian.engines.procedures.views.pages import many_button
from dangjian.kernel.actor import may
from dangjian.kernel.errors import Conflict, NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, DUE, LINE, NUMBER, STATE, Asked, Choice, Column, Empty, ListPage, Start
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import marks
from dangjian.members.lists import by_person
from dangjian.members.views.private import answer_in_full
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.lookup import answer_search, is_search
from dangjian.org.models import Kind, Organization
from dangjian.org.sheet_offers import upload_url

NEXT: Loaded[str] = Loaded("next_steps")
"""What may be done of their case now."""
CONTACTS: Loaded[str] = Loaded("contacts")
"""The names of those who stand by them now."""
PURPOSES = ("核对身份信息", "政治审查函调", "填报统计报表", "联系本人")
UNSEEN = ("resident_id", "mobile")


def _may_enter(asked: Asked) -> bool:
    return may(starting.require_starting, asked.request.actor, PROCEDURE)


def _may_import(asked: Asked) -> bool:
    return bool(asked.request.actor.may("development.import"))


ENTER = Start("登记入党申请人", "development:enter", "user-plus", may=_may_enter)
IMPORT = Start("导入名单", lambda _asked: upload_url("applicants"), "file-import", may=_may_import, is_primary=False)


def case_url(one: Any) -> str:
    """The page of somebody's case, which is theirs."""
    return reverse(f"procedures:{PROCEDURE}_case", args=[one.case_id])


def _person(one: Applicant) -> str:
    return format_html('<span class="person nowrap">{}{}</span>', marks.avatar(one.name, "sm"), one.name)


def _in_stage(rows: QuerySet[Applicant], stage: str) -> QuerySet[Applicant]:
    if stage == ALL:
        return rows
    return rows.filter(stage=stage) if stage else rows.exclude(stage__in=OVER)


def _find_more(rows: list[Any], _asked: Asked) -> None:
    """What comes next for the people of a page, and who stands by them."""
    titles = next_titles(PROCEDURE, [row.case_id for row in rows if row.case_id])
    helpers: dict[int, list[str]] = {}
    found = Helper.objects.current().filter(applicant__in=[row.pk for row in rows]).order_by("member__name_sort")
    for applicant_id, name in found.values_list("applicant_id", "member__name"):
        names = helpers.setdefault(applicant_id, [])
        if name not in names:
            names.append(name)
    for row in rows:
        NEXT.put(row, titles.get(row.case_id, ""))
        CONTACTS.put(row, "、".join(helpers.get(row.pk, [])))


def _nobody(asked: Asked) -> Empty:
    if _may_enter(asked):
        return Empty("user-heart", "还没有入党申请人", "有人递交了入党申请书，就在这里登记；已有的名单可以用表格导入。", ENTER)
    return Empty("user-heart", "还没有入党申请人", "党支部收到入党申请书后登记，这里就能看到。")


APPLICANTS = ListPage(
    name="development:applicants",
    title="发展党员",
    permission="development.view",
    rows=lambda _asked: with_case(Applicant.objects.select_related("organization").defer(*UNSEEN)),
    columns=(
        Column("姓名", "name", sort="name_sort", key="name", drawn=_person),
        Column("党支部", "organization.short_name", LINE, sort="organization__path", key="organization"),
        Column("阶段", lists.state, STATE, sort="stage"),
        Column("概况", lists.in_short, on_wide=False, in_sheet=False),
        Column("下一步", NEXT.of, width=32),
        Column("期限", "case_due_on", DUE, sort="case_due_on", key="due"),
        Column("本阶段天数", lists.days_in_stage, NUMBER, on_phone=False),
        Column("培养联系人", CONTACTS.of, width=20, on_phone=False),
        Column("申请日期", "applied_on", DAY, sort="-applied_on", key="applied", on_phone=False),
        Column("性别", lists.sex, on_page=False),
        Column("年龄", lambda one: age(one.birth_on), NUMBER, on_page=False),
        Column("学历", lists.education, on_page=False),
        Column("所在部门", "unit_name", on_page=False),
    ),
    order=("case_due_on", "organization__path", "name_sort"),
    row=case_url,
    load=_find_more,
    filters=(
        Choice(
            "stage",
            "阶段",
            [*Stage.choices, (ALL, "全部")],
            usual="在培养的",
            rows=_in_stage,
            look="chips",
        ),
        by_person(""),
        OrganizationFilter(tells_own=True),
        Choice("late", "期限", [("late", "已超期"), ("soon", "7天内到期")], usual="不限期限", rows=lists.late),
        Choice("ripe", "时间将满", [("this", "本月"), ("next", "下月")], lists.ANY, rows=lists.ripe, look="dialog"),
        Choice("step", "轮到哪一步", lists.steps, "全部步骤", rows=lists.at_step, look="dialog"),
        *lists.WHO,
    ),
    starts=(
        many_button(PROCEDURE),
        Start("名册", "development:register", "address-book", is_primary=False),
        Start("统计", "development:statistics", "chart-bar", is_primary=False),
        IMPORT,
        ENTER,
    ),
    empty=_nobody,
    exported=on_trail("development.exported"),
)


@requires("development.manage", methods=("GET", "POST"))
def enter(request: Request) -> HttpResponse:
    """Somebody has applied: who they are, and the application."""
    form = EnterForm(request.POST or None, request.FILES or None)
    return submit(
        request,
        form,
        lambda _data: applicants.enter(actor=request.actor, **form.keywords()),
        template="development/enter.html",
        context={"step": form.step, "back": reverse("development:applicants")},
        done=lambda made: f"已登记{made.name}的入党申请。",
        to=_page,
    )


def applicant_to_see(_request: Request, pk: int) -> Applicant:
    """An applicant of the scope."""
    found: Applicant = find(Applicant.objects.select_related("organization", "user", "member"), pk=pk)
    return found


def _page(applicant: Applicant) -> str:
    """The page of their case, or the list."""
    case = case_of(applicant)
    return reverse(f"procedures:{PROCEDURE}_case", args=[case.pk]) if case else reverse("development:applicants")


def _about(applicant: Applicant, title: str, **more: object) -> dict[str, object]:
    """The variables of a page with one form about an applicant."""
    return {"applicant": applicant, "title": title, "back": _page(applicant), **more}


@requires("development.manage", on=applicant_to_see, methods=("GET", "POST"))
def change(request: Request, applicant: Applicant) -> HttpResponse:
    """What is on record of an applicant."""
    if request.method == "GET":
        applicants.require_changing(request.actor, applicant)
    form = ChangeForm(request.POST or None, applicant=applicant)
    return submit(
        request,
        form,
        lambda _data: applicants.change(actor=request.actor, applicant=applicant, **form.keywords()),
        template="development/form.html",
        context=_about(applicant, "修改基本情况", label="保存"),
        done=lambda changed: f"已保存，修改了{len(changed)}项" if changed else "没有改动",
        to=lambda _changed: _page(applicant),
        turn=Turn(applicant, lambda: ChangeForm(applicant=applicant_to_see(request, applicant.pk)), ("development.changed",)),
    )


@requires("development.transfer", on=applicant_to_see, methods=("GET", "POST"))
def move(request: Request, applicant: Applicant) -> HttpResponse:
    """An applicant goes to another branch."""
    if request.method == "GET":
        applicants.require_moving(request.actor, applicant)
    branches = Organization.objects.standing().filter(kind=Kind.BRANCH).exclude(pk=applicant.organization_id)
    form = MoveForm(request.POST or None, branches=branches, near=applicant.organization)
    if is_search(request):
        return answer_search(request, form)
    return submit(
        request,
        form,
        lambda _data: applicants.move(actor=request.actor, applicant=applicant, **form.keywords()),
        template="development/form.html",
        context=_about(
            applicant,
            "转到其他党支部",
            label="转出",
            intro="办理进度、材料和培养考察时间一起转过去，接续计算；两个支部都会留下记录。",
        ),
        done=lambda moved: f"{moved.name}已转到“{moved.organization}”。",
        to=_page,
    )


@requires("development.manage", on=applicant_to_see, methods=("GET", "POST"))
def end(request: Request, applicant: Applicant) -> HttpResponse:
    """An application ends otherwise than by its steps."""
    if request.method == "GET":
        applicants.require_ending(request.actor, applicant)
    form = EndForm(request.POST or None)
    return submit(
        request,
        form,
        lambda _data: applicants.end(actor=request.actor, applicant=applicant, **form.keywords()),
        template="development/form.html",
        context=_about(
            applicant,
            "终止培养",
            label="终止",
            confirm=f"终止以后，{applicant.name}的入党申请不再办理，已经办的仍留在记录中。确定终止吗？",
            intro="本人撤回申请的，请在办理页面点“撤回”。终止以后可以在办理页面恢复。",
        ),
        done="已终止。",
        to=_page,
    )


@requires("development.manage", on=applicant_to_see, methods=("POST",))
def hand_out(request: Request, applicant: Applicant) -> HttpResponse:
    """A fresh first password for an applicant, shown once, to be told to them."""
    try:
        user, password = accounts.hand_out(actor=request.actor, applicant=applicant)
    except Conflict as refusal:
        messages.error(request, refusal.brief)
        return redirect(_page(applicant))
    address = request.build_absolute_uri("/")
    told = (
        f"{applicant.name}，请用手机浏览器打开 {address} ，登录名 {user.username} ，"
        f"初始密码 {password} ，登录后按提示换成自己的密码。"
    )
    context = {"account": user, "password": password, "address": address, "told": told}
    return render(request, "development/first_password.html", _about(applicant, "初始密码") | context)


@requires("members.unmask", on=applicant_to_see, methods=("GET", "POST"))
def show_in_full(request: Request, applicant: Applicant, column: str) -> HttpResponse:
    """Ask for the purpose, then show a number in full. Returns a fragment for the shared dialog."""
    if column not in typed.PRIVATE:
        raise NotFound
    return answer_in_full(
        request,
        lambda purpose: applicants.unmask(actor=request.actor, applicant=applicant, column=column, purpose=purpose),
        name=applicant.name,
        title=typed.title(column),
        address=reverse("development:unmask", args=[applicant.pk, column]),
        purposes=PURPOSES,
    )
