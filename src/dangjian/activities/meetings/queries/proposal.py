"""What is proposed when somebody wants to call a meeting: as much as can be known, so that only the time is left to choose."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone

from dangjian.activities.meetings import usual
from dangjian.activities.meetings.kinds import IN_GROUPS, MEETING_KINDS, OF_A_YEAR, MeetingKind, kinds_for
from dangjian.activities.meetings.models import TOOK_PLACE, AgendaType, Audience, Meeting, MeetingKindRow, Mode, Status
from dangjian.activities.meetings.plans import AgendaPlan, SittingPlan
from dangjian.activities.meetings.policy import years_counted
from dangjian.activities.meetings.queries.case_steps import CarriedStep
from dangjian.activities.meetings.queries.held import held_by_branch_or_groups
from dangjian.engines.duties.live import owes
from dangjian.engines.duties.models import DoneBefore
from dangjian.kernel import clock
from dangjian.kernel.periods import YEAR, Span
from dangjian.kernel.rulebook import Frequency, NotInForce, book
from dangjian.kernel.ui import words
from dangjian.kernel.windows import Window
from dangjian.members.models import Category, Member
from dangjian.members.policy import probation_ends_on
from dangjian.members.queries import attendees_of
from dangjian.org.models import Kind, Organization, Post, PostKind

AHEAD = dt.timedelta(days=30)
"""Probations that end within this time after the meeting are put on its agenda."""

USUAL_AGENDA: dict[str, tuple[tuple[str, str], ...]] = {
    "general_meeting": ((AgendaType.FIRST_AGENDA, "学习党中央最新精神"), (AgendaType.REPORT, "通报支部工作情况")),
    "committee_meeting": ((AgendaType.FIRST_AGENDA, "学习党中央最新精神"), (AgendaType.DISCUSSION, "研究支部近期工作")),
    "group_meeting": ((AgendaType.STUDY, "集体学习"), (AgendaType.DISCUSSION, "交流学习和工作情况")),
    "party_lecture": ((AgendaType.LECTURE, "讲党课"),),
    "theme_day": ((AgendaType.STUDY, "主题学习"), (AgendaType.OTHER, "主题活动")),
    "org_life_meeting": (
        (AgendaType.STUDY, "会前学习有关内容"),
        (AgendaType.REPORT, "支部书记作对照检查"),
        (AgendaType.DISCUSSION, "开展批评和自我批评"),
    ),
    "member_appraisal": ((AgendaType.APPRAISAL, "民主评议党员"),),
    "heart_talk": ((AgendaType.OTHER, "谈心谈话"),),
    "democratic_life_meeting": (
        (AgendaType.REPORT, "通报上次民主生活会整改情况"),
        (AgendaType.DISCUSSION, "对照检查，开展批评和自我批评"),
    ),
    "leader_lecture": ((AgendaType.LECTURE, "讲党课"),),
    "committee_conference": ((AgendaType.FIRST_AGENDA, "学习党中央最新精神"), (AgendaType.DISCUSSION, "研究有关事项")),
    "study_group": ((AgendaType.STUDY, "集中学习研讨"),),
}
ALSO_PROPOSED = frozenset({"theme_day", "party_lecture", "org_life_meeting", "member_appraisal"})
"""Kinds that are usually held together with another meeting."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A meeting as it could be called.

    ``also_due`` are codes of further kinds that this meeting could serve; ``because`` says in Chinese what the proposal rests on.
    """

    title: str
    kinds: tuple[str, ...]
    audience: str
    mode: str
    place: str
    online_url: str
    sitting: SittingPlan
    chair: Member | None
    recorder: Member | None
    is_fixed_day: bool
    agenda: tuple[AgendaPlan, ...]
    for_year: int | None
    also_due: tuple[str, ...]
    because: tuple[str, ...]


def propose(
    *,
    organization: Organization,
    kinds: Sequence[str],
    on: dt.date | None = None,
    for_year: int | None = None,
    steps: Sequence[CarriedStep] = (),
) -> Proposal:
    """A sensible meeting of ``kinds`` (at least one) on the day ``on``; else on a day that suits the last one of the kind.

    ``steps`` of procedures, which the meeting could decide, are put on its agenda. It counts for ``for_year``, or for the year
    before while that may still be held and was not. A day that is over is that of a meeting to be written down: nothing is taken
    from one that is still to be held.
    """
    leading = MEETING_KINDS[kinds[0]]
    is_over = on is not None and on < clock.today()
    last = _last(organization, leading.code, was_held=is_over)
    day = on or _suitable_day(organization, leading, last)
    chair, recorder = _chair(organization, day), _recorder(organization, day, last)
    agenda, because = _agenda(organization, kinds, last, day, steps)
    year = for_year if for_year in years_counted(day, book=book()) else _year_left(organization, kinds, day)
    return Proposal(
        title=_title(organization, kinds, dt.date(year, 12, 31) if year else day),
        kinds=tuple(kinds),
        audience=last.audience if last and last.audience != Audience.CHOSEN else leading.audience,
        mode=last.mode if last else Mode.ONSITE,
        place=last.place if last else "",
        online_url=last.online_url if last else "",
        sitting=_sitting(last, leading, day),
        chair=chair,
        recorder=recorder if recorder != chair else None,
        is_fixed_day=bool(last and last.is_fixed_day and not is_over),
        agenda=agenda,
        for_year=year if year and year != day.year else None,
        also_due=tuple(code for code in due_kinds(organization, day) if code in ALSO_PROPOSED and code not in kinds),
        because=(*because, *usual.remarks(tuple(kinds), day)),
    )


def _year_left(organization: Organization, kinds: Sequence[str], day: dt.date) -> int | None:
    """The year before, if a meeting of one of ``kinds`` on ``day`` may count for it and it still lacks one."""
    before = day.year - 1
    if not OF_A_YEAR & set(kinds) or before not in years_counted(day, book=book()) or organization.live_on.year > before:
        return None
    left = due_kinds(organization, dt.date(before, 12, 31))
    return before if OF_A_YEAR & set(kinds) & set(left) else None


def due_kinds(organization: Organization, on: dt.date, *, counts_called: bool = True) -> list[str]:
    """Kinds that the organisation itself owes and has not held, or called, often enough in the period of ``on``.

    Nothing is owed before it went live, nor what was noted as done on paper before. Without ``counts_called`` only what was held
    settles anything.
    """
    first, last = Span.of(on, YEAR).days
    rows = MeetingKindRow.objects.filter(organization=organization).annotate(counted_on=Coalesce("counts_on", "held_on"))
    settling = TOOK_PLACE | {Status.CALLED, Status.RUNNING} if counts_called else TOOK_PLACE
    rows = rows.filter(counted_on__range=(first, last), meeting__status__in=settling)
    days: dict[str, list[dt.date]] = {}
    for code, day in rows.order_by().values_list("kind", "counted_on"):
        days.setdefault(code, []).append(day)
    if organization.kind == Kind.BRANCH:
        for code in IN_GROUPS:
            together: Any = held_by_branch_or_groups(code).filter(body=organization).exclude(organization=organization)
            on_days = together.filter(counted_on__range=(first, last)).values_list("counted_on", flat=True)
            days.setdefault(code, []).extend(day for day in on_days[:1] if day)
    noted = DoneBefore.objects.filter(organization=organization, period_start__range=(first, last)).order_by()
    on_paper = set(noted.values_list("rule", "period_start"))
    found = []
    for kind in kinds_for(organization):
        frequency = _frequency(kind, on)
        if frequency is None or organization.kind not in kind.owed_by:
            continue
        window = Window.of(on, frequency.per)
        if not owes(organization, window, on):
            continue
        if (kind.code, window.start) in on_paper:  # the rule of a duty has the code of the kind that settles it
            continue
        if sum(window.holds(day) for day in days.get(kind.code, ())) < frequency.times:
            found.append(kind.code)
    return found


def _frequency(kind: MeetingKind, on: dt.date) -> Frequency | None:
    if not kind.frequency:
        return None
    try:
        return book().on(kind.frequency, on).expect(Frequency)
    except NotInForce:
        return None


def _last(organization: Organization, kind: str, *, was_held: bool) -> Meeting | None:
    rows = Meeting.objects.filter(organization=organization, kinds__kind=kind)
    rows = rows.filter(status__in=TOOK_PLACE) if was_held else rows.exclude(status__in=(Status.CANCELLED, Status.DRAFT))
    found: Meeting | None = rows.select_related("chair", "recorder").order_by("-held_on", "-pk").first()
    return found


def _suitable_day(organization: Organization, kind: MeetingKind, last: Meeting | None) -> dt.date:
    """The weekday of the last one at least three days ahead, so that people can plan; else the next working day after that.

    What is still owed in a period that is over by then is proposed for its last day, as long as there is time that day.
    """
    day = clock.today() + dt.timedelta(days=3)
    if last and last.held_on:
        day += dt.timedelta(days=(last.held_on.weekday() - day.weekday()) % 7)
    else:
        day += dt.timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
    ends = _owed_until(organization, kind)
    return ends if ends and ends < day and _sitting(last, kind, ends).starts_at > clock.now() else day


def _owed_until(organization: Organization, kind: MeetingKind) -> dt.date | None:
    """The last day of the present period, if the organisation still owes a meeting of the kind in it."""
    today = clock.today()
    frequency = _frequency(kind, today)
    if frequency is None or kind.code not in due_kinds(organization, today):
        return None
    return Span.of(today, frequency.per).last


def _sitting(last: Meeting | None, kind: MeetingKind, day: dt.date) -> SittingPlan:
    before = last.sittings.first() if last else None
    if before is None:
        starts_at = timezone.make_aware(dt.datetime.combine(day, dt.time(15)))
        return SittingPlan(starts_at, starts_at + dt.timedelta(minutes=kind.minutes))
    starts_at = timezone.make_aware(dt.datetime.combine(day, timezone.localtime(before.starts_at).time()))
    return SittingPlan(starts_at, starts_at + (before.ends_at - before.starts_at), before.place)


def _title(organization: Organization, kinds: Sequence[str], day: dt.date) -> str:
    frequency = _frequency(MEETING_KINDS[kinds[0]], day)
    period = words.day(day)
    if frequency:
        period = Span.of(day, frequency.per).label + ("度" if frequency.per == YEAR else "")
    title = period + "暨".join(MEETING_KINDS[code].title for code in kinds)
    same = Meeting.objects.filter(organization=organization, title__startswith=title).exclude(status=Status.CANCELLED).count()
    return f"{title}（第{same + 1}次）" if same else title


def _chair(organization: Organization, on: dt.date) -> Member | None:
    """The secretary, else the deputy (rule ``life.chair``); of a group its leader."""
    kinds = (PostKind.GROUP_LEADER,) if organization.is_group else (PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
    return _first_in_post(organization, on, kinds)


def _recorder(organization: Organization, on: dt.date, last: Meeting | None) -> Member | None:
    """Whoever recorded the last one, else the committee member for organisation, then for publicity."""
    if last and last.recorder and last.recorder.standing == "normal":
        return last.recorder
    return _first_in_post(organization, on, (PostKind.ORGANISATION_MEMBER, PostKind.PUBLICITY_MEMBER, PostKind.DEPUTY_SECRETARY))


def _first_in_post(organization: Organization, on: dt.date, kinds: Sequence[PostKind]) -> Member | None:
    posts = Post.objects.in_effect(on).filter(organization=organization, kind__in=kinds).order_by("pk")
    held = {kind: user for user, kind in posts.values_list("user_id", "kind")}
    people = {member.user_id: member for member in Member.objects.filter(user__in=held.values())}
    return next((people[held[kind]] for kind in kinds if held.get(kind) in people), None)


def _agenda(
    organization: Organization,
    kinds: Sequence[str],
    last: Meeting | None,
    day: dt.date,
    steps: Sequence[CarriedStep],
) -> tuple[tuple[AgendaPlan, ...], tuple[str, ...]]:
    because: list[str] = []
    items: list[AgendaPlan] = []
    if last and (before := [item for item in last.agenda.select_related("speaker") if item.type != AgendaType.VOTE]):
        items = [AgendaPlan(_moved(item.title, last.held_on, day), item.type, item.speaker, item.speaker_name) for item in before]
        because.append(f"地点、时间和议程参照上一次（{words.day(last.held_on)}“{last}”）")
    else:
        items = _usual_agenda(organization, kinds[0], day)
    for code in kinds[1:]:
        known = {item.title for item in items}
        items += [item for item in _usual_agenda(organization, code, day) if item.title not in known]
    items += [one.item for one in steps]
    if steps:
        because.append(f"有 {len(steps)} 件事轮到上会表决，已列入议程，这次不议的可以去掉")
    if "general_meeting" in kinds:
        named = {one.candidate_name for one in steps}
        for member, ends_on in probations_ending(organization, day + AHEAD):
            if member.name in named:
                continue
            items.append(AgendaPlan(f"讨论预备党员{member.name}转正", AgendaType.VOTE))
            because.append(f"{member.name}的预备期于{words.day(ends_on)}满，应及时讨论转正")
    return tuple(items), tuple(because)


def _moved(title: str, before: dt.date | None, day: dt.date) -> str:
    """A title that names the month of the meeting before (2026年11月, 11月) names that of this one; a date (11月7日) stays."""
    if before is None:
        return title
    titled = title.replace(f"{before.year}年{before.month}月", f"{day.year}年{day.month}月")
    return re.sub(rf"(?<![\d年]){before.month}月(?!\d)", f"{day.month}月", titled) if titled == title else titled


def _usual_agenda(organization: Organization, kind: str, day: dt.date) -> list[AgendaPlan]:
    """In the words of the rules of the day, where there are some."""
    if kind == "member_appraisal" and (steps := usual.appraisal_steps(day, in_group=organization.is_group)):
        return [AgendaPlan(step, AgendaType.APPRAISAL) for step in steps]
    if kind == "heart_talk" and (pairs := usual.talk_pairs(day)):
        return [AgendaPlan(f"{pair}谈心谈话", AgendaType.OTHER) for pair in pairs]
    return [AgendaPlan(title, type_) for type_, title in USUAL_AGENDA[kind]]


def probations_ending(organization: Organization, until: dt.date) -> list[tuple[Member, dt.date]]:
    """Probationary members of the branch whose probation is over by ``until``, with the day on which it ends, soonest first."""
    found: list[tuple[Member, dt.date]] = []
    for member in attendees_of(organization, clock.today()).filter(category=Category.PROBATIONARY):
        if member.joined_on is None:
            continue
        try:
            ends_on = member.probation_extended_to or probation_ends_on(member.joined_on, book=book())
        except NotInForce:
            continue
        if ends_on <= until:
            found.append((member, ends_on))
    return sorted(found, key=lambda pair: pair[1])
