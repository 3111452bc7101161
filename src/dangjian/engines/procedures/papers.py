"""The papers of a case: what there is of each, what can be printed for it, what is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dangjian.engines.procedures.definition import Paper, Procedure, Step
from dangjian.engines.procedures.installed import offer_of, procedure
from dangjian.engines.procedures.models import CasePaper, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import PaperForm
from dangjian.kernel import clock
from dangjian.kernel.documents import render_docx
from dangjian.kernel.errors import NotFound
from dangjian.org.openings import at

OTHER = Paper("", "其他材料")
"""Files of a paper that the text does not name any more."""


class Stand(StrEnum):
    """What there is of a paper."""

    THERE = "there"
    UNSIGNED = "unsigned"
    MISSING = "missing"
    LATER = "later"
    NOT_NEEDED = "not_needed"


WORDS = {
    Stand.THERE: ("已有", "good"),
    Stand.UNSIGNED: ("待签字上传", "warn"),
    Stand.MISSING: ("缺", "bad"),
    Stand.LATER: ("待办理", "neutral"),
    Stand.NOT_NEEDED: ("可不交", "neutral"),
}
"""How that is said, with its tone."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper of a step, with what there is of it. ``row`` is the step, open or taken."""

    row: CaseStep
    step: Step
    paper: Paper
    files: tuple[CasePaper, ...]
    form: PaperForm | None

    @property
    def stand(self) -> Stand:
        """What there is of it. Whatever is required is missing from the day on which the step can be taken.

        What comes back is noted at each step; its form is there for whoever wants it on paper as well. What was done elsewhere
        has its papers in the file that came along.
        """
        if self.files:
            return Stand.THERE
        if self.row.is_open:
            is_wanted = self.paper.required and self.row.is_due(clock.today()) and self.row.case.is_open
            return Stand.MISSING if is_wanted else Stand.LATER
        if self.row.elsewhere:
            return Stand.NOT_NEEDED
        if self.form and not self.step.repeats:
            return Stand.UNSIGNED
        return Stand.MISSING if self.paper.required or self.paper.by_hand else Stand.NOT_NEEDED

    @property
    def said(self) -> str:
        """The same for people."""
        return WORDS[self.stand][0]

    @property
    def tone(self) -> str:
        """Of what is said."""
        return WORDS[self.stand][1]

    @property
    def is_gap(self) -> bool:
        """Whether it has to be handed in still."""
        return self.stand in {Stand.MISSING, Stand.UNSIGNED}

    @property
    def pages(self) -> int:
        """How many pages of PDF there are of it."""
        return sum(file.pages for file in self.files)

    @property
    def title(self) -> str:
        """What it is called; of a step that comes back, with which one it is."""
        return f"{self.paper.title}（第{self.row.round}次）" if self.step.repeats else self.paper.title


def whose_turn(step: Step, row: CaseStep) -> str:
    """Whose step it is, in words."""
    if step.who.themselves:
        return "本人"
    return row.person.name if row.person else row.place.short_name


def sheets_of(row: CaseStep, step: Step, before: Iterable[CaseStep] = ()) -> tuple[Sheet, ...]:
    """The papers of a step, in the order of the procedure's file; files of none of them come last.

    :param before: the same step as it was sent back before, the newest last. What was handed in then still counts.
    """
    forms = {} if row.elsewhere else offer_of(row.case.procedure).papers
    sources = [row, *(one for one in reversed(list(before)) if one.round == row.round)]
    found = [
        Sheet(row, step, paper, _first([_files(one, paper.code) for one in sources]), forms.get(paper.form))
        for paper in step.papers
    ]
    known = {paper.code for paper in step.papers}
    if others := tuple(file for file in row.papers.all() if file.code not in known):
        found.append(Sheet(row, step, OTHER, others, None))
    return tuple(found)


def sheets_of_open(case: ProcedureCase, step: Step) -> tuple[Sheet, ...]:
    """The papers of a step that may be taken now; none if it is not open, or has none."""
    if not step.papers:
        return ()
    rows = CaseStep.objects.filter(case=case, code=step.code, state__in=(StepState.OPEN, StepState.RETURNED))
    found = list(rows.order_by("taken_at", "pk").prefetch_related("papers"))
    now = next((row for row in found if row.is_open), None)
    if now is None:
        return ()
    now.case = case
    return sheets_of(now, step, [row for row in found if not row.is_open])


def _files(row: CaseStep, code: str) -> tuple[CasePaper, ...]:
    return tuple(file for file in row.papers.all() if file.code == code)


def _first(several: Sequence[tuple[CasePaper, ...]]) -> tuple[CasePaper, ...]:
    return next((files for files in several if files), ())


def sheets(case: ProcedureCase) -> list[Sheet]:
    """The papers of all steps of a case that are open or count, in the order of the procedure."""
    known = procedure(case.procedure)
    rows = list(
        CaseStep.objects.filter(case=case).select_related("place", "person", "taken_by").prefetch_related("papers__added_by")
    )
    for row in rows:
        row.case = case
    found: list[Sheet] = []
    for step in steps_in_order(known, rows):
        mine = [row for row in rows if row.code == step.code]
        before = [row for row in mine if row.state == StepState.RETURNED]
        for row in sorted((row for row in mine if row.state in {StepState.OPEN, StepState.TAKEN}), key=lambda one: one.round):
            found.extend(sheets_of(row, known.step(row.code, row.taken_on or clock.today()) or step, before))
    return found


def steps_in_order(known: Procedure, rows: Iterable[CaseStep]) -> list[Step]:
    """The steps of today's text that the case comes to, then those of an older one that it has."""
    version, there = known.on(clock.today()), {row.code for row in rows}
    steps = [one for one in version.steps if one.code in there or version.is_usual(one)]
    return [*steps, *(one for one in known.all_steps if one.code in there - version.by_code.keys())]


def filled(row: CaseStep, step: Step, code: str) -> tuple[bytes, str]:
    """The form of a paper as Word, filled in from what is known, and what the file is called. Raises ``NotFound``."""
    case = row.case
    forms = offer_of(case.procedure).papers
    form = next((forms[paper.form] for paper in step.papers if paper.code == code and paper.form), None)
    if form is None:
        raise NotFound("这份材料没有可以下载的表格。")
    title = f"{case.title}{form.title}"
    with at(case.organization):
        content = render_docx(form.word, form.context(case, row), title=title, author=case.organization.name)
    return content, f"{title}.docx"
