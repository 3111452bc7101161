"""A make-up study: what was set, what the member wrote about it and hands in, and what the recorder says to that."""

from functools import partial
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html

from dangjian.accounts.models import Event
from dangjian.activities.meetings import own
from dangjian.activities.meetings.actions import confirm_make_up, submit_make_up
from dangjian.activities.meetings.actions.guards import is_person
from dangjian.activities.meetings.actions.making_up import VERBS, require_confirming_make_up, require_handing_in
from dangjian.activities.meetings.forms.member import ReflectionForm
from dangjian.activities.meetings.forms.outcome import RemarkForm, SendBackForm
from dangjian.activities.meetings.models import MakeUp, MakeUpState, Meeting, Status
from dangjian.activities.meetings.views.access import meeting_to_record, tab_address
from dangjian.kernel.actor import Actor
from dangjian.kernel.gate import SIGNED_IN, Request
from dangjian.kernel.lists import DAY, MOMENT, PROSE, Loaded
from dangjian.kernel.ui import words
from dangjian.org.cases import Card, Case, Due, Fact, Paper, Step
from dangjian.org.gate import find

FOLLOWED = ("attendance__meeting__organization", "attendance__member", "attachment", "assigned_by", "decided_by")
TO_DO = (MakeUpState.ASSIGNED, MakeUpState.RETURNED)
TONES = {
    MakeUpState.ASSIGNED: "gold",
    MakeUpState.SUBMITTED: "info",
    MakeUpState.RETURNED: "warn",
    MakeUpState.CONFIRMED: "good",
}


def study_to_see(request: Request, pk: int) -> MakeUp:
    """One's own study, wherever the meeting was held, or one of a meeting whose record the reader keeps."""
    mine: MakeUp | None = own.make_ups_of(request.actor.user_id).filter(pk=pk).first()
    if mine is not None:
        return mine
    found: MakeUp = find(MakeUp.objects.select_related(*FOLLOWED), pk=pk)
    meeting_to_record(request, found.attendance.meeting_id)
    return found


def _meeting(task: MakeUp) -> Meeting:
    return task.attendance.meeting


IS_MINE: Loaded[bool] = Loaded("is_mine")
"""Whether the reader is the one who studies."""


def _load(task: MakeUp, request: Request) -> None:
    IS_MINE.put(task, is_person(request.actor, task.attendance.member))


def _link(task: MakeUp) -> str:
    return format_html('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>', task.link)


def _meeting_address(task: MakeUp) -> str:
    return reverse("meetings:attend" if IS_MINE.of(task) else "meetings:detail", args=[_meeting(task).pk])


def _papers(task: MakeUp, request: Request) -> list[Paper]:
    """What is to be studied, and once it is closed the record of the meeting."""
    meeting, is_mine, found = _meeting(task), is_person(request.actor, task.attendance.member), []
    if task.attachment:
        where = "meetings:own_attachment" if is_mine else "meetings:attachment"
        found.append(Paper(title=task.attachment.title, page=reverse(where, args=[meeting.pk, task.attachment_id])))
    if is_mine and meeting.status == Status.CLOSED:
        found.append(Paper(title="会议记录", page=reverse("meetings:attend", args=[meeting.pk])))
    return found


def _events(task: MakeUp) -> QuerySet[Event]:
    """What was recorded of this study; the trail of the meeting has it too."""
    meeting = _meeting(task)
    about = Event.objects.filter(subject_type=meeting._meta.label_lower, subject_id=meeting.pk)
    return about.filter(verb__in=VERBS, member_id=task.attendance.member_id)


def _returned(task: MakeUp) -> list[dict[str, str]]:
    if task.state != MakeUpState.RETURNED:
        return []
    return [{"text": f"补课被退回，请按意见补充后再交：{task.note.removesuffix('。')}", "citation": ""}]


def _waits(task: MakeUp, actor: Actor) -> str:
    is_mine = is_person(actor, task.attendance.member)
    if task.state == MakeUpState.SUBMITTED:
        return "已提交，等记录人确认。确认前还可以修改。" if is_mine else "等主持人、记录人或其他支委会成员确认。"
    return "" if is_mine or task.state == MakeUpState.CONFIRMED else "本人还没有提交。"


def _confirmed(task: MakeUp) -> str:
    if task.state != MakeUpState.CONFIRMED or task.decided_at is None:
        return ""
    by = f"由{task.decided_by.name}" if task.decided_by else ""
    return f"{words.daytime(task.decided_at)}{by}确认，已算补课"


def _reflection_form(task: MakeUp, data: Any, _files: Any = None) -> forms.Form:
    return ReflectionForm(data, initial={"reflection": task.reflection})


def _back(task: MakeUp) -> str:
    return tab_address(_meeting(task), "people")


MAKE_UP = Case(
    name="meetings:make_up",
    model=MakeUp,
    found=study_to_see,
    permission=SIGNED_IN,
    subject="make_up",
    title=lambda task: "补课" if IS_MINE.of(task) else f"{task.attendance.member.name}的补课",
    crumb="补课",
    crumbs=lambda task: [
        ("组织生活", reverse("meetings:home")),
        ("我的会议" if IS_MINE.of(task) else _meeting(task).title, _meeting_address(task)),
    ],
    intro=lambda task: _meeting(task).title,
    states=TONES,
    due=Due("due_on", runs=lambda task: task.state in TO_DO),
    load=_load,
    concerns=_returned,
    waits=_waits,
    papers=_papers,
    events=_events,
    cards=(
        Card(
            "学什么",
            "book",
            (
                Fact("补课内容", "material", PROSE),
                Fact("学习链接", "link", drawn=_link),
                Fact("会议", "attendance.meeting.title", url=_meeting_address),
                Fact("完成期限", "due_on", DAY),
            ),
        ),
        Card(
            "学习体会",
            "pencil",
            (
                Fact("体会", "reflection", PROSE),
                Fact("提交", "done_at", MOMENT),
                Fact("意见", "note"),
                Fact("确认", _confirmed),
            ),
        ),
    ),
    steps=(
        Step(
            code="hand_in",
            label="交给记录人",
            title=lambda task: "修改体会" if task.state == MakeUpState.SUBMITTED else "写体会",
            icon="send",
            look=lambda task: "card" if task.state in TO_DO else "fold",
            require=require_handing_in,
            act=submit_make_up,
            form=_reflection_form,
            is_draft=True,
            done="已提交，记录人确认后会通知您。",
        ),
        Step(
            code="confirm",
            label="确认已补课",
            require=require_confirming_make_up,
            act=partial(confirm_make_up, accept=True),
            form=RemarkForm,
            done="补课已确认。",
            to=_back,
        ),
        Step(
            code="return",
            label="退回重学",
            icon="arrow-back-up",
            look="fold",
            require=require_confirming_make_up,
            act=partial(confirm_make_up, accept=False),
            form=SendBackForm,
            done="已退回，本人会收到您的意见。",
            to=_back,
        ),
    ),
)
