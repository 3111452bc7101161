"""What goes on in the reference enterprise right now, done through the product's own actions."""

import datetime as dt

from dangjian.activities.feedback import actions as feedback
from dangjian.activities.meetings.actions import answering, calling
from dangjian.activities.meetings.models import AgendaType
from dangjian.activities.meetings.plans import AgendaPlan, SittingPlan
from dangjian.demo.organizations import Enterprise
from dangjian.demo.people import account_of
from dangjian.kernel import clock
from dangjian.members.actions import proposals
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization, Post

WRITTEN = (
    ("trouble", "夜班签到时手机没有信号", "井下没有信号，补签要等到第二天，能不能由党小组长代为登记。"),
    ("suggestion", "主题党日的通知请提前一周发", "倒班的同志要提前换班，三天前才知道来不及。"),
    ("complaint", "请假以后还显示缺席", "上个月的党员大会请过假，名册上还是缺席。"),
)
CALLING_BRANCHES = 12
"""So many branches have a meeting called for the coming days."""


def begin(*, enterprise: Enterprise, members: list[Member]) -> None:
    """Call meetings for half an hour from now and for the coming days; answer, ask for leave, propose corrections, write in."""
    by_branch: dict[int, list[Member]] = {}
    here = dict(Member.objects.counted().values_list("pk", "branch_id"))  # the stories have moved some, and some have left
    for member in members:
        if here.get(member.pk) == member.branch_id:
            by_branch.setdefault(member.branch_id, []).append(member)
    soon = clock.now().replace(minute=0 if clock.now().minute < 30 else 30, second=0, microsecond=0) + dt.timedelta(minutes=30)
    _call(enterprise.branches[0][1], by_branch, [soon, soon + dt.timedelta(hours=9)])
    good = [branch for plan, branch, _ in enterprise.branches[1:] if plan.quality in {"exemplary", "good"}]
    for days, branch in enumerate(good[:CALLING_BRANCHES], start=1):
        moment = clock.now().replace(hour=15, minute=0, second=0, microsecond=0) + dt.timedelta(days=days)
        _call(branch, by_branch, [moment])
    own = by_branch[enterprise.branches[0][1].pk]
    for member, column, value in zip(
        own[-5:-2],
        ("major", "current_address", "native_place"),
        ("机械电子工程", "虚构省星河市新云岭小区8栋", "虚构省启明县"),
        strict=True,
    ):
        proposals.propose(
            actor=GrantedActor(account_of(member)), member=member, column=column, value=value, note="以前登记的不准确"
        )
    for member, (kind, title, text) in zip(own[-8:-5], WRITTEN, strict=True):
        feedback.write(actor=GrantedActor(account_of(member)), organization=member.branch, kind=kind, title=title, text=text)


def _call(branch: Organization, by_branch: dict[int, list[Member]], times: list[dt.datetime]) -> None:
    people = by_branch[branch.pk]
    secretary = Post.objects.get(organization=branch, kind="secretary", ends_on=None)
    chair = next(m for m in people if m.user_id == secretary.user_id)
    actor = GrantedActor(account_of(chair))
    month = times[0].month
    meeting = calling.plan(
        actor=actor,
        organization=branch,
        kinds=["theme_day", "party_lecture"],
        title=f"{times[0].year}年{month}月主题党日：安全生产我先行",
        sittings=[SittingPlan(starts_at=at, ends_at=at + dt.timedelta(minutes=90)) for at in times],
        agenda=[
            AgendaPlan(type=AgendaType.STUDY, title="学习安全生产重要论述"),
            AgendaPlan(type=AgendaType.LECTURE, title="专题党课：从一次抢修看党员先锋作用", speaker=chair),
            AgendaPlan(type=AgendaType.OTHER, title="现场查找安全隐患"),
        ],
        place=f"{branch.site}党员活动室",
        chair=chair,
        recorder=next(one for one in people if one != chair),
        mode="both",
        online_url="https://meeting.example.com/room/demo",
        is_fixed_day=True,
        notes="请佩戴党员徽章，带学习笔记。",
    )
    calling.call(actor=actor, meeting=meeting)
    sittings = list(meeting.sittings.all())
    for place, member in enumerate(people[2:-3]):
        if place % 7 == 5:
            answering.answer(actor=GrantedActor(account_of(member)), meeting=meeting, coming=False, reason="当班，无法离岗")
        elif place % 3:
            answering.answer(
                actor=GrantedActor(account_of(member)), meeting=meeting, coming=True, sitting=sittings[place % len(sittings)]
            )
