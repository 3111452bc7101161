"""Telling a page that what was typed in it is saved, so that the copy on the device may go.

The page keeps a copy of what is typed under a mark and sends the mark along. Every act writes an event, so that a committed
event is the proof: then the answer names the mark in a cookie, which outlives a redirect, and the page lets the copy go. A
sign-in page, a refusal, an error or no answer at all prove nothing, and the copy stays.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

FIELD, COOKIE = "copy_mark", "saved"
_MARK = re.compile(r"[\w-]{8,40}", re.ASCII)
_SECONDS = 300
_commits: ContextVar[list[bool] | None] = ContextVar("commits", default=None)


def on_commit() -> None:
    """Note that something was written, once it is for good. Called by ``events.record``."""
    commits = _commits.get()
    if commits is not None:
        transaction.on_commit(lambda: commits.append(True))


class SavedMiddleware:
    """Answers a form that sent the mark of its copy, and was saved, with that mark."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and watch for what is written meanwhile."""
        if request.method != "POST":
            return self.get_response(request)
        commits: list[bool] = []
        token = _commits.set(commits)
        try:
            response = self.get_response(request)
        finally:
            _commits.reset(token)
        mark = request.POST.get(FIELD, "") if commits else ""
        if _MARK.fullmatch(mark) and response.status_code < 400:
            secure = settings.SESSION_COOKIE_SECURE
            response.set_cookie(COOKIE, mark, max_age=_SECONDS, secure=secure, samesite="Lax")
        return response
