"""Records are examined: what is found, when it goes, what stays of a month, and when a list was worked through."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from dangjian.engines.duties.actions.refresh import refresh as refresh_duties
from dangjian.engines.duties.models import Duty
from dangjian.engines.quality.actions import answering
from dangjian.engines.quality.actions.refresh import refresh
from dangjian.engines.quality.models import Flaw, QualityMonth, WorkedThrough
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.kernel.identity import fictional_resident_id
from dangjian.kernel.rulebook import forget
from dangjian.members.actions import account, proposals
from dangjian.members.actions.record import update_record
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]

ANOTHER = fictional_resident_id(dt.date(1980, 1, 1), 3)
WHOLE: dict[str, Any] = {
    "resident_id": fictional_resident_id(dt.date(1980, 1, 1), 1),
    "sex": "1",
    "birth_on": dt.date(1980, 1, 1),
    "ethnicity": "01",
    "native_place": "虚构省星河市",
    "education": "61",
    "job_post": "soe_worker",
    "mobile": "19900000001",
    "archive_unit": "虚构公司人力资源部",
    "registered_residence": "虚构省星河市虚构路1号",
    "current_address": "虚构省星河市虚构路2号",
}
"""A record in which nothing required is missing."""


class House:
    """A committee, a general branch with two branches, a member in the first."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委", unit_name="虚构集团", location_kind="1", approved_by="虚构上级党委")
        self.general_branch = make.general_branch(self.committee, name="虚构第一总支")
        self.branch = make.branch(self.general_branch, name="虚构一支部")
        self.other = make.branch(self.general_branch, name="虚构二支部")
        self.keeper = make.post(self.branch, "secretary", make.user("夏侯虚构")).user
        self.member: Member = make.member(self.branch, "慕容虚构", with_user=True, **WHOLE)


@pytest.fixture
def house() -> House:
    return House()


def flaws(organization: Organization, check: str = "members.required") -> list[Flaw]:
    with unscoped("the test looks at all of them"):
        return list(Flaw.objects.filter(organization=organization, check_code=check).order_by("about"))


def figures(organization: Organization, month: dt.date, check: str = "members.required") -> tuple[int, int, int]:
    with unscoped("the test looks at all of them"):
        row = QualityMonth.objects.get(organization=organization, month=month, check_code=check)
        return row.looked_at, row.failing, row.explained


def examine() -> None:
    refresh(actor=make.SYSTEM)


NOVEMBER, DECEMBER = dt.date(2026, 11, 1), dt.date(2026, 12, 1)


def test_a_whole_record_has_no_flaw_and_counts_as_looked_at(house: House) -> None:
    examine()
    assert flaws(house.branch) == []
    assert figures(house.branch, NOVEMBER) == (1, 0, 0)


def test_missing_items_are_named_in_one_line_and_go_when_they_are_filled_in(house: House) -> None:
    one = make.member(house.branch, "上官虚构", **WHOLE | {"resident_id": "", "native_place": "", "archive_unit": ""})
    examine()
    (found,) = flaws(house.branch)
    assert (found.about, found.member_id) == ("上官虚构", one.pk)
    assert found.text == "缺3项：公民身份号码、籍贯、档案所在单位"
    assert figures(house.branch, NOVEMBER) == (2, 1, 0)
    with unscoped("the test"):
        update_record(make.actor(house.keeper), one, native_place="虚构省", archive_unit="虚构公司", resident_id=ANOTHER)
    assert flaws(house.branch) == []
    assert figures(house.branch, NOVEMBER) == (2, 0, 0)


@pytest.mark.parametrize(
    ("check", "columns", "said"),
    [
        ("members.numbers", {"sex": "2"}, "性别与公民身份号码不一致，号码表示为男性"),
        ("members.numbers", {"birth_on": dt.date(1981, 1, 1)}, "出生日期与公民身份号码不一致，号码表示为1980年1月1日"),
        ("members.numbers", {"mobile": "1990000"}, "手机号码不合规"),
        ("members.dates", {"applied_on": dt.date(1979, 1, 1)}, "申请入党日期早于出生日期"),
        ("members.dates", {"joined_on": dt.date(2012, 1, 1)}, "转正时间早于入党时间"),
    ],
)
def test_what_cannot_be_is_found_and_what_can_be_is_not(house: House, check: str, columns: dict[str, Any], said: str) -> None:
    examine()
    assert flaws(house.branch, check) == []
    with unscoped("older records may hold what a form would refuse"):
        Member.objects.filter(pk=house.member.pk).update(**columns)
    examine()
    (found,) = flaws(house.branch, check)
    assert said in found.text


