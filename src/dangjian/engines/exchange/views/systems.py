"""Pages of outside systems: the list, one system with what differs now, its form, and the upload of its export."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.engines.exchange import actions
from dangjian.engines.exchange.actions.systems import KEEP
from dangjian.engines.exchange.forms.systems import ComparisonForm, GoingBackForm, SystemEditForm, SystemForm
from dangjian.engines.exchange.models import OutsideSystem
from dangjian.engines.exchange.models.batches import ImportBatch
from dangjian.engines.exchange.queries.systems import comparisons, in_step, is_overdue, may_compare, open_comparison
from dangjian.engines.exchange.views.doors import SEE, system_to_compare, system_to_keep, system_to_see
from dangjian.kernel import clock
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import DAY, LINE, NUMBER, STATE, Asked, Choice, Column, Empty, ListPage, ListPart, Start, State
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.ui import words
from dangjian.org.gate import admitted
from dangjian.org.lists import OrganizationFilter
from dangjian.org.models import Organization


def _state(system: OutsideSystem) -> State:
    if not system.is_open:
        return State("closed", "已停用", "neutral")
    if is_overdue(system):
        return State("overdue", "该核对了", "bad")
    return State("open", "按期" if system.every_months else "不定期", "good" if system.last_in_step_on else "neutral")


SYSTEMS = ListPage(
    name="exchange:systems",
    title="外部系统",
    permission=SEE,
    intro="和本平台登记同样事情的其他系统。把对方的导出表传上来，逐项比对：该采用的采用，对方缺的、错的带回去改。",
    rows=lambda _asked: OutsideSystem.objects.select_related("organization"),
    columns=(
        Column("名称", "title", LINE, sort="title"),
        Column("核对", "sheet.title"),
        Column("党组织", "organization.short_name", LINE, sort="organization__path", key="organization", on_phone=False),
        Column("上次核对", "last_in_step_on", DAY, sort="-last_in_step_on", key="last"),
        Column("下次期限", "due_on", DAY, sort="due_on", key="due"),
        Column("状态", _state, STATE),
        Column("对方由谁维护", "keeper", on_phone=False),
    ),
    order=("organization__path", "title"),
    row="exchange:system",
    filters=(
        Choice(
            "state",
            "状态",
            [("closed", "已停用")],
            "在用",
            rows=lambda rows, state: rows.filter(closed_on__isnull=state != "closed"),
            look="tabs",
        ),
        OrganizationFilter(),
    ),
    starts=(
        Start("差异清单", "exchange:differences", "list-details", is_primary=False),
        Start("登记外部系统", "exchange:system_new", "plus", may=lambda asked: asked.request.actor.may(KEEP)),
    ),
    empty=Empty(
        "arrows-exchange",
        "还没有登记外部系统",
        "先登记全国党员管理信息系统、人力资源系统等，再上传它们的导出表比对。",
        Start("登记外部系统", "exchange:system_new", "plus", may=lambda asked: asked.request.actor.may(KEEP)),
    ),
)


def _history(asked: Asked) -> QuerySet[ImportBatch]:
    system: Any = asked.of
    return comparisons(system)


HISTORY = ListPart(
    name="exchange:comparisons",
    page="exchange:system",
    title="历次比对",
    heading="历次比对",
    icon="history",
    rows=_history,
    columns=(
        Column("文件", "file_name", LINE),
        Column("上传", "uploaded_by.name", sub=lambda batch: words.daytime(batch.uploaded_at)),
        Column("状态", lambda batch: State(batch.state, batch.state_title, batch.tone), STATE),
        Column("一致", "alike_count", NUMBER),
        Column("不同", "update_count", NUMBER),
        Column("本平台没有", "new_count", NUMBER),
    ),
    order=("-uploaded_at", "-pk"),
    row=lambda batch: reverse("exchange:detail", args=[batch.pk]),
    empty=Empty("history", "还没有比对过", "上传对方的导出表开始第一次比对。"),
)


@requires(SEE, on=system_to_see)
def system(request: Request, found: OutsideSystem) -> HttpResponse:
    """When it was last in step, what differs now, and who has to act."""
    actor = request.actor
    compares = actor.may(found.sheet.permission, found.organization)
    running = open_comparison(found) if compares else None
    context: dict[str, object] = {
        "system": found,
        "state": _state(found),
        "figures": in_step(found),
        "may_keep": actor.may(KEEP, found.organization),
        "may_compare": may_compare(actor, found),
        "running": running,
        "history": HISTORY.of(request, found) if compares else "",
        "form": ComparisonForm(),
    }
    return render(request, "exchange/system.html", context)


@requires(KEEP, methods=("GET", "POST"))
def system_new(request: Request) -> HttpResponse:
    """Register a system."""
    form = SystemForm(request.POST or None, organizations=Organization.objects.standing())
    return submit(
        request,
        form,
        lambda data: actions.register(actor=request.actor, **data),
        template="exchange/system_new.html",
        done="已登记。现在可以上传它的导出表。",
        to=lambda made: reverse("exchange:system", args=[made.pk]),
    )


@requires(KEEP, on=system_to_keep, methods=("GET", "POST"))
def system_edit(request: Request, found: OutsideSystem) -> HttpResponse:
    """Change its name, keeper, rhythm, and whom to believe."""
    form = SystemEditForm(request.POST or None, system=found)
    return submit(
        request,
        form,
        lambda _data: actions.edit(actor=request.actor, system=found, **form.keywords()),
        template="exchange/system_edit.html",
        context={"system": found},
        done="已保存。",
        to=reverse("exchange:system", args=[found.pk]),
        turn=Turn(
            found,
            lambda: SystemEditForm(system=OutsideSystem.objects.get(pk=found.pk)),
            ("exchange.system_changed",),
        ),
    )


@requires(KEEP, on=system_to_keep, methods=("POST",))
def system_close(request: Request, found: OutsideSystem) -> HttpResponse:
    """It is compared with no more."""
    actions.close(actor=request.actor, system=found)
    messages.success(request, f"已停用“{found}”")
    return redirect("exchange:system", found.pk)


@requires(KEEP, on=system_to_keep, methods=("POST",))
def system_reopen(request: Request, found: OutsideSystem) -> HttpResponse:
    """It is compared with again."""
    actions.reopen(actor=request.actor, system=found)
    messages.success(request, f"已恢复使用“{found}”")
    return redirect("exchange:system", found.pk)


@requires(KEEP, on=system_to_keep, methods=("POST",))
def look_through(request: Request, found: OutsideSystem) -> HttpResponse:
    """Hold the differences that stand against what is on record now."""
    done = actions.look_through(actor=request.actor, system=found)
    messages.success(request, f"已重新核对，{done}处已经一致" if done else "已重新核对，差异都还在")
    return redirect("exchange:system", found.pk)


@requires(SIGNED_IN, on=system_to_compare, methods=("GET", "POST"))
def compare(request: Request, found: OutsideSystem) -> HttpResponse:
    """Upload its export."""
    form = ComparisonForm(request.POST or None, request.FILES or None)

    def act(_data: object) -> ImportBatch:
        return actions.upload_comparison(actor=request.actor, system=found, **form.keywords())

    with admitted(request.actor, found.sheet.permission):
        return submit(
            request,
            form,
            act,
            template="exchange/compare.html",
            context={"system": found, "sheet": found.sheet},
            to=lambda batch: reverse("exchange:detail", args=[batch.pk]),
        )


@requires(KEEP, on=system_to_keep, methods=("GET", "POST"))
def take_out(request: Request, found: OutsideSystem) -> HttpResponseBase:
    """Only the difference, for a stated purpose."""
    form = GoingBackForm(request.POST or None)
    if request.method == "POST":
        sheet = attempt(form, lambda data: actions.take_out_differences(actor=request.actor, system=found, **data))
        if sheet:
            return FileResponse(sheet, as_attachment=True, filename=f"{found}差异{clock.today():%Y%m%d}.xlsx")
    context = {"system": found, "form": form, "figures": in_step(found)}
    return render(request, "exchange/take_out.html", context, status=422 if form.is_bound else 200)
