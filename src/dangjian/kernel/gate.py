"""How a view states what it needs. ``org.gate.GateMiddleware`` enforces it; a view that states nothing is refused.

>>> @page("meetings.view")
... def meeting_list(request): ...
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from dangjian.kernel.actor import Visitor

PUBLIC = "public"
"""Anybody, signed in or not."""

SIGNED_IN = "signed_in"
"""Anybody signed in, for what is his own; the view runs with the scope of everything the person may see."""


class Request(HttpRequest):
    """A request that the gate has let in, as views annotate it."""

    actor: Visitor
    auth: Any  # of an operation of the API: the actor that its token stands for
    admission: AbstractContextManager[None] | None  # what the gate opened and closes again
    user: Any  # the account model stands on a higher floor; nobody anonymous passes the gate
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]


def page(permission: str, *, methods: tuple[str, ...] = ("GET",), before_password_change: bool = False) -> Callable[[View], View]:
    """Mark a view with the permission it needs and the HTTP methods it answers (HEAD comes with GET).

    ``before_password_change`` opens it to somebody who still has to choose a password of his own.
    """
    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)

    def mark(view: View) -> View:
        @wraps(view)
        @require_http_methods(allowed)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs)

        # The middleware and the contracts read these.
        vars(gated).update(
            required_permission=permission, answers_methods=tuple(methods), before_password_change=before_password_change
        )
        return gated

    return mark
