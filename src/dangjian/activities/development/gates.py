"""What must be true before a step of the development of members may be taken, beyond order, time and who takes it.

Each function is named by ``procedures/development.yaml``. It returns what speaks against the step, with the article.
"""

import datetime as dt
from collections.abc import Sequence

from dangjian.activities.development.queries import letters, quotas
from dangjian.activities.development.queries.way import applicant_of, day_of, outcome_of, record_of
from dangjian.engines.procedures.entries import numbers_in
from dangjian.engines.procedures.offers import Attempt, Objection
from dangjian.engines.procedures.queries import Hands
from dangjian.kernel.rulebook import Bounds, Choices, Period, book
from dangjian.kernel.ui import words
from dangjian.members.models import ChangeKind, MembershipEntry, Standing
from dangjian.members.policy import age, probation_ends_on
from dangjian.members.queries.standing import standing_on
from dangjian.members.rights import Right
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register
from dangjian.org.policy import TEMPORARY

Against = Sequence[Objection]
CAME_FROM_ELSEWHERE = (ChangeKind.MOVED_IN, ChangeKind.TRANSFERRED_IN, ChangeKind.WHOLE_IN)


def of_age(attempt: Attempt) -> Against:
    """Only whoever is eighteen can apply."""
    born = applicant_of(attempt.case).birth_on
    rule = book().on_or_first("dev.age_min", attempt.day)
    least = rule.expect(int)
    if born is None:
        return [Objection("还没有填写出生日期，不能判断是否年满十八岁。", "请先补填申请人的出生日期。", rule.citation)]
    if attempt.day < born or age(born, attempt.day) < least:
        reached = born.replace(year=born.year + least) if (born.month, born.day) != (2, 29) else dt.date(born.year + least, 3, 1)
        return [
            Objection(
                f"申请人在{words.day(attempt.day)}未满{least}周岁，{words.day(reached)}起才能申请入党。",
                "请核对出生日期和申请日期。",
                rule.citation,
                field="day",
            )
        ]
    return ()


def not_a_member(attempt: Attempt) -> Against:
    """Whoever is a member does not apply."""
    known = record_of(applicant_of(attempt.case)) or applicant_of(attempt.case).member
    if known is None or known.standing != Standing.NORMAL:
        return ()
    return [Objection(f"{known.name}已是{known.get_category_display()}，不用再申请入党。", "请核对姓名和公民身份号码。")]


def contacts_may(attempt: Attempt) -> Against:
    """Whoever trains an applicant has a member's rights."""
    return _chosen_may(attempt, "contacts", Right.TRAIN)


def sponsors_may(attempt: Attempt) -> Against:
    """Who is under 留党察看 or without rights cannot sponsor; in the effect period of a lighter penalty it is not suitable."""
    return _chosen_may(attempt, "sponsors", Right.SPONSOR)


def _chosen_may(attempt: Attempt, field: str, right: Right) -> Against:
    standing = standing_on(numbers_in(attempt.entry.get(field, "")), attempt.day)
    against = [ground for one in standing.values() for ground in one.grounds(right)]
    barred = [ground for ground in against if not ground.is_usual_only]
    if barred:
        return [Objection(f"{one.text}。", "请选择其他正式党员。", one.citation, field=field) for one in barred]
    return [Objection(f"{one.text}。", "", one.citation, is_usual_only=True) for one in against]


def something_handed_in(attempt: Attempt) -> Against:
    """A report is written here, or its scan handed in."""
    if attempt.entry.get("content") or "thought_report" in attempt.papers:
        return ()
    return [Objection("思想汇报还没有内容。", "请写几句，或者上传手写稿的照片。", field="content")]


def both_places(attempt: Attempt) -> Against:
    """Of somebody mobile notice is given where they left and where they are."""
    place = applicant_of(attempt.case).floating_at
    if not place or attempt.entry.get("both_places"):
        return ()
    text = f"{attempt.case}是流动人员（{place}），流出地和流入地都要公示。"
    return [Objection(text, "请填写另一处的公示地点。", field="both_places")]


def says_what(attempt: Attempt) -> Against:
    """Whoever sends something back says what is missing, or why."""
    if attempt.outcome not in {"returned", "anew"} or attempt.entry.get("opinion"):
        return ()
    return [Objection("退回的，请写明缺什么、为什么。", field="opinion")]


def letters_returned(attempt: Attempt) -> Against:
    """The review is concluded when the letters have come back; whoever concludes it before says why."""
    waiting = letters.open_for(attempt.case.subject_id).count()
    text = f"还有{waiting}封函调没有回函。"
    return [Objection(text, "可以先催办；不再需要的函调请作废。", is_usual_only=True)] if waiting else ()


def trained_enough(attempt: Attempt) -> Against:
    """Three days or twenty-four hours, in general, and in general face to face."""
    days, hours = (int(attempt.entry.get(name) or 0) for name in ("days", "hours"))
    by_days = book().on_or_first("dev.training.days", attempt.day)
    by_hours = book().on_or_first("dev.training.hours", attempt.day)
    found: list[Objection] = []
    if days < by_days.expect(int) and hours < by_hours.expect(int):
        text = f"培训{days}天、{hours}学时，一般不少于{by_days.text}或者{by_hours.text}。"
        found.append(Objection(text, "", by_days.citation, is_usual_only=True))
    if attempt.entry.get("face_to_face") == "no":
        found.append(Objection("集中培训一般采取面对面的方式。", "", by_days.citation, is_usual_only=True))
    return found


