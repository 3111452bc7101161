"""How a view states what it needs. ``org.gate.GateMiddleware`` enforces it; a view that states nothing is refused.

>>> @requires("meetings.view")
... def meeting_list(request): ...
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from dangjian.kernel.actor import Visitor
from dangjian.kernel.errors import Conflict

if TYPE_CHECKING:
    from django.contrib.auth.models import (
        _User as Account,  # the types' name for the account model, which stands on a higher floor
    )

PUBLIC = "public"
"""Anybody, signed in or not."""

SIGNED_IN = "signed_in"
"""Anybody signed in, for their own; the view runs with the scope of everything they may see. A page of one thing says ``on``."""


class Request(HttpRequest):
    """A request that the gate has let in, as views annotate it."""

    actor: Visitor
    auth: Visitor  # of an operation of the API: the actor that its token stands for
    admission: AbstractContextManager[None] | None  # what the gate opened and closes again
    user: "Account"  # nobody anonymous passes the gate
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]
About = ParamSpec("About")
Finder = Callable[..., object]
"""Finds what a page opens, from the request and what it names of the address; raises unless the reader may open this page."""


def let_in(
    request: Request, check: Callable[Concatenate[Visitor, About], object], *about: About.args, **more: About.kwargs
) -> None:
    """For what finds a page's object: ask ``check`` of whoever opens the page, as its action does; raises what ``check`` raises.

    >>> let_in(request, actions.require_excusing, duty)

    A form is not asked where the thing stands (``Conflict``): what comes too late is for the action, whose refusal stands in the
    form with everything that was typed.
    """
    try:
        check(request.actor, *about, **more)
    except Conflict:
        if request.method != "POST":
            raise


ABOVE = "above"
"""The nearest page above in the address: ``/meetings/7/`` for ``/meetings/7/begin/``."""


def requires(
    permission: str,
    *,
    on: Finder | None = None,
    methods: tuple[str, ...] = ("GET",),
    before_password_change: bool = False,
    opened: str = ABOVE,
) -> Callable[[View], View]:
    """Mark a view with the permission it needs and the HTTP methods it answers (HEAD comes with GET).

    ``on`` says what is asked of the object that the page opens. It finds the object and raises ``NotFound`` or
    ``PermissionDenied`` unless the reader may open this page of it; the view takes the object in the place of the numbers in
    the address::

        def meeting_to_record(request, pk):
            meeting = find(Meeting, pk=pk)
            require_recorder(request.actor, meeting)
            return meeting

        @requires(SIGNED_IN, on=meeting_to_record, methods=("POST",))
        def begin(request, meeting): ...

    It asks what the action asks (``let_in``, where that asks how things stand too). What stands in the address and is not named
    by ``on`` follows the object (``record_paper(request, meeting, form)``). Only an address that names no row does without.

    ``before_password_change`` opens it to somebody who still has to choose a password of their own. Whoever opens the address of
    a view that only takes a form (a phone loads its tabs anew, people keep addresses) comes to its page: the nearest one above,
    or the one that ``opened`` names. Where no person ever comes, ``opened=""`` answers 405.
    """
    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
    leads_on = "GET" not in methods and opened

    def mark(view: View) -> View:
        checked = require_http_methods(allowed)(_handed(view, on) if on else view)

        @wraps(view)
        def gated(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if leads_on and request.method in {"GET", "HEAD"}:
                return _led_on(request, opened)
            return checked(request, *args, **kwargs)

        # The middleware and the contracts read these.
        vars(gated).update(
            required_permission=permission,
            answers_methods=tuple(methods),
            before_password_change=before_password_change,
            opens=on,
        )
        return gated

    return mark


def permission_of(address: str) -> str:
    """What the page at an address of this platform asks for (``requires``)."""
    view: Any = resolve(address.partition("?")[0]).func
    found: str = view.required_permission
    return found


def found_by(on: Finder, request: HttpRequest, address: dict[str, object]) -> tuple[object, dict[str, object]]:
    """The object that ``on`` finds, and what it leaves of the address; raises what ``on`` raises."""
    named = set(signature(on).parameters)
    found = on(request, **{name: value for name, value in address.items() if name in named})
    return found, {name: value for name, value in address.items() if name not in named}


def _handed(view: View, on: Finder) -> View:
    """The view, handed what ``on`` finds."""

    @wraps(view)
    def handed(request: HttpRequest, **address: object) -> HttpResponseBase:
        found, rest = found_by(on, request, address)
        return view(request, found, **rest)

    return handed


def _led_on(request: HttpRequest, opened: str) -> HttpResponse:
    """To the page of an address that only takes a form, with what stood behind the question mark."""
    if opened != ABOVE:
        return redirect(opened)
    query = request.META.get("QUERY_STRING", "")
    return redirect(_page_above(request.path) + (f"?{query}" if query else ""))


def _page_above(path: str) -> str:
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            found = resolve(path)
        except Resolver404:
            continue
        if "GET" in getattr(found.func, "answers_methods", ()):
            return path
    return path
