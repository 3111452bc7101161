"""What arrives from a browser is made visible before anything reads it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict

from dangjian.kernel.text import visible


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


def visible_query(data: QueryDict) -> QueryDict:
    """What was sent by a form or stands behind the question mark, made visible; passwords are left alone."""
    changed = {
        name: [visible(value) for value in values]
        for name, values in data.lists()
        if "password" not in name and any(isinstance(value, str) and visible(value) != value for value in values)
    }
    if not changed:
        return data
    found = data.copy()
    for name, values in changed.items():
        found.setlist(name, values)
    return found
