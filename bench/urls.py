"""The product's addresses, and two bare views as yardsticks: one inserts a row, one shows a signed-in page with nothing on it."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from dangjian.kernel.gate import PUBLIC, SIGNED_IN, Request, requires


@csrf_exempt
def insert_one(_request: HttpRequest) -> HttpResponse:
    """Insert one row and say so; nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare (note) VALUES ('x')")
    return HttpResponse("ok")


insert_one.required_permission = PUBLIC


@requires(SIGNED_IN)
def bare_page(request: Request) -> HttpResponse:
    """The frame of every page, with nothing in it."""
    return render(request, "frame.html")


urlpatterns = [path("bench/insert/", insert_one), path("bench/page/", bare_page), path("", include("dangjian.config.urls"))]
