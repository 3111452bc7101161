"""Cases of procedures that have come to a meeting of the small world: one about a person, one of a branch."""

import datetime as dt
from typing import Any

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions import AgendaPlan
from dangjian.activities.meetings.models import AgendaItem, Meeting
from dangjian.activities.meetings.plans import CaseStepPlan
from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.openings import at
from tests import make
from tests.activities.meetings.conftest import World, held, running

BEFORE = {"apply": 500, "talk": 490, "agree": 60, "notice": 50, "list": 30}
"""How many days ago each step of the case about a person was taken."""
BALLOT = {"type": "admission", "method": "secret_ballot", "tellers": "虚构乙、虚构丙", "text": "同意接收为预备党员"}


def person_case(world: World, title: str = "欧阳甲", account_id: int | None = None) -> ProcedureCase:
    """Of the procedure about a person, whose admission is to be voted on by the general meeting."""
    today = clock.today()
    days = {code: today - dt.timedelta(days=before) for code, before in BEFORE.items()}
    with clock.at(f"{days['apply']} 09:00"):
        case = starting.start(
            actor=make.SYSTEM,
            code="example",
            organization=world.branch,
            title=title,
            day=days["apply"],
            account_id=account_id,
        )
    for code in ("talk", "agree", "notice", "list"):
        with clock.at(f"{days[code]} 09:00"), at(world.branch):
            bring_up_to_date([case], days[code])  # as every morning
            outcome = "done" if code == "talk" else ""
            taking.take(actor=make.SYSTEM, case=case, code=code, day=days[code], outcome=outcome)
    with at(world.branch):
        bring_up_to_date([case], today)
    return case


def project(world: World, title: str = "降低停机时间", branch: Organization | None = None) -> ProcedureCase:
    """Of the plugin's procedure of a branch, which its committee or general meeting discusses."""
    entry = {"goal": "把停机时间降到一半", "ends_on": clock.today() + dt.timedelta(days=120)}
    where, day = branch or world.branch, clock.today()
    return starting.start(actor=make.SYSTEM, code="project", organization=where, title=title, day=day, entry=entry)


def of_person(case: ProcedureCase, outcome: str = "passed") -> AgendaPlan:
    """The item under which the general meeting decides on the person."""
    return AgendaPlan(f"讨论接收{case}", "vote", case_step=CaseStepPlan(case.pk, "meeting", outcome))


def of_project(case: ProcedureCase) -> AgendaPlan:
    """The item under which a meeting discusses the project."""
    return AgendaPlan(f"讨论{case}", "vote", case_step=CaseStepPlan(case.pk, "discuss", "agreed"))


def item_of(meeting: Meeting) -> AgendaItem:
    """The item of a meeting that carries a case, or did."""
    found: AgendaItem = meeting.agenda.get(type="vote")
    return found


def voted(world: World, case: ProcedureCase, votes: actions.Votes, came: tuple[int, ...] = (0, 1, 2, 3), **more: Any) -> Meeting:
    """A meeting that goes on and has voted on the person."""
    meeting = running(world, came, agenda=[of_person(case)])
    vote = BALLOT | {"candidate_name": case.title, "votes": votes, "agenda_item": item_of(meeting)} | more
    actions.record_decision(actor=world.actor(2), meeting=meeting, **vote)
    return meeting


def ended(world: World, meeting: Meeting) -> Meeting:
    """The same, over, with minutes that wait to be confirmed."""
    with clock.at(clock.now() + dt.timedelta(hours=8)):
        meeting = actions.end(actor=world.secretary, meeting=meeting)
        actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    return meeting


def confirm(world: World, meeting: Meeting, number: int = 0) -> None:
    actions.confirm(actor=world.actor(number), meeting=meeting)


def discussed(world: World, case: ProcedureCase, votes: actions.Votes, came: tuple[int, ...] = (0, 1, 2, 3)) -> Meeting:
    """A general meeting that is over and has voted on the project, with minutes that wait to be confirmed."""
    meeting = held(world, came, agenda=[of_project(case)])
    text = {"text": "同意申报", "votes": votes, "agenda_item": item_of(meeting)}
    actions.record_decision(actor=world.actor(2), meeting=meeting, **text)
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    return meeting


def steps_of(case: ProcedureCase, code: str) -> list[CaseStep]:
    """The steps of this code, as they were opened and taken."""
    return list(CaseStep.objects.filter(case=case, code=code).order_by("pk"))


def open_codes(case: ProcedureCase) -> set[str]:
    rows = CaseStep.objects.filter(case=case, state=StepState.OPEN)
    return set(rows.exclude(code="train").values_list("code", flat=True))
