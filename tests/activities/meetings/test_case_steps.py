"""A case is put before a meeting, is voted on there, and moves when the record is confirmed: recorded once, used by both."""

import datetime as dt
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions import AgendaPlan, Votes
from dangjian.activities.meetings.case_steps import faults_of
from dangjian.activities.meetings.models import Decision, Meeting, Status
from dangjian.activities.meetings.plans import CaseStepPlan
from dangjian.activities.meetings.queries import decidable
from dangjian.engines.procedures.actions import correcting, ending, taking
from dangjian.engines.procedures.definition import Meeting as InMeeting
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from tests import make
from tests.activities.meetings.case_steps import (
    BALLOT,
    confirm,
    discussed,
    ended,
    item_of,
    of_person,
    of_project,
    open_codes,
    person_case,
    project,
    steps_of,
    voted,
)
from tests.activities.meetings.conftest import World, held, instant, running, sitting

pytestmark = pytest.mark.day("2026-11-23")


def unmoved(case: ProcedureCase, meeting: Meeting | None = None) -> bool:
    """Whether nothing was written of a vote: the case stands where it stood, and the record is open."""
    if meeting is not None:
        meeting.refresh_from_db()
        assert meeting.status == Status.HELD
    return not Decision.objects.exclude(case_step=None).exists() and not CaseStep.objects.exclude(said="").exists()


def test_what_was_voted_moves_the_case_when_the_record_is_confirmed(world: World) -> None:
    case = person_case(world)
    meeting = ended(world, voted(world, case, Votes(3, 1)))
    assert open_codes(case) == {"meeting"}
    confirm(world, meeting)
    case.refresh_from_db()
    [row] = steps_of(case, "meeting")
    assert (case.state, case.ended_on) == (CaseState.FINISHED, clock.today())
    assert (row.outcome, row.taken_on, row.taken_by) == ("passed", clock.today(), world.people[0].user)
    assert "2026年11月23日“2026年第四季度支部党员大会”：无记名投票；应到会有表决权的5人，实到4人；赞成3票" in row.said
    assert "监票人、计票人：虚构乙、虚构丙" in row.said
    assert Decision.objects.get().case_step == row


def test_opinions_in_writing_count(world: World) -> None:
    case = person_case(world)
    confirm(world, ended(world, voted(world, case, Votes(2, 1, written_in_favour=1), (0, 1, 2))))
    [row] = steps_of(case, "meeting")
    assert "赞成3票（含书面意见1票）" in row.said
    assert row.votes == {"due": 5, "present": 3, "in_favour": 3, "against": 1, "abstain": 0, "written": 1}


def test_a_vote_that_did_not_pass_leaves_the_step_open_for_another_meeting(world: World) -> None:
    case = person_case(world)
    confirm(world, ended(world, voted(world, case, Votes(2, 2))))
    assert (unmoved(case), open_codes(case)) == (True, {"meeting"})
    said = Event.objects.get(verb="procedures.not_decided").summary
    assert "大会没有通过" in said
    assert "赞成2票" in said
    again = world.call(title="再次召开的党员大会", agenda=[of_person(case, "later")])
    assert item_of(again).case_outcome == "later"


def test_a_vote_that_did_not_pass_ends_the_case_where_the_text_says_so(world: World) -> None:
    case = project(world)
    confirm(world, discussed(world, case, Votes(1, 3)))
    case.refresh_from_db()
    assert (case.state, steps_of(case, "discuss")[0].outcome) == (CaseState.REFUSED, "refused")


def test_a_vote_for_which_too_few_came_decides_nothing(world: World) -> None:
    case = project(world)
    confirm(world, discussed(world, case, Votes(2), (0, 1)))
    case.refresh_from_db()
    assert (case.is_open, open_codes(case)) == (True, {"discuss"})
    assert "到会人数不够，表决无效" in Event.objects.get(verb="procedures.not_decided").summary


