"""Duties that a superior adds, and the confirmations that units hand in."""

import datetime as dt
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Replace

from dangjian.accounts.events import record
from dangjian.engines.duties.actions.people import locked
from dangjian.engines.duties.actions.refresh import follow_local, list_local
from dangjian.engines.duties.models import ConfirmationState, Duty, DutyConfirmation, LocalDuty, Pace, State
from dangjian.kernel import clock, pictures
from dangjian.kernel.actor import Actor, require_another
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import by_code
from dangjian.members.own import require_not_own
from dangjian.org.duty_offers import LocalEvidence
from dangjian.org.models import Kind, Organization

FILE_KINDS = frozenset(
    {
        ".pdf",
        ".jpg",
        ".jpeg",
        ".png",
        ".webp",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".wps",
        ".et",
        ".ofd",
        ".txt",
    }
)
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
LARGEST_FILE = 10 * 1024 * 1024


@transaction.atomic
def add_local(
    *,
    actor: Actor,
    organization: Organization,
    title: str,
    kind: str,
    pace: str,
    starts_on: dt.date,
    due_on: dt.date | None = None,
    chosen: Sequence[Organization] = (),
    how: str = "",
    document: str = "",
    satisfied_by: str = "",
    needs_file: bool = False,
) -> LocalDuty:
    """``organization`` gives a duty to the organisations of ``kind`` below it, or to those ``chosen``, and lists it at once.

    ``due_on`` is for a single duty only. ``satisfied_by`` is the code of a ``LocalEvidence``; empty = by confirmation.
    """
    actor.require("duties.manage", organization)
    _check_title(title)
    _check_dates(pace, starts_on, due_on)
    _check_targets(organization, kind, chosen)
    _check_evidence(satisfied_by, {kind})
    one = LocalDuty.objects.create(
        organization=organization,
        title=title.strip(),
        kind=kind,
        pace=pace,
        starts_on=starts_on,
        due_on=due_on if pace == Pace.ONCE else None,
        how=how.strip(),
        document=document.strip(),
        satisfied_by=satisfied_by,
        needs_file=needs_file and not satisfied_by,
        created_by_id=actor.user_id,
    )
    one.chosen.set(chosen)
    record(actor=actor, verb="duties.local_added", organization=organization, subject=one, summary=f"布置任务“{one.title}”")
    list_local(local=one)
    return one


@transaction.atomic
def edit_local(
    *,
    actor: Actor,
    local: LocalDuty,
    title: str,
    how: str,
    document: str,
    due_on: dt.date | None = None,
) -> LocalDuty:
    """Change the wording and, of a single duty, the last day. Who owes it and what satisfies it stay: end it and add another."""
    require_changing_local(actor, local)
    _check_title(title)
    before = local.title
    local.title, local.how, local.document = title.strip(), how.strip(), document.strip()
    rows = Duty.objects.filter(local_duty=local, state=State.OPEN)
    if local.pace == Pace.ONCE:
        _check_dates(local.pace, local.starts_on, due_on)
        local.due_on = due_on
    local.save()
    follow_local(local=local)
    rows.update(title=Replace(F("title"), Value(before), Value(local.title)))
    record(
        actor=actor,
        verb="duties.local_changed",
        organization=local.organization,
        subject=local,
        summary=f"修改任务“{local.title}”",
    )
    return local


@transaction.atomic
def end_local(*, actor: Actor, local: LocalDuty) -> LocalDuty:
    """Stop a local duty from today. What is done or overdue stays; what is not yet due is taken off the lists."""
    require_changing_local(actor, local)
    local.ended_on = max(clock.today(), local.starts_on)
    local.save()
    rows = Duty.objects.filter(local_duty=local, state=State.OPEN, due_on__gte=clock.today(), submitted_on=None)
    taken = rows.update(state=State.VOID)
    record(
        actor=actor,
        verb="duties.local_ended",
        organization=local.organization,
        subject=local,
        summary=f"停止任务“{local.title}”，撤下未到期的{taken}项",
    )
    return local


