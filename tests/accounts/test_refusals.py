"""Refusals stand on the trail, where the audit administrator finds them, and nowhere else."""

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts import actions
from dangjian.accounts.backends import phone_index
from dangjian.accounts.models import Event
from dangjian.org.models import Organization
from tests import make
from tests.accounts.test_pages import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee()


def refused() -> list[tuple[str, str, str]]:
    rows = Event.objects.filter(result="refused").order_by("pk")
    return list(rows.values_list("verb", "actor_name", "address"))


def test_a_page_that_was_refused_says_whose_and_which(client: Client, top: Organization) -> None:
    user = make.post(make.branch(top)).user
    client.force_login(user)
    assert client.get(reverse("accounts:list"), {"q": "谁的名字"}).status_code == 403
    event = Event.objects.get(result="refused")
    assert (event.verb, event.actor, event.address) == ("accounts.refused", user, "127.0.0.1")
    assert "开通、停用账号和重置密码" in event.summary
    assert event.data == {"method": "GET", "path": "/accounts/"}


def test_a_deed_that_was_refused_inside_a_form_is_no_mistake_in_the_form(client: Client, top: Organization) -> None:
    worker = make.post(top, "party_worker").user
    client.force_login(worker)
    posted = {"kind": "secretary", "user": str(worker.pk), "starts_on": "2026-11-01", "step": "confirm"}
    assert client.post(reverse("org:appoint", args=[top.pk]), posted).status_code == 403
    event = Event.objects.get(result="refused")
    assert (event.verb, event.actor) == ("org.refused", worker)
    assert "不能给自己登记" in event.summary


def test_an_operation_of_the_interface_is_on_the_trail_too(client: Client, top: Organization) -> None:
    user = make.user()
    _token, key = actions.issue_token(actor=make.actor(user), user=user, title="对接")
    assert client.get("/api/v1/members", headers={"Authorization": f"Bearer {key}"}).status_code == 403
    event = Event.objects.get(result="refused")
    assert (event.verb, event.actor) == ("members.refused", user)


def test_a_form_sent_from_elsewhere_is_on_the_trail(top: Organization) -> None:
    client = Client(enforce_csrf_checks=True)
    user = make.user()
    client.force_login(user)
    assert client.post(reverse("accounts:contact"), {"email": "x@example.invalid"}).status_code == 403
    event = Event.objects.get(result="refused")
    assert event.actor == user
    assert "校验码" in event.summary


def test_a_stranger_without_an_account_writes_nothing_by_asking_for_pages() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(reverse("accounts:list")).status_code == 302
    assert client.post(reverse("accounts:sign_in"), {"username": "x", "password": "y"}).status_code == 403
    assert not Event.objects.exists()


def test_wrong_passwords_and_the_lock_are_on_the_trail(client: Client) -> None:
    user = make.user(phone_index=phone_index("19900002222"))
    sign_in(client, "199 0000 2222", "wrong")
    for _ in range(4):
        sign_in(client, user.username, "wrong")
    sign_in(client, user.username)
    assert [verb for verb, _, _ in refused()] == ["accounts.sign_in_refused"] * 4 + ["accounts.sign_in_locked"] * 2
    assert {(name, address) for _, name, address in refused()} == {(user.username, "127.0.0.1")}
    assert {event.subject_id for event in Event.objects.filter(result="refused")} == {user.pk}
    assert {event.actor for event in Event.objects.filter(result="refused")} == {None}


def test_a_phone_number_of_nobody_is_not_kept_in_full(client: Client) -> None:
    sign_in(client, "199 0000 3333", "wrong")
    assert refused() == [("accounts.sign_in_refused", "199****3333", "127.0.0.1")]


def test_the_audit_administrator_counts_and_filters_them(client: Client, top: Organization) -> None:
    sign_in(client, "nobody", "wrong")
    client.force_login(make.grant(top, "audit_admin").user)
    shown = client.get(reverse("accounts:events"), {"result": "refused"}).content.decode()
    assert "登录名或密码不正确" in shown
    assert "拒绝</span>" in shown
    home = client.get("/").content.decode()
    assert "result=refused" in home