@pytest.mark.parametrize(("joined_on", "is_found"), [(dt.date(2024, 11, 1), True), (dt.date(2024, 12, 1), False)])
def test_probation_is_wrong_once_it_is_over_with_its_longest_extension(house: House, joined_on: dt.date, is_found: bool) -> None:
    make.member(house.branch, "端木虚构", category="2", joined_on=joined_on, **WHOLE | {"resident_id": ""})
    examine()
    assert bool(flaws(house.branch, "members.probation")) is is_found


@pytest.mark.parametrize(("effective_on", "is_late"), [(dt.date(2026, 11, 8), False), (dt.date(2026, 11, 7), True)])
def test_a_change_is_late_when_it_was_entered_after_the_days_of_the_setting(
    house: House, effective_on: dt.date, is_late: bool
) -> None:
    make.user()
    with unscoped("the test moves a member"):
        account.move(
            actor=make.SYSTEM, members=[house.member], to=house.other, effective_on=effective_on, document="", by_hand="补录"
        )
    examine()
    found = flaws(house.other, "members.late")
    assert bool(found) is is_late
    assert figures(house.other, NOVEMBER, "members.late") == (1, int(is_late), 0)
    assert all(one.is_late and not one.url for one in found)
    with clock.at("2026-12-01 05:00"):
        examine()
        assert flaws(house.other, "members.late") == []
        assert figures(house.other, NOVEMBER, "members.late") == (1, int(is_late), 0)


def test_what_lies_before_going_live_is_late_for_nobody(house: House) -> None:
    with unscoped("the test"):
        Organization.objects.filter(pk=house.other.pk).update(live_on=dt.date(2026, 11, 20))
        account.move(
            actor=make.SYSTEM,
            members=[house.member],
            to=house.other,
            effective_on=dt.date(2026, 9, 1),
            document="",
            by_hand="补录",
        )
    examine()
    assert flaws(house.other, "members.late") == []


def test_an_organisation_is_mended_by_the_committee_above_it(house: House) -> None:
    examine()
    (found,) = flaws(house.branch, "org.details")
    assert found.text == "缺3项：所在行政单位、所在单位情况、批准成立的党组织"
    assert found.keeper_id == house.committee.pk
    assert flaws(house.committee, "org.details") == []


def test_a_month_that_is_over_keeps_its_figures_and_is_taken_for_good_once(house: House) -> None:
    one = make.member(house.branch, "上官虚构", **WHOLE | {"resident_id": "", "native_place": ""})
    examine()
    with clock.at("2026-12-01 05:00"):
        with unscoped("it was mended after the last look in November"):
            Member.objects.filter(pk=one.pk).update(native_place="虚构省", resident_id="x", resident_id_index="x")
        examine()
        assert figures(house.branch, NOVEMBER) == (2, 0, 0)
        assert figures(house.branch, DECEMBER) == (2, 0, 0)
    with clock.at("2026-12-02 05:00"):
        make.member(house.branch, "端木虚构")
        examine()
        assert figures(house.branch, NOVEMBER) == (2, 0, 0)
        assert figures(house.branch, DECEMBER) == (3, 1, 0)


def test_the_first_month_of_all_is_not_written_for_the_month_before(house: House) -> None:
    with clock.at("2026-12-01 05:00"):
        examine()
    with unscoped("the test"):
        assert not QualityMonth.objects.filter(month=NOVEMBER).exists()
    assert figures(house.branch, DECEMBER) == (1, 0, 0)


def test_as_many_statements_for_forty_members_as_for_two(house: House) -> None:
    for number in range(2):
        make.member(house.branch, f"虚构甲{number}")
    with CaptureQueriesContext(connection) as few:
        examine()
    for number in range(40):
        make.member(house.other, f"虚构乙{number}")
    with unscoped("the test begins anew"):
        Flaw.objects.all().delete()
        QualityMonth.objects.all().delete()
    with CaptureQueriesContext(connection) as many:
        examine()
    assert len(many) <= len(few)


