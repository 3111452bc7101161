"""核定: who pays what, one member's assessment with the sum explained before it is saved, a branch at once."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from dangjian.accounts.editing import Turn
from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.actions import arrangements, assessing
from dangjian.activities.dues.assessment.actions.reliefs import require_proposing, rule_today
from dangjian.activities.dues.assessment.forms.profiles import AssessForm, BranchForm, RowForm, WithdrawForm
from dangjian.activities.dues.assessment.models import Arrangement, Assessment, Relief, ReliefState
from dangjian.activities.dues.assessment.queries import profiles as read
from dangjian.activities.dues.assessment.views.access import (
    assessment_to_withdraw,
    branch_to_assess,
    member_of,
    member_to_assess,
)
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import month_of
from dangjian.kernel import clock, money, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.editing import SEEN
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import MONTH, YUAN, Asked, Choice, Column, Empty, ListPage, RowAction, Start, page_of
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.ui import marks, words
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.members.own import is_own
from dangjian.members.queries.certificates import certificate_of
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Organization

STATES = [("none", "还没有核定"), ("old", "今年还没有重新核定"), ("done", "已核定"), ("relief", "有减免")]
NOT_YET = "还没有核定"
AT_ONCE = 60
"""Members of a branch that are assessed on one page."""
_LINE = re.compile(r"m(\d+)-kind")


def _not_yet() -> SafeString:
    return marks.badge("pending", NOT_YET, "warn")


def _this_month() -> dt.date:
    return month_of(clock.today())


def _rows(_asked: Asked) -> Any:
    return read.with_standing(Member.objects.counted(), _this_month()).select_related("branch", "organization")


def _find_profiles(rows: list[Any], _asked: Asked) -> None:
    """What holds this month for each of a page."""
    for row, profile in zip(rows, read.profiles(rows, _this_month()), strict=True):
        row.profile = profile


def _in_state(rows: Any, state: str) -> Any:
    if state == "none":
        return read.unassessed(rows, _this_month())
    if state == "old":
        return read.outdated(rows, _this_month())
    if state == "relief":
        return rows.filter(pk__in=read.relieved_in(_this_month()).values("member"))
    return rows.filter(held__pk__isnull=False) if state else rows


def _person(member: Member) -> str:
    return format_html('<span class="person">{}{}</span>', marks.avatar(member.name, "sm"), member.name)


def _kind(row: Any) -> str:
    held = row.profile.assessment
    return held.get_kind_display() if held else NOT_YET


def _base(row: Any) -> int | None:
    held = row.profile.assessment
    return held.base_fen if held and held.rate else None


def _base_cell(row: Any) -> str:
    held = row.profile.assessment
    base = _base(row)
    return money.yuan(base) if base is not None else format_html('<span class="faint">{}</span>', "定额" if held else "")


def _below_sum(row: Any) -> str:
    """What the sum follows from."""
    held, relief = row.profile.assessment, row.profile.relief
    if held and relief:
        return f"{relief.get_kind_display()}，核定 {money.yuan(held.amount_fen)}"
    return str(held.rate) if held else ""


def _in_short(row: Any) -> str:
    """Branch, kind, base and beginning, for a narrow screen."""
    held, base = row.profile.assessment, _base(row)
    if held is None:
        return format_html("<span>{} {}</span>", row.branch.short_name, _not_yet())
    said = (
        row.branch.short_name,
        held.get_kind_display(),
        f"基数 {money.yuan(base)}" if base is not None else "",
        f"{words.month(held.from_month)}起",
    )
    return " · ".join(filter(None, said))


def _around(asked: Asked) -> dict[str, object]:
    """How far the assessing of the organisation chosen is, whatever else is chosen, and where to go on with it."""
    unit = asked.values.get("organization")
    rows = Member.objects.counted()
    numbers = read.overview(rows.filter(organization__path__startswith=unit.path) if unit else rows, _this_month())
    return {
        "numbers": numbers,
        "share": numbers.assessed / numbers.members if numbers.members else None,
        "waiting": Relief.objects.filter(state=ReliefState.PROPOSED).count(),
        "may_assess": asked.request.actor.may("dues.assess"),
        "next_url": _next_branch(unit),
        "sheet": "dues_bases",
    }


def _next_branch(unit: Organization | None) -> str:
    """Where a branch is assessed at once: the one chosen, else the first with somebody who is not assessed."""
    branch = unit if unit and unit.is_branch else None
    if branch is None:
        rows = read.unassessed(Member.objects.counted())
        rows = rows.filter(organization__path__startswith=unit.path) if unit else rows
        first = rows.select_related("branch").order_by("branch__path").first()
        branch = first.branch if first else None
    return f"{reverse('dues:assess_branch', args=[branch.pk])}?show=none" if branch else ""


def _may_assess_branch(asked: Asked) -> bool:
    unit = asked.values.get("organization")
    return bool(unit and unit.is_branch and asked.request.actor.may("dues.assess", unit))


PROFILES = ListPage(
    name="dues:profiles",
    title="党费核定",
    permission="dues.view",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"),),
    crumb="核定",
    intro="每名党员的类别、计算基数和每月应交的党费。",
    beside="dues/assessment/_profiles_beside.html",
    above="dues/assessment/_profiles_above.html",
    more=_around,
    starts=(
        Start(
            "整个支部一起核定",
            lambda asked: reverse("dues:assess_branch", args=[asked.values["organization"].pk]),
            "list-check",
            may=_may_assess_branch,
            is_primary=False,
        ),
    ),
    rows=_rows,
    load=_find_profiles,
    columns=(
        Column("姓名", "name", sort="name_sort", key="name", drawn=_person, width=12),
        Column("概况", _in_short, drawn=_in_short, on_wide=False, in_sheet=False),
        Column("党支部", "branch.short_name", sort="branch__path", key="branch", on_phone=False, width=34),
        Column("类别", _kind, drawn=lambda row: _kind(row) if row.profile.assessment else _not_yet(), on_phone=False, width=20),
        Column(
            "计算基数", _base, YUAN, sort="held__base_fen", key="base", drawn=_base_cell, on_phone=False, header="计算基数（元）"
        ),
        Column("核定月交纳额（元）", "profile.assessment.amount_fen", YUAN, on_page=False),
        Column("比例", "profile.assessment.rate", on_page=False, width=8),
        Column("起交月份", "profile.assessment.from_month", MONTH, sort="held__from_month", key="since", on_phone=False),
        Column("减免", "profile.relief.get_kind_display", on_page=False, width=8),
        Column(
            "每月应交", "profile.pays_fen", YUAN, sort="held__amount_fen", key="amount", sub=_below_sum, header="实际月应交（元）"
        ),
        Column("计算说明", "profile.assessment.explanation", on_page=False, width=60),
    ),
    order=("branch__path", "name_sort"),
    row="dues:profile",
    actions=(
        RowAction(
            lambda row: "重新核定" if row.profile.assessment else "核定",
            "dues:assess",
            lambda row, asked: may(assessing.require_assessing, asked.request.actor, row),
            tone="",
            called=lambda row: row.name,
        ),
    ),
    filters=(
        by_person(""),
        OrganizationFilter(),
        Choice("kind", "类别", PayerKind.choices, usual="全部类别", field="held__kind"),
        Choice("state", "情况", STATES, usual="全部情况", rows=_in_state),
    ),
    empty=Empty("users", "还没有党员", "名册里有了党员，就可以核定党费。"),
    missed=lambda _asked: Empty("search-off", "没有符合条件的党员", "换个条件，或者清除筛选再看。"),
    exported=on_trail("dues.people_exported"),
)


@requires("dues.view", on=member_of)
def profile(request: Request, member: Member) -> HttpResponse:
    """One member: what they pay and why, how it was before, reliefs, this year's bills."""
    rule, today = rule_today(member), clock.today()
    history = list(Assessment.objects.filter(member=member).select_related("assessed_by").order_by("-from_month", "-pk"))
    context = {
        "member": member,
        "now": read.profile(member),
        "history": history,
        "coming": [row for row in history if row.replaced_at is None and row.from_month > today],
        "reliefs": list(Relief.objects.filter(member=member)),
        "bills": list(Bill.objects.filter(member=member, month__year=today.year).order_by("-month")),
        "today": clock.today(),
        "year": today.year,
        "arrangements": list(Arrangement.objects.filter(member=member)),
        "known": certificate_of(member.pk, besides="dues"),
        "may_agree": may(arrangements.require_agreeing, request.actor, member),
        "may_assess": may(assessing.require_assessing, request.actor, member),
        "may_propose": may(require_proposing, request.actor, member, rule),
        "relief_rule": rule,
    }
    return render(request, "dues/assessment/profile.html", context)


