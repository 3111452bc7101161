"""收缴: the one entry to dues for everybody."""

from django.http import HttpResponse
from django.shortcuts import redirect

from dangjian.kernel.gate import Request, page


@page("dues.pay")
def door(request: Request) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Members come to their own page."""
    return redirect("dues:mine")
