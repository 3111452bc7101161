"""Reads on cases: whose turn it is, what was taken, what is open."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from django.db.models import Case as Choose
from django.db.models import CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from dangjian.engines.procedures.definition import Procedure, Step, Turn
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.policy import Taken
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register


class Places:
    """Which organisation takes a step of these cases, asked with two questions for all of them, and none if all is done here.

    The committee above is the nearest one over the organisation that has the case in hand; for the uppermost one it is itself.
    """

    def __init__(self, cases: Iterable[ProcedureCase]) -> None:
        self._here = {case.organization_id for case in cases}

    def of(self, step: Step, organization_id: int) -> int:
        """The number of the organisation."""
        return organization_id if step.who.at == "here" else self._above.get(organization_id, organization_id)

    @cached_property
    def _above(self) -> dict[int, int]:
        paths = register(Organization).order_by().filter(pk__in=self._here).values_list("pk", "path")
        lines = {pk: [int(part) for part in path.strip("/").split("/")][-2::-1] for pk, path in paths}
        over = {pk for line in lines.values() for pk in line}
        committees = set(register(Organization).order_by().filter(pk__in=over, kind=Kind.COMMITTEE).values_list("pk", flat=True))
        nearest = {pk: next((one for one in line if one in committees), None) for pk, line in lines.items()}
        return {pk: above for pk, above in nearest.items() if above is not None}


def found_by_title(text: str) -> Q:
    """The condition for what a case is called: a part of it, its pinyin or initials."""
    return Q(title__icontains=text) | Q(search_key__icontains=text.lower().replace(" ", ""))


def open_step(case: ProcedureCase, code: str) -> CaseStep | None:
    """The open step of this code, if the case has one; whether it may be shown is for the caller to say."""
    rows: QuerySet[CaseStep] = register(CaseStep).select_related("place")
    return rows.filter(case=case, code=code, state=StepState.OPEN).first()


def is_open_for(code: str, subject_id: int) -> bool:
    """Whether a case of a procedure is open for a subject, wherever it is; never for what has none."""
    running = register(ProcedureCase).filter(procedure=code, state=CaseState.OPEN)
    return bool(subject_id) and running.filter(subject_id=subject_id).exists()


def taken_steps(case: ProcedureCase) -> QuerySet[CaseStep]:
    """The steps of a case that count; whether they may be shown is for the caller to say."""
    rows: QuerySet[CaseStep] = register(CaseStep).filter(case=case, state=StepState.TAKEN)
    return rows


def taken_of(cases: Iterable[ProcedureCase]) -> Mapping[int, list[Taken]]:
    """The steps of cases that count, by case, in the order in which they were done."""
    found: dict[int, list[Taken]] = {case.pk: [] for case in cases}
    rows = CaseStep.objects.filter(case_id__in=list(found), state=StepState.TAKEN).order_by("taken_on", "taken_at", "pk")
    for case_id, code, number, day, outcome in rows.values_list("case_id", "code", "round", "taken_on", "outcome"):
        if day:  # the table allows none without
            found[case_id].append(Taken(code, number, day, outcome))
    return found


def open_of(procedure: Procedure, turn: Turn) -> QuerySet[CaseStep]:
    """Open steps of a procedure's running cases that are somebody's turn, each with ``duty_title``: 张三：党组织派人谈话."""
    steps = [step for step in procedure.all_steps if step.who.turn == turn]
    title = Choose(*(When(code=step.code, then=Value(step.title)) for step in steps), default=Value(""), output_field=CharField())
    rows: QuerySet[CaseStep] = CaseStep.objects.filter(
        state=StepState.OPEN,
        case__state=CaseState.OPEN,
        case__procedure=procedure.code,
        code__in=[step.code for step in steps],
    )
    return rows.annotate(duty_title=Concat(F("case__title"), Value("："), title, output_field=CharField()))