# The list of a month


def duty_of(organization: Organization) -> Duty | None:
    with unscoped("the test looks at all of them"):
        return Duty.objects.filter(organization=organization, rule="quality_monthly").order_by("-pk").first()


def test_what_is_found_in_a_month_is_a_duty_of_the_next_one_and_done_when_it_is_mended(house: House) -> None:
    one = make.member(house.branch, "上官虚构", **WHOLE | {"resident_id": ANOTHER, "native_place": ""})
    examine()
    refresh_duties(actor=make.SYSTEM)
    assert duty_of(house.branch) is None
    with clock.at("2026-12-01 06:00"):
        examine()
        refresh_duties(actor=make.SYSTEM)
        duty = duty_of(house.branch)
        assert duty is not None
        assert (duty.title, duty.due_on, duty.responsible_id) == (
            "2026年12月核对补正记录",
            dt.date(2026, 12, 31),
            house.keeper.pk,
        )
        assert duty_of(house.other) is None
        with unscoped("the test"):
            update_record(make.actor(house.keeper), one, native_place="虚构省")
        duty = duty_of(house.branch)
        assert duty is not None
        assert (duty.state, duty.done_on) == ("done", dt.date(2026, 12, 1))


def test_what_is_found_and_mended_in_one_month_stands_on_no_list(house: House) -> None:
    one = make.member(house.branch, "上官虚构", **WHOLE | {"resident_id": ANOTHER, "native_place": ""})
    other = make.member(house.branch, "端木虚构", **WHOLE | {"resident_id": "", "native_place": ""})
    examine()
    with unscoped("the test"):
        update_record(make.actor(house.keeper), one, native_place="虚构省")
        flaw = Flaw.objects.select_related("organization", "keeper", "member").get(member=other)
        answering.explain(actor=make.actor(house.keeper), flaw=flaw, explanation="原单位没有记载")
        assert not WorkedThrough.objects.exists()


def test_a_branch_and_what_stands_above_it_have_one_list_each(house: House) -> None:
    make.member(house.branch, "上官虚构")
    worker = make.grant(house.committee, "party_worker")
    make.post(house.committee, "party_worker", worker.user)
    examine()
    with clock.at("2026-12-01 06:00"):
        examine()
        refresh_duties(actor=make.SYSTEM)
    with unscoped("the test looks at all of them"):
        found = Duty.objects.filter(rule__startswith="quality_monthly").order_by("organization__path")
        rows = list(found.values_list("organization", "rule", "responsible"))
    assert rows == [
        (house.committee.pk, "quality_monthly_above", worker.user_id),
        (house.branch.pk, "quality_monthly", house.keeper.pk),
    ]


def test_what_is_not_done_goes_into_the_next_month_and_is_never_overdue(house: House) -> None:
    make.member(house.branch, "上官虚构", **WHOLE | {"resident_id": "", "native_place": ""})
    examine()
    for day in ("2026-12-01", "2027-01-01"):
        with clock.at(f"{day} 06:00"):
            examine()
            refresh_duties(actor=make.SYSTEM)
    with unscoped("the test looks at all of them"):
        found = Duty.objects.filter(organization=house.branch, rule="quality_monthly").order_by("due_on")
        assert [(duty.state, duty.due_on) for duty in found] == [
            ("void", dt.date(2026, 12, 31)),
            ("open", dt.date(2027, 1, 31)),
        ]


def test_the_unit_may_do_without_the_duty(house: House) -> None:
    make.member(house.branch, "上官虚构")
    examine()
    forget()
    try:
        with override_settings(DANGJIAN_RULE_SETTINGS={"quality.monthly": False}), clock.at("2026-12-01 06:00"):
            refresh_duties(actor=make.SYSTEM)
        assert duty_of(house.branch) is None
    finally:
        forget()


def left_over(house: House) -> Member:
    """The branch has a record left from November."""
    one = make.member(house.branch, "上官虚构", with_user=True, **WHOLE | {"resident_id": "", "native_place": ""})
    examine()
    return one


