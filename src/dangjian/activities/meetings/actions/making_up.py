"""Make-up study for those who did not come: set, done, confirmed or sent back."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse

from dangjian.accounts.events import EventsOf, record_many
from dangjian.activities.meetings.actions.calling import member_address
from dangjian.activities.meetings.actions.guards import is_person, locked_for, require_recorder
from dangjian.activities.meetings.duties import derive_after
from dangjian.activities.meetings.models import Attachment, Attendance, MakeUp, MakeUpState, Meeting, Presence, Role
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.kernel.ui import words
from dangjian.members.own import require_not_own
from dangjian.org.openings import at, locked

VERBS = (
    "meetings.make_up_assigned",
    "meetings.make_up_submitted",
    "meetings.make_up_confirmed",
    "meetings.make_up_returned",
)
"""What is recorded of a study, about its meeting and its member."""
FOLLOWED = ("attendance__member", "attendance__meeting__organization", "attendance__meeting__recorder")


NOTES = EventsOf[MakeUp](
    organization=lambda row: row.attendance.meeting.organization,
    member_id=lambda row: row.attendance.member_id,
    subject=lambda row: row.attendance.meeting,
)


@transaction.atomic
def assign_make_up(
    *,
    actor: Actor,
    meeting: Meeting,
    attendance_ids: Iterable[int],
    material: str,
    due_on: dt.date,
    link: str = "",
    attachment: Attachment | None = None,
) -> int:
    """Set those who were absent or on leave something to study until ``due_on``. Returns how many.

    Whoever has a task already keeps it.
    """
    meeting = locked_for(actor, meeting, require_assigning_make_up)
    _check_task(meeting, material, due_on, link, attachment)
    rows = list(
        meeting.attendances.select_for_update(of=("self",))
        .select_related("member")
        .filter(
            pk__in=list(attendance_ids),
            role=Role.ATTENDEE,
            presence__in=(Presence.ABSENT, Presence.LEAVE),
            make_up=None,
        ),
    )
    if not rows:
        raise Invalid("请选择需要补课的人员。", how="只有请假或缺席、还没有布置补课的人员可以选择。")
    MakeUp.objects.bulk_create(
        [
            MakeUp(
                attendance=row,
                material=material.strip(),
                due_on=due_on,
                link=link.strip(),
                attachment=attachment,
                assigned_by_id=actor.user_id,
            )
            for row in rows
        ]
    )
    record_many(
        [
            {
                "actor": actor,
                "verb": "meetings.make_up_assigned",
                "summary": f"“{meeting}”：布置{row.member}补课",
                "organization": meeting.organization,
                "member_id": row.member_id,
                "subject": meeting,
            }
            for row in rows
        ]
    )
    notify(
        actor=actor,
        user_ids=[row.member.user_id for row in rows if row.member.user_id],
        title=f"请补课：{meeting}"[:120],
        body=f"{material.strip()}\n请于{words.day(due_on)}前完成。",
        url=member_address(meeting),
        topic="meetings",
        organization=meeting.organization,
    )
    derive_after(actor=actor, meeting=meeting)
    return len(rows)


def require_assigning_make_up(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may set those who did not come something to study now: once the meeting is over."""
    require_recorder(actor, meeting)
    if not meeting.took_place:
        raise Conflict("会议结束以后才能布置补课。")


@transaction.atomic
def submit_make_up(*, actor: Actor, make_up: MakeUp, reflection: str) -> MakeUp:
    """The member says what they took from the study and hands it in. May be handed in again until it is confirmed."""
    row = locked(make_up, *FOLLOWED, check=lambda task: require_handing_in(actor, task))
    meeting = row.attendance.meeting
    if not reflection.strip():
        raise Invalid("请写几句学习体会。", fields={"reflection": "请填写学习体会"})
    if len(reflection.strip()) > 5000:
        raise Invalid("学习体会请控制在5000字以内。", fields={"reflection": "请缩短"})
    row.reflection, row.done_at, row.state, row.note = reflection.strip(), clock.now(), MakeUpState.SUBMITTED, ""
    with at(meeting.organization):  # wherever the meeting was held
        row.save()
    NOTES.record(actor, row, "meetings.make_up_submitted", f"{row.attendance.member}提交“{meeting}”的补课")
    people = {row.assigned_by_id or 0} | {meeting.recorder.user_id or 0 if meeting.recorder else 0}
    notify(
        actor=actor,
        user_ids=people - {0},
        title=f"{row.attendance.member}提交补课：{meeting}"[:120],
        url=study_address(row),
        topic="meetings",
        organization=meeting.organization,
    )
    return row


def require_handing_in(actor: Actor, make_up: MakeUp) -> None:
    """Raise unless the actor may hand the study in now: only their own, until it is confirmed."""
    if not is_person(actor, make_up.attendance.member):
        raise NotFound
    if make_up.state == MakeUpState.CONFIRMED:
        raise Conflict("补课已确认，不用再提交。")


@transaction.atomic
def confirm_make_up(*, actor: Actor, make_up: MakeUp, accept: bool, note: str = "") -> MakeUp:
    """Accept the study, which marks the person as 已补课, or give it back with a note. Nobody confirms their own."""
    meeting = make_up.attendance.meeting
    row = locked(make_up, *FOLLOWED, check=lambda task: require_confirming_make_up(actor, task))
    if not accept and not note.strip():
        raise Invalid("退回请写明原因，本人会收到。", fields={"note": "请填写原因"})
    row.state = MakeUpState.CONFIRMED if accept else MakeUpState.RETURNED
    row.decided_by_id, row.decided_at, row.note = actor.user_id, clock.now(), note.strip()
    row.save()
    if accept:
        Attendance.objects.filter(pk=row.attendance_id).update(presence=Presence.MADE_UP)
    verb, word = ("meetings.make_up_confirmed", "确认") if accept else ("meetings.make_up_returned", "退回")
    NOTES.record(actor, row, verb, f"“{meeting}”：{word}{row.attendance.member}的补课")
    if row.attendance.member.user_id:
        notify(
            actor=actor,
            user_ids=[row.attendance.member.user_id],
            title=f"补课{'已确认' if accept else '退回重学'}：{meeting}"[:120],
            body=row.note,
            url=study_address(row),
            topic="meetings",
            organization=meeting.organization,
        )
    derive_after(actor=actor, meeting=meeting)
    return row


def require_confirming_make_up(actor: Actor, make_up: MakeUp) -> None:
    """Raise unless the actor may say now whether the study is accepted: one that was handed in, and never their own."""
    require_recorder(actor, make_up.attendance.meeting)
    require_not_own(actor, [make_up.attendance.member], how="请由主持人、记录人或其他支委会成员确认。")
    if make_up.state != MakeUpState.SUBMITTED:
        raise Conflict(f"这项补课现在是“{make_up.get_state_display()}”，不能确认。")


def _check_task(meeting: Meeting, material: str, due_on: dt.date, link: str, attachment: Attachment | None) -> None:
    wrong: dict[str, str] = {}
    if not material.strip():
        wrong["material"] = "请填写补课内容"
    if due_on < clock.today():
        wrong["due_on"] = "完成期限不能早于今天"
    if link.strip() and not link.strip().startswith(("https://", "http://")):
        wrong["link"] = "链接应以 https:// 开头"
    if attachment is not None and attachment.meeting_id != meeting.pk:
        wrong["attachment"] = "请选择这次会议的附件"
    if wrong:
        raise Invalid("补课还不能布置。", fields=wrong)


def study_address(make_up: MakeUp) -> str:
    """Where a study is handed in and accepted."""
    return reverse("meetings:make_up", args=[make_up.pk])
