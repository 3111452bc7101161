"""Photos and papers of a meeting, and the documents made of it: record and yearly register."""

import io
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from PIL import Image, ImageOps

from dangjian.activities.meetings import actions, documents
from dangjian.activities.meetings.forms.papers import UploadForm
from dangjian.activities.meetings.models import Attachment, Meeting, RegisterPaper, Status
from dangjian.activities.meetings.views.access import meeting_to_read, meeting_to_record, to_tab
from dangjian.activities.meetings.views.home import counted, listed
from dangjian.kernel import clock
from dangjian.kernel.documents import TYPES, download, form_of
from dangjian.kernel.errors import Conflict, NotFound, PermissionDenied, Refusal
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import DAY, NUMBER, STATE, Column, PageFilters, State, Table
from dangjian.kernel.lists.within import Within, chosen
from dangjian.kernel.periods import YEAR
from dangjian.kernel.progress import progress_part
from dangjian.kernel.typed import number
from dangjian.kernel.ui import words
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, chosen_in
from dangjian.org.making import KEPT, Making
from dangjian.org.models import Kind, Organization
from dangjian.org.views.access import organization_of

THUMBNAIL = (480, 360)


@requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
def upload(request: Request, meeting: Meeting) -> HttpResponse:
    """Attach several files at once; those refused are named with the reason, the others are kept."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, "请先选择要上传的文件。")
        return to_tab(meeting, "attachments")
    kept = 0
    for file in form.cleaned_data["uploads"]:
        try:
            actions.attach(actor=request.actor, meeting=meeting, file=file, kind=form.cleaned_data["kind"])
        except (PermissionDenied, NotFound):
            raise
        except Refusal as refusal:
            messages.error(request, f"“{file.name}”没有上传：{refusal.text}")
        else:
            kept += 1
    if kept:
        messages.success(request, f"已上传 {kept} 个文件。")
    return to_tab(meeting, "attachments")


def attachment_to_read(request: Request, pk: int, attachment_pk: int) -> Attachment:
    """A file of a meeting, for whoever may read the meeting."""
    found: Attachment = find(meeting_to_read(request, pk).attachments.all(), pk=attachment_pk)
    return found


def attachment_to_record(request: Request, pk: int, attachment_pk: int) -> Attachment:
    """A file of a meeting, for somebody who keeps its record."""
    found: Attachment = find(meeting_to_record(request, pk).attachments.all(), pk=attachment_pk)
    return found


@requires(SIGNED_IN, on=attachment_to_read)
def attachment(_request: Request, row: Attachment) -> HttpResponseBase:
    """A file of the meeting: pictures are shown, everything else is downloaded."""
    try:
        file = row.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, as_attachment=not row.is_image, filename=row.title, content_type=row.content_type)


@requires(SIGNED_IN, on=attachment_to_read)
def thumbnail(_request: Request, row: Attachment) -> HttpResponse:
    """A picture of the meeting, small."""
    if not row.is_image:
        raise Http404
    try:
        with row.file.open("rb") as file, Image.open(file) as picture:
            small = ImageOps.fit(picture.convert("RGB"), THUMBNAIL)
    except FileNotFoundError:
        raise Http404 from None
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return HttpResponse(out.getvalue(), content_type="image/jpeg")


@requires(SIGNED_IN, on=attachment_to_record, methods=("POST",))
def detach(request: Request, row: Attachment) -> HttpResponse:
    """Take an attachment off."""
    actions.detach(actor=request.actor, attachment=row)
    messages.success(request, "附件已删除。")
    return to_tab(row.meeting, "attachments")


@requires(SIGNED_IN, on=meeting_to_read)
def record_paper(_request: Request, meeting: Meeting, form: str) -> HttpResponse:
    """The official record of a meeting, as ``docx`` or ``pdf``."""
    wanted = form_of(form)
    if not meeting.took_place:
        raise Conflict("会议还没有结束，没有会议记录可以下载。", how="请在会议结束后再下载。")
    return download(documents.record(meeting, wanted), f"{meeting.title}会议记录.{form}")


OF_A_REGISTER = (Kind.BRANCH, Kind.GROUP)
FILTERS = PageFilters(
    filters=(
        OrganizationFilter(label="党支部", kinds=OF_A_REGISTER, usual="请选择"),
        Within("year", "年份", pers=(YEAR,)),
    )
)


def _in_register(row: Any) -> str:
    link = format_html('<a href="{}">{}</a>', reverse("meetings:detail", args=[row.pk]), row.title)
    return format_html('<span>{} <span class="faint">{}</span></span>', link, row.whose) if row.whose else link


OF_YEAR: Table[Any] = Table(
    "这一年的会议",
    (
        Column("会议", "title", drawn=_in_register),
        Column("日期", "held_on", DAY, drawn=lambda row: words.short_day(row.held_on)),
        Column("类型", "kind_titles"),
        Column("到会", "came", NUMBER, drawn=lambda row: f"{row.came} / {row.due}"),
        Column("档案编号", "number"),
        Column("状态", lambda row: State(row.status, row.word, row.tone), STATE),
    ),
)


def _table_of(organization: Organization | None, meetings: list[Any]) -> str:
    """The meetings of a register; those of a group say whose they are."""
    for row in meetings:
        row.whose = row.organization.short_name if row.organization != organization else ""
    return OF_YEAR.of(meetings)


@requires("meetings.view")
def register(request: Request) -> HttpResponse:
    """The yearly register (党支部工作手册) of a branch: what will be in it, and its documents."""
    branches = Organization.objects.standing().filter(kind__in=OF_A_REGISTER).order_by("path")
    first = branches.first()
    asked = FILTERS.asked(request, **({"organization": str(first.pk)} if first else {}))
    organization = chosen_in(asked, branches)
    year = chosen(asked.values, "year").start.year
    rows = Meeting.objects.none()
    if organization is not None:
        rows = Meeting.objects.filter(organization__body_path=organization.path, held_on__year=year)
        rows = rows.exclude(status__in=(Status.DRAFT, Status.CANCELLED)).order_by("held_on", "pk")
    meetings = listed(counted(rows))
    papers = RegisterPaper.objects.filter(organization=organization, year=year).exclude(state=Making.FAILED)
    context = {
        **FILTERS.shown(asked),
        "organization": organization,
        "year": year,
        "meetings": meetings,
        "table": _table_of(organization, meetings),
        "unfinished": sum(row.status != Status.CLOSED for row in meetings),
        "papers": papers.select_related("organization"),
        "kept_days": KEPT.days,
    }
    return render(request, "meetings/register.html", context)


@requires("meetings.view", on=organization_of, methods=("POST",))
def register_ask(request: Request, organization: Organization, year: int) -> HttpResponse:
    """Have the yearly register made; its page says how far it is."""
    paper = actions.ask_for_register(actor=request.actor, organization=organization, year=year, form=request.POST.get("form", ""))
    return redirect("meetings:register_paper", paper.pk)


def register_of(_request: Request, pk: int) -> RegisterPaper:
    """A register that was asked for, for whoever may see the meetings in it."""
    return find(RegisterPaper.objects.select_related("organization"), pk=pk)


@requires("meetings.view", on=register_of)
def register_paper(request: Request, paper: RegisterPaper) -> HttpResponse:
    """One register: how far it is, then the document."""
    return render(request, "meetings/register_paper.html", {"paper": paper, "kept_days": KEPT.days})


@requires("meetings.view", on=register_of)
def register_progress(request: Request, paper: RegisterPaper) -> HttpResponse:
    """How far it is."""
    return progress_part(request, paper.progress, page=reverse("meetings:register_paper", args=[paper.pk]))


@requires("meetings.view", on=register_of)
def register_file(_request: Request, paper: RegisterPaper) -> HttpResponseBase:
    """The document itself."""
    if paper.state != Making.READY:
        raise Conflict("工作手册还没有生成好。", how="请等页面显示“已生成”后再下载。")
    try:
        file = paper.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, as_attachment=True, filename=str(paper), content_type=TYPES[paper.form])


def _year(text: str) -> int:
    return number(text, least=2000, most=2200) or clock.today().year
