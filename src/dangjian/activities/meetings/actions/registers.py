"""The yearly register as a document: asked for, made by the background, cleared away after some days."""

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from dangjian.accounts.events import record
from dangjian.activities.meetings import documents
from dangjian.activities.meetings.models import RegisterPaper
from dangjian.activities.meetings.models.papers import GATHERED
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.documents import TYPES, form_of
from dangjian.kernel.errors import Invalid
from dangjian.org import making
from dangjian.org.making import UNDER_WAY, Making
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register

FIRST_YEAR, LAST_YEAR = 2000, 2200


@transaction.atomic
def ask_for_register(*, actor: Actor, organization: Organization, year: int, form: str) -> RegisterPaper:
    """Have the register of a branch or group made as ``pdf`` or ``docx``; one that is under way is returned as it is."""
    actor.require("meetings.view", organization)
    if organization.kind not in {Kind.BRANCH, Kind.GROUP}:
        raise Invalid("只有党支部和党小组有工作手册。", fields={"organization": "请选择党支部或党小组"})
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid("请选择年份。", fields={"year": "请从列表中选择"})
    if form not in TYPES:
        raise Invalid("请选择 PDF 或 Word。", fields={"form": "请从列表中选择"})
    making.give_up_stuck(RegisterPaper)
    wanted = {"organization": organization, "year": year, "form": form}
    try:
        with transaction.atomic():
            paper: RegisterPaper = RegisterPaper.objects.create(**wanted, asked_by_id=actor.user_id)
    except IntegrityError:
        under_way: RegisterPaper = RegisterPaper.objects.get(**wanted, state__in=UNDER_WAY)
        return under_way
    record(
        actor=actor,
        verb="meetings.register_asked",
        summary=f"生成“{organization}”{year}年工作手册（{paper.get_form_display()}）",
        organization=organization,
        subject=paper,
    )
    enqueue("meetings.register", paper.pk)
    return paper


def compile_register(*, pk: int) -> None:
    """Make the document for whoever asked. Older ones of the same organisation, year and form go. May be called again."""
    # For the person who asked, whose rights are asked for below.
    paper = register(RegisterPaper).select_related("organization", "asked_by").filter(pk=pk, state__in=UNDER_WAY).first()
    if paper is None:
        return
    making.make(paper, "meetings.view", lambda: ContentFile(_content(paper)), replaces=lambda: _same(paper))


def _same(paper: RegisterPaper) -> QuerySet[RegisterPaper]:
    return RegisterPaper.objects.filter(organization=paper.organization_id, year=paper.year, form=paper.form)


def _content(paper: RegisterPaper) -> bytes:
    making.tell(paper, state=Making.RUNNING, share=10)
    return documents.register(
        paper.organization,
        paper.year,
        form_of(paper.form),
        gathered=lambda: making.tell(paper, share=GATHERED),
    )


def clear_registers() -> None:
    """Documents go after their time; those on which the background gave up are said to have failed."""
    making.clear(RegisterPaper)
