"""Templates: the list of them, what one says, copying, changing, trying, handing on, and taking out what is on record."""

import io
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.exchange import actions, writing
from dangjian.engines.exchange.definition import BELIEVED, DATE_FORMS, MOST_COLUMNS, NUMBER_FORMS, Definition
from dangjian.engines.exchange.forms.templates import (
    COLUMNS,
    ColumnRows,
    NewTemplateForm,
    ReceiveForm,
    TakeOutForm,
    TakeOutSetForm,
    TemplateForm,
    TitleForm,
    TryForm,
    contents_of,
    definition_of,
    initial_of,
    item_choices,
    rows_of,
)
from dangjian.engines.exchange.handing_on import MOST_BYTES
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import OutsideSystem, SheetTemplate, TemplateVersion
from dangjian.engines.exchange.models.templates import SHIPPED
from dangjian.engines.exchange.queries.templates import tried
from dangjian.engines.exchange.views.access import (
    goes_out,
    keeper,
    out_permissions,
    sets_seen,
    sets_to_take_out,
    sheets_seen,
    template_to_change,
    template_to_copy,
    template_to_retire,
    template_to_see,
    template_to_take_out,
    template_to_try,
)
from dangjian.kernel import form_rows, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound, Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import DAY, LINE, STATE, Asked, Choice, Column, Empty, ListPage, Search, Start
from dangjian.kernel.lists import State as Shown
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.ui.done import say_done
from dangjian.org.gate import admitted
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Sheet

CRUMBS = (("表格导入", "exchange:imports"),)
LATEST: Loaded[TemplateVersion] = Loaded("latest_version")
PLATFORM, OWN, RETIRED = "platform", "own", "retired"
FROM = ((OWN, "本单位的"), (PLATFORM, "随平台提供"), (RETIRED, "已停用"))


def _rows(asked: Asked) -> QuerySet[SheetTemplate]:
    return SheetTemplate.objects.filter(sheet_code__in=[sheet.code for sheet in sheets_seen(asked.request)])


def _from(rows: QuerySet[Any], chosen: str) -> QuerySet[Any]:
    if chosen == RETIRED:
        return rows.exclude(retired_at=None)
    rows = rows.filter(retired_at=None)
    shipped = Q(key__startswith=SHIPPED)
    return rows.filter(shipped) if chosen == PLATFORM else rows.exclude(shipped) if chosen == OWN else rows


def _state(one: SheetTemplate) -> Shown:
    if one.retired_at:
        return Shown(RETIRED, "已停用")
    return Shown(PLATFORM, "随平台提供", "info") if one.is_shipped else Shown(OWN, "本单位的", "good")


def _load(rows: list[SheetTemplate], _asked: Asked) -> None:
    """The latest version of each, with one question."""
    latest = {one.template_id: one for one in TemplateVersion.objects.filter(template__in=rows).order_by("number")}
    for one in rows:
        LATEST.put(one, latest[one.pk])


def _has_sets(asked: Asked) -> bool:
    return bool(sets_seen(asked.request))


def _keeps(asked: Asked) -> bool:
    return asked.request.actor.may(actions.KEEP_TEMPLATES)


TEMPLATES = ListPage(
    name="exchange:templates",
    title="表格模板",
    permission=SIGNED_IN,
    of=sheets_seen,
    crumbs=CRUMBS,
    intro="别的系统的表怎样对应本平台的项目：列名、次序、选项的写法。导入时按它读，导出时按它写。",
    rows=_rows,
    columns=(
        Column("模板", "title", sort="title"),
        Column("表格", "sheet.title", sort="sheet_code", key="sheet"),
        Column("制发单位", lambda one: LATEST.of(one).meaning.issued_by, key="issued_by", on_phone=False),
        Column("版本", lambda one: f"第{LATEST.of(one).number}版", LINE),
        Column("修改时间", "changed_at", DAY, sort="-changed_at", key="changed", on_phone=False),
        Column("来源", _state, STATE, key="from"),
    ),
    order=("sheet_code", "title"),
    load=_load,
    row="exchange:sheet_template",
    filters=(
        Choice("from", "来源", list(FROM), look="chips", rows=_from),
        Choice(
            "sheet",
            "表格种类",
            lambda asked: [(sheet.code, sheet.title) for sheet in sheets_seen(asked.request)],
            field="sheet_code",
        ),
        Search("q", "模板名称", lambda text: Q(title__icontains=text), longest=60),
    ),
    starts=(
        Start("导出整套", "exchange:sheet_template_set", "file-export", may=_has_sets, is_primary=False),
        Start("导入模板文件", "exchange:sheet_template_receive", "file-import", may=_keeps, is_primary=False),
        Start("按文件新建", "exchange:sheet_template_new", "plus", may=_keeps),
    ),
    missed=lambda _asked: Empty("search-off", "没有找到这样的模板", "换个名称或来源再试。"),
    empty=Empty("template", "没有您可以用的模板", "有了导入或导出的权限以后，在这里看到对应的模板。"),
    has_sheet=False,
)


