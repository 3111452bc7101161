"""Writes on applicants as people: entered with their application, changed, moved to another branch, ended."""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from dangjian.accounts.events import EventsOf, record
from dangjian.activities.development import columns as typed
from dangjian.activities.development.actions.office import require_office
from dangjian.activities.development.columns import PRIVATE
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.people import alike, applied_before, on_record
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.engines.procedures.actions import ending, starting
from dangjian.engines.procedures.actions.taking import Files
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui import words
from dangjian.members import columns as items
from dangjian.members.actions.account import check_rejoining
from dangjian.members.actions.private import open_private
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold

ENDS = {"left": "离开本单位", "died": "去世", "unfit": "不再具备条件", "other": "其他原因"}
"""Why an application ends otherwise than by its steps. Who takes their application back does so at the case."""

NOTES = EventsOf[Applicant](words=lambda applicant, done: f"{done}：{applicant.name}")


@transaction.atomic
def enter(
    *,
    actor: Actor,
    organization: Organization,
    day: dt.date,
    outcome: str = "",
    entry: Mapping[str, object] | None = None,
    files: Files | None = None,
    reason: str = "",
    confirmed: bool = False,
    **columns: object,
) -> Applicant:
    """Enter somebody who applied on ``day`` at the branch ``organization``, and begin their case with the application.

    :param columns: names of ``columns.TYPED``, values as typed.
    :param confirmed: that they are not the person of the same name and phone who is on record.
    :param entry: of the step 递交入党申请书, as ``files`` and ``reason`` are (``procedures.actions.taking.take``).
    :raises Invalid: with a message for each wrong item, for a member, for somebody who may not join again yet.
    """
    starting.require_starting(actor, PROCEDURE, organization)
    if not organization.is_branch:
        raise Invalid("入党申请由党支部受理。", fields={"organization": "请选择党支部"})
    one = Applicant(organization=organization, applied_on=day, entered_by_id=actor.user_id)
    _fill(actor, one, {"name": "", **columns}, day, confirmed=confirmed)
    with at(organization):
        _save(one)
        NOTES.record(actor, one, "development.entered", "登记入党申请人")
        starting.start(
            actor=actor,
            code=PROCEDURE,
            organization=organization,
            title=one.name,
            day=day,
            outcome=outcome,
            entry=entry,
            files=files,
            reason=reason,
            subject_id=one.pk,
        )
        one.refresh_from_db()
    return one


@transaction.atomic
def change(*, actor: Actor, applicant: Applicant, confirmed: bool = False, **columns: object) -> list[str]:
    """Set ``columns`` as typed and return the names of those that changed. Refusals as ``enter``."""
    hold(applicant, "organization", check=lambda row: require_changing(actor, row))
    before = _fill(actor, applicant, columns, applicant.applied_on or clock.today(), confirmed=confirmed)
    if not before:
        return []
    with at(applicant.organization):
        _save(applicant)
        case = case_of(applicant)
        if case and case.title != applicant.name:
            starting.follow_subject(actor=actor, case=case, title=applicant.name, account_id=case.account_id)
        NOTES.record(
            actor,
            applicant,
            "development.changed",
            f"修改{'、'.join(typed.title(name) for name in before)}",
            data={
                "titles": {name: typed.title(name) for name in before},
                "before": {name: typed.masked(name, value) for name, value in before.items()},
                "after": {name: typed.masked(name, getattr(applicant, name)) for name in before},
            },
        )
    return list(before)


def require_changing(actor: Actor, applicant: Applicant) -> None:
    """Raise unless the actor may change what is on record of an applicant: their branch, until they are a member."""
    require_office(actor, "development.manage", applicant)
    if applicant.member_id:
        raise Conflict(f"{applicant.name}已是党员，请在党员档案中修改。")
    if not applicant.is_running:
        raise Conflict(f"{applicant.name}的入党申请{applicant.get_stage_display()}，不能再修改。")


@transaction.atomic
def move(*, actor: Actor, applicant: Applicant, to: Organization, day: dt.date) -> Applicant:
    """The applicant goes to another branch, which goes on where the first one stood: their time as an activist runs on.

    Whoever goes as a member takes the case along by themselves (``actions.membership``).
    """
    hold(applicant, "organization", check=lambda row: require_moving(actor, row))
    before = applicant.organization
    actor.require("development.transfer", to)
    if not to.is_branch or to.dissolved_on:
        raise Invalid("请选择一个现有的党支部。", fields={"to": "请选择党支部"})
    if to.pk == before.pk:
        raise Invalid(f"{applicant.name}已经在“{to}”。", fields={"to": "请选择另一个党支部"})
    if day > clock.today():
        raise Invalid("日期不能晚于今天。", fields={"day": "请填今天或以前的日期"})
    carry_over(actor=actor, applicant=applicant, to=to, day=day)
    return applicant


def require_moving(actor: Actor, applicant: Applicant) -> None:
    """Raise unless the actor may let an applicant go to another branch now; the right to that one is asked beside it.

    Whoever holds the right at the branch alone has none to which they could let somebody go: that is for those above it.
    """
    require_office(actor, "development.transfer", applicant)
    actor.require("development.transfer", applicant.organization.parent)
    _require_running(applicant)
    if applicant.member_id:
        raise Conflict(f"{applicant.name}已是预备党员，培养考察随党员组织关系转到新支部。", how="请办理党员的支部间调整。")


