"""A member's own pages: answering, checking in, making up; what a neighbour or an old code gets."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.meetings import actions, checkin
from dangjian.activities.meetings.models import Answer, MakeUpState, Meeting, Method, Presence
from dangjian.activities.meetings.queries import own_make_ups
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.conftest import World, closed, held, instant, running, sitting

HTMX = {"HX-Request": "true"}


def client_of(member: Member) -> Client:
    client = Client()
    assert member.user
    client.force_login(member.user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def soon(world: World, **more: Any) -> Meeting:
    """A meeting that people may check in to at 09:00."""
    return world.call(**{"sittings": [sitting("09:30", "11:00")], **more})


def token_of(meeting: Meeting) -> str:
    return checkin.token(meeting.sittings.get().pk, clock.now())


def code_of(meeting: Meeting) -> str:
    return checkin.current_code(meeting.sittings.get().pk, clock.now())


def test_everybody_has_one_way_in(world: World) -> None:
    assert client_of(world.people[4]).get(reverse("meetings:home"))["Location"] == reverse("meetings:mine")
    answer = client_of(world.people[0]).get(reverse("meetings:home"))
    assert answer.status_code == 200
    assert reverse("meetings:mine") in text(answer)
    for member in (world.people[0], world.people[4]):
        page = text(client_of(member).get(reverse("meetings:mine")))
        bar = page[page.index('class="tabbar"') :]
        assert bar.count(">组织生活<") == 1


def test_nothing_is_to_come(world: World) -> None:
    for tab, words in (("", "现在没有要参加的会议"), ("past", "还没有参加过会议"), ("make-ups", "没有要完成的补课")):
        assert words in text(client_of(world.people[4]).get(reverse("meetings:mine"), {"tab": tab}))


def test_a_member_comes_and_then_asks_for_leave(world: World) -> None:
    meeting = world.call(notes="请带笔记本")
    client = client_of(world.people[4])
    page = text(client.get(reverse("meetings:mine")))
    for words in (meeting.title, "虚构一号会议室", "请带笔记本", world.people[0].name, "请答复"):
        assert words in page
    url = reverse("meetings:answer", args=[meeting.pk])
    assert client.post(url, {"answer": "coming", "from": "mine"})["Location"] == reverse("meetings:mine")
    assert world.row(meeting, 4).answer == Answer.COMING
    assert client.post(url, {"answer": "leave", "reason": "当班走不开"})["Location"] == reverse(
        "meetings:attend", args=[meeting.pk]
    )
    assert world.row(meeting, 4).answer == Answer.LEAVE_ASKED
    assert "当班走不开" in text(client.get(reverse("meetings:attend", args=[meeting.pk])))
    actions.decide_leave(actor=world.secretary, attendance=world.row(meeting, 4), grant=False, note="请克服困难")
    assert "请克服困难" in text(client.get(reverse("meetings:mine")))


def test_leave_without_a_reason_is_asked_again(world: World) -> None:
    meeting = world.call()
    answer = client_of(world.people[4]).post(reverse("meetings:answer", args=[meeting.pk]), {"answer": "leave", "reason": " "})
    assert answer.status_code == 422
    assert "请填写请假事由" in text(answer)
    assert world.row(meeting, 4).answer == Answer.NONE


def test_whoever_works_shifts_chooses_a_sitting(world: World) -> None:
    meeting = world.call(sittings=[sitting(), sitting("08:00", "09:00", "虚构二号会议室", days=1)])
    client, url = client_of(world.people[4]), reverse("meetings:answer", args=[meeting.pk])
    assert "虚构二号会议室" in text(client.get(reverse("meetings:mine")))
    client.post(url, {"answer": "coming"})
    assert world.row(meeting, 4).answer == Answer.NONE
    second = meeting.sittings.last()
    client.post(url, {"answer": "coming", "sitting": second.pk})
    row = world.row(meeting, 4)
    assert (row.answer, row.sitting) == (Answer.COMING, second)
    assert "已选这场" in text(client.get(reverse("meetings:attend", args=[meeting.pk])))
    other = world.call(title="另一次会议")
    assert client.post(url, {"answer": "coming", "sitting": other.sittings.get().pk}).status_code == 404
    assert world.row(meeting, 4).sitting == second


def test_a_stranger_learns_and_changes_nothing(world: World) -> None:
    meeting = soon(world)
    stranger, events = client_of(world.stranger), Event.objects.exclude(result="refused").count()
    assert stranger.get(reverse("meetings:attend", args=[meeting.pk])).status_code == 404
    assert stranger.post(reverse("meetings:answer", args=[meeting.pk]), {"answer": "coming"}).status_code == 404
    address = reverse("meetings:check_in", args=[token_of(meeting)])
    for answer in (stranger.get(address), stranger.post(address)):
        assert answer.status_code == 404
        assert "不在" in text(answer)
    assert Event.objects.exclude(result="refused").count() == events
    assert not meeting.attendances.exclude(presence=Presence.UNKNOWN).exists()


def test_one_tap_checks_in_and_a_second_is_the_same(world: World) -> None:
    meeting = soon(world)
    client, address = client_of(world.people[4]), reverse("meetings:check_in", args=[token_of(meeting)])
    page = text(client.get(address))
    assert meeting.title in page
    assert world.people[4].name in page
    for _ in range(2):
        answer = client.post(address, headers=HTMX)
        assert answer.status_code == 200
        assert "签到成功" in text(answer)
        assert "09:00" in text(answer)
    row = world.row(meeting, 4)
    assert (row.presence, row.method, row.checked_in_at) == (Presence.PRESENT, Method.CODE, instant("09:00"))
    assert Event.objects.filter(verb="meetings.checked_in").count() == 1
    with clock.at(instant("09:20")):
        assert "签到成功" in text(client.get(address))
        assert "签到成功" in text(client.post(address, headers=HTMX))


def test_an_old_code_says_what_to_do(world: World) -> None:
    meeting = soon(world)
    client, address = client_of(world.people[4]), reverse("meetings:check_in", args=[token_of(meeting)])
    with clock.at(instant("09:02")):
        for answer in (client.get(address), client.post(address, headers=HTMX), client.post(address)):
            assert answer.status_code == 422
            assert "签到码已过期" in text(answer)
            assert "重新扫描" in text(answer)
            assert f"记录人{world.people[2].name}" in text(answer)
    assert world.row(meeting, 4).presence == Presence.UNKNOWN


@pytest.mark.parametrize("token", ["x", "1-2-3", "zz--", "ffffffffffffffffffff-1-2"])
def test_a_token_that_is_none(world: World, token: str) -> None:
    for answer in (
        client_of(world.people[4]).get(reverse("meetings:check_in", args=[token])),
        client_of(world.people[4]).post(reverse("meetings:check_in", args=[token])),
    ):
        assert answer.status_code == 422
        assert "二维码" in text(answer)


def test_nobody_signs_in_first_and_comes_back_to_check_in(world: World) -> None:
    meeting = soon(world)
    address = reverse("meetings:check_in", args=[token_of(meeting)])
    client = Client()
    to_sign_in = client.get(address)["Location"]
    assert to_sign_in == f"{reverse('accounts:sign_in')}?next={address}"
    user: User = world.people[4].user  # type: ignore[assignment]  # everybody here has an account
    answer = client.post(to_sign_in, {"username": user.username, "password": "Test-1234", "next": address})
    assert answer["Location"] == address
    assert "签到" in text(client.get(address))


@pytest.mark.parametrize("spaced", ["{}", " {} ", "{:.3} {:.3}"])
def test_the_six_digits_however_typed(world: World, spaced: str) -> None:
    meeting = soon(world)
    code = code_of(meeting)
    typed = f"{code[:3]} {code[3:]}" if ":" in spaced else spaced.format(code)
    wide = typed.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for number, digits in ((3, typed), (4, wide)):
        answer = client_of(world.people[number]).post(
            reverse("meetings:check_in_code"), {"code": digits, "meeting": meeting.pk}, headers=HTMX
        )
        assert "签到成功" in text(answer)
        assert world.row(meeting, number).presence == Presence.PRESENT


def test_wrong_digits_keep_the_form_and_write_nothing(world: World) -> None:
    meeting = soon(world)
    other = soon(world, title="另一次会议")
    client, url = client_of(world.people[4]), reverse("meetings:check_in_code")
    for code, words in (("12", "六位数字"), ("", "六位数字"), (code_of(other), "另一次会议")):
        answer = client.post(url, {"code": code, "meeting": meeting.pk}, headers=HTMX)
        assert answer.status_code == 422
        assert words in text(answer)
        assert answer.context["form"]["code"].value() == "", "what was refused does not stand in the way of the next digits"
        assert answer.context["form"]["meeting"].value() == str(meeting.pk), "all else stays"
    wrong = "000000" if code_of(meeting) != "000000" else "111111"
    assert "签到码不对或已过期" in text(client.post(url, {"code": wrong, "meeting": meeting.pk}))
    assert world.row(meeting, 4).presence == Presence.UNKNOWN


def test_a_tap_that_waited_for_the_network_counts(world: World) -> None:
    meeting = soon(world)
    late, code, token = clock.now() + dt.timedelta(minutes=3), code_of(meeting), token_of(meeting)
    with clock.at(late):
        typed = {"code": code, "meeting": meeting.pk, "waited": "180"}
        answer = client_of(world.people[3]).post(reverse("meetings:check_in_code"), typed, headers=HTMX)
        assert f'<p id="check-in-at" hx-swap-oob="true">{meeting.title}</p>' in text(answer)
        scanned = client_of(world.people[4]).post(reverse("meetings:check_in", args=[token]), {"waited": "180"}, headers=HTMX)
        assert "签到成功" in text(scanned)
    assert {world.row(meeting, number).presence for number in (3, 4)} == {Presence.PRESENT}


def test_too_early_too_late_and_called_off(world: World) -> None:
    meeting = world.call()
    client, url = client_of(world.people[4]), reverse("meetings:check_in_code")
    assert "还没有开始签到" in text(client.post(url, {"code": "123456", "meeting": meeting.pk}))
    with clock.at(instant("16:00")):
        assert "已经结束" in text(client.post(url, {"code": "123456", "meeting": meeting.pk}))
    actions.cancel(actor=world.secretary, meeting=meeting, reason="改期")
    assert "已取消" in text(client.post(url, {"code": "123456", "meeting": meeting.pk}))
    assert "这次会议已取消" in text(client.get(reverse("meetings:attend", args=[meeting.pk])))
    assert "没有正在签到的会议" in text(client.get(url))


def test_a_meeting_called_off_asks_for_nothing_more(world: World) -> None:
    meeting = world.call()
    client, address = client_of(world.people[4]), reverse("meetings:attend", args=[meeting.pk])
    client.post(reverse("meetings:answer", args=[meeting.pk]), {"answer": "leave", "reason": "当班"})
    assert "等主持人批准" in text(client.get(address))
    actions.cancel(actor=world.secretary, meeting=meeting, reason="改期")
    page = text(client.get(address))
    assert "不用参加" in page
    assert "等主持人批准" not in page


def test_taking_part_from_afar(world: World) -> None:
    meeting = soon(world, mode="both", online_url="https://meet.example/1")
    client, address = client_of(world.people[4]), reverse("meetings:check_in", args=[token_of(meeting)])
    assert "我在线上参加" in text(client.get(address))
    assert client.post(address, {"online": "1"}).status_code == 302
    assert world.row(meeting, 4).presence == Presence.ONLINE
    answer = client_of(world.people[3]).post(
        reverse("meetings:check_in_code"), {"code": code_of(meeting), "way": "online"}, headers=HTMX
    )
    assert "线上到会" in text(answer)


def test_who_checks_in_to_one_meeting_is_asked_only_what_that_one_asks(world: World) -> None:
    onsite, _ = soon(world), soon(world, title="虚构线上线下会", mode="both", online_url="https://meet.example/1")
    client, address = client_of(world.people[4]), reverse("meetings:check_in_code")
    assert "线上参加" in text(client.get(address)), "either may be meant"
    assert "线上参加" not in text(client.get(address, {"meeting": onsite.pk}))


def test_the_papers_somebody_called_may_open(world: World) -> None:
    meeting = world.call()

    def attach(name: str, kind: str) -> Any:
        file = SimpleUploadedFile(name, f"%PDF-1.4 {name}".encode(), "application/pdf")
        return actions.attach(actor=world.secretary, meeting=meeting, file=file, kind=kind)

    paper, other = attach("学习材料.pdf", "paper"), attach("签字表.pdf", "other")
    client = client_of(world.people[4])
    assert "学习材料.pdf" in text(client.get(reverse("meetings:attend", args=[meeting.pk])))
    assert client.get(reverse("meetings:own_attachment", args=[meeting.pk, paper.pk])).status_code == 200
    assert client.get(reverse("meetings:own_attachment", args=[meeting.pk, other.pk])).status_code == 404
    assert client_of(world.stranger).get(reverse("meetings:own_attachment", args=[meeting.pk, paper.pk])).status_code == 404


def test_the_record_is_shown_once_it_is_put_away(world: World) -> None:
    meeting = held(world)
    url = reverse("meetings:attend", args=[meeting.pk])
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    assert "会议记录归档后" in text(client_of(world.people[4]).get(url))
    meeting = closed(world, title="另一次党员大会")
    page = text(client_of(world.people[4]).get(reverse("meetings:attend", args=[meeting.pk])))
    assert "应到" in page
    assert "缺席" in page


def test_the_past_is_filtered(world: World) -> None:
    came, missed = held(world, (0, 1, 4)), held(world, (0, 1), title="第二次党员大会")
    client, url = client_of(world.people[4]), reverse("meetings:mine")
    assert all(one.title in text(client.get(url, {"tab": "past"})) for one in (came, missed))
    page = text(client.get(url, {"tab": "past", "show": "absent"}))
    assert missed.title in page
    assert came.title not in page
    assert "没有符合条件的会议" in text(client.get(url, {"tab": "past", "year": "2025"}))
    assert client.get(url, {"tab": "past", "year": "x", "page": "999", "show": "?"}).status_code == 200


def test_a_study_is_done_returned_and_done_again(world: World) -> None:
    meeting = closed(world)
    row = world.row(meeting, 4)
    actions.assign_make_up(
        actor=world.actor(2), meeting=meeting, attendance_ids=[row.pk], material="学习第一章", due_on=clock.today()
    )
    user: Any = world.people[4].user
    task = own_make_ups(user.pk).get()
    client, url = client_of(world.people[4]), reverse("meetings:make_up", args=[task.pk])
    assert "学习第一章" in text(client.get(url))
    answer = client.post(url, {"step": "hand_in", "reflection": "  "})
    assert answer.status_code == 422
    assert "请写几句学习体会" in text(answer)
    assert client.post(url, {"step": "hand_in", "reflection": "学有所得"})["Location"] == url
    assert "等记录人确认" in text(client.get(url))
    with unscoped("the recorder decides"):
        task.refresh_from_db()
        assert task.state == MakeUpState.SUBMITTED
        actions.confirm_make_up(actor=world.actor(2), make_up=task, accept=False, note="请联系实际")
    page = text(client.get(url))
    assert "请联系实际" in page
    assert "学有所得" in page
    client.post(url, {"step": "hand_in", "reflection": "联系实际的体会"})
    with unscoped("the recorder decides"):
        task.refresh_from_db()
        actions.confirm_make_up(actor=world.actor(2), make_up=task, accept=True)
    assert "已算补课" in text(client.get(url))
    assert client.post(url, {"step": "hand_in", "reflection": "再交"}).status_code == 422
    assert client_of(world.people[3]).get(url).status_code == 403
    assert client_of(world.people[3]).post(url, {"step": "hand_in", "reflection": "替写"}).status_code == 403


def test_a_member_of_another_branch_who_sits_in(world: World) -> None:
    guest = make.member(world.other, with_user=True)
    meeting = soon(world, observer_ids=[guest.pk])
    client = client_of(guest)
    assert "请您列席" in text(client.get(reverse("meetings:mine")))
    assert client.get(reverse("meetings:attend", args=[meeting.pk])).status_code == 200
    assert "签到成功" in text(client.post(reverse("meetings:check_in", args=[token_of(meeting)]), headers=HTMX))


def test_what_the_recorder_registered_is_shown(world: World) -> None:
    meeting = running(world, (4,))
    assert "由记录人登记" in text(client_of(world.people[4]).get(reverse("meetings:attend", args=[meeting.pk])))


def test_a_meeting_stands_above_everything_else_on_its_day(world: World) -> None:
    client = client_of(world.people[4])

    def stands_first(title: str) -> bool:
        page = text(client.get(reverse("site:home")))
        return page.index(title) < page.index("应办事项")

    soon(world, title="虚构明日会", sittings=[sitting("09:30", "11:00", days=1)])
    assert not stands_first("虚构明日会")
    today = soon(world, title="虚构今日会")
    assert stands_first("虚构今日会")
    client.post(reverse("meetings:check_in_code"), {"code": code_of(today), "meeting": today.pk})
    assert not stands_first("虚构今日会"), "the member is there"
