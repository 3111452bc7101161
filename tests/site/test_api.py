"""The machine interface: who may use it, how it answers, and that it is documented."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import ApiToken, User
from dangjian.kernel import clock
from dangjian.site import api_docs
from dangjian.site.api import api
from tests import make

METHODS = {"get", "post", "put", "patch", "delete"}


def key_of(user: User, **more: Any) -> str:
    """A token of ``user``."""
    key = ApiToken.new_key()
    ApiToken.objects.create(user=user, title="测试", digest=ApiToken.digest_of(key), **more)
    return key


def get(path: str, key: str = "", **query: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return Client().get(f"/api/v1{path}", query, headers=headers)


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield f"{method} {path}", operation


@pytest.mark.django_db
def test_a_token_stands_for_its_account() -> None:
    top = make.committee(name="虚构公司党委")
    key = key_of(make.post(top).user)
    answer = get("/organizations", key)
    assert answer.status_code == 200
    assert answer.json()["count"] == 1
    assert "虚构公司党委" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("case", ["none", "unknown", "expired", "revoked", "disabled"])
def test_a_token_that_does_not_hold(case: str) -> None:
    user = make.post(make.committee()).user
    hour_ago = clock.now() - dt.timedelta(hours=1)
    key = {
        "none": lambda: "",
        "unknown": lambda: "dj_unknown",
        "expired": lambda: key_of(user, expires_at=hour_ago),
        "revoked": lambda: key_of(user, revoked_at=hour_ago),
        "disabled": lambda: key_of(user),
    }[case]()
    if case == "disabled":
        user.is_active = False
        user.save()
    answer = get("/organizations", key)
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail", "how", "citation", "fields"}
    assert "令牌" in answer.json()["detail"]


@pytest.mark.django_db
def test_lists_are_paged_and_filtered_by_kind() -> None:
    top = make.committee()
    general = make.general_branch(top)
    branch = make.branch(general)
    make.group(branch)
    for _ in range(3):
        make.branch(general)
    key = key_of(make.post(top).user)
    answer = get("/organizations", key, page_size=2, page=2).json()
    assert answer["count"] == 7
    assert len(answer["items"]) == 2
    for kind, number in (("committee", 1), ("general_branch", 1), ("branch", 4), ("group", 1)):
        found = get("/organizations", key, kind=kind).json()
        assert found["count"] == number
        assert {one["kind"] for one in found["items"]} == {kind}
    for wrong in ({"kind": "club"}, {"page_size": 201}, {"page": 0}):
        answer = get("/organizations", key, **wrong)
        assert answer.status_code == 422
        assert answer.json()["fields"]


@pytest.mark.django_db
def test_a_neighbour_gets_404_and_a_stranger_to_everything_403() -> None:
    top = make.committee()
    mine, other = make.branch(top), make.branch(top)
    key = key_of(make.post(mine).user)
    assert get(f"/organizations/{mine.pk}", key).status_code == 200
    assert get(f"/organizations/{other.pk}", key).status_code == 404
    assert get("/organizations", key_of(make.user())).status_code == 403


@pytest.mark.django_db
def test_a_browser_writes_only_with_its_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.post(make.committee()).user, backend="dangjian.accounts.backends.AccountBackend")
    assert client.get("/api/v1/organizations").status_code == 200
    answer = client.post("/api/v1/check-ins", json.dumps({"code": "123456"}), content_type="application/json")
    assert answer.status_code == 403


@pytest.mark.django_db
def test_the_schema_is_public_and_of_version_3_1() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")


def test_every_operation_is_explained_and_says_how_it_fails() -> None:
    wrong = []
    for name, operation in operations():
        if not re.search(r"[一-鿿]", operation.get("summary", "")) or not operation.get("description"):
            wrong.append(f"{name}: no summary or description in Chinese")
        if not {"401", "403", "404", "409", "422"} <= {str(code) for code in operation["responses"]}:
            wrong.append(f"{name}: does not say how it fails")
        if not operation.get("security"):
            wrong.append(f"{name}: needs no sign-in")
    assert not wrong, "\n".join(wrong)


def test_every_field_is_explained_in_the_documentation() -> None:
    wrong = [
        f"{operation.method} {operation.path}: {part.name}"
        for group in api_docs.groups(api.get_openapi_schema(), "")
        for operation in group.operations
        for part in (*operation.parameters, *operation.body)
        if not part.text
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_the_documentation_shows_every_operation() -> None:
    client = Client()
    client.force_login(make.user(), backend="dangjian.accounts.backends.AccountBackend")
    answer = client.get(reverse("site:api_docs"))
    assert answer.status_code == 200
    page = answer.content.decode()
    for _name, operation in operations():
        assert f'id="{operation["operationId"]}"' in page
        assert operation["summary"] in page
    for words in ("Authorization: Bearer", "page_size", "令牌", "409", "curl"):
        assert words in page
    assert "。.<" not in page
