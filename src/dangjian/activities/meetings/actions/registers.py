"""The yearly register as a document: asked for, made by the background, cleared away after some days."""

import datetime as dt
from functools import partial

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from dangjian.accounts.events import record
from dangjian.activities.meetings import documents
from dangjian.activities.meetings.models import UNDER_WAY, Making, RegisterPaper
from dangjian.activities.meetings.models.papers import GATHERED
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.documents import TYPES, form_of
from dangjian.kernel.errors import Invalid
from dangjian.org.errands import do_for
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import at, register

KEPT = dt.timedelta(days=7)
"""A register is made anew within seconds, and grows out of date with every meeting."""
STUCK = dt.timedelta(minutes=30)
"""After this long the background has given it up."""
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
    _give_up_stuck()
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
    if paper is None or paper.asked_by is None:
        return
    do_for(
        paper.asked_by,
        "meetings.view",
        paper.organization,
        lambda _actor: _finish(paper, _content(paper)),
        fail=lambda reason: _set(paper, state=Making.FAILED, failure=reason),
        broken="系统出错，没有生成。请重新生成；仍不行的，请联系管理员。",
    )


def _content(paper: RegisterPaper) -> bytes:
    _set(paper, state=Making.RUNNING, share=10)
    return documents.register(
        paper.organization,
        paper.year,
        form_of(paper.form),
        gathered=lambda: _set(paper, share=GATHERED),
    )


@transaction.atomic
def _finish(paper: RegisterPaper, content: bytes) -> None:
    with at(paper.organization):
        same = RegisterPaper.objects.filter(organization=paper.organization_id, year=paper.year, form=paper.form)
        _remove(same.exclude(state__in=UNDER_WAY))
        paper.file.save(paper.form, ContentFile(content), save=False)
        RegisterPaper.objects.filter(pk=paper.pk).update(
            file=paper.file.name, state=Making.READY, share=100, asked_at=clock.now()
        )


@transaction.atomic
def _set(paper: RegisterPaper, **values: object) -> None:
    with at(paper.organization):
        RegisterPaper.objects.filter(pk=paper.pk).update(**values)


def _remove(rows: QuerySet[RegisterPaper]) -> None:
    for paper in rows:
        if paper.file:
            transaction.on_commit(partial(paper.file.storage.delete, paper.file.name))
    rows.delete()


def _give_up_stuck() -> None:
    stuck = RegisterPaper.objects.filter(state__in=UNDER_WAY, asked_at__lt=clock.now() - STUCK)
    stuck.update(state=Making.FAILED, failure="后台处理中断，没有生成。请重新生成。")


@transaction.atomic
def clear_registers() -> None:
    """Documents go after ``KEPT``; those on which the background gave up are said to have failed."""
    _give_up_stuck()
    _remove(RegisterPaper.objects.filter(asked_at__lt=clock.now() - KEPT))
