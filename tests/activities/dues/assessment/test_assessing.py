"""Assessing members: what is worked out and kept, what ends what, who may, and what is refused without a trace."""

from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.activities.dues.assessment.actions import assessing
from dangjian.activities.dues.assessment.actions.assessing import Row
from dangjian.activities.dues.assessment.models import Assessment
from dangjian.activities.dues.assessment.queries import profiles
from dangjian.activities.dues.billing.actions.billing import make_bills
from dangjian.activities.dues.kinds import PayerKind
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.members.models import Member, Standing
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import JANUARY, NOVEMBER, World, month

pytestmark = pytest.mark.usefixtures("open_scope")


def assess(world: World, member: Member, **more: Any) -> Assessment:
    more = {"kind": PayerKind.SALARIED, "base_fen": 650_000, "from_month": NOVEMBER, "reason": "虚构原因", **more}
    return assessing.assess(actor=world.secretary, member=member, **more)


def newcomer(world: World, **more: Any) -> Member:
    return make.member(world.branch, **more)


def timeline(member: Member) -> list[tuple[str, str, int]]:
    rows = Assessment.objects.holding().filter(member=member).order_by("from_month")
    return [(f"{row.from_month:%Y-%m}", f"{row.until_month:%Y-%m}" if row.until_month else "", row.amount_fen) for row in rows]


def refused(world: World, member: Member, **more: Any) -> Refusal:
    before = (list(Assessment.objects.order_by("pk").values_list()), Event.objects.count())
    with pytest.raises(Refusal) as refusal:
        assess(world, member, **more)
    assert (list(Assessment.objects.order_by("pk").values_list()), Event.objects.count()) == before
    return refusal.value


def test_a_base_becomes_a_sum_with_its_reasons(world: World) -> None:
    member = newcomer(world)
    made = assess(world, member, reason="")
    assert (made.amount_fen, made.rate, made.base_fen, made.items) == (9750, "1.5%", 650_000, {})
    assert made.explanation.startswith("计算基数6,500.00元 × 1.5% = 97.50元")
    assert "第二条" in made.citation
    assert (made.from_month, made.until_month, made.assessed_by_id) == (NOVEMBER, None, world.secretary.user_id)
    event = Event.objects.latest("pk")
    assert (event.verb, event.member_id) == ("dues.assessed", member.pk)
    assert "每月97.50元" in event.summary


def test_wage_items_are_added_up_and_kept(world: World) -> None:
    items = {"base_pay": 500_000, "regular_bonus": 200_000, "income_tax": 10_000, "meal_allowance": 50_000}
    made = assess(world, newcomer(world), base_fen=None, items=items)
    assert (made.base_fen, made.amount_fen, made.items) == (690_000, 10_350, items)


def test_a_kind_with_a_fixed_sum_needs_no_base(world: World) -> None:
    made = assess(world, newcomer(world), kind=PayerKind.STUDENT, base_fen=None)
    assert (made.base_fen, made.amount_fen, made.rate) == (0, 20, "")


def test_a_new_assessment_ends_the_one_before(world: World) -> None:
    member = world.people[0]
    assess(world, member)
    assert timeline(member) == [("2026-01", "2026-11", 1000), ("2026-11", "", 9750)]


def test_one_of_the_same_month_is_put_right_and_stays_on_record(world: World) -> None:
    member = newcomer(world)
    first = assess(world, member)
    second = assess(world, member, base_fen=660_000)
    assert timeline(member) == [("2026-11", "", 9900)]
    first.refresh_from_db()
    assert first.replaced_at is not None
    assert first.pk != second.pk


def test_a_month_of_its_own_and_then_back(world: World) -> None:
    member = newcomer(world)
    assess(world, member, kind=PayerKind.ANNUAL_SALARY, base_fen=1_200_000)
    assess(
        world,
        member,
        kind=PayerKind.ANNUAL_SALARY,
        base_fen=20_000_000,
        from_month=month("2026-12"),
        until_month=month("2027-01"),
    )
    assert timeline(member) == [("2026-11", "2026-12", 24_000), ("2026-12", "2027-01", 100_000), ("2027-01", "", 24_000)]
    resumed = Assessment.objects.holding().get(member=member, from_month=month("2027-01"))
    assert (resumed.base_fen, resumed.kind) == (1_200_000, PayerKind.ANNUAL_SALARY)


