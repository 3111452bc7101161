import datetime as dt
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions import Appraised, Votes
from dangjian.activities.meetings.election import Ballots, Candidate
from dangjian.activities.meetings.models import AgendaType, AppraisalResult, Decision, Meeting
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.members.models import GroupAssignment, Member, Sanction, VoteExemption
from tests import make
from tests.activities.meetings.conftest import World, closed, held, instant, running


def decide(world: World, meeting: Meeting, **more: Any) -> Decision:
    more.setdefault("text", "同意支部年度工作计划")
    more.setdefault("votes", Votes(3))
    return actions.record_decision(actor=world.actor(2), meeting=meeting, **more)


def refused(world: World, meeting: Meeting, kind: type[Exception] = Invalid, **more: Any) -> Any:
    before = (Event.objects.count(), Decision.objects.count())
    with pytest.raises(kind) as refusal:
        decide(world, meeting, **more)
    assert (Event.objects.count(), Decision.objects.count()) == before
    return refusal.value


def test_the_result_follows_from_standing_and_rules(world: World) -> None:
    """Five full members are due, the sixth is on probation; four came: three in favour are more than half of five."""
    decision = decide(world, running(world))
    assert (decision.due, decision.present, decision.passed, decision.need_in_favour) == (5, 4, True, 3)
    assert "第十一条" in decision.citations
    assert decision.rule_keys == "vote.general.quorum,vote.general.pass"
    assert decision.ruled_on == clock.today()


def test_half_of_those_due_is_not_enough_even_if_most_who_came_agree(world: World) -> None:
    assert decide(world, running(world, (0, 1, 2)), votes=Votes(2, 1)).passed is False


def test_too_few_came(world: World) -> None:
    decision = decide(world, running(world, (0, 1, 5)), votes=Votes(2))
    assert (decision.present, decision.quorum_met, decision.passed) == (2, False, False)


def test_whoever_has_no_vote_is_neither_due_nor_present(world: World) -> None:
    Sanction.objects.create(member=world.people[3], kind="probation_within_party", starts_on=dt.date(2026, 1, 1))
    VoteExemption.objects.create(
        member=world.people[4],
        reason="bedridden",
        starts_on=dt.date(2026, 1, 1),
        document="虚构〔2026〕1号",
    )
    decision = decide(world, running(world), votes=Votes(2, 1))
    assert (decision.due, decision.present, decision.passed) == (3, 3, True)
    assert world.row(decision.meeting, 3).eligible_voter is False


def test_an_exempt_member_who_comes_is_counted(world: World) -> None:
    VoteExemption.objects.create(
        member=world.people[4],
        reason="bedridden",
        starts_on=dt.date(2026, 1, 1),
        document="虚构〔2026〕1号",
    )
    assert decide(world, running(world, (0, 1, 4)), votes=Votes(3)).due == 5


def test_a_member_who_was_not_called_is_due_all_the_same(world: World) -> None:
    meeting = running(world, (0, 1, 2), audience="chosen", member_ids=[person.pk for person in world.people[:3]])
    assert decide(world, meeting, votes=Votes(3)).due == 5


def test_an_observer_has_no_vote(world: World) -> None:
    meeting = running(world, observer_ids=[world.stranger.pk])
    actions.check_in_by_hand(
        actor=world.secretary,
        meeting=meeting,
        reason="来宾",
        presence="present",
        attendance_ids=[meeting.attendances.get(member=world.stranger).pk],
    )
    assert decide(world, meeting).present == 4


def test_a_committee_votes_with_its_own(world: World) -> None:
    make.post(world.branch, "organisation_member", world.people[2].user)
    meeting = running(world, (0, 2), kinds=["committee_meeting"], audience="committee", recorder=world.people[2])
    decision = decide(world, meeting, votes=Votes(2))
    assert (decision.due, decision.present, decision.passed) == (3, 2, True)
    assert "第十二条" in decision.citations


def test_admission_is_secret_one_by_one_and_counts_written_opinions(world: World) -> None:
    meeting = running(world, (0, 1, 2))
    admission = {"type": "admission", "text": "同意接收为预备党员", "candidate_name": "虚构甲", "method": "secret_ballot"}
    admission["tellers"] = "虚构乙、虚构丙"
    assert "method" in refused(world, meeting, **{**admission, "method": "show_of_hands"}).fields
    assert "candidate_name" in refused(world, meeting, **{**admission, "candidate_name": ""}).fields
    assert decide(world, meeting, **admission, votes=Votes(2, 1)).passed is False
    decision = decide(world, meeting, **admission, votes=Votes(2, 1, written_in_favour=1))
    assert decision.passed is True
    assert "第二十条" in decision.citations


