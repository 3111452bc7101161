"""From a form to an action: done, shown again, or its own page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django import forms
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.ui.done import undo_of

PAGE = "{{ form.non_field_errors|join:'' }}{{ form.title.errors|join:'' }}|{{ form.title.value }}|{{ now }}"
LOCMEM = ("django.template.loaders.locmem.Loader", {"page.html": PAGE})
LOADERS = [LOCMEM, "django.template.loaders.app_directories.Loader"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": LOADERS}}]


class TitleForm(forms.Form):
    title = forms.CharField(max_length=5)


class RenamingForm(TitleForm):
    def place_of(self, keyword: str) -> str:
        return "title" if keyword == "name" else keyword


def asked(method: str = "POST", **data: Any) -> Any:
    request: HttpRequest = getattr(RequestFactory(), method.lower())("/", data)
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]  # what the middleware sets
    return request


def said(request: Any) -> list[Any]:
    return list(request._messages._queued_messages)


def refuse(refusal: Exception) -> Any:
    def act(_data: dict[str, Any]) -> None:
        raise refusal

    return act


def test_what_was_typed_reaches_the_action_and_one_is_told_and_led_on() -> None:
    request = asked(title="议题")
    answer = submit(
        request,
        TitleForm(request.POST),
        lambda data: {**data, "pk": 7},
        template="page.html",
        done=lambda made: f"已保存{made['title']}",
        to=lambda made: f"/things/{made['pk']}/",
        undo=lambda made: f"/undo/{made['pk']}/",
    )
    assert (answer.status_code, answer["Location"]) == (302, "/things/7/")
    assert [(str(one), undo_of(one)) for one in said(request)] == [("已保存议题", "/undo/7/")]


@override_settings(TEMPLATES=TEMPLATES)
@pytest.mark.parametrize("refusal", [Invalid("不行。", fields={"title": "太短"}), Conflict("已有。", citation="《条例》第一条")])
def test_what_can_be_mended_stands_in_the_form_with_what_was_typed(refusal: Exception) -> None:
    request = asked(title="议题")
    answer = submit(request, TitleForm(request.POST), refuse(refusal), template="page.html", done="已保存", to="/")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "|议题|" in page
    assert refusal.text in page
    assert said(request) == []


@pytest.mark.parametrize("refusal", [PermissionDenied("不可以。"), NotFound()])
def test_what_nobody_can_mend_goes_to_its_own_page(refusal: Exception) -> None:
    with pytest.raises(type(refusal)):
        attempt(TitleForm({"title": "议题"}), refuse(refusal))


@override_settings(TEMPLATES=TEMPLATES)
def test_a_form_that_is_shown_or_wrong_asks_no_action() -> None:
    act = refuse(AssertionError("asked"))
    shown = submit(asked("GET"), TitleForm(), act, template="page.html", to="/")
    wrong = submit(asked(title="太长的标题了"), TitleForm({"title": "太长的标题了"}), act, template="page.html", to="/")
    assert (shown.status_code, wrong.status_code) == (200, 422)


@override_settings(TEMPLATES=TEMPLATES)
def test_the_page_shows_how_things_stand_after_the_attempt() -> None:
    changed = []

    def act(_data: dict[str, Any]) -> None:
        changed.append("now")
        raise Conflict("不行。")

    request = asked(title="议题")
    answer = submit(request, TitleForm(request.POST), act, template="page.html", to="/", context=lambda: {"now": changed[0]})
    assert answer.content.decode().endswith("|now")


def test_an_action_that_answers_nothing_was_done_all_the_same() -> None:
    request, seen = asked(title="议题"), []
    answer = submit(request, TitleForm(request.POST), seen.append, template="page.html", done="已办", to="/next/")
    assert (answer.status_code, seen, [str(one) for one in said(request)]) == (302, [{"title": "议题"}], ["已办"])
    assert attempt(TitleForm({"title": "议题"}), lambda _data: 0) == 0


def test_the_turn_is_held_while_the_action_works() -> None:
    order: list[str] = []

    class Turn:
        @contextmanager
        def of(self, _form: Any) -> Iterator[None]:
            order.append("held")
            yield
            order.append("given back")

    assert attempt(TitleForm({"title": "议题"}), lambda _data: order.append("done") or True, Turn())
    assert order == ["held", "done", "given back"]


def test_a_form_says_where_the_refusal_of_a_keyword_stands() -> None:
    form = RenamingForm({"title": "议题"})
    assert attempt(form, refuse(Invalid("不行。", fields={"name": "太短", "other": "没有这一栏"}))) is None
    assert form.errors["title"] == ["太短"]
    assert form.non_field_errors() == ["没有这一栏", "不行。"]
