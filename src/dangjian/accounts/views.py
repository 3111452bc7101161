"""Sign-in, passwords, accounts, the event trail."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def locked_out(request: HttpRequest, credentials: dict[str, Any], *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG001 - axes' signature
    """The answer after too many wrong passwords."""
    return render(request, "accounts/locked_out.html", status=429)
