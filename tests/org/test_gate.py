"""The choke point of all pages, as far as it is not walked by the contracts."""

from inspect import signature
from typing import Any

import pytest
from django.test import Client, RequestFactory

from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN
from dangjian.org.gate import api_operation, find
from dangjian.org.models import Organization
from tests import make


def _organization(_request: Any, organization_id: int) -> Organization:
    found: Organization = find(Organization, pk=organization_id)
    return found


@api_operation(SIGNED_IN, on=_organization)
def _renamed(request: Any, organization: Organization, name: str) -> str:
    return f"{organization.name}→{name}"


def test_a_router_reads_the_number_where_an_operation_takes_the_thing() -> None:
    assert list(signature(_renamed).parameters) == ["request", "organization_id", "name"]


@pytest.mark.django_db
def test_an_operation_of_one_thing_is_handed_it_or_refused() -> None:
    branch, other = make.branch(make.committee(name="甲党委"), name="甲支部"), make.branch(make.committee(), name="乙支部")
    request: Any = RequestFactory().post("/")
    request.auth = make.actor(make.post(branch).user)
    assert _renamed(request, organization_id=branch.pk, name="丙支部") == "甲支部→丙支部"
    with pytest.raises(NotFound):
        _renamed(request, organization_id=other.pk, name="丙支部")


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
