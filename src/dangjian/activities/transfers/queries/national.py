"""Transfers as the national system is told of them, and what differs from what it says."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When

from dangjian.activities.transfers.models import Letter, NationalAnswer, NationalRow
from dangjian.activities.transfers.national import Takes, number_of, template
from dangjian.engines.procedures.entries import shown
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel.spreadsheets.cells import Value as CellValue
from dangjian.members.models import Member
from dangjian.org.openings import register

CODES = ("transfer", "transfer_out", "transfer_in")
OURS = {CaseState.OPEN: NationalAnswer.PENDING, CaseState.FINISHED: NationalAnswer.RECEIVED}
"""Where a case stands in the words of the national system; one that ended otherwise was returned."""
IN = "transfer_in"
ARRIVED = "settled"
"""The stage of somebody who comes and was received here, though the case still runs."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What is told of one transfer; ``member_id`` is the person's record, if they have one."""

    case: ProcedureCase
    member_id: int | None
    values: Mapping[str, CellValue]


def open_cases() -> QuerySet[ProcedureCase]:
    """Transfers under way in the open scope, of which the national system is told."""
    rows: QuerySet[ProcedureCase] = ProcedureCase.objects.filter(procedure__in=CODES, state=CaseState.OPEN)
    return rows.select_related("organization", "other_side").order_by("pk")


def ours(case: ProcedureCase) -> NationalAnswer:
    """Where a case stands, in the words of the national system."""
    if case.is_open and case.procedure == IN and case.stage == ARRIVED:
        return NationalAnswer.RECEIVED
    return OURS.get(CaseState(case.state), NationalAnswer.RETURNED)


def agrees(case: ProcedureCase, answer: NationalAnswer) -> bool:
    """Whether a case is as far as an answer says."""
    return ours(case) == template().how_far(answer.value)


def taken_by(case: ProcedureCase, answer: NationalAnswer, opened: Collection[str]) -> Takes | None:
    """The step of a case that an answer takes now, if it is one of the ``opened`` steps."""
    what = template().takes[case.procedure].get(answer.value)
    return what if what and case.is_open and what.step in opened else None


def told(cases: Collection[ProcedureCase]) -> list[Sent]:
    """What the national system is told of cases, with a fixed number of questions."""
    members = register(Member).in_bulk([case.subject_id for case in cases if case.procedure != IN])
    first = first_steps(cases)
    letters = {one.case_id: one for one in _letters(cases)}
    return [_sent(case, members.get(case.subject_id), first.get(case.pk, {}), letters.get(case.pk)) for case in cases]


def first_steps(cases: Iterable[ProcedureCase]) -> dict[int, dict[str, str]]:
    """What was entered at the first step of cases, by case."""
    codes = {code: procedure(code).versions[-1].steps[0].code for code in CODES}
    rows = register(CaseStep).filter(case__in=[case.pk for case in cases], code__in=codes.values(), state=StepState.TAKEN)
    return {row.case_id: row.read_entry() for row in rows.order_by("pk")}


def _letters(cases: Iterable[ProcedureCase]) -> QuerySet[Letter]:
    return register(Letter).filter(case__in=[case.pk for case in cases], step__state=StepState.TAKEN).order_by("pk")


def _sent(case: ProcedureCase, member: Member | None, entry: Mapping[str, str], letter: Letter | None) -> Sent:
    known, here = template(), case.organization.name
    there = entry.get("to") or entry.get("from") or ""
    ends = {
        "transfer": (here, case.other_side.name if case.other_side else ""),
        "transfer_out": (here, there),
        IN: (there, here),
    }[case.procedure]
    category = member.category if member and case.procedure != IN else (letter.category if letter else "")
    values: dict[str, CellValue] = {
        "number": number_of(case.pk),
        "name": case.title,
        "resident_id": member.resident_id if member else entry.get("resident_id", ""),
        "category": known.categories.get(category, ""),
        "direction": known.directions[case.procedure],
        "from": ends[0],
        "to": ends[1],
        "why": _why(case, entry),
        "asked_on": case.started_on,
        "letter": letter.number if letter else "",
        "issued_on": letter.issued_on if letter else None,
        "valid_days": str(letter.valid_days) if letter else "",
        "paid_to": f"{letter.paid_to:%Y-%m}" if letter and letter.paid_to else "",
        "state": procedure(case.procedure).stage_title(case.stage),
    }
    return Sent(case, member.pk if member else None, values)


def _why(case: ProcedureCase, entry: Mapping[str, str]) -> str:
    fields = {one.code: one for one in procedure(case.procedure).versions[-1].steps[0].entry}
    return shown(fields["why"], entry.get("why", "")) if "why" in fields else ""


# What differs


def compared(rows: QuerySet[NationalRow]) -> QuerySet[Any]:
    """Rows that came back, each with ``ours`` and ``theirs``: how far either side is by the words of the national system.

    ``ours`` is empty where we have no case.
    """
    stands = Case(
        When(case=None, then=Value("")),
        When(case__state=CaseState.OPEN, case__procedure=IN, case__stage=ARRIVED, then=Value(NationalAnswer.RECEIVED.value)),
        *(When(case__state=state, then=Value(answer.value)) for state, answer in OURS.items()),
        default=Value(NationalAnswer.RETURNED.value),
    )
    says = (When(answer=answer, then=Value(far)) for answer, far in template().stands_for.items())
    return rows.annotate(ours=stands, theirs=Case(*says, default=F("answer")))


def differing(rows: QuerySet[Any], which: str) -> QuerySet[Any]:
    """Those that say something else than our case (``state``), of which we have none (``theirs``), or that agree (``same``)."""
    if which == "theirs":
        return rows.filter(case=None)
    if which == "same":
        return rows.filter(theirs=F("ours"))
    return rows.exclude(case=None).exclude(theirs=F("ours"))


def not_told(cases: QuerySet[ProcedureCase]) -> QuerySet[ProcedureCase]:
    """Of transfers under way those of which the national system has said nothing yet."""
    return cases.filter(~Exists(register(NationalRow).filter(case=OuterRef("pk"))))


def open_of_people(members: Collection[int]) -> dict[int, ProcedureCase]:
    """The transfer of members that came last, by member: one under way before one at its end."""
    rows = register(ProcedureCase).filter(procedure__in=("transfer", "transfer_out"), subject_id__in=members)
    open_last = Case(When(state=CaseState.OPEN, then=Value(1)), default=Value(0))
    ordered = rows.select_related("organization", "other_side").order_by(open_last, "pk")
    return {case.subject_id: case for case in ordered}


def entered_open(index_of: Mapping[str, str]) -> dict[str, ProcedureCase]:
    """Transfers into the platform that are under way, by the ID number entered, of those asked for."""
    cases = list(register(ProcedureCase).filter(procedure=IN).select_related("organization", "other_side"))
    entries = first_steps(cases)
    return {number: case for case in cases if (number := entries.get(case.pk, {}).get("resident_id", "")) in index_of}


def steps_open(cases: Collection[ProcedureCase]) -> Mapping[int, Mapping[str, dt.date]]:
    """The open steps of cases by their codes, each with its first day, by case."""
    found: dict[int, dict[str, dt.date]] = {}
    rows = register(CaseStep).filter(case__in=[case.pk for case in cases], state=StepState.OPEN)
    for case_id, code, opens_on in rows.values_list("case_id", "code", "opens_on"):
        found.setdefault(case_id, {})[code] = opens_on
    return found
