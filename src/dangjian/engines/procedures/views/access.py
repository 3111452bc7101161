"""Who may open a page: what an address names, found for whoever may read it."""

from django.urls import reverse

from dangjian.engines.procedures.installed import offer_of, procedure
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.queries import case_of_named, case_of_other_side
from dangjian.kernel.gate import Request
from dangjian.org.gate import find
from dangjian.org.openings import own


def case_to_read(request: Request, pk: int) -> ProcedureCase:
    """A case, for whoever may see its procedure's cases on one of its sides, the person in question and those named for it."""
    mine: ProcedureCase | None = own(ProcedureCase, request.user.pk).select_related("organization").filter(pk=pk).first()
    if mine is not None:
        return mine
    helped = case_of_named(pk, request.user.pk)
    if helped is not None:
        return helped
    received = case_of_other_side(request.actor, pk)
    if received is not None:
        return received
    found: ProcedureCase = find(ProcedureCase.objects.select_related("organization", "account"), pk=pk)
    request.actor.require(procedure(found.procedure).view, found.organization)
    return found


def case_url(case: ProcedureCase) -> str:
    """Where a case is shown."""
    return reverse(f"procedures:{case.procedure}_case", args=[case.pk])


def list_crumbs(request: Request, case: ProcedureCase) -> list[tuple[str, str]]:
    """The way to the list of such cases, for whoever may open it: the person, or somebody named for one of them, does not."""
    known = procedure(case.procedure)
    return [(known.title, reverse(offer_of(known.code).list_name))] if request.actor.may(known.view) else []


def case_crumbs(request: Request, case: ProcedureCase) -> list[tuple[str, str]]:
    """The way to a case, for a page below it."""
    return [*list_crumbs(request, case), (case.title, case_url(case))]