def test_one_from_next_january_leaves_this_year_as_it_is(world: World) -> None:
    member = world.people[0]
    assess(world, member, from_month=month("2027-01"), reason="")
    assert timeline(member) == [("2026-01", "2027-01", 1000), ("2027-01", "", 9750)]


def test_an_assessment_is_split_where_the_rules_change(world: World) -> None:
    member = newcomer(world)
    made = assess(world, member, base_fen=6_000_000, from_month=month("2016-12"))
    assert made.amount_fen == 120_000
    assert timeline(member) == [("2016-12", "2017-01", 120_000), ("2017-01", "", 100_000)]
    assess(world, member, base_fen=500_000, from_month=month("2016-12"))
    assert timeline(member) == [("2016-12", "2017-01", 5000), ("2017-01", "", 5000)]


def test_within_the_year_another_sum_needs_a_reason(world: World) -> None:
    refusal = refused(world, world.people[0], reason=" ")
    assert "2026年的党费已经核定为每月10.00元，年内一般不变动" in refusal.message
    assert "从2027年1月起执行" in refusal.how
    assert "组电明字〔2017〕5号" in refusal.citation
    assert "reason" in refusal.fields
    assert assess(world, world.people[0], reason="岗位调整").reason == "岗位调整"


@pytest.mark.parametrize(
    ("kind", "base"), [(PayerKind.RETIRED, 480_000), (PayerKind.ANNUAL_SALARY, 1_800_000), (PayerKind.UNEMPLOYED, None)]
)
def test_whoever_becomes_another_kind_of_payer_needs_no_reason(world: World, kind: str, base: int | None) -> None:
    assert assess(world, world.people[0], kind=kind, base_fen=base, reason="").kind == kind


def test_the_same_sum_again_needs_no_reason(world: World) -> None:
    assert assess(world, world.people[0], base_fen=200_000, reason="").amount_fen == 1000


def test_bills_already_made_are_put_right(world: World) -> None:
    make_bills(actor=world.office, month=NOVEMBER)
    assert build.bill(world.people[0]).owed_fen == 1000
    assess(world, world.people[0])
    bill = build.bill(world.people[0])
    assert (bill.amount_fen, bill.adjusted_fen, bill.owed_fen) == (1000, 8750, 9750)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"from_month": month("2008-03")}, "2008年3月的党费不能按现行规定计算"),
        ({"from_month": month("2010-06")}, "不能从更早的月份核定"),
        ({"from_month": month("2027-12")}, "只能提前一年核定"),
        ({"until_month": NOVEMBER}, "结束月份应在起交月份以后"),
        ({"base_fen": None}, "没有填写计算基数"),
        ({"base_fen": -1}, "计算基数不能是负数"),
        ({"base_fen": None, "items": {"income_tax": 1}}, "扣除的项目比计入的工资多"),
        ({"kind": "rich"}, "请选择交纳人类别"),
    ],
)
@pytest.mark.day("2026-11-23")
def test_what_cannot_be_is_refused(world: World, more: dict[str, Any], said: str) -> None:
    refusal = refused(world, newcomer(world), **more)
    assert isinstance(refusal, Invalid)
    assert said in refusal.message


def test_somebody_who_left_is_not_assessed(world: World) -> None:
    member = newcomer(world)
    member.standing = Standing.TRANSFERRED_OUT
    assert isinstance(refused(world, member), Conflict)


def test_only_who_keeps_the_branch_may(world: World) -> None:
    member = newcomer(world)
    for actor, refusal in ((world.actor(3), PermissionDenied), (make.actor(world.stranger.user), NotFound)):
        with pytest.raises(refusal):
            assessing.assess(actor=actor, member=member, kind=PayerKind.STUDENT, from_month=NOVEMBER)
    assert timeline(member) == []


