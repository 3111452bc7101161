"""Addresses with pages that forget something, for the test that the walk over all addresses finds it out."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from dangjian.config.urls import urlpatterns as kept
from dangjian.engines.notifications.models import Notification
from dangjian.kernel.errors import PermissionDenied
from dangjian.kernel.gate import SIGNED_IN, Request, requires


def closed_to_all(_request: Request, pk: int) -> int:
    raise PermissionDenied(f"第{pk}号不对任何人开放。")


def open_to_all(_request: Request, pk: int) -> int:
    return pk


@requires(SIGNED_IN)
def finds_and_forgets(_request: Request, pk: int) -> HttpResponse:
    """Names a thing and does not say for whom it opens."""
    return HttpResponse(f"{pk}")


@requires("org.view")
def finds_in_the_scope(_request: Request, pk: int) -> HttpResponse:
    """Looks up a thing where its permission is held, and says nothing of it."""
    return HttpResponse(f"{pk}")


@requires("org.view", on=open_to_all)
def finds_the_second_itself(_request: Request, number: int, row: int) -> HttpResponse:
    """Is handed the first thing in its address, and looks up the second."""
    return HttpResponse(f"{number}{row}")


def says_and_does_not_ask(request: Any, pk: int) -> HttpResponse:
    """Marked like a page that asks, without the gate before it."""
    Notification.objects.create(user=request.user, topic="planted", title=f"{pk}")
    return HttpResponse()


vars(says_and_does_not_ask).update(required_permission=SIGNED_IN, answers_methods=("POST",), opens=closed_to_all)


@requires(SIGNED_IN, on=open_to_all, methods=("POST",))
def trips_over_nothing(request: HttpRequest, number: int) -> HttpResponse:
    """Takes for granted that something was typed."""
    return HttpResponse(f"{number}{request.POST['text']}")


urlpatterns = [
    *kept,
    *(
        path(f"planted/{view.__name__}/<int:pk>/", view, name=view.__name__)
        for view in (finds_and_forgets, finds_in_the_scope, says_and_does_not_ask, trips_over_nothing)
    ),
    path("planted/finds_the_second_itself/<int:pk>/<int:row>/", finds_the_second_itself, name="finds_the_second_itself"),
]
