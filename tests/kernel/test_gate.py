"""What a page asks before its view runs, and what the view is handed."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import Conflict, NotFound, PermissionDenied, Refusal
from dangjian.kernel.gate import SIGNED_IN, Request, found_by, let_in, requires


def _thing(_request: Request, pk: int) -> str:
    if pk != 7:
        raise NotFound
    return f"第{pk}号"


@requires(SIGNED_IN, on=_thing)
def _paper(_request: HttpRequest, thing: str, form: str) -> HttpResponse:
    return HttpResponse(f"{thing} {form}")


@requires(SIGNED_IN, on=_thing, methods=("POST",), opened="")
def _change(_request: HttpRequest, thing: str) -> HttpResponse:
    return HttpResponse(thing)


def test_a_view_takes_the_thing_in_the_place_of_its_number() -> None:
    assert _paper(RequestFactory().get("/"), pk=7, form="pdf").content.decode() == "第7号 pdf"
    assert _change(RequestFactory().post("/"), pk=7).content.decode() == "第7号"


def test_a_view_does_not_run_where_the_page_does_not_open() -> None:
    with pytest.raises(NotFound):
        _paper(RequestFactory().get("/"), pk=8, form="pdf")


def test_the_method_is_looked_at_before_the_thing() -> None:
    assert _change(RequestFactory().get("/"), pk=8).status_code == 405


def test_the_contracts_ask_as_the_gate_does() -> None:
    assert vars(_paper)["opens"] is _thing
    request = RequestFactory().get("/")
    assert found_by(_thing, request, {"pk": 7, "form": "pdf"}) == ("第7号", {"form": "pdf"})


@pytest.mark.parametrize(
    ("refusal", "method", "is_let_in"),
    [
        (Conflict("已经办结。"), "GET", False),
        (Conflict("已经办结。"), "POST", True),  # the action refuses it in the form
        (PermissionDenied("不能办理。"), "GET", False),
        (PermissionDenied("不能办理。"), "POST", False),
        (NotFound(), "POST", False),
    ],
)
def test_a_form_is_not_asked_where_the_thing_stands(refusal: Refusal, method: str, *, is_let_in: bool) -> None:
    request: Any = RequestFactory().generic(method, "/")
    request.actor = SystemActor("测试")

    def check(_actor: Actor, thing: str) -> None:
        assert thing == "第7号"
        raise refusal

    if is_let_in:
        let_in(request, check, "第7号")
        return
    with pytest.raises(type(refusal)):
        let_in(request, check, "第7号")