def test_many_at_once_and_back_again(world: World) -> None:
    make_bills(actor=world.office, month=NOVEMBER)
    before = {member.pk: timeline(member) for member in world.people}
    owed = [build.bill(member).owed_fen for member in world.people]
    rows = [Row(member, PayerKind.SALARIED, NOVEMBER, base_fen=400_000) for member in world.people]
    rows[0] = Row(world.people[0], PayerKind.RETIRED, JANUARY, base_fen=400_000)
    done = assessing.assess_many(actor=world.office, rows=rows, batch=7)
    assert done.made == 6
    assert [(len(one.replaced), list(one.cut.values())) for one in done.former.values()] == [(1, [])] + [(0, [None])] * 5
    assert timeline(world.people[0]) == [("2026-01", "", 2000)]
    assert timeline(world.people[1]) == [("2026-01", "2026-11", 2000), ("2026-11", "", 4000)]
    assert build.bill(world.people[1]).owed_fen == 4000
    assert assessing.take_back(actor=world.office, batch=7, former=done.former.values()) == 6
    assert {member.pk: timeline(member) for member in world.people} == before
    assert [build.bill(member).owed_fen for member in world.people] == owed


def test_many_are_not_taken_back_once_one_was_assessed_again(world: World) -> None:
    done = assessing.assess_many(
        actor=world.office, rows=[Row(one, PayerKind.SALARIED, NOVEMBER, 400_000) for one in world.people], batch=7
    )
    from dangjian.kernel import clock

    with clock.at("2026-11-24 09:00"):
        assess(world, world.people[2], base_fen=500_000)
        with pytest.raises(Conflict, match="又核定过"):
            assessing.take_back(actor=world.office, batch=7, former=done.former.values())
    assert timeline(world.people[0])[-1] == ("2026-11", "", 4000)


def test_of_many_either_all_or_none(world: World) -> None:
    rows = [Row(world.people[0], PayerKind.SALARIED, NOVEMBER, 400_000), Row(world.people[1], PayerKind.SALARIED, NOVEMBER)]
    with pytest.raises(Invalid, match="没有填写计算基数"):
        assessing.assess_many(actor=world.office, rows=rows)
    with pytest.raises(Invalid, match="不止一次"):
        assessing.assess_many(actor=world.office, rows=[rows[0], rows[0]])
    with pytest.raises(NotFound):
        assessing.assess_many(actor=world.secretary, rows=[rows[0], Row(world.stranger, PayerKind.STUDENT, NOVEMBER)])
    assert timeline(world.people[0]) == [("2026-01", "", 1000)]


def test_the_number_of_statements_does_not_grow_with_the_members(world: World, django_assert_max_num_queries: Any) -> None:
    rows = [Row(make.member(world.branch), PayerKind.SALARIED, NOVEMBER, 400_000) for _ in range(12)]
    with django_assert_max_num_queries(20):
        assessing.assess_many(actor=world.office, rows=rows)
    assert profiles.unassessed(Member.objects.all()).count() == 0


def test_an_assessment_is_withdrawn_with_a_reason(world: World) -> None:
    member = world.people[0]
    made = assess(world, member)
    with pytest.raises(Invalid, match="请写明撤销的原因"):
        assessing.withdraw_assessment(actor=world.secretary, assessment=made, reason=" ")
    assessing.withdraw_assessment(actor=world.secretary, assessment=made, reason="录错了人")
    assert timeline(member) == [("2026-01", "", 1000)]
    with pytest.raises(Conflict, match="已经更正或者撤销过"):
        assessing.withdraw_assessment(actor=world.secretary, assessment=made, reason="再来一次")


def test_who_pays_what(world: World) -> None:
    build.relieved(world.people[1], NOVEMBER, monthly_fen=500)
    build.relieved(world.people[2], NOVEMBER, month("2026-12"))
    fresh = newcomer(world)
    found = {one.member.pk: one.pays_fen for one in profiles.profiles([*world.people, fresh], NOVEMBER)}
    assert [found[one.pk] for one in world.people] == [1000, 500, 0, 4000, 5000, 6000]
    assert found[fresh.pk] is None
    numbers = profiles.overview(Member.objects.filter(branch=world.branch), NOVEMBER)
    assert (numbers.members, numbers.assessed, numbers.unassessed, numbers.reduced, numbers.exempt) == (7, 6, 1, 1, 1)
    assert list(profiles.unassessed(Member.objects.filter(branch=world.branch))) == [fresh]


def test_the_committee_over_a_branch(world: World) -> None:
    general = make.general_branch(world.top)
    below = make.branch(general)
    assert profiles.committee_over(below) == world.top
    assert profiles.committee_over(world.top) is None
    assert profiles.committees_over([below, world.branch]) == {below.pk: world.top, world.branch.pk: world.top}
