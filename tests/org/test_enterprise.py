"""The first start: an empty platform becomes an enterprise's once, and can begin again as long as nobody has worked with it."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.kernel import clock
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.errors import Conflict, Invalid, NotFound, Refusal
from dangjian.kernel.rulebook import Period, book, forget, read_settings
from dangjian.org import queries
from dangjian.org.actions import enterprise as actions
from dangjian.org.models import Enterprise, Grant, Organization, RuleSetting
from dangjian.org.plan import EnterprisePlan, PersonPlan, read_plan
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.forms import form_with

pytestmark = pytest.mark.django_db

ACTOR = SystemActor("测试")
PLAN = EnterprisePlan(
    name="虚构星河集团有限公司",
    committee_name="中共虚构星河集团有限公司委员会",
    committee_short_name="集团党委",
    type_code="611",
    established_on=dt.date(1998, 6, 1),
    live_on=dt.date(2026, 11, 23),
    people={
        "system": PersonPlan("公冶昆仑", "gongye"),
        "security": PersonPlan("司空太行", "sikong"),
        "audit": PersonPlan("太史祁连", "taishi"),
        "office": PersonPlan("欧阳立夏", "ouyang"),
    },
)
FORM = {
    "name": "虚构星河集团有限公司",
    "committee_short_name": "集团党委",
    "type_code": "611",
    "established_on": "1998-06-01",
    "live_on": "2026-11-23",
    "system_name": "公冶昆仑",
    "security_name": "司空太行",
    "audit_name": "太史祁连",
    "office_name": "欧阳立夏",
}


def nothing_there() -> bool:
    with unscoped("test"):
        return not (Organization.objects.exists() or User.objects.exists() or Grant.objects.exists() or Event.objects.exists())


def address() -> str:
    return reverse("org:setup_enterprise", args=[actions.open_address()])


def test_an_empty_platform_becomes_an_enterprise() -> None:
    handed = actions.set_up(actor=ACTOR, plan=PLAN, key=actions.open_address())
    with unscoped("test"):
        committee = Organization.objects.get()
        roles = dict(Grant.objects.values_list("user__username", "role"))
    assert (committee.short_name, committee.established_on, committee.live_on) == (
        "集团党委",
        dt.date(1998, 6, 1),
        dt.date(2026, 11, 23),
    )
    assert roles == {"gongye": "system_admin", "sikong": "security_admin", "taishi": "audit_admin", "ouyang": "party_office"}
    assert [one.user.check_password(one.password) and one.user.must_change_password for one in handed] == [True] * 4
    assert queries.enterprise().set_up_at is not None


def test_the_address_serves_once_and_only_the_newest_one() -> None:
    old, new = actions.open_address(), actions.open_address()
    with pytest.raises(NotFound):
        actions.set_up(actor=ACTOR, plan=PLAN, key=old)
    assert nothing_there()
    actions.set_up(actor=ACTOR, plan=PLAN, key=new)
    with pytest.raises(Conflict, match="已经建立"):
        actions.set_up(actor=ACTOR, plan=PLAN, key=new)
    assert actions.open_address() == ""
    with unscoped("test"):
        assert Organization.objects.count() == 1


def test_a_platform_with_accounts_is_never_open() -> None:
    make.user()
    assert actions.open_address() == ""
    with pytest.raises(Conflict):
        actions.set_up(actor=ACTOR, plan=PLAN)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " "}, "单位名称"),
        ({"type_code": "631"}, "应是党委"),
        ({"established_on": dt.date(2026, 11, 24)}, "成立日期不能晚于今天"),
        ({"live_on": dt.date(1990, 1, 1)}, "启用日期不能早于"),
        ({"people": {**PLAN.people, "audit": PersonPlan("公冶昆仑", "other")}}, "同一个人"),
        ({"people": {**PLAN.people, "audit": PersonPlan("太史祁连", "gongye")}}, "同一个人"),
        ({"people": {**PLAN.people, "office": PersonPlan("欧阳立夏", "")}}, "登录名"),
        ({"settings": {"dues.prepay": {"months": -1}}}, "预交党费"),
        ({"settings": {"dues.unknown": 1}}, "没有"),
        ({"settings": {"org.branch.min": 5}}, "统一规定"),
    ],
)
def test_what_does_not_fit_is_refused_and_writes_nothing(change: dict[str, Any], said: str) -> None:
    key = actions.open_address()
    with pytest.raises(Refusal, match=said):
        actions.set_up(actor=ACTOR, plan=replace(PLAN, **change), key=key)
    assert nothing_there()
    assert not RuleSetting.objects.exists()
    assert queries.is_setup_address(key)


def test_two_of_one_name_are_told_apart_by_their_phones() -> None:
    people = {
        **PLAN.people,
        "system": PersonPlan("公冶昆仑", "a", "13900000001"),
        "audit": PersonPlan("公冶昆仑", "b", "13900000002"),
    }
    assert len(actions.set_up(actor=ACTOR, plan=replace(PLAN, people=people))) == 4


def test_people_may_sign_in_with_what_they_are() -> None:
    people = {position: replace(person, username=position) for position, person in PLAN.people.items()}
    handed = actions.set_up(actor=ACTOR, plan=replace(PLAN, people=people))
    assert {one.user.username for one in handed} == {"system", "security", "audit", "office"}


def test_the_page_asks_looks_once_more_and_shows_the_passwords_once(client: Client) -> None:
    where = address()
    assert client.get(where).status_code == 200
    asked = client.post(where, FORM)
    assert "还没有保存" in asked.content.decode()
    assert "中共虚构星河集团有限公司委员会" in asked.content.decode()
    assert nothing_there()
    done = client.post(where, {**FORM, "step": "confirm"}).content.decode()
    passwords = re.findall(r"strong\">([A-Z][a-z]{4}-\d{4})<", done)
    assert len(passwords) == 4
    again = client.post(where, {**FORM, "step": "confirm"})
    assert again.status_code == 410
    assert not any(password in again.content.decode() for password in passwords)
    assert client.get(where).status_code == 410
    signed_in = client.post(reverse("accounts:sign_in"), {"username": "ouyanglixia", "password": passwords[3]})
    assert signed_in.status_code == 302


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(client: Client) -> None:
    answer = client.post(address(), {**FORM, "audit_name": "公冶昆仑", "rule-dues.prepay": "三天三夜"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "例如：6个月" in text
    assert "三天三夜" in text
    assert nothing_there()


def test_a_founding_day_to_come_is_said_beside_its_field(client: Client) -> None:
    tomorrow = clock.today() + dt.timedelta(days=1)
    answer = client.post(address(), {**FORM, "established_on": tomorrow, "live_on": tomorrow})
    assert answer.context["form"].errors["established_on"] == ["请填今天或以前的日期"]


def test_a_name_without_a_reading_signs_in_with_what_the_person_is(client: Client) -> None:
    answer = client.post(address(), {**FORM, "office_name": "\U00020bb7"})
    assert answer.status_code == 200, answer.context["form"].errors
    assert dict(answer.context["summary"])["党务部门"].split("，")[1] == "office"


def test_a_wrong_address_opens_nothing(client: Client) -> None:
    actions.open_address()
    for name in ("org:setup", "org:setup_enterprise"):
        assert client.get(reverse(name, args=["no-such-key"])).status_code == 404
    assert client.post(reverse("org:setup_demonstration", args=["no-such-key"])).status_code == 404
    assert nothing_there()


def test_settings_hold_from_the_first_day() -> None:
    actions.set_up(actor=ACTOR, plan=replace(PLAN, settings={"dues.prepay": {"months": 3}}))
    try:
        read_settings()
        assert book().on("dues.prepay", dt.date(2026, 11, 23)).expect(Period) == Period(months=3)
        assert "本平台规定" in book().on("dues.prepay", dt.date(2026, 11, 23)).citation
        actions.set_rules(actor=ACTOR, values={"dues.prepay": None})
        read_settings()
        assert book().on("dues.prepay", dt.date(2026, 11, 23)).expect(Period) == Period(months=6)
    finally:
        forget()


def test_settings_are_the_offices_and_change_on_their_page(client: Client) -> None:
    handed = actions.set_up(actor=ACTOR, plan=PLAN)
    people = {one.title: one.user for one in handed}
    for user in people.values():
        User.objects.filter(pk=user.pk).update(must_change_password=False)
    where = reverse("org:rules")
    client.force_login(people["系统管理员"])
    assert client.post(where, {"rule-dues.rounding": "0.1"}).status_code == 403
    assert not RuleSetting.objects.exists()
    client.force_login(people["党务部门"])
    assert client.post(where, {"rule-dues.prepay": "很久"}).status_code == 422
    assert not RuleSetting.objects.exists()
    assert client.post(where, {"rule-dues.rounding": "0.1", "rule-dues.prepay": "6个月"}).status_code == 302
    assert dict(RuleSetting.objects.values_list("key", "value")) == {"dues.rounding": "0.1"}


@pytest.mark.day("2026-11-23")
def test_two_people_at_the_settings_do_not_cover_each_other(client: Client) -> None:
    handed = actions.set_up(actor=ACTOR, plan=PLAN)
    office = next(one.user for one in handed if one.title == "党务部门")
    User.objects.filter(pk=office.pk).update(must_change_password=False)
    client.force_login(office)
    where = reverse("org:rules")
    try:
        shown = form_with(client.get(where).content.decode(), "seen")
        with clock.at("2026-11-23 09:30"):
            actions.set_rules(actor=make.actor(office), values={"dues.prepay": {"months": 3}})
        answer = client.post(where, shown | {"rule-dues.rounding": "0.1"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "3个月" in page
        assert dict(RuleSetting.objects.values_list("key", "value")) == {"dues.prepay": {"months": 3}}
        assert client.post(where, form_with(page, "seen")).status_code == 302
        assert set(RuleSetting.objects.values_list("key", flat=True)) == {"dues.prepay", "dues.rounding"}
    finally:
        forget()


def test_the_demonstration_is_never_mixed_with_an_enterprise(client: Client) -> None:
    key = actions.open_address()
    actions.become_demonstration(actor=ACTOR, key=key)
    assert client.get(reverse("org:setup_enterprise", args=[key])).status_code == 410
    with pytest.raises(Conflict):
        actions.set_up(actor=ACTOR, plan=PLAN, key=key)
    assert client.get(reverse("org:setup_loading")).status_code == 200


def test_the_demonstration_does_not_come_into_an_enterprise() -> None:
    actions.set_up(actor=ACTOR, plan=PLAN)
    with pytest.raises(CommandError, match="空数据库"):
        call_command("demo")
    with pytest.raises(Conflict):
        actions.become_demonstration(actor=ACTOR)


def test_it_can_begin_again_as_long_as_nobody_has_worked() -> None:
    actions.set_up(actor=ACTOR, plan=replace(PLAN, settings={"dues.rounding": "0.1"}))
    with unscoped("test"):
        committee = Organization.objects.get()
    branch = make.branch(committee)
    make.post(branch)
    events = Event.objects.count()
    actions.start_over(actor=ACTOR)
    with unscoped("test"):
        assert not Organization.objects.exists()
    assert not User.objects.filter(is_active=True).exists()
    assert not RuleSetting.objects.exists()
    assert Event.objects.count() == events + 1
    actions.set_up(actor=ACTOR, plan=PLAN, key=actions.open_address())


def test_it_does_not_begin_again_over_somebodys_work() -> None:
    actions.set_up(actor=ACTOR, plan=PLAN)
    with unscoped("test"):
        make.member(make.branch(Organization.objects.get()))
    with pytest.raises(Conflict, match="党员"):
        actions.start_over(actor=ACTOR)
    assert User.objects.filter(is_active=True).count() == 4


def test_beginning_again_takes_the_name_of_the_enterprise(client: Client) -> None:
    handed = actions.set_up(actor=ACTOR, plan=PLAN)
    admin = handed[0].user
    User.objects.filter(pk=admin.pk).update(must_change_password=False)
    client.force_login(admin)
    assert client.post(reverse("org:start_over"), {"name": "别的名字"}).status_code == 422
    assert queries.enterprise().set_up_at
    answer = client.post(reverse("org:start_over"), {"name": PLAN.name}, follow=True)
    assert answer.status_code == 200
    assert "开始建立" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_at_once_one_is_refused() -> None:
    key = actions.open_address()

    def begin(number: int) -> str:
        people = {position: replace(person, username=f"{person.username}{number}") for position, person in PLAN.people.items()}
        try:
            actions.set_up(actor=ACTOR, plan=replace(PLAN, people=people), key=key)
        except Conflict:
            return "refused"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, range(4))) == ["done", "refused", "refused", "refused"]
    connection.close()
    assert User.objects.count() == 4


def test_a_file_does_the_same(tmp_path: Path) -> None:
    file = tmp_path / "enterprise.yaml"
    file.write_text(
        """
