"""What is done with cases and meetings in the small world, with something for whatever a step asks to be filled in."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions import AgendaPlan, SittingPlan, Votes
from dangjian.activities.meetings.models import AgendaItem, Meeting
from dangjian.activities.meetings.plans import CaseStepPlan
from dangjian.activities.meetings.queries import vote_base, vote_kind
from dangjian.activities.transfers.actions import units
from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.queries import full_members, open_step, side_of
from dangjian.kernel import clock
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.members.queries import attendees_of
from dangjian.org.models import Organization
from dangjian.org.openings import register
from tests import make
from tests.activities.together.world import World
from tests.kernel.test_pdf import scan

MOVING = ("transfer", "transfer_out")
STANDING = ("suspension", "restoration", "removal", "withdrawal", "unrecognised", "deceased")
PENALTIES = ("penalty", "penalty_from_above", "probation_end", "correction", "appeal")
ABOUT_MEMBERS = MOVING + STANDING + PENALTIES
SENDS_BACK = frozenset({"returned", "refused"})
UNUSUAL = "确有特殊情况"
AGO = {"suspension": 200, "restoration": 0}
"""How many days ago it began that makes a case possible."""


def begin(world: World, who: int, code: str, to: int, kind: int) -> ProcedureCase:
    """A case about a member begins."""
    member, first = world.member(who), procedure(code).on(world.today).steps[0]
    return start_for(
        actor=make.SYSTEM,
        code=code,
        member=member,
        day=world.today,
        entry=filled(world, code, first, member.branch, kind),
        files=handed_in(first),
        reason=UNUSUAL,
        other_side=world.branch(to) if procedure(code).other_side else None,
    )


def begin_arrival(world: World, to: int, who: int) -> ProcedureCase:
    """Somebody comes with a letter: one who is on record, or a newcomer."""
    member = world.member(who) if who < len(world.members) else None
    world.came += 1
    return starting.start(
        actor=make.SYSTEM,
        code="transfer_in",
        organization=world.branch(to),
        title=member.name if member else "司徒甲",
        day=world.today,
        entry={
            "resident_id": member.resident_id if member else world.resident_id(100 + world.came),
            "category": "full",
            "joined_on": "2010-07-01",
            "converted_on": "2011-07-01",
            "from": "中共虚构县委组织部",
            "kind": "cross_province",
            "number": f"虚构介{world.came}号",
            "issued_on": str(world.today),
            "valid_days": "30",
        },
        files={"letter": [_scan()]},
        reason=UNUSUAL,
    )


def begin_unit(world: World, one: int, to: int, way: str) -> ProcedureCase:
    """A whole branch is to go to another one, or out; or one is to come from outside."""
    branch = world.branch(one)
    return units.ask_unit(
        actor=make.SYSTEM,
        organization=branch,
        way=way,
        to=world.branch(to),
        members=list(register(Member).counted().filter(branch=branch)),
        day=world.today,
        entry={"why": "structure", "outside": "中共虚构市委", "number": 1},
    )


def next_of(case: ProcedureCase, which: int) -> Step | None:
    """One of the steps that wait, but for those that come back and hold nothing up."""
    open_codes = register(CaseStep).filter(case=case, state=StepState.OPEN).order_by("pk").values_list("code", flat=True)
    steps = {one.code: one for one in procedure(case.procedure).all_steps}
    waiting = [steps[code] for code in open_codes if not steps[code].repeats and code != "expiry"]
    return waiting[which % len(waiting)] if waiting else None


def take(world: World, case: ProcedureCase, step: Step, outcome: int) -> CaseStep | None:
    """A step is taken; what a meeting decides, by a meeting."""
    codes = [one.code for one in step.outcomes]
    chosen = codes[outcome % len(codes)] if codes else ""
    if step.meeting:
        place = register(CaseStep).select_related("place").get(case=case, code=step.code, state=StepState.OPEN).place
        meeting = call(world, place, world.today, CaseStepPlan(case.pk, step.code, step.meeting.passed[0]))
        hold(world, meeting, passes=outcome == 0)
        return None
    if case.procedure == "unit_transfer" and step.code == "ask":
        chosen = register(CaseStep).filter(case=case, code="ask").exclude(state=StepState.OPEN).order_by("pk")[0].outcome
    if case.procedure == "unit_transfer" and step.code == "enter":
        _come_with_unit(world, case)
    return taking.take(
        actor=make.SYSTEM,
        case=case,
        code=step.code,
        day=world.today,
        outcome=chosen,
        entry=filled(world, case.procedure, step, side_of(step, case), outcome, chosen, case),
        files=handed_in(step),
        reason=UNUSUAL,
    )


def _come_with_unit(world: World, case: ProcedureCase) -> None:
    account.enter(
        actor=make.SYSTEM,
        member=Member(name="令狐甲", name_sort="linghu jia", joined_on=dt.date(2010, 7, 1), converted_on=dt.date(2011, 7, 1)),
        branch=case.organization,
        kind=ChangeKind.WHOLE_IN,
        effective_on=world.today,
        category="1",
    )


def call(world: World, branch: Organization, day: dt.date, carries: CaseStepPlan | None = None) -> Meeting:
    """A general meeting is called for a day, with a step of a case on its agenda."""
    people = list(attendees_of(branch, world.today).order_by("pk"))
    starts_at = max(clock.now(), world.moment.replace(year=day.year, month=day.month, day=day.day)) + dt.timedelta(minutes=10)
    meeting = actions.plan(
        actor=make.SYSTEM,
        organization=branch,
        kinds=["general_meeting"],
        title="支部党员大会",
        sittings=[SittingPlan(starts_at, starts_at + dt.timedelta(hours=1))],
        place="虚构会议室",
        chair=people[0] if people else None,
        recorder=people[1 % len(people)] if people else None,
        agenda=[AgendaPlan("讨论有关事项", "vote", case_step=carries)],
    )
    return actions.call(actor=make.SYSTEM, meeting=meeting)


def begin_meeting(world: World, meeting: Meeting) -> Meeting:
    """It begins, and everybody is there."""
    with clock.at(max(clock.now(), meeting.sittings.get().starts_at)):
        meeting = actions.begin(actor=make.SYSTEM, meeting=meeting)
        ids = list(meeting.attendances.values_list("pk", flat=True))
        actions.check_in_by_hand(actor=make.SYSTEM, meeting=meeting, attendance_ids=ids, presence="present", reason="会场无信号")
    return meeting


def hold(world: World, meeting: Meeting, *, passes: bool) -> None:
    """It is held, votes on what it carries, and its record is confirmed."""
    vote_and_end(world, begin_meeting(world, meeting), passes=passes)


def vote_and_end(world: World, meeting: Meeting, *, passes: bool) -> None:
    """A meeting that goes on votes on what it carries, and its record is confirmed."""
    item: AgendaItem = meeting.agenda.get()
    with clock.at(max(clock.now(), meeting.sittings.get().ends_at)):
        if item.case:
            _vote(meeting, item, passes=passes)
        meeting = actions.end(actor=make.SYSTEM, meeting=meeting)
        actions.draft_minutes(actor=make.SYSTEM, meeting=meeting)
        actions.confirm(actor=make.SYSTEM, meeting=meeting)
        world.moment = clock.now()


def _vote(meeting: Meeting, item: AgendaItem, *, passes: bool) -> None:
    case = item.case
    assert case
    step = next(one for one in procedure(case.procedure).all_steps if one.code == item.case_step)
    assert step.meeting
    kind = step.meeting.vote
    rule = vote_kind(meeting, kind)
    number = len(vote_base(meeting, rule).present) if rule else 0
    actions.record_decision(
        actor=make.SYSTEM,
        meeting=meeting,
        text="同意",
        type=kind,
        method="secret_ballot",
        tellers="虚构乙、虚构丙",
        votes=Votes(number if passes else 0, 0 if passes else number),
        agenda_item=item,
        candidate_name=case.title if kind != "ordinary" else "",
        passed=passes if rule is None else None,
        reason=UNUSUAL,
    )


def carried_by(case: ProcedureCase) -> CaseStepPlan | None:
    """The step of a case that waits for a meeting."""
    for step in procedure(case.procedure).all_steps:
        if step.meeting and open_step(case, step.code):
            return CaseStepPlan(case.pk, step.code, step.meeting.passed[0])
    return None


def handed_in(step: Step) -> dict[str, list[SimpleUploadedFile]]:
    """A scan of each paper without which the step is not taken."""
    return {one.code: [_scan()] for one in step.papers if one.required}


def _scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("虚构.pdf", scan("red"), content_type="application/pdf")


def filled(
    world: World,
    code: str,
    step: Step,
    place: Organization | None,
    kind: int,
    outcome: str = "",
    case: ProcedureCase | None = None,
) -> dict[str, object]:
    """Something for whatever a step asks to be filled in; ``kind`` is which of the choices."""
    ago = str(world.today - dt.timedelta(days=AGO.get(code, 0)))
    simple: dict[str, object] = {"number": "1", "yes_no": "no", "day": ago, "month": str(world.today.replace(day=1))}
    entry: dict[str, Any] = {
        one.code: one.choices[kind % len(one.choices)][0] if one.choices else simple.get(one.kind, "虚构内容")
        for one in step.entry
        if one.required and one.kind != "members"
    }
    if "helpers" in {one.code for one in step.entry}:
        entry["helpers"] = [one.pk for one in full_members(place)[:1]]
    if outcome in SENDS_BACK:
        entry["opinion"] = "请补充"
    if code == "transfer_in" and step.code == "enter" and case:
        return dict(taken_or_before(case, "enter"))
    if step.code == "receipt":
        entry |= {"received_on": str(world.today)} if outcome == "received" else {"note": "没有报到"}
    if code == "penalty" and step.code == "decide" and case:
        entry["kind"] = taken_or_before(case, "propose").get("kind", "warning")
    if entry.get("kind") == "probation_within_party":
        entry["months"] = "12"
    if outcome == "extended" and step.code in {"decide", "conversion_approve"}:
        entry["months"] = "6"
    if code == "unit_transfer" and step.code == "ask":
        entry |= {"outside": "中共虚构市委", "number": "1"}
    known = {one.code for one in step.entry}
    return {name: value for name, value in entry.items() if name in known}


def taken_or_before(case: ProcedureCase, code: str) -> Any:
    """What was entered at a step, also where it was sent back since."""
    row = register(CaseStep).filter(case=case, code=code).exclude(state=StepState.OPEN).order_by("pk").last()
    return row.read_entry() if row else {}
