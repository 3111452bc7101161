"""What lists of applicants have in common: their filters, the cells that say who somebody is and how far they are."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from dangjian.activities.development.columns import age
from dangjian.activities.development.models import Applicant, Stage
from dangjian.activities.development.queries.registers import SINCE
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.kernel import clock, codes
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.lists import Asked, Choice, Days, Filter, State
from dangjian.kernel.periods import MONTH, Span
from dangjian.members.filters import of_age, of_education, those

ANY = "不限"
AGES = "age_development"
TONES = {
    Stage.APPLICANT: "neutral",
    Stage.ACTIVIST: "info",
    Stage.OBJECT: "gold",
    Stage.PROBATIONARY: "good",
    Stage.FULL: "good",
    Stage.ENDED: "neutral",
}
REACHED = {
    "applied": ("申请入党", "applied_on"),
    "activist": ("确定为积极分子", "activist_on"),
    "object": ("确定为发展对象", "object_on"),
    "admitted": ("接收为预备党员", "admitted_on"),
    "converted": ("转正", "converted_on"),
    "ended": ("终止", "ended_on"),
}
"""What somebody comes to, and the column with its day."""


def state(one: Applicant) -> State:
    """The stage of an applicant, as a list shows it."""
    return State(one.stage, one.get_stage_display(), TONES[Stage(one.stage)])


def since(one: Applicant) -> dt.date | None:
    """Since when somebody on their way has been in their stage."""
    name = SINCE.get(Stage(one.stage))
    return getattr(one, name) if name else None


def days_in_stage(one: Applicant) -> int | None:
    """For how many days."""
    begun = since(one)
    return (clock.today() - begun).days if begun else None


def sex(one: Applicant) -> str:
    """男 or 女."""
    return {"1": "男", "2": "女"}.get(one.sex, "")


def ethnicity(one: Applicant) -> str:
    """Their ethnic group."""
    return codes.get("ethnicity").label(one.ethnicity) if one.ethnicity else ""


def education(one: Applicant) -> str:
    """The group of the statistics to which their education belongs."""
    if one.education not in codes.get("education"):
        return ""
    group = codes.get("education").item(one.education).extra.get("group", "")
    return codes.get("education_group").label(str(group)) if group else ""


def job(one: Applicant) -> str:
    """Their post of work."""
    return codes.get("job_label").label(one.job_post) if one.job_post else ""


def front_line(one: Applicant) -> str:
    """Where they work in the front line, if they do."""
    return codes.get("front_line").label(one.front_line) if one.front_line else ""


def in_short(one: Applicant) -> str:
    """Sex, age, education in a line, for a narrow screen."""
    years = age(one.birth_on)
    return " · ".join(filter(None, (sex(one), f"{years} 岁" if years is not None else "", education(one))))


def cases() -> QuerySet[ProcedureCase]:
    """The cases of the applicant of the outer query."""
    rows: QuerySet[ProcedureCase] = ProcedureCase.objects.of(PROCEDURE).filter(subject_id=OuterRef("pk"))
    return rows


def open_steps() -> QuerySet[CaseStep]:
    """Open steps of the applicant of the outer query."""
    rows: QuerySet[CaseStep] = CaseStep.objects.open()
    return rows.filter(case__procedure=PROCEDURE, case__state=CaseState.OPEN, case__subject_id=OuterRef("pk"))


def at_step(rows: QuerySet[Applicant], code: str) -> QuerySet[Applicant]:
    """Those of whom this step may be taken today."""
    return rows.filter(Exists(open_steps().filter(code=code, opens_on__lte=clock.today()))) if code else rows


def late(rows: QuerySet[Applicant], which: str) -> QuerySet[Applicant]:
    """Those of whom a step is late, or due within the week."""
    today = clock.today()
    if which == "late":
        return rows.filter(Exists(open_steps().filter(due_on__lt=today)))
    if which == "soon":
        return rows.filter(Exists(open_steps().filter(due_on__range=(today, today + dt.timedelta(days=7)))))
    return rows


def ripe(rows: QuerySet[Applicant], which: str) -> QuerySet[Applicant]:
    """Those of whom a step that has had to wait may be taken from a day of this month, or of the next one."""
    if not which:
        return rows
    month = Span.of(clock.today(), MONTH)
    span = month.next() if which == "next" else month
    first = max(span.start, clock.today() + dt.timedelta(days=1))
    return rows.filter(Exists(open_steps().filter(opens_on__range=(first, span.last))))


def ended(rows: QuerySet[Applicant], how: str) -> QuerySet[Applicant]:
    """Those whose application ended so."""
    return rows.filter(Exists(cases().filter(state=how))) if how else rows


def steps(_asked: Asked) -> list[tuple[str, str]]:
    """All steps of the procedure."""
    return [(one.code, one.title) for one in procedure(PROCEDURE).all_steps]


@dataclass(frozen=True, slots=True)
class ReachedDays(Days):
    """Days of what the filter ``reached`` names, of the application if it names nothing."""

    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """Those in between."""
        _, column = REACHED[values.get("reached") or "applied"]
        begin, end = values.get("since"), values.get("until")
        rows = rows.filter(**{f"{column}__gte": begin}) if begin else rows
        return rows.filter(**{f"{column}__lte": end}) if end else rows


def _reached(rows: QuerySet[Applicant], what: str) -> QuerySet[Applicant]:
    return rows.filter(**{f"{REACHED[what][1]}__isnull": False}) if what else rows


WHO: tuple[Filter, ...] = (
    Choice("sex", "性别", [("1", "男"), ("2", "女")], ANY, look="dialog"),
    Choice(
        "age",
        "年龄段",
        lambda _asked: codes.get(AGES).choices,
        ANY,
        rows=those(lambda code: of_age(code, AGES)),
        look="dialog",
    ),
    Choice(
        "education", "学历", lambda _asked: codes.get("education_group").choices, ANY, rows=those(of_education), look="dialog"
    ),
    Choice("front_line", "一线情况", lambda _asked: codes.get("front_line").choices, ANY, look="dialog"),
    Choice(
        "league",
        "共青团员",
        [("yes", "是")],
        ANY,
        rows=lambda rows, is_in: rows.filter(in_youth_league=True) if is_in else rows,
        look="dialog",
    ),
)
"""By what people are told apart in the annual statistics."""

WHEN: tuple[Filter, ...] = (
    Choice(
        "reached", "哪个日期", [(code, title) for code, (title, _) in REACHED.items()], "申请日期", rows=_reached, look="dialog"
    ),
    ReachedDays("days", "日期"),
)
