"""The choke point of all pages, as far as it is not walked by the contracts."""

import pytest
from django.test import Client

from tests import make


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/search/", "/org/list/", "/members/", "/"])
def test_an_address_that_no_database_could_read_is_explained(path: str) -> None:
    client = Client()
    client.force_login(make.post(make.committee()).user, backend="dangjian.accounts.backends.AccountBackend")
    answer = client.get(path, {"q": "党\x00委"})
    assert answer.status_code == 422
    assert "不能识别" in answer.content.decode()
    assert client.get(path, {"q": "党委"}).status_code == 200


def _secretary() -> Client:
    client = Client()
    client.force_login(make.post(make.committee()).user, backend="dangjian.accounts.backends.AccountBackend")
    return client


@pytest.mark.django_db
def test_a_text_that_no_database_could_keep_is_explained() -> None:
    client = _secretary()
    answer = client.post("/search/?q=x", {"q": "党\x00委"})
    assert (answer.status_code, "不能识别" in answer.content.decode()) == (422, True)


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["²", "9" * 5000, str(10**18)])
@pytest.mark.parametrize(
    "address",
    [
        "/duties/matrix/?under={}", "/duties/load/person/?id={}", "/members/completeness/?organization={}",
        "/meetings/new/?organization={}", "/meetings/register/?organization={}&year={}", "/meetings/mine/?year={}",
        "/meetings/c/?meeting={}", "/dues/inspections/?year={}",
    ],
)  # fmt: skip
def test_a_number_that_is_none_breaks_nothing(address: str, number: str) -> None:
    assert _secretary().get(address.replace("{}", number)).status_code in {200, 404}
