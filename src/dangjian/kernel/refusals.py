"""How a refusal is answered: a page for a person, a toast for an HTMX request."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dangjian.kernel.errors import Refusal


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The response to a refused request, with the refusal's status.

    A form view catches ``Invalid`` itself and shows the messages beside the fields; whatever it does not catch comes here.
    """
    if request.headers.get("HX-Request"):
        text = f"{refusal.message}{refusal.how}"
        response = HttpResponse(status=refusal.status)
        response["HX-Reswap"] = "none"
        response["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": "danger", "citation": refusal.citation}})
        return response
    return render(request, "errors/refusal.html", {"refusal": refusal}, status=refusal.status)
