"""Meetings through the machine interface: the same as through the pages."""

import json
from typing import Any

import pytest
from django.test import Client

from dangjian.accounts.models import ApiToken, Event, User
from dangjian.activities.meetings import actions, checkin
from dangjian.activities.meetings.models import Answer, Attendance, MakeUp, MakeUpState, Meeting, Presence, Status
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests.activities.meetings.conftest import World, closed, held, instant, running, sitting
from tests.activities.meetings.test_making_up import assign
from tests.days import in_days


class Program:
    """A program that holds a token of somebody."""

    def __init__(self, user: User | None) -> None:
        self.headers = {}
        if user:
            key = ApiToken.new_key()
            ApiToken.objects.create(user=user, title="测试", digest=ApiToken.digest_of(key))
            self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: Any) -> Any:
        return Client().get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path: str, **data: Any) -> Any:
        return Client().post(f"/api/v1{path}", json.dumps(data), content_type="application/json", headers=self.headers)


@pytest.fixture
def secretary(world: World) -> Program:
    return Program(world.people[0].user)


@pytest.fixture
def member(world: World) -> Program:
    return Program(world.people[4].user)


@pytest.fixture
def neighbour(world: World) -> Program:
    return Program(world.stranger.user)


def new(world: World, **more: Any) -> dict[str, Any]:
    return {
        "organization_id": world.branch.pk,
        "kinds": ["general_meeting"],
        "title": "第四季度党员大会",
        "place": "虚构一号会议室",
        "chair_id": world.people[0].pk,
        "recorder_id": world.people[2].pk,
        "sittings": [{"starts_at": instant("14:00").isoformat(), "ends_at": instant("15:30").isoformat()}],
        "agenda": [{"title": "学习文件", "speaker_id": world.people[1].pk}],
        **more,
    }


def soon(world: World, **more: Any) -> Meeting:
    return world.call(sittings=[sitting("09:30", "11:00")], **more)


def seat(meeting: Meeting) -> dict[str, str]:
    pk = meeting.sittings.get().pk
    return {"token": checkin.token(pk, clock.now()), "code": checkin.current_code(pk, clock.now())}


def test_who_gets_which_answer(world: World, secretary: Program, member: Program, neighbour: Program) -> None:
    meeting = held(world)
    for path in ("/meetings", f"/meetings/{meeting.pk}", f"/meetings/{meeting.pk}/attendances"):
        assert Program(None).get(path).status_code == 401
        assert member.get(path).status_code == 403
        assert secretary.get(path).status_code == 200
    assert neighbour.get("/meetings").json() == {"items": [], "count": 0}
    assert neighbour.get(f"/meetings/{meeting.pk}").status_code == 404
    assert neighbour.get(f"/meetings/{meeting.pk}/attendances").status_code == 404


def test_meetings_are_found(world: World, secretary: Program) -> None:
    meeting = held(world)
    world.plan(title="草稿", kinds=["theme_day"], sittings=[sitting("14:00", "15:00", days=8)])
    answer = secretary.get("/meetings", page_size=1).json()
    assert answer["count"] == 2
    assert len(answer["items"]) == 1
    for query in (
        {"kind": "general_meeting"},
        {"status": "held"},
        {"until": in_days(7)},
        {"q": "党员大会"},
        {"kind": "general_meeting", "organization": world.branch.pk},
    ):
        found = secretary.get("/meetings", **query).json()
        assert [one["id"] for one in found["items"]] == [meeting.pk], query
    one = secretary.get("/meetings", status="held").json()["items"][0]
    assert (one["due"], one["came"], one["kinds"]) == (6, 4, ["general_meeting"])
    assert one["sittings"][0]["starts_at"].startswith(f"{clock.today()}T")
    assert secretary.get("/meetings", organization=world.other.pk).status_code == 404
    assert secretary.get("/meetings", status="lost").status_code == 422


def test_the_list_of_people(world: World, secretary: Program) -> None:
    meeting = held(world)
    everybody = secretary.get(f"/meetings/{meeting.pk}/attendances").json()
    assert everybody["count"] == 6
    absent = secretary.get(f"/meetings/{meeting.pk}/attendances", presence="absent").json()
    assert {one["name"] for one in absent["items"]} == {world.people[4].name, world.people[5].name}


