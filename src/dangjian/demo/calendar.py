"""When the reference enterprise met in the past fifteen months, and about what. Pure: no tables."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from dangjian.activities.meetings.models import AgendaType
from dangjian.kernel.periods import MONTH, QUARTER, Span

MONTHS = 15
SKIPS = {"exemplary": 0.0, "good": 0.015, "late": 0.12, "poor": 0.34}
"""How often a meeting that was due did not take place."""

STUDIES = (
    "学习党章和党内法规",
    "学习基层组织工作条例",
    "学习安全生产重要论述",
    "学习国有企业党的建设会议精神",
    "学习党纪学习教育材料",
    "学习最新重要会议精神",
    "学习先进典型事迹",
)
THEMES = (
    "我为现场解难题",
    "安全隐患随手查",
    "师带徒技能传授",
    "义务植树护绿",
    "重温入党誓词",
    "走访慰问老党员",
    "降本增效金点子",
)
LECTURES = ("新时代产业工人的责任", "从一次抢修看党员先锋作用", "把纪律挺在前面", "质量就是生命", "学好规章守住底线")
REPORTS = ("通报上季度党费收缴情况", "通报党员发展工作进展", "通报支部工作计划落实情况", "讨论党员责任区划分")


@dataclass(frozen=True)
class Planned:
    """One meeting to be written: its kinds, day, hour, agenda, and whether an ordinary vote is taken."""

    kinds: tuple[str, ...]
    audience: str
    title: str
    on: dt.date
    hour: int
    agenda: tuple[tuple[str, str], ...]
    vote: str = ""


def months_back(today: dt.date) -> list[dt.date]:
    """First days of the past ``MONTHS`` months and of this one, the oldest first."""
    firsts = []
    year, month = today.year, today.month
    for _ in range(MONTHS + 1):
        firsts.append(dt.date(year, month, 1))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return firsts[::-1]


def of_branch(random: Random, quality: str, *, has_committee: bool, today: dt.date) -> Iterator[Planned]:
    """A branch's meetings. Who works poorly leaves some out; this month only what lies before today."""
    fixed_day = random.randint(4, 9)
    for first in months_back(today):
        for one in _month(random, first, fixed_day, has_committee=has_committee):
            if one.on < today and random.random() >= SKIPS[quality]:
                yield one


def of_committee(random: Random, *, today: dt.date) -> Iterator[Planned]:
    """The Party committee's own: monthly conference, quarterly study, the yearly lecture and democratic-life meeting."""
    for first in months_back(today):
        label = f"{first.year}年{first.month}月"
        study = (AgendaType.FIRST_AGENDA, random.choice(STUDIES))
        talk = (AgendaType.DISCUSSION, "前置研究讨论重大经营管理事项")
        wanted = [_of_committee("committee_conference", f"{label}党委会会议", first + dt.timedelta(days=5), study, talk)]
        if first.month % 3 == 1:
            wanted.append(_of_committee("study_group", f"{label}党委理论学习中心组学习", first + dt.timedelta(days=12), study))
        if first.month == 7:
            wanted.append(
                _of_committee("leader_lecture", f"{first.year}年党委书记讲党课", first, (AgendaType.LECTURE, "专题党课"))
            )
        if first.month == 12:
            check = (AgendaType.REPORT, "班子对照检查")
            wanted.append(
                _of_committee("democratic_life_meeting", f"{first.year}年度民主生活会", first + dt.timedelta(days=20), check)
            )
        yield from (one for one in wanted if one.on < today)


def _of_committee(kind: str, title: str, on: dt.date, *agenda: tuple[str, str]) -> Planned:
    return Planned((kind,), "committee", title, on, 9, agenda)


def of_group(random: Random, quality: str, *, today: dt.date) -> Iterator[Planned]:
    """A group's monthly meetings."""
    for first in months_back(today):
        study = random.choice(STUDIES)
        on = first + dt.timedelta(days=random.randint(9, 24))
        if on < today and random.random() >= SKIPS[quality]:
            agenda = ((AgendaType.STUDY, study), (AgendaType.DISCUSSION, "交流本月岗位工作和思想情况"))
            yield Planned(
                ("group_meeting",), "members", f"{first.year}年{first.month}月党小组会", on, random.choice((8, 15, 17)), agenda
            )


def _month(random: Random, first: dt.date, fixed_day: int, *, has_committee: bool) -> Iterator[Planned]:
    label, quarter = Span.of(first, MONTH).label, Span.of(first, QUARTER).label
    if has_committee:
        yield Planned(
            ("committee_meeting",),
            "committee",
            f"{label}支部委员会会议",
            first + dt.timedelta(days=random.randint(0, 3)),
            9,
            ((AgendaType.FIRST_AGENDA, random.choice(STUDIES)), (AgendaType.DISCUSSION, f"研究{label}重点工作和责任分工")),
        )
    theme = random.choice(THEMES)
    lecture = first.month % 3 == 2
    kinds = ("theme_day", "party_lecture") if lecture else ("theme_day",)
    agenda: tuple[tuple[str, str], ...] = (
        (AgendaType.STUDY, random.choice(STUDIES)),
        (AgendaType.OTHER, f"主题活动：{theme}"),
    )
    if lecture:
        agenda = (*agenda, (AgendaType.LECTURE, f"专题党课：{random.choice(LECTURES)}"))
    yield Planned(kinds, "members", f"{label}主题党日：{theme}", first + dt.timedelta(days=fixed_day), 14, agenda)
    if first.month % 3 == 0:
        report = random.choice(REPORTS)
        yield Planned(
            ("general_meeting",),
            "members",
            f"{quarter}支部党员大会",
            first + dt.timedelta(days=random.randint(11, 22)),
            15,
            (
                (AgendaType.STUDY, random.choice(STUDIES)),
                (AgendaType.REPORT, report),
                (AgendaType.VOTE, "审议支部下季度工作安排"),
            ),
            vote="同意支部下季度工作安排。",
        )
    if first.month in {6, 11}:
        yield Planned(
            ("heart_talk",),
            "committee",
            f"{label}谈心谈话",
            first + dt.timedelta(days=19),
            16,
            ((AgendaType.DISCUSSION, "支委之间、支委与党员之间谈心谈话"),),
        )
    if first.month == 12:
        yield Planned(
            ("org_life_meeting", "member_appraisal"),
            "members",
            f"{first.year}年度组织生活会和民主评议党员",
            first + dt.timedelta(days=17),
            14,
            (
                (AgendaType.REPORT, "书记代表支部委员会作对照检查"),
                (AgendaType.DISCUSSION, "党员逐一对照检查、开展批评和自我批评"),
                (AgendaType.APPRAISAL, "民主测评并评定等次"),
            ),
        )
