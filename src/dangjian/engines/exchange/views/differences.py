"""Differences: those of a comparison before it is taken, and those that stand until the next one."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.exchange import actions
from dangjian.engines.exchange.actions.answering import require_answering
from dangjian.engines.exchange.actions.comparing import undecided
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import (
    Believed,
    Delivery,
    Difference,
    DifferenceKind,
    ImportBatch,
    OutsideSystem,
)
from dangjian.engines.exchange.queries.differences import Sides, sides_of, titles
from dangjian.engines.exchange.queries.systems import BRANCH, OFFICE, THEY, acted_by, who_acts
from dangjian.engines.exchange.views.doors import SEE, comparison_to_look_after, delivery_to_correct, difference_to_answer
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound, Refusal
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import LINE, STATE, Asked, Choice, Column, Empty, ListPage, Loaded, RowAction, Several
from dangjian.kernel.lists import State as Shown
from dangjian.kernel.typed import number
from dangjian.org.gate import admitted
from dangjian.org.lists import OrganizationFilter
from dangjian.org.sheet_offers import Elsewhere

SIDES: Loaded[Sides] = Loaded("sides")
TONES = {Believed.THEIRS: "info", Believed.OURS: "good", Believed.ASK: "warn"}
KIND_TONES = {
    DifferenceKind.CHANGED: "warn",
    DifferenceKind.LACKING: "neutral",
    DifferenceKind.ADDED: "info",
    DifferenceKind.GONE: "bad",
}
ACTING = {THEY: "对方维护人员", BRANCH: "党支部", OFFICE: "党务部门"}


def _present(rows: list[Any], _asked: Asked) -> None:
    """Both sides of the rows of one page: one reading for each comparison among them."""
    by_batch: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_batch[row.batch_id].append(row)
    for some in by_batch.values():
        batch = some[0].batch
        for row, sides in zip(some, sides_of(batch.sheet, batch.organization, some), strict=True):
            SIDES.put(row, sides)


def _believed(row: Any) -> Shown:
    if SIDES.of(row).agrees:
        return Shown("settled", "已一致", "neutral")
    if not row.is_takeable and row.believed == Believed.THEIRS:
        return Shown(row.believed, "另行办理", "neutral")
    return Shown(row.believed, row.get_believed_display(), TONES[Believed(row.believed)])


def _kind(row: Any) -> Shown:
    return Shown(row.kind, row.get_kind_display(), KIND_TONES[DifferenceKind(row.kind)])


def procedure(row: Difference) -> Elsewhere | None:
    """What is done about a difference that entering does not take over."""
    sheet = row.batch.sheet
    if row.kind == DifferenceKind.ADDED:
        return sheet.added
    if row.kind == DifferenceKind.GONE:
        return sheet.gone
    return columns(sheet)[row.column].elsewhere


def _address(row: Any) -> str:
    elsewhere = procedure(row)
    return elsewhere.url(row.record_id or 0) if elsewhere else ""


def _how(row: Any) -> str:
    elsewhere = procedure(row)
    return f"由“{elsewhere.title}”办理" if elsewhere else ""


def _kinds(asked: Asked) -> list[tuple[str, str]]:
    numbers = _numbers(asked)
    return [(kind.value, kind.label) for kind in DifferenceKind if kind in numbers]


def _numbers(asked: Asked) -> dict[str, int]:
    rows = Difference.objects.filter(batch=asked.of).order_by()
    found = dict(rows.values_list("kind").annotate(number=Count("pk")))
    return {"": sum(found.values()), **found}


def _items(asked: Asked) -> list[tuple[str, str]]:
    batch: Any = asked.of
    rows = Difference.objects.filter(batch=batch).order_by()
    return titles(batch.sheet, rows.values_list("column", flat=True).distinct())


def _of_batch(asked: Asked) -> QuerySet[Difference]:
    rows: QuerySet[Difference] = Difference.objects.filter(batch=asked.of)
    return rows.select_related("organization", "batch__system", "batch__organization")


def _crumbs(asked: Asked) -> list[tuple[str, str]]:
    batch: Any = asked.of
    system: OutsideSystem = batch.system
    return [
        ("外部系统", reverse("exchange:systems")),
        (system.title, reverse("exchange:system", args=[system.pk])),
        (batch.file_name, reverse("exchange:detail", args=[batch.pk])),
    ]


def _intro(asked: Asked) -> str:
    batch: Any = asked.of
    left = undecided(batch) if batch.is_open else 0
    return f"还有{left}处要定以谁为准。" if left else "没有要选定的了，可以回到比对页采用。" if batch.is_open else ""


def _said(asked: Asked) -> HttpResponse:
    """Whom to believe in the rows ticked, or in all that are asked for."""
    batch: Any = asked.of
    post = asked.request.POST
    everywhere = post.get("all", "")
    ticked = [pk for value in post.getlist("difference") if (pk := number(value))]
    chosen = list(asked.rows.values_list("pk", flat=True)) if everywhere else ticked
    if not chosen:
        messages.error(asked.request, "还没有勾选差异。")
        return redirect(asked.request.get_full_path())
    try:
        with admitted(asked.request.actor, batch.sheet.permission):
            believed = everywhere or post.get("ticked", "")
            done = actions.believe(actor=asked.request.actor, batch=batch, believed=believed, differences=chosen)
    except Refusal as refusal:
        messages.error(asked.request, refusal.brief)
        return redirect(asked.request.get_full_path())
    left = len(chosen) - done
    said = f"，{left}处不能采用：对方空着的不算改成空白，另有手续的要另行办理" if left else ""
    messages.success(asked.request, f"已选定{done}处{said}")
    return redirect(asked.request.get_full_path())


COMPARED = ListPage(
    name="exchange:compared",
    title="逐项比对",
    permission=SIGNED_IN,
    of=comparison_to_look_after,
    crumbs=_crumbs,
    intro=_intro,
    rows=_of_batch,
    columns=(
        Column("姓名或名称", lambda row: SIDES.of(row).name, sub="organization.short_name"),
        Column("差异", _kind, STATE),
        Column("项目", lambda row: SIDES.of(row).column, LINE, sort="column"),
        Column("对方", lambda row: SIDES.of(row).theirs),
        Column("本平台", lambda row: SIDES.of(row).ours, sub=_how),
        Column("以谁为准", _believed, STATE, sort="believed"),
    ),
    order=("number", "pk"),
    row=_address,
    load=_present,
    filters=(
        Choice("kind", "差异", _kinds, "全部", look="tabs", counts=_numbers),
        Choice("column", "项目", _items, "全部项目"),
        Choice("believed", "以谁为准", Believed.choices, "不限"),
        OrganizationFilter(field="organization"),
    ),
    several=Several(
        "difference",
        called=lambda row: f"{SIDES.of(row).name}{SIDES.of(row).column}",
        form="exchange/_believe.html",
        may=lambda row, _asked: row.batch.is_open,
    ),
    posted=_said,
    more=lambda asked: {"batch": asked.of, "believed": Believed.choices},
    empty=Empty("circle-check", "没有差异", "对方的表和本平台的记录一致。"),
    has_sheet=False,  # what differs goes out for a stated purpose, by ``exchange:take_out``
)


def _standing(_asked: Asked) -> QuerySet[Difference]:
    rows: QuerySet[Difference] = Difference.objects.filter(stands=True)
    return rows.select_related("organization", "batch__system", "batch__organization")


def _systems(_asked: Asked) -> list[tuple[str, str]]:
    rows = Difference.objects.filter(stands=True).order_by()
    found = rows.values_list("batch__system", "batch__system__title").distinct()
    return sorted(((str(pk), title) for pk, title in found), key=lambda pair: pair[1])


def _standing_items(_asked: Asked) -> list[tuple[str, str]]:
    rows = Difference.objects.filter(stands=True).exclude(column="").order_by()
    found: dict[str, str] = {}
    for code, sheet in rows.values_list("column", "batch__sheet_code").distinct():
        column = ImportBatch(sheet_code=sheet).sheet
        found |= dict(titles(column, [code]))
    return list(found.items())


def _mine(row: Any, asked: Asked) -> bool:
    return may(require_answering, asked.request.actor, row)


def _saying(believed: Believed, icon: str) -> RowAction[Any]:
    """A button by which whoever answers for the record says who is right."""
    return RowAction(
        believed.label,
        "exchange:answer_difference",
        may=lambda row, asked: row.believed != believed and _mine(row, asked),
        icon=icon,
        tone="",
        sends=lambda _row: {"believed": believed.value},
    )


DIFFERENCES = ListPage(
    name="exchange:differences",
    title="与外部系统的差异",
    permission=SEE,
    crumbs=(("外部系统", "exchange:systems"),),
    crumb="差异",
    intro="每次比对后没有采用的差异，到下次比对为止。本平台写错的改档案，对方写错的点“以本平台为准”，由维护人员带回去改。",
    rows=_standing,
    columns=(
        Column("姓名或名称", lambda row: SIDES.of(row).name, sub="organization.short_name"),
        Column("外部系统", "batch.system.title", sort="batch__system__title", key="system"),
        Column("差异", _kind, STATE),
        Column("项目", lambda row: SIDES.of(row).column, LINE, sort="column"),
        Column("对方", lambda row: SIDES.of(row).theirs),
        Column("本平台", lambda row: SIDES.of(row).ours, sub=_how),
        Column("以谁为准", _believed, STATE, sort="believed"),
        Column("谁来办", lambda row: ACTING[who_acts(row.kind, row.believed)], LINE, key="who"),
    ),
    order=("organization__path", "record_id", "pk"),
    row=_address,
    load=_present,
    menu=lambda row: f"{SIDES.of(row).name}{SIDES.of(row).column}",
    actions=(_saying(Believed.OURS, "check"), _saying(Believed.ASK, "help-circle")),
    filters=(
        Choice(
            "who",
            "谁来办",
            list(ACTING.items()),
            "全部",
            rows=lambda rows, who: acted_by(rows, who) if who else rows,
            look="chips",
        ),
        Choice("system", "外部系统", _systems, "全部系统", field="batch__system"),
        Choice("kind", "差异", DifferenceKind.choices, "全部差异"),
        Choice("column", "项目", _standing_items, "全部项目"),
        OrganizationFilter(field="organization"),
    ),
    empty=Empty("circle-check", "没有差异", "和外部系统比对以后，还不一致的会列在这里。"),
    has_sheet=False,  # what differs goes out for a stated purpose, by ``exchange:take_out``
)


@requires(SEE, on=difference_to_answer, methods=("POST",))
def answer_difference(request: Request, difference: Difference) -> HttpResponse:
    """Say that ours is right, or that it is to be asked after all."""
    believed = request.POST.get("believed", "")
    actions.answer_difference(actor=request.actor, difference=difference, believed=believed)
    messages.success(request, f"已登记：{Believed(believed).label}")
    return redirect("exchange:differences")


@requires(SEE, on=delivery_to_correct, methods=("GET", "POST"))
def say_wrong(request: Request, delivery: Delivery, column: str) -> HttpResponse:
    """An item that a system delivered is wrong: it is told to them, and asked on the record again."""
    batch = delivery.batch
    known = columns(batch.sheet)
    if column not in known:
        raise NotFound
    back = batch.sheet.record_url(delivery.record_id) if batch.sheet.record_url else reverse("exchange:differences")
    if request.method == "POST":
        actions.say_wrong(actor=request.actor, delivery=delivery, column=column)
        messages.success(request, f"已登记{batch.system}的“{known[column].title}”不对。请在这里填上正确的内容。")
        return redirect(back)
    context = {"delivery": delivery, "system": batch.system, "title": known[column].title, "back": back}
    return render(request, "exchange/say_wrong.html", context)
