"""What was worked out for a request is kept with it, and with no other."""

from django.http import HttpRequest
from django.test import RequestFactory

from dangjian.kernel.once import once_a_request


def test_it_is_worked_out_once_for_each_request() -> None:
    asked: list[str] = []

    @once_a_request
    def number(request: HttpRequest) -> int:
        asked.append(request.path)
        return len(asked)

    @once_a_request
    def nothing(request: HttpRequest) -> None:
        asked.append("nothing")

    first, second = RequestFactory().get("/a/"), RequestFactory().get("/b/")
    assert [number(first), number(first), number(second), number(first)] == [1, 1, 2, 1]
    assert nothing(first) is nothing(first) is None
    assert asked == ["/a/", "/b/", "nothing"]
