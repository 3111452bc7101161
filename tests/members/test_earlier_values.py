"""What somebody was on earlier days is kept when it changes, and follows when it was wrong."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.tabulation import Wanted
from dangjian.members.actions import details, roster
from dangjian.members.actions.record import update_record
from dangjian.members.models import EarlierValue, Member
from dangjian.members.populations import MEMBERS
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
SPRING, AUTUMN, TODAY = dt.date(2026, 3, 1), dt.date(2026, 9, 1), dt.date(2026, 11, 23)


@pytest.fixture
def member() -> Member:
    branch = make.branch(make.committee(), name="虚构党支部")
    found: Member = make.member(branch, "慕容虚构", tech_rank="3", job_post="soe_worker", education="21")
    return found


def was(member: Member, item: str, day: dt.date) -> str:
    """As the statistics read it."""
    cut = MEMBERS.cut(Wanted(day, day, dimensions=MEMBERS.needed([item])))
    return cut.text(item, cut.columns["id"].tolist().index(member.pk))


def change(member: Member, day: dt.date, **columns: Any) -> None:
    with unscoped("the test acts as the system"):
        update_record(make.SYSTEM, member, changes=dict.fromkeys(columns, day), **columns)


def test_a_change_leaves_earlier_days_as_they_were(member: Member) -> None:
    change(member, SPRING, tech_rank="2")
    change(member, AUTUMN, tech_rank="1")
    days = (SPRING - dt.timedelta(days=1), SPRING, AUTUMN - dt.timedelta(days=1), AUTUMN, TODAY)
    assert [was(member, "tech_rank", day) for day in days] == ["初级", "中级", "中级", "高级", "高级"]


def test_what_was_wrong_is_put_right_for_earlier_days_too(member: Member) -> None:
    with unscoped("the test acts as the system"):
        update_record(make.SYSTEM, member, tech_rank="2")
        assert not EarlierValue.objects.exists()
    assert was(member, "tech_rank", dt.date(2021, 1, 1)) == "中级"


def test_a_change_before_a_known_one_or_ahead_is_refused(member: Member) -> None:
    change(member, AUTUMN, tech_rank="2")
    for day, said in ((SPRING, "2026年9月1日已经有过变化"), (TODAY + dt.timedelta(days=1), "还没有到")):
        with pytest.raises(Invalid) as refused:
            change(member, day, tech_rank="1")
        assert said in refused.value.fields["tech_rank"]
    with unscoped("the test counts"):
        assert EarlierValue.objects.count() == 1
        assert Member.objects.get(pk=member.pk).tech_rank == "2"


def test_twice_on_one_day_the_first_value_stays(member: Member) -> None:
    change(member, SPRING, tech_rank="2")
    change(member, SPRING, tech_rank="1")
    assert [was(member, "tech_rank", day) for day in (dt.date(2026, 1, 1), SPRING)] == ["初级", "高级"]


def test_a_new_post_and_a_finished_course_say_from_when(member: Member) -> None:
    with unscoped("the test acts as the system"):
        details.add(
            actor=make.SYSTEM,
            member=member,
            code="job",
            unit_name="虚构车间",
            job_title="主管",
            job_post="soe_manager",
            starts_on=SPRING,
        )
        details.add(actor=make.SYSTEM, member=member, code="education", level="14", school="虚构大学", ends_on=AUTUMN)
    before, after = SPRING - dt.timedelta(days=1), SPRING
    assert [was(member, "job_post", day) for day in (before, after)] == ["公有经济控制单位工勤岗位", "公有经济控制企业管理岗位"]
    assert [was(member, "education_group", day) for day in (AUTUMN - dt.timedelta(days=1), AUTUMN)] == ["大学本科", "研究生"]


def test_a_roster_changes_what_was_known_from_today_and_is_taken_back_as_a_whole(member: Member) -> None:
    with unscoped("the test enters a roster"):
        Member.objects.filter(pk=member.pk).update(front_line="")
        changed = {"tech_rank": "1", "front_line": "01"}
        (amended,) = roster.amend_many(actor=make.SYSTEM, rows=[roster.Amendment(member.pk, changed)])
    before = dt.date(2026, 1, 1)
    assert [was(member, "tech_rank", day) for day in (before, TODAY)] == ["初级", "高级"]
    assert was(member, "front_line", before) == was(member, "front_line", TODAY) != ""  # it was not known, so it is filled in
    with unscoped("the test takes the roster back"):
        roster.take_back(actor=make.SYSTEM, batch=0, entered_at=clock.now(), amended=[amended])
        assert not EarlierValue.objects.exists()
    assert [was(member, "tech_rank", day) for day in (before, TODAY)] == ["初级", "初级"]


def test_the_form_asks_only_where_a_known_item_differs(member: Member) -> None:
    keeper = make.post(member.branch, "organisation_member", make.user()).user
    client = Client()
    client.force_login(keeper, backend="dangjian.accounts.backends.AccountBackend")
    address = reverse("members:edit", args=[member.pk])
    typed = {"name": member.name, "tech_rank": "2", "job_post": "soe_worker", "education": "21"}

    plain = client.get(address).content.decode()
    assert "从哪天起" not in plain
    filled_in = client.post(address, {**typed, "tech_rank": "3", "front_line": "01"})
    assert filled_in.status_code == 302

    typed["front_line"] = "01"
    asked = client.post(address, typed)
    assert asked.status_code == 422
    assert "专业技术职务等级有改动：请选择是更正，还是从某天起变了" in asked.content.decode()
    no_day = client.post(address, {**typed, "change": "change"})
    assert no_day.status_code == 422
    assert "请填写从哪天起变化" in no_day.content.decode()
    with unscoped("the test counts"):
        assert not EarlierValue.objects.exists()
    assert client.post(address, {**typed, "change": "change", "changed_on": "2026-03-01"}).status_code == 302
    assert [was(member, "tech_rank", day) for day in (dt.date(2026, 1, 1), SPRING)] == ["初级", "中级"]
    with unscoped("the test reads the trail"):
        event = Event.objects.filter(verb="members.record_changed").latest("pk")
        assert event.data["changed_on"] == {"tech_rank": "2026-03-01"}

    page = client.get(reverse("members:detail", args=[member.pk]) + "?tab=details").content.decode()
    assert "专业技术职务等级原为初级" in page
    assert client.post(address, {**typed, "tech_rank": "1", "change": "correction"}).status_code == 302
    assert [was(member, "tech_rank", day) for day in (dt.date(2026, 1, 1), SPRING)] == ["初级", "高级"]


def test_a_day_is_put_right_and_a_change_that_was_none_is_taken_away(member: Member) -> None:
    change(member, SPRING, tech_rank="2")
    change(member, TODAY, tech_rank="1")
    with unscoped("the test acts as the system"):
        row = EarlierValue.objects.select_related("member__organization").get(held_until=SPRING)
        with pytest.raises(Invalid, match="看标红的项目"):
            details.change(actor=make.SYSTEM, row=row, held_until=TODAY)
        row.refresh_from_db()
        with pytest.raises(Conflict, match="在“修改档案”中登记"):
            details.add(actor=make.SYSTEM, member=member, code="earlier", held_until=SPRING)
        details.change(actor=make.SYSTEM, row=row, held_until=AUTUMN)
        assert was(member, "tech_rank", SPRING) == "初级"
        details.remove(actor=make.SYSTEM, row=row)
        details.remove(actor=make.SYSTEM, row=EarlierValue.objects.select_related("member__organization").get())
    assert was(member, "tech_rank", SPRING) == "高级"
