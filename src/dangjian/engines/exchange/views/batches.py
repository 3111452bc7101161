"""Pages of imports: the list, upload, preview and result, and what is done with a batch as a whole."""

from collections.abc import Iterable, Mapping

from django.contrib import messages
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Length
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.exchange import actions, sheets
from dangjian.engines.exchange.actions.comparing import undecided
from dangjian.engines.exchange.checks import kinds
from dangjian.engines.exchange.forms.uploads import UploadForm
from dangjian.engines.exchange.layout import title
from dangjian.engines.exchange.models import (
    Believed,
    Difference,
    DifferenceKind,
    ImportBatch,
    ImportProblem,
    ImportRow,
    Outcome,
    SheetTemplate,
    State,
)
from dangjian.engines.exchange.picture import Drawing
from dangjian.engines.exchange.queries.batches import preview, preview_columns, usable, within_reach
from dangjian.engines.exchange.views.differences import KIND_TONES
from dangjian.engines.exchange.views.doors import batch_page, sheet_page, uploadable
from dangjian.kernel import parameters
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request
from dangjian.kernel.lists import MOMENT, NUMBER, STATE, Asked, Choice, Column, Empty, ListPage, Search, Start, page_of
from dangjian.kernel.lists import State as Shown
from dangjian.kernel.once import once_a_request
from dangjian.kernel.progress import progress_part
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import UNKNOWN_WORD, Sheet

PAGE = 20
WARNINGS = "warnings"
WORDS_SHOWN = 30
ENTERED = (Outcome.NEW, Outcome.UPDATE, Outcome.PROBLEM, Outcome.IGNORED)
ALIKE_FIRST = (Outcome.ALIKE, Outcome.DECIDE)
"""Outcomes that only rows of a comparison have."""


def _chosen_sheets(request: Request) -> list[Sheet]:
    """The one that the address asks for, or all that the actor may upload."""
    offered = uploadable(request)
    return [sheet for sheet in offered if sheet.code == parameters.text(request, "sheet")] or offered


def _chosen_sheet(asked: Asked) -> Sheet | None:
    chosen = _chosen_sheets(asked.request)
    return chosen[0] if len(chosen) == 1 else None


def _sheets(asked: Asked) -> list[tuple[str, str]]:
    offered = uploadable(asked.request)
    return [(sheet.code, sheet.title) for sheet in offered] if len(offered) > 1 else []


def _batches(request: Request) -> QuerySet[ImportBatch]:
    """Those whose organisation the actor may look after for their sheet."""
    reach = within_reach(request.actor, _chosen_sheets(request))
    return ImportBatch.objects.filter(reach).select_related("organization", "uploaded_by")


@once_a_request
def _numbers(request: Request) -> dict[str, int]:
    """How many batches there are in each state, and in all of them."""
    found = _batches(request).filter(file_name__icontains=parameters.text(request, "q"))
    numbers = dict(found.order_by().values_list("state").annotate(number=Count("pk")))
    return {"": sum(numbers.values()), **numbers}


def _states(asked: Asked) -> list[tuple[str, str]]:
    return [(state.value, state.label) for state in State if state.value in _numbers(asked.request)]


def _nothing(asked: Asked) -> Empty:
    sheet = _chosen_sheet(asked)
    if sheet is None:
        how = "从党组织表开始：下载模板，把要导入的表填在一个文件里上传；也可以一种一种地上传。"
        return Empty("table-import", "还没有导入过表格", how, Start("上传工作簿", "exchange:workbook_upload", "upload"))
    upload = Start(f"上传{sheet.words.noun}", lambda _asked: sheet.upload_url, "upload")
    return Empty("table-import", f"还没有导入过{sheet.words.noun}", sheet.words.empty, upload)


