"""What somebody who has applied sees of it, and what the members see who stand by them: on the phone first."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.activities.development.models import Applicant, HelperRole
from dangjian.activities.development.queries.people import application_of, helped_by, helpers_of, running_cases
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CasePaper, CaseStep, ProcedureCase
from dangjian.engines.procedures.queries import Hands, open_steps
from dangjian.engines.procedures.views.way import Stretch, way_of
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.org.openings import at, own


@dataclass(frozen=True, slots=True)
class ToDo:
    """A step that is somebody's turn: from when, until when, and where it is taken."""

    title: str
    url: str
    opens_on: dt.date
    due_on: dt.date | None
    has_no_end: bool

    @property
    def is_open(self) -> bool:
        """Whether it may be taken today."""
        return self.opens_on <= clock.today()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody's own application stands."""

    applicant: Applicant
    case: ProcedureCase
    url: str
    way: list[Stretch]
    to_do: list[ToDo]
    others: list[str]
    helpers: list[tuple[str, Sequence[str]]]
    papers: list[CasePaper]

    @property
    def now(self) -> list[ToDo]:
        """What they have to do by some day."""
        return [one for one in self.to_do if one.is_open and not one.has_no_end]

    @property
    def any_time(self) -> list[ToDo]:
        """What they can do whenever they want to."""
        return [one for one in self.to_do if one.is_open and one.has_no_end]

    @property
    def later(self) -> list[ToDo]:
        """What will be their turn."""
        return [one for one in self.to_do if not one.is_open]


@dataclass(slots=True)
class Helped:
    """Somebody by whom one stands, as what, and what is due from oneself."""

    applicant: Applicant
    url: str
    roles: list[str] = field(default_factory=list)
    to_do: list[ToDo] = field(default_factory=list)


@requires("development.own")
def mine(request: Request) -> HttpResponse:
    """Where I stand, what I have to do, what I handed in."""
    found = standing(request)
    if found is None:
        raise NotFound
    return render(request, "development/own.html", {"own": found})


@requires("development.help")
def helped(request: Request) -> HttpResponse:
    """The people by whom I stand."""
    return render(request, "development/helping.html", {"people": helping(request)})


def standing(request: Request) -> Standing | None:
    """Where the application of whoever asks stands; ``None`` if they have none."""
    one = application_of(request.user.pk)
    case = case_of(one) if one else None
    if one is None or case is None:
        return None
    with at(case.organization):
        way = way_of(case, request.actor)
    rows = list(open_steps(case))
    papers = own(CasePaper, request.user.pk).filter(step__case=case, step__code__in=_own_codes())
    return Standing(
        applicant=one,
        case=case,
        url=_address(case),
        way=way,
        to_do=_to_do(row for row in rows if row.code in _own_codes()),
        others=_others(rows),
        helpers=[(HelperRole(role).label, names) for role, names in helpers_of(one).items() if names],
        papers=list(papers.select_related("step").order_by("-added_at", "-pk")),
    )


def helping(request: Request) -> list[Helped]:
    """The people by whom whoever asks stands, by name, each with what is due from them."""
    found: dict[int, Helped] = {}
    rows = list(helped_by(request.user.pk))
    cases = running_cases({row.applicant_id for row in rows})
    for row in rows:
        case = cases.get(row.applicant_id)
        if case is not None:
            one = found.setdefault(row.applicant_id, Helped(row.applicant, _address(case)))
            one.roles.append(row.get_role_display())
    hands, known = Hands(cases.values()), procedure(PROCEDURE)
    for each in open_steps(*cases.values()):
        step = known.step(each.code, clock.today())
        if step and request.user.pk in hands.people(step, each.case):
            found[each.case.subject_id].to_do += _to_do([each])
    return list(found.values())


def _own_codes() -> set[str]:
    """Steps that the person themselves takes."""
    return {step.code for step in procedure(PROCEDURE).all_steps if step.who.themselves}


def _to_do(rows: Iterable[CaseStep]) -> list[ToDo]:
    today, known, found = clock.today(), procedure(PROCEDURE), []
    for row in rows:
        step = known.step(row.code, today)
        if step:
            url = reverse("procedures:step", args=[row.pk])
            found.append(ToDo(step.title, url, row.opens_on, row.due_on, has_no_end=step.repeats and row.due_on is None))
    return found


def _others(rows: Iterable[CaseStep]) -> list[str]:
    """What others have to do now, each with who it is."""
    today, known, own_codes, found = clock.today(), procedure(PROCEDURE), _own_codes(), []
    for row in rows:
        step = known.step(row.code, today)
        if step and row.code not in own_codes and not step.repeats and row.is_due(today):
            found.append(f"{row.place.short_name}：{step.title}")
    return found


def _address(case: ProcedureCase) -> str:
    return reverse(f"procedures:{PROCEDURE}_case", args=[case.pk])