def staying(attempt: Attempt) -> Against:
    """Whoever leaves the unit within three months is in general not admitted."""
    if attempt.entry.get("leaving") != "yes":
        return ()
    return [Objection("三个月内将离开工作、学习单位的，一般不办理接收预备党员的手续。", is_usual_only=True)]


def approver(attempt: Attempt) -> Against:
    """Only a Party committee approves: neither a general branch nor a leading group nor a temporary organisation."""
    rule = book().on_or_first("dev.approve.who", attempt.day)
    place: Organization = register(Organization).get(pk=Hands([attempt.case]).of(attempt.step, attempt.case))
    if place.kind != Kind.COMMITTEE:
        return [Objection("上面没有可以审批的党委。", "请先在组织架构中建立上级党委。", rule.citation)]
    if place.type_code in TEMPORARY:
        titled = rule.expect(Choices).titled("temporary")
        return [Objection(f"“{place}”是{titled}，不能审批预备党员。", "请由上级党委办理。", rule.citation)]
    return ()


def within_plan(attempt: Attempt) -> Against:
    """Nobody is put forward beyond the yearly plan that was handed down."""
    found = quotas.objection(attempt.case.organization, attempt.day) if attempt.outcome == "agreed" else None
    return [found] if found else ()


def in_time(attempt: Attempt) -> Against:
    """Three months for the superior's decision; in special cases six, after which the meeting discusses it anew."""
    passed = day_of(attempt.case, "admission_meeting")
    if attempt.outcome != "approved" or passed is None:
        return ()
    usual = book().on_or_first("dev.approve.limit", attempt.day)
    special = book().on_or_first("dev.approve.special", attempt.day)
    if attempt.day > special.expect(Period).after(passed):
        text = f"支部大会{words.day(passed)}通过，到{words.day(attempt.day)}已超过{special.text}。"
        return [Objection(text, "请选择“发回支部大会重新讨论”。", special.citation)]
    if attempt.day > usual.expect(Period).after(passed):
        text = f"支部大会{words.day(passed)}通过，到{words.day(attempt.day)}已超过{usual.text}。"
        return [Objection(text, "", usual.citation, is_usual_only=True)]
    return ()


def moved_in(attempt: Attempt) -> Against:
    """Only for somebody who came from elsewhere on probation is the discussion put off, by half a year at most."""
    member = applicant_of(attempt.case).member
    if member is None or member.joined_on is None:
        return ()
    rule = book().on_or_first("dev.moved_probationer", attempt.day)
    came = register(MembershipEntry).filter(member=member, kind__in=CAME_FROM_ELSEWHERE, reverses=None, reversed_by=None)
    if not came.filter(effective_on__gt=member.joined_on).exists():
        return [Objection(f"{member.name}不是转来的预备党员，不能推迟讨论转正。", "请在预备期满时讨论。", rule.citation)]
    ends_on = member.probation_extended_to or probation_ends_on(member.joined_on, book=book())
    latest = rule.expect(Period).after(ends_on)
    to = attempt.entry.get("to", "")
    if to and dt.date.fromisoformat(to) > latest:
        text = f"推迟讨论转正不超过{rule.text}，最迟到{words.day(latest)}。"
        return [Objection(text, "请填不晚于这一天的日期。", rule.citation, field="to")]
    return ()


def extended_once(attempt: Attempt) -> Against:
    """The probation is extended once."""
    member = applicant_of(attempt.case).member
    if attempt.outcome == "extended" and member and member.probation_extended_to:
        rule = book().on_or_first("dev.probation.extend", attempt.day)
        text = f"预备期已延长到{words.day(member.probation_extended_to)}，只能延长一次。"
        return [Objection(text, "请讨论转正或者取消预备党员资格。", rule.citation, field="outcome")]
    return ()


def as_the_meeting(attempt: Attempt) -> Against:
    """The committee approves what the meeting decided, or sends it back; an extension lasts half a year to a year."""
    if attempt.outcome == "returned":
        return ()
    decided = outcome_of(attempt.case, "conversion_meeting")
    if attempt.outcome != decided:
        step = attempt.step.outcome(decided)
        text = f"支部大会的决定与此不同{f'（应为“{step.title}”）' if step else ''}。"
        return [Objection(text, "请按支部大会的决定审批；不同意的，退回支部大会重新讨论。", field="outcome")]
    if decided == "extended":
        rule = book().on_or_first("dev.probation.extend", attempt.day)
        span, months = rule.expect(Bounds), int(attempt.entry.get("months") or 0)
        if not (span.at_least or 0) <= months <= (span.at_most or months):
            return [Objection(f"延长预备期须为{rule.text}。", "请填写延长几个月。", rule.citation, field="months")]
    return ()


GATES = {
    gate.__name__: gate
    for gate in (
        of_age,
        not_a_member,
        contacts_may,
        sponsors_may,
        something_handed_in,
        both_places,
        says_what,
        letters_returned,
        trained_enough,
        staying,
        approver,
        within_plan,
        in_time,
        moved_in,
        extended_once,
        as_the_meeting,
    )
}

USUAL = frozenset(gate.__name__ for gate in (sponsors_may, letters_returned, trained_enough, staying, within_plan, in_time))
"""Those that speak of what is usual only, so that whoever takes the step may give a reason."""
