"""What must be true before a step about somebody's standing may be taken, by the names in the files of ``procedures``."""

import datetime as dt
from collections.abc import Mapping, Sequence

from dangjian.activities.standing.queries.cases import entry_of, member_of, probation_of, suspended_on, why_suspended
from dangjian.engines.procedures.offers import Attempt, Objection
from dangjian.engines.procedures.queries import taken_steps
from dangjian.kernel.rulebook import Bounds, NotInForce, Period, book
from dangjian.kernel.ui import words
from dangjian.members.models import Standing
from dangjian.members.policy import PROBATION_WITHIN_PARTY, probation_within_party_limit
from dangjian.members.queries.account import last_days
from dangjian.org.policy import barred

Against = Sequence[Objection]
SENDS_BACK = frozenset({"returned", "refused"})
MONTHS = 12
LOST = "self_exit_lost"


def says_why(attempt: Attempt) -> Against:
    """Nobody sends back or refuses without a reason."""
    if attempt.outcome in SENDS_BACK and not attempt.entry.get("opinion"):
        return [Objection("退回或者不同意的，须写明理由。", "请在意见中写明。", field="opinion")]
    return ()


def temporary_does_not(attempt: Attempt) -> Against:
    """A temporary organisation in general neither punishes nor disposes (``org.temp_branch.may_not``)."""
    branch = attempt.case.organization
    rule = barred(branch.type_code, "discipline", attempt.day)
    if rule is None:
        return ()
    return [Objection(f"“{branch}”是临时党组织，一般不处分、处置党员。", "", rule.citation, is_usual_only=True)]


def day_of_death(attempt: Attempt) -> Against:
    """Nobody dies after today, or before something that they did since."""
    entry = attempt.entry if attempt.step.code == "register" else entry_of(attempt.case, "register")
    if not entry.get("died_on") or attempt.outcome == "returned":
        return ()
    died_on, member = dt.date.fromisoformat(entry["died_on"]), member_of(attempt.case)
    at = "died_on" if attempt.step.code == "register" else ""
    if died_on > attempt.day:
        return [Objection("去世日期不能晚于办理日期。", "请核对日期。", field=at)]
    last = last_days([member.pk]).get(member.pk)
    if last and died_on <= last:
        text = f"{member.name}在{words.day(last)}有一次党籍变动，去世日期应在这之后。"
        return [Objection(text, "请核对日期；那次变动登记错了的，请先更正。", field=at)]
    return ()


def long_enough(attempt: Attempt) -> Against:
    """失去联系 takes half a year, study abroad more than five years; all of it is counted from the day that is filled in."""
    since, why = _day(attempt.entry, "since"), attempt.entry.get("why", "")
    if since is None:
        return ()
    if since > attempt.day:
        return [Objection("这一天不能晚于办理日期。", "请核对日期。", field="since")]
    if why == "lost":
        rule = book().on_or_first("lost.suspend", attempt.day)
        reached = rule.expect(Period).after(since)
        text = f"失去联系满{rule.text}才能停止党籍，最早可在{words.day(reached)}提出。"
        return [Objection(text, "请继续查找、联系。", rule.citation, field="since")] if attempt.day < reached else ()
    if why == "abroad":
        rule = book().on_or_first("standing.suspend_abroad", attempt.day)
        reached = rule.expect(Period).after(since)
        text = f"出国（境）学习研究超过{rule.text}仍未返回的才停止党籍，到{words.day(reached)}刚满{rule.text}。"
        return [Objection(text, "请继续保持联系。", rule.citation, field="since")] if attempt.day <= reached else ()
    return ()


