"""The pages of arrears and reliefs offer a step to exactly those who may take it now, never in their own case."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.dues.assessment.models import Relief, ReliefState
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.activities.dues.oversight.models import ArrearsCase, ArrearsState
from dangjian.members.models import Member, Standing
from dangjian.org.models import Post
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import NOVEMBER, World, month
from tests.offered import browser, shown, tried

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]

WAYS = {
    "talk": {"step": "talk", "talked_on": "2026-11-23", "note": "虚构的谈话情况"},
    "excuse": {"step": "excuse", "found_on": "2026-11-23", "note": "虚构的正当理由"},
    "refer": {"step": "refer", "referred_on": "2026-11-23", "note": "虚构的研究意见"},
}
END = {"step": "end", "until_month": "2026-12-01", "reason": "虚构的好转"}
PROPOSED = {
    "kind": "exempt",
    "from_month": "2026-11-01",
    "last_month": "2027-01-01",
    "reason": "虚构的困难",
    "studied_on": "2026-11-20",
    "studied_at": "虚构支部委员会会议",
}


def everybody(world: World) -> list[User]:
    """Officers of the branch, the one below it, its neighbour and its superior, one whose term is over, and a plain member."""
    group = make.group(world.branch)
    former = make.post(world.branch, "deputy_secretary", ends_on=dt.date(2026, 11, 1)).user
    known = [world.secretary.user, world.office.user, world.deputy.user, world.people[0].user, world.stranger.user]
    return [*known, former, make.post(group, "group_leader").user, make.post(world.top).user]


def case_of(member: Member, **more: Any) -> ArrearsCase:
    more = {"stage": "talk", "since_month": dt.date(2026, 8, 1), "months": 3, **more}
    with unscoped("test world"):
        found: ArrearsCase = ArrearsCase.objects.create(
            organization=member.branch,
            member=member,
            citation="虚构依据",
            opened_on=dt.date(2026, 11, 20),
            due_on=dt.date(2026, 12, 5),
            **more,
        )
    return found


def ways_of(case: ArrearsCase, people: list[User]) -> dict[str, int]:
    """How many are offered each way of handling it, after asking of everybody that they are offered what they may do."""
    found = dict.fromkeys(WAYS, 0)
    for user in people:
        address = reverse("dues:arrears_case", args=[case.pk])
        page = shown(user, address)
        for way, data in WAYS.items():
            offered = f'name="step" value="{way}"' in page
            status = tried(user, address, data)
            assert (status == 302) == offered, (way, user.name, status)
            found[way] += offered
    return {way: number for way, number in found.items() if number}


class TestArrears:
    def test_of_a_member(self, world: World) -> None:
        assert ways_of(case_of(world.people[3]), everybody(world)) == {"talk": 2, "excuse": 2, "refer": 2}

    def test_of_an_officer(self, world: World) -> None:
        assert ways_of(case_of(world.people[1]), everybody(world)) == {"talk": 1, "excuse": 1, "refer": 1}

    def test_a_talk_is_recorded_once(self, world: World) -> None:
        case = case_of(world.people[3])
        with unscoped("test world"):
            arrears.record_talk(actor=world.secretary, case=case, talked_on=dt.date(2026, 11, 21), note="第一次谈话的情况")
        assert ways_of(case, everybody(world)) == {"excuse": 2, "refer": 2}
        again = browser(world.secretary.user).post(reverse("dues:arrears_case", args=[case.pk]), WAYS["talk"])
        assert again.status_code == 422
        assert "已经登记过谈话" in again.content.decode()
        case.refresh_from_db()
        assert (case.note, case.handled_on) == ("第一次谈话的情况", dt.date(2026, 11, 21))

    @pytest.mark.parametrize("state", [ArrearsState.PAID, ArrearsState.EXCUSED, ArrearsState.REFERRED])
    def test_what_is_finished(self, world: World, state: ArrearsState) -> None:
        assert ways_of(case_of(world.people[3], state=state), everybody(world)) == {}

    @pytest.mark.parametrize("way", list(WAYS))
    def test_a_neighbour_handles_nothing(self, world: World, way: str) -> None:
        case, before = case_of(world.people[3]), Event.objects.filter(verb="dues.arrears_handled").count()
        own = case_of(world.stranger)
        data = {**WAYS[way], "case": own.pk, "organization": world.other.pk, "member": world.stranger.pk}
        address = reverse("dues:arrears_case", args=[case.pk])
        assert browser(world.stranger.user).post(address, data).status_code in {403, 404}
        for one in (case, own):
            one.refresh_from_db()
            assert one.state == ArrearsState.OPEN
        assert Event.objects.filter(verb="dues.arrears_handled").count() == before


def ends_of(relief: Relief, people: list[User]) -> int:
    found = 0
    for user in people:
        address = reverse("dues:relief", args=[relief.pk])
        offered = 'name="step" value="end"' in shown(user, address)
        status = tried(user, address, END | ({"until_month": "2026-11-01"} if relief.until_month == month("2026-12") else {}))
        assert (status == 302) == offered, (user.name, status)
        found += offered
    return found


class TestEndingAReliefEarly:
    def test_of_a_member(self, world: World) -> None:
        assert ends_of(build.relieved(world.people[3], NOVEMBER, month("2027-02")), everybody(world)) == 4

    def test_of_an_officer(self, world: World) -> None:
        assert ends_of(build.relieved(world.people[1], NOVEMBER), everybody(world)) == 3

    def test_in_its_last_month(self, world: World) -> None:
        assert ends_of(build.relieved(world.people[3], month("2026-10"), month("2026-12")), everybody(world)) == 4

    def test_one_that_has_ended_by_itself(self, world: World) -> None:
        relief = build.relieved(world.people[3], month("2026-08"), month("2026-11"))
        assert ends_of(relief, everybody(world)) == 0
        address = reverse("dues:relief", args=[relief.pk])
        answer = browser(world.secretary.user).post(address, {**END, "until_month": "2026-10-01"})
        assert answer.status_code == 422
        assert "已经结束" in answer.content.decode()
        relief.refresh_from_db()
        assert relief.until_month == month("2026-11")

    @pytest.mark.parametrize("state", [ReliefState.PROPOSED, ReliefState.REFUSED, ReliefState.WITHDRAWN])
    def test_one_that_does_not_hold(self, world: World, state: ReliefState) -> None:
        assert ends_of(build.relieved(world.people[3], NOVEMBER, state=state), everybody(world)) == 0

    def test_a_neighbour_ends_nothing(self, world: World) -> None:
        relief, own = build.relieved(world.people[3], NOVEMBER), build.relieved(world.stranger, NOVEMBER)
        address = reverse("dues:relief", args=[relief.pk])
        data = {**END, "relief": own.pk, "member": world.stranger.pk, "organization": world.other.pk}
        assert browser(world.stranger.user).post(address, data).status_code in {403, 404}
        for one in (relief, own):
            one.refresh_from_db()
            assert (one.state, one.until_month) == (ReliefState.APPROVED, None)


def proposes(member: Member, people: list[User]) -> int:
    """How many are offered to report the member, after asking of everybody that the page, its form and the action agree."""
    found, address = 0, reverse("dues:relief_propose", args=[member.pk])
    for user in people:
        offered = f'href="{address}"' in shown(user, reverse("dues:profile", args=[member.pk]))
        status = tried(user, address, PROPOSED)
        assert (status == 302) == offered == bool(shown(user, address)), (user.name, status)
        found += offered
    return found


class TestReporting:
    def test_a_member(self, world: World) -> None:
        assert proposes(world.people[3], everybody(world)) == 2

    def test_oneself_where_others_decide(self, world: World) -> None:
        assert proposes(world.people[1], everybody(world)) == 2

    def test_oneself_where_the_branch_decides(self, world: World) -> None:
        build.assessed(world.people[1], 10_00, NOVEMBER, kind=PayerKind.RETIRED)
        assert proposes(world.people[1], everybody(world)) == 1

    def test_the_level_above_stands_in_for_the_only_one_who_may(self, world: World) -> None:
        build.assessed(world.people[1], 10_00, NOVEMBER, kind=PayerKind.RETIRED)
        with unscoped("test world"):
            Post.objects.filter(user=world.secretary.user).update(ends_on=dt.date(2026, 11, 1))
        assert proposes(world.people[1], everybody(world)) == 2
        with unscoped("a test looks at what was written"):
            assert not Relief.objects.exists()

    def test_somebody_who_pays_no_more(self, world: World) -> None:
        with unscoped("test world"):
            Member.objects.filter(pk=world.people[3].pk).update(standing=Standing.SUSPENDED)
        assert proposes(world.people[3], everybody(world)) == 0

    def test_a_neighbour_reports_nobody(self, world: World) -> None:
        address = reverse("dues:relief_propose", args=[world.people[3].pk])
        data = {**PROPOSED, "member": world.stranger.pk, "organization": world.other.pk}
        assert browser(world.stranger.user).post(address, data).status_code in {403, 404}
        with unscoped("a test looks at what was written"):
            assert not Relief.objects.exists()