def test_a_committee_decides_without_counting_votes(world: World) -> None:
    case = project(world)
    make.post(world.branch, "organisation_member", world.people[2].user)
    meeting = held(
        world, (0, 1, 2), kinds=["committee_meeting"], audience="committee", agenda=[of_project(case)], recorder=world.people[2]
    )
    noted = {"type": "other", "method": "consent", "text": "同意申报", "passed": True, "agenda_item": item_of(meeting)}
    actions.record_decision(actor=world.actor(2), meeting=meeting, **noted)
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    confirm(world, meeting)
    assert open_codes(case) == {"approve"}
    assert steps_of(case, "discuss")[0].said.endswith("：讨论同意")


def test_a_meeting_that_is_written_down_afterwards_moves_it_on_its_day(world: World) -> None:
    case = person_case(world)
    day = clock.today() - dt.timedelta(days=3)
    meeting = actions.begin(actor=world.secretary, meeting=world.plan(sittings=[sitting(days=-3)], agenda=[of_person(case)]))
    present = [row.pk for row in meeting.attendances.filter(member__in=world.people[1:5])]
    by_hand: dict[str, Any] = {"presence": "present", "reason": "会后补记"}
    actions.check_in_by_hand(actor=world.secretary, meeting=meeting, attendance_ids=present, **by_hand)
    meeting = actions.end(actor=world.secretary, meeting=meeting)
    vote = BALLOT | {"candidate_name": case.title, "votes": Votes(4), "agenda_item": item_of(meeting)}
    actions.record_decision(actor=world.actor(2), meeting=meeting, **vote)
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    confirm(world, meeting)
    assert steps_of(case, "meeting")[0].taken_on == day


def test_nobody_confirms_what_was_decided_about_them(world: World) -> None:
    assert world.people[0].user
    case = person_case(world, account_id=world.people[0].user.pk)
    meeting = ended(world, voted(world, case, Votes(3)))
    with pytest.raises(PermissionDenied, match="关系到您本人"):
        confirm(world, meeting)
    assert unmoved(case, meeting)
    confirm(world, meeting, 1)
    assert steps_of(case, "meeting")[0].outcome == "passed"


def test_a_case_withdrawn_meanwhile_keeps_the_record_from_being_confirmed(world: World) -> None:
    case = person_case(world)
    meeting = ended(world, voted(world, case, Votes(3)))
    ending.withdraw(actor=make.SYSTEM, case=case, reason="本人撤回")
    with pytest.raises(Conflict, match="已撤回") as refused:
        confirm(world, meeting)
    assert "取消关联的事项" in refused.value.how
    assert unmoved(case, meeting)
    actions.edit_agenda_item(actor=world.actor(2), item=item_of(meeting), case_step=None)
    confirm(world, meeting)
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN


def test_one_case_that_cannot_move_moves_none(world: World) -> None:
    one, other = person_case(world), project(world)
    meeting = running(world, agenda=[of_person(one), of_project(other)])
    for item in meeting.agenda.all():
        vote = BALLOT | {"candidate_name": one.title} if item.case_id == one.pk else {"text": "同意申报"}
        actions.record_decision(actor=world.actor(2), meeting=meeting, votes=Votes(3), agenda_item=item, **vote)
    meeting = ended(world, meeting)
    ending.withdraw(actor=make.SYSTEM, case=other, reason="并入别的项目")
    with pytest.raises(Conflict, match="降低停机时间"):
        confirm(world, meeting)
    assert unmoved(one, meeting)


def test_what_the_app_has_against_it_is_said_and_keeps_the_record_from_being_confirmed(world: World) -> None:
    case = person_case(world, "缺材料甲")
    meeting = ended(world, voted(world, case, Votes(3)))
    with pytest.raises(Conflict, match="材料还不齐") as refused:
        confirm(world, meeting)
    assert refused.value.how.startswith("请先补齐材料。")
    assert unmoved(case, meeting)


def test_what_is_only_usual_asks_whoever_records_the_vote_for_a_reason(world: World) -> None:
    case = person_case(world, "急甲")
    with pytest.raises(Invalid, match="一般应提前五天") as refused:
        voted(world, case, Votes(3))
    assert refused.value.fields.keys() == {"reason"}
    meeting = Meeting.objects.latest("pk")
    vote = BALLOT | {"candidate_name": case.title, "votes": Votes(3), "agenda_item": item_of(meeting), "reason": "本人即将外派"}
    actions.record_decision(actor=world.actor(2), meeting=meeting, **vote)
    confirm(world, ended(world, meeting))
    assert steps_of(case, "meeting")[0].reason == "本人即将外派"


