"""An election with one ballot paper: what the figures must agree on, who is elected, what the page keeps."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.election import Ballots, Candidate, ElectionResult, departures, elect
from dangjian.activities.meetings.models import Decision, Election, Meeting
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.rulebook import book, load, rule_directories
from dangjian.members.models import Sanction
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.conftest import World, held, running
from tests.activities.meetings.pages import as_member, as_neighbour, as_recorder, as_secretary


def result(seats: int, *votes: int, due: int = 20, present: int = 20, papers: Ballots | None = None) -> ElectionResult:
    return elect(
        seats=seats,
        due=due,
        present=present,
        ballots=papers or Ballots(present, present, present, 0),
        candidates=[Candidate(f"虚构{place}", number) for place, number in enumerate(votes)],
        book=book(),
        on=clock.today(),
    )


def outcome(seats: int, *votes: int, **more: Any) -> list[bool | None]:
    return [one.passed for one in result(seats, *votes, **more).candidates]


@pytest.mark.parametrize(
    ("seats", "votes", "elected"),
    [
        (3, (20, 18, 15, 7), [True, True, True, False]),
        (2, (20, 10), [True, False]),
        (2, (12, 15, 11), [True, True, False]),
        (2, (15, 12, 12), [True, False, False]),
        (2, (13, 13, 14), [False, False, True]),
        (1, (11,), [True]),
    ],
)
def test_more_than_half_are_elected_as_far_as_there_are_seats(
    seats: int, votes: tuple[int, ...], elected: list[bool | None]
) -> None:
    assert outcome(seats, *votes) == elected


def test_a_tie_at_the_last_seat_is_voted_on_again() -> None:
    found = result(2, 15, 12, 12)
    assert "重新投票" in found.candidates[1].reasons[-1]
    assert any("还有1个名额得票相等" in reason for reason in found.reasons)
    assert outcome(3, 15, 12, 12) == [True, True, True], "there is a seat for each of them"


def test_seats_left_open_are_named() -> None:
    assert any("不足的2名应当另行选举" in reason for reason in result(3, 15, 9, 8).reasons)


def test_votes_that_are_enough_of_those_present_only_are_left_to_a_person() -> None:
    assert outcome(2, 16, 9, due=20, present=16) == [True, None]
    assert outcome(1, 7, 9, due=20, present=16) == [False, None]


def test_more_papers_back_than_issued_make_the_election_void() -> None:
    found = result(2, 15, 12, papers=Ballots(18, 19, 19, 0))
    assert (found.stands, found.elected) == (False, 0)
    assert [one.passed for one in found.candidates] == [False, False]
    assert any("选举无效" in reason for reason in found.reasons)
    assert "基层组织选举工作条例" in found.citations[0].text
    assert result(2, 15, 12, papers=Ballots(18, 17, 16, 1)).stands


def test_too_few_voters_elect_nobody() -> None:
    found = result(1, 15, due=20, present=15)
    assert (found.stands, found.quorum_met, found.candidates[0].passed) == (False, False, False)


@pytest.mark.parametrize(
    ("seats", "papers", "candidates", "word"),
    [
        (0, Ballots(20, 20, 20, 0), [Candidate("甲", 1)], "应选名额"),
        (1, Ballots(20, 20, 20, 0), [], "候选人"),
        (1, Ballots(21, 20, 20, 0), [Candidate("甲", 1)], "多于实到会"),
        (1, Ballots(20, 20, 18, 1), [Candidate("甲", 1)], "不一致"),
        (1, Ballots(20, 20, 18, 2), [Candidate("甲", 10, 8, 1)], "多于有效票"),
        (1, Ballots(20, 20, 18, 2), [Candidate("甲", 10), Candidate("乙", 9)], "至多选1名"),
        (2, Ballots(20, 20, 20, 0), [Candidate("甲", 3), Candidate("甲", 4)], "填了两次"),
        (2, Ballots(20, 20, 20, 0), [Candidate("甲", -3)], "负数"),
        (2, Ballots(20, 20, 21, -1), [Candidate("甲", 3)], "负数"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(
    seats: int, papers: Ballots, candidates: list[Candidate], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        elect(seats=seats, due=20, present=20, ballots=papers, candidates=candidates, book=book(), on=clock.today())


def test_nobody_votes_for_somebody_absent_unless_the_unit_knows_of_another_text() -> None:
    papers, candidates = Ballots(19, 19, 19, 0), [Candidate("甲", 15), Candidate("乙", 4)]
    with pytest.raises(ValueError, match="不能委托他人代为投票"):
        elect(seats=1, due=20, present=18, ballots=papers, candidates=candidates, book=book(), on=clock.today())
    other = load(rule_directories(), {"vote.election.no_proxy": False})
    assert elect(seats=1, due=20, present=18, ballots=papers, candidates=candidates, book=other, on=clock.today()).stands
    with pytest.raises(ValueError, match="多于应到会"):
        elect(seats=1, due=20, present=18, ballots=Ballots(21, 19, 19, 0), candidates=candidates, book=other, on=clock.today())


CASES = yaml.safe_load((Path(__file__).parent / "cases" / "elections.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_how_people_are_elected(case: dict[str, Any]) -> None:
    on_paper = [Candidate(f"虚构{place}", 1) for place in range(case["候选人"])]
    found = departures(
        case["选"],
        seats=case["应选"],
        candidates=[*on_paper, *(Candidate(f"另选{place}", 1, written_in=True) for place in range(case.get("另选", 0)))],
        by_committee=case.get("由") == "委员会",
        has_committee=case.get("设委员会", True),
        book=book(),
        on=clock.today(),
    )
    assert len(found) == bool(case["不同"])
    for one in found:
        assert case["不同"] in one.text
        assert "基层组织选举工作条例" in one.citations[0].text


def vote(world: World, meeting: Meeting, **more: Any) -> Election:
    more.setdefault("candidates", [Candidate("虚构甲", 4), Candidate("虚构乙", 3, 1), Candidate("虚构丙", 1, 2, 1)])
    more.setdefault("ballots", Ballots(4, 4, 4, 0))
    more.setdefault("title", "支部委员会委员")
    more.setdefault("seats", 2)
    return actions.record_election(actor=more.pop("actor", world.actor(2)), meeting=meeting, **more)


def test_each_candidate_becomes_a_decision_of_the_election(world: World) -> None:
    election = vote(world, running(world))
    rows = {row.candidate_name: row for row in election.candidates.all()}
    assert [rows[name].result_text for name in ("虚构甲", "虚构乙", "虚构丙")] == ["当选", "当选", "未当选"]
    assert (election.due, election.present, election.stands) == (5, 4, True)
    assert rows["虚构乙"].need_in_favour == 3
    assert rows["虚构甲"].is_vote
    assert Event.objects.filter(verb="meetings.election_recorded").count() == 1


def test_an_election_is_recorded_anew_as_a_whole_and_removed_as_a_whole(world: World) -> None:
    meeting = running(world)
    election = vote(world, meeting)
    one = election.candidates.first()
    assert one is not None
    with pytest.raises(Conflict):
        actions.remove_decision(actor=world.actor(2), decision=one)
    again = vote(world, meeting, election=election, candidates=[Candidate("虚构丁", 4)], seats=1)
    assert again.pk == election.pk
    assert [row.candidate_name for row in again.candidates.all()] == ["虚构丁"]
    actions.remove_election(actor=world.actor(2), election=again)
    assert not Election.objects.exists()
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"seats": 0},
        {"candidates": []},
        {"candidates": [Candidate(" ", 3)]},
        {"ballots": Ballots(4, 4, 3, 0)},
        {"ballots": Ballots(5, 5, 5, 0)},
    ],
)
def test_a_wrong_election_leaves_nothing(world: World, wrong: dict[str, Any]) -> None:
    meeting = running(world)
    with pytest.raises(Invalid):
        vote(world, meeting, **wrong)
    assert not Election.objects.exists()
    assert not Decision.objects.exists()


def test_whoever_cannot_be_elected_is_no_candidate(world: World) -> None:
    meeting = running(world)
    name = world.people[3].name
    with unscoped("test"):
        sanction = Sanction.objects.create(
            member=world.people[3], kind="probation_within_party", starts_on=meeting.held_on, document="虚纪〔2026〕1号"
        )
    with pytest.raises(Invalid, match="受留党察看处分，没有被选举权，不能作候选人") as refused:
        vote(world, meeting, candidates=[Candidate(name, 4)], seats=1)
    assert "第五条" in refused.value.citation
    assert not Election.objects.exists()
    with unscoped("test"):
        Sanction.objects.filter(pk=sanction.pk).update(kind="warning")
    assert vote(world, meeting, candidates=[Candidate(name, 4)], seats=1).pk


def test_who_may_record_an_election_and_when(world: World) -> None:
    meeting = running(world)
    with pytest.raises(PermissionDenied):
        vote(world, meeting, actor=world.actor(3))
    with pytest.raises(Conflict):
        vote(world, world.call(title="虚构还没有开的大会"))
    committee = running(world, (0, 1), kinds=["committee_meeting"], audience="committee", title="虚构支委会")
    for office in ("committee", "delegates", "other"):
        with pytest.raises(Invalid, match="党员大会"):
            vote(world, committee, actor=world.secretary, office=office)
    with pytest.raises(Invalid):
        actions.record_decision(actor=world.actor(2), meeting=meeting, text="选举", type="election", candidate_name="虚构甲")
    assert not Decision.objects.exists()


def test_no_more_are_judged_elected_than_there_are_seats(world: World) -> None:
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
    both = [Candidate("虚构甲", 5), Candidate("虚构乙", 5)]
    election = vote(world, meeting, seats=2, ballots=Ballots(8, 8, 8, 0), candidates=both)
    Election.objects.filter(pk=election.pk).update(seats=1)
    first, second = election.candidates.order_by("pk")
    actions.judge_decision(actor=world.secretary, decision=first, passed=True, note="选举办法第九条")
    with pytest.raises(Conflict, match="选满"):
        actions.judge_decision(actor=world.secretary, decision=second, passed=True, note="选举办法第九条")
    assert actions.judge_decision(actor=world.secretary, decision=second, passed=False, note="名额已满").passed is False


def test_the_minutes_tell_of_the_ballot(world: World) -> None:
    meeting = held(world)
    vote(world, meeting)
    text = actions.draft_minutes(actor=world.actor(2), meeting=meeting).text
    assert "虚构甲：选举支部委员会委员（发出选票4张，收回4张，有效4张，无效0张）" in text
    assert "表决结果：当选" in text
    assert "表决结果：未当选" in text


def sent(**more: Any) -> dict[str, Any]:
    """What the page sends."""
    return {
        "office": "other",
        "title": "支部委员会委员",
        "seats": "2",
        "issued": "4",
        "returned": "4",
        "valid": "4",
        "invalid": "",
        "c-TOTAL_FORMS": "3",
        "c-INITIAL_FORMS": "0",
        "c-0-name": "虚构甲",
        "c-0-in_favour": "4",
        "c-1-name": "虚构乙",
        "c-1-in_favour": "3",
        "c-1-against": "1",
        **more,
    }


def test_the_page_records_an_election_and_shows_it_on_the_agenda(world: World) -> None:
    meeting = running(world)
    client, address = as_recorder(world), reverse("meetings:election_new", args=[meeting.pk])
    page = client.get(address)
    assert page.context["form"]["issued"].value() == 4
    assert len(page.context["rows"].forms) == 4
    answer = client.post(address, sent(), follow=True)
    assert "当选 2 名" in answer.content.decode()
    election = Election.objects.get()
    assert [row.candidate_name for row in election.candidates.all()] == ["虚构甲", "虚构乙"]
    change = reverse("meetings:election", args=[meeting.pk, election.pk])
    assert 'value="虚构乙"' in client.get(change).content.decode()
    client.post(change, sent(seats="1", **{"c-0-in_favour": "3", "c-1-in_favour": "1"}))
    assert [row.passed for row in Election.objects.get().candidates.all()] == [True, False]
    client.post(reverse("meetings:election_remove", args=[meeting.pk, election.pk]))
    assert not Election.objects.exists()


def test_rows_are_added_and_taken_away_without_losing_what_was_typed(world: World) -> None:
    meeting = running(world)
    client, address = as_recorder(world), reverse("meetings:election_new", args=[meeting.pk])
    added = client.post(address, sent(part="add-c", seats=""))
    assert added.status_code == 200
    assert len(added.context["rows"].forms) == 4
    assert 'value="虚构乙"' in added.content.decode()
    fewer = client.post(address, sent(part="remove-c-0"))
    assert [form["name"].value() for form in fewer.context["rows"]][:1] == ["虚构乙"]
    assert not Election.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"seats": ""}, {"title": ""}, {"valid": "3"}, {"c-0-in_favour": "9"}, {"c-0-name": "", "c-0-in_favour": "2"}],
)
def test_the_page_keeps_a_wrong_election_with_the_reason(world: World, wrong: dict[str, str]) -> None:
    meeting = running(world)
    answer = as_recorder(world).post(reverse("meetings:election_new", args=[meeting.pk]), sent(**wrong))
    assert answer.status_code == 422
    assert 'value="虚构乙"' in answer.content.decode()
    assert not Election.objects.exists()


def test_the_result_is_shown_while_figures_are_entered(world: World) -> None:
    meeting = running(world)
    address = reverse("meetings:election_preview", args=[meeting.pk])
    text = as_recorder(world).post(address, sent()).content.decode()
    assert "选举有效，当选 2 名" in text
    assert "《中国共产党基层组织选举工作条例》" in text
    assert "不一致" in as_recorder(world).post(address, sent(valid="3")).content.decode()
    assert "选举无效" in as_recorder(world).post(address, sent(issued="3")).content.decode()
    assert not Election.objects.exists()


@pytest.mark.parametrize("client", [as_member, as_neighbour])
def test_nobody_else_records_an_election(world: World, client: Any) -> None:
    meeting = running(world)
    election = vote(world, meeting)
    browser: Client = client(world)
    for name, args in (
        ("election_new", [meeting.pk]),
        ("election_preview", [meeting.pk]),
        ("election", [meeting.pk, election.pk]),
        ("election_remove", [meeting.pk, election.pk]),
    ):
        assert browser.post(reverse(f"meetings:{name}", args=args), sent()).status_code in {403, 404}, name
    assert Election.objects.get().candidates.count() == 3


def test_the_secretary_judges_a_candidate_on_the_agenda(world: World) -> None:
    election = vote(world, running(world))
    Decision.objects.filter(candidate_name="虚构丙").update(passed=None)
    page = as_secretary(world).get(reverse("meetings:detail", args=[election.meeting_id]), {"tab": "agenda"}).content.decode()
    assert "虚构丙的认定说明" in page


def test_too_few_candidates_need_a_reason_that_stays_on_record(world: World) -> None:
    meeting = running(world)
    both = [Candidate("虚构甲", 4), Candidate("虚构乙", 3, 1)]
    with pytest.raises(Invalid, match="至少3名") as refused:
        vote(world, meeting, office="committee", candidates=both)
    assert (refused.value.fields.keys(), "选举工作条例" in refused.value.citation) == ({"reason"}, True)
    assert not Election.objects.exists()
    election = vote(world, meeting, office="committee", candidates=both, reason="上级批复同意等额选举")
    assert election.special_text == "特殊情况：上级批复同意等额选举"
    assert "候选人至少3名" in election.reasons
    election = vote(world, meeting, office="committee", election=election, reason="不再需要")
    assert election.special_text == "", "with three candidates nothing is unusual"


def with_committee(world: World) -> None:
    for place, post in ((2, "organisation_member"), (3, "publicity_member"), (4, "discipline_member")):
        make.post(world.branch, post, world.people[place].user)


def test_the_committee_elects_its_secretary_in_its_first_session(world: World) -> None:
    with_committee(world)
    meeting = running(world, (0, 1, 2, 3), kinds=["committee_meeting"], audience="committee", title="第一次支委会")
    one = [Candidate("虚构甲", 4)]
    election = vote(world, meeting, office="secretary", title="书记", seats=1, candidates=one)
    assert (election.due, election.present, election.stands) == (5, 4, True)
    assert "委员应到会5人、到会4人" in election.reasons
    assert "报上级党组织批准" in election.reasons
    assert "《中国共产党章程》第三十一条" in election.citations
    row = election.candidates.get()
    assert (row.passed, row.rule_keys) == (True, "vote.election.session_quorum,vote.election.win")


def test_too_few_of_the_committee_elect_nobody(world: World) -> None:
    with_committee(world)
    meeting = running(world, (0, 1, 2), kinds=["committee_meeting"], audience="committee", title="第一次支委会")
    papers = Ballots(3, 3, 3, 0)
    election = vote(world, meeting, office="secretary", title="书记", seats=1, candidates=[Candidate("甲", 3)], ballots=papers)
    assert (election.stands, election.candidates.get().passed) == (False, False)


def test_who_stands_does_not_watch_over_the_papers(world: World) -> None:
    meeting = running(world)
    with pytest.raises(Invalid, match="虚构乙是候选人，不能担任监票人"):
        vote(world, meeting, tellers="虚构戊、虚构乙")
    assert not Election.objects.exists()
    assert vote(world, meeting, tellers="虚构戊、虚构乙丑").tellers == "虚构戊、虚构乙丑"


def test_the_page_asks_why_an_election_was_held_otherwise(world: World) -> None:
    meeting = running(world)
    client, address = as_recorder(world), reverse("meetings:election_new", args=[meeting.pk])
    assert client.get(address).context["form"]["office"].value() == "committee"
    two = sent(office="committee", **{"c-1-written_in": "on"})
    preview = client.post(reverse("meetings:election_preview", args=[meeting.pk]), two).content.decode()
    assert "这次只有1名" in preview
    refused = client.post(address, two)
    assert refused.status_code == 422
    assert "请写明原因和上级的批复" in refused.content.decode()
    assert client.post(address, two | {"reason": "上级批复同意"}).status_code == 302
    assert [row.written_in for row in Election.objects.get().candidates.order_by("pk")] == [False, True]
    tab = client.get(reverse("meetings:detail", args=[meeting.pk]), {"tab": "agenda"}).content.decode()
    assert "特殊情况：上级批复同意" in tab
    assert "（另选）" in tab
    change = client.get(reverse("meetings:election", args=[meeting.pk, Election.objects.get().pk])).content.decode()
    assert 'value="上级批复同意"' in change


def test_a_temporary_branch_elects_nobody(world: World) -> None:
    meeting = running(world)
    assert vote(world, meeting).stands
    world.branch.type_code = "932"
    world.branch.save(update_fields=["type_code"])
    meeting.refresh_from_db()
    before = (Event.objects.count(), Election.objects.count())
    with pytest.raises(Invalid, match="不进行换届选举") as refusal:
        vote(world, meeting)
    assert "《中国共产党支部工作条例（试行）》第八条" in refusal.value.citation
    assert (Event.objects.count(), Election.objects.count()) == before