def test_the_list_may_be_worked_through_with_a_reason_for_what_is_left(house: House) -> None:
    left_over(house)
    keeper = make.actor(house.keeper)
    with pytest.raises(Conflict, match="没有要核对的记录"), unscoped("the test"):
        answering.finish(actor=keeper, organization=house.branch, note="正在找")
    with clock.at("2026-12-10 09:00"), unscoped("the test"):
        refresh_duties(actor=make.SYSTEM)
        with pytest.raises(Invalid):
            answering.finish(actor=keeper, organization=house.branch, note=" ")
        done = answering.finish(actor=keeper, organization=house.branch, note="正在等本人提供")
        assert done.left_over == 1
        duty = duty_of(house.branch)
        assert duty is not None
        assert duty.state == "done"
        with pytest.raises(Conflict, match="已经完成"):
            answering.finish(actor=keeper, organization=house.branch, note="再来一次")
    assert len(flaws(house.branch)) == 1


def test_an_explained_record_leaves_the_list_until_it_changes_or_a_year_is_over(house: House) -> None:
    one = left_over(house)
    keeper = make.actor(house.keeper)
    with unscoped("the test"):
        (flaw,) = flaws(house.branch)
        answering.explain(actor=keeper, flaw=flaw, explanation="原单位没有记载")
        assert figures(house.branch, NOVEMBER) == (2, 0, 1)
        with pytest.raises(Conflict):
            answering.explain(actor=keeper, flaw=flaw, explanation="再说一次")
    with clock.at("2027-11-22 05:00"):
        examine()
        assert [row.explanation for row in flaws(house.branch)] == ["原单位没有记载"]
    with clock.at("2027-11-23 05:00"):
        examine()
        assert [row.explanation for row in flaws(house.branch)] == [""]
    with unscoped("the test"):
        (flaw,) = flaws(house.branch)
        answering.explain(actor=keeper, flaw=flaw, explanation="原单位没有记载")
        update_record(keeper, one, native_place="虚构省")
    assert [(row.text, row.explanation) for row in flaws(house.branch)] == [("缺1项：公民身份号码", "")]


def test_nobody_explains_their_own_record_nor_that_of_another_branch(house: House) -> None:
    one = left_over(house)
    assert one.user
    make.post(house.branch, "organisation_member", one.user)
    stranger = make.actor(make.post(house.other, "secretary").user)
    with unscoped("the test"):
        (flaw,) = flaws(house.branch)
        with pytest.raises(PermissionDenied):
            answering.explain(actor=make.actor(one.user), flaw=flaw, explanation="就这样")
        with pytest.raises(NotFound):
            answering.explain(actor=stranger, flaw=flaw, explanation="就这样")


def test_explaining_the_last_of_a_month_settles_the_duty(house: House) -> None:
    left_over(house)
    with clock.at("2026-12-10 09:00"), unscoped("the test"):
        refresh_duties(actor=make.SYSTEM)
        (flaw,) = flaws(house.branch)
        answering.explain(actor=make.actor(house.keeper), flaw=flaw, explanation="原单位没有记载")
        duty = duty_of(house.branch)
        assert duty is not None
        assert duty.state == "done"
        assert WorkedThrough.objects.get(organization=house.branch).left_over == 0


# What members do themselves


def test_a_member_answers_all_items_at_once_and_the_branch_decides(house: House) -> None:
    one = left_over(house)
    assert one.user
    values = {"native_place": "虚构省星河市", "resident_id": ANOTHER}
    with unscoped("the test"):
        made = proposals.propose_many(actor=make.actor(one.user), member=one, values=values, note="按身份证")
        assert [proposal.column for proposal in made] == ["native_place", "resident_id"]
        for proposal in made:
            proposals.accept(actor=make.actor(house.keeper), proposal=proposal)
    assert flaws(house.branch) == []


def test_if_one_of_several_cannot_be_right_none_is_proposed(house: House) -> None:
    one = left_over(house)
    assert one.user
    with unscoped("the test"):
        with pytest.raises(Invalid) as refused:
            proposals.propose_many(actor=make.actor(one.user), member=one, values={"native_place": "虚构省", "mobile": "12"})
        assert set(refused.value.fields) == {"mobile"}
        assert not one.proposals.exists()
