"""Papers of the members' app."""

from collections.abc import Sequence
from itertools import groupby

from django.template.loader import render_to_string

from dangjian.kernel.documents import render_pdf
from dangjian.members.models import Member

IN_A_LINE = 2
"""Slips beside each other on a sheet."""


def slips(members: Sequence[Member], address: str) -> bytes:
    """``slips_page`` as PDF."""
    return render_pdf(slips_page(members, address))


def slips_page(members: Sequence[Member], address: str) -> str:
    """Slips to cut apart, each branch beginning a new page: who, how to sign in at ``address``, and the first password.

    ``members`` stand in the order of their branches and bring their account and ``first_password``.
    """
    branches = []
    for branch, some in groupby(members, key=lambda member: member.branch):
        rows = list(some)
        pairs = [rows[place : place + IN_A_LINE] for place in range(0, len(rows), IN_A_LINE)]
        branches.append({"branch": branch, "number": len(rows), "pairs": pairs})
    return render_to_string("members/documents/slips.html", {"branches": branches, "address": address})
