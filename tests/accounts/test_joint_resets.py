"""An administrator's password: two others reset it together, each with one half; nobody alone."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts import actions, joint_resets
from dangjian.accounts.models import ApiToken, Event, JointReset, User
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied, Refusal
from dangjian.org.models import Organization
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee()


@pytest.fixture
def people(top: Organization) -> dict[str, User]:
    return {role: make.grant(top, f"{role}_admin").user for role in ("system", "security", "audit")}


def passwords() -> list[tuple[int, str]]:
    return list(User.objects.order_by("pk").values_list("pk", "password"))


def proposed(by: User, user: User) -> tuple[JointReset, str]:
    return joint_resets.propose(actor=make.actor(by), user=user, reason="本人忘记密码")


@pytest.mark.parametrize(("target", "first", "second"), [("security", "system", "audit"), ("system", "audit", "security")])
def test_two_others_together_give_a_new_password(people: dict[str, User], target: str, first: str, second: str) -> None:
    user = people[target]
    token, _key = actions.issue_token(actor=make.actor(user), user=user, title="对接")
    before = passwords()

    reset, one_half = proposed(people[first], user)

    assert passwords() == before
    other_half = joint_resets.agree(actor=make.actor(people[second]), reset=reset)
    user.refresh_from_db()
    assert user.check_password(f"{one_half}-{other_half}")
    assert user.must_change_password
    assert ApiToken.objects.get(pk=token.pk).revoked_at
    assert JointReset.objects.get().half == ""
    event = Event.objects.get(verb="accounts.password_reset")
    assert (event.actor, event.data) == (people[second], {"proposed_by": people[first].pk})
    assert Notification.objects.filter(user=user, title__contains="已被重置").exists()


def test_the_other_administrators_and_the_person_are_told_when_it_is_proposed(people: dict[str, User]) -> None:
    proposed(people["system"], people["security"])
    told = Notification.objects.filter(title__contains="提出重置").values_list("user", flat=True)
    assert set(told) == {people["security"].pk, people["audit"].pk}


def test_the_system_administrator_alone_resets_no_administrator(people: dict[str, User], client: Client) -> None:
    before = passwords()
    with pytest.raises(PermissionDenied, match="一个人不能重置"):
        actions.reset_password(actor=make.actor(people["system"]), user=people["security"])
    client.force_login(people["system"])
    assert client.post(reverse("accounts:reset", args=[people["audit"].pk])).status_code == 403
    assert passwords() == before
    assert not Event.objects.filter(verb="accounts.password_reset").exists()


def test_somebody_who_will_be_an_administrator_is_guarded_too(top: Organization, people: dict[str, User]) -> None:
    coming = make.user()
    granted = make.grant(top, "audit_admin", coming)
    type(granted)._base_manager.filter(pk=granted.pk).update(starts_on=dt.date(2026, 12, 1))
    with pytest.raises(PermissionDenied):
        actions.reset_password(actor=make.actor(people["system"]), user=coming)


@pytest.mark.parametrize("who", ["system", "security"])
def test_who_proposed_and_whose_it_is_do_not_agree(people: dict[str, User], who: str) -> None:
    reset, _half = proposed(people["system"], people["security"])
    before = passwords()
    with pytest.raises(PermissionDenied):
        joint_resets.agree(actor=make.actor(people[who]), reset=reset)
    assert passwords() == before
    assert JointReset.objects.get().closed_at is None


def test_nobody_proposes_their_own_and_nobody_else_at_all(top: Organization, people: dict[str, User]) -> None:
    plain, office = make.user(), make.grant(top, "party_office").user
    for by, user in (
        (people["audit"], people["audit"]),
        (office, people["audit"]),
        (plain, people["audit"]),
        (people["system"], plain),
    ):
        with pytest.raises(Refusal):
            proposed(by, user)
    with pytest.raises(Invalid):
        joint_resets.propose(actor=make.actor(people["system"]), user=people["audit"], reason=" ")
    assert not JointReset.objects.exists()
    assert not Event.objects.filter(verb__startswith="accounts.").exists()


@pytest.mark.day("2026-11-23")
def test_it_ends_after_a_day_when_agreed_and_when_withdrawn(people: dict[str, User]) -> None:
    audit = make.actor(people["audit"])
    reset, _half = proposed(people["system"], people["security"])
    with pytest.raises(Conflict, match="已提出"):
        proposed(people["audit"], people["security"])
    with clock.at("2026-11-24 09:00"), pytest.raises(Conflict):
        joint_resets.agree(actor=audit, reset=reset)
    joint_resets.withdraw(actor=make.actor(people["security"]), reset=reset)
    again, _half = proposed(people["system"], people["security"])
    before = passwords()
    with pytest.raises(Conflict):
        joint_resets.agree(actor=audit, reset=reset)
    assert passwords() == before
    joint_resets.agree(actor=audit, reset=again)
    with pytest.raises(Conflict):
        joint_resets.agree(actor=audit, reset=again)


def test_the_half_is_not_readable_in_the_database(people: dict[str, User]) -> None:
    reset, half = proposed(people["system"], people["security"])
    stored = JointReset.objects.filter(pk=reset.pk).values_list("half", flat=True).get()
    assert half not in str(stored)
    assert stored.open() == half


def test_the_operator_at_the_server_helps_where_nobody_else_can(people: dict[str, User]) -> None:
    password = actions.reset_password(actor=SystemActor("dangjian password"), user=people["security"])
    people["security"].refresh_from_db()
    assert people["security"].check_password(password)


def test_the_form_does_not_open_where_the_action_would_refuse(people: dict[str, User], client: Client) -> None:
    form = reverse("accounts:propose_reset", args=[people["security"].pk])
    client.force_login(people["security"])
    assert client.get(form).status_code == 403
    client.force_login(people["audit"])
    assert client.get(form).status_code == 200
    proposed(people["system"], people["security"])
    refused = client.get(form)
    assert refused.status_code == 409
    assert "已提出重置" in refused.content.decode()


def test_the_pages_lead_through_it(people: dict[str, User], client: Client) -> None:
    page = reverse("accounts:administrators")
    client.force_login(people["system"])
    assert "重置密码（两人办理）" in client.get(reverse("accounts:list")).content.decode()
    assert "管理员密码" in client.get("/").content.decode()
    answer = client.post(reverse("accounts:propose_reset", args=[people["security"].pk]), {"reason": "本人忘记密码"})
    reset = JointReset.objects.get()
    assert str(reset.half) in answer.content.decode()
    assert reverse("accounts:agree_to_reset", args=[reset.pk]) not in client.get(page).content.decode()

    client.force_login(people["audit"])
    assert reverse("accounts:agree_to_reset", args=[reset.pk]) in client.get(page).content.decode()
    half = str(JointReset.objects.get().half)
    answer = client.post(reverse("accounts:agree_to_reset", args=[reset.pk]))
    assert half not in answer.content.decode()
    assert "后一半" in answer.content.decode()

    client.force_login(make.user())
    assert client.get(page).status_code == 403