@transaction.atomic
def confirm(*, actor: Actor, duty: Duty, text: str, file: Any = None) -> DutyConfirmation:
    """Whoever answers for a local duty (or runs the organisation) says that it is done and shows how."""
    (duty,) = locked(duty)
    require_confirming(actor, duty)
    if not text.strip():
        raise Invalid("没有写完成情况。", how="请写明做了什么、什么时候做的。", fields={"text": "请填写完成情况"})
    _check_file(file, needed=_to_confirm(duty).needs_file)
    one = DutyConfirmation.objects.create(
        duty=duty,
        text=text.strip(),
        file=_bare(file) if file else "",
        file_name=PurePath(file.name).name[:200] if file else "",
        by_id=actor.user_id,
    )
    duty.submitted_on = clock.today()
    duty.save()
    record(
        actor=actor,
        verb="duties.confirmed",
        organization=duty.organization,
        subject=duty,
        summary=f"“{duty.organization}”提交“{duty.title}”完成情况",
    )
    return one


@transaction.atomic
def decide(*, actor: Actor, confirmation: DutyConfirmation, accept: bool, note: str = "") -> DutyConfirmation:
    """The superior who gave the duty accepts what was handed in, or returns it with a reason. The day of handing in counts."""
    (duty,) = locked(confirmation.duty)
    confirmation.refresh_from_db(fields=["state"])
    require_deciding(actor, confirmation)
    if not accept and not note.strip():
        raise Invalid("没有写退回原因。", how="请写明哪里不符合要求，好让对方补充。", fields={"note": "请填写退回原因"})
    confirmation.state = ConfirmationState.ACCEPTED if accept else ConfirmationState.RETURNED
    confirmation.note, confirmation.decided_by_id, confirmation.decided_at = note.strip()[:200], actor.user_id, clock.now()
    confirmation.save()
    if accept:
        duty.state, duty.done_on, duty.evidence_id = State.DONE, duty.submitted_on, confirmation.pk
    duty.submitted_on = None
    duty.save()
    record(
        actor=actor,
        verb="duties.accepted" if accept else "duties.returned",
        organization=duty.organization,
        subject=duty,
        summary=f"{'验收' if accept else '退回'}“{duty.organization}”的“{duty.title}”"
        + (f"：{confirmation.note}" if note.strip() else ""),
    )
    return confirmation


def require_confirming(actor: Actor, duty: Duty) -> None:
    """Raise unless the actor may hand in now what shows the duty done: whoever answers for it, or runs the organisation."""
    _to_confirm(duty)
    if duty.responsible_id is None or duty.responsible_id != actor.user_id:
        actor.require("duties.confirm", duty.organization)
    if duty.state != State.OPEN:
        raise Conflict(f"“{duty.title}”已经{duty.get_state_display()}，不用再提交。")
    if duty.submitted_on:
        raise Conflict(f"“{duty.title}”已于{duty.submitted_on}提交，正在等上级验收。", how="如需改动，请联系上级退回后再提交。")


def require_deciding(actor: Actor, confirmation: DutyConfirmation) -> None:
    """Raise unless the actor may say now whether the duty is done: for who gave it, while it waits; never who handed it in."""
    duty = confirmation.duty
    actor.require("duties.manage", _to_confirm(duty).organization)
    require_not_own(actor, [duty.member] if duty.member else [])
    if confirmation.state != ConfirmationState.WAITING:
        raise Conflict(f"这份材料{confirmation.get_state_display()}，不能再办。", how="请刷新页面查看最新情况。")
    require_another(actor, confirmation.by_id, "不能验收自己提交的材料。", how="请由布置任务的党组织的其他同志验收。")


def _to_confirm(duty: Duty) -> LocalDuty:
    local = duty.local_duty
    if local is None or local.satisfied_by:
        raise Conflict(f"“{duty.title}”由系统根据业务记录判断，不用提交完成情况。", how="请按“怎么办”里的说明办理。")
    return local


