"""The machine interface: who may use it, how it answers, and that it is documented."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from ninja import Schema

from dangjian.accounts.models import ApiToken, User
from dangjian.kernel import clock
from dangjian.kernel.api import Day
from dangjian.site import api_docs
from dangjian.site.api import api
from dangjian.site.api_words import OTHERWISE, mistakes
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


def test_examples_of_parameters_are_in_the_form_of_version_3_1() -> None:
    for name, operation in operations():
        for one in operation.get("parameters", []):
            assert isinstance(one.get("examples", {}), dict), f"{name}: {one['name']} (a field of a body may list examples)"


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


def post(path: str, key: str, body: Any = None, *, raw: bytes | None = None, method: str = "POST") -> Any:
    sent = json.dumps(body).encode() if raw is None else raw
    return Client().generic(method, f"/api/v1{path}", sent, "application/json", headers={"Authorization": f"Bearer {key}"})


CHINESE = re.compile(r"[一-鿿]")
SITTING = {"starts_at": "2026-11-26T15:00:00+08:00", "ends_at": "2026-11-26T16:30:00+08:00"}
MISTAKES: tuple[tuple[str, Any, str], ...] = (
    ("organization_id", 10**30, "organization_id"),
    ("organization_id", None, "organization_id"),
    ("organization_id", "一", "organization_id"),
    ("title", 5, "title"),
    ("title", "字" * 1_000_000, "title"),
    ("titel", "拼错的字段", "titel"),
    ("kinds", [], "kinds"),
    ("send", "也许", "send"),
    ("mode", "zoom", "mode"),
    ("member_ids", [10**30], "member_ids.0"),
    ("observer_ids", [0], "observer_ids.0"),
    ("sittings", [SITTING | {"starts_at": "2026-11-26T15:00:00"}], "sittings.0.starts_at"),
    ("sittings", [SITTING | {"starts_at": "0001-01-01T00:00:00+08:00"}], "sittings.0.starts_at"),
    ("sittings", [SITTING | {"ends_at": "9999-12-31T23:00:00-08:00"}], "sittings.0.ends_at"),
    ("sittings", [SITTING | {"starts_at": 1_795_000_000}], "sittings.0.starts_at"),
    ("sittings", [SITTING] * 13, "sittings"),
    ("agenda", [{"title": "议题"}] * 31, "agenda"),
    ("agenda", [{"title": "议题", "speaker_id": 10**30}], "agenda.0.speaker_id"),
)


@pytest.mark.django_db
def test_what_is_wrong_with_a_field_is_said_in_chinese_and_nothing_is_written() -> None:
    branch = make.branch(make.committee())
    key = key_of(make.post(branch).user)
    right = {"organization_id": branch.pk, "kinds": ["theme_day"], "title": "虚构主题党日", "sittings": [SITTING], "send": False}
    for name, value, named in MISTAKES:
        answer = post("/meetings", key, right | {name: value})
        assert answer.status_code == 422, name
        fields = answer.json()["fields"]
        assert set(fields) == {named}
        assert CHINESE.search(fields[named]), fields
    assert get("/meetings", key).json()["count"] == 0
    assert post("/meetings", key, right).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"9" * 5000, b"[" * 100_000, b'{"code": "12\\u0000"}', b'{"code": ["\\u0000"]}'],
    ids=["cut", "list", "null", "text", "bytes", "number", "deep", "nul", "nul_in_list"],
)
def test_a_body_that_cannot_be_read_is_refused(raw: bytes) -> None:
    answer = post("/check-ins", key_of(make.user()), raw=raw)
    assert answer.status_code == 422
    assert "JSON" in answer.json()["detail"]
    assert CHINESE.search(answer.json()["how"])


@pytest.mark.django_db
def test_filters_that_no_database_could_answer_are_refused() -> None:
    key = key_of(make.post(make.committee()).user)
    for name, value in (("page", 10**25), ("page_size", "五"), ("q", "党\x00委"), ("under", 0), ("under", 10**30)):
        answer = get("/organizations", key, **{name: value})
        assert answer.status_code == 422, name
        assert CHINESE.search(answer.json()["fields"][name])


@pytest.mark.django_db
def test_a_number_is_no_date() -> None:
    key = key_of(make.post(make.committee()).user)
    for wrong in ("0", "1795000000", "2026-11", "2026-13-01", "0001-01-01", "昨天"):
        answer = get("/meetings", key, until=wrong)
        assert answer.status_code == 422, wrong
        assert CHINESE.search(answer.json()["fields"]["until"])
    assert get("/meetings", key, until="2026-11-23").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "words"), [("1900-01-01", "不能早于 1921-07-01"), ("2200-01-01", "不能晚于 2199-12-31"), ("0001-01-01", "不能早于")]
)
def test_a_day_out_of_all_bounds_is_refused_in_words(wrong: str, words: str) -> None:
    key = key_of(make.post(make.committee()).user)
    told = get("/meetings", key, until=wrong).json()["fields"]["until"]
    assert words in told
    assert "datetime" not in told


@pytest.mark.parametrize("day", ["1921-07-01", "1922-01-31", "1999-12-31", "2026-11-23", "2199-12-31"])
def test_the_description_bounds_days_as_the_interface_does(day: str) -> None:
    class Asked(Schema):
        on: Day

    pattern = Asked.model_json_schema()["properties"]["on"]["pattern"]
    assert Asked(on=day).on.isoformat() == day
    assert re.search(pattern, day)
    for outside in ("1921-06-30", "1900-01-01", "2200-01-01"):
        assert not re.search(pattern, outside)
        with pytest.raises(ValueError, match="too"):
            Asked(on=outside)


@pytest.mark.django_db
def test_an_unknown_address_and_a_wrong_method_are_answered_for_programs() -> None:
    key = key_of(make.post(make.committee()).user)
    unknown, wrong = get("/nothing", key), post("/organizations", key, {}, method="DELETE")
    assert (unknown.status_code, wrong.status_code, wrong["Allow"]) == (404, 405, "GET")
    for answer in (unknown, wrong):
        assert set(answer.json()) == {"detail", "how", "citation", "fields"}
        assert CHINESE.search(answer.json()["detail"])


def test_each_word_for_a_mistake_is_filled_in() -> None:
    error = {"type": "string_too_long", "loc": ("body", "data", "title"), "ctx": {"max_length": 120}}
    unheard = {"type": "a_new_kind", "loc": ("query", "q")}
    assert mistakes([error, unheard]) == {"title": "最多 120 个字", "q": OTHERWISE}