IMPORTS = ListPage(
    name="exchange:imports",
    title="表格导入",
    permission=SIGNED_IN,
    intro="把表格里的内容一次录入：先检查，再入库，入库后还可以整批撤销。",
    beside="exchange/_imports_buttons.html",
    below="exchange/_imports_order.html",
    more=lambda asked: {"sheet": _chosen_sheet(asked), "sheets": uploadable(asked.request)},
    rows=lambda asked: _batches(asked.request),
    columns=(
        Column("文件", "file_name", sort="file_name", key="file", width=32),
        Column("表格", "sheet.title"),
        Column("导入到", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("状态", lambda batch: Shown(batch.state, batch.state_title, batch.tone), STATE, sort="state"),
        Column("新增", "new_count", NUMBER, sort="-new_count", key="new"),
        Column("更新", "update_count", NUMBER, sort="-update_count", key="update"),
        Column("有问题", "problem_count", NUMBER, sort="-problem_count", key="problems"),
        Column("上传", "uploaded_by.name", sub=lambda batch: words.daytime(batch.uploaded_at)),
        Column("上传时间", "uploaded_at", MOMENT, on_page=False, width=20),
    ),
    order=("-uploaded_at",),
    row="exchange:detail",
    filters=(
        # ``_batches`` reads it: who may see a batch depends on its sheet
        Choice("sheet", "表格种类", _sheets, look="tabs", rows=lambda rows, _sheet: rows),
        Choice("state", "状态", _states, look="chips", counts=lambda asked: _numbers(asked.request)),
        Search("q", "文件名", lambda text: Q(file_name__icontains=text), longest=60),
    ),
    missed=lambda _asked: Empty("search-off", "没有找到这样的表格", "换个文件名或状态再试。"),
    empty=_nothing,
)


@sheet_page(methods=("GET", "POST"))
def upload(request: Request, sheet: Sheet) -> HttpResponse:
    """Choose a file and say where it goes."""
    organizations = Organization.objects.standing()
    form = UploadForm(request.POST or None, request.FILES or None, sheet=sheet, organizations=organizations)
    return submit(
        request,
        form,
        lambda _data: actions.upload(actor=request.actor, **form.keywords()),
        template="exchange/upload.html",
        context={"sheet": sheet, "sheets": usable(request.actor)},
        to=_uploaded,
    )


def _uploaded(batch: ImportBatch) -> str:
    """Where one goes on: to the workbook when the file had more sheets than one."""
    if batch.workbook_id:
        return reverse("exchange:workbook", args=[batch.workbook_id])
    return reverse("exchange:detail", args=[batch.pk])


@sheet_page()
def template(_request: Request, sheet: Sheet) -> HttpResponseBase:
    """The sheet to fill in."""
    return FileResponse(sheets.template(sheet), as_attachment=True, filename=f"{sheet.title}模板.xlsx")


@batch_page()
def detail(request: Request, batch: ImportBatch) -> HttpResponse:
    """A batch as it stands: being checked, to be put right, entered, undone."""
    context: dict[str, object] = {
        "batch": batch,
        "sheet": batch.sheet,
        # What is asked when rows are entered says nothing of a comparison.
        "said": () if batch.compares else batch.sheet.said(batch.answers),
        "kept_days": actions.KEPT.days,
        "following": _following(request, batch),
    }
    if batch.is_open:
        context |= _preview(request, batch) | (_comparison(batch) if batch.compares else {})
    elif batch.state == State.COMMITTED:
        context["next_steps"] = batch.sheet.next_steps(batch.organization)
        context["may_undo"] = batch.sheet.undo is not None
        unit = batch.sheet.words.unit
        context["undo_question"] = (
            f"撤销这次导入？新增的 {batch.new_count} {unit}会被删除，更新的 {batch.update_count} {unit}恢复原样。"
        )
        if batch.compares:
            context |= _finished(batch)
    return render(request, "exchange/detail.html", context)


def _finished(batch: ImportBatch) -> dict[str, object]:
    """What became of a comparison."""
    rows = Difference.objects.filter(batch=batch).order_by()
    taken = rows.exclude(taken_on=None).count()
    return {
        "taken": taken,
        "left": rows.filter(taken_on=None).count(),
        "undo_question": f"撤销这次比对？采用的 {taken} 处恢复原样，上一次比对的差异重新列出。",
    }


def _comparison(batch: ImportBatch) -> dict[str, object]:
    """How many differences there are of each kind, and how many are taken or left to decide."""
    rows = Difference.objects.filter(batch=batch).order_by()
    numbers = dict(rows.values_list("kind").annotate(number=Count("pk")))
    left = undecided(batch)
    decide = f"{words.number(batch.decide_count)} 行还没有认定" if batch.decide_count else ""
    believe = f"{words.number(left)} 处还没有定以谁为准" if left else ""
    return {
        "kinds": [
            {"code": kind.value, "title": kind.label, "number": numbers[kind], "tone": KIND_TONES[kind]}
            for kind in DifferenceKind
            if kind in numbers
        ],
        "difference_total": sum(numbers.values()),
        "undecided": left,
        "to_decide": ImportRow.objects.filter(batch=batch, outcome=Outcome.DECIDE).aggregate(first=Min("number"))["first"],
        "waits": "，".join(filter(None, (decide, believe))),
        "taking": rows.filter(believed=Believed.THEIRS, is_takeable=True).count(),
        "unknown_words": _unknown_words(batch),
        "template": SheetTemplate.objects.filter(key=batch.system.template_key).first() if batch.system else None,
    }


def _unknown_words(batch: ImportBatch) -> list[tuple[str, str, int]]:
    """Words of theirs that stand for nothing here, with their column and the number of rows, most frequent first."""
    problems = ImportProblem.objects.filter(batch=batch, kind=UNKNOWN_WORD).order_by()
    counted = problems.values_list("column", "shown").annotate(number=Count("pk")).order_by("-number", "shown")
    return [(title(batch.sheet, column), word, number) for column, word, number in counted[:WORDS_SHOWN]]


def _following(request: Request, batch: ImportBatch) -> ImportBatch | None:
    """The next sheet of the workbook that the actor may look after."""
    if batch.workbook_id is None:
        return None
    later = ImportBatch.objects.filter(workbook=batch.workbook_id, place__gt=batch.place).order_by("place")
    return next((one for one in later if request.actor.may(one.sheet.permission, batch.organization)), None)


def _preview(request: Request, batch: ImportBatch) -> dict[str, object]:
    problems = ImportProblem.objects.filter(batch=batch).select_related("batch")
    numbers = dict(problems.filter(is_warning=False).order_by().values_list("kind").annotate(number=Count("pk")))
    titles = kinds(batch.sheet)
    # A comparison is read record by record: what differs, not where it hangs.
    picture = None if batch.compares else batch.sheet.picture
    usual = "decide" if batch.decide_count else "picture" if picture else "rows"
    show = parameters.text(request, "show") or ("problems" if problems else usual)
    context: dict[str, object] = {
        "show": show,
        "name_title": title(batch.sheet, batch.sheet.name_column),
        "chips": [(kind, text, numbers[kind]) for kind, text in titles.items() if kind in numbers],
        "remedies": [step for kind, step in batch.sheet.remedies(batch.organization).items() if kind in numbers],
        "kind_chosen": parameters.text(request, "kind"),
        "outcome": parameters.one_of(request, "outcome", Outcome.values),
        "error_count": sum(numbers.values()),
        "problem_total": sum(numbers.values()) + batch.warning_count,
    }
    if picture and show == "picture":
        drawing = Drawing(batch, picture)
        context |= {"levels": drawing.levels, "branches": drawing.top()}
    elif show == "problems":
        context["page_obj"] = page_of(_chosen(request, problems, titles), request, PAGE)
    else:
        context |= _rows(request, batch, show)
    return context


def _chosen(request: Request, problems: QuerySet[ImportProblem], titles: Mapping[str, str]) -> QuerySet[ImportProblem]:
    kind = parameters.text(request, "kind")
    # As the eye goes through a row: B before AA.
    rows = problems.order_by("is_warning", "number", Length("cell"), "cell", "pk")
    if kind == WARNINGS:
        return rows.filter(is_warning=True)
    return rows.filter(kind=kind, is_warning=False) if kind in titles else rows


def _rows(request: Request, batch: ImportBatch, show: str) -> dict[str, object]:
    rows = ImportRow.objects.filter(batch=batch)
    outcome = parameters.one_of(request, "outcome", Outcome.values)
    if show == "decide":
        outcome = Outcome.DECIDE.value
    if outcome:
        rows = rows.filter(outcome=outcome)
    at = parameters.number(request, "at")
    place = None if at is None else rows.filter(number__lt=at).count() // PAGE + 1
    page_obj = page_of(rows, request if place is None else place, PAGE)
    listed: Iterable[ImportRow] = page_obj.object_list
    return {
        "page_obj": page_obj,
        "lines": preview(batch, listed),
        "outcomes": _outcomes(batch) if show != "decide" else (),
        "columns": preview_columns(batch.sheet),
        "at": at or 0,
    }


def _outcomes(batch: ImportBatch) -> list[tuple[str, str, int]]:
    """What becomes of rows, with its name and their number."""
    chosen = (*ALIKE_FIRST, *ENTERED) if batch.compares else ENTERED
    return [(one.value, batch.outcome_title(one), batch.outcome_count(one)) for one in chosen]


@batch_page()
def picture(request: Request, batch: ImportBatch) -> HttpResponse:
    """The nodes of the picture below one node (``?node=``), from a place on (``?from=``), for opening it where it stands."""
    if batch.sheet.picture is None or not batch.is_open:
        raise NotFound
    key, start = parameters.text(request, "node", 200), parameters.number(request, "from") or 0
    branches = Drawing(batch, batch.sheet.picture).branches(key, start)
    return render(request, "exchange/_branches.html", {"batch": batch, "branches": branches})


@batch_page()
def progress(request: Request, batch: ImportBatch) -> HttpResponse:
    """How far the background is."""
    return progress_part(request, batch.progress, page=reverse("exchange:detail", args=[batch.pk]))


@batch_page(methods=("POST",))
def check(request: Request, batch: ImportBatch) -> HttpResponse:
    """Check all rows again."""
    actions.start_check(actor=request.actor, batch=batch)
    return redirect("exchange:detail", batch.pk)


@batch_page(methods=("POST",))
def answer_for_columns(request: Request, batch: ImportBatch) -> HttpResponse:
    """Say that the unused columns of numbers do not belong to the sums."""
    actions.answer_for_columns(actor=request.actor, batch=batch)
    return redirect("exchange:detail", batch.pk)


@batch_page(methods=("POST",))
def commit(request: Request, batch: ImportBatch) -> HttpResponse:
    """Enter the batch."""
    actions.start_commit(actor=request.actor, batch=batch, leave_open=request.POST.get("leave_open") == "1")
    return redirect("exchange:detail", batch.pk)


@batch_page(methods=("POST",))
def undo(request: Request, batch: ImportBatch) -> HttpResponse:
    """Take the batch back."""
    actions.start_undo(actor=request.actor, batch=batch)
    return redirect("exchange:detail", batch.pk)


@batch_page(methods=("POST",))
def discard(request: Request, batch: ImportBatch) -> HttpResponse:
    """Delete a batch that was never entered."""
    actions.discard(actor=request.actor, batch=batch)
    messages.success(request, f"已删除{batch.sheet.words.noun}“{batch.file_name}”")
    return redirect("exchange:system", batch.system_id) if batch.system_id else redirect("exchange:imports")