def may_be_restored(attempt: Attempt) -> Against:
    """停止党籍 is restored by procedure; whoever was removed may join again, but is not restored (``standing.restore``)."""
    member = member_of(attempt.case)
    if member.standing != Standing.REMOVED or attempt.entry.get("why") == "revoked":
        return ()
    rule = book().on_or_first("standing.restore", attempt.day)
    again = book().on_or_first("disp.rejoin_bar", attempt.day)
    text = f"{member.name}已出党，原则上不能恢复党籍；{again.text}后符合条件的可以重新入党。"
    how = "原来的决定经复查撤销的，理由选“原来的决定经复查撤销”。"
    return [Objection(text, how, f"{rule.citation}；{again.citation}", field="why")]


def no_double(attempt: Attempt) -> Against:
    """What was punished is not disposed of a second time (``disp.no_double``)."""
    if attempt.entry.get("punished") != "yes":
        return ()
    rule = book().on_or_first("disp.no_double", attempt.day)
    return [Objection("同一问题已经受过党纪处分的，不再给予组织处置。", "请核对。", rule.citation, field="punished")]


def correction_time(attempt: Attempt) -> Against:
    """Half a year in general, a year at most."""
    if attempt.outcome in SENDS_BACK or not attempt.entry.get("months"):
        return ()
    rule = book().on_or_first("disp.correct.period", attempt.day)
    span, months = rule.expect(Bounds), int(attempt.entry["months"])
    if months < 1 or months > (span.at_most or months):
        text = f"限期改正不超过{span.at_most}个月，现在填的是{months}个月。"
        return [Objection(text, "请填一到十二个月。", rule.citation, field="months")]
    if span.usually_at_most and months > span.usually_at_most:
        text = f"限期改正一般{span.usually_at_most}个月，现在填的是{months}个月。"
        return [Objection(text, "", rule.citation, is_usual_only=True)]
    return ()


def lost_long_enough(attempt: Attempt) -> Against:
    """Whoever is still lost two years after 停止党籍 is removed as 自行脱党; of whoever is suspended nothing else is decided."""
    proposed = attempt.entry.get("kind") or entry_of(attempt.case, "propose").get("kind", "")
    member = member_of(attempt.case)
    if attempt.outcome in SENDS_BACK:
        return ()
    if proposed != LOST:
        is_away = member.standing == Standing.SUSPENDED
        text = f"{member.name}已停止党籍，只能按停止党籍满两年仍无法取得联系的办理。"
        return [Objection(text, "重新取得联系的，请办理恢复党籍。", field="kind")] if is_away else ()
    rule, since = book().on_or_first("lost.remove", attempt.day), suspended_on(member)
    if member.standing != Standing.SUSPENDED or since is None:
        return [Objection(f"{member.name}没有停止党籍。", "请先办理停止党籍。", rule.citation, field="kind")]
    if why_suspended(member) not in {"", "lost"}:
        return [Objection(f"{member.name}不是因失去联系停止党籍的。", "请核对停止党籍的情形。", rule.citation, field="kind")]
    reached = rule.expect(Period).after(since)
    if attempt.day < reached:
        text = f"{member.name}{words.day(since)}停止党籍，满{rule.text}是{words.day(reached)}。"
        return [Objection(text, "请继续查找、联系。", rule.citation, field="kind" if attempt.entry.get("kind") else "")]
    return ()


def as_proposed(attempt: Attempt) -> Against:
    """What is approved is what was proposed and discussed; whoever is to be persuaded leaves, or is removed if they do not."""
    if attempt.outcome in SENDS_BACK:
        return ()
    proposed = entry_of(attempt.case, "propose").get("kind", "")
    expected = proposed
    if proposed == "persuaded" and entry_of(attempt.case, "hear").get("attitude") != "agrees":
        expected = "persuaded_refused"
    if attempt.outcome == expected:
        return ()
    step = attempt.step.outcome(expected)
    said = f"应为“{step.title}”" if step else "请核对"
    return [Objection(f"与党支部的建议和本人的态度不符，{said}。", "不同意的，请退回或者不作处置。", field="outcome")]


