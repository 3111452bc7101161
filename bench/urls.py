"""The product's addresses and one bare view that inserts a row: the yardstick of ``bench.check_in``."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from dangjian.kernel.gate import PUBLIC


@csrf_exempt
def insert_one(_request: HttpRequest) -> HttpResponse:
    """Insert one row and say so; nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare (note) VALUES ('x')")
    return HttpResponse("ok")


insert_one.required_permission = PUBLIC

urlpatterns = [path("bench/insert/", insert_one), path("", include("dangjian.config.urls"))]
