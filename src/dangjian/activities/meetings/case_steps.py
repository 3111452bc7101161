"""What meetings offer to procedures: where an open step is put before one, and which meetings have it on their agenda."""

import datetime as dt
from collections.abc import Sequence

from django.core.checks import CheckMessage, Error, register
from django.urls import reverse
from django.utils.http import urlencode

from dangjian.activities.meetings.actions.calling import require_changing_agenda
from dangjian.activities.meetings.kinds import MEETING_KINDS, MeetingKind, kinds_for
from dangjian.activities.meetings.models import AgendaItem, Decision, Meeting, Status
from dangjian.activities.meetings.queries.case_steps import OPEN_RECORD, decisions_under, items_of
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.offers import Carried, DecidedIn, MeetingLink, ProcedureOffer
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.org.openings import at

MOST = 5
"""Meetings that are offered to put a step on their agenda."""
VOTED_THERE = "general_meeting"
"""Admission and conversion are put to the vote at a general meeting alone."""


def title(kind: str) -> str:
    """支部党员大会, of its code."""
    return MEETING_KINDS[kind].title if kind in MEETING_KINDS else ""


def links(actor: Actor, row: CaseStep, step: Step) -> Sequence[MeetingLink]:
    """To call a meeting, to put the step on the agenda of one that is called or held, to write down one that was held."""
    named = step.meeting.kinds if step.meeting else ()
    possible = {kind.code: kind for kind in kinds_for(row.place)}
    kinds = [possible[code] for code in named if code in possible]
    may_call = bool(kinds) and actor.may("meetings.call", row.place)
    found: list[MeetingLink] = []
    if may_call:
        found += [MeetingLink(f"召开{kind.title}", _new(row, kind), "speakerphone", kind is kinds[0]) for kind in kinds]
    found += [_onto(one, row) for one in _meetings(actor, row, kinds)]
    yesterday = clock.today() - dt.timedelta(days=1)
    if may_call and row.is_due(yesterday):
        found.append(MeetingLink("会已开过，补记会议", _new(row, kinds[0], on=yesterday), "history"))
    return found


def _new(row: CaseStep, kind: MeetingKind, *, on: dt.date | None = None) -> str:
    query = {"kind": kind.code, "organization": str(row.place_id), "case_step": str(row.pk)}
    return f"{reverse('meetings:new')}?{urlencode(query | ({'on': on.isoformat()} if on else {}))}"


def _meetings(actor: Actor, row: CaseStep, kinds: Sequence[MeetingKind]) -> list[Meeting]:
    """Meetings of these kinds whose agenda the actor may change, held on a day on which the step may be taken."""
    with at(row.place):
        rows = Meeting.objects.filter(organization=row.place, status__in=OPEN_RECORD, kinds__kind__in=[one.code for one in kinds])
        found = [one for one in rows.distinct().order_by("held_on", "pk") if one.held_on is None or row.is_due(one.held_on)]
        return [one for one in found if may(require_changing_agenda, actor, one)][:MOST]


def _onto(meeting: Meeting, row: CaseStep) -> MeetingLink:
    day = words.short_day(meeting.held_on) if meeting.held_on else "时间未定"
    url = reverse("meetings:agenda_new", args=[meeting.pk])
    return MeetingLink(f"加入议程：{day}“{meeting}”", f"{url}?case_step={row.pk}", "list-numbers")


def carried(actor: Actor, case: ProcedureCase) -> Sequence[Carried]:
    """Each meeting that has, or had, a step of the case on its agenda; a draft is the business of those who prepare it."""
    items = items_of(case)
    decided = decisions_under(items)
    return [said for item in items if (said := _carried(actor, item, decided.get(item.pk)))]


def _carried(actor: Actor, item: AgendaItem, decision: Decision | None) -> Carried | None:
    meeting = item.meeting
    if meeting.status == Status.DRAFT and not actor.may("meetings.call", meeting.organization):
        return None
    named = f"{words.day(meeting.held_on)}“{meeting}”" if meeting.held_on else f"“{meeting}”"
    url = (
        f"{reverse('meetings:detail', args=[meeting.pk])}?tab=agenda" if actor.may("meetings.view", meeting.organization) else ""
    )
    if decision and decision.is_used:
        return Carried(item.case_step, named, url, decision.case_step_id)
    if meeting.status in OPEN_RECORD:
        return Carried(item.case_step, _ahead(meeting, named, decision), url, is_ahead=True)
    became = f"没有通过：{decision.result_text}" if decision and decision.quorum_met is not False else "没有形成决议"
    return Carried(item.case_step, f"{named}{became}", url)


def _ahead(meeting: Meeting, named: str, decision: Decision | None) -> str:
    if decision is not None:
        return f"{named}已表决：{decision.result_text}，会议记录确认后办理"
    if meeting.status == Status.DRAFT:
        return f"已列入拟召开的{named}议程，还没有发通知"
    if meeting.status == Status.HELD:
        return f"已列入{named}议程，会已开过，还没有登记表决结果"
    return f"已列入{named}议程"


@register
def kinds_of_procedures(app_configs: object, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001 - the signature of checks
    """Errors for steps of procedures that no kind of meeting could decide."""
    steps = [(offer.code, step) for offer in offers(ProcedureOffer) for step in offer.procedure.all_steps if step.meeting]
    faults = [f"procedure {code}, step {step.code}: {fault}" for code, step in steps for fault in faults_of(step)]
    return [Error(fault, id="meetings.E001") for fault in faults]


def faults_of(step: Step) -> list[str]:
    """What is wrong with the kinds of meeting that a step names."""
    if step.meeting is None:
        return []
    unknown = [kind for kind in step.meeting.kinds if kind not in MEETING_KINDS]
    elsewhere = step.meeting.vote != "ordinary" and set(step.meeting.kinds) != {VOTED_THERE}
    found = [f"没有这种会议：{kind}" for kind in unknown]
    return [*found, f"{step.meeting.vote} 只能由 {VOTED_THERE} 表决"] if elsewhere else found


OFFER = DecidedIn(title, links, carried)
