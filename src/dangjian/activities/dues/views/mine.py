"""我的党费: what a member owes and has paid, wherever he paid it."""

from django.http import HttpResponse
from django.shortcuts import render

from dangjian.kernel.gate import SIGNED_IN, Request, page


@page(SIGNED_IN)
def mine(request: Request) -> HttpResponse:
    """A member's own dues."""
    return render(request, "dues/mine.html")