name: 虚构星河集团有限公司
committee: {name: 中共虚构星河集团有限公司委员会, short_name: 集团党委, type: 党委, established_on: 1998-06-01}
live_on: 2026-12-01
people:
  system: {name: 公冶昆仑, username: gongye}
  security: {name: 司空太行, username: sikong}
  audit: {name: 太史祁连, username: taishi}
  office: {name: 欧阳立夏, username: ouyang, phone: "13900000001"}
settings: {dues.rounding: "0.1"}
""",
        encoding="utf-8",
    )
    call_command("init", "--from", file, "--check")
    assert nothing_there()
    call_command("init", "--from", file)
    assert User.objects.count() == 4
    assert dict(RuleSetting.objects.values_list("key", "value")) == {"dues.rounding": "0.1"}
    with pytest.raises(CommandError, match="已经建立"):
        call_command("init", "--from", file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "没有内容"),
        ("name: [", "YAML"),
        ("name: 甲", "committee"),
        ("name: 甲\ncommittee: {name: 乙, short_name: 乙, established_on: 昨天}\npeople: {}", "不是日期"),
        ("name: 甲\ncommittee: {name: 乙, short_name: 乙, established_on: 1998-06-01}\npeople: {}", "people.system"),
    ],
)
def test_a_file_that_is_not_right_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "enterprise.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=said):
        read_plan(file, today=dt.date(2026, 11, 23))


def test_commands_of_the_framework_that_cannot_work_say_what_to_use() -> None:
    with pytest.raises(CommandError, match="dangjian init"):
        call_command("createsuperuser")
    with pytest.raises(CommandError, match="dangjian password"):
        call_command("changepassword")


def test_a_lost_first_password_is_replaced_on_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    handed = actions.set_up(actor=ACTOR, plan=PLAN)
    call_command("password", "ouyang")
    said = capsys.readouterr().out
    found = re.search(r"[A-Z][a-z]{4}-\d{4}", said)
    assert found
    user = User.objects.get(pk=handed[3].user.pk)
    assert user.check_password(found[0])
    assert Event.objects.filter(verb="accounts.password_reset").exists()
    with pytest.raises(CommandError, match="没有登录名"):
        call_command("password", "nobody")


def test_there_is_one_row_of_the_enterprise() -> None:
    actions.open_address()
    actions.open_address()
    assert Enterprise.objects.count() == 1