@requires(SIGNED_IN, on=template_to_see)
def template(request: Request, one: SheetTemplate) -> HttpResponse:
    """What a version says, and what may be done with the template."""
    version = _version(request, one)
    actor, sheet = request.actor, one.sheet
    meaning = version.meaning
    context = {
        **_about(one, version),
        "crumbs": _crumbs(),
        "versions": one.versions.select_related("made_by").order_by("-number"),
        "meaning": meaning,
        "facts": _facts(meaning, version),
        "lines": _lines(meaning, sheet),
        "may_keep": actor.may(actions.KEEP_TEMPLATES),
        "may_change": may(actions.require_changing, actor, one),
        "may_take_out": goes_out(actor, sheet),
        "may_upload": actor.may(sheet.permission),
        "systems": _systems(request, one),
    }
    return render(request, "exchange/sheet_template.html", context)


def _systems(request: Request, one: SheetTemplate) -> list[OutsideSystem]:
    """The systems whose export is read by the template, of those that the actor keeps."""
    if not request.actor.may("exchange.keep_systems"):
        return []
    with admitted(request.actor, "exchange.keep_systems"):
        return list(OutsideSystem.objects.filter(template_key=one.key, closed_on=None).select_related("organization"))


def _crumbs(one: SheetTemplate | None = None) -> list[tuple[str, str]]:
    """The pages above one of a template."""
    above = [("表格导入", reverse("exchange:imports")), ("表格模板", reverse("exchange:templates"))]
    return [*above, (one.title, reverse("exchange:sheet_template", args=[one.pk]))] if one else above


def _about(one: SheetTemplate, version: TemplateVersion) -> dict[str, object]:
    """What every page of a template shows; ``asked`` keeps to the version that is looked at."""
    is_latest = version.number == one.latest.number
    asked = "" if is_latest else f"?version={version.number}"
    return {"template": one, "version": version, "sheet": one.sheet, "is_latest": is_latest, "asked": asked}


def _version(request: Request, one: SheetTemplate) -> TemplateVersion:
    """The version that ``?version=`` names, by default the latest."""
    number = parameters.number(request, "version")
    found = one.versions.filter(number=number).first() if number else one.latest
    if found is None:
        raise NotFound
    return found


def _facts(meaning: Definition, version: TemplateVersion) -> list[tuple[str, str]]:
    return [
        (title, text)
        for title, text in (
            ("制发单位", meaning.issued_by),
            ("年份", f"{meaning.year}年" if meaning.year else ""),
            ("成套", meaning.set),
            ("工作表", meaning.worksheet),
            ("表头上面的标题", "；".join(meaning.above)),
            ("日期", DATE_FORMS[meaning.dates]),
            ("数字", NUMBER_FORMS[meaning.numbers]),
            ("官方表样", f"有，从第{meaning.first_row or 2}行开始填" if version.form else ""),
            ("来自", version.came_from),
        )
        if text
    ]


def _lines(meaning: Definition, sheet: Sheet) -> list[dict[str, object]]:
    known = columns(sheet)
    out = sheet.out.worked_out if sheet.out else {}
    return [
        {
            "column": column,
            "item": known[column.item].title if column.item in known else out.get(column.item, ""),
            "goes_out_only": column.item in out,
            "believed": BELIEVED[column.believed] if column.believed else "",
        }
        for column in meaning.columns
    ]


@requires(SIGNED_IN, on=template_to_copy, methods=("GET", "POST"))
def template_copy(request: Request, one: SheetTemplate) -> HttpResponse:
    """A template of one's own that begins as this one."""
    version = _version(request, one)
    form = TitleForm(request.POST or None, initial={"title": f"{one.title}（本单位）"[:60]})
    return submit(
        request,
        form,
        lambda data: actions.copy_template(actor=request.actor, version=version, **data),
        template="exchange/form_page.html",
        context={
            "crumbs": _crumbs(one),
            "title": "复制模板",
            "intro": f"以“{one.title}”第{version.number}版为底，改成您要的样子。",
            "send": "复制",
            "icon": "copy",
            "back": reverse("exchange:sheet_template", args=[one.pk]),
        },
        done="已复制。请按对方的表改列名和对应项目。",
        to=lambda made: reverse("exchange:sheet_template_edit", args=[made.pk]),
    )


