"""The pages of whoever writes and of whoever answers."""

import datetime as dt
import io
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import User
from dangjian.activities.feedback import actions
from dangjian.activities.feedback.models import Feedback
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Grant
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def written(world: World, title: str = "打不开名册", **more: str) -> Feedback:
    texts = {"kind": "trouble", "text": "点了没有反应"} | more
    return actions.write(actor=make.actor(world.member_user), organization=world.branch, title=title, **texts)


def test_from_writing_to_the_answer(world: World) -> None:
    author, secretary = signed_in(world.member_user), signed_in(world.secretary)
    texts = {"kind": "complaint", "organization": world.branch.pk, "title": "请假没有人批", "text": "上个月请的假"}
    page = author.post(reverse("feedback:write"), texts, follow=True)
    assert "请假没有人批" in page.content.decode()
    with unscoped("test"):
        feedback = Feedback.objects.get()
    assert "请假没有人批" in secretary.get(reverse("site:home")).content.decode()
    assert "请假没有人批" in secretary.get(reverse("feedback:inbox")).content.decode()
    secretary.post(reverse("feedback:answer", args=[feedback.pk]), {"text": "已经补批"})
    assert "已经补批" in author.get(reverse("feedback:own", args=[feedback.pk])).content.decode()
    assert "没有要答复的意见建议" in secretary.get(reverse("feedback:inbox")).content.decode()


def test_a_form_that_is_refused_keeps_what_was_typed(world: World) -> None:
    author = signed_in(world.member_user)
    page = author.post(reverse("feedback:write"), {"kind": "trouble", "organization": world.branch.pk, "text": "写了很多"})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "写了很多" in page.content.decode()
    feedback, secretary = written(world), signed_in(world.secretary)
    long = "长" * (actions.LONGEST + 1)
    page = secretary.post(reverse("feedback:answer", args=[feedback.pk]), {"text": long})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert long in page.content.decode()
    assert "最多2000个字，现在是2001个字" in page.content.decode()
    page = secretary.post(reverse("feedback:pass_on", args=[feedback.pk]), {"organization": world.committee.pk, "note": ""})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_two_who_answer_at_once_lose_nothing_of_what_the_second_one_typed(world: World) -> None:
    feedback = written(world)
    first, second = signed_in(world.secretary), signed_in(world.deputy)
    address = reverse("feedback:answer", args=[feedback.pk])
    assert first.post(address, {"text": "第一个答复"}).status_code == HTTPStatus.FOUND
    page = second.post(address, {"text": "第二个答复"})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for words in ("这一条已答复，不需要再办理", "第一个答复", "第二个答复"):
        assert words in page.content.decode()


def test_what_the_author_adds_after_taking_it_back_is_refused_in_words(world: World) -> None:
    feedback, author = written(world), signed_in(world.member_user)
    author.post(reverse("feedback:withdraw", args=[feedback.pk]))
    page = author.post(reverse("feedback:add", args=[feedback.pk]), {"text": "又想说的话"})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "另写一条" in page.content.decode()
    assert "又想说的话" in page.content.decode()


def test_what_the_secretary_wrote_is_not_theirs_to_answer(world: World) -> None:
    feedback = actions.write(
        actor=make.actor(world.secretary), organization=world.branch, kind="suggestion", title="虚构建议", text="虚构"
    )
    secretary = signed_in(world.secretary)
    page = secretary.get(reverse("feedback:case", args=[feedback.pk])).content.decode()
    assert "您本人提出的" in page
    assert reverse("feedback:answer", args=[feedback.pk]) not in page
    assert secretary.post(reverse("feedback:answer", args=[feedback.pk]), {"text": "好"}).status_code == HTTPStatus.FORBIDDEN


def test_nobody_else_reads_it(world: World) -> None:
    feedback = written(world)
    for user in (world.neighbour, world.office, world.security_admin, world.audit_admin):
        for name in ("feedback:own", "feedback:case"):
            answer = signed_in(user).get(reverse(name, args=[feedback.pk]))
            assert answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}, (user, name)


def test_the_inbox_filters_sorts_and_exports(world: World) -> None:
    first, second = written(world, "甲事"), written(world, "乙事", kind="suggestion")
    with unscoped("test"):
        Feedback.objects.filter(pk=second.pk).update(due_on=clock.today() - dt.timedelta(days=1))
    secretary, inbox = signed_in(world.secretary), reverse("feedback:inbox")

    def shown(**query: str) -> list[str]:
        return [row.title for row in secretary.get(inbox, query).context["page_obj"]]

    assert shown() == ["乙事", "甲事"]
    assert shown(sort="-due") == ["甲事", "乙事"]
    assert shown(kind="trouble") == ["甲事"]
    assert shown(q="乙") == ["乙事"]
    with unscoped("test"):
        initials = Member.objects.get(user=world.member_user).name_initials
    assert shown(q=initials) == ["乙事", "甲事"], "by whoever wrote it"
    assert shown(state="answered") == []
    assert "还没有答复过意见建议" in secretary.get(inbox, {"state": "answered"}).content.decode()
    assert shown(state="nonsense", kind="nonsense", sort="nonsense") == ["乙事", "甲事"]
    actions.answer(actor=make.actor(world.secretary), feedback=first, text="好")
    assert shown(state="answered") == shown(state="answered", sort="-x") == ["甲事"]
    answer = secretary.get(reverse("feedback:inbox_sheet"), {"state": "all", "sort": "title"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]  # a file
    texts = [str(cell.value) for row in book.active.iter_rows() for cell in row if cell.value]  # type: ignore[union-attr]  # one sheet
    assert {"甲事", "乙事", "已答复", "已超期"} <= set(texts)
    assert not any("点了没有反应" in text for text in texts)


def test_where_nobody_answers_the_page_says_what_to_do() -> None:
    page = signed_in(make.user()).get(reverse("feedback:write")).content.decode()
    assert "还没有人可以办理意见建议" in page


def test_the_level_above_is_offered_once_nobody_answered_in_time_and_somebody_answers_there(world: World) -> None:
    feedback = written(world)
    author, address = signed_in(world.member_user), reverse("feedback:turn_to_superior", args=[feedback.pk])

    def offered() -> bool:
        return address in author.get(reverse("feedback:own", args=[feedback.pk])).content.decode()

    assert not offered()
    with clock.at(clock.now() + dt.timedelta(days=90)):
        with unscoped("the party office of the committee above answers"):
            above = Grant.objects.filter(user=world.office)
            assert offered()
            above.delete()
        assert not offered(), "nobody is left who could answer"
        author.post(address)
    with unscoped("test"):
        assert Feedback.objects.get().organization == world.branch
