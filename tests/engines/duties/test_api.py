"""Duties through the machine interface."""

from typing import Any

import pytest
from django.test import Client

from dangjian.accounts.models import ApiToken, User
from dangjian.kernel import clock
from tests import make
from tests.engines.duties.build import held, refreshed

pytestmark = pytest.mark.django_db


def get(user: User | None, path: str, **query: Any) -> Any:
    headers = {}
    if user:
        key = ApiToken.new_key()
        ApiToken.objects.create(user=user, title="测试", digest=ApiToken.digest_of(key))
        headers = {"Authorization": f"Bearer {key}"}
    return Client().get(f"/api/v1{path}", query, headers=headers)


class World:
    def __init__(self) -> None:
        self.top = make.committee()
        self.branch, self.other = make.branch(self.top), make.branch(self.top)
        self.secretary = make.post(self.branch).user
        self.neighbour = make.post(self.other).user
        self.member: Any = make.member(self.branch, with_user=True).user
        held(self.branch, "general_meeting", "2026-11-02")
        refreshed()


@pytest.fixture
def world() -> World:
    return World()


def test_who_gets_which_answer(world: World) -> None:
    found = get(world.secretary, "/duties", rule="general_meeting", state="done").json()
    assert found["count"] >= 1
    path = f"/duties/{found['items'][0]['id']}"
    assert get(None, "/duties").status_code == get(None, path).status_code == 401
    assert get(make.user(), "/duties").status_code == 403
    assert get(world.secretary, path).status_code == 200
    assert get(world.member, path).status_code == 200
    assert get(world.neighbour, path).status_code == 404
    seen = {one["organization_id"] for one in get(world.neighbour, "/duties", page_size=200).json()["items"]}
    assert seen == {world.other.pk}


def test_a_duty_says_what_may_be_done_with_it(world: World) -> None:
    one = get(world.secretary, "/duties", state="open").json()["items"][0]
    path, above = f"/duties/{one['id']}", make.post(world.top).user
    assert get(world.member, path).json()["open_steps"] == []
    assert get(world.secretary, path).json()["open_steps"] == ["reassign"]
    assert get(above, path).json()["open_steps"] == ["reassign", "excuse"]


def test_duties_are_filtered_and_explained(world: World) -> None:
    one = get(world.secretary, "/duties", rule="general_meeting", state="done").json()["items"][0]
    assert one["look"] == "done"
    assert one["evidence_id"]
    assert one["why"]
    assert one["how"]
    for state in ("open", "due_soon", "overdue", "excused"):
        rows = get(world.secretary, "/duties", state=state, page_size=200).json()["items"]
        assert {row["state"] for row in rows} <= {"excused" if state == "excused" else "open"}
    overdue = get(world.secretary, "/duties", state="overdue", page_size=200).json()["items"]
    assert all(row["due_on"] < clock.today().isoformat() for row in overdue)
    assert get(world.secretary, "/duties", organization=world.other.pk).status_code == 404
    assert get(world.secretary, "/duties", state="lost").status_code == 422
    assert get(world.secretary, "/duties", page_size=1).json()["items"][1:] == []


def test_my_own(world: World) -> None:
    mine = get(world.secretary, "/duties", member="me", page_size=200).json()
    assert mine["count"] >= 1
    assert {one["responsible_id"] for one in mine["items"]} == {world.secretary.pk}
    assert get(world.member, "/duties", member="me").json()["count"] == 0
    assert get(world.member, "/duties", member="you").status_code == 422
