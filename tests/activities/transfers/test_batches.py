"""Transfers of many members: ticked on the list, as strict as one by one, each either there or refused with why."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.transfers.actions import batches
from dangjian.activities.transfers.actions.batches import Asked, Going, ask_many
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel.errors import Conflict, NotFound, PermissionDenied, Refusal
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.org import roles
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.test_transfer import DAY, House
from tests.at_once import at_once
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
ENTRY = {"why": "work", "note": "岗位调整"}


class Crowd(House):
    """Three more members of the branch, and the office of the committee."""

    def __init__(self) -> None:
        super().__init__()
        self.people = [make.member(self.origin, f"虚构调动{word}") for word in "甲乙丙"]
        self.office: User = make.grant(self.committee, roles.PARTY_OFFICE).user

    def ask_many(self, by: User | None = None, members: list[Member] | None = None, **more: Any) -> Asked:
        given: dict[str, Any] = {"to": self.to, "day": DAY, "entry": ENTRY} | more
        going = [Going(one.pk, **given) for one in (self.people if members is None else members)]
        return ask_many(actor=make.actor(by or self.secretary), going=going)


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


def test_each_has_a_case_as_if_asked_for_one_by_one(crowd: Crowd) -> None:
    alone = crowd.ask(crowd.secretary, entry=ENTRY)
    asked = crowd.ask_many()
    assert (len(asked.cases), asked.refused) == (3, {})
    for one in (alone, *asked.cases):
        case = register(ProcedureCase).get(pk=one.pk)
        steps = list(register(CaseStep).filter(case=case).order_by("pk"))
        assert [(row.code, row.state) for row in steps] == [("ask", StepState.TAKEN), ("release", StepState.OPEN)]
        assert (case.organization, case.other_side, case.stage) == (crowd.origin, crowd.to, "released")
        assert (steps[0].read_entry(), steps[0].taken_by, steps[0].taken_on) == (ENTRY, crowd.secretary, DAY)
        assert (steps[0].version, steps[1].place) == (dt.date(2019, 5, 6), crowd.committee)
        verbs = Event.objects.filter(subject_type="procedures.procedurecase", subject_id=case.pk).values_list("verb", "summary")
        assert sorted(verbs) == [
            ("procedures.started", f"“{case.title}”开始组织关系转接"),
            ("procedures.taken", f"“{case.title}”提出转接"),
        ]
    assert {one.search_key[:4] for one in register(ProcedureCase).filter(pk__in=[c.pk for c in asked.cases])} == {"xugo"}


def test_they_are_released_and_received_like_others(crowd: Crowd) -> None:
    [case, *_] = crowd.ask_many().cases
    with pytest.raises(PermissionDenied):
        crowd.take(case, "release", crowd.secretary, "released")
    crowd.release(case)
    crowd.receive(case)
    assert register(Member).get(pk=case.subject_id).branch == crowd.to


def test_the_office_asks_for_members_below_and_does_not_release_them(crowd: Crowd) -> None:
    far = make.member(crowd.third, "虚构远支")
    asked = crowd.ask_many(crowd.office, [*crowd.people, far])
    assert {case.organization for case in asked.cases} == {crowd.origin, crowd.third}
    with pytest.raises(PermissionDenied, match="另一位同志"):
        crowd.take(asked.cases[0], "release", crowd.office, "released")


def refused_alone(crowd: Crowd, member: Member, **more: Any) -> Refusal:
    more = {"other_side" if name == "to" else name: value for name, value in more.items()}
    with pytest.raises(Refusal) as found:
        crowd.ask(crowd.secretary, member=register(Member).select_related("branch").get(pk=member.pk), entry=ENTRY, **more)
    return found.value


class TestRefused:
    """Whoever is refused is so for the reason that they would have alone; nothing is written of them, the others are done."""

    def check(self, crowd: Crowd, member: Member, says: str, **more: Any) -> None:
        alone = refused_alone(crowd, member, **more)
        before = set(register(ProcedureCase).filter(subject_id=member.pk).values_list("pk", flat=True))
        asked = crowd.ask_many(members=[member, *crowd.people], **more)
        assert says in asked.refused[member.pk].message
        assert type(asked.refused[member.pk]) is type(alone)
        assert set(register(ProcedureCase).filter(subject_id=member.pk).values_list("pk", flat=True)) == before
        if not more:
            assert len(asked.cases) == 3

    def test_who_is_under_way(self, crowd: Crowd) -> None:
        crowd.ask()
        self.check(crowd, crowd.member, "“组织关系转接”正在办理")

    def test_who_does_not_count(self, crowd: Crowd) -> None:
        with unscoped("test"):
            account.leave(actor=make.SYSTEM, member=crowd.member, kind=ChangeKind.SUSPENDED, effective_on=DAY)
        self.check(crowd, crowd.member, "不能转接")

    def test_who_is_of_another_branch(self, crowd: Crowd) -> None:
        asked = crowd.ask_many(members=[make.member(crowd.third), *crowd.people])
        assert ([type(one) for one in asked.refused.values()], len(asked.cases)) == ([NotFound], 3)

    def test_a_day_to_come(self, crowd: Crowd) -> None:
        self.check(crowd, crowd.member, "不能晚于今天", day=DAY + dt.timedelta(days=1))

    def test_where_they_are_already(self, crowd: Crowd) -> None:
        self.check(crowd, crowd.member, "已经在", to=crowd.origin)

    def test_to_what_is_no_branch(self, crowd: Crowd) -> None:
        self.check(crowd, crowd.member, "现有的党支部", to=crowd.committee)

    @pytest.mark.parametrize("entry", [{}, {"why": "other"}, {"why": "nothing"}, {"why": "work", "more": "x"}])
    def test_an_entry_that_will_not_do(self, crowd: Crowd, entry: dict[str, str]) -> None:
        asked = crowd.ask_many(entry=entry)
        assert (len(asked.cases), len(asked.refused), register(ProcedureCase).count()) == (0, 3, 0)

    def test_oneself_and_one_twice(self, crowd: Crowd) -> None:
        own = register(Member).get(user=crowd.secretary)
        asked = crowd.ask_many(members=[own, crowd.people[0], crowd.people[0]])
        assert "关系到您本人" in asked.refused[own.pk].message
        assert (len(asked.cases), "正在办理" in asked.refused[crowd.people[0].pk].message) == (1, True)


def test_statements_do_not_grow_with_the_members(crowd: Crowd) -> None:
    def needed(members: list[Member]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(crowd.ask_many(members=members).cases) == len(members)
        return len(captured)

    crowd.ask_many(members=[make.member(crowd.origin)])
    few = needed([make.member(crowd.origin) for _ in range(2)])
    assert needed([make.member(crowd.origin) for _ in range(20)]) == few


def test_many_are_taken_back_as_long_as_nothing_was_done_since(crowd: Crowd) -> None:
    asked = crowd.ask_many()
    ids = [case.pk for case in asked.cases]
    crowd.release(asked.cases[1])
    with pytest.raises(Conflict, match="虚构调动乙的事项后来又办理过"):
        batches.take_back(actor=make.actor(crowd.secretary), case_ids=ids)
    with pytest.raises(Refusal):
        batches.take_back(actor=make.actor(crowd.stranger), case_ids=ids)
    assert register(ProcedureCase).count() == 3
    assert batches.take_back(actor=make.actor(crowd.secretary), case_ids=[ids[0], ids[2]]) == 2
    assert list(register(ProcedureCase).values_list("pk", flat=True)) == [ids[1]]


@pytest.mark.any_database
class TestTicked:
    def address(self, *members: Member) -> str:
        return f"{reverse('transfers:batch')}?{'&'.join(f'member={one.pk}' for one in members)}"

    def sent(self, crowd: Crowd, **more: str) -> dict[str, str]:
        return {"to": str(crowd.to.pk), "day": str(DAY), "entry_why": "work", "entry_note": "成立新车间"} | more

    def test_from_the_list_of_members(self, crowd: Crowd) -> None:
        client = browser(crowd.secretary)
        assert reverse("transfers:batch") in client.get(reverse("members:list")).content.decode()
        page = client.get(self.address(*crowd.people)).content.decode()
        assert ("虚构调动甲" in page, "3 名" in page) == (True, True)
        answer = client.post(self.address(*crowd.people), self.sent(crowd), follow=True)
        assert "已提出3名党员的转接" in answer.content.decode()
        assert register(ProcedureCase).count() == 3

    def test_whoever_is_refused_stays_with_why_and_what_was_typed(self, crowd: Crowd) -> None:
        crowd.ask()
        client = browser(crowd.secretary)
        answer = client.post(self.address(crowd.member, *crowd.people), self.sent(crowd))
        page = answer.content.decode()
        assert (answer.status_code, "已提出3名" in page, "有1名党员没有提出" in page) == (422, True, True)
        assert ("“组织关系转接”正在办理" in page, 'value="成立新车间"' in page, "虚构调动甲" in page) == (True, True, False)
        assert f'action="?member={crowd.member.pk}"' in page
        assert register(ProcedureCase).count() == 4

    def test_a_mistake_asks_for_nobody(self, crowd: Crowd) -> None:
        wrong = browser(crowd.secretary).post(self.address(*crowd.people), self.sent(crowd, to=""))
        assert (wrong.status_code, register(ProcedureCase).count()) == (422, 0)

    def test_not_of_another_branch_and_not_by_everybody(self, crowd: Crowd) -> None:
        answer = browser(crowd.stranger).post(self.address(*crowd.people), self.sent(crowd))
        assert (answer.status_code, register(ProcedureCase).count()) == (422, 0)
        assert browser(crowd.person).get(self.address(*crowd.people)).status_code == 403
        assert browser(crowd.secretary).get(reverse("transfers:batch"))["Location"] == reverse("members:list")


@pytest.mark.django_db(transaction=True)
def test_two_at_one_moment_ask_for_the_same_people_once() -> None:
    crowd = Crowd()
    done = at_once(crowd.ask_many, lambda: crowd.ask_many(crowd.office, to=crowd.third))
    made = [len(one.cases) if isinstance(one, Asked) else 0 for one in done]
    assert (sorted(made), register(ProcedureCase).count()) == ([0, 3], 3)
    with at(crowd.origin):
        assert len(set(ProcedureCase.objects.values_list("other_side", flat=True))) == 1
