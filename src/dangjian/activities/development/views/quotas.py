"""Yearly plans: the list of a year, one organisation's plan, entering it, handing it down, asking for more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.accounts.models import Event
from dangjian.activities.development.actions import quotas
from dangjian.activities.development.forms.quotas import AskForm, EnterForm, GrantForm, HandDownForm, RefuseForm
from dangjian.activities.development.models import QuotaRequest, RequestState
from dangjian.activities.development.policy import Standing
from dangjian.activities.development.queries import quotas as read
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.offers import CasePanel
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import LINE, MOMENT, NUMBER, PROSE, STATE, Asked, Choice, Column, Empty, ListPage, Search, state_of
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.lists.tables import Table
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.org.cases import Card, Case, Fact, Step
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter
from dangjian.org.models import Organization
from dangjian.org.queries import found_by_text

TONES = {
    RequestState.ASKED: "warn",
    RequestState.GRANTED: "good",
    RequestState.REFUSED: "bad",
    RequestState.WITHDRAWN: "neutral",
}
STANDING: Loaded[Standing] = Loaded("standing")
"""How far the plan of an organisation in a list is."""
YEAR: Loaded[int] = Loaded("plan_year")


def year_of(asked: Asked) -> int:
    """The year that a list is asked for, this one if none is chosen."""
    return int(asked.values.get("year") or clock.today().year)


def _load(rows: list[Organization], asked: Asked) -> None:
    _put(rows, read.year_plan(year_of(asked)))


def _put(rows: list[Organization], plan: read.YearPlan) -> None:
    for row in rows:
        STANDING.put(row, plan.of(row))
        YEAR.put(row, plan.year)


def _number(name: str) -> Any:
    """A figure of the standing, for those that have a plan or have taken a place."""

    def found(row: Organization) -> int | None:
        now = STANDING.of(row)
        return getattr(now, name) if now.plan is not None or now.taken else None

    return found


def address_of(organization: Organization) -> str:
    """The page of an organisation's plan."""
    return reverse("development:quota", args=[organization.pk, YEAR.of(organization)])


def _in_short(one: Organization) -> str:
    """For a narrow screen: the figures that are not nought, in a line."""
    now = STANDING.of(one)
    figures = (("计划", now.plan), ("已接收", now.used or None), ("待接收", now.reserved or None), ("剩余", now.left))
    return " · ".join(f"{title} {number}" for title, number in figures if number is not None)


PLACES: Column[Organization] = Column("计划", lambda one: STANDING.of(one).plan, NUMBER, on_phone=False)
FIGURES: tuple[Column[Organization], ...] = (
    Column("使用情况", _in_short, on_wide=False, in_sheet=False),
    Column("已接收", _number("used"), NUMBER, on_phone=False),
    Column("待接收", _number("reserved"), NUMBER, on_phone=False),
    Column("剩余", _number("left"), NUMBER, on_phone=False),
    Column("未下达", lambda one: None if one.is_branch else _number("free")(one), NUMBER, on_phone=False),
)

QUOTAS = ListPage(
    name="development:quotas",
    title="发展党员计划",
    permission="development.view",
    intro="上级下达的年度计划和使用情况。待接收是预审已经通过、还没有召开支部大会的同志。",
    rows=lambda asked: read.units(year_of(asked)),
    columns=(
        Column("党组织", "short_name", LINE, sort="path", key="organization", width=28),
        Column("类别", "get_kind_display", sort="kind", on_phone=False),
        replace(PLACES, sort="-places", key="places"),
        *FIGURES,
        Column("文号", "document", on_page=False, width=24),
        Column("下达时间", "given_at", MOMENT, on_page=False, width=20),
    ),
    order=("path",),
    row=address_of,
    load=_load,
    filters=(
        Choice(
            "year",
            "年度",
            lambda _asked: [(str(year), f"{year}年") for year in read.years() if year != clock.today().year],
            usual="今年",
            rows=lambda rows, _year: rows,
        ),
        Search("q", "党组织名称、拼音", found_by_text),
        Choice("plan", "计划", [("given", "已下达"), ("none", "没有下达")], usual="全部单位", rows=read.has_plan),
        OrganizationFilter(field="", kinds=read.UNITS),
    ),
    empty=Empty("target-arrow", "没有党组织", "党组织设立以后，可以在这里下达发展党员计划。"),
)


UNITS: Table[Organization] = Table(
    "下级单位的计划",
    (Column("党组织", "short_name", LINE), PLACES, *FIGURES),
    row=address_of,
)

ASKED: Table[QuotaRequest] = Table(
    "追加计划的申请",
    (
        Column("申请时间", "asked_at", MOMENT),
        Column("申请追加", "wanted", NUMBER, unit="名"),
        Column("状态", state_of("state", TONES), STATE),
        Column("同意追加", lambda one: one.granted or None, NUMBER, unit="名"),
    ),
    row="development:quota_request",
)


