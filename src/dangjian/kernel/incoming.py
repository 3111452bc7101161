"""What arrives from a browser is made visible before anything reads it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from dangjian.kernel.text import visible_query


class VisibleTextMiddleware:
    """Drops invisible characters from all texts of forms and addresses (``kernel.text``), so that no form has to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Clean what was sent, then go on."""
        request.GET = visible_query(request.GET)  # type: ignore[assignment]  # a copy is a query too
        if request.method == "POST":
            request.POST = visible_query(request.POST)  # type: ignore[assignment]  # likewise
        return self.get_response(request)
