"""Pages that say no: they lead back, and somebody signed in keeps the menu."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import reverse

from dangjian.kernel.errors import Conflict
from dangjian.kernel.refusals import answer as refused_page
from dangjian.members.actions import reorganise
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db
MENU, TABS, HOME = 'aria-label="主菜单"', 'class="tabbar"', 'href="/"'


@pytest.fixture
def top() -> Organization:
    return make.committee()


@pytest.fixture
def office(top: Organization, client: Client) -> Client:
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    return client


def shown(answer: Any, status: int) -> str:
    """The page, which has this status, a menu, a bottom bar and a way home."""
    page = str(answer.content.decode())
    assert answer.status_code == status
    assert [part for part in (MENU, TABS, HOME) if part not in page] == []
    return page


def test_an_address_that_leads_nowhere(office: Client) -> None:
    assert "没有找到这一页" in shown(office.get("/nowhere/at/all/"), 404)


def test_a_row_that_is_not_there(office: Client) -> None:
    page = shown(office.get(reverse("org:detail", args=[999_999]), headers={"referer": "http://testserver/org/list/"}), 404)
    assert 'href="http://testserver/org/list/"' in page
    assert "返回上一页" in page


def test_a_page_without_the_permission(top: Organization, client: Client) -> None:
    client.force_login(make.post(make.branch(top), "secretary").user)
    shown(client.get(reverse("org:grants")), 403)


def test_a_form_that_was_open_too_long(top: Organization) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    assert "data-back" in shown(client.post(reverse("accounts:contact"), {"email": "x@example.invalid"}), 403)


def test_something_that_cannot_be_done_now(top: Organization, office: Client) -> None:
    with unscoped("the world of the test"):
        one, other = make.branch(top), make.branch(top)
        step = reorganise.move_many(
            actor=make.SYSTEM, members=[make.member(one)], to=other, effective_on=make.BEGIN.replace(year=2021)
        )
        reorganise.merge(actor=make.SYSTEM, organization=other, into=one, effective_on=make.BEGIN.replace(year=2022))
    shown(office.get(reverse("org:take_back", args=[step.pk])), 409)


def test_a_stranger_is_led_back_without_a_menu(client: Client) -> None:
    answer = client.get("/nowhere/at/all/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert HOME in page
    assert MENU not in page


def test_a_refusal_leads_to_the_page_where_it_can_be_done() -> None:
    request: Any = RequestFactory().get("/somewhere/")
    request.user = AnonymousUser()
    refused = Conflict("这里办不了。", elsewhere=("上传党组织表", "/exchange/new/?sheet=organizations"))
    page = refused_page(request, refused).content.decode()
    assert '<a class="button" href="/exchange/new/?sheet=organizations">上传党组织表</a>' in page