def test_one_meeting_at_a_time_has_a_step_on_its_agenda(world: World) -> None:
    case = person_case(world)
    first = world.call(agenda=[of_person(case)])
    with pytest.raises(Conflict, match="已列入2026年11月23日“2026年第四季度支部党员大会”的议程"):
        world.plan(title="另一次大会", agenda=[of_person(case)])
    assert Meeting.objects.get() == first
    with pytest.raises(Conflict, match="已列入这次会议的议程"):
        actions.add_agenda_item(actor=world.secretary, meeting=first, item=of_person(case))
    actions.cancel(actor=world.secretary, meeting=first, reason="改期")
    assert not first.agenda.exclude(case=None).exists()
    assert item_of(world.plan(title="又一次大会", agenda=[of_person(case)])).case == case


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"kinds": ["committee_meeting"], "audience": "committee"}, "由支部党员大会表决，这次会议不是"),
        ({"sittings": [sitting("2026-10-01 14:00", "2026-10-01 15:30")]}, "2026年10月1日还不能表决"),
    ],
)
def test_a_meeting_that_cannot_decide_it_is_refused_early(world: World, more: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        world.plan(agenda=[of_person(person_case(world))], **more)


def test_an_outcome_that_is_not_put_to_the_vote_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="重新选择"):
        world.plan(agenda=[of_person(person_case(world), "failed")])


def test_another_branch_does_not_decide_it(world: World) -> None:
    case = project(world, branch=world.other)
    with pytest.raises(NotFound):
        world.plan(agenda=[of_project(case)])
    above = make.actor(make.post(world.top, "secretary").user)
    sat = [sitting()]
    with pytest.raises(Conflict, match="不能在虚构公司党委的会上表决"):
        actions.plan(
            actor=above,
            organization=world.top,
            kinds=["committee_conference"],
            title="党委会",
            sittings=sat,
            agenda=[of_project(case)],
        )


def test_a_case_that_went_to_another_branch_leaves_the_agenda_behind(world: World) -> None:
    case = project(world)
    meeting = discussed(world, case, Votes(3))
    ending.move(actor=make.SYSTEM, case=case, organization=world.other, day=clock.today())
    with pytest.raises(Conflict, match="由虚构第二党支部提交会议表决"):
        confirm(world, meeting)
    assert unmoved(case, meeting)


def test_kind_and_day_stay_such_that_the_meeting_can_decide_it(world: World) -> None:
    meeting = world.call(agenda=[of_person(person_case(world))])
    with pytest.raises(Invalid, match="由支部党员大会表决"):
        actions.update(actor=world.secretary, meeting=meeting, kinds=["theme_day"])
    early = instant("2026-10-01 14:00")
    plans = [actions.SittingPlan(early, early + dt.timedelta(hours=1), pk=meeting.sittings.get().pk)]
    with pytest.raises(Invalid, match="还不能表决"):
        actions.update(actor=world.secretary, meeting=meeting, sittings=plans)
    actions.update(actor=world.secretary, meeting=meeting, kinds=["general_meeting", "theme_day"])


def test_a_decision_is_about_what_its_item_carries(world: World) -> None:
    case = person_case(world)
    meeting = running(world, agenda=[of_person(case)])
    right = BALLOT | {"candidate_name": case.title, "votes": Votes(3), "agenda_item": item_of(meeting)}
    for wrong in ({"type": "ordinary"}, {"candidate_name": "虚构戊"}):
        with pytest.raises(Invalid) as refused:
            actions.record_decision(actor=world.actor(2), meeting=meeting, **(right | wrong))
        assert refused.value.fields.keys() == wrong.keys()
    decision = actions.record_decision(actor=world.actor(2), meeting=meeting, **right)
    with pytest.raises(Invalid, match="还不能保存") as refused:
        actions.record_decision(actor=world.actor(2), meeting=meeting, **right)
    assert "agenda_item" in refused.value.fields
    actions.record_decision(actor=world.actor(2), meeting=meeting, decision=decision, **(right | {"votes": Votes(4)}))
    assert Decision.objects.get().in_favour == 4


