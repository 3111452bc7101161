"""Who a session lets in, and that whatever ends it tells at the next request."""

import datetime as dt
from typing import Any

import pytest
from django.contrib import auth
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dangjian.accounts.models import Session, User
from dangjian.accounts.sessions import BACKEND, SessionStore, digest_of
from tests import make

pytestmark = pytest.mark.django_db


def signed_in(user: User, **more: Any) -> Client:
    """A phone on which the person is signed in; ``more`` is put into the session."""
    session = SessionStore()
    session[auth.SESSION_KEY] = str(user.pk)
    session[auth.BACKEND_SESSION_KEY] = BACKEND
    session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.update(more)
    session.create()
    client = Client()
    client.cookies["sessionid"] = session.session_key
    return client


def who(client: Client) -> str:
    """The name of the person whom the server takes the caller for, empty for nobody."""
    answer = client.get(reverse("accounts:password"))
    return answer.wsgi_request.user.name if answer.wsgi_request.user.is_authenticated else ""


def test_session_and_account_are_one_statement() -> None:
    user = make.user("林某某")
    client = signed_in(user)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(reverse("accounts:sign_in"))
    assert (answer.status_code, len(captured)) == (302, 1)


def test_a_session_knows_whose_it_is() -> None:
    user = make.user()
    client = Client()
    client.post(reverse("accounts:sign_in"), {"username": user.username, "password": "Test-1234"})
    assert Session.objects.get(pk=digest_of(client.cookies["sessionid"].value)).user == user
    client.post(reverse("accounts:sign_out"))
    assert not user.sessions.exists()


def test_what_a_backup_holds_signs_nobody_in() -> None:
    user = make.user()
    client, thief = signed_in(user), Client()
    key = client.cookies["sessionid"].value
    [row] = Session.objects.values_list()
    assert key not in " ".join(map(str, row))
    for found in row:
        thief.cookies["sessionid"] = str(found)
        assert who(thief) == ""
    assert SessionStore().exists(key)
    SessionStore(key).delete()
    assert who(client) == ""


def test_a_session_gets_another_key_at_sign_in() -> None:
    user, client = make.user(), Client()
    before = SessionStore()
    before["seen"] = 1
    before.create()
    client.cookies["sessionid"] = before.session_key
    client.post(reverse("accounts:sign_in"), {"username": user.username, "password": "Test-1234"})
    assert client.cookies["sessionid"].value != before.session_key
    assert [row.user for row in Session.objects.all()] == [user]


def test_a_copied_cookie_is_worth_nothing_after_signing_out() -> None:
    user = make.user()
    client, thief = signed_in(user), Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert who(thief) == user.name
    client.post(reverse("accounts:sign_out"))
    assert who(thief) == ""


def test_deleting_the_session_a_new_password_and_switching_off_end_it_at_once() -> None:
    for end in (
        lambda user: user.sessions.all().delete(),
        lambda user: (user.set_password("Nova-5678"), user.save()),
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    ):
        user = make.user()
        client = signed_in(user)
        assert who(client) == user.name
        end(user)
        assert who(client) == ""


def test_what_is_not_as_signing_in_wrote_it_lets_nobody_in() -> None:
    user, other = make.user(), make.user()
    assert who(signed_in(user, **{auth.HASH_SESSION_KEY: other.get_session_auth_hash()})) == ""
    assert who(signed_in(user, **{auth.HASH_SESSION_KEY: ""})) == ""
    assert who(signed_in(user, **{auth.BACKEND_SESSION_KEY: "elsewhere.Backend"})) == ""
    assert who(signed_in(user, **{auth.SESSION_KEY: str(other.pk)})) == ""
    client = signed_in(user)
    Session.objects.update(user=other)
    assert who(client) == user.name  # what was signed is believed, not the column beside it


def test_an_ended_or_unknown_session_is_nobodys() -> None:
    user = make.user()
    client = signed_in(user)
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    assert who(client) == ""
    SessionStore.clear_expired()
    assert not Session.objects.exists()
    client.cookies["sessionid"] = "x" * 32
    assert who(client) == ""


def test_a_visitor_who_is_not_signed_in_may_have_a_session() -> None:
    session = SessionStore()
    session["seen"] = 1
    session.create()
    again = SessionStore(session.session_key)
    assert (again["seen"], again.account) == (1, None)
    assert Session.objects.get().user is None
