"""Pages of members: who sees whom, filters, forms, one's own page, proposals, numbers in full."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.actions import groups, proposals
from dangjian.members.models import CorrectionProposal, Member
from dangjian.members.queries import flow
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days
from tests.members.test_record import BORN, NUMBER

pytestmark = pytest.mark.django_db


class World:
    """A 党委 with two branches; the first has a group, a secretary and members."""

    def __init__(self) -> None:
        self.top = make.committee(name="虚构集团党委")
        self.branch, self.other = make.branch(self.top, name="虚构甲支部"), make.branch(self.top, name="虚构乙支部")
        self.group = make.group(self.branch, name="虚构甲一组")
        self.plain = make.member(
            self.branch, "张虚构", with_user=True, mobile="13800000000", resident_id=NUMBER, birth_on=BORN, sex="2"
        )
        self.grouped = make.member(self.branch, "李虚构", site="一号场", shift="甲班", education="21")
        self.far = make.member(self.other, "王虚构")
        self.secretary = make.post(self.branch, "secretary").user
        self.leader = make.post(self.group, "group_leader").user
        self.office = make.grant(self.top, roles.PARTY_OFFICE).user
        with unscoped("test world"):
            groups.assign(actor=make.SYSTEM, group=self.group, members=[self.grouped], effective_on=BORN.replace(year=2021))


@pytest.fixture
def world() -> World:
    return World()


def as_(user: User | None) -> Client:
    client = Client()
    assert user
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def names(answer: Any) -> set[str]:
    return {line["row"].name for line in answer.context["lines"]}


class TestWhoSeesWhom:
    def test_each_sees_their_own(self, world: World) -> None:
        address = reverse("members:list")
        assert names(as_(world.office).get(address)) == {"张虚构", "李虚构", "王虚构"}
        assert names(as_(world.secretary).get(address)) == {"张虚构", "李虚构"}
        assert names(as_(world.leader).get(address)) == {"李虚构"}
        assert as_(world.plain.user).get(address).status_code == 403

    @pytest.mark.parametrize(("who", "status"), [("office", 200), ("secretary", 404), ("leader", 404)])
    def test_a_record_elsewhere_is_not_there(self, world: World, who: str, status: int) -> None:
        assert as_(getattr(world, who)).get(reverse("members:detail", args=[world.far.pk])).status_code == status

    def test_a_member_sees_only_themselves(self, world: World) -> None:
        client = as_(world.plain.user)
        assert client.get(reverse("members:detail", args=[world.plain.pk])).status_code == 403
        own = text(client.get(reverse("members:me")))
        assert "张虚构" in own
        assert "李虚构" not in own
        assert NUMBER not in own

    def test_reading_a_record_is_noted_and_the_list_is_not(self, world: World) -> None:
        client = as_(world.secretary)
        client.get(reverse("members:list"))
        assert not Event.objects.filter(verb="members.viewed").exists()
        client.get(reverse("members:detail", args=[world.plain.pk]))
        client.get(reverse("members:detail", args=[world.plain.pk]))
        assert Event.objects.get(verb="members.viewed").member_id == world.plain.pk
        assert world.secretary.name in text(as_(world.plain.user).get(reverse("members:me_views")))


class TestList:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=张", {"张虚构"}),
            ("q=zxg", {"张虚构"}),
            ("q=13800000000", {"张虚构"}),
            (f"q={NUMBER}", {"张虚构"}),
            ("sex=2", {"张虚构"}),
            ("age=36_40", {"张虚构"}),
            ("age=31_35", set()),
            ("education=bachelor", {"李虚构"}),
            ("site=一号场", {"李虚构"}),
            ("shift=甲班", {"李虚构"}),
            ("group=none", {"张虚构", "王虚构"}),
            ("group=some", {"李虚构"}),
            ("missing=mobile", {"李虚构", "王虚构"}),
            ("below=100", {"张虚构", "李虚构", "王虚构"}),
            ("standing=removed", set()),
            ("category=2", set()),
            ("post=any", set()),
            ("sex=nonsense", {"张虚构", "李虚构", "王虚构"}),
        ],
    )
    def test_filters(self, world: World, query: str, found: set[str]) -> None:
        assert names(as_(world.office).get(f"{reverse('members:list')}?{query}")) == found

    def test_by_organisation_and_order(self, world: World) -> None:
        address = reverse("members:list")
        assert names(as_(world.office).get(f"{address}?organization={world.branch.pk}")) == {"张虚构", "李虚构"}
        answer = as_(world.office).get(f"{address}?sort=-name")
        assert [line["row"].name for line in answer.context["lines"]] == ["张虚构", "王虚构", "李虚构"]

    def test_numbers_are_not_in_it(self, world: World) -> None:
        page = text(as_(world.office).get(reverse("members:list")))
        assert NUMBER not in page
        assert "13800000000" not in page

    def test_the_number_of_queries_does_not_grow(
        self,
        world: World,
        django_assert_max_num_queries: Any,
    ) -> None:
        for number in range(40):
            make.member(world.branch, f"虚构多{number}", with_user=number % 2 == 0)
        client = as_(world.office)
        with django_assert_max_num_queries(26):
            client.get(reverse("members:list"))


def live_from(world: "World", day: dt.date) -> None:
    """Both branches are kept on the platform from ``day`` on."""
    with unscoped("test"):
        Organization.objects.filter(pk__in=[world.branch.pk, world.other.pk]).update(live_on=day)


class TestRecordPages:
    def test_every_tab_opens(self, world: World) -> None:
        for tab in ("basic", "account", "details", "viewers", "nonsense"):
            answer = as_(world.secretary).get(f"{reverse('members:detail', args=[world.plain.pk])}?tab={tab}")
            assert answer.status_code == 200
            assert NUMBER not in text(answer)

    def test_the_form_shows_no_private_number_and_keeps_it_when_left_blank(self, world: World) -> None:
        client, address = as_(world.secretary), reverse("members:edit", args=[world.plain.pk])
        page = text(client.get(address))
        assert NUMBER not in page
        assert "990000********" in page
        answer = client.post(
            address,
            {
                "name": "张虚构",
                "sex": "2",
                "birth_on": BORN.isoformat(),
                "school": "虚构大学",
                "joined_on": "2010-07-01",
                "converted_on": "2011-07-01",
                "party_age_correction_months": "0",
            },
        )
        assert answer.status_code == 302
        with unscoped("test"):
            one = Member.objects.get(pk=world.plain.pk)
        assert (one.school, one.resident_id, one.mobile) == ("虚构大学", NUMBER, "13800000000")

    def test_a_wrong_form_keeps_what_was_typed(self, world: World) -> None:
        address = reverse("members:edit", args=[world.plain.pk])
        data = {"name": "张虚构", "resident_id": "123", "native_place": "虚构省长庚县"}
        answer = as_(world.secretary).post(address, data)
        assert answer.status_code == 422
        assert "应为18位" in text(answer)
        assert "虚构省长庚县" in text(answer)

    def test_a_number_is_shown_in_full_for_a_purpose(self, world: World) -> None:
        address = reverse("members:unmask", args=[world.plain.pk, "resident_id"])
        client = as_(world.secretary)
        assert NUMBER not in text(client.get(address))
        refused = client.post(address, {"purpose": ""})
        assert (refused.status_code, NUMBER in text(refused)) == (422, False)
        assert NUMBER in text(client.post(address, {"purpose": "核对身份信息"}))
        assert Event.objects.get(verb="members.unmasked").purpose == "核对身份信息"
        assert client.get(reverse("members:unmask", args=[world.plain.pk, "name"])).status_code == 404

    def test_a_change_is_refused_in_the_form(self, world: World) -> None:
        address, client = reverse("members:move", args=[world.plain.pk]), as_(world.office)
        live_from(world, dt.date(2026, 11, 1))
        typed = {"to": world.other.pk, "reason": "名册没有更新"}
        for more, says in (
            ({"effective_on": in_days(8)}, "2026年11月1日起在平台上办理"),
            ({"effective_on": "2026-11-02"}, "按流程办理"),
            ({"effective_on": "2026-11-01", "reason": " "}, "这一项必须填写"),
            ({"effective_on": "1999-11-01"}, "成立于"),
        ):
            answer = client.post(address, typed | more)
            assert (answer.status_code, says in text(answer)) == (422, True), more
        assert client.post(address, typed | {"effective_on": "2026-11-01"}).status_code == 302
        assert flow(world.branch.pk, BORN.replace(year=2026), BORN.replace(year=2026, month=11)).decreases == {"moved_out": 1}

    def test_a_new_member(self, world: World) -> None:
        number = fictional_resident_id(BORN, 13)
        data = {
            "name": "赵虚构",
            "branch": world.branch.pk,
            "kind": "transferred_in",
            "category": "1",
            "effective_on": "2026-11-01",
            "resident_id": number,
            "reason": "名册漏登",
        }
        live_from(world, dt.date(2026, 10, 1))
        assert "按流程办理" in text(as_(world.office).post(reverse("members:new"), data))
        live_from(world, dt.date(2026, 11, 2))
        answer = as_(world.office).post(reverse("members:new"), data)
        with unscoped("test"):
            made = Member.objects.get(name="赵虚构")
        assert answer["Location"] == reverse("members:edit", args=[made.pk])
        assert (made.sex, made.birth_on) == ("1", BORN)
        account_page = text(as_(world.office).get(f"{reverse('members:detail', args=[made.pk])}?tab=account"))
        assert "补录：名册漏登" in account_page

    def test_several_into_a_group(self, world: World) -> None:
        address = f"{reverse('members:bulk_group')}?member={world.plain.pk}"
        client = as_(world.secretary)
        assert "张虚构" in text(client.get(address))
        assert client.post(address, {"group": world.group.pk, "effective_on": "2026-11-01"}).status_code == 302
        with unscoped("test"):
            assert Member.objects.get(pk=world.plain.pk).organization == world.group
        assert client.get(reverse("members:bulk_group"))["Location"] == reverse("members:list")
        assert client.get(f"{reverse('members:bulk_group')}?member={world.far.pk}").status_code == 422

    def test_an_account_is_shown_once(self, world: World) -> None:
        address = reverse("members:account", args=[world.grouped.pk])
        page = text(as_(world.secretary).post(address))
        assert "初始密码" in page
        assert "lixugou" in page
        assert "有账号，还没有登录过" in text(as_(world.secretary).get(address))


class TestProposals:
    def test_from_the_phone_to_the_record(self, world: World) -> None:
        member, secretary = as_(world.plain.user), as_(world.secretary)
        assert member.post(reverse("members:propose", args=["mobile"]), {"value": "13900000000"}).status_code == 302
        assert "待审核" in text(member.get(reverse("members:me")))
        inbox = text(secretary.get(reverse("members:proposals")))
        assert "13900000000" in inbox
        assert "张虚构" not in text(as_(make.post(world.other, "secretary").user).get(reverse("members:proposals")))
        with unscoped("test"):
            row = CorrectionProposal.objects.get()
        assert secretary.post(reverse("members:proposal", args=[row.pk]), {"step": "accept"}).status_code == 302
        with unscoped("test"):
            assert Member.objects.get(pk=world.plain.pk).mobile == "13900000000"
        assert "已采纳" in text(member.get(reverse("members:me")))

    def test_each_has_a_page_for_its_member_and_for_whoever_decides(self, world: World) -> None:
        with unscoped("test"):
            own = make.actor(User.objects.get(pk=world.plain.user_id))
            row = proposals.propose(actor=own, member=world.plain, column="mobile", value="13900000000")
        address = reverse("members:proposal", args=[row.pk])
        member, secretary = as_(world.plain.user), as_(world.secretary)
        assert member.get(address).context["open_steps"] == {"withdraw"}
        assert secretary.get(address).context["open_steps"] == {"accept", "refuse"}
        assert "13900000000" in text(secretary.get(address))
        for step in ("accept", "refuse"):
            assert member.post(address, {"step": step, "answer": "虚构"}).status_code == 403
        assert as_(make.post(world.other, "secretary").user).get(address).status_code == 404
        with unscoped("test"):
            assert CorrectionProposal.objects.get().state == "open"
        assert member.post(address, {"step": "withdraw"}).status_code == 302
        page = text(secretary.get(address))
        assert "13900000000" not in page
        assert "已撤回" in page
        assert secretary.post(address, {"step": "accept"}).status_code == 422

    def test_the_list_offers_what_is_open_to_whoever_reads_it(self, world: World) -> None:
        with unscoped("test"):
            for who in (world.plain, make.member(world.branch, "赵虚构", user=world.secretary)):
                own = make.actor(User.objects.get(pk=who.user_id))
                proposals.propose(actor=own, member=who, column="school", value="虚构大学")
        page = text(as_(world.secretary).get(reverse("members:proposals")))
        assert page.count('name="step" value="accept"') == 1
        assert page.count("不采纳") == 1
        assert "这是您本人的更正申请" in page

    def test_many_at_once_and_refused_with_a_reason(self, world: World) -> None:
        with unscoped("test"):
            own = make.actor(User.objects.get(pk=world.plain.user_id))
            rows = [proposals.propose(actor=own, member=world.plain, column=name, value="虚构") for name in ("school", "major")]
        secretary = as_(world.secretary)
        secretary.post(reverse("members:proposal", args=[rows[0].pk]), {"step": "refuse", "answer": ""})
        with unscoped("test"):
            assert CorrectionProposal.objects.filter(state="open").count() == 2
        secretary.post(reverse("members:proposal", args=[rows[0].pk]), {"step": "refuse", "answer": "请交证书"})
        secretary.post(reverse("members:accept_many"), {"proposal": [rows[1].pk]})
        with unscoped("test"):
            assert list(CorrectionProposal.objects.order_by("pk").values_list("state", flat=True)) == ["refused", "accepted"]
        assert "请交证书" in text(as_(world.plain.user).get(reverse("members:me")))

    def test_a_proposal_that_cannot_be_right_says_so(self, world: World) -> None:
        answer = as_(world.plain.user).post(reverse("members:propose", args=["mobile"]), {"value": "139"})
        assert answer.status_code == 422
        assert "应为11位" in text(answer)

    def test_ones_own_number_in_full(self, world: World) -> None:
        client = as_(world.plain.user)
        assert "13800000000" in text(client.post(reverse("members:show_own", args=["mobile"])))
        assert client.post(reverse("members:show_own", args=["name"])).status_code == 404


class TestOverview:
    def test_completeness_leads_to_the_members(self, world: World) -> None:
        answer = as_(world.office).get(reverse("members:completeness"))
        assert set(re.findall(r"虚构.支部", answer.context["branches"])) == {"虚构甲支部", "虚构乙支部"}
        assert {item.code: item.number for item in answer.context["items"]}["mobile"] == 2
        assert "虚构乙支部" not in text(as_(world.secretary).get(reverse("members:completeness")))

    def test_merge_in_two_steps(self, world: World) -> None:
        address, client = reverse("members:merge", args=[world.other.pk]), as_(world.office)
        data = {"into": world.branch.pk, "effective_on": "2026-11-01"}
        assert "1名党员" in text(client.post(address, data))
        with unscoped("test"):
            assert Organization.objects.get(pk=world.other.pk).dissolved_on is None
        assert client.post(address, {**data, "step": "confirm"}).status_code == 302
        with unscoped("test"):
            assert Member.objects.get(pk=world.far.pk).branch == world.branch

    def test_split_in_two_steps(self, world: World) -> None:
        address, client = reverse("members:split", args=[world.branch.pk]), as_(world.office)
        data = {"name": "虚构丙支部", "short_name": "虚构丙支部", "effective_on": "2026-11-01", "members": [world.plain.pk]}
        asked = text(client.post(address, data))
        assert "还有1名" in asked
        assert "“虚构丙支部”正式党员1人，不足3人，不符合单独成立党支部的条件" in asked
        assert f'name="members" value="{world.plain.pk}"' in asked
        client.post(address, {**data, "step": "confirm"})
        with unscoped("test"):
            assert Member.objects.get(pk=world.plain.pk).branch.short_name == "虚构丙支部"

    def test_the_tab_of_an_organisation(self, world: World) -> None:
        page = text(as_(world.office).get(f"{reverse('org:detail', args=[world.branch.pk])}?tab=members"))
        assert "张虚构" in page
        assert "未编入小组" in page


class TestForWhomAFormOpens:
    def test_nobody_opens_a_form_on_their_own_record(self, world: World) -> None:
        worker = make.grant(world.top, roles.PARTY_WORKER).user
        with unscoped("test world"):
            Member.objects.filter(pk=world.plain.pk).update(user=worker)
        client = as_(worker)
        for name in ("edit", "move", "leave", "account", "appoint"):
            assert client.get(reverse(f"members:{name}", args=[world.plain.pk])).status_code == 403, name
            assert client.get(reverse(f"members:{name}", args=[world.grouped.pk])).status_code == 200, name

    def test_rows_that_take_another_right_do_not_open_by_that_of_the_page(self, world: World) -> None:
        def address(code: str) -> str:
            return reverse("members:add_detail", args=[world.grouped.pk, code])

        client = as_(world.secretary)
        page = text(client.get(reverse("members:detail", args=[world.grouped.pk]), {"tab": "details"}))
        assert (address("reward") in page, address("sanction") in page) == (True, False)
        assert [client.get(address(code)).status_code for code in ("reward", "sanction", "nothing")] == [200, 403, 404]
        assert as_(world.office).get(address("sanction")).status_code == 200

    def test_a_branch_is_divided_by_whoever_sets_up_another_beside_it(self, world: World) -> None:
        worker = as_(make.grant(world.branch, roles.PARTY_WORKER).user)
        merge, split = (reverse(f"members:{name}", args=[world.branch.pk]) for name in ("merge", "split"))
        page = text(worker.get(reverse("org:detail", args=[world.branch.pk])))
        assert (merge in page, split in page) == (True, False)
        assert (worker.get(merge).status_code, worker.get(split).status_code) == (200, 404)
