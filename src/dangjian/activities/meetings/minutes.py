"""The draft of the minutes: what was captured, in the words of a 会议记录. Text only; the recorder edits it."""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from dangjian.activities.meetings.models import (
    AgendaItem,
    Attendance,
    Decision,
    DecisionType,
    Meeting,
    Mode,
    Presence,
    Role,
    Sitting,
)
from dangjian.kernel.ui import words

NUMERALS = "一二三四五六七八九十"


def drafted(meeting: Meeting) -> str:
    """The minutes of ``meeting`` as plain text, built from sittings, attendance, agenda, decisions and appraisal."""
    people = list(meeting.attendances.select_related("member", "sitting"))
    parts = [_opening(meeting, people), _course(meeting), _decisions(meeting), _appraisal(meeting), _ending(meeting)]
    return "\n\n".join(part for part in parts if part)


def numbered(place: int) -> str:
    """一、二 … 十、十一: the number of a heading, counted from 1."""
    if place <= 10:
        return NUMERALS[place - 1]
    tens, ones = divmod(place, 10)
    return f"{NUMERALS[tens - 1] if tens > 1 else ''}十{NUMERALS[ones - 1] if ones else ''}"


def names(rows: Iterable[Attendance]) -> str:
    """张三、李四, or 无."""
    return "、".join(row.member.name for row in rows) or "无"


def vote_text(decision: Decision) -> str:
    """应到会有表决权党员20人，实到18人，赞成17票 …, or nothing for a decision without a vote."""
    if not decision.is_vote:
        cast = decision.in_favour + decision.against + decision.abstain
        return f"赞成{decision.in_favour}票，反对{decision.against}票，弃权{decision.abstain}票" if cast else ""
    written = f"（含书面意见{decision.written_in_favour}票）" if decision.written_in_favour else ""
    in_favour = decision.in_favour + decision.written_in_favour
    return (
        f"应到会有表决权的{decision.due}人，实到{decision.present}人；赞成{in_favour}票{written}，"
        f"反对{decision.against}票，弃权{decision.abstain}票"
    )


def times(meeting: Meeting) -> list[str]:
    """One line for each sitting: 2026年11月23日 14:00至15:30（一号会议室）."""
    return [
        f"{words.daytime(begins)}至{words.daytime(ends)[-5:]}" + (f"（{one.place}）" if one.place else "")
        for one, begins, ends in _as_held(meeting)
    ]


def _as_held(meeting: Meeting) -> list[tuple[Sitting, dt.datetime, dt.datetime]]:
    """Each sitting with its beginning and end: as planned, or as it went if there was one and it was run on the platform."""
    sittings = list(meeting.sittings.all())
    if len(sittings) == 1 and was_run(meeting, sittings[0]):
        return [(sittings[0], meeting.begun_at or sittings[0].starts_at, meeting.ended_at or sittings[0].ends_at)]
    return [(one, one.starts_at, one.ends_at) for one in sittings]


def was_run(meeting: Meeting, sitting: Sitting) -> bool:
    """Whether the meeting was begun and ended on the platform while it was held, not written down afterwards."""
    begun, ended = meeting.begun_at, meeting.ended_at
    if begun is None or ended is None or begun >= sitting.ends_at:
        return False
    return timezone.localtime(begun).date() == timezone.localtime(ended).date() == timezone.localtime(sitting.starts_at).date()


def _opening(meeting: Meeting, people: list[Attendance]) -> str:
    """One paragraph: when, where and by whom it was held, and how many came."""
    attendees = [row for row in people if row.role == Role.ATTENDEE]
    came = [row for row in attendees if row.came]
    online = sum(row.presence == Presence.ONLINE for row in came)
    on_leave = sum(row.was_on_leave for row in attendees)
    absent = len(attendees) - len(came) - on_leave
    guests = [row.name for row in meeting.guests.all() if row.came]
    observers = sum(row.role == Role.OBSERVER and row.came for row in people) + len(guests)
    counts = [f"应到{len(attendees)}人", f"实到{len(came)}人" + (f"（其中线上{online}人）" if online else "")]
    counts += [f"{word}{number}人" for word, number in (("请假", on_leave), ("缺席", absent), ("列席", observers)) if number]
    counts[-1] += f"（其中流入党员{'、'.join(guests)}）" if guests else ""
    where = meeting.place or ("线上" if meeting.mode == Mode.ONLINE else "")
    led = [f"会议由{meeting.chair}主持"] if meeting.chair else []
    led += [f"{meeting.recorder}记录"] if meeting.recorder else []
    held = f"{'；'.join(times(meeting))}，{meeting.organization}{f'在{where}' if where else ''}召开{meeting.title}。"
    return f"{held}{'，'.join(led)}{'。' if led else ''}{'，'.join(counts)}。"


def _course(meeting: Meeting) -> str:
    items = list(meeting.agenda.select_related("speaker"))
    if not items:
        return ""
    return "\n".join(["会议议程：", *(_item(place, item) for place, item in enumerate(items, 1))])


def _item(place: int, item: AgendaItem) -> str:
    speaker = f"（{item.speaker_text}）" if item.speaker_text else ""
    notes = f"\n{item.notes}" if item.notes else ""
    kind = f"【{item.get_type_display()}】" if item.type != "other" else ""
    return f"{numbered(place)}、{kind}{item.title}{speaker}{notes}"


def _decisions(meeting: Meeting) -> str:
    found = list(meeting.decisions.all())
    if not found:
        return ""
    lines = ["会议决议："]
    for place, decision in enumerate(found, 1):
        kind = f"【{decision.get_type_display()}】" if decision.type not in {DecisionType.ORDINARY, DecisionType.OTHER} else ""
        who = f"{decision.candidate_name}：" if decision.candidate_name else ""
        lines.append(f"{place}．{kind}{who}{decision.text}")
        votes = vote_text(decision)
        method = decision.get_method_display()
        result = f"表决结果：{decision.result_text}" if decision.is_vote else f"结果：{decision.result_text}"
        lines.append("　　" + "；".join(part for part in (method, votes, result) if part) + "。")
        if decision.tellers:
            lines.append(f"　　监票人、计票人：{decision.tellers}。")
        if decision.special_text:
            lines.append(f"　　{decision.special_text}。")
        if decision.citations:
            lines.append("　　依据：" + "、".join(decision.citations.splitlines()) + "。")
    return "\n".join(lines)


def _appraisal(meeting: Meeting) -> str:
    results = list(meeting.appraisals.select_related("member"))
    if not results:
        return ""
    by_grade: dict[str, list[str]] = {}
    for one in results:
        by_grade.setdefault(one.grade_title, []).append(one.member.name)
    lines = ["民主评议党员结果：", *(f"{grade}（{len(who)}人）：{'、'.join(who)}" for grade, who in by_grade.items())]
    return "\n".join([*lines, f"优秀超出比例的原因：{meeting.appraisal_reason}。"] if meeting.appraisal_reason else lines)


def _ending(meeting: Meeting) -> str:
    """When it ended, where that is known better than planned."""
    sittings = list(meeting.sittings.all())
    return f"会议于{words.daytime(meeting.ended_at)[-5:]}结束。" if sittings and was_run(meeting, sittings[-1]) else ""
