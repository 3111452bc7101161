"""Home, health, and the answers to errors."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from dangjian.kernel.gate import PUBLIC, SIGNED_IN, page


@page(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """The start page."""
    return render(request, "site/home.html")


@page(PUBLIC)
def healthz(_request: HttpRequest) -> JsonResponse:
    """Whether the server answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """The form was open too long, or cookies are refused."""
    return render(request, "errors/csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """No such address."""
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke; it has been logged."""
    return render(request, "errors/500.html", status=500)
