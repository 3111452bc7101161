"""From where a request came: nobody but a proxy that the deployment names is believed about it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings

from dangjian.accounts.models import Event
from dangjian.kernel.addresses import caller, networks
from tests import make

HERE = networks("127.0.0.1, ::1")
BOTH = networks("127.0.0.1,10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("203.0.113.9", "", HERE, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", HERE, "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9", [], "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", HERE, "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", HERE, "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3", BOTH, "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", HERE, "10.1.2.3"),
        ("127.0.0.1", "10.1.2.3", BOTH, "10.1.2.3"),
        ("::1", "2001:db8::7", HERE, "2001:db8::7"),
        ("::ffff:127.0.0.1", "203.0.113.9", HERE, "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9:4711", HERE, "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::7]:4711", HERE, "2001:db8::7"),
        ("127.0.0.1", "203.0.113.9, <script>", HERE, "127.0.0.1"),
        ("127.0.0.1", "", HERE, "127.0.0.1"),
        ("127.0.0.1", ",".join(["10.0.0.1"] * 5000), BOTH, "10.0.0.1"),
        ("", "203.0.113.9", HERE, ""),
    ],
)
def test_the_caller_is_the_last_one_who_is_no_proxy_of_ours(peer: str, forwarded: str, trusted: list, found: str) -> None:
    assert caller(peer, forwarded, trusted) == found


@pytest.mark.parametrize("text", ["nginx", "10.0.0.1/8", "127.0.0.1;::1"])
def test_what_is_no_address_stops_the_start_in_words(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        networks(text)


@pytest.mark.django_db
@pytest.mark.parametrize(("trusted", "address"), [(HERE, "203.0.113.9"), ([], "127.0.0.1")])
def test_the_trail_has_the_callers_own_address(client: Client, trusted: list, address: str) -> None:
    user = make.user()
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    with override_settings(TRUSTED_PROXIES=trusted):
        for password in ("wrong", "Test-1234"):
            client.post("/accounts/sign-in/", {"username": user.username, "password": password}, headers=headers)
        client.get("/accounts/", headers=headers)
    found = Event.objects.order_by("pk").values_list("verb", "address")
    verbs = ("accounts.sign_in_refused", "accounts.signed_in", "accounts.refused")
    assert list(found) == [(verb, address) for verb in verbs]
