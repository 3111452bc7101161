"""The one to-do list: what waits for somebody is there, counted in the menu, and only what they can do."""

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.dues.assessment.actions import reliefs
from dangjian.activities.dues.assessment.models import ReliefKind
from dangjian.activities.dues.ledger.actions import passing_up, remittances
from dangjian.engines.duties import actions
from dangjian.engines.duties.queries import waiting
from dangjian.kernel import clock
from dangjian.kernel.offers import Waiting
from dangjian.kernel.registry import offers
from dangjian.members.actions import proposals
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.books import OCTOBER, kept, monthly, pay, transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee()


@pytest.fixture
def branch(top: Organization) -> Organization:
    return make.branch(make.general_branch(top))


def home_of(who: User) -> str:
    client = Client()
    client.force_login(who)
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_correction_waits_for_the_secretary_and_not_for_the_one_who_asks(branch: Organization) -> None:
    secretary = make.member(branch, "书记", with_user=True)
    make.post(branch, who=secretary.user)
    asking = make.member(branch, "欧阳立夏", with_user=True)
    for member in (asking, secretary):
        with unscoped("test"):
            proposals.propose(actor=make.actor(member.user), member=member, column="school", value="虚构大学", note="")
    shown = home_of(secretary.user)
    assert "更正申请待审核" in shown
    assert "欧阳立夏申请更正" in shown
    assert "书记申请更正" not in shown
    assert "更正申请待审核" not in home_of(asking.user)


def test_a_relief_waits_for_the_committee_above_but_never_for_the_one_it_is_for(top: Organization, branch: Organization) -> None:
    office = make.member(branch, "党委干事", with_user=True)
    other = make.grant(top, roles.PARTY_OFFICE)
    make.grant(top, roles.PARTY_OFFICE, who=office.user)
    secretary = make.post(branch).user
    with unscoped("test"):
        reliefs.propose_relief(
            actor=make.actor(secretary),
            member=office,
            kind=ReliefKind.EXEMPT,
            monthly_fen=0,
            from_month=clock.today().replace(day=1),
            until_month=None,
            reason="虚构的困难",
            studied_on=clock.today(),
            studied_at="虚构支部委员会会议",
        )
    assert "党费减免待批复" in home_of(other.user)
    assert "党费减免待批复" not in home_of(office.user)
    assert "党费减免待批复" not in home_of(secretary)


@pytest.mark.day("2026-11-23")
def test_money_from_below_waits_for_the_cashier_of_the_book_and_not_for_its_accountant() -> None:
    world = kept()
    branch = world.branches[0]
    with unscoped("test"):
        monthly(world)
        pay(world, branch, 100_00, OCTOBER)
        passing_up.prepare_remittances(clock.today())
        remittances.send(actor=world.treasurers[branch.pk], transfer=transfer(branch), sent_on=clock.today())
    cashier, accountant = world.cashiers[world.company.pk].user, world.accountants[world.company.pk].user
    shown = home_of(cashier)
    assert "党费账簿要办的事" in shown
    assert "上缴：待确认到账" in shown
    assert reverse("dues:transfer", args=[transfer(branch).pk]) in shown
    for other in (accountant, world.office.user, world.cashiers[world.group.pk].user):
        assert "党费账簿要办的事" not in home_of(other)
    client = Client()
    client.force_login(accountant)
    assert "出纳办理" in client.get(reverse("dues:book", args=[world.company.pk])).content.decode()


def test_a_task_handed_in_waits_for_the_one_who_set_it(branch: Organization, top: Organization) -> None:
    office, secretary = make.grant(top, roles.PARTY_OFFICE).user, make.post(branch).user
    with unscoped("test"):
        local = actions.add_local(
            actor=make.actor(office),
            organization=top,
            title="报送小结",
            kind="branch",
            pace="once",
            starts_on=clock.today(),
            due_on=clock.today(),
        )
        duty = local.duties.get()
        actions.confirm(actor=make.actor(secretary), duty=duty, text="已报送")
    shown = home_of(office)
    assert "任务完成情况待验收" in shown
    assert reverse("duties:detail", args=[duty.pk]) in shown
    assert "任务完成情况待验收" not in home_of(secretary)


def test_what_waits_stands_above_the_charts_and_is_counted_in_the_menu(branch: Organization, top: Organization) -> None:
    office = make.grant(top, roles.PARTY_OFFICE).user
    asking = make.member(branch, "欧阳立夏", with_user=True)
    with unscoped("test"):
        proposals.propose(actor=make.actor(asking.user), member=asking, column="school", value="虚构大学", note="")
    shown = home_of(office)
    assert shown.index("更正申请待审核") < shown.index("近十二个月")
    client = Client()
    client.force_login(office)
    assert "更正申请待审核" in client.get(reverse("duties:mine")).content.decode()


def test_every_kind_leads_to_its_list() -> None:
    assert offers(Waiting)
    assert all(reverse(offer.url_name) for offer in offers(Waiting))
    assert waiting.AT_HOME > 0