def require_changing_local(actor: Actor, local: LocalDuty) -> None:
    """Raise unless the actor may change or end the local duty now: while it goes on."""
    actor.require("duties.manage", local.organization)
    if local.ended_on:
        raise Conflict(f"“{local.title}”已经停止，不能再改。", how="如仍需要，请新布置一项。")


def _check_title(title: str) -> None:
    if not title.strip():
        raise Invalid("没有填写事项名称。", fields={"title": "请填写事项名称"})


def _check_dates(pace: str, starts_on: dt.date, due_on: dt.date | None) -> None:
    if pace not in Pace.values:
        raise Invalid("没有这种周期。", how="请从列表中选择。", fields={"pace": "请选择周期"})
    if pace != Pace.ONCE:
        return
    if due_on is None:
        raise Invalid("一次性任务要写明完成期限。", fields={"due_on": "请填写完成期限"})
    if due_on < starts_on:
        raise Invalid("完成期限早于开始日期。", how="请改正日期。", fields={"due_on": "不能早于开始日期"})


def _check_targets(organization: Organization, kind: str, chosen: Sequence[Organization]) -> None:
    if kind not in Kind.values:
        raise Invalid("没有这类党组织。", fields={"kind": "请选择由哪一级办理"})
    outside = [one for one in chosen if not one.path.startswith(organization.path) or one.dissolved_on]
    if outside:
        names = "、".join(one.short_name for one in outside[:3])
        raise Invalid(f"{names}不在“{organization}”管理范围内，不能布置。", fields={"chosen": "请只选本单位下级的党组织"})
    others = [one for one in chosen if one.kind != kind]
    if others:
        names = "、".join(one.short_name for one in others[:3])
        label = Kind(kind).label
        raise Invalid(
            f"{names}不是{label}，任务选的是由{label}办理。",
            how="请改选办理的层级，或只指定这一级的单位；几级都要办的，请分级布置。",
            fields={"chosen": f"请只选{label}"},
        )
    below = Organization.objects.standing().below(organization).filter(kind=kind).exclude(pk=organization.pk)
    if not chosen and not below.exists():
        label = Kind(kind).label
        raise Invalid(
            f"“{organization}”下面没有{label}。", how="请改选办理的层级，或指定党组织。", fields={"kind": f"下面没有{label}"}
        )


def _check_evidence(code: str, kinds: set[str]) -> None:
    if not code:
        return
    offer = by_code(LocalEvidence).get(code)
    if offer is None:
        raise Invalid("没有这种完成方式。", how="请从列表中选择。", fields={"satisfied_by": "请重新选择"})
    unfit = [Kind(kind).label for kind in kinds - offer.kinds]
    if unfit:
        raise Invalid(
            f"{'、'.join(unfit)}不能以“{offer.title}”完成任务。",
            how="请换一种完成方式，或换办理的层级。",
            fields={"satisfied_by": f"{'、'.join(unfit)}没有这类会议"},
        )


def _bare(file: Any) -> object:
    """The file as it is kept: a photo loses the place, device and time that the camera wrote into it."""
    if PurePath(file.name).suffix.lower() not in PICTURES:
        return file
    try:
        content, _form = pictures.anew(file.read())
    except pictures.NotAPicture as problem:
        how = problem.how or "请重新拍照或另选一张图片。"
        raise Invalid(str(problem), how=how, fields={"file": "图片打不开"}) from None
    return ContentFile(content, name=file.name)


def _check_file(file: Any, *, needed: bool) -> None:
    if file is None or not file:
        if needed:
            raise Invalid("这件事要求上传证明材料。", how="请选择照片或文件后再提交。", fields={"file": "请上传证明材料"})
        return
    if PurePath(file.name).suffix.lower() not in FILE_KINDS:
        raise Invalid("这种文件不能上传。", how="请上传图片、PDF、Word 或表格文件。", fields={"file": "文件类型不对"})
    if file.size > LARGEST_FILE:
        raise Invalid("文件超过10MB。", how="请压缩后再上传。", fields={"file": "文件不能超过10MB"})
