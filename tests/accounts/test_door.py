"""How often a password may be tried: guessing is stopped, and nobody is locked out by somebody else."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from dangjian.accounts import actions, door
from dangjian.accounts.models import ApiToken, Event, SignInTry, User
from dangjian.kernel import clock
from dangjian.kernel.addresses import networks
from dangjian.org.models import Organization
from tests import make

pytestmark = pytest.mark.django_db
RIGHT = "Test-1234"


@pytest.fixture
def top() -> Organization:
    return make.committee()


def knock(
    user: User | str, password: str = "wrong", *, client: Client | None = None, address: str = "203.0.113.1"
) -> HttpResponse:
    """Try to sign in from somewhere, with a device of one's own or a new one."""
    name = user if isinstance(user, str) else user.username
    with override_settings(TRUSTED_PROXIES=networks("127.0.0.1")):
        return (client or Client()).post(
            reverse("accounts:sign_in"), {"username": name, "password": password}, headers={"X-Forwarded-For": address}
        )


def at_home(user: User, address: str = "198.51.100.7") -> Client:
    """The person's own device, on which they have signed in before."""
    client = Client()
    assert knock(user, RIGHT, client=client, address=address).status_code == 302
    client.cookies.pop("sessionid")
    return client


def test_five_wrong_passwords_from_one_place_lock_it_there_for_half_an_hour() -> None:
    user = make.user()
    assert [knock(user).status_code for _ in range(5)] == [422, 422, 422, 422, 429]
    answer = knock(user, RIGHT)
    assert (answer.status_code, answer["Retry-After"]) == (429, "1800")
    assert "以前登录过的其他手机、电脑上仍可登录" in answer.content.decode()
    with clock.at(clock.now() + dt.timedelta(minutes=31)):
        assert knock(user, RIGHT).status_code == 302


def test_nobody_locks_another_out_of_their_own_device() -> None:
    user = make.user()
    own = at_home(user)
    for place in range(60):
        knock(user, address=f"203.0.113.{place}")
    assert knock(user, RIGHT, address="203.0.113.250").status_code == 429
    assert knock(user, RIGHT, client=own).status_code == 302
    assert knock(user, RIGHT, client=own, address="203.0.113.5").status_code == 302


def test_ones_own_device_has_five_tries_too() -> None:
    user = make.user()
    own = at_home(user)
    assert [knock(user, client=own).status_code for _ in range(5)] == [422, 422, 422, 422, 429]
    assert knock(user, RIGHT, client=own, address="192.0.2.77").status_code == 429
    assert knock(user, RIGHT, address="192.0.2.78").status_code == 302


def test_a_device_is_known_to_the_accounts_that_signed_in_on_it_alone() -> None:
    user, other = make.user(), make.user()
    own = at_home(user)
    for _ in range(5):
        knock(other, address="198.51.100.7")
    assert knock(other, RIGHT, client=own, address="198.51.100.7").status_code == 429
    own.cookies["device"] = own.cookies["device"].value[:-1] + "x"
    for _ in range(5):
        knock(user, address="198.51.100.7")
    assert knock(user, RIGHT, client=own, address="198.51.100.7").status_code == 429


def test_guessing_from_many_addresses_is_stopped_for_unknown_devices() -> None:
    user = make.user()
    codes = [knock(user, address=f"2001:db8::{place:x}").status_code for place in range(51)]
    assert codes == [422] * 50 + [429]
    with clock.at(clock.now() + dt.timedelta(minutes=31)):
        assert knock(user, RIGHT, address="2001:db8::ffff").status_code == 302


def test_one_password_on_many_accounts_is_slowed_down_and_shuts_nobody_out() -> None:
    people = [make.user() for _ in range(33)]
    own = at_home(people[0], address="203.0.113.1")
    codes = [knock(user).status_code for user in people]
    assert codes == [422] * 30 + [429] * 3
    slowed = Event.objects.filter(verb="accounts.sign_in_slowed")
    assert slowed.count() == 3
    assert knock(people[0], RIGHT, client=own).status_code == 302
    assert knock(people[32], RIGHT, address="203.0.113.2").status_code == 302
    with clock.at(clock.now() + dt.timedelta(seconds=11)):
        assert knock(people[31], RIGHT).status_code == 302