@requires(SIGNED_IN, on=keeper, methods=("GET", "POST"))
def template_new(request: Request, sheets: list[Sheet]) -> HttpResponse:
    """A template with the columns of a file."""
    form = NewTemplateForm(request.POST or None, request.FILES or None, sheets=sheets)
    return submit(
        request,
        form,
        lambda _data: actions.make_from_file(actor=request.actor, **form.keywords()),
        template="exchange/form_page.html",
        context={
            "crumbs": _crumbs(),
            "title": "按文件新建模板",
            "intro": "拿对方系统导出的一个文件，平台照它的表头建好模板；认得的列自动对上，其余的由您来选。",
            "send": "建立模板",
            "icon": "plus",
            "back": reverse("exchange:templates"),
        },
        done="已按文件的表头建好模板。认得的列已经对上，请给其余的列选好项目。",
        to=lambda made: reverse("exchange:sheet_template_edit", args=[made.pk]),
    )


@requires(SIGNED_IN, on=template_to_change, methods=("GET", "POST"))
def template_edit(request: Request, one: SheetTemplate) -> HttpResponse:
    """Change a template; every saving is another version."""
    sheet, latest = one.sheet, one.latest
    items = item_choices(sheet)
    if "part" in request.POST:
        changed = form_rows.change(request.POST, request.POST["part"], [COLUMNS], most=MOST_COLUMNS)
        return _edit_page(request, one, *_shown_again(changed, items, latest))
    data = request.POST if request.method == "POST" else None
    initial = {**initial_of(latest.meaning), "based_on": latest.number}
    form = TemplateForm(data, request.FILES or None, initial=initial)
    rows = ColumnRows(data, prefix=COLUMNS, initial=list(rows_of(latest.meaning)), form_kwargs={"items": items})
    if data is None or not all((form.is_valid(), rows.is_valid())):
        return _edit_page(request, one, form, rows)
    file = form.cleaned_data["form"]

    def save(values: Mapping[str, Any]) -> TemplateVersion:
        return actions.save_template(
            actor=request.actor,
            template=one,
            based_on=values["based_on"],
            definition=definition_of(sheet, form.content(), contents_of(rows)),
            reason=values["reason"],
            form=file.read() if file else None,
            drop_form=values["drop_form"],
        )

    made = attempt(form, save)
    if made is None:
        return _edit_page(request, one, form, rows)
    say_done(request, f"已存为第{made.number}版。可以拿一个文件试读。")
    return redirect("exchange:sheet_template", one.pk)


def _shown_again(data: QueryDict, items: list[tuple[str, str]], latest: TemplateVersion) -> tuple[TemplateForm, Any]:
    """Both forms with what was typed, not judged yet."""
    named = {name: data[name] for name in TemplateForm.base_fields if name in data}
    form = TemplateForm(initial={"based_on": latest.number, **named})
    typed = form_rows.typed(data, COLUMNS, most=MOST_COLUMNS)
    return form, ColumnRows(prefix=COLUMNS, initial=typed, form_kwargs={"items": items})


def _edit_page(request: Request, one: SheetTemplate, form: TemplateForm, rows: Any) -> HttpResponse:
    wrong = (form.is_bound and form.errors) or (rows.is_bound and not rows.is_valid())
    context = {"template": one, "form": form, "rows": rows, "crumbs": _crumbs(one), "has_form": one.latest.form is not None}
    page = "exchange/_sheet_template_form.html" if request.htmx else "exchange/sheet_template_edit.html"
    return render(request, page, context, status=422 if wrong else 200)


@requires(SIGNED_IN, on=template_to_try, methods=("GET", "POST"))
def template_try(request: Request, one: SheetTemplate) -> HttpResponse:
    """Read a file by the template and show what would be read; nothing is taken in."""
    sheet, version = one.sheet, _version(request, one)
    with admitted(request.actor, sheet.permission):
        places = Organization.objects.standing()
        form = TryForm(request.POST or None, request.FILES or None, noun=sheet.words.noun, organizations=places)
        trial = None
        if form.is_bound and form.is_valid():
            data = form.keywords()
            try:
                trial = tried(version.meaning, sheet, data["organization"], data["file"], data["file_name"], actions.LIMITS)
            except Refusal as refusal:
                show_refusal(form, refusal)
        may_change = may(actions.require_changing, request.actor, one)
        context = {**_about(one, version), "crumbs": _crumbs(one), "form": form, "trial": trial, "may_change": may_change}
        status = 422 if form.is_bound and form.errors else 200
        return render(request, "exchange/sheet_template_try.html", context, status=status)