def test_a_secret_ballot_is_watched_over_and_counted_by_others_than_the_candidate(world: World) -> None:
    meeting = running(world, (0, 1, 2))
    secret: dict[str, Any] = {"text": "同意", "method": "secret_ballot"}
    said = refused(world, meeting, **secret)
    assert "监票人、计票人" in said.message
    assert said.fields.keys() == {"tellers", "reason"}
    admission = secret | {"type": "admission", "candidate_name": "虚构甲"}
    assert "不能担任" in refused(world, meeting, **admission, tellers="虚构乙、虚构甲").message
    assert decide(world, meeting, **admission, tellers="虚构乙、虚构丙").tellers == "虚构乙、虚构丙"
    assert decide(world, meeting, **secret, reason="只有两人，没有推选").special_text == "特殊情况：只有两人，没有推选"
    assert decide(world, meeting, text="举手的", tellers="没有票可数").tellers == ""


def test_admission_belongs_to_the_general_meeting(world: World) -> None:
    meeting = running(world, (0, 1), kinds=["committee_meeting"], audience="committee")
    refusal = refused(world, meeting, type="admission", candidate_name="虚构甲", method="secret_ballot")
    assert "党员大会" in refusal.message


def test_an_election_that_the_rules_leave_open_is_judged_by_a_person(world: World) -> None:
    for _ in range(5):
        make.member(world.branch)
    meeting = running(world, (0, 1, 2, 3, 4))
    rows = meeting.attendances.filter(member__category="1", presence="unknown")[:3]
    actions.check_in_by_hand(
        actor=world.secretary,
        meeting=meeting,
        attendance_ids=[row.pk for row in rows],
        presence="present",
        reason="会场无信号",
    )
    election = actions.record_election(
        actor=world.actor(2),
        meeting=meeting,
        title="支部书记",
        seats=1,
        ballots=Ballots(8, 8, 8, 0),
        candidates=[Candidate("虚构甲", 5, 3)],
    )
    decision = election.candidates.get()
    assert (decision.due, decision.present, decision.passed, decision.needs_judging) == (10, 8, None, True)
    with pytest.raises(PermissionDenied):
        actions.judge_decision(actor=world.actor(2), decision=decision, passed=True, note="选举办法第九条")
    with pytest.raises(Invalid):
        actions.judge_decision(actor=world.secretary, decision=decision, passed=True, note=" ")
    decision = actions.judge_decision(actor=world.secretary, decision=decision, passed=True, note="选举办法第九条")
    assert (decision.passed, decision.needs_judging) == (True, False)
    with pytest.raises(Conflict):
        actions.judge_decision(actor=world.secretary, decision=decision, passed=False, note="再改")


@pytest.mark.parametrize(
    ("votes", "word"), [(Votes(5), "多于实到会"), (Votes(2, 2, 1), "多于实到会"), (Votes(3, written_in_favour=1), "书面意见")]
)
def test_votes_that_cannot_be_are_refused(world: World, votes: Votes, word: str) -> None:
    assert word in refused(world, running(world), votes=votes).message


def test_a_matter_without_a_rule_takes_the_recorders_word(world: World) -> None:
    meeting = running(world)
    assert "passed" in refused(world, meeting, type="other", votes=None).fields
    decision = decide(world, meeting, type="other", votes=None, passed=True, method="consent")
    assert (decision.passed, decision.is_vote, decision.due) == (True, False, 0)


def test_a_decision_is_put_right_while_the_record_is_open(world: World) -> None:
    meeting = running(world)
    decision = decide(world, meeting)
    again = decide(world, meeting, decision=decision, votes=Votes(1, 2))
    assert (again.pk, again.passed) == (decision.pk, False)
    actions.remove_decision(actor=world.actor(2), decision=decision)
    assert not meeting.decisions.exists()


def test_decisions_need_a_meeting_that_has_begun_and_is_open(world: World) -> None:
    refused(world, world.call(), Conflict)
    refused(world, closed(world, title="另一次"), Conflict)


def test_a_plain_member_does_not_record(world: World) -> None:
    meeting = running(world)
    with pytest.raises(PermissionDenied):
        actions.record_decision(actor=world.actor(4), meeting=meeting, text="x", votes=Votes(3))


def appraise(world: World, grades: list[str], meeting: Meeting | None = None) -> Meeting:
    meeting = meeting or held(world, kinds=["member_appraisal"])
    results = [Appraised(person, grade, excellent=3) for person, grade in zip(world.people, grades, strict=False)]
    actions.record_appraisal(actor=world.actor(2), meeting=meeting, results=results)
    return meeting


