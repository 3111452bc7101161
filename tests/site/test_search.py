"""One box finds people by name and by pinyin, units, meetings, pages and rules — each only for whoever may see them."""

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.org.models import Organization
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee()


@pytest.fixture
def branch(top: Organization) -> Organization:
    return make.branch(make.general_branch(top), name="虚构机电党支部")


def found(client: Client, text: str, *, typing: bool = False) -> str:
    headers = {"HX-Request": "true"} if typing else {}
    answer = client.get(reverse("site:search"), {"q": text}, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("text", ["欧阳", "ouyang", "OuYang", "ouyanglx", "oyl", "ouyanglixia"])
def test_people_are_found_by_name_initials_and_whole_pinyin(client: Client, branch: Organization, text: str) -> None:
    make.member(branch, "欧阳立夏")
    make.member(branch, "公冶昆仑")
    client.force_login(make.post(branch).user)
    shown = found(client, text)
    expected = text != "ouyanglx"
    assert ("欧阳立夏" in shown) is expected
    assert "公冶昆仑" not in shown


@pytest.mark.parametrize(("text", "title"), [("党费", "党费"), ("dangfei", "党费"), ("df", "党费"), ("导入", "表格导入")])
def test_pages_are_found_by_those_who_may_open_them(client: Client, top: Organization, text: str, title: str) -> None:
    office = make.grant(top, "party_office")
    client.force_login(office.user)
    assert title in found(client, text)


def test_a_page_that_is_closed_to_somebody_is_not_found(client: Client, branch: Organization) -> None:
    client.force_login(make.member(branch, with_user=True).user)
    assert reverse("exchange:imports") not in found(client, "导入")


def test_a_plain_member_finds_themselves(client: Client, branch: Organization) -> None:
    client.force_login(make.member(branch, "欧阳立夏", with_user=True).user)
    assert reverse("members:me") in found(client, "欧阳")
    assert reverse("members:me") in found(client, "ouyang")


def test_rules_that_speak_of_it_are_named(client: Client, branch: Organization) -> None:
    client.force_login(make.member(branch, with_user=True).user)
    assert "规则依据中有" in found(client, "党课")


def test_while_one_types_a_short_list_is_answered(client: Client, branch: Organization) -> None:
    for _ in range(9):
        make.member(branch, "欧阳立夏")
    client.force_login(make.post(branch).user)
    part = found(client, "ouyang", typing=True)
    assert part.count("欧阳立夏") == 4
    assert "<html" not in part
    assert "全部结果" in part
    assert "没有找到" in found(client, "不存在的词", typing=True)


def test_what_is_typed_into_the_search_of_a_list_stays_out_of_the_box_for_everything(top: Organization) -> None:
    client = Client()
    client.force_login(make.grant(top, "party_office").user)
    page = client.get(reverse("members:list"), {"q": "虚构某某"}).content.decode()
    assert page.count('value="虚构某某"') >= 1
    assert "虚构某某" not in page.split("<header")[1].split("</header>")[0]
