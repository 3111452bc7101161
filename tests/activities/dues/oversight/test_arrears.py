"""Arrears: runs of unpaid months, talks and cases by the rules, what ends them, and the yearly check."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangjian.accounts.models import Event
from dangjian.activities.dues.billing.actions import billing, collecting, reversing
from dangjian.activities.dues.jobs import follow_arrears
from dangjian.activities.dues.oversight.actions import arrears as oversight
from dangjian.activities.dues.oversight.models import ArrearsCase, ArrearsStage, ArrearsState, Inspection
from dangjian.activities.dues.oversight.queries import arrears
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import World, month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]
TODAY = dt.date(2026, 11, 23)
MONTHS = [dt.date(2026, number, 1) for number in range(1, 12)]


@pytest.fixture
def billed(world: World) -> Iterator[World]:
    """Bills of January to November; nobody has paid."""
    for one in MONTHS:
        billing.make_bills(actor=make.SYSTEM, month=one)
    return world


def pay(world: World, member: Member, *months: dt.date) -> None:
    bills = {build.bill(member, one).pk: build.bill(member, one).left_fen for one in months}
    collecting.receive(
        actor=world.secretary,
        organization=member.branch,
        rows=[collecting.Receipt(member, bills)],
        paid_on=TODAY,
        method="cash",
        key=f"test-{member.pk}-{len(months)}-{min(months)}",
        note="补交",
    )


def pay_all_but(world: World, unpaid: dict[int, list[int]]) -> None:
    """Everybody of the branch pays every month but those named for them."""
    for number, member in enumerate(world.people):
        pay(world, member, *[one for one in MONTHS if one.month not in unpaid.get(number, [11])])


def case_of(member: Member, stage: str = "talk") -> ArrearsCase:
    found: ArrearsCase = ArrearsCase.objects.get(member=member, stage=stage)
    return found


@pytest.mark.parametrize(
    ("unpaid", "since", "run"),
    [
        ([11], None, None),  # November may be paid until its end
        ([10, 11], 10, 1),
        ([8, 9, 10, 11], 8, 3),
        ([1, 2, 3, 8, 9, 10, 11], 8, 3),  # an earlier run ended when April was paid
        ([5, 6, 7, 8, 9, 11], 5, 5),  # October is paid, the run before it still stands
        ([5, 6, 7, 8, 9, 10], 5, 6),
    ],
)
def test_months_in_a_row(billed: World, unpaid: list[int], since: int | None, run: int | None) -> None:
    pay_all_but(billed, {0: unpaid})
    found = arrears.runs().filter(member=billed.people[0]).first()
    assert (found and (found.month.month, found.run)) == (since and (since, run))


def test_exempt_months_end_a_run(world: World) -> None:
    build.relieved(world.people[0], month("2026-09"), month("2026-10"))
    for one in MONTHS:
        billing.make_bills(actor=make.SYSTEM, month=one)
    found = arrears.runs().get(member=world.people[0])
    assert (found.month, found.run) == (month("2026-10"), 1)


def test_talk_after_three_months_and_case_after_six(billed: World) -> None:
    pay_all_but(billed, {0: [9, 10, 11], 1: [8, 9, 10, 11], 2: [5, 6, 7, 8, 9, 10, 11]})
    opened = oversight.open_cases(actor=make.SYSTEM)
    mine = ArrearsCase.objects.filter(organization=billed.branch)
    assert sorted(mine.values_list("member", "stage", "months")) == [
        (billed.people[1].pk, "talk", 3),
        (billed.people[2].pk, "case", 6),
        (billed.people[2].pk, "talk", 6),
    ]
    assert opened.added == mine.count() + 2  # the stranger of the other branch never paid
    talk, case = case_of(billed.people[1]), case_of(billed.people[2], "case")
    assert "第十三条" in talk.citation
    assert "党员教育管理工作条例" in case.citation
    assert talk.due_on == TODAY + dt.timedelta(days=15)
    assert oversight.open_cases(actor=make.SYSTEM) == oversight.Opened(0, 0, 0)


def test_nobody_is_removed(billed: World) -> None:
    def standing() -> list[Any]:
        return list(Member.objects.order_by("pk").values_list("pk", "standing", "branch", "category"))

    before = standing()
    with clock.at("2027-11-23 09:00"):
        billing.make_bills(actor=make.SYSTEM, month=dt.date(2027, 11, 1))
        follow_arrears()
        follow_arrears()
    assert standing() == before


def test_the_number_of_months_follows_and_payment_ends_it(billed: World) -> None:
    person = billed.people[1]
    pay_all_but(billed, {1: [8, 9, 10, 11]})
    oversight.open_cases(actor=make.SYSTEM)
    with clock.at("2026-12-02 08:00"):
        assert oversight.open_cases(actor=make.SYSTEM).changed == 3  # the person's, and both of the stranger
        assert case_of(person).months == 4
        pay(billed, person, month("2026-08"), month("2026-09"))
    case = case_of(person)
    assert (case.state, case.handled_on) == (ArrearsState.PAID, dt.date(2026, 12, 2))


def test_who_pays_the_oldest_month_keeps_one_case(billed: World) -> None:
    person = billed.people[1]
    pay_all_but(billed, {1: [7, 8, 9, 10, 11]})
    oversight.open_cases(actor=make.SYSTEM)
    pay(billed, person, month("2026-07"))
    case = case_of(person)
    assert (case.since_month, case.months, case.state) == (month("2026-08"), 3, ArrearsState.OPEN)


def test_who_left_is_not_asked(billed: World) -> None:
    account.leave(actor=make.SYSTEM, member=billed.stranger, kind=ChangeKind.DECEASED, effective_on=TODAY)
    oversight.open_cases(actor=make.SYSTEM)
    assert not ArrearsCase.objects.filter(member=billed.stranger).exists()


def test_statements_do_not_grow(billed: World) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            oversight.open_cases(actor=make.SYSTEM)
        return len(caught)

    statements()
    few = statements()
    ArrearsCase.objects.all().delete()
    assert statements() <= few + 1  # the event


# Handling


@pytest.fixture
def talk(billed: World) -> ArrearsCase:
    pay_all_but(billed, {1: [8, 9, 10, 11], 2: [5, 6, 7, 8, 9, 10, 11]})
    oversight.open_cases(actor=make.SYSTEM)
    refresh(actor=make.SYSTEM)
    return case_of(billed.people[1])


def duty_of(case: ArrearsCase) -> Duty:
    found: Duty = Duty.objects.get(rule=f"dues_arrears_{case.stage}", occasion=case.pk)
    return found


def test_a_talk_settles_the_duty(billed: World, talk: ArrearsCase) -> None:
    duty = duty_of(talk)
    assert (duty.state, duty.responsible, duty.member) == ("open", billed.secretary.user, billed.people[1])
    oversight.record_talk(
        actor=billed.secretary, case=talk, talked_on=TODAY, note="出差在外，答应月底交清", promised_on=dt.date(2026, 11, 30)
    )
    assert case_of(billed.people[1]).state == ArrearsState.TALKED
    assert duty_of(talk).state == "done"
    event = Event.objects.filter(verb="dues.arrears_handled").latest("pk")
    assert (event.member_id, event.organization_id) == (billed.people[1].pk, billed.branch.pk)


def test_a_talk_does_not_settle_a_case(billed: World, talk: ArrearsCase) -> None:
    case = case_of(billed.people[2], "case")
    oversight.record_talk(actor=billed.secretary, case=case, talked_on=TODAY, note="已谈话，情况待核实")
    assert duty_of(case).state == "open"
    oversight.refer(actor=billed.secretary, case=case, referred_on=TODAY, note="支委会研究，报党委")
    assert duty_of(case).state == "done"
    oversight.open_cases(actor=make.SYSTEM)
    assert ArrearsCase.objects.filter(member=billed.people[2], stage=ArrearsStage.CASE).count() == 1


def test_a_good_reason_is_not_asked_again(billed: World, talk: ArrearsCase) -> None:
    oversight.excuse(actor=billed.secretary, case=talk, found_on=TODAY, note="长期住院治疗")
    with clock.at("2026-12-02 08:00"):
        pay(billed, billed.people[1], month("2026-08"))
        oversight.open_cases(actor=make.SYSTEM)
    assert ArrearsCase.objects.filter(member=billed.people[1], stage=ArrearsStage.TALK).count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"note": " "}, "note"),
        ({"talked_on": dt.date(2026, 11, 24)}, "talked_on"),
        ({"talked_on": dt.date(2026, 7, 31)}, "talked_on"),
        ({"promised_on": dt.date(2026, 11, 1)}, "promised_on"),
    ],
)
def test_a_talk_needs_its_facts(billed: World, talk: ArrearsCase, more: dict[str, Any], field: str) -> None:
    given = {"talked_on": TODAY, "note": "已经谈过", **more}
    with pytest.raises(Invalid) as refusal:
        oversight.record_talk(actor=billed.secretary, case=talk, **given)
    assert field in refusal.value.fields
    assert case_of(billed.people[1]).state == ArrearsState.OPEN


def test_who_may_handle(billed: World, talk: ArrearsCase) -> None:
    for actor, refused in (
        (billed.actor(3), PermissionDenied),
        (make.actor(billed.stranger.user), NotFound),
        (billed.office, PermissionDenied),
    ):
        with pytest.raises(refused):
            oversight.excuse(actor=actor, case=talk, found_on=TODAY, note="不该由他办理")
    assert case_of(billed.people[1]).state == ArrearsState.OPEN


def test_what_is_settled_stays(billed: World, talk: ArrearsCase) -> None:
    oversight.excuse(actor=billed.secretary, case=talk, found_on=TODAY, note="长期住院治疗")
    with pytest.raises(Conflict, match="已经办结"):
        oversight.record_talk(actor=billed.secretary, case=talk, talked_on=TODAY, note="再谈一次")


def test_the_last_payment_settles_the_duty_of_collecting_and_its_reversal_opens_it_again(billed: World) -> None:
    def state() -> str:
        found: str = Duty.objects.get(rule="dues_collect", organization=billed.other, period_start=month("2026-10")).state
        return found

    refresh(actor=make.SYSTEM)
    assert state() == "open"
    bill = build.bill(billed.stranger, month("2026-10"))
    [payment] = collecting.receive(
        actor=billed.office,
        organization=billed.other,
        rows=[collecting.Receipt(billed.stranger, {bill.pk: bill.left_fen})],
        paid_on=TODAY,
        method="cash",
        key="test-last",
    )
    assert state() == "done"
    reversing.reverse_payment(actor=billed.office, payment=payment, reason="登记错误")
    assert state() == "open"


def test_what_is_owed_is_listed_where_it_is_owed(world: World) -> None:
    refresh(actor=make.SYSTEM)
    rules = Duty.objects.filter(rule__startswith="dues")
    assert not rules.exists()  # nothing was collected yet, everybody is assessed
    newcomer = make.member(world.branch)
    with clock.at("2025-12-02 09:00"):
        for person in world.people:
            build.assessed(person, 10_00, month("2025-01"))
        billing.make_bills(actor=make.SYSTEM, month=month("2025-12"))
    refresh(actor=make.SYSTEM)
    listed = set(rules.values_list("rule", "organization", "state"))
    assert ("dues_unassessed", world.branch.pk, "open") in listed
    assert ("dues_publish", world.branch.pk, "open") in listed
    assert ("dues_publish", world.other.pk, "open") not in listed
    build.assessed(newcomer, 5_00)
    refresh(actor=make.SYSTEM)
    assert rules.get(rule="dues_unassessed").state == "done"


# The yearly check


def check(world: World, **more: Any) -> Inspection:
    given = {
        "organization": world.top,
        "year": 2026,
        "checked_on": TODAY,
        "inspectors": "秦虚构、韩虚构",
        "findings": "抽查两个支部，账实相符。",
        **more,
    }
    return oversight.record_inspection(actor=world.office, **given)


def test_a_check_settles_the_duty_of_the_year(billed: World) -> None:
    refresh(actor=make.SYSTEM)
    owed = Duty.objects.get(rule="dues_check", organization=billed.top, period_start=dt.date(2026, 1, 1))
    assert owed.state == "open"
    made = check(billed)
    owed.refresh_from_db()
    assert (owed.state, owed.evidence_id) == ("done", made.pk)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"checked_on": dt.date(2026, 11, 24)}, "checked_on"),
        ({"year": 2024}, "year"),
        ({"year": 2027}, "year"),
        ({"inspectors": ""}, "inspectors"),
        ({"findings": "  "}, "findings"),
    ],
)
def test_a_check_needs_its_facts(world: World, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check(world, **more)
    assert field in refusal.value.fields
    assert not Inspection.objects.exists()


def test_a_branch_does_not_check_itself(world: World) -> None:
    with pytest.raises(Conflict, match="党委或者党总支"):
        oversight.record_inspection(
            actor=world.secretary,
            organization=world.branch,
            year=2026,
            checked_on=TODAY,
            inspectors="秦虚构",
            findings="自查没有问题",
        )
    with pytest.raises(NotFound):
        oversight.record_inspection(
            actor=world.secretary,
            organization=world.top,
            year=2026,
            checked_on=TODAY,
            inspectors="秦虚构",
            findings="不该由他登记",
        )