def test_the_right_password_forgets_the_tries_of_that_place_alone() -> None:
    user = make.user()
    for address in ("203.0.113.1", "203.0.113.2"):
        for _ in range(4):
            knock(user, address=address)
    assert knock(user, RIGHT, address="203.0.113.2").status_code == 302
    assert knock(user, address="203.0.113.2").status_code == 422
    assert knock(user, address="203.0.113.1").status_code == 429


def test_an_unknown_name_is_answered_as_a_known_one() -> None:
    user = make.user()
    known = [(answer.status_code, answer.content.count(b"<p>")) for answer in (knock(user) for _ in range(6))]
    unknown = [
        (answer.status_code, answer.content.count(b"<p>"))
        for answer in (knock("nobody", address="203.0.113.9") for _ in range(6))
    ]
    assert known == unknown


def test_the_security_administrator_sees_and_opens_the_door(client: Client, top: Organization) -> None:
    user = make.user()
    for _ in range(5):
        knock(user)
    keeper = make.grant(top, "security_admin").user
    client.force_login(keeper)
    page = client.get(reverse("accounts:locks")).content.decode()
    assert user.username in page
    assert "已锁定" in page
    assert client.post(reverse("accounts:unlock"), {"username": "nobody"}).status_code == 404
    assert client.post(reverse("accounts:unlock"), {"username": user.username}).status_code == 302
    assert knock(user, RIGHT).status_code == 302
    assert Event.objects.get(verb="accounts.unlocked").actor == keeper


def test_the_operator_opens_it_from_the_shell() -> None:
    user = make.user()
    for _ in range(5):
        knock(user)
    call_command("unlock", user.username, stdout=io.StringIO())
    assert knock(user, RIGHT).status_code == 302
    with pytest.raises(CommandError):
        call_command("unlock", "nobody")


def test_old_tries_are_cleared_away() -> None:
    knock("nobody")
    with clock.at(clock.now() + dt.timedelta(days=8)):
        door.clear_old()
    assert not SignInTry.objects.exists()


def change(client: Client, old: str, new: str = "Nova-5678") -> int:
    return client.post(reverse("accounts:password"), {"old": old, "new": new, "again": new}).status_code


def test_a_stolen_session_does_not_find_out_the_password(client: Client) -> None:
    user = make.user()
    client.force_login(user)
    assert [change(client, f"guess{number}") for number in range(5)] == [422, 422, 422, 422, 429]
    assert not user.sessions.exists()
    assert client.get("/").status_code == 302
    client.force_login(user)
    assert change(client, RIGHT) == 429
    user.refresh_from_db()
    assert user.check_password(RIGHT)
    refused = Event.objects.filter(verb="accounts.password_refused", result="refused", actor=user)
    assert refused.count() == 5


def test_a_weak_new_password_is_no_wrong_old_one(client: Client) -> None:
    client.force_login(make.user())
    assert [change(client, RIGHT, new="short") for _ in range(6)] == [422] * 6
    assert change(client, RIGHT) == 302


def test_tokens_end_with_the_password(client: Client) -> None:
    user = make.user()
    actions.issue_token(actor=make.actor(user), user=user, title="对接")
    client.force_login(user)
    assert change(client, RIGHT) == 302
    assert ApiToken.objects.get().revoked_at == clock.now()


def test_a_token_that_only_reads_changes_nothing(client: Client, top: Organization) -> None:
    user = make.post(make.branch(top), "secretary").user
    _token, reading = actions.issue_token(actor=make.actor(user), user=user, title="读取", may_write=False)
    _token, writing = actions.issue_token(actor=make.actor(user), user=user, title="办理")

    def call(key: str, method: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return client.generic(method, "/api/v1/meetings", b"{}", content_type="application/json", headers=headers).status_code

    assert (call(reading, "GET"), call(writing, "GET")) == (200, 200)
    assert (call(reading, "POST"), call(writing, "POST")) == (403, 422)
    event = Event.objects.get(result="refused")
    assert (event.actor, event.verb) == (user, "meetings.refused")
    assert "只能读取" in event.summary


def test_the_page_issues_tokens_that_only_read_unless_told_otherwise(client: Client) -> None:
    client.force_login(make.user())
    client.post(reverse("accounts:tokens"), {"title": "读取", "days": "30"})
    client.post(reverse("accounts:tokens"), {"title": "办理", "days": "30", "may_write": "1"})
    assert dict(ApiToken.objects.values_list("title", "may_write")) == {"读取": False, "办理": True}
    page = client.get(reverse("accounts:tokens")).content.decode()
    assert page.count("可以办理") >= 2
