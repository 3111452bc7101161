"""Writes on applications for a branch: filed below, answered by the committee above, founded, filed with its superior."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, require_another
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui import words
from dangjian.org import applications, policy
from dangjian.org.actions import tree
from dangjian.org.actions.structure import tell_followers
from dangjian.org.models import BranchApplication, Kind, Organization
from dangjian.org.openings import at, locked, register

State = BranchApplication.State


NOTES = EventsOf[BranchApplication](
    data=lambda application: {
        "applied_on": application.applied_on.isoformat(),
        "approver": application.approver_id,
        "state": application.state,
    },
)


@transaction.atomic
def file(
    *,
    actor: Actor,
    organization: Organization,
    superior: Organization,
    type_code: str,
    name: str,
    short_name: str,
    unit_name: str,
    full_members: int,
    all_members: int,
    reason: str,
    applied_on: dt.date,
    expected_end_on: dt.date | None = None,
) -> BranchApplication:
    """``organization`` asks the committee above it for a branch under ``superior``; it is answered within the time of the rule.

    Raises ``Conflict`` where no committee is above or the same was asked for and waits, ``Invalid`` for what cannot be right.
    """
    actor.require("org.apply", organization)
    approver = require_approver(organization)
    _check_branch(organization, superior, type_code, name, short_name)
    _check_stated(unit_name, reason, full_members, all_members)
    _check_days(organization, type_code, applied_on, expected_end_on)
    _check_once(superior, name)
    application: BranchApplication = BranchApplication.objects.create(
        organization=organization,
        approver=approver,
        superior=superior,
        type_code=type_code,
        name=name.strip(),
        short_name=short_name.strip(),
        unit_name=unit_name.strip(),
        full_members=full_members,
        all_members=all_members,
        reason=reason.strip(),
        applied_on=applied_on,
        due_on=policy.application_due_on(applied_on, book=book()),
        expected_end_on=expected_end_on,
        filed_by_id=actor.user_id,
    )
    _note(actor, application, "org.branch_applied", f"“{organization}”向“{approver}”申请设立“{application}”")
    return application


def require_approver(organization: Organization) -> Organization:
    """The committee that answers what ``organization`` asks for. ``Conflict`` for one that cannot ask."""
    if organization.dissolved_on:
        raise Conflict(f"“{organization}”已于{words.day(organization.dissolved_on)}撤销。")
    if organization.is_group:
        raise Conflict("党小组不能申请设立党支部。", how="请由所在的党支部申请。")
    approver = applications.approver_of(organization)
    if approver is None:
        raise Conflict(f"“{organization}”上面没有党委，设立党支部由本级研究决定。", how="请直接办理“设立下级党组织”。")
    return approver


@transaction.atomic
def agree(
    *, actor: Actor, application: BranchApplication, answered_on: dt.date, document: str = "", answer: str = ""
) -> BranchApplication:
    """The committee agrees; the branch is then set up by ``found``. An answer after the last day is taken, and says so."""
    application = _to_answer(actor, application, answered_on)
    return _answer(actor, application, State.AGREED, answered_on, document, answer)


@transaction.atomic
def refuse(*, actor: Actor, application: BranchApplication, answered_on: dt.date, answer: str) -> BranchApplication:
    """The committee does not agree; the applicant reads why."""
    application = _to_answer(actor, application, answered_on)
    if not answer.strip():
        raise Invalid("请写明不同意的原因，申请单位会看到。", fields={"answer": "请填写原因"})
    return _answer(actor, application, State.REFUSED, answered_on, "", answer)


@transaction.atomic
def withdraw(*, actor: Actor, application: BranchApplication) -> BranchApplication:
    """Whoever filed it takes it back before it is answered."""
    application = _held(application, lambda row: require_withdrawing(actor, row))
    application.state = State.WITHDRAWN
    application.save()
    _note(actor, application, "org.branch_application_withdrawn", f"撤回设立“{application}”的申请")
    return application


@transaction.atomic
def found(*, actor: Actor, application: BranchApplication, effective_on: dt.date, **founding: Any) -> Organization:
    """Set up what was agreed to, not before the day of the reply, and link it. ``founding`` is as for ``tree.set_up``."""
    application = _held(application, lambda row: require_founding(actor, row))
    answered_on = application.answered_on
    if answered_on and effective_on < answered_on:
        raise Invalid(
            f"上级在{words.day(answered_on)}才批复，成立日期不能早于这一天。",
            fields={"effective_on": f"请填{words.day(answered_on)}或以后的日期"},
        )
    _check_type(founding["type_code"])
    made = tree.set_up(actor=actor, parent=application.superior, effective_on=effective_on, **founding)
    application.founded = made
    with at(application.organization):  # whoever keeps the place where it stands sets up what a neighbour asked for
        application.save()
    _note(actor, application, "org.branch_application_founded", f"按申请设立“{made}”")
    return made


@transaction.atomic
def report(*, actor: Actor, application: BranchApplication, reported_on: dt.date) -> BranchApplication:
    """The reply was filed with the organisation department of the superior on ``reported_on``."""
    application = _held(application, lambda row: require_reporting(actor, row))
    if reported_on > clock.today():
        raise Invalid("备案日期不能晚于今天。", fields={"reported_on": "请填今天或以前的日期"})
    if application.answered_on and reported_on < application.answered_on:
        raise Invalid(f"备案日期不能早于批复日期（{words.day(application.answered_on)}）。", fields={"reported_on": "请检查日期"})
    application.reported_on = reported_on
    application.save()
    _note(actor, application, "org.branch_application_reported", f"设立“{application}”的批复已报上级组织部门备案")
    return application


def require_withdrawing(actor: Actor, application: BranchApplication) -> None:
    """Raise unless the actor may take the application back now: only who filed it, until it is answered."""
    actor.require("org.apply", application.organization)
    if application.filed_by_id != actor.user_id:
        raise PermissionDenied("申请由报送的人撤回。", how="请联系报送这份申请的同志，或者由上级批复。")
    _check_open(application)


def require_answering(actor: Actor, application: BranchApplication) -> None:
    """Raise unless the actor may answer the application now: for the committee, and never what they filed themselves."""
    actor.require("org.manage", application.approver)
    require_another(
        actor,
        application.filed_by_id,
        "这份申请是您本人报送的，不能由您本人批复。",
        how=f"请由“{application.approver}”的其他党务工作人员批复。",
    )
    _check_open(application)


def require_founding(actor: Actor, application: BranchApplication) -> None:
    """Raise unless the actor may set up what was asked for now: whoever keeps the place where it is to stand."""
    actor.require("org.manage", application.superior)
    if not application.may_be_founded:
        raise Conflict(_not_to_be_founded(application))


def require_reporting(actor: Actor, application: BranchApplication) -> None:
    """Raise unless the actor may note now that the reply was filed with the superior: once, for the committee that agreed."""
    actor.require("org.manage", application.approver)
    if application.state != State.AGREED:
        raise Conflict("同意设立以后，才需要报上级组织部门备案。")
    if application.reported_on:
        raise Conflict(f"这次批复已于{words.day(application.reported_on)}报备案。")


def _held(application: BranchApplication, check: Callable[[BranchApplication], object]) -> BranchApplication:
    return locked(application, "organization", "approver", "superior", check=check)


def _check_open(application: BranchApplication) -> None:
    if not application.is_open:
        raise Conflict(f"设立“{application}”的申请{application.get_state_display()}，不需要再办理。")


def _not_to_be_founded(application: BranchApplication) -> str:
    if application.state == State.AGREED:
        return f"这份申请已经办理，设立了“{application}”。"
    return f"设立“{application}”的申请{application.get_state_display()}，不能按它设立党支部。"


def _to_answer(actor: Actor, application: BranchApplication, answered_on: dt.date) -> BranchApplication:
    """The application, locked, if the actor may answer it, and on that day."""
    application = _held(application, lambda row: require_answering(actor, row))
    if answered_on > clock.today():
        raise Invalid("批复日期不能晚于今天。", fields={"answered_on": "请填今天或以前的日期"})
    if answered_on < application.applied_on:
        raise Invalid(f"批复日期不能早于申请日期（{words.day(application.applied_on)}）。", fields={"answered_on": "请检查日期"})
    return application


def _answer(
    actor: Actor, application: BranchApplication, state: str, answered_on: dt.date, document: str, answer: str
) -> BranchApplication:
    application.state, application.answered_on, application.answered_by_id = state, answered_on, actor.user_id
    application.document, application.answer = document.strip(), answer.strip()
    application.save()
    done = "同意" if state == State.AGREED else "不同意"
    late = f"，超过批复期限（{words.day(application.due_on)}）" if application.is_late else ""
    _note(actor, application, f"org.branch_application_{state}", f"{done}设立“{application}”{late}")
    return application


def _check_branch(organization: Organization, superior: Organization, type_code: str, name: str, short_name: str) -> None:
    _check_type(type_code)
    if superior not in applications.places_for(organization):
        raise Invalid(f"党支部不能设在“{superior}”之下。", fields={"superior": "请从列表中选择"})
    tree.check_place(Kind.BRANCH, superior)
    tree.check_name(superior, name, short_name)


def _check_type(type_code: str) -> None:
    if tree.KIND_OF_TYPE.get(type_code) != Kind.BRANCH:
        raise Invalid("申请设立的是党支部。", fields={"type_code": "请选择党支部的类别"})


def _check_stated(unit_name: str, reason: str, full_members: int, all_members: int) -> None:
    if not unit_name.strip():
        raise Invalid("请填写党支部所在的单位。", fields={"unit_name": "不能为空"})
    if not reason.strip():
        raise Invalid("请写明设立的理由。", fields={"reason": "不能为空"})
    if full_members < 0 or all_members < 1:
        raise Invalid("请填写党员人数。", fields={"all_members": "请检查人数"})
    if full_members > all_members:
        raise Invalid(f"正式党员{full_members}人多于党员总数{all_members}人。", fields={"full_members": "请核对人数"})


def _check_days(organization: Organization, type_code: str, applied_on: dt.date, expected_end_on: dt.date | None) -> None:
    if applied_on > clock.today():
        raise Invalid("申请日期不能晚于今天。", fields={"applied_on": "请填今天或以前的日期"})
    if applied_on < organization.established_on:
        raise Invalid(
            f"“{organization}”成立于{words.day(organization.established_on)}，申请日期不能早于这一天。",
            fields={"applied_on": "请检查日期"},
        )
    if expected_end_on is None:
        return
    if type_code not in policy.TEMPORARY:
        raise Invalid("只有临时党组织填写预计结束日期。", fields={"expected_end_on": "请留空"})
    if expected_end_on <= applied_on:
        raise Invalid("任务的预计结束日期应在申请日期之后。", fields={"expected_end_on": "请检查日期"})


def _check_once(superior: Organization, name: str) -> None:
    # A neighbour may have asked for the same.
    if register(BranchApplication).filter(superior=superior, name=name.strip(), state=State.WAITING).exists():
        raise Conflict(f"设立“{name.strip()}”的申请已经报送，正在等待批复。", fields={"name": "请勿重复申请"})


def _note(actor: Actor, application: BranchApplication, verb: str, summary: str) -> None:
    NOTES.record(actor, application, verb, summary)
    tell_followers(actor=actor, organization_ids=[application.approver_id])