def test_the_appraisal_is_recorded_and_replaced(world: World) -> None:
    grades = ["excellent", "excellent", "qualified", "qualified", "basically_qualified", ""]
    meeting = appraise(world, grades)
    assert AppraisalResult.objects.filter(grade="excellent").count() == 2
    assert meeting.appraisals.get(member=world.people[5]).grade_title == "参加评议，不确定等次"
    appraise(world, ["qualified"] * 5, meeting)
    assert meeting.appraisals.count() == 5


def test_at_most_a_third_is_excellent(world: World) -> None:
    with pytest.raises(Invalid, match="不超过2人") as refusal:
        appraise(world, ["excellent"] * 3 + ["qualified"] * 2 + [""])
    assert refusal.value.citation
    assert not AppraisalResult.objects.exists()


def test_a_probationary_member_has_no_grade_and_a_full_one_has(world: World) -> None:
    with pytest.raises(Invalid, match="预备党员"):
        appraise(world, ["qualified"] * 6)
    with pytest.raises(Invalid, match="选择评议等次"):
        appraise(world, ["qualified", "", "qualified"])


def test_an_appraisal_belongs_to_an_appraisal_meeting(world: World) -> None:
    with pytest.raises(Conflict, match="不评定民主评议党员的等次") as refusal:
        appraise(world, ["qualified"], held(world))
    assert "第十八条" in refusal.value.citation
    assert not AppraisalResult.objects.exists()


APPRAISING = [actions.AgendaPlan("评定民主评议党员等次", AgendaType.APPRAISAL)]


def test_the_committee_may_decide_the_grades_of_the_whole_branch(world: World) -> None:
    meeting = held(world, (0, 1), kinds=["committee_meeting"], audience="committee", agenda=APPRAISING)
    assert meeting.attendances.count() == 2
    appraise(world, ["qualified"] * 5 + [""], meeting)
    assert meeting.appraisals.count() == 6


def test_a_committee_meeting_without_it_on_the_agenda_decides_no_grades(world: World) -> None:
    with pytest.raises(Conflict, match="不评定民主评议党员的等次"):
        appraise(world, ["qualified"] * 5, held(world, (0, 1), kinds=["committee_meeting"], audience="committee"))


def test_a_group_appraises_and_leaves_the_grades_to_the_branch(world: World) -> None:
    group = make.group(world.branch, name="虚构第一小组")
    make.post(group, "group_leader", world.people[0].user)
    for one in world.people[:3]:
        GroupAssignment.objects.create(organization=group, member=one, starts_on=make.BEGIN)
        Member.objects.filter(pk=one.pk).update(organization=group)
    starts = instant("14:00")
    meeting = actions.plan(
        actor=world.secretary,
        organization=group,
        kinds=["member_appraisal"],
        title="党小组评议",
        place="虚构班组",
        sittings=[actions.SittingPlan(starts, starts + dt.timedelta(hours=1))],
        chair=world.people[0],
        recorder=world.people[2],
    )
    meeting = actions.call(actor=world.secretary, meeting=meeting)
    with clock.at(starts):
        actions.begin(actor=world.secretary, meeting=meeting)
    with pytest.raises(Conflict, match="不在党小组评定") as refusal:
        appraise(world, ["qualified"], meeting)
    assert "支部委员会会议" in refusal.value.how
    assert not AppraisalResult.objects.exists()


def temporary(world: World) -> None:
    world.branch.type_code = "931"
    world.branch.save(update_fields=["type_code"])


def test_a_temporary_branch_admits_nobody_without_a_reason(world: World) -> None:
    admission = {"type": "admission", "method": "secret_ballot", "text": "同意接收虚构某为预备党员", "candidate_name": "虚构某"}
    admission["tellers"] = "虚构乙、虚构丙"
    meeting = running(world)
    decide(world, meeting, votes=Votes(4), **admission)
    temporary(world)
    meeting.refresh_from_db()
    said = refused(world, meeting, votes=Votes(4), **admission)
    assert "一般不发展党员" in said.message
    assert "《中国共产党支部工作条例（试行）》第八条" in said.citation
    assert "reason" in said.fields
    decision = decide(world, meeting, votes=Votes(4), reason="上级党委专门批复同意", **admission)
    assert "特殊情况：上级党委专门批复同意" in decision.reasons


def test_a_temporary_branch_punishes_nobody_without_a_reason(world: World) -> None:
    meeting = running(world)
    temporary(world)
    meeting.refresh_from_db()
    said = refused(world, meeting, text="同意给予虚构某党内警告处分")
    assert "一般不处分、处置党员" in said.message
    assert decide(world, meeting, text="同意支部学习计划").passed
