"""How much somebody may send: a stranger no more than a form of words, somebody signed in as much as the pages promise.

What is too large is refused by what its sender says of its length, before a byte of it is read or kept.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from dangjian.accounts.sessions import account_of

FOR_PROGRAMS = "/api/"


class BodyLimitMiddleware:
    """Stands below the sessions and above everything that reads a body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse what is too large."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal():
            return _refused(request, settings.LARGEST_OF_STRANGERS)
        limit = _limit(request, int(length))
        return _refused(request, limit) if int(length) > limit else self.get_response(request)


def _limit(request: HttpRequest, length: int) -> int:
    """In bytes. Who it is matters only for what is larger than a stranger may send."""
    if length <= settings.LARGEST_OF_STRANGERS:
        return settings.LARGEST_OF_STRANGERS
    if request.path.startswith(FOR_PROGRAMS):
        # A token is looked at later; what it comes with is no file and stays in memory.
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return int(settings.LARGEST_REQUEST) if account_of(request).is_authenticated else settings.LARGEST_OF_STRANGERS


def _refused(request: HttpRequest, limit: int) -> HttpResponse:
    size = f"{limit // 1024 // 1024}MB" if limit >= 1024 * 1024 else f"{limit // 1024}KB"
    if request.path.startswith(FOR_PROGRAMS):
        told = {"detail": f"请求的内容超过{size}。", "how": "请分几次发送。", "citation": "", "fields": {}}
        return JsonResponse(told, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, json_dumps_params={"ensure_ascii": False})
    context = {"size": size, "is_stranger": limit == settings.LARGEST_OF_STRANGERS}
    return render(request, "errors/too_large.html", context, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
