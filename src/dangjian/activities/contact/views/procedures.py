"""Procedures of other apps to which an article may lead: a button for each that is installed and that the reader may begin."""

from dataclasses import dataclass

from django.urls import reverse

from dangjian.engines.procedures.actions.members import require_starting_for
from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request
from dangjian.kernel.registry import offers
from dangjian.members.models import Member


@dataclass(frozen=True, slots=True)
class Beginning:
    """The button that begins a procedure for a member."""

    title: str
    url: str


def beginnings(request: Request, member: Member, *codes: str) -> list[Beginning]:
    """Buttons that begin the procedures ``codes`` for ``member``, of those that are there and open to the reader."""
    return [
        Beginning(offer.procedure.begin, reverse(f"procedures:{offer.code}_for", args=[member.pk]))
        for offer in offers(ProcedureOffer)
        if offer.code in codes and offer.procedure.begins_here and may(require_starting_for, request.actor, offer.code, member)
    ]