def unit_of(_request: Request, pk: int, year: int) -> Organization:
    """An organisation that may have a plan in a year."""
    found = find(Organization, pk=pk)
    if found.kind not in read.UNITS or year not in read.years():
        raise NotFound
    YEAR.put(found, year)
    return found


@requires("development.view", on=unit_of)
def quota(request: Request, unit: Organization) -> HttpResponse:
    """One organisation's plan: how far it is, what its units have, what it asked for, what was done."""
    year, actor = YEAR.of(unit), request.actor
    plan, below = read.year_plan(year, unit.path), quotas.units_of(unit)
    _put([unit, *below], plan)
    context = {
        "unit": unit,
        "crumbs": [("发展党员计划", reverse("development:quotas"))],
        "crumb": unit.short_name,
        "year": year,
        "years": [one for one in read.years() if abs(one - clock.today().year) <= 1],
        "now": STANDING.of(unit),
        "quota": read.quota_of(unit, year),
        "plan": read.standing(unit, year),
        "units": UNITS.of(below),
        "requests": ASKED.of(read.requests_of(unit, year)),
        "events": _events(unit, year),
        "may_enter": may(quotas.require_entering, actor, unit, year),
        "may_hand_down": bool(below) and may(quotas.require_handing_down, actor, unit, year),
        "may_ask": may(quotas.require_asking, actor, unit, year),
        "citation": read.over_rule(clock.today()).citation,
    }
    return render(request, "development/quota.html", context)


def _events(unit: Organization, year: int) -> Any:
    rows = Event.objects.filter(organization_id=unit.pk, verb__startswith="development.quota_", data__year=year)
    return rows.order_by("at", "pk")


def _crumbs(unit: Organization, year: int) -> list[tuple[str, str]]:
    here = reverse("development:quota", args=[unit.pk, year])
    return [("发展党员计划", reverse("development:quotas")), (unit.short_name, here)]


@requires("development.plan", on=unit_of, methods=("GET", "POST"))
def enter(request: Request, unit: Organization) -> HttpResponse:
    """Enter the plan that the uppermost committee has from outside."""
    year = YEAR.of(unit)
    if request.method == "GET":
        quotas.require_entering(request.actor, unit, year)
    there = read.quota_of(unit, year)

    def again() -> EnterForm:
        return EnterForm(read.quota_of(unit, year))

    return submit(
        request,
        EnterForm(there, request.POST or None),
        lambda data: quotas.enter(actor=request.actor, organization=unit, year=year, **data),
        template="development/quota_form.html",
        context=_form_context(unit, year, f"登记{year}年计划", "保存"),
        turn=Turn(there, again, ("development.quota_given",)) if there else None,
        done="计划已登记。",
        to=address_of(unit),
    )


@requires("development.plan", on=unit_of, methods=("GET", "POST"))
def hand_down(request: Request, unit: Organization) -> HttpResponse:
    """Hand the plan down: one number for each unit, all at once."""
    year = YEAR.of(unit)
    if request.method == "GET":
        quotas.require_handing_down(request.actor, unit, year)
    own = read.quota_of(unit, year)

    def form(data: Any = None) -> HandDownForm:
        below, plan = quotas.units_of(unit), read.year_plan(year, unit.path)
        return HandDownForm(below, {one.pk: plan.of(one) for one in below}, read.last_document(unit, year), data)

    bound = form(request.POST or None)
    return submit(
        request,
        bound,
        lambda _data: quotas.hand_down(actor=request.actor, organization=unit, year=year, **bound.keywords()),
        template="development/quota_form.html",
        context=_form_context(unit, year, f"下达{year}年计划", "下达"),
        turn=Turn(own, form, ("development.quota_handed_down",)) if own else None,
        done="计划已下达。",
        to=address_of(unit),
    )


@requires("development.manage", on=unit_of, methods=("GET", "POST"))
def ask(request: Request, unit: Organization) -> HttpResponse:
    """Ask the level above for more."""
    year = YEAR.of(unit)
    if request.method == "GET":
        quotas.require_asking(request.actor, unit, year)
    return submit(
        request,
        AskForm(request.POST or None),
        lambda data: quotas.ask(actor=request.actor, organization=unit, year=year, **data),
        template="development/quota_form.html",
        context=_form_context(unit, year, f"申请追加{year}年计划", "提交申请"),
        done=f"申请已提交，等“{unit.parent}”答复。",
        to=QUOTA_REQUEST.url,
    )


def _form_context(unit: Organization, year: int, title: str, label: str) -> dict[str, object]:
    return {
        "unit": unit,
        "title": title,
        "label": label,
        "crumbs": _crumbs(unit, year),
        "crumb": title,
        "back": reverse("development:quota", args=[unit.pk, year]),
        "plan": read.standing(unit, year),
        "citation": read.over_rule(clock.today()).citation,
    }


# Requests for more


def _above(one: QuotaRequest) -> str:
    return one.organization.parent.short_name if one.organization.parent else ""


