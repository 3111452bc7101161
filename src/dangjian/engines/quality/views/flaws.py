"""The list of what is to be mended, each one tap away, and what is said about it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.engines.quality.actions import answering as actions
from dangjian.engines.quality.forms import ExplainForm, FinishForm
from dangjian.engines.quality.models import Flaw
from dangjian.engines.quality.queries.checks import checks, title_of
from dangjian.engines.quality.queries.flaws import address_for, left_of, of_sorts, with_proposals
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, let_in, requires
from dangjian.kernel.lists import ALL, DAY, LINE, STATE, Asked, Choice, Column, Empty, ListPage, Loaded, RowAction, Start
from dangjian.kernel.lists.columns import State
from dangjian.kernel.periods import MONTH, Span
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Kind, Organization
from dangjian.org.quality_offers import SORTS

BODIES = (Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)
PLACE: Loaded[str] = Loaded("place")
EXPLAINED, LATE = "explained", "late"


def _in_state(rows: QuerySet[Flaw], state: str) -> QuerySet[Flaw]:
    if state == EXPLAINED:
        return rows.filter(explained_at__isnull=False)
    if state == LATE:
        return rows.filter(url="")
    return rows if state == ALL else rows.exclude(url="").filter(explained_at=None)


def _state(row: Any) -> State:
    if row.is_late:
        return State("late", "录入晚了", "neutral")
    if row.explained_at:
        return State("explained", "已说明", "neutral")
    return State("proposed", "本人已填，待审核", "info") if row.is_proposed else State("pending", "要补正", "warn")


def _load(rows: list[Flaw], asked: Asked) -> None:
    for row in rows:
        PLACE.put(row, address_for(row, asked.request.actor))


def _said(row: Flaw) -> str:
    """What was said about it, or who mends it if that is another organisation."""
    if row.explanation:
        return f"说明：{row.explanation}"
    return f"由{row.keeper}补正" if row.keeper_id != row.organization_id else ""


def unit_of(asked: Asked) -> Organization | None:
    """The organisation that is chosen, else the highest one of the scope."""
    chosen: Organization | None = asked.values.get("organization")
    return chosen or Organization.objects.standing().filter(kind__in=BODIES).order_by("path").first()


def _more(asked: Asked) -> dict[str, object]:
    unit = unit_of(asked)
    if unit is None:
        return {}
    month = Span.of(clock.today(), MONTH)
    actor = asked.request.actor
    found = of_sorts(unit, month)
    return {
        "unit": unit,
        "month": month.label,
        "tiles": [_tile(title, *found[sort]) for sort, title in SORTS.items() if sort in found],
        "may_examine": may(actions.require_examining, actor, unit),
        "may_finish": may(actions.require_finishing, actor, unit),
    }


def _tile(title: str, looked_at: int, failing: int) -> dict[str, object]:
    right = looked_at - failing
    note = f"检查{words.number(looked_at)}条，{words.number(failing)}条有问题" if failing else f"检查{words.number(looked_at)}条"
    share = right / looked_at if looked_at else None
    return {"label": title, "value": words.percent(share or 0, 1), "note": note, "share": share}


FLAWS = ListPage(
    name="quality:flaws",
    title="要补正的记录",
    permission="quality.view",
    crumb="数据质量",
    intro="点一条就到填写的地方；党员本人的缺项，本人也可以在手机“我的”里填写。只看记录，不看登录。",
    rows=lambda _asked: with_proposals(Flaw.objects.select_related("organization", "member", "keeper")),
    columns=(
        Column("记录", "about", LINE, sort="about"),
        Column("问题", "text", sub=_said, width=50),
        Column("检查项", lambda row: title_of(row.check_code), sort="check_code", key="check", on_phone=False),
        Column("党组织", "organization.short_name", LINE, sort="organization__path", key="organization"),
        Column("发现日期", "found_on", DAY, sort="found_on", on_phone=False),
        Column("状态", _state, STATE),
    ),
    order=("organization__path", "about", "check_code"),
    row=PLACE.of,
    load=_load,
    menu=lambda row: f"{row.about}的更多操作",
    actions=(
        RowAction(
            "说明原因",
            "quality:explain",
            may=lambda row, asked: may(actions.require_explaining, asked.request.actor, row),
            icon="message",
            tone="",
        ),
        RowAction(
            "收回说明",
            "quality:take_back",
            may=lambda row, asked: may(actions.require_taking_back, asked.request.actor, row),
            icon="arrow-back-up",
            tone="",
            sends=lambda _row: {},
        ),
    ),
    filters=(
        Choice(
            "state",
            "状态",
            [(EXPLAINED, "已说明"), (LATE, "录入晚了的"), (ALL, "全部")],
            usual="要补正",
            rows=_in_state,
            look="chips",
        ),
        by_person(also="about", called="组织名称"),
        OrganizationFilter(kinds=BODIES),
        Choice("aspect", "类别", list(SORTS.items()), usual="全部类别", field="sort"),
        Choice(
            "check", "检查项", lambda _asked: [(one.code, one.title) for one in checks()], usual="全部检查项", field="check_code"
        ),
    ),
    above="quality/_overview.html",
    more=_more,
    starts=(
        Start("按党组织看", "quality:organizations", "building-community", is_primary=False),
        Start("逐月统计", "quality:statistics", "chart-line", is_primary=False),
    ),
    empty=Empty("checks", "没有要补正的记录", "每天早上检查一遍；发现缺项或者对不上的，会列在这里。"),
    exported=on_trail("quality.flaws_exported"),
)


def flaw_to_explain(request: Request, pk: int) -> Flaw:
    """The flaw, for whoever keeps that record."""
    flaw = _flaw(pk)
    let_in(request, actions.require_explaining, flaw)
    return flaw


def flaw_to_take_back(request: Request, pk: int) -> Flaw:
    """The flaw, for whoever keeps that record."""
    flaw = _flaw(pk)
    let_in(request, actions.require_taking_back, flaw)
    return flaw


def _flaw(pk: int) -> Flaw:
    return find(Flaw.objects.select_related("organization", "member", "keeper"), pk=pk)


def organization_to_examine(request: Request, pk: int) -> Organization:
    """The organisation, for whoever keeps its records."""
    organization = find(Organization, pk=pk)
    actions.require_examining(request.actor, organization)
    return organization


def organization_to_finish(request: Request, pk: int) -> Organization:
    """The organisation, for whoever keeps its records."""
    organization = find(Organization, pk=pk)
    let_in(request, actions.require_finishing, organization)
    return organization


def _under(title: str, organization: Organization) -> dict[str, object]:
    return {"crumb": title, "crumbs": [("数据质量", _list_of(organization))]}


def _list_of(organization: Organization) -> str:
    return f"{reverse('quality:flaws')}?organization={organization.pk}"


@requires("quality.mend", on=flaw_to_explain, methods=("GET", "POST"))
def explain(request: Request, flaw: Flaw) -> HttpResponse:
    """Why a record stays as it is."""
    return submit(
        request,
        ExplainForm(request.POST or None),
        lambda data: actions.explain(actor=request.actor, flaw=flaw, **data),
        template="quality/explain.html",
        context={
            "flaw": flaw,
            "check": title_of(flaw.check_code),
            "back": _list_of(flaw.organization),
            **_under("说明原因", flaw.organization),
        },
        done="已说明，这一条不再列出。",
        to=_list_of(flaw.organization),
    )


@requires("quality.mend", on=flaw_to_take_back, methods=("POST",))
def take_back(request: Request, flaw: Flaw) -> HttpResponse:
    """It is to be mended after all."""
    actions.take_back(actor=request.actor, flaw=flaw)
    messages.success(request, "已收回说明，重新列出。")
    return redirect(_list_of(flaw.organization))


@requires("quality.mend", on=organization_to_examine, methods=("POST",))
def examine(request: Request, organization: Organization) -> HttpResponse:
    """Look at the records of an organisation anew, now."""
    actions.examine(actor=request.actor, organization=organization)
    messages.success(request, f"已重新检查“{organization}”的记录。")
    return redirect(_list_of(organization))


@requires("quality.mend", on=organization_to_finish, methods=("GET", "POST"))
def finish(request: Request, organization: Organization) -> HttpResponse:
    """The list of the month was worked through; what is left is explained."""
    month = Span.of(clock.today(), MONTH)
    return submit(
        request,
        FinishForm(request.POST or None),
        lambda data: actions.finish(actor=request.actor, organization=organization, **data),
        template="quality/finish.html",
        context=lambda: {
            "unit": organization,
            "month": month.label,
            "left": left_of(organization, month).count(),
            "back": _list_of(organization),
            **_under("本月核对完成", organization),
        },
        done="已登记本月核对完成，没有补正的下个月再办。",
        to=_list_of(organization),
    )
