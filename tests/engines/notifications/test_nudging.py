"""催办: who still owes it, one sentence, once a day; the sender sees whether it arrived."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from dangjian.accounts.models import Event, User
from dangjian.engines.duties.models import Duty
from dangjian.engines.notifications.models import Notification, Nudge
from dangjian.kernel import clock
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.duties.build import refreshed

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee()


@pytest.fixture
def branch(top: Organization) -> Organization:
    return make.branch(make.general_branch(top), name="虚构第一党支部")


@pytest.fixture
def secretary(branch: Organization) -> User:
    return make.post(branch, who=make.user("欧阳立夏")).user


@pytest.fixture
def office(client: Client, top: Organization) -> User:
    user = make.grant(top, roles.PARTY_OFFICE, who=make.user("党委干事")).user
    client.force_login(user)
    return user


def cell(branch: Organization) -> str:
    return reverse("notifications:remind", args=["duties-cell", f"{branch.pk}.body.quarter.20261001.all"])


def test_the_one_who_answers_for_it_is_reminded_once_a_day(
    client: Client, office: User, secretary: User, branch: Organization
) -> None:
    refreshed()
    assert "欧阳立夏" in client.get(cell(branch)).content.decode()
    answer = client.post(cell(branch), {"user_ids": [secretary.pk], "text": "请本周内办好"}, follow=True).content.decode()
    assert "已催办1人" in answer
    assert "还没有打开" in answer
    message = Notification.objects.get(user=secretary)
    assert "请本周内办好" in message.body
    assert "党委干事" in message.body
    again = client.post(cell(branch), {"user_ids": [secretary.pk], "text": "再催一次"})
    assert again.status_code == 422
    assert Nudge.objects.count() == 1
    assert Event.objects.filter(verb="notifications.nudged").count() == 1
    with clock.at("2026-11-24 09:00"):
        client.post(cell(branch), {"user_ids": [secretary.pk], "text": "再催一次"})
    assert Nudge.objects.count() == 2


def test_the_sender_sees_that_it_was_read(client: Client, office: User, secretary: User, branch: Organization) -> None:
    refreshed()
    client.post(cell(branch), {"user_ids": [secretary.pk], "text": "请办理"})
    reader = Client()
    reader.force_login(secretary)
    message = Notification.objects.get(user=secretary)
    assert reader.post(reverse("notifications:open", args=[message.pk])).status_code == 302
    assert "还没有打开" not in client.get(cell(branch)).content.decode()


def test_nobody_is_reminded_of_what_is_not_theirs(client: Client, office: User, secretary: User, branch: Organization) -> None:
    refreshed()
    stranger = make.user("别人")
    answer = client.post(cell(branch), {"user_ids": [stranger.pk], "text": "请办理"})
    assert answer.status_code == 422
    with unscoped("test"):
        Duty.objects.update(state="done", done_on=clock.today())
    assert "没有要催办的人" in client.get(cell(branch)).content.decode()
    assert not Nudge.objects.exists()


@pytest.mark.parametrize("text", ["", " ", "长" * 201])
def test_the_sentence_is_one_and_short(client: Client, office: User, secretary: User, branch: Organization, text: str) -> None:
    refreshed()
    assert client.post(cell(branch), {"user_ids": [secretary.pk], "text": text}).status_code == 422
    assert not Nudge.objects.exists()


def test_a_neighbour_and_a_plain_member_remind_nobody(
    client: Client, secretary: User, branch: Organization, top: Organization
) -> None:
    refreshed()
    neighbour = make.post(make.branch(make.general_branch(top))).user
    plain = make.member(branch, with_user=True).user
    for who, status in ((neighbour, 404), (plain, 403)):
        client.force_login(who)
        assert client.post(cell(branch), {"user_ids": [secretary.pk], "text": "请办理"}).status_code == status
    assert not Nudge.objects.exists()


def test_who_alone_has_left_something_undone_is_not_told_that_it_was_reminded(
    client: Client, top: Organization, branch: Organization
) -> None:
    of_branch = make.post(branch, who=make.user("独孤开阳")).user
    make.grant(top, roles.PARTY_OFFICE, who=of_branch)
    client.force_login(of_branch)
    refreshed()
    page = client.get(cell(branch)).content.decode()
    assert "只剩您自己的没有办" in page
    assert "今天都催过了" not in page


@pytest.mark.parametrize("key", ["", "1", "x.body.quarter.20261001.all", "1.body.quarter.2026.all", "1.body.week.20261001.all"])
def test_a_key_that_means_nothing_is_not_there(client: Client, office: User, key: str) -> None:
    assert client.get(f"/notifications/remind/duties-cell/{key}/").status_code == 404
    assert client.get(f"/notifications/remind/no-such-list/{key}/").status_code == 404


def test_by_mail_too_where_the_deployment_has_it(
    client: Client,
    office: User,
    secretary: User,
    branch: Organization,
    settings: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    User.objects.filter(pk=secretary.pk).update(email="secretary@example.com")
    refreshed()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(cell(branch), {"user_ids": [secretary.pk], "text": "请办理"})
    assert [letter.to for letter in mail.outbox] == [["secretary@example.com"]]
    assert "站内、邮件" in client.get(cell(branch)).content.decode()