REQUESTS = ListPage(
    name="development:quota_requests",
    title="追加计划申请",
    permission="development.view",
    crumbs=(("发展党员计划", "development:quotas"),),
    intro="计划不够时向上级申请追加。要申请的，请打开本单位的计划，点“申请追加”。",
    rows=lambda _asked: QuotaRequest.objects.select_related("organization__parent", "asked_by"),
    columns=(
        Column("党组织", "organization.short_name", LINE, sort="organization__path", key="organization", width=28),
        Column("年度", "year", sort="-year", key="year"),
        Column("申请追加", "wanted", NUMBER, sort="-wanted", key="wanted"),
        Column("理由", "reason", on_page=False, width=40),
        Column("答复的党组织", _above, on_phone=False, width=28),
        Column("申请时间", "asked_at", MOMENT, sort="-asked_at", key="asked", on_phone=False),
        Column("状态", state_of("state", TONES), STATE, sort="state", key="state"),
        Column("同意追加", lambda one: one.granted or None, NUMBER, key="granted"),
        Column("答复", "answer", on_page=False, width=30),
    ),
    order=("-asked_at",),
    row="development:quota_request",
    filters=(
        Choice("state", "状态", RequestState.choices, look="chips"),
        Search("q", "党组织名称、拼音", lambda text: found_by_text(text, "organization__")),
        OrganizationFilter(kinds=read.UNITS),
    ),
    empty=Empty("target-arrow", "没有追加计划的申请", "下级单位申请追加以后，会列在这里，并进入上级的待办。"),
)


def _waits(one: QuotaRequest, _actor: Actor) -> str:
    return f"等{_above(one)}答复。" if one.state == RequestState.ASKED else ""


def _plan_above(one: QuotaRequest) -> str:
    above = one.organization.parent
    return read.standing(above, one.year).in_words if above else ""


def _answered(one: QuotaRequest) -> str:
    return f"{words.day(one.answered_at)} {one.answered_by.name if one.answered_by else '系统'}" if one.answered_at else ""


QUOTA_REQUEST = Case(
    name="development:quota_request",
    model=QuotaRequest,
    follow=("organization__parent", "asked_by", "answered_by"),
    permission="development.view",
    subject="request",
    title=lambda one: f"{one.organization.short_name}申请追加{one.year}年计划{one.wanted}名",
    crumb=lambda one: one.organization.short_name,
    crumbs=lambda _one: [
        ("发展党员计划", reverse("development:quotas")),
        ("追加计划申请", reverse("development:quota_requests")),
    ],
    states=TONES,
    waits=_waits,
    cards=(
        Card(
            "申请内容",
            "target-arrow",
            (
                Fact(
                    "党组织",
                    "organization.short_name",
                    url=lambda one: reverse("development:quota", args=[one.organization_id, one.year]),
                ),
                Fact("申请追加", lambda one: f"{one.wanted}名"),
                Fact("理由", "reason", PROSE),
                Fact("申请", lambda one: f"{words.day(one.asked_at)} {one.asked_by.name if one.asked_by else '系统'}"),
                Fact("本单位计划", lambda one: read.standing(one.organization, one.year).in_words),
                Fact("上级计划", _plan_above),
                Fact("答复", _answered),
                Fact("同意追加", lambda one: f"{one.granted}名" if one.granted else ""),
                Fact("说明", "answer"),
            ),
            citation=lambda _one: read.over_rule(clock.today()).citation,
        ),
    ),
    steps=(
        Step(
            code="grant",
            label="同意追加",
            icon="circle-check",
            require=quotas.require_answering,
            act=quotas.grant,
            form=lambda one, data, _files: GrantForm(data, wanted=one.wanted),
            done=lambda one: f"已同意追加{one.granted}名。",
        ),
        Step(
            code="refuse",
            label="不同意",
            icon="x",
            look="fold",
            require=quotas.require_answering,
            act=quotas.refuse,
            form=RefuseForm,
            done="已答复申请单位。",
            is_dangerous=True,
        ),
        Step(
            code="withdraw",
            label="撤回申请",
            icon="arrow-back-up",
            require=quotas.require_withdrawing,
            act=quotas.withdraw,
            confirm="撤回以后，上级不再答复这份申请。确定撤回吗？",
            done="申请已撤回。",
        ),
    ),
)


# On the page of a case


def _of_case(request: Request, case: ProcedureCase) -> Mapping[str, Any] | None:
    """How far the plan is by which the branch goes, while it is open whether the person of a case is admitted."""
    year = clock.today().year
    if not (case.is_open and request.actor.may("development.view", case.organization) and read.is_candidate(case)):
        return None
    plan = read.standing(case.organization, year)
    if plan.holder is None:
        return None
    address = reverse("development:quota", args=[case.organization_id, year])
    return {"plan": plan, "address": address, "citation": read.over_rule(clock.today()).citation}


OF_CASE = CasePanel("发展计划", "target-arrow", "development/quota_panel.html", _of_case)