def probation_time(attempt: Attempt) -> Against:
    """留党察看 lasts one year or two (``disc.probation``); other penalties have no time."""
    if attempt.outcome in SENDS_BACK:
        return ()
    kind, months = attempt.entry.get("kind"), int(attempt.entry.get("months") or 0)
    decided_on = _day(attempt.entry, "decided_on") or attempt.day
    if kind != PROBATION_WITHIN_PARTY:
        return [Objection("只有留党察看要填几个月。", "请删去月数。", field="months")] if months else ()
    try:
        rule = book().on("disc.probation", decided_on)
    except NotInForce:
        return () if months else [Objection("留党察看要写明几个月，请按当时的处分决定填写。", field="months")]
    span = rule.expect(Bounds)
    if months not in {(span.at_least or 1) * MONTHS, (span.at_most or 1) * MONTHS}:
        return [Objection("留党察看为一年或者二年。", "请填12或者24。", rule.citation, field="months")]
    return ()


def decided_before(attempt: Attempt) -> Against:
    """What is put on record was decided."""
    decided_on = _day(attempt.entry, "decided_on")
    if decided_on and decided_on > attempt.day:
        return [Objection("决定的日期不能晚于办理日期。", "请核对日期。", field="decided_on")]
    return ()


def under_probation(attempt: Attempt) -> Against:
    """There is a 留党察看 to be dealt with."""
    member = member_of(attempt.case)
    if probation_of(member, attempt.case.started_on or attempt.day):
        return ()
    return [Objection(f"{member.name}没有留党察看处分。", "请核对本人的处分记录。")]


def extended_time(attempt: Attempt) -> Against:
    """Prolonged once, and with what it was not beyond two years (``disc.probation``)."""
    found = probation_of(member_of(attempt.case), attempt.case.started_on)
    if attempt.outcome != "extended" or found is None or found.ends_on is None:  # ``under_probation`` refuses the latter
        return ()
    months = int(attempt.entry["months"])
    if not months:
        return [Objection("延长的月数应大于0。", field="months")]
    rule = book().on_or_first("disc.probation", found.starts_on)
    if found.extends_id:
        return [Objection("留党察看已经延长过一次。", "请决定恢复党员权利或者开除党籍。", rule.citation, field="outcome")]
    limit = probation_within_party_limit(max(found.starts_on, rule.valid_from or found.starts_on), book=book())
    if Period(months=months).after(found.ends_on) > limit:
        text = f"留党察看连同延长不超过二年，最长到{words.day(limit)}。"
        return [Objection(text, "请减少延长的月数。", rule.citation, field="months")]
    return ()


def as_discussed(attempt: Attempt) -> Against:
    """What is decided at the end of 留党察看 is what the meeting proposed, or it is sent back."""
    from_meeting = {"restore": "restored", "extend": "extended", "expel": "expelled"}
    discussed = from_meeting.get(_outcome_of(attempt, "meeting"), "")
    if attempt.outcome in SENDS_BACK or not discussed or attempt.outcome == discussed:
        return ()
    step = attempt.step.outcome(discussed)
    text = f"党员大会的意见是“{step.title if step else discussed}”。"
    return [Objection(text, "不同意大会意见的，请退回重新讨论。", field="outcome")]


def _outcome_of(attempt: Attempt, code: str) -> str:
    row = taken_steps(attempt.case).filter(code=code).order_by("pk").last()
    return row.outcome if row else ""


def _day(entry: Mapping[str, str], code: str) -> dt.date | None:
    text = entry.get(code, "")
    return dt.date.fromisoformat(text) if text else None


GATES = {
    gate.__name__: gate
    for gate in (
        says_why,
        temporary_does_not,
        day_of_death,
        long_enough,
        may_be_restored,
        no_double,
        correction_time,
        lost_long_enough,
        as_proposed,
        probation_time,
        decided_before,
        under_probation,
        extended_time,
        as_discussed,
    )
}

USUAL = frozenset(gate.__name__ for gate in (temporary_does_not, correction_time))
"""Those that speak of what is usual, so that whoever takes the step may give a reason."""