@requires("dues.assess", on=member_to_assess, methods=("GET", "POST"))
def assess(request: Request, member: Member) -> HttpResponse:
    """The base of one member. While it is typed, the sum and the article are shown."""
    standing = read.profile(member)
    part = request.POST.get("part", "")
    if part == "worked":
        form = AssessForm(request.POST, profile=standing)
        return render(request, "dues/assessment/_worked.html", form.preview())
    if part == "fields":
        return render(request, "dues/assessment/_assess_form.html", _assess_context(_sketch(request, standing), member))
    form = AssessForm(request.POST if request.method == "POST" else None, profile=standing)
    return submit(
        request,
        form,
        lambda _data: assessing.assess(actor=request.actor, member=member, **form.keywords()),
        turn=Turn(member, lambda: AssessForm(profile=read.profile(member)), ("dues.assessed",), member.pk),
        template="dues/assessment/assess.html",
        context=lambda: _assess_context(form, member),
        done=lambda made: f"已核定：{member.name}自{made.from_month:%Y年%m月}起每月交{money.yuan(made.amount_fen)}元。",
        to=reverse("dues:profile", args=[member.pk]),
    )


def _sketch(request: Request, standing: read.Profile) -> AssessForm:
    """The form for the kind and way just chosen: what was typed stays, its usual month is proposed, nothing is wrong."""
    typed = AssessForm(request.POST, profile=standing)
    given = {name: request.POST.get(typed.add_prefix(name), "") for name in ("base_fen", "reason")}
    chosen = {"kind": typed.payer.value, "way": typed.way_chosen, **{k: v for k, v in given.items() if v}}
    form = AssessForm(profile=standing, initial=chosen)
    form.carried = request.POST.get(SEEN, "")
    return form