def test_what_moved_a_case_stays_as_it_is(world: World) -> None:
    case = person_case(world)
    meeting = ended(world, voted(world, case, Votes(3)))
    confirm(world, meeting)
    actions.send_back(actor=world.secretary, meeting=meeting, note="错别字")
    decision = Decision.objects.get()
    with pytest.raises(Conflict, match="不能再改"):
        actions.remove_decision(actor=world.actor(2), decision=decision)
    again = BALLOT | {"candidate_name": case.title, "votes": Votes(1, 3), "agenda_item": item_of(meeting)}
    with pytest.raises(Conflict, match="不能再改"):
        actions.record_decision(actor=world.actor(2), meeting=meeting, decision=decision, **again)
    with pytest.raises(Conflict, match="不能再改关联的事项"):
        actions.edit_agenda_item(actor=world.actor(2), item=item_of(meeting), case_step=None)
    confirm(world, meeting)
    assert len(steps_of(case, "meeting")) == 1


def test_a_step_that_a_meeting_decided_is_corrected_in_its_record(world: World) -> None:
    case = project(world)
    confirm(world, discussed(world, case, Votes(3)))
    [row] = steps_of(case, "discuss")
    row.case.organization = world.branch
    with pytest.raises(Conflict, match="由会议表决：2026年11月23日") as refused:
        correcting.correct(actor=world.secretary, row=row, day=clock.today(), reason="写错了")
    assert "在这次会议的记录中办理更正" in refused.value.how
    assert steps_of(case, "discuss")[0].state == StepState.TAKEN


def test_nobody_enters_a_second_time_what_the_meeting_records(world: World) -> None:
    case = project(world)
    with pytest.raises(Conflict, match="由支部委员会会议或支部党员大会表决"):
        taking.take(actor=world.secretary, case=case, code="discuss", day=clock.today(), outcome="agreed")
    assert open_codes(case) == {"discuss"}


def test_whoever_keeps_the_agenda_takes_a_case_off_and_only_who_may_see_it_puts_one_on(world: World) -> None:
    case = person_case(world)
    meeting = world.call(agenda=[AgendaPlan("通报情况", "vote")], recorder=world.stranger)
    recorder, link = make.actor(world.stranger.user), CaseStepPlan(case.pk, "meeting", "passed")
    with pytest.raises(NotFound):
        actions.edit_agenda_item(actor=recorder, item=item_of(meeting), case_step=link)
    actions.edit_agenda_item(actor=world.secretary, item=item_of(meeting), case_step=link)
    actions.edit_agenda_item(actor=recorder, item=item_of(meeting), title="改个说法", case_step=link)
    actions.edit_agenda_item(actor=recorder, item=item_of(meeting), case_step=None)
    assert item_of(meeting).case is None


def test_open_steps_that_a_meeting_could_decide_are_those_of_its_kind_and_day(world: World) -> None:
    person, other = person_case(world), project(world)
    project(world, "别的支部的", branch=world.other)

    def found(*kinds: str, **more: Any) -> list[str]:
        return [one.case.title for _, one in decidable(world.secretary, world.branch, kinds, **more)]

    assert set(found("general_meeting")) == {person.title, other.title}
    assert found("committee_meeting") == [other.title]
    assert found("party_lecture") == []
    assert found("general_meeting", on=clock.today() - dt.timedelta(days=10)) == [person.title]
    meeting = world.call(agenda=[of_person(person)])
    assert found("general_meeting") == [other.title]
    assert set(found("general_meeting", meeting=meeting)) == {person.title, other.title}
    assert [one.case.title for _, one in decidable(world.actor(4), world.branch, ["general_meeting"])] == [other.title]


def test_a_file_names_kinds_of_meeting_that_there_are() -> None:
    step = procedure("project").versions[0].by_code["discuss"]
    assert faults_of(step) == []

    class Wrong:
        meeting = InMeeting(("town_meeting", "committee_meeting"), "admission", ("agreed",), "")

    named: Any = Wrong
    assert len(faults_of(named)) == 2
