"""What a page asks before its view runs, and what the view is handed."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, found_by, requires


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