def carry_over(*, actor: Actor, applicant: Applicant, to: Organization, day: dt.date) -> None:
    """Put an applicant with their case into another branch. For the actions of this app that have asked for the right to it."""
    before = applicant.organization
    with at(before, to):
        applicant.organization = to
        applicant.save(update_fields=["organization"])
        case = case_of(applicant)
        if case and case.is_open:
            ending.move(actor=actor, case=case, organization=to, day=day)
        for place in (before, to):
            record(
                actor=actor,
                verb="development.moved",
                summary=f"{applicant.name}由“{before}”转到“{to}”继续培养考察（{words.day(day)}）",
                organization=place,
                subject=applicant,
                data={"from": before.pk, "to": to.pk, "day": day.isoformat()},
            )


@transaction.atomic
def end(*, actor: Actor, applicant: Applicant, why: str, note: str = "") -> Applicant:
    """The application ends because of one of ``ENDS``; what was done stays on record, and it can be taken up again."""
    hold(applicant, "organization", check=lambda row: require_ending(actor, row))
    if why not in ENDS:
        raise Invalid("请选择原因。", fields={"why": "请选择"})
    if why == "other" and not note.strip():
        raise Invalid("请写明原因。", fields={"note": "请填写"})
    case = _open_case(applicant)
    with at(applicant.organization):
        ending.end(actor=actor, case=case, reason=f"{ENDS[why]}：{note.strip()}" if note.strip() else ENDS[why])
        applicant.refresh_from_db()
    return applicant


def require_ending(actor: Actor, applicant: Applicant) -> None:
    """Raise unless the actor may end an application now: its branch, while it runs and nobody has become a member by it."""
    require_office(actor, "development.manage", applicant)
    _require_running(applicant)
    if applicant.member_id:
        raise Conflict(f"{applicant.name}已是预备党员。", how="取消预备党员资格等，请按步骤办理；去世、转出等，请办理党籍变动。")


@transaction.atomic
def unmask(*, actor: Actor, applicant: Applicant, column: str, purpose: str) -> str:
    """The full text of a private item, for a stated ``purpose``; it is an event."""
    if column not in PRIVATE:
        raise Invalid("这一项没有隐藏的内容。")
    actor.require("members.unmask", applicant.organization)
    return open_private(
        actor=actor,
        row=applicant,
        column=column,
        title=typed.title(column),
        name=applicant.name,
        organization=applicant.organization,
        purpose=purpose,
        verb="development.unmasked",
    )


def _require_running(applicant: Applicant) -> None:
    if not applicant.is_running:
        raise Conflict(f"{applicant.name}的入党申请{applicant.get_stage_display()}，不能再办理。")


def _open_case(applicant: Applicant) -> ProcedureCase:
    case = case_of(applicant)
    if case is None or not case.is_open:
        raise Conflict(f"{applicant.name}的入党申请没有在办理。", how="请刷新页面。")
    return case


def _save(applicant: Applicant) -> None:
    try:
        with transaction.atomic():
            applicant.save()
    except IntegrityError:  # somebody else entered them at this moment
        text = "这个号码刚刚由别人登记为入党申请人。"
        raise Invalid(text, how="请在名单中查找。", fields={"resident_id": text}) from None


def _fill(
    actor: Actor, applicant: Applicant, columns: Mapping[str, object], day: dt.date, *, confirmed: bool
) -> dict[str, object]:
    """Set what differs and return the old values; all problems are raised together."""
    wanted, problems = typed.cleaned(dict(columns))
    number = str(wanted.get("resident_id") or "")
    if number:
        items.add_what_the_number_tells(applicant, wanted, problems)
    before = {name: getattr(applicant, name) for name, value in wanted.items() if getattr(applicant, name) != value}
    for name in before:
        setattr(applicant, name, wanted[name])
    if number and "resident_id" in before:
        problems |= against(actor, applicant, number, day)
    if not applicant.resident_id and not applicant.birth_on and not {"resident_id", "birth_on"} & problems.keys():
        problems["birth_on"] = "没有公民身份号码的，请填出生日期，用来核对是否年满18岁。"
    if problems:
        raise Invalid("有内容需要修改，请看标红的项目。", fields=problems)
    if {"name", "mobile"} & before.keys() and not confirmed and (who := alike(applicant)):
        text = f"已有一名{who}与{applicant.name}同名，手机号也相同。"
        raise Invalid(text, how="请核对；确认不是同一人的，勾选“不是同一人”后再保存。", fields={"confirmed": "请核对后勾选"})
    return before


def against(actor: Actor, applicant: Applicant, number: str, day: dt.date) -> dict[str, str]:
    """What speaks against an application of the person with this identity number, by item."""
    member = on_record(number)
    if member is not None and (problem := _as_member(actor, member, day)):
        return {"resident_id": problem}
    other = applied_before(applicant, number)
    if other is None:
        return {}
    if actor.may("development.view", other.organization):
        return {"resident_id": f"{other.name}已在“{other.organization}”申请入党，正在办理。要换支部的，请办理转支部。"}
    return {"resident_id": "这个号码已在本单位另一个党支部申请入党，正在办理。请核对号码；确需转来的，请联系上级党务部门。"}


def _as_member(actor: Actor, member: Member, day: dt.date) -> str:
    """Why somebody on record cannot apply; empty if they may."""
    seen = actor.may("members.view", member.branch)
    if member.standing == Standing.REMOVED:
        try:
            check_rejoining(member, day)
        except Invalid as barred:
            return barred.text if seen else "这个号码的同志现在还不能重新申请入党。请联系上级党务部门核实。"
        return ""
    if not seen:
        return "这个号码已登记在本单位一名党员名下。请核对号码。"
    if member.standing == Standing.NORMAL:
        return f"{member.name}已是“{member.branch}”的{member.get_category_display()}，不用申请入党。"
    return f"{member.name}已有党员档案（{member.branch}，{member.get_standing_display()}）。请办理恢复或转入，不用申请入党。"