def test_the_number_of_queries_does_not_grow(world: World, secretary: Program, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        held(world, title=f"第{number}次党员大会")
    with django_assert_max_num_queries(14):
        assert len(secretary.get("/meetings").json()["items"]) == 5


def test_a_program_calls_a_meeting(world: World, secretary: Program) -> None:
    answer = secretary.post("/meetings", **new(world))
    assert answer.status_code == 201, answer.content.decode()
    made = answer.json()
    assert (made["status"], made["due"], made["agenda"][0]["speaker"]) == ("called", 6, world.people[1].name)
    meeting = Meeting.objects.get(pk=made["id"])
    assert meeting.chair == world.people[0]
    draft = secretary.post("/meetings", **new(world, title="草稿", send=False)).json()
    assert draft["status"] == "draft"
    assert secretary.post(f"/meetings/{draft['id']}/call").json()["status"] == "called"


def test_a_refused_call_writes_nothing(world: World, secretary: Program, member: Program, neighbour: Program) -> None:
    events = Event.objects.count()
    late = [{"starts_at": instant("14:00", days=-3).isoformat(), "ends_at": instant("15:30", days=-3).isoformat()}]
    for program, data, status in (
        (Program(None), new(world), 401),
        (member, new(world), 403),
        (neighbour, new(world), 404),
        (secretary, new(world, kinds=["nonsense"]), 422),
        (secretary, new(world, sittings=[]), 422),
        (secretary, new(world, sittings=late), 422),
        (secretary, new(world, chair_id=world.stranger.pk), 422),
        (secretary, new(world, place=""), 422),
    ):
        answer = program.post("/meetings", **data)
        assert answer.status_code == status, answer.content.decode()
        assert answer.json()["detail"]
    assert not Meeting.objects.exists()
    assert Event.objects.exclude(result="refused").count() == events


def test_a_meeting_begins_and_ends(world: World, secretary: Program, member: Program, neighbour: Program) -> None:
    meeting = soon(world)
    for program, status in ((Program(None), 401), (member, 403), (neighbour, 404)):
        for step in ("begin", "end"):
            assert program.post(f"/meetings/{meeting.pk}/{step}").status_code == status
    meeting.refresh_from_db()
    assert meeting.status == Status.CALLED
    assert secretary.post(f"/meetings/{meeting.pk}/end").status_code == 409
    assert secretary.post(f"/meetings/{meeting.pk}/begin").json()["status"] == "running"
    with clock.at(instant("10:45")):
        assert secretary.post(f"/meetings/{meeting.pk}/end").json()["status"] == "held"


def test_a_member_answers(world: World, member: Program, neighbour: Program) -> None:
    meeting = world.call()
    path = f"/meetings/{meeting.pk}/answer"
    assert Program(None).post(path, coming=True).status_code == 401
    assert neighbour.post(path, coming=True).status_code == 404
    refused = member.post(path, coming=False)
    assert refused.status_code == 422
    assert "reason" in refused.json()["fields"]
    assert world.row(meeting, 4).answer == Answer.NONE
    assert member.post(path, coming=True).json()["answer"] == "coming"
    assert member.post(path, coming=False, reason="出差").json()["answer"] == "leave_asked"
    mine = member.get("/my/meetings", when="coming").json()
    assert [(one["meeting"]["id"], one["leave_reason"]) for one in mine["items"]] == [(meeting.pk, "出差")]
    assert neighbour.get("/my/meetings").json()["count"] == 0
    assert member.get("/my/meetings", when="past").json()["count"] == 0


def test_a_check_in_by_program_equals_one_by_page(world: World, member: Program) -> None:
    meeting = soon(world)
    assert member.post("/check-ins", **seat(meeting)).json()["is_new"]
    client = Client()
    client.force_login(world.people[3].user, backend="dangjian.accounts.backends.AccountBackend")
    client.post(f"/meetings/c/{seat(meeting)['token']}/")
    same = [field.name for field in Attendance._meta.fields if field.name not in {"id", "member", "eligible_voter"}]
    rows = [world.row(meeting, number) for number in (3, 4)]
    assert [getattr(rows[0], name) for name in same] == [getattr(rows[1], name) for name in same]
    verbs = [Event.objects.get(verb="meetings.checked_in", member_id=row.member_id) for row in rows]
    assert verbs[0].summary == verbs[1].summary
    again = member.post("/check-ins", **seat(meeting)).json()
    assert not again["is_new"]
    assert Event.objects.filter(verb="meetings.checked_in").count() == 2


def test_whoever_is_checked_in_hears_so_however_old_the_code(world: World, member: Program, neighbour: Program) -> None:
    meeting, other = soon(world), soon(world, title="另一次会议")
    old, elsewhere = seat(meeting)["token"], seat(other)["token"]
    assert member.post("/check-ins", token=old).json()["is_new"]
    rows = list(Attendance._base_manager.order_by("pk").values_list())
    with clock.at(instant("09:05")):
        again = member.post("/check-ins", token=old)
        assert (again.status_code, again.json()["is_new"], again.json()["meeting_id"]) == (200, False, meeting.pk)
        assert again.json()["at"] == world.row(meeting, 4).checked_in_at.isoformat().replace("+00:00", "Z")
        for program, data in (
            (member, {"token": elsewhere}),
            (member, {"token": old, "meeting_id": other.pk}),
            (neighbour, {"token": old}),
        ):
            assert program.post("/check-ins", **data).status_code == 422
    assert list(Attendance._base_manager.order_by("pk").values_list()) == rows
    assert Event.objects.filter(verb="meetings.checked_in").count() == 1


def test_check_ins_that_are_refused(world: World, member: Program, neighbour: Program) -> None:
    meeting, other = soon(world), soon(world, title="另一次会议")
    right, wrong = seat(meeting), seat(other)
    for program, data, status in (
        (Program(None), right, 401),
        (neighbour, {"token": right["token"]}, 404),
        (member, {}, 422),
        (member, {"token": "1-2-3"}, 422),
        (member, {"code": "12345"}, 422),
        (member, {"token": wrong["token"], "meeting_id": meeting.pk}, 422),
        (member, {"code": wrong["code"], "meeting_id": meeting.pk}, 422),
        (member, {"code": right["code"], "meeting_id": 999_999}, 404),
    ):
        answer = program.post("/check-ins", **data)
        assert answer.status_code == status, answer.content.decode()
    with clock.at(instant("09:01")):
        assert member.post("/check-ins", token=right["token"]).status_code == 422
    with unscoped("all rows"):
        assert not Attendance.objects.exclude(presence=Presence.UNKNOWN).exists()


def test_the_recorder_registers_by_hand(world: World, secretary: Program, member: Program, neighbour: Program) -> None:
    meeting = running(world, (0,))
    path, row = f"/meetings/{meeting.pk}/hand-check-ins", world.row(meeting, 4)
    data = {"attendance_ids": [row.pk], "reason": "手机没电"}
    for program, status in ((Program(None), 401), (member, 403), (neighbour, 404)):
        assert program.post(path, **data).status_code == status
    assert secretary.post(path, attendance_ids=[row.pk], reason="").status_code == 422
    assert secretary.post(path, **data, sitting_id=999_999).status_code == 422
    answer = secretary.post(path, **(data | {"attendance_ids": [row.pk, 999_999]}))
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["attendance_ids"])
    assert world.row(meeting, 4).presence == Presence.UNKNOWN
    assert secretary.post(path, **data).json() == {"changed": 1}
    assert Program(world.people[2].user).post(path, **data).json() == {"changed": 0}
    assert world.row(meeting, 4).presence == Presence.PRESENT


