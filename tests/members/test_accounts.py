"""Accounts of many members: opened at once, first passwords on slips or told, who has never signed in."""

import io
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts import actions as account_actions
from dangjian.accounts.backends import AccountBackend
from dangjian.accounts.models import Event, User
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, NotFound, PermissionDenied, Refusal
from dangjian.kernel.fields import Ciphertext
from dangjian.members import documents
from dangjian.members.actions import access, account_runs, first_passwords
from dangjian.members.jobs import clear_first_passwords
from dangjian.members.models import AccountRun, FirstPassword, Member, RunState, Who
from dangjian.org import roles
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.pages import signed_in

pytestmark = pytest.mark.django_db
ADDRESS = "https://dangjian.example/"


class World:
    """A committee with two branches under general branches of their own, its office and a secretary who has signed in."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委")
        first = make.general_branch(self.committee, name="虚构第一总支")
        self.one = make.branch(first, name="机电党支部")
        self.two = make.branch(make.general_branch(self.committee, name="虚构第二总支"), name="机务党支部")
        self.office = make.actor(make.grant(self.committee, roles.PARTY_OFFICE).user)
        secretary = make.member(self.one, "虚构书记", with_user=True).user
        make.post(self.one, "secretary", secretary)
        assert secretary
        self.secretary = make.actor(secretary)

    def members(self, number: int, branch: Organization | None = None) -> list[Member]:
        return [make.member(branch or self.one, f"虚构{place}号") for place in range(1, number + 1)]


@pytest.fixture
def world() -> World:
    return World()


def as_actor(actor: GrantedActor, work: Callable[[], Any]) -> Any:
    with admitted(actor, "members.accounts"):
        return work()


def run(actor: GrantedActor, organization: Organization, **more: Any) -> AccountRun:
    made = as_actor(actor, lambda: account_runs.start(actor=actor, organization=organization, **more))
    account_runs.carry_out(pk=made.pk)
    with unscoped("test"):
        found: AccountRun = AccountRun.objects.get(pk=made.pk)
    return found


def passwords() -> dict[str, str]:
    """What lies on slips that were not printed yet, by name."""
    with unscoped("test"):
        rows = FirstPassword.objects.exclude(password="").select_related("member")
        return {row.member.name: row.password for row in rows}


def account_of(member: Member) -> User:
    with unscoped("test"):
        user = Member.objects.select_related("user").get(pk=member.pk).user
    assert user
    return user


def opened(world: World, number: int) -> list[Member]:
    """Members with accounts that nobody has been given a password for."""
    members = world.members(number)
    as_actor(world.office, lambda: access.open_accounts(actor=world.office, member_ids=[one.pk for one in members]))
    return members


def refused(kind: type[Refusal], work: Callable[[], Any]) -> str:
    before = Event.objects.count()
    with pytest.raises(kind) as caught:
        work()
    assert Event.objects.count() == before
    return caught.value.message


class TestRuns:
    def test_all_accounts_are_opened_and_slips_made(self, world: World) -> None:
        members = world.members(3)
        made = run(world.office, world.committee)
        assert (made.state, made.opened, made.made, made.failure) == (RunState.READY, 3, 3, "")
        told = passwords()
        assert set(told) == {"虚构1号", "虚构2号", "虚构3号"}
        for member in members:
            user = account_of(member)
            assert user.check_password(told[member.name])
            assert (user.must_change_password, user.password_changed_at) == (True, None)
        assert Event.objects.filter(verb="members.password_slip_made").count() == 3

    def test_passwords_do_not_lie_readable(self, world: World) -> None:
        world.members(1)
        run(world.office, world.committee)
        with unscoped("test"):
            stored = FirstPassword.objects.values_list("password", flat=True).get()
        assert isinstance(stored, Ciphertext)
        assert str(stored).startswith("k1:")
        assert stored.open() == passwords()["虚构1号"]
        texts = " ".join(f"{event.summary} {event.data}" for event in Event.objects.all())
        assert stored.open() not in texts

    def test_without_slips_nobody_can_sign_in_yet(self, world: World) -> None:
        [member] = world.members(1)
        made = run(world.office, world.committee, makes_slips=False)
        assert (made.opened, made.made) == (1, 0)
        assert not account_of(member).has_usable_password()

    def test_a_second_run_gives_nothing_to_those_who_were_given_something(self, world: World) -> None:
        world.members(2)
        run(world.office, world.committee)
        before = passwords()
        assert run(world.office, world.committee).made == 0
        assert passwords() == before

    def test_new_slips_end_the_old_ones(self, world: World) -> None:
        [member] = world.members(1)
        run(world.office, world.committee)
        [old] = passwords().values()
        assert run(world.office, world.committee, again=True).made == 1
        [new] = passwords().values()
        assert old != new
        assert not account_of(member).check_password(old)
        assert account_of(member).check_password(new)

    def test_whoever_has_chosen_a_password_is_left_alone(self, world: World) -> None:
        [member] = world.members(1)
        run(world.office, world.committee)
        user = account_of(member)
        [first] = passwords().values()
        account_actions.change_password(actor=make.actor(user), user=user, old=first, new="Xuanle-2026")
        with unscoped("test"):
            FirstPassword.objects.all().delete()
        assert run(world.office, world.committee, again=True).made == 0
        assert account_of(member).check_password("Xuanle-2026")

    def test_officers_alone(self, world: World) -> None:
        members = opened(world, 2)
        make.post(world.one, "organisation_member", account_of(members[0]))
        assert run(world.office, world.committee, who=Who.OFFICERS).made == 1
        assert list(passwords()) == ["虚构1号"]

    def test_one_run_at_a_time(self, world: World) -> None:
        world.members(1)
        with admitted(world.office, "members.accounts"):
            runs = [account_runs.start(actor=world.office, organization=world.committee) for _ in range(2)]
        assert runs[0] == runs[1]
        assert Event.objects.filter(verb="members.accounts_started").count() == 1

    def test_a_run_that_was_stopped_goes_on_where_it_was(self, world: World) -> None:
        members = world.members(3)
        with admitted(world.office, "members.accounts"):
            made = account_runs.start(actor=world.office, organization=world.committee, again=True)
            access.open_accounts(actor=world.office, member_ids=[one.pk for one in members])
            first = Member.objects.select_related("user", "organization").get(pk=members[0].pk)
            first_passwords.give(actor=world.office, passwords={first: ("Eins-1111", "!x")}, run=made)
        account_runs.carry_out(pk=made.pk)
        account_runs.carry_out(pk=made.pk)
        with unscoped("test"):
            assert AccountRun.objects.get().made == 2
        assert passwords()["虚构1号"] == "Eins-1111"
        assert len(passwords()) == 3

    def test_who_lost_the_right_meanwhile_opens_nothing(self, world: World) -> None:
        world.members(1)
        made = as_actor(world.office, lambda: account_runs.start(actor=world.office, organization=world.committee))
        with unscoped("test"):
            world.office.user.grants.update(ends_on=clock.today())
        account_runs.carry_out(pk=made.pk)
        with unscoped("test"):
            assert AccountRun.objects.get().state == RunState.FAILED
            assert not Member.objects.filter(name="虚构1号").exclude(user=None).exists()

    def test_a_secretary_opens_nothing_elsewhere(self, world: World) -> None:
        world.members(1, world.two)
        refused(NotFound, lambda: run(world.secretary, world.two))

    @pytest.mark.day("2026-11-23")
    def test_a_run_that_got_stuck_is_given_up(self, world: World) -> None:
        as_actor(world.office, lambda: account_runs.start(actor=world.office, organization=world.committee))
        with clock.at("2026-11-23 16:00"):
            clear_first_passwords()
        with unscoped("test"):
            assert AccountRun.objects.get().state == RunState.FAILED


class TestOutOfReach:
    """A first password opens an account; it may open no more than its giver looks after."""

    def barred(self, world: World, member: Member) -> str:
        with admitted(world.secretary, "members.accounts"):
            return refused(PermissionDenied, lambda: first_passwords.hand_out(actor=world.secretary, member=member))

    @pytest.mark.parametrize("role", sorted(roles.ADMINISTRATORS))
    def test_administrators_get_theirs_from_the_system_administrator(self, world: World, role: str) -> None:
        [member] = opened(world, 1)
        make.grant(world.committee, role, account_of(member))
        assert "系统管理员" in self.barred(world, member)
        answer = signed_in(world.secretary.user).post(reverse("members:hand_out", args=[member.pk]))
        assert answer.status_code == 403
        assert Event.objects.filter(result="refused", actor_id=world.secretary.user_id).exists()
        with admitted(world.office, "members.accounts"):
            refused(PermissionDenied, lambda: first_passwords.hand_out(actor=world.office, member=member))
        assert run(world.office, world.committee).made == 0
        assert not account_of(member).has_usable_password()

    def test_an_officer_of_a_superior_gets_theirs_from_the_superior(self, world: World) -> None:
        [member] = opened(world, 1)
        make.post(world.committee, "secretary", account_of(member))
        text = self.barred(world, member)
        assert "上级党务部门" in text
        assert "虚构集团" not in text
        with admitted(world.office, "members.accounts"):
            user, password = first_passwords.hand_out(actor=world.office, member=member)
        assert account_of(member).check_password(password)
        assert user.username == "xugou1hao"

    def test_neither_does_a_delegate_or_a_leader_elsewhere(self, world: World) -> None:
        one, two = opened(world, 2)
        make.grant(world.two, roles.COMMITTEE_MEMBER, account_of(one))
        make.post(make.group(world.two), "group_leader", account_of(two))
        for member in (one, two):
            assert "其他党组织任职" in self.barred(world, member)
        assert run(world.secretary, world.one).made == 0

    def test_a_secretary_prints_no_slip_of_a_superior(self, world: World) -> None:
        superior, plain = opened(world, 2)
        make.post(world.committee, "secretary", account_of(superior))
        run(world.office, world.committee)
        paper = as_actor(
            world.secretary,
            lambda: first_passwords.print_slips(actor=world.secretary, organization=world.one, address=ADDRESS),
        )
        assert paper.startswith(b"%PDF")
        assert list(passwords()) == [superior.name]
        with unscoped("test"):
            assert FirstPassword.objects.get(member=plain).how == "slip"
        assert "其余的由上级" in str(
            as_actor(
                world.secretary,
                lambda: how_of(
                    lambda: first_passwords.print_slips(actor=world.secretary, organization=world.one, address=ADDRESS)
                ),
            )
        )

    def test_ones_own_is_not_handed_out(self, world: World) -> None:
        with unscoped("test"):
            own = Member.objects.get(user=world.secretary.user_id)
            User.objects.filter(pk=world.secretary.user_id).update(must_change_password=True)
        assert "关系到您本人" in self.barred(world, own)

    def test_nobody_opens_a_second_account_for_themselves(self, world: World) -> None:
        make.member(world.one, world.office.name)
        assert run(world.office, world.committee).opened == 0

    def test_a_member_of_another_branch_is_not_there(self, world: World) -> None:
        [member] = world.members(1, world.two)
        with admitted(world.secretary, "members.accounts"):
            refused(NotFound, lambda: first_passwords.hand_out(actor=world.secretary, member=member))


def how_of(work: Callable[[], Any]) -> str:
    with pytest.raises(Conflict) as caught:
        work()
    return caught.value.how


class TestTold:
    def test_a_fresh_password_is_told_and_works(self, world: World) -> None:
        [member] = world.members(1)
        user, password = as_actor(world.secretary, lambda: first_passwords.hand_out(actor=world.secretary, member=member))
        assert AccountBackend().authenticate(None, user.username, password) == user
        with unscoped("test"):
            kept = FirstPassword.objects.get()
        assert (kept.password, kept.how) == ("", "told")
        event = Event.objects.get(verb="members.password_handed_out")
        assert (event.member_id, event.actor_id) == (member.pk, world.secretary.user_id)
        assert password not in event.summary

    def test_telling_ends_the_slip(self, world: World) -> None:
        [member] = world.members(1)
        run(world.office, world.committee)
        [old] = passwords().values()
        _user, password = as_actor(world.secretary, lambda: first_passwords.hand_out(actor=world.secretary, member=member))
        assert passwords() == {}
        assert not account_of(member).check_password(old)
        assert account_of(member).check_password(password)

    def test_whoever_has_signed_in_keeps_the_password(self, world: World) -> None:
        member = make.member(world.one, "虚构甲", with_user=True)
        with admitted(world.secretary, "members.accounts"):
            refused(Conflict, lambda: first_passwords.hand_out(actor=world.secretary, member=member))
        assert account_of(member).check_password("Test-1234")

    def test_a_password_that_was_reset_is_not_a_first_one(self, world: World) -> None:
        member = make.member(world.one, "虚构甲", with_user=True)
        User.objects.filter(pk=member.user_id).update(must_change_password=True, password_changed_at=clock.now())
        with admitted(world.secretary, "members.accounts"):
            refused(Conflict, lambda: first_passwords.hand_out(actor=world.secretary, member=member))

    def test_a_closed_account_is_not_opened(self, world: World) -> None:
        [member] = opened(world, 1)
        User.objects.filter(pk=account_of(member).pk).update(is_active=False)
        with admitted(world.secretary, "members.accounts"):
            refused(Conflict, lambda: first_passwords.hand_out(actor=world.secretary, member=member))


PRINTED_TO = (210 - 10) / 25.4 * 72
"""Where the right margin of a sheet of A4 begins, in points, as ``pdftotext`` tells places."""


class TestSlips:
    def test_the_paper_says_how_to_sign_in_and_nothing_else_personal(self, world: World) -> None:
        make.member(world.one, "虚构甲", mobile="19900000001", employee_no="100001")
        run(world.office, world.committee)
        with unscoped("test"):
            rows = Member.objects.filter(name="虚构甲").select_related("branch", "user", "first_password")
            page = documents.slips_page(list(rows), ADDRESS)
        for word in ("虚构甲", "xugoujia", passwords()["虚构甲"], ADDRESS, "机电党支部", "或者本人手机号"):
            assert word in page
        assert "19900000001" not in page
        assert "100001" not in page

    def test_a_long_name_stays_on_the_paper(self, world: World, tmp_path: Path) -> None:
        for last in "甲乙":
            make.member(world.one, f"虚构迪丽热巴·虚构迪力木拉提江·虚构买买提{last}")
        run(world.office, world.committee)
        path = tmp_path / "slips.pdf"
        with unscoped("test"):
            rows = Member.objects.filter(name__startswith="虚构迪丽").select_related("branch", "user", "first_password")
            path.write_bytes(documents.slips(list(rows), "http://party.xugou-jituan.example.com:8000/"))
        words = subprocess.run(["pdftotext", "-bbox", str(path), "-"], check=True, capture_output=True, text=True).stdout
        ends = [float(place) for place in re.findall(r'xMax="([\d.]+)"', words)]
        assert max(ends) <= PRINTED_TO

    def test_a_slip_is_printed_once(self, world: World) -> None:
        world.members(2)
        run(world.office, world.committee)
        with admitted(world.office, "members.accounts"):
            first_passwords.print_slips(actor=world.office, organization=world.committee, address=ADDRESS)
            assert passwords() == {}
            with unscoped("test"):
                assert set(FirstPassword.objects.values_list("how", flat=True)) == {"slip"}
            refused(
                Conflict,
                lambda: first_passwords.print_slips(actor=world.office, organization=world.committee, address=ADDRESS),
            )
        assert Event.objects.filter(verb="members.slip_printed").count() == 2

    def test_too_many_are_printed_by_branch(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(first_passwords, "MOST_PRINTED", 1)
        world.members(2)
        run(world.office, world.committee)
        with admitted(world.office, "members.accounts"):
            text = refused(
                Conflict,
                lambda: first_passwords.print_slips(actor=world.office, organization=world.committee, address=ADDRESS),
            )
        assert "最多打印1张" in text
        assert len(passwords()) == 2

    @pytest.mark.day("2026-11-23")
    def test_what_nobody_printed_goes_after_some_days(self, world: World, settings: Any) -> None:
        world.members(2)
        run(world.office, world.committee)
        with clock.at("2026-11-26 08:00"):
            clear_first_passwords()
        assert len(passwords()) == 2
        with clock.at("2026-11-26 10:00"):
            clear_first_passwords()
        with unscoped("test"):
            assert not FirstPassword.objects.exists()
        assert run(world.office, world.committee).made == 2

    def test_the_trace_of_a_password_goes_once_it_was_changed(self, world: World) -> None:
        [member] = world.members(1)
        _user, password = as_actor(world.secretary, lambda: first_passwords.hand_out(actor=world.secretary, member=member))
        user = account_of(member)
        clear_first_passwords()
        with unscoped("test"):
            assert FirstPassword.objects.count() == 1
        account_actions.change_password(actor=make.actor(user), user=user, old=password, new="Xuanle-2026")
        clear_first_passwords()
        with unscoped("test"):
            assert not FirstPassword.objects.exists()


class TestPages:
    def test_how_far_each_branch_is(self, world: World) -> None:
        opened(world, 2)
        make.member(world.two, "虚构乙")
        page = signed_in(world.office.user).get(reverse("members:accounts")).content.decode()
        for word in ("机电党支部", "机务党支部", "没有账号", "开始办理"):
            assert word in page
        own = signed_in(world.secretary.user).get(reverse("members:accounts")).content.decode()
        assert "机务党支部" not in own

    def test_the_pages_ask_as_often_for_many_as_for_few(self, world: World) -> None:
        client = signed_in(world.office.user)
        counts = []
        for _ in range(2):
            for place in range(4):
                make.member(world.one, f"虚构人{place}")
            as_actor(world.office, lambda: run(world.office, world.committee, makes_slips=False))
            for name in ("members:accounts", "members:never"):
                client.get(reverse(name))
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    client.get(reverse(name))
                counts.append(len(queries))
        assert counts[:2] == counts[2:]

    @pytest.mark.django_db(transaction=True)
    def test_from_opening_to_printing(self) -> None:
        world = World()
        world.members(2)
        client = signed_in(world.office.user)
        at = {"pk": world.committee.pk}
        assert client.post(reverse("members:accounts_run", kwargs=at), {"who": "everybody", "way": "printed"}).status_code == 302
        page = client.get(reverse("members:accounts")).content.decode()
        assert "开通账号 2 个，制作登录条 2 张" in page
        with unscoped("test"):
            pk = AccountRun.objects.get().pk
        progress = reverse("members:accounts_progress", args=[pk])
        assert client.get(progress, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
        assert client.get(progress)["Location"] == f"{reverse('members:accounts')}?organization={world.committee.pk}"
        answer = client.post(reverse("members:print_slips", args=[world.one.pk]))
        assert answer["Content-Type"] == "application/pdf"
        assert "no-store" in answer["Cache-Control"]
        assert "打印登录条" not in client.get(reverse("members:accounts")).content.decode()
        assert client.post(reverse("members:accounts_run", kwargs=at), {"who": "x"}).status_code == 302

    def test_the_list_of_those_who_have_not_signed_in(self, world: World) -> None:
        without = make.member(world.one, "虚构无号")
        officer, plain = opened(world, 2)
        make.post(world.committee, "secretary", account_of(officer))
        make.member(world.one, "虚构已登", with_user=True)
        client = signed_in(world.secretary.user)
        page = client.get(reverse("members:never")).content.decode()
        for word in (without.name, officer.name, plain.name, "没有账号", "还没有发初始密码", "上级党务部门发放"):
            assert word in page
        assert "虚构已登" not in page
        assert page.count("发放初始密码") == 2
        for query, names in {
            "who=officers": {officer.name},
            "who=members": {without.name, plain.name},
            "state=none": {without.name},
            "state=new": {officer.name, plain.name},
            "state=slip": set(),
            "state=handed": set(),
            "q=无号": {without.name},
            "organization=x": {without.name, officer.name, plain.name},
        }.items():
            page = client.get(f"{reverse('members:never')}?{query}").content.decode()
            found = {name for name in (without.name, officer.name, plain.name) if f">{name}<" in page}
            assert found == names, query

    def test_the_list_goes_out_as_a_spreadsheet(self, world: World) -> None:
        opened(world, 2)
        answer = signed_in(world.secretary.user).get(f"{reverse('members:never_sheet')}?state=new")
        rows = list(load_workbook(io.BytesIO(b"".join(answer))).worksheets[0].values)  # type: ignore[arg-type]  # streamed
        assert rows[0] == ("党支部", "姓名", "登录名", "进度")
        assert rows[1] == ("机电党支部", "虚构1号", "xugou1hao", "还没有发初始密码")
        assert len(rows) == 3
        assert Event.objects.filter(verb="members.never_exported").count() == 1

    def test_handing_out_on_the_phone(self, world: World) -> None:
        one, _two = world.members(2)
        client = signed_in(world.secretary.user)
        answer = client.post(reverse("members:hand_out", args=[one.pk]))
        page = answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
        user = account_of(one)
        assert user.username in page
        assert "http://testserver/" in page
        assert "下一个：虚构2号" in page
        password = page.split('<p class="stat-value mono">')[2].split("<")[0]
        assert user.check_password(password)

    def test_a_refusal_leads_back_and_says_why(self, world: World) -> None:
        member = make.member(world.one, "虚构甲", with_user=True)
        client = signed_in(world.secretary.user)
        answer = client.post(reverse("members:hand_out", args=[member.pk]), {"from": "record"}, follow=True)
        assert "已经用自己的密码登录过" in answer.content.decode()
        assert answer.redirect_chain == [(reverse("members:detail", args=[member.pk]), 302)]

    def test_a_record_leads_to_handing_out(self, world: World) -> None:
        [member] = opened(world, 1)
        client = signed_in(world.secretary.user)
        assert "发放初始密码" in client.get(reverse("members:detail", args=[member.pk])).content.decode()
        assert "还没有登录过" in client.get(reverse("members:account", args=[member.pk])).content.decode()

    def test_the_first_steps_count_who_has_signed_in(self, world: World) -> None:
        officer, _plain = opened(world, 2)
        make.post(world.one, "organisation_member", account_of(officer))
        page = signed_in(world.secretary.user).get(reverse("site:start")).content.decode()
        assert "1名有账号还没有登录过" in page  # the officer
        assert "2名有账号还没有登录过" in page
        User.objects.filter(pk=account_of(officer).pk).update(must_change_password=False)
        page = signed_in(world.secretary.user).get(reverse("site:start")).content.decode()
        assert "2名有账号还没有登录过" not in page
