from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from dangjian.accounts.actions import reset_password
from dangjian.engines.notifications import actions
from dangjian.engines.notifications.models import DigestRun, Notification
from dangjian.kernel import clock
from tests import make

pytestmark = pytest.mark.django_db


def test_each_person_gets_one_message_and_the_sender_none() -> None:
    sender, one, two = make.user(), make.user(), make.user()
    off = make.user(is_active=False)
    sent = actions.notify(actor=make.actor(sender), user_ids=[one.pk, two.pk, one.pk, off.pk, sender.pk], title="开会")
    assert sent == 2
    assert set(Notification.objects.values_list("user_id", flat=True)) == {one.pk, two.pk}


def test_mail_goes_out_only_with_a_server_and_an_address(
    settings: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with_mail, without = make.user(email="a@example.org"), make.user()
    with django_capture_on_commit_callbacks(execute=True):
        actions.notify(actor=make.SYSTEM, user_ids=[with_mail.pk], title="没有邮件服务器")
    assert not mail.outbox
    settings.EMAIL_HOST = "mail.example.org"
    with django_capture_on_commit_callbacks(execute=True):
        actions.notify(actor=make.SYSTEM, user_ids=[with_mail.pk, without.pk], title="支部党员大会", body="明天 9 点")
    assert [m.to for m in mail.outbox] == [["a@example.org"]]
    assert Notification.objects.get(title="支部党员大会", user=with_mail).email_state == "sent"
    assert actions.send_waiting() == 0


def test_messages_are_ones_own(client: Client) -> None:
    mine, other = make.user(), make.user()
    actions.notify(actor=make.SYSTEM, user_ids=[mine.pk], title="给我的", url="/search/")
    actions.notify(actor=make.SYSTEM, user_ids=[other.pk], title="给别人的")
    client.force_login(mine)
    text = client.get(reverse("notifications:inbox")).content.decode()
    assert "给我的" in text
    assert "给别人的" not in text
    foreign = Notification.objects.get(user=other)
    assert client.post(reverse("notifications:open", args=[foreign.pk])).status_code == 404
    foreign.refresh_from_db()
    assert foreign.read_at is None
    own = Notification.objects.get(user=mine)
    assert client.post(reverse("notifications:open", args=[own.pk]))["Location"] == "/search/"
    own.refresh_from_db()
    assert own.read_at == clock.now()


def test_a_day_has_one_digest() -> None:
    actions.send_digest()
    actions.send_digest()
    assert DigestRun.objects.count() == 1
    with clock.at("2026-11-24 06:00"):
        actions.send_digest()
    assert DigestRun.objects.count() == 2


def test_a_reset_password_is_told_to_its_owner_and_of_roles_to_those_who_watch() -> None:
    top = make.committee()
    admin = make.actor(make.grant(top, "system_admin").user)
    office, plain = make.grant(top, "party_office").user, make.user()
    keepers = {make.grant(top, "security_admin").user.pk, make.grant(top, "audit_admin").user.pk}
    reset_password(actor=admin, user=plain)
    assert set(Notification.objects.values_list("user_id", flat=True)) == {plain.pk}
    reset_password(actor=admin, user=office)
    told = Notification.objects.filter(title__contains=office.name)
    assert set(told.values_list("user_id", flat=True)) == {office.pk} | keepers