def test_somebody_studies_what_they_missed_through_the_api(
    world: World, secretary: Program, member: Program, neighbour: Program
) -> None:
    meeting = closed(world)
    assign(world, meeting, 4)
    listed = member.get("/my/make-ups").json()
    assert listed["count"] == 1
    one = listed["items"][0]
    assert (one["meeting_id"], one["meeting_title"], one["state"]) == (meeting.pk, meeting.title, "assigned")
    assert one["open_steps"] == ["hand_in"]
    assert secretary.get("/my/make-ups").json()["count"] == 0
    path = f"/my/make-ups/{one['id']}/hand-in"
    assert Program(None).post(path, reflection="学完了").status_code == 401
    for other in (secretary, neighbour):
        assert other.post(path, reflection="学完了，体会很深").status_code == 404
    assert member.post(path, reflection="  ").status_code == 422
    with unscoped("test"):
        assert MakeUp.objects.get().state == MakeUpState.ASSIGNED
    handed_in = member.post(path, reflection="学完了，体会很深")
    assert (handed_in.status_code, handed_in.json()["state"]) == (200, "submitted")
    assert member.get("/my/make-ups", state="assigned").json()["count"] == 0
    assert member.get("/my/make-ups", state="submitted").json()["count"] == 1
    with unscoped("test"):
        actions.confirm_make_up(actor=world.actor(2), make_up=MakeUp.objects.get(), accept=True)
    assert member.get("/my/make-ups", state="confirmed").json()["items"][0]["open_steps"] == []
    assert member.post(path, reflection="再交一次").status_code == 409