@requires(SIGNED_IN, on=template_to_see)
def template_blank(request: Request, one: SheetTemplate) -> HttpResponseBase:
    """The sheet of the template with nothing in it, to be filled in."""
    version = _version(request, one)
    form = bytes(version.form) if version.form is not None else None
    file = writing.filled_in(form, version.meaning, one.sheet, ()) if form else writing.workbook(version.meaning, one.sheet, ())
    return FileResponse(file, as_attachment=True, filename=f"{one.title}（空表）.xlsx")


@requires(SIGNED_IN, on=template_to_see)
def template_file(_request: Request, one: SheetTemplate) -> HttpResponseBase:
    """All versions as one file, for another unit."""
    return FileResponse(io.BytesIO(actions.hand_on(one)), as_attachment=True, filename=f"{one.title}.json")


@requires(SIGNED_IN, on=keeper, methods=("GET", "POST"))
def template_receive(request: Request, _sheets: list[Sheet]) -> HttpResponse:
    """Take in the template of another unit."""
    form = ReceiveForm(request.POST or None, request.FILES or None)
    return submit(
        request,
        form,
        lambda data: actions.receive_template(actor=request.actor, content=data["file"].read(MOST_BYTES + 1)),
        template="exchange/form_page.html",
        context={
            "crumbs": _crumbs(),
            "title": "导入模板文件",
            "intro": "兄弟单位做好的模板，连同历次版本一起导入。已有的同一模板，只补上没有的版本。",
            "send": "导入模板",
            "icon": "file-import",
            "back": reverse("exchange:templates"),
        },
        done="模板已导入。请拿一个文件试读，确认读得对再用。",
        to=lambda made: reverse("exchange:sheet_template", args=[made.pk]),
    )


@requires(SIGNED_IN, on=template_to_take_out, methods=("GET", "POST"))
def template_take_out(request: Request, one: SheetTemplate) -> HttpResponseBase:
    """Say whose records leave, and for what; the answer is the workbook."""
    sheet, version = one.sheet, _version(request, one)
    out = actions.require_out(sheet)
    with admitted(request.actor, out.permissions[-1]):
        form = TakeOutForm(request.POST or None, organizations=Organization.objects.standing(), needs_purpose=out.needs_purpose)
        if request.method == "POST":
            file = attempt(form, lambda data: actions.take_out(actor=request.actor, version=version, **data))
            if file is not None:
                return FileResponse(file, as_attachment=True, filename=f"{one.title}.xlsx")
        context = {
            "form": form,
            "crumbs": _crumbs(one),
            "title": "导出数据",
            "intro": f"把本平台的{sheet.words.subject}按“{one.title}”第{version.number}版的列和写法导出成一个文件。",
            "send": "导出",
            "icon": "file-export",
            "is_download": True,
            "back": reverse("exchange:sheet_template", args=[one.pk]),
        }
        return render(request, "exchange/form_page.html", context, status=422 if form.is_bound and form.errors else 200)


@requires(SIGNED_IN, on=sets_to_take_out, methods=("GET", "POST"))
def template_set(request: Request, sets: dict[str, list[TemplateVersion]]) -> HttpResponseBase:
    """A whole set as one workbook."""
    permissions = {one for versions in sets.values() for version in versions for one in out_permissions(version)}
    with admitted(request.actor, min(permissions)):
        form = TakeOutSetForm(request.POST or None, sets=list(sets), organizations=Organization.objects.standing())
        if request.method == "POST":
            file = attempt(
                form,
                lambda data: actions.take_out_set(actor=request.actor, versions=sets[data.pop("set")], **data),
            )
            if file is not None:
                return FileResponse(file, as_attachment=True, filename=f"{form.data['set']}.xlsx")
        context = {
            "form": form,
            "crumbs": _crumbs(),
            "title": "导出整套",
            "intro": "一套模板合成一个工作簿，一张表一个工作表；您没有导出权限的表不在里面。",
            "send": "导出",
            "icon": "file-export",
            "is_download": True,
            "back": reverse("exchange:templates"),
        }
        return render(request, "exchange/form_page.html", context, status=422 if form.is_bound and form.errors else 200)


@requires(SIGNED_IN, on=template_to_retire, methods=("POST",))
def template_retire(request: Request, one: SheetTemplate) -> HttpResponse:
    """Take a template out of the choices."""
    actions.retire_template(actor=request.actor, template=one)
    say_done(request, f"“{one.title}”已停用，以前按它导入的不受影响。")
    return redirect("exchange:sheet_template", one.pk)


@requires(SIGNED_IN, on=template_to_retire, methods=("POST",))
def template_restore(request: Request, one: SheetTemplate) -> HttpResponse:
    """Put a template among the choices again."""
    actions.restore_template(actor=request.actor, template=one)
    say_done(request, f"“{one.title}”已恢复使用。")
    return redirect("exchange:sheet_template", one.pk)
