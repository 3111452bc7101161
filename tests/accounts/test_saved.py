"""The copy of a form on the device goes only when the server says that it was saved."""

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory

from dangjian.accounts.events import record, record_many
from dangjian.accounts.saved import SavedMiddleware
from dangjian.accounts.sessions import BACKEND
from dangjian.kernel.actor import SystemActor
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
MARK = "mx1c2d3e-0a1b2c3d4e"
BY = SystemActor("测试")


def _act(**more: str) -> None:
    with transaction.atomic():
        record(actor=BY, verb="tests.done", summary="办理", **more)


def _answered(view: object, mark: str = MARK, method: str = "post") -> HttpResponse:
    request = getattr(RequestFactory(), method)("/", {"copy_mark": mark})
    answer: HttpResponse = SavedMiddleware(view)(request)  # type: ignore[arg-type, assignment]  # a view of this file
    return answer


def _saves(_request: HttpRequest) -> HttpResponse:
    _act()
    return HttpResponseRedirect("/")


def test_what_was_saved_is_named_on_the_way_to_the_next_page() -> None:
    cookie = _answered(_saves).cookies["saved"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == (MARK, "Lax", "")


def test_many_events_say_so_too() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        record_many([{"actor": BY, "verb": "tests.done", "summary": "办理"}])
        return HttpResponse()

    assert _answered(view).cookies["saved"].value == MARK


@pytest.mark.parametrize("mark", ["", "short", "x" * 41, "a;b=c;Domain=x", "含有汉字的标记啊啊啊"])
def test_a_mark_that_no_page_makes_is_not_repeated(mark: str) -> None:
    assert "saved" not in _answered(_saves, mark).cookies


def test_nothing_written_proves_nothing() -> None:
    assert "saved" not in _answered(lambda _request: HttpResponseRedirect("/accounts/sign-in/")).cookies


def test_what_was_taken_back_proves_nothing() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            _act()
            transaction.set_rollback(True)
        return HttpResponseRedirect("/")

    assert "saved" not in _answered(view).cookies


def test_a_refusal_that_is_noted_proves_nothing() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        _act(result="refused")
        return HttpResponseRedirect("/")

    assert "saved" not in _answered(view).cookies


@pytest.mark.parametrize("status", [403, 409, 422, 500])
def test_an_answer_that_says_no_proves_nothing(status: int) -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        _act()
        return HttpResponse(status=status)

    assert "saved" not in _answered(view).cookies


def test_looking_at_a_page_proves_nothing() -> None:
    assert "saved" not in _answered(_saves, method="get").cookies


def test_a_page_saves_and_says_so() -> None:
    person = make.user()
    client = Client()
    typed = {"email": "a@example.com", "password": "Test-1234", "copy_mark": MARK}
    assert "saved" not in client.post("/accounts/contact/", typed).cookies
    client.force_login(person, backend=BACKEND)
    assert "saved" not in client.post("/accounts/contact/", typed | {"email": "no address"}).cookies
    assert client.post("/accounts/contact/", typed).cookies["saved"].value == MARK


def test_a_part_of_a_page_asked_for_after_signing_out_leads_the_page_to_sign_in() -> None:
    page = "http://testserver/meetings/new/?kind=general_meeting"
    answer = Client().post("/meetings/new/", {"part": "keep"}, headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/sign-in/?next=/meetings/new/%3Fkind%3Dgeneral_meeting"


def test_a_part_asked_for_from_elsewhere_leads_home() -> None:
    elsewhere = {"HX-Request": "true", "HX-Current-URL": "https://elsewhere.example/"}
    assert Client().get("/meetings/", headers=elsewhere)["HX-Redirect"] == "/accounts/sign-in/?next=/"