def _assess_context(form: AssessForm, member: Member) -> dict[str, object]:
    return {"form": form, "member": member, "held": form.held, "shown": form.preview() if form.is_bound else {}}


@requires("dues.assess", on=branch_to_assess, methods=("GET", "POST"))
def assess_branch(request: Request, branch: Organization) -> HttpResponse:
    """All members of a branch in one table; ``?show=none`` only those not assessed yet. What is left as it is stays as it is."""
    month, only_new = month_of(clock.today()), bool(parameters.one_of(request, "show", {"none"}))
    rows: QuerySet[Member] = (
        Member.objects.counted().filter(branch=branch).select_related("branch", "organization").order_by("name_sort", "pk")
    )
    data = request.POST if request.method == "POST" else None
    if data is not None:
        # Those on the page as it was shown: somebody may have been assessed meanwhile.
        rows = rows.filter(pk__in=_sent(data))
    elif only_new:
        rows = read.unassessed(rows, month)
    page_obj = page_of(rows, request, AT_ONCE)
    others = [one for one in page_obj.object_list if not is_own(request.actor, one)]
    lines = [RowForm(data, profile=one) for one in read.profiles(others, month)]
    asked = request.POST.get("part", "")
    if asked.startswith("m"):
        return render(
            request, "dues/assessment/_worked_cell.html", {"row": next((one for one in lines if one.prefix == asked), None)}
        )
    form = BranchForm(data)
    form.alongside = lines
    if data is not None and _enter_branch(request, form, lines, branch):
        return redirect(f"{reverse('dues:profiles')}?{urlencode({'organization': branch.pk})}")
    context = {
        "branch": branch,
        "form": form,
        "lines": lines,
        "page_obj": page_obj,
        "only_new": only_new,
        "left_out": len(others) < len(page_obj.object_list),
        "base_rule": rates.base_rule(PayerKind.SALARIED, month),
    }
    return render(request, "dues/assessment/assess_branch.html", context, status=422 if data is not None else 200)


def _enter_branch(request: Request, form: BranchForm, lines: list[RowForm], branch: Organization) -> bool:
    if not all([form.is_valid(), *(line.is_valid() for line in lines)]):
        return False
    chosen = [line for line in lines if line.has_changed() or _is_fixed_and_new(line)]
    if not chosen:
        form.add_error(None, "还没有填写或改动任何人的基数。")
        return False
    month: dt.date = form.cleaned_data["from_month"]
    rows = [line.row(month, form.cleaned_data["reason"]) for line in chosen]

    def again() -> BranchForm:
        now = BranchForm()
        members = [line.profile.member for line in lines]
        now.alongside = [RowForm(profile=one) for one in read.profiles(members, month_of(clock.today()))]
        return now

    if attempt(form, lambda _data: assessing.assess_many(actor=request.actor, rows=rows), Turn(branch, again)) is None:
        return False
    if gone := Member.objects.filter(pk__in=_sent(form.data) - {line.profile.member.pk for line in lines}):
        messages.warning(request, f"{'、'.join(one.name for one in gone)}已不在{branch.short_name}，没有核定。")
    messages.success(request, f"已核定{branch.short_name}{len(rows)}名党员的党费，自{month:%Y年%m月}起执行。")
    return True


def _sent(data: Mapping[str, object]) -> set[int]:
    """The members whose lines a form brings."""
    return {int(found[1]) for name in data if (found := _LINE.fullmatch(name))}


def _is_fixed_and_new(line: RowForm) -> bool:
    """Whether somebody who is not assessed yet was given a kind with a fixed sum, which needs no base."""
    return line.profile.assessment is None and line.worked is not None


@requires("dues.assess", on=assessment_to_withdraw, methods=("GET", "POST"))
def withdraw(request: Request, row: Assessment) -> HttpResponse:
    """Take back an assessment that should not have been made."""
    return submit(
        request,
        WithdrawForm(request.POST if request.method == "POST" else None),
        lambda data: assessing.withdraw_assessment(actor=request.actor, assessment=row, **data),
        template="dues/assessment/withdraw.html",
        context={"row": row, "member": row.member},
        done="已撤销这条核定。",
        to=reverse("dues:profile", args=[row.member_id]),
    )
