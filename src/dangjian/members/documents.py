"""Papers of the members' app."""

from collections.abc import Sequence
from itertools import groupby

from django.template.loader import render_to_string

from dangjian.kernel.documents import render_pdf
from dangjian.members.models import Member


def slips(members: Sequence[Member], address: str) -> bytes:
    """``slips_page`` as PDF."""
    return render_pdf(slips_page(members, address))


def slips_page(members: Sequence[Member], address: str) -> str:
    """Slips to cut apart, each branch beginning a new page: who, how to sign in at ``address``, and the first password.

    ``members`` stand in the order of their branches and bring their account and ``first_password``.
    """
    branches = [(branch, list(rows)) for branch, rows in groupby(members, key=lambda member: member.branch)]
    return render_to_string("members/documents/slips.html", {"branches": branches, "address": address})
