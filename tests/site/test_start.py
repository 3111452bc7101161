"""「开始使用」: ticked off by what is true, for whoever looks after an organisation."""

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.engines.jobs.models import Backup
from dangjian.kernel import clock
from dangjian.kernel.offers import StartStep
from dangjian.kernel.registry import offers
from dangjian.org import roles
from dangjian.org.models import Enterprise, Organization
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee(name="虚构公司党委")


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_office_sees_what_is_missing_and_what_is_done(client: Client, top: Organization) -> None:
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    assert "还没有备份过" in text_of(client, reverse("site:start"))
    Backup.objects.create(place="/backups/1", bytes=1)
    assert "还没有备份过" not in text_of(client, reverse("site:start"))


def test_a_secretary_sees_the_steps_of_their_branch_only(client: Client, top: Organization) -> None:
    branch = make.branch(make.general_branch(top), name="虚构第一党支部")
    client.force_login(make.post(branch).user)
    text = text_of(client, reverse("site:start"))
    assert "虚构第一党支部" in text
    assert "第一次备份" not in text


def test_a_plain_member_has_nothing_to_prepare(client: Client, top: Organization) -> None:
    member = make.member(make.branch(top), with_user=True)
    client.force_login(member.user)
    assert client.get(reverse("site:start")).status_code == 403


def test_the_home_page_leads_there_in_the_first_weeks_only(client: Client, top: Organization) -> None:
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    link = f'href="{reverse("site:start")}">查看进度'
    assert link not in text_of(client, "/")
    Enterprise.objects.create(pk=1, name="虚构公司", set_up_at=clock.now())
    assert link in text_of(client, "/")


def test_the_demonstration_says_so_on_every_page(client: Client, top: Organization) -> None:
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    for address in ("/", reverse("org:tree"), reverse("members:list")):
        assert "演示环境" not in text_of(client, address)
    Enterprise.objects.create(pk=1, name="虚构公司", is_demonstration=True)
    for address in ("/", reverse("org:tree"), reverse("members:list")):
        assert "演示环境" in text_of(client, address)


def test_every_step_says_what_it_is_good_for() -> None:
    assert all(step.why and step.title for step in offers(StartStep))


def test_dues_are_ready_when_everybody_is_assessed_and_the_books_are_open(client: Client, top: Organization) -> None:
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    shown = text_of(client, reverse("site:start"))
    assert "核定党费" not in shown, "nobody is there to be assessed"
    assert "还没有开设党费账户" in shown
    make.member(make.branch(make.general_branch(top)))
    assert "还有1名党员没有核定党费" in text_of(client, reverse("site:start"))
